/* again_test.c: what was taken in while nobody above heard this node is brought in when it has joined again:
 * nothing twice, nothing that would take a matter from whoever holds it by now (E6). */
#include <stdio.h>

#include "node/core/duty.h"
#include "node/core/private.h"
#include "node/matter/may.h"
#include "proto/audit.h"
#include "tests/unit/core/rig.h"

enum { CITY, A, B };

struct kept {
    struct rig *r;
    struct qp_slice v[64];
    size_t n;
};

static void keep(void *arg, const struct qp_record *rec, const struct qp_parcel *p)
{
    struct kept *k = arg;
    for (uint32_t i = 0; rec->kind == QP_RECORD_OWN && i < p->h.count; i++) {
        assert_true(k->n < 64);
        k->v[k->n++] =
            (struct qp_slice){qp_arena_copy(k->r->arena, p->events[i].p, p->events[i].len), p->events[i].len};
    }
}

/* Nothing of A's is heard any more: another parcel of its is shown for a place of its chain. */
static void unheard(struct rig *r)
{
    matter m = {{7}};
    Qp__Event *ev = rig_event(r, A, QP__EVENT__BODY_COMMENTED, &m);
    ev->commented->text = qp_arena_text(r->arena, "another story");
    struct forged f = rig_forged(r, A, QP_SCOPE_HORIZON, NULL, QP_LANE_BULK);
    rig_add(&f, ev);
    f.h.seq -= 1;
    memset(&f.h.prev, 0, sizeof f.h.prev);
    assert_int_equal(rig_hand(r, A, CITY, QP_LANE_BULK, rig_seal(r, &f, NULL)), 0);
    assert_int_equal(rig_metrics(r, CITY).refused_fork, 1);
    r->nverdicts = 0; /* A has not heard of it yet, and goes on */
}

static struct kept set_aside(struct rig *r)
{
    struct kept k = {.r = r};
    rig_each(r, A, keep, &k);
    rig_burn(r, A);
    rig_rejoin(r, A);
    return k;
}

static struct qp_reply again(struct rig *r, int i, const struct qp_slice *event)
{
    struct qp_command c = {.op = QP_OP_AGAIN, .if_version = -1, .again = *event};
    return rig_command(r, i, &c);
}

static int bring_in(struct rig *r, const struct kept *k)
{
    int created = 0;
    for (size_t i = 0; i < k->n; i++) {
        struct qp_reply reply = again(r, A, &k->v[i]);
        rig_ok(reply);
        created += reply.created;
    }
    rig_settle(r);
    return created;
}

static Qp__Event *note_of(struct rig *r, int body, matter m, const char *text)
{
    Qp__Event *ev = rig_draft(r, body, &m);
    if (body == QP__EVENT__BODY_PROGRESSED)
        ev->progressed->note = qp_arena_text(r->arena, text);
    else
        ev->handled->result = qp_arena_text(r->arena, text);
    return ev;
}

