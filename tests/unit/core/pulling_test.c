/* pulling_test.c: a file of a matter on its way to who looks at it (VA3): whole, resumed, from the next one where the first has
 * it not; to nobody who has nothing to do with the matter, and no more of it than a rate; whatever a liar gives is not it. */
#include <stdio.h>

#include "node/blob/blob.h"
#include "node/core/allowance.h"
#include "tests/unit/core/personal_rig.h"

enum { SIZE = 5 * QP_FILE_PIECE - 7 };

/* The folders of this test's nodes, lent to their cores. */
static struct qp_blobs *folders[RIG_NODES];
static uint8_t bytes[SIZE];

static void lend(struct rig *r)
{
    for (int i = 0; i < r->n; i++) {
        char dir[100];
        snprintf(dir, sizeof dir, "%s/blobs", r->nodes[i].dir);
        const struct qp_blobs_options o = {.dir = dir, .quota = 64 << 20};
        if (!folders[i])
            assert_int_equal(qp_blobs_open(&folders[i], &o, NULL), 0);
        assert_int_equal(qp_core_set_blobs(r->nodes[i].core, folders[i], NULL), 0);
    }
}

static int up(void **state)
{
    for (size_t i = 0; i < SIZE; i++)
        bytes[i] = (uint8_t)(i * 2654435761u >> 13);
    return rig_up(state);
}

static int down(void **state)
{
    int rc = rig_down(state);
    for (int i = 0; i < RIG_NODES; i++) {
        qp_blobs_close(folders[i]);
        folders[i] = NULL;
    }
    return rc;
}

static Qp__Attachment *attachment(struct rig *r, const struct qp_hash *hash)
{
    Qp__Attachment *x = qp_arena_take(r->arena, sizeof *x);
    qp__attachment__init(x);
    x->hash = (ProtobufCBinaryData){QP_HASH_LEN, qp_arena_copy(r->arena, hash->b, QP_HASH_LEN)};
    x->bytes = SIZE;
    x->type = qp_arena_text(r->arena, "application/pdf");
    return x;
}

/* A matter at this node with the file, which lies there. */
static matter with_file(struct rig *r, int i, struct qp_hash *hash)
{
    struct qp_blob b;
    Qp__Event *d = rig_opened(r, "a permit", QP_ROUTINE);
    Qp__Attachment **list = qp_arena_take(r->arena, sizeof *list);
    assert_int_equal(qp_blob_put(folders[i], bytes, SIZE, QP_BLOB_PDF, &b, NULL), 0);
    *hash = b.hash;
    *list = attachment(r, hash);
    d->opened->face->attachments = list;
    d->opened->face->n_attachments = 1;
    struct qp_reply reply = rig_try(r, i, d);
    matter m;
    rig_ok(reply);
    memcpy(m.b, reply.matter, QP_ID_LEN);
    rig_settle(r);
    return m;
}

static struct qp_reply wants(struct rig *r, int i, matter m, const struct qp_hash *hash)
{
    Qp__Event *d = rig_draft(r, QP__EVENT__BODY_PROGRESSED, &m);
    Qp__Attachment *x = attachment(r, hash);
    d->attachments = &x;
    d->n_attachments = 1;
    struct qp_command c = {.op = QP_OP_FILE, .draft = d, .if_version = -1};
    return rig_command(r, i, &c);
}

static uint64_t have(int i, const struct qp_hash *hash)
{
    return qp_blob_have(folders[i], hash, SIZE);
}

static void later(struct rig *r, int i, int64_t by_us)
{
    r->now_us += by_us;
    rig_tick(r, i);
    rig_settle(r);
}

static void a_file_comes_in_pieces_and_is_whole(void **state)
{
    struct rig *r = *state;
    struct qp_hash hash;
    rig_tree(r, 3);
    lend(r);
    matter m = with_file(r, STREET, &hash);
    rig_ok(wants(r, CITY, m, &hash));
    rig_settle(r);
    assert_int_equal(have(CITY, &hash), SIZE);
    assert_int_equal(have(COUNTY, &hash), 0); /* passed on by way of it, and kept nowhere there */
    assert_int_equal(qp_blob_whole(folders[CITY], &hash, SIZE, QP_BLOB_PDF, NULL), 0);
    for (int i = 0; i < r->n; i++)
        assert_false(in_journal(r, i, bytes, 64));
    later(
        r, CITY,
        10 *
            SECOND); /* by then its matter has been compared with others, for leads, and what waits after a start is done */
    assert_int_equal(qp_core_next_tick(r->nodes[CITY].core) > r->now_us + 60 * SECOND, true);
}

