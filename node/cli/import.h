/* import.h: what the files of `qipan import` share: records of others on their way into a tree, by its public
 * API.
 *
 *   FILE ─► import_file.c: row, record, its lines ─► import_plan.c: which node, which line next
 *                                                     ▲                              │
 *             many nodes at once, a batch for each    └── answer ◄── import_pool.c ◄─┘
 *
 * A record goes through its stages one after the other: opened; where it was offered down, accepted by the
 * receiver; then the map's steps. Each line has a key of its own, so that whatever is sent twice (an answer
 * that was lost, a node that was killed, the whole import run again) changes nothing. What fails for a reason
 * that passes is tried again until the patience is over. */
#ifndef QP_NODE_CLI_IMPORT_H
#define QP_NODE_CLI_IMPORT_H

#include <netinet/in.h>
#include <sys/socket.h>

#include "node/cli/cli.h"
#include "node/cli/response.h"
#include "node/cli/tree_state.h"
#include "topology/areas.h"
#include "topology/map.h"

enum {
    QP_IM_LINES = 1000,           /* of a batch; the node takes no more into one turn */
    QP_IM_BODY = 3 * 1024 * 1024, /* bytes of a batch */
    QP_IM_ACTIVE = 24,  /* nodes that work on a batch at the same time: more of them make smaller batches */
    QP_IM_ENOUGH = 256, /* lines for which a batch does not wait for more */
    QP_IM_LINGER_US = 200000,        /* how long it waits otherwise, while others work */
    QP_IM_ANSWER_US = 20000000,      /* a batch without an answer by then is sent again */
    QP_IM_STAGES = QP_MAP_STEPS + 2, /* open, accept, steps */
};

struct qp_im_record {
    struct qp_im_record *next;
    long line;
    uint32_t entry, target; /* indexes of nodes: where it is opened, who holds it in the end */
    uint8_t stage, stages;
    bool accepts; /* stage 1 is the acceptance */
    char id[32];
    int64_t due_us;              /* monotonic: not to be sent before */
    int64_t failed_us;           /* since when this stage fails; 0: it does not */
    int64_t at_us[QP_IM_STAGES]; /* wall time of each stage in the file: for --speed */
    char *ref;
    char *json[QP_IM_STAGES]; /* the open line whole; a step's members after its id */
};

enum qp_im_link { QP_IM_DOWN, QP_IM_IDLE, QP_IM_CONNECTING, QP_IM_SENDING, QP_IM_READING };
struct qp_im_node {
    char path[QP_PATH_MAX];
    char host[200], port[8];
    char token[512];
    struct sockaddr_storage address;
    socklen_t address_len;
    enum qp_im_link link;
    int fd;
    struct qp_im_record *first, *last; /* ready to be sent */
    size_t waiting;
    int64_t since_us;            /* when the first of them came */
    struct qp_im_record **batch; /* sent, not answered */
    size_t sent;
    char *out; /* the request */
    size_t out_len, out_at, out_cap;
    struct qp_response response;
    int64_t retry_us, pause_us, sent_us;
};

struct qp_import;
struct qp_im_file; /* import_file.c */

struct qp_im_sums {
    uint64_t rows, records, done, created, steps, bad, refused, gave_up, retries, batches;
};

struct qp_import {
    const struct qp_cli *cli;
    struct qp_map *map;
    struct qp_im_file *file;
    struct qp_areas full; /* the whole division list */
    uint32_t *node_of;    /* by index in full */
    const char *state;    /* NULL: one node */
    struct qp_im_node *nodes;
    size_t n, active;
    int epoll;
    bool clock_source, exercise, ended; /* ended: nothing more in the file */
    double speed;                       /* 0: as fast as it goes */
    int64_t began_us, first_at_us, patience_us, reread_us;
    size_t window, under_way;
    struct qp_im_record **heap; /* those that wait for their due_us */
    size_t heap_n, heap_cap;
    struct qp_im_sums sums;
    const char *rejected_path;
    char rejected_default[300];
    FILE *rejected;
};

/* ---- import_file.c ---- */
int qp_im_file_open(struct qp_import *im, const char *name, struct qp_err *e);
/* The next good record; *r NULL at the end. Bad rows are put aside. QP_EIO: the file cannot be read on. */
int qp_im_file_next(struct qp_import *im, struct qp_im_record **r, struct qp_err *e);
void qp_im_file_close(struct qp_import *im);
/* How much of the file was read, 0..1. */
double qp_im_file_part(const struct qp_import *im);
void qp_im_record_free(struct qp_im_record *r);
/* Writes a row's line and reason aside. */
void qp_im_reject(struct qp_import *im, long line, const char *ref, const char *reason);

/* ---- import_tree.c ---- */
int qp_im_tree_open(struct qp_import *im, struct qp_err *e);
/* Reads nodes.json again, at most once a second: addresses and tokens may have changed. */
void qp_im_tree_again(struct qp_import *im);
void qp_im_tree_close(struct qp_import *im);

/* ---- import_plan.c ---- */
/* Puts a record where its next line goes: a node's queue, or the heap while it is not due. */
void qp_im_plan(struct qp_import *im, struct qp_im_record *r);
/* Those that are due now go to their nodes. Returns when the next is, INT64_MAX when none. */
int64_t qp_im_due(struct qp_import *im, int64_t now_us);
/* One line's answer. */
void qp_im_answer(struct qp_import *im, struct qp_im_node *n, struct qp_im_record *r, const char *text,
                  size_t len);
/* The line did not get an answer: tried again, or given up. */
void qp_im_failed(struct qp_import *im, struct qp_im_record *r, int64_t pause_us, const char *why);
struct qp_im_node *qp_im_node_of(struct qp_import *im, const struct qp_im_record *r);

/* ---- import_pool.c ---- */
int qp_im_pool_open(struct qp_import *im, struct qp_err *e);
void qp_im_pool_close(struct qp_import *im);
/* Starts batches where something waits, then handles what comes until until_us at the latest. */
void qp_im_pool_run(struct qp_import *im, int64_t until_us);

/* ---- import_drain.c ---- */
/* Waits until nothing is on its way up any more; false: something was still waiting when the patience was
 * over. */
bool qp_im_drain(struct qp_import *im);

#endif
