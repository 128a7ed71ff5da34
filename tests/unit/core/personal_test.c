/* personal_test.c: records of people in the turn: where they lie, who may read them and who hears of it, how they end,
 * and that neither a crash nor a replay changes any of that (VA1, VA2, DE3). */
#include <stdio.h>

#include "node/core/audit.h"
#include "node/matter/may.h"
#include "node/vault/shelf.h"
#include "proto/personal.pb-c.h"
#include "tests/unit/core/rig.h"

enum { CITY, COUNTY, STREET };
#define CANARY "CANARY-13800138000"
#define DAY    (86400 * SECOND)

static struct qp_sealed *record(struct rig *r, int i)
{
    struct qp_sealed *s = qp_arena_take(r->arena, sizeof *s);
    uint8_t seed[QP_SEED_LEN];
    rig_seed(r, seed);
    assert_int_equal(qp_record_lock(s, CANARY, strlen(CANARY), r->nodes[i].keys.box_pk, seed, r->arena, NULL),
                     0);
    return s;
}

static struct qp_command opening(struct rig *r, int i)
{
    return (struct qp_command){.op = QP_OP_STEP,
                               .draft = rig_opened(r, "noise", QP_ROUTINE),
                               .if_version = -1,
                               .sealed = record(r, i)};
}

static matter reported(struct rig *r, int i)
{
    matter m;
    struct qp_command c = opening(r, i);
    struct qp_reply reply = rig_command(r, i, &c);
    rig_ok(reply);
    memcpy(m.b, reply.matter, QP_ID_LEN);
    return m;
}

static bool lies(struct rig *r, int i, matter m)
{
    struct qp_sealed s;
    uint8_t out[QP_RECORD_MOST];
    size_t len;
    if (qp_vault_get(r->nodes[i].vault, m.b, &s, r->arena, NULL) != 0)
        return false;
    assert_int_equal(qp_record_unlock(out, &len, &s, &r->nodes[i].keys), 0);
    assert_int_equal(len, strlen(CANARY));
    assert_memory_equal(out, CANARY, len);
    return true;
}

static struct qp_reply read_it(struct rig *r, int i, matter m, const char *purpose)
{
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_AUDITED, NULL);
    static const struct qp_asker wang = {
        .by = "user:wang", .desk = "", .rights = QP_RIGHT_ALL, .from = QP_FROM_PHONE};
    ev->audited->what = QP_AUDIT_PERSONAL_READ;
    ev->audited->purpose = qp_arena_text(r->arena, purpose);
    ev->audited->matter = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(r->arena, m.b, QP_ID_LEN)};
    struct qp_command c = {.op = QP_OP_PERSONAL, .draft = ev, .who = &wang, .if_version = -1};
    return rig_command(r, i, &c);
}

static struct qp_reply erase(struct rig *r, int i, matter m)
{
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_PERSONAL_ERASED, &m);
    ev->personal_erased->reason = qp_arena_text(r->arena, "he asked for it");
    return rig_try(r, i, ev);
}

static uint32_t state_of(struct rig *r, int i, matter m)
{
    struct qp_read read;
    Qp__Row *row;
    assert_int_equal(qp_read_begin(r->nodes[i].store, &read, NULL), 0);
    uint32_t state = qp_matter_read(&read, m.b, &row, r->arena, NULL) == 0 ? row->face->personal_state : 99;
    qp_read_end(&read);
    return state;
}

/* ---- the audit trail, as a reader sees it ---- */

struct trail {
    char text[4096];
};

static int trail_add(void *arg, const struct qp_audit_entry *x)
{
    struct trail *t = arg;
    if (x->audited->what < QP_AUDIT_PERSONAL_READ || x->audited->what > QP_AUDIT_PERSONAL_ERASED)
        return 0; /* how the rig made its tree */
    size_t n = strlen(t->text);
    snprintf(t->text + n, sizeof t->text - n, "%s %s %s %s;", x->event->by, qp_audit_name(x->audited->what),
             qp_audit_from_name(x->audited->from), x->audited->purpose);
    return 0;
}