static void what_was_taken_in_unheard_is_brought_in_once(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    matter old = rig_open(r, A, "before");
    rig_settle(r);
    unheard(r);
    matter m = rig_open(r, A, "nobody heard this");
    rig_ok(rig_try(r, A, note_of(r, QP__EVENT__BODY_PROGRESSED, m, "on the way")));
    rig_ok(rig_try(r, A, note_of(r, QP__EVENT__BODY_PROGRESSED, old, "nor this")));
    rig_ok(rig_comment(r, A, m, "a word"));
    matter urgent = rig_emergency(r, A, "urgent");
    rig_settle(r);
    assert_null(rig_row(r, CITY, m));
    assert_null(rig_row(r, CITY, urgent));
    assert_false(rig_ticks(r, A, m).held);
    struct kept k = set_aside(r);
    rig_code(again(r, A, &k.v[k.n - 1]), QP_ERECOVER);
    rig_settle(r);
    assert_null(rig_row(r, A, m));
    for (int round = 0; round < 2; round++) {
        int created = bring_in(r, &k);
        if (round == 0)
            assert_true(created >= 5);
        else
            assert_int_equal(created, 0);
        for (int i = CITY; i <= A; i++) {
            assert_int_equal(rig_history(r, i, m, QP__EVENT__BODY_OPENED), 1);
            assert_int_equal(rig_history(r, i, m, QP__EVENT__BODY_PROGRESSED), 1);
            assert_int_equal(rig_history(r, i, m, QP__EVENT__BODY_COMMENTED), 1);
            assert_int_equal(rig_history(r, i, old, QP__EVENT__BODY_PROGRESSED), 1);
            assert_non_null(rig_row(r, i, urgent));
        }
        rig_same_face(r, m);
        rig_same_face(r, old);
        assert_true(rig_ticks(r, A, m).top);
    }
    rig_ok(rig_try(r, A, note_of(r, QP__EVENT__BODY_HANDLED, m, "done"))); /* and the work goes on */
    struct tables before = rig_tables(r, A);
    rig_rebuild(r, A);
    struct tables after = rig_tables(r, A);
    rig_same_tables(&before, &after, T(QUEUE) | T(PEER) | T(RECEIPT) | T(HELD) | T(DEPTH));
}

/* It had accepted a matter that nobody saw it accept; the sender withdrew it, and handles it itself. */
static void custody_comes_back_as_a_comment_only(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    rig_open(r, A, "so that there is a chain");
    matter m = rig_open(r, CITY, "from above");
    rig_ok(rig_offer(r, CITY, m, QP_KIND_DISPATCH, "city/a"));
    rig_settle(r);
    unheard(r);
    rig_ok(rig_step(r, A, m, QP__EVENT__BODY_ACCEPTED));
    char words[4000] = "";
    for (size_t i = 0; i + 3 < sizeof words; i += 3)
        memcpy(words + i, "处", 4); /* longer than a comment that tells of it: it is cut between characters */
    Qp__Event *handled = note_of(r, QP__EVENT__BODY_HANDLED, m, "done");
    handled->handled->note = qp_arena_text(r->arena, words);
    rig_ok(rig_try(r, A, handled));
    rig_settle(r);
    assert_true(rig_holds(r, A, m)); /* so it thinks */
    struct kept k = set_aside(r);
    rig_ok(rig_step(r, CITY, m, QP__EVENT__BODY_WITHDRAWN));
    rig_settle(r);
    assert_true(rig_holds(r, CITY, m));
    int noted = 0;
    for (size_t i = 0; i < k.n; i++) {
        struct qp_reply reply = again(r, A, &k.v[i]);
        rig_ok(reply);
        noted += strcmp(reply.text, "noted") == 0;
    }
    assert_int_equal(noted, 2); /* and whoever brings it in is told so */
    rig_settle(r);
    bring_in(r, &k);
    assert_true(rig_holds(r, CITY, m));
    assert_false(rig_holds(r, A, m));
    assert_int_equal(rig_history(r, CITY, m, QP__EVENT__BODY_COMMENTED),
                     2); /* accepted, handled: once each */
    assert_int_equal(rig_history(r, CITY, m, QP__EVENT__BODY_HANDLED), 0);
    rig_same_face(r, m);
}

/* The same event as a copy of A's disk would have said it: another word under the same id. */
static struct qp_slice said_by_a_copy(struct rig *r, const struct qp_slice *event, const char *text)
{
    Qp__Event *ev;
    struct qp_slice s;
    assert_int_equal(QP_DECODE(&ev, event, event->p, event->len, r->arena, NULL), 0);
    assert_int_equal(ev->body_case, QP__EVENT__BODY_COMMENTED);
    ev->key = qp_arena_text(r->arena, text);
    ev->commented->text = qp_arena_text(r->arena, text);
    s.p = qp_encode(&ev->base, r->arena, &s.len);
    return s;
}

/* Two copies of one folder count on from the same number: what the one took in is not what the other said, although both have one
 * id (C5). */
