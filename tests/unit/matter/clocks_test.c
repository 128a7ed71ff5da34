/* clocks_test.c: which event starts, pauses, resumes, passes on and ends which clock of a matter (CL1 to CL8, PO4), and that
 * all nodes that know the matter show the same. The arithmetic is clock_test.c's.
 *
 * It is Sunday, 1 March 2026, 16:00 in Suzhou; the office works 08:30 to 12:00 and 14:30 to 17:30, Monday to Friday. */
#include "tests/unit/matter/rig.h"

#include "node/matter/pending.h"

#define OFFICE                                                                                               \
    "'weekly':[{'days':'1-5','from':'08:30','to':'12:00'},{'days':'1-5','from':'14:30','to':'17:30'}]}],"

static const char PLAIN[] =
    "{'version':'one','title':'T','calendars':[{'name':'office'," OFFICE "'categories':["
    "{'code':'','title':'其他','calendar':'office','clocks':{'sign':'2h','assign':'4wh','handle':'5wd',"
    "'verify':'2wd','close':'10wd'}},{'code':'09','title':'井盖','calendar':'office',"
    "'clocks':{'sign':'1h','handle':'2h','close':'1d','reopen':'3h'}}]}";
/* The office has another name, and before it stands who works day and night. */
static const char RENAMED[] =
    "{'version':'two','title':'T','calendars':[{'name':'duty','weekly':[{'days':'1-7',"
    "'from':'00:00','to':'24:00'}]},{'name':'bureau'," OFFICE "'categories':[{'code':'',"
    "'title':'其他','calendar':'bureau','clocks':{'handle':'5wd','close':'10wd'}}]}";

static int up(void **state)
{
    if (rig_up(state) != 0)
        return -1;
    struct rig *r = *state;
    struct qp_zone *suzhou;
    assert_int_equal(qp_zone_load(&suzhou, "Asia/Shanghai", NULL), 0);
    qp_zone_free(r->zone);
    r->zone = suzhou;
    for (int i = 0; i < NODES; i++) {
        r->nodes[i].m.zone = suzhou;
        r->nodes[i].m.policy = rig_policy(r, PLAIN);
    }
    return 0;
}

static int down(void **state)
{
    struct rig *r = *state;
    for (int i = 0; i < NODES; i++)
        qp_in_force_release(r->nodes[i].m.policy);
    return rig_down(state);
}

static const Qp__Clock *clock_at(struct rig *r, int node, matter m, enum qp_clock_stage stage)
{
    const Qp__Clock *c = qp_face_clock(rig_face_at(r, node, m), stage);
    assert_non_null(c);
    return c;
}

static void is_due(struct rig *r, int node, matter m, enum qp_clock_stage stage, const char *when)
{
    const Qp__Clock *c = clock_at(r, node, m, stage);
    char got[40];
    qp_local_text(got, r->zone, qp_clock_said_due(c), true);
    if (qp_clock_said_due(c) != rig_at(r, when))
        fail_msg("%s of %s is due %s, not %s", qp_clock_stage_name(stage), r->nodes[node].path, got, when);
}

static bool runs(struct rig *r, int node, matter m, enum qp_clock_stage stage)
{
    const Qp__Clock *c = qp_face_clock(rig_face_at(r, node, m), stage);
    return c && qp_clock_said_runs(c);
}

/* Says it at that time, and tells all others. */
static int say(struct rig *r, int node, matter m, Qp__Event *ev, const char *when)
{
    if (when)
        r->now_us = rig_at(r, when);
    int n = rig_say(r, node, m, ev);
    if (n >= 0)
        rig_tell(r, n);
    return n;
}

static void plain(struct rig *r, int node, matter m, int body, const char *when)
{
    if (when)
        r->now_us = rig_at(r, when);
    rig_tell(r, rig_do(r, node, m, body));
}

static matter opened(struct rig *r, int node, const char *category)
{
    matter m = rig_open(r, node, category);
    rig_tell(r, (int)r->said_n - 1);
    return m;
}

static Qp__Event *hang(struct rig *r, const char *until)
{
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_HUNG);
    ev->hung->until_us = rig_at(r, until);
    return ev;
}

#define BODY(b) QP__EVENT__BODY_##b

