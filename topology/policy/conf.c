/* conf.c: policy.conf, line by line: [section], key = value, # remark. See folder.h; the sections are the
 * groups of field.c's rules, and [policy], [calendar NAME], [urge], [rules]. */
#include "topology/policy/folder.h"

#include <stdio.h>
#include <string.h>

#include "proto/codec.h"
#include "topology/policy/days.h"
#include "topology/shown.h"

enum { NAMES = 400, KEYS = 64 };

struct conf {
    struct qp_policy_reading *r;
    const char *section; /* NULL: before the first, or in one that is not known */
    struct qp_policy_calendar *calendar;
    size_t nth_calendar;
    bool said_weekly, said_known; /* of this calendar */
    const void *seen[KEYS];       /* which of the other values there are, by their place */
    size_t nseen;
};

static char *trim(char *text)
{
    text += strspn(text, " \t");
    size_t n = strlen(text);
    while (n > 0 && (text[n - 1] == ' ' || text[n - 1] == '\t'))
        text[--n] = '\0';
    return text;
}

static void wrong(struct conf *c, enum qp_mistake_kind kind, const char *a, const char *b)
{
    char shown[80];
    snprintf(shown, sizeof shown, "%.*s", qp_shown(a, sizeof shown - 1), a);
    qp_mistake_add(c->r->m, kind, c->r->at, c->r->path, shown, b);
}

/* Each value once: `what` is its place in memory. */
static bool first(struct conf *c, const void *what, const char *key)
{
    for (size_t i = 0; i < c->nseen; i++)
        if (c->seen[i] == what) {
            wrong(c, QP_MISTAKE_TWICE, key, NULL);
            return false;
        }
    if (c->nseen < KEYS)
        c->seen[c->nseen++] = what;
    return true;
}

/* ---- calendars: weekly = 1-5 08:30-12:00 14:30-17:30 | 6 09:00-12:00 ---- */

static void put_hours(struct conf *c, const char *days, char *hours)
{
    char *dash = strchr(hours, '-');
    if (!dash) {
        wrong(c, QP_MISTAKE_NO_HOURS, "weekly", hours);
        return;
    }
    *dash = '\0';
    size_t cut = strlen(c->r->path);
    snprintf(c->r->path + cut, sizeof c->r->path - cut, "[%zu]", c->calendar->form.nweekly);
    qp_days_put_span(c->r, c->calendar, days, hours, dash + 1);
    c->r->path[cut] = '\0';
}

static void put_weekly(struct conf *c, char *text)
{
    size_t cut = strlen(c->r->path);
    snprintf(c->r->path + cut, sizeof c->r->path - cut, ".weekly");
    for (char *rest = text, *part; (part = strsep(&rest, "|"));) {
        char *days = NULL;
        size_t n = 0;
        for (char *word; (word = strsep(&part, " \t"));) {
            if (word[0] == '\0')
                continue;
            if (!days)
                days = word;
            else
                put_hours(c, days, word);
            n++;
        }
        if (n < 2)
            wrong(c, QP_MISTAKE_NO_HOURS, "weekly", days ? days : "");
    }
    c->r->path[cut] = '\0';
}

static void calendar_key(struct conf *c, const char *key, char *value)
{
    bool weekly = strcmp(key, "weekly") == 0;
    bool *said = weekly ? &c->said_weekly : &c->said_known;
    if (!weekly && strcmp(key, "known_until") != 0) {
        wrong(c, QP_MISTAKE_UNKNOWN_FIELD, key, "weekly, known_until");
        return;
    }
    if (*said)
        wrong(c, QP_MISTAKE_TWICE, key, NULL);
    else if (weekly)
        put_weekly(c, value);
    else
        qp_days_put_known(c->r, c->calendar, value);
    *said = true;
}

/* ---- rules ---- */

static void rule_key(struct conf *c, const char *group, const char *key, const char *value)
{
    struct qp_policy_rules *rules = &c->r->p->rules;
    char names[NAMES];
    for (size_t i = 0; i < qp_n_rule_fields; i++) {
        const struct qp_policy_field *f = &qp_rule_fields[i];
        if (qp_policy_same(group, f->group) && strcmp(f->name, key) == 0) {
            if (first(c, (char *)rules + f->at, key))
                qp_policy_put(c->r, f, rules, value);
            return;
        }
    }
    names[0] = '\0';
    if (group)
        qp_policy_names(names, sizeof names, qp_rule_fields, qp_n_rule_fields, group);
    wrong(c, QP_MISTAKE_UNKNOWN_FIELD, key, group ? names : "keep_position, keep_line");
}

