/* policy.c: a policy in memory: made, asked, given back. See policy.h; the readers fill it through field.h. */
#include "topology/policy/policy.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/crypto.h"
#include "proto/codec.h"
#include "topology/policy/days.h"
#include "topology/policy/field.h"

enum { ARENA_CAP = 16 << 20 }; /* 512 KiB of text, each piece rounded up to 16 bytes */

/* ---- made ---- */

static void category_clear(struct qp_policy_category *c)
{
    *c = (struct qp_policy_category){
        .urgency = QP_NOT_SAID, .visit = QP_NOT_SAID, .private_place = QP_NOT_SAID};
}

static void rules_clear(struct qp_policy_rules *r)
{
    *r = (struct qp_policy_rules){0};
    for (size_t i = 0; i < qp_n_rule_fields; i++) {
        enum qp_policy_kind kind = qp_rule_fields[i].kind;
        if (kind == QP_SAYS_COUNT || kind == QP_SAYS_FLAG)
            memcpy((char *)r + qp_rule_fields[i].at, &(int32_t){QP_NOT_SAID}, sizeof(int32_t));
    }
}

struct qp_policy *qp_policy_new(void)
{
    struct qp_policy *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->a = qp_arena_new(ARENA_CAP);
    if (!p->a) {
        free(p);
        return NULL;
    }
    rules_clear(&p->rules);
    return p;
}

void qp_policy_free(struct qp_policy *p)
{
    if (!p)
        return;
    for (size_t i = 0; i < p->n_calendars; i++)
        qp_days_free(&p->calendars[i]);
    free(p->calendars);
    free(p->categories);
    free(p->by_code);
    free(p->by_title);
    qp_arena_free(p->a);
    free(p);
}

struct qp_policy_category *qp_policy_add_category(struct qp_policy_reading *r)
{
    struct qp_policy *p = r->p;
    void *v = qp_policy_grow(r, p->categories, p->n_categories, &p->cap_categories, QP_POLICY_CATEGORIES,
                             sizeof *p->categories, "categories", "categories");
    if (!v)
        return NULL;
    p->categories = v;
    struct qp_policy_category *c = &p->categories[p->n_categories++];
    category_clear(c);
    c->at = r->at;
    return c;
}

struct qp_policy_calendar *qp_policy_add_calendar(struct qp_policy_reading *r)
{
    struct qp_policy *p = r->p;
    void *v = qp_policy_grow(r, p->calendars, p->n_calendars, &p->cap_calendars, QP_POLICY_CALENDARS,
                             sizeof *p->calendars, "calendars", "calendars");
    if (!v)
        return NULL;
    p->calendars = v;
    struct qp_policy_calendar *c = &p->calendars[p->n_calendars++];
    *c = (struct qp_policy_calendar){.at = r->at, .form.known_until = QP_CALENDAR_NO_DAY};
    return c;
}

struct qp_policy *qp_policy_builtin(void)
{
    struct qp_policy *p = qp_policy_new();
    struct qp_policy_reading r = {.p = p};
    struct qp_policy_category *c = p ? qp_policy_add_category(&r) : NULL;
    if (!c) {
        qp_policy_free(p);
        return NULL;
    }
    p->version = "0";
    p->title = "内置";
    c->code = "";
    c->title = "其他";
    c->title_en = "other";
    c->urgency = QP_ROUTINE;
    c->visit = 0;
    if (!qp_policy_ready(p)) {
        qp_policy_free(p);
        return NULL;
    }
    return p;
}

int qp_policy_file(const char *name, struct qp_policy_at at, char **text, size_t *len, struct qp_mistakes *m)
{
    struct qp_err e = {0};
    void *bytes = NULL;
    char most[24];
    int rc = qp_file_read(name, QP_POLICY_BYTES, &bytes, len, &e);
    *text = bytes;
    if (!rc)
        return rc;
    snprintf(most, sizeof most, "%d", QP_POLICY_BYTES);
    size_t named = strlen(name); /* "NAME: why": the name stands before the mistake anyway */
    const char *why = strncmp(e.text, name, named) == 0 && strncmp(e.text + named, ": ", 2) == 0
                          ? e.text + named + 2
                          : e.text;
    qp_mistake_add(m, rc == QP_EBIG ? QP_MISTAKE_TOO_LARGE : QP_MISTAKE_UNREADABLE, at, NULL, why, most);
    return rc;
}

/* ---- asked ---- */

static int by_code(const void *left, const void *right)
{
    const struct qp_policy_category *a = *(const struct qp_policy_category *const *)left;
    const struct qp_policy_category *b = *(const struct qp_policy_category *const *)right;
    int order = strcmp(a->code ? a->code : "", b->code ? b->code : "");
    return order != 0 ? order : (a < b ? -1 : a > b); /* of a code that is there twice the first counts */
}

