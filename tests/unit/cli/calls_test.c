/* calls_test.c: what the commands send to a node, field by field, and what they print of its answer. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/cli/rig.h"

#define EN "C.UTF-8"

static struct rig_said s;

static int set_up(void **state)
{
    struct rig_node *n = calloc(1, sizeof *n);
    rig_node_open(n);
    *state = n;
    return 0;
}

static int tear_down(void **state)
{
    rig_node_close(*state);
    free(*state);
    return 0;
}

/* The request that was made last. */
static void asked(const struct rig_node *n, const char *wanted)
{
    assert_true(n->nasked > 0);
    assert_string_equal(n->asked[n->nasked - 1], wanted);
}

static void a_report_sends_what_was_given_and_prints_the_id(void **state)
{
    struct rig_node *n = *state;
    rig_answer(n, "/api/v1/matters", 201, "{\"id\":\"a1\",\"ticks\":{\"held\":false,\"top\":false}}");
    rig_run(&s, EN, "report", "井盖", "--category", "市政", "--urgency", "urgent", "--lat", "33.5", "--lon",
            "117", "--source-ref", "A-1", "--node", n->url, NULL);
    assert_int_equal(s.rc, 0);
    assert_string_equal(s.out, "a1\n");
    asked(n, "POST /api/v1/matters "
             "{\"title\":\"井盖\",\"category\":\"市政\",\"urgency\":\"urgent\",\"source_ref\":\"A-1\","
             "\"source\":\"cli\",\"location\":{\"lat\":33.5,\"lon\":117.0}}");
    rig_run(&s, EN, "report", "x", "--category", "c", "--ack", "top", "--wait", "2", "--node", n->url, NULL);
    assert_int_equal(s.rc, 7); /* kept, and not at the top in time */
    rig_says(s.err, "a1 is kept here");
    rig_says(n->asked[n->nasked - 1], "POST /api/v1/matters?ack=top&wait=2 ");
    rig_run(&s, EN, "report", "x", "--category", "c", "--quiet", "--node", n->url, NULL);
    assert_string_equal(s.out, "a1\n");
    rig_run(&s, EN, "report", "x", "--category", "c", "--lat", "north", "--lon", "1", "--node", n->url, NULL);
    assert_int_equal(s.rc, 2);
    rig_says(s.err, "\"north\" is not a number of degrees");
}

static void an_invitation_prints_the_token_alone(void **state)
{
    struct rig_node *n = *state;
    rig_answer(n, "/api/v1/invites", 201, "{\"token\":\"qipan1.abc\",\"path\":\"suzhou/east\"}");
    rig_run(&s, EN, "invite", "east", "--title", "东区", "--minutes", "5", "--node", n->url, NULL);
    assert_int_equal(s.rc, 0);
    assert_string_equal(s.out, "qipan1.abc\n"); /* for $(...) */
    asked(n, "POST /api/v1/invites {\"label\":\"east\",\"minutes\":5,\"title\":\"东区\"}");
    rig_run(&s, EN, "invite", "suzhou/east", "--replace", "--node", n->url, NULL);
    asked(n, "POST /api/v1/invites {\"path\":\"suzhou/east\",\"minutes\":15,\"replace\":true}");
    rig_run(&s, EN, "invite", "east", "--minutes", "0", "--node", n->url, NULL);
    assert_int_equal(s.rc, 2);
}

static void a_place_that_is_alive_is_told_with_its_remedy(void **state)
{
    struct rig_node *n = *state;
    rig_answer(n, "/api/v1/invites", 409,
               "{\"error\":{\"code\":\"exists\",\"message\":\"suzhou/east (东区) is alive: `replace` (invite "
               "--replace)\"}}");
    rig_run(&s, EN, "invite", "east", "--node", n->url, NULL);
    assert_int_equal(s.rc, 4);
    assert_string_equal(s.out, "");
    rig_says(s.err, "--replace");
}

