/* map_value.c: reads the right-hand sides of a map: values with alternatives, and conditions. See map_form.h.
 */
#include "topology/map_form.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__attribute__((format(printf, 2, 3))) static bool fault(struct qp_form_fault *f, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vsnprintf(f->text, sizeof f->text, fmt, args);
    va_end(args);
    return false;
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
    while (text != NULL) {
        char *next = strchr(text, '|');
        if (next != NULL)
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

/* The inside of {column} or {column:width}. */
static bool read_column(struct qp_form_part *out, const struct qp_map *m, char *name, struct qp_form_fault *f)
{
    char *colon = strchr(name, ':');
    *out = (struct qp_form_part){NULL, -1, 0};
    if (colon != NULL) {
        *colon++ = '\0';
        if (strlen(colon) != 1 || colon[0] < '1' || colon[0] > '9')
            return fault(f, "{%.64s:%.16s}: the number of digits is 1 to 9", name, colon);
        out->width = colon[0] - '0';
    }
    out->column = qp_form_column(m, name);
    return out->column >= 0 || fault(f, "{%.64s} is not named in a section of columns above", name);
}

/* One alternative: text and columns in turns. */
static bool read_alternative(struct qp_form_alternative *out, const struct qp_map *m, char *text,
                             struct qp_form_fault *f)
{
    out->n = 0;
    while (*text != '\0') {
        if (out->n == QP_FORM_PARTS)
            return fault(f, "the value has more than %d parts", QP_FORM_PARTS);
        struct qp_form_part *part = &out->part[out->n++];
        size_t len = strcspn(text, "{}");
        if (text[len] == '}')
            return fault(f, "a } stands without its {");
        if (len > 0) {
            /* the text ends where its { was; the column's name begins behind it, so nothing is lost */
            *part = (struct qp_form_part){text, -1, 0};
            bool ends = text[len] == '\0';
            text[len] = '\0';
            text += len;
            if (ends)
                return true;
            if (out->n == QP_FORM_PARTS)
                return fault(f, "the value has more than %d parts", QP_FORM_PARTS);
            part = &out->part[out->n++];
        }
        char *close = strchr(text + 1, '}');
        if (close == NULL)
            return fault(f, "a { has no } behind it");
        *close = '\0';
        if (!read_column(part, m, text + 1, f))
            return false;
        text = close + 1;
    }
    return true;
}

bool qp_form_read(struct qp_form *out, const struct qp_map *m, char *text, struct qp_form_fault *f)
{
    const char *piece[QP_FORM_ALTERNATIVES];
    out->n = 0;
    size_t n = qp_form_split(text, piece, QP_FORM_ALTERNATIVES);
    if (n == 0)
        return fault(f, "the value must be 1 to %d alternatives with | between them, none empty",
                     QP_FORM_ALTERNATIVES);
    for (size_t i = 0; i < n; i++)
        if (!read_alternative(&out->alt[i], m, text + (piece[i] - text), f))
            return false;
    out->n = n;
    return true;
}

/* ---- conditions ---- */

static char *skip_blanks(char *p)
{
    return p + strspn(p, " \t");
}

/* Past a word that must stand at *p; false and nothing done if it does not. */
static bool word(char **p, const char *want)
{
    size_t n = strlen(want);
    if (strncmp(*p, want, n) != 0 || strchr(" \t\"{", (*p)[n]) == NULL) /* the NUL is found as well */
        return false;
    *p = skip_blanks(*p + n);
    return true;
}

/* {column} is given | is empty | is "x" | is not "x" */
static bool read_clause(struct qp_form_clause *out, const struct qp_map *m, char **p, struct qp_form_fault *f)
{
    char *close = **p == '{' ? strchr(*p, '}') : NULL;
    if (close == NULL)
        return fault(f, "a condition is: {column} is \"value\", is not \"value\", is given, or is empty");
    *close = '\0';
    struct qp_form_part part;
    if (!read_column(&part, m, *p + 1, f))
        return false;
    out->column = part.column;
    out->value = "";
    *p = skip_blanks(close + 1);
    if (!word(p, "is"))
        return fault(f, "after the column comes: is");
    if (word(p, "given")) {
        out->test = QP_TEST_GIVEN;
        return true;
    }
    if (word(p, "empty")) {
        out->test = QP_TEST_EMPTY;
        return true;
    }
    out->test = word(p, "not") ? QP_TEST_IS_NOT : QP_TEST_IS;
    char *end = **p == '"' ? strchr(*p + 1, '"') : NULL;
    if (end == NULL)
        return fault(f, "after is comes: \"value\", not \"value\", given, or empty");
    *end = '\0';
    out->value = *p + 1;
    *p = skip_blanks(end + 1);
    return true;
}

bool qp_form_read_condition(struct qp_form_condition *out, const struct qp_map *m, char *text,
                            struct qp_form_fault *f)
{
    char *p = skip_blanks(text);
    out->n = 0;
    do {
        if (out->n == QP_FORM_CLAUSES)
            return fault(f, "a condition has at most %d parts", QP_FORM_CLAUSES);
        if (!read_clause(&out->clause[out->n], m, &p, f))
            return false;
        out->n++;
    } while (word(&p, "and"));
    return *p == '\0' || fault(f, "\"%.40s\" is left over: parts are joined by and", p);
}
