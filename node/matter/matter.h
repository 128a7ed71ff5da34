/* matter.h: the work itself: what may happen to a matter, what it does to its row, and how matters are found
 * again.
 *
 *   a step somebody here wants ─► qp_matter_decide ─► Event ─┐
 *   an event in a parcel that came ──────────────────────────┴─► qp_matter_apply ─► row, indexes; boards are told
 *
 * decide checks against the present row, fills in version, custody and numbers; apply is total (E5): whatever
 * a verified parcel brings has a defined outcome and never fails but for the store. Both are deterministic.
 * `lifecycle.c` has the one transition table with its drawing and invariants (pure, on a Face); `custody.c`
 * offers and answers (K1-K8); `rows.c` row and indexes, `early.c` what came before what it follows; `list.c` queries. */
#ifndef QP_NODE_MATTER_MATTER_H
#define QP_NODE_MATTER_MATTER_H

#include "node/insight/board.h"
#include "node/store/store.h"
#include "proto/events.h"
#include "proto/row.pb-c.h"
#include "topology/policy/in_force.h"

/* What projection needs of its surroundings; filled by the core once per turn, borrowed for its time. */
struct qp_pending;
struct qp_matters {
    struct qp_txn *txn;
    const uint8_t *self; /* node id, 16 */
    const char *self_path;
    const struct qp_zone *zone;
    const struct qp_in_force *policy; /* that holds here, for deciding only (PO4); NULL: none was ever said */
    /* What else is kept of matters is told of each row that is written: as it was before (NULL: it is new) and as
     * it is now; both are good during the call. NULL: nobody is told. */
    void (*changed)(void *arg, const Qp__Row *before, const Qp__Row *after);
    void *changed_arg;
    /* The neighbour by way of which a node's events come, which shares the waiting rooms with all that lies
     * behind it (L7); NULL: each origin for itself. The answer need not live longer than the call. */
    const uint8_t *(*branch)(const void *arg, const uint8_t *origin);
    const void *branch_arg;
    /* May its origin say this beside the matter, as it stands now? Asked of what came before the matter did, when it is looked at
     * (E7). NULL: everybody may. */
    bool (*may)(void *arg, const Qp__Event *ev);
    void *may_arg;
    bool whole;   /* what is sorted carries the matter as it then is: who hears it may lack what led to it */
    bool imports; /* who asks for a step is an importer: a deadline of his stands (CL3) */
    bool stated;  /* he states its time: of what happened elsewhere the policy makes nothing else (PO2) */
    struct qp_arena *arena; /* everything returned lives here until the turn ends */
    struct qp_pending
        *pending; /* the turn's changed rows; NULL: every call writes through at once (right, but slower) */
};

/* A matter's id: the milliseconds of its opening, then 80 bits of a hash over its opener, these and the salt
 * (K8). Whoever would open another matter under a known id has to find a second preimage. */
void qp_matter_id(uint8_t id[QP_ID_LEN], const uint8_t opener[QP_ID_LEN], int64_t at_us,
                  const uint8_t salt[QP_SALT_LEN]);

/* ---- the turn's changes, written once ----
 * Rows that a turn changes are kept decoded and written together, sorted, with their index entries and board
 * contributions, by qp_matter_flush: before qp_board_flush and the commit, and in a rebuild at least every
 * 10,000 events. Rows that were returned stay valid and unchanged until the first call after the flush. One
 * qp_pending serves a store for as long as it is open. */
struct qp_pending *qp_pending_new(void);
void qp_pending_free(struct qp_pending *p);
int qp_matter_flush(struct qp_matters *m,
                    struct qp_err *e);       /* QP_EFULL, QP_EIO; nothing to do without `pending` */
void qp_matter_forget(struct qp_pending *p); /* an aborted turn: drops what was not flushed */

/* ---- deciding: one step wanted at this node ----
 * On entry `ev` has origin, incarnation, counter, at_us, by, key, request, matter and the body as the caller
 * states it. For Opened the face holds what was reported (category, title, source, area ...; id already made
 * = ev->matter); for Offered to, to_path, kind and reason are resolved by the core. `who` asks (may.h); NULL: the node
 * itself, as its policy says. On success version,
 * custody, numbers and snapshots are filled in and the event may be applied. QP_ENOTFOUND; QP_ENOTHOLDER
 * (names the holder); QP_ESTEP (names the state and what is possible); QP_EVERSION when if_version >= 0 and
 * differs; QP_EPOLICY (a visit by the handler, more than QP_MEMBERS members, ...); QP_EINVAL. */
