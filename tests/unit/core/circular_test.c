/* circular_test.c: a circular is issued, travels up, is judged from above, corrected; and it is the same after a restart, a
 * rebuild, a burned disk; nobody speaks under another's id. */
#include <stdio.h>

#include "tests/unit/core/rig.h"

enum { CITY, A, B };

static Qp__CircularHead *head_of(struct rig *r, int at, const uint8_t id[QP_ID_LEN])
{
    struct qp_read read;
    Qp__CircularHead *h = NULL;
    assert_int_equal(qp_read_begin(r->nodes[at].store, &read, NULL), 0);
    int rc = qp_circular_head(read.tables, read.store, id, r->arena, &h, NULL);
    qp_read_end(&read);
    return !rc ? h : NULL;
}

static Qp__Circular *body_of(struct rig *r, int at, const uint8_t id[QP_ID_LEN])
{
    struct qp_read read;
    Qp__Circular *c = NULL;
    Qp__CircularHead *h = head_of(r, at, id);
    assert_non_null(h);
    assert_int_equal(qp_read_begin(r->nodes[at].store, &read, NULL), 0);
    assert_int_equal(qp_circular_body_read(read.tables, read.store, h, r->arena, &c, NULL), 0);
    qp_read_end(&read);
    return c;
}

static void total_is(struct rig *r, int at, const uint8_t id[QP_ID_LEN], enum qp_circular_figure f,
                     uint64_t above, uint64_t below)
{
    struct qp_numbers n;
    Qp__Circular *c = body_of(r, at, id);
    assert_int_equal(c->rows[0]->by, QP_CB_TOTAL);
    assert_int_equal(qp_numbers_read(&n, c->rows[0]->now), 0);
    assert_int_equal(n.n[f][0], above);
    assert_int_equal(n.n[f][1], below);
}

/* Two opened at the lowest, one of them closed. */
static void work(struct rig *r)
{
    rig_tree(r, 3);
    rig_settle(r);
    rig_open(r, B, "one");
    matter m = rig_open(r, B, "two");
    rig_ok(rig_step(r, B, m, QP__EVENT__BODY_HANDLED));
    rig_ok(rig_step(r, B, m, QP__EVENT__BODY_CLOSED));
    rig_settle(r);
    r->now_us += SECOND;
}

static void every_level_counts_the_same_and_those_above_have_it(void **state)
{
    struct rig *r = *state;
    work(r);
    uint8_t last[QP_ID_LEN];
    for (int i = B; i >= CITY; i--) {
        struct qp_reply reply = rig_circular(r, i, QP_PERIOD_DAY, NULL);
        rig_ok(reply);
        assert_true(reply.created);
        memcpy(last, reply.matter, QP_ID_LEN);
        rig_settle(r);
        for (int at = i; at >= CITY; at--) {
            total_is(r, at, reply.matter, QP_CF_OPENED, 2, 0);
            total_is(r, at, reply.matter, QP_CF_CLOSED_OF_DUE, 1, 1);
            assert_int_equal(head_of(r, at, reply.matter)->said->number, 1);
        }
        if (i < B)
            assert_null(head_of(r, B, reply.matter)); /* it goes up alone */
    }
    const Qp__Circular *city = body_of(r, CITY, last);
    assert_int_equal(city->n_below, 1);
    assert_string_equal(city->below[0]->area, "city/a");
    assert_int_equal(city->below[0]->number, 1); /* the child's own has come */
    assert_int_equal(city->below[0]->opened, 2);
}

static void a_second_one_corrects_the_first_and_a_key_makes_none(void **state)
{
    struct rig *r = *state;
    work(r);
    struct qp_reply one = rig_circular(r, A, QP_PERIOD_WEEK, "key"),
                    same = rig_circular(r, A, QP_PERIOD_WEEK, "key");
    rig_ok(one);
    rig_ok(same);
    assert_true(one.created);
    assert_false(same.created);
    assert_memory_equal(one.matter, same.matter, QP_ID_LEN);
    rig_code(rig_circular(r, A, QP_PERIOD_DAY, "key"), QP_EKEYREUSED);
    struct qp_reply two = rig_circular(r, A, QP_PERIOD_WEEK, NULL);
    rig_ok(two);
    rig_settle(r);
    for (int at = A; at >= CITY; at--) {
        Qp__CircularHead *h = head_of(r, at, two.matter), *old = head_of(r, at, one.matter);
        assert_int_equal(h->said->number, 2);
        assert_memory_equal(h->said->corrects.data, one.matter, QP_ID_LEN);
        assert_memory_equal(old->corrected.data, two.matter, QP_ID_LEN);
        assert_int_equal(h->corrected.len, 0);
    }
}

