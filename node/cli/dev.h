/* dev.h: what the files of `qipan dev` share: a whole tree on this machine, one process a node.
 *
 *   dev.c        options, the loop: start, wait until all have joined, supervise, end
 *   dev_found.c  the federation made with the real code before any process starts, parents first
 *   dev_state.c  STATE/founded (what was made), STATE/nodes.json (who runs where)
 *   dev_node.c   one node's process: start, end, back-off */
#ifndef QP_NODE_CLI_DEV_H
#define QP_NODE_CLI_DEV_H

#include <sys/types.h>

#include "node/cli/areas_zone.h"
#include "node/cli/place.h"

enum { QP_DEV_NODES = 5000 };

struct qp_dev_node {
    struct qp_area area;
    long parent; /* index, -1 for the root */
    size_t children;
    char dir[QP_PLACE_MAX];
    char token[QP_TOKEN_TEXT];
    char http[64], endpoint[64]; /* endpoint "": nothing is bound */
    pid_t pid;                   /* 0 while down */
    int64_t started_us, restart_us /* 0: not waiting for a restart */, pause_us;
    unsigned failures; /* quick ends in a row */
    bool joined;
};

struct qp_dev {
    const struct qp_cli *cli;
    char state[QP_PLACE_MAX];
    char zone[QP_ZONE_MAX + 1];
    int http_base, link_base;
    struct qp_dev_node *nodes; /* parents before children */
    size_t n, joined, up;
    bool restart, stopping;
    struct qp_policy *policy; /* that the root is to say; NULL */
    int lock_fd, signal_fd;
};

/* ---- dev_found.c ---- */
int qp_dev_found(struct qp_dev *d, struct qp_err *e);

/* ---- dev_state.c ---- */
/* Takes STATE for this process alone. */
int qp_dev_lock(struct qp_dev *d, struct qp_err *e);
/* True when a tree was founded in STATE: nodes and zone are read into d, and the bases where none are given.
 * *begun: one was begun and not finished. */
int qp_dev_load(struct qp_dev *d, bool *founded, bool *begun, struct qp_err *e);
int qp_dev_begin(struct qp_dev *d, struct qp_err *e); /* notes that founding has begun */
int qp_dev_save(struct qp_dev *d, struct qp_err *e);  /* ... and that it is finished */
int qp_dev_nodes_json(const struct qp_dev *d, struct qp_err *e);
/* Addresses, folders and tokens from the bases and STATE. */
int qp_dev_places(struct qp_dev *d, bool tokens, struct qp_err *e);

/* ---- dev_node.c ---- */
int qp_dev_start(struct qp_dev *d, struct qp_dev_node *n, struct qp_err *e);
/* Reaps what ended; returns how many pids changed. *lost: a node that ends again and again. */
size_t qp_dev_reap(struct qp_dev *d, const struct qp_dev_node **lost);
/* Starts again whose pause is over; returns how many. */
size_t qp_dev_restart(struct qp_dev *d, int64_t now_us);
void qp_dev_stop_all(struct qp_dev *d);
/* Asks nodes that have not joined yet; at most `some` of them. */
void qp_dev_look(struct qp_dev *d, size_t some);

#endif
