/* private_place_test.c: a matter that is sorted into a category which keeps the exact place from others: no face shows it any
 * more, the holder's vault has it, and nothing that was kept before is lost by that (VA1). */
#include "tests/unit/core/personal_rig.h"

#define PLACE "CANARY-Lane-7"

static void private_policy(struct rig *r, int i)
{
    rig_ok(rig_say_policy(
        r, i,
        "{'version':'1','title':'t','calendars':[{'name':'office','weekly':[{'days':'1-5','from':'08:00','to'"
        ":'18:00'}]}],'categories':[{'code':'','title':'other','title_en':'other','parent':null,'desk':'',"
        "'urgency':'routine','calendar':'office','clocks':{},'visit':0,'keep_personal':'30d','view':''},"
        "{'code':'06','title':'home','title_en':'home','parent':null,'desk':'','urgency':'routine','calendar'"
        ":"
        "'office','clocks':{},'visit':0,'keep_personal':'30d','private_place':true,'view':''}],'rules':{}}",
        NULL));
}

/* Under another category, with its place; the command is the test's to change. */
static struct qp_command placed(struct rig *r)
{
    Qp__Event *ev = rig_opened(r, "noise", QP_ROUTINE);
    Qp__Location *l = qp_arena_take(r->arena, sizeof *l);
    qp__location__init(l);
    l->lat = 33.6;
    l->lon = 117;
    ev->opened->face->place = qp_arena_text(r->arena, PLACE);
    ev->opened->face->location = l;
    return (struct qp_command){.op = QP_OP_STEP, .draft = ev, .if_version = -1};
}

static matter opened(struct rig *r, int i, struct qp_command *c)
{
    matter m;
    struct qp_reply reply = rig_command(r, i, c);
    rig_ok(reply);
    memcpy(m.b, reply.matter, QP_ID_LEN);
    return m;
}

/* A record of who reported, beside the place or without it. */
static struct qp_sealed *reporter(struct rig *r, int i, bool with_place)
{
    struct qp_sealed *s = qp_arena_take(r->arena, sizeof *s);
    uint8_t seed[QP_SEED_LEN], salt[QP_PERSONAL_SALT] = {7};
    Qp__Personal p = QP__PERSONAL__INIT;
    size_t len = 0;
    p.salt = (ProtobufCBinaryData){sizeof salt, salt};
    p.name = (char *)(uintptr_t)CANARY;
    if (with_place) {
        p.place = (char *)(uintptr_t)PLACE;
        p.located = true;
        p.lat = 33.6;
        p.lon = 117;
    }
    uint8_t *bytes = qp_encode(&p.base, r->arena, &len);
    rig_seed(r, seed);
    assert_int_equal(qp_record_lock(s, bytes, len, r->nodes[i].keys.box_pk, seed, r->arena, NULL), 0);
    return s;
}

static Qp__Event *sorting(struct rig *r, matter m, const char *category)
{
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_SORTED, &m);
    ev->sorted->category = qp_arena_text(r->arena, category);
    return ev;
}

static Qp__Face *face_at(struct rig *r, int i, matter m)
{
    struct qp_read read;
    Qp__Row *row;
    assert_int_equal(qp_read_begin(r->nodes[i].store, &read, NULL), 0);
    assert_int_equal(qp_matter_read(&read, m.b, &row, r->arena, NULL), 0);
    qp_read_end(&read);
    return row->face;
}

/* What the vault of a node has of it; NULL: nothing. */
static Qp__Personal *record_at(struct rig *r, int i, matter m)
{
    struct qp_sealed s;
    size_t len;
    Qp__Personal *p;
    uint8_t *bytes = qp_arena_take(r->arena, QP_RECORD_MOST);
    if (qp_vault_get(r->nodes[i].vault, m.b, &s, r->arena, NULL))
        return NULL;
    assert_int_equal(qp_record_unlock(bytes, &len, &s, &r->nodes[i].keys), 0);
    assert_int_equal(QP_DECODE(&p, personal, bytes, len, r->arena, NULL), 0);
    assert_memory_equal(face_at(r, i, m)->personal.data, s.commitment.b, QP_HASH_LEN);
    return p;
}

