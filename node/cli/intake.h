/* intake.h: what other platforms report, brought into a node through its own doors (rules IN1 to IN6, RULES.md).
 *
 *   a source's ops: round ─► items, JSON objects as POST /api/v1/matters takes them ─► qp_intake_send ─► a verdict each
 *
 * A source is a table of functions: a folder (intake_folder.c) or an Open311 server (intake_open311.c). One thread. A platform that pushes
 * calls the node itself: POST /api/v1/matters or /open311 (IN4). */
#ifndef QP_NODE_CLI_INTAKE_H
#define QP_NODE_CLI_INTAKE_H

#include "node/cli/client.h"

enum { QP_INTAKE_BATCH = 200, QP_INTAKE_REASON = 300 };

struct qp_intake;
struct qp_intake_ops {
    const char *name;
    bool (*takes)(const char *target);
    int (*open)(struct qp_intake *in, struct qp_err *e);
    /* Brings what there is now; *any: there was something. What passes by itself (the node or the source does not answer,
     * is full, is busy) is QP_EUNREACHABLE: nothing of it was marked as done, and the next round asks again. */
    int (*round)(struct qp_intake *in, bool *any, struct qp_err *e);
    void (*close)(struct qp_intake *in);
};
extern const struct qp_intake_ops qp_intake_folder, qp_intake_open311;

struct qp_intake {
    struct qp_cli *c;
    struct qp_client node;
    const struct qp_intake_ops *ops;
    const char *target;
    const char *source; /* --source: under which name its numbers are kept; required but for files of CSV */
    const char *map;    /* --map */
    const char *state;  /* --state: the folder for marks */
    void *own;          /* of the source */
    uint64_t taken, again, rejected, retry_s;
    bool behind; /* what the folder was told last may be over */
};

/* What became of an item. */
struct qp_intake_verdict {
    char id[27]; /* "" when rejected */
    bool created;
    char reason[QP_INTAKE_REASON];
};
/* Sends up to QP_INTAKE_BATCH items, each with its source_ref (IN1: without one it is rejected here), and says of each what
 * became of it. QP_EUNREACHABLE with the sentence: the node does not answer, has no room, is busy, or stops: send all of
 * them again. */
int qp_intake_send(struct qp_intake *in, json_t *const *items, size_t n, struct qp_intake_verdict *v,
                   struct qp_err *e);
/* With nothing to send: does the node answer? QP_EUNREACHABLE: no, or it does not serve now. */
int qp_intake_ask(struct qp_intake *in, struct qp_err *e);
/* Renames the fields of a foreign object by --field ours=theirs, makes lat and lon a location, sets the source, and takes
 * out what the API does not have: their names, with commas, into left (IN4). */
json_t *qp_intake_item(struct qp_intake *in, const json_t *foreign, char *left, size_t cap);
/* A position's degrees, as a number or as a text. */
bool qp_intake_degrees(const json_t *v, double *out);
/* A request of an Open311 server as such an object; and its number as JSON, malloc'd, by which a sweep knows it. Of one without a
 * number (none, null, "") that is the whole request: never for a log. */
json_t *qp_intake_request(const char *source, const json_t *request);
bool qp_intake_numbered(const json_t *request);
char *qp_intake_number(const json_t *request);
/* Brings a CSV file in by in->map; what cannot be goes to the file `rejected`. QP_EIO: it could not be started. */
struct qp_intake_imported {
    int status; /* an exit status */
    uint64_t taken, known, rejected;
};
int qp_intake_import(struct qp_intake *in, const char *from, const char *rejected,
                     struct qp_intake_imported *got, struct qp_err *e);
/* Whether a folder's name leaves room for the names in it. QP_EINVAL. */
int qp_intake_short(const char *folder, size_t most, struct qp_err *e);
/* Writes a file whole, by renaming. QP_EIO. */
int qp_intake_write(const char *name, const char *text, size_t len, struct qp_err *e);
/* One more line of a file that is kept, on the disk when it returns. QP_EIO. */
int qp_intake_append(const char *name, const char *line, struct qp_err *e);

#endif