static struct trail trail_of(struct rig *r, int i, const char *path)
{
    struct trail t = {""};
    struct qp_read read;
    struct qp_audit_query q = {.path = path, .limit = 100};
    assert_int_equal(qp_read_begin(r->nodes[i].store, &read, NULL), 0);
    assert_int_equal(qp_audit_list(&read, &q, trail_add, &t, r->arena, NULL), 0);
    qp_read_end(&read);
    return t;
}

static bool in_journal(struct rig *r, int i, const void *bytes, size_t len)
{
    struct qp_read read;
    struct qp_record rec;
    bool found = false;
    assert_int_equal(qp_read_begin(r->nodes[i].store, &read, NULL), 0);
    for (uint64_t at = 1; qp_journal_get(read.journal, r->nodes[i].store, at, &rec, NULL) == 0; at++)
        found |= memmem(rec.parcel.p, rec.parcel.len, bytes, len) != NULL;
    qp_read_end(&read);
    return found;
}

/* ---- what must hold ---- */

static void a_record_lies_in_the_vault_and_the_journal_has_its_commitment_alone(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    struct qp_command c = opening(r, STREET);
    struct qp_reply reply = rig_command(r, STREET, &c);
    matter m;
    rig_ok(reply);
    memcpy(m.b, reply.matter, QP_ID_LEN);
    rig_settle(r);
    assert_true(lies(r, STREET, m));
    assert_int_equal(state_of(r, CITY, m), QP_PERSONAL_KEPT);
    for (int i = 0; i < r->n; i++) {
        assert_true(in_journal(r, i, c.sealed->commitment.b, QP_HASH_LEN));
        assert_false(in_journal(r, i, CANARY, strlen(CANARY)));
        assert_false(in_journal(r, i, c.sealed->key, sizeof c.sealed->key));
        assert_false(in_journal(r, i, c.sealed->bytes.p, 32));
    }
    assert_false(lies(r, COUNTY, m));
    rig_rebuild(r, STREET);
    assert_true(lies(r, STREET, m));
}

static void who_reads_a_record_is_seen_by_every_superior_with_his_purpose(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    matter m = reported(r, STREET);
    rig_ok(read_it(r, STREET, m, "return visit"));
    rig_settle(r);
    for (int i = 0; i < r->n; i++) {
        assert_string_equal(trail_of(r, i, NULL).text, "user:wang personal_read phone return visit;");
        assert_string_equal(trail_of(r, i, r->nodes[STREET].path).text, trail_of(r, i, NULL).text);
    }
    assert_string_equal(trail_of(r, CITY, "city/b").text, "");
    rig_rebuild(r, CITY);
    assert_string_equal(trail_of(r, CITY, NULL).text, "user:wang personal_read phone return visit;");
}

static void what_is_not_here_is_not_read_and_the_answer_says_where_it_lies(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    matter none = rig_open(r, COUNTY, "without"), unknown = {{1}};
    rig_settle(r);
    struct qp_reply reply = read_it(r, COUNTY, unknown, "p");
    rig_code(reply, QP_ENOTFOUND);
    reply = read_it(r, COUNTY, none, "p");
    rig_code(reply, QP_ENOTFOUND);
    assert_non_null(strstr(reply.text, "no personal record"));
    matter above = reported(r, CITY); /* below nobody who could be asked */
    rig_ok(rig_offer(r, CITY, above, QP_KIND_DISPATCH, "city/a"));
    rig_settle(r);
    reply = read_it(r, COUNTY, above, "p");
    rig_code(reply, QP_ENOTHOLDER);
    assert_non_null(strstr(reply.text, "lies at city,"));
    assert_string_equal(trail_of(r, CITY, NULL).text, "");
}

static void turned(struct rig *r)
{
    for (int k = 0; k < 4; k++) {
        for (int i = 0; i < r->n; i++)
            rig_tick(r, i);
        rig_settle(r);
    }
}

/* To the street, by way of the county. */
static matter handed_down(struct rig *r)
{
    rig_tree(r, 3);
    matter m = reported(r, CITY);
    rig_ok(rig_offer(r, CITY, m, QP_KIND_DISPATCH, "city/a/b"));
    rig_settle(r);
    rig_ok(rig_step(r, STREET, m, QP__EVENT__BODY_ACCEPTED));
    rig_settle(r);
    return m;
}