static void is_hidden(struct rig *r, int i, matter m)
{
    const Qp__Face *f = face_at(r, i, m);
    assert_string_equal(f->category, "06");
    assert_string_equal(f->place, "");
    assert_null(f->location);
    assert_int_equal(f->personal_state, QP_PERSONAL_KEPT);
}

/* How many a search for the place finds at a node. */
static int found(struct rig *r, int i)
{
    struct qp_read read;
    struct qp_list_query q = {.q = PLACE, .overdue = -1};
    uint64_t n;
    bool counted;
    assert_int_equal(qp_read_begin(r->nodes[i].store, &read, NULL), 0);
    assert_int_equal(qp_matter_count(&read, &q, &n, &counted, NULL), 0);
    qp_read_end(&read);
    return counted ? (int)n : -1;
}

/* ---- what must hold ---- */

static void sorting_moves_the_place_into_the_vault_and_no_face_shows_it(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    private_policy(r, CITY);
    rig_settle(r);
    struct qp_command c = placed(r);
    matter m = opened(r, COUNTY, &c);
    rig_settle(r);
    for (int i = 0; i < r->n; i++)
        assert_int_equal(found(r, i), 1);
    rig_ok(rig_try(r, COUNTY, sorting(r, m, "06")));
    rig_settle(r);
    for (int i = 0; i < r->n; i++) {
        is_hidden(r, i, m);
        assert_int_equal(found(r, i), 0);
    }
    assert_null(record_at(r, CITY, m));
    for (int again = 0; again < 2; again++) {
        const Qp__Personal *p = record_at(r, COUNTY, m);
        assert_non_null(p);
        assert_string_equal(p->place, PLACE);
        assert_true(p->located && p->lat == 33.6 && p->lon == 117);
        assert_string_equal(p->name, "");
        rig_rebuild(r, COUNTY);
    }
    rig_rebuild(r, CITY);
    is_hidden(r, CITY, m);
    rig_ok(read_it(r, COUNTY, m, "visit"));
    rig_ok(rig_try(r, COUNTY, sorting(r, m, "01"))); /* what was hidden stays so */
    assert_string_equal(face_at(r, COUNTY, m)->place, "");
}

static void a_record_made_by_sorting_goes_on_with_the_matter(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    private_policy(r, CITY);
    rig_settle(r);
    struct qp_command c = placed(r);
    matter m = opened(r, CITY, &c);
    rig_ok(rig_try(r, CITY, sorting(r, m, "06")));
    rig_ok(rig_offer(r, CITY, m, QP_KIND_DISPATCH, "city/a"));
    rig_settle(r);
    is_hidden(r, COUNTY, m);
    rig_ok(rig_step(r, COUNTY, m, QP__EVENT__BODY_ACCEPTED));
    rig_settle(r);
    turned(r);
    const Qp__Personal *p = record_at(r, COUNTY, m);
    assert_non_null(p);
    assert_string_equal(p->place, PLACE);
    rig_ok(erase(r, COUNTY, m));
    rig_settle(r);
    assert_null(record_at(r, CITY, m));
    assert_null(record_at(r, COUNTY, m));
}

static void a_record_that_has_the_place_stays_as_it_is(void **state)
{
    struct rig *r = *state;
    rig_found(r);
    private_policy(r, CITY);
    struct qp_command c = placed(r);
    c.sealed = reporter(r, CITY, true);
    matter m = opened(r, CITY, &c);
    rig_ok(rig_try(r, CITY, sorting(r, m, "06")));
    is_hidden(r, CITY, m);
    const Qp__Personal *p = record_at(r, CITY, m);
    assert_string_equal(p->name, CANARY);
    assert_string_equal(p->place, PLACE);
}