static int by_title(const void *left, const void *right)
{
    const struct qp_policy_title *a = left, *b = right;
    int order = strcmp(a->title, b->title);
    return order != 0 ? order : (a->c < b->c ? -1 : a->c > b->c);
}

/* Whose version each amount rests on, where it is not of another one already. */
static void sign_amounts(struct qp_policy *p)
{
    for (size_t i = 0; i < p->n_categories; i++)
        for (size_t k = 0; k < qp_n_category_fields; k++) {
            const struct qp_policy_field *f = &qp_category_fields[k];
            struct qp_policy_span *s = (void *)((char *)&p->categories[i] + f->at);
            if ((f->kind == QP_SAYS_SPAN || f->kind == QP_SAYS_KEPT) && s->said && !s->by)
                s->by = p->version;
        }
}

bool qp_policy_ready(struct qp_policy *p)
{
    size_t n = p->n_categories;
    sign_amounts(p);
    p->by_code = malloc((n + 1) * sizeof(void *));
    p->by_title = malloc((2 * n + 1) * sizeof *p->by_title);
    if (!p->by_code || !p->by_title)
        return false;
    for (size_t i = 0; i < n; i++) {
        const struct qp_policy_category *c = &p->categories[i];
        p->by_code[i] = c;
        if (c->title)
            p->by_title[p->n_by_title++] = (struct qp_policy_title){c->title, c};
        if (c->title_en)
            p->by_title[p->n_by_title++] = (struct qp_policy_title){c->title_en, c};
    }
    qsort(p->by_code, n, sizeof *p->by_code, by_code);
    qsort(p->by_title, p->n_by_title, sizeof *p->by_title, by_title);
    return true;
}

const struct qp_policy_category *qp_policy_category(const struct qp_policy *p, const char *code)
{
    size_t low = 0, high = p->n_categories;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        const char *at = p->by_code[mid]->code;
        if (strcmp(at ? at : "", code) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    const struct qp_policy_category *c = low < p->n_categories ? p->by_code[low] : NULL;
    return c && c->code && strcmp(c->code, code) == 0 ? c : NULL;
}

static const struct qp_policy_category *titled(const struct qp_policy *p, const char *title)
{
    size_t low = 0, high = p->n_by_title;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (strcmp(p->by_title[mid].title, title) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low < p->n_by_title && strcmp(p->by_title[low].title, title) == 0 ? p->by_title[low].c : NULL;
}

bool qp_policy_patrol(const struct qp_policy *p, uint32_t *per_day, uint32_t *minutes, bool *police)
{
    bool said = p && p->rules.patrol_per_day >= 0;
    *per_day = said ? (uint32_t)p->rules.patrol_per_day : 0;
    *minutes = said && p->rules.patrol_minutes > 0 ? (uint32_t)p->rules.patrol_minutes : 0;
    *police = said && p->rules.patrol_police > 0;
    return said;
}

const struct qp_policy_category *qp_policy_find(const struct qp_policy *p, const char *name)
{
    const struct qp_policy_category *c = qp_policy_category(p, name);
    if (!c)
        c = titled(p, name);
    return c ? c : qp_policy_category(p, "");
}

bool qp_policy_hides_place(const struct qp_policy *p, const char *category)
{
    const struct qp_policy_category *c = p ? qp_policy_find(p, category) : NULL;
    return c && c->private_place == 1;
}

const struct qp_policy_calendar *qp_policy_calendar(const struct qp_policy *p, const char *name)
{
    for (size_t i = 0; i < p->n_calendars; i++)
        if (p->calendars[i].form.name && strcmp(p->calendars[i].form.name, name) == 0)
            return &p->calendars[i];
    return NULL;
}

void qp_policy_rule(char out[QP_POLICY_RULE + 1], const struct qp_policy_category *c,
                    enum qp_policy_stage stage)
{
    const struct qp_policy_span *s = &c->clock[stage];
    assert(s->said);
    enum qp_measure measure = qp_unit_measure(s->d.unit);
    bool works = c->calendar && (measure == QP_MEASURE_WORK || measure == QP_MEASURE_CLOSES);
    snprintf(out, QP_POLICY_RULE + 1, "%s / %s%s%s", s->by ? s->by : "", c->code[0] != '\0' ? c->code : "-",
             works ? " / " : "", works ? c->calendar : "");
}

bool qp_policy_visit_drawn(int32_t share, const uint8_t id[QP_ID_LEN])
{
    struct qp_hash h;
    uint64_t first = 0;
    if (share <= 0)
        return false;
    qp_hash(&h, id, QP_ID_LEN);
    for (size_t i = 0; i < 8; i++)
        first = first << 8 | h.b[i];
    /* first / 2^64 < share / 10^6, both sides times 2^64 * 10^6 */
    return (__extension__(unsigned __int128) first) * QP_SHARE_ALL <
           (__extension__(unsigned __int128)(uint32_t) share) << 64;
}
