/* matter.c: what the tests of matters say to the API. */
#include "tests/unit/http/matter.h"

#include <stdio.h>

struct answer *report(struct rig *r, const char *more, const char *headers)
{
    char body[4096];
    snprintf(body, sizeof body,
             "{\"category\":\"noise\",\"title\":\"drums at night\",\"source\":\"12345\"%s}", more);
    return ask(r, "POST", "/api/v1/matters", body, r->token, headers);
}

void report_id(struct rig *r, char id[27])
{
    struct answer *a = report(r, "", NULL);
    assert_int_equal(a->status, 201);
    snprintf(id, 27, "%s", text_at(a, "id"));
    answer_free(a);
}

struct answer *step(struct rig *r, const char *id, const char *name, const char *body)
{
    char path[128];
    snprintf(path, sizeof path, "/api/v1/matters/%s/%s", id, name);
    return ask(r, "POST", path, body, r->token, NULL);
}

void goes_to(struct rig *r, const char *id, const char *name, const char *body, const char *state)
{
    struct answer *a = step(r, id, name, body);
    if (a->status != 200)
        fail_msg("%s: %d %s", name, a->status, a->body);
    assert_string_equal(text_at(a, "state"), state);
    answer_free(a);
}

void refused(struct answer *a, int status, const char *code, const char *field)
{
    if (a->status != status)
        fail_msg("%d instead of %d: %s", a->status, status, a->body);
    assert_string_equal(text_at(a, "error.code"), code);
    assert_true(strlen(text_at(a, "error.message")) > 10);
    if (field)
        assert_string_equal(text_at(a, "error.field"), field);
    else
        assert_true(json_is_null(at(a, "error.field")));
    answer_free(a);
}