static void urge_key(struct conf *c, const char *key, char *value)
{
    if (strcmp(key, "overdue") != 0) {
        wrong(c, QP_MISTAKE_UNKNOWN_FIELD, key, "overdue");
        return;
    }
    if (!first(c, &c->r->p->rules.n_urge, key))
        return;
    for (char *rest = value, *part; (part = strsep(&rest, "|"));)
        qp_policy_put_urge(c->r, &c->r->p->rules, trim(part));
}

static void policy_key(struct conf *c, const char *key, const char *value)
{
    struct qp_policy *p = c->r->p;
    if (strcmp(key, "version") == 0) {
        if (first(c, &p->version, key))
            qp_policy_put_text(c->r, key, QP_POLICY_VERSION, &p->version, value);
    } else if (strcmp(key, "title") == 0) {
        if (first(c, &p->title, key))
            qp_policy_put_text(c->r, key, QP_TITLE_BYTES, &p->title, value);
    } else {
        wrong(c, QP_MISTAKE_UNKNOWN_FIELD, key, "version, title");
    }
}

/* ---- sections ---- */

static const char SECTIONS[] = "policy, calendar NAME, accept, urge, lift, extend, patrol, circular, rules";

/* The group of the rules that this section is; NULL. */
static const char *group_of(const char *section)
{
    for (size_t i = 0; i < qp_n_rule_fields; i++)
        if (qp_policy_same(qp_rule_fields[i].group, section))
            return qp_rule_fields[i].group;
    return NULL;
}

static void new_calendar(struct conf *c, const char *name)
{
    struct qp_policy_reading *r = c->r;
    snprintf(r->path, sizeof r->path, "calendars[%zu]", c->nth_calendar++);
    c->calendar = qp_policy_add_calendar(r);
    c->section = c->calendar ? "calendar" : NULL;
    c->said_weekly = c->said_known = false; /* a calendar that is there twice: qp_policy_check tells */
    if (c->calendar)
        qp_days_put_name(r, c->calendar, name);
}

static void section(struct conf *c, char *name)
{
    static const char *const plain[] = {"policy", "urge", "rules"};
    c->section = group_of(name);
    c->r->path[0] = '\0';
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        if (strcmp(plain[i], name) == 0)
            c->section = plain[i];
    if (strncmp(name, "calendar ", 9) == 0)
        new_calendar(c, trim(name + 9));
    else if (!c->section)
        wrong(c, QP_MISTAKE_UNKNOWN_FIELD, name, SECTIONS);
    else if (strcmp(c->section, "urge") == 0)
        snprintf(c->r->path, sizeof c->r->path, "rules.urge");
    else if (strcmp(c->section, "policy") != 0)
        snprintf(c->r->path, sizeof c->r->path, "rules");
}

static void key_value(struct conf *c, const char *key, char *value)
{
    if (!c->section)
        return; /* of a section that was told already */
    if (strcmp(c->section, "calendar") == 0)
        calendar_key(c, key, value);
    else if (strcmp(c->section, "policy") == 0)
        policy_key(c, key, value);
    else if (strcmp(c->section, "urge") == 0)
        urge_key(c, key, value);
    else
        rule_key(c, strcmp(c->section, "rules") == 0 ? NULL : c->section, key, value);
}

static void line(struct conf *c, char *text)
{
    text = trim(text);
    size_t len = strlen(text);
    char *equals = strchr(text, '=');
    if (len == 0 || text[0] == '#')
        return;
    if (text[0] == '[' && text[len - 1] == ']') {
        text[len - 1] = '\0';
        section(c, trim(text + 1));
    } else if (text[0] == '[' || !equals || equals == text) {
        wrong(c, QP_MISTAKE_BAD_LINE, text, NULL);
    } else {
        *equals = '\0';
        char *key = trim(text), *value = trim(equals + 1);
        if (value[0] == '\0')
            wrong(c, QP_MISTAKE_MISSING, key, "key = value");
        else
            key_value(c, key, value);
    }
}

void qp_folder_conf(struct qp_policy_reading *r, char *text, size_t len)
{
    struct conf c = {.r = r};
    char *end = text + len;
    if (len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
        text += 3;
    for (r->at.line = 1; text < end; r->at.line++) {
        char *newline = memchr(text, '\n', (size_t)(end - text));
        char *stop = newline ? newline : end;
        *stop = '\0'; /* the last one: qp_file_read has put a NUL there */
        if (stop > text && stop[-1] == '\r')
            stop[-1] = '\0';
        line(&c, text);
        text = stop + 1;
    }
    r->path[0] = '\0';
}
