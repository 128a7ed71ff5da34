/* grids_test.c: grids between nodes (GR1, RE1, RE2): known above, nobody's but their node's, ordered from above and made
 * their owner's own; the same after a rebuild and in the next incarnation; which is where, across turns. */
#include <stdio.h>

#include "node/core/ground.h"
#include "tests/unit/core/rig.h"
#include "topology/geo/pack.h"

enum { CITY, A, B };
static const struct qp_resource *const GRIDS = &qp_resources[QP_RESOURCE_GRID];

/* A square of 0.01 degrees from this corner. */
static ProtobufCBinaryData square(struct rig *r, double lat, double lon)
{
    int32_t y = (int32_t)(lat * QP_GEO_DEGREE), x = (int32_t)(lon * QP_GEO_DEGREE), s = QP_GEO_DEGREE / 100;
    struct qp_geo_point v[5] = {{y, x}, {y, x + s}, {y + s, x + s}, {y + s, x}, {y, x}};
    struct qp_geo_ring ring = {0, 5, false};
    struct qp_geo_shape shape = {v, 5, &ring, 1, qp_geo_box_of(v, 5)};
    ProtobufCBinaryData bytes;
    assert_int_equal(qp_geo_pack(&bytes, &shape, r->arena, NULL), 0);
    return bytes;
}

static Qp__GridMade *grid(struct rig *r, const char *code, const char *title, double lat)
{
    Qp__GridMade *g = qp_arena_take(r->arena, sizeof *g);
    qp__grid_made__init(g);
    g->code = qp_arena_text(r->arena, code);
    g->title = qp_arena_text(r->arena, title);
    if (lat != 0)
        g->boundary = square(r, lat, 117);
    return g;
}

static struct qp_reply make(struct rig *r, int i, Qp__GridMade *g)
{
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_GRID_MADE, NULL);
    ev->grid_made = g;
    struct qp_command c = {.op = QP_OP_RESOURCE, .draft = ev, .if_version = -1};
    return rig_command(r, i, &c);
}

static struct qp_reply change(struct rig *r, int i, Qp__GridMade *g, int64_t version)
{
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_GRID_MADE, NULL);
    ev->grid_made = g;
    struct qp_command c = {.op = QP_OP_RESOURCE, .draft = ev, .if_version = version};
    return rig_command(r, i, &c);
}

static struct qp_reply order(struct rig *r, int i, int to, Qp__GridMade *g)
{
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_GRID_ORDERED, NULL);
    ev->grid_ordered->node = (ProtobufCBinaryData){QP_ID_LEN, r->nodes[to].id};
    ev->grid_ordered->grid = g;
    struct qp_command c = {.op = QP_OP_GROUND, .draft = ev, .if_version = -1};
    return rig_command(r, i, &c);
}

/* As node i knows the grid of node `of`; its title, "" where it stands no more or never did. */
static const char *title_at(struct rig *r, int i, int of, const char *code, uint64_t *version)
{
    struct qp_read read;
    struct qp_resource_row row = {.version = 0};
    assert_int_equal(qp_read_begin(r->nodes[i].store, &read, &r->e), 0);
    int rc = i == of ? qp_resource_read(&read, GRIDS, code, r->arena, &row)
                     : qp_resource_read_of(&read, GRIDS, r->nodes[of].id, code, r->arena, &row);
    qp_read_end(&read);
    *version = !rc ? row.version : 0;
    return !rc && !row.ended_us ? ((const Qp__GridMade *)row.made)->title : "";
}

static void expect(struct rig *r, int i, int of, const char *code, uint64_t version, const char *title)
{
    uint64_t at;
    assert_string_equal(title_at(r, i, of, code, &at), title);
    assert_int_equal(at, version);
}

