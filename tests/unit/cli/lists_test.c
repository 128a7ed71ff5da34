/* lists_test.c: what people read of a node's answers: lines, times in the tree's zone, words in their
 * language. */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/cli/rig.h"

#define EN "C.UTF-8"
#define ZH "zh_CN.UTF-8"

static struct rig_said s;

#define NODE                                                                                                 \
    "{\"path\":\"suzhou/"                                                                                    \
    "yongqiao\",\"title\":\"埇桥区\",\"level\":\"county\",\"incarnation\":2,\"zone\":\"Asia/Shanghai\","  \
    "\"parent\":{\"path\":\"suzhou\",\"state\":\"cut\",\"last_heard\":\"2026-03-01T08:00:00.000Z\","         \
    "\"queue\":{\"urgent\":{\"parcels\":1},\"bulk\":{\"parcels\":7}}},\"children\":[]}"
#define TREE                                                                                                 \
    "{\"path\":\"suzhou/"                                                                                    \
    "yongqiao\",\"title\":\"埇桥区\",\"state\":\"live\",\"open\":3,\"overdue\":1,\"children\":["          \
    "{\"path\":\"suzhou/yongqiao/"                                                                           \
    "tuohe\",\"title\":\"沱河街道\",\"state\":\"cut\",\"open\":1,\"children\":[]}]}"
#define MATTER(id, title, urgency, state, more)                                                              \
    "{\"id\":\"" id "\",\"title\":\"" title "\",\"urgency\":\"" urgency "\",\"state\":\"" state              \
    "\",\"holder\":\"suzhou\",\"category\":\"排水\",\"opened_at\":\"2026-03-01T16:30:00.000Z\"" more "}"
#define EMPTY "{\"items\":[],\"next_cursor\":null}"

static int set_up(void **state)
{
    struct rig_node *n = calloc(1, sizeof *n);
    rig_node_open(n);
    rig_answer(n, "/api/v1/node", 200, NODE);
    rig_answer(n, "/api/v1/tree", 200, TREE);
    *state = n;
    return 0;
}

static int tear_down(void **state)
{
    rig_node_close(*state);
    free(*state);
    return 0;
}

static void times_are_local_and_say_their_zone(void **state)
{
    struct rig_node *n = *state;
    rig_answer(n, "/api/v1/matters", 200,
               "{\"items\":[" MATTER("a1", "积水", "routine", "open", "") "],\"next_cursor\":null}");
    rig_run(&s, EN, "list", "--node", n->url, "--sort", "opened_at", NULL);
    assert_int_equal(s.rc, 0);
    rig_says(s.out, "a1  2026-03-02 00:30+08:00  "); /* the next day, in the tree */
    rig_says_not(s.out, "16:30");
}

static void emergencies_come_first_and_say_so(void **state)
{
    struct rig_node *n = *state;
    rig_answer(n, "/api/v1/matters?urgency=emergency", 200,
               "{\"items\":[" MATTER("e1", "管涌", "emergency", "assigned", "") "," MATTER(
                   "e2", "旧险情", "emergency", "closed", "") "],\"next_cursor\":null}");
    rig_answer(n, "/api/v1/matters", 200,
               "{\"items\":[" MATTER("r1", "井盖", "routine", "open", "") "," MATTER(
                   "e1", "管涌", "emergency", "assigned",
                   "") "," MATTER("e2", "旧险情", "emergency", "closed", "") "],\"next_cursor\":null}");
    rig_run(&s, ZH, "list", "--node", n->url, NULL);
    assert_int_equal(s.rc, 0);
    assert_true(strncmp(s.out, "e1", 2) == 0);
    char *first = strstr(s.out, "e1"), *then = strstr(s.out, "r1"), *last = strstr(s.out, "e2");
    assert_true(first && then > first && last > then); /* one that is closed is no emergency any more */
    assert_null(strstr(first + 2, "e1"));              /* once */
    rig_says(s.out, "特急");
    rig_says(s.out, "已派办");
    rig_run(&s, EN, "list", "--node", n->url, "--limit", "1", NULL);
    rig_says(s.out, "emergency");
    rig_says_not(s.out, "r1");
    rig_run(&s, EN, "list", "--node", n->url, "--json", NULL); /* for programs: in the API's order */
    assert_true(strstr(s.out, "r1") < strstr(s.out, "e1"));
}

static void what_needs_somebody_here_is_asked_of_the_node(void **state)
{
    struct rig_node *n = *state;
    rig_answer(
        n, "/api/v1/matters?needs=sign&limit=50", 200,
        "{\"items\":[" MATTER(
            "o1", "甲", "routine", "open",
            ",\"offered\":{\"to\":\"suzhou/yongqiao\",\"kind\":\"dispatch\"}") "],"
                                                                               "\"next_cursor\":null}");
    rig_run(&s, EN, "list", "--node", n->url, "--needs", "sign", NULL);
    assert_int_equal(s.rc, 0);
    rig_says(s.out, "o1");
    rig_says(s.out, "waits to be accepted here");
    rig_answer(n, "/api/v1/matters?category=c&sort=deadline&below=true&limit=50", 200,
               "{\"items\":[" MATTER("b1", "乙", "routine", "open", "") "],\"next_cursor\":null}");
    rig_run(&s, EN, "list", "--node", n->url, "--category", "c", "--below", "yes", "--sort", "deadline",
            NULL);
    assert_int_equal(s.rc, 0);
    rig_run(&s, EN, "list", "--node", n->url, "--unassigned", "perhaps", NULL);
    assert_int_equal(s.rc, 2);
}

