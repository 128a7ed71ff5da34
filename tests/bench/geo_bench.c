/* geo_bench.c: what it costs to know in which grid a point lies: making the index, keeping it, asking it; reading the
 * grids' file; comparing them with each other.
 *
 *   bench_geo [GRIDS [BENDS]]     a lattice of about so many grids (20000), each side a line of BENDS pieces (8) */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/unit/geo/rig.h"
#include "topology/geo/index.h"
#include "topology/geo/siblings.h"

enum { ASKED = 200000 };

static double now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static double rss_mb(void)
{
    long pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (!f || fscanf(f, "%*d %ld", &pages) != 1)
        pages = 0;
    if (f)
        fclose(f);
    return (double)pages * 4096 / 1e6;
}

static int ascending(const void *a, const void *b)
{
    const float *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void ask(const struct qp_geo_index *x, int32_t side, int far)
{
    static float took[ASKED];
    struct qp_geo_seeker *s;
    const struct qp_geo_grid *got;
    uint64_t seed = 1;
    size_t found = 0;
    if (qp_geo_seeker_open(&s, NULL))
        exit(1);
    double begin = now_us(), before = begin;
    for (size_t i = 0; i < ASKED; i++) {
        struct qp_geo_point p = {336000000 + (int32_t)rig_between(&seed, -far * side, side),
                                 1169000000 + (int32_t)rig_between(&seed, -far * side, side)};
        if (qp_geo_locate(&got, s, x, p, NULL))
            exit(1);
        found += !!got;
        double after = now_us();
        took[i] = (float)(after - before);
        before = after;
    }
    qsort(took, ASKED, sizeof *took, ascending);
    printf("locate, %3.0f %% of points in a grid   mean %6.3f us   p50 %6.3f us   p99 %6.3f us\n",
           100.0 * (double)found / ASKED, (before - begin) / ASKED, (double)took[ASKED / 2],
           (double)took[ASKED * 99 / 100]);
    qp_geo_seeker_close(s);
}

static void read_file(const struct rig_grids *g)
{
    char *text = rig_geojson(g);
    struct qp_geo_file f;
    struct qp_geo_how how = {QP_CRS_GCJ02, false};
    double begin = now_us();
    if (qp_geo_read(&f, text, strlen(text), &how, NULL) || f.n != g->n)
        exit(1);
    printf("GeoJSON of %.1f MB read from GCJ-02 and found sound in %.2f s\n", (double)strlen(text) / 1e6,
           (now_us() - begin) / 1e6);
    qp_geo_file_free(&f);
    free(text);
}

static void compare(const struct rig_grids *g)
{
    struct qp_geo_siblings s;
    double begin = now_us();
    if (qp_geo_siblings_find(&s, g->v, g->n, NULL, 0, NULL))
        exit(1);
    printf("siblings: %zu overlaps, %zu gaps in %.0f km2, found in %.2f s\n", s.n_overlaps, s.n_gaps,
           s.covered_m2 / 1e6, (now_us() - begin) / 1e6);
    qp_geo_siblings_free(&s);
}

int main(int argc, char **argv)
{
    int grids = argc > 1 ? atoi(argv[1]) : 20000, bends = argc > 2 ? atoi(argv[2]) : 8;
    int columns = (int)sqrt(grids > 0 ? grids : 1);
    struct rig_grids g;
    struct qp_geo_index *x;
    rig_lattice(&g, (struct qp_geo_point){336000000, 1169000000}, 20000, columns, grids / columns,
                bends < 1 ? 1 : bends, 15, 1);
    double rss = rss_mb(), begin = now_us();
    if (qp_geo_index_make(&x, g.v, g.n, NULL))
        return 1;
    printf("index of %zu grids of %zu corners      made in %.2f s, %.0f MB\n", g.n, g.v[0].shape.n_points - 1,
           (now_us() - begin) / 1e6, rss_mb() - rss);
    ask(x, columns * 20000, 0);
    ask(x, columns * 20000, 1);
    qp_geo_index_free(x);
    read_file(&g);
    compare(&g);
    rig_grids_free(&g);
    return 0;
}
