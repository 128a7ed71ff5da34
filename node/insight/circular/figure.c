/* figure.c: the rows of figure.h as tables. */
#include "node/insight/circular/figure.h"

#include <string.h>

const struct qp_figure_row qp_figure_rows[QP_CIRCULAR_FIGURE_N] = {
#define X(NAME, name, kind, en, zh, above_en, above_zh, below_en, below_zh, from)                            \
    {#name, QP_FIGURE_##kind, en, zh, above_en, above_zh, below_en, below_zh, from},
    QP_CIRCULAR_FIGURES(X)
#undef X
};

const struct qp_by_row qp_by_rows[QP_CIRCULAR_BY_N] = {
#define X(NAME, name, en, zh) {#name, en, zh},
    QP_CIRCULAR_BYS(X)
#undef X
};

int qp_figure_parse(const char *name)
{
    for (int i = 0; i < QP_CIRCULAR_FIGURE_N; i++)
        if (strcmp(qp_figure_rows[i].name, name) == 0)
            return i;
    return -1;
}

int qp_circular_by_parse(const char *name)
{
    for (int i = 0; i < QP_CIRCULAR_BY_N; i++)
        if (strcmp(qp_by_rows[i].name, name) == 0)
            return i;
    return -1;
}