static void what_could_be_kept_nowhere_is_refused_and_nothing_is_lost(void **state)
{
    struct rig *r = *state;
    rig_found(r);
    private_policy(r, CITY);
    struct qp_command c = placed(r);
    c.sealed = reporter(r, CITY, false); /* kept by who did not know of the place */
    matter without = opened(r, CITY, &c);
    c = placed(r);
    c.sealed = reporter(r, CITY, true);
    matter erased = opened(r, CITY, &c);
    rig_ok(erase(r, CITY, erased));
    struct qp_reply reply = rig_try(r, CITY, sorting(r, without, "06"));
    rig_code(reply, QP_EPOLICY);
    assert_non_null(strstr(reply.text, "category: "));
    assert_non_null(strstr(reply.text, "report it anew"));
    reply = rig_try(r, CITY, sorting(r, erased, "06"));
    rig_code(reply, QP_EPOLICY);
    assert_string_equal(face_at(r, CITY, without)->place, PLACE);
    assert_string_equal(record_at(r, CITY, without)->name, CANARY);
    rig_ok(rig_try(r, CITY, sorting(r, erased, "02")));
    assert_string_equal(face_at(r, CITY, erased)->place, PLACE);
}

/* A vault without room is no reason to lose what others asked for in that turn. */
static void a_full_vault_refuses_the_sorting_alone(void **state)
{
    struct rig *r = *state;
    r->vault_map = 640 << 10;
    rig_found(r);
    private_policy(r, CITY);
    struct qp_command c;
    matter m;
    struct qp_reply reply = {.code = 0};
    for (int i = 0; i < 5000 && reply.code == 0; i++) {
        c = opening(r, CITY);
        reply = rig_command(r, CITY, &c);
    }
    rig_code(reply, QP_EFULL);
    reply.code = 0;
    for (int i = 0; i < 500 && reply.code == 0; i++) {
        c = placed(r);
        m = opened(r, CITY, &c);
        struct qp_input in = {.kind = QP_IN_COMMAND,
                              .command = {.op = QP_OP_STEP, .draft = sorting(r, m, "06"), .if_version = -1}};
        /* with QP_EFULL the turn would have been taken back whole */
        assert_int_equal(rig_turn(r, CITY, &in, 1), 0);
        reply = rig_output(r, CITY, QP_OUT_REPLY, NULL)->reply;
    }
    rig_code(reply, QP_EPOLICY);
    assert_non_null(strstr(reply.text, "store.vault_map"));
    assert_string_equal(face_at(r, CITY, m)->place, PLACE);
}

/* The power fails between the vault's commit and the journal's, or behind both. */
static void a_crash_leaves_the_place_in_the_face_or_in_the_vault_never_in_neither(void **state)
{
    struct rig *r = *state;
    for (int commits = RIG_VAULT; commits <= 1; commits++) {
        struct rig *x = commits == RIG_VAULT ? r : rig_new();
        rig_found(x);
        private_policy(x, CITY);
        struct qp_command c = placed(x);
        matter m = opened(x, CITY, &c);
        struct qp_input in = {.kind = QP_IN_COMMAND,
                              .command = {.op = QP_OP_STEP, .draft = sorting(x, m, "06"), .if_version = -1}};
        rig_turn_crash(x, CITY, &in, 1, commits);
        rig_start(x, CITY);
        if (commits > 0) {
            is_hidden(x, CITY, m);
            assert_string_equal(record_at(x, CITY, m)->place, PLACE);
        } else {
            assert_string_equal(face_at(x, CITY, m)->place, PLACE);
            assert_null(record_at(x, CITY, m));
        }
        if (x != r)
            rig_free(x);
    }
}

int main(void)
{
#define UP(name) cmocka_unit_test_setup_teardown(name, rig_up, rig_down)
    const struct CMUnitTest tests[] = {
        UP(sorting_moves_the_place_into_the_vault_and_no_face_shows_it),
        UP(a_record_made_by_sorting_goes_on_with_the_matter),
        UP(a_record_that_has_the_place_stays_as_it_is),
        UP(what_could_be_kept_nowhere_is_refused_and_nothing_is_lost),
        UP(a_full_vault_refuses_the_sorting_alone),
        UP(a_crash_leaves_the_place_in_the_face_or_in_the_vault_never_in_neither),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
