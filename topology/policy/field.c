/* field.c: see field.h. The tables, and a single value from text and back. */
#include "topology/policy/field.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/codec.h"
#include "topology/shown.h"

#define AT(member)   offsetof(struct qp_policy_category, member)
#define CLOCK(stage) AT(clock[QP_STAGE_##stage])
#define EARLY(stage) AT(remind[QP_STAGE_##stage])
#define LABEL(member)                                                                                        \
    {                                                                                                        \
        NULL, #member, #member, AT(member), QP_SAYS_TEXT, 0, QP_NAME_BYTES, QP_ORDER_FIXED, QP_UNSAID_LOOSE, \
            false                                                                                            \
    }

/* group, name, column, place, kind, low, high, order, unsaid, brief */
const struct qp_policy_field qp_category_fields[] = {
    LABEL(code),
    LABEL(title),
    LABEL(title_en),
    LABEL(parent),
    LABEL(desk),
    {NULL, "urgency", "urgency", AT(urgency), QP_SAYS_URGENCY, 0, 0, QP_ORDER_MORE, QP_UNSAID_LOOSE, false},
    LABEL(calendar),
#define X(stage, word)                                                                                       \
    {"clocks", word, word, CLOCK(stage), QP_SAYS_SPAN, 0, 0, QP_ORDER_LESS, QP_UNSAID_LOOSE, false},
    QP_STAGE_LIST(X)
#undef X
    /* Without one, what is reopened keeps its old due, which is the strictest (CL8). */
    {"clocks", "reopen", "reopen", CLOCK(REOPEN), QP_SAYS_SPAN, 0, 0, QP_ORDER_LESS, QP_UNSAID_STRICT, false},
#define X(stage, word)                                                                                       \
    {"remind", word, "remind_" word, EARLY(stage), QP_SAYS_SPAN, 0, 0, QP_ORDER_MORE, QP_UNSAID_LOOSE, true},
    QP_STAGE_LIST(X)
#undef X
        {NULL, "visit", "visit", AT(visit), QP_SAYS_SHARE, 0, 0, QP_ORDER_MORE, QP_UNSAID_LOOSE, false},
    {NULL, "keep_personal", "keep_personal", AT(keep_personal), QP_SAYS_KEPT, 0, 0, QP_ORDER_LESS,
     QP_UNSAID_LOOSE, false},
    {NULL, "private_place", "private_place", AT(private_place), QP_SAYS_FLAG, 0, 0, QP_ORDER_MORE,
     QP_UNSAID_LOOSE, true},
    LABEL(view),
};
const size_t qp_n_category_fields = sizeof qp_category_fields / sizeof *qp_category_fields;

#undef AT
#define AT(member)   offsetof(struct qp_policy_rules, member)
#define TAKES(offer) AT(accept[QP_KIND_##offer])

