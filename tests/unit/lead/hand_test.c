/* hand_test.c: what people do to leads and take back, leads that grow old, their bytes, and leads above. */
#include "tests/unit/lead/rig.h"

/* ---- people ---- */

static void what_people_do_is_taken_back_exactly(void **state)
{
    (void)state;
    struct qp_leads *l = three_and_two();
    struct bytes before = bytes_of(l);
    assert_int_equal(qp_leads_confirm(l, "a", true, NULL), 0);
    assert_int_equal(qp_leads_confirm(l, "a", true, NULL), QP_ESTEP);
    assert_int_equal(qp_leads_dismiss(l, "a", true, NULL), 0);
    assert_int_equal(qp_leads_dismiss(l, "a", false, NULL), 0);
    assert_int_equal(qp_leads_confirm(l, "a", false, NULL), 0);
    assert_int_equal(qp_leads_split(l, "b", NULL), 0);
    assert_true(is_out(l, "b", "b"));
    assert_int_equal(qp_leads_undo(l, "b", NULL), 0);
    assert_int_equal(qp_leads_join(l, "q", "a", NULL), 0);
    assert_int_equal(qp_leads_join(l, "p", "a", NULL), 0); /* nothing is left where it came from */
    assert_true(is_out(l, "p", "a") && is_out(l, "q", "a"));
    assert_int_equal(qp_leads_undo(l, "p", NULL), 0);
    assert_int_equal(qp_leads_undo(l, "q", NULL), 0);
    assert_int_equal(qp_leads_undo(l, "q", NULL), QP_ENOTFOUND);
    is_as_before(l, before);
    qp_leads_free(l);
}

static void a_leads_first_matter_split_out_gives_its_id_to_the_next(void **state)
{
    (void)state;
    struct qp_leads *l = three_and_two();
    const char *one, *other;
    assert_int_equal(qp_leads_split(l, "a", NULL), 0);
    assert_true(is_out(l, "a", "a") && is_out(l, "b", "b") && is_out(l, "c", "b"));
    assert_true(qp_leads_apart(l, 0, &one, &other));
    assert_string_equal(one, "b");
    assert_string_equal(other, "a");
    assert_false(qp_leads_apart(l, 1, &one, &other));
    assert_int_equal(qp_leads_split(l, "a", NULL), QP_ESTEP);
    qp_leads_free(l);
}

static void a_dismissed_lead_takes_nothing_in_until_it_is_opened_again(void **state)
{
    (void)state;
    struct qp_leads *l = three_and_two();
    assert_int_equal(qp_leads_dismiss(l, "a", true, NULL), 0);
    assert_int_equal(say(l, "d", 5, "青龙山采石场无证开采").outcome, QP_LEAD_ALONE);
    assert_int_equal(qp_leads_dismiss(l, "a", false, NULL), 0);
    assert_string_equal(say(l, "e", 6, "举报青龙山采石场无证开采").lead, "a");
    qp_leads_free(l);
}

/* Random arrivals, moves, ageing: undone in reverse, loaded from bytes, all is as it was. */
static void random_moves_undone_in_reverse_leave_no_trace(void **state)
{
    (void)state;
    seed_of_run();
    struct qp_leads *l = fresh(), *twin = NULL;
    int64_t now = 0;
    for (int round = 0; round < 60; round++) {
        char moved[8][16], title[256], id[16], other[16];
        int n = 0;
        for (int k = 0; k < 8; k++) {
            snprintf(id, sizeof id, "m%d", round * 8 + k);
            made_text(title);
            now += (int64_t)below(5 * (uint64_t)DAY);
            qp_leads_age(l, now);
            say(l, id, now, title);
        }
        struct bytes before = bytes_of(l);
        for (int k = 0; k < 8; k++) {
            snprintf(id, sizeof id, "m%d", (int)below((uint64_t)round * 8 + 8));
            snprintf(other, sizeof other, "m%d", (int)below((uint64_t)round * 8 + 8));
            const char *lead = qp_leads_of(l, other);
            int rc = below(2) == 0   ? qp_leads_split(l, id, NULL)
                     : below(2) == 0 ? qp_leads_decline(l, id, NULL)
                     : !lead         ? QP_ENOTFOUND
                                     : qp_leads_join(l, id, lead, NULL);
            assert_true(!rc || rc == QP_ESTEP || rc == QP_ENOTFOUND);
            if (!rc)
                memcpy(moved[n++], id, sizeof id);
        }
        struct bytes middle = bytes_of(l);
        assert_int_equal(qp_leads_load(&twin, middle.p, middle.n, NULL), 0);
        qp_leads_free(l);
        l = twin;
        is_as_before(l, middle);
        if (round % 2 == 0) {
            while (n-- > 0)
                assert_int_equal(qp_leads_undo(l, moved[n], NULL), 0);
            is_as_before(l, before);
        } else {
            free(before.p); /* these stay */
        }
    }
    qp_leads_free(l);
}

/* ---- age, bytes, above ---- */

