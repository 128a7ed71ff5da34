/* core.c: how a node begins (founded, or welcomed by its parent), is opened again, and closed. */
#include <assert.h>
#include <stdlib.h>

#include "node/core/fetch.h"
#include "node/core/pull.h"
#include "node/core/heard.h"
#include "node/core/mend.h"
#include "node/core/projector.h"
#include "node/core/urge.h"
#include "node/field/where.h"
#include "node/core/renew.h"

const struct qp_acceptance qp_acceptance_default = {
    .accept_escalate = true, .accept_return = true, .level_nodes = QP_CHILD_NODES};
enum { QP_TURN_ARENA = 1024 * 1024 * 1024, QP_REPLAY_BYTES = 64 * 1024 * 1024, QP_REPLAY_RECORDS = 2000 };

static struct qp_core *core_new(struct qp_store *s, const struct qp_keys *k)
{
    struct qp_core *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    c->store = s;
    c->keys = k;
    memcpy(c->sign_sk, k->sign_sk, sizeof c->sign_sk);
    pthread_mutex_init(&c->in_force_lock, NULL);
    qp_geo_keeper_begin(&c->grids);
    c->where = qp_where_new();
    c->mends = qp_mends_new();
    c->whispered = qp_heard_new();
    c->acceptance = qp_acceptance_default;
    c->arena = qp_arena_new(QP_TURN_ARENA);
    c->next_tick_us = INT64_MAX;
    c->urge_hold_us = QP_URGE_HOLD_S * INT64_C(1000000);
    c->ordered = true; /* nobody has looked yet */
    c->silent = qp_store_rolled_back(s);
    assert(!c->opened && !c->tree); /* who it is comes later */
    return c;
}

/* The salt is this node's secret: who is certified chooses ids and paths. */
static struct qp_tree *tree_new(const struct qp_core *c)
{
    assert(!qp_same(c->self.node, qp_nobody)); /* a tree is somebody's */
    struct qp_tree *t = qp_tree_new(c->self.node);
    const struct qp_part part = {c->keys->sign_sk, sizeof c->keys->sign_sk};
    struct qp_hash h;
    uint64_t salt;
    if (!t)
        return NULL;
    qp_hash_parts(&h, &part, 1);
    memcpy(&salt, h.b, sizeof salt);
    qp_tree_salt(t, salt);
    return t;
}

/* With `self` known: what depends on who this is. */
static int core_be(struct qp_core *c, struct qp_err *e)
{
    assert(!c->tree && c->self.incarnation > 0);
    int rc = qp_zone_load(&c->zone, c->self.zone, e);
    if (rc)
        return rc;
    c->tree = tree_new(c);
    if (!c->arena || !c->tree || !c->where || !c->whispered || !c->mends || !qp_projectors_make(c))
        return qp_fail(e, QP_ENOMEM, "no memory to open the node");
    return 0;
}

void qp_core_close(struct qp_core *c)
{
    if (!c)
        return;
    if (c->opened)
        qp_store_set_untold(c->store, !c->told);
    qp_receipts_close(c);
    qp_verdicts_forget(c);
    qp_refill_close(c);
    qp_projectors_end(c);
    qp_fetch_free(c->fetch);
    qp_heard_free(c->heard);
    qp_heard_free(c->whispered);
    qp_pulls_free(c->pulls);
    qp_mends_free(c->mends);
    qp_tree_free(c->tree);
    qp_policy_change(c, NULL);
    qp_geo_keeper_end(&c->grids);
    qp_where_free(c->where);
    pthread_mutex_destroy(&c->in_force_lock);
    qp_zone_free(c->zone);
    qp_arena_free(c->arena);
    explicit_bzero(c->sign_sk, sizeof c->sign_sk);
    free(c);
}