static void a_matter_of_a_category_with_rules_runs_to_the_same_dues_at_every_node(void **state)
{
    struct rig *r = *state;
    for (int i = WEST; i < NODES; i++) { /* other nodes have other policies, or none (PO4) */
        qp_in_force_release(r->nodes[i].m.policy);
        r->nodes[i].m.policy = NULL;
    }
    matter m = opened(r, EAST, "路灯");
    for (int i = 0; i < NODES; i++) {
        is_due(r, i, m, QP_CLOCK_CLOSE, "2026-03-13 17:30");
        is_due(r, i, m, QP_CLOCK_ASSIGN, "2026-03-02 15:00");
        assert_int_equal(rig_face_at(r, i, m)->deadline_us, rig_at(r, "2026-03-13 17:30"));
        assert_string_equal(clock_at(r, i, m, QP_CLOCK_CLOSE)->rule, "one / - / office");
        assert_null(qp_face_clock(rig_face_at(r, i, m), QP_CLOCK_HANDLE));
    }
    plain(r, EAST, m, BODY(ASSIGNED), "2026-03-02 15:00");
    assert_int_equal(clock_at(r, CITY, m, QP_CLOCK_ASSIGN)->ended_us, rig_at(r, "2026-03-02 15:00"));
    is_due(r, MILL, m, QP_CLOCK_HANDLE, "2026-03-09 17:30");
    plain(r, EAST, m, BODY(ASSIGNED), "2026-03-03 10:00"); /* another desk: the same clock */
    assert_int_equal(clock_at(r, CITY, m, QP_CLOCK_HANDLE)->serial, 1);
    plain(r, EAST, m, BODY(HANDLED), "2026-03-03 11:00");
    is_due(r, CITY, m, QP_CLOCK_VERIFY, "2026-03-05 17:30");
    plain(r, EAST, m, BODY(CLOSED), "2026-03-04 09:00");
    for (int s = 0; s < QP_CLOCK_STAGES; s++)
        assert_false(runs(r, CITY, m, (enum qp_clock_stage)s));
    rig_assert_same(r, m);
    for (int i = 0; i < NODES; i++)
        rig_assert_tables(r, i);
}

static void a_redo_starts_handling_anew(void **state)
{
    struct rig *r = *state;
    matter m = opened(r, EAST, "路灯");
    plain(r, EAST, m, BODY(ASSIGNED), "2026-03-02 09:00");
    plain(r, EAST, m, BODY(HANDLED), "2026-03-03 09:00");
    Qp__Event *ev = rig_draft(r, BODY(VISITED));
    ev->visited->visit->reached = true;
    ev->visited->visit->resolved = false;
    assert_true(say(r, EAST, m, ev, "2026-03-04 09:00") >= 0);
    assert_int_equal(clock_at(r, CITY, m, QP_CLOCK_HANDLE)->serial, 2);
    is_due(r, CITY, m, QP_CLOCK_HANDLE, "2026-03-11 17:30");
    assert_false(runs(r, CITY, m, QP_CLOCK_VERIFY));
}

static void an_offer_runs_beside_the_senders_clock_and_passes_it_on_when_it_is_accepted(void **state)
{
    struct rig *r = *state;
    matter m = opened(r, EAST, "路灯");
    r->now_us = rig_at(r, "2026-03-02 09:00");
    rig_tell(r, rig_offer(r, EAST, m, QP_KIND_DISPATCH, MILL));
    is_due(r, CITY, m, QP_CLOCK_SIGN, "2026-03-02 11:00");
    const Qp__Face *f = rig_face_at(r, CITY, m);
    assert_memory_equal(f->members[clock_at(r, CITY, m, QP_CLOCK_SIGN)->holder].data, r->nodes[MILL].id,
                        QP_ID_LEN);
    assert_true(runs(r, CITY, m, QP_CLOCK_ASSIGN)); /* until then the sender answers (CL4) */
    plain(r, MILL, m, BODY(REFUSED), "2026-03-02 10:00");
    assert_int_equal(clock_at(r, CITY, m, QP_CLOCK_SIGN)->end, QP_CLOCK_DONE);
    assert_int_equal(clock_at(r, CITY, m, QP_CLOCK_ASSIGN)->serial, 1);
    assert_true(runs(r, CITY, m, QP_CLOCK_ASSIGN)); /* a refusal changes nothing for the sender */
    r->now_us = rig_at(r, "2026-03-02 11:00");
    rig_tell(r, rig_offer(r, EAST, m, QP_KIND_DISPATCH, MILL));
    plain(r, MILL, m, BODY(ACCEPTED), "2026-03-02 14:30");
    const Qp__Clock *assign = clock_at(r, EAST, m, QP_CLOCK_ASSIGN);
    assert_int_equal(assign->serial, 2);
    assert_int_equal(assign->start_us, rig_at(r, "2026-03-02 14:30"));
    assert_int_equal(clock_at(r, EAST, m, QP_CLOCK_SIGN)->serial, 2);
    is_due(r, EAST, m, QP_CLOCK_CLOSE, "2026-03-13 17:30"); /* through all hands */
    int accepted = (int)r->said_n - 1;
    Qp__Event *ev = rig_event(r, accepted);
    assert_int_equal(ev->n_clocks, 2);
    rig_assert_same(r, m);
}

