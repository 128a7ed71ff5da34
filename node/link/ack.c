/* ack.c: what a neighbour delivered, and the acknowledgements both ways (L2).
 *
 *   deliver ─► QP_IN_PARCEL ─► turn ─► commit ─► QP_OUT_ACK ─► the committed positions, signed
 *                                                                   └─► there: QP_IN_ACK, the window moves
 *
 * An ack states what the tables hold after the commit, never what came in. Its signature makes it a cosigned
 * head of the other's journal. Nobody but the queue waits for it: signing and checking one takes longer than
 * all else that a node does for a small parcel, so it waits a moment for others (QP_ACK_US), and what goes on
 * up the tree is not held up by what goes back. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "node/link/inside.h"

void qp_ack_want(struct qp_session *s, bool rewind, bool full, int64_t now_us)
{
    assert(s->open);
    bool at_once = rewind || full || s->unacked >= QP_ACK_BYTES;
    int64_t at_us = at_once ? now_us : now_us + QP_ACK_US;
    if (!s->ack_due || at_us < s->ack_at_us)
        s->ack_at_us = at_us;
    s->ack_due = true;
    s->ack_rewind |= rewind;
    s->ack_full |= full;
}

uint8_t *qp_ack_position_words(uint8_t *out, Qp__Position *const *received, size_t n)
{
    assert(n <= QP_POSITIONS);
    for (size_t i = 0; i < n; i++) {
        qp_be32(out, received[i]->lane);
        qp_be64(out + 4, received[i]->position);
        memset(out + 12, 0, QP_HASH_LEN);
        if (received[i]->hash.len)
            memcpy(out + 12, received[i]->hash.data, QP_HASH_LEN);
        out += 12 + QP_HASH_LEN;
    }
    return out;
}

size_t qp_ack_words(uint8_t out[QP_ACK_WORDS], const uint8_t owner[QP_ID_LEN], const uint8_t epoch[QP_ID_LEN],
                    Qp__Position *const *received, size_t n)
{
    assert(owner && epoch);
    memcpy(out, owner, QP_ID_LEN);
    memcpy(out + QP_ID_LEN, epoch, QP_ID_LEN);
    return (size_t)(qp_ack_position_words(out + 2 * QP_ID_LEN, received, n) - out);
}

size_t qp_ack_received(const struct qp_peer_entry *entry, Qp__Position *store, Qp__Position **list)
{
    assert(entry && store && list);
    size_t n = 0;
    for (unsigned i = 0; i < QP_LANES; i++) {
        if (entry->received[i] == 0)
            continue;
        qp__position__init(&store[n]);
        store[n].lane = i + 1;
        store[n].position = entry->received[i];
        store[n].hash = qp_view(entry->received_hash[i].b, QP_HASH_LEN);
        list[n] = &store[n];
        n++;
    }
    return n;
}

bool qp_ack_send(struct qp_session *s, struct qp_read *read)
{
    assert(s->open && s->ready); /* before that the tables do not say what of this journal is committed */
    struct qp_peer_entry entry;
    memset(&entry, 0, sizeof entry);
    qp_peer_read(read->tables, s->n.store, s->peer, &entry);
    Qp__Position store[QP_LANES], *list[QP_LANES];
    Qp__Ack ack = QP__ACK__INIT;
    ack.n_received =
        memcmp(entry.epoch, s->peer_epoch, QP_ID_LEN) == 0 ? qp_ack_received(&entry, store, list) : 0;
    ack.received = list;
    qp_back_taken(s, &entry);
    ack.rewind = s->ack_rewind;
    ack.full = s->ack_full;
    ack.rewinds = s->rewinds_sent + (ack.rewind || ack.full);
    uint8_t words[QP_ACK_WORDS], signature[QP_SIG_LEN];
    size_t len = qp_ack_words(words, s->peer, s->peer_epoch, ack.received, ack.n_received);
    qp_sign(signature, QP_TAG_ACK, words, len, qp_core_sign_sk(s->n.core));
    ack.signature = qp_view(signature, QP_SIG_LEN);
    Qp__Frame f = QP__FRAME__INIT;
    f.body_case = QP__FRAME__BODY_ACK;
    f.ack = &ack;
    if (!qp_session_say(s, &f))
        return false;
    if (ack.rewind || ack.full)
        s->rewinds_sent++;
    s->ack_due = s->ack_rewind = s->ack_full = false;
    s->unacked = 0;
    return true;
}