const struct qp_policy_field qp_rule_fields[] = {
    {"accept", "escalate", NULL, TAKES(ESCALATE), QP_SAYS_FLAG, 0, 0, QP_ORDER_LESS, QP_UNSAID_STRICT, true},
    {"accept", "return", NULL, TAKES(RETURN), QP_SAYS_FLAG, 0, 0, QP_ORDER_LESS, QP_UNSAID_STRICT, true},
    {"accept", "dispatch", NULL, TAKES(DISPATCH), QP_SAYS_FLAG, 0, 0, QP_ORDER_LESS, QP_UNSAID_STRICT, true},
    {"accept", "transfer", NULL, TAKES(TRANSFER), QP_SAYS_FLAG, 0, 0, QP_ORDER_LESS, QP_UNSAID_STRICT, true},
    {"lift", "refused", NULL, AT(lift_refused), QP_SAYS_COUNT, 1, 1000, QP_ORDER_LESS, QP_UNSAID_LOOSE, true},
    {"lift", "redo", NULL, AT(lift_redo), QP_SAYS_COUNT, 1, 1000, QP_ORDER_LESS, QP_UNSAID_LOOSE, true},
    {"extend", "own", NULL, AT(extend_own), QP_SAYS_COUNT, 0, 100, QP_ORDER_LESS, QP_UNSAID_STRICT, true},
    {"extend", "by", NULL, AT(extend_by), QP_SAYS_SPAN, 0, 0, QP_ORDER_LESS, QP_UNSAID_LOOSE, true},
    {"patrol", "per_day", NULL, AT(patrol_per_day), QP_SAYS_COUNT, 0, 100, QP_ORDER_MORE, QP_UNSAID_LOOSE,
     true},
    {"patrol", "minutes", NULL, AT(patrol_minutes), QP_SAYS_COUNT, 0, 1440, QP_ORDER_MORE, QP_UNSAID_LOOSE,
     true},
    {"patrol", "police", NULL, AT(patrol_police), QP_SAYS_FLAG, 0, 0, QP_ORDER_MORE, QP_UNSAID_LOOSE, true},
    {"circular", "week_begins", NULL, AT(week_begins), QP_SAYS_COUNT, 1, 7, QP_ORDER_FIXED, QP_UNSAID_LOOSE,
     true},
    {"circular", "month_begins", NULL, AT(month_begins), QP_SAYS_COUNT, 1, 28, QP_ORDER_FIXED,
     QP_UNSAID_LOOSE, true},
    {NULL, "keep_position", NULL, AT(keep_position), QP_SAYS_KEPT, 0, 0, QP_ORDER_LESS, QP_UNSAID_LOOSE,
     true},
    {NULL, "keep_line", NULL, AT(keep_line), QP_SAYS_KEPT, 0, 0, QP_ORDER_LESS, QP_UNSAID_LOOSE, true},
};
const size_t qp_n_rule_fields = sizeof qp_rule_fields / sizeof *qp_rule_fields;

static const char *const urgencies[] = QP_URGENCY_WORDS;

bool qp_policy_same(const char *a, const char *b)
{
    return !a || !b ? a == b : strcmp(a, b) == 0;
}

void qp_policy_path(char out[QP_MISTAKE_PATH], const char *prefix, const char *group, const char *name)
{
    char all[2 * QP_MISTAKE_PATH];
    snprintf(all, sizeof all, "%s%s%s%s%s", prefix, prefix[0] != '\0' ? "." : "", group ? group : "",
             group ? "." : "", name);
    snprintf(out, QP_MISTAKE_PATH, "%.*s", qp_shown(all, QP_MISTAKE_PATH - 1), all);
}

/* ---- a value from text ---- */

static void wrong(struct qp_policy_reading *r, enum qp_mistake_kind kind, const char *path, const char *a,
                  const char *b)
{
    char shown[64];
    snprintf(shown, sizeof shown, "%.*s", qp_shown(b, sizeof shown - 1), b);
    qp_mistake_add(r->m, kind, r->at, path, a, shown);
}

/* sign "2x": what was written, in words that every language has. */
static void written(char out[128], const char *name, const char *text)
{
    snprintf(out, 128, "%s \"%.*s\"", name, qp_shown(text, 48), text);
}

void qp_policy_tell_text(struct qp_policy_reading *r, enum qp_mistake_kind kind, const char *path,
                         const char *name, const char *text, const struct qp_err *e)
{
    char what[128], said[sizeof e->text + 64];
    written(what, name, text);
    snprintf(said, sizeof said, "%.40s: %s", name, e->text);
    qp_mistake_add(r->m, kind, r->at, path, what, said);
}

static const char *kept_text(struct qp_policy_reading *r, const char *text)
{
    const char *copy = qp_arena_text(r->p->a, text);
    if (!copy)
        qp_mistake_add(r->m, QP_MISTAKE_NO_MEMORY, r->at, r->path, NULL, NULL);
    return copy;
}

static void put_text(struct qp_policy_reading *r, const char *path, const char *name, size_t most,
                     const char **out, const char *text)
{
    if (strlen(text) > most) {
        char bytes[24];
        snprintf(bytes, sizeof bytes, "%zu", most);
        qp_mistake_add(r->m, QP_MISTAKE_TEXT_LONG, r->at, path, name, bytes);
    } else if (qp_line_check(text, strlen(text)) != QP_LINE_OK && text[0] != '\0') {
        wrong(r, QP_MISTAKE_TEXT_LINE, path, name, text);
    } else {
        *out = kept_text(r, text);
    }
}

