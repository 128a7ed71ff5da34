/* lead_test.c: clues become a lead as `qipan leads` would join them; at the node whose children brought them; the same after
 * rebuilds, restarts and burned disks. */
#include "node/core/lead.h"
#include "node/insight/lead/lead.h"
#include "node/matter/face.h"
#include "tests/unit/core/leads.h"

enum { CITY, A, B, C, MANY = 240, TOPICS = 40 };
#define DAY (86400 * SECOND)

/* ---- texts ---- */

static const char *const SYLLABLES[] = {
    "城", "东", "采", "石", "场", "夜", "间", "爆", "破", "矿", "车", "河", "道", "倒", "垃", "圾", "桥",
    "洞", "噪", "声", "灯", "坏", "井", "盖", "缺", "失", "水", "管", "漏", "停", "电", "梯", "困", "路",
    "面", "塌", "陷", "油", "烟", "扰", "民", "占", "违", "建", "拆", "墙", "树", "倒", "伏", "犬"};
enum { SYLLABLES_N = sizeof SYLLABLES / sizeof *SYLLABLES };

static uint32_t next(uint32_t *seed)
{
    return (*seed = *seed * 1664525 + 1013904223) >> 8;
}

/* Four words of a topic and two of none. */
static const char *text_of(struct rig *r, uint32_t *seed, uint32_t topic)
{
    char out[400] = "";
    for (int w = 0; w < 6; w++) {
        uint32_t own = w < 4 ? topic * 7919 + next(seed) % 6 : next(seed);
        for (int k = 0; k < 4; k++)
            strcat(out, SYLLABLES[next(&own) % SYLLABLES_N]);
        strcat(out, "，");
    }
    return qp_arena_text(r->arena, out);
}

/* ---- the same as `qipan leads` ---- */

struct run {
    matter m[MANY];
    const char *title[MANY];
    uint8_t lead[MANY][QP_ID_LEN];
};

/* Matters of topics, one a second, compared as they come; `restarts`: the node is stopped and started now and then. */
static void run_node(struct run *x, struct rig *r, bool restarts)
{
    uint32_t seed = 7;
    for (int i = 0; i < MANY; i++) {
        uint32_t topic = next(&seed) % TOPICS;
        x->title[i] = text_of(r, &seed, topic);
        x->m[i] = lead_matter(r, CITY, x->title[i], "hotline");
        if (i % 7 == 0)
            lead_compare_all(r);
        if (restarts && i % 50 == 49) {
            rig_stop(r, CITY);
            rig_start(r, CITY);
        }
    }
    lead_compare_all(r);
    for (int i = 0; i < MANY; i++)
        lead_of(r, CITY, x->m[i], x->lead[i]);
}

static void leads_are_those_that_qipan_leads_finds(void **state)
{
    (void)state;
    struct rig *r = rig_new();
    struct run *x = calloc(1, sizeof *x);
    struct qp_lead_rules rules;
    char got[MANY][QP_LEAD_ID_MAX];
    size_t joined = 0;
    rig_tree(r, 1);
    run_node(x, r, false);
    qp_lead_rules_init(&rules);
    struct qp_leads *l = qp_leads_new(&rules);
    for (int i = 0; i < MANY; i++) {
        struct qp_lead_verdict v;
        char id[27];
        qp_id_text(id, x->m[i].b);
        struct qp_lead_matter m = {.id = id,
                                   .at_us = rig_face(r, CITY, x->m[i])->opened_us,
                                   .title = x->title[i],
                                   .text = rig_face(r, CITY, x->m[i])->text,
                                   .place = "",
                                   .source = "",
                                   .family = ""};
        assert_int_equal(qp_leads_add(l, &m, &v, NULL), 0);
        memcpy(got[i], v.lead, sizeof v.lead);
        joined += v.outcome == QP_LEAD_JOINED;
    }
    for (int i = 0; i < MANY; i++)
        for (int k = 0; k < i; k++)
            assert_int_equal(strcmp(got[i], got[k]) == 0, memcmp(x->lead[i], x->lead[k], QP_ID_LEN) == 0);
    assert_true(joined > MANY / 4 && joined < MANY);
    qp_leads_free(l);
    free(x);
    rig_free(r);
}

