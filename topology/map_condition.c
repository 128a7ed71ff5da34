/* map_condition.c: reads the conditions of a map. See map_form.h; map_row.c asks whether one holds.
 *
 *   condition = group or group or …     group = clause and clause and …
 *   clause    = {column} is given | is empty | [not] test "text" [in any case] | < "text" … */
#include "topology/map_form.h"

#include <string.h>

static char *skip_blanks(char *p)
{
    return p + strspn(p, " \t");
}

/* Past a word that must stand at *p; false and nothing done if it does not. */
static bool word(char **p, const char *want)
{
    size_t n = strlen(want);
    if (strncmp(*p, want, n) != 0 || !strchr(" \t\"{", (*p)[n])) /* the NUL is found as well */
        return false;
    *p = skip_blanks(*p + n);
    return true;
}

/* "text", cut out in place. */
static bool quoted(char **p, const char **out, struct qp_form_fault *f)
{
    char *end = **p == '"' ? strchr(*p + 1, '"') : NULL;
    if (!end)
        return qp_form_faulty(f, "a comparison needs a text in quotes behind it");
    *end = '\0';
    *out = *p + 1;
    *p = skip_blanks(end + 1);
    return true;
}

/* Past "is not", "contains" and their like; false when nothing of them is there. */
static bool read_test(struct qp_form_clause *out, char **p)
{
    static const struct {
        const char *words[3];
        enum qp_form_test test;
        bool negated;
    } tests[] = {
        {{"is", "given"}, QP_TEST_GIVEN, false},
        {{"is", "empty"}, QP_TEST_EMPTY, false},
        {{"is", "not"}, QP_TEST_IS, true},
        {{"is"}, QP_TEST_IS, false},
        {{"contains", "not"}, QP_TEST_CONTAINS, true},
        {{"contains"}, QP_TEST_CONTAINS, false},
        {{"begins", "not", "with"}, QP_TEST_BEGINS, true},
        {{"begins", "with"}, QP_TEST_BEGINS, false},
        {{"ends", "not", "with"}, QP_TEST_ENDS, true},
        {{"ends", "with"}, QP_TEST_ENDS, false},
        {{"<="}, QP_TEST_AT_MOST, false},
        {{">="}, QP_TEST_AT_LEAST, false},
        {{"<"}, QP_TEST_LESS, false},
        {{">"}, QP_TEST_MORE, false},
    };
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++) {
        char *at = *p;
        size_t k = 0;
        while (k < 3 && tests[i].words[k] && word(&at, tests[i].words[k]))
            k++;
        if (k < 3 && tests[i].words[k])
            continue;
        out->test = tests[i].test;
        out->negated = tests[i].negated;
        *p = at;
        return true;
    }
    return false;
}

static bool read_clause(struct qp_form_clause *out, const struct qp_map *m, char **p, struct qp_form_fault *f)
{
    char *close = **p == '{' ? strchr(*p, '}') : NULL;
    if (!close)
        return qp_form_faulty(f, "a condition begins with a column in braces, such as {state} is \"closed\"");
    *close = '\0';
    if (!qp_form_read_column(&out->left, m, *p + 1, f))
        return false;
    out->value = "";
    out->any_case = false;
    *p = skip_blanks(close + 1);
    if (!read_test(out, p))
        return qp_form_faulty(f, "after the column comes: is given, is empty, is, is not, contains, contains "
                                 "not, begins with, ends with, <, <=, > or >=");
    if (out->test == QP_TEST_GIVEN || out->test == QP_TEST_EMPTY)
        return true;
    if (!quoted(p, &out->value, f))
        return false;
    char *at = *p;
    if (word(&at, "in") && word(&at, "any") && word(&at, "case")) {
        out->any_case = true;
        *p = at;
    }
    return true;
}

bool qp_form_read_condition(struct qp_form_condition *out, const struct qp_map *m, char *text,
                            struct qp_form_fault *f)
{
    char *p = skip_blanks(text);
    bool begins = true;
    out->n = 0;
    do {
        if (out->n == QP_FORM_CLAUSES)
            return qp_form_faulty(f, "a condition has at most %d parts", QP_FORM_CLAUSES);
        if (!read_clause(&out->clause[out->n], m, &p, f))
            return false;
        out->clause[out->n++].begins_group = begins;
        begins = word(&p, "or");
    } while (begins || word(&p, "and"));
    return *p == '\0' || qp_form_faulty(f, "\"%.40s\" is left over: parts are joined by and, or by or", p);
}