static void what_is_lost_is_asked_for_again_and_nobody_begins_anew(void **state)
{
    struct rig *r = *state;
    struct qp_hash hash;
    rig_tree(r, 3);
    lend(r);
    matter m = with_file(r, STREET, &hash);
    assert_int_equal(qp_blob_coming(folders[CITY], &hash, SIZE, &(uint64_t){0}, NULL), 0);
    assert_int_equal(qp_blob_add(folders[CITY], &hash, SIZE, 0, bytes, QP_FILE_PIECE, NULL), 0);
    r->lose_carries = true;
    rig_ok(wants(r, CITY, m, &hash));
    rig_settle(r);
    assert_int_equal(have(CITY, &hash), QP_FILE_PIECE);
    r->lose_carries = false;
    later(r, CITY, 3 * SECOND);
    assert_int_equal(have(CITY, &hash), SIZE);
}

static void a_clock_that_was_ahead_for_a_moment_holds_no_file_back(void **state)
{
    struct rig *r = *state;
    struct qp_hash hash;
    rig_tree(r, 3);
    lend(r);
    matter m = with_file(r, STREET, &hash);
    r->lose_carries = true;
    r->now_us += DAY;
    rig_ok(wants(r, CITY, m, &hash)); /* its question has a time that is a day ahead, and is lost */
    r->now_us -= DAY;
    r->ncarries = 0;
    r->lose_carries = false;
    later(r, CITY, 3 * SECOND);
    assert_int_equal(have(CITY, &hash), SIZE);
}

static void who_does_not_answer_is_named_with_what_to_do(void **state)
{
    struct rig *r = *state;
    struct qp_hash hash;
    rig_tree(r, 3);
    lend(r);
    matter m = with_file(r, STREET, &hash);
    r->lose_carries = true;
    for (int i = 0; i < 8; i++) {
        wants(r, CITY, m, &hash);
        later(r, CITY, 3 * SECOND);
    }
    struct qp_reply reply = wants(r, CITY, m, &hash);
    rig_code(reply, QP_EUNREACHABLE);
    assert_non_null(strstr(reply.text, "city/a/b"));
    r->lose_carries = false;
    r->now_us += 30 * SECOND;
    rig_ok(wants(r, CITY, m, &hash));
    rig_settle(r);
    assert_int_equal(have(CITY, &hash), SIZE);
}

static void who_has_lost_it_is_followed_by_who_has_read_it(void **state)
{
    struct rig *r = *state;
    struct qp_hash hash;
    char cmd[200];
    rig_tree(r, 3);
    lend(r);
    matter m = with_file(r, STREET, &hash);
    rig_ok(rig_offer(r, STREET, m, QP_KIND_ESCALATE, ""));
    rig_settle(r);
    rig_ok(wants(r, COUNTY, m, &hash));
    rig_settle(r);
    assert_int_equal(qp_blob_whole(folders[COUNTY], &hash, SIZE, QP_BLOB_PDF, NULL), 0);
    snprintf(cmd, sizeof cmd, "rm -r %s/blobs/??", r->nodes[STREET].dir);
    assert_int_equal(system(cmd), 0);
    rig_ok(wants(r, CITY, m, &hash));
    rig_settle(r);
    assert_int_equal(have(CITY, &hash), SIZE);
    rig_ok(wants(r, STREET, m, &hash)); /* and who lost it has it back */
    rig_settle(r);
    assert_int_equal(have(STREET, &hash), SIZE);
}

/* Nobody else had to do with the matter; the city, which looked at the file, has it all the same. */
static void who_has_lost_what_he_attached_has_it_back_from_who_is_above(void **state)
{
    struct rig *r = *state;
    struct qp_hash hash;
    char cmd[200];
    rig_tree(r, 3);
    lend(r);
    matter m = with_file(r, STREET, &hash);
    rig_ok(wants(r, CITY, m, &hash));
    rig_settle(r);
    assert_int_equal(qp_blob_whole(folders[CITY], &hash, SIZE, QP_BLOB_PDF, NULL), 0);
    snprintf(cmd, sizeof cmd, "rm -r %s/blobs/??", r->nodes[STREET].dir);
    assert_int_equal(system(cmd), 0);
    rig_ok(wants(r, STREET, m, &hash));
    rig_settle(r);
    assert_int_equal(have(STREET, &hash), SIZE);
}

