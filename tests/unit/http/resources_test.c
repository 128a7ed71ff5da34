/* resources_test.c: what tokens, accounts and desks have in common: made, changed, ended, listed, with versions
 * and keys; and what desks have of their own. Accounts: accounts_test.c. */
#include "node/http/calls/resources.h"
#include "node/http/routes.h"
#include "proto/said.h"
#include "tests/unit/http/people.h"

#include <unistd.h>

/* ---- what all have ---- */

/* In Chinese a sentence about one calls it as everything else does. */
static void each_kind_is_called_by_its_name_in_what_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < QP_RESOURCE_KINDS; i++) {
        const struct qp_resource *kind = &qp_resources[i];
        char en[200], zh[QP_SAID_ZH], want[QP_SAID_ZH];
        snprintf(en, sizeof en, "there is no such %s", kind->en);
        snprintf(want, sizeof want, "没有此%s", kind->zh);
        assert_true(qp_said_zh(en, zh));
        assert_string_equal(zh, want);
        snprintf(en, sizeof en, "the list of the %s cannot be read", kind->name);
        snprintf(want, sizeof want, "%s列表读取失败", kind->zh);
        assert_true(qp_said_zh(en, zh));
        assert_ptr_equal(strstr(zh, want), zh);
    }
}

static void a_desk_is_made_changed_and_ended_and_stays_readable(void **state)
{
    struct rig *r = *state;
    account(r, "li", "\"desk\"");
    struct answer *a =
        status(post(r, "/api/v1/desks",
                    "{\"code\":\"water\",\"title\":\"供水集团\",\"duties\":[{\"category\":\"停水\"},"
                    "{\"area\":\"suzhou\"}],\"members\":[\"li\"],\"source\":true}"),
               201);
    assert_int_equal(int_at(a, "version"), 1);
    assert_string_equal(text_at(a, "node"), "suzhou");
    assert_string_equal(text_at(a, "duties.0.category"), "停水");
    assert_true(json_is_null(at(a, "duties.0.area")));
    assert_true(json_is_null(at(a, "ended_at")));
    answer_free(a);
    a = status(ask(r, "PATCH", "/api/v1/desks/water", "{\"title\":\"水务局\",\"duties\":[]}", r->token, NULL),
               200);
    assert_int_equal(int_at(a, "version"), 2);
    assert_string_equal(text_at(a, "title"), "水务局");
    assert_string_equal(text_at(a, "members.0"), "li"); /* what was not named stays */
    assert_true(json_is_true(at(a, "source")));
    assert_int_equal(json_array_size(at(a, "duties")), 0);
    answer_free(a);
    a = status(ask(r, "DELETE", "/api/v1/desks/water", NULL, r->token, NULL), 200);
    assert_int_equal(int_at(a, "version"), 3);
    assert_non_null(text_at(a, "ended_at"));
    answer_free(a);
    a = status(get(r, "/api/v1/desks"), 200);
    assert_int_equal(json_array_size(at(a, "items")), 0);
    answer_free(a);
    a = status(get(r, "/api/v1/desks?ended=true"), 200);
    assert_non_null(text_at(a, "items.0.ended_at"));
    answer_free(a);
    done(get(r, "/api/v1/desks/water"), 200);
    done(ask(r, "PATCH", "/api/v1/desks/water", "{\"title\":\"x\"}", r->token, NULL), 404);
    done(ask(r, "DELETE", "/api/v1/desks/water", NULL, r->token, NULL), 404);
    a = status(post(r, "/api/v1/desks", "{\"code\":\"water\",\"title\":\"again\"}"), 201);
    assert_int_equal(int_at(a, "version"), 4); /* its version goes on */
    answer_free(a);
    done(get(r, "/api/v1/desks/air"), 404);
}

static void what_is_there_is_not_made_again(void **state)
{
    struct rig *r = *state;
    done(post(r, "/api/v1/desks", "{\"code\":\"d\",\"title\":\"one\"}"), 201);
    struct answer *a = status(post(r, "/api/v1/desks", "{\"code\":\"d\",\"title\":\"two\"}"), 409);
    assert_string_equal(text_at(a, "error.current.title"), "one");
    answer_free(a);
}

