/* list_test.c: lists by every filter and sort against a plain scan of the rows; pages that miss nothing while
 * matters change. */
#include "tests/unit/matter/listing.h"

#define B(name) QP__EVENT__BODY_##name
static void every_sort_lists_everything_in_its_order(void **state)
{
    for (int sort = QP_SORT_OPENED_DESC; sort <= QP_SORT_DEADLINE; sort++)
        same(*state, query((enum qp_sort)sort));
    same(*state, query(QP_SORT_PRESSING));
}

static void every_filter_lists_what_a_plain_scan_finds(void **state)
{
    struct town *t = *state;
    for (int round = 0; round < 150; round++) {
        static const enum qp_sort sorts[] = {QP_SORT_OPENED_DESC, QP_SORT_OPENED,   QP_SORT_UPDATED_DESC,
                                             QP_SORT_UPDATED,     QP_SORT_DEADLINE, QP_SORT_PRESSING};
        struct qp_list_query q = query(sorts[draw(t, 6)]);
        q.to_close = draw(t, 6) == 0;
        if (draw(t, 3) == 0)
            q.area = one_of(t, areas, 5);
        if (draw(t, 3) == 0)
            q.category = one_of(t, categories, 3);
        if (draw(t, 4) == 0)
            q.source = one_of(t, sources, 2);
        if (draw(t, 4) == 0)
            q.desk = draw(t, 2) ? "lamps" : "";
        if (draw(t, 4) == 0)
            q.state = 1 + (int)draw(t, 8);
        else if (draw(t, 3) == 0)
            q.states =
                draw(t, 2) ? 2u << draw(t, 8) : 2 * (1 + (unsigned)draw(t, 255)); /* one has an index */
        if (draw(t, 4) == 0)
            q.urgency = 1 + (int)draw(t, 3);
        if (draw(t, 4) == 0)
            q.overdue = (int)draw(t, 2);
        if (draw(t, 5) == 0)
            q.q = "bridge";
        q.happened = round % 3 == 0;
        q.has_from = draw(t, 4) == 0;
        q.from_us = (int64_t)T0 * SECOND + (int64_t)draw(t, 400 * SECOND);
        q.has_to = draw(t, 4) == 0;
        q.to_us = q.from_us + (int64_t)draw(t, 300 * SECOND);
        q.has_updated_after = draw(t, 4) == 0;
        q.updated_after_us = (int64_t)T0 * SECOND + (int64_t)draw(t, 600) * SECOND;
        q.unassigned = draw(t, 5) == 0;
        q.has_bbox = draw(t, 4) == 0;
        q.west = draw(t, 2) ? 178 : -179;
        q.east = draw(t, 2) ? 180 : -178;
        q.south = -(double)draw(t, 3);
        q.north = (double)draw(t, 3);
        q.has_due_before = draw(t, 4) == 0;
        q.due_before_us = (int64_t)T0 * SECOND + (int64_t)draw(t, 1000) * SECOND;
        same(t, q);
        counted(t, q);
    }
}

/* By a code or a title; what the policy does not know is of its own name alone. */
static void a_category_with_what_lies_below_it(void **state)
{
    static const char JSON[] =
        "{\"version\":\"1\",\"title\":\"T\",\"categories\":[{\"code\":\"\",\"title\":\"rest\"},"
        "{\"code\":\"street\",\"title\":\"Street\"},"
        "{\"code\":\"7\",\"title\":\"lamp\",\"parent\":\"street\"},"
        "{\"code\":\"road\",\"title\":\"R\",\"parent\":\"7\"}]}";
    static const struct {
        const char *asked, *of[3];
    } rows[] = {{"street", {"lamp", "road"}}, {"Street", {"lamp", "road"}}, {"lamp", {"lamp", "road"}},
                {"road", {"road"}},           {"noise", {"noise"}},         {"nothing", {NULL}}};
    struct town *t = *state;
    struct qp_mistakes m = {0};
    struct qp_policy *p = qp_policy_json(JSON, sizeof JSON - 1, NULL, &m);
    assert_non_null(p);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct listed all, one;
        size_t n = 0;
        struct qp_list_query q = query(QP_SORT_OPENED);
        for (size_t k = 0; k < 3 && rows[i].of[k]; k++) {
            q.category = rows[i].of[k];
            plain(t, &q, &one);
            n += one.n;
        }
        q.category = rows[i].asked;
        q.below = p;
        q.limit = 50;
        list(t, q, &all);
        assert_int_equal(all.n, n);
        assert_true(n > 0 || i == 5);
    }
    qp_policy_free(p);
}