static void a_step_sends_what_its_shape_has(void **state)
{
    struct rig_node *n = *state;
    rig_answer(n, "/api/v1/matters/m1/", 200, "{\"id\":\"m1\",\"state\":\"sorted\"}");
    rig_run(&s, EN, "sort", "m1", "--area", "city/east", "--urgency", "urgent", "--if-version", "3",
            "--quiet", "--node", n->url, NULL);
    assert_int_equal(s.rc, 0);
    asked(n, "POST /api/v1/matters/m1/sort {\"urgency\":\"urgent\",\"area\":\"city/east\",\"if_version\":3}");
    rig_run(&s, EN, "visit", "m1", "--reached", "no", "--quiet", "--node", n->url, NULL);
    asked(n, "POST /api/v1/matters/m1/visit {\"reached\":false}");
    rig_run(&s, EN, "visit", "m1", "--reached", "yes", "--resolved", "no", "--satisfied", "yes", "--note",
            "n", "--quiet", "--node", n->url, NULL);
    asked(n, "POST /api/v1/matters/m1/visit "
             "{\"reached\":true,\"resolved\":false,\"satisfied\":true,\"note\":\"n\"}");
    rig_run(&s, EN, "urge", "m1", "--due", "2099-01-01T00:00:00Z", "--note", "when?", "--at",
            "2024-01-01T00:00:00Z", "--quiet", "--node", n->url, NULL);
    asked(n, "POST /api/v1/matters/m1/urge "
             "{\"note\":\"when?\",\"due\":\"2099-01-01T00:00:00Z\",\"at\":\"2024-01-01T00:00:00Z\"}");
    size_t before = n->nasked;
    rig_run(&s, EN, "urge", "m1", "--node", n->url, NULL);
    assert_int_equal(s.rc, 2);
    rig_says(s.err, "urge needs --note");
    rig_run(&s, EN, "urge", "m1", "--note", "n", "--area", "city", "--node", n->url, NULL);
    rig_says(s.err, "urge takes no --area");
    rig_run(&s, EN, "visit", "m1", "--reached", "perhaps", "--node", n->url, NULL);
    rig_says(s.err, "--reached is yes or no");
    assert_int_equal(n->nasked, before);
}

static void tokens_are_added_listed_and_ended(void **state)
{
    struct rig_node *n = *state;
    rig_answer(n, "/api/v1/tokens/a%20b", 204, "");
    rig_answer(n, "/api/v1/tokens", 201,
               "{\"token\":\"secret\",\"items\":[{\"name\":\"web\",\"rights\":[\"read\",\"step\"],\"ended\":"
               "true}]}");
    rig_run(&s, EN, "token", "add", "web", "--rights", "read,step", "--desk", "works", "--node", n->url,
            NULL);
    assert_string_equal(s.out, "secret\n");
    asked(n, "POST /api/v1/tokens {\"name\":\"web\",\"rights\":[\"read\",\"step\"],\"desk\":\"works\"}");
    rig_run(&s, EN, "token", "list", "--node", n->url, NULL);
    rig_says(s.out, "web                      ended    read,step\n");
    rig_run(&s, EN, "token", "end", "a b", "--node", n->url, NULL);
    assert_int_equal(s.rc, 0);
    asked(n, "DELETE /api/v1/tokens/a%20b ");
    rig_run(&s, EN, "token", "lend", "x", "--node", n->url, NULL);
    assert_int_equal(s.rc, 2);
}

static void people_and_links_are_made(void **state)
{
    struct rig_node *n = *state;
    rig_answer(n, "/api/v1/users", 201, "{}");
    rig_answer(n, "/api/v1/session/link", 201, "{\"url\":\"http://x/login/1\"}");
    rig_run(&s, EN, "user", "add", "li", "--role", "dispatcher", "--password", "long enough", "--node",
            n->url, NULL);
    assert_int_equal(s.rc, 0);
    asked(n, "POST /api/v1/users {\"name\":\"li\",\"password\":\"long enough\",\"role\":\"dispatcher\"}");
    rig_run(&s, EN, "link", "--name", "li", "--node", n->url, NULL);
    assert_string_equal(s.out, "http://x/login/1\n");
    asked(n, "POST /api/v1/session/link {\"name\":\"li\"}");
}