static void of_two_who_change_the_same_version_one_is_told(void **state)
{
    struct rig *r = *state;
    done(post(r, "/api/v1/desks", "{\"code\":\"d\",\"title\":\"one\"}"), 201);
    done(ask(r, "PATCH", "/api/v1/desks/d", "{\"title\":\"two\",\"if_version\":1}", r->token, NULL), 200);
    struct answer *a = status(
        ask(r, "PATCH", "/api/v1/desks/d", "{\"title\":\"three\",\"if_version\":1}", r->token, NULL), 409);
    assert_string_equal(text_at(a, "error.code"), "version_conflict");
    assert_int_equal(int_at(a, "error.current.version"), 2);
    answer_free(a);
    done(ask(r, "DELETE", "/api/v1/desks/d", "{\"if_version\":1}", r->token, NULL), 409);
    done(ask(r, "DELETE", "/api/v1/desks/d", "{\"if_version\":2}", r->token, NULL), 200);
    /* 0: it must not be there */
    done(post(r, "/api/v1/users",
              "{\"name\":\"n\",\"password\":\"long enough\",\"role\":\"desk\",\"if_version\":0}"),
         201);
    done(post(r, "/api/v1/users",
              "{\"name\":\"n\",\"password\":\"long enough\",\"role\":\"desk\",\"if_version\":0}"),
         409);
}

static int begin_patch(struct rig *r, const char *path, const char *body)
{
    char request[700];
    int fd = dial(r);
    snprintf(request, sizeof request,
             "PATCH %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer %s\r\nContent-Type: "
             "application/json\r\nContent-Length: %zu\r\n\r\n%s",
             path, r->token, strlen(body), body);
    say(fd, request);
    return fd;
}

static void two_who_change_different_fields_at_once_both_get_what_they_asked_for(void **state)
{
    struct rig *r = *state;
    char out[4096];
    done(post(r, "/api/v1/desks", "{\"code\":\"d\",\"title\":\"one\"}"), 201);
    rig_hold(r);
    int a = begin_patch(r, "/api/v1/desks/d", "{\"title\":\"two\"}");
    int b = begin_patch(r, "/api/v1/desks/d", "{\"source\":true}");
    usleep(200000); /* both have read version 1 */
    rig_release(r);
    hear(a, out, sizeof out, NULL);
    assert_non_null(strstr(out, "HTTP/1.1 200"));
    hear(b, out, sizeof out, NULL);
    assert_non_null(strstr(out, "HTTP/1.1 200"));
    close(a);
    close(b);
    struct answer *now = status(get(r, "/api/v1/desks/d"), 200);
    assert_string_equal(text_at(now, "title"), "two");
    assert_true(json_is_true(at(now, "source")));
    assert_int_equal(int_at(now, "version"), 3);
    answer_free(now);
}

static void a_key_that_comes_again_changes_nothing(void **state)
{
    struct rig *r = *state;
    static const char KEY[] = "Idempotency-Key: k1\r\n", OTHER[] = "Idempotency-Key: k2\r\n";
    const char *one = "{\"name\":\"t\",\"rights\":[\"read\"]}";
    struct answer *a = status(ask(r, "POST", "/api/v1/tokens", one, r->token, KEY), 201);
    assert_non_null(text_at(a, "token"));
    answer_free(a);
    a = status(ask(r, "POST", "/api/v1/tokens", one, r->token, KEY), 200);
    assert_null(strstr(a->body, "qpt_")); /* the secret was shown once, and this is not another */
    assert_int_equal(int_at(a, "version"), 1);
    answer_free(a);
    done(ask(r, "POST", "/api/v1/tokens", "{\"name\":\"t\",\"rights\":[\"step\"]}", r->token, KEY), 422);
    done(ask(r, "PATCH", "/api/v1/tokens/t", "{\"desk\":\"d\"}", r->token, OTHER), 200);
    a = status(ask(r, "PATCH", "/api/v1/tokens/t", "{\"desk\":\"d\"}", r->token, OTHER), 200);
    assert_int_equal(int_at(a, "version"), 2);
    answer_free(a);
    done(ask(r, "DELETE", "/api/v1/tokens/t", NULL, r->token, "Idempotency-Key: k3\r\n"), 200);
    done(ask(r, "DELETE", "/api/v1/tokens/t", NULL, r->token, "Idempotency-Key: k3\r\n"), 200);
    done(ask(r, "DELETE", "/api/v1/tokens/t", NULL, r->token, "Idempotency-Key: k4\r\n"), 404);
}

