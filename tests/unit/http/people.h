/* people.h: how the tests of resources and accounts ask: an account made, a log-in's cookie, what an answer must be. */
#ifndef TESTS_UNIT_HTTP_PEOPLE_H
#define TESTS_UNIT_HTTP_PEOPLE_H

#include "tests/unit/http/rig.h"

#include <stdio.h>

#define TEST(t) cmocka_unit_test_setup_teardown(t, rig_up, rig_down)
enum { COOKIE = 512 };

static inline struct answer *status(struct answer *a, int wanted)
{
    if (a->status != wanted)
        fail_msg("%d instead of %d: %s", a->status, wanted, a->body);
    return a;
}

static inline void done(struct answer *a, int wanted)
{
    answer_free(status(a, wanted));
}

/* The error's field. */
static inline void refused(struct answer *a, int wanted, const char *field)
{
    status(a, wanted);
    assert_string_equal(text_at(a, "error.field"), field);
    answer_free(a);
}

static inline struct answer *post(struct rig *r, const char *path, const char *body)
{
    return ask(r, "POST", path, body, r->token, NULL);
}

static inline struct answer *get(struct rig *r, const char *path)
{
    return ask(r, "GET", path, NULL, r->token, NULL);
}

static inline void account(struct rig *r, const char *name, const char *roles)
{
    char body[200];
    snprintf(body, sizeof body, "{\"name\":\"%s\",\"password\":\"a long password\",\"roles\":[%s]}", name,
             roles);
    done(post(r, "/api/v1/users", body), 201);
}

static inline struct answer *log_in(struct rig *r, const char *name, const char *password,
                                    char cookie[COOKIE])
{
    char body[200];
    snprintf(body, sizeof body, "{\"name\":\"%s\",\"password\":\"%s\"}", name, password);
    struct answer *a = ask(r, "POST", "/api/v1/session", body, NULL, NULL);
    const char *set = strstr(a->head, "Set-Cookie: ");
    if (set && cookie) {
        set += strlen("Set-Cookie: ");
        snprintf(cookie, COOKIE, "Cookie: %.*s\r\n", (int)strcspn(set, ";"), set);
    }
    return a;
}

static inline void person(struct rig *r, const char *name, const char *roles, char cookie[COOKIE])
{
    account(r, name, roles);
    done(log_in(r, name, "a long password", cookie), 200);
}

#endif
