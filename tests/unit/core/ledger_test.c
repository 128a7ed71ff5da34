/* ledger_test.c: keys of different kinds in one table never meet, whatever somebody calls himself. */
#include "node/core/private.h"
#include "node/matter/key.h"
#include "tests/unit/core/rig.h"

/* Writes into a node's tables as a turn would. */
static void begin(struct rig *r, int i, struct qp_work *w, struct qp_txn *t, struct qp_outputs *out)
{
    uint8_t seed[QP_SEED_LEN];
    rig_seed(r, seed);
    memset(out, 0, sizeof *out);
    assert_int_equal(qp_store_begin(r->nodes[i].store, t, &r->e), 0);
    qp_work_begin(w, r->nodes[i].core, t, r->now_us, seed, out);
}

static void end(struct rig *r, struct qp_txn *t)
{
    assert_int_equal(qp_store_commit_journal(t, &r->e), 0);
    assert_int_equal(qp_store_commit_tables(t, &r->e), 0);
}

static void a_node_whose_id_spells_a_path_leaves_that_paths_entry_alone(void **state)
{
    struct rig *r = *state;
    struct qp_work w;
    struct qp_txn t;
    struct qp_outputs out;
    struct qp_read read;
    struct qp_node_entry n;
    rig_found(r);
    int victim = rig_join(r, 0, "yongqiao-q"); /* fifteen letters with what is before it */
    rig_settle(r);
    assert_int_equal(strlen(r->nodes[victim].path), QP_ID_LEN - 1);
    struct qp_place thief = {.cert = *qp_core_self(r->nodes[0].core)};
    thief.cert.node[0] = 'p';
    memcpy(thief.cert.node + 1, r->nodes[victim].path, QP_ID_LEN - 1);
    strcpy(thief.cert.path, "city/thief");
    begin(r, 0, &w, &t, &out);
    assert_int_equal(qp_place_put(&w, &thief, &r->e), 0);
    end(r, &t);
    assert_int_equal(qp_read_begin(r->nodes[0].store, &read, &r->e), 0);
    assert_int_equal(qp_node_by_path(&read, r->nodes[victim].path, &n), 0);
    assert_memory_equal(n.node, r->nodes[victim].id, QP_ID_LEN);
    qp_read_end(&read);
    rig_stop(r, 0); /* it was at the next start that the victim was cut off */
    rig_start(r, 0);
    assert_non_null(qp_tree_node(qp_core_tree(r->nodes[0].core), r->nodes[victim].id));
}

static void a_place_that_cannot_be_read_is_not_said_to_be_free(void **state)
{
    struct rig *r = *state;
    struct qp_read read;
    struct qp_node_entry n, *all;
    size_t count;
    rig_tree(r, 2);
    assert_int_equal(qp_read_begin(r->nodes[0].store, &read, &r->e), 0);
    assert_int_equal(qp_node_by_path(&read, "city/nobody", &n), QP_ENOTFOUND);
    mdb_txn_reset(read.tables); /* reads fail from here on */
    assert_int_equal(qp_node_by_path(&read, r->nodes[1].path, &n), QP_EIO);
    assert_int_equal(qp_node_by_id(&read, r->nodes[1].id, &n), QP_EIO);
    assert_int_equal(qp_nodes_below(&read, "city", &all, &count), QP_EIO);
    assert_null(all);
    assert_int_equal(mdb_txn_renew(read.tables), 0);
    assert_int_equal(qp_node_by_path(&read, r->nodes[1].path, &n), 0);
    qp_read_end(&read);
}

static struct qp_token_entry token_of(struct rig *r, const uint8_t hash[32])
{
    struct qp_read read;
    struct qp_hash h;
    struct qp_token_entry t;
    memcpy(h.b, hash, sizeof h.b);
    assert_int_equal(qp_read_begin(r->nodes[0].store, &read, &r->e), 0);
    assert_int_equal(qp_token_read(&read, &h, &t), 0);
    qp_read_end(&read);
    return t;
}

static void add_token(struct rig *r, const char *name, uint8_t hash[32])
{
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_TOKEN_MADE, NULL);
    ev->token_made->name = qp_arena_text(r->arena, name);
    ev->token_made->hash = (ProtobufCBinaryData){32, hash};
    ev->token_made->rights = QP_RIGHT_READ;
    struct qp_command c = {.op = QP_OP_RESOURCE, .draft = ev, .if_version = -1};
    rig_ok(rig_command(r, 0, &c));
}