static void put_span(struct qp_policy_reading *r, const char *path, const struct qp_policy_field *f,
                     struct qp_policy_span *out, const char *text)
{
    struct qp_err e;
    struct qp_policy_span s = {.said = true};
    if (qp_duration_parse(&s.d, text, &e)) {
        qp_policy_tell_text(r, QP_MISTAKE_NO_DURATION, path, f->name, text, &e);
        return;
    }
    enum qp_measure measure = qp_unit_measure(s.d.unit);
    if (f->kind == QP_SAYS_KEPT && measure != QP_MEASURE_TIME && measure != QP_MEASURE_DAYS)
        wrong(r, QP_MISTAKE_NATURAL_ONLY, path, f->name, text);
    else
        *out = s;
}

/* "0", "1", "0.25": at most six digits behind the point, nothing above 1. QP_NOT_SAID: it is none. */
static int32_t share_of(const char *text)
{
    static const int32_t place[] = {100000, 10000, 1000, 100, 10, 1};
    if ((text[0] != '0' && text[0] != '1') || (text[1] != '.' && text[1] != '\0'))
        return QP_NOT_SAID;
    int32_t share = (text[0] - '0') * QP_SHARE_ALL;
    if (text[1] == '\0')
        return share;
    size_t n = strspn(text + 2, "0123456789");
    if (n == 0 || n > sizeof place / sizeof *place || text[2 + n] != '\0')
        return QP_NOT_SAID;
    for (size_t i = 0; i < n; i++)
        share += (text[2 + i] - '0') * place[i];
    return share <= QP_SHARE_ALL ? share : QP_NOT_SAID;
}

static int32_t count_of(const char *text, int32_t low, int32_t high)
{
    size_t n = strspn(text, "0123456789");
    if (n == 0 || n > 6 || text[n] != '\0' || (n > 1 && text[0] == '0'))
        return QP_NOT_SAID;
    long v = strtol(text, NULL, 10);
    return v >= low && v <= high ? (int32_t)v : QP_NOT_SAID;
}

static int32_t urgency_of(const char *text)
{
    for (int32_t i = QP_ROUTINE; i <= QP_EMERGENCY; i++)
        if (strcmp(urgencies[i], text) == 0)
            return i;
    return QP_NOT_SAID;
}

static void put_number(struct qp_policy_reading *r, const char *path, const struct qp_policy_field *f,
                       int32_t *out, const char *text)
{
    enum qp_mistake_kind kind = QP_MISTAKE_NO_COUNT;
    switch (f->kind) {
    case QP_SAYS_SHARE:
        *out = share_of(text);
        kind = QP_MISTAKE_NO_SHARE;
        break;
    case QP_SAYS_FLAG:
        *out = strcmp(text, "yes") == 0 ? 1 : strcmp(text, "no") == 0 ? 0 : QP_NOT_SAID;
        kind = QP_MISTAKE_NO_FLAG;
        break;
    case QP_SAYS_URGENCY:
        *out = urgency_of(text);
        kind = QP_MISTAKE_NO_URGENCY;
        break;
    default: *out = count_of(text, f->low, f->high); break;
    }
    if (*out != QP_NOT_SAID)
        return;
    if (kind != QP_MISTAKE_NO_COUNT) {
        wrong(r, kind, path, f->name, text);
        return;
    }
    char what[128], range[32];
    written(what, f->name, text);
    snprintf(range, sizeof range, "%d … %d", f->low, f->high);
    wrong(r, kind, path, what, range);
}

void qp_policy_put(struct qp_policy_reading *r, const struct qp_policy_field *f, void *base, const char *text)
{
    char path[QP_MISTAKE_PATH];
    void *to = (char *)base + f->at;
    if (text[0] == '\0' && (f->kind != QP_SAYS_TEXT || strcmp(f->name, "code") != 0))
        return;
    qp_policy_path(path, r->path, f->group, f->name);
    if (f->kind == QP_SAYS_TEXT)
        put_text(r, path, f->name, (size_t)f->high, to, text);
    else if (f->kind == QP_SAYS_SPAN || f->kind == QP_SAYS_KEPT)
        put_span(r, path, f, to, text);
    else
        put_number(r, path, f, to, text);
}