static void what_two_copies_said_under_one_id_is_told_of_both(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    matter m = rig_open(r, A, "one");
    rig_ok(rig_comment(r, A, m, "heard above"));
    rig_settle(r);
    struct kept k = set_aside(r);
    rig_settle(r);
    struct qp_slice said = k.v[k.n - 1], second = said_by_a_copy(r, &said, "the second copy's"),
                    third = said_by_a_copy(r, &said, "the third one's");
    const struct {
        struct qp_slice event;
        const char *told;
    } folders[] = {{said, ""}, {second, "noted"}, {third, "noted"}, {second, ""}, {third, ""}, {said, ""}};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        struct qp_reply reply = again(r, A, &folders[i].event);
        rig_ok(reply);
        assert_string_equal(reply.text, folders[i].told);
    }
    rig_settle(r);
    assert_int_equal(rig_history(r, CITY, m, QP__EVENT__BODY_COMMENTED), 3); /* each once */
    rig_same_face(r, m);
}

/* The child below has heard the copy, the city the true one; then A comes back, and both hand back what they have. */
static void what_a_child_alone_heard_of_a_copy_is_told_above(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    matter one = rig_open(r, A, "one"), two = rig_open(r, A, "two");
    rig_ok(rig_comment(r, A, one, "heard above"));
    rig_settle(r);
    struct kept k = {.r = r};
    rig_each(r, A, keep, &k);
    struct qp_slice said = k.v[k.n - 1];
    struct forged f = rig_forged(r, A, QP_SCOPE_NODE, r->nodes[B].id, QP_LANE_BULK);
    const matter *of[] = {&one, &two};
    for (int i = 0; i < 2; i++) {
        struct qp_slice copy = said_by_a_copy(r, &said, i == 0 ? "the copy's" : "of another matter");
        Qp__Event *ev;
        assert_int_equal(QP_DECODE(&ev, event, copy.p, copy.len, r->arena, NULL), 0);
        memcpy(ev->matter.data, of[i]->b, QP_ID_LEN);
        rig_add(&f, ev);
    }
    assert_int_equal(rig_hand(r, A, B, QP_LANE_BULK, rig_seal(r, &f, NULL)), 0);
    rig_burn(r, A);
    rig_rejoin(r, A);
    rig_settle(r);
    assert_int_equal(rig_history(r, CITY, one, QP__EVENT__BODY_COMMENTED),
                     2); /* the one as it was said, the other told of */
    assert_int_equal(rig_history(r, CITY, two, QP__EVENT__BODY_COMMENTED), 1); /* nothing stands against it */
    rig_same_face(r, one);
    rig_same_face(r, two);
}

/* Both copies were heard above, one by each lane: who comes back shows one of the two, and tells of the other. */
static void what_came_second_under_one_id_is_told_where_it_was_said(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    matter m = rig_open(r, A, "one");
    rig_ok(rig_comment(r, A, m, "the one copy's"));
    rig_settle(r);
    struct kept k = {.r = r};
    rig_each(r, A, keep, &k);
    struct qp_slice copy = said_by_a_copy(r, &k.v[k.n - 1], "the other's");
    Qp__Event *ev;
    assert_int_equal(QP_DECODE(&ev, event, copy.p, copy.len, r->arena, NULL), 0);
    struct forged f = rig_forged(r, A, QP_SCOPE_HORIZON, NULL, QP_LANE_URGENT);
    rig_add(&f, ev);
    assert_int_equal(rig_hand(r, A, CITY, QP_LANE_URGENT, rig_seal(r, &f, NULL)), 0);
    rig_burn(r, A);
    rig_rejoin(r, A);
    rig_settle(r);
    assert_int_equal(rig_history(r, A, m, QP__EVENT__BODY_COMMENTED), 2);
    rig_same_face(r, m);
}

