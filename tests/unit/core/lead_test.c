/* lead_test.c: clues become a lead as `qipan leads` would join them; at the node whose children brought them; the same after
 * rebuilds, restarts and burned disks; what people did is taken back to the same bytes. */
#include "node/core/lead.h"
#include "node/insight/lead/lead.h"
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

/* ---- looking ---- */

struct lead {
    uint8_t id[QP_ID_LEN];
    char area[64], place[64];
    enum qp_lead_state state;
    unsigned joined, proposed;
};
struct list {
    struct lead v[64];
    size_t n;
};

static int list_add(void *arg, const Qp__LeadRow *row)
{
    struct list *l = arg;
    assert_true(l->n < 64);
    struct lead *x = &l->v[l->n++];
    memcpy(x->id, row->lead.data, QP_ID_LEN);
    snprintf(x->area, sizeof x->area, "%s", row->area);
    snprintf(x->place, sizeof x->place, "%s", row->place);
    x->state = qp_lead_state_of(row);
    x->joined = row->joined;
    x->proposed = row->proposed;
    return 0;
}

static struct list list_of(struct rig *r, int i, int state)
{
    struct list l = {.n = 0};
    struct qp_lead_query q = {.state = state, .limit = 500};
    struct qp_read read;
    struct qp_arena *a = qp_arena_new(1 << 24);
    uint8_t last[QP_ID_LEN];
    bool more;
    assert_int_equal(qp_read_begin(r->nodes[i].store, &read, NULL), 0);
    assert_int_equal(qp_leads_list(&read, &q, list_add, &l, last, &more, a, NULL), 0);
    qp_read_end(&read);
    qp_arena_free(a);
    return l;
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

/* A city with three children; each brings a clue of one quarry, over another platform; and something else. */
static struct rig *with_a_quarry(matter m[3])
{
    static const char *const sources[] = {"hotline", "police", "grid"};
    static const char *const titles[] = {LEAD_QUARRY, "青龙山采石场夜间爆破偷采，货车运石不断",
                                         "夜间青龙山采石场偷采爆破运石货车不断"};
    struct rig *r = rig_new();
    rig_tree(r, 1);
    for (int i = 0; i < 3; i++) {
        char label[] = {(char)('a' + i), 0};
        assert_int_equal(rig_join(r, CITY, label), A + i);
    }
    rig_settle(r);
    for (int i = 0; i < 3; i++) {
        lead_matter(r, A + i, i == 0 ? "路灯不亮" : i == 1 ? "井盖缺失影响通行" : "楼上漏水无人处理", "desk");
        m[i] = lead_matter(r, A + i, titles[i], sources[i]);
    }
    lead_compare_all(r);
    return r;
}

static void clues_of_three_children_are_a_lead_at_their_parent(void **state)
{
    (void)state;
    matter m[3];
    struct rig *r = with_a_quarry(m);
    struct list l = list_of(r, CITY, 0);
    assert_int_equal(l.n, 1);
    assert_int_equal(l.v[0].joined, 3);
    assert_string_equal(l.v[0].area, "city");
    assert_string_equal(l.v[0].place, "city");
    assert_int_equal(l.v[0].state, QP_LEAD_IS_JOINED);
    for (int i = A; i <= C; i++)
        assert_int_equal(list_of(r, i, 0).n, 0); /* what is at his neighbour's is not his to see */
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
        struct list l = list_of(r, i, 0);
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
    size_t before = list_of(r, CITY, 0).n, alone = list_of(r, A, 0).n;
    lead_matter(r, A, "青龙山采石场夜里放炮楼房震", "hotline");
    lead_matter(r, A, "青龙山采石场货车扬尘道路泥", "police");
    lead_compare_all(r);
    assert_int_equal(list_of(r, A, 0).n, alone); /* the child has not found it */
    struct list l = list_of(r, CITY, 0);
    assert_int_equal(l.n, before + 1);
    assert_string_equal(l.v[0].area, "city");
    assert_string_equal(l.v[0].place, "city/a");
    lead_matter(r, A, "金鼎花园电梯停运困人求助", "hotline"); /* as the one and the other platform have it */
    lead_matter(r, A, "金鼎花园电梯停运困人求助", "police");
    lead_compare_all(r);
    assert_int_equal(list_of(r, A, 0).n, alone + 1);
    l = list_of(r, CITY, 0);
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
        struct rig *r = with_a_quarry(m);
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
        assert_int_equal(list_of(r, CITY, 0).n, 1);
        rig_free(r);
    }
}