void qp_ack_on_ack(const struct qp_hearing *h)
{
    assert(h->s->open && h->frame->body_case == QP__FRAME__BODY_ACK);
    struct qp_session *s = h->s;
    const Qp__Ack *ack = h->frame->ack;
    uint8_t words[QP_ACK_WORDS];
    size_t len = qp_ack_words(words, qp_core_self(s->n.core)->node, qp_store_epoch(s->n.store), ack->received,
                              ack->n_received);
    if (ack->signature.len != QP_SIG_LEN ||
        qp_verify(ack->signature.data, QP_TAG_ACK, words, len, s->peer_key)) {
        static const char why[] = "an acknowledgement's signature does not fit";
        s->bad_frames++;
        qp_session_say_refuse(s, s->number, QP_ESIG, why, NULL);
        qp_session_end(s, QP_ESIG, why, h->now_us);
        return;
    }
    if ((ack->rewind || ack->full) && ack->rewinds <= s->rewinds_taken)
        return; /* came twice: to fill the queue again without going back in it would leave parcels behind the
                   cursor */
    for (size_t i = 0; i < ack->n_received; i++) {
        uint32_t lane = ack->received[i]->lane;
        if (lane >= 1 && lane <= QP_LANES)
            qp_credit_acked(&s->lanes[lane - 1], ack->received[i]->position, h->now_us);
    }
    qp_back_acked(s);
    if (ack->rewind || ack->full) {
        s->rewinds_taken = ack->rewinds;
        for (unsigned i = 0; i < QP_LANES; i++)
            qp_credit_want_rewind(&s->lanes[i], h->now_us);
    }
    struct qp_input in = {.kind = QP_IN_ACK};
    in.ack.ack = ack;
    qp_hearing_input(h, &in);
}

void qp_ack_on_deliver(const struct qp_hearing *h)
{
    assert(h->s->open && h->frame->body_case == QP__FRAME__BODY_DELIVER);
    struct qp_session *s = h->s;
    const Qp__Deliver *d = h->frame->deliver;
    if (d->lane < 1 || d->lane > QP_LANES || d->position == 0 || d->after >= d->position ||
        d->hash.len != QP_HASH_LEN) {
        s->bad_frames++;
        return;
    }
    struct qp_input in = {.kind = QP_IN_PARCEL};
    memcpy(in.parcel.epoch, s->peer_epoch, QP_ID_LEN);
    in.parcel.lane = d->lane;
    in.parcel.position = d->position;
    in.parcel.after = d->after;
    memcpy(in.parcel.hash.b, d->hash.data, QP_HASH_LEN);
    in.parcel.handback = d->handback;
    in.parcel.bytes = d->parcel.data;
    in.parcel.len = d->parcel.len;
    s->received_parcels++;
    s->unacked += d->parcel.len;
    qp_hearing_input(h, &in);
}

/* Believed only when the neighbour had obeyed every rewind that this node asked for: one that crossed the
 * last of them on its way says nothing about what has to come again (K5). */
void qp_ack_on_handed_back(const struct qp_hearing *h)
{
    assert(h->s->open && h->frame->body_case == QP__FRAME__BODY_HANDED_BACK);
    struct qp_session *s = h->s;
    const Qp__HandedBack *back = h->frame->handed_back;
    if (back->rewinds != s->rewinds_sent || s->ack_rewind || s->ack_full || !qp_core_recovering(s->n.core))
        return;
    struct qp_input in = {.kind = QP_IN_HANDED_BACK};
    in.handed_back.above = back->above;
    qp_hearing_input(h, &in);
}

void qp_ack_on_receipt(const struct qp_hearing *h)
{
    assert(h->s->dials && h->frame->body_case == QP__FRAME__BODY_RECEIPT); /* only from above (L6) */
    struct qp_input in = {.kind = QP_IN_RECEIPT};
    in.receipt.receipt = h->frame->receipt;
    qp_hearing_input(h, &in);
}
