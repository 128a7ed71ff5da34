/* inside.h: the state of lead.h, for the room's own files: matters on a shelf (shelf.c), leads that hold them,
 * what people moved (hand.c). */
#ifndef QP_NODE_INSIGHT_LEAD_INSIDE_H
#define QP_NODE_INSIGHT_LEAD_INSIDE_H

#include "node/insight/lead/posting.h"
#include "node/insight/lead/weigh.h"

/* A live matter. One block: its names and its words lie behind it. */
struct qp_lead_entry {
    uint64_t seq; /* in the order of arrival, from 1 */
    struct qp_lead_group *group;
    int64_t at_us;
    uint32_t slot, id_hash;
    int32_t lat_e6, lon_e6;
    bool specific, located;
    const char *id, *place, *source, *family;
    uint64_t proposed; /* uid of the lead; 0: none */
    uint32_t proposed_ppm;
    uint32_t n_names;
    struct qp_lead_sketch sketch;
    uint32_t names[]; /* ascending */
};

/* A lead. Its id is that of its first matter; while matters that are gone were before all others, their first
 * one's. Members are in the order of arrival. One without members is kept while a move can be taken back. */
struct qp_lead_group {
    uint64_t uid; /* in the order of founding, from 1 */
    bool confirmed, dismissed, dead;
    char *aged_id; /* NULL: the first member's counts */
    uint32_t aged; /* matters that are compared no more */
    int64_t aged_first_us;
    int64_t last_us; /* of its newest member; without one: nothing */
    struct qp_lead_entry **member;
    uint32_t n, cap;
};

enum qp_lead_move_kind { QP_MOVE_JOIN = 1, QP_MOVE_SPLIT, QP_MOVE_DECLINE };
struct qp_lead_move {
    uint8_t kind;
    uint64_t seq;      /* of the matter */
    uint64_t from, to; /* uids; decline: `from` the lead that was proposed, `to` 0 */
    uint64_t proposed; /* as it was before */
    uint32_t proposed_ppm;
};

/* A matter is idle since its lead's newest one (LD4). What is written here may be too early, as a lead has had news since, and
 * is then put right when its turn comes; where a lead's newest goes, all are put right (`stale`). */
struct qp_lead_due {
    int64_t at_us;
    struct qp_lead_entry *entry;
};

struct qp_leads {
    struct qp_lead_rules rules;
    struct qp_lead_df *df;
    uint64_t next_seq, next_uid;

    struct qp_lead_entry **slot; /* NULL: free */
    double *inverse;             /* of the sketch in this slot */
    uint32_t *dot, *touched;     /* scratch of a search: all zero between two */
    uint32_t *vacant;            /* slots to be used again, the last first */
    uint32_t slots, cap, n_vacant;
    struct qp_lead_due *due; /* a heap: the oldest first */
    size_t n;                /* live matters, items of the heap */
    bool stale;              /* some of the heap is too late */
    struct qp_lead_entry **by_id;
    size_t id_mask;
    struct qp_postings postings;

    struct qp_lead_group **group; /* by uid */
    size_t n_groups, cap_groups, n_dead;
    struct qp_lead_move *move; /* in the order in which they were made */
    size_t n_moves, cap_moves;
};

/* ---- shelf.c ---- */
/* A block for a matter whose fields were checked; not on the shelf yet. NULL: no memory. */
struct qp_lead_entry *qp_entry_new(const struct qp_lead_matter *m, const uint32_t *names, size_t n_names);
/* Room for one more matter: 0, QP_EFULL, QP_ENOMEM. */
int qp_shelf_room(struct qp_leads *l, struct qp_err *e);
/* Puts it on the shelf and into the index. QP_ENOMEM, and it is not there. */
int qp_shelf_put(struct qp_leads *l, struct qp_lead_entry *x);
/* Takes the one off that is idle for longest, when that is since before before_us: its block is the caller's now. NULL: none
 * is. */
struct qp_lead_entry *qp_shelf_oldest(struct qp_leads *l, int64_t before_us);
struct qp_lead_entry *qp_shelf_find(const struct qp_leads *l, const char *id);
/* Another sketch for what is on the shelf. QP_ENOMEM, and nothing has changed. */
int qp_shelf_replace(struct qp_leads *l, struct qp_lead_entry *x, const struct qp_lead_sketch *s);

/* ---- groups.c ---- */
struct qp_lead_group *qp_group_new(struct qp_leads *l); /* with the next uid; NULL: no memory */
struct qp_lead_group *qp_group_find(const struct qp_leads *l, const char *id);
struct qp_lead_group *qp_group_at(const struct qp_leads *l, uint64_t uid); /* NULL: gone */
const char *qp_group_id(const struct qp_lead_group *g);
int qp_group_room(struct qp_lead_group *g); /* for one more; QP_ENOMEM */
void qp_group_put(struct qp_lead_group *g, struct qp_lead_entry *x);
/* true: it was the newest, and others are left, idle for longer now. */
bool qp_group_take(struct qp_lead_group *g, struct qp_lead_entry *x);
/* Ends a group that has no members and that no move can fill again. traceless: it was made by a split that is
 * taken back; where it is the last one, its uid is used again. */
void qp_group_settle(struct qp_leads *l, struct qp_lead_group *g, bool traceless);
void qp_group_free(struct qp_lead_group *g);

/* The live lead of this id. NULL: QP_ENOTFOUND is said. */
struct qp_lead_group *qp_group_live(const struct qp_leads *l, const char *id, struct qp_err *e);

/* ---- hand.c ---- */
void qp_moves_forget(struct qp_leads *l, uint64_t seq); /* the matter is gone */

/* ---- keep.c, load.c: what the bytes begin with, and the flags in them ---- */
#define QP_KEPT_MAGIC "QPLD"
enum { QP_KEPT_MAGIC_LEN = 4, QP_KEPT_VERSION = 2 };
enum { QP_KEPT_SPECIFIC = 1, QP_KEPT_LOCATED = 2 };                         /* of a matter */
enum { QP_KEPT_CONFIRMED = 1, QP_KEPT_DISMISSED = 2, QP_KEPT_AGED_ID = 4 }; /* of a lead */

#endif
