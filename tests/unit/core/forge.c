/* forge.c: parcels that no core of the rig sealed: by a stolen key, by a wrong one, or altered on the way. */
#include "node/core/private.h"
#include "tests/unit/core/rig.h"

struct forged rig_forged(struct rig *r, int origin, uint8_t scope, const uint8_t *to, uint8_t lane)
{
    struct node *x = &r->nodes[origin];
    struct forged f = {.h = {.scope = scope, .lane = lane, .incarnation = x->incarnation}};
    const struct qp_cert *self = qp_core_self(x->core);
    struct qp_read read;
    uint8_t key[QP_CHAIN_KEY];
    struct qp_head head;
    memcpy(f.h.tree, self->tree, QP_ID_LEN);
    memcpy(f.h.origin, self->node, QP_ID_LEN);
    if (scope == QP_SCOPE_NODE)
        memcpy(f.h.to, to, QP_ID_LEN);
    f.h.certificate = self->id;
    qp_chain_key(key, f.h.origin, f.h.incarnation, scope, f.h.to, lane);
    assert_int_equal(qp_read_begin(x->store, &read, NULL), 0);
    qp_chain_get(read.tables, x->store, key, &head);
    qp_read_end(&read);
    f.h.seq = head.seq + 1;
    f.h.prev = head.hash;
    f.h.clock = ((uint64_t)(r->now_us / 1000) << 16) + 1000 + f.h.seq;
    if (f.h.clock <= head.clock)
        f.h.clock = head.clock + 1;
    f.sign_sk = x->core ? qp_core_sign_sk(x->core) : x->keys.sign_sk;
    return f;
}

void rig_add(struct forged *f, const Qp__Event *ev)
{
    assert_true(f->n < sizeof f->events / sizeof *f->events);
    f->events[f->n++] = ev;
}

Qp__Event *rig_event(struct rig *r, int origin, int body, const matter *m)
{
    struct node *x = &r->nodes[origin];
    Qp__Event *ev = rig_draft(r, body, m);
    ev->origin = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(r->arena, x->id, QP_ID_LEN)};
    ev->incarnation = x->incarnation;
    ev->counter = 1000000 + ++r->seeds;
    ev->at_us = r->now_us;
    return ev;
}

struct qp_slice rig_seal(struct rig *r, struct forged *f, struct qp_hash *id)
{
    struct qp_slice events[24], bytes;
    struct qp_hash own;
    for (size_t i = 0; i < f->n; i++) {
        events[i] = f->raw[i];
        if (f->events[i])
            events[i].p = qp_encode(&f->events[i]->base, r->arena, &events[i].len);
    }
    qp_parcel_seal(&bytes, &own, &f->h, events, f->n, f->sign_sk, r->arena);
    if (id)
        *id = own;
    return bytes;
}

/* The position has to be one of the neighbour's journal, and of a record that it never sends: a local fact.
 */
static void take_position(struct rig *r, int i, uint64_t position)
{
    while (rig_head(r, i) < position) {
        Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_USER_MADE, NULL);
        char name[32];
        snprintf(name, sizeof name, "nobody-%llu", (unsigned long long)rig_head(r, i));
        ev->user_made->name = qp_arena_text(r->arena, name);
        struct qp_command c = {.op = QP_OP_RESOURCE, .draft = ev, .if_version = -1};
        rig_ok(rig_command(r, i, &c));
    }
}

static struct qp_hash hash_at(struct rig *r, int i, uint64_t position)
{
    struct qp_read read;
    struct qp_record rec;
    assert_int_equal(qp_read_begin(r->nodes[i].store, &read, NULL), 0);
    assert_int_equal(qp_journal_get(read.journal, r->nodes[i].store, position, &rec, NULL), 0);
    qp_read_end(&read);
    return rec.hash;
}

struct qp_input rig_parcel(struct rig *r, int from, int to, uint32_t lane, struct qp_slice bytes)
{
    struct qp_peer_entry p = rig_peer(r, to, from);
    struct qp_input in = {.kind = QP_IN_PARCEL};
    memcpy(in.peer, r->nodes[from].id, QP_ID_LEN);
    memcpy(in.parcel.epoch, qp_store_epoch(r->nodes[from].store), QP_ID_LEN);
    in.parcel.lane = lane;
    in.parcel.after = p.received[lane - 1];
    in.parcel.position = in.parcel.after + 1;
    take_position(r, from, in.parcel.position);
    in.parcel.hash =
        hash_at(r, from, in.parcel.position); /* or the neighbour takes its own journal for a copy */
    in.parcel.bytes = bytes.p;
    in.parcel.len = bytes.len;
    return in;
}

int rig_hand(struct rig *r, int from, int to, uint32_t lane, struct qp_slice bytes)
{
    struct qp_input in = rig_parcel(r, from, to, lane, bytes);
    return rig_turn(r, to, &in, 1);
}

uint64_t rig_head(struct rig *r, int i)
{
    struct qp_read read;
    assert_int_equal(qp_read_begin(r->nodes[i].store, &read, NULL), 0);
    uint64_t head = qp_journal_head(read.journal, r->nodes[i].store, NULL);
    qp_read_end(&read);
    return head;
}

