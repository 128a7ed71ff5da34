/* lead_said_test.c: what people say of leads: taken back to the same bytes, one matter made of it, kept by those who may say it and
 * no other; by nodes that have no say in it too. */
#include "node/core/lead.h"
#include "node/insight/lead/lead.h"
#include "tests/unit/core/leads.h"

enum { CITY, A, B, C };

static bool same_leads(struct rig *r, int i, const struct tables *was)
{
    struct tables is = rig_tables(r, i);
    return memcmp(&was->h[QP_T_LEAD], &is.h[QP_T_LEAD], sizeof is.h[0]) == 0;
}

static void what_people_did_is_taken_back_to_the_same_bytes(void **state)
{
    (void)state;
    matter m[3];
    struct rig *r = lead_with_a_quarry(m);
    struct leads l = leads_of(r, CITY, 0);
    const uint8_t *id = l.v[0].id;
    matter other = lead_matter(r, CITY, "电梯困人求助", "desk");
    lead_compare_all(r);
    struct tables was = rig_tables(r, CITY);
    for (int i = 0; i < 3; i++) { /* the first one too: the lead's id stays */
        rig_ok(lead_say(r, CITY, id, QP_LEAD_SPLIT, &m[i], "it is not"));
        assert_int_equal(leads_of(r, CITY, 0).v[0].joined, 2);
        assert_false(same_leads(r, CITY, &was));
        rig_ok(lead_say(r, CITY, id, QP_LEAD_UNDO, &m[i], ""));
        assert_true(same_leads(r, CITY, &was));
    }
    rig_ok(lead_say(r, CITY, id, QP_LEAD_JOIN, &other, "it is"));
    assert_int_equal(leads_of(r, CITY, 0).v[0].joined, 4);
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
    assert_int_equal(leads_of(r, CITY, QP_LEAD_IS_DISMISSED).n, 1);
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
        struct rig *r = lead_with_a_quarry(m);
        struct leads l = leads_of(r, CITY, 0);
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
    struct rig *r = lead_with_a_quarry(m);
    Qp__Event *sorted = rig_draft(r, QP__EVENT__BODY_SORTED, &m[2]);
    sorted->sorted->urgency = QP_URGENT;
    rig_ok(rig_try(r, C, sorted));
    rig_settle(r);
    struct leads l = leads_of(r, CITY, 0);
    struct qp_reply first = lead_say(r, CITY, l.v[0].id, QP_LEAD_MATTER, NULL, "");
    rig_ok(first);
    assert_true(first.created);
    struct qp_reply again = lead_say(r, CITY, l.v[0].id, QP_LEAD_MATTER, NULL, "");
    rig_ok(again);
    assert_false(again.created);
    assert_memory_equal(again.matter, first.matter, QP_ID_LEN);
    memcpy(made.b, first.matter, QP_ID_LEN);
    const Qp__Face *f = rig_face(r, CITY, made);
    assert_null(strstr(f->title, "青龙山")); /* nor by its title */
    assert_non_null(strstr(f->title, "city"));
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
    struct rig *r = lead_with_a_quarry(m);
    struct leads l = leads_of(r, CITY, 0);
    struct qp_reply first = lead_say(r, CITY, l.v[0].id, QP_LEAD_MATTER, NULL, "");
    rig_ok(first);
    for (int i = 0; i < 2 * QP_LEAD_WORDS; i++, r->now_us++)
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
    assert_int_equal(leads_of(r, CITY, 0).n, 0);
    rig_free(r);
}