static void holders_are_found_by_path(void **state)
{
    struct town *t = *state;
    static struct listed l;
    struct qp_list_query q = query(QP_SORT_OPENED);
    q.holder = "city";
    list(t, q, &l);
    assert_int_equal(l.n, MATTERS);
    int offer = -1;
    for (int i = 0; offer < 0; i++) /* the first that can be offered */
        offer = rig_try(t->r, CITY, t->m[i], B(OFFERED));
    rig_hear(t->r, EAST, offer);
    Qp__Event *ev = rig_event(t->r, offer);
    matter m;
    memcpy(m.b, ev->matter.data, QP_ID_LEN);
    rig_hear(t->r, CITY, rig_do(t->r, EAST, m, B(ACCEPTED)));
    q.holder = "city/east";
    list(t, q, &l);
    assert_int_equal(l.n, 1);
    assert_memory_equal(l.ids[0], m.b, QP_ID_LEN);
    q.holder = NULL;
    q.held_below = "city";
    list(t, q, &l);
    assert_int_equal(l.n, 1);
    assert_memory_equal(l.ids[0], m.b, QP_ID_LEN);
    counted(t, q);
    q.held_below = "city/east"; /* it holds that itself */
    list(t, q, &l);
    assert_int_equal(l.n, 0);
}

static void the_very_first_id_of_a_range_is_listed(void **state)
{
    struct town *t = *state;
    static struct listed l;
    t->r->now_us += 7 * SECOND;
    struct qp_list_query q = query(QP_SORT_OPENED);
    q.has_from = true;
    q.from_us = t->r->now_us;
    Qp__Event *ev = rig_draft(t->r, B(OPENED));
    ev->opened->face = rig_face(t->r, "lamp");
    matter m = rig_name(t->r, CITY, ev->opened->face);
    assert_true(rig_say(t->r, CITY, m, ev) >= 0);
    list(t, q, &l);
    assert_int_equal(l.n, 1);
    assert_memory_equal(l.ids[0], m.b, QP_ID_LEN);
}

static void a_cursor_stays_good_while_matters_change(void **state)
{
    struct town *t = *state;
    static struct listed first, rest, all;
    struct qp_list_query q = query(QP_SORT_OPENED_DESC);
    char cursor[128];
    list(t, q, &all);
    q.limit = 100;
    struct qp_read read;
    rig_read(t->r, CITY, &read);
    first.n = rest.n = 0;
    assert_int_equal(qp_matter_list(&read, &q, take, &first, cursor, t->r->arena, &t->r->e), 0);
    qp_read_end(&read);
    for (int i = 0; i < 50; i++) /* new ones, and old ones that change */
        rig_open(t->r, CITY, "lamp");
    rig_try(t->r, CITY, t->m[10], B(PROGRESSED));
    q.limit = 500;
    q.cursor = cursor;
    rig_read(t->r, CITY, &read);
    assert_int_equal(qp_matter_list(&read, &q, take, &rest, cursor, t->r->arena, &t->r->e), 0);
    qp_read_end(&read);
    assert_int_equal(first.n + rest.n, all.n);
    assert_memory_equal(rest.ids, all.ids[100], rest.n * QP_ID_LEN);
    assert_string_equal(cursor, "");
}

static void a_cursor_of_another_query_is_refused(void **state)
{
    struct town *t = *state;
    static struct listed l;
    struct qp_list_query q = query(QP_SORT_OPENED);
    char cursor[128], next[128];
    struct qp_read read;
    rig_read(t->r, CITY, &read);
    q.limit = 3;
    l.n = 0;
    assert_int_equal(qp_matter_list(&read, &q, take, &l, cursor, t->r->arena, &t->r->e), 0);
    assert_true(*cursor);
    q.cursor = cursor;
    q.limit = 5; /* may differ */
    assert_int_equal(qp_matter_list(&read, &q, take, &l, next, t->r->arena, &t->r->e), 0);
    q.category = "lamp";
    assert_int_equal(qp_matter_list(&read, &q, take, &l, next, t->r->arena, &t->r->e), QP_EINVAL);
    q.category = NULL;
    cursor[3] = cursor[3] == 'A' ? 'B' : 'A';
    cursor[44 - 1] = '!';
    assert_int_equal(qp_matter_list(&read, &q, take, &l, next, t->r->arena, &t->r->e), QP_EINVAL);
    q.cursor = "x";
    assert_int_equal(qp_matter_list(&read, &q, take, &l, next, t->r->arena, &t->r->e), QP_EINVAL);
    q.cursor = NULL;
    q.limit = 501;
    assert_int_equal(qp_matter_list(&read, &q, take, &l, next, t->r->arena, &t->r->e), QP_EINVAL);
    qp_read_end(&read);
}