static void hanging_pauses_all_but_sign_and_goes_on_at_its_time_though_nobody_says_so(void **state)
{
    struct rig *r = *state;
    matter m = opened(r, EAST, "路灯");
    plain(r, EAST, m, BODY(ASSIGNED), "2026-03-02 09:00");
    is_due(r, CITY, m, QP_CLOCK_HANDLE, "2026-03-09 17:30");
    assert_true(say(r, EAST, m, hang(r, "2026-03-05 09:00"), "2026-03-03 09:00") >= 0);
    assert_true(clock_at(r, CITY, m, QP_CLOCK_HANDLE)->held);
    is_due(r, CITY, m, QP_CLOCK_HANDLE, "2026-03-11 17:30"); /* two closes are lost: known at once */
    is_due(r, CITY, m, QP_CLOCK_CLOSE, "2026-03-17 17:30");
    r->now_us = rig_at(r, "2026-03-06 09:00"); /* its holder was down, and offers it a day after the time */
    rig_tell(r, rig_offer(r, EAST, m, QP_KIND_DISPATCH, MILL));
    assert_false(clock_at(r, CITY, m, QP_CLOCK_HANDLE)->held);
    is_due(r, CITY, m, QP_CLOCK_HANDLE, "2026-03-11 17:30");
    plain(r, MILL, m, BODY(ACCEPTED), "2026-03-06 10:00");
    is_due(r, MILL, m, QP_CLOCK_CLOSE, "2026-03-17 17:30");
    plain(r, MILL, m, BODY(RESUMED), "2026-03-06 11:00");
    is_due(r, CITY, m, QP_CLOCK_CLOSE, "2026-03-17 17:30");
    rig_assert_same(r, m);
}

static void who_resumes_early_gets_back_only_what_was_paused(void **state)
{
    struct rig *r = *state;
    matter m = opened(r, EAST, "路灯");
    plain(r, EAST, m, BODY(ASSIGNED), "2026-03-02 09:00");
    say(r, EAST, m, hang(r, "2026-03-30 09:00"), "2026-03-03 09:00");
    plain(r, EAST, m, BODY(RESUMED), "2026-03-03 16:00"); /* within one day nothing is lost (CL3) */
    is_due(r, CITY, m, QP_CLOCK_HANDLE, "2026-03-09 17:30");
    is_due(r, CITY, m, QP_CLOCK_CLOSE, "2026-03-13 17:30");
}

static void who_takes_over_a_hung_matter_has_a_paused_clock(void **state)
{
    struct rig *r = *state;
    matter m = opened(r, EAST, "路灯");
    say(r, EAST, m, hang(r, "2026-03-05 08:30"), "2026-03-02 09:00");
    r->now_us = rig_at(r, "2026-03-02 10:00");
    rig_tell(r, rig_offer(r, EAST, m, QP_KIND_DISPATCH, MILL));
    plain(r, MILL, m, BODY(ACCEPTED), "2026-03-02 11:00");
    const Qp__Clock *assign = clock_at(r, CITY, m, QP_CLOCK_ASSIGN);
    assert_true(assign->held);
    is_due(r, CITY, m, QP_CLOCK_ASSIGN, "2026-03-05 15:00");
    plain(r, MILL, m, BODY(ASSIGNED), "2026-03-02 15:00");
    is_due(r, CITY, m, QP_CLOCK_HANDLE, "2026-03-09 17:30");
    is_due(r, CITY, m, QP_CLOCK_CLOSE, "2026-03-13 17:30"); /* 09:00 to 15:00 of one day */
}