static void a_resource_is_set_by_its_fields_and_listed_page_by_page(void **state)
{
    struct rig_node *n = *state;
    rig_answer(
        n, "/api/v1/desks?cursor=water", 200,
        "{\"items\":[{\"code\":\"works\",\"title\":\"W\",\"duties\":[{\"category\":\"c\",\"area\":null}],"
        "\"source\":true}],\"next_cursor\":null}");
    rig_answer(n, "/api/v1/desks/water", 200, "{\"code\":\"water\"}");
    rig_answer(n, "/api/v1/desks", 200,
               "{\"items\":[{\"code\":\"water\",\"title\":\"T\",\"members\":[\"li\",\"qu\"],\"ended\":true}],"
               "\"next_cursor\":\"water\"}");
    rig_answer(n, "/api/v1/users/li/password", 200, "{}");
    rig_run(&s, EN, "desk", "add", "water", "--title", "T", "--duties", "c@suzhou/east, d,@suzhou",
            "--members", "li,qu", "--source", "yes", "--node", n->url, NULL);
    assert_int_equal(s.rc, 0);
    asked(n,
          "POST /api/v1/desks {\"code\":\"water\",\"title\":\"T\",\"duties\":[{\"category\":\"c\",\"area\":"
          "\"suzhou/"
          "east\"},{\"category\":\"d\"},{\"area\":\"suzhou\"}],\"members\":[\"li\",\"qu\"],\"source\":true}");
    rig_run(&s, EN, "desk", "set", "water", "--title", "U", "--if-version", "3", "--node", n->url, NULL);
    asked(n, "PATCH /api/v1/desks/water {\"title\":\"U\",\"if_version\":3}");
    rig_run(&s, EN, "desk", "set", "water", "--node", n->url, NULL);
    assert_int_equal(s.rc, 2);
    rig_run(&s, EN, "desk", "set", "water", "--source", "perhaps", "--node", n->url, NULL);
    assert_int_equal(s.rc, 2);
    rig_run(&s, EN, "desk", "list", "--node", n->url, NULL);
    assert_string_equal(s.out, "water                    ended    T  li,qu\n"
                               "works                             W  c@  source\n");
    rig_answer(
        n, "/api/v1/grids/g1", 200,
        "{\"code\":\"g1\",\"title\":\"一号\",\"boundary\":{\"type\":\"Polygon\"},\"deputies\":[\"li\",\"qu\"]"
        ","
        "\"units\":[{\"title\":\"U\",\"kind\":\"shop\",\"place\":null,\"office\":null}],\"worker\":null,"
        "\"worker_ended\":null,\"version\":3,\"ended\":false,\"ended_at\":null}");
    rig_run(&s, EN, "grid", "show", "g1", "--node", n->url, NULL);
    asked(n, "GET /api/v1/grids/g1 ");
    assert_string_equal(s.out, "code           g1\ntitle          一号\ndeputies       li,qu\n"
                               "units          U@shop@@\nversion        3\nended          no\n");
    rig_run(&s, EN, "token", "show", "none", "--node", n->url, NULL);
    assert_int_equal(s.rc, 3);
    rig_run(&s, EN, "user", "password", "li", "--password", "another one", "--node", n->url, NULL);
    asked(n, "POST /api/v1/users/li/password {\"password\":\"another one\"}");
    rig_run(&s, EN, "desk", "password", "li", "--node", n->url, NULL); /* people alone have one */
    assert_int_equal(s.rc, 2);
}