static void a_list_comes_in_pages(void **state)
{
    struct rig *r = *state;
    char body[64], path[80];
    for (int i = 0; i < 5; i++) {
        snprintf(body, sizeof body, "{\"code\":\"d%d\",\"title\":\"t\"}", i);
        done(post(r, "/api/v1/desks", body), 201);
    }
    done(ask(r, "DELETE", "/api/v1/desks/d1", NULL, r->token, NULL), 200);
    struct answer *a = status(get(r, "/api/v1/desks?limit=2"), 200);
    assert_int_equal(json_array_size(at(a, "items")), 2);
    assert_string_equal(text_at(a, "items.1.code"), "d2");
    snprintf(path, sizeof path, "/api/v1/desks?limit=2&cursor=%s", text_at(a, "next_cursor"));
    answer_free(a);
    a = status(get(r, path), 200);
    assert_string_equal(text_at(a, "items.0.code"), "d3");
    assert_string_equal(text_at(a, "items.1.code"), "d4");
    assert_true(json_is_null(at(a, "next_cursor")));
    answer_free(a);
    refused(get(r, "/api/v1/desks?limit=0"), 400, "limit");
    refused(get(r, "/api/v1/desks?colour=red"), 400, "colour");
}

static void what_a_resource_does_not_have_is_refused_by_name(void **state)
{
    struct rig *r = *state;
    refused(post(r, "/api/v1/desks", "{\"code\":\"d\",\"title\":\"t\",\"colour\":1}"), 400, "colour");
    refused(post(r, "/api/v1/desks", "{\"code\":\"d\"}"), 400, "title");
    refused(post(r, "/api/v1/desks", "{\"code\":\"a/b\",\"title\":\"t\"}"), 400, "code");
    refused(post(r, "/api/v1/desks", "{\"code\":\"d\",\"title\":\"t\",\"members\":[\"nobody\"]}"), 422,
            "members");
    refused(post(r, "/api/v1/desks", "{\"code\":\"d\",\"title\":\"t\",\"members\":[3]}"), 400, "members");
    refused(post(r, "/api/v1/desks", "{\"code\":\"d\",\"title\":\"t\",\"duties\":[{\"when\":1}]}"), 400,
            "when");
    refused(post(r, "/api/v1/desks", "{\"code\":\"d\",\"title\":\"t\",\"duties\":[{\"area\":\"boston\"}]}"),
            422, "duties");
    account(r, "li", "\"desk\"");
    refused(post(r, "/api/v1/desks", "{\"code\":\"d\",\"title\":\"t\",\"members\":[\"li\",\"li\"]}"), 400,
            "members");
    done(post(r, "/api/v1/desks", "{\"code\":\"d\",\"title\":\"t\"}"), 201);
    refused(ask(r, "PATCH", "/api/v1/desks/d", "{\"code\":\"e\"}", r->token, NULL), 400, "code");
    struct answer *a = status(ask(r, "PUT", "/api/v1/desks/d", "{}", r->token, NULL), 405);
    assert_non_null(strstr(a->head, "Allow: GET, HEAD, PATCH, DELETE, OPTIONS"));
    answer_free(a);
}

/* ---- desks ---- */

static void a_member_whose_account_ended_is_told_and_stays(void **state)
{
    struct rig *r = *state;
    account(r, "li", "\"desk\"");
    done(post(r, "/api/v1/desks", "{\"code\":\"d\",\"title\":\"t\",\"members\":[\"li\"]}"), 201);
    done(ask(r, "DELETE", "/api/v1/users/li", NULL, r->token, NULL), 200);
    struct answer *a = status(get(r, "/api/v1/desks/d"), 200);
    assert_string_equal(text_at(a, "members.0"), "li");
    assert_string_equal(text_at(a, "members_ended.0"), "li");
    answer_free(a);
    /* what is already there does not stand in the way of another change */
    done(ask(r, "PATCH", "/api/v1/desks/d", "{\"title\":\"u\"}", r->token, NULL), 200);
}