static void a_filter_on_a_place_that_is_not_there_says_so(void **state)
{
    struct rig_node *n = *state;
    rig_answer(n, "/api/v1/matters", 200, EMPTY);
    rig_answer(n, "/api/v1/board", 200, "{\"rows\":[],\"total\":{\"opened\":0}}");
    rig_run(&s, EN, "list", "--node", n->url, "--area", "suzhou/yongqiao/nowhere", NULL);
    assert_int_equal(s.rc, 3);
    rig_says(s.err, "--area: there is no place suzhou/yongqiao/nowhere at or below suzhou/yongqiao");
    rig_run(&s, ZH, "list", "--node", n->url, "--holder", "suzhou/yongqiao/nowhere", NULL);
    assert_int_equal(s.rc, 3);
    rig_says(s.err, "没有位置 suzhou/yongqiao/nowhere");
    rig_run(&s, EN, "list", "--node", n->url, "--area", "suzhou/yongqiao/tuohe", NULL); /* there, and empty */
    assert_int_equal(s.rc, 0);
    rig_run(&s, EN, "list", "--node", n->url, "--holder", "suzhou", NULL); /* above: this node cannot tell */
    assert_int_equal(s.rc, 0);
    rig_run(&s, EN, "board", "--node", n->url, "--area", "suzhou/yongqiao/nowhere", NULL);
    assert_int_equal(s.rc, 3);
    rig_run(&s, EN, "board", "--node", n->url, "--area", "suzhou/yongqiao/tuohe", NULL);
    assert_int_equal(s.rc, 0);
}

static void a_matter_is_shown_in_the_persons_language(void **state)
{
    struct rig_node *n = *state;
    rig_answer(
        n, "/api/v1/matters/a1", 200,
        MATTER("a1", "积水", "urgent", "hung",
               ",\"deadline\":\"2026-03-03T00:00:00.000Z\",\"ticks\":{\"held\":true},\"history\":[{\"at\":"
               "\"2026-03-01T16:31:00.000Z\",\"type\":\"offered\",\"node\":\"suzhou\",\"by\":\"li\"}]"));
    rig_run(&s, ZH, "show", "a1", "--node", n->url, NULL);
    assert_int_equal(s.rc, 0);
    rig_says(s.out, "挂起");
    rig_says(s.out, "紧急");
    rig_says(s.out, "2026-03-03 08:00+08:00");
    rig_says(s.out, "2026-03-02 00:31:00+08:00  交办");
    rig_says(s.out, "上级已收存");
    rig_run(&s, EN, "show", "a1", "--node", n->url, NULL);
    rig_says(s.out, "hung");
    rig_says(s.out, "held above");
}

static void status_says_since_when_a_link_is_silent(void **state)
{
    struct rig_node *n = *state;
    rig_run(&s, EN, "status", "--node", n->url, NULL);
    assert_int_equal(s.rc, 8);
    rig_says(s.out, "last heard 2026-03-01 16:00:00+08:00");
    rig_says(s.out, "1 + 7");
    rig_run(&s, ZH, "status", "--node", n->url, NULL);
    rig_says(s.out, "断开");
    rig_says(s.out, "最后收到");
    rig_run(&s, ZH, "tree", "--node", n->url, NULL);
    rig_says(s.out, "沱河街道");
    rig_says(s.out, "(断开)");
}

/* L7: at both ends of a link, by how much and since when. */
static void status_says_whose_work_waits_and_that_none_is_lost(void **state)
{
    struct rig_node *n = *state;
    n->answers[0].body = /* of /api/v1/node */
        "{\"path\":\"suzhou/yongqiao\",\"zone\":\"Asia/Shanghai\",\"parent\":{\"path\":\"suzhou\","
        "\"state\":\"live\",\"limited\":{\"why\":\"rate\",\"since\":\"2026-03-01T08:00:00.000Z\","
        "\"rate\":250000,\"waiting\":7000}},\"children\":[{\"path\":\"suzhou/yongqiao/tuohe\","
        "\"state\":\"live\",\"limited\":{\"why\":\"share\",\"since\":\"2026-03-01T09:00:00.000Z\","
        "\"rate\":1000000,\"waiting\":2000}}]}";
    rig_run(&s, EN, "status", "--node", n->url, NULL);
    assert_int_equal(s.rc, 0);
    rig_says(s.out, " this node is over its rate of 250 KB/s since 2026-03-01 16:00:00+08:00: what it sends "
                    "waits (7 KB there), nothing is lost\n");
    rig_says(s.out,
             "  over its share (1000 KB/s) while others wait since 2026-03-01 17:00:00+08:00: what it sends "
             "waits (2 KB here), nothing is lost\n");
    rig_run(&s, ZH, "status", "--node", n->url, NULL);
    rig_says(
        s.out,
        " 本节点超过 250 KB/s 的速率，自 2026-03-01 16:00:00+08:00 起：其余等待（7 KB 在上级），不会丢失\n");
    rig_says(s.out, "  超过份额（1000 KB/s），他人优先，自 2026-03-01 17:00:00+08:00 起：其余等待（2 KB "
                    "在本处），不会丢失\n");
}