/* What a poller sees from a position on; the next position into `after`. */
static size_t poll_after(struct town *t, char after[QP_AFTER_TEXT], size_t limit, struct listed *l,
                         bool *more)
{
    struct qp_list_query q = query(QP_SORT_ARRIVED);
    struct qp_list_end end;
    struct qp_read read;
    char cursor[128];
    size_t before = l->n;
    q.after = after;
    q.end = &end;
    q.limit = limit;
    rig_read(t->r, CITY, &read);
    if (qp_matter_list(&read, &q, take, l, cursor, t->r->arena, &t->r->e))
        fail_msg("%s", t->r->e.text);
    qp_read_end(&read);
    memcpy(after, end.next, QP_AFTER_TEXT);
    *more = end.more;
    return l->n - before;
}

/* A child that was cut off tells what happened hours ago: by its own time that is old, by its arrival it is
 * new. */
static void a_poller_misses_nothing_that_arrives_late(void **state)
{
    struct town *t = *state;
    static struct listed l;
    char after[QP_AFTER_TEXT] = "0", again[QP_AFTER_TEXT];
    bool more = true;
    l.n = 0;
    matter late = rig_open(t->r, EAST, "lamp"); /* said, not heard yet */
    int opened = (int)t->r->said_n - 1, assigned = rig_do(t->r, EAST, late, B(ASSIGNED));
    if (rig_try(t->r, CITY, t->m[0], B(PROGRESSED)) < 0)
        rig_do(t->r, CITY, t->m[0], B(COMMENTED));
    while (more)
        poll_after(t, after, 7, &l, &more);
    assert_int_equal(l.n, MATTERS);
    assert_memory_equal(l.ids[MATTERS - 1], t->m[0].b, QP_ID_LEN); /* the last that was said */
    assert_int_equal(poll_after(t, after, 500, &l, &more), 0);
    struct qp_list_query by_time = query(QP_SORT_UPDATED);
    by_time.has_updated_after = true;
    by_time.updated_after_us = t->r->now_us - SECOND;
    rig_hear(t->r, CITY, opened);
    static struct listed seen;
    list(t, by_time, &seen);
    assert_int_equal(seen.n, 0); /* who asks by time never sees it */
    l.n = 0;
    memcpy(again, after, sizeof again);
    assert_int_equal(poll_after(t, after, 500, &l, &more), 1);
    assert_memory_equal(l.ids[0], late.b, QP_ID_LEN);
    rig_hear(t->r, CITY, assigned);
    assert_int_equal(rig_hear(t->r, CITY, opened), QP_REPEATED); /* heard again, it is no news */
    l.n = 0;
    assert_int_equal(poll_after(t, after, 500, &l, &more), 1);
    assert_int_equal(poll_after(t, after, 500, &l, &more), 0);
    l.n = 0; /* a position stays good: both news are one matter */
    assert_int_equal(poll_after(t, again, 500, &l, &more), 1);
    rig_assert_tables(t->r, CITY);
}

static void a_position_of_another_journal_is_refused(void **state)
{
    struct town *t = *state;
    static struct listed l;
    char after[QP_AFTER_TEXT] = "", other[QP_AFTER_TEXT];
    bool more;
    poll_after(t, after, 1, &l, &more);
    assert_true(more);
    memcpy(other, after, sizeof other);
    other[0] = other[0] == 'A' ? 'B' : 'A';
    const char *const bad[] = {other, "x", "1"};
    struct qp_list_query q = query(QP_SORT_ARRIVED);
    struct qp_read read;
    char cursor[128];
    rig_read(t->r, CITY, &read);
    for (size_t i = 0; i < 3; i++) {
        q.after = bad[i];
        assert_int_equal(qp_matter_list(&read, &q, take, &l, cursor, t->r->arena, &t->r->e), QP_EINVAL);
        assert_non_null(strstr(t->r->e.text, "after=0"));
    }
    qp_read_end(&read);
}