void qp_policy_put_urge(struct qp_policy_reading *r, struct qp_policy_rules *rules, const char *text)
{
    static const struct qp_policy_field overdue = {.name = "overdue", .kind = QP_SAYS_SPAN};
    char path[QP_MISTAKE_PATH], most[24];
    struct qp_policy_span s = {0};
    qp_policy_path(path, r->path, NULL, overdue.name);
    rules->says_urge = true;
    put_span(r, path, &overdue, &s, text);
    if (!s.said)
        return;
    if (rules->n_urge == QP_POLICY_URGES) {
        snprintf(most, sizeof most, "%d", QP_POLICY_URGES);
        qp_mistake_add(r->m, QP_MISTAKE_TOO_MANY, r->at, path, "urge", most);
        return;
    }
    rules->urge[rules->n_urge++] = s;
}

void qp_policy_put_text(struct qp_policy_reading *r, const char *name, size_t most, const char **out,
                        const char *text)
{
    char path[QP_MISTAKE_PATH];
    qp_policy_path(path, r->path, NULL, name);
    if (text[0] != '\0')
        put_text(r, path, name, most, out, text);
}

/* ---- a value as text ---- */

bool qp_policy_said(const struct qp_policy_field *f, const void *base)
{
    const void *at = (const char *)base + f->at;
    if (f->kind == QP_SAYS_TEXT)
        return *(const char *const *)at;
    if (f->kind == QP_SAYS_SPAN || f->kind == QP_SAYS_KEPT)
        return ((const struct qp_policy_span *)at)->said;
    return *(const int32_t *)at != QP_NOT_SAID;
}

static void show_share(char out[16], int32_t share)
{
    assert(share >= 0 && share <= QP_SHARE_ALL);
    int n = snprintf(out, 16, "%d.%06d", share / QP_SHARE_ALL, share % QP_SHARE_ALL);
    while (n > 0 && out[n - 1] == '0')
        out[--n] = '\0';
    if (out[n - 1] == '.')
        out[n - 1] = '\0';
}

void qp_policy_show(char out[QP_POLICY_VALUE], const struct qp_policy_field *f, const void *base)
{
    const void *at = (const char *)base + f->at;
    const char *text = "";
    char number[24];
    if (!qp_policy_said(f, base)) {
        out[0] = '\0';
        return;
    }
    switch (f->kind) {
    case QP_SAYS_TEXT: text = *(const char *const *)at; break;
    case QP_SAYS_SPAN:
    case QP_SAYS_KEPT:
        qp_duration_text(number, &((const struct qp_policy_span *)at)->d);
        text = number;
        break;
    case QP_SAYS_FLAG: text = *(const int32_t *)at ? "yes" : "no"; break;
    case QP_SAYS_URGENCY: text = urgencies[*(const int32_t *)at]; break;
    case QP_SAYS_SHARE:
        show_share(number, *(const int32_t *)at);
        text = number;
        break;
    case QP_SAYS_COUNT:
        snprintf(number, sizeof number, "%d", *(const int32_t *)at);
        text = number;
        break;
    }
    snprintf(out, QP_POLICY_VALUE, "%.*s", qp_shown(text, QP_POLICY_VALUE - 1), text);
}

static void add_name(char *out, size_t cap, const char *name)
{
    size_t n = strlen(out);
    snprintf(out + n, cap - n, "%s%s", n > 0 ? ", " : "", name);
}

void qp_policy_names(char *out, size_t cap, const struct qp_policy_field *f, size_t n, const char *group)
{
    out[0] = '\0';
    for (size_t i = 0; i < n; i++) {
        bool begins = i == 0 || !qp_policy_same(f[i - 1].group, f[i].group);
        if (qp_policy_same(group, f[i].group))
            add_name(out, cap, f[i].name);
        else if (!group && begins)
            add_name(out, cap, f[i].group);
    }
}

void qp_policy_calendar_names(char *out, size_t cap, const struct qp_policy *p)
{
    out[0] = '\0';
    for (size_t i = 0; i < p->n_calendars; i++)
        if (p->calendars[i].form.name)
            add_name(out, cap, p->calendars[i].form.name);
    if (out[0] == '\0')
        add_name(out, cap, "-");
}
