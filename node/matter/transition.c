/* transition.c: see transition.h. Asked by lifecycle.c and custody.c, which has handlers in the table of the former. */
#include "node/matter/transition.h"

bool qp_transition_from(const struct qp_transition *t, const Qp__Face *f)
{
    if (f->state >= 32 || !(t->from & 1u << f->state))
        return false;
    switch (qp_transition_speaker(t)) {
    case QP_BY_HOLDER: return !f->offer; /* K3 */
    case QP_BY_RECEIVER: return f->offer;
    case QP_BY_SENDER: return f->offer;
    default: return true;
    }
}

bool qp_transition_versioned(const struct qp_transition *t, const Qp__Face *f)
{
    return qp_transition_kind(t)->versioned && !(qp_transition_speaker(t) == QP_BY_HOLDER_ALWAYS && f->offer);
}

bool qp_transition_by(const struct qp_transition *t, const Qp__Face *f, ProtobufCBinaryData origin)
{
    switch (qp_transition_speaker(t)) {
    case QP_BY_HOLDER:
    case QP_BY_HOLDER_ALWAYS:
    case QP_BY_SENDER: return qp_bytes_same(f->holder, origin);
    case QP_BY_RECEIVER: return f->offer && qp_bytes_same(f->offer->to, origin);
    case QP_BY_HELPER: return qp_parts_of(f, origin);
    case QP_BY_SUPERIOR: return !qp_bytes_same(f->holder, origin);
    default: return true;
    }
}