struct qp_asker;
int qp_matter_decide(struct qp_matters *m, Qp__Event *ev, const struct qp_asker *who, int64_t if_version,
                     struct qp_err *e);

/* ---- applying ---- */
enum qp_outcome {
    QP_APPLIED = 1, /* the row changed, or a comment was kept */
    QP_REPEATED,    /* this id was applied before (E1) */
    QP_WAITING,     /* came before its predecessor: kept in QP_T_EARLY, applied when that comes */
    QP_STALE,       /* its version is behind a snapshot: history only */
    QP_CONFLICT,    /* its sender may not say this of the matter as it stands, or its number is answered (K2,
                       K7): kept, no effect */
};
/* Whether an event without a version would be taken at once by a matter that stands so: neither a conflict, nor too early. */
bool qp_matter_takes_now(const Qp__Face *f, const Qp__Event *ev);
/* Applies one event about a matter and whatever waited for it. `received_us`: the record's time of receipt.
 * The event must stay valid until the arena is reset. Only the store's errors are returned; the outcome goes
 * to *o. Does not write history. */
int qp_matter_apply(struct qp_matters *m, const Qp__Event *ev, uint64_t position, uint32_t index,
                    int64_t received_us, enum qp_outcome *o, struct qp_err *e);
/* Notes where the journal holds an event of a matter: the first place counts; idempotent. For a step of this
 * node: with its key -> QP_T_IDEM. Called when the position is known: for received events right after apply,
 * for own ones when their parcel is sealed. Returns through *known whether the id was there before. */
int qp_matter_record(struct qp_matters *m, const Qp__Event *ev, uint64_t position, uint32_t index,
                     bool *known, struct qp_err *e);
/* The place that is noted of it; false: it is not known. */
bool qp_matter_place(struct qp_matters *m, const Qp__Event *ev, uint64_t *position);
/* It was said again, and stands there from now on; one that is not known is left out. */
int qp_matter_moved(struct qp_matters *m, const Qp__Event *ev, uint64_t position, uint32_t index,
                    struct qp_err *e);
/* Where the journal holds each event of a matter, in the order of their ids, until `each` says false. */
int qp_matter_places(struct qp_matters *m, const uint8_t matter[QP_ID_LEN],
                     bool (*each)(void *arg, uint64_t position, uint32_t index), void *arg, struct qp_err *e);
bool qp_matter_known(struct qp_matters *m, const uint8_t matter[QP_ID_LEN],
                     const uint8_t event_id[QP_EVENT_ID_LEN]);
/* It is known, and these are its words: two copies of one node say different things under one id (C5). False also where the
 * journal cannot give them. */
bool qp_matter_known_as(struct qp_matters *m, const uint8_t matter[QP_ID_LEN],
                        const uint8_t event_id[QP_EVENT_ID_LEN], const void *words, size_t len);

/* The row as it stands, decoded into the arena. QP_ENOTFOUND. */
int qp_matter_row(struct qp_matters *m, const uint8_t matter[QP_ID_LEN], Qp__Row **row, struct qp_err *e);
/* All open matters, each once, n at most a call: `at` begins as zeros and is ended behind the last. What changes meanwhile may
 * be missed, or be there twice. */
struct qp_open_walk {
    uint8_t state, id[QP_ID_LEN];
    bool any, ended;
};
int qp_matter_open_some(struct qp_matters *m, struct qp_open_walk *at, uint8_t (*ids)[QP_ID_LEN], size_t n,
                        size_t *got, struct qp_err *e);
/* Moves the sweep of overdue matters up to now (B3). Returns through *more whether deadlines are left to
 * sweep (it does at most 1,000 a turn). */
int qp_matter_sweep(struct qp_matters *m, int64_t now_us, bool *more, struct qp_err *e);
/* The deadline that the sweep will meet next: one microsecond after it there is something to do. INT64_MAX:
 * none. */
int qp_matter_next_deadline(struct qp_matters *m, int64_t *at_us, struct qp_err *e);