static Qp__Event *sorted(struct rig *r, const char *category, int64_t deadline_us)
{
    Qp__Event *ev = rig_draft(r, BODY(SORTED));
    ev->sorted->category = (char *)(uintptr_t)category;
    ev->sorted->has_deadline = deadline_us >= 0;
    ev->sorted->deadline_us = deadline_us >= 0 ? deadline_us : 0;
    return ev;
}

static void sorting_makes_a_due_earlier_and_never_later(void **state)
{
    struct rig *r = *state;
    matter m = opened(r, EAST, "路灯");
    assert_true(say(r, EAST, m, sorted(r, "井盖", -1), "2026-03-01 20:00") >= 0);
    is_due(r, CITY, m, QP_CLOCK_CLOSE, "2026-03-02 16:00"); /* from its own start */
    assert_string_equal(clock_at(r, CITY, m, QP_CLOCK_CLOSE)->rule, "one / 09");
    assert_true(say(r, EAST, m, sorted(r, "路灯", -1), NULL) >= 0);
    is_due(r, CITY, m, QP_CLOCK_CLOSE, "2026-03-02 16:00");
    assert_true(say(r, EAST, m, sorted(r, "", rig_at(r, "2026-03-02 12:00")), NULL) >= 0);
    is_due(r, CITY, m, QP_CLOCK_CLOSE, "2026-03-02 12:00");
    assert_int_equal(say(r, EAST, m, sorted(r, "", rig_at(r, "2026-03-02 13:00")), NULL), -QP_EPOLICY);
    assert_non_null(strstr(r->e.text, "extend"));
    assert_int_equal(say(r, EAST, m, sorted(r, "", 0), NULL), -QP_EPOLICY);
    r->nodes[EAST].m.imports = true; /* an importer's stands (CL3) */
    assert_true(say(r, EAST, m, sorted(r, "", rig_at(r, "2026-04-01 12:00")), NULL) >= 0);
    is_due(r, CITY, m, QP_CLOCK_CLOSE, "2026-04-01 12:00");
    matter lid = opened(r, EAST, "井盖"); /* whose category has no clock of assigning */
    assert_true(say(r, EAST, lid, sorted(r, "路灯", -1), "2026-03-02 09:00") >= 0);
    is_due(r, CITY, lid, QP_CLOCK_ASSIGN, "2026-03-02 15:30");
    rig_assert_same(r, m);
}

static void of_a_stated_deadline_and_the_rule_the_earlier_counts_and_an_importers_stands(void **state)
{
    struct rig *r = *state;
    static const struct {
        const char *stated, *due;
        bool imports;
    } rows[] = {{"2026-03-05 12:00", "2026-03-05 12:00", false},
                {"2026-04-05 12:00", "2026-03-13 17:30", false},
                {"2026-04-05 12:00", "2026-04-05 12:00", true}};
    for (size_t i = 0; i < 3; i++) {
        r->now_us = (int64_t)T0 * SECOND;
        r->nodes[EAST].m.imports = rows[i].imports;
        Qp__Face *f = rig_face(r, "路灯");
        f->deadline_us = rig_at(r, rows[i].stated);
        matter m = rig_open_face(r, EAST, f);
        is_due(r, EAST, m, QP_CLOCK_CLOSE, rows[i].due);
        assert_int_equal(rig_face_at(r, EAST, m)->deadline_us, rig_at(r, rows[i].due));
    }
}

static void reopening_starts_close_anew_by_its_own_rule_or_keeps_the_old_due(void **state)
{
    struct rig *r = *state;
    matter lamp = opened(r, EAST, "路灯"), lid = opened(r, EAST, "井盖");
    plain(r, EAST, lamp, BODY(CLOSED), "2026-03-02 09:00");
    plain(r, EAST, lamp, BODY(REOPENED), "2026-03-20 09:00");
    is_due(r, CITY, lamp, QP_CLOCK_CLOSE, "2026-03-13 17:30");
    assert_int_equal(clock_at(r, CITY, lamp, QP_CLOCK_CLOSE)->serial, 1);
    plain(r, EAST, lid, BODY(CLOSED), "2026-03-20 10:00");
    plain(r, EAST, lid, BODY(REOPENED), "2026-03-20 11:00");
    is_due(r, CITY, lid, QP_CLOCK_CLOSE, "2026-03-20 14:00");
    assert_int_equal(clock_at(r, CITY, lid, QP_CLOCK_CLOSE)->serial, 2);
}

