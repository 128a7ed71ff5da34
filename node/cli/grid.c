/* grid.c: `qipan grid check FILE` says what an import of grids would say, `qipan grid locate FILE` which grid a position
 * is in: both from a GeoJSON file alone, without a node.
 *
 *   FILE ─► read (topology/geo/geojson.h) ─► faults, grids ─► siblings (with --within: against an outline) ─► told
 *
 * What is told for people is in grid_show.c. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/crypto.h"
#include "node/cli/grid.h"
#include "topology/shown.h"

/* ---- reading ---- */

static int read_bytes(const char *name, void **bytes, size_t *len, struct qp_err *e)
{
    if (strcmp(name, "-") != 0)
        return qp_file_read(name, QP_GEO_FILE_BYTES, bytes, len, e);
    *bytes = qp_read_stdin(QP_GEO_FILE_BYTES, len);
    return *bytes ? 0
                  : qp_fail(e, QP_EBIG, "standard input could not be read, or is larger than %d MiB",
                            QP_GEO_FILE_BYTES / 1024 / 1024);
}

/* The option's coordinate system; QP_CRS_UNKNOWN when it is not given. False: complained. */
static bool crs_option(const struct qp_cli *c, const char *option, enum qp_crs *crs)
{
    const char *name = qp_opt(c, option);
    *crs = qp_crs_of(name);
    if (!name || *crs != QP_CRS_UNKNOWN)
        return true;
    qp_complain(c, 0, QP_TR(c, "--%s: \"%.*s\" is not " QP_CRS_NAMES, "--%s：“%.*s”不是 " QP_CRS_NAMES_ZH),
                option, qp_shown(name, 40), name);
    return false;
}

static int read_grids(const struct qp_cli *c, struct qp_geo_file *f, const char *name,
                      const struct qp_geo_how *how)
{
    struct qp_err e = {0};
    void *bytes = NULL;
    size_t len = 0;
    int rc = read_bytes(name, &bytes, &len, &e);
    if (!rc)
        rc = qp_geo_read(f, bytes, len, how, &e);
    free(bytes);
    return !rc ? QP_EXIT_OK : qp_complain_err(c, &e);
}

/* An outline that is not whole would make false gaps: it is refused. */
static int read_outline(const struct qp_cli *c, struct qp_geo_file *f, enum qp_crs crs)
{
    const char *name = qp_opt(c, "within");
    struct qp_geo_how how = {crs, true};
    char text[QP_GEO_SENTENCE];
    if (!name)
        return QP_EXIT_OK;
    int rc = read_grids(c, f, name, &how);
    for (size_t i = 0; rc == QP_EXIT_OK && i < f->n_faults; i++) {
        qp_geo_fault_text(text, &f->faults[i], c->zh);
        qp_complain(c, 0, "%s: %s", name, text);
    }
    if (rc == QP_EXIT_OK && f->all_faults > 0)
        return QP_EXIT_CONFLICT;
    if (rc == QP_EXIT_OK && f->n == 0)
        return qp_complain(c, QP_EXIT_CONFLICT, QP_TR(c, "%s has no boundary", "%s 中没有边界"), name);
    return rc;
}

/* ---- check ---- */

static json_t *at_json(double m2, struct qp_geo_point at)
{
    return json_pack("{s:f,s:f,s:f}", "m2", round(m2 * 10) / 10, "lat", qp_geo_degrees(at.lat7), "lon",
                     qp_geo_degrees(at.lon7));
}

static json_t *grid_json(const struct qp_geo_grid *g)
{
    return json_pack("{s:s,s:s,s:s}", "code", g->code, "title", g->title, "node", g->node);
}

static json_t *faults_json(const struct qp_geo_file *f, bool zh)
{
    json_t *list = json_array();
    char text[QP_GEO_SENTENCE];
    for (size_t i = 0; i < f->n_faults; i++) {
        const struct qp_geo_fault *v = &f->faults[i];
        qp_geo_fault_text(text, v, zh);
        json_t *o = json_pack("{s:s,s:s,s:I}", "error", qp_geo_fault_name(v->kind), "message", text,
                              "feature", (json_int_t)v->feature);
        if (v->code[0])
            json_object_set_new(o, "code", json_string(v->code));
        const struct {
            const char *name;
            size_t n;
        } places[] = {{"polygon", v->polygon}, {"ring", v->ring}, {"vertex", v->vertex}};
        for (size_t k = 0; k < 3; k++)
            if (places[k].n)
                json_object_set_new(o, places[k].name, json_integer((json_int_t)places[k].n));
        json_array_append_new(list, o);
    }
    return list;
}