/* The journal's first record: who this is. Committed here. */
static int begin_journal(struct qp_core *c, Qp__Chain *chain, const char *endpoint, Qp__Head **closing,
                         size_t n_closing, int64_t now_us, const uint8_t seed[QP_SEED_LEN], struct qp_err *e)
{
    struct qp_txn t;
    struct qp_work w;
    struct qp_outputs out = {0};
    Qp__Joined j = QP__JOINED__INIT;
    int rc = qp_store_begin(c->store, &t, e);
    if (rc)
        return rc;
    if (t.head != 0) {
        qp_store_abort(&t);
        return qp_fail(e, QP_EEXISTS, "there is a node in this folder already; choose an empty one");
    }
    qp_work_begin(&w, c, &t, now_us, seed, &out);
    assert(t.head == 0);
    Qp__Event *ev = qp_event_new(&w, "policy");
    j.chain = chain;
    j.parent_endpoint = (char *)(uintptr_t)endpoint;
    j.closing = closing;
    j.n_closing = n_closing;
    if (!ev)
        rc = qp_fail(e, QP_ENOMEM, "no memory to begin a journal");
    else {
        ev->body_case = QP__EVENT__BODY_JOINED;
        ev->joined = &j;
        rc = qp_say_local(&w, ev, e);
    }
    if (!rc)
        rc = qp_seal_all(&w, e);
    if (!rc)
        rc = qp_work_finish(&w, e);
    assert(rc || t.head > 0);
    if (!rc)
        rc = qp_store_commit_journal(&t, e);
    if (!rc)
        rc = qp_store_commit_tables(&t, e);
    if (rc)
        qp_store_abort(&t);
    return rc;
}

int qp_core_found(struct qp_store *s, const struct qp_keys *k, const struct qp_area *area, const char *zone,
                  int64_t now_us, const uint8_t seed[QP_SEED_LEN], struct qp_hash *root, struct qp_err *e)
{
    struct qp_core *c = core_new(s, k);
    struct qp_drbg g;
    Qp__Chain chain = QP__CHAIN__INIT;
    Qp__Certificate *cert;
    if (!c || !c->arena)
        return qp_fail(e, QP_ENOMEM, "no memory to found a tree");
    uint8_t own[QP_SEED_LEN];
    qp_drbg_init(&g, seed);
    qp_drbg_bytes(&g, c->self.tree, QP_ID_LEN);
    qp_drbg_bytes(&g, c->self.salt, QP_SALT_LEN);
    qp_drbg_bytes(&g, own, sizeof own);
    qp_drbg_wipe(&g);
    snprintf(c->self.path, sizeof c->self.path, "%s", area->path);
    qp_node_id(c->self.node, c->self.tree, NULL, c->self.path, c->self.salt);
    memcpy(c->self.issuer, c->self.node, QP_ID_LEN);
    snprintf(c->self.title, sizeof c->self.title, "%s", area->title);
    snprintf(c->self.code, sizeof c->self.code, "%s", area->code);
    snprintf(c->self.level, sizeof c->self.level, "%s", area->level);
    snprintf(c->self.zone, sizeof c->self.zone, "%s", zone);
    memcpy(c->self.sign_key, k->sign_pk, QP_PK_LEN);
    memcpy(c->self.box_key, k->box_pk, QP_PK_LEN);
    memcpy(c->self.link_key, k->link_pk, QP_PK_LEN);
    c->self.incarnation = 1;
    c->self.not_before_us = now_us - QP_BEHIND_US;
    c->self.not_after_us = now_us + 10LL * 365 * 86400 * 1000000;
    assert(qp_same(c->self.issuer, c->self.node)); /* a root certifies itself */
    cert = qp_cert_sign(&c->self, k->sign_sk, c->arena);
    chain.n_certificates = 1;
    chain.certificates = &cert;
    c->root = *root = c->self.id;
    int rc = core_be(c, e);
    if (!rc)
        rc = begin_journal(c, &chain, "", NULL, 0, now_us, own, e);
    qp_core_close(c);
    return rc;
}

