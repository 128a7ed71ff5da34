/* grid_node.c: `qipan grid import FILE|-`, `grid coverage`, `grid locate` without a file: grids of a running node.
 *
 *   FILE.geojson ─► POST /grids:import as it is
 *   FILE.csv ─► [--accounts: grid_people.c] ─► grid_rows.c: rows of one grid become one ─► POST {"rows":[…]}, in parts ─► errors by the file's lines
 *
 * What the node found is told like `grid check` tells it. Exit status 4 where something was rejected. */
#include <stdlib.h>
#include <string.h>

#include "crypto/crypto.h"
#include "node/cli/grid_people.h"
#include "topology/geo/geojson.h"
#include "topology/shown.h"

enum { SHOWN = 20, PART = 500 };

/* ---- what came of it ---- */

struct sum {
    json_int_t added, changed, sent, errors;
    json_t *all;   /* with --json */
    json_t *links; /* of accounts that were made; NULL: none was asked for */
};

/* Also where the rest failed: they were made, and nobody else has the links. */
static void tell_links(const struct qp_cli *c, const struct sum *s)
{
    const json_t *one;
    size_t i;
    if (json_array_size(s->links) > 0)
        printf(QP_TR(c,
                     "accounts made: %zu; each link is good for one log-in within a day, to set a password\n",
                     "新建账户：%zu；每个链接一天内可登录一次，用于设置密码\n"),
               json_array_size(s->links));
    json_array_foreach(s->links, i, one) printf("  %s  %s\n", json_string_value(json_object_get(one, "name")),
                                                json_string_value(json_object_get(one, "url")));
}

static void add_to(json_t *all, const json_t *answer, const char *name)
{
    const json_t *v = json_object_get(answer, name);
    json_t *to = json_object_get(all, name);
    if (json_is_integer(v))
        json_object_set_new(all, name, json_integer(json_integer_value(to) + json_integer_value(v)));
    else if (json_is_array(v) && to)
        json_array_extend(to, (json_t *)(uintptr_t)v);
    else if (v && !to)
        json_object_set(all, name, (json_t *)(uintptr_t)v);
}

static void note(struct sum *s, const json_t *answer)
{
    const char *name;
    json_t *v;
    json_object_foreach((json_t *)(uintptr_t)answer, name, v) add_to(s->all, answer, name);
    s->added = json_integer_value(json_object_get(s->all, "added"));
    s->changed = json_integer_value(json_object_get(s->all, "changed"));
    s->sent = json_integer_value(json_object_get(s->all, "sent"));
    s->errors = json_integer_value(json_object_get(s->all, "errors_total"));
}

/* Of the node's list each entry's row becomes the file's line. */
static void place_errors(json_t *answer, const struct qp_grid_rows *rows, size_t from)
{
    json_t *one;
    size_t i;
    json_array_foreach(json_object_get(answer, "errors"), i, one)
    {
        size_t at = from + (size_t)json_integer_value(json_object_get(one, "row"));
        if (at > 0 && at <= rows->n)
            json_object_set_new(one, "line", json_integer(rows->line[at - 1]));
        json_object_del(one, "row");
    }
}

static void tell(const struct qp_cli *c, const char *name, const struct sum *s)
{
    const json_t *one;
    size_t i;
    printf(QP_TR(c, "%s: %lld added, %lld changed, %lld sent to the nodes they belong to, %lld rejected\n",
                 "%s：新增 %lld，变更 %lld，下发所属节点 %lld，拒收 %lld\n"),
           name, (long long)s->added, (long long)s->changed, (long long)s->sent, (long long)s->errors);
    json_array_foreach(json_object_get(s->all, "errors"), i, one)
    {
        const char *text = json_string_value(json_object_get(one, c->zh ? "message_zh" : "message"));
        text = text ? text : json_string_value(json_object_get(one, "message"));
        if (json_object_get(one, "line"))
            printf(QP_TR(c, "  line %lld: ", "  第 %lld 行："),
                   (long long)json_integer_value(json_object_get(one, "line")));
        else
            fputs("  ", stdout);
        puts(text ? text : "?");
    }
    printf(QP_TR(c, "overlaps: %zu, gaps: %zu\n", "重叠：%zu，空隙：%zu\n"),
           json_array_size(json_object_get(s->all, "overlaps")),
           json_array_size(json_object_get(s->all, "gaps")));
    long long left = (long long)json_integer_value(json_object_get(s->all, "not_compared"));
    if (left > 0)
        printf(QP_TR(c,
                     "  %lld known grids round about were too many to compare: bring the file in by smaller "
                     "areas\n",
                     "  另有 %lld 个周边网格过多未比对：请按较小区域分批导入\n"),
               left);
    json_array_foreach(json_object_get(s->all, "overlaps"), i, one) if (i < SHOWN)
    {
        const json_t *g = json_object_get(one, "grids");
        printf(QP_TR(c, "  %.0f m² of %s and %s\n", "  %.0f m²：%s 与 %s\n"),
               json_number_value(json_object_get(one, "m2")),
               json_string_value(json_object_get(json_array_get(g, 0), "code")),
               json_string_value(json_object_get(json_array_get(g, 1), "code")));
    }
}