static void what_was_hung_and_merged_goes_on_as_it_was(void **state)
{
    struct rig *r = *state;
    matter m = opened(r, EAST, "路灯"), into = opened(r, EAST, "路灯");
    say(r, EAST, m, hang(r, "2026-03-05 08:30"), "2026-03-02 09:00");
    Qp__Event *ev = rig_draft(r, BODY(MERGED));
    ev->merged->into = (ProtobufCBinaryData){QP_ID_LEN, into.b};
    assert_true(say(r, EAST, m, ev, "2026-03-02 10:00") >= 0);
    assert_false(runs(r, CITY, m, QP_CLOCK_CLOSE));
    plain(r, EAST, m, BODY(UNMERGED), "2026-03-02 11:00");
    assert_true(clock_at(r, CITY, m, QP_CLOCK_CLOSE)->held);
    is_due(r, CITY, m, QP_CLOCK_CLOSE, "2026-03-18 17:30");
    rig_assert_same(r, m);
}

static void each_stage_is_overdue_at_its_own_moment_at_every_node(void **state)
{
    struct rig *r = *state;
    bool more;
    matter m = opened(r, EAST, "路灯");
    r->now_us = rig_at(r, "2026-03-02 09:00");
    rig_tell(r, rig_offer(r, EAST, m, QP_KIND_DISPATCH, MILL));
    for (int i = 0; i < NODES; i++) {
        int64_t next;
        assert_int_equal(qp_matter_next_deadline(&r->nodes[i].m, &next, &r->e), 0);
        assert_int_equal(next, rig_at(r, "2026-03-02 11:00"));
        assert_int_equal(qp_matter_sweep(&r->nodes[i].m, rig_at(r, "2026-03-02 11:00"), &more, &r->e), 0);
        assert_int_equal(rig_row(r, i, m)->overdue_stages, 0);
        assert_int_equal(qp_matter_sweep(&r->nodes[i].m, rig_at(r, "2026-03-02 11:00") + 1, &more, &r->e), 0);
        assert_int_equal(rig_row(r, i, m)->overdue_stages, 1u << QP_CLOCK_SIGN);
        assert_int_equal(qp_matter_sweep(&r->nodes[i].m, rig_at(r, "2026-03-02 15:00") + 1, &more, &r->e), 0);
        assert_int_equal(rig_row(r, i, m)->overdue_stages, 1u << QP_CLOCK_SIGN | 1u << QP_CLOCK_ASSIGN);
        assert_false(rig_row(r, i, m)->overdue);
        rig_assert_tables(r, i);
    }
    plain(r, MILL, m, BODY(ACCEPTED), "2026-03-02 16:00");
    for (int i = 0; i < NODES; i++) {
        assert_int_equal(rig_row(r, i, m)->overdue_stages, 0);
        rig_assert_tables(r, i);
    }
    const Qp__Clock *sign = clock_at(r, CITY, m, QP_CLOCK_SIGN);
    assert_true(sign->ended_us > sign->due_us);
}

static int count(void *arg, const Qp__Row *row)
{
    (void)row;
    ++*(int *)arg;
    return 0;
}

static int listed(struct rig *r, struct qp_list_query q)
{
    struct qp_read read;
    char cursor[128];
    int n = 0;
    rig_read(r, CITY, &read);
    assert_int_equal(qp_matter_list(&read, &q, count, &n, cursor, r->arena, &r->e), 0);
    qp_read_end(&read);
    return n;
}

