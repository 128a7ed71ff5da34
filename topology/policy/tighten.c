/* tighten.c: see tighten.h. Walks two policies value by value, by the table of field.c. */
#include "topology/policy/tighten.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/codec.h"
#include "topology/policy/days.h"
#include "topology/policy/order.h"
#include "topology/path.h"
#include "topology/shown.h"

/* One walk: with `out` the stricter values are carried into it; without, everything that differs is listed. */
struct walk {
    const struct qp_policy *was, *now;
    struct qp_policy *out;
    struct qp_changes *c;
    bool tightened, no_memory;
    const char *by, *own_by; /* the version that was carried last, and its copy in out */
};

/* ---- the list ---- */

static const struct {
    const char *words[2];
    bool refused;
} kinds[QP_CHANGE_KINDS] = {
#define X(name, en, zh, refused) {{en, zh}, refused},
    QP_CHANGE_LIST(X)
#undef X
};

static void copy(char *out, size_t cap, const char *text)
{
    snprintf(out, cap, "%.*s", qp_shown(text, cap - 1), text);
}

static void note(struct walk *w, int kind, struct qp_policy_at at, const char *path, const char *from,
                 const char *to)
{
    struct qp_changes *c = w->c;
    w->tightened = w->tightened || kind == QP_CHANGE_TIGHTER;
    if (!c)
        return;
    c->count[kind]++;
    struct qp_change *v = qp_list_grow(c->v, c->n, &c->cap, QP_CHANGES, sizeof *v);
    if (!v) {
        c->more++;
        return;
    }
    c->v = v;
    struct qp_change *to_fill = &c->v[c->n++];
    to_fill->kind = (enum qp_change_kind)kind;
    to_fill->line = at.line;
    copy(to_fill->file, sizeof to_fill->file, at.file ? at.file : "");
    copy(to_fill->path, sizeof to_fill->path, path);
    copy(to_fill->from, sizeof to_fill->from, from);
    copy(to_fill->to, sizeof to_fill->to, to);
}

bool qp_change_refused(enum qp_change_kind kind)
{
    return kinds[kind].refused;
}

size_t qp_changes_refused(const struct qp_changes *c)
{
    size_t n = 0;
    for (int i = 0; i < QP_CHANGE_KINDS; i++)
        n += kinds[i].refused ? c->count[i] : 0;
    return n;
}

void qp_change_line(char out[QP_MISTAKE_TEXT], const struct qp_change *c, bool zh)
{
    char place[QP_MISTAKE_FILE + 32] = "";
    const char *none = zh ? "（未规定）" : "(not said)";
    if (c->file[0] != '\0' && c->line > 0)
        snprintf(place, sizeof place, "%s:%ld: ", c->file, c->line);
    else if (c->file[0] != '\0')
        snprintf(place, sizeof place, "%s: ", c->file);
    if (c->from[0] == '\0' && c->to[0] == '\0')
        snprintf(out, QP_MISTAKE_TEXT, "%s%s: %s", place, c->path, kinds[c->kind].words[zh]);
    else
        snprintf(out, QP_MISTAKE_TEXT, "%s%s: %s -> %s: %s", place, c->path,
                 c->from[0] != '\0' ? c->from : none, c->to[0] != '\0' ? c->to : none,
                 kinds[c->kind].words[zh]);
}

void qp_changes_free(struct qp_changes *c)
{
    free(c->v);
    *c = (struct qp_changes){0};
}

/* ---- one value ---- */

static const char *kept(struct walk *w, const char *text)
{
    const char *own = text ? qp_arena_text(w->out->a, text) : NULL;
    w->no_memory = w->no_memory || (text && !own);
    return own;
}

/* Amounts go over with the version that said them: one copy for a run of the same. */
static void carry_span(struct walk *w, struct qp_policy_span *to, const struct qp_policy_span *from)
{
    *to = *from;
    if (from->by != w->by) {
        w->by = from->by;
        w->own_by = kept(w, from->by);
    }
    to->by = from->by ? w->own_by : NULL;
}

static void carry(struct walk *w, const struct qp_policy_field *f, void *to, const void *from)
{
    const void *v = (const char *)from + f->at;
    void *at = (char *)to + f->at;
    if (f->kind == QP_SAYS_TEXT)
        *(const char **)at = kept(w, *(const char *const *)v);
    else if (f->kind == QP_SAYS_SPAN || f->kind == QP_SAYS_KEPT)
        carry_span(w, at, v);
    else
        *(int32_t *)at = *(const int32_t *)v;
}

static void walk_fields(struct walk *w, const struct qp_policy_field *f, size_t n, const char *prefix,
                        struct qp_policy_at at, const void *was, const void *now, void *out)
{
    for (size_t i = 0; i < n; i++) {
        char path[QP_MISTAKE_PATH], from[QP_POLICY_VALUE], to[QP_POLICY_VALUE];
        if (out && !qp_policy_said(&f[i], now))
            continue;
        int kind = qp_policy_order(&f[i], was, now);
        if (kind == QP_ORDER_SAME)
            continue;
        qp_policy_path(path, prefix, f[i].group, f[i].name);
        qp_policy_show(from, &f[i], was);
        qp_policy_show(to, &f[i], now);
        note(w, kind, at, path, from, to);
        if (out && kind == QP_CHANGE_TIGHTER)
            carry(w, &f[i], out, now);
    }
}

/* ---- the parts ---- */

static struct qp_policy_category *of_out(struct walk *w, const struct qp_policy_category *was)
{
    return w->out ? &w->out->categories[was - w->was->categories] : NULL;
}