static void nobody_speaks_of_leads_that_are_not_his(void **state)
{
    (void)state;
    matter m[3];
    struct rig *r = lead_with_a_quarry(m);
    struct leads l = leads_of(r, CITY, 0);
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
    struct rig *r = lead_with_a_quarry(m);
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

/* A matter that its sister holds by now, sorted there to a place of hers: it lies outside of the node whose lead it is in. */
static matter matter_of_another_place(struct rig *r, int from, int to, const char *source, bool sorts)
{
    matter m = lead_matter(r, from, LEAD_QUARRY, source);
    lead_compare_all(r);
    rig_give_chain(r, CITY, from, qp_core_self(r->nodes[to].core)->id.b);
    rig_ok(rig_offer(r, from, m, QP_KIND_TRANSFER, r->nodes[to].path));
    rig_settle(r);
    rig_ok(rig_step(r, to, m, QP__EVENT__BODY_ACCEPTED));
    Qp__Event *sort = rig_draft(r, QP__EVENT__BODY_SORTED, &m);
    sort->sorted->area = qp_arena_text(r->arena, r->nodes[to].path);
    if (sorts)
        rig_ok(rig_try(r, to, sort));
    rig_settle(r);
    return m;
}

static void what_lies_elsewhere_by_now_is_taken_out_of_its_lead(void **state)
{
    (void)state;
    struct rig *r = rig_new();
    uint8_t lead[QP_ID_LEN], where[QP_ID_LEN];
    rig_tree(r, 2);
    int z = rig_join(r, CITY, "z");
    rig_settle(r);
    matter first = lead_matter(r, A, LEAD_QUARRY, "hotline");
    matter second = matter_of_another_place(r, A, z, "police", true);
    assert_string_equal(rig_face(r, A, second)->area, "city/z");
    lead_of(r, A, first, lead);
    lead_of(r, A, second, where);
    assert_memory_equal(lead, where, QP_ID_LEN);
    rig_ok(lead_say(r, A, lead, QP_LEAD_SPLIT, &second, "it is theirs"));
    lead_of(r, A, second, where);
    assert_memory_not_equal(lead, where, QP_ID_LEN);
    lead_compare_all(r);
    rig_free(r);
}

/* A child says that a matter of its own belongs to one that its parent holds, and that lies outside of both. */
static void what_a_child_joins_to_a_matter_of_another_place_ends_nobody(void **state)
{
    (void)state;
    struct rig *r = rig_new();
    rig_tree(r, 3);
    int z = rig_join(r, CITY, "z");
    rig_settle(r);
    matter own = lead_matter(r, B, "电梯困人求助", "desk");
    matter other = matter_of_another_place(r, z, A, "police", false);
    assert_string_equal(rig_face(r, A, other)->area, "city/z");
    struct forged f = rig_forged(r, B, QP_SCOPE_HORIZON, NULL, QP_LANE_URGENT);
    Qp__Event *found = rig_event(r, B, QP__EVENT__BODY_LEAD_FOUND, NULL);
    uint8_t *lead = qp_arena_take(r->arena, QP_ID_LEN);
    qp_lead_id(lead, r->nodes[B].id, other.b);
    found->by = qp_arena_text(r->arena, "policy");
    found->lead_found->lead = (ProtobufCBinaryData){QP_ID_LEN, lead};
    found->lead_found->matter = (ProtobufCBinaryData){QP_ID_LEN, own.b};
    found->lead_found->nearest = found->lead_found->first = (ProtobufCBinaryData){QP_ID_LEN, other.b};
    found->lead_found->place = qp_arena_text(r->arena, r->nodes[B].path);
    rig_add(&f, found);
    Qp__Event *said = rig_event(r, B, QP__EVENT__BODY_LEAD_SAID, NULL);
    said->by = qp_arena_text(r->arena, "somebody");
    said->lead_said->lead = found->lead_found->lead;
    said->lead_said->verb = QP_LEAD_JOIN;
    said->lead_said->matter = found->lead_found->matter;
    said->lead_said->place = found->lead_found->place;
    rig_add(&f, said);
    assert_int_equal(rig_hand(r, B, A, QP_LANE_URGENT, rig_seal(r, &f, NULL)), 0);
    lead_compare_all(r);
    uint8_t one[QP_ID_LEN], two[QP_ID_LEN];
    lead_of(r, A, own, one);
    lead_of(r, A, other, two);
    assert_memory_equal(one, two, QP_ID_LEN); /* it was followed */
    rig_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_people_did_is_taken_back_to_the_same_bytes),
        cmocka_unit_test(what_was_split_stays_out_and_a_dismissed_lead_takes_nothing_in),
        cmocka_unit_test(one_matter_is_made_of_it),
        cmocka_unit_test(the_word_that_names_its_matter_outlives_all_others),
        cmocka_unit_test(a_person_is_no_key),
        cmocka_unit_test(nobody_speaks_of_leads_that_are_not_his),
        cmocka_unit_test(nobody_moves_a_matter_that_is_not_his),
        cmocka_unit_test(what_lies_elsewhere_by_now_is_taken_out_of_its_lead),
        cmocka_unit_test(what_a_child_joins_to_a_matter_of_another_place_ends_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
