/* shelf.h: which matters have a personal record, as their rows say, in the tables (QP_T_PERSONAL): so that what is to be
 * fetched, and what has lain long enough, is found without looking at every matter. Made again by a rebuild; the records
 * themselves are vault.h's. The turn's thread. */
#ifndef QP_NODE_VAULT_SHELF_H
#define QP_NODE_VAULT_SHELF_H

#include "node/store/store.h"
#include "proto/matter.pb-c.h"

struct qp_shelved {
    uint8_t matter[QP_ID_LEN];
    uint8_t state;     /* enum qp_personal_state */
    bool held;         /* by this node */
    int64_t closed_us; /* 0: it is not closed */
};
struct qp_shelved_change {
    struct qp_shelved was, is;
};
/* A matter's face as it was (NULL: it is new) and as it is; self: this node. False: nothing of it is kept here, or
 * nothing has changed. Pure. */
bool qp_shelved_differs(struct qp_shelved_change *out, const Qp__Face *was, const Qp__Face *is,
                        const uint8_t self[QP_ID_LEN]);
int qp_shelved_put(struct qp_txn *t, const struct qp_shelved_change *c, struct qp_err *e);
/* As the row says; QP_ENOTFOUND: the matter is not known, or has no record. */
int qp_shelved_get(MDB_txn *tables, struct qp_store *s, const uint8_t matter[QP_ID_LEN],
                   struct qp_shelved *out);
/* The first behind `after` (zeros begin), by id. QP_ENOTFOUND: that was all. */
int qp_shelved_next(MDB_txn *tables, struct qp_store *s, const uint8_t after[QP_ID_LEN],
                    struct qp_shelved *out);
/* The first that is held here, closed and kept, behind this time and matter. QP_ENOTFOUND: that was all. */
int qp_shelved_closed(MDB_txn *tables, struct qp_store *s, int64_t closed_us, const uint8_t after[QP_ID_LEN],
                      struct qp_shelved *out);
/* What any of these three came to: 0 also of QP_ENOTFOUND; else its sentence. */
int qp_shelved_over(int rc, struct qp_err *e);

#endif
