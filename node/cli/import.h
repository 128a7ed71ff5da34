/* import.h: what the files of `qipan import` share: records of others on their way into a tree, by its public
 * API.
 *
 *   FILE ─► import_text.c: UTF-8 ─► import_file.c: rows, records ─► import_lines.c: their lines of JSON
 *                                                                        │
 *   import_known.c: is it there already? ── yes, and otherwise ─► import_update.c: what changes it
 *        │ no                                                            │
 *        └─────────► import_plan.c: which node, which line next ◄────────┘
 *                     ▲                              │
 *                     └── answer ◄── import_pool.c ◄─┘ many nodes at once, a batch for each
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
    QP_IM_STAGES = QP_MAP_STEPS + 8, /* open, sort, accept, steps; and what an update needs before them */
    QP_IM_KEY = 16,                  /* bytes of an identity's hash */
    QP_IM_TOLD = 20,                 /* changes and rejections that are told one by one */
};

/* One line to a node. */
struct qp_im_line {
    uint32_t node; /* index of nodes */
    const char *step;
    bool arrives;  /* an offer may still be on its way: the node that does not know it yet is asked again */
    int64_t at_us; /* wall time in the file: for --speed, and to find it in a history */
    char *json;    /* the open line whole; a step's members after its id */
};

/* What a record's matter is to be in the end: what an earlier import of it is compared with. */
struct qp_im_want {
    int64_t opened_us, closed_us, deadline_us; /* 0 = none */
    const char *state;                         /* "going" is open, sorted or assigned */
    char *title, *source, *category, *desk, *urgency, *result;
};

/* Where a record's matter is known from; one a record of this run, and one a matter that was there before. */
struct qp_im_known {
    uint8_t key[QP_IM_KEY];   /* of its identity */
    uint8_t facts[QP_IM_KEY]; /* of all that can be compared; zeros: not known */
    char id[32];
    uint32_t holder;           /* index of nodes, where it is best asked for */
    uint8_t version;           /* counts comparisons */
    struct qp_im_record *busy; /* the record that is under way for it */
};

struct qp_im_record {
    struct qp_im_record *next;
    struct qp_im_record *follower; /* another row of the same identity: after this one */
    struct qp_im_known *known;     /* may be NULL: none with it is looked for */
    long line;
    uint32_t entry, target; /* indexes of nodes: where it is opened, who holds it in the end */
    uint8_t stage, stages;
    bool compare;    /* it is there already: to be compared before anything is sent */
    bool changes;    /* it was compared, and its lines change it */
    bool fresh;      /* opened by this run, all its lines sent: it is as it says */
    uint8_t version; /* of its keys: matters are compared more than once in a run */
    char id[32];
    int64_t due_us;    /* monotonic: not to be sent before */
    int64_t failed_us; /* since when this stage fails; 0: it does not */
    char *ref;
    char *row;  /* as it stands in the file, for the file of rejected rows */
    char *into; /* the source_ref that it is merged into */
    struct qp_im_want want;
    struct qp_im_line lines[QP_IM_STAGES];
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
    uint64_t changed, unchanged, kept; /* records that were there before */
    uint64_t skipped, shortened, no_position, raised, no_area, told;
    struct {
        const char *why;
        uint64_t n;
    } skips[8];
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
    bool check;                         /* the map is tried on the file, nothing is sent */
    struct qp_im_known **known;         /* open addressing by key; import_known.c */
    size_t known_n, known_cap;
    double speed; /* 0: as fast as it goes */
    int64_t began_us, first_at_us, patience_us, reread_us;
    size_t window, under_way;
    struct qp_im_record **heap; /* those that wait for their due_us */
    size_t heap_n, heap_cap;
    struct qp_im_sums sums;
    const char *rejected_path;
    char rejected_default[300];
    FILE *rejected;
};

/* ---- import_text.c ---- */
struct qp_im_text;
/* A file (or "-"), plain or gzip, as UTF-8. encoding NULL: found out. QP_ENOTFOUND, QP_EIO, QP_EINVAL (no
 * such encoding). Close *out whatever was returned. */
int qp_im_text_open(struct qp_im_text **out, const char *name, const char *encoding, struct qp_err *e);
int qp_im_text_read(void *text, char *buf, size_t cap); /* a qp_csv_read */
/* After a -1: why, when its encoding is one that cannot be converted here; 0: it is damaged. */
int qp_im_text_why(const struct qp_im_text *t, struct qp_err *e);
const char *qp_im_text_encoding(const struct qp_im_text *t);
/* What stands most often in the first line, outside quotes, of those that separate fields. */
char qp_im_text_separator(struct qp_im_text *t);
double qp_im_text_part(const struct qp_im_text *t); /* how much of the file was read, 0..1 */
void qp_im_text_close(struct qp_im_text *t);

