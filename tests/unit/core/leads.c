/* leads.c: see leads.h. */
#include "tests/unit/core/leads.h"

matter lead_matter(struct rig *r, int i, const char *title, const char *source)
{
    Qp__Event *ev = rig_opened(r, title, QP_ROUTINE);
    matter m;
    ev->opened->face->source = qp_arena_text(r->arena, source);
    struct qp_reply reply = rig_try(r, i, ev);
    rig_ok(reply);
    memcpy(m.b, reply.matter, QP_ID_LEN);
    r->now_us += SECOND;
    return m;
}

void lead_compare_all(struct rig *r)
{
    rig_settle(r);
    r->now_us += 2 * SECOND;
    for (int round = 0; round < 100; round++) {
        bool busy = false;
        for (int i = 0; i < r->n; i++) {
            if (!r->nodes[i].core)
                continue;
            rig_tick(r, i);
            busy |= qp_core_next_tick(r->nodes[i].core) <= r->now_us + SECOND;
        }
        r->now_us += 30000;
        if (!busy)
            break;
    }
    rig_settle(r);
}

void lead_of(struct rig *r, int i, matter m, uint8_t id[QP_ID_LEN])
{
    struct qp_read read;
    struct qp_arena *a = qp_arena_new(1 << 20);
    Qp__LeadMember *x;
    assert_int_equal(qp_read_begin(r->nodes[i].store, &read, NULL), 0);
    int rc = qp_lead_member(read.tables, read.store, m.b, r->nodes[i].id, &x, a, NULL);
    qp_lead_id(id, r->nodes[i].id, m.b);
    if (!rc && x->lead.len == QP_ID_LEN)
        memcpy(id, x->lead.data, QP_ID_LEN);
    qp_read_end(&read);
    qp_arena_free(a);
}

struct qp_reply lead_say(struct rig *r, int i, const uint8_t lead[QP_ID_LEN], uint32_t verb, const matter *m,
                         const char *text)
{
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_LEAD_SAID, NULL);
    ev->lead_said->lead = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(r->arena, lead, QP_ID_LEN)};
    ev->lead_said->verb = verb;
    ev->lead_said->text = qp_arena_text(r->arena, text);
    if (m)
        ev->lead_said->matter = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(r->arena, m->b, QP_ID_LEN)};
    struct qp_command c = {.op = QP_OP_LEAD, .draft = ev, .if_version = -1};
    return rig_command(r, i, &c);
}

static int list_add(void *arg, const Qp__LeadRow *row)
{
    struct leads *l = arg;
    assert_true(l->n < 64);
    struct lead *x = &l->v[l->n++];
    memcpy(x->id, row->lead.data, QP_ID_LEN);
    snprintf(x->area, sizeof x->area, "%s", row->area);
    snprintf(x->place, sizeof x->place, "%s", row->place);
    x->state = qp_lead_state_of(row);
    x->joined = row->joined;
    x->proposed = row->proposed;
    return 0;
}

struct leads leads_of(struct rig *r, int i, int state)
{
    struct leads l = {.n = 0};
    struct qp_lead_query q = {.state = state, .limit = 500};
    struct qp_read read;
    struct qp_arena *a = qp_arena_new(1 << 24);
    uint8_t last[QP_ID_LEN];
    bool more;
    assert_int_equal(qp_read_begin(r->nodes[i].store, &read, NULL), 0);
    assert_int_equal(qp_leads_list(&read, &q, list_add, &l, last, &more, a, NULL), 0);
    qp_read_end(&read);
    qp_arena_free(a);
    return l;
}

struct rig *lead_with_a_quarry(matter m[3])
{
    static const char *const sources[] = {"hotline", "police", "grid"};
    static const char *const titles[] = {LEAD_QUARRY, "青龙山采石场夜间爆破偷采，货车运石不断",
                                         "夜间青龙山采石场偷采爆破运石货车不断"};
    struct rig *r = rig_new();
    rig_tree(r, 1);
    for (int i = 0; i < 3; i++) {
        char label[] = {(char)('a' + i), 0};
        assert_int_equal(rig_join(r, 0, label), 1 + i);
    }
    rig_settle(r);
    for (int i = 0; i < 3; i++) {
        lead_matter(r, 1 + i, i == 0 ? "路灯不亮" : i == 1 ? "井盖缺失影响通行" : "楼上漏水无人处理", "desk");
        m[i] = lead_matter(r, 1 + i, titles[i], sources[i]);
    }
    lead_compare_all(r);
    return r;
}
