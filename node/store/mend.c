/* mend.c: a damaged record made whole again, byte for byte (S5).
 *
 *   what lies here ─► what is known of it put right ─► its hash? ─► with one bit turned? ─► with a parcel from elsewhere? ─► written
 *                                                        ▲
 *   the record behind it names it: nothing else passes ──┘
 *
 * A disk or a memory mostly turns one bit: where that is found no neighbour is needed. Else the parcel is asked for
 * (node/core/mend.c), and its head, which nobody else has, is taken as it lies or with one bit turned. On the turn's thread. */
#include "node/store/inside.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { HASHED_MOST = 16 * 1024 * 1024 }; /* bytes that may be hashed in the search for one bit: 20 ms */

struct trial {
    uint8_t *bytes;
    size_t len;
    const struct qp_hash *want;
};

static bool fits(const struct trial *x)
{
    struct qp_hash h;
    qp_hash(&h, x->bytes, x->len - QP_HASH_LEN);
    return qp_hash_eq(&h, x->want);
}

/* With one bit turned, of the first `bytes`; it is left turned where that is it. */
static bool fits_with_one_bit(const struct trial *x, size_t bytes)
{
    if (bytes * 8 > HASHED_MOST / x->len)
        return false;
    for (size_t i = 0; i < bytes * 8; i++) {
        x->bytes[i / 8] ^= (uint8_t)(1 << i % 8);
        if (fits(x))
            return true;
        x->bytes[i / 8] ^= (uint8_t)(1 << i % 8);
    }
    return false;
}

/* What its neighbours in the journal and its place say of it. */
static void put_right(struct qp_txn *t, uint64_t position, const struct trial *x)
{
    struct qp_record before;
    struct qp_hash prev = {{0}};
    bool known = position == 1 || !qp_journal_get(t->journal, t->store, position - 1, &before, NULL);
    if (known && position > 1)
        prev = before.hash;
    qp_record_frame(x->bytes, position, x->len, known ? &prev : NULL);
    memcpy(x->bytes + x->len - QP_HASH_LEN, x->want->b, QP_HASH_LEN);
}

static int raw(struct qp_txn *t, uint64_t position, MDB_val *v, struct qp_err *e)
{
    MDB_val k = {sizeof position, &position};
    int m = mdb_get(t->journal, t->store->log, &k, v);
    if (m == MDB_NOTFOUND)
        return qp_fail(e, QP_ENOTFOUND, "nothing is left of this record");
    if (m)
        return qp_txn_error(t->journal, m, "reading a damaged record", e);
    return v->mv_size < QP_RECORD_OVERHEAD || v->mv_size > QP_RECORD_MAX
               ? qp_fail(e, QP_ECORRUPT, "not even its length is right")
               : 0;
}

/* What its hash must be. */
static int wanted(struct qp_txn *t, uint64_t position, struct qp_hash *want, struct qp_err *e)
{
    struct qp_record behind;
    if (position == t->head) {
        *want = t->head_hash;
        return 0;
    }
    if (qp_journal_get(t->journal, t->store, position + 1, &behind, NULL))
        return qp_fail(e, QP_ENEED, "the record behind it is damaged too: that one first");
    *want = behind.prev;
    return 0;
}

int qp_journal_lies(MDB_txn *journal, struct qp_store *s, uint64_t position, struct qp_record *out)
{
    MDB_val k = {sizeof position, &position}, v;
    if (mdb_get(journal, s->log, &k, &v) || v.mv_size < QP_RECORD_OVERHEAD || v.mv_size > QP_RECORD_MAX)
        return QP_ENOTFOUND;
    qp_record_lies(out, v.mv_data, v.mv_size);
    return 0;
}

static int try(struct qp_txn *t, const struct trial *x, uint64_t position, struct qp_slice parcel,
               struct qp_err *e)
{
    struct qp_record r;
    size_t room = x->len - QP_RECORD_OVERHEAD;
    put_right(t, position, x);
    if (parcel.len > 0 && parcel.len != room)
        return qp_fail(e, QP_ECORRUPT, "a parcel of %zu bytes was offered for one of %zu", parcel.len, room);
    if (parcel.len > 0)
        memcpy(x->bytes + QP_RECORD_HEAD, parcel.p, room);
    if (!fits(x) && !fits_with_one_bit(x, QP_RECORD_HEAD) &&
        (parcel.len > 0 || !fits_with_one_bit(x, x->len - QP_HASH_LEN)))
        return qp_fail(e, QP_ECORRUPT,
                       parcel.len > 0 ? "the parcel that was offered is not the one that stood here"
                                      : "more than a bit of it was changed");
    return qp_record_read(&r, position, x->bytes, x->len, e);
}

int qp_journal_mend(struct qp_txn *t, uint64_t position, struct qp_slice parcel, struct qp_err *e)
{
    assert(t->journal && position > 0 && position <= t->head);
    struct qp_hash want;
    struct qp_record whole;
    MDB_val k = {sizeof position, &position}, v;
    int rc = raw(t, position, &v, e);
    if (!rc && !qp_record_read(&whole, position, v.mv_data, v.mv_size, NULL)) {
        qp_damage_over(t->store, position, false);
        return 0;
    }
    if (!rc)
        rc = wanted(t, position, &want, e);
    if (rc)
        return rc;
    struct trial x = {malloc(v.mv_size), v.mv_size, &want};
    if (!x.bytes)
        return qp_fail(e, QP_ENOMEM, "no memory to mend a record");
    memcpy(x.bytes, v.mv_data, v.mv_size);
    rc = try(t, &x, position, parcel, e);
    v = (MDB_val){x.len, x.bytes};
    if (!rc) {
        int m = mdb_put(t->journal, t->store->log, &k, &v, 0);
        rc = !m ? 0 : qp_write_error(t->journal, m, "mending a record", e);
    }
    free(x.bytes);
    if (!rc) {
        t->store->mended = true;
        qp_damage_over(t->store, position, true);
    }
    return rc;
}