/* "NODE CODE" of the grid at a position as node i knows it; "" in none. */
static const char *at(struct rig *r, int i, double lat, double lon)
{
    struct qp_read read;
    struct qp_geo_index *x;
    struct qp_geo_seeker *s;
    const struct qp_geo_grid *g = NULL;
    struct qp_geo_point p;
    char text[QP_PATH_MAX + QP_NAME_BYTES + 2] = "";
    assert_true(qp_geo_point_of(&p, QP_CRS_WGS84, lat, lon));
    assert_int_equal(qp_read_begin(r->nodes[i].store, &read, &r->e), 0);
    assert_int_equal(qp_core_grids(r->nodes[i].core, &read, &x, &r->e), 0);
    qp_read_end(&read);
    if (!x)
        return "";
    assert_int_equal(qp_geo_seeker_open(&s, &r->e), 0);
    assert_int_equal(qp_geo_locate(&g, s, x, p, &r->e), 0);
    if (g)
        snprintf(text, sizeof text, "%s %s", g->node, g->code);
    qp_geo_seeker_close(s);
    qp_geo_index_free(x);
    return qp_arena_text(r->arena, text);
}

static void a_grid_is_known_to_every_superior_and_to_nobody_else(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    int side = rig_join(r, CITY, "side");
    rig_settle(r);
    rig_ok(make(r, B, grid(r, "g1", "one", 33)));
    rig_settle(r);
    expect(r, B, B, "g1", 1, "one");
    expect(r, A, B, "g1", 1, "one");
    expect(r, CITY, B, "g1", 1, "one");
    expect(r, side, B, "g1", 0, "");
    rig_ok(change(r, B, grid(r, "g1", "two", 33), 1));
    rig_settle(r);
    expect(r, CITY, B, "g1", 2, "two");
}

static void which_is_where_follows_every_change(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    assert_string_equal(at(r, CITY, 33.005, 117.005), "");
    rig_ok(make(r, B, grid(r, "g1", "one", 33)));
    rig_ok(make(r, A, grid(r, "g0", "beside", 33.01)));
    rig_settle(r);
    assert_string_equal(at(r, CITY, 33.005, 117.005), "city/a/b g1");
    assert_string_equal(at(r, CITY, 33.01, 117.005), "city/a g0"); /* the edge of both: the lower code */
    assert_string_equal(at(r, B, 33.015, 117.005), "");            /* its superior's is not its own */
    rig_ok(change(r, B, grid(r, "g1", "moved", 40), 1));
    rig_settle(r);
    assert_string_equal(at(r, CITY, 33.005, 117.005), "");
    assert_string_equal(at(r, CITY, 40.005, 117.005), "city/a/b g1");
}

/* RE2: whatever a node says is of its own place; under its parent's or a sibling's nobody finds it. */
static void nobody_makes_a_grid_of_another_node(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    int side = rig_join(r, CITY, "side");
    rig_settle(r);
    rig_ok(make(r, B, grid(r, "g1", "true", 33)));
    rig_settle(r);
    struct forged f = rig_forged(r, side, QP_SCOPE_HORIZON, NULL, QP_LANE_BULK);
    Qp__Event *ev = rig_event(r, side, QP__EVENT__BODY_GRID_ENDED, NULL);
    ev->grid_ended->code = qp_arena_text(r->arena, "g1");
    ev->version = 9;
    rig_add(&f, ev);
    ev = rig_event(r, side, QP__EVENT__BODY_GRID_ORDERED, NULL); /* and orders nothing beside it */
    ev->grid_ordered->node = (ProtobufCBinaryData){QP_ID_LEN, r->nodes[CITY].id};
    ev->grid_ordered->grid = grid(r, "g2", "false", 0);
    rig_add(&f, ev);
    assert_int_equal(rig_hand(r, side, CITY, QP_LANE_BULK, rig_seal(r, &f, NULL)), 0);
    rig_settle(r);
    expect(r, CITY, B, "g1", 1, "true");
    expect(r, CITY, CITY, "g2", 0, "");
}