static void the_matters_behind_a_circulars_figure_are_listed(void **state)
{
    struct rig_node *n = *state;
    rig_answer(n, "/api/v1/circulars/c1/matters", 200,
               "{\"items\":[{\"id\":\"a1\",\"title\":\"井盖\",\"state\":\"closed\",\"area\":\"suzhou\","
               "\"numerator\":1,"
               "\"denominator\":2}],\"next_cursor\":\"a1\",\"exact\":false}");
    rig_run(&s, EN, "circular", "matters", "c1", "--figure", "opened", "--by", "area", "--part",
            "suzhou/east", "--limit", "1", "--node", n->url, NULL);
    assert_int_equal(s.rc, 0);
    asked(n, "GET /api/v1/circulars/c1/matters?figure=opened&by=area&key=suzhou%2Feast&limit=1 ");
    rig_says(s.out, "a1  closed");
    rig_says(s.out, "1/2  井盖");
    rig_says(s.out, "--cursor a1");
    rig_says(s.err, "it may differ");
    rig_run(&s, EN, "circular", "matters", "c1", "--node", n->url, NULL);
    assert_int_equal(s.rc, 2);
    rig_says(s.err, "closed_of_due");
    rig_run(&s, EN, "circular", "matters", "c1", "--figure", "opened", "--part", "x", "--node", n->url, NULL);
    assert_int_equal(s.rc, 2);
    rig_says(s.err, "--by");
}

static void a_shell_is_told_which_words_an_option_takes(void **state)
{
    (void)state;
    rig_run(&s, EN, "completion", "bash", NULL);
    rig_says(s.out, "== --role ]] && words=\"worker desk dispatcher commander admin auditor screen\"");
    rig_says(s.out, "== --rights ]] && words=\"read report");
    rig_run(&s, EN, "completion", "zsh", NULL);
    rig_says(s.out, ":(worker desk");
    rig_run(&s, EN, "completion", "fish", NULL);
    rig_says(s.out, "-a 'yes no'");
}

static void a_revocation_wants_a_reason(void **state)
{
    struct rig_node *n = *state;
    rig_answer(n, "/api/v1/nodes/suzhou/east/revoke", 200, "{}");
    rig_run(&s, EN, "revoke", "suzhou/east", "--node", n->url, NULL);
    assert_int_equal(s.rc, 2);
    rig_says(s.err, "--reason");
    rig_run(&s, EN, "revoke", "suzhou/East", "--reason", "x", "--node", n->url, NULL);
    assert_int_equal(s.rc, 2);
    assert_int_equal(n->nasked, 0);
    rig_run(&s, EN, "revoke", "suzhou/east", "--reason", "stolen", "--kind", "compromised", "--node", n->url,
            NULL);
    assert_int_equal(s.rc, 0);
    asked(n, "POST /api/v1/nodes/suzhou/east/revoke {\"reason\":\"stolen\",\"kind\":\"compromised\"}");
}

static void an_offer_that_waits_for_a_cut_link_is_told_and_ends_with_its_own_status(void **state)
{
    struct rig_node *n = *state;
    rig_answer(n, "/api/v1/matters/a1/escalate", 200,
               "{\"id\":\"a1\",\"warnings\":[{\"code\":\"parent_cut\",\"field\":\"offered\",\"path\":"
               "\"suzhou\",\"since\":\"2026-03-01T08:00:00.000Z\"}]}");
    rig_answer(n, "/api/v1/matters/a1/assign", 200,
               "{\"id\":\"a1\",\"warnings\":[{\"code\":\"unknown_desk\",\"message\":\"no such "
               "desk\",\"message_zh\":\"没有这个部门\"}]}");
    rig_run(&s, EN, "escalate", "a1", "--reason", "x", "--node", n->url, NULL);
    assert_int_equal(s.rc, 7);
    rig_says(s.err, "suzhou has not been heard since 2026-03-01T08:00:00.000Z");
    rig_says(n->asked[0], "POST /api/v1/matters/a1/escalate {\"reason\":\"x\"}"); /* no terminal: not asked */
    rig_run(&s, "zh_CN.UTF-8", "escalate", "a1", "--reason", "x", "--yes", "--node", n->url, NULL);
    assert_int_equal(s.rc, 7);
    rig_says(s.err, "没有音信");
    rig_run(&s, EN, "assign", "a1", "--desk", "x", "--node", n->url, NULL);
    assert_int_equal(s.rc, 0);
    rig_says(s.err, "no such desk");
    rig_run(&s, "zh_CN.UTF-8", "assign", "a1", "--desk", "x", "--node", n->url, NULL);
    rig_says(s.err, "没有这个部门");
    rig_run(&s, EN, "assign", "a1", "--desk", "x", "--yes", "--node", n->url, NULL);
    assert_int_equal(s.rc, 2);
}