/* A clock that was ahead for a while has let go what is not too old: it is compared with again when the clock is right. */
static void a_clock_that_was_ahead_forgets_no_lead(void **state)
{
    (void)state;
    matter m[3];
    uint8_t first[QP_ID_LEN], later[QP_ID_LEN];
    struct rig *r = with_a_quarry(m);
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
    struct rig *r = with_a_quarry(m);
    struct list was = list_of(r, CITY, 0), none;
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
    was = list_of(r, A, 0);
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
    none = list_of(r, A, QP_LEAD_IS_CONFIRMED);
    assert_int_equal(none.n, 1);
    assert_int_equal(none.v[0].joined, 2);
    rig_free(r);
}

/* ---- people ---- */

static bool same_leads(struct rig *r, int i, const struct tables *was)
{
    struct tables is = rig_tables(r, i);
    return memcmp(&was->h[QP_T_LEAD], &is.h[QP_T_LEAD], sizeof is.h[0]) == 0;
}

static void what_people_did_is_taken_back_to_the_same_bytes(void **state)
{
    (void)state;
    matter m[3];
    struct rig *r = with_a_quarry(m);
    struct list l = list_of(r, CITY, 0);
    const uint8_t *id = l.v[0].id;
    matter other = lead_matter(r, CITY, "电梯困人求助", "desk");
    lead_compare_all(r);
    struct tables was = rig_tables(r, CITY);
    for (int i = 0; i < 3; i++) { /* the first one too: the lead's id stays */
        rig_ok(lead_say(r, CITY, id, QP_LEAD_SPLIT, &m[i], "it is not"));
        assert_int_equal(list_of(r, CITY, 0).v[0].joined, 2);
        assert_false(same_leads(r, CITY, &was));
        rig_ok(lead_say(r, CITY, id, QP_LEAD_UNDO, &m[i], ""));
        assert_true(same_leads(r, CITY, &was));
    }
    rig_ok(lead_say(r, CITY, id, QP_LEAD_JOIN, &other, "it is"));
    assert_int_equal(list_of(r, CITY, 0).v[0].joined, 4);
    rig_code(lead_say(r, CITY, id, QP_LEAD_JOIN, &other, ""), QP_ESTEP);
    rig_ok(lead_say(r, CITY, id, QP_LEAD_UNDO, &other, ""));
    assert_true(same_leads(r, CITY, &was));
    rig_code(lead_say(r, CITY, id, QP_LEAD_UNDO, &other, ""), QP_ESTEP);
    rig_code(lead_say(r, CITY, id, QP_LEAD_SPLIT, &other, ""), QP_ESTEP);
    rig_ok(lead_say(r, CITY, id, QP_LEAD_CONFIRM, NULL, "seen"));
    rig_code(lead_say(r, CITY, id, QP_LEAD_CONFIRM, NULL, "seen"), QP_ESTEP);
    rig_ok(lead_say(r, CITY, id, QP_LEAD_UNDO, NULL, ""));
    rig_code(lead_say(r, CITY, id, QP_LEAD_DISMISS, NULL, ""), QP_EINVAL);
    rig_ok(lead_say(r, CITY, id, QP_LEAD_DISMISS, NULL, "nothing"));
    assert_int_equal(list_of(r, CITY, QP_LEAD_IS_DISMISSED).n, 1);
    rig_ok(lead_say(r, CITY, id, QP_LEAD_UNDO, NULL, ""));
    assert_true(same_leads(r, CITY, &was));
    rig_code(lead_say(r, CITY, id, QP_LEAD_UNDO, NULL, ""), QP_ESTEP);
    rig_code(lead_say(r, A, id, QP_LEAD_CONFIRM, NULL, ""), QP_ENOTFOUND);
    rig_free(r);
}

