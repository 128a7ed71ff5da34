#!/usr/bin/env python3
"""planted.py: the bugs of circulars' counting that `census`, `visits`, `patrols`, `believed`, `differs`, `period` and `print` catch, and the proof that they do.

  planted.py [--tests|--stale] [WORD...]   as tests/unit/core/planted.py, which has the machinery."""
import os, sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'core'))
import planted

planted.ROOM, planted.BUGS[:] = 'circular', []
planted.bugs('node/insight/circular/life.c',
    ('drills count', ' || !here || out->drill)', ' || !here)'),
    ('a matter without a deadline is never due', ': closed && qp_life_within(v, v->closed_in_us);', ': false;'),
    ('an urge by a clock behind is of a day on which nothing was there', 'qp_life_within(v, later(o[i].d->at_us, v->begun_us)))', 'qp_life_within(v, o[i].d->at_us))'),
    ('time asked for by a clock behind is asked for in no period', 'later(d->x, v->moment_us),', 'd->x,'),
    ('a sign clock that was due before it began is due in no period', 'later(s[i].due_us, s[first].moment_us)', '(s[first].moment_us < 0 ? 0 : s[i].due_us)'),
    ('a late closing is in time', 'l->closed_us <= l->deadline_us)', 'true)'),
    ('a visit that was drawn is forgotten', 'l->n.n[QP_CF_VISITED][1] += v->must_visit;', '(void)v->must_visit;'),
    ('an urge that comes twice counts twice', '        if (kept == 0 || by_event(r->v[kept - 1].d, r->v[i].d) != 0)\n', '        if (1)\n'),
    ('an extension that was granted is forgotten when it is denied', 'granted = granted || x[next].granted;', 'granted = x[next].granted;'),
    ('each word of an extension is an extension', 'next < n && x[next].which == x[i].which; next++)', 'next == i; next++)'),
    ('what was told before an urge answers it', 'v->told_us >= o[i].d->at_us', 'v->told_us > 0'),
    ('a sign clock that was answered late was in time', 's[i].ended_us != 0 && s[i].ended_us <= s[i].due_us', 's[i].ended_us != 0'))
planted.bugs('node/insight/circular/step.c',
    ('what happens after the period counts', '    if (moment_us >= v->span->to_us)\n        return false;\n', ''),
    ('a clock behind at midnight loses a deed', '    int64_t moment_us = d->at_us > v->moment_us ? d->at_us : v->moment_us;', '    int64_t moment_us = d->at_us;'),
    ('a closing by a clock behind is due in no period', '    v->closed_in_us = v->moment_us;\n    v->state = QP_CLOSED;', '    v->closed_in_us = d->at_us;\n    v->state = QP_CLOSED;'),
    ("a stranger's late word ends a life", '    if (next ? !may(v, d)', '    if (d->at_us >= v->span->to_us)\n        return false;\n    if (next ? !may(v, d)'),
    ('anybody closes a matter', 'bool holds = d->origin == v->holder && d->custody == v->custody && v->', 'bool holds = d->custody == v->custody && v->'),
    ('any state lets anything through', '    if (v->state >= 32 || ', '    if (v->state >= 32 && '),
    ('a node opens what lies elsewhere', '                 is_place_of(v, o->d->origin, f.a->text[0]);', '                 true;'),
    ('the first face that is heard of a matter is believed of everybody', 'o->d->custody == 1 && f.a->node == o->d->origin &&', 'true &&'),
    ('a face names another place than its own', '    return f->a && f->b->node == d->origin && names_own_path(v, d->origin, f->b->text[1]);', '    return f->a && f->b->node == d->origin && (v || true);'),
    ('who is no holder goes on with his own face', '    return (holds || took) && theirs ? f', '    return (holds || took || true) && theirs ? f'),
    ('a face forgets that a visit is due', 'v->must_visit = (f->b->flags & QP_DEED_VISIT) != 0;', 'v->must_visit = false;'),
    ('a face forgets that it is closed', 'l->closed_us = f->b->x;', 'l->closed_us = 0;'),
    ('the first try that reaches nobody ends the duty', '    if (!reached && v->tries + 1 < QP_VISIT_TRIES) {', '    if (false) {'),
    ('an assignment ends the duty to visit', '    v->state = QP_ASSIGNED;\n', '    v->state = QP_ASSIGNED;\n    v->must_visit = false;\n'),
    ('a reopening leaves it closed', '{\n    v->l->closed_us = 0;\n    if (v->l->desk', '{\n    if (v->l->desk'),
    ('an offer leaves its sender the word', ' && v->offered_to == 0;', ';'))
