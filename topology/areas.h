/* areas.h: reads a division list (CSV) into a tree.
 *
 * The file: a header row, then rows with the columns code, parent_code, level, name, and optionally label;
 * more columns are ignored, and named; RFC 4180 quoting; UTF-8, with or without a byte order mark; LF or CRLF. Exactly
 * one row, the root, names no parent or one that is not in the file. Rows may come in any order. A node's
 * label is the code lower-cased, unless the label column gives one. Every error names file and line:
 * `divisions.csv:17: parent_code 341399 is not in the file`. Linear in the rows: 1,487 rows in a few
 * milliseconds. */
#ifndef QP_TOPOLOGY_AREAS_H
#define QP_TOPOLOGY_AREAS_H

#include <stddef.h>

#include "crypto/error.h"
#include "topology/path.h"

enum {
    QP_TITLE_MAX = 128,
    QP_CODE_MAX = 32,
    QP_LEVEL_MAX = 32,
    QP_AREAS_MAX = 100000,
    QP_AREAS_UNREAD = 200
};

struct qp_area {
    char code[QP_CODE_MAX + 1];
    char level[QP_LEVEL_MAX + 1];
    char title[QP_TITLE_MAX + 1]; /* the name column, UTF-8 */
    char path[QP_PATH_MAX];
    int depth;   /* 1 = root */
    long parent; /* index, -1 for the root */
    long line;   /* in the file */
};

struct qp_areas {
    struct qp_area *v; /* parents before children, siblings in the order of the file; v[0] is the root */
    size_t n;
    char unread
        [QP_AREAS_UNREAD]; /* names of columns that nothing reads, as `short`, in the file's order; cut */
};

/* `source` is a file or a folder that holds `divisions.csv`. QP_ENOTFOUND, QP_EINVAL (with file:line),
 * QP_EBIG, QP_EIO, QP_ENOMEM. Freed by qp_areas_free, whatever was returned. */
int qp_areas_read(struct qp_areas *out, const char *source, struct qp_err *e);
/* The same from memory; `name` is what errors call the file. */
int qp_areas_parse(struct qp_areas *out, const char *text, size_t len, const char *name, struct qp_err *e);
/* Keeps `under` (a path, NULL = root) as the new root with its full paths, and at most `depth` levels of it
 * (0 = all). QP_ENOTFOUND: `under` is not among them; QP_EINVAL: no such depth; QP_ENOMEM. */
int qp_areas_cut(struct qp_areas *a, const char *under, int depth, struct qp_err *e);
/* Index of a path, -1 if absent. */
long qp_areas_find(const struct qp_areas *a, const char *path);
void qp_areas_free(struct qp_areas *a);

/* A CSV reader for whoever else needs one (import maps use it): streaming, RFC 4180. */
struct qp_csv;
typedef int (*qp_csv_read)(void *arg, char *buf, size_t cap); /* bytes, 0 at the end, -1 on error */
struct qp_csv *qp_csv_open(qp_csv_read read, void *arg, const char *name); /* NULL: out of memory */
/* Next row: *fields point into the reader and live until the next call. Returns 1, 0 at the end, or -1: see e, which
 * names line and reason. QP_EINVAL: a bad row, and the next call goes on with the following one; QP_EIO: `read` failed,
 * and the next call says the end. Bounds: 256 fields, 64 KiB a row. */
int qp_csv_next(struct qp_csv *c, char ***fields, size_t *n, long *line, struct qp_err *e);
/* Before the first row: what stands between fields, instead of a comma. */
void qp_csv_separate_by(struct qp_csv *c, char separator);
/* The row just given, or refused, as it stands in the file; until the next call. */
const char *qp_csv_raw(const struct qp_csv *c, size_t *len);
void qp_csv_close(struct qp_csv *c);

#endif
