/* proof.c: GET /api/v1/matters/{id}/proof: gathers the matter's events from the journal with the certificates
 * behind them. What a proof is, and how it is checked, is in topology/proof.h; it is checked here too before
 * it is handed out. */
#include <stdlib.h>
#include <string.h>

#include "node/http/calls/calls.h"
#include "node/http/shape/refused.h"
#include "topology/proof.h"

enum { ARENA = 128 * 1024 * 1024 };

struct gather {
    struct qp_http *h;
    struct qp_read *r;
    struct qp_arena *a;
    struct qp_err *e;
    struct qp_proof_part *parts;
    size_t nparts;
    const Qp__Certificate **certs;
    size_t ncerts, certs_cap;
};

static int by_place(const void *x, const void *y)
{
    const struct qp_history *p = x, *q = y;
    if (p->position != q->position)
        return p->position < q->position ? -1 : 1;
    return p->index < q->index ? -1 : p->index > q->index;
}

/* The certificate and all above it, from the tables. Repeats are dropped by the builder. */
static int add_chain(struct gather *g, const struct qp_hash *id)
{
    struct qp_hash at = *id;
    for (int depth = 0; depth < QP_CHAIN_CERTIFICATES && !qp_hash_zero(&at); depth++) {
        struct qp_cert read;
        struct qp_err why = {0};
        Qp__Certificate *c = qp_cert_raw(g->r->tables, g->r->store, &at, g->a, &why);
        if (!c && why.code == QP_ENOTFOUND)
            return qp_fail(g->e, QP_ENEED,
                           "a certificate that the proof needs is not here yet; try again later");
        if (!c)
            return qp_fail(g->e, why.code, "%s", why.text);
        int rc = qp_cert_read(&read, c, g->a, g->e);
        if (rc)
            return rc;
        if (g->ncerts == g->certs_cap)
            return qp_fail(g->e, QP_EBIG, "this matter's proof needs too many certificates");
        g->certs[g->ncerts++] = c;
        at = read.issuer_certificate;
    }
    return 0;
}

/* One record and those of the matter's events that it holds. */
static int add_part(struct gather *g, const struct qp_history *v, size_t n)
{
    struct qp_record rec;
    struct qp_parcel *p = qp_arena_take(g->a, sizeof *p);
    uint32_t *indexes = qp_arena_take(g->a, n * sizeof *indexes);
    if (!p || !indexes)
        return qp_fail(g->e, QP_EBIG, "this matter's proof takes more memory than it may");
    int rc = qp_journal_get(g->r->journal, g->r->store, v[0].position, &rec, g->e);
    if (!rc)
        rc = qp_parcel_open_trusted(p, rec.parcel.p, rec.parcel.len, g->a, g->e);
    if (rc)
        return rc;
    for (size_t i = 0; i < n; i++)
        indexes[i] = v[i].index;
    g->parts[g->nparts++] = (struct qp_proof_part){p, indexes, n};
    for (size_t i = 0; i + 1 < g->nparts; i++) { /* of one certificate, one chain */
        if (qp_hash_eq(&g->parts[i].parcel->h.certificate, &p->h.certificate))
            return 0;
    }
    return add_chain(g, &p->h.certificate);
}

static int gather_parts(struct gather *g, struct qp_history *v, size_t n)
{
    qsort(v, n, sizeof *v, by_place);
    g->parts = qp_arena_take(g->a, n * sizeof *g->parts);
    g->certs_cap = (n < QP_PROOF_CERTIFICATES ? n : QP_PROOF_CERTIFICATES) * QP_CHAIN_CERTIFICATES;
    g->certs = qp_arena_take(g->a, g->certs_cap * sizeof *g->certs);
    if (!g->parts || !g->certs)
        return qp_fail(g->e, QP_EBIG, "this matter's proof takes more memory than it may");
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && v[end].position == v[i].position; end++)
            ;
        int rc = add_part(g, &v[i], end - i);
        if (rc)
            return rc;
    }
    return 0;
}

static int build(struct gather *g, const uint8_t matter[QP_ID_LEN], struct qp_slice *out)
{
    struct qp_proof checked;
    struct qp_history *v = qp_arena_take(g->a, QP_HISTORY_MOST * sizeof *v);
    if (!v)
        return qp_fail(g->e, QP_ENOMEM, "out of memory");
    long n = qp_matter_history(g->r, matter, v, QP_HISTORY_MOST, g->a, g->e);
    if (n < 0)
        return g->e->code;
    if (n == 0)
        return qp_fail(g->e, QP_ENOTFOUND, "no events of this matter are known here");
    if (n > QP_HISTORY_MOST)
        return qp_fail(g->e, QP_EBIG, "this matter has %ld events; a proof takes at most %d", n,
                       QP_HISTORY_MOST);
    int rc = gather_parts(g, v, (size_t)n);
    if (!rc)
        rc = qp_proof_build(out, matter, g->parts, g->nparts, g->certs, g->ncerts, g->a, g->e);
    return rc ? rc : qp_proof_verify(&checked, out->p, out->len, &g->h->root, g->a, g->e);
}

enum MHD_Result qp_proof_get(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    struct qp_read r;
    struct qp_slice out = {NULL, 0};
    char id[64];
    uint8_t matter[QP_ID_LEN];
    if (!qp_call_segment(c, 3, id, sizeof id) || qp_id_parse(matter, id))
        return qp_answer_error(c, 404, "not_found",
                               "no matter has that id; ids are 26 lower-case characters");
    c->arena = qp_arena_new(ARENA);
    int rc = c->arena ? qp_read_begin(c->h->store, &r, &f.e) : qp_fail(&f.e, QP_ENOMEM, "out of memory");
    if (rc)
        return qp_answer_fault(c, &f);
    struct gather g = {.h = c->h, .r = &r, .a = c->arena, .e = &f.e};
    Qp__Row *row;
    rc = qp_matter_read(&r, matter, &row, c->arena, &f.e);
    if (!rc)
        rc = build(&g, matter, &out);
    qp_read_end(&r);
    if (rc == QP_ENOTFOUND)
        qp_fault_set(&f, rc, "", "no matter %s is known here", id);
    return rc ? qp_answer_fault(c, &f) : qp_answer_bytes(c, 200, "application/x-qipan-proof", out.p, out.len);
}
