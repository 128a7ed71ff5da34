/* turn.c: the turn itself, a flat list, and the list of what it wants released.
 *
 * The order: what neighbours brought first, so that commands are decided on the newest state that the journal
 * will hold; then commands; then what is answered without a person; then recovery, which may free more answers; then
 * sealing, because only now every event has its destinations; last what is kept beside the journal and the position, so that the
 * tables say exactly what they have applied (S3). */
#include <assert.h>
#include <stdlib.h>

#include "node/core/ground.h"
#include "node/core/heard.h"
#include "node/core/pull.h"
#include "node/core/line.h"
#include "node/core/mend.h"
#include "node/core/projector.h"
#include "node/core/renew.h"

/* The neighbour by way of which its events come; as good in a replay, where the tree grows with the journal.
 */
static const uint8_t *branch_of(const void *core, const uint8_t *origin)
{
    assert(core);
    const struct qp_place *via = qp_next_of(core, origin);
    return via ? via->cert.node : NULL;
}

/* Asked again of what had come before its matter: then nobody could know who is above whom. */
static bool may_be_said(void *work, const Qp__Event *ev)
{
    assert(ev->matter.len == QP_ID_LEN);
    return !qp_event_may(work, ev);
}

void qp_work_begin(struct qp_work *w, struct qp_core *c, struct qp_txn *t, int64_t now_us,
                   const uint8_t seed[QP_SEED_LEN], struct qp_outputs *out)
{
    assert(c->arena && t->tables && out);
    assert(t->store == c->store); /* another store's turn would be written here */
    memset(w, 0, sizeof *w);
    w->c = c;
    w->t = t;
    w->now_us = now_us;
    w->out = out;
    qp_drbg_init(&w->rnd, seed);
    w->m = (struct qp_matters){.txn = t,
                               .self = c->self.node,
                               .self_path = c->self.path,
                               .zone = c->zone,
                               .policy = c->in_force,
                               .changed = qp_projectors_change,
                               .changed_arg = c,
                               .branch = branch_of,
                               .branch_arg = c,
                               .may = may_be_said,
                               .may_arg = w,
                               .arena = c->arena,
                               .pending = c->pending};
}

enum { META_LEN = 8 + 8 + 1 + 1 };

int qp_work_finish(struct qp_work *w, struct qp_err *e)
{
    struct qp_core *c = w->c;
    assert(c->opened || w->t->head > 0); /* a journal begins with who this is */
    uint8_t v[META_LEN];
    for (size_t i = 0; w->refilled && i < w->out->n; i++)
        if (w->out->v[i].kind == QP_OUT_QUEUED)
            w->out->v[i].kind = QP_OUT_WAKE;
    int rc = qp_projectors_flush(w, e);
    if (!rc)
        rc = qp_depths_flush(w, e);
    qp_be64(v, c->counter);
    qp_be64(v + 8, c->clock);
    v[16] = c->recovering;
    v[17] = c->silent;
    if (!rc)
        rc = qp_put(w->t->tables, qp_store_dbi(c->store, QP_T_META), "core", 4, v, sizeof v, e);
    if (!rc)
        rc = qp_tables_set_position(w->t, w->t->head, &w->t->head_hash, e);
    qp_drbg_wipe(&w->rnd);
    return rc;
}

int qp_meta_load(struct qp_core *c, MDB_txn *tables)
{
    MDB_val v;
    if (qp_get(tables, qp_store_dbi(c->store, QP_T_META), "core", 4, &v) || v.mv_size != META_LEN)
        return QP_ENOTFOUND;
    const uint8_t *p = v.mv_data;
    c->counter = qp_rd64(p);
    c->clock = qp_rd64(p + 8);
    c->recovering = p[16] != 0;
    c->silent = c->silent || p[17] != 0; /* only joining again ends it */
    return 0;
}

static int from_neighbours(struct qp_work *w, const struct qp_input *in, struct qp_err *e)
{
    assert(w->t && !w->c->silent);
    switch (in->kind) {
    case QP_IN_PARCEL: return qp_admit(w, in, e);
    case QP_IN_PEER: return qp_on_peer(w, in, e);
    case QP_IN_ACK: return qp_on_ack(w, in, e);
    case QP_IN_CHAIN: return qp_on_chain(w, in, e);
    case QP_IN_HANDED_BACK: return qp_on_handed_back(w, in, e);
    case QP_IN_RECEIPT: return qp_on_receipt(w, in, e);
    case QP_IN_VERDICT: return qp_on_verdict(w, in, e);
    case QP_IN_AHEAD: return qp_on_ahead(w, in, e);
    case QP_IN_CARRY: return qp_on_carry(w, in, e);
    case QP_IN_RENEW: return qp_on_renew(w, in, e);
    case QP_IN_WELCOME: return qp_on_welcome(w, in, e);
    case QP_IN_LATER: return qp_on_later(w, in);
    case QP_IN_COPY: return qp_on_copy(w, in, e);
    case QP_IN_COMMAND:
    case QP_IN_TICK: break;
    }
    return 0;
}

/* Why a matter is not taken in; NULL: there is room. */
static const char *lacks_room(const struct qp_work *w, const struct qp_command *opens, bool full)
{
    assert(opens->op == QP_OP_STEP);
    if (full)
        return "the disk or the store's quota is 90 % full: no new matters are taken in; make room or raise "
               "the quota";
    if (opens->sealed && qp_vault_full(w->c->vault))
        return "the vault of personal records is 90 % full: nothing with a reporter is taken "
               "in; " QP_VAULT_REMEDY;
    return NULL;
}