/* E1: it comes by another parcel once more. */
static void an_event_that_comes_twice_changes_a_grid_once(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    rig_ok(make(r, A, grid(r, "g1", "one", 33)));
    rig_ok(change(r, A, grid(r, "g1", "two", 33), 1));
    rig_settle(r);
    struct forged f = rig_forged(r, A, QP_SCOPE_HORIZON, NULL, QP_LANE_URGENT);
    Qp__Event *ev = rig_event(r, A, QP__EVENT__BODY_GRID_MADE, NULL);
    ev->grid_made = grid(r, "g1", "one", 33);
    ev->version = 1;
    rig_add(&f, ev);
    assert_int_equal(rig_hand(r, A, CITY, QP_LANE_URGENT, rig_seal(r, &f, NULL)), 0);
    expect(r, CITY, A, "g1", 2, "two");
}

static void what_is_ordered_its_owner_makes_its_own_and_keeps_what_was_not_said(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    Qp__GridMade *own = grid(r, "g1", "own", 33);
    own->worker = qp_arena_text(r->arena, "li");
    rig_ok(make(r, B, own));
    rig_settle(r);
    rig_ok(order(r, CITY, B, grid(r, "g1", "ordered", 40)));
    rig_ok(order(r, CITY, B, grid(r, "g2", "new", 41)));
    rig_settle(r);
    expect(r, B, B, "g1", 2, "ordered");
    expect(r, CITY, B, "g1", 2, "ordered");
    expect(r, CITY, B, "g2", 1, "new");
    assert_string_equal(at(r, CITY, 40.005, 117.005), "city/a/b g1");
    struct qp_read read;
    struct qp_resource_row row;
    assert_int_equal(qp_read_begin(r->nodes[B].store, &read, &r->e), 0);
    assert_int_equal(qp_resource_read(&read, GRIDS, "g1", r->arena, &row), 0);
    qp_read_end(&read);
    assert_string_equal(((const Qp__GridMade *)row.made)->worker, "li");
    uint64_t head = rig_head(r, B);
    rig_tick(r, B); /* nothing waits any more */
    assert_int_equal(rig_head(r, B), head);
    rig_is(order(r, B, CITY, grid(r, "g3", "upward", 0)), QP_EPOLICY);
}

static int count_order(void *arg, const struct qp_node_entry *node, const Qp__GridMade *grid)
{
    assert_true(*node->path && *grid->code);
    ++*(int *)arg;
    return 0;
}

/* Orders of node i that are no grids yet. */
static int orders(struct rig *r, int i)
{
    struct qp_read read;
    int n = 0;
    assert_int_equal(qp_read_begin(r->nodes[i].store, &read, &r->e), 0);
    assert_int_equal(qp_grid_orders_each(&read, count_order, &n, &r->e), 0);
    qp_read_end(&read);
    return n;
}

static const char *worker_of(struct rig *r, int i, const char *code)
{
    struct qp_read read;
    struct qp_resource_row row;
    assert_int_equal(qp_read_begin(r->nodes[i].store, &read, &r->e), 0);
    assert_int_equal(qp_resource_read(&read, GRIDS, code, r->arena, &row), 0);
    qp_read_end(&read);
    return ((const Qp__GridMade *)row.made)->worker;
}