planted.bugs('node/insight/circular/step.c',
    ('what was asked back was refused', ' && !(d->flags & QP_DEED_WITHDRAWN)', ''),
    ('merging answers an urge', 'merged(v, d); break;', 'merged(v, d); qp_life_tell(v, d); break;'),
    ('an overturned score counts', '    if (qp_life_overturned(v, d->at_us))\n        return;\n', ''),
    ('an appeal that was denied takes the score away', '    if (v->appeal.state == APPEAL_OVERTURNED)\n        qp_life_overturn(v, v->appeal.of_us)', '    if (v->appeal.state != 0)\n        qp_life_overturn(v, v->appeal.of_us)'),
    ('the end of another appeal ends this one', ' && v->appeal.number == d->y;', ';'),
    ('an appeal comes again under an old number', '    if (d->y <= v->appeal_top)\n        return;\n', ''),
    ('a face forgets an appeal', '    stand_appeal(v, f->appeal);\n', '    stand_appeal(v, NULL);\n'))
planted.bugs('node/insight/circular/life.c',
    ('what was asked back in time was signed', ' && !(gone && in_time)', ''),
    ('what was asked back too late was none', '!(gone && in_time)', '!gone'),
    ('what is overturned after the period is not looked for', '    if (r->appeals) {\n        static const struct qp_span_us ever = {0, INT64_MAX};', '    if (r->appeals) {\n        const struct qp_span_us ever = {0, span->to_us};'))
planted.bugs('node/insight/circular/census.c',
    ("a stranger moves another's node", '        else if (place_of(c, of) == 0 &&', '        else if ('),
    ('a hanging is taken for a step of a later build', '    case QP__EVENT__BODY_HUNG: return QP_DEED_HUNG;\n', ''),
    ('a request to assist brings no face', '    if (qp_event_face(ev))\n', '    if (qp_event_face(ev) && ev->body_case != QP__EVENT__BODY_ASSISTED)\n'))
planted.bugs('node/insight/circular/count.c',
    ('what is no case of anything stands in a row by view', '        *stands = key != 0;\n', ''),
    ('a node that stops counts to the end', 'rc = qp_census_stops(k->c) ? QP_ESTOPPING : qp', 'rc = qp'),
    ('a child of a child is a row of its own', '        len += 1 + strcspn(path + len + 1, "/");', '        len = strlen(path);'))
planted.bugs('node/insight/circular/patrols.c',
    ('more is done than was planned', 'enough < c->plan.per_day ? enough : c->plan.per_day', 'enough'),
    ('a patrol that is too short is done', 'minutes >= c->plan.minutes &&', 'minutes + 1 > 0 &&'),
    ('police need not go along', '(v->police || !c->plan.police)', 'true'),
    ('a day that goes on is counted', 'span->to_us < c->plan.until_us ? span->to_us : c->plan.until_us', 'span->to_us'),
    ('the day on which a grid was made is planned', 'qp_bucket_day(c->plan.zone, made_us) + 1', 'qp_bucket_day(c->plan.zone, made_us)'),
    ("another node's mark ends a patrol", ' || v[i].node != v->node', ''),
    ('a grid that ended stands since it was made first', '(!was || ended_us != 0)', '!was'),
    ('what nobody stopped goes on for ever', '!stopped && day >= qp_bucket_day(c->plan.zone, c->plan.until_us) - 1', '!stopped'),
    ('a mark after the stop counts', 'v[i].version <= version || stopped)', 'v[i].version <= version)'),
    ('a code is one grid wherever it is', 'a->node == b->node && a->grid == b->grid', 'a->grid == b->grid'))
planted.bugs('node/insight/circular/print.c',
    ('a share is cut off', '(n * 2 + d) / (2 * d);\n}', 'n / d;\n}'),
    ('nothing of nothing is nothing per cent', '    if (below == 0)\n        snprintf(out, QP_FIGURE_TEXT, "%s", QP_NO_VALUE);\n    else\n        put(out, half_up((wide)above', '    if (below == 0)\n        snprintf(out, QP_FIGURE_TEXT, "0.0");\n    else\n        put(out, half_up((wide)above'))
planted.bugs('node/insight/circular/period.c',
    ('every week begins on Monday', 'floor_mod(weekday - begins, 7)', 'floor_mod(weekday - 1, 7)'),
    ('a month begins on its first', '- (d < begins);', ';'))
if __name__ == '__main__':
    planted.main()
