/* frame.c: a link's bytes into a bounded Frame, and a Frame onto the link.
 *
 * Called by session.c for what comes, by greet.c, pump.c, ack.c and ask.c for what goes; the wire looks at
 * kinds. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/link/inside.h"

int qp_frame_read(Qp__Frame **out, const uint8_t *bytes, size_t len, struct qp_arena *a, struct qp_err *e)
{
    assert(bytes || len == 0);
    int rc = QP_DECODE(out, frame, bytes, len, a, e);
    if (!rc && (*out)->body_case == QP__FRAME__BODY__NOT_SET)
        return qp_fail(e, QP_EINVAL, "Frame: has no body that this build knows");
    return rc;
}

int qp_frame_kind(const uint8_t *bytes, size_t len)
{
    assert(bytes || len == 0);
    size_t i = 0;
    if (len && bytes[0] == 0x08) { /* field 1, the session: a varint of at most ten bytes */
        for (i = 1; i < len && i < 10 && bytes[i] & 0x80; i++)
            ;
        if (i >= len || bytes[i] & 0x80)
            return 0;
        i++;
    }
    if (i >= len || (bytes[i] & 0x87) != 0x02) /* one byte of key, a field with a length */
        return 0;
    int field = bytes[i] >> 3;
    return field >= QP__FRAME__BODY_CALL && field <= QP__FRAME__BODY_AHEAD
               ? field
               : 0; /* behind it keys have two bytes */
}

uint32_t qp_frame_lane(const uint8_t *bytes, size_t len)
{
    assert(bytes || len == 0);
    size_t i = 0;
    if (qp_frame_kind(bytes, len) != QP__FRAME__BODY_DELIVER)
        return 0;
    if (bytes[0] == 0x08)
        for (i = 1; bytes[i++] & 0x80;) /* the session, as above: it is whole */
            ;
    i++; /* the delivery's key; its length */
    while (i < len && bytes[i] & 0x80)
        i++;
    return i + 2 < len && bytes[i + 1] == 0x08 && bytes[i + 2] < 0x80 ? bytes[i + 2] : 0;
}

/* The transport copies, so the bytes live for the call alone. */
static bool pack_and_send(struct qp_session *s, const Qp__Frame *f)
{
    size_t len = qp__frame__get_packed_size(f);
    assert(len > 0 && len <= QP_FRAME_BYTES);
    uint8_t *bytes = malloc(len);
    if (!bytes)
        return false;
    qp__frame__pack(f, bytes);
    bool sent = s->send(s->send_arg, bytes, len);
    free(bytes);
    if (!sent)
        s->blocked = true;
    return sent;
}

bool qp_session_say(struct qp_session *s, Qp__Frame *f)
{
    bool handshake = f->body_case == QP__FRAME__BODY_CALL || f->body_case == QP__FRAME__BODY_CHALLENGE ||
                     f->body_case == QP__FRAME__BODY_GREETING;
    assert(handshake || s->open);
    f->session = handshake ? 0 : s->number;
    return pack_and_send(s, f);
}

bool qp_session_say_as(struct qp_session *s, uint64_t number, Qp__Frame *f)
{
    assert(number == 0 || number == s->number);
    f->session = number;
    return pack_and_send(s, f);
}

Qp__Refuse qp_refuse_of(const Qp__Verdict *v)
{
    Qp__Refuse refuse = QP__REFUSE__INIT;
    refuse.code = v->code;
    refuse.reason = v->reason;
    refuse.verdict = (Qp__Verdict *)(uintptr_t)v; /* packing changes nothing */
    return refuse;
}

bool qp_session_say_verdict(struct qp_session *s, uint64_t number, const Qp__Verdict *v, Qp__Chain *chain)
{
    assert(v && (number == 0 || number == s->number));
    Qp__Frame f = QP__FRAME__INIT;
    Qp__Refuse refuse = qp_refuse_of(v);
    refuse.chain = chain;
    f.session = number;
    f.body_case = QP__FRAME__BODY_REFUSE;
    f.refuse = &refuse;
    return pack_and_send(s, &f);
}

bool qp_session_say_refuse(struct qp_session *s, uint64_t number, int code, const char *reason,
                           const struct qp_header *at)
{
    assert(code != 0 && reason);
    Qp__Frame f = QP__FRAME__INIT;
    Qp__Refuse refuse = QP__REFUSE__INIT;
    Qp__Head head = QP__HEAD__INIT;
    char text[400];
    snprintf(text, sizeof text, "%s", reason);
    if (at) {
        static const uint8_t none[QP_HASH_LEN];
        head.origin = qp_view(at->origin, QP_ID_LEN);
        head.incarnation = at->incarnation;
        head.scope = at->scope;
        if (at->scope == QP_SCOPE_NODE)
            head.to = qp_view(at->to, QP_ID_LEN);
        head.lane = at->lane;
        head.seq = at->seq;
        head.hash = qp_view(none, QP_HASH_LEN); /* the place is meant, whatever stands there */
        refuse.at = &head;
    }
    refuse.code = (uint32_t)code;
    refuse.reason = text;
    f.session = number;
    f.body_case = QP__FRAME__BODY_REFUSE;
    f.refuse = &refuse;
    return pack_and_send(s, &f);
}