/* It came in the turn in which the owner changed that grid: his change is not what was ordered. */
static void an_order_outlives_what_its_node_says_of_the_grid_meanwhile(void **state)
{
    struct rig *r = *state;
    struct qp_input in[8];
    rig_tree(r, 2);
    rig_ok(make(r, A, grid(r, "g1", "one", 33)));
    rig_settle(r);
    rig_ok(order(r, CITY, A, grid(r, "g1", "ordered", 0)));
    assert_int_equal(orders(r, CITY), 1);
    size_t n = rig_gather(r, CITY, A, QP_LANE_BULK, in, 7);
    Qp__GridMade *own = grid(r, "g1", "own", 33);
    own->worker = qp_arena_text(r->arena, "li");
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_GRID_MADE, NULL);
    ev->grid_made = own;
    memset(&in[n], 0, sizeof in[n]);
    in[n].kind = QP_IN_COMMAND;
    in[n++].command = (struct qp_command){.op = QP_OP_RESOURCE, .draft = ev, .if_version = 1};
    assert_int_equal(rig_turn(r, A, in, n), 0);
    rig_settle(r);
    expect(r, A, A, "g1", 3, "ordered");
    assert_string_equal(worker_of(r, A, "g1"), "li");
    expect(r, CITY, A, "g1", 3, "ordered");
    assert_int_equal(orders(r, CITY), 0);
}

static void two_orders_for_one_grid_are_one(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    Qp__GridMade *worker = grid(r, "g1", "", 0);
    worker->worker = qp_arena_text(r->arena, "li");
    rig_ok(order(r, CITY, A, grid(r, "g1", "title", 33)));
    rig_ok(order(r, CITY, A, worker));
    assert_int_equal(orders(r, CITY), 1);
    rig_settle(r);
    uint64_t version;
    assert_string_equal(title_at(r, A, A, "g1", &version), "title");
    assert_string_equal(worker_of(r, A, "g1"), "li");
    assert_int_equal(orders(r, CITY), 0);
}

/* Which of both came first there is known there alone; the one that did not hold is no longer waited for. */
static void orders_of_two_superiors_end_in_one_grid_and_nobody_waits(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    rig_ok(order(r, CITY, B, grid(r, "g1", "of the city", 33)));
    assert_true(rig_carry(r, CITY, A) > 0); /* and is on its way there */
    rig_ok(order(r, A, B, grid(r, "g1", "of its parent", 0)));
    rig_settle(r);
    assert_int_equal(orders(r, CITY) + orders(r, A), 0);
    uint64_t version;
    const char *title = title_at(r, B, B, "g1", &version);
    assert_string_equal(title_at(r, CITY, B, "g1", &version), title);
    assert_string_equal(at(r, CITY, 33.005, 117.005), "city/a/b g1"); /* whose boundary nobody contested */
}

static void many_orders_are_taken_over_turn_by_turn_without_being_asked(void **state)
{
    struct rig *r = *state;
    struct qp_input in[256];
    char code[16];
    rig_tree(r, 2);
    rig_settle(r);
    for (int i = 0; i < 70; i++) {
        snprintf(code, sizeof code, "g%d", i);
        rig_ok(order(r, CITY, A, grid(r, code, "many", 0)));
    }
    size_t n = rig_gather(r, CITY, A, QP_LANE_BULK, in, 256);
    assert_int_equal(rig_turn(r, A, in, n), 0);
    assert_true(qp_core_next_tick(r->nodes[A].core) <= r->now_us + 1000000);
    rig_tick(r, A);
    rig_settle(r);
    assert_int_equal(orders(r, CITY), 0);
    expect(r, CITY, A, "g69", 1, "many");
}

static void a_rebuild_makes_the_same_grids(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    rig_ok(make(r, B, grid(r, "g1", "one", 33)));
    rig_ok(order(r, CITY, B, grid(r, "g2", "two", 34)));
    rig_ok(order(r, CITY, A, grid(r, "g3", "three", 35)));
    rig_settle(r);
    rig_ok(order(r, CITY, A, grid(r, "g3", "four", 35))); /* and one that waits there */
    for (int i = 0; i < 3; i++) {
        struct tables before = rig_tables(r, i);
        rig_rebuild(r, i);
        struct tables after = rig_tables(r, i);
        rig_same_tables(&before, &after, T(QUEUE) | T(PEER) | T(RECEIPT) | T(HELD) | T(DEPTH));
    }
    assert_string_equal(at(r, CITY, 34.005, 117.005), "city/a/b g2");
}

