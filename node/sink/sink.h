/* sink.h: a copy of what a node's journal says of matters, in files or in a database (rules SK1 to SK6, RULES.md).
 *
 *   qp_sink_find ─► ops: open, mark (where it stands), claim ─► [a batch of the feed ─► qp_sink_take]... ─► ops: close
 *
 * One thread. A target that failed in the middle of a batch has kept nothing of it: open it again and ask its mark. */
#ifndef QP_NODE_SINK_SINK_H
#define QP_NODE_SINK_SINK_H

#include <jansson.h>

#include "crypto/crypto.h"
#include "proto/codec.h"

/* What a target holds of one node; position 0: nothing. */
struct qp_sink_mark {
    char county[64], path[QP_PATH_BYTES]; /* of the node that is read */
    char node[27];
    uint32_t incarnation;
    uint64_t position;
    char hash[2 * QP_HASH_LEN + 1];
};

/* One line of the feed; texts are the batch's. */
struct qp_sink_event {
    uint64_t position, index;
    const char *county, *node, *path, *id, *type, *at;
    const char *hash; /* of the event; "": a node of before does not say it */
    uint64_t incarnation, counter, custody, version;
    const json_t *matter; /* its row as it is now; NULL: not known yet */
};

struct qp_sink;
struct qp_sink_ops {
    const char *name; /* "files", "postgresql", "nats" */
    /* Whether this target is meant: by how it is written. */
    bool (*takes)(const char *target);
    /* To write: what is missing is made, and a torn end is cut off. To look: nothing is written, made or locked, also beside one who
     * writes. QP_EEXISTS: it holds something else. QP_EUNREACHABLE: tried again it may answer. */
    int (*open)(struct qp_sink **out, const char *target, bool write, struct qp_err *e);
    void (*close)(struct qp_sink *s);
    /* The mark of the node with this id ("": of the only one there is). QP_ENOTFOUND. */
    int (*mark)(struct qp_sink *s, const char *node, struct qp_sink_mark *m, struct qp_err *e);
    /* SK6. QP_EEXISTS: another process writes. */
    int (*claim)(struct qp_sink *s, const struct qp_sink_mark *m, struct qp_err *e);
    int (*empty)(struct qp_sink *s, const struct qp_sink_mark *m, struct qp_err *e);
    int (*begin)(struct qp_sink *s, struct qp_err *e);
    int (*put)(struct qp_sink *s, const struct qp_sink_event *ev, struct qp_err *e);
    int (*commit)(struct qp_sink *s, const struct qp_sink_mark *m,
                  struct qp_err *e); /* all of it or nothing */
    void (*abort)(struct qp_sink *s);
};
extern const struct qp_sink_ops qp_sink_files;
#ifdef QP_HAVE_POSTGRES
extern const struct qp_sink_ops qp_sink_postgres;
#endif
#ifdef QP_HAVE_NATS
extern const struct qp_sink_ops qp_sink_nats;
#endif
/* The one that takes this target. QP_EINVAL names those there are; QP_EPOLICY: PostgreSQL or NATS, and this build has
 * no library for it. */
int qp_sink_find(const struct qp_sink_ops **out, const char *target, struct qp_err *e);

/* An event as a target of lines keeps it; a mark as {"mark":…}, and read again. NULL: out of memory. */
json_t *qp_sink_line(const struct qp_sink_event *ev);
json_t *qp_sink_mark_line(const struct qp_sink_mark *m);
bool qp_sink_mark_read(struct qp_sink_mark *out, const char *line, size_t len);

/* What one answer of the feed brought. */
struct qp_sink_batch {
    uint64_t records, events, head; /* head: how far the node has come */
};
/* Takes an answer's lines into the target and moves the mark, all or nothing; *m is moved too. An empty one changes
 * nothing. QP_EGAP: lines are torn (ask again); QP_EEXISTS: a record is missing, or it is another node's or another
 * incarnation's than the mark (SK4); else what the target says. */
int qp_sink_take(const struct qp_sink_ops *ops, struct qp_sink *s, const char *lines, struct qp_sink_mark *m,
                 struct qp_sink_batch *b, struct qp_err *e);
/* The head line of an answer: whose feed it is. */
int qp_sink_head(const char *lines, struct qp_sink_mark *m, struct qp_err *e);

#endif