static void a_record_passes_to_the_next_holder_when_he_has_accepted(void **state)
{
    struct rig *r = *state;
    matter m = handed_down(r);
    assert_false(lies(r, COUNTY, m)); /* passed on by way of it, and kept nowhere there */
    turned(r);
    assert_true(lies(r, STREET, m));
    assert_true(lies(r, CITY, m));
    assert_false(lies(r, COUNTY, m));
    assert_string_equal(trail_of(r, CITY, NULL).text, "policy personal_passed node ;");
    for (int i = 0; i < r->n; i++)
        assert_false(in_journal(r, i, CANARY, strlen(CANARY)));
    struct qp_sealed s;
    assert_int_equal(qp_vault_get(r->nodes[STREET].vault, m.b, &s, r->arena, NULL), 0);
    for (int i = 0; i < r->n; i++)
        assert_false(in_journal(r, i, s.key, sizeof s.key) || in_journal(r, i, s.bytes.p, 32));
    rig_ok(read_it(r, STREET, m, "visit"));
}

static void what_is_lost_on_the_way_is_asked_for_again_also_after_a_restart(void **state)
{
    struct rig *r = *state;
    r->lose_carries = true;
    matter m = handed_down(r);
    turned(r);
    struct qp_reply reply = read_it(r, STREET, m, "visit");
    rig_code(reply, QP_ENOTFOUND);
    assert_non_null(strstr(reply.text, "not come with the matter yet"));
    rig_stop(r, STREET);
    rig_start(r, STREET);
    rig_settle(r);
    r->lose_carries = false;
    r->now_us += 60 * SECOND;
    turned(r);
    assert_true(lies(r, STREET, m));
}

static void an_erasure_reaches_everybody_who_had_the_key(void **state)
{
    struct rig *r = *state;
    matter m = handed_down(r);
    turned(r);
    assert_true(lies(r, STREET, m) && lies(r, CITY, m));
    rig_ok(erase(r, STREET, m));
    rig_settle(r);
    assert_false(lies(r, STREET, m));
    assert_false(lies(r, CITY, m));
}

static void an_erased_record_is_not_passed_on_any_more(void **state)
{
    struct rig *r = *state;
    r->lose_carries = true;
    matter m = handed_down(r);
    r->lose_carries = false;
    turned(r);
    rig_ok(erase(r, STREET, m));
    r->now_us += 600 * SECOND;
    turned(r);
    for (int i = 0; i < r->n; i++)
        assert_false(lies(r, i, m));
}

static void a_superior_reads_by_asking_the_holder_and_both_write_it_down(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    matter m = reported(r, STREET);
    rig_settle(r);
    rig_code(read_it(r, CITY, m, "complaint"), QP_ENEED);
    rig_settle(r);
    struct qp_reply reply = read_it(r, CITY, m, "complaint");
    rig_ok(reply);
    uint8_t out[QP_RECORD_MOST];
    size_t len;
    assert_non_null(reply.sealed);
    assert_int_equal(qp_record_unlock(out, &len, reply.sealed, &r->nodes[CITY].keys), 0);
    assert_memory_equal(out, CANARY, len);
    assert_false(lies(r, CITY, m)); /* shown, and not kept */
    rig_settle(r);
    assert_string_equal(trail_of(r, STREET, NULL).text, "user:wang personal_read node complaint;");
    assert_string_equal(trail_of(r, COUNTY, NULL).text, "user:wang personal_read node complaint;");
    assert_non_null(strstr(trail_of(r, CITY, "city/a").text, "user:wang personal_read node complaint;"));
    assert_non_null(strstr(trail_of(r, CITY, NULL).text, "user:wang personal_read phone complaint;"));
    rig_code(read_it(r, CITY, m, "again"), QP_ENEED); /* each reading is asked for anew */
}