static void what_was_split_stays_out_and_a_dismissed_lead_takes_nothing_in(void **state)
{
    (void)state;
    matter m[3];
    for (int restart = 0; restart < 2; restart++) {
        struct rig *r = with_a_quarry(m);
        struct list l = list_of(r, CITY, 0);
        uint8_t at[QP_ID_LEN];
        rig_ok(lead_say(r, CITY, l.v[0].id, QP_LEAD_DISMISS, NULL, "known and licensed"));
        if (restart) {
            rig_stop(r, CITY);
            rig_start(r, CITY);
        }
        matter fourth = lead_matter(r, A, LEAD_QUARRY, "app");
        lead_compare_all(r);
        lead_of(r, CITY, fourth, at);
        assert_memory_not_equal(at, l.v[0].id, QP_ID_LEN);
        rig_ok(lead_say(r, CITY, l.v[0].id, QP_LEAD_UNDO, NULL, ""));
        rig_ok(lead_say(r, CITY, l.v[0].id, QP_LEAD_SPLIT, &m[2], "another"));
        if (restart) {
            rig_stop(r, CITY);
            rig_start(r, CITY);
        }
        matter fifth = lead_matter(r, B, rig_face(r, CITY, m[2])->title, "app");
        lead_compare_all(r);
        uint8_t apart[QP_ID_LEN], in[QP_ID_LEN];
        lead_of(r, CITY, m[2], apart);
        lead_of(r, CITY, fifth, in);
        assert_memory_not_equal(apart, l.v[0].id, QP_ID_LEN);
        assert_memory_equal(apart, in, QP_ID_LEN); /* the nearest one is the one that was taken out */
        rig_free(r);
    }
}

static void one_matter_is_made_of_it(void **state)
{
    (void)state;
    matter m[3], made;
    struct rig *r = with_a_quarry(m);
    Qp__Event *sorted = rig_draft(r, QP__EVENT__BODY_SORTED, &m[2]);
    sorted->sorted->urgency = QP_URGENT;
    rig_ok(rig_try(r, C, sorted));
    rig_settle(r);
    struct list l = list_of(r, CITY, 0);
    struct qp_reply first = lead_say(r, CITY, l.v[0].id, QP_LEAD_MATTER, NULL, "");
    rig_ok(first);
    assert_true(first.created);
    struct qp_reply again = lead_say(r, CITY, l.v[0].id, QP_LEAD_MATTER, NULL, "");
    rig_ok(again);
    assert_false(again.created);
    assert_memory_equal(again.matter, first.matter, QP_ID_LEN);
    memcpy(made.b, first.matter, QP_ID_LEN);
    const Qp__Face *f = rig_face(r, CITY, made);
    assert_non_null(strstr(f->title, "青龙山"));
    char id[27];
    qp_id_text(id, m[1].b);
    assert_non_null(
        strstr(f->text, id)); /* by their ids: who may read the one need not be one who may read the others */
    assert_null(strstr(f->text, "police"));
    assert_null(strstr(f->text, "青龙山"));
    assert_int_equal(f->urgency, QP_URGENT);
    rig_code(lead_say(r, CITY, l.v[0].id, QP_LEAD_UNDO, NULL, ""), QP_ESTEP);
    rig_free(r);
}

static void the_word_that_names_its_matter_outlives_all_others(void **state)
{
    (void)state;
    matter m[3];
    struct rig *r = with_a_quarry(m);
    struct list l = list_of(r, CITY, 0);
    struct qp_reply first = lead_say(r, CITY, l.v[0].id, QP_LEAD_MATTER, NULL, "");
    rig_ok(first);
    for (int i = 0; i < 2 * QP_LEAD_WORDS; i++)
        rig_ok(lead_say(r, CITY, l.v[0].id, i % 2 ? QP_LEAD_CONFIRM : QP_LEAD_DISMISS, NULL, "seen again"));
    struct qp_reply again = lead_say(r, CITY, l.v[0].id, QP_LEAD_MATTER, NULL, "");
    rig_ok(again);
    assert_false(again.created);
    assert_memory_equal(again.matter, first.matter, QP_ID_LEN);
    rig_free(r);
}

/* ---- never about a person ---- */

static void a_person_is_no_key(void **state)
{
    (void)state;
    struct rig *r = rig_new();
    rig_tree(r, 1);
    lead_matter(r, CITY, "联系人王小明，电话13855501234", "hotline");
    lead_matter(r, CITY, "我叫王小明 138-5550-1234 路灯不亮", "hotline");
    lead_matter(r, CITY, "井盖缺失，手机 13855501234，微信 wang_xm1234", "grid");
    lead_compare_all(r);
    assert_int_equal(list_of(r, CITY, 0).n, 0);
    rig_free(r);
}

