/* matters_test.c: reporting, steps, batches, lists over the API: status codes, error shapes, idempotency,
 * rights. */
#include "tests/unit/http/rig.h"

#include <stdio.h>
#include <unistd.h>

#define MATTER "{\"category\":\"noise\",\"title\":\"drums at night\",\"source\":\"12345\"%s}"

static struct answer *report(struct rig *r, const char *more, const char *headers)
{
    char body[2048];
    snprintf(body, sizeof body, MATTER, more);
    return ask(r, "POST", "/api/v1/matters", body, r->token, headers);
}

static struct answer *step(struct rig *r, const char *id, const char *name, const char *body)
{
    char path[128];
    snprintf(path, sizeof path, "/api/v1/matters/%s/%s", id, name);
    return ask(r, "POST", path, body, r->token, NULL);
}

static void a_reported_matter_is_answered_whole(void **state)
{
    struct rig *r = *state;
    struct answer *a = report(
        r,
        ",\"text\":\"loud\",\"location\":{\"lat\":33.6,\"lon\":116.9},\"deadline\":\"2030-01-01T00:00:00Z\"",
        NULL);
    fprintf(stderr, "%s\n%s\n", a->head, a->body);
    assert_int_equal(a->status, 201);
    answer_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reported_matter_is_answered_whole),
    };
    (void)step;
    if (getenv("RIG_SERVE")) {
        void *state;
        rig_up(&state);
        struct rig *r = state;
        printf("%s %s\n", qp_http_url(r->http), r->token);
        fflush(stdout);
        sleep((unsigned)atoi(getenv("RIG_SERVE")));
        return rig_down(&state);
    }
    return cmocka_run_group_tests(tests, rig_up, rig_down);
}