/* ---- import ---- */

static int send_rows(const struct qp_cli *c, struct qp_client *cl, const struct qp_grid_rows *rows,
                     struct sum *s)
{
    int rc = 0;
    for (size_t at = 0; at < rows->n && !rc; at += PART) {
        json_t *part = json_array(), *body, *out = NULL;
        for (size_t i = at; i < rows->n && i < at + PART; i++)
            json_array_append(part, json_array_get(rows->rows, i));
        body = json_pack("{s:o}", "rows", part);
        rc = qp_client_ask(cl, c, "POST", "/api/v1/grids:import", NULL, body, &out);
        json_decref(body);
        if (!rc) {
            place_errors(out, rows, at);
            note(s, out);
        }
        json_decref(out);
    }
    return rc;
}

static int send_geojson(const struct qp_cli *c, struct qp_client *cl, const void *bytes, size_t len,
                        struct sum *s)
{
    struct qp_url_query q;
    struct qp_err e = {0};
    qp_url_begin(&q, "/api/v1/grids:import");
    qp_url_add(&q, "crs", qp_opt(c, "crs"));
    int rc = qp_client_call(cl, "POST", q.text, "Content-Type: application/json\r\n", bytes, len, &e);
    qp_url_free(&q);
    if (!rc && cl->answer.status / 100 != 2)
        rc = qp_client_refusal(&cl->answer, &e);
    json_t *out = !rc ? json_loadb(cl->answer.body, cl->answer.len, 0, NULL) : NULL;
    if (out)
        note(s, out);
    json_decref(out);
    return !rc ? 0 : qp_complain_err(c, &e);
}

/* A GeoJSON file begins with a brace; a header of a table does not. */
static bool is_json(const char *text, size_t len)
{
    size_t i = len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    while (i < len && strchr(" \t\r\n", text[i]))
        i++;
    return i < len && (text[i] == '{' || text[i] == '[');
}