/* A message as node `from` would say it, with its own key, handed to `to` by its neighbour. */
static void says(struct rig *r, int from, int to, matter m, bool read)
{
    Qp__RecordAsked a = QP__RECORD_ASKED__INIT;
    Qp__Carried said = QP__CARRIED__INIT;
    Qp__Carry c = QP__CARRY__INIT;
    uint8_t signature[QP_SIG_LEN];
    struct qp_hash h;
    size_t len;
    a.matter = (ProtobufCBinaryData){QP_ID_LEN, m.b};
    a.read = read;
    a.by = a.purpose = (char *)(uintptr_t) "user:liar";
    said.at_us = r->now_us;
    said.body_case = QP__CARRIED__BODY_RECORD_ASKED;
    said.record_asked = &a;
    c.from = (ProtobufCBinaryData){QP_ID_LEN, r->nodes[from].id};
    c.to = (ProtobufCBinaryData){QP_ID_LEN, r->nodes[to].id};
    uint8_t *body = qp_encode(&said.base, r->arena, &len);
    c.body = (ProtobufCBinaryData){len, body};
    const struct qp_part parts[] = {{c.from.data, QP_ID_LEN}, {c.to.data, QP_ID_LEN}, {body, len}};
    qp_hash_parts(&h, parts, 3);
    qp_sign(signature, QP_TAG_CARRY, h.b, QP_HASH_LEN, r->nodes[from].keys.sign_sk);
    c.signature = (ProtobufCBinaryData){QP_SIG_LEN, signature};
    struct qp_input in = {.kind = QP_IN_CARRY, .carry.carry = &c};
    memcpy(in.peer, r->nodes[r->nodes[to].up < 0 ? from : r->nodes[to].up].id, QP_ID_LEN);
    assert_int_equal(rig_turn(r, to, &in, 1), 0);
}

static bool gives(struct rig *r, int i)
{
    const struct qp_output *o = rig_output(r, i, QP_OUT_CARRY, NULL);
    Qp__Carried *said;
    if (o == NULL)
        return false;
    assert_int_equal(QP_DECODE(&said, carried, o->carry->body.data, o->carry->body.len, r->arena, NULL), 0);
    return said->body_case == QP__CARRIED__BODY_RECORD_GIVEN && said->record_given->record.len > 0;
}

static void nobody_else_is_given_a_record_whatever_he_says(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    int other = rig_join(r, CITY, "x");
    rig_settle(r);
    matter m = reported(r, COUNTY);
    rig_settle(r);
    says(r, other, COUNTY, m, false); /* it does not hold the matter */
    assert_false(gives(r, COUNTY));
    says(r, other, COUNTY, m, true); /* nor is it above */
    assert_false(gives(r, COUNTY));
    says(r, CITY, COUNTY, m, false); /* above, and not the holder */
    assert_false(gives(r, COUNTY));
    says(r, CITY, COUNTY, m, true); /* who may: the test itself would see it */
    assert_true(gives(r, COUNTY));
    uint8_t id[QP_ID_LEN];
    memcpy(id, r->nodes[other].id, QP_ID_LEN);
    memcpy(r->nodes[other].id, r->nodes[CITY].id, QP_ID_LEN); /* in another's name, with its own key */
    says(r, other, COUNTY, m, true);
    assert_false(gives(r, COUNTY));
    memcpy(r->nodes[other].id, id, QP_ID_LEN);
    assert_string_equal(trail_of(r, COUNTY, NULL).text, "user:liar personal_read node user:liar;");
}

static void an_erased_record_is_gone_at_its_holder_and_everybody_knows_why(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    matter m = reported(r, COUNTY);
    rig_settle(r);
    rig_code(erase(r, CITY, m), QP_ENOTHOLDER);
    rig_ok(erase(r, COUNTY, m));
    assert_false(lies(r, COUNTY, m));
    rig_settle(r);
    for (int i = 0; i < r->n; i++) {
        assert_int_equal(state_of(r, i, m), QP_PERSONAL_ERASED);
        assert_non_null(strstr(trail_of(r, i, NULL).text, "personal_erased"));
    }
    struct qp_reply reply = read_it(r, COUNTY, m, "p");
    rig_code(reply, QP_ENOTFOUND);
    assert_non_null(strstr(reply.text, "erased"));
    rig_code(erase(r, COUNTY, m), QP_ESTEP);
    rig_rebuild(r, COUNTY);
    assert_false(lies(r, COUNTY, m));
    assert_int_equal(state_of(r, COUNTY, m), QP_PERSONAL_ERASED);
}

