/* carry.c: messages from node to node that stay nowhere on their way: along the tree, each hop after its commit, signed
 * by whoever says them, heard by the one they are for. They may be lost, and are repeated by whoever needs an answer.
 *
 *   qp_carry_send ─► QP_OUT_CARRY ─► link ─► QP_IN_CARRY: for another ─► QP_OUT_CARRY ─► …
 *                                                     └─ for this node ─► who says it? ─► said before (heard.c)? ─► fetch.c,
 *                                                                                                                  pull.c,
 *                                                                                                                  whisper.c
 *
 * It comes from the side on which its origin is, else it is dropped: whoever is not on its way has it from somewhere. */
#include <assert.h>

#include "node/core/fetch.h"
#include "node/core/heard.h"
#include "node/core/mend.h"
#include "node/core/pull.h"
#include "node/core/whisper.h"

enum { HOPS_MOST = 2 * QP_CHAIN_CERTIFICATES, OLD_US = QP_HEARD_SPAN_US / 2 };
enum { ENVELOPE = 512 }; /* all of it but the body */

/* Who asked does not hear of it, and asks again: it is counted here, and told for a while (qp_core_dropped). */
static int lost(struct qp_work *w, const struct qp_input *in, const char *why)
{
    assert(why[0] != '\0'); /* whoever misses a message reads why */
    const struct qp_place *peer = qp_tree_node(w->c->tree, in->peer);
    QP_COUNT(w->c, carried_lost);
    w->c->dropped_us = w->now_us;
    snprintf(w->c->dropped_why, sizeof w->c->dropped_why, "from %.264s: %s",
             !peer ? "a neighbour" : peer->cert.path, why);
    return 0;
}

static int refused(struct qp_work *w)
{
    QP_COUNT(w->c, carried_refused);
    return 0;
}

const char *qp_core_dropped(const struct qp_core *c, int64_t *at_us)
{
    *at_us = c->dropped_us;
    return c->dropped_why;
}

static int pass_on(struct qp_work *w, const struct qp_input *in, struct qp_err *e)
{
    assert(!qp_same(in->carry.carry->to.data, w->c->self.node)); /* that one is heard here */
    const Qp__Carry *c = in->carry.carry;
    const struct qp_place *next = qp_next_of(w->c, c->to.data);
    if (!next)
        return lost(
            w, in, "no way is known here to the node that it is for: has that one, or one above it, joined?");
    if (qp_same(next->cert.node, in->peer) || c->hops >= HOPS_MOST)
        return lost(w, in, "it would go round: the two do not agree where the node is that it is for");
    Qp__Carry *on = (Qp__Carry *)qp_clone(&c->base, w->c->arena);
    if (!on)
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    on->hops++;
    return qp_carry_put(w, next, on, e);
}

/* Whose word it is; NULL: nobody's that counts here. */
static const struct qp_place *speaker(const struct qp_work *w, const Qp__Carry *c)
{
    struct qp_hash h;
    const struct qp_place *p = qp_tree_node(w->c->tree, c->from.data);
    if (!p || p->revoked || p->quarantined || qp_same(c->from.data, w->c->self.node))
        return NULL;
    assert(qp_same(p->cert.node, c->from.data)); /* its key is looked at, nobody else's */
    qp_carry_words(&h, c);
    return !qp_verify(c->signature.data, QP_TAG_CARRY, h.b, QP_HASH_LEN, p->cert.sign_key) ? p : NULL;
}

int qp_on_carry(struct qp_work *w, const struct qp_input *in, struct qp_err *e)
{
    assert(in->kind == QP_IN_CARRY && in->carry.carry);
    const Qp__Carry *c = in->carry.carry;
    const struct qp_place *side = qp_next_of(w->c, c->from.data);
    Qp__Carried *said;
    if (protobuf_c_message_get_packed_size(&c->base) > QP_CARRIED_BYTES + ENVELOPE)
        return refused(w); /* what a later build adds has a bound: the next link's frames have one */
    if (!side || !qp_same(side->cert.node, in->peer))
        return refused(w);
    if (!qp_same(c->to.data, w->c->self.node))
        return pass_on(w, in, e);
    const struct qp_place *from = speaker(w, c);
    if (!from || QP_DECODE(&said, carried, c->body.data, c->body.len, w->c->arena, NULL) != 0)
        return refused(w);
    if (said->at_us < w->now_us - OLD_US || said->at_us > w->now_us + OLD_US)
        return lost(w, in, "its time is more than ten minutes from the clock here: set both by NTP");
    bool whispered = said->body_case == QP__CARRIED__BODY_WHISPER;
    if (whispered != (c->whisper != QP_WHISPER_NONE)) /* it went as what it is not */
        return refused(w);
    struct qp_heard *heard = whispered ? w->c->whispered : w->c->heard; /* a whisper may be overtaken */
    if (!heard)
        return lost(w, in, "this node keeps no personal records: its vault is not open");
    switch (qp_heard_first(heard, c->from.data, in->peer, said->at_us, w->now_us - OLD_US)) {
    case QP_HEARD_AGAIN: return 0; /* said again by somebody on the way */
    case QP_HEARD_CROWDED: return lost(w, in, "too many nodes have spoken within ten minutes");
    default: break;
    }
    switch (said->body_case) {
    case QP__CARRIED__BODY_RECORD_ASKED: return qp_fetch_asked(w, from, said->record_asked, e);
    case QP__CARRIED__BODY_RECORD_GIVEN: return qp_fetch_given(w, from, said->record_given, e);
    case QP__CARRIED__BODY_FILE_ASKED: return qp_pull_asked(w, from, said->file_asked, e);
    case QP__CARRIED__BODY_FILE_GIVEN: return qp_pull_given(w, from, said->file_given, e);
    case QP__CARRIED__BODY_PARCEL_ASKED: return qp_mend_asked(w, from, said->parcel_asked, e);
    case QP__CARRIED__BODY_PARCEL_GIVEN: return qp_mend_given(w, from, said->parcel_given, e);
    case QP__CARRIED__BODY_WHISPER: return qp_whisper_heard(w, from, said->whisper, said->at_us, e);
    default: return 0; /* of a later build */
    }
}