/* ---- idempotency (E4): what a key of this client (an event's `by`) made before at this node ----
 * QP_OK: *matter is the first one; QP_ENOTFOUND: new; QP_EKEYREUSED: same key, another request. matter_scope
 * NULL for opening. */
int qp_matter_by_key(struct qp_matters *m, const char *by, const uint8_t *matter_scope, const char *key,
                     const uint8_t request[QP_REQUEST_LEN], uint8_t matter[QP_ID_LEN], struct qp_err *e);
/* The matter that this node opened for (source, source_ref). QP_ENOTFOUND. */
int qp_matter_by_ref(struct qp_matters *m, const char *source, const char *source_ref,
                     uint8_t matter[QP_ID_LEN], struct qp_err *e);

/* ---- reading, from any thread ---- */
int qp_matter_read(struct qp_read *r, const uint8_t matter[QP_ID_LEN], Qp__Row **row, struct qp_arena *a,
                   struct qp_err *e);
/* First matter known here with that source_ref (any source): what `duplicate_of` is linked to. QP_ENOTFOUND.
 */
int qp_matter_read_ref(struct qp_read *r, const char *source_ref, uint8_t matter[QP_ID_LEN],
                       struct qp_err *e);

struct qp_history {
    uint64_t position;
    uint32_t index;        /* journal record and place in its parcel */
    Qp__Event *event;      /* decoded into the arena */
    struct qp_hash parcel; /* the parcel's id */
    int64_t received_us;   /* when it came here, by this node's clock */
};
/* Ordered by version, unversioned ones by their journal position between them. At most cap; returns how many
 * there are, or -1 with e. */
long qp_matter_history(struct qp_read *r, const uint8_t matter[QP_ID_LEN], struct qp_history *out, size_t cap,
                       struct qp_arena *a, struct qp_err *e);
/* The same, but of more than cap the last ones: how it ended is not what may be missing. Returns how many were filled in, or -1. */
long qp_matter_newest(struct qp_read *r, const uint8_t matter[QP_ID_LEN], struct qp_history *out, size_t cap,
                      struct qp_arena *a, struct qp_err *e);
/* The same, but of more than cap first the oldest of those that have no version (comments) are left out. *all: how many there are. */
long qp_matter_steps(struct qp_read *r, const uint8_t matter[QP_ID_LEN], struct qp_history *out, size_t cap,
                     size_t *all, struct qp_arena *a, struct qp_err *e);

/* Which events of a history took effect: each version once, by who could say it then. The history has rivals too (K7), in whatever order
 * they came. Begin with {.holder = face->opener}, and ask of each in its order. */
struct qp_course {
    uint64_t version;
    ProtobufCBinaryData holder, offered; /* len 0: what would say so is not here */
};
bool qp_course_takes(struct qp_course *c, const Qp__Face *f, const Qp__Event *ev);

enum qp_sort {
    QP_SORT_OPENED_DESC = 1,
    QP_SORT_OPENED,
    QP_SORT_UPDATED_DESC,
    QP_SORT_UPDATED,
    QP_SORT_DEADLINE,
    QP_SORT_ARRIVED,      /* by the journal position of the last event about it, rising: for pollers */
    QP_SORT_ARRIVED_DESC, /* the same, falling: what is heard of meanwhile shifts rows back, and none is missed */
    QP_SORT_PRESSING /* emergencies, then urgent ones, then the rest; each by deadline. Of `needs`: it has no name */
};
int qp_sort_parse(const char *text); /* "-opened_at" "opened_at" "-updated_at" "updated_at" "deadline"
                                        "arrived"; 0 when unknown */
