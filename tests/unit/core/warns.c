/* warns.c: see warns.h. */
#include "tests/unit/core/warns.h"

#include "node/insight/clue/clue.h"

enum { DAYS = 45 };

matter warn_seen(struct rig *r, int i, const char *category, int days_ago, int n)
{
    matter m = {{0}};
    for (int k = 0; k < n; k++) {
        Qp__Event *ev = rig_opened(r, "seen", QP_ROUTINE);
        ev->opened->face->category = qp_arena_text(r->arena, category);
        ev->opened->face->occurred_us = r->now_us - days_ago * DAY - k * SECOND;
        struct qp_reply reply = rig_try(r, i, ev);
        rig_ok(reply);
        memcpy(m.b, reply.matter, QP_ID_LEN);
    }
    return m;
}

void warn_history(struct rig *r, int i, const char *category, int burst)
{
    for (int d = DAYS; d > 0; d--)
        warn_seen(r, i, category, d, 1 + d % 3);
    warn_seen(r, i, category, 1, burst);
}

void warn_judged(struct rig *r)
{
    for (int i = 0; i < r->n; i++)
        rig_tick(r, i);
    r->now_us += 6 * SECOND;
    for (int round = 0; round < 200; round++) {
        bool busy = false;
        for (int i = 0; i < r->n; i++) {
            rig_tick(r, i);
            busy |= qp_core_next_tick(r->nodes[i].core) <= r->now_us + SECOND;
        }
        rig_settle(r);
        if (!busy)
            break;
        r->now_us += QP_CLUE_APART_US; /* so long comparing for leads leaves between its ticks */
    }
    r->now_us += 3600 * SECOND; /* past what a judging has to be paid for */
}

static int list_add(void *arg, const Qp__WarningRow *row)
{
    struct warns *l = arg;
    assert_true(l->n < 8);
    l->v[l->n] = *row->warning;
    l->v[l->n].area = qp_arena_text(l->r->arena, row->warning->area);
    l->v[l->n].category = qp_arena_text(l->r->arena, row->warning->category);
    l->v[l->n].id.data = qp_arena_copy(l->r->arena, row->warning->id.data, QP_ID_LEN);
    l->notes[l->n] = row->n_notes;
    for (size_t i = 0; i < row->n_notes; i++)
        if (row->notes[i]->matter.len == QP_ID_LEN)
            memcpy(l->matter[l->n].b, row->notes[i]->matter.data, QP_ID_LEN);
    l->state[l->n++] = qp_warning_state_of(row, l->r->now_us);
    return 0;
}

struct warns warns_of(struct rig *r, int i, int state)
{
    struct warns l = {.r = r};
    struct qp_warning_query q = {.states = state ? 1u << state : 0, .limit = 500, .now_us = r->now_us};
    struct qp_read read;
    struct qp_arena *a = qp_arena_new(1 << 24);
    uint8_t last[QP_ID_LEN];
    bool more;
    assert_int_equal(qp_read_begin(r->nodes[i].store, &read, NULL), 0);
    assert_int_equal(qp_warnings_list(&read, &q, list_add, &l, last, &more, a, NULL), 0);
    qp_read_end(&read);
    qp_arena_free(a);
    return l;
}

struct qp_reply warn_say(struct rig *r, int i, const Qp__Warning *x, uint32_t verb, const char *text)
{
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_WARNING_SAID, NULL);
    ev->warning_said->warning = x->id;
    ev->warning_said->verb = verb;
    ev->warning_said->text = qp_arena_text(r->arena, text);
    struct qp_command c = {.op = QP_OP_WARNING, .draft = ev, .if_version = -1};
    return rig_command(r, i, &c);
}

struct rig *warn_with_a_burst(void)
{
    struct rig *r = rig_new();
    rig_tree(r, 3);
    warn_history(r, B, "water", BURST);
    warn_history(r, A, "noise", 0);
    rig_settle(r);
    warn_judged(r);
    return r;
}
