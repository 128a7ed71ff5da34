/* map.c: GET /api/v1/map: what a map of a place can draw: the outlines of the grids at and below it, and how the node's map
 * file is (shape/map_file.h); GET /map.pmtiles: that file, by ranges. No person stands in either: a wall may ask for both. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/core/ground.h"
#include "node/http/calls/calls.h"
#include "node/http/shape/boundary.h"
#include "node/http/shape/map_file.h"
#include "node/http/shape/query.h"
#include "node/http/shape/refused.h"

/* A city of 1,400 communities has some 10,000 grids; what is over this is counted in `left_off`, and the page says so. */
enum { OUTLINES_MOST = 20000 };

struct outlines {
    struct qp_json *j;
    const struct qp_auth *auth;
    const char *area;
    int64_t n, left_off, without;
};

static int put_outline(void *arg, const struct qp_grid_seen *g)
{
    struct outlines *o = arg;
    if (g->row->ended_us || !qp_path_within(g->path, o->area) || !qp_auth_sees_place(o->auth, g->path))
        return 0;
    if (!g->made->boundary.len) {
        o->without++;
        return 0;
    }
    if (o->n == OUTLINES_MOST) {
        o->left_off++;
        return 0;
    }
    o->n++;
    qp_json_object(o->j);
    qp_json_put(o->j, "node", g->path);
    qp_json_put(o->j, "code", g->row->id);
    qp_json_put(o->j, "title", g->made->title);
    qp_json_key(o->j, "boundary");
    qp_json_boundary(o->j, &g->made->boundary);
    qp_json_object_end(o->j);
    return 0;
}

static void put_file(struct qp_json *j, const char *path)
{
    struct qp_map_file m;
    qp_map_file_open(path, &m);
    qp_json_key(j, "file");
    qp_json_object(j);
    qp_json_put(j, "state", qp_map_state_word(m.state));
    qp_json_put(j, "message", qp_map_state_text(m.state, false));
    qp_json_put(j, "message_zh", qp_map_state_text(m.state, true));
    qp_json_put_int(j, "bytes", (int64_t)m.size);
    qp_json_object_end(j);
    qp_map_file_close(&m);
}

enum MHD_Result qp_map_get(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    struct qp_query q;
    struct qp_read r;
    struct qp_node_entry at;
    struct qp_json j = {0};
    struct outlines o = {.j = &j, .auth = &c->auth};
    qp_query_begin(&q, c, &f);
    o.area = qp_query_path(&q, "area");
    int rc = qp_query_end(&q);
    o.area = o.area ? o.area : c->h->self.path;
    if (!rc)
        rc = qp_read_begin(c->h->store, &r, &f.e);
    if (rc)
        return qp_answer_fault(c, &f);
    if (!qp_path_within(o.area, c->h->self.path) || qp_node_by_path(&r, o.area, &at))
        rc = qp_fault_set(&f, QP_ENOTFOUND, "area", "there is no node %.200s at or below this one", o.area);
    qp_json_object(&j);
    qp_json_put(&j, "area", o.area);
    put_file(&j, c->h->map_file);
    qp_json_key(&j, "outlines");
    qp_json_array(&j);
    if (!rc)
        rc = qp_grids_each(c->h->core, &r, put_outline, &o, &f.e);
    qp_read_end(&r);
    qp_json_array_end(&j);
    qp_json_put_int(&j, "without_boundary", o.without);
    qp_json_put_int(&j, "left_off", o.left_off);
    qp_json_object_end(&j);
    if (!rc)
        return qp_answer_json(c, 200, &j);
    qp_json_drop(&j);
    if (!f.e.code)
        qp_fault_set(&f, rc, "", "the grids cannot be read");
    return qp_answer_fault(c, &f);
}

/* ---- the file ---- */

/* One range, `bytes=A-B`, `bytes=A-` or `bytes=-N`. 1: from and len are set; 0: no such header, or several ranges, which
 * may be answered with the whole; -1: it lies behind the end. */
static int range_of(const char *text, uint64_t size, uint64_t *from, uint64_t *len)
{
    char *end;
    if (!text || strncmp(text, "bytes=", 6) != 0 || strchr(text, ','))
        return 0;
    text += 6;
    if (*text == '-') {
        uint64_t last = strtoull(text + 1, &end, 10);
        if (end == text + 1 || *end)
            return 0;
        if (last == 0)
            return -1;
        *len = last < size ? last : size;
        *from = size - *len;
        return 1;
    }
    if (*text < '0' || *text > '9')
        return 0;
    *from = strtoull(text, &end, 10);
    if (*end != '-')
        return 0;
    text = end + 1;
    uint64_t to = size - 1;
    if (*text) {
        if (*text < '0' || *text > '9')
            return 0;
        to = strtoull(text, &end, 10);
        if (*end || to < *from)
            return 0;
    }
    if (*from >= size)
        return -1;
    *len = (to < size ? to : size - 1) - *from + 1;
    return 1;
}

enum MHD_Result qp_map_file_get(struct qp_call *c)
{
    struct qp_map_file m;
    char etag[64], range[96];
    qp_map_file_open(c->h->map_file, &m);
    if (m.state != QP_MAP_FINE)
        return qp_answer_error(c, 404, "not_found", "%s", qp_map_state_text(m.state, false));
    uint64_t from = 0, len = m.size;
    snprintf(etag, sizeof etag, "\"%" PRIx64 "-%" PRIx64 "\"", m.size, (uint64_t)m.changed_ns);
    int part = range_of(qp_call_header(c, "Range"), m.size, &from, &len);
    unsigned status = part > 0 ? 206 : part < 0 ? 416 : 200;
    struct MHD_Response *r = part < 0 ? MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT)
                                      : MHD_create_response_from_fd_at_offset64(len, m.fd, from);
    if (!r || part < 0)
        qp_map_file_close(&m);
    if (!r)
        return MHD_NO;
    snprintf(range, sizeof range, part < 0 ? "bytes */%" PRIu64 : "bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64,
             part < 0 ? m.size : from, from + len - 1, m.size);
    if (part)
        MHD_add_response_header(r, "Content-Range", range);
    MHD_add_response_header(r, "Accept-Ranges", "bytes");
    MHD_add_response_header(r, "ETag", etag);
    MHD_add_response_header(r, "Cache-Control", "no-cache");
    return qp_respond(c, status, r, part < 0 ? NULL : "application/vnd.pmtiles");
}
