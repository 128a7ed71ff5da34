/* check.c: whether a policy's parts fit together, every mistake told with its place. See policy.h.
 *
 *   version ─► calendars ─► codes, titles, the tree ─► each category's clocks and reminders ─► rules */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "topology/policy/days.h"
#include "topology/policy/field.h"
#include "topology/shown.h"

enum { NAMES = 400 };

struct checking {
    const struct qp_policy *p;
    bool whole;
    struct qp_mistakes *m;
};

/* `categories[3].clocks.sign` */
static void path_of(char out[QP_MISTAKE_PATH], const struct checking *k, const struct qp_policy_category *c,
                    const char *group, const char *name)
{
    char prefix[64];
    snprintf(prefix, sizeof prefix, "categories[%zu]", (size_t)(c - k->p->categories));
    qp_policy_path(out, prefix, group, name);
}

static void wrong(const struct checking *k, const struct qp_policy_category *c, const char *group,
                  const char *name, enum qp_mistake_kind kind, const char *a, const char *b)
{
    char path[QP_MISTAKE_PATH];
    path_of(path, k, c, group, name);
    qp_mistake_add(k->m, kind, c->at, path, a, b);
}

/* ---- the version, the calendars ---- */

static void check_head(const struct checking *k)
{
    const struct qp_policy *p = k->p;
    if (!p->version)
        qp_mistake_add(k->m, QP_MISTAKE_MISSING, p->at, "version", "version", "2026-1");
    else if (strcmp(p->version, "0") == 0)
        qp_mistake_add(k->m, QP_MISTAKE_RESERVED_VERSION, p->at, "version", NULL, NULL);
    else if (strchr(p->version,
                    '+')) /* PO1: "a+b" is what is in force where a node tightens a by b (tighten.c) */
        qp_mistake_add(k->m, QP_MISTAKE_PLUS_VERSION, p->at, "version", p->version, NULL);
    if (!p->title && k->whole)
        qp_mistake_add(k->m, QP_MISTAKE_MISSING, p->at, "title", "title", "…");
}

void qp_policy_check_calendars(const struct qp_policy *p, struct qp_mistakes *m)
{
    for (size_t i = 0; i < p->n_calendars; i++) {
        const struct qp_policy_calendar *c = &p->calendars[i];
        char path[QP_MISTAKE_PATH];
        snprintf(path, sizeof path, "calendars[%zu]", i);
        qp_days_check(c, path, m);
        for (size_t j = 0; j < i && c->form.name; j++)
            if (p->calendars[j].form.name && strcmp(p->calendars[j].form.name, c->form.name) == 0)
                qp_mistake_add(m, QP_MISTAKE_CALENDAR_TWICE, c->at, path, c->form.name, NULL);
    }
}

/* ---- codes, titles, the tree ---- */

/* "categories.csv:7", or its place in the list. */
static void place(char out[64], const struct checking *k, const struct qp_policy_category *c)
{
    const char *file = c->at.file ? c->at.file : "", *slash = strrchr(file, '/');
    file = slash ? slash + 1 : file;
    if (c->at.line > 0)
        snprintf(out, 64, "%.*s:%ld", qp_shown(file, 40), file, c->at.line);
    else
        snprintf(out, 64, "categories[%zu]", (size_t)(c - k->p->categories));
}

static void check_codes(const struct checking *k)
{
    const struct qp_policy *p = k->p;
    char other[64];
    for (size_t i = 1; i < p->n_categories; i++) {
        const struct qp_policy_category *a = p->by_code[i - 1], *b = p->by_code[i];
        if (!a->code || !b->code || strcmp(a->code, b->code) != 0)
            continue;
        place(other, k, a);
        wrong(k, b, NULL, "code", QP_MISTAKE_CODE_TWICE, b->code, other);
    }
    if (k->whole && !qp_policy_category(p, ""))
        qp_mistake_add(k->m, QP_MISTAKE_NO_FALLBACK, (struct qp_policy_at){p->at.file, 0}, "categories", NULL,
                       NULL);
}

static void check_titles(const struct checking *k)
{
    const struct qp_policy *p = k->p;
    char other[64];
    for (size_t i = 0; i < p->n_by_title; i++) {
        const struct qp_policy_title *t = &p->by_title[i];
        const struct qp_policy_category *named = qp_policy_category(p, t->title);
        if (named && named != t->c) {
            place(other, k, named);
            wrong(k, t->c, NULL, "title", QP_MISTAKE_TITLE_IS_CODE, t->title, other);
        }
        if (i == 0 || strcmp(t->title, t[-1].title) != 0 || t->c == t[-1].c)
            continue; /* the same in both languages is no harm */
        place(other, k, t[-1].c);
        wrong(k, t->c, NULL, "title", QP_MISTAKE_TITLE_TWICE, t->title, other);
    }
}

static const struct qp_policy_category *parent_of(const struct qp_policy *p,
                                                  const struct qp_policy_category *c)
{
    return c->parent ? qp_policy_category(p, c->parent) : NULL;
}

/* The way up from c, one step a turn, at most as long as the tree may be deep. */
static void check_way_up(const struct checking *k, const struct qp_policy_category *c)
{
    char deep[16];
    const struct qp_policy_category *above = c;
    for (int depth = 1; (above = parent_of(k->p, above)); depth++) {
        if (above == c) {
            wrong(k, c, NULL, "parent", QP_MISTAKE_CYCLE, c->code, c->parent);
            return;
        }
        if (depth == QP_POLICY_DEPTH) { /* deeper, or into a circle that others are told about */
            snprintf(deep, sizeof deep, "%d", QP_POLICY_DEPTH);
            wrong(k, c, NULL, "parent", QP_MISTAKE_DEEP_TREE, c->code, deep);
            return;
        }
    }
}