static void what_is_idle_for_180_days_is_gone(void **state)
{
    (void)state;
    struct qp_leads *l = three_and_two();
    assert_int_equal(qp_leads_age(l, 180 * DAY), 0);
    say(l, "d", 170 * DAY, "青龙山采石场无证开采");
    assert_int_equal(qp_leads_age(l, 180 * DAY + 10),
                     2); /* the other has had news, and all its matters live by them */
    assert_true(is_out(l, "a", "a") && is_out(l, "d", "a"));
    assert_int_equal(qp_leads_confirm(l, "p", true, NULL), QP_ENOTFOUND);
    assert_int_equal(say(l, "q", 181 * DAY, "金鼎花园电梯又停运").outcome, QP_LEAD_ALONE);
    assert_int_equal(qp_leads_age(l, 350 * DAY + 1), 4);
    assert_int_equal(qp_leads_age(l, 400 * DAY), 1);
    assert_int_equal(qp_leads_live(l), 0);
    qp_leads_free(l);
}

/* A lead that loses its news to a move is as idle as it was without; and one from bytes ages like the one that they are of. */
static void news_that_a_move_takes_away_are_no_news(void **state)
{
    (void)state;
    struct qp_leads *l = three_and_two(), *twin;
    say(l, "d", 170 * DAY, "青龙山采石场无证开采");
    assert_int_equal(qp_leads_age(l, 181 * DAY), 2);
    assert_int_equal(qp_leads_split(l, "d", NULL), 0);
    struct bytes b = bytes_of(l);
    assert_int_equal(qp_leads_load(&twin, b.p, b.n, NULL), 0);
    is_as_before(twin, b);
    assert_int_equal(qp_leads_age(twin, 181 * DAY), 3);
    assert_int_equal(qp_leads_age(l, 181 * DAY), 3);
    is_as_before(l, bytes_of(twin));
    qp_leads_free(twin);
    qp_leads_free(l);
}

static void of_too_many_the_first_matter_of_the_idlest_lead_goes(void **state)
{
    (void)state;
    struct qp_leads *l = three_and_two();
    say(l, "d", 170 * DAY, "青龙山采石场无证开采");
    say(l, "r", 100 * DAY, "古树倒伏压线");
    assert_int_equal(qp_leads_shed(l, 4), 3);
    assert_true(!qp_leads_of(l, "p") && !qp_leads_of(l, "q") && !qp_leads_of(l, "r"));
    assert_int_equal(qp_leads_shed(l, 3), 1);
    assert_true(is_out(l, "d", "a") && !qp_leads_of(l, "a")); /* the lead keeps its first matter's id */
    struct qp_lead_digest d;
    assert_int_equal(qp_leads_digest(l, "a", &d, NULL), 0);
    assert_int_equal(d.matters, 4);
    assert_int_equal(d.live, 3);
    assert_int_equal(d.first_us, 0);
    qp_leads_free(l);
}

/* A lead lives by its newest matter, whichever came first: were that let go, the others would seem idle. */
static void of_a_lead_the_newest_is_let_go_last(void **state)
{
    (void)state;
    struct qp_leads *l = fresh();
    say(l, "a", 30 * DAY, "青龙山采石场无证开采");
    say(l, "b", 20 * DAY, "青龙山采石场无证开采放炮");
    say(l, "p", 25 * DAY, "金鼎花园电梯停运");
    say(l, "c", 10 * DAY, "举报青龙山采石场无证开采");
    assert_true(is_out(l, "b", "a") && is_out(l, "c", "a"));
    assert_int_equal(qp_leads_shed(l, 3), 1); /* of p's lead, without news for longer */
    assert_null(qp_leads_of(l, "p"));
    assert_int_equal(qp_leads_shed(l, 1), 2);
    assert_non_null(qp_leads_of(l, "a"));
    assert_null(qp_leads_of(l, "b"));
    qp_leads_free(l);
}

static void damaged_bytes_are_refused_or_give_a_sound_state(void **state)
{
    (void)state;
    seed_of_run();
    struct qp_leads *l = three_and_two(), *got;
    qp_leads_split(l, "b", NULL);
    struct bytes b = bytes_of(l);
    for (size_t n = 0; n < b.n; n++)
        assert_int_not_equal(qp_leads_load(&got, b.p, n, NULL), 0);
    uint8_t *longer = calloc(1, b.n + 1);
    memcpy(longer, b.p, b.n);
    assert_int_equal(qp_leads_load(&got, longer, b.n + 1, NULL), QP_ECORRUPT);
    free(longer);
    for (int i = 0; i < 600; i++) {
        size_t at = below(b.n);
        uint8_t was = b.p[at];
        b.p[at] ^= (uint8_t)(1 + below(255));
        if (!qp_leads_load(&got, b.p, b.n, NULL)) {
            say(got, "new", 9, "青龙山采石场无证开采");
            qp_leads_age(got, 500 * DAY);
            qp_leads_free(got);
        }
        b.p[at] = was;
    }
    free(b.p);
    qp_leads_free(l);
}

