/* drive.h: the loop that drives one node: waits, gathers a turn, commits it, releases it. serve.c opens the
 * parts.
 *
 *   wait (wire: links, wake-up, time) ─► gather (links, HTTP, parked, tick) ─► begin ─► qp_turn
 *        ▲                                                                        │
 *        └────── release (wire, HTTP) ◄── commit tables ◄── commit journal ◄──────┘
 *
 * The order is rule S2: nothing that this node says leaves before the journal's commit, and what is answered
 * can be read. */
#ifndef QP_NODE_CLI_DRIVE_H
#define QP_NODE_CLI_DRIVE_H

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

#include "node/cli/aside.h"
#include "node/cli/place.h"
#include "node/http/http.h"
#include "node/link/wire.h"

enum { QP_TURN_INPUTS = 2048, QP_PARKED_MAX = 256, QP_PARK_US = 5000000 };

/* A command that names a path nobody here knows yet: asked for along the links, tried again when certificates
 * come. */
struct qp_parked {
    struct qp_command command; /* what it points to lives until its reply */
    char path[QP_PATH_MAX];
    int64_t until_us;
};

struct qp_drive {
    struct qp_opened node;
    struct qp_wire *wire;
    struct qp_http *http;
    int wake_fd;
    const char *dir; /* for a reload */
    struct qp_place_paths paths;
    size_t journal_map, tables_map;
    struct qp_aside *aside; /* what a former incarnation had taken in; NULL: nothing (any more) */

    _Atomic int stop; /* the signal, or -1: the helper found the store broken */
    _Atomic bool reload;
    _Atomic bool dirty; /* tables committed since they were last synced */
    pthread_t minder;
    bool minder_runs;

    struct qp_arena *arena, *scratch;
    struct qp_input *inputs;
    struct qp_command *commands;
    struct qp_parked parked[QP_PARKED_MAX];
    size_t nparked;
    int64_t readers_us, links_us; /* when readers and links were last looked at */
    int64_t wire_us;              /* when the wire next wants a call */
    int64_t settle_us; /* after a turn the wire is called once more, so that what it shows to other threads is
                          new */
    bool full;         /* said so in the log */
    int ring_said;     /* what the log was last told of the line keys; 0: all is well */
    int64_t apart_us;  /* this machine's clock, less the time since boot, when it was last looked at */
    bool tick;         /* the next turn looks at what is due by the clock, whatever was foreseen */
    struct qp_wire_refusals refused; /* told so far */
    int64_t refused_us;
    struct qp_link_status *links;
    size_t nlinks;
};

/* Runs until d->stop; 0, or the error that ended it. */
int qp_drive(struct qp_drive *d, struct qp_err *e);
/* The thread beside it: signals, the journal's checkpoints when a turn wants one (QP_SIGNAL_CHECKPOINT),
 * the tables' pages every half minute, and the scrub of the journal. Started by serve, which blocks these
 * signals everywhere. */
#define QP_SIGNAL_CHECKPOINT SIGUSR1
void *qp_minder(void *drive);
void qp_drive_wake(struct qp_drive *d);

/* ---- parked.c ---- */
/* A reply that says QP_ENEED: keeps its command and asks for the path. False: there is nothing to wait for,
 * the reply must go out. */
bool qp_park(struct qp_drive *d, const struct qp_command *cmd, int64_t now_us);
/* Those whose time is over are answered. Returns when the next one's is. */
int64_t qp_parked_expire(struct qp_drive *d, int64_t now_us);
/* All that are parked, as inputs: certificates came. Returns how many. */
size_t qp_parked_again(struct qp_drive *d, struct qp_input *in, size_t max);
/* Its reply is there: no longer parked. */
void qp_parked_done(struct qp_drive *d, uint64_t ticket);

#endif