static void check_tree(const struct checking *k)
{
    const struct qp_policy *p = k->p;
    for (size_t i = 0; i < p->n_categories; i++) {
        const struct qp_policy_category *c = &p->categories[i];
        if (!c->code || !c->parent)
            continue;
        if (c->code[0] == '\0')
            wrong(k, c, NULL, "parent", QP_MISTAKE_EMPTY_HAS_PARENT, NULL, NULL);
        else if (!parent_of(p, c))
            wrong(k, c, NULL, "parent", QP_MISTAKE_NO_PARENT, c->parent, NULL);
        else
            check_way_up(k, c);
    }
}

/* ---- clocks ---- */

static bool working(const struct qp_policy_span *s)
{
    enum qp_measure measure = qp_unit_measure(s->d.unit);
    return s->said && (measure == QP_MEASURE_WORK || measure == QP_MEASURE_CLOSES);
}

static void check_calendar_of(const struct checking *k, const struct qp_policy_category *c)
{
    char names[NAMES];
    qp_policy_calendar_names(names, sizeof names, k->p);
    if (c->calendar) {
        if (!qp_policy_calendar(k->p, c->calendar) && (k->whole || k->p->n_calendars > 0))
            wrong(k, c, NULL, "calendar", QP_MISTAKE_NO_CALENDAR, c->calendar, names);
        return;
    }
    if (!k->whole)
        return; /* what is above names it */
    for (size_t i = 0; i < qp_n_category_fields; i++) {
        const struct qp_policy_field *f = &qp_category_fields[i];
        if (f->kind == QP_SAYS_SPAN && strcmp(f->group, "clocks") == 0 &&
            working((const struct qp_policy_span *)(const void *)((const char *)c + f->at)))
            wrong(k, c, f->group, f->name, QP_MISTAKE_NEEDS_CALENDAR, f->name, names);
    }
}

/* "handle 5wd" */
static void clock_text(char out[64], const char *name, const struct qp_policy_span *s)
{
    char text[QP_DURATION_TEXT];
    qp_duration_text(text, &s->d);
    snprintf(out, 64, "%s %s", name, text);
}

static void check_stages(const struct checking *k, const struct qp_policy_category *c)
{
    static const char *const name[] = {
#define X(stage, word) word,
        QP_STAGE_LIST(X)
#undef X
    };
    const struct qp_policy_span *close = &c->clock[QP_STAGE_CLOSE];
    for (int stage = 0; stage < QP_STAGE_REOPEN; stage++) {
        const struct qp_policy_span *clock = &c->clock[stage], *early = &c->remind[stage];
        char a[64], b[64], reminder[64];
        int order;
        clock_text(a, name[stage], clock);
        clock_text(b, "close", close);
        snprintf(reminder, sizeof reminder, "remind.%s", name[stage]);
        if (stage != QP_STAGE_CLOSE && clock->said && close->said &&
            qp_duration_order(&order, &clock->d, &close->d) && order > 0)
            wrong(k, c, "clocks", name[stage], QP_MISTAKE_STAGE_LONG, a, b);
        if (!early->said)
            continue;
        if (!clock->said && k->whole)
            wrong(k, c, "remind", name[stage], QP_MISTAKE_REMIND_NONE, reminder, NULL);
        else if (clock->said && !qp_duration_order(&order, &early->d, &clock->d))
            wrong(k, c, "remind", name[stage], QP_MISTAKE_REMIND_UNIT, reminder, a);
        else if (clock->said && order >= 0)
            wrong(k, c, "remind", name[stage], QP_MISTAKE_REMIND_LATE, reminder, a);
    }
}

static void check_categories(const struct checking *k)
{
    for (size_t i = 0; i < k->p->n_categories; i++) {
        const struct qp_policy_category *c = &k->p->categories[i];
        if (!c->title && k->whole)
            wrong(k, c, NULL, "title", QP_MISTAKE_MISSING, "title", "…");
        check_calendar_of(k, c);
        check_stages(k, c);
    }
}

/* ---- rules ---- */

static void check_rules(const struct checking *k)
{
    const struct qp_policy_rules *r = &k->p->rules;
    struct qp_policy_at at = {k->p->at.file, 0};
    char text[QP_DURATION_TEXT];
    int order;
    for (size_t i = 0; i < r->n_urge; i++)
        for (size_t j = 0; j < i; j++)
            if (qp_duration_order(&order, &r->urge[i].d, &r->urge[j].d) && order == 0) {
                qp_duration_text(text, &r->urge[i].d);
                qp_mistake_add(k->m, QP_MISTAKE_URGE_TWICE, at, "rules.urge", text, NULL);
            }
    if (r->extend_own > 0 && !r->extend_by.said) {
        snprintf(text, sizeof text, "%d", r->extend_own);
        qp_mistake_add(k->m, QP_MISTAKE_OWN_WITHOUT_LIMIT, at, "rules.extend.own", text, NULL);
    }
}

void qp_policy_check(const struct qp_policy *p, bool whole, struct qp_mistakes *m)
{
    struct checking k = {p, whole, m};
    if (p->broken)
        return;
    check_head(&k);
    qp_policy_check_calendars(p, m);
    check_codes(&k);
    check_titles(&k);
    check_tree(&k);
    check_categories(&k);
    check_rules(&k);
}