static void a_token_whose_hash_spells_a_name_leaves_that_name_alone(void **state)
{
    struct rig *r = *state;
    static const char name[] = "a-name-that-is-as-long-as-a-hash";
    uint8_t hash[32], spelt[32];
    rig_found(r);
    assert_int_equal(strlen(name), 32);
    memcpy(spelt, name, 32);
    rig_seed(r, hash);
    add_token(r, name, hash);
    add_token(r, "other", spelt);
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_TOKEN_ENDED, NULL);
    ev->token_ended->name = qp_arena_text(r->arena, name);
    struct qp_command c = {.op = QP_OP_RESOURCE, .draft = ev, .if_version = -1};
    rig_ok(rig_command(r, 0, &c));
    assert_true(token_of(r, hash).ended);
    assert_false(token_of(r, spelt).ended);
    struct qp_resource_row row = {.id = ""};
    struct qp_read read;
    size_t n = 0;
    assert_int_equal(qp_read_begin(r->nodes[0].store, &read, &r->e), 0);
    while (!qp_resource_next(&read, &qp_resources[QP_RESOURCE_TOKEN], row.id, r->arena, &row))
        n++;
    assert_int_equal(n, 2);
    qp_read_end(&read);
}

static void a_final_head_that_the_parent_stated_leaves_what_is_held_alone(void **state)
{
    struct rig *r = *state;
    struct qp_work w;
    struct qp_txn t;
    struct qp_outputs out;
    struct qp_head held;
    struct qp_hash prev;
    bool any, refused;
    uint8_t key[QP_CHAIN_KEY];
    Qp__Head stated = QP__HEAD__INIT;
    rig_found(r);
    begin(r, 0, &w, &t, &out);
    struct qp_header h = {.incarnation = 1, .scope = QP_SCOPE_HORIZON, .lane = QP_LANE_BULK, .seq = 7};
    struct qp_hash id = {{1}}, final = {{2}};
    memcpy(h.origin, r->nodes[0].id, QP_ID_LEN);
    assert_int_equal(qp_chain_put(&w, &h, &id, &r->e), 0);
    stated.origin = (ProtobufCBinaryData){QP_ID_LEN, h.origin};
    stated.incarnation = 1;
    stated.scope = h.scope;
    stated.lane = h.lane;
    stated.seq = 9;
    stated.hash = (ProtobufCBinaryData){32, final.b};
    assert_int_equal(qp_chain_close(&w, &stated, &r->e), 0);
    qp_chain_key(key, h.origin, 1, h.scope, h.to, h.lane);
    assert_true(qp_chain_get(t.tables, r->nodes[0].store, key, &held));
    assert_int_equal(held.seq, 7);
    assert_true(qp_hash_eq(&held.hash, &id));
    h.incarnation = 2;
    qp_chain_before(&w, &h, &prev, &any, &refused);
    assert_true(any && qp_hash_eq(&prev, &final));
    assert_int_equal(qp_chain_unstate(&w, h.origin, &r->e), 0);
    qp_chain_before(&w, &h, &prev, &any, &refused);
    assert_true(any && qp_hash_eq(&prev, &id)); /* what is held counts again */
    qp_store_abort(&t);
    assert_int_equal(qp_core_forget(r->nodes[0].core, NULL), 0);
}

static void a_key_of_a_step_is_no_key_of_an_opening_whatever_the_matters_id(void **state)
{
    struct rig *r = *state;
    struct qp_work w;
    struct qp_txn t;
    struct qp_outputs out;
    uint8_t zeros[QP_ID_LEN] = {0}, found[QP_ID_LEN], request[QP_REQUEST_LEN] = {0};
    rig_found(r);
    begin(r, 0, &w, &t, &out);
    Qp__Event *ev = rig_event(r, 0, QP__EVENT__BODY_COMMENTED, NULL);
    ev->matter = (ProtobufCBinaryData){QP_ID_LEN, zeros}; /* somebody opened one with this id */
    ev->key = qp_arena_text(r->arena, "1");
    assert_int_equal(qp_key_note(&w.m, ev, &r->e), 0);
    assert_int_equal(qp_matter_by_key(&w.m, ev->by, zeros, "1", request, found, &r->e), 0);
    assert_int_equal(qp_matter_by_key(&w.m, ev->by, NULL, "1", request, found, &r->e), QP_ENOTFOUND);
    ev->matter.data = (uint8_t *)qp_arena_text(r->arena, "sixteen letters!");
    assert_int_equal(qp_key_note(&w.m, ev, &r->e), 0);
    assert_int_equal(qp_matter_by_key(&w.m, ev->by, NULL, "sixteen letters!1", request, found, &r->e),
                     QP_ENOTFOUND);
    qp_store_abort(&t);
    assert_int_equal(qp_core_forget(r->nodes[0].core, NULL), 0);
}

