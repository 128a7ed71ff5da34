#!/usr/bin/env python3
"""planted.py: the bugs of topology/policy/ that the tests of this folder catch, and the proof that they do.

  planted.py [--tests] [--stale] [WORD...]   as tests/unit/core/planted.py, which has the machinery. A few minutes."""
import os, sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'core'))
import planted

planted.ROOM, planted.BUGS[:] = 'policy', []
planted.bugs('topology/policy/field.c',
    ('a share above 1 is taken', 'return share <= QP_SHARE_ALL ? share : QP_NOT_SAID;', 'return share;'),
    ('a share is read a digit off', '{100000, 10000, 1000, 100, 10, 1}', '{10000, 1000, 100, 10, 1, 0}'),
    ('working time is kept as retention', 'f->kind == QP_SAYS_KEPT && measure', 'false && measure'),
    ('a title may turn the direction of its line', 'qp_line_check(text, strlen(text)) != QP_LINE_OK', 'qp_line_check(text, strlen(text)) == QP_LINE_OK && 0'),
    ('a count above its bound is taken', 'v >= low && v <= high', 'v >= low'),
    ('reopening later is stricter than the old due', '{"clocks", "reopen", "reopen", CLOCK(REOPEN), QP_SAYS_SPAN, 0, 0, QP_ORDER_LESS, QP_UNSAID_STRICT', '{"clocks", "reopen", "reopen", CLOCK(REOPEN), QP_SAYS_SPAN, 0, 0, QP_ORDER_LESS, QP_UNSAID_LOOSE'))
planted.bugs('topology/policy/policy.c',
    ('a title is looked for before a code', 'const struct qp_policy_category *c = qp_policy_category(p, name);\n    if (!c)\n        c = titled(p, name);', 'const struct qp_policy_category *c = titled(p, name);\n    if (!c)\n        c = NULL;'),
    ('what is unknown has no category', 'return c ? c : qp_policy_category(p, "");', 'return c;'),
    ('a category is not found by its English title', 'if (c->title_en)', 'if (c->title_en && 0)'),
    ('the draw for a visit is little endian', 'first = first << 8 | h.b[i];', 'first = first << 8 | h.b[7 - i];'))
planted.bugs('topology/policy/days.c',
    ('the bound on categories is told for each that is too many', '        if (!r->p->broken)\n            qp_mistake_add(r->m, QP_MISTAKE_TOO_MANY', '        if (1)\n            qp_mistake_add(r->m, QP_MISTAKE_TOO_MANY'),
    ('what was not reached is checked', '        r->p->broken = true;\n        return NULL;', '        return NULL;'))
planted.bugs('topology/policy/walk.c',
    ('nesting has no bound', 'if (in->depth == NEST)', 'if (0)'),
    ('a member that is there twice is taken', '        if (twice)\n', '        if (0)\n'),
    ('null is a value', 'if (!qp_json_word(&in->r, "null"))', 'if (1)'),
    ('lines are not counted', "in->g.at.line += *in->counted == '\\n';", 'in->g.at.line += 0;'))
planted.bugs('topology/policy/json.c',
    ('bytes that are no UTF-8 are read', '} else if (!qp_utf8_ok(text, len)) {', '} else if (0) {'),
    ('a policy of any size is read', 'if (len > QP_POLICY_BYTES) {', 'if (0) {'),
    ('what stands behind the policy is not seen', '!rc && in->r.p < in->r.end', '0'),
    ('what is unknown is passed over in silence', '    return qp_walk_unknown(in, key, names);', '    (void)names;\n    struct qp_mistakes *m = in->g.m;\n    in->g.m = NULL;\n    int rc = qp_walk_unknown(in, key, names);\n    in->g.m = m;\n    return rc;'))
planted.bugs('topology/policy/json.c',
    ('a list of calendars stands beside one by itself', 'if (strcmp(key, "calendars") == 0 && !*one)', 'if (strcmp(key, "calendars") == 0)'),
    ('a field of no calendar stands beside a list of them', 'if (!*one && p->n_calendars > 0)', 'if (0)'),
    ('one calendar by itself is not checked', '        qp_days_check(&p->calendars[0], "", m);', '        (void)m;'))
planted.bugs('topology/policy/sheet.c',
    ('a column that is misspelt is passed over', 'else if (strcmp(s->fields[i], s->remark) != 0)', 'else if (0)'),
    ('a row that is short is read all the same', '        if (n == s->columns) {', '        if (1) {'),
    ('a make-up day is a day off', 'bool on = strcmp(kind, "on") == 0;', 'bool on = strcmp(kind, "on") == 1;'))
planted.bugs('topology/policy/folder.c',
    ('a sheet in another encoding is told row by row', 'if (usable(&r, text, len))\n            qp_folder_categories', 'if (1)\n            qp_folder_categories'),
    ('dates are read although their calendars could not be', 'if (!r.p->broken && slurp(&r, name, false', 'if (slurp(&r, name, false'))
planted.bugs('topology/policy/conf.c',
    ('a key that is there twice wins', '        if (c->seen[i] == what) {', '        if (0) {'),
    ('a section that is not known is passed over', '        wrong(c, QP_MISTAKE_UNKNOWN_FIELD, name, SECTIONS);', '        (void)SECTIONS;'),
    ('the second part of the weekly hours is lost', 'for (char *rest = text, *part; (part = strsep(&rest, "|"));) {\n        char *days', 'for (char *rest = text, *part; (part = strsep(&rest, "|")); rest = NULL) {\n        char *days'))
