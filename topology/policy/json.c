/* json.c: a policy from the JSON of README.md. Its shape drives the reading: what it does not know is told by
 * name and stepped over, to a bounded depth, so that one reading finds every mistake; only broken JSON ends it.
 *
 *   bytes ─► UTF-8 ─► walk.c, member by member ─► qp_policy_put (field.c), qp_days_* (days.c) */
#include "topology/policy/policy.h"

#include <stdio.h>
#include <string.h>

#include "proto/codec.h"
#include "topology/policy/days.h"
#include "topology/policy/walk.h"

enum { NAMES = 400 };

/* ---- fields of a table ---- */

struct fields {
    const struct qp_policy_field *f;
    size_t n;
    const char *group;
    void *base;
    qp_walk_member also; /* takes "urge", which the table does not have; NULL: there is none */
};

static int field(struct qp_walk *in, void *arg, const char *key)
{
    struct fields *s = arg;
    char *text, names[NAMES];
    for (size_t i = 0; i < s->n; i++) {
        const struct qp_policy_field *f = &s->f[i];
        if (qp_policy_same(f->group, s->group) && strcmp(f->name, key) == 0) {
            int rc = qp_walk_value(in, f, key, &text);
            if (!rc && text)
                qp_policy_put(&in->g, f, s->base, text);
            return rc;
        }
        if (!s->group && f->group && strcmp(f->group, key) == 0) {
            struct fields inner = {.f = s->f, .n = s->n, .group = f->group, .base = s->base};
            in->group = qp_json_peek(&in->r) == '{' ? f->group : NULL;
            int rc = qp_walk_object(in, key, &inner, field);
            in->group = NULL;
            return rc;
        }
    }
    if (s->also && strcmp(key, "urge") == 0)
        return s->also(in, s->base, key);
    qp_policy_names(names, sizeof names, s->f, s->n, s->group);
    return qp_walk_unknown(in, key, names);
}

static int category(struct qp_walk *in, void *arg)
{
    (void)arg;
    if (qp_json_peek(&in->r) != '{')
        return qp_walk_wrong_type(in, "", "{…}");
    struct qp_policy_category *c = qp_policy_add_category(&in->g);
    if (!c)
        return QP_EBIG;
    struct fields s = {.f = qp_category_fields, .n = qp_n_category_fields, .base = c};
    int rc = qp_walk_object(in, "", &s, field);
    if (!rc && !c->code)
        qp_mistake_add(in->g.m, QP_MISTAKE_MISSING, c->at, in->g.path, "code", "\"code\":\"…\"");
    return rc;
}

static int overdue(struct qp_walk *in, void *arg, const char *key)
{
    char *text;
    if (strcmp(key, "overdue") != 0)
        return qp_walk_unknown(in, key, "overdue");
    int rc = qp_walk_value(in, NULL, key, &text);
    if (!rc && text)
        qp_policy_put_urge(&in->g, arg, text);
    return rc;
}

static int urge(struct qp_walk *in, void *arg)
{
    return qp_walk_object(in, "", arg, overdue);
}

static int urges(struct qp_walk *in, void *arg, const char *key)
{
    struct qp_policy_rules *rules = arg;
    rules->says_urge = true;
    return qp_walk_array(in, key, "[{\"overdue\":\"24h\"}, …]", rules, urge);
}

/* ---- calendars ---- */

#define SPAN  "{\"days\":\"1-5\",\"from\":\"08:30\",\"to\":\"12:00\"}"
#define DATES "[\"2026-10-01\", …]"

struct span {
    char *days, *from, *to;
};

static int span_member(struct qp_walk *in, void *arg, const char *key)
{
    struct span *s = arg;
    char **to = strcmp(key, "days") == 0   ? &s->days
                : strcmp(key, "from") == 0 ? &s->from
                : strcmp(key, "to") == 0   ? &s->to
                                           : NULL;
    return to ? qp_walk_value(in, NULL, key, to) : qp_walk_unknown(in, key, "days, from, to");
}