static int same_keys(const struct qp_cert *c, const struct qp_keys *k, struct qp_err *e)
{
    assert(c->incarnation > 0 && c->path[0] != 0); /* it was read from its first record */
    if (memcmp(c->sign_key, k->sign_pk, QP_PK_LEN) != 0 || memcmp(c->link_key, k->link_pk, QP_PK_LEN) != 0 ||
        memcmp(c->box_key, k->box_pk, QP_PK_LEN) != 0)
        return qp_fail(e, QP_ECORRUPT, "the key file is not the one that %s was certified with", c->path);
    return 0;
}

int qp_core_join(struct qp_store *s, const struct qp_keys *k, const Qp__Welcome *w,
                 const struct qp_hash *root, const char *parent_endpoint, int64_t now_us,
                 const uint8_t seed[QP_SEED_LEN], struct qp_err *e)
{
    struct qp_core *c = core_new(s, k);
    struct qp_cert certs[QP_CHAIN_CERTIFICATES];
    size_t n;
    if (!c || !c->arena)
        return qp_fail(e, QP_ENOMEM, "no memory to join");
    int rc = !w->chain ? qp_fail(e, QP_EINVAL, "the parent's welcome has no certificate")
                       : qp_chain_check(certs, &n, w->chain, root, c->arena, e);
    if (!rc)
        rc = same_keys(&certs[0], k, e);
    if (!rc) {
        assert(n >= 1 && qp_hash_eq(&certs[n - 1].id, root)); /* it hangs on the root that was asked for */
        c->self = certs[0];
        c->root = *root;
        rc = core_be(c, e);
    }
    if (!rc)
        rc = begin_journal(c, w->chain, parent_endpoint, w->closing, w->n_closing, now_us, seed, e);
    qp_core_close(c);
    return rc;
}

int qp_core_whose(struct qp_cert *self, struct qp_hash *root, const struct qp_record *first,
                  struct qp_arena *a, struct qp_err *e)
{
    struct qp_parcel p;
    Qp__Event *ev;
    struct qp_cert certs[QP_CHAIN_CERTIFICATES], top;
    size_t n;
    int rc = qp_parcel_open(&p, first->parcel.p, first->parcel.len, a, e);
    if (!rc)
        rc = qp_parcel_event(&ev, &p, 0, a, e);
    if (!rc && (ev->body_case != QP__EVENT__BODY_JOINED || !ev->joined->chain ||
                ev->joined->chain->n_certificates == 0))
        rc = qp_fail(e, QP_ECORRUPT, "the journal does not begin with this node's own certificate");
    if (rc)
        return rc;
    Qp__Chain *ch = ev->joined->chain;
    rc = qp_cert_read(&top, ch->certificates[ch->n_certificates - 1], a, e);
    if (!rc)
        rc = qp_chain_check(certs, &n, ch, &top.id, a, e);
    if (!rc) {
        *self = certs[0];
        *root = top.id;
        assert(n == ch->n_certificates && qp_hash_eq(&certs[n - 1].id, root));
    }
    return rc;
}

/* Who this is, from the journal's first record. */
static int know_self(struct qp_core *c, struct qp_err *e)
{
    struct qp_read r;
    struct qp_record rec;
    int rc = qp_read_begin(c->store, &r, e);
    if (rc)
        return rc;
    rc = qp_journal_get(r.journal, c->store, 1, &rec, e);
    if (rc == QP_ECORRUPT)
        rc = qp_record_lost(1, e);
    if (rc == QP_ENOTFOUND)
        rc = qp_fail(
            e, QP_ENOTFOUND,
            "there is no node here yet: found a tree with `qipan init`, or join one with `qipan join TOKEN`");
    if (!rc)
        rc = qp_core_whose(&c->self, &c->root, &rec, c->arena, e);
    c->born = c->self;
    qp_read_end(&r);
    return !rc ? same_keys(&c->self, c->keys, e) : rc;
}

