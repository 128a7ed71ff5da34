/* kept.h: the leads that a node knows: its own, and those of the nodes below it; in QP_T_LEAD, made from facts alone.
 *
 *   LeadFound (as its node found it) ──┐
 *   LeadSaid (what people made of it) ─┴─► a row for each lead, one for each matter that belongs or may belong
 *   LeadsCompared ─► which matters have been compared, in which order (what the memory is made of again)
 *
 * A lead's id is a hash of its node and its first matter, so that a node that lost its disk finds the same again; of one
 * that a split made, of the lead and the matter. What a person did with a matter is taken back to the same bytes (CU5). */
#ifndef QP_NODE_INSIGHT_CLUE_KEPT_H
#define QP_NODE_INSIGHT_CLUE_KEPT_H

#include "node/store/store.h"
#include "proto/insight.pb-c.h"

enum qp_lead_state {
    QP_LEAD_IS_JOINED = 1,
    QP_LEAD_IS_PROPOSED = 2, /* one matter, to which others may belong */
    QP_LEAD_IS_CONFIRMED = 3,
    QP_LEAD_IS_DISMISSED = 4,
    QP_LEAD_IS_ALONE = 5, /* nothing is left to bring together */
};
enum qp_lead_how { QP_LEAD_HOW_NOT = 0, QP_LEAD_HOW_JOINED = 1, QP_LEAD_HOW_PROPOSED = 2 };

void qp_lead_id(uint8_t id[QP_ID_LEN], const uint8_t node[QP_ID_LEN], const uint8_t first[QP_ID_LEN]);
void qp_lead_split_id(uint8_t id[QP_ID_LEN], const uint8_t lead[QP_ID_LEN], const uint8_t matter[QP_ID_LEN]);

/* ---- facts, on the turn's thread; total: what does not fit has no effect. QP_EFULL, QP_EIO, QP_ENOMEM, QP_ECORRUPT ---- */
int qp_lead_put(struct qp_txn *t, const uint8_t node[QP_ID_LEN], const char *area, const Qp__LeadFound *f,
                int64_t at_us, struct qp_arena *a, struct qp_err *e);
/* `node` must be the one whose lead it is, else it has no effect. */
int qp_lead_say(struct qp_txn *t, const uint8_t node[QP_ID_LEN], const char *area, const Qp__LeadSaid *said,
                const char *by, int64_t at_us, struct qp_arena *a, struct qp_err *e);
/* What people of a node below made of a matter waits to be followed here; this node has followed it, or its own people spoke
 * of the matter. */
int qp_lead_follow(struct qp_txn *t, const uint8_t node[QP_ID_LEN], const Qp__LeadSaid *said,
                   struct qp_err *e);
int qp_lead_followed(struct qp_txn *t, const Qp__LeadSaid *said, struct qp_err *e);

/* ---- what is to be compared, and what was; of this node alone ---- */
/* These wait, but for those that were compared already. Sorts them by their ids. */
int qp_lead_wait(struct qp_txn *t, uint8_t (*matters)[QP_ID_LEN], size_t n, struct qp_err *e);
/* *follows: people below have moved one of them, which is to be followed now (qp_clue_heard). */
int qp_lead_compared(struct qp_txn *t, const Qp__LeadsCompared *c, int64_t at_us, bool *follows,
                     struct qp_err *e);
/* The first of those that wait, in the order of their ids (that of their opening). */
int qp_lead_waiting(MDB_txn *tables, struct qp_store *s, uint8_t (*out)[QP_ID_LEN], size_t cap, size_t *n,
                    struct qp_err *e);
/* The one that was compared as number 1, 2, …, and when. QP_ENOTFOUND: there is none. */
int qp_lead_numbered(MDB_txn *tables, struct qp_store *s, uint64_t place, uint8_t matter[QP_ID_LEN],
                     int64_t *at_us, struct qp_err *e);

/* ---- reading: any thread with a transaction of its own; into the arena. QP_ENOTFOUND, QP_ECORRUPT, QP_EIO ---- */
int qp_lead_get(MDB_txn *tables, struct qp_store *s, const uint8_t id[QP_ID_LEN], Qp__LeadRow **row,
                struct qp_arena *a, struct qp_err *e);
/* How a matter stands for one node. */
int qp_lead_member(MDB_txn *tables, struct qp_store *s, const uint8_t matter[QP_ID_LEN],
                   const uint8_t node[QP_ID_LEN], Qp__LeadMember **m, struct qp_arena *a, struct qp_err *e);
/* Does this matter belong to this lead? */
enum qp_lead_how qp_lead_holds(MDB_txn *tables, struct qp_store *s, const uint8_t lead[QP_ID_LEN],
                               const uint8_t matter[QP_ID_LEN]);
/* What the keys of its matters begin with in QP_T_LEAD; the matter's id follows. */
void qp_lead_prefix(uint8_t out[1 + QP_ID_LEN], const uint8_t lead[QP_ID_LEN]);
/* Its matters, in the order of their ids. each: 0 to go on. */
int qp_lead_matters(MDB_txn *tables, struct qp_store *s, const uint8_t lead[QP_ID_LEN],
                    int (*each)(void *arg, const uint8_t matter[QP_ID_LEN], enum qp_lead_how how), void *arg,
                    struct qp_err *e);
/* In which leads a matter is, of whatever nodes. each: 0 to go on. */
int qp_lead_of_matter(MDB_txn *tables, struct qp_store *s, const uint8_t matter[QP_ID_LEN],
                      int (*each)(void *arg, const uint8_t node[QP_ID_LEN], const Qp__LeadMember *m),
                      void *arg, struct qp_arena *a, struct qp_err *e);

enum qp_lead_state qp_lead_state_of(const Qp__LeadRow *row);
const char *qp_lead_state_name(enum qp_lead_state s);
int qp_lead_state_parse(const char *name); /* 0: unknown */

struct qp_lead_query {
    int state;        /* 0: any but alone */
    const char *area; /* of that area and all below; NULL: any */
    bool has_matter;  /* that this matter is in, or is proposed to, of whatever nodes */
    uint8_t matter[QP_ID_LEN];
    size_t limit; /* 1..500 */
    bool has_cursor;
    uint8_t cursor[QP_ID_LEN];                        /* the last one of the page before */
    bool (*sees)(void *seer, const Qp__LeadRow *row); /* NULL: every one */
    void *seer;
};
enum { QP_LEADS_LOOKED = 20000 }; /* rows a call: then it ends with a cursor */
/* Those in which a matter was found last come first. One that lies wholly within a node below is left out where a node
 * there has a lead with two of its matters and no people spoke of it here: that node says it itself (CU6). *more: there is more behind `last`. */
int qp_leads_list(struct qp_read *r, const struct qp_lead_query *q,
                  int (*each)(void *arg, const Qp__LeadRow *row), void *arg, uint8_t last[QP_ID_LEN],
                  bool *more, struct qp_arena *a, struct qp_err *e);

#endif