static void nobody_speaks_of_leads_that_are_not_his(void **state)
{
    (void)state;
    matter m[3];
    struct rig *r = with_a_quarry(m);
    struct list l = list_of(r, CITY, 0);
    struct tables was = rig_tables(r, CITY);
    struct forged f = rig_forged(r, A, QP_SCOPE_HORIZON, NULL, QP_LANE_URGENT);
    Qp__Event *ev = rig_event(r, A, QP__EVENT__BODY_LEAD_FOUND, NULL);
    uint8_t own[QP_ID_LEN];
    ev->lead_found->lead = (ProtobufCBinaryData){QP_ID_LEN, l.v[0].id};
    ev->lead_found->matter = (ProtobufCBinaryData){QP_ID_LEN, m[0].b};
    ev->lead_found->nearest = (ProtobufCBinaryData){QP_ID_LEN, m[1].b};
    ev->lead_found->first = ev->lead_found->nearest;
    ev->lead_found->place = qp_arena_text(r->arena, "city/a");
    rig_add(&f, ev); /* under the city's id */
    ev = rig_event(r, A, QP__EVENT__BODY_LEAD_FOUND, NULL);
    qp_lead_id(own, r->nodes[A].id, m[1].b);
    ev->lead_found->lead = (ProtobufCBinaryData){QP_ID_LEN, own};
    ev->lead_found->matter = (ProtobufCBinaryData){QP_ID_LEN, m[0].b};
    ev->lead_found->nearest = (ProtobufCBinaryData){QP_ID_LEN, m[1].b};
    ev->lead_found->first = ev->lead_found->nearest;
    ev->lead_found->place = qp_arena_text(r->arena, "city");
    rig_add(&f, ev); /* of a place that is not its own */
    ev = rig_event(r, A, QP__EVENT__BODY_LEAD_SAID, NULL);
    ev->lead_said->lead = (ProtobufCBinaryData){QP_ID_LEN, l.v[0].id};
    ev->lead_said->verb = QP_LEAD_DISMISS;
    rig_add(&f, ev);
    assert_int_equal(rig_hand(r, A, CITY, QP_LANE_URGENT, rig_seal(r, &f, NULL)), 0);
    assert_true(same_leads(r, CITY, &was));
    rig_free(r);
}

/* CU4: a child that says of its sister's matter that it belongs to a lead of its own moves it in no lead of the city's. */
static void nobody_moves_a_matter_that_is_not_his(void **state)
{
    (void)state;
    matter m[3];
    uint8_t own[QP_ID_LEN], where[QP_ID_LEN], city[QP_ID_LEN];
    struct rig *r = with_a_quarry(m);
    matter x = lead_matter(r, B, "电梯困人求助", "desk");
    lead_compare_all(r);
    struct forged f = rig_forged(r, A, QP_SCOPE_HORIZON, NULL, QP_LANE_URGENT);
    Qp__Event *ev = rig_event(r, A, QP__EVENT__BODY_LEAD_SAID, NULL);
    qp_lead_id(own, r->nodes[A].id, m[0].b);
    ev->by = qp_arena_text(r->arena, "somebody");
    ev->lead_said->lead = (ProtobufCBinaryData){QP_ID_LEN, own};
    ev->lead_said->verb = QP_LEAD_JOIN;
    ev->lead_said->matter = (ProtobufCBinaryData){QP_ID_LEN, x.b};
    ev->lead_said->into = (ProtobufCBinaryData){QP_ID_LEN, m[0].b};
    ev->lead_said->place = qp_arena_text(r->arena, "city/a");
    rig_add(&f, ev);
    assert_int_equal(rig_hand(r, A, CITY, QP_LANE_URGENT, rig_seal(r, &f, NULL)), 0);
    lead_compare_all(r);
    lead_of(r, CITY, m[0], city);
    lead_of(r, CITY, x, where);
    assert_memory_not_equal(city, where, QP_ID_LEN);
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
        cmocka_unit_test(a_clock_that_was_ahead_forgets_no_lead),
        cmocka_unit_test(leads_are_the_same_after_rebuilds_and_a_burned_disk),
        cmocka_unit_test(what_people_did_is_taken_back_to_the_same_bytes),
        cmocka_unit_test(what_was_split_stays_out_and_a_dismissed_lead_takes_nothing_in),
        cmocka_unit_test(one_matter_is_made_of_it),
        cmocka_unit_test(the_word_that_names_its_matter_outlives_all_others),
        cmocka_unit_test(a_person_is_no_key),
        cmocka_unit_test(nobody_speaks_of_leads_that_are_not_his),
        cmocka_unit_test(nobody_moves_a_matter_that_is_not_his),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
