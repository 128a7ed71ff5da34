/* aside.h: a node that joins again into its old folder: the old journal is set aside, and what of it nobody
 * else holds is brought in (E6).
 *
 *   DIR/db, DIR/keys ──`qipan join TOKEN --again`──► DIR/before-N/   as it was; N is its incarnation
 *                                                    DIR/next/       the new one, made whole first, then
 *                                                                    moved into their place; a move that
 *                                                                    is interrupted is ended at the next
 *                                                                    start
 *   DIR/before-N/ ──`qipan serve`, when the node has recovered: event after event (QP_OP_AGAIN)──►
 *                      DIR/before-N/brought-in    how much
 *                      DIR/before-N/left.ndjson   which could not be, and why
 *                      DIR/before-N/copy          of a restored backup: which one; another one is before-N.2
 *
 * Nothing in before-N is changed or removed; when brought-in is there the folder may be deleted. */
#ifndef QP_NODE_CLI_ASIDE_H
#define QP_NODE_CLI_ASIDE_H

#include "node/cli/place.h"

/* The node in this folder, before it joins again: its path and incarnation. QP_ENOTFOUND: there is none.
 * QP_EEXISTS: it is running. */
int qp_aside_look(const struct qp_place_paths *p, char path[QP_PATH_MAX], uint32_t *incarnation,
                  struct qp_err *e);
/* Where the new one is made. */
int qp_aside_next(struct qp_place_paths *next, const struct qp_place_paths *p, struct qp_err *e);
/* The new one is whole: moves both. */
int qp_aside_swap(const struct qp_place_paths *p, uint32_t incarnation, struct qp_err *e);
/* Finishes a move that was interrupted; nothing else to do most of the time. */
int qp_aside_finish(const struct qp_place_paths *p, struct qp_err *e);

/* ---- bringing in ---- */
#define QP_TICKET_ASIDE (UINT64_C(1) << 62)
enum { QP_ASIDE_BATCH = 64 };
struct qp_aside;
/* A folder waits to be brought in: what this node took in once is not all in its journal yet. */
bool qp_aside_waits(const struct qp_place_paths *p);
/* The keys in each folder, brought in or not, while it is there. */
void qp_aside_former(const struct qp_place_paths *p, void (*each)(void *arg, const struct qp_keys *former),
                     void *arg);
/* NULL in *out: there is nothing to bring in. Opens the oldest folder that is not done. */
int qp_aside_open(struct qp_aside **out, const struct qp_place_paths *p, size_t journal_map,
                  size_t tables_map, struct qp_err *e);
void qp_aside_close(struct qp_aside *a);
/* The next events, as commands of a turn; at most QP_ASIDE_BATCH, none while some are unanswered. What they
 * point to is in the arena. */
size_t qp_aside_take(struct qp_aside *a, struct qp_input *in, struct qp_arena *arena, int64_t now_us);
/* True: the reply was to one of them. */
bool qp_aside_reply(struct qp_aside *a, const struct qp_reply *r, int64_t now_us);
/* When it wants to be asked again; INT64_MAX: not by itself. NULL: never. */
int64_t qp_aside_wants(const struct qp_aside *a);
/* This machine's clock was set, by so much. NULL: nothing. */
void qp_aside_clock_set(struct qp_aside *a, int64_t by_us);
bool qp_aside_done(const struct qp_aside *a); /* close it; another folder may be next */

#endif
