/* proof.c: see proof.h. The builder, and what both sides share; the checks of each part are in proof_check.c.
 */
#include "topology/proof.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "topology/proof_form.h"

static ProtobufCBinaryData bytes_of(const void *p, size_t len)
{
    return (ProtobufCBinaryData){len, (uint8_t *)(uintptr_t)p};
}

uint8_t *qp_proof_pack(const Qp__Proof *p, struct qp_arena *a, size_t *len)
{
    size_t magic = sizeof QP_PROOF_MAGIC - 1;
    size_t body = qp__proof__get_packed_size(p);
    uint8_t *out = body <= QP_PROOF_BYTES ? qp_arena_take(a, magic + body) : NULL;
    if (!out)
        return NULL;
    memcpy(out, QP_PROOF_MAGIC, magic);
    qp__proof__pack(p, out + magic);
    *len = magic + body;
    return out;
}

/* ---- building ---- */

static int too_big(struct qp_err *e)
{
    return qp_fail(e, QP_EBIG, "this matter's proof is larger than %d MiB", QP_PROOF_BYTES >> 20);
}

static Qp__ProofEvent *event_make(const struct qp_parcel *p, const struct qp_hash *leaves, uint32_t i,
                                  struct qp_arena *a)
{
    Qp__ProofEvent *ev = qp_arena_take(a, sizeof *ev);
    struct qp_hash *path = qp_arena_take(a, 32 * sizeof *path);
    if (!ev || !path)
        return NULL;
    qp__proof_event__init(ev);
    ev->index = i;
    ev->event = bytes_of(p->events[i].p, p->events[i].len);
    size_t steps = qp_merkle_path(path, leaves, p->h.count, i);
    ev->path = bytes_of(path, steps * sizeof *path);
    return ev;
}

static Qp__ProofParcel *parcel_make(const struct qp_proof_part *part, struct qp_arena *a)
{
    const struct qp_parcel *p = part->parcel;
    Qp__ProofParcel *out = qp_arena_take(a, sizeof *out);
    Qp__ProofEvent **events = qp_arena_take(a, part->n * sizeof *events);
    struct qp_hash *leaves = qp_arena_take(a, p->h.count * sizeof *leaves);
    if (!out || !events || !leaves)
        return NULL;
    for (uint32_t i = 0; i < p->h.count; i++)
        qp_merkle_leaf(&leaves[i], p->events[i].p, p->events[i].len);
    qp__proof_parcel__init(out);
    out->header = bytes_of(p->header.p, p->header.len);
    out->signature = bytes_of(p->signature.p, p->signature.len);
    out->events = events;
    out->n_events = part->n;
    for (size_t i = 0; i < part->n; i++) {
        assert(part->indexes[i] < p->h.count && (i == 0 || part->indexes[i - 1] < part->indexes[i]));
        events[i] = event_make(p, leaves, part->indexes[i], a);
        if (!events[i])
            return NULL;
    }
    return out;
}

Qp__ProofParcel *qp_proof_of(const struct qp_parcel *p, uint32_t index, struct qp_arena *a)
{
    const struct qp_proof_part part = {.parcel = p, .indexes = &index, .n = 1};
    return parcel_make(&part, a);
}

static int by_parcel(const void *x, const void *y)
{
    const struct qp_proof_part *p = x, *q = y;
    return memcmp(p->parcel->id.b, q->parcel->id.b, QP_HASH_LEN);
}

struct named {
    struct qp_hash id;
    const Qp__Certificate *c;
};

static int by_id(const void *x, const void *y)
{
    return memcmp(((const struct named *)x)->id.b, ((const struct named *)y)->id.b, QP_HASH_LEN);
}

static bool certificates_make(Qp__Proof *p, const Qp__Certificate *const *list, size_t n, struct qp_arena *a)
{
    struct named *v = qp_arena_take(a, n * sizeof *v);
    p->certificates = qp_arena_take(a, n * sizeof *p->certificates);
    if (!v || !p->certificates)
        return false;
    for (size_t i = 0; i < n; i++) {
        qp_hash(&v[i].id, list[i]->body.data, list[i]->body.len);
        v[i].c = list[i];
    }
    qsort(v, n, sizeof *v, by_id);
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || by_id(&v[i - 1], &v[i]) != 0)
            p->certificates[p->n_certificates++] = (Qp__Certificate *)(uintptr_t)v[i].c;
    }
    return true;
}

int qp_proof_build(struct qp_slice *out, const uint8_t matter[QP_ID_LEN], const struct qp_proof_part *parts,
                   size_t nparts, const Qp__Certificate *const *certificates, size_t ncertificates,
                   struct qp_arena *a, struct qp_err *e)
{
    if (nparts == 0 || ncertificates == 0)
        return qp_fail(e, QP_EINVAL, "there is nothing to prove");
    if (nparts > QP_PROOF_PARCELS || ncertificates > (size_t)QP_PROOF_PARCELS * QP_PATH_DEPTH)
        return too_big(e);
    Qp__Proof p = QP__PROOF__INIT;
    struct qp_proof_part *sorted = qp_arena_copy(a, parts, nparts * sizeof *parts);
    p.matter = bytes_of(matter, QP_ID_LEN);
    p.parcels = qp_arena_take(a, nparts * sizeof *p.parcels);
    if (!sorted || !p.parcels || !certificates_make(&p, certificates, ncertificates, a))
        return too_big(e);
    qsort(sorted, nparts, sizeof *sorted, by_parcel);
    for (size_t i = 0; i < nparts; i++) {
        if (i > 0 && by_parcel(&sorted[i - 1], &sorted[i]) == 0)
            return qp_fail(e, QP_EINVAL, "a parcel was given twice");
        p.parcels[p.n_parcels] = parcel_make(&sorted[i], a);
        if (!p.parcels[p.n_parcels++])
            return too_big(e);
        p.events += (uint32_t)sorted[i].n;
    }
    size_t len = 0;
    uint8_t *bytes = qp_proof_pack(&p, a, &len);
    if (!bytes)
        return too_big(e);
    *out = (struct qp_slice){bytes, len};
    return 0;
}
