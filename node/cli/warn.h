/* warn.h: a file of counts, for `qipan warn`.
 *
 *   FILE.csv ─► import_text.c: UTF-8, unpacked ─► warn_series.c: rows ─► struct qp_series ─► warn.c: methods, CSV */
#ifndef QP_NODE_CLI_WARN_H
#define QP_NODE_CLI_WARN_H

#include "node/cli/cli.h"
#include "node/insight/warning/method.h"

enum { QP_WARN_ROWS_MAX = 1000000, QP_WARN_COUNT_MAX = 1000000000 };

struct qp_warn_file {
    const struct qp_cli *c; /* whose language its sentences have */
    const char *name;
    struct qp_series series; /* y is `y` */
    uint32_t *y;
    size_t room;
    long first_i; /* of the first row: the column i, else 1 */
};

/* Columns `date` (YYYY-MM-DD, a day or a week apart) or `i` (whole numbers going up by 1), and `observed`;
 * others are not looked at. QP_ENOTFOUND, QP_EIO, QP_EINVAL (the sentence names file, line and remedy),
 * QP_ENOMEM. Free it in either case. */
int qp_warn_file_read(struct qp_warn_file *f, const struct qp_cli *c, const char *name, struct qp_err *e);
void qp_warn_file_free(struct qp_warn_file *f);

#endif