static json_t *overlaps_json(const struct qp_grid_check *k)
{
    json_t *list = json_array();
    for (size_t i = 0; i < k->s.n_overlaps; i++) {
        const struct qp_geo_overlap *v = &k->s.overlaps[i];
        json_t *o = at_json(v->m2, v->at);
        json_object_set_new(o, "grids",
                            json_pack("[o,o]", grid_json(&k->f.grids[v->a]), grid_json(&k->f.grids[v->b])));
        json_array_append_new(list, o);
    }
    return list;
}

static json_t *gaps_json(const struct qp_grid_check *k)
{
    json_t *list = json_array();
    for (size_t i = 0; i < k->s.n_gaps; i++) {
        const struct qp_geo_gap *v = &k->s.gaps[i];
        json_t *o = at_json(v->m2, v->at), *beside = json_array();
        for (size_t b = 0; b < v->n_beside; b++)
            json_array_append_new(beside, grid_json(&k->f.grids[v->beside[b]]));
        json_object_set_new(o, "beside", beside);
        json_array_append_new(list, o);
    }
    return list;
}

static json_t *outside_json(const struct qp_grid_check *k)
{
    json_t *list = json_array();
    for (size_t i = 0; i < k->s.n_outside; i++) {
        json_t *o = at_json(k->s.outside[i].m2, k->s.outside[i].at);
        json_object_set_new(o, "grid", grid_json(&k->f.grids[k->s.outside[i].grid]));
        json_array_append_new(list, o);
    }
    return list;
}

static void print_check(const struct qp_cli *c, const struct qp_grid_check *k)
{
    json_t *o = json_pack("{s:s,s:s,s:I,s:I}", "file", k->name, "crs", qp_crs_name(k->f.crs), "features",
                          (json_int_t)k->f.features, "added", (json_int_t)k->f.n);
    json_t *ignored = json_array(), *nodes = json_array();
    for (size_t i = 0; i < k->f.n_ignored; i++)
        json_array_append_new(ignored, json_string(k->f.ignored[i]));
    for (size_t i = 0; i < k->n_nodes; i++)
        json_array_append_new(nodes,
                              json_pack("{s:s,s:I,s:f}", "node", k->nodes[i].node, "grids",
                                        (json_int_t)k->nodes[i].grids, "area_km2", k->nodes[i].m2 / 1e6));
    json_object_set_new(o, "errors", faults_json(&k->f, c->zh));
    json_object_set_new(o, "errors_total", json_integer((json_int_t)k->f.all_faults));
    json_object_set_new(o, "overlaps", overlaps_json(k));
    json_object_set_new(o, "gaps", gaps_json(k));
    json_object_set_new(o, "ignored", ignored);
    json_object_set_new(o, "nodes", nodes);
    json_object_set_new(o, "area_km2", json_real(k->s.covered_m2 / 1e6));
    if (k->outline.n > 0) {
        json_object_set_new(o, "outside", outside_json(k));
        json_object_set_new(o, "outline_km2", json_real(k->s.outline_m2 / 1e6));
    }
    qp_print_json(o);
}

static int by_node(const void *a, const void *b)
{
    const struct qp_grid_node *x = a, *y = b;
    return strcmp(x->node, y->node);
}

/* Grids and ground of each node, in the order of their paths. */
static bool count_nodes(struct qp_grid_check *k)
{
    k->nodes = calloc(k->f.n ? k->f.n : 1, sizeof *k->nodes);
    if (!k->nodes)
        return false;
    for (size_t i = 0; i < k->f.n; i++)
        k->nodes[i] = (struct qp_grid_node){k->f.grids[i].node, 1, qp_geo_area_m2(&k->f.grids[i].shape)};
    qsort(k->nodes, k->f.n, sizeof *k->nodes, by_node);
    for (size_t i = 0; i < k->f.n; i++) {
        struct qp_grid_node *last = k->n_nodes ? &k->nodes[k->n_nodes - 1] : NULL;
        if (!last || strcmp(last->node, k->nodes[i].node) != 0) {
            k->nodes[k->n_nodes++] = k->nodes[i];
            continue;
        }
        last->grids++;
        last->m2 += k->nodes[i].m2;
    }
    return true;
}