static void a_superior_judges_and_its_node_learns_of_it(void **state)
{
    struct rig *r = *state;
    work(r);
    struct qp_reply c = rig_circular(r, A, QP_PERIOD_DAY, NULL);
    rig_settle(r);
    rig_code(rig_judge(r, A, c.matter, QP_CIRCULAR_ACCEPT, ""), QP_EPOLICY);
    rig_code(rig_judge(r, B, c.matter, QP_CIRCULAR_ACCEPT, ""), QP_ENOTFOUND);
    rig_code(rig_judge(r, CITY, c.matter, QP_CIRCULAR_RETURN, ""), QP_EINVAL);
    rig_ok(rig_judge(r, CITY, c.matter, QP_CIRCULAR_RETURN, "why so few?"));
    rig_ok(rig_judge(r, CITY, c.matter, QP_CIRCULAR_RETURN, "why so few?")); /* the same again */
    rig_settle(r);
    for (int at = CITY; at <= A; at++) {
        Qp__CircularHead *h = head_of(r, at, c.matter);
        assert_int_equal(h->n_words, 1);
        assert_int_equal(h->words[0]->verb, QP_CIRCULAR_RETURN);
        assert_string_equal(h->words[0]->reason, "why so few?");
    }
    rig_ok(rig_circular(r, A, QP_PERIOD_DAY, NULL));
    rig_settle(r);
    rig_code(rig_judge(r, CITY, c.matter, QP_CIRCULAR_ACCEPT, ""), QP_ESTEP);
}

static void judges(struct rig *r, struct forged *f, const uint8_t id[QP_ID_LEN], uint32_t verb, int64_t at_us)
{
    Qp__Event *ev = rig_event(r, CITY, QP__EVENT__BODY_CIRCULAR_JUDGED, NULL);
    ev->at_us = at_us;
    ev->counter += 1000 + f->n;
    ev->circular_judged->circular = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(r->arena, id, QP_ID_LEN)};
    ev->circular_judged->node = (ProtobufCBinaryData){QP_ID_LEN, r->nodes[B].id};
    ev->circular_judged->verb = verb;
    ev->circular_judged->reason = qp_arena_text(r->arena, "so it is");
    rig_add(f, ev);
}

/* One parcel goes up, another down, each link in its own time: the newest word is the last one, wherever it is read. */
static void words_stand_by_their_time_and_once_however_they_come(void **state)
{
    struct rig *r = *state;
    work(r);
    struct qp_reply c = rig_circular(r, B, QP_PERIOD_DAY, NULL);
    rig_ok(c);
    rig_settle(r);
    struct forged f = rig_forged(r, CITY, QP_SCOPE_SUBTREE, NULL, QP_LANE_BULK);
    judges(r, &f, c.matter, QP_CIRCULAR_ACCEPT, r->now_us + 3);
    judges(r, &f, c.matter, QP_CIRCULAR_RETURN, r->now_us + 2);
    judges(r, &f, c.matter, QP_CIRCULAR_RETURN, r->now_us + 1);
    rig_add(&f, f.events[0]);
    assert_int_equal(rig_hand(r, CITY, A, QP_LANE_BULK, rig_seal(r, &f, NULL)), 0);
    const Qp__CircularHead *h = head_of(r, A, c.matter);
    assert_int_equal(h->n_words, 3);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(h->words[i]->at_us, r->now_us + 1 + (int64_t)i);
    assert_int_equal(h->words[2]->verb, QP_CIRCULAR_ACCEPT);
}