static void events_are_a_readable_line_each(void **state)
{
    struct rig_node *n = *state;
    rig_answer(
        n, "/api/v1/stream", 200,
        "event: matter\nid: 7\ndata: {\"id\":\"a1\",\"type\":\"opened\",\"at\":\"2026-03-01T16:30:00.000Z\","
        "\"by\":\"li\",\"node\":\"suzhou\",\"matter\":" MATTER(
            "a1", "积水", "emergency", "open",
            "") "}\n\n"
                "event: node\ndata: {\"type\":\"standing\",\"alarms\":[\"no_room\",\"child_cut\"]}\n\n"
                "event: node\ndata: {\"type\":\"standing\",\"alarms\":[]}\n\n"
                "event: node\ndata: {\"type\":\"link\",\"path\":\"suzhou/dangshan\",\"state\":\"cut\"}\n\n");
    rig_run(&s, ZH, "events", "--node", n->url, NULL);
    assert_int_equal(s.rc, 0);
    rig_says(s.out, "2026-03-02 00:30:00+08:00  立案       a1  积水 (特急)  suzhou li  待分类\n");
    rig_says(s.out, "suzhou/dangshan  断开\n");
    rig_says(s.out, "-  告警： no_room child_cut；处理办法见 `qipan status`\n-  告警：无\n");
    rig_says_not(s.out, "{");
    rig_run(&s, EN, "events", "--node", n->url, "--json", NULL);
    assert_true(strncmp(s.out, "{\"id\":\"a1\",", 11) == 0);
}

static void a_refusal_is_told_in_the_persons_language(void **state)
{
    struct rig_node *n = *state;
    rig_answer(
        n, "/api/v1/matters/a1/close", 403,
        "{\"error\":{\"code\":\"denied\",\"message\":\"web lacks the right `step`; an admin of this node can "
        "give it\"}}");
    rig_run(&s, ZH, "close", "a1", "--result", "x", "--node", n->url, NULL);
    assert_int_equal(s.rc, 5);
    rig_says(s.err, "qipan：web 没有权限 `step`");
    rig_run(&s, EN, "close", "a1", "--result", "x", "--node", n->url, NULL);
    rig_says(s.err, "qipan: web lacks the right `step`");
}

static void a_step_sends_its_fields_and_shows_the_matter(void **state)
{
    struct rig_node *n = *state;
    rig_answer(n, "/api/v1/matters/a1/hang", 200, MATTER("a1", "积水", "routine", "hung", ""));
    rig_run(&s, EN, "hang", "a1", "--reason", "winter", "--until", "2099-01-01T00:00:00Z", "--node", n->url,
            NULL);
    assert_int_equal(s.rc, 0);
    assert_string_equal(
        n->asked[0],
        "POST /api/v1/matters/a1/hang {\"reason\":\"winter\",\"until\":\"2099-01-01T00:00:00Z\"}");
    rig_says(s.out, "a1  2026-03-02 00:30+08:00");
    rig_run(&s, EN, "hang", "a1", "--reason", "winter", "--node", n->url, NULL);
    assert_int_equal(s.rc, 2);
    rig_says(s.err, "hang needs --until");
}

static void the_address_that_was_tried_is_told(void **state)
{
    (void)state;
    rig_run(&s, EN, "list", "--node", "http://127.0.0.1:1", NULL);
    assert_int_equal(s.rc, 6);
    rig_says(s.err, "no node answers at http://127.0.0.1:1: ");
    rig_run(&s, EN, "list", "--node", "http://[::1]:1/some/path", NULL);
    assert_int_equal(s.rc, 6);
    rig_says(s.err, "http://[::1]:1: ");
    rig_run(&s, ZH, "list", "--node", "http://127.0.0.1:1", NULL);
    rig_says(s.err, "不可达");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(times_are_local_and_say_their_zone),
        T(emergencies_come_first_and_say_so),
        T(what_needs_somebody_here_is_asked_of_the_node),
        T(a_filter_on_a_place_that_is_not_there_says_so),
        T(a_matter_is_shown_in_the_persons_language),
        T(status_says_since_when_a_link_is_silent),
        T(status_says_whose_work_waits_and_that_none_is_lost),
        T(events_are_a_readable_line_each),
        T(a_refusal_is_told_in_the_persons_language),
        T(a_step_sends_its_fields_and_shows_the_matter),
        T(the_address_that_was_tried_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
