/* grid_rows.h: a community's spreadsheet of grids, units and workers (CSV) as rows of `grids:import`.
 *
 *   code,title,node,worker,deputies,volunteers,unit,kind,place,office      (or 编码,名称,节点,网格员,协理员,志愿者,单位,类型,位置,责任人职务)
 *
 * Only `code` is needed; columns may come in any order, others are told and left out. Lines of the same node and code are
 * one grid: each adds its unit, its deputies and volunteers (several in one cell with ; , 、 between them); title, node and
 * worker are said once, or alike. A line that is wrong is told and left out; the rest goes on. */
#ifndef QP_NODE_CLI_GRID_ROWS_H
#define QP_NODE_CLI_GRID_ROWS_H

#include "node/cli/grid.h"

struct qp_grid_rows {
    json_t *rows; /* array of objects */
    long *line;   /* of each: where it began in the file */
    size_t n;
    json_t *errors; /* array of {line, error, message} */
};
/* QP_EINVAL: no table of grids at all. Freed by qp_grid_rows_free, whatever was returned. */
int qp_grid_rows_read(struct qp_grid_rows *out, const char *text, size_t len, const char *name, bool zh,
                      struct qp_err *e);
void qp_grid_rows_free(struct qp_grid_rows *r);

#endif