/* Projects the journal's tail, in transactions of a bounded size. */
static int catch_up(struct qp_core *c, void (*progress)(void *, uint64_t, uint64_t), void *arg,
                    int64_t now_us, struct qp_err *e)
{
    static const uint8_t none[QP_SEED_LEN];
    bool more = true;
    while (more) {
        struct qp_txn t;
        struct qp_work w;
        struct qp_outputs out = {0};
        int rc = qp_store_begin(c->store, &t, e);
        if (rc)
            return rc;
        uint64_t at = qp_tables_position(t.tables, c->store), stop = at + QP_REPLAY_RECORDS, head = t.head;
        assert(at <= head); /* a note that is ahead is not believed (node/store/tables.c) */
        qp_arena_reset(c->arena);
        qp_work_begin(&w, c, &t, now_us, none, &out);
        while (!rc && at < head && at < stop && qp_arena_used(c->arena) < QP_REPLAY_BYTES)
            rc = qp_replay(&w, ++at, e);
        assert(at <= head);
        bool sweep = false;
        if (!rc && at == head)
            rc = qp_projectors_sweep(&w, &sweep, e);
        t.head = at; /* what the tables have applied */
        if (!rc && at < head) {
            struct qp_record r;
            rc = qp_journal_get(t.journal, c->store, at, &r, e);
            t.head_hash = r.hash;
        }
        if (!rc)
            rc = qp_work_finish(&w, e);
        t.head = head;
        if (!rc)
            rc = qp_store_commit_journal(&t, e);
        if (!rc)
            rc = qp_store_commit_tables(&t, e);
        if (rc) {
            qp_store_abort(&t);
            return rc;
        }
        if (progress)
            progress(arg, at, head);
        more = at < head || sweep;
    }
    return 0;
}

/* What the tables say of this node itself. Tables that hold nothing yet need not say how far it has counted. */
static int remember(struct qp_core *c, MDB_txn *tables, struct qp_err *e)
{
    assert(c->tree);
    if (qp_meta_load(c, tables) && qp_tables_position(tables, c->store) > 0)
        return qp_fail(e, QP_ECORRUPT,
                       "the tables do not say how far this node had counted; run `qipan rebuild`");
    int rc = qp_self_load(c, tables, e);
    if (!rc)
        rc = qp_tree_load(c, tables, e);
    return rc ? rc : qp_standing_load(c, tables, e);
}

/* When this node last wrote, by its own clock; 0: nobody can say. */
static int64_t written_last(struct qp_store *s, MDB_txn *journal)
{
    struct qp_record rec;
    uint64_t head = qp_journal_head(journal, s, NULL);
    assert(head > 0); /* who it is stands in the first one */
    return qp_journal_get(journal, s, head, &rec, NULL) ? 0 : rec.received_us;
}

int qp_core_open(struct qp_core **out, struct qp_store *s, const struct qp_keys *keys,
                 const struct qp_acceptance *p, void (*progress)(void *, uint64_t at, uint64_t head),
                 void *arg, int64_t now_us, struct qp_err *e)
{
    struct qp_core *c = core_new(s, keys);
    struct qp_read r;
    *out = NULL;
    qp_facts_complete();
    qp_again_complete();
    qp_projectors_complete();
    if (!c || !c->arena)
        return qp_fail(e, QP_ENOMEM, "no memory to open the node");
    if (p)
        c->acceptance = *p;
    int rc = know_self(c, e);
    if (!rc)
        rc = core_be(c, e);
    if (!rc)
        rc = qp_read_begin(s, &r, e);
    if (!rc) {
        rc = remember(c, r.tables, e);
        qp_read_end(&r);
    }
    if (!rc)
        rc = catch_up(c, progress, arg, now_us, e);
    if (!rc && !qp_tree_self(c->tree))
        rc = qp_fail(e, QP_ECORRUPT, "the tables do not know this node itself; run `qipan rebuild`");
    if (!rc)
        rc = qp_read_begin(s, &r, e);
    if (!rc && (rc = qp_policy_refresh(c, r.tables, e)))
        qp_read_end(&r);
    if (!rc) { /* the endpoint stands in the first record alone */
        struct qp_record rec;
        struct qp_parcel parcel;
        Qp__Event *ev;
        if (!qp_journal_get(r.journal, s, 1, &rec, e) &&
            !qp_parcel_open_trusted(&parcel, rec.parcel.p, rec.parcel.len, c->arena, e) &&
            qp_parcel_event(&ev, &parcel, 0, c->arena, e) == 0 && ev->body_case == QP__EVENT__BODY_JOINED)
            snprintf(c->parent_endpoint, sizeof c->parent_endpoint, "%s", ev->joined->parent_endpoint);
        c->written_us = written_last(s, r.journal);
        qp_read_end(&r);
    }
    if (rc) {
        qp_core_close(c);
        return rc;
    }
    assert(!c->opened && qp_tree_self(c->tree));
    c->told = (qp_store_was_clean(s) && !qp_store_had_untold(s)) || !qp_tree_parent(c->tree);
    c->opened = true;
    c->next_tick_us = now_us; /* at once: nobody has looked yet when the next deadline is */
    *out = c;
    return 0;
}

