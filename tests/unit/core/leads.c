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
