/* proof_check.c: takes a proof apart and believes nothing: form, certificates up to the pinned root,
 * signatures, inclusion paths, and that every part of it is needed. Called by qp_proof_verify's users: `qipan
 * verify`, and the node before it hands a proof out. */
#include "topology/proof.h"

#include <stdlib.h>
#include <string.h>

#include "topology/proof_form.h"

struct check {
    const Qp__Proof *p;
    struct qp_cert *certs;
    bool *needed;
    const struct qp_hash *root;
    struct qp_proof *out;
    uint8_t (*ids)[QP_EVENT_ID_LEN];
    struct qp_arena *a;
    struct qp_err *e;
};

/* ---- form ---- */

/* Canonical: what was read, written again, is the same. Fields that this build does not know would be written
 * again too. */
static bool knows_all(const Qp__Proof *p)
{
    size_t unknown = p->base.n_unknown_fields;
    for (size_t i = 0; i < p->n_certificates; i++)
        unknown += p->certificates[i]->base.n_unknown_fields;
    for (size_t i = 0; i < p->n_parcels; i++) {
        unknown += p->parcels[i]->base.n_unknown_fields;
        for (size_t k = 0; k < p->parcels[i]->n_events; k++)
            unknown += p->parcels[i]->events[k]->base.n_unknown_fields;
    }
    return unknown == 0;
}

static int read_form(const Qp__Proof **out, const uint8_t *bytes, size_t len, struct qp_arena *a,
                     struct qp_err *e)
{
    size_t magic = sizeof QP_PROOF_MAGIC - 1, again;
    if (len > QP_PROOF_BYTES + magic)
        return qp_fail(e, QP_EBIG, "the file has %zu bytes; a proof has at most %d MiB", len,
                       QP_PROOF_BYTES >> 20);
    if (len <= magic || memcmp(bytes, QP_PROOF_MAGIC, magic) != 0)
        return qp_fail(e, QP_EINVAL, "this is not a proof of qipan (version 1)");
    Qp__Proof *p = qp__proof__unpack(qp_arena_allocator(a), len - magic, bytes + magic);
    if (!p)
        return qp_fail(e, QP_EINVAL, "the proof is damaged: it cannot be read");
    if (!knows_all(p))
        return qp_fail(e, QP_EINVAL, "the proof holds something that does not belong into it");
    const uint8_t *same = qp_proof_pack(p, a, &again);
    if (!same || again != len || memcmp(same, bytes, len) != 0)
        return qp_fail(e, QP_EINVAL, "the proof is not in its one canonical form");
    if (p->matter.len != QP_ID_LEN || p->n_parcels == 0 || p->n_parcels > QP_PROOF_PARCELS ||
        p->n_certificates == 0 || p->n_certificates > QP_PROOF_CERTIFICATES)
        return qp_fail(e, QP_EINVAL,
                       "the proof lacks its matter, its parcels or its certificates, or has too many");
    *out = p;
    return 0;
}

/* ---- certificates ---- */