static void accounts_and_tokens_come_back_where_their_names_are_free(void **state)
{
    struct rig *r = *state;
    uint8_t hash[32] = {1}, other[32] = {2};
    struct qp_token_entry t;
    struct qp_hash h;
    struct qp_read read;
    rig_tree(r, 2);
    rig_open(r, A, "so that there is a chain");
    rig_settle(r);
    static const char *const names[] = {"desk", "taken"};
    for (int i = 0; i < 2; i++) {
        Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_TOKEN_MADE, NULL);
        ev->token_made->name = qp_arena_text(r->arena, names[i]);
        hash[1] = (uint8_t)i;
        ev->token_made->hash = (ProtobufCBinaryData){32, qp_arena_copy(r->arena, hash, 32)};
        ev->token_made->rights = QP_RIGHT_READ;
        struct qp_command c = {.op = QP_OP_RESOURCE, .draft = ev, .if_version = -1};
        rig_ok(rig_command(r, A, &c));
    }
    struct kept k = set_aside(r);
    rig_settle(r);
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_TOKEN_MADE, NULL);
    ev->token_made->name = qp_arena_text(r->arena, "taken");
    ev->token_made->hash = (ProtobufCBinaryData){32, qp_arena_copy(r->arena, other, 32)};
    struct qp_command c = {.op = QP_OP_RESOURCE, .draft = ev, .if_version = -1};
    rig_ok(rig_command(r, A, &c));
    bring_in(r, &k);
    assert_int_equal(qp_read_begin(r->nodes[A].store, &read, NULL), 0);
    hash[1] = 0;
    memcpy(h.b, hash, 32);
    assert_int_equal(qp_token_read(&read, &h, &t), 0);
    assert_string_equal(t.name, "desk");
    hash[1] = 1;
    memcpy(h.b, hash, 32);
    assert_int_equal(qp_token_read(&read, &h, &t), QP_ENOTFOUND);
    qp_read_end(&read);
}

static void nothing_but_a_former_incarnations_own_words_is_brought_in(void **state)
{
    struct rig *r = *state;
    size_t len;
    rig_tree(r, 2);
    matter m = rig_open(r, A, "one");
    rig_settle(r);
    Qp__Event *ev = rig_event(r, A, QP__EVENT__BODY_COMMENTED, &m);
    ev->commented->text = qp_arena_text(r->arena, "of this very incarnation");
    struct qp_slice s = {qp_encode(&ev->base, r->arena, &len), 0};
    s.len = len;
    rig_code(again(r, A, &s), QP_ESCOPE);
    rig_burn(r, A);
    rig_rejoin(r, A);
    rig_settle(r);
    ev->origin = (ProtobufCBinaryData){QP_ID_LEN, r->nodes[CITY].id};
    s.p = qp_encode(&ev->base, r->arena, &s.len);
    rig_code(again(r, A, &s), QP_ESCOPE);
    s.len /= 2;
    rig_code(again(r, A, &s), QP_EINVAL);
    ev->origin = (ProtobufCBinaryData){QP_ID_LEN, r->nodes[A].id};
    matter nowhere = {{77}};
    ev->matter = (ProtobufCBinaryData){QP_ID_LEN, nowhere.b};
    s.p = qp_encode(&ev->base, r->arena, &s.len);
    rig_code(again(r, A, &s), QP_ENOTFOUND);
}

/* ---- what is of no matter ---- */

static struct qp_reply as_li(struct rig *r, int op, Qp__Event *ev)
{
    static const struct qp_asker li = {.by = "user:li", .desk = "", .rights = QP_RIGHT_REPORT};
    ev->by = qp_arena_text(r->arena, li.by);
    struct qp_command c = {.op = op, .draft = ev, .if_version = -1, .who = &li};
    return rig_command(r, A, &c);
}

static struct qp_reply mark(struct rig *r, const uint8_t patrol[QP_ID_LEN], enum qp_mark_kind kind)
{
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_PATROL_MARKED, NULL);
    ev->patrol_marked->id = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(r->arena, patrol, QP_ID_LEN)};
    ev->patrol_marked->kind = kind;
    return as_li(r, QP_OP_GROUND, ev);
}