static int weekly(struct qp_walk *in, void *arg)
{
    struct span s = {0};
    if (qp_json_peek(&in->r) != '{')
        return qp_walk_wrong_type(in, "", SPAN);
    size_t before = qp_mistakes_all(in->g.m);
    int rc = qp_walk_object(in, "", &s, span_member);
    if (rc)
        return rc;
    if (s.days && s.from && s.to) {
        qp_days_put_span(&in->g, arg, s.days, s.from, s.to);
    } else if (qp_mistakes_all(in->g.m) == before) {
        const char *name = !s.days ? "days" : !s.from ? "from" : "to";
        qp_walk_wrong(in, QP_MISTAKE_MISSING, name, name, SPAN);
    }
    return 0;
}

static int off_date(struct qp_walk *in, void *arg)
{
    char *text;
    int rc = qp_walk_value(in, NULL, "", &text);
    if (!rc && text)
        qp_days_put_date(&in->g, arg, false, text);
    return rc;
}

static int on_date(struct qp_walk *in, void *arg)
{
    char *text;
    int rc = qp_walk_value(in, NULL, "", &text);
    if (!rc && text)
        qp_days_put_date(&in->g, arg, true, text);
    return rc;
}

static int calendar_member(struct qp_walk *in, void *arg, const char *key)
{
    struct qp_policy_calendar *c = arg;
    char *text;
    if (strcmp(key, "weekly") == 0)
        return qp_walk_array(in, key, "[" SPAN ", …]", c, weekly);
    if (strcmp(key, "off") == 0)
        return qp_walk_array(in, key, DATES, c, off_date);
    if (strcmp(key, "on") == 0)
        return qp_walk_array(in, key, DATES, c, on_date);
    bool name = strcmp(key, "name") == 0;
    if (!name && strcmp(key, "known_until") != 0)
        return qp_walk_unknown(in, key, "name, weekly, off, on, known_until");
    int rc = qp_walk_value(in, NULL, key, &text);
    if (!rc && text)
        (name ? qp_days_put_name : qp_days_put_known)(&in->g, c, text);
    return rc;
}

static int calendar(struct qp_walk *in, void *arg)
{
    (void)arg;
    if (qp_json_peek(&in->r) != '{')
        return qp_walk_wrong_type(in, "", "{…}");
    struct qp_policy_calendar *c = qp_policy_add_calendar(&in->g);
    return c ? qp_walk_object(in, "", c, calendar_member) : QP_EBIG;
}

/* ---- the whole ---- */

#define POLICY_MEMBERS "version, title, calendars, categories, rules"

static int policy_member(struct qp_walk *in, void *arg, const char *key)
{
    struct qp_policy *p = in->g.p;
    (void)arg;
    struct fields rules = {.f = qp_rule_fields, .n = qp_n_rule_fields, .base = &p->rules, .also = urges};
    char *text;
    if (strcmp(key, "calendars") == 0)
        return qp_walk_array(in, key, "[{…}, …]", NULL, calendar);
    if (strcmp(key, "categories") == 0)
        return qp_walk_array(in, key, "[{…}, …]", NULL, category);
    if (strcmp(key, "rules") == 0) {
        size_t cut = qp_walk_below(in, "rules");
        int rc = qp_walk_object(in, "", &rules, field);
        in->g.path[cut] = '\0';
        return rc;
    }
    bool version = strcmp(key, "version") == 0;
    if (!version && strcmp(key, "title") != 0)
        return qp_walk_unknown(in, key, POLICY_MEMBERS);
    int rc = qp_walk_value(in, NULL, key, &text);
    if (!rc && text)
        qp_policy_put_text(&in->g, key, version ? QP_POLICY_VERSION : QP_TITLE_BYTES,
                           version ? &p->version : &p->title, text);
    return rc;
}