static void a_node_that_was_restarted_finds_what_it_would_have(void **state)
{
    (void)state;
    struct rig *one = rig_new(), *other = rig_new();
    struct run *x = calloc(2, sizeof *x);
    rig_tree(one, 1);
    rig_tree(other, 1);
    run_node(&x[0], one, false);
    run_node(&x[1], other, true);
    for (int i = 0; i < MANY; i++)
        for (int k = 0; k < i; k++)
            assert_int_equal(memcmp(x[0].lead[i], x[0].lead[k], QP_ID_LEN) == 0,
                             memcmp(x[1].lead[i], x[1].lead[k], QP_ID_LEN) == 0);
    rig_tick(other, CITY);
    struct tables was = rig_tables(other, CITY);
    rig_rebuild(other, CITY);
    struct tables is = rig_tables(other, CITY);
    rig_same_tables(&was, &is, T(PEER) | T(QUEUE) | T(RECEIPT) | T(HELD) | T(DEPTH));
    free(x);
    rig_free(one);
    rig_free(other);
}

/* ---- over the nodes below ---- */

static void clues_of_three_children_are_a_lead_at_their_parent(void **state)
{
    (void)state;
    matter m[3];
    struct rig *r = lead_with_a_quarry(m);
    struct leads l = leads_of(r, CITY, 0);
    assert_int_equal(l.n, 1);
    assert_int_equal(l.v[0].joined, 3);
    assert_string_equal(l.v[0].area, "city");
    assert_string_equal(l.v[0].place, "city");
    assert_int_equal(l.v[0].state, QP_LEAD_IS_JOINED);
    for (int i = A; i <= C; i++)
        assert_int_equal(leads_of(r, i, 0).n, 0); /* what is at his neighbour's is not his to see */
    rig_free(r);
}

static void clues_of_one_child_are_its_lead_and_its_parent_says_no_second(void **state)
{
    (void)state;
    struct rig *r = rig_new();
    rig_tree(r, 3);
    lead_matter(r, B, LEAD_QUARRY, "hotline");
    lead_matter(r, B, LEAD_QUARRY, "police");
    lead_compare_all(r);
    for (int i = CITY; i <= B; i++) {
        struct leads l = leads_of(r, i, 0);
        assert_int_equal(l.n, 1);
        assert_string_equal(l.v[0].area, "city/a/b");
    }
    rig_free(r);
}

/* What words say is each node's own count: a child that knows few matters finds less alike what its parent, who knows many more
 * without those words, brings together. The parent alone can say it then; and says no second one when the child has found it. */
static void what_only_the_superior_finds_is_said_by_it(void **state)
{
    (void)state;
    struct rig *r = rig_new();
    uint32_t seed = 5;
    rig_tree(r, 1);
    assert_int_equal(rig_join(r, CITY, "a"), A);
    assert_int_equal(rig_join(r, CITY, "b"), B);
    rig_settle(r);
    for (uint32_t i = 0; i < 200; i++)
        lead_matter(r, B, text_of(r, &seed, 1000 + i), "desk");
    lead_compare_all(r);
    size_t before = leads_of(r, CITY, 0).n, alone = leads_of(r, A, 0).n;
    lead_matter(r, A, "青龙山采石场夜里放炮楼房震", "hotline");
    lead_matter(r, A, "青龙山采石场货车扬尘道路泥", "police");
    lead_compare_all(r);
    assert_int_equal(leads_of(r, A, 0).n, alone); /* the child has not found it */
    struct leads l = leads_of(r, CITY, 0);
    assert_int_equal(l.n, before + 1);
    assert_string_equal(l.v[0].area, "city");
    assert_string_equal(l.v[0].place, "city/a");
    lead_matter(r, A, "金鼎花园电梯停运困人求助", "hotline"); /* as the one and the other platform have it */
    lead_matter(r, A, "金鼎花园电梯停运困人求助", "police");
    lead_compare_all(r);
    assert_int_equal(leads_of(r, A, 0).n, alone + 1);
    l = leads_of(r, CITY, 0);
    size_t of_a = 0;
    for (size_t i = 0; i < l.n; i++)
        of_a += strcmp(l.v[i].place, "city/a") == 0;
    assert_int_equal(of_a, 2);
    rig_free(r);
}

/* Half a year on, the quarry's lead has been idle for too long; and that is so whether the node was stopped in between or not. */
static void what_is_too_old_is_let_go_before_it_is_compared_with(void **state)
{
    (void)state;
    for (int restarted = 0; restarted < 2; restarted++) {
        matter m[3];
        uint8_t first[QP_ID_LEN], later[QP_ID_LEN];
        struct rig *r = lead_with_a_quarry(m);
        lead_of(r, CITY, m[0], first);
        r->now_us += 200 * DAY;
        if (restarted) {
            rig_stop(r, CITY);
            rig_start(r, CITY);
            rig_settle(r);
        }
        matter x = lead_matter(r, CITY, LEAD_QUARRY, "hotline");
        lead_compare_all(r);
        lead_of(r, CITY, x, later);
        assert_memory_not_equal(first, later, QP_ID_LEN);
        assert_int_equal(leads_of(r, CITY, 0).n, 1);
        rig_free(r);
    }
}