struct qp_slice rig_record(struct rig *r, int i, uint64_t position)
{
    struct qp_read read;
    struct qp_record rec;
    assert_int_equal(qp_read_begin(r->nodes[i].store, &read, NULL), 0);
    assert_int_equal(qp_journal_get(read.journal, r->nodes[i].store, position, &rec, NULL), 0);
    struct qp_slice s = {qp_arena_copy(r->arena, rec.parcel.p, rec.parcel.len), rec.parcel.len};
    qp_read_end(&read);
    return s;
}

void rig_each(struct rig *r, int i,
              void (*f)(void *arg, const struct qp_record *rec, const struct qp_parcel *p), void *arg)
{
    struct qp_read read;
    uint64_t head = rig_head(r, i);
    struct qp_arena *a = qp_arena_new((size_t)64 << 20);
    assert_non_null(a);
    assert_int_equal(qp_read_begin(r->nodes[i].store, &read, NULL), 0);
    for (uint64_t at = 1; at <= head; at++) {
        struct qp_record rec;
        struct qp_parcel p;
        qp_arena_reset(a);
        assert_int_equal(qp_journal_get(read.journal, r->nodes[i].store, at, &rec, NULL), 0);
        assert_int_equal(qp_parcel_open(&p, rec.parcel.p, rec.parcel.len, a, NULL), 0);
        f(arg, &rec, &p);
    }
    qp_read_end(&read);
    qp_arena_free(a);
}

Qp__Certificate *rig_certify(struct rig *r, int issuer, struct qp_cert *c, const struct qp_keys *k)
{
    const struct qp_cert *by = qp_core_self(r->nodes[issuer].core);
    memcpy(c->tree, by->tree, QP_ID_LEN);
    memcpy(c->issuer, by->node, QP_ID_LEN);
    c->issuer_certificate = by->id;
    static const uint8_t nobody[QP_ID_LEN];
    if (memcmp(c->node, nobody, QP_ID_LEN) == 0) {
        uint8_t seed[QP_SEED_LEN];
        rig_seed(r, seed);
        memcpy(c->salt, seed, QP_SALT_LEN);
        qp_node_id(c->node, c->tree, c->issuer, c->path, c->salt);
    }
    memcpy(c->zone, by->zone, sizeof c->zone);
    memcpy(c->sign_key, k->sign_pk, 32);
    memcpy(c->box_key, k->box_pk, 32);
    memcpy(c->link_key, k->link_pk, 32);
    c->not_before_us = r->now_us - SECOND;
    c->not_after_us = r->now_us + 86400 * SECOND;
    return qp_cert_sign(c, r->nodes[issuer].keys.sign_sk, r->arena);
}

Qp__Chain *rig_chain(struct rig *r, int i, Qp__Certificate *own, const struct qp_hash *issuer)
{
    struct qp_read read;
    assert_int_equal(qp_read_begin(r->nodes[i].store, &read, NULL), 0);
    Qp__Chain *above = qp_core_chain(r->nodes[i].core, NULL, &read, issuer, r->arena);
    qp_read_end(&read);
    assert_non_null(above);
    Qp__Chain *c = qp_arena_take(r->arena, sizeof *c);
    qp__chain__init(c);
    c->n_certificates = above->n_certificates + 1;
    c->certificates = qp_arena_take(r->arena, c->n_certificates * sizeof *c->certificates);
    c->certificates[0] = own;
    memcpy(c->certificates + 1, above->certificates, above->n_certificates * sizeof *c->certificates);
    return c;
}

void rig_row_put(struct rig *r, int i, int table, MDB_val k, const MDB_val *v)
{
    struct qp_txn t;
    struct qp_store *s = r->nodes[i].store;
    MDB_val put = v ? *v : (MDB_val){0, NULL};
    assert_int_equal(qp_store_begin(s, &t, &r->e), 0);
    assert_int_equal(v ? mdb_put(t.tables, qp_store_dbi(s, table), &k, &put, 0)
                       : mdb_del(t.tables, qp_store_dbi(s, table), &k, NULL),
                     0);
    assert_int_equal(qp_store_commit_journal(&t, &r->e), 0);
    assert_int_equal(qp_store_commit_tables(&t, &r->e), 0);
}

void rig_fork(struct rig *r, int child)
{
    struct forged f = rig_forged(r, child, QP_SCOPE_HORIZON, NULL, QP_LANE_BULK);
    Qp__Event *ev = rig_event(r, child, QP__EVENT__BODY_COMMENTED, &(matter){{7}});
    int parent = r->nodes[child].up;
    ev->commented->text = qp_arena_text(r->arena, "another story");
    rig_add(&f, ev);
    f.h.seq = 1;
    memset(&f.h.prev, 0, sizeof f.h.prev);
    assert_int_equal(rig_hand(r, child, parent, QP_LANE_BULK, rig_seal(r, &f, NULL)), 0);
    assert_int_equal(rig_metrics(r, parent).refused_fork, 1);
}