static void filters_are_escaped_into_the_query(void **state)
{
    struct rig_node *n = *state;
    rig_answer(n, "/api/v1/matters", 200, "{\"items\":[{\"id\":\"a1\"}],\"next_cursor\":null}");
    rig_answer(n, "/api/v1/board", 200,
               "{\"rows\":[{\"key\":\"k\",\"title\":\"T\",\"opened\":3}],\"total\":{\"opened\":3}}");
    rig_run(&s, EN, "list", "--search", "a b&c", "--overdue", "yes", "--sort", "deadline", "--limit", "7",
            "--node", n->url, NULL);
    assert_int_equal(s.rc, 0);
    asked(n, "GET /api/v1/matters?q=a%20b%26c&sort=deadline&overdue=true&limit=7&cursor= ");
    rig_run(&s, EN, "board", "--by", "desk", "--from", "2026-03-01", "--node", n->url, NULL);
    assert_int_equal(s.rc, 0);
    asked(n, "GET /api/v1/board?by=desk&from=2026-03-01 ");
    rig_says(s.out, "k T");
    rig_says(s.out, "total");
}

static void an_answer_that_is_none_is_told_so(void **state)
{
    struct rig_node *n = *state;
    rig_answer(n, "/api/v1/board", 200, "<html>a proxy</html>");
    rig_answer(n, "/api/v1/tree", 502, "<html>Bad Gateway</html>");
    rig_run(&s, EN, "board", "--node", n->url, NULL);
    assert_int_equal(s.rc, 6);
    rig_says(s.err, n->url);
    rig_says(s.err, "not JSON");
    rig_run(&s, EN, "tree", "--node", n->url, NULL);
    assert_true(s.rc);
    rig_says(s.err, "the node answers 502");
}

/* A key that is cut short would be another one's, and a line end in it another header. */
static void a_key_goes_whole_or_not_at_all(void **state)
{
    struct rig_node *n = *state;
    char longest[130];
    memset(longest, 'k', sizeof longest);
    longest[129] = '\0';
    const char *const bad[] = {longest, "", "a\r\nX-Other: b"};
    for (size_t i = 0; i < 3; i++) {
        rig_run(&s, EN, "report", "t", "--category", "c", "--source", "s", "--key", bad[i], "--node", n->url,
                NULL);
        assert_int_equal(s.rc, 2);
        rig_run(&s, EN, "desk", "add", "d", "--title", "t", "--key", bad[i], "--node", n->url, NULL);
        assert_int_equal(s.rc, 2);
        rig_run(&s, EN, "patrol", "start", "--grid", "g", "--key", bad[i], "--node", n->url, NULL);
        assert_int_equal(s.rc, 2);
        rig_run(&s, EN, "circular", "issue", "week", "2026-07-08", "--key", bad[i], "--node", n->url, NULL);
        assert_int_equal(s.rc, 2);
        rig_says(s.err, "--key is one line of 1 to 128 bytes");
    }
    assert_int_equal(n->nasked, 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(a_report_sends_what_was_given_and_prints_the_id),
        T(an_invitation_prints_the_token_alone),
        T(a_place_that_is_alive_is_told_with_its_remedy),
        T(a_step_sends_what_its_shape_has),
        T(tokens_are_added_listed_and_ended),
        T(people_and_links_are_made),
        T(a_resource_is_set_by_its_fields_and_listed_page_by_page),
        T(the_matters_behind_a_circulars_figure_are_listed),
        T(a_shell_is_told_which_words_an_option_takes),
        T(a_revocation_wants_a_reason),
        T(an_offer_that_waits_for_a_cut_link_is_told_and_ends_with_its_own_status),
        T(filters_are_escaped_into_the_query),
        T(an_answer_that_is_none_is_told_so),
        T(a_key_goes_whole_or_not_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