static int check(const struct qp_cli *c, struct qp_grid_check *k)
{
    struct qp_err e = {0};
    enum qp_crs crs;
    if (!crs_option(c, "crs", &crs))
        return QP_EXIT_USAGE;
    struct qp_geo_how how = {crs, false};
    int rc = read_grids(c, &k->f, k->name, &how);
    if (rc == QP_EXIT_OK)
        rc = read_outline(c, &k->outline, crs);
    if (rc != QP_EXIT_OK)
        return rc;
    if (qp_geo_siblings_find(&k->s, k->f.grids, k->f.n, k->outline.grids, k->outline.n, &e))
        return qp_complain_err(c, &e);
    if (!count_nodes(k))
        return qp_complain(c, QP_EXIT_FAILED, QP_TR(c, "no memory", "内存不足"));
    if (c->json)
        print_check(c, k);
    else if (!c->quiet)
        qp_grid_show(c, k);
    if (k->f.features == 0 && k->f.all_faults == 0)
        return qp_complain(
            c, QP_EXIT_CONFLICT,
            QP_TR(c, "%s has no feature: export the grids into it", "%s 中没有要素：请把网格导出到其中"),
            k->name);
    return k->f.all_faults > 0 || k->f.n == 0 ? QP_EXIT_CONFLICT : QP_EXIT_OK;
}

static int run_check(const struct qp_cli *c)
{
    struct qp_grid_check k = {.name = c->args[1]};
    int rc = check(c, &k);
    qp_geo_siblings_free(&k.s);
    qp_geo_file_free(&k.f);
    qp_geo_file_free(&k.outline);
    free(k.nodes);
    return rc;
}

/* ---- locate ---- */

static bool degrees(const struct qp_cli *c, const char *option, double *out)
{
    const char *text = qp_opt(c, option);
    char *end = NULL;
    *out = text ? strtod(text, &end) : NAN;
    if (text && end != text && *end == 0 && isfinite(*out))
        return true;
    qp_complain(c, 0, QP_TR(c, "--%s wants a number of degrees, as %s", "--%s 须为十进制度数，如 %s"), option,
                strcmp(option, "lat") == 0 ? "33.6461" : "116.9641");
    return false;
}

static int found(const struct qp_cli *c, const struct qp_geo_grid *g)
{
    double km2 = qp_geo_area_m2(&g->shape) / 1e6;
    if (c->json) {
        json_t *o = grid_json(g);
        json_object_set_new(o, "area_km2", json_real(km2));
        qp_print_json(o);
    } else if (!c->quiet) {
        printf("%s  %s  %s  %.3f km²\n", g->code, g->title, g->node, km2);
    }
    return QP_EXIT_OK;
}

enum { NEAREST_M = 20000 };

static int in_none(const struct qp_cli *c, size_t n, const struct qp_geo_grid *near, double metres)
{
    if (c->json) {
        json_t *o = near ? grid_json(near) : json_null();
        if (near)
            json_object_set_new(o, "distance_m", json_real(round(metres * 10) / 10));
        qp_print_json(json_pack("{s:n,s:o}", "code", "nearest", o));
    }
    if (near)
        return qp_complain(c, QP_EXIT_NOT_FOUND,
                           QP_TR(c, "in none of %zu grids; the nearest is %s %s of %s, %.0f m away",
                                 "不在这 %zu 个网格中；最近的是 %s %s（%s），相距 %.0f 米"),
                           n, near->code, near->title, near->node, metres);
    if (n == 0)
        return qp_complain(c, QP_EXIT_NOT_FOUND,
                           QP_TR(c, "the file has no sound grid", "文件中没有可用的网格"));
    return qp_complain(c, QP_EXIT_NOT_FOUND,
                       QP_TR(c,
                             "in none of %zu grids, and none is within %d km: is it longitude and latitude?",
                             "不在这 %zu 个网格中，%d 公里内也没有网格：请核对经纬度是否写反"),
                       n, NEAREST_M / 1000);
}