static void an_erasure_while_an_offer_is_out_holds_for_both_whatever_is_answered(void **state)
{
    struct rig *r = *state;
    for (int taken = 0; taken < 2; taken++) {
        struct rig *x = taken ? rig_new() : r;
        rig_tree(x, 2);
        matter m = reported(x, CITY);
        rig_ok(rig_offer(x, CITY, m, QP_KIND_DISPATCH, "city/a"));
        rig_settle(x);
        rig_ok(rig_step(x, COUNTY, m, taken ? QP__EVENT__BODY_ACCEPTED : QP__EVENT__BODY_REFUSED));
        rig_ok(erase(x, CITY, m)); /* it has not heard the answer */
        rig_settle(x);
        for (int i = 0; i < x->n; i++)
            assert_int_equal(state_of(x, i, m), QP_PERSONAL_ERASED);
        assert_false(lies(x, CITY, m));
        if (taken)
            rig_free(x);
    }
}

static void a_record_without_its_matter_is_ended_at_the_next_start(void **state)
{
    struct rig *r = *state;
    rig_found(r);
    struct qp_command c = opening(r, CITY);
    struct qp_input in = {.kind = QP_IN_COMMAND, .command = c};
    struct qp_vault_use u;
    rig_turn_crash(r, CITY, &in, 1, RIG_VAULT); /* kept, and the journal never heard of it */
    rig_start(r, CITY);
    qp_vault_use(r->nodes[CITY].vault, &u);
    assert_int_equal(u.records, 0);
}

static void a_record_whose_opening_stands_in_the_journal_is_there_after_a_crash(void **state)
{
    struct rig *r = *state;
    rig_found(r);
    struct qp_command c = opening(r, CITY);
    struct qp_input in = {.kind = QP_IN_COMMAND, .command = c};
    struct qp_vault_use u;
    rig_turn_crash(r, CITY, &in, 1, 1);
    rig_start(r, CITY);
    qp_vault_use(r->nodes[CITY].vault, &u);
    assert_int_equal(u.records, 1);
}

static void an_erasure_that_stands_in_the_journal_is_done_at_the_next_start(void **state)
{
    struct rig *r = *state;
    for (int commits = RIG_VAULT; commits <= 1; commits++) {
        struct rig *x = commits == RIG_VAULT ? r : rig_new();
        rig_found(x);
        matter m = reported(x, CITY);
        Qp__Event *ev = rig_draft(x, QP__EVENT__BODY_PERSONAL_ERASED, &m);
        ev->personal_erased->reason = qp_arena_text(x->arena, "why");
        struct qp_input in = {.kind = QP_IN_COMMAND,
                              .command = {.op = QP_OP_STEP, .draft = ev, .if_version = -1}};
        rig_turn_crash(x, CITY, &in, 1, commits);
        rig_start(x, CITY);
        assert_int_equal(lies(x, CITY, m), commits <= 0); /* what the journal does not say has not happened */
        if (x != r)
            rig_free(x);
    }
}

static void a_turn_that_finds_no_room_leaves_no_record(void **state)
{
    struct rig *r = *state;
    struct qp_vault_use u;
    rig_found(r);
    struct qp_command c = opening(r, CITY);
    struct qp_input in = {.kind = QP_IN_COMMAND, .command = c};
    struct qp_txn t;
    struct qp_outputs out;
    uint8_t seed[QP_SEED_LEN] = {1};
    struct node *x = &r->nodes[CITY];
    assert_int_equal(qp_store_begin(x->store, &t, NULL), 0);
    assert_int_equal(qp_turn(x->core, &t, &in, 1, r->now_us, seed, &out, NULL), 0);
    assert_int_equal(qp_vault_commit(x->vault, NULL), 0);
    qp_store_abort(&t); /* the journal had no room */
    qp_core_forget(x->core);
    qp_vault_use(x->vault, &u);
    assert_int_equal(u.records, 0);
}