/* The same before the circular itself is there: all of them, not each node's last. */
static void words_that_come_before_their_circular_wait_each(void **state)
{
    struct rig *r = *state;
    work(r);
    uint8_t id[QP_ID_LEN];
    int64_t from_us = r->now_us;
    qp_circular_id(id, r->nodes[B].id, 1, 1, from_us);
    struct forged f = rig_forged(r, CITY, QP_SCOPE_SUBTREE, NULL, QP_LANE_BULK);
    judges(r, &f, id, QP_CIRCULAR_ACCEPT, r->now_us + 2);
    judges(r, &f, id, QP_CIRCULAR_RETURN, r->now_us + 1);
    assert_int_equal(rig_hand(r, CITY, A, QP_LANE_BULK, rig_seal(r, &f, NULL)), 0);
    f = rig_forged(r, B, QP_SCOPE_HORIZON, NULL, QP_LANE_BULK);
    Qp__Event *ev = rig_event(r, B, QP__EVENT__BODY_CIRCULAR_SAID, NULL);
    struct qp_hash hash;
    qp_hash(&hash, "it", 2);
    *ev->circular_said = (Qp__CircularSaid)QP__CIRCULAR_SAID__INIT;
    ev->circular_said->id = (ProtobufCBinaryData){QP_ID_LEN, id};
    ev->circular_said->number = ev->circular_said->parts = 1;
    ev->circular_said->period = QP_PERIOD_DAY;
    ev->circular_said->from_us = from_us;
    ev->circular_said->to_us = from_us + SECOND;
    ev->circular_said->hash = (ProtobufCBinaryData){QP_HASH_LEN, hash.b};
    ev->circular_said->bytes = 2;
    ev->circular_said->body = (ProtobufCBinaryData){2, (uint8_t *)qp_arena_text(r->arena, "it")};
    rig_add(&f, ev);
    assert_int_equal(rig_hand(r, B, A, QP_LANE_BULK, rig_seal(r, &f, NULL)), 0);
    const Qp__CircularHead *h = head_of(r, A, id);
    assert_non_null(h);
    assert_int_equal(h->n_words, 2);
    assert_int_equal(h->words[1]->verb, QP_CIRCULAR_ACCEPT);
}

/* E7: what comes from below under another's id, or judges what lies beside it, has no effect. */
static void nobody_speaks_under_anothers_id_and_only_those_above_judge(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    int side = rig_join(r, CITY, "side");
    rig_settle(r);
    struct qp_reply c = rig_circular(r, A, QP_PERIOD_DAY, NULL);
    rig_settle(r);
    struct forged f = rig_forged(r, side, QP_SCOPE_HORIZON, NULL, QP_LANE_BULK);
    Qp__Event *ev = rig_event(r, side, QP__EVENT__BODY_CIRCULAR_JUDGED, NULL);
    ev->circular_judged->circular =
        (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(r->arena, c.matter, QP_ID_LEN)};
    ev->circular_judged->node = (ProtobufCBinaryData){QP_ID_LEN, r->nodes[A].id};
    ev->circular_judged->verb = QP_CIRCULAR_ACCEPT;
    rig_add(&f, ev);
    ev = rig_event(r, side, QP__EVENT__BODY_CIRCULAR_SAID, NULL);
    *ev->circular_said = *head_of(r, CITY, c.matter)->said;
    ev->circular_said->number = 7;
    ev->circular_said->body = (ProtobufCBinaryData){4, (uint8_t *)qp_arena_text(r->arena, "lies")};
    rig_add(&f, ev);
    ev = rig_event(r, side, QP__EVENT__BODY_CIRCULAR_SAID, NULL);
    *ev->circular_said = *head_of(r, CITY, c.matter)->said;
    ev->circular_said->part = 30;
    ev->circular_said->body = (ProtobufCBinaryData){4, (uint8_t *)qp_arena_text(r->arena, "lies")};
    rig_add(&f, ev);
    assert_int_equal(rig_hand(r, side, CITY, QP_LANE_BULK, rig_seal(r, &f, NULL)), 0);
    Qp__CircularHead *h = head_of(r, CITY, c.matter);
    assert_int_equal(h->n_words, 0);
    assert_int_equal(h->said->number, 1);
    assert_memory_equal(h->node.data, r->nodes[A].id, QP_ID_LEN);
    body_of(r, CITY, c.matter);
}