static void a_search_folds_width_case_and_composition(void **state)
{
    struct town *t = *state;
    static struct listed l;
    static const char *const title[] = {"１２３号井盖（破损）", "Cafe\xCC\x81 noir", "STRASSE", "ﾄｲﾚ",
                                        "plain １"};
    static const struct {
        const char *q;
        int finds; /* index of the title, -1: none */
    } v[] = {{"123号", 0},       {"１２３", 0},       {"(破损)", 0}, {"（破损）", 0},
             {"caf\xC3\xA9", 1}, {"CAFE\xCC\x81", 1}, {"straße", 2}, {"トイレ", 3},
             {"PLAIN 1", 4},     {"124", -1},         {"号 ", -1},   {"井\xE2\x80\x8B盖", 0}};
    matter m[5];
    for (int i = 0; i < 5; i++) {
        Qp__Face *f = rig_face(t->r, "lamp");
        f->title = qp_arena_text(t->r->arena, title[i]);
        f->place = qp_arena_text(t->r->arena, "");
        m[i] = rig_open_face(t->r, CITY, f);
    }
    for (size_t i = 0; i < sizeof v / sizeof *v; i++) {
        struct qp_list_query q = query(QP_SORT_OPENED);
        q.q = v[i].q;
        list(t, q, &l);
        if (l.n != (v[i].finds >= 0) || (l.n == 1 && memcmp(l.ids[0], m[v[i].finds].b, QP_ID_LEN) != 0))
            fail_msg("%s finds %zu", v[i].q, l.n);
    }
}

static int stop(void *arg, const Qp__Row *row)
{
    (void)row;
    return ++*(int *)arg == 3 ? QP_ESTOPPING : 0;
}

static void who_is_listed_to_may_end_it(void **state)
{
    struct town *t = *state;
    struct qp_list_query q = query(QP_SORT_UPDATED_DESC);
    struct qp_read read;
    char cursor[128];
    int n = 0;
    rig_read(t->r, CITY, &read);
    assert_int_equal(qp_matter_list(&read, &q, stop, &n, cursor, t->r->arena, &t->r->e), QP_ESTOPPING);
    assert_int_equal(n, 3);
    qp_read_end(&read);
}

/* More rows than one call looks at: none of them in the east, until the last. */
static void a_search_that_looks_too_long_gives_a_cursor_and_goes_on(void **state)
{
    void *rig;
    rig_up(&rig);
    struct town t = {.r = rig};
    for (int i = 0; i < 20100; i++) {
        Qp__Face *f = rig_face(t.r, "lamp");
        if (i == 20099)
            f->title = qp_arena_text(t.r->arena, "the needle");
        rig_open_face(t.r, CITY, f);
    }
    static struct listed l;
    struct qp_list_query q = query(QP_SORT_OPENED);
    q.q = "NEEDLE";
    char cursor[128];
    struct qp_read read;
    rig_read(t.r, CITY, &read);
    assert_int_equal(qp_matter_list(&read, &q, take, &l, cursor, t.r->arena, &t.r->e), 0);
    assert_int_equal(l.n, 0);
    assert_true(*cursor);
    q.cursor = cursor;
    assert_int_equal(qp_matter_list(&read, &q, take, &l, cursor, t.r->arena, &t.r->e), 0);
    assert_int_equal(l.n, 1);
    assert_string_equal(cursor, "");
    /* what has no deadline is not looked at for what is due: none of these is, and one call says so */
    q = query(QP_SORT_PRESSING);
    q.has_due_before = true;
    q.due_before_us = t.r->now_us;
    assert_int_equal(qp_matter_list(&read, &q, take, &l, cursor, t.r->arena, &t.r->e), 0);
    assert_int_equal(l.n, 1);
    assert_string_equal(cursor, "");
    qp_read_end(&read);
    rig_down(&rig);
    (void)state;
}

static void sorts_are_read_from_their_names(void **state)
{
    (void)state;
    assert_int_equal(qp_sort_parse("-opened_at"), QP_SORT_OPENED_DESC);
    assert_int_equal(qp_sort_parse("updated_at"), QP_SORT_UPDATED);
    assert_int_equal(qp_sort_parse("deadline"), QP_SORT_DEADLINE);
    assert_int_equal(qp_sort_parse("title"), 0);
    assert_int_equal(qp_sort_parse(NULL), 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, up, down)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(every_sort_lists_everything_in_its_order),
        T(every_filter_lists_what_a_plain_scan_finds),
        T(a_category_with_what_lies_below_it),
        T(holders_are_found_by_path),
        T(the_very_first_id_of_a_range_is_listed),
        T(a_cursor_stays_good_while_matters_change),
        T(a_cursor_of_another_query_is_refused),
        T(a_poller_misses_nothing_that_arrives_late),
        T(a_position_of_another_journal_is_refused),
        T(a_search_folds_width_case_and_composition),
        T(who_is_listed_to_may_end_it),
        cmocka_unit_test(a_search_that_looks_too_long_gives_a_cursor_and_goes_on),
        cmocka_unit_test(sorts_are_read_from_their_names),
    };
    return cmocka_run_group_tests_name("matter/list", tests, NULL, NULL);
}