static const Qp__PatrolRow *patrol_at(struct rig *r, int i, const uint8_t patrol[QP_ID_LEN])
{
    struct qp_read read;
    Qp__PatrolRow *out = NULL;
    assert_int_equal(qp_read_begin(r->nodes[i].store, &read, &r->e), 0);
    if (qp_patrol_read(&read, patrol, r->arena, &out))
        out = NULL;
    qp_read_end(&read);
    return out;
}

static const uint8_t *patrol_of_li(struct rig *r)
{
    struct qp_read read;
    uint8_t *id = qp_arena_take(r->arena, QP_ID_LEN);
    assert_int_equal(qp_read_begin(r->nodes[A].store, &read, &r->e), 0);
    assert_int_equal(qp_patrol_of(&read, "li", id), 0);
    qp_read_end(&read);
    return id;
}

static int logins(struct rig *r, int i)
{
    struct qp_read read;
    MDB_stat st;
    assert_int_equal(qp_read_begin(r->nodes[i].store, &read, &r->e), 0);
    assert_int_equal(mdb_stat(read.tables, qp_store_dbi(r->nodes[i].store, QP_T_AUDIT), &st), 0);
    qp_read_end(&read);
    return (int)st.ms_entries;
}

static void a_walk_and_the_trail_are_brought_in_and_nobody_walks_twice(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    Qp__Event *g = rig_draft(r, QP__EVENT__BODY_GRID_MADE, NULL);
    g->grid_made->code = g->grid_made->title = qp_arena_text(r->arena, "g1");
    struct qp_command made = {.op = QP_OP_RESOURCE, .draft = g, .if_version = -1};
    rig_ok(rig_command(r, A, &made));
    rig_settle(r);
    unheard(r);
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_PATROL_STARTED, NULL);
    ev->patrol_started->grid = qp_arena_text(r->arena, "g1");
    ev->patrol_started->person = qp_arena_text(r->arena, "li");
    struct qp_reply begun = as_li(r, QP_OP_GROUND, ev);
    rig_ok(begun);
    for (int i = 0; i < 8; i++) {
        rig_ok(mark(r, begun.matter, QP_MARK_CHECKPOINT));
        r->now_us += 240 * SECOND;
    }
    rig_ok(mark(r, begun.matter, QP_MARK_STOP));
    ev = rig_draft(r, QP__EVENT__BODY_AUDITED, NULL);
    ev->audited->what = QP_AUDIT_LOGIN;
    rig_ok(as_li(r, QP_OP_AUDIT, ev));
    rig_settle(r);
    assert_null(patrol_at(r, CITY, begun.matter));
    struct kept k = set_aside(r);
    rig_settle(r);
    assert_null(patrol_at(r, A, begun.matter));
    ev = rig_draft(r, QP__EVENT__BODY_PATROL_STARTED, NULL);
    ev->patrol_started->grid = qp_arena_text(r->arena, "g1");
    ev->patrol_started->person = qp_arena_text(r->arena, "li");
    struct qp_reply walks = as_li(r, QP_OP_GROUND, ev); /* he is on another meanwhile */
    rig_ok(walks);
    int before = logins(r, CITY);
    for (int round = 0; round < 2; round++) {
        int created = bring_in(r, &k);
        assert_true(round == 0 ? created >= 11 : created == 0);
        for (int i = CITY; i <= A; i++) {
            assert_non_null(patrol_at(r, i, begun.matter));
            assert_int_equal(patrol_at(r, i, begun.matter)->minutes, 28);
            assert_true(patrol_at(r, i, begun.matter)->stopped_us > 0);
        }
        assert_int_equal(logins(r, CITY), before + 1);
        assert_memory_equal(patrol_of_li(r), walks.matter, QP_ID_LEN);
    }
    rig_ok(mark(r, walks.matter, QP_MARK_STOP));
    struct tables was = rig_tables(r, A);
    rig_rebuild(r, A);
    struct tables is = rig_tables(r, A);
    rig_same_tables(&was, &is, T(QUEUE) | T(PEER) | T(RECEIPT) | T(HELD) | T(DEPTH));
}

