/* rig.h: real nodes on small stores, and a line between two of them on which a test may hold, drop, alter and
 * replay frames.
 *
 * Time stands still unless a test moves it. */
#ifndef QP_TESTS_LINK_RIG_H
#define QP_TESTS_LINK_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "node/core/core.h"
#include "node/link/inside.h"
#include "topology/token.h"

enum { RIG_NODES = 4, RIG_FRAMES = 4096, RIG_INPUTS = 4096 };
#define RIG_START INT64_C(1772352000000000)

struct node {
    char dir[64];
    bool up;
    struct qp_keys keys;
    struct qp_store *store;
    struct qp_core *core;
    struct qp_arena *arena;
    struct qp_outputs out;
    struct qp_input in[RIG_INPUTS]; /* for the next turn; what they point to lives in `arena` */
    size_t n;
    const uint8_t *id;
};

struct frame {
    uint8_t *bytes;
    size_t len;
};

/* One end of a line: what it has said lies in `said` until the test hands it over. */
struct end {
    struct node *node;
    struct qp_session *session;
    struct frame said[RIG_FRAMES];
    size_t n;
    size_t room; /* frames that may still be said: SIZE_MAX unless a test wants less */
};
struct line {
    struct end child, parent;
};

struct rig {
    struct node nodes[RIG_NODES];
    size_t n;
    int64_t now_us;
    uint8_t seed;
    struct qp_hash root;
};

int rig_up(void **state);
int rig_down(void **state);

struct node *rig_found(struct rig *r, const char *path);
/* Invited by `parent` and joined; nothing but the two cores takes part. NULL endpoint: any. */
struct node *rig_join(struct rig *r, struct node *parent, const char *path, const char *endpoint);
/* The same place again on an empty disk with new keys. */
void rig_burn(struct rig *r, struct node *parent, struct node *n, const char *path);
void rig_reopen(struct rig *r, struct node *n);
void rig_turn(struct rig *r, struct node *n);
void rig_fresh_seed(struct rig *r, uint8_t seed[QP_SEED_LEN]);
/* Opens a matter there; urgency of topology/proto limits. Runs the turn; its outputs are in n->out. */
void rig_report(struct rig *r, struct node *n, const char *title, uint32_t urgency);
void rig_revoke(struct rig *r, struct node *by, const char *path);
void rig_invite(struct rig *r, struct node *parent, const char *path, const uint8_t token_key[QP_PK_LEN],
                int64_t expires_us);

void line_up(struct line *l, struct node *child, struct node *parent);
void line_down(struct line *l);
/* Hands one frame to the other end; its inputs gather for that end's next turn. */
void line_hear(struct rig *r, struct end *to, const uint8_t *bytes, size_t len);
/* All frames said by `from` go to `to`, which then has its turn and says what follows. False: nothing was
 * said. */
bool line_carry(struct rig *r, struct end *from, struct end *to);
/* Turn, release, pump: what the wire does after a wait. */
void line_turn(struct rig *r, struct end *e);
void line_pump(struct rig *r, struct end *e);
/* Both ways until nobody has anything to say. */
void line_settle(struct rig *r, struct line *l);
/* Connects and settles: the session is open on both sides. */
void line_open(struct rig *r, struct line *l);
void line_forget(struct end *e);
int frame_kind(const struct frame *f);
/* The first frame of a kind that was said; fails without one. */
struct frame *line_find(struct end *e, int kind);
/* Decodes, lets the test change it, and packs it again in place. */
Qp__Frame *frame_open(struct rig *r, const struct frame *f, struct qp_arena *a);
void frame_put(struct frame *f, const Qp__Frame *m);

size_t rig_matters(struct rig *r, struct node *n);
uint64_t rig_queue(struct node *n, const uint8_t *peer, uint32_t lane);
struct qp_peer_entry rig_peer(struct node *n, const uint8_t *peer);

#endif
