/* map_row.c: the values of one row, written into its record's text, and whether a condition holds for it. See
 * map_form.h. Called by map_record.c. */
#include "topology/map_form.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "topology/shown.h"

struct span {
    const char *at;
    size_t len;
};

static bool blank(struct span s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!strchr(" \t\r\n", s.at[i]))
            return false;
    return true;
}

static struct span trimmed(struct span s)
{
    while (s.len > 0 && strchr(" \t\r\n", s.at[0])) {
        s.at++;
        s.len--;
    }
    while (s.len > 0 && strchr(" \t\r\n", s.at[s.len - 1]))
        s.len--;
    return s;
}

/* A cell whose whole text stands for nothing. */
static bool stands_for_nothing(const struct qp_map *m, const char *value)
{
    struct span s = trimmed((struct span){value, strlen(value)});
    for (size_t i = 0; i < m->n_nothing; i++)
        if (strlen(m->nothing[i]) == s.len && memcmp(m->nothing[i], s.at, s.len) == 0)
            return true;
    return false;
}

/* The part of a cell before the first, or behind the last separator. */
static struct span piece_of(const struct qp_form_part *p, const char *value)
{
    struct span s = {value, strlen(value)};
    const char *cut = strstr(value, p->separator), *last = cut;
    size_t step = strlen(p->separator);
    if (!cut)
        return trimmed(s);
    if (p->piece == QP_PIECE_FIRST) {
        s.len = (size_t)(cut - value);
        return trimmed(s);
    }
    for (const char *next = cut; (next = strstr(next, p->separator)); next += step)
        last = next;
    return trimmed((struct span){last + step, s.len - (size_t)(last + step - value)});
}

/* What a table has for a text: the row with the same bytes, else the one that differs in letter case alone,
 * else the one for *. Without any: nothing. */
static struct span looked_up(const struct qp_map *m, int table, struct span s)
{
    const char *folded = NULL, *other = NULL;
    s = trimmed(s);
    for (size_t i = 0; i < m->n_values; i++) {
        const struct qp_form_value *v = &m->value[i];
        if (v->table != table)
            continue;
        if (strcmp(v->from, "*") == 0)
            other = v->to;
        else if (strlen(v->from) != s.len)
            continue;
        else if (memcmp(v->from, s.at, s.len) == 0)
            return (struct span){v->to, strlen(v->to)};
        else if (strncasecmp(v->from, s.at, s.len) == 0)
            folded = v->to;
    }
    const char *to = folded ? folded : other;
    return to ? (struct span){to, strlen(to)} : (struct span){"", 0};
}

/* The first run of digits, without leading zeros. */
static struct span number_in(struct span s)
{
    size_t i = 0, n = 0;
    while (i < s.len && (s.at[i] < '0' || s.at[i] > '9'))
        i++;
    while (i + n < s.len && s.at[i + n] >= '0' && s.at[i + n] <= '9')
        n++;
    for (; n > 1 && s.at[i] == '0'; n--)
        i++;
    return (struct span){s.at + i, n};
}

/* A column's value in this row, with all that its part asks for; of no length = not given. */
static struct span value_of(const struct qp_map_row *w, const struct qp_form_part *p)
{
    int at = w->c->at[p->column];
    const char *cell = at < 0 ? "" : w->fields[at];
    struct span s = {cell, strlen(cell)};
    if (blank(s) || stands_for_nothing(w->m, cell))
        return (struct span){"", 0};
    if (p->piece != QP_PIECE_ALL)
        s = piece_of(p, cell);
    if (p->table >= 0)
        s = looked_up(w->m, p->table, s);
    if (p->width > 0)
        s = number_in(s);
    return blank(s) ? (struct span){"", 0} : s;
}

/* An alternative holds when all its columns are given. */
static bool holds(const struct qp_map_row *w, const struct qp_form_alternative *a)
{
    for (size_t i = 0; i < a->n; i++)
        if (!a->part[i].text && value_of(w, &a->part[i]).len == 0)
            return false;
    return true;
}

static bool put(struct qp_map_record *r, const char *text, size_t len)
{
    if (len >= QP_MAP_TEXT_MAX - r->text_len) /* one byte is kept for the NUL */
        return false;
    memcpy(r->text + r->text_len, text, len);
    r->text_len += len;
    return true;
}

static bool put_part(const struct qp_map_row *w, const struct qp_form_part *p)
{
    if (p->text)
        return put(w->r, p->text, strlen(p->text));
    struct span s = value_of(w, p);
    for (size_t i = s.len; i < (size_t)p->width; i++)
        if (!put(w->r, "0", 1))
            return false;
    return put(w->r, s.at, s.len);
}

