/* policy.h: the policy that is in force at a node (PO1): what holds of all that its ancestors and itself have said,
 * of each value the strictest. NULL as long as none of them has ever said one: then there are no clocks, no visits, every
 * category is taken, and offers are answered as the settings say.
 *
 *   PUT ─► qp_policy_weigh (any thread: every mistake, what loosens, what changes) ─► QP_OP_POLICY
 *            ─► PolicySaid, in parts, down the subtree (and to the horizon, which hands it back after a fire)
 *            ─► the table ─► folded once for each change ─► struct qp_in_force
 *                              ├─► the turn: qp_core_policy, qp_matters.policy
 *                              ├─► any thread: qp_core_policy_hold
 *                              └─► PolicyHeard, up: every superior knows what holds where
 *
 * Deciding may ask it (the door, node/matter's decide); projecting must not: what a rule makes of a matter is stated
 * in the event, so that a replay and every other node find the same (PO4). */
#ifndef QP_NODE_CORE_POLICY_H
#define QP_NODE_CORE_POLICY_H

#include "node/core/core.h"
#include "topology/policy/in_force.h"
#include "topology/policy/tighten.h"

/* The turn's thread: good until the next qp_turn, qp_core_forget or qp_core_set_policy. NULL: none was ever said. */
const struct qp_policy *qp_core_policy(const struct qp_core *c);
const struct qp_in_force *qp_core_in_force(const struct qp_core *c); /* with its calendars */
/* Any thread; until qp_in_force_release, which must come before qp_core_close. NULL: none was ever said. */
struct qp_in_force *qp_core_policy_hold(struct qp_core *c);

/* Is an offer of this kind (enum qp_kind) taken without a person? What `policy` (NULL: none) does not say of it, the
 * settings say. */
bool qp_taken_at_once(const struct qp_acceptance *p, const struct qp_policy *policy, uint32_t kind);

/* A copy of the settings' part of it; any thread. */
void qp_core_acceptance(struct qp_core *c, struct qp_acceptance *out);

/* ---- what was said ---- */
struct qp_policy_layer { /* the newest whole one of one node */
    uint8_t node[QP_ID_LEN];
    char path[QP_PATH_MAX];
    uint32_t incarnation;
    uint64_t revision; /* rises by one with each that its node says */
    int64_t at_us;
    uint32_t bytes;
    uint8_t parts;
    struct qp_hash hash; /* of its JSON */
    char version[QP_POLICY_VERSION + 1];
};
/* Any thread, each with a transaction of its own, as all below. False: none; then *out says nothing but the node. */
bool qp_policy_newest(MDB_txn *tables, struct qp_store *s, const uint8_t node[QP_ID_LEN],
                      struct qp_policy_layer *out);
/* Its JSON, l->bytes long and a NUL, malloc'd. NULL: not all of it is there, or no memory. */
char *qp_policy_text(MDB_txn *tables, struct qp_store *s, const struct qp_policy_layer *l);
/* Of a node's ancestors and itself, the root's first; who never said one is left out. */
struct qp_policy_layers {
    struct qp_policy_layer v[QP_PATH_DEPTH];
    size_t n;
    struct qp_hash stamp; /* of all: the same as long as nothing was said */
};
/* Any thread. `path`: the node's own. A path whose node is not known here is left out. */
void qp_policy_layers(MDB_txn *tables, struct qp_store *s, const char *path, struct qp_policy_layers *out);
/* What a node below (or this one) last said that it has heard. False: nothing yet. */
struct qp_policy_state {
    int64_t at_us;
    size_t n;
    struct {
        uint8_t node[QP_ID_LEN];
        uint32_t incarnation;
        uint64_t revision;
        char version[QP_POLICY_VERSION + 1];
    } v[QP_PATH_DEPTH];
    char version[QP_POLICY_VERSIONS + 1]; /* in force there */
    uint32_t vain;                        /* values of its own policy that have no effect */
};
/* `a`: to read it with; reset. */
bool qp_policy_state(MDB_txn *tables, struct qp_store *s, const uint8_t node[QP_ID_LEN], struct qp_arena *a,
                     struct qp_policy_state *out);
/* Has that node not heard yet what `mine` (of a node above it, or of it) says? */
bool qp_policy_behind(const struct qp_policy_state *theirs, const struct qp_policy_layers *mine);

/* ---- the door ---- */
struct qp_policy_trial {
    struct qp_mistakes mistakes; /* by itself, and with what is above: qp_policy_check */
    struct qp_changes
        above; /* against what is above; qp_changes_refused: it loosens. Empty at whoever is on top */
    struct qp_changes changes;            /* what it would change against what is in force */
    bool on_top;                          /* nobody above has said one */
    bool used;                            /* this node has used its version text before */
    char own[QP_POLICY_VERSION + 1];      /* its version text */
    char version[QP_POLICY_VERSIONS + 1]; /* that would be in force */
    char *json;                           /* canonical, what is signed; NULL where there are mistakes */
    size_t len;
    struct qp_hash stamp; /* of the layers that it was weighed against; QP_OP_POLICY wants it */
};
/* What would become of it if this node (`path`) said it? Any thread, with a transaction of its own; parses what is in force
 * and the new one: milliseconds. `out` is zeroed by the caller, and freed by qp_policy_trial_free whatever comes of it. 0 also where
 * it would be refused; QP_ENOMEM. */
int qp_policy_weigh(MDB_txn *tables, struct qp_store *s, const char *path, struct qp_policy *p,
                    struct qp_policy_trial *out, struct qp_err *e);
/* Is it taken: no mistake, nothing that loosens, a version text that is new? */
bool qp_policy_passes(const struct qp_policy_trial *t);
void qp_policy_trial_free(struct qp_policy_trial *t);

/* For tests, between turns: takes over `p` as the one in force, until an event changes what holds or the node is opened
 * again. NULL: none. False: out of memory. */
bool qp_core_set_policy(struct qp_core *c, struct qp_policy *p);

#endif
