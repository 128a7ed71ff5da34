#!/usr/bin/env python3
"""planted.py: the bugs of circulars' counting that `census`, `period` and `print` catch, and the proof that they do.

  planted.py [--tests|--stale] [WORD...]   as tests/unit/core/planted.py, which has the machinery."""
import os, sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'core'))
import planted

planted.ROOM, planted.BUGS[:] = 'circular', []
planted.bugs('node/insight/circular/life.c',
    ('what happens after the period counts', '    if (d->at_us >= v->span->to_us)\n        return false;\n', ''),
    ('a matter without a deadline is never due', ': closed && within(v, l->closed_us);', ': false;'),
    ('a late closing is in time', 'l->closed_us <= l->deadline_us)', 'true)'),
    ('anybody closes a matter', 'return answers ? v->offered_to != 0 && d->origin == v->offered_to\n                   : d->origin == v->holder && v->offered_to == 0;', 'return true;'),
    ('a node opens what lies elsewhere', 'return place == 0 || lies_in(v, d->text[0], place);', 'return true;'),
    ('the first try that reaches nobody ends the duty', 'reached || ++v->unreached > 1', 'true'),
    ('a visit that was drawn is forgotten', 'l->n.n[QP_CF_VISITED][1] += v->drawn;', '(void)v->drawn;'),
    ('a reopening leaves it closed', 'case QP_DEED_RESUMED: v->l->closed_us = 0; break;', 'case QP_DEED_RESUMED: break;'),
    ('an urge that comes twice counts twice', '            again = same_event(o[k].d, o[i].d);', '            again = false;'),
    ('what was told before an urge answers it', 'v->told_us >= o[i].d->at_us', 'v->told_us > 0'),
    ('a sign clock that was answered late was in time', 's->ended_us != 0 && s->ended_us <= s->due_us', 's->ended_us != 0'))
planted.bugs('node/insight/circular/count.c',
    ('a child of a child is a row of its own', '        len += 1 + strcspn(path + len + 1, "/");', '        len = strlen(path);'))
planted.bugs('node/insight/circular/print.c',
    ('a share is cut off', '(n * 2 + d) / (2 * d);\n}', 'n / d;\n}'),
    ('nothing of nothing is nothing per cent', '    if (below == 0)\n        snprintf(out, QP_FIGURE_TEXT, "%s", QP_NO_VALUE);\n    else\n        put(out, half_up((wide)above', '    if (below == 0)\n        snprintf(out, QP_FIGURE_TEXT, "0.0");\n    else\n        put(out, half_up((wide)above'))
planted.bugs('node/insight/circular/period.c',
    ('every week begins on Monday', 'floor_mod(weekday - begins, 7)', 'floor_mod(weekday - 1, 7)'),
    ('a month begins on its first', '- (d < begins);', ';'))
if __name__ == '__main__':
    planted.main()