static void a_matter_at_an_ended_desk_goes_on_and_is_asked_about(void **state)
{
    struct rig *r = *state;
    char path[80];
    done(post(r, "/api/v1/desks", "{\"code\":\"d\",\"title\":\"t\"}"), 201);
    struct answer *a = status(
        post(r, "/api/v1/matters", "{\"category\":\"c\",\"title\":\"t\",\"source\":\"s\",\"desk\":\"d\"}"),
        201);
    assert_null(strstr(a->body, "unknown_desk")); /* the first matter at a desk that there is */
    snprintf(path, sizeof path, "/api/v1/matters/%s/assign", text_at(a, "id"));
    answer_free(a);
    done(ask(r, "DELETE", "/api/v1/desks/d", NULL, r->token, NULL), 200);
    a = status(post(r, path, "{\"desk\":\"d\"}"), 200);
    assert_non_null(strstr(a->body, "ended_desk"));
    answer_free(a);
}

/* A policy with the calendars `always` and `away`, which has not begun to work for three days. */
static void put_calendars(struct rig *r)
{
    char policy[600];
    time_t t = time(NULL);
    struct tm day;
    gmtime_r(&t, &day);
    snprintf(policy, sizeof policy,
             "{\"version\":\"p1\",\"title\":\"T\",\"calendars\":[{\"name\":\"always\",\"weekly\":[{\"days\":"
             "\"1-7\",\"from\":\"00:00\",\"to\":\"24:00\"}]},{\"name\":\"away\",\"weekly\":[{\"days\":\"%d\","
             "\"from\":\"09:00\",\"to\":\"17:00\"}]}],\"categories\":[{\"code\":\"\",\"title\":\"rest\","
             "\"calendar\":\"always\",\"clocks\":{}}],\"rules\":{}}",
             1 + (day.tm_wday + 2) % 7);
    done(ask(r, "PUT", "/api/v1/policy", policy, r->token, NULL), 200);
}

/* DE1: its calendar says when somebody is there; one that no policy has is asked about, and says nothing. */
static void a_desk_is_open_by_its_own_calendar(void **state)
{
    struct rig *r = *state;
    static const char MATTER[] = "{\"category\":\"c\",\"title\":\"t\",\"source\":\"s\",\"desk\":\"d\"}";
    struct answer *a =
        status(post(r, "/api/v1/desks", "{\"code\":\"d\",\"title\":\"t\",\"calendar\":\"away\"}"), 201);
    assert_string_equal(text_at(a, "warnings.0.code"), "unknown_calendar");
    assert_string_equal(text_at(a, "warnings.0.field"), "calendar");
    assert_non_null(strstr(text_at(a, "warnings.0.message_zh"), "away"));
    assert_true(json_is_null(at(a, "open")));
    answer_free(a);
    a = status(post(r, "/api/v1/matters", MATTER), 201);
    assert_null(strstr(a->body, "desk_closed"));
    answer_free(a);
    put_calendars(r);
    a = status(get(r, "/api/v1/desks/d"), 200);
    assert_true(json_is_false(at(a, "open")));
    assert_true(json_is_string(at(a, "opens_at")));
    answer_free(a);
    a = status(post(r, "/api/v1/matters", MATTER), 201);
    assert_string_equal(text_at(a, "warnings.0.code"), "desk_closed");
    assert_true(json_is_string(at(a, "warnings.0.opens_at")));
    assert_non_null(strstr(text_at(a, "warnings.0.message_zh"), "下班"));
    answer_free(a);
    a = status(ask(r, "PATCH", "/api/v1/desks/d", "{\"calendar\":\"always\"}", r->token, NULL), 200);
    assert_null(strstr(a->body, "warnings"));
    assert_true(json_is_true(at(a, "open")));
    assert_true(json_is_null(at(a, "opens_at")));
    answer_free(a);
    a = status(post(r, "/api/v1/matters", MATTER), 201);
    assert_null(strstr(a->body, "desk_closed"));
    answer_free(a);
}

