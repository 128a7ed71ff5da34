/* turn_clock.c: the stop-watches. CMakeLists.txt gives the linker one --wrap for each function below. */
#include <stddef.h>
#include <time.h>

#include "node/core/core.h"
#include "node/insight/board.h"
#include "proto/parcel.h"
#include "tests/bench/turn_clock.h"

/* The one clock of this program; a wrapped function has nowhere else to find it. */
static struct {
    double *sums, since;
    enum qp_stage in;
} watch;

double qp_now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void turn_to(enum qp_stage s)
{
    double now = qp_now_s();
    if (watch.sums)
        watch.sums[watch.in] += now - watch.since;
    watch.since = now;
    watch.in = s;
}

void qp_stages_into(double *sums)
{
    watch.sums = sums;
    watch.since = qp_now_s();
    watch.in = QP_STAGE_other;
}

enum qp_stage qp_stage_enter(enum qp_stage s)
{
    enum qp_stage was = watch.in;
    turn_to(s);
    return was;
}

void qp_stage_leave(enum qp_stage back)
{
    turn_to(back);
}

#define WATCHED(stage, name, params, args)                                                                   \
    int __real_##name params;                                                                                \
    int __wrap_##name params;                                                                                \
    int __wrap_##name params                                                                                 \
    {                                                                                                        \
        enum qp_stage was = qp_stage_enter(QP_STAGE_##stage);                                                \
        int rc = __real_##name args;                                                                         \
        qp_stage_leave(was);                                                                                 \
        return rc;                                                                                           \
    }

WATCHED(open, qp_parcel_open,
        (struct qp_parcel * out, const void *bytes, size_t len, struct qp_arena *a, struct qp_err *e),
        (out, bytes, len, a, e))
WATCHED(open, qp_parcel_verify, (const struct qp_parcel *p, const uint8_t *pk), (p, pk))
WATCHED(open, qp_parcel_event,
        (Qp__Event * *out, const struct qp_parcel *p, size_t i, struct qp_arena *a, struct qp_err *e),
        (out, p, i, a, e))
WATCHED(decide, qp_matter_decide, (struct qp_matters * m, Qp__Event *ev, int64_t version, struct qp_err *e),
        (m, ev, version, e))
WATCHED(decide, qp_check, (const ProtobufCMessage *m, struct qp_err *e), (m, e))
WATCHED(apply, qp_matter_apply,
        (struct qp_matters * m, const Qp__Event *ev, uint64_t position, uint32_t index, int64_t received_us,
         enum qp_outcome *o, struct qp_err *e),
        (m, ev, position, index, received_us, o, e))
WATCHED(record, qp_matter_record,
        (struct qp_matters * m, const Qp__Event *ev, uint64_t position, uint32_t index, bool *known,
         struct qp_err *e),
        (m, ev, position, index, known, e))
WATCHED(append, qp_journal_append, (struct qp_txn * t, struct qp_record *r, struct qp_err *e), (t, r, e))
WATCHED(flush, qp_matter_flush, (struct qp_matters * m, struct qp_err *e), (m, e))
WATCHED(flush, qp_matter_sweep, (struct qp_matters * m, int64_t now_us, bool *more, struct qp_err *e),
        (m, now_us, more, e))
WATCHED(board, qp_board_flush, (struct qp_board * b, struct qp_txn *t, struct qp_err *e), (b, t, e))

void __real_qp_parcel_seal(struct qp_slice *bytes, struct qp_hash *id, struct qp_header *h,
                           const struct qp_slice *events, size_t n, const uint8_t *sk, struct qp_arena *a);
void __wrap_qp_parcel_seal(struct qp_slice *bytes, struct qp_hash *id, struct qp_header *h,
                           const struct qp_slice *events, size_t n, const uint8_t *sk, struct qp_arena *a);
void __wrap_qp_parcel_seal(struct qp_slice *bytes, struct qp_hash *id, struct qp_header *h,
                           const struct qp_slice *events, size_t n, const uint8_t *sk, struct qp_arena *a)
{
    enum qp_stage was = qp_stage_enter(QP_STAGE_seal);
    __real_qp_parcel_seal(bytes, id, h, events, n, sk, a);
    qp_stage_leave(was);
}

uint8_t *__real_qp_encode(const ProtobufCMessage *m, struct qp_arena *a, size_t *len);
uint8_t *__wrap_qp_encode(const ProtobufCMessage *m, struct qp_arena *a, size_t *len);
uint8_t *__wrap_qp_encode(const ProtobufCMessage *m, struct qp_arena *a, size_t *len)
{
    enum qp_stage was = qp_stage_enter(QP_STAGE_seal);
    uint8_t *bytes = __real_qp_encode(m, a, len);
    qp_stage_leave(was);
    return bytes;
}