/* Writes an alternative into the record's text. NULL when there is no room. */
static char *write_alternative(const struct qp_map_row *w, const struct qp_form_alternative *a)
{
    char *start = w->r->text + w->r->text_len;
    for (size_t i = 0; i < a->n; i++)
        if (!put_part(w, &a->part[i]))
            return NULL;
    w->r->text[w->r->text_len++] = '\0';
    return w->r->text_len < QP_MAP_TEXT_MAX ? start : NULL;
}

static int too_much(const struct qp_map_row *w)
{
    return qp_fail(w->e, QP_EBIG, "the row's values are longer than %d bytes", QP_MAP_TEXT_MAX);
}

/* Cut between two characters, with an ellipsis where the rest was. */
static void cut(struct qp_map_record *r, char *text, size_t max)
{
    static const char ellipsis[] = "…";
    size_t keep = (size_t)qp_shown(text, max - (sizeof ellipsis - 1));
    memcpy(text + keep, ellipsis, sizeof ellipsis);
    r->shortened++;
}

int qp_form_write(const struct qp_map_row *w, const struct qp_map_form *f, const char *what, size_t max,
                  bool shorten, const char **out)
{
    *out = "";
    for (size_t i = 0; i < f->n; i++) {
        if (!holds(w, &f->alt[i]))
            continue;
        char *text = write_alternative(w, &f->alt[i]);
        if (!text)
            return too_much(w);
        size_t len = strlen(text);
        if (len > max && !shorten)
            return qp_fail(w->e, QP_EINVAL, "%s has %zu bytes, at most %zu are allowed: %.*s…", what, len,
                           max, qp_shown(text, 60), text);
        if (len > max)
            cut(w->r, text, max);
        *out = text;
        return 0;
    }
    return 0;
}

long qp_form_write_all(const struct qp_map_row *w, const struct qp_map_form *f, const char *out[QP_MAP_CODES])
{
    long n = 0;
    for (size_t i = 0; i < f->n; i++) {
        if (!holds(w, &f->alt[i]))
            continue;
        out[n] = write_alternative(w, &f->alt[i]);
        if (!out[n++]) {
            too_much(w);
            return -1;
        }
    }
    return n;
}

/* ---- conditions ---- */

static bool same(const char *a, const char *b, size_t n, bool any_case)
{
    return any_case ? strncasecmp(a, b, n) == 0 : memcmp(a, b, n) == 0;
}

static bool contains(struct span s, const char *part, bool any_case)
{
    size_t n = strlen(part);
    for (size_t i = 0; i + n <= s.len; i++)
        if (same(s.at + i, part, n, any_case))
            return true;
    return false;
}

static bool number(const char *text, double *out)
{
    char *end;
    *out = strtod(text, &end);
    return end != text && end[strspn(end, " \t")] == '\0' && isfinite(*out);
}

/* -1, 0, 1; 2: they cannot be compared. */
static int compare(const struct qp_map *m, const char *a, const char *b)
{
    double x, y;
    int64_t t, u;
    if (number(a, &x) && number(b, &y))
        return (x > y) - (x < y);
    if (!qp_map_time(&t, m, a, NULL) && !qp_map_time(&u, m, b, NULL))
        return (t > u) - (t < u);
    return 2;
}

static bool in_order(const struct qp_map_row *w, const struct qp_form_clause *k, struct span s)
{
    char text[128];
    if (s.len == 0 || s.len >= sizeof text)
        return false;
    memcpy(text, s.at, s.len);
    text[s.len] = '\0';
    int c = compare(w->m, text, k->value);
    switch (k->test) {
    case QP_TEST_LESS: return c == -1;
    case QP_TEST_AT_MOST: return c == -1 || c == 0;
    case QP_TEST_MORE: return c == 1;
    default: return c == 0 || c == 1;
    }
}

static bool clause_holds(const struct qp_map_row *w, const struct qp_form_clause *k)
{
    struct span s = value_of(w, &k->left);
    size_t n = strlen(k->value);
    switch (k->test) {
    case QP_TEST_GIVEN: return s.len > 0;
    case QP_TEST_EMPTY: return s.len == 0;
    case QP_TEST_IS: return (s.len == n && same(s.at, k->value, n, k->any_case)) != k->negated;
    case QP_TEST_CONTAINS: return contains(s, k->value, k->any_case) != k->negated;
    case QP_TEST_BEGINS: return (s.len >= n && same(s.at, k->value, n, k->any_case)) != k->negated;
    case QP_TEST_ENDS: return (s.len >= n && same(s.at + s.len - n, k->value, n, k->any_case)) != k->negated;
    default: return in_order(w, k, s);
    }
}

bool qp_form_meets(const struct qp_map_row *w, const struct qp_form_condition *c)
{
    bool group = true;
    for (size_t i = 0; i < c->n; i++) {
        if (c->clause[i].begins_group) {
            if (i > 0 && group)
                return true;
            group = true;
        }
        group = group && clause_holds(w, &c->clause[i]);
    }
    return group;
}