/* What is said to happen in twenty years, and to have been opened then too, is idle after half a year as well. */
static void a_matter_of_a_day_that_has_not_been_grows_old_too(void **state)
{
    (void)state;
    for (int way = 0; way < 4; way++) {
        bool restarted = way & 1, opened = way & 2;
        struct rig *r = rig_new();
        rig_tree(r, 1);
        Qp__Event *ev = rig_opened(r, LEAD_QUARRY, QP_ROUTINE);
        ev->opened->face->source = qp_arena_text(r->arena, "hotline");
        ev->opened->face->occurred_us = r->now_us + 7300 * DAY;
        int64_t right_us = r->now_us;
        if (opened)
            r->now_us += 7300 * DAY; /* a clock of a child; it is compared by a right one */
        rig_ok(rig_try(r, CITY, ev));
        r->now_us = right_us;
        lead_matter(r, CITY, "路灯不亮", "desk");
        lead_compare_all(r);
        r->now_us += 200 * DAY;
        if (restarted) {
            rig_stop(r, CITY);
            rig_start(r, CITY);
            rig_settle(r);
        }
        lead_matter(r, CITY, LEAD_QUARRY, "police");
        lead_compare_all(r);
        assert_int_equal(leads_of(r, CITY, 0).n, 0);
        rig_free(r);
    }
}

/* A clock that was ahead for a while has let go what is not too old: it is compared with again when the clock is right. */
static void a_clock_that_was_ahead_forgets_no_lead(void **state)
{
    (void)state;
    matter m[3];
    uint8_t first[QP_ID_LEN], later[QP_ID_LEN];
    struct rig *r = lead_with_a_quarry(m);
    int64_t right_us = r->now_us;
    lead_of(r, CITY, m[0], first);
    r->now_us += 400 * DAY;
    lead_matter(r, CITY, "古树倒伏压断电线", "hotline");
    lead_compare_all(r);
    r->now_us = right_us;
    matter x = lead_matter(r, CITY, LEAD_QUARRY, "hotline");
    lead_compare_all(r);
    lead_of(r, CITY, x, later);
    assert_memory_equal(first, later, QP_ID_LEN);
    rig_free(r);
}

static void leads_are_the_same_after_rebuilds_and_a_burned_disk(void **state)
{
    (void)state;
    matter m[3];
    struct rig *r = lead_with_a_quarry(m);
    struct leads was = leads_of(r, CITY, 0), none;
    rig_ok(lead_say(r, CITY, was.v[0].id, QP_LEAD_SPLIT, &m[1], "another quarry"));
    rig_ok(lead_say(r, CITY, was.v[0].id, QP_LEAD_CONFIRM, NULL, "seen there"));
    rig_settle(r);
    for (int i = CITY; i <= C; i++) {
        rig_tick(r, i);
        struct tables before = rig_tables(r, i);
        rig_rebuild(r, i);
        struct tables after = rig_tables(r, i);
        rig_same_tables(&before, &after, T(PEER) | T(QUEUE) | T(RECEIPT) | T(HELD) | T(DEPTH));
    }
    rig_free(r);
    r = rig_new();
    rig_tree(r, 3);
    lead_matter(r, A, LEAD_QUARRY, "hotline");
    lead_matter(r, A, LEAD_QUARRY, "police");
    matter third = lead_matter(r, A, LEAD_QUARRY, "grid");
    lead_compare_all(r);
    was = leads_of(r, A, 0);
    assert_int_equal(was.n, 1);
    rig_ok(lead_say(r, A, was.v[0].id, QP_LEAD_SPLIT, &third, "no"));
    rig_ok(lead_say(r, A, was.v[0].id, QP_LEAD_CONFIRM, NULL, "yes"));
    rig_settle(r);
    struct tables before = rig_tables(r, A);
    rig_burn(r, A);
    rig_rejoin(r, A);
    lead_compare_all(r);
    struct tables after = rig_tables(r, A);
    assert_memory_equal(&before.h[QP_T_LEAD], &after.h[QP_T_LEAD], sizeof before.h[0]);
    none = leads_of(r, A, QP_LEAD_IS_CONFIRMED);
    assert_int_equal(none.n, 1);
    assert_int_equal(none.v[0].joined, 2);
    rig_free(r);
}