static long find(const struct check *k, const struct qp_hash *id)
{
    size_t low = 0, high = k->p->n_certificates;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int order = memcmp(k->certs[mid].id.b, id->b, QP_HASH_LEN);
        if (order == 0)
            return (long)mid;
        if (order < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return -1;
}

static int check_certificate(struct check *k, size_t i)
{
    const struct qp_cert *c = &k->certs[i], *issuer = NULL;
    if (!qp_hash_eq(&c->id, k->root)) {
        long up = find(k, &c->issuer_certificate);
        if (qp_hash_zero(&c->issuer_certificate))
            return qp_fail(k->e, QP_EUNKNOWNKEY, "the proof ends at another root (%s) than the one asked for",
                           c->path);
        if (up < 0)
            return qp_fail(k->e, QP_EINVAL, "the certificate above %s is missing", c->path);
        issuer = &k->certs[up];
    }
    return qp_cert_check(c, k->p->certificates[i], issuer, k->e);
}

static int check_certificates(struct check *k)
{
    size_t n = k->p->n_certificates;
    k->certs = qp_arena_take(k->a, n * sizeof *k->certs);
    k->needed = qp_arena_take(k->a, n * sizeof *k->needed);
    if (!k->certs || !k->needed)
        return qp_fail(k->e, QP_EBIG, "the proof takes more memory than it may");
    memset(k->needed, 0, n * sizeof *k->needed);
    for (size_t i = 0; i < n; i++) {
        int rc = qp_cert_read(&k->certs[i], k->p->certificates[i], k->a, k->e);
        if (rc)
            return rc;
        if (i > 0 && memcmp(k->certs[i - 1].id.b, k->certs[i].id.b, QP_HASH_LEN) >= 0)
            return qp_fail(k->e, QP_EINVAL, "the certificates are not in their order, or one is there twice");
    }
    for (size_t i = 0; i < n; i++) {
        int rc = check_certificate(k, i);
        if (rc)
            return rc;
    }
    return 0;
}

/* Up to the root; scope was checked, so each step is one label shorter and this ends. */
static void mark_needed(struct check *k, long i)
{
    while (i >= 0 && !k->needed[i]) {
        k->needed[i] = true;
        i = find(k, &k->certs[i].issuer_certificate);
    }
}

static int check_all_needed(struct check *k)
{
    for (size_t i = 0; i < k->p->n_certificates; i++) {
        if (!k->needed[i])
            return qp_fail(k->e, QP_EINVAL, "the certificate of %s is not needed for anything here",
                           k->certs[i].path);
    }
    return 0;
}

/* ---- parcels ---- */

static int check_header(struct check *k, const Qp__ProofParcel *p, const Qp__Header *h,
                        const struct qp_cert **signer)
{
    struct qp_hash id;
    if (h->certificate.len != QP_HASH_LEN || h->root.len != QP_HASH_LEN || h->origin.len != QP_ID_LEN ||
        h->tree.len != QP_ID_LEN || p->signature.len != QP_SIG_LEN)
        return qp_fail(k->e, QP_EINVAL, "a parcel's header is incomplete");
    memcpy(id.b, h->certificate.data, QP_HASH_LEN);
    long i = find(k, &id);
    if (i < 0)
        return qp_fail(k->e, QP_EINVAL, "the certificate of a parcel's origin is missing");
    const struct qp_cert *c = &k->certs[i];
    if (memcmp(c->node, h->origin.data, QP_ID_LEN) != 0 || memcmp(c->tree, h->tree.data, QP_ID_LEN) != 0 ||
        c->incarnation != h->incarnation)
        return qp_fail(k->e, QP_ESCOPE, "a parcel speaks for another node than its certificate's, %s",
                       c->path);
    if (qp_verify(p->signature.data, QP_TAG_PARCEL, p->header.data, p->header.len, c->sign_key))
        return qp_fail(k->e, QP_ESIG, "a parcel does not have the signature of %s", c->path);
    mark_needed(k, i);
    *signer = c;
    return 0;
}

bool qp_proof_included(const Qp__ProofEvent *pe, const uint8_t root[QP_HASH_LEN], uint32_t count)
{
    struct qp_hash leaf, top, path[32];
    size_t steps = pe->path.len / QP_HASH_LEN;
    if (pe->path.len % QP_HASH_LEN || steps > 32 || pe->index >= count)
        return false;
    for (size_t i = 0; i < steps; i++)
        memcpy(path[i].b, pe->path.data + i * QP_HASH_LEN, QP_HASH_LEN);
    qp_merkle_leaf(&leaf, pe->event.data, pe->event.len);
    return qp_merkle_climb(&top, &leaf, count, pe->index, path, steps) &&
           memcmp(top.b, root, QP_HASH_LEN) == 0;
}

static int check_event(struct check *k, const Qp__ProofEvent *pe, const Qp__Header *h,
                       const struct qp_cert *signer, const struct qp_hash *parcel)
{
    struct qp_proof_event *out = &k->out->events[k->out->n];
    if (!qp_proof_included(pe, h->root.data, h->count))
        return qp_fail(k->e, QP_ESIG, "an event is not the one that %s signed", signer->path);
    Qp__Event *ev;
    int rc = QP_DECODE(&ev, event, pe->event.data, pe->event.len, k->a, k->e);
    if (rc)
        return rc;
    if (ev->matter.len != QP_ID_LEN || memcmp(ev->matter.data, k->p->matter.data, QP_ID_LEN) != 0)
        return qp_fail(k->e, QP_EINVAL, "an event is about another matter");
    if (memcmp(ev->origin.data, signer->node, QP_ID_LEN) != 0 || ev->incarnation > signer->incarnation)
        return qp_fail(k->e, QP_ESCOPE, "%s signed an event in another node's name", signer->path);
    qp_event_id(k->ids[k->out->n], ev);
    *out = (struct qp_proof_event){ev, signer, *parcel, h->clock, pe->index};
    k->out->n++;
    return 0;
}

static int check_parcel(struct check *k, const Qp__ProofParcel *p, const struct qp_hash *id)
{
    Qp__Header *h;
    const struct qp_cert *signer = NULL;
    int rc = QP_DECODE(&h, header, p->header.data, p->header.len, k->a, k->e);
    if (!rc)
        rc = check_header(k, p, h, &signer);
    if (!rc && p->n_events == 0)
        rc = qp_fail(k->e, QP_EINVAL, "a parcel is there without an event");
    for (size_t i = 0; !rc && i < p->n_events; i++) {
        if (i > 0 && p->events[i - 1]->index >= p->events[i]->index)
            rc = qp_fail(k->e, QP_EINVAL, "a parcel's events are not in their order");
        else
            rc = check_event(k, p->events[i], h, signer, id);
    }
    return rc;
}

static int by_event_id(const void *x, const void *y)
{
    return memcmp(x, y, QP_EVENT_ID_LEN);
}

static int check_parcels(struct check *k)
{
    struct qp_hash before = {{0}}, id;
    size_t events = 0;
    for (size_t i = 0; i < k->p->n_parcels; i++)
        events += k->p->parcels[i]->n_events;
    if (events != k->p->events)
        return qp_fail(k->e, QP_EINVAL, "the proof says it has %u events, but %zu are there", k->p->events,
                       events);
    k->out->events = qp_arena_take(k->a, events * sizeof *k->out->events);
    k->ids = qp_arena_take(k->a, events * sizeof *k->ids);
    if (!k->out->events || !k->ids)
        return qp_fail(k->e, QP_EBIG, "the proof takes more memory than it may");
    for (size_t i = 0; i < k->p->n_parcels; i++) {
        const Qp__ProofParcel *p = k->p->parcels[i];
        qp_hash(&id, p->header.data, p->header.len);
        if (i > 0 && memcmp(before.b, id.b, QP_HASH_LEN) >= 0)
            return qp_fail(k->e, QP_EINVAL, "the parcels are not in their order, or one is there twice");
        before = id;
        int rc = check_parcel(k, p, &id);
        if (rc)
            return rc;
    }
    qsort(k->ids, k->out->n, sizeof *k->ids, by_event_id);
    for (size_t i = 1; i < k->out->n; i++) {
        if (by_event_id(k->ids[i - 1], k->ids[i]) == 0)
            return qp_fail(k->e, QP_EINVAL, "an event is there twice");
    }
    return 0;
}

/* ---- the whole ---- */

/* By the parcel's clock first, which respects causes; then versions, which are exact, put their own in order.
 */
static int by_time(const void *x, const void *y)
{
    const struct qp_proof_event *p = x, *q = y;
    if (p->event->version && q->event->version && p->event->version != q->event->version)
        return p->event->version < q->event->version ? -1 : 1;
    if (p->clock != q->clock)
        return p->clock < q->clock ? -1 : 1;
    int order = memcmp(p->parcel.b, q->parcel.b, QP_HASH_LEN);
    return order ? order : p->index < q->index ? -1 : p->index > q->index;
}

/* Versioned ones sorted alone, then those without put in by their clock: one comparison for all would not be
 * an order. */
static int sort_events(struct qp_proof *out, struct qp_arena *a)
{
    struct qp_proof_event *v = qp_arena_take(a, out->n * sizeof *v);
    size_t nv = 0, nu = 0, at = 0;
    if (!v)
        return QP_EBIG;
    for (size_t i = 0; i < out->n; i++)
        nv += out->events[i].event->version != 0;
    for (size_t i = 0; i < out->n; i++) {
        if (out->events[i].event->version)
            v[at++] = out->events[i];
        else
            v[nv + nu++] = out->events[i];
    }
    qsort(v, nv, sizeof *v, by_time);
    qsort(v + nv, nu, sizeof *v, by_time);
    uint64_t last = 0, distinct = 0;
    for (size_t i = 0; i < nv; i++) {
        distinct += v[i].event->version != last;
        last = v[i].event->version;
    }
    out->missing = last - distinct;
    for (size_t i = 0, k = 0, n = 0; n < out->n; n++) {
        bool unversioned = i == nv || (k < nu && v[nv + k].clock < v[i].clock);
        out->events[n] = unversioned ? v[nv + k++] : v[i++];
    }
    return 0;
}

int qp_proof_verify(struct qp_proof *out, const void *bytes, size_t len, const struct qp_hash *root,
                    struct qp_arena *a, struct qp_err *e)
{
    struct check k = {.root = root, .out = out, .a = a, .e = e};
    memset(out, 0, sizeof *out);
    int rc = read_form(&k.p, bytes, len, a, e);
    if (!rc)
        rc = check_certificates(&k);
    if (!rc)
        rc = check_parcels(&k);
    if (!rc)
        rc = check_all_needed(&k);
    if (!rc && sort_events(out, a))
        rc = qp_fail(e, QP_EBIG, "the proof takes more memory than it may");
    if (rc)
        return rc;
    memcpy(out->matter, k.p->matter.data, QP_ID_LEN);
    out->certificates = k.certs;
    out->ncertificates = k.p->n_certificates;
    return 0;
}