static struct qp_slice said_by_li(struct rig *r, Qp__Event *ev)
{
    struct qp_slice s;
    ev->by = qp_arena_text(r->arena, "user:li");
    s.p = qp_encode(&ev->base, r->arena, &s.len);
    return s;
}

/* What only people can say again is left out with a sentence, and never without one. */
static void what_only_people_can_say_again_is_named_with_what_to_do(void **state)
{
    struct rig *r = *state;
    static const uint8_t some[QP_HASH_LEN] = {9};
    const ProtobufCBinaryData id = {QP_ID_LEN, (uint8_t *)(uintptr_t)some},
                              hash = {QP_HASH_LEN, (uint8_t *)(uintptr_t)some};
    rig_tree(r, 2);
    rig_settle(r);
    Qp__Event *line = rig_event(r, A, QP__EVENT__BODY_LINE_SAID, NULL),
              *lead = rig_event(r, A, QP__EVENT__BODY_LEAD_SAID, NULL),
              *back = rig_event(r, A, QP__EVENT__BODY_LEAD_SAID, NULL),
              *warning = rig_event(r, A, QP__EVENT__BODY_WARNING_SAID, NULL),
              *policy = rig_event(r, A, QP__EVENT__BODY_POLICY_SAID, NULL),
              *judged = rig_event(r, A, QP__EVENT__BODY_CIRCULAR_JUDGED, NULL);
    line->line_said->line = line->line_said->sealed = id;
    line->line_said->n = 4;
    line->line_said->kind = QP_LINE_MESSAGE;
    lead->lead_said->lead = back->lead_said->lead = id;
    lead->lead_said->verb = QP_LEAD_CONFIRM;
    back->lead_said->verb = QP_LEAD_UNDO;
    warning->warning_said->warning = id;
    warning->warning_said->verb = QP_WARNING_NOTE;
    warning->warning_said->text = qp_arena_text(r->arena, "a word");
    policy->policy_said->version = qp_arena_text(r->arena, "t2");
    policy->policy_said->revision = policy->policy_said->parts = policy->policy_said->bytes = 1;
    policy->policy_said->hash = hash;
    policy->policy_said->json = (ProtobufCBinaryData){1, (uint8_t *)(uintptr_t)some};
    judged->circular_judged->circular = judged->circular_judged->node = id;
    judged->circular_judged->verb = QP_CIRCULAR_ACCEPT;
    const struct {
        struct qp_slice said;
        const char *remedy; /* NULL: there is nothing to do */
    } v[] = {{said_by_li(r, line), "say it again on the line"},
             {said_by_li(r, lead), "look at the lead"},
             {said_by_li(r, back), NULL},
             {said_by_li(r, warning), "look at the warning"},
             {said_by_li(r, policy), "issue the policy again"},
             {said_by_li(r, judged), "look at the circular"}};
    rig_burn(r, A);
    rig_rejoin(r, A);
    rig_settle(r);
    for (size_t i = 0; i < sizeof v / sizeof *v; i++) {
        struct qp_reply reply = again(r, A, &v[i].said);
        rig_code(reply, v[i].remedy ? QP_ENOTFOUND : 0);
        if (v[i].remedy && (!strstr(reply.text, v[i].remedy) || !strstr(reply.text, "user:li")))
            fail_msg("%zu: %s", i, reply.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, rig_up, rig_down)
        TEST(what_was_taken_in_unheard_is_brought_in_once),
        TEST(custody_comes_back_as_a_comment_only),
        TEST(what_two_copies_said_under_one_id_is_told_of_both),
        TEST(what_a_child_alone_heard_of_a_copy_is_told_above),
        TEST(what_came_second_under_one_id_is_told_where_it_was_said),
        TEST(accounts_and_tokens_come_back_where_their_names_are_free),
        TEST(nothing_but_a_former_incarnations_own_words_is_brought_in),
        TEST(a_walk_and_the_trail_are_brought_in_and_nobody_walks_twice),
        TEST(what_only_people_can_say_again_is_named_with_what_to_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