int qp_grid_import(const struct qp_cli *c)
{
    struct qp_err e = {0};
    struct qp_client cl;
    struct qp_grid_rows rows = {.n = 0};
    struct sum s = {.all = json_pack("{s:i,s:i,s:i,s:i,s:[],s:[],s:[]}", "added", 0, "changed", 0, "sent", 0,
                                     "errors_total", 0, "overlaps", "gaps", "errors")};
    const char *name = c->args[1];
    void *bytes = NULL;
    size_t len = 0;
    int rc = 0;
    if (strcmp(name, "-") == 0)
        bytes = qp_read_stdin(QP_GEO_FILE_BYTES, &len);
    else
        rc = qp_file_read(name, QP_GEO_FILE_BYTES, &bytes, &len, &e);
    if (!rc && !bytes)
        rc = qp_fail(&e, QP_EBIG, "standard input could not be read, or is larger than %d MiB",
                     QP_GEO_FILE_BYTES / 1024 / 1024);
    bool json = !rc && is_json(bytes, len);
    if (!rc && !json)
        rc = qp_grid_rows_read(&rows, bytes, len, name, c->zh, &e);
    rc = rc ? qp_complain_err(c, &e) : qp_client_open(&cl, c);
    bool opened = !rc;
    if (!rc && qp_flag(c, "accounts")) {
        s.links = json_array();
        rc = json ? qp_complain(c, QP_EXIT_USAGE,
                                QP_TR(c, "--accounts is for a table (CSV): a GeoJSON file names no workers",
                                      "--accounts 用于表格（CSV）：GeoJSON 文件不含网格员"))
                  : qp_grid_accounts(c, &cl, &rows, s.links);
    }
    if (!rc)
        rc = json ? send_geojson(c, &cl, bytes, len, &s) : send_rows(c, &cl, &rows, &s);
    if (opened)
        qp_client_close(&cl);
    if (rows.errors && json_array_size(rows.errors) > 0) {
        json_array_extend(json_object_get(s.all, "errors"), rows.errors);
        s.errors += (json_int_t)json_array_size(rows.errors);
        json_object_set_new(s.all, "errors_total", json_integer(s.errors));
    }
    if (s.links)
        json_object_set(s.all, "accounts", s.links);
    if (c->json && (!rc || json_array_size(s.links) > 0))
        qp_print_json(json_incref(s.all));
    if (!c->json)
        tell_links(c, &s);
    if (!rc && !c->json && !c->quiet)
        tell(c, name, &s);
    if (!rc && s.errors > 0)
        rc = QP_EXIT_CONFLICT;
    qp_grid_rows_free(&rows);
    json_decref(s.links);
    json_decref(s.all);
    free(bytes);
    return rc;
}

/* ---- coverage, locate ---- */

int qp_grid_coverage(const struct qp_cli *c)
{
    struct qp_client cl;
    struct qp_url_query q;
    json_t *out = NULL, *row;
    size_t i;
    int rc = qp_client_open(&cl, c);
    if (rc)
        return rc;
    qp_url_begin(&q, "/api/v1/grids:coverage");
    qp_url_add(&q, "area", qp_opt(c, "area"));
    rc = qp_client_ask(&cl, c, "GET", q.text, NULL, NULL, &out);
    qp_url_free(&q);
    qp_client_close(&cl);
    if (!rc && c->json) {
        qp_print_json(out);
        return 0;
    }
    json_array_foreach(json_object_get(out, "rows"), i, row)
    {
        long long waiting = (long long)json_integer_value(json_object_get(row, "waiting"));
        printf(QP_TR(c, "%-48s %lld grids, %lld without a worker, %lld units, %.3f km²\n",
                     "%-48s 网格 %lld，无网格员 %lld，单位 %lld，%.3f km²\n"),
               json_string_value(json_object_get(row, "key")),
               (long long)json_integer_value(json_object_get(row, "grids")),
               (long long)json_integer_value(json_object_get(row, "without_worker")),
               (long long)json_integer_value(json_object_get(row, "units")),
               json_number_value(json_object_get(row, "area_km2")));
        if (waiting)
            printf(QP_TR(c, "%-48s %lld ordered from here and not taken over yet\n",
                         "%-48s 已下达、对方尚未落实 %lld\n"),
                   "", waiting);
    }
    json_decref(out);
    return rc;
}

int qp_grid_locate_at_node(const struct qp_cli *c, double lat, double lon)
{
    struct qp_client cl;
    struct qp_url_query q;
    char number[40];
    json_t *out = NULL;
    int rc = qp_client_open(&cl, c);
    if (rc)
        return rc;
    qp_url_begin(&q, "/api/v1/grids:locate");
    snprintf(number, sizeof number, "%.9g", lat);
    qp_url_add(&q, "lat", number);
    snprintf(number, sizeof number, "%.10g", lon);
    qp_url_add(&q, "lon", number);
    qp_url_add(&q, "crs", qp_opt(c, "crs"));
    rc = qp_client_ask(&cl, c, "GET", q.text, NULL, NULL, &out);
    qp_url_free(&q);
    qp_client_close(&cl);
    if (!rc && c->json) {
        qp_print_json(out);
        return 0;
    }
    if (!rc && !c->quiet)
        printf("%s  %s  %s\n", json_string_value(json_object_get(out, "code")),
               json_string_value(json_object_get(out, "title")),
               json_string_value(json_object_get(out, "node")));
    json_decref(out);
    return rc;
}