static void a_list_asks_for_a_stage_and_shows_each_matter_once_by_its_deadline(void **state)
{
    struct rig *r = *state;
    bool more;
    opened(r, EAST, "路灯");
    matter lid = opened(r, EAST, "井盖");
    plain(r, EAST, lid, BODY(ASSIGNED), "2026-03-01 17:00");
    assert_int_equal(qp_matter_sweep(&r->nodes[CITY].m, rig_at(r, "2026-03-01 19:30"), &more, &r->e), 0);
    struct qp_list_query q = {.overdue = -1, .sort = QP_SORT_DEADLINE, .limit = 10};
    assert_int_equal(listed(r, q), 2);
    q.overdue_stage = 1 + QP_CLOCK_HANDLE;
    assert_int_equal(listed(r, q), 1);
    q.overdue_stage = 1 + QP_CLOCK_ASSIGN;
    assert_int_equal(listed(r, q), 0);
    q.overdue_stage = 0;
    q.overdue = 1;
    assert_int_equal(listed(r, q), 0);
}

static void without_a_policy_there_is_no_clock_and_not_one_byte_more(void **state)
{
    struct rig *r = *state;
    qp_in_force_release(r->nodes[EAST].m.policy);
    r->nodes[EAST].m.policy = NULL;
    Qp__Face *f = rig_face(r, "路灯");
    f->deadline_us = rig_at(r, "2026-04-05 12:00");
    matter m = rig_open_face(r, EAST, f);
    rig_do(r, EAST, m, BODY(ASSIGNED));
    assert_int_equal(rig_event(r, (int)r->said_n - 1)->n_clocks, 0);
    assert_int_equal(-say(r, EAST, m, sorted(r, "", rig_at(r, "2026-05-02 13:00")), NULL), QP_EPOLICY);
    assert_true(say(r, EAST, m, sorted(r, "", rig_at(r, "2026-04-02 13:00")), NULL) >= 0);
    assert_int_equal(rig_face_at(r, EAST, m)->n_clocks, 0);
    assert_int_equal(rig_face_at(r, EAST, m)->deadline_us, rig_at(r, "2026-04-02 13:00"));
}

/* CL5: also where no policy is in force, a deadline becomes later by an extension alone. */
static void a_deadline_without_a_policy_gets_its_clock_when_more_time_is_asked_for(void **state)
{
    struct rig *r = *state;
    qp_in_force_release(r->nodes[EAST].m.policy);
    r->nodes[EAST].m.policy = NULL;
    Qp__Face *f = rig_face(r, "路灯");
    f->deadline_us = rig_at(r, "2026-04-05 12:00");
    matter m = rig_open_face(r, EAST, f);
    rig_tell(r, (int)r->said_n - 1);
    Qp__Event *ask = rig_draft(r, BODY(EXTENSION_ASKED));
    ask->extension_asked->until_us = rig_at(r, "2026-04-05 11:00");
    assert_int_equal(-say(r, EAST, m, ask, NULL), QP_EPOLICY);
    ask = rig_draft(r, BODY(EXTENSION_ASKED));
    ask->extension_asked->until_us = rig_at(r, "2026-04-09 12:00");
    assert_true(say(r, EAST, m, ask, NULL) >= 0);
    is_due(r, EAST, m, QP_CLOCK_CLOSE, "2026-04-05 12:00");
    const Qp__Clock *c = qp_face_clock(rig_face_at(r, EAST, m), QP_CLOCK_CLOSE);
    assert_int_equal(c->extension->state, QP_EXTENSION_ASKED);
    assert_int_equal(rig_face_at(r, EAST, m)->extend_asked, 1);
    rig_tell(r, rig_do(r, CITY, m, BODY(EXTENSION_APPROVED)));
    assert_int_equal(rig_row(r, EAST, m)->n_beside, 1);
    assert_int_equal(-rig_try(r, CITY, m, BODY(EXTENSION_DENIED)), QP_ESTEP); /* answered once */
}

static void a_matter_that_was_opened_before_the_rule_gets_its_clock_when_it_is_sorted(void **state)
{
    struct rig *r = *state;
    const struct qp_in_force *later = r->nodes[EAST].m.policy;
    r->nodes[EAST].m.policy = NULL;
    Qp__Face *f = rig_face(r, "路灯");
    f->deadline_us = rig_at(r, "2026-04-05 12:00");
    matter m = rig_open_face(r, EAST, f);
    r->nodes[EAST].m.policy = later;
    assert_true(say(r, EAST, m, sorted(r, "", -1), "2026-03-04 09:00") >= 0);
    is_due(r, EAST, m, QP_CLOCK_CLOSE, "2026-03-13 17:30");
}

