/* rig.c: nodes that begin, take turns, crash, lose their disks and come back (rig.h). */
#include "tests/unit/core/rig.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static char *folder(void)
{
    char *dir = strdup(access("/dev/shm", W_OK) == 0 ? "/dev/shm/qp-core-XXXXXX" : "/tmp/qp-core-XXXXXX");
    assert_non_null(dir);
    assert_non_null(mkdtemp(dir));
    return dir;
}

static void remove_folder(const char *dir)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", dir);
    int rc = system(command);
    assert_int_equal(rc, 0);
}

struct rig *rig_new(void)
{
    struct rig *r = calloc(1, sizeof *r);
    assert_non_null(r);
    assert_int_equal(qp_crypto_init(NULL), 0);
    r->now_us = RIG_START;
    r->journal_map = 32 << 20;
    r->label = "city";
    r->arena = qp_arena_new((size_t)1 << 30);
    assert_non_null(r->arena);
    return r;
}

void rig_free(struct rig *r)
{
    for (int i = 0; i < r->n; i++) {
        rig_stop(r, i);
        remove_folder(r->nodes[i].dir);
    }
    qp_arena_free(r->arena);
    free(r);
}

int rig_up(void **state)
{
    *state = rig_new();
    return 0;
}

int rig_down(void **state)
{
    rig_free(*state);
    return 0;
}

void rig_seed(struct rig *r, uint8_t seed[QP_SEED_LEN])
{
    struct qp_hash h;
    uint64_t own = ++r->seeds;
    qp_hash(&h, &own, sizeof own);
    memcpy(seed, h.b, QP_SEED_LEN);
}

static void fresh_keys(struct rig *r, struct node *x)
{
    uint8_t master[QP_SEED_LEN];
    rig_seed(r, master);
    qp_keys_derive(&x->keys, master);
}

static void open_store(struct rig *r, struct node *x)
{
    uint8_t seed[QP_SEED_LEN];
    struct qp_store_options o = {.dir = x->dir,
                                 .journal_map = r->journal_map,
                                 .tables_map =
                                     r->journal_map > (size_t)32 << 20 ? 2 * r->journal_map : 64 << 20,
                                 .no_sync = true,
                                 .boot_id = "one boot"};
    rig_seed(r, seed);
    memcpy(o.epoch, seed, QP_ID_LEN);
    if (qp_store_open(&x->store, &o, &r->e))
        fail_msg("%s", r->e.text);
}

static void tend_ring(struct rig *r, struct node *x)
{
    uint8_t seed[QP_SEED_LEN];
    if (!x->ring)
        return;
    uint64_t own = UINT64_MAX - ++r->spares; /* others' seeds stay as they are without lines */
    struct qp_hash h;
    qp_hash(&h, &own, sizeof own);
    memcpy(seed, h.b, sizeof seed);
    if (qp_core_tend_ring(x->core, r->now_us, seed, &r->e))
        fail_msg("%s: %s", x->path, r->e.text);
}

static void open_ring(struct rig *r, struct node *x)
{
    char path[sizeof x->dir + 8];
    snprintf(path, sizeof path, "%s/lines", x->dir);
    if (!x->ring && r->rings && qp_ring_open(&x->ring, path, &r->e))
        fail_msg("%s", r->e.text);
    qp_core_set_ring(x->core, x->ring);
    tend_ring(r, x);
}

static void open_core(struct rig *r, struct node *x)
{
    if (qp_core_open(&x->core, x->store, &x->keys, NULL, NULL, NULL, r->now_us, &r->e))
        fail_msg("%s: %s", x->path, r->e.text);
    char vault[96];
    snprintf(vault, sizeof vault, "%s/vault", x->dir);
    struct qp_vault_options v = {
        .dir = vault, .map = r->vault_map ? r->vault_map : 8 << 20, .no_sync = true, .keys = &x->keys};
    qp_vault_close(x->vault); /* of a core that a test has closed itself */
    x->vault = NULL;
    if (qp_vault_open(&x->vault, &v, &r->e) || qp_core_set_vault(x->core, x->vault, !r->aside, &r->e))
        fail_msg("%s: %s", x->path, r->e.text);
    memcpy(x->id, qp_core_self(x->core)->node, QP_ID_LEN);
    x->incarnation = qp_core_self(x->core)->incarnation;
    open_ring(r, x);
    x->met = false;
    x->out.n = 0;
    for (int k = 0; k < r->n; k++)
        if (r->nodes[k].up >= 0 && &r->nodes[r->nodes[k].up] == x)
            r->nodes[k].met = false;
}

