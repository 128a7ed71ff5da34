/* leads_test.c: leads over HTTP: listed, shown with why, filtered by, confirmed, split and taken back exactly; refused by name. */
#include <stdio.h>
#include <unistd.h>

#include "tests/unit/http/people.h"

#define QUARRY "青龙山采石场夜间偷采爆破"

static void open_one(struct rig *r, const char *title, const char *text, const char *source, char id[27])
{
    char body[600];
    snprintf(body, sizeof body, "{\"title\":\"%s\",\"text\":\"%s\",\"category\":\"矿产\",\"source\":\"%s\"}",
             title, text, source);
    struct answer *a = status(post(r, "/api/v1/matters", body), 201);
    snprintf(id, 27, "%s", text_at(a, "id"));
    answer_free(a);
}

/* Until so many leads are listed; the node takes its turns for comments. */
static struct answer *listed(struct rig *r, const char *query, size_t n)
{
    char path[200];
    struct answer *all = status(get(r, "/api/v1/matters"), 200);
    char comment[100];
    snprintf(comment, sizeof comment, "/api/v1/matters/%s/comment", text_at(all, "items.0.id"));
    answer_free(all);
    snprintf(path, sizeof path, "/api/v1/leads%s", query);
    for (int i = 0;; i++) {
        struct answer *a = status(get(r, path), 200);
        if (json_array_size(at(a, "items")) == n || i == 200)
            return a;
        answer_free(a);
        usleep(50000);
        done(post(r, comment, "{\"text\":\"time passes\"}"), 200);
    }
}

static void leads_are_read_confirmed_split_and_taken_back(void **state)
{
    struct rig *r = *state;
    char one[27], two[27], other[27], path[200], body[200], lead[27];
    open_one(r, QUARRY, "群众反映运石货车不断，电话13855501234", "hotline", one);
    open_one(r, "夜间青龙山采石场爆破偷采", "群众反映运石货车不断，手机13855501234", "police", two);
    open_one(r, "路灯不亮", "解放路路灯三天不亮，电话13855501234", "hotline", other);
    struct answer *a = listed(r, "", 1);
    assert_int_equal(json_array_size(at(a, "items")), 1);
    assert_int_equal(int_at(a, "items.0.joined"), 2);
    assert_string_equal(text_at(a, "items.0.state"), "joined");
    snprintf(lead, sizeof lead, "%s", text_at(a, "items.0.id"));
    answer_free(a);
    snprintf(path, sizeof path, "/api/v1/leads/%s", lead);
    struct answer *was = status(get(r, path), 200);
    assert_int_equal(json_array_size(at(was, "matters")), 2);
    assert_int_equal(int_at(was, "rest"), 0);
    assert_non_null(strstr(was->body, "青龙山"));
    assert_null(strstr(was->body, "13855501234"));
    snprintf(path, sizeof path, "/api/v1/matters?lead=%s", lead);
    a = status(get(r, path), 200);
    assert_int_equal(json_array_size(at(a, "items")), 2);
    answer_free(a);
    done(get(r, "/api/v1/matters?lead=x"), 400);
    snprintf(path, sizeof path, "?matter=%s", other);
    answer_free(listed(r, path, 0));
    snprintf(path, sizeof path, "?matter=%s", two);
    answer_free(listed(r, path, 1));
    snprintf(path, sizeof path, "/api/v1/leads/%s/split", lead);
    snprintf(body, sizeof body, "{\"matter\":\"%s\",\"reason\":\"no\"}", two);
    done(post(r, path, body), 200);
    answer_free(listed(r, "", 0));
    answer_free(listed(r, "?state=alone", 2));
    done(post(r, path, body), 409);
    snprintf(path, sizeof path, "/api/v1/leads/%s/undo", lead);
    a = status(post(r, path, body), 400); /* a reason is nothing that undo takes */
    answer_free(a);
    snprintf(body, sizeof body, "{\"matter\":\"%s\"}", two);
    a = status(post(r, path, body), 200);
    assert_true(json_equal(a->json, was->json));
    answer_free(a);
    answer_free(was);
    snprintf(path, sizeof path, "/api/v1/leads/%s/confirm", lead);
    done(post(r, path, "{}"), 200);
    done(post(r, path, "{}"), 409);
    snprintf(path, sizeof path, "/api/v1/leads/%s/matter", lead);
    done(post(r, path, "{}"), 201);
    done(post(r, path, "{}"), 200);
}

static void what_is_no_lead_is_refused_by_name(void **state)
{
    struct rig *r = *state;
    char reader[64];
    rig_token(r, "reader", "\"read\"", reader);
    done(get(r, "/api/v1/leads?state=raised"), 400);
    done(get(r, "/api/v1/leads?cursor=x"), 400);
    done(get(r, "/api/v1/leads?matter=x"), 400);
    done(get(r, "/api/v1/leads/nothing"), 404);
    done(get(r, "/api/v1/leads/00000000000000000000000000"), 404);
    done(post(r, "/api/v1/leads/00000000000000000000000000/confirm", "{}"), 404);
    done(post(r, "/api/v1/leads/00000000000000000000000000/praise", "{}"), 404);
    done(post(r, "/api/v1/leads/00000000000000000000000000/split", "{}"), 400);
    done(post(r, "/api/v1/leads/00000000000000000000000000/dismiss", "{}"), 400);
    done(ask(r, "POST", "/api/v1/leads/00000000000000000000000000/confirm", "{}", reader, NULL), 403);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(leads_are_read_confirmed_split_and_taken_back, rig_up, rig_down),
        cmocka_unit_test_setup_teardown(what_is_no_lead_is_refused_by_name, rig_up, rig_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
