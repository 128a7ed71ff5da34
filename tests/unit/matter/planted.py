#!/usr/bin/env python3
"""planted.py: the bugs of calendars, clocks, appeals and of what waits that `clock`, `clock_read`, `clock_oracle`, `clocks`, `appeal`,
`apply`, `belated`, `erased`, `custody` and `six` catch, and the proof that they do.

  planted.py [--tests|--stale] [WORD...]   as tests/unit/core/planted.py, which has the machinery. About ten minutes.

`[a_clock_says_what_one_sees ...]` behind a bug: the oracle that counts every second saw it."""
import os, sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'core'))
import planted

planted.ROOM, planted.BUGS[:] = 'matter', []
planted.nouns = lambda room: ['clock', 'clock_read', 'clock_oracle', 'clocks', 'appeal', 'apply', 'belated', 'erased', 'custody', 'rows', 'six']
os.environ['QP_HISTORIES'] = '1000'
planted.bugs('node/matter/sweep.c',
    ('what was overdue by a clock that was ahead stays so (B3)', 'if (rc || way == 0)', 'if (rc || way >= 0)'))
planted.bugs('node/matter/prolong.c',
    ('a calendar that is there no more is any other (PO4)', 'return qp_unit_measure(c->amount.unit) == QP_MEASURE_DAYS ? any : NULL;', 'return any;'))
planted.bugs('node/matter/six.c',
    ('the time in a step to which it goes back is that of the last stay', '        p->out[p->in - 1].spent_us += now_us - p->from_us;', '        p->out[p->in - 1].spent_us = now_us - p->from_us;'),
    ('a step began when it was come to last', '    if (x->times == 0) {', '    if (true) {'),
    ('a visit that found it unresolved ends it', 'v->reached && !v->resolved ? SORT : VISIT;', 'VISIT;'),
    ('the first try that reaches nobody is a visit', '    if (!v->reached && p->tries + 1 < QP_VISIT_TRIES)', '    if (false)'),
    ('what rises stays risen', 'p->rises = false; break;', 'break;'),
    ('what an unmerged matter had come to is forgotten', 'p->stands = p->earlier; break;', 'break;'))
planted.bugs('node/matter/sound.c',
    ('a snapshot may leave no room to count on (E7)', '        fault = qp_leap_fault(f);', '        fault = NULL;'))
planted.bugs('topology/calendar.c',
    ('a change of the clock within working hours is not seen', 'if (n != qp_day_spans(c, day, of, false, plain_from, plain_to))\n        return true;', 'if (n >= 0)\n        return false;'),
    ('a clock set back over midnight brings the day back', '        c->back_over_midnight |= back;\n', ''),
    ('only the first day of a change is looked at', 'for (int i = 0; i < n; i++)\n            add_odd(c, first + i, AS_ITS_WEEK);', 'add_odd(c, first, AS_ITS_WEEK);'),
    ('dates on have the hours of Monday', 'while (c->pattern[first].n == 0)', 'while (0)'),
    ('a date that is changed twice counts twice', 'if (i > 0 && o.day == last)', 'if (0)'),
    ('a day off has a close', 'o.of[QP_SUM_CLOSES] = n > 0;', 'o.of[QP_SUM_CLOSES] = 1;'),
    ('the oddities before a date are not added up', 'int64_t sum = b ? b->at[s] + b->of[s] - qp_plain(c, s, b->day + 1) : 0;', 'int64_t sum = 0;'),
    ('intervals stand in the order in which they were written', 'at > 0 && p->from_s[at - 1] > s->from_min * 60', '0 && at > 0'),
    ('holidays are known for ever', 'c->known_us = known_until(c, f);', 'c->known_us = QP_NEVER_US + 0 * known_until(c, f);'))
planted.bugs('topology/calendar_sum.c',
    ('a close at the very instant is still to come', 'd.to_us[d.n - 1] <= at_us', 'd.to_us[d.n - 1] < at_us'),
    ('a day is looked for from its own start', 'x += qp_plain(c, s, o->day + 1);', 'x += qp_plain(c, s, o->day);'),
    ('an amount ends at the next opening', 'if (x <= d.to_us[i] - d.from_us[i])', 'if (x < d.to_us[i] - d.from_us[i] || i == d.n - 1)'),
    ('the first working moment is a microsecond late', 'return next == QP_NEVER_US ? next : next - 1;', 'return next;'),
    ("the start's own day counts", 'return of_days > past ? of_days : past;', 'return past + 0 * of_days;'),
    ('a close that has passed counts when the day does not', 'return of_days > past ? of_days : past;', 'return of_days;'),
    ('only one interval of a day is worked', 'for (int i = 0; i < d.n && d.from_us[i] < at_us; i++)', 'for (int i = 0; i < d.n && i < 1 && d.from_us[i] < at_us; i++)'))