static void say_part(struct rig *r, struct forged *f, const Qp__CircularSaid *like, uint32_t part,
                     const char *bytes, const char *whole)
{
    Qp__Event *ev = rig_event(r, A, QP__EVENT__BODY_CIRCULAR_SAID, NULL);
    Qp__CircularSaid *s = ev->circular_said;
    struct qp_hash *h = qp_arena_take(r->arena, sizeof *h);
    qp_hash(h, whole, strlen(whole));
    *s = *like;
    s->part = part;
    s->parts = 2;
    s->bytes = (uint32_t)strlen(whole);
    s->hash = (ProtobufCBinaryData){QP_HASH_LEN, h->b};
    s->body = (ProtobufCBinaryData){strlen(bytes), (uint8_t *)qp_arena_text(r->arena, bytes)};
    rig_add(f, ev);
}

/* Else its head says one thing and its body is another: damaged for everybody who asks for it. */
static void the_last_part_does_not_say_how_many_bytes_there_are(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    rig_settle(r);
    uint8_t id[QP_ID_LEN];
    Qp__CircularSaid like = QP__CIRCULAR_SAID__INIT;
    like.number = 9;
    like.period = QP_PERIOD_DAY;
    like.from_us = r->now_us;
    like.to_us = r->now_us + SECOND;
    qp_circular_id(id, r->nodes[A].id, 1, like.number, like.from_us);
    like.id = (ProtobufCBinaryData){QP_ID_LEN, id};
    struct forged f = rig_forged(r, A, QP_SCOPE_HORIZON, NULL, QP_LANE_BULK);
    say_part(r, &f, &like, 0, "one", "one and two");
    say_part(r, &f, &like, 1, "two", "onetwo");
    say_part(r, &f, &like, 0, "one", "onetwo"); /* nor does a second first part */
    struct qp_hash first;
    assert_int_equal(rig_hand(r, A, CITY, QP_LANE_BULK, rig_seal(r, &f, &first)), 0);
    assert_null(head_of(r, CITY, id));
    f.n = 0; /* the next of the chain */
    f.h.seq++;
    f.h.clock++;
    f.h.prev = first;
    say_part(r, &f, &like, 1, " and two", "other");
    assert_int_equal(rig_hand(r, A, CITY, QP_LANE_BULK, rig_seal(r, &f, NULL)), 0);
    const Qp__CircularHead *h = head_of(r, CITY, id);
    assert_non_null(h);
    assert_int_equal(h->said->bytes, strlen("one and two"));
}

static void it_is_the_same_after_a_restart_a_rebuild_and_a_fire(void **state)
{
    struct rig *r = *state;
    work(r);
    struct qp_reply c = rig_circular(r, A, QP_PERIOD_DAY, "key"), d = rig_circular(r, A, QP_PERIOD_DAY, NULL);
    rig_settle(r);
    rig_ok(rig_judge(r, CITY, d.matter, QP_CIRCULAR_ACCEPT, "good"));
    rig_settle(r);
    struct tables was = rig_tables(r, A);
    rig_rebuild(r, A);
    struct tables now = rig_tables(r, A);
    rig_same_tables(&was, &now, T(QUEUE) | T(PEER) | T(RECEIPT) | T(HELD) | T(DEPTH));
    rig_burn(r, A);
    rig_rejoin(r, A);
    rig_settle(r);
    Qp__CircularHead *h = head_of(r, A, c.matter);
    assert_non_null(h);
    assert_memory_equal(h->corrected.data, d.matter, QP_ID_LEN);
    assert_int_equal(head_of(r, A, d.matter)->n_words, 1);
    struct qp_reply e = rig_circular(r, A, QP_PERIOD_DAY, NULL);
    rig_ok(e);
    assert_int_equal(head_of(r, A, e.matter)->said->number, 3);
    total_is(r, A, e.matter, QP_CF_OPENED, 2, 0);
}