static void what_nobody_has_is_said_so_and_what_no_matter_names_is_not_asked_for(void **state)
{
    struct rig *r = *state;
    struct qp_hash hash, other;
    char cmd[200];
    rig_tree(r, 3);
    lend(r);
    matter m = with_file(r, STREET, &hash);
    snprintf(cmd, sizeof cmd, "rm -r %s/blobs/??", r->nodes[STREET].dir);
    assert_int_equal(system(cmd), 0);
    rig_ok(wants(r, CITY, m, &hash));
    rig_settle(r);
    struct qp_reply reply = wants(r, CITY, m, &hash);
    rig_code(reply, QP_ENOTFOUND);
    assert_non_null(strstr(reply.text, "attached again"));
    qp_hash(&other, "x", 1);
    rig_code(wants(r, CITY, m, &other), QP_ENOTFOUND);
    assert_null(rig_output(r, CITY, QP_OUT_CARRY, NULL));
}

/* ---- liars ---- */

/* Asks for the piece at `at`; how many bytes it is given. */
static size_t asks(struct rig *r, int from, int by, int to, matter m, const struct qp_hash *hash, uint64_t at)
{
    Qp__FileAsked a = QP__FILE_ASKED__INIT;
    Qp__Carried said = QP__CARRIED__INIT, *got;
    a.matter = (ProtobufCBinaryData){QP_ID_LEN, m.b};
    a.hash = (ProtobufCBinaryData){QP_HASH_LEN, (uint8_t *)(uintptr_t)hash->b};
    a.at = at;
    said.body_case = QP__CARRIED__BODY_FILE_ASKED;
    said.file_asked = &a;
    r->ncarries = 0;
    rig_says(r, from, by, to, &said);
    const struct qp_output *o = rig_output(r, to, QP_OUT_CARRY, NULL);
    if (!o)
        return 0;
    assert_true(o->carry->low);
    assert_int_equal(QP_DECODE(&got, carried, o->carry->body.data, o->carry->body.len, r->arena, NULL), 0);
    return got->file_given->piece.len;
}

static void nobody_else_is_given_a_file_and_nobody_more_than_his_rate(void **state)
{
    struct rig *r = *state;
    struct qp_hash hash;
    rig_tree(r, 2);
    int other = rig_join(r, CITY, "x");
    rig_settle(r);
    lend(r);
    matter m = with_file(r, COUNTY, &hash), without = rig_open(r, COUNTY, "another");
    rig_settle(r);
    assert_int_equal(asks(r, other, CITY, COUNTY, m, &hash, 0), 0); /* it has nothing to do with it */
    assert_int_equal(asks(r, CITY, CITY, COUNTY, without, &hash, 0), 0);
    assert_int_equal(asks(r, CITY, CITY, COUNTY, m, &hash, 0), QP_FILE_PIECE);
    assert_int_equal(asks(r, CITY, CITY, COUNTY, m, &hash, UINT64_MAX), 0);
    size_t given = 0;
    for (int i = 0; i < 200; i++)
        given += asks(r, CITY, CITY, COUNTY, m, &hash, 0);
    assert_in_range(given, 1 << 20, 2 << 20);
    r->now_us += 2 * SECOND;
    assert_int_equal(asks(r, CITY, CITY, COUNTY, m, &hash, 4 * QP_FILE_PIECE), QP_FILE_PIECE - 7);
}

/* A child has not a share for each node that it makes up below itself. */
static void all_who_ask_by_way_of_one_neighbour_have_one_share(void **state)
{
    struct rig *r = *state;
    struct qp_hash hash;
    size_t given = 0;
    rig_tree(r, 3);
    lend(r);
    matter m = with_file(r, STREET, &hash);
    for (int i = 0; i < 50; i++) {
        given += asks(r, CITY, COUNTY, STREET, m, &hash, 0);
        given += asks(r, COUNTY, COUNTY, STREET, m, &hash, 0);
    }
    assert_int_equal(given, 2 << 20);
}

static void who_is_given_nothing_spends_nothing_of_what_others_are_given(void **state)
{
    struct rig *r = *state;
    struct qp_hash hash;
    static const char *const names[] = {"w", "x", "y", "z"};
    int liar[4];
    rig_tree(r, 2);
    for (size_t i = 0; i < 4; i++)
        liar[i] = rig_join(r, COUNTY, names[i]);
    rig_settle(r);
    lend(r);
    matter m = with_file(r, COUNTY, &hash);
    for (size_t i = 0; i < 4; i++)
        for (int n = 0; n < 64; n++)
            assert_int_equal(asks(r, liar[i], liar[i], COUNTY, m, &hash, 0), 0);
    assert_int_equal(asks(r, CITY, CITY, COUNTY, m, &hash, 0), QP_FILE_PIECE);
}