static int add(struct rig *r, int up, const char *path)
{
    assert_true(r->n < RIG_NODES);
    struct node *x = &r->nodes[r->n];
    char *dir = folder();
    snprintf(x->dir, sizeof x->dir, "%s", dir);
    free(dir);
    snprintf(x->path, sizeof x->path, "%s", path);
    x->up = up;
    fresh_keys(r, x);
    return r->n++;
}

int rig_found(struct rig *r)
{
    struct qp_area area = {.code = "1", .level = "city", .title = "City", .depth = 1, .parent = -1};
    uint8_t seed[QP_SEED_LEN];
    int i = add(r, -1, r->label);
    snprintf(area.path, sizeof area.path, "%s", r->label);
    open_store(r, &r->nodes[i]);
    rig_seed(r, seed);
    if (qp_core_found(r->nodes[i].store, &r->nodes[i].keys, &area, "UTC", r->now_us, seed, &r->root, &r->e))
        fail_msg("%s", r->e.text);
    open_core(r, &r->nodes[i]);
    return i;
}

static void join(struct rig *r, int i)
{
    struct node *x = &r->nodes[i];
    uint8_t token[QP_PK_LEN], seed[QP_SEED_LEN];
    rig_seed(r, token);
    rig_ok(rig_invite(r, x->up, x->path, token, r->now_us + 900 * SECOND));
    struct qp_reply reply = rig_ask_join(r, x->up, rig_request(r, &x->keys, token), token);
    rig_ok(reply);
    assert_non_null(reply.welcome);
    open_store(r, x);
    rig_seed(r, seed);
    if (qp_core_join(x->store, &x->keys, reply.welcome, &r->root, "tcp://127.0.0.1:9", r->now_us, seed,
                     &r->e))
        fail_msg("%s: %s", x->path, r->e.text);
    open_core(r, x);
}

int rig_join(struct rig *r, int parent, const char *label)
{
    char path[QP_PATH_MAX + 40];
    snprintf(path, sizeof path, "%s/%s", r->nodes[parent].path, label);
    int i = add(r, parent, path);
    join(r, i);
    return i;
}

void rig_tree(struct rig *r, int depth)
{
    static const char *const labels[] = {"a", "b", "c", "d"};
    rig_found(r);
    for (int i = 1; i < depth; i++)
        rig_join(r, i - 1, labels[i - 1]);
    rig_settle(r);
}

void rig_stop(struct rig *r, int i)
{
    struct node *x = &r->nodes[i];
    qp_core_close(x->core);
    qp_vault_close(x->vault);
    if (x->store)
        qp_store_close(x->store, false);
    qp_ring_close(x->ring);
    x->vault = NULL;
    x->core = NULL;
    x->store = NULL;
    x->ring = NULL;
}

void rig_start(struct rig *r, int i)
{
    open_store(r, &r->nodes[i]);
    open_core(r, &r->nodes[i]);
}

void rig_burn(struct rig *r, int i)
{
    rig_stop(r, i);
    remove_folder(r->nodes[i].dir);
    assert_int_equal(mkdir(r->nodes[i].dir, 0700), 0);
}

void rig_rejoin(struct rig *r, int i)
{
    fresh_keys(r, &r->nodes[i]);
    join(r, i);
}

void rig_rebuild(struct rig *r, int i)
{
    struct node *x = &r->nodes[i];
    qp_core_close(x->core);
    if (qp_store_drop_tables(x->store, &r->e))
        fail_msg("%s", r->e.text);
    open_core(r, x);
}

/* ---- turns ---- */

static void note_output(struct node *x, const struct qp_output *o)
{
    uint8_t receipt[512];
    size_t len = 0;
    if (o->kind == QP_OUT_RECEIPT) {
        assert_true(qp__receipt__get_packed_size(o->receipt) <= sizeof receipt);
        len = qp__receipt__pack(o->receipt, receipt);
    }
    struct qp_part parts[] = {{x->said.b, sizeof x->said.b},
                              {&o->kind, sizeof o->kind},
                              {o->peer, QP_ID_LEN},
                              {receipt, len},
                              {o->reply.matter, o->kind == QP_OUT_REPLY ? QP_ID_LEN : 0},
                              {o->reply.text, o->kind == QP_OUT_REPLY ? strlen(o->reply.text) : 0}};
    qp_hash_parts(&x->said, parts, 6);
}

static int turn(struct rig *r, int i, struct qp_txn *t, const struct qp_input *in, size_t n)
{
    struct node *x = &r->nodes[i];
    uint8_t seed[QP_SEED_LEN];
    rig_seed(r, seed);
    x->out.n = 0;
    int rc = qp_store_begin(x->store, t, &r->e);
    return rc ? rc : qp_turn(x->core, t, in, n, r->now_us, seed, &x->out, &r->e);
}