enum { QP_AFTER_TEXT = 64 };
/* The `after` of a list that is to begin behind this position of the journal; 0: with all. */
void qp_list_after(char out[QP_AFTER_TEXT], struct qp_read *r, uint64_t position);
/* Where a poller goes on. */
struct qp_list_end {
    char next[QP_AFTER_TEXT]; /* its next `after` */
    bool more;                /* there is more already: ask again at once */
};
struct qp_list_query {
    const char *area; /* path: that area and everything below */
    const char *category, *source, *desk,
        *q; /* q: in title, text, place, source_ref; NFKC, case folded (fold.h) */
    const struct qp_policy
        *below;             /* the category's and those of all that lie below it there; NULL: its own alone */
    const char *holder;     /* path */
    const char *offered_to; /* path: an offer to it is out */
    const char *held_below; /* path: its holder is below that node */
    bool unassigned;        /* nobody of its holder has been given it yet (qp_face_unassigned) */
    bool given;             /* not one that came assigned and waits for a desk or person here (CL4) */
    bool urged;             /* open, and an urge of it is not answered by its holder */
    bool due_soon;          /* open, and the time to remind of one of its clocks has come, its due has not */
    const uint8_t *lifted_to; /* a node's id: it urged because one below it had not been answered in time */
    bool here;                /* no offer of it is out: its holder alone can go on with it */
    bool to_visit, to_close;  /* a return visit is due (ST2); none is, so that it can be closed */
    int state, urgency;       /* 0 = any */
    unsigned states;          /* several: the bits 1 << state; 0 = any */
    int overdue;              /* -1 any, 0 no, 1 yes: past its deadline */
    int overdue_stage; /* 0 any; 1 + enum qp_clock_stage, of which close is overdue = 1: that clock is over */
    bool has_from, has_to, has_updated_after;
    bool happened;          /* from and to are of when it happened: occurred_at, else opened_at */
    int64_t from_us, to_us; /* opened_at in [from, to) */
    int64_t updated_after_us;
    bool has_due_before, has_bbox;
    int64_t due_before_us;           /* open, and its deadline is before that */
    double west, south, east, north; /* WGS-84, edges included; west > east: across the 180th meridian */
    bool has_lead;                   /* it belongs to that lead, or is proposed to it */
    uint8_t lead[QP_ID_LEN];
    bool (*sees)(const void *seer,
                 const Qp__Row *row); /* NULL: every one; else only those for which it says so */
    const void *seer;
    enum qp_sort sort;
    size_t limit;       /* 1..500 */
    const char *cursor; /* NULL or "" = first page */
    const char
        *after; /* QP_SORT_ARRIVED and _DESC: only what came after this position; NULL, "" or "0" = all */
    struct qp_list_end *end; /* filled at the end; may be NULL */
};
/* Calls `each` for up to `limit` rows (each valid during its call; anything but 0 ends the list and is
 * returned); then writes the next cursor ("" = that was the last). Uses the most selective index, filters the
 * rest; looks at no more than 20,000 rows a call (then returns what it has with a cursor). QP_SORT_DEADLINE:
 * what is open and has a deadline by that, the rest after it by opening; QP_SORT_PRESSING the same of each urgency. A cursor stays good while matters
 * change. QP_EINVAL: a cursor that this query did not make. */
int qp_matter_list(struct qp_read *r, const struct qp_list_query *q,
                   int (*each)(void *arg, const Qp__Row *row), void *arg, char cursor[128],
                   struct qp_arena *a, struct qp_err *e);

/* How many match, whatever the page, the cursor and `after`. False: more than can be counted within the cost of a page;
 * 0 then. Errors as of qp_matter_list. */
int qp_matter_count(struct qp_read *r, const struct qp_list_query *q, uint64_t *n, bool *counted,
                    struct qp_err *e);

/* ---- what the sweep passed, told to who looks on (B3) ---- */
enum { QP_SWEPT_BYTES = 8 + QP_ID_LEN };
/* Up to where it has come, as committed; zeros before its first. */
void qp_swept_mark(struct qp_read *r, uint8_t mark[QP_SWEPT_BYTES]);
/* The next time of a matter between `at` and `until`, which the sweep has passed: a deadline, the due of a clock, or when one is to
 * be reminded of; `at` is behind it then. QP_ENOTFOUND: that was all. */
int qp_swept_next(struct qp_read *r, uint8_t at[QP_SWEPT_BYTES], const uint8_t until[QP_SWEPT_BYTES],
                  int64_t *due_us, uint8_t matter[QP_ID_LEN]);

/* ---- names ---- */
const char *qp_state_name(uint32_t state); /* "open" ... */
const char *qp_state_name_zh(uint32_t state);
const char *qp_kind_name_zh(uint32_t kind);
int qp_state_parse(const char *name); /* 0 when unknown */
const char *qp_urgency_name(uint32_t urgency);
int qp_urgency_parse(const char *name);
const char *qp_kind_name(uint32_t kind);       /* "escalate" "dispatch" "transfer" "return" */
uint32_t qp_step_number(const Qp__Face *face); /* 1..6 of the six steps */

#endif
