/* grid_show.c: what `qipan grid check` tells a person. See grid.h. */
#include "node/cli/grid.h"

#include <stdio.h>

enum { SHOWN = 20 }; /* of each list; --json has all */

static void more(const struct qp_cli *c, size_t all)
{
    if (all > SHOWN)
        printf(QP_TR(c, "  … and %zu more (--json shows them)\n", "  …… 另有 %zu 处（--json 可见全部）\n"),
               all - SHOWN);
}

static void show_head(const struct qp_cli *c, const struct qp_grid_check *k)
{
    const char *crs = qp_crs_name(k->f.crs);
    printf(QP_TR(c, "%s: %zu of %zu features can be added, %.3f km²\n",
                 "%s：%zu / %zu 个要素可导入，共 %.3f km²\n"),
           k->name, k->f.n, k->f.features, k->s.covered_m2 / 1e6);
    if (k->f.crs == QP_CRS_CGCS2000)
        printf(QP_TR(c, "coordinates: %s, taken as WGS-84 (they differ by centimetres)\n",
                     "坐标系：%s，按 WGS-84 采用（相差厘米级）\n"),
               crs);
    else if (k->f.crs != QP_CRS_WGS84)
        printf(QP_TR(c, "coordinates: converted from %s to WGS-84\n", "坐标系：由 %s 转换为 WGS-84\n"), crs);
    if (k->outline.n > 0)
        printf(QP_TR(c, "outline: %.3f km²\n", "范围：%.3f km²\n"), k->s.outline_m2 / 1e6);
    for (size_t i = 0; i < k->n_nodes && i < SHOWN; i++)
        printf(QP_TR(c, "  %s  %zu grids  %.3f km²\n", "  %s  %zu 个网格  %.3f km²\n"), k->nodes[i].node,
               k->nodes[i].grids, k->nodes[i].m2 / 1e6);
    more(c, k->n_nodes);
}

static void show_errors(const struct qp_cli *c, const struct qp_geo_file *f)
{
    char text[QP_GEO_SENTENCE];
    printf(QP_TR(c, "errors: %zu\n", "错误：%zu\n"), f->all_faults);
    for (size_t i = 0; i < f->n_faults && i < SHOWN; i++) {
        qp_geo_fault_text(text, &f->faults[i], c->zh);
        printf("  %s\n", text);
    }
    more(c, f->all_faults);
}

static void show_place(const struct qp_cli *c, double m2, struct qp_geo_point at)
{
    printf(QP_TR(c, "  %.0f m² at %.7f, %.7f", "  %.0f m²，位于 %.7f，%.7f"), m2, qp_geo_degrees(at.lat7),
           qp_geo_degrees(at.lon7));
}

/* "g01 (suzhou/…/hanchizi)" */
static void show_grid(const struct qp_cli *c, const struct qp_geo_grid *g)
{
    printf(QP_TR(c, "%s (%s)", "%s（%s）"), g->code, g->node);
}

static void show_overlaps(const struct qp_cli *c, const struct qp_grid_check *k)
{
    printf(QP_TR(c, "overlaps: %zu\n", "重叠：%zu\n"), k->s.n_overlaps);
    for (size_t i = 0; i < k->s.n_overlaps && i < SHOWN; i++) {
        const struct qp_geo_overlap *o = &k->s.overlaps[i];
        show_place(c, o->m2, o->at);
        fputs(QP_TR(c, ": ", "："), stdout);
        show_grid(c, &k->f.grids[o->a]);
        fputs(QP_TR(c, " and ", " 与 "), stdout);
        show_grid(c, &k->f.grids[o->b]);
        putchar('\n');
    }
    more(c, k->s.n_overlaps);
}

static void show_gaps(const struct qp_cli *c, const struct qp_grid_check *k)
{
    printf(QP_TR(c, "gaps: %zu\n", "空隙：%zu\n"), k->s.n_gaps);
    for (size_t i = 0; i < k->s.n_gaps && i < SHOWN; i++) {
        const struct qp_geo_gap *g = &k->s.gaps[i];
        show_place(c, g->m2, g->at);
        if (g->n_beside)
            fputs(QP_TR(c, ", beside", "，相邻"), stdout);
        for (size_t b = 0; b < g->n_beside; b++)
            printf(" %s", k->f.grids[g->beside[b]].code);
        if (g->all_beside > g->n_beside)
            fputs(" …", stdout);
        putchar('\n');
    }
    more(c, k->s.n_gaps);
    if (k->outline.n == 0)
        puts(QP_TR(c, "  what is missing at the rim shows only beside an outline: --within OUTLINE.geojson",
                   "  边缘的缺口须与范围对照才能发现：--within 范围.geojson"));
}

static void show_outside(const struct qp_cli *c, const struct qp_grid_check *k)
{
    printf(QP_TR(c, "outside of the outline: %zu\n", "超出范围：%zu\n"), k->s.n_outside);
    for (size_t i = 0; i < k->s.n_outside && i < SHOWN; i++) {
        show_place(c, k->s.outside[i].m2, k->s.outside[i].at);
        fputs(QP_TR(c, ": ", "："), stdout);
        show_grid(c, &k->f.grids[k->s.outside[i].grid]);
        putchar('\n');
    }
    more(c, k->s.n_outside);
}

void qp_grid_show(const struct qp_cli *c, const struct qp_grid_check *k)
{
    show_head(c, k);
    show_errors(c, &k->f);
    show_overlaps(c, k);
    show_gaps(c, k);
    if (k->outline.n > 0)
        show_outside(c, k);
    if (k->f.n_ignored > 0) {
        fputs(QP_TR(c, "properties that are not kept:", "不予保存的属性："), stdout);
        for (size_t i = 0; i < k->f.n_ignored; i++)
            printf(" %s", k->f.ignored[i]);
        putchar('\n');
    }
}