static int locate(const struct qp_cli *c, const struct qp_geo_file *f, struct qp_geo_point p)
{
    struct qp_geo_index *x = NULL;
    struct qp_geo_seeker *s = NULL;
    const struct qp_geo_grid *g = NULL, *near = NULL;
    struct qp_err e = {0};
    double metres = 0;
    int rc = qp_geo_index_make(&x, f->grids, f->n, &e);
    if (!rc)
        rc = qp_geo_seeker_open(&s, &e);
    if (!rc)
        rc = qp_geo_locate(&g, s, x, p, &e);
    if (!rc && !g)
        rc = qp_geo_nearest(&near, &metres, s, x, p, NEAREST_M, &e);
    rc = rc ? qp_complain_err(c, &e) : g ? found(c, g) : in_none(c, f->n, near, metres);
    qp_geo_seeker_close(s);
    qp_geo_index_free(x);
    return rc;
}

static int run_locate(const struct qp_cli *c)
{
    struct qp_geo_how how = {QP_CRS_UNKNOWN, false};
    struct qp_geo_file f = {0};
    struct qp_geo_point p;
    enum qp_crs crs;
    double lat, lon;
    if (!crs_option(c, "crs", &crs) || !crs_option(c, "file-crs", &how.crs) || !degrees(c, "lat", &lat) ||
        !degrees(c, "lon", &lon))
        return QP_EXIT_USAGE;
    if (!qp_geo_point_of(&p, crs == QP_CRS_UNKNOWN ? QP_CRS_WGS84 : crs, lat, lon))
        return qp_complain(c, QP_EXIT_USAGE,
                           QP_TR(c,
                                 "%g, %g is no position: latitude from -90 to 90, longitude from -180 to 180",
                                 "%g，%g 不是有效位置：纬度 -90 至 90，经度 -180 至 180"),
                           lat, lon);
    int rc = read_grids(c, &f, c->args[1], &how);
    if (rc == QP_EXIT_OK && f.all_faults > 0)
        qp_complain(c, 0,
                    QP_TR(c, "%zu faults in %s: those grids are not looked at; `qipan grid check` tells them",
                          "%2$s 中有 %1$zu 处错误：有错的网格不参与查找；`qipan grid check` 会逐一说明"),
                    f.all_faults, c->args[1]);
    if (rc == QP_EXIT_OK)
        rc = locate(c, &f, p);
    qp_geo_file_free(&f);
    return rc;
}

/* Without a file a node is asked. */
static int locate_at_node(const struct qp_cli *c)
{
    double lat, lon;
    return degrees(c, "lat", &lat) && degrees(c, "lon", &lon) ? qp_grid_locate_at_node(c, lat, lon)
                                                              : QP_EXIT_USAGE;
}

/* An option of the other one would be given in vain. */
static bool all_are_of(const struct qp_cli *c, const char *what, const char *const *others)
{
    for (; *others; others++)
        if (qp_opt(c, *others)) {
            qp_complain(c, 0, QP_TR(c, "grid %s knows no --%s: leave it out", "grid %s 没有 --%s：请去掉"),
                        what, *others);
            return false;
        }
    return true;
}

bool qp_grid_is_own(const char *word)
{
    static const char *const words[] = {"add", "list", "show", "set", "end"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(word, words[i]) == 0)
            return false;
    return true;
}

int qp_verb_grid(struct qp_cli *c)
{
    static const char *const of_check[] = {"within", "accounts", NULL};
    static const char *const of_locate[] = {"file-crs", "lat", "lon", NULL};
    const char *what = c->args[0];
    bool file = c->nargs == 2;
    if (strcmp(what, "check") == 0 && file)
        return all_are_of(c, what, of_locate) ? run_check(c) : QP_EXIT_USAGE;
    if (strcmp(what, "locate") == 0)
        return !all_are_of(c, what, of_check) ? QP_EXIT_USAGE : file ? run_locate(c) : locate_at_node(c);
    if (strcmp(what, "import") == 0 && file)
        return qp_grid_import(c);
    if (strcmp(what, "coverage") == 0 && !file)
        return qp_grid_coverage(c);
    return qp_complain(
        c, QP_EXIT_USAGE,
        QP_TR(c,
              "grid \"%.*s\": say qipan grid check|import FILE, locate [FILE], coverage, or add|list|set|end",
              "grid “%.*s”：请用 qipan grid check|import FILE、locate [FILE]、coverage 或 add|list|set|end"),
        qp_shown(what, 40), what);
}