/* A key longer than all others, many of them: the body comes in parts, and what has no room stands in one row. */
static void a_large_one_comes_in_parts(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    rig_settle(r);
    for (int i = 0; i < QP_CIRCULAR_KEYS + 20; i++) {
        char text[QP_NAME_BYTES + 1];
        Qp__Event *ev = rig_opened(r, "many", QP_ROUTINE);
        snprintf(text, sizeof text, "%060d", i);
        ev->opened->face->category = qp_arena_text(r->arena, text);
        ev->opened->face->source = ev->opened->face->category;
        rig_ok(rig_try(r, A, ev));
    }
    rig_settle(r);
    struct qp_reply c = rig_circular(r, A, QP_PERIOD_DAY, NULL);
    rig_ok(c);
    rig_settle(r);
    assert_true(head_of(r, CITY, c.matter)->said->parts > 1);
    total_is(r, CITY, c.matter, QP_CF_OPENED, QP_CIRCULAR_KEYS + 20, 0);
    const Qp__Circular *body = body_of(r, CITY, c.matter);
    size_t rests = 0, told = 0;
    for (size_t i = 0; i < body->n_rows; i++)
        rests += body->rows[i]->rest ? 1 : 0;
    for (size_t i = 0; i < body->n_findings; i++) {
        told += body->findings[i]->kind == QP_FINDING_REST && body->findings[i]->is == 20;
        assert_int_not_equal(body->findings[i]->kind, QP_FINDING_PARTS);
    }
    assert_int_equal(rests, 2);
    assert_int_equal(told, 2);
}

/* Whoever counts them again knows the views that are signed, and no others: those of categories with a row. */
static void rows_by_view_are_of_the_categories_that_have_a_row(void **state)
{
    struct rig *r = *state;
    struct qp_numbers n;
    uint64_t viewed = 0, categories = 0;
    rig_tree(r, 2);
    rig_settle(r);
    rig_ok(rig_say_policy(
        r, A,
        "{'version':'one','title':'T','categories':[{'code':'','title':'其他','title_en':'other',"
        "'view':'社情'}]}",
        NULL));
    for (int i = 0; i < QP_CIRCULAR_KEYS + 20; i++) {
        char text[40];
        Qp__Event *ev = rig_opened(r, "many", QP_ROUTINE);
        snprintf(text, sizeof text, "kind %d", i);
        ev->opened->face->category = qp_arena_text(r->arena, text);
        rig_ok(rig_try(r, A, ev));
    }
    struct qp_reply c = rig_circular(r, A, QP_PERIOD_DAY, NULL);
    rig_ok(c);
    const Qp__Circular *body = body_of(r, A, c.matter);
    for (size_t i = 0; i < body->n_rows; i++) {
        const Qp__CircularRow *row = body->rows[i];
        assert_int_equal(qp_numbers_read(&n, row->now), 0);
        viewed += row->by == QP_CB_VIEW ? n.n[QP_CF_OPENED][0] : 0;
        categories += row->by == QP_CB_CATEGORY && strcmp(row->view, "社情") == 0;
    }
    assert_int_equal(categories, QP_CIRCULAR_KEYS);
    assert_int_equal(viewed, QP_CIRCULAR_KEYS);
}

/* CI4: the base was issued, then something came late. */
static void a_base_that_was_revised_is_told(void **state)
{
    struct rig *r = *state;
    work(r);
    rig_ok(rig_circular(r, A, QP_PERIOD_DAY, NULL));
    rig_open(r, B, "late"); /* not yet heard at A */
    r->now_us += 86400 * SECOND;
    rig_settle(r);
    struct qp_reply c = rig_circular(r, A, QP_PERIOD_DAY, NULL);
    rig_ok(c);
    const Qp__Circular *body = body_of(r, A, c.matter);
    size_t told = 0;
    for (size_t i = 0; i < body->n_findings; i++) {
        const Qp__CircularFinding *f = body->findings[i];
        told += f->kind == QP_FINDING_BASE && f->figure == 1 + QP_CF_OPENED && f->was == 2 && f->is == 3;
    }
    assert_int_equal(told, 1);
}