planted.bugs('topology/policy/check.c',
    ('a circle of categories is not seen', '        if (above == c) {', '        if (0) {'),
    ('a parent that there is not', 'else if (!parent_of(p, c))', 'else if (0)'),
    ('two titles that are the same', 'strcmp(t->title, t[-1].title) != 0 || t->c == t[-1].c', '1'),
    ('a title that is another\'s code', 'if (named && named != t->c) {', 'if (0) {'),
    ('a calendar that there is not', '!qp_policy_calendar(k->p, c->calendar) &&', '0 &&'),
    ('working time without a calendar', '            working((const', '            0 && working((const'),
    ('a reminder in another measure', 'else if (clock->said && !qp_duration_order(&order, &early->d, &clock->d))', 'else if (order = -1, 0)'),
    ('a reminder at the due', 'else if (clock->said && order >= 0)', 'else if (clock->said && order > 0)'),
    ('a stage that outlasts the matter', '&close->d) && order > 0)', '&close->d) && order > 1)'),
    ('nobody needs the entry with the empty code', 'if (k->whole && !qp_policy_category(p, ""))', 'if (0)'))
planted.bugs('topology/policy/order.c',
    ('shorter and longer are exchanged', 'return (order < 0) == (f->order == QP_ORDER_LESS)', 'return (order < 0) != (f->order == QP_ORDER_LESS)'),
    ('what is not said above may be anything', 'return f->unsaid == QP_UNSAID_LOOSE || waits', 'return 1 || waits'),
    ('amounts of two measures are compared', 'return QP_CHANGE_UNLIKE;\n    if (order == 0)', 'return QP_CHANGE_TIGHTER;\n    if (order == 0)'),
    ('a desk may be changed below', '    if (f->order == QP_ORDER_FIXED)\n        return QP_CHANGE_OTHER;\n    if (!sizes', '    if (f->order == QP_ORDER_FIXED)\n        return QP_CHANGE_TIGHTER;\n    if (!sizes'),
    ('an urge may be left out below', '    if (now->n_urge < was->n_urge)\n        return QP_CHANGE_LOOSER;\n', '    if (now->n_urge < was->n_urge)\n        return QP_ORDER_SAME;\n'),
    ('another measure\'s urge stands against the first above', 'const struct qp_policy_span *other = nth_of(b, now->n_urge, measure, nth);', 'const struct qp_policy_span *other = qp_unit_measure(b[i].d.unit) == measure ? &b[i] : NULL;'),
    ('urges are compared in the order in which they were written', '    qsort(out, r->n_urge, sizeof *out, by_length);', '    (void)by_length;'),
    ('a day of retention is more than 24 hours', 'd->n * 86400 * 1000000', 'd->n * 86401 * 1000000'))
planted.bugs('topology/policy/tighten.c',
    ('what loosens holds all the same', 'if (out && kind == QP_CHANGE_TIGHTER)\n            carry', 'if (out)\n            carry'),
    ('what tightens does not hold', '            carry(w, &f[i], out, now);', '            (void)carry;'),
    ('what below does not say is taken away', 'if (out && !qp_policy_said(&f[i], now))', 'if (0)'),
    ('who tightened stands in no version', '    if (!w->tightened || !w->now->version)', '    if (1)'),
    ('amounts lose whose version said them', '    to->by = from->by ? w->own_by : NULL;', '    to->by = NULL;'),
    ('amounts bear the version that was carried first', '    if (from->by != w->by) {', '    if (!w->by) {'),
    ('calendars may be changed below', 'else if (!qp_days_same(was, now))', 'else if (0)'),
    ('what is taken away is not named', '    for (size_t i = 0; i < w->was->n_categories && !w->out; i++) {', '    for (size_t i = 0; i < 0; i++) {'))
planted.bugs('topology/policy/days.c',
    ('a calendar is not checked', '    qp_calendar_check(&c->form, tell, &t);', '    (void)tell, (void)t;'),
    ('a date is told where its calendar stands', '            return list[i].at[at];', '            return c->at;'),
    ('days off do not count when calendars are compared', 'same_dates(a->form.off, a->form.noff, b->form.off, b->form.noff) &&', 'true &&'))
planted.bugs('topology/policy/write.c',
    ('dates are written as they came', 'int32_t *v = qp_days_sorted(days, n);', 'int32_t *v = calloc(n + 1, 4);\n    if (v && n > 0)\n        memcpy(v, days, n * 4);'),
    ('categories are written as they came', 'qp_n_category_fields, p->by_code[i]);', 'qp_n_category_fields, &p->categories[i]);'),
    ('a quote ends a text', "if (*p == '\"' || *p == '\\\\')", "if (*p == '\\\\')"),
    ('hours that are written apart stay apart', '            v[n - 1].days |= v[i].days;\n', '            v[n++] = v[i];\n'))
planted.bugs('topology/policy/mistake.c',
    ('mistakes have no bound', '&m->cap, QP_MISTAKES, sizeof *v);', '&m->cap, 1000000, sizeof *v);'),
    ('remedies are left out', '    fill(out, at, words[m->kind].remedy[zh], m);', '    (void)at;'))

if __name__ == '__main__':
    planted.main()