planted.bugs('topology/zone.c',
    ('a skipped time is not the moment of the change', ': s.from_s * US_PER_S;', ': t * US_PER_S;'))
planted.bugs('node/matter/clock.c',
    ('days are of 24 hours', 'qp_zone_first(z, qp_zone_local_us(z, c->start_us) + c->amount.n * INT64_C(86400000000))', '(z ? c->start_us + c->amount.n * INT64_C(86400000000) : 0)'),
    ('0d may be due before its start', 'return due > c->start_us ? due : c->start_us;', 'return due;'),
    ('working time is paused by the wall clock', 'case QP_MEASURE_WORK: return qp_calendar_add(cal, at_us, c->left);', 'case QP_MEASURE_WORK: return at_us + c->left;'),
    ('a pause at the due keeps something', '    if (at_us < c->due_us) {', '    if (at_us <= c->due_us) {'),
    ('a missed clock is paused back to life', '    if (at_us < c->due_us) {', '    if (at_us != c->due_us) {'),
    ('resumed, it starts anew', 'case QP_MEASURE_DAYS: return c->left < QP_CLOCK_MOST_US - at_us ? at_us + c->left : QP_CLOCK_MOST_US;', 'case QP_MEASURE_DAYS: return at_us + (c->due_us - c->start_us);'),
    ('a due between closes has no close to pass', 'return n + !at_close > 0 ? n + !at_close : 1;', 'return n > 0 ? n : 1 + 0 * at_close;'),
    ('a pause over the due loses nothing', '    if (to_us >= c->due_us)\n        return false;\n', ''),
    ('every pause of an extended clock counts as lost', '    if (lost_nothing(c, cal, c->pauses[c->npauses - 1].from_us, at_us))\n', '    if (0 && lost_nothing(c, cal, 0, at_us))\n'),
    ('an extension forgets the pause', 'if (qp_clock_paused(c) && last_pause(c)->from_us < due_us) {', 'if (0) {'),
    ('extensions asked too late are granted', 'if (!c->held && asked_us > c->due_us)', 'if (0)'),
    ('extensions asked in time and granted late are refused', 'asked_us > c->due_us)', 'asked_us >= c->due_us)'),
    ('an extension may be earlier', 'if (until_us <= c->due_us)', 'if (until_us == c->due_us)'),
    ('sorting makes it later', '    if (due_if_resumed(&again, cal, at_us) >= due_if_resumed(c, cal, at_us))\n        return false;\n', ''),
    ('sorting forgets the pauses', 'i < c->npauses; i++) {\n        qp_clock_pause(again', 'i < 0 * c->npauses; i++) {\n        qp_clock_pause(again'),
    ('sorting takes an extension away', 'c->basis == QP_DUE_EXTENDED || ', ''),
    ('sorting moves what an importer stated', ' || c->basis == QP_DUE_IMPORTED ||\n        !run', ' ||\n        !run'),
    ('a newer calendar makes it earlier', 'again.left <= c->left : again.due_us <= c->due_us', 'again.left == c->left : again.due_us == c->due_us'),
    ('a newer calendar saves a missed clock', '(!c->held && c->due_us < at_us)', '(0)'),
    ('a newer calendar moves a stated deadline', 'c->basis == QP_DUE_STATED || c->basis', 'c->basis'),
    ('of two deadlines the later counts', '(!importer && due_us >= c->due_us)', '(!importer && due_us <= c->due_us)'),
    ('an importer\'s deadline does not stand', '(!importer && due_us >= c->due_us)', '(due_us >= c->due_us)'),
    ('time runs backwards', 'return at_us > last ? at_us : last;', 'return at_us + 0 * last;'),
    ('one that has ended is paused', '[PAUSE] = FROM(RUNNING),', '[PAUSE] = FROM(RUNNING) | FROM(ENDED),'),
    ('it ends twice', '[END] = FROM(RUNNING)', '[END] = FROM(ENDED) | FROM(RUNNING)'),
    ('a pause in which it ended goes on when it is reopened', 'return qp_clock_paused(c) ? qp_clock_resume(c, cal, at_us, e) : 0;', 'return !cal && at_us == 0 ? qp_fail(e, QP_EINVAL, "x") : 0;'),
    ('more pauses than are kept', 'c->npauses == QP_CLOCK_PAUSES_MAX)', '0)'))