static void clocks_that_are_not_sound_have_no_effect(void **state)
{
    struct rig *r = *state;
    matter m = opened(r, EAST, "路灯");
    int assigned = rig_do(r, EAST, m, BODY(ASSIGNED));
    for (int i = 0; i < 6; i++) {
        Qp__Event *ev = rig_event(r, assigned);
        assert_true(ev->n_clocks == 2);
        switch (i) {
        case 0: ev->clocks[0]->stage = QP_CLOCK_STAGES; break;
        case 1: ev->clocks[0]->stage = ev->clocks[1]->stage; break;
        case 2: ev->clocks[0]->unit = QP_UNIT_COUNT; break;
        case 3: ev->clocks[0]->serial = 0; break;
        case 4: ev->clocks[0]->holder = QP_MEMBERS; break;
        default: ev->clocks[0]->until_us = 1; break;
        }
        assert_int_equal(rig_hear_event(r, CITY, ev), QP_CONFLICT);
    }
    assert_int_equal(rig_hear(r, CITY, assigned), QP_APPLIED);
}

static void a_matter_hung_more_often_than_is_kept_is_told_what_to_do(void **state)
{
    struct rig *r = *state;
    matter m = opened(r, EAST, "路灯");
    r->now_us = rig_at(r, "2026-03-02 09:00");
    for (int i = 0; i < QP_CLOCK_PAUSES_MAX; i++) {
        assert_true(say(r, EAST, m, hang(r, "2026-03-30 09:00"), NULL) >= 0);
        plain(r, EAST, m, BODY(RESUMED), NULL);
    }
    assert_int_equal(say(r, EAST, m, hang(r, "2026-03-30 09:00"), NULL), -QP_ESTEP);
    assert_non_null(strstr(r->e.text, "paused"));
    plain(r, EAST, m, BODY(CLOSED), NULL);
}

/* PO4: of what was promised by the office's hours nothing is counted by somebody else's. */
static void a_clock_whose_calendar_is_there_no_more_is_counted_by_no_other(void **state)
{
    struct rig *r = *state;
    matter m = opened(r, EAST, "路灯");
    plain(r, EAST, m, BODY(ASSIGNED), "2026-03-02 09:00");
    is_due(r, CITY, m, QP_CLOCK_HANDLE, "2026-03-09 17:30");
    assert_true(say(r, EAST, m, hang(r, "2026-03-30 09:00"), "2026-03-03 09:00") >= 0);
    qp_in_force_release(r->nodes[EAST].m.policy);
    r->nodes[EAST].m.policy = rig_policy(r, RENAMED);
    plain(r, EAST, m, BODY(RESUMED), "2026-03-05 09:00");
    is_due(r, CITY, m, QP_CLOCK_HANDLE, "2026-03-11 17:30"); /* the two days on the wall */
    rig_assert_same(r, m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, up, down)
        TEST(a_matter_of_a_category_with_rules_runs_to_the_same_dues_at_every_node),
        TEST(a_redo_starts_handling_anew),
        TEST(an_offer_runs_beside_the_senders_clock_and_passes_it_on_when_it_is_accepted),
        TEST(hanging_pauses_all_but_sign_and_goes_on_at_its_time_though_nobody_says_so),
        TEST(who_resumes_early_gets_back_only_what_was_paused),
        TEST(who_takes_over_a_hung_matter_has_a_paused_clock),
        TEST(sorting_makes_a_due_earlier_and_never_later),
        TEST(of_a_stated_deadline_and_the_rule_the_earlier_counts_and_an_importers_stands),
        TEST(reopening_starts_close_anew_by_its_own_rule_or_keeps_the_old_due),
        TEST(what_was_hung_and_merged_goes_on_as_it_was),
        TEST(each_stage_is_overdue_at_its_own_moment_at_every_node),
        TEST(a_list_asks_for_a_stage_and_shows_each_matter_once_by_its_deadline),
        TEST(without_a_policy_there_is_no_clock_and_not_one_byte_more),
        TEST(a_deadline_without_a_policy_gets_its_clock_when_more_time_is_asked_for),
        TEST(a_matter_that_was_opened_before_the_rule_gets_its_clock_when_it_is_sorted),
        TEST(clocks_that_are_not_sound_have_no_effect),
        TEST(a_matter_hung_more_often_than_is_kept_is_told_what_to_do),
        TEST(a_clock_whose_calendar_is_there_no_more_is_counted_by_no_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