static void walk_categories(struct walk *w)
{
    char path[QP_MISTAKE_PATH];
    for (size_t i = 0; i < w->now->n_categories; i++) {
        const struct qp_policy_category *now = &w->now->categories[i];
        const struct qp_policy_category *was = now->code ? qp_policy_category(w->was, now->code) : NULL;
        snprintf(path, sizeof path, "categories[%s]", now->code ? now->code : "");
        if (!was)
            note(w, QP_CHANGE_ADDED, now->at, path, "", "");
        else
            walk_fields(w, qp_category_fields, qp_n_category_fields, path, now->at, was, now, of_out(w, was));
    }
    for (size_t i = 0; i < w->was->n_categories && !w->out; i++) {
        const char *code = w->was->categories[i].code;
        snprintf(path, sizeof path, "categories[%s]", code ? code : "");
        if (code && !qp_policy_category(w->now, code))
            note(w, QP_CHANGE_REMOVED, (struct qp_policy_at){0}, path, "", "");
    }
}

static void walk_calendars(struct walk *w)
{
    char path[QP_MISTAKE_PATH];
    for (size_t i = 0; i < w->now->n_calendars; i++) {
        const struct qp_policy_calendar *now = &w->now->calendars[i];
        const char *name = now->form.name ? now->form.name : "";
        const struct qp_policy_calendar *was = qp_policy_calendar(w->was, name);
        snprintf(path, sizeof path, "calendars[%s]", name);
        if (!was)
            note(w, QP_CHANGE_ADDED, now->at, path, "", "");
        else if (!qp_days_same(was, now))
            note(w, QP_CHANGE_OTHER, now->at, path, "", "");
    }
    for (size_t i = 0; i < w->was->n_calendars && !w->out; i++) {
        const char *name = w->was->calendars[i].form.name;
        snprintf(path, sizeof path, "calendars[%s]", name ? name : "");
        if (name && !qp_policy_calendar(w->now, name))
            note(w, QP_CHANGE_REMOVED, (struct qp_policy_at){0}, path, "", "");
    }
}

static void walk_urges(struct walk *w, struct qp_policy_at at)
{
    const struct qp_policy_rules *was = &w->was->rules, *now = &w->now->rules;
    char from[QP_POLICY_VALUE], to[QP_POLICY_VALUE];
    int kind = w->out && !now->says_urge ? QP_ORDER_SAME : qp_policy_order_urges(was, now);
    if (kind == QP_ORDER_SAME)
        return;
    qp_policy_show_urges(from, was);
    qp_policy_show_urges(to, now);
    note(w, kind, at, "rules.urge", from, to);
    if (w->out && kind == QP_CHANGE_TIGHTER) {
        memcpy(w->out->rules.urge, now->urge, sizeof now->urge);
        w->out->rules.n_urge = now->n_urge;
        w->out->rules.says_urge = true;
    }
}

static void walk(struct walk *w)
{
    struct qp_policy_at at = {w->now->at.file, 0};
    walk_calendars(w);
    walk_categories(w);
    walk_urges(w, at);
    walk_fields(w, qp_rule_fields, qp_n_rule_fields, "rules", at, &w->was->rules, &w->now->rules,
                w->out ? &w->out->rules : NULL);
}

void qp_policy_compare(const struct qp_policy *was, const struct qp_policy *now, struct qp_changes *c)
{
    struct walk w = {.was = was, .now = now, .c = c};
    walk(&w);
}

/* ---- what holds ---- */

/* A copy of base, of no file. False: no memory. */
static bool begin(struct walk *w)
{
    struct qp_policy_reading r = {.p = w->out};
    const struct qp_policy *base = w->was;
    w->out->version = kept(w, base->version);
    w->out->title = kept(w, base->title);
    w->out->rules = base->rules; /* its amounts bear no version: no texts */
    for (size_t i = 0; i < base->n_calendars; i++) {
        struct qp_policy_calendar *c = qp_policy_add_calendar(&r);
        if (!c || !qp_days_copy(&r, c, &base->calendars[i]))
            return false;
    }
    for (size_t i = 0; i < base->n_categories; i++) {
        struct qp_policy_category *c = qp_policy_add_category(&r);
        if (!c)
            return false;
        for (size_t k = 0; k < qp_n_category_fields; k++)
            carry(w, &qp_category_fields[k], c, &base->categories[i]);
    }
    return !w->no_memory;
}

/* "2026-1+county-3" where something below has tightened. */
static void name(struct walk *w)
{
    char version[QP_POLICY_VERSIONS];
    _Static_assert(QP_POLICY_VERSIONS >= QP_PATH_DEPTH * (QP_POLICY_VERSION + 1), "as deep as a path");
    if (!w->tightened || !w->now->version)
        return;
    snprintf(version, sizeof version, "%s+%s", w->was->version ? w->was->version : "", w->now->version);
    w->out->version = kept(w, version);
}

struct qp_policy *qp_policy_tighten(const struct qp_policy *base, const struct qp_policy *below,
                                    struct qp_changes *c)
{
    struct walk w = {.was = base, .now = below, .c = c, .out = qp_policy_new()};
    if (!w.out)
        return NULL;
    bool good = begin(&w);
    if (good) {
        walk(&w);
        name(&w);
        good = !w.no_memory && qp_policy_ready(w.out);
    }
    if (!good) {
        qp_policy_free(w.out);
        return NULL;
    }
    return w.out;
}