/* What can be lost of it (a row of the tables) hinders what is issued of the day after no more than its absence would. */
static void a_damaged_base_hinders_no_later_circular(void **state)
{
    struct rig *r = *state;
    struct qp_txn t;
    uint8_t key[1 + QP_ID_LEN + 1] = {'p'};
    work(r);
    struct qp_reply was = rig_circular(r, A, QP_PERIOD_DAY, NULL);
    rig_ok(was);
    memcpy(key + 1, was.matter, QP_ID_LEN);
    struct qp_store *s = r->nodes[A].store;
    assert_int_equal(qp_store_begin(s, &t, NULL), 0);
    assert_int_equal(qp_del(t.tables, qp_store_dbi(s, QP_T_CIRCULAR), key, sizeof key, NULL), 0);
    assert_int_equal(qp_store_commit_journal(&t, NULL), 0);
    assert_int_equal(qp_store_commit_tables(&t, NULL), 0);
    r->now_us += 86400 * SECOND;
    struct qp_reply c = rig_circular(r, A, QP_PERIOD_DAY, NULL);
    rig_ok(c);
    const Qp__Circular *body = body_of(r, A, c.matter);
    for (size_t i = 0; i < body->n_findings; i++)
        assert_int_not_equal(body->findings[i]->kind, QP_FINDING_BASE);
}

/* A child's figure that nobody counts to is no figure: with it in what it signs a node would issue what nobody can read. */
static void what_a_child_cannot_have_counted_is_not_said_again(void **state)
{
    struct rig *r = *state;
    uint8_t id[QP_ID_LEN], packed[QP_CIRCULAR_NUMBERS];
    struct qp_hash h;
    work(r);
    struct qp_reply honest = rig_circular(r, A, QP_PERIOD_DAY, NULL);
    rig_ok(honest);
    rig_settle(r);
    struct qp_numbers n = {.n = {[QP_CF_OPENED] = {UINT64_C(1) << 60}}};
    Qp__Circular *body = body_of(r, CITY, honest.matter);
    body->rows[0]->now = (ProtobufCBinaryData){qp_numbers_pack(packed, &n), packed};
    size_t len;
    uint8_t *bytes = qp_encode(&body->base, r->arena, &len);
    Qp__Event *ev = rig_event(r, A, QP__EVENT__BODY_CIRCULAR_SAID, NULL);
    Qp__CircularSaid *s = ev->circular_said;
    *s = *head_of(r, CITY, honest.matter)->said;
    s->number = 2;
    qp_circular_id(id, r->nodes[A].id, 1, s->number, s->from_us);
    qp_hash(&h, bytes, len);
    s->id = (ProtobufCBinaryData){QP_ID_LEN, id};
    s->hash = (ProtobufCBinaryData){QP_HASH_LEN, h.b};
    s->body = (ProtobufCBinaryData){len, bytes};
    s->bytes = (uint32_t)len;
    s->parts = 1;
    struct forged f = rig_forged(r, A, QP_SCOPE_HORIZON, NULL, QP_LANE_BULK);
    rig_add(&f, ev);
    assert_int_equal(rig_hand(r, A, CITY, QP_LANE_BULK, rig_seal(r, &f, NULL)), 0);
    assert_non_null(head_of(r, CITY, id));
    struct qp_reply c = rig_circular(r, CITY, QP_PERIOD_DAY, NULL);
    rig_ok(c);
    const Qp__Circular *city = body_of(r, CITY, c.matter); /* it can be read */
    assert_int_equal(city->n_below, 1);
    assert_int_equal(city->below[0]->number, 0); /* as one that is damaged */
    total_is(r, CITY, c.matter, QP_CF_OPENED, 2, 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, rig_up, rig_down)
    const struct CMUnitTest tests[] = {
        TEST(every_level_counts_the_same_and_those_above_have_it),
        TEST(a_second_one_corrects_the_first_and_a_key_makes_none),
        TEST(a_superior_judges_and_its_node_learns_of_it),
        TEST(words_stand_by_their_time_and_once_however_they_come),
        TEST(words_that_come_before_their_circular_wait_each),
        TEST(nobody_speaks_under_anothers_id_and_only_those_above_judge),
        TEST(the_last_part_does_not_say_how_many_bytes_there_are),
        TEST(it_is_the_same_after_a_restart_a_rebuild_and_a_fire),
        TEST(a_large_one_comes_in_parts),
        TEST(rows_by_view_are_of_the_categories_that_have_a_row),
        TEST(a_base_that_was_revised_is_told),
        TEST(a_damaged_base_hinders_no_later_circular),
        TEST(what_a_child_cannot_have_counted_is_not_said_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
