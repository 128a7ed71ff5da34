/* map_value.c: reads the values of a map: texts with columns in braces, and alternatives. See map_form.h. */
#include "topology/map_form.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool qp_form_faulty(struct qp_form_fault *f, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vsnprintf(f->text, sizeof f->text, fmt, args);
    va_end(args);
    return false;
}

int qp_form_bad(const struct qp_form_reader *r, const char *fmt, ...)
{
    char what[300];
    va_list args;
    va_start(args, fmt);
    vsnprintf(what, sizeof what, fmt, args);
    va_end(args);
    return qp_fail(r->e, QP_EINVAL, "%s:%ld: %s", r->name, r->line, what);
}

char *qp_form_trim(char *text)
{
    text += strspn(text, " \t");
    size_t len = strlen(text);
    while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\t'))
        len--;
    text[len] = '\0';
    return text;
}

size_t qp_form_split(char *text, const char **piece, size_t max)
{
    size_t n = 0;
    while (text) {
        char *next = strchr(text, '|');
        if (next)
            *next++ = '\0';
        text = qp_form_trim(text);
        if (text[0] == '\0' || n == max)
            return 0;
        piece[n++] = text;
        text = next;
    }
    return n;
}

int qp_form_column(const struct qp_map *m, const char *name)
{
    for (size_t i = 0; i < m->n_columns; i++)
        if (strcmp(m->column[i].name, name) == 0)
            return (int)i;
    return -1;
}

/* The next word of *p, cut off there; NULL when there is none. "…" is one word without its quotes. */
static char *next_word(char **p)
{
    char *word = *p + strspn(*p, " \t");
    if (*word == '\0')
        return NULL;
    char *end = *word == '"' ? strchr(word + 1, '"') : word + strcspn(word, " \t");
    if (!end)
        end = word + strlen(word);
    word += *word == '"';
    *p = *end == '\0' ? end : end + 1;
    *end = '\0';
    return word;
}

static int table_of(const struct qp_map *m, const char *name)
{
    for (size_t i = 0; i < m->n_tables; i++)
        if (strcmp(m->table[i], name) == 0)
            return (int)i;
    return -1;
}

/* What stands behind the column's name: first "x", last "x", by TABLE. */
static bool read_treatment(struct qp_form_part *out, const struct qp_map *m, char *p, struct qp_form_fault *f)
{
    for (char *word; (word = next_word(&p));) {
        bool first = strcmp(word, "first") == 0, by = strcmp(word, "by") == 0;
        if (!first && !by && strcmp(word, "last") != 0)
            return qp_form_faulty(f, "after a column comes first, last or by, not \"%.40s\"", word);
        const char *what = next_word(&p);
        if (!what || what[0] == '\0')
            return qp_form_faulty(f, "after %s comes %s", word, by ? "a table's name" : "a separator");
        if (by ? out->table >= 0 : out->piece != QP_PIECE_ALL)
            return qp_form_faulty(f, "a column is cut once and looked up once");
        if (!by) {
            out->piece = first ? QP_PIECE_FIRST : QP_PIECE_LAST;
            out->separator = what;
        } else if ((out->table = table_of(m, what)) < 0) {
            return qp_form_faulty(f, "there is no table [values %.40s] above", what);
        }
    }
    return true;
}

/* column, column:width, column first "x" by table. */
bool qp_form_read_column(struct qp_form_part *out, const struct qp_map *m, char *text,
                         struct qp_form_fault *f)
{
    char *name = next_word(&text);
    *out = (struct qp_form_part){.column = -1, .table = -1};
    if (!name)
        return qp_form_faulty(f, "{} names no column");
    char *colon = strchr(name, ':');
    if (colon) {
        *colon++ = '\0';
        if (strlen(colon) != 1 || colon[0] < '1' || colon[0] > '9')
            return qp_form_faulty(f, "{%.64s:%.16s}: the number of digits is 1 to 9", name, colon);
        out->width = colon[0] - '0';
    }
    out->column = qp_form_column(m, name);
    if (out->column < 0)
        return qp_form_faulty(f, "{%.64s} is not named in a section of columns above", name);
    return read_treatment(out, m, text, f);
}

/* One alternative: text and columns in turns. */
static bool read_alternative(struct qp_form_alternative *out, const struct qp_map *m, char *text,
                             struct qp_form_fault *f)
{
    out->n = 0;
    while (*text != '\0') {
        if (out->n == QP_FORM_PARTS)
            return qp_form_faulty(f, "the value has more than %d parts", QP_FORM_PARTS);
        struct qp_form_part *part = &out->part[out->n++];
        size_t len = strcspn(text, "{}");
        if (text[len] == '}')
            return qp_form_faulty(f, "a } stands without its {");
        if (len > 0) {
            /* the text ends where its { was; the column's name begins behind it, so nothing is lost */
            *part = (struct qp_form_part){.text = text, .column = -1, .table = -1};
            bool ends = text[len] == '\0';
            text[len] = '\0';
            text += len;
            if (ends)
                return true;
            if (out->n == QP_FORM_PARTS)
                return qp_form_faulty(f, "the value has more than %d parts", QP_FORM_PARTS);
            part = &out->part[out->n++];
        }
        char *close = strchr(text + 1, '}');
        if (!close)
            return qp_form_faulty(f, "a { has no } behind it");
        *close = '\0';
        if (!qp_form_read_column(part, m, text + 1, f))
            return false;
        text = close + 1;
    }
    return true;
}

bool qp_form_read(struct qp_map_form *out, const struct qp_map *m, char *text, struct qp_form_fault *f)
{
    const char *piece[QP_FORM_ALTERNATIVES];
    out->n = 0;
    size_t n = qp_form_split(text, piece, QP_FORM_ALTERNATIVES);
    if (n == 0)
        return qp_form_faulty(f, "the value must be 1 to %d alternatives with | between them, none empty",
                              QP_FORM_ALTERNATIVES);
    for (size_t i = 0; i < n; i++)
        if (!read_alternative(&out->alt[i], m, text + (piece[i] - text), f))
            return false;
    out->n = n;
    return true;
}
