/* rig.h: nodes of one tree, each with a store of its own on tmpfs, and the few moves that the matter's tests
 * are told in.
 *
 *   city ─┬─ east ── mill
 *         └─ west
 *
 * Events that a node says are kept as the bytes that would travel; a test delivers them when and as often as
 * it likes. */
#ifndef QP_TESTS_UNIT_MATTER_RIG_H
#define QP_TESTS_UNIT_MATTER_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "node/matter/lifecycle.h"
#include "node/matter/matter.h"

enum { CITY, EAST, WEST, MILL, NODES };
enum { SECOND = 1000000, T0 = 1772352000 }; /* seconds: 2026-03-01T08:00:00Z */

struct said { /* an event as it travels */
    uint8_t *bytes;
    size_t len;
    int from;
};

struct node {
    uint8_t id[QP_ID_LEN];
    const char *path;
    char dir[64];
    struct qp_store *s;
    struct qp_txn t;
    struct qp_board *board;
    struct qp_pending *pending;
    struct qp_matters m;
    uint64_t counter, position;
    struct qp_header chain; /* of the parcels in its journal */
};

struct rig {
    struct node nodes[NODES];
    struct qp_zone *zone;
    struct qp_arena *arena;
    int64_t now_us;
    uint64_t made; /* ids */
    bool journals; /* every event is also appended to the node's journal, in a parcel of its own */
    struct qp_err e;
    uint8_t sign_sk[QP_SIGN_SK_LEN];
    struct said *said;
    size_t said_n, said_cap;
};

int rig_up(void **state);
int rig_down(void **state);
/* Ends the node's turn and begins the next: flush, commit. */
void rig_turn(struct rig *r, int node);
/* The same without a qp_pending: every call writes through. */
void rig_write_through(struct rig *r, int node);
void rig_read(struct rig *r, int node, struct qp_read *read); /* ends the turn first */
ProtobufCBinaryData rig_id(struct rig *r, int node);
int64_t rig_at(struct rig *r, const char *text);                 /* that local time */
struct qp_in_force *rig_policy(struct rig *r, const char *json); /* with ' for "; the caller releases it */

/* ---- saying something: decide, apply, keep; a second passes. The event's number, or -(code) with r->e ----
 */
typedef struct {
    uint8_t b[QP_ID_LEN];
} matter;
matter rig_open(struct rig *r, int node, const char *category); /* must succeed */
/* The id that a matter opened now at this node has; its salt goes into the face. */
matter rig_name(struct rig *r, int node, Qp__Face *face);
matter rig_open_face(struct rig *r, int node, Qp__Face *face);    /* likewise */
Qp__Face *rig_face(struct rig *r, const char *category);          /* a draft */
int rig_say(struct rig *r, int node, matter m, Qp__Event *draft); /* by "token:test" unless the draft says */
int rig_try(
    struct rig *r, int node, matter m,
    int body); /* the plainest event of that kind; offers go to the parent, or from the city to east */
int rig_do(struct rig *r, int node, matter m, int body); /* the same; must succeed */
int rig_offer(struct rig *r, int node, matter m, int kind, int to);
/* At EAST, told to all, with the record of who reported, as its commitment stands in the face (VA1). */
matter rig_open_reported(struct rig *r);
/* The plainest body of a kind, in the arena. */
Qp__Event *rig_draft(struct rig *r, int body);

/* ---- hearing ---- */
enum qp_outcome rig_hear(struct rig *r, int node, int event); /* apply and record */
Qp__Event *rig_event(struct rig *r, int event);               /* decoded afresh: to be bent */
enum qp_outcome rig_hear_event(struct rig *r, int node, Qp__Event *ev);
void rig_tell(struct rig *r, int event); /* to all others */

/* ---- looking ---- */
const Qp__Row *rig_row(struct rig *r, int node, matter m); /* NULL: not known */
const Qp__Face *rig_face_at(struct rig *r, int node, matter m);
bool rig_same_face(struct rig *r, int a, int b, matter m);
int rig_holders(struct rig *r,
                matter m); /* nodes that say of themselves that they hold it, and are not frozen */
void rig_assert_same(struct rig *r, matter m); /* on all nodes that know it */
/* Every index entry and every cell of the board is what the rows say, and nothing else is there. */
void rig_assert_tables(struct rig *r, int node);
/* Hash over every key and value of the tables that hold matters. */
struct qp_hash rig_tables_hash(struct rig *r, int node);

#endif