static void a_closed_matters_record_ends_when_the_policy_says(void **state)
{
    struct rig *r = *state;
    rig_found(r);
    struct qp_reply said = rig_say_policy(
        r, CITY,
        "{'version':'1','title':'t','calendars':[{'name':'office','weekly':[{'days':'1-5','from':'08:00','to'"
        ":'18:00'}]}],"
        "'categories':[{'code':'','title':'other','title_en':'other','parent':null,'desk':'','urgency':'"
        "routine',"
        "'calendar':'office','clocks':{},'visit':0,'keep_personal':'30d','view':''}],'rules':{}}",
        NULL);
    rig_ok(said);
    matter m = reported(r, CITY), open = reported(r, CITY);
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_CLOSED, &m);
    ev->closed->result = qp_arena_text(r->arena, "done");
    rig_ok(rig_try(r, CITY, ev));
    r->now_us += 29 * DAY;
    rig_tick(r, CITY);
    assert_true(lies(r, CITY, m));
    r->now_us += 2 * DAY;
    rig_tick(r, CITY);
    assert_false(lies(r, CITY, m));
    assert_true(lies(r, CITY, open));
    assert_int_equal(state_of(r, CITY, m), QP_PERSONAL_ERASED);
    assert_non_null(strstr(trail_of(r, CITY, NULL).text, "policy personal_erased"));
}

static void a_burned_node_does_not_take_what_it_cannot_know_for_orphans(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    matter m = reported(r, COUNTY);
    rig_settle(r);
    char cmd[300];
    snprintf(cmd, sizeof cmd, "cp -r %s/vault %s.vault", r->nodes[COUNTY].dir, r->nodes[COUNTY].dir);
    assert_int_equal(system(cmd), 0);
    struct qp_keys keys = r->nodes[COUNTY].keys;
    rig_burn(r, COUNTY);
    snprintf(cmd, sizeof cmd, "mv %s.vault %s/vault", r->nodes[COUNTY].dir, r->nodes[COUNTY].dir);
    assert_int_equal(system(cmd), 0);
    rig_rejoin(r, COUNTY);
    struct qp_sealed s;
    uint8_t out[QP_RECORD_MOST];
    size_t len;
    assert_int_equal(qp_vault_get(r->nodes[COUNTY].vault, m.b, &s, r->arena, NULL), 0);
    assert_int_equal(qp_record_unlock(out, &len, &s, &keys), 0);
    rig_settle(r);
    rig_stop(r, COUNTY);
    rig_start(r, COUNTY);
    assert_int_equal(qp_vault_get(r->nodes[COUNTY].vault, m.b, &s, r->arena, NULL), 0);
}

int main(void)
{
#define UP(name) cmocka_unit_test_setup_teardown(name, rig_up, rig_down)
    const struct CMUnitTest tests[] = {
        UP(a_record_lies_in_the_vault_and_the_journal_has_its_commitment_alone),
        UP(who_reads_a_record_is_seen_by_every_superior_with_his_purpose),
        UP(what_is_not_here_is_not_read_and_the_answer_says_where_it_lies),
        UP(a_record_passes_to_the_next_holder_when_he_has_accepted),
        UP(what_is_lost_on_the_way_is_asked_for_again_also_after_a_restart),
        UP(an_erasure_reaches_everybody_who_had_the_key),
        UP(an_erased_record_is_not_passed_on_any_more),
        UP(a_superior_reads_by_asking_the_holder_and_both_write_it_down),
        UP(nobody_else_is_given_a_record_whatever_he_says),
        UP(an_erased_record_is_gone_at_its_holder_and_everybody_knows_why),
        UP(an_erasure_while_an_offer_is_out_holds_for_both_whatever_is_answered),
        UP(a_record_without_its_matter_is_ended_at_the_next_start),
        UP(a_record_whose_opening_stands_in_the_journal_is_there_after_a_crash),
        UP(an_erasure_that_stands_in_the_journal_is_done_at_the_next_start),
        UP(a_turn_that_finds_no_room_leaves_no_record),
        UP(a_closed_matters_record_ends_when_the_policy_says),
        UP(a_burned_node_does_not_take_what_it_cannot_know_for_orphans),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