void qp_core_set_acceptance(struct qp_core *c, const struct qp_acceptance *p)
{
    pthread_mutex_lock(&c->in_force_lock);
    c->acceptance = *p;
    pthread_mutex_unlock(&c->in_force_lock);
}

void qp_core_acceptance(struct qp_core *c, struct qp_acceptance *out)
{
    pthread_mutex_lock(&c->in_force_lock);
    *out = c->acceptance;
    pthread_mutex_unlock(&c->in_force_lock);
}

int qp_core_forget(struct qp_core *c, struct qp_err *e)
{
    assert(c->opened); /* only what was opened has a turn to forget */
    struct qp_read r;
    qp_projectors_forget(c);
    c->lines_idle = false; /* what this turn had heard waits again */
    qp_heard_forget(c->whispered);
    qp_receipts_forget(c);
    qp_verdicts_forget(c);
    qp_refill_forget(c);
    memset(c->asked, 0, sizeof c->asked);
    c->told = c->told && c->passed == 0; /* what went ahead is not here after all */
    c->recovering = c->telling = false;
    c->ring_due = c->ring;
    c->line_due_us = 0;
    c->line_walk.all = true;
    c->ordered = true;
    qp_where_unsaid(c->where);
    c->counter = c->clock = 0;
    qp_tree_free(c->tree);
    c->tree = tree_new(c);
    int rc = !c->tree ? qp_fail(e, QP_ENOMEM, "no memory for the tree") : qp_read_begin(c->store, &r, e);
    if (rc)
        return rc;
    rc = remember(c, r.tables, e);
    c->policy_stale = qp_policy_refresh(c, r.tables, NULL);
    qp_read_end(&r);
    return rc;
}

void qp_core_set_pass(struct qp_core *c, qp_pass pass, void *arg)
{
    c->pass = pass;
    c->pass_arg = arg;
}

/* ---- the turn thread's view ---- */
const struct qp_cert *qp_core_self(const struct qp_core *c)
{
    return &c->self;
}

struct qp_tree *qp_core_tree(struct qp_core *c)
{
    return c->tree;
}

const struct qp_zone *qp_core_zone(const struct qp_core *c)
{
    return c->zone;
}

const struct qp_hash *qp_core_root(const struct qp_core *c)
{
    return &c->root;
}

bool qp_core_recovering(const struct qp_core *c)
{
    return c->recovering;
}

bool qp_core_silent(const struct qp_core *c)
{
    return c->silent;
}

void qp_core_set_time_word(struct qp_core *c, enum qp_time_word word)
{
    c->time_word = word;
}

enum qp_time_word qp_core_time_word(const struct qp_core *c)
{
    return c->time_word;
}

const char *qp_core_parent_endpoint(const struct qp_core *c)
{
    return c->parent_endpoint;
}

void qp_core_metrics(const struct qp_core *c, struct qp_core_metrics *m)
{
#define X(n, help) m->n = atomic_load_explicit(&c->count.n, memory_order_relaxed);
    QP_CORE_COUNTERS(X)
#undef X
}
