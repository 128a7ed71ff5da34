/* stream_test.c: a record of the journal as events of a stream: each event once, whatever a child has put into it. */
#include "node/core/private.h"
#include "node/http/shape/event.h"
#include "tests/unit/core/rig.h"

enum { CITY, A, TICKS = 20 };

static int events_of(struct rig *r, int i, uint64_t position)
{
    const struct qp_auth all = {
        .by = "token:all", .kind = QP_AUTH_TOKEN, .rights = QP_RIGHT_READ | QP_RIGHT_STEP};
    struct qp_http *h = calloc(1, sizeof *h);
    struct qp_arena *a = qp_arena_new(QP_DECODE_ARENA);
    struct qp_json j = {0};
    struct qp_read read;
    int n = 0;
    assert_true(h && a);
    h->store = r->nodes[i].store;
    h->core = r->nodes[i].core;
    h->self = *qp_core_self(r->nodes[i].core);
    assert_int_equal(qp_read_begin(h->store, &read, &r->e), 0);
    size_t from = 0;
    assert_true(qp_stream_record(&j, h, &read, position, &from, 1 << 20, true, QP_STREAM_ALL, &all, a));
    qp_read_end(&read);
    qp_json_raw(&j, "", 1);
    for (const char *p = j.p; (p = strstr(p, "event: ")); p++)
        n++;
    free(j.p);
    qp_arena_free(a);
    free(h);
    return n;
}

static Qp__LineMember *member(struct rig *r, int i)
{
    Qp__LineMember *m = qp_arena_take(r->arena, sizeof *m);
    qp__line_member__init(m);
    m->node = (ProtobufCBinaryData){QP_ID_LEN, r->nodes[i].id};
    m->path = r->nodes[i].path;
    m->kind = QP_LINE_NAME;
    m->name = qp_arena_text(r->arena, "li");
    return m;
}

static void what_is_said_on_a_line_and_names_a_matter_is_told_once(void **state)
{
    struct rig *r = *state;
    static uint8_t line[QP_ID_LEN] = {5};
    const ProtobufCBinaryData id = {QP_ID_LEN, line};
    rig_tree(r, 2);
    matter m = rig_open(r, CITY, "one");
    rig_settle(r);
    struct forged f = rig_forged(r, A, QP_SCOPE_NODE, r->nodes[CITY].id, QP_LANE_LINE);
    Qp__Event *ev = rig_event(r, A, QP__EVENT__BODY_LINE_OPENED, NULL);
    Qp__LineMember *both[] = {member(r, CITY), member(r, A)};
    ev->line_opened->line = id;
    ev->line_opened->members = both;
    ev->line_opened->n_members = 2;
    rig_add(&f, ev);
    for (int i = 0; i < TICKS; i++) {
        ev = rig_event(r, A, QP__EVENT__BODY_LINE_TICKED, &m);
        ev->line_ticked->line = id;
        rig_add(&f, ev);
    }
    uint64_t position = rig_head(r, CITY) + 1;
    assert_int_equal(rig_hand(r, A, CITY, QP_LANE_LINE, rig_seal(r, &f, NULL)), 0);
    assert_int_equal(events_of(r, CITY, position), 1 + TICKS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_said_on_a_line_and_names_a_matter_is_told_once, rig_up,
                                        rig_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