static int commands(struct qp_work *w, const struct qp_input *in, size_t n, struct qp_err *e)
{
    bool full = false, asked = false;
    for (size_t i = 0; i < n; i++) {
        if (in[i].kind != QP_IN_COMMAND)
            continue;
        if (!asked) /* asks the file system: not for a turn of neighbours alone */
            full = qp_store_full(w->c->store);
        asked = true;
        struct qp_output *o = qp_out(w, QP_OUT_REPLY, in[i].peer);
        if (!o)
            return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
        size_t at = w->out->n - 1;
        struct qp_reply r = {.ticket = in[i].command.ticket};
        struct qp_err why = {0};
        struct qp_said *first = NULL;
        bool opens =
            in[i].command.op == QP_OP_STEP && in[i].command.draft->body_case == QP__EVENT__BODY_OPENED;
        const char *no_room = opens ? lacks_room(w, &in[i].command, full) : NULL;
        if (no_room && qp_seen_before(w, &in[i].command, &r, NULL) == QP_ENOTFOUND)
            r.code = qp_fail(&why, QP_EFULL, "%s", no_room);
        else
            r.code = qp_on_command(w, &in[i].command, &r, &first, &why);
        if (qp_ends_turn(r.code) && !no_room) {
            if (e)
                *e = why;
            return r.code;
        }
        if (r.code != 0) /* else what the command itself had to say */
            memcpy(r.text, why.text, sizeof r.text);
        assert(at < w->out->n && w->out->v[at].kind == QP_OUT_REPLY);
        w->out->v[at].reply = r;
        if (first)
            first->reply = (long)at;
    }
    return 0;
}

#ifdef QP_DEBUG
static void check(const struct qp_core *c, const struct qp_txn *t)
{
    struct qp_err e = {0};
    if (!qp_check_ledger(c, t, &e))
        return;
    fprintf(stderr, "the ledger of %s: %s\n", c->self.path, e.text);
    abort();
}
#else
static void check(const struct qp_core *c, const struct qp_txn *t)
{
    (void)c;
    (void)t;
}
#endif

int qp_turn(struct qp_core *c, struct qp_txn *t, const struct qp_input *in, size_t n, int64_t now_us,
            const uint8_t seed[QP_SEED_LEN], struct qp_outputs *out, struct qp_err *e)
{
    assert(n == 0 || in);
    assert(t->store == c->store && t->journal && t->tables);
    struct qp_work w;
    bool more = false, orders = false;
    int rc = 0;
    qp_arena_reset(c->arena);
    memset(out, 0, sizeof *out);
    qp_work_begin(&w, c, t, now_us, seed, out);
    qp_heard_begin(c->heard);
    qp_heard_begin(c->whispered);
    rc = qp_ahead_begin(&w, e);
    if (!rc)
        rc = qp_receipts_begin(&w, e);
    for (size_t i = 0; i < n && !rc; i++)
        if (!c->silent)
            rc = from_neighbours(&w, &in[i], e);
    if (!rc && c->silent && w.ngroups > 0)
        rc = qp_fail(e, QP_ECORRUPT,
                     "a neighbour has seen another journal of this node than this one: join again with a new "
                     "token");
    if (!rc)
        rc = qp_policy_heed(&w, e);
    if (!rc)
        rc = commands(&w, in, n, e);
    if (!rc && !(rc = qp_untie_rings(&w, e)))
        rc = qp_answer_offers(&w, e);
    if (!rc && c->recovering && !(rc = qp_recover_check(&w, e)) && !(rc = qp_untie_rings(&w, e)))
        rc = qp_answer_offers(&w, e);
    if (!rc)
        rc = qp_beside_tell(&w, e);
    if (!rc)
        rc = qp_ground_adopt(&w, &orders, e);
    if (!rc)
        rc = qp_policy_tell(&w, e);
    int64_t due = INT64_MAX, resay = INT64_MAX;
    if (!rc && (c->stopped || c->resaying) && !(rc = qp_renew_want(&w, e)))
        rc = qp_resay(&w, &resay, e);
    if (!rc && !c->silent && !c->recovering)
        rc = qp_projectors_tick(&w, &due, e);
    if (!rc && !c->silent)
        rc = qp_pulls_tick(&w, e);
    if (!rc)
        rc = qp_mends_tick(&w, e);
    if (!rc && !c->silent)
        rc = qp_seal_all(&w, e);
    if (!rc)
        rc = qp_receipts_out(&w, e);
    if (!rc)
        rc = qp_projectors_sweep(&w, &more, e);
    int64_t again = INT64_MAX;
    if (!rc)
        rc = qp_missed_tick(&w, &again, e);
    int64_t refill = INT64_MAX;
    if (!rc)
        rc = qp_refill_tick(&w, &refill, e);
    if (!rc)
        rc = qp_work_finish(&w, e);
    if (!rc)
        check(c, t);
    if (!rc) {
        int64_t next = more || orders ? now_us + 1000 : qp_projectors_next(&w);
        int64_t sign = qp_receipts_wait(&w);
        int64_t pulls = qp_pulls_next(c), mends = qp_mends_next(c);
        next = due < next ? due : next;
        next = pulls < next ? pulls : next;
        next = mends < next ? mends : next;
        next = again < next ? again : next;
        next = refill < next ? refill : next;
        next = resay < next ? resay : next;
        c->next_tick_us = c->telling ? now_us : sign < next ? sign : next;
    }
    QP_COUNT(c, turns);
    return rc;
}

int64_t qp_core_next_tick(const struct qp_core *c)
{
    int64_t ring = qp_line_ring_next(c);
    return ring < c->next_tick_us ? ring : c->next_tick_us;
}
