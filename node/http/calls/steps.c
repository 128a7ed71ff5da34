/* steps.c: GET /api/v1/steps: the steps that there are, with their fields, bounds and words in both languages, as
 * the table in proto/steps.h has them: whoever draws a form need not know a step by name. */
#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "node/http/calls/calls.h"
#include "proto/steps.h"

enum { KIND_NAME = 16, WORDS = 200 };

/* Without what it says of the command line: "a note; - reads standard input". */
static void put_words(struct qp_json *j, const char *name, const char *words)
{
    char said[WORDS];
    const char *end = strstr(words, "; - ");
    if (!end)
        end = strstr(words, "；- ");
    snprintf(said, sizeof said, "%.*s", (int)(end ? end - words : (long)strlen(words)), words);
    qp_json_put(j, name, said);
}

static void put_field(struct qp_json *j, const struct qp_shape_row *r)
{
    char kind[KIND_NAME] = "";
    const char *name = qp_shape_kind_name(r->kind);
    assert(r->words);
    for (size_t i = 0; name[i] && i + 1 < sizeof kind; i++)
        kind[i] = (char)tolower((unsigned char)name[i]);
    qp_json_object(j);
    qp_json_put(j, "name", r->name);
    qp_json_put(j, "kind", kind);
    qp_json_put_int(j, "most", r->most);
    qp_json_put_bool(j, "must", r->need == QP_NEED_MUST || r->need == QP_NEED_ABOVE);
    qp_json_put_bool(j, "either", r->need == QP_NEED_EITHER);
    put_words(j, "en", r->words->en);
    put_words(j, "zh", r->words->zh);
    qp_json_object_end(j);
}

static void put_step(struct qp_json *j, const struct qp_step *s)
{
    qp_json_object(j);
    qp_json_put(j, "step", s->name);
    qp_json_put(j, "en", s->en);
    qp_json_put(j, "zh", s->zh);
    qp_json_key(j, "fields");
    qp_json_array(j);
    for (const struct qp_shape_row *r = s->shape.rows; r->name; r++)
        if (r->need != QP_NEED_OWN)
            put_field(j, r);
    qp_json_array_end(j);
    qp_json_object_end(j);
}

enum MHD_Result qp_steps_get(struct qp_call *c)
{
    struct qp_json j = {0};
    qp_json_object(&j);
    qp_json_key(&j, "steps");
    qp_json_array(&j);
    for (size_t i = 0; i < QP_STEPS_N; i++)
        put_step(&j, &qp_steps[i]);
    qp_json_array_end(&j);
    qp_json_object_end(&j);
    return qp_answer_json(c, 200, &j);
}