static void a_superior_joins_its_childrens_leads_but_not_those_split_apart(void **state)
{
    (void)state;
    struct qp_lead_rules r;
    struct qp_lead_digest d, other;
    struct qp_lead_verdict v;
    struct qp_leads *county = three_and_two(), *far = fresh();
    const char *apart[] = {"a"};
    qp_lead_rules_above(&r);
    say(far, "x", 9, "隔壁县界青龙山采石场开采");
    for (int kept = 0; kept < 2; kept++) {
        struct qp_leads *city = qp_leads_new(&r);
        assert_int_equal(qp_leads_digest(county, "a", &d, NULL), 0);
        assert_int_equal(d.matters, 3);
        assert_int_equal(d.source[0].n, 3);
        assert_int_equal(qp_leads_rise(city, &d, NULL, 0, &v, NULL), 0);
        assert_int_equal(qp_leads_rise(city, &d, NULL, 0, &v, NULL), 0); /* again: nothing new */
        assert_int_equal(qp_leads_live(city), 1);
        assert_int_equal(qp_leads_digest(far, "x", &other, NULL), 0);
        assert_int_equal(qp_leads_rise(city, &other, apart, (size_t)kept, &v, NULL), 0);
        assert_string_equal(v.lead, kept == 0 ? "a" : "x");
        qp_leads_free(city);
    }
    qp_leads_free(county);
    qp_leads_free(far);
}

static void a_damaged_sketch_of_a_child_is_refused_and_changes_nothing(void **state)
{
    (void)state;
    struct qp_lead_digest d, bad;
    struct qp_lead_verdict v;
    struct qp_err e;
    struct qp_leads *county = three_and_two(), *city = fresh();
    assert_int_equal(qp_leads_digest(county, "a", &d, NULL), 0);
    assert_true(d.sketch.n >= 2);
    for (int again = 0; again < 2; again++) { /* a lead that is new above, and one that is known */
        struct bytes before = bytes_of(city);
        for (int kind = 0; kind < 4; kind++) {
            bad = d;
            if (kind == 0)
                bad.sketch.n = QP_LEAD_TERMS + 1;
            else if (kind == 1)
                bad.sketch.weight[1] = 0;
            else if (kind == 2)
                bad.sketch.hash[0] = 0;
            else
                bad.sketch.hash[1] = bad.sketch.hash[0];
            assert_int_equal(qp_leads_rise(city, &bad, NULL, 0, &v, &e), QP_EINVAL);
            assert_non_null(strstr(e.text, "its node must send it again"));
        }
        is_as_before(city, before);
        assert_int_equal(qp_leads_rise(city, &d, NULL, 0, &v, NULL), 0);
    }
    qp_leads_free(county);
    qp_leads_free(city);
}

static void a_lead_is_called_by_its_first_matter_whoever_comes_in_later(void **state)
{
    (void)state;
    struct qp_leads *l = three_and_two();
    const char *one, *other;
    assert_int_equal(qp_leads_join(l, "b", "p", NULL), 0);
    assert_true(is_out(l, "q", "b"));                 /* b came before p */
    assert_false(qp_leads_apart(l, 0, &one, &other)); /* nothing was split */
    qp_leads_free(l);
}

static void a_lead_that_is_empty_for_now_is_there_when_its_matter_comes_back(void **state)
{
    (void)state;
    struct qp_leads *l = three_and_two();
    struct bytes before = bytes_of(l);
    assert_int_equal(qp_leads_split(l, "b", NULL), 0);
    assert_int_equal(qp_leads_join(l, "q", "b", NULL), 0);
    assert_int_equal(qp_leads_join(l, "b", "p", NULL), 0);
    assert_int_equal(qp_leads_undo(l, "q", NULL), 0); /* b's own lead is empty now */
    assert_int_equal(qp_leads_undo(l, "b", NULL), 0);
    assert_true(is_out(l, "b", "b"));
    assert_int_equal(qp_leads_undo(l, "b", NULL), 0);
    is_as_before(l, before);
    qp_leads_free(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_people_do_is_taken_back_exactly),
        cmocka_unit_test(a_leads_first_matter_split_out_gives_its_id_to_the_next),
        cmocka_unit_test(a_dismissed_lead_takes_nothing_in_until_it_is_opened_again),
        cmocka_unit_test(random_moves_undone_in_reverse_leave_no_trace),
        cmocka_unit_test(what_is_idle_for_180_days_is_gone),
        cmocka_unit_test(news_that_a_move_takes_away_are_no_news),
        cmocka_unit_test(of_too_many_the_first_matter_of_the_idlest_lead_goes),
        cmocka_unit_test(of_a_lead_the_newest_is_let_go_last),
        cmocka_unit_test(damaged_bytes_are_refused_or_give_a_sound_state),
        cmocka_unit_test(a_superior_joins_its_childrens_leads_but_not_those_split_apart),
        cmocka_unit_test(a_damaged_sketch_of_a_child_is_refused_and_changes_nothing),
        cmocka_unit_test(a_lead_is_called_by_its_first_matter_whoever_comes_in_later),
        cmocka_unit_test(a_lead_that_is_empty_for_now_is_there_when_its_matter_comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