/* What is said again, or of less, changes no time. */
static void a_time_of_a_tick_is_that_of_the_first_word(void **state)
{
    struct rig *r = *state;
    struct qp_work w;
    struct qp_txn t;
    struct qp_outputs out;
    struct qp_read read;
    rig_found(r);
    const uint8_t *whose = r->nodes[0].id;
    static const uint64_t SAID[] = {10, 5, 10};
    int64_t first = r->now_us;
    for (size_t i = 0; i < 3; i++) {
        begin(r, 0, &w, &t, &out);
        assert_int_equal(qp_held_note(&w, QP_HELD_BY_HORIZON, whose, 1, QP_LANE_BULK, SAID[i], &r->e), 0);
        end(r, &t);
        r->now_us += 60 * SECOND;
    }
    assert_int_equal(qp_read_begin(r->nodes[0].store, &read, &r->e), 0);
    for (uint64_t at = 1; at <= 10; at++)
        assert_int_equal(qp_held_at(read.tables, read.store, QP_HELD_BY_HORIZON, whose, 1, QP_LANE_BULK, at),
                         first);
    assert_int_equal(qp_held_at(read.tables, read.store, QP_HELD_BY_HORIZON, whose, 1, QP_LANE_BULK, 11), 0);
    assert_int_equal(qp_held_at(read.tables, read.store, QP_HELD_BY_HORIZON, whose, 2, QP_LANE_BULK, 5), 0);
    assert_int_equal(qp_held_at(read.tables, read.store, QP_HELD_BY_HORIZON, whose, 1, QP_LANE_URGENT, 5), 0);
    assert_int_equal(qp_held_at(read.tables, read.store, QP_HELD_BY_PARENT, whose, 1, QP_LANE_BULK, 5), 0);
    qp_read_end(&read);
}

/* A clock that was years ahead for a while: what it said goes, and no assert minds one that is before 1970. */
static void a_time_of_a_tick_by_a_clock_that_was_far_ahead_goes(void **state)
{
    struct rig *r = *state;
    struct qp_work w;
    struct qp_txn t;
    struct qp_outputs out;
    struct qp_read read;
    rig_found(r);
    const uint8_t *whose = r->nodes[0].id;
    int64_t now = r->now_us, at[] = {now + 86400 * 1000 * SECOND, now, -SECOND};
    for (uint64_t i = 0; i < 3; i++) {
        r->now_us = at[i];
        begin(r, 0, &w, &t, &out);
        assert_int_equal(qp_held_note(&w, QP_HELD_BY_HORIZON, whose, 1, QP_LANE_BULK, i + 1, &r->e), 0);
        end(r, &t);
        r->now_us = now;
        if (i == 1) {
            assert_int_equal(qp_read_begin(r->nodes[0].store, &read, &r->e), 0);
            assert_int_equal(
                qp_held_at(read.tables, read.store, QP_HELD_BY_HORIZON, whose, 1, QP_LANE_BULK, 1), now);
            qp_read_end(&read);
        }
    }
}

static void how_many_wait_is_counted_where_the_kept_number_cannot_be_read(void **state)
{
    struct rig *r = *state;
    struct qp_read read;
    rig_tree(r, 2);
    rig_settle(r);
    for (int i = 0; i < 3; i++)
        rig_open(r, 1, "waits");
    struct qp_store *s = r->nodes[1].store;
    uint8_t key[QP_ID_LEN + 1];
    memcpy(key, r->nodes[0].id, QP_ID_LEN);
    key[QP_ID_LEN] = QP_LANE_BULK;
    rig_row_put(r, 1, QP_T_DEPTH, (MDB_val){sizeof key, key}, &(MDB_val){3, (uint8_t[]){1, 2, 3}});
    uint64_t parcels;
    int64_t oldest_us;
    assert_int_equal(qp_read_begin(s, &read, NULL), 0);
    qp_queue_depth(&read, r->nodes[0].id, QP_LANE_BULK, &parcels, &oldest_us);
    qp_read_end(&read);
    assert_int_equal(parcels, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, rig_up, rig_down)
        TEST(a_node_whose_id_spells_a_path_leaves_that_paths_entry_alone),
        TEST(a_place_that_cannot_be_read_is_not_said_to_be_free),
        TEST(a_token_whose_hash_spells_a_name_leaves_that_name_alone),
        TEST(a_time_of_a_tick_is_that_of_the_first_word),
        TEST(a_time_of_a_tick_by_a_clock_that_was_far_ahead_goes),
        TEST(a_key_of_a_step_is_no_key_of_an_opening_whatever_the_matters_id),
        TEST(a_final_head_that_the_parent_stated_leaves_what_is_held_alone),
        TEST(how_many_wait_is_counted_where_the_kept_number_cannot_be_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
