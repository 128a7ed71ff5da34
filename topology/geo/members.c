/* members.c: see members.h. */
#include "topology/geo/members.h"

#include <string.h>

static enum qp_json_pass pass_string(struct qp_json_reader *j, char **out)
{
    size_t len;
    return !qp_json_string(j, out, &len) && qp_utf8_ok(*out, len) ? QP_PASSED : QP_PASS_SYNTAX;
}

static enum qp_json_pass wrong(struct qp_json_reader *j, const char *why)
{
    qp_json_fail(j, why);
    return QP_PASS_SYNTAX;
}

static enum qp_json_pass pass_scalar(struct qp_json_reader *j)
{
    char number[QP_JSON_NUMBER], *text;
    char c = qp_json_peek(j);
    if (c == '"')
        return pass_string(j, &text);
    if (qp_json_word(j, "true") || qp_json_word(j, "false") || qp_json_word(j, "null"))
        return QP_PASSED;
    if ((c >= '0' && c <= '9') || c == '-')
        return !qp_json_number(j, number) ? QP_PASSED : QP_PASS_SYNTAX;
    return wrong(j, c ? "a value is wanted" : "the text ends too early");
}

static enum qp_json_pass pass_list(struct qp_json_reader *j, int depth)
{
    enum qp_json_pass rc = QP_PASSED;
    if (qp_json_take_char(j, ']'))
        return QP_PASSED;
    do {
        rc = qp_pass_value(j, depth);
    } while (rc == QP_PASSED && qp_json_take_char(j, ','));
    if (rc == QP_PASSED && !qp_json_take_char(j, ']'))
        return wrong(j, "a , or ] is wanted");
    return rc;
}

enum qp_json_pass qp_pass_value(struct qp_json_reader *j, int depth)
{
    char c = qp_json_peek(j);
    if (c != '[' && c != '{')
        return pass_scalar(j);
    if (depth == 0)
        return QP_PASS_DEEP;
    if (c == '{')
        return qp_pass_object(j, NULL, 0, depth - 1, NULL, NULL, NULL);
    j->p++;
    return pass_list(j, depth - 1);
}

static struct qp_member *wanted_of(struct qp_member *wanted, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(wanted[i].name, name) == 0)
            return &wanted[i];
    return NULL;
}

enum qp_json_pass qp_pass_object(struct qp_json_reader *j, struct qp_member *wanted, size_t n, int depth,
                                 void (*other)(void *arg, const char *name), void *arg, const char **twice)
{
    char *name;
    if (!qp_json_take_char(j, '{'))
        return wrong(j, "an object is wanted");
    if (qp_json_take_char(j, '}'))
        return QP_PASSED;
    do {
        enum qp_json_pass rc = pass_string(j, &name);
        if (rc != QP_PASSED)
            return rc;
        if (!qp_json_take_char(j, ':'))
            return wrong(j, "a : is wanted");
        struct qp_member *m = wanted_of(wanted, n, name);
        if (m && m->from) {
            *twice = m->name;
            return QP_PASS_TWICE;
        }
        qp_json_peek(j); /* behind white space */
        const char *from = j->p;
        rc = qp_pass_value(j, depth);
        if (rc != QP_PASSED)
            return rc;
        if (m) {
            m->from = from;
            m->end = j->p;
        } else if (other) {
            other(arg, name);
        }
    } while (qp_json_take_char(j, ','));
    return qp_json_take_char(j, '}') ? QP_PASSED : wrong(j, "a , or } is wanted");
}

struct qp_json_reader qp_member_reader(const struct qp_json_reader *j, const struct qp_member *m)
{
    struct qp_json_reader r = *j;
    r.p = m->from;
    r.end = m->end;
    return r;
}