planted.bugs('node/matter/clock_read.c',
    ('ended at its due is missed', 'c->ended_us) > qp_clock_due(c)', 'c->ended_us) >= qp_clock_due(c)'),
    ('a held clock is missed by the due that it had', 'return c->held ? c->until_due_us : c->due_us;', 'return c->due_us;'),
    ('pauses are counted as used', ' - qp_clock_paused_us(c, cal, from_us, to_us);', ';'),
    ('a pause is counted for each holder', 'p->from_us > from_us ? p->from_us : from_us', 'p->from_us'),
    ('after its end it is still used', '    if (*to_us > c->ended_us)\n        *to_us = c->ended_us;\n', ''),
    ('closes use elapsed time', 'return m == QP_MEASURE_WORK || m == QP_MEASURE_CLOSES;', 'return m == QP_MEASURE_WORK;'),
    ('a reminder is a wall hour', 'case QP_MEASURE_WORK: return qp_calendar_back(cal, c->due_us, qp_duration_us(d));', 'case QP_MEASURE_WORK: return c->due_us - qp_duration_us(d);'),
    ('a reminder before the clock ran', 'return at > began ? at : began;', 'return at + 0 * began;'),
    ('a due beyond the known days is firm', 'qp_clock_due(c) > qp_calendar_known_us(cal)', '0'),
    ('pauses that cross are sound', 'if (p->from_us < last || p->to_us < p->from_us)', 'if (p->to_us < p->from_us)'),
    ('held without a pause is sound', 'if (c->held && (!qp_clock_paused(c) ||', 'if (c->held && ('))

planted.bugs('node/matter/apply.c',
    ('an early rival is let go without a conflict (K7)', 'a->ev->version == passed && (number == 0', 'a->ev->version == passed + 1000 && (number == 0'),
    ('what waited is taken for known, and its conflict not counted (K7)', '    if (a->waited)\n        return false;\n', ''),
    ('a time ten minutes ahead is not flagged', 'ahead_us <= QP_CLOCK_AHEAD_US ||', 'ahead_us <= 2 * QP_CLOCK_AHEAD_US ||'),
    ('a time a minute ahead is flagged', 'ahead_us <= QP_CLOCK_AHEAD_US ||', 'ahead_us <= QP_CLOCK_AHEAD_US / 5 ||'))
planted.bugs('node/matter/custody.c',
    ('an answer to a number that a liar passed over ends the node (K1)', 'if (f->offer->number != number)\n        return QP_MAY_NOT;', 'assert(f->offer->number == number);'))
planted.bugs('node/matter/history.c',
    ('a late event reads all that was ever said of its matter (L7)', ' && ++r->looked < RIVALS_LOOKED;', ';'))
planted.bugs('node/matter/early.c',
    ('what waits by way of one neighbour has no bound (L7)', ' || all >= QP_EARLY_BRANCH)', ')'),
    ('what waited by way of one neighbour counts for ever (L7)', 'set_total(m, total_key, all - 1, e);', 'set_total(m, total_key, all, e);'),
    ('one total for all neighbours (L7)', '    memcpy(key + 5, branch, QP_ID_LEN);\n', '    memset(key + 5, 0 * branch[0], QP_ID_LEN);\n'))
planted.bugs('node/matter/appeal.c',
    ('a score that was overturned counts on (ST3)', '    f->visit->satisfied = 0;', '    assert(f->visit->satisfied < 3);'),
    ('who appealed decides (ST3)', 'return is_he(ev, x->by, x->at) ||', 'return (no && is_he(ev, x->by, x->at)) ||'),
    ('a name at another node is the same person (ST3)', '(at.len == 0 || qp_bytes_same(at, ev->origin))', 'at.len <= QP_ID_LEN'),
    ('there need be nothing to appeal against (ST3)', '    if (of_us == 0)', '    if (0)'),
    ('what is kept is overturned (ST3)', 'said->keep ? QP_APPEAL_KEPT : QP_APPEAL_OVERTURNED', 'said->keep ? QP_APPEAL_OVERTURNED : QP_APPEAL_KEPT'))
planted.bugs('node/matter/beside.c',
    ('a decision is taken before the appeal of which it speaks', 'return ev->decided->number > f->appeal_top ? QP_TOO_EARLY : QP_MAY;', 'return f->appeal_top < UINT32_MAX ? QP_MAY : QP_TOO_EARLY;'))

if __name__ == '__main__':
    planted.main()
