#!/usr/bin/env python3
"""planted.py: the bugs of warnings' judging that `pass` and `verdict` catch, and the proof that they do.

  planted.py [--tests|--stale] [WORD...]   as tests/unit/core/planted.py, which has the machinery. About ten minutes."""
import os, sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'core'))
import planted

planted.ROOM, planted.BUGS[:] = 'watch', []
planted.bugs('node/insight/watch/daily.c',
    ('a matter counts at its own node alone', '    if (area->levels > 1)\n', '    if (0)\n'),
    ('a child of a child is a series of its own', 'add(t, area->at[1]->code,', 'add(t, area->at[area->levels - 1]->code,'),
    ('what is taken back stays', '        count(t, old, -1);', '        (void)old;'),
    ('an empty period stays in the table', 'found ? mdb_cursor_del(cursor, 0) : 0;', 'mdb_cursor_put(cursor, &k, &val, 0);'))
planted.bugs('node/insight/watch/pass.c',
    ('a base forgets what was expected', 'g->mu[(x->steps - 1 - k) % QP_GPNB_RING] = x->mu[k];', 'g->mu[(x->steps - 1 - k) % QP_GPNB_RING] = 1;'),
    ('a base serves although counts before it have changed', 'p->anew = !p->old || p->from < p->old_day + QP_BASE_AGAIN;', 'p->anew = !p->old;'),
    ('other factors change nothing that is known', '    if (p->old && from <= p->old_day) {', '    if (0) {'),
    ('what was worked out before the day of other factors is thrown away', '    if (p->old && from <= p->old_day) {', '    if (p->old) {'),
    ('factors hold for days that were judged before them', 'while (at >= 0 && p->seasons[at].from > day)', 'while (0)'),
    ('a level stays as it was learnt by other factors', '    if (p->restate[i] != 1 && g->steps > 0)\n', '    if (0)\n'),
    ('a series is judged before its 29th day', 'i - s->first >= begun)\n            whole = judge', 'i - s->first >= 1)\n            whole = judge'))
planted.bugs('node/insight/watch/verdict.c',
    ('every alarm is raised', 'v[i].raised = i < k && v[i].alarm', 'v[i].raised = v[i].alarm'),
    ('a watch may be raised', 'i < k && v[i].alarm && !v[i].silent', 'i < k && !v[i].silent'),
    ('every child explains its ancestor', 'c->due[s->least] > ONE_CHILD * excess', 'c->due[s->least] > 0'),
    ('a child that says nothing explains its ancestor', 'c->alarm >= s->alarm &&', ''),
    ('a child of another category explains it', 'parent && qp_family_below(kin, c->category, s->category);', 'true;'),
    ('what lies below a category explains nothing of it', 'parent && qp_family_below(kin, c->category, s->category);', 'false;'),
    ('a warning ends with the second quiet day', 'now > r->last + QP_RISE_QUIET', 'now >= r->last + QP_RISE_QUIET'),
    ('a warning never becomes the rule', 'now >= r->first + QP_RISE_LONGEST', '0'),
    ('what was open begins anew', '            r[at] = carried[c++];', '            r[at] = (struct qp_rise){.category = carried[c++].category, .first = from};'))
if __name__ == '__main__':
    planted.main()
