/* verb.c: one command of the list (table.c): found by its name, and what of its step's shape (proto/shape.h) its options and its
 * usage are. Declared in cli.h. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "node/cli/cli.h"
#include "node/matter/attached.h"
#include "proto/steps.h"

const struct qp_verb *qp_verb_find(const char *name)
{
    for (const struct qp_verb *v = qp_verbs; v->name; v++)
        if (strcmp(v->name, name) == 0)
            return v;
    return NULL;
}

/* NULL: it is no step. Each step is a command of its name (table.c). */
static const struct qp_step *step_of(const struct qp_verb *v)
{
    return qp_step_find(v->name);
}

const struct qp_shape_row *qp_verb_row(const struct qp_verb *v, const char *option)
{
    const struct qp_step *st = step_of(v);
    return st ? qp_shape_row(&st->shape, option) : NULL;
}

bool qp_verb_takes(const struct qp_verb *v, const char *option)
{
    bool own = step_of(v);
    if (own && strcmp(option, "attach") == 0)
        return qp_attached_with(step_of(v));
    if (own && strcmp(option, "yes") == 0) /* asked where a matter is given away */
        return step_of(v)->body == QP__EVENT__BODY_OFFERED;
    for (size_t i = 0; i < QP_WORDS && own; i++)
        if (strcmp(qp_step_word_names[i], option) == 0)
            return qp_verb_row(v, option);
    return true;
}

bool qp_verb_needs(const struct qp_verb *v, const char *option)
{
    const struct qp_shape_row *r = qp_verb_row(v, option);
    return r && r->need == QP_NEED_MUST;
}

void qp_verb_usage(char out[QP_CLI_USAGE], const struct qp_verb *v)
{
    const struct qp_step *st = step_of(v);
    size_t at = (size_t)snprintf(out, QP_CLI_USAGE, "%s", v->words);
    for (const struct qp_shape_row *r = st ? st->shape.rows : NULL; r && r->name; r++) {
        if (r->need == QP_NEED_OWN)
            continue;
        bool must = r->need == QP_NEED_MUST;
        at += (size_t)snprintf(out + at, QP_CLI_USAGE - at, " %s--%s %s%s", must ? "" : "[", r->name,
                               r->words->value, must ? "" : "]");
        assert(at < QP_CLI_USAGE);
    }
}