/* ---- the tables ---- */

/* Members that no field shows: only what cannot be one. */
static bool is_no_field(const char *message, const char *member)
{
    static const struct {
        const char *message, *member;
    } NONE[] = {
        {"TokenMade", "hash"},  /* of the secret, which is told once */
        {"UserMade", "rights"}, /* given beyond the roles; shown together with theirs */
    };
    for (size_t i = 0; i < sizeof NONE / sizeof *NONE; i++)
        if (strcmp(NONE[i].message, message) == 0 && strcmp(NONE[i].member, member) == 0)
            return true;
    return false;
}

static void look_at_members(const ProtobufCMessageDescriptor *d, const struct qp_sheet *sheet)
{
    for (unsigned i = 0; i < d->n_fields; i++) {
        const struct qp_sheet *f = sheet;
        while (f->name && strcmp(f->name, d->fields[i].name) != 0)
            f++;
        if (!f->name && !is_no_field(d->short_name, d->fields[i].name))
            fail_msg(
                "%s has the member %s, and node/core/resources.h no F line with it: it would be kept, and "
                "no call, command or list shown it",
                d->short_name, d->fields[i].name);
        if (f->name && f->kind == QP_SHEET_LIST)
            look_at_members(d->fields[i].descriptor, f->of);
    }
}

static void each_member_of_a_resource_is_a_field(void **state)
{
    (void)state;
    for (int kind = 0; kind < QP_RESOURCE_KINDS; kind++) {
        const ProtobufCFieldDescriptor *made =
            protobuf_c_message_descriptor_get_field(&qp__event__descriptor, qp_resources[kind].made);
        assert_non_null(made);
        look_at_members(made->descriptor, qp_view_of((enum qp_resource_name)kind)->sheet);
    }
}

/* RE4: who is late is told what stands, so that he can decide anew. */
static void who_says_a_policy_too_late_is_told_which_one_stands(void **state)
{
    struct rig *r = *state;
    static const char ONE[] = "{\"version\":\"p1\",\"title\":\"T\",\"categories\":[{\"code\":\"\",\"title\":"
                              "\"其他\"}],\"rules\":{}}",
                      TWO[] = "{\"version\":\"p2\",\"title\":\"T\",\"categories\":[{\"code\":\"\",\"title\":"
                              "\"其他\"}],\"rules\":{}}";
    done(ask(r, "PUT", "/api/v1/policy", ONE, r->token, NULL), 200);
    struct answer *a = status(ask(r, "PUT", "/api/v1/policy?if_version=0", TWO, r->token, NULL), 409);
    assert_string_equal(text_at(a, "error.code"), "version_conflict");
    assert_int_equal(int_at(a, "error.current.revision"), 1);
    assert_string_equal(text_at(a, "error.current.version"), "p1");
    answer_free(a);
    a = status(ask(r, "PUT", "/api/v1/policy", ONE, r->token, NULL), 409); /* the text was used */
    assert_int_equal(int_at(a, "error.current.revision"), 1);
    answer_free(a);
    done(ask(r, "PUT", "/api/v1/policy?if_version=1", TWO, r->token, NULL), 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_member_of_a_resource_is_a_field),
        cmocka_unit_test(each_kind_is_called_by_its_name_in_what_is_refused),
        TEST(a_desk_is_made_changed_and_ended_and_stays_readable),
        TEST(what_is_there_is_not_made_again),
        TEST(of_two_who_change_the_same_version_one_is_told),
        TEST(two_who_change_different_fields_at_once_both_get_what_they_asked_for),
        TEST(a_key_that_comes_again_changes_nothing),
        TEST(a_list_comes_in_pages),
        TEST(what_a_resource_does_not_have_is_refused_by_name),
        TEST(a_member_whose_account_ended_is_told_and_stays),
        TEST(a_matter_at_an_ended_desk_goes_on_and_is_asked_about),
        TEST(a_desk_is_open_by_its_own_calendar),
        TEST(who_says_a_policy_too_late_is_told_which_one_stands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