static int whole(struct qp_walk *in, qp_walk_member member, void *arg)
{
    int rc = qp_walk_object(in, "", arg, member);
    qp_json_peek(&in->r);
    if (!rc && in->r.p < in->r.end)
        rc = qp_json_fail(&in->r, "something stands behind the policy");
    return rc;
}

/* The mistake that ended the reading; those that a member told have ended it with QP_EBIG and no sentence. */
static void ended(struct qp_walk *in)
{
    char bytes[24];
    if (in->e.text[0] == '\0')
        return;
    snprintf(bytes, sizeof bytes, "%d", QP_POLICY_BYTES);
    qp_walk_here(in);
    qp_mistake_add(in->g.m, in->e.code == QP_EBIG ? QP_MISTAKE_TOO_LARGE : QP_MISTAKE_NO_JSON, in->g.at,
                   in->g.path, in->e.text, bytes);
}

/* Reads into a new policy: `member` takes the members of the text's one object. */
static struct qp_policy *read_text(const char *text, size_t len, const char *name, struct qp_mistakes *m,
                                   qp_walk_member member, void *arg)
{
    struct qp_policy_at at = {name, 0};
    struct qp_policy *p = qp_policy_new();
    if (p && name)
        at.file = qp_arena_text(p->a, name);
    struct qp_walk in = {.g = {.p = p, .m = m, .at = {at.file, !!name}}};
    if (!p) {
        qp_mistake_add(m, QP_MISTAKE_NO_MEMORY, at, NULL, NULL, NULL);
        return NULL;
    }
    if (len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) {
        text += 3;
        len -= 3;
    }
    in.r = (struct qp_json_reader){
        .start = text, .p = text, .end = text + len, .a = p->a, .e = &in.e, .type = "JSON", .field = ""};
    in.counted = text;
    p->at = in.g.at;
    if (len > QP_POLICY_BYTES) {
        qp_fail(&in.e, QP_EBIG, "%zu bytes are too many for a policy", len);
        ended(&in);
        p->broken = true;
    } else if (!qp_utf8_ok(text, len)) {
        qp_mistake_add(m, QP_MISTAKE_NOT_UTF8, at, NULL, NULL, NULL);
        p->broken = true;
    } else if (whole(&in, member, arg)) {
        ended(&in);
        p->broken = true;
    }
    if (!qp_policy_ready(p))
        qp_mistake_add(m, QP_MISTAKE_NO_MEMORY, at, NULL, NULL, NULL);
    return p;
}

struct qp_policy *qp_policy_json(const char *text, size_t len, const char *name, struct qp_mistakes *m)
{
    return read_text(text, len, name, m, policy_member, NULL);
}

/* ---- the calendars alone ---- */

/* `arg`: a bool, whether the text is one calendar by itself. */
static int calendars_member(struct qp_walk *in, void *arg, const char *key)
{
    static const char *const others[] = {"version", "title", "categories", "rules"};
    bool *one = arg;
    struct qp_policy *p = in->g.p;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (strcmp(key, others[i]) == 0)
            return qp_walk_skip(in);
    if (strcmp(key, "calendars") == 0 && !*one)
        return policy_member(in, NULL, key);
    if (!*one && p->n_calendars > 0)
        return qp_walk_unknown(in, key, POLICY_MEMBERS);
    if (!*one && !qp_policy_add_calendar(&in->g))
        return QP_EBIG;
    *one = true;
    return calendar_member(in, &p->calendars[0], key);
}

struct qp_policy *qp_policy_calendars(const char *text, size_t len, const char *name, struct qp_mistakes *m)
{
    bool one = false;
    struct qp_policy *p = read_text(text, len, name, m, calendars_member, &one);
    if (!p || p->broken)
        return p;
    if (one && !p->calendars[0].form.name)
        p->calendars[0].form.name = "calendar"; /* one by itself needs none */
    if (one)
        qp_days_check(&p->calendars[0], "", m);
    else
        qp_policy_check_calendars(p, m);
    return p;
}