/* Swapped axes of a child's own code: its word is taken by the bounds of proto/rules.c, and nobody compares by such a place. */
static void a_position_that_is_not_on_the_earth_ends_no_node(void **state)
{
    (void)state;
    static const double degrees[][2] = {{116.97, 33.63}, {-91, 0}, {0, 180.5}, {360, -360}};
    struct rig *r = rig_new();
    matter m[5];
    rig_tree(r, 1);
    assert_int_equal(rig_join(r, CITY, "a"), A);
    rig_settle(r);
    for (int i = 0; i < 5; i++) {
        Qp__Event *ev = rig_opened(r, LEAD_QUARRY, QP_ROUTINE);
        Qp__Location *l = qp_arena_take(r->arena, sizeof *l);
        qp__location__init(l);
        if (i < 4) {
            l->lat = degrees[i][0];
            l->lon = degrees[i][1];
            ev->opened->face->location = l;
        }
        struct qp_reply reply = rig_try(r, A, ev);
        rig_ok(reply);
        memcpy(m[i].b, reply.matter, QP_ID_LEN);
        r->now_us += SECOND;
    }
    lead_compare_all(r); /* each turn of both succeeds */
    rig_stop(r, CITY);
    rig_start(r, CITY);
    lead_matter(r, A, LEAD_QUARRY, "hotline");
    lead_compare_all(r);
    uint8_t first[QP_ID_LEN], id[QP_ID_LEN];
    lead_of(r, CITY, m[0], first);
    for (int i = 1; i < 5; i++) {
        lead_of(r, CITY, m[i], id);
        assert_memory_equal(id, first, QP_ID_LEN); /* by their words they are one thing */
    }
    rig_free(r);
}

/* A snapshot of a child's own code, whose area is a name that no path has room for; one of its members is known to nobody. */
static void an_area_that_is_no_path_ends_no_node(void **state)
{
    (void)state;
    struct rig *r = rig_new();
    char area[QP_PATH_BYTES + 1];
    uint8_t nobody[QP_ID_LEN];
    rig_tree(r, 2);
    rig_settle(r);
    matter m = rig_open(r, A, LEAD_QUARRY);
    rig_carry_lane(r, A, CITY, QP_LANE_BULK, 1);
    memset(area, 'x', sizeof area);
    memcpy(area, "city/", 5);
    area[QP_PATH_BYTES] = '\0';
    memset(nobody, 9, sizeof nobody);
    Qp__Event *ev = rig_event(r, A, QP__EVENT__BODY_SORTED, &m);
    Qp__Face *f = (Qp__Face *)qp_clone(&rig_face(r, A, m)->base, r->arena);
    ProtobufCBinaryData members[] = {f->members[0], {QP_ID_LEN, nobody}};
    f->n_members = 2;
    f->members = members;
    f->version = ev->version = 3;
    ev->custody = 1;
    f->updated_us = ev->at_us;
    f->urgency = ev->sorted->urgency = QP_URGENT;
    f->state = QP_SORTED;
    f->area = area;
    ev->sorted->category = f->category;
    ev->sorted->face = f;
    struct forged x = rig_forged(r, A, QP_SCOPE_HORIZON, NULL, QP_LANE_URGENT);
    rig_add(&x, ev);
    assert_int_equal(rig_hand(r, A, CITY, QP_LANE_URGENT, rig_seal(r, &x, NULL)), 0);
    assert_string_equal(rig_face(r, CITY, m)->area, "city/a"); /* nobody's place: it is not taken (E7) */
    char branch[QP_PATH_MAX];
    qp_lead_branch(r->nodes[CITY].core, area, branch);
    assert_string_equal(branch, "city");
    lead_matter(r, CITY, LEAD_QUARRY, "hotline");
    lead_compare_all(r);
    rig_stop(r, CITY);
    rig_start(r, CITY);
    lead_matter(r, CITY, LEAD_QUARRY, "police");
    lead_compare_all(r);
    rig_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leads_are_those_that_qipan_leads_finds),
        cmocka_unit_test(a_node_that_was_restarted_finds_what_it_would_have),
        cmocka_unit_test(clues_of_three_children_are_a_lead_at_their_parent),
        cmocka_unit_test(clues_of_one_child_are_its_lead_and_its_parent_says_no_second),
        cmocka_unit_test(what_only_the_superior_finds_is_said_by_it),
        cmocka_unit_test(what_is_too_old_is_let_go_before_it_is_compared_with),
        cmocka_unit_test(a_matter_of_a_day_that_has_not_been_grows_old_too),
        cmocka_unit_test(a_clock_that_was_ahead_forgets_no_lead),
        cmocka_unit_test(leads_are_the_same_after_rebuilds_and_a_burned_disk),
        cmocka_unit_test(a_position_that_is_not_on_the_earth_ends_no_node),
        cmocka_unit_test(an_area_that_is_no_path_ends_no_node),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