/* Who was given something while the clock was ahead takes nobody's place when it is right. */
static void a_place_that_was_taken_by_a_clock_that_was_ahead_is_free_again(void **state)
{
    static const struct qp_allowance_rate rate = {10, 1000};
    struct qp_allowance a = {0};
    int64_t right_us = 1000 * SECOND;
    uint8_t node[QP_ID_LEN] = {0};
    (void)state;
    for (node[0] = 1; node[0] < QP_ALLOWED; node[0]++)
        assert_true(qp_allowance_spend(&a, &rate, node, right_us + DAY, 1));
    for (node[0] = 100; node[0] < 100 + QP_ALLOWED; node[0]++)
        assert_true(qp_allowance_spend(&a, &rate, node, right_us, 1));
    assert_false(qp_allowance_spend(&a, &rate, node, right_us, 1)); /* one too many in this second */
}

static void gives(struct rig *r, int from, int to, const struct qp_hash *hash, uint64_t at, const uint8_t *p,
                  size_t len, uint32_t code)
{
    Qp__FileGiven g = QP__FILE_GIVEN__INIT;
    Qp__Carried said = QP__CARRIED__INIT;
    g.hash = (ProtobufCBinaryData){QP_HASH_LEN, (uint8_t *)(uintptr_t)hash->b};
    g.at = at;
    g.code = code;
    g.piece = (ProtobufCBinaryData){len, (uint8_t *)(uintptr_t)p};
    said.body_case = QP__CARRIED__BODY_FILE_GIVEN;
    said.file_given = &g;
    rig_says(r, from, from, to, &said);
}

static void whatever_a_liar_gives_is_not_the_file(void **state)
{
    struct rig *r = *state;
    struct qp_hash hash;
    static uint8_t zeros[QP_FILE_PIECE];
    rig_tree(r, 2);
    int other = rig_join(r, CITY, "x");
    rig_settle(r);
    lend(r);
    matter m = with_file(r, COUNTY, &hash);
    r->lose_carries = true;
    rig_ok(wants(r, CITY, m, &hash));
    gives(r, other, CITY, &hash, 0, zeros, sizeof zeros, 0); /* who was not asked */
    gives(r, COUNTY, CITY, &hash, UINT64_MAX, zeros, sizeof zeros, 0);
    gives(r, COUNTY, CITY, &hash, 0, zeros, 1, 0);
    gives(r, COUNTY, CITY, &hash, QP_FILE_PIECE, zeros, sizeof zeros, 0);
    assert_int_equal(have(CITY, &hash), 0);
    for (uint64_t at = 0; at < SIZE; at += QP_FILE_PIECE)
        gives(r, COUNTY, CITY, &hash, at, zeros, SIZE - at < sizeof zeros ? SIZE - at : sizeof zeros, 0);
    assert_int_equal(have(CITY, &hash), SIZE);
    assert_int_equal(qp_blob_whole(folders[CITY], &hash, SIZE, QP_BLOB_PDF, NULL), QP_ESIG);
    assert_int_equal(wants(r, CITY, m, &hash).code, 0); /* nobody is left: said to the next who asks */
    rig_code(wants(r, CITY, m, &hash), QP_ENOTFOUND);
}

int main(void)
{
#define UP(name) cmocka_unit_test_setup_teardown(name, up, down)
    const struct CMUnitTest tests[] = {
        UP(a_file_comes_in_pieces_and_is_whole),
        UP(what_is_lost_is_asked_for_again_and_nobody_begins_anew),
        UP(a_clock_that_was_ahead_for_a_moment_holds_no_file_back),
        UP(who_does_not_answer_is_named_with_what_to_do),
        UP(who_has_lost_it_is_followed_by_who_has_read_it),
        UP(who_has_lost_what_he_attached_has_it_back_from_who_is_above),
        UP(what_nobody_has_is_said_so_and_what_no_matter_names_is_not_asked_for),
        UP(nobody_else_is_given_a_file_and_nobody_more_than_his_rate),
        UP(whatever_a_liar_gives_is_not_the_file),
        UP(all_who_ask_by_way_of_one_neighbour_have_one_share),
        UP(who_is_given_nothing_spends_nothing_of_what_others_are_given),
        cmocka_unit_test(a_place_that_was_taken_by_a_clock_that_was_ahead_is_free_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