/* A refusal for good on its way to its origin outlives the turn. */
static void keep_verdict(struct rig *r, int from, const struct qp_output *o)
{
    for (int to = 0; to < r->n; to++) {
        if (memcmp(r->nodes[to].id, o->peer, QP_ID_LEN) != 0)
            continue;
        size_t len;
        uint8_t *bytes = qp_encode(&o->refused.verdict->base, r->arena, &len);
        assert_true(r->nverdicts < RIG_VERDICTS);
        r->verdicts[r->nverdicts].from = from;
        r->verdicts[r->nverdicts].to = to;
        assert_int_equal(QP_DECODE(&r->verdicts[r->nverdicts].verdict, verdict, bytes, len, r->arena, NULL),
                         0);
        r->nverdicts++;
    }
}

static void keep_carry(struct rig *r, int from, const struct qp_output *o)
{
    for (int to = 0; to < r->n; to++) {
        if (memcmp(r->nodes[to].id, o->peer, QP_ID_LEN) != 0 || r->lose_carries)
            continue;
        size_t len;
        uint8_t *bytes = qp_encode(&o->carry->base, r->arena, &len);
        assert_true(r->ncarries < RIG_CARRIES);
        r->carries[r->ncarries].from = from;
        r->carries[r->ncarries].to = to;
        assert_int_equal(QP_DECODE(&r->carries[r->ncarries].carry, carry, bytes, len, r->arena, NULL), 0);
        r->ncarries++;
    }
}

/* Receipts on their way down outlive the turn. */
static void keep_receipts(struct rig *r, int i)
{
    struct node *x = &r->nodes[i];
    for (size_t k = 0; k < x->out.n; k++) {
        const struct qp_output *o = &x->out.v[k];
        note_output(x, o);
        if (o->kind == QP_OUT_REFUSED && o->refused.verdict)
            keep_verdict(r, i, o);
        if (o->kind == QP_OUT_CARRY)
            keep_carry(r, i, o);
        for (int c = 0; c < r->n && o->kind == QP_OUT_RECEIPT; c++) {
            if (memcmp(r->nodes[c].id, o->peer, QP_ID_LEN) != 0)
                continue;
            size_t len;
            uint8_t *bytes = qp_encode(&o->receipt->base, r->arena, &len);
            assert_true(r->nreceipts < RIG_RECEIPTS);
            r->receipts[r->nreceipts].to = c;
            assert_int_equal(
                QP_DECODE(&r->receipts[r->nreceipts].receipt, receipt, bytes, len, r->arena, NULL), 0);
            r->nreceipts++;
        }
    }
}

int rig_turn(struct rig *r, int i, const struct qp_input *in, size_t n)
{
    struct node *x = &r->nodes[i];
    struct qp_txn t;
    int rc = turn(r, i, &t, in, n);
    if (!rc)
        rc = qp_vault_commit(x->vault, &r->e);
    if (!rc)
        rc = qp_store_commit_journal(&t, &r->e);
    if (rc) { /* nothing was done: also where the last page was needed by the commit itself */
        qp_store_abort(&t);
        assert_int_equal(qp_core_forget(x->core, NULL), 0);
        x->out.n = 0;
        return rc;
    }
    if (qp_vault_settle(x->vault, &r->e) || qp_store_commit_tables(&t, &r->e))
        fail_msg("%s: %s", x->path, r->e.text);
    tend_ring(r, x);
    keep_receipts(r, i);
    return 0;
}

void rig_turn_crash(struct rig *r, int i, const struct qp_input *in, size_t n, int commits)
{
    struct qp_txn t;
    if (turn(r, i, &t, in, n) || (commits != 0 && qp_vault_commit(r->nodes[i].vault, &r->e)) ||
        (commits > 0 && qp_store_commit_journal(&t, &r->e)))
        fail_msg("%s: %s", r->nodes[i].path, r->e.text);
    qp_store_abort(&t);
    rig_stop(r, i);
}

void rig_tick(struct rig *r, int i)
{
    struct qp_input in = {.kind = QP_IN_TICK};
    assert_int_equal(rig_turn(r, i, &in, 1), 0);
}

const struct qp_output *rig_output(struct rig *r, int i, enum qp_output_kind kind, const uint8_t *peer)
{
    const struct qp_outputs *out = &r->nodes[i].out;
    for (size_t k = 0; k < out->n; k++)
        if (out->v[k].kind == kind && (!peer || memcmp(out->v[k].peer, peer, QP_ID_LEN) == 0))
            return &out->v[k];
    return NULL;
}