static void grids_of_a_node_that_is_revoked_are_nowhere_until_it_is_back(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    rig_ok(make(r, A, grid(r, "g1", "one", 33)));
    rig_settle(r);
    assert_string_equal(at(r, CITY, 33.005, 117.005), "city/a g1");
    rig_ok(rig_revoke(r, CITY, "city/a"));
    assert_string_equal(at(r, CITY, 33.005, 117.005), "");
    rig_burn(r, A);
    rig_rejoin(r, A);
    rig_settle(r);
    assert_string_equal(at(r, CITY, 33.005, 117.005), "city/a g1");
}

/* Grids are of those facts that go up: a burned disk gets them back. */
static void a_burned_disk_gets_its_grids_back(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    rig_ok(make(r, A, grid(r, "g1", "one", 33)));
    rig_ok(change(r, A, grid(r, "g1", "two", 33), 1));
    rig_ok(make(r, B, grid(r, "b1", "below", 34)));
    rig_settle(r);
    rig_burn(r, A);
    rig_rejoin(r, A);
    rig_is(make(r, A, grid(r, "early", "too early", 0)), QP_ERECOVER);
    rig_settle(r);
    expect(r, A, A, "g1", 2, "two");
    expect(r, A, B, "b1", 1, "below");
    rig_ok(change(r, A, grid(r, "g1", "three", 33), 2));
    rig_settle(r);
    expect(r, CITY, A, "g1", 3, "three");
}

/* A boundary that is none costs its grid alone its place. */
static void bytes_that_are_no_boundary_disturb_no_other_grid(void **state)
{
    struct rig *r = *state;
    static uint8_t junk[] = {1, 2, 3, 255, 255};
    rig_tree(r, 2);
    Qp__GridMade *bad = grid(r, "a0", "junk", 0);
    bad->boundary = (ProtobufCBinaryData){sizeof junk, junk};
    rig_ok(make(r, A, bad));
    rig_ok(make(r, A, grid(r, "g1", "one", 33)));
    rig_settle(r);
    assert_string_equal(at(r, CITY, 33.005, 117.005), "city/a g1");
}

/* Ordered back before the first order was heard: the last one holds, and nobody waits. */
static void what_is_ordered_back_holds(void **state)
{
    struct rig *r = *state;
    uint64_t version;
    rig_tree(r, 2);
    rig_ok(make(r, A, grid(r, "g1", "as it was", 33)));
    rig_settle(r);
    rig_ok(order(r, CITY, A, grid(r, "g1", "a mistake", 40)));
    rig_ok(order(r, CITY, A, grid(r, "g1", "as it was", 33)));
    assert_int_equal(orders(r, CITY), 1);
    rig_settle(r);
    assert_string_equal(title_at(r, A, A, "g1", &version), "as it was");
    assert_int_equal(orders(r, CITY), 0); /* 1 today: the mistake is waited for */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, rig_up, rig_down)
        TEST(a_grid_is_known_to_every_superior_and_to_nobody_else),
        TEST(which_is_where_follows_every_change),
        TEST(nobody_makes_a_grid_of_another_node),
        TEST(an_event_that_comes_twice_changes_a_grid_once),
        TEST(what_is_ordered_its_owner_makes_its_own_and_keeps_what_was_not_said),
        TEST(an_order_outlives_what_its_node_says_of_the_grid_meanwhile),
        TEST(two_orders_for_one_grid_are_one),
        TEST(orders_of_two_superiors_end_in_one_grid_and_nobody_waits),
        TEST(many_orders_are_taken_over_turn_by_turn_without_being_asked),
        TEST(a_rebuild_makes_the_same_grids),
        TEST(grids_of_a_node_that_is_revoked_are_nowhere_until_it_is_back),
        TEST(a_burned_disk_gets_its_grids_back),
        TEST(bytes_that_are_no_boundary_disturb_no_other_grid),
        TEST(what_is_ordered_back_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