/* ---- import_file.c ---- */
int qp_im_file_open(struct qp_import *im, const char *name, struct qp_err *e);
/* The next good record; *r NULL at the end. Bad rows are put aside. QP_EIO: the file cannot be read on. */
int qp_im_file_next(struct qp_import *im, struct qp_im_record **r, struct qp_err *e);
void qp_im_file_close(struct qp_import *im);
const char *qp_im_file_encoding(const struct qp_import *im);
char qp_im_file_separator(const struct qp_import *im);
/* How much of the file was read, 0..1. */
double qp_im_file_part(const struct qp_import *im);
/* Writes a row aside, whole, with its line and the reason before its own columns. */
void qp_im_reject(struct qp_import *im, long line, const char *row, const char *reason);

/* ---- import_lines.c ---- */
/* All lines of a record. QP_EINVAL: its steps cannot follow each other; QP_ENOMEM. */
int qp_im_lines(struct qp_import *im, const struct qp_map_record *m, struct qp_im_record *r,
                struct qp_err *e);
struct qp_im_line *qp_im_line_add(struct qp_im_record *r, uint32_t node, const char *step, int64_t at_us);
/* Gives a line its text, with key, step and time before o's members; takes o. False: no memory. */
bool qp_im_line_set(const struct qp_import *im, struct qp_im_line *l, const char *key, json_t *o);
void qp_im_lines_free(struct qp_im_record *r, size_t from);
void qp_im_record_free(struct qp_im_record *r);

/* ---- import_known.c ---- */
/* Reads what the top knows already. Before the first record. */
int qp_im_known_read(struct qp_import *im, struct qp_err *e);
/* Finds the record's matter by its identity, or notes it as new. */
enum qp_im_taken {
    QP_IM_SEND,   /* its lines are to be sent, or it is to be compared first */
    QP_IM_WAITS,  /* behind another row of the same identity; it is kept there */
    QP_IM_JUST_SO /* its matter is as it says: nothing to do */
};
enum qp_im_taken qp_im_known_take(struct qp_import *im, struct qp_im_record *r);
const struct qp_im_known *qp_im_known_ref(const struct qp_import *im, const char *source, const char *ref);
/* The record is through: the next row of the same identity, NULL when there is none. */
struct qp_im_record *qp_im_known_done(const struct qp_import *im, struct qp_im_record *r, bool good);
void qp_im_known_close(struct qp_import *im);
/* A hash of what a list's item, or a record, says of a matter. */
void qp_im_facts_of(uint8_t out[QP_IM_KEY], const struct qp_import *im, const json_t *item);
void qp_im_facts_wanted(uint8_t out[QP_IM_KEY], const struct qp_import *im, const struct qp_im_record *r);
/* The index of a path's node; nodes' number when it is none. */
uint32_t qp_im_node_at(const struct qp_import *im, const char *path);

/* ---- import_update.c ---- */
/* Compares a record with its matter as it is, and gives it the lines that change it; none when there is
 * nothing to change. QP_EUNREACHABLE and others: to be tried again. */
int qp_im_compare(struct qp_import *im, struct qp_im_record *r, struct qp_err *e);
/* The same with the matter at hand (as GET /api/v1/matters/{id} says it). */
bool qp_im_compare_with(struct qp_import *im, struct qp_im_record *r, const json_t *matter);

/* ---- import_tree.c ---- */
int qp_im_tree_open(struct qp_import *im, struct qp_err *e);
/* Without a tree: the map's areas stand for the nodes. For --check. */
int qp_im_tree_none(struct qp_import *im, struct qp_err *e);
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
/* The record is through, or was put aside. */
void qp_im_finish(struct qp_import *im, struct qp_im_record *r, bool good);
/* A sentence about a record, the first few of all. */
void qp_im_tell(struct qp_import *im, const struct qp_im_record *r, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* ---- import_pool.c ---- */
int qp_im_pool_open(struct qp_import *im, struct qp_err *e);
void qp_im_pool_close(struct qp_import *im);
/* Starts batches where something waits, then handles what comes until until_us at the latest. */
void qp_im_pool_run(struct qp_import *im, int64_t until_us);

/* ---- import_sum.c ---- */
void qp_im_summary(const struct qp_import *im, double seconds);
/* --check: the whole file by the map, nothing sent. */
int qp_im_check(struct qp_import *im, struct qp_err *e);

/* ---- import_drain.c ---- */
/* Waits until nothing is on its way up any more; false: something was still waiting when the patience was
 * over. */
bool qp_im_drain(struct qp_import *im);

#endif
