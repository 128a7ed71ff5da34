/* node.c: GET /healthz and GET /api/v1/node: who this node is, how its links and its store stand. */
#include <stdlib.h>
#include <string.h>

#include "node/http/calls/calls.h"
#include "node/http/calls/figures.h"
#include "node/http/shape/alarms.h"
#include "node/http/shape/link_view.h"
#include "node/http/shape/policy_view.h"
#include "node/http/shape/refused.h"

static void put_scrub(struct qp_json *j, const struct qp_store_damage *d)
{
    qp_json_key(j, "scrub");
    qp_json_object(j);
    qp_json_key(j, "damaged");
    qp_json_uint(j, d->damaged);
    qp_json_key(j, "at");
    qp_json_uint(j, d->scrub.at);
    qp_json_key(j, "head");
    qp_json_uint(j, d->scrub.head);
    qp_json_key(j, "passes");
    qp_json_uint(j, d->scrub.passes);
    qp_json_put_time(j, "finished", d->scrub.finished_us);
    qp_json_key(j, "rows");
    qp_json_uint(j, d->scrub.rows);
    qp_json_key(j, "table_passes");
    qp_json_uint(j, d->scrub.table_passes);
    qp_json_put_time(j, "tables_finished", d->scrub.tables_finished_us);
    qp_json_object_end(j);
}

/* NULL: out of memory, or the store cannot be read; then *f says so. */
static struct qp_alarms *look(struct qp_http *h, struct qp_fault *f)
{
    struct qp_alarms *a = NULL;
    struct qp_read r;
    struct qp_link_view *links = qp_link_view_new(h);
    int rc = links ? qp_read_begin(h->store, &r, &f->e) : qp_fault_set(f, QP_ENOMEM, "", "out of memory");
    if (!rc) {
        a = qp_alarms_look(h, &r, links);
        if (!a)
            qp_fault_set(f, QP_ENOMEM, "", "out of memory");
        qp_read_end(&r);
    }
    free(links);
    return a;
}

/* 503: what comes in now is not taken. */
enum MHD_Result qp_healthz_get(struct qp_call *c)
{
    struct qp_http *h = c->h;
    struct qp_fault f = {.field = ""};
    struct qp_json j = {0};
    struct qp_alarms *a = look(h, &f);
    if (!a)
        return qp_answer_fault(c, &f);
    pthread_mutex_lock(&h->lock);
    bool closing = h->closing;
    pthread_mutex_unlock(&h->lock);
    bool refuses = closing || qp_alarms_has(a, QP_ALARM_OUT) || qp_alarms_has(a, QP_ALARM_NO_ROOM);
    qp_json_object(&j);
    qp_json_put(&j, "status", closing ? "stopping" : qp_alarms_status(a));
    qp_json_put(&j, "path", h->self.path);
    qp_json_put(&j, "level", h->self.level);
    qp_json_key(&j, "node_id");
    qp_json_id(&j, h->self.node, QP_ID_LEN);
    qp_json_put_int(&j, "incarnation", atomic_load(&h->incarnation));
    qp_json_put(&j, "version", QP_VERSION);
    if (atomic_load(&h->recovering))
        qp_json_put_bool(&j, "recovering", true);
    if (atomic_load(&h->silent))
        qp_json_put_bool(&j, "silent", true);
    qp_json_alarm_codes(&j, a);
    qp_json_object_end(&j);
    free(a);
    return qp_answer_json(c, refuses ? 503 : 200, &j);
}

static void put_lane(struct qp_json *j, struct qp_read *r, const uint8_t *peer, const char *name,
                     uint32_t lane, int64_t now_us)
{
    uint64_t parcels = 0;
    int64_t oldest_us = 0;
    qp_queue_depth(r, peer, lane, &parcels, &oldest_us);
    qp_json_key(j, name);
    qp_json_object(j);
    qp_json_key(j, "parcels");
    qp_json_uint(j, parcels);
    qp_json_key(j, "age_s");
    qp_json_real(j, parcels && oldest_us && oldest_us < now_us ? (double)((now_us - oldest_us) / 1000) / 1000
                                                               : 0);
    qp_json_object_end(j);
}

/* What a child brings waits, here or (of this node) at the parent (L7). */
static void put_limited(struct qp_json *j, const struct qp_link_status *s)
{
    if (!s || s->limited.why == QP_OVER_NOT)
        return;
    qp_json_key(j, "limited");
    qp_json_object(j);
    qp_json_put(j, "why", s->limited.why == QP_OVER_RATE ? "rate" : "share");
    qp_json_put_time(j, "since", s->limited.since_us);
    qp_json_key(j, "rate");
    qp_json_uint(j, s->limited.rate);
    qp_json_key(j, "waiting");
    qp_json_uint(j, s->limited.waiting);
    qp_json_object_end(j);
}

/* Until when the neighbour's certificate holds, as far as it was seen here. */
static int64_t certified_until(struct qp_read *r, const struct qp_hash *id)
{
    struct qp_cert cert;
    struct qp_arena *a = qp_arena_new(QP_DECODE_ARENA);
    Qp__Certificate *raw = a ? qp_cert_raw(r->tables, r->store, id, a, NULL) : NULL;
    int64_t until_us = raw && !qp_cert_read(&cert, raw, a, NULL) ? cert.not_after_us : 0;
    qp_arena_free(a);
    return until_us;
}

/* Since when it stands so: of a neighbour that was not heard since this start, when it was last heard at all. */
static void put_state(struct qp_json *j, const struct qp_link_status *s)
{
    qp_json_put(j, "state", qp_link_view_name(s ? s->state : QP_LINK_CUT));
    qp_json_put_time(j, "since", !s ? 0 : s->since_us > 0 ? s->since_us : s->last_heard_us);
    qp_json_put_time(j, "last_heard", s ? s->last_heard_us : 0);
    qp_json_key(j, "rtt_ms");
    if (s && s->rtt_us >= 0)
        qp_json_real(j, (double)s->rtt_us / 1000);
    else
        qp_json_null(j);
}

static void put_link(struct qp_json *j, struct qp_read *r, const struct qp_link_view *links,
                     const uint8_t *node, const char *path)
{
    const struct qp_link_status *s = qp_link_view_of(links, node, true);
    int64_t now_us = qp_wall_us();
    qp_json_object(j);
    struct qp_node_entry n;
    bool known = !qp_node_by_path(r, path, &n);
    qp_json_put(j, "path", path);
    qp_json_put(j, "title", known ? n.title : NULL);
    qp_json_key(j, "node_id");
    qp_json_id(j, node, QP_ID_LEN);
    put_state(j, s);
    qp_json_put_time(j, "certificate_until", known ? certified_until(r, &n.certificate) : 0);
    qp_json_key(j, "queue");
    qp_json_object(j);
    put_lane(j, r, node, "urgent", QP_LANE_URGENT, now_us);
    put_lane(j, r, node, "line", QP_LANE_LINE, now_us);
    put_lane(j, r, node, "bulk", QP_LANE_BULK, now_us);
    qp_json_object_end(j);
    put_limited(j, s);
    qp_json_object_end(j);
}

void qp_json_parent(struct qp_json *j, struct qp_http *h, struct qp_read *r, const struct qp_link_view *links)
{
    char path[QP_PATH_MAX];
    qp_json_key(j, "parent");
    if (qp_parent_of(h) && qp_path_parent(path, h->self.path))
        put_link(j, r, links, qp_parent_of(h), path);
    else
        qp_json_null(j);
}

static void put_children(struct qp_json *j, struct qp_http *h, struct qp_read *r,
                         const struct qp_link_view *links)
{
    struct qp_node_entry *v = NULL;
    size_t n = 0;
    qp_json_key(j, "children");
    qp_json_array(j);
    if (!qp_nodes_below(r, h->self.path, &v, &n)) {
        for (size_t i = 0; i < n; i++) {
            bool child = memcmp(v[i].parent, h->self.node, QP_ID_LEN) == 0 &&
                         memcmp(v[i].node, h->self.node, QP_ID_LEN) != 0;
            if (child)
                put_link(j, r, links, v[i].node, v[i].path);
        }
        free(v);
    }
    qp_json_array_end(j);
}

static void put_store(struct qp_json *j, struct qp_http *h, struct qp_read *r)
{
    struct qp_store_use u;
    qp_store_use(h->store, &u);
    qp_json_key(j, "journal");
    qp_json_object(j);
    qp_json_key(j, "head");
    qp_json_uint(j, qp_journal_head(r->journal, h->store, NULL));
    qp_json_key(j, "bytes");
    qp_json_uint(j, u.journal_used);
    qp_json_object_end(j);
    qp_json_key(j, "tables");
    qp_json_object(j);
    qp_json_key(j, "position");
    qp_json_uint(j, qp_tables_position(r->tables, h->store));
    qp_json_object_end(j);
    qp_json_key(j, "disk");
    qp_json_object(j);
    qp_json_key(j, "free");
    qp_json_uint(j, u.disk_free);
    qp_json_key(j, "total");
    qp_json_uint(j, u.disk_total);
    qp_json_object_end(j);
    qp_json_key(j, "map");
    qp_json_object(j);
    qp_json_key(j, "used");
    qp_json_uint(j, u.journal_used + u.tables_used);
    qp_json_key(j, "size");
    qp_json_uint(j, u.journal_size + u.tables_size);
    qp_json_object_end(j);
}

/* Whether anybody above still takes this node's word, and if not, why; whether there is room; how right its clock is. */
static void put_standing(struct qp_json *j, struct qp_http *h, const struct qp_link_status *up,
                         const struct qp_alarms *alarms)
{
    int64_t apart_us = up ? up->clock_offset_us : 0, now_us = qp_wall_us();
    bool current = qp_cert_current(&h->self, now_us);
    int out = atomic_load(&h->out_code);
    qp_json_put_bool(j, "quarantined", out == QP_EFORK);
    qp_json_put_bool(j, "superseded", out == QP_ECLOSED);
    qp_json_put_bool(j, "revoked", out == QP_EREVOKED);
    qp_json_put_bool(j, "full", qp_alarms_has(alarms, QP_ALARM_NO_ROOM));
    qp_json_put_bool(j, "stale_trust", !current);
    qp_json_put_bool(j, "recovering", atomic_load(&h->recovering));
    qp_json_put_bool(j, "silent", atomic_load(&h->silent));
    qp_json_put_int(j, "clock_offset_ms", apart_us / 1000);
    qp_json_key(j, "clock");
    qp_json_object(j);
    qp_json_put_int(j, "offset_ms", apart_us / 1000);
    qp_json_put_bool(j, "suspect", llabs(apart_us) > QP_CLOCKS_APART_US || now_us < h->self.not_before_us);
    qp_json_object_end(j);
}

static void put_self(struct qp_json *j, const struct qp_http *h)
{
    qp_json_put(j, "path", h->self.path);
    qp_json_put(j, "title", h->self.title);
    qp_json_put(j, "level", h->self.level);
    qp_json_key(j, "node_id");
    qp_json_id(j, h->self.node, QP_ID_LEN);
    qp_json_put_int(j, "incarnation", atomic_load(&h->incarnation));
    qp_json_put(j, "version", QP_VERSION);
    qp_json_key(j, "root_fingerprint");
    qp_json_hex(j, h->root.b, QP_HASH_LEN);
    qp_json_key(j, "link_key");
    qp_json_hex(j, h->self.link_key, QP_PK_LEN);
    qp_json_put(j, "zone", qp_zone_name(h->zone));
}

enum MHD_Result qp_node_get(struct qp_call *c)
{
    struct qp_http *h = c->h;
    struct qp_fault f = {.field = ""};
    struct qp_read r;
    struct qp_json j = {0};
    struct qp_link_view *links = qp_link_view_new(h);
    int rc = links ? qp_read_begin(h->store, &r, &f.e) : qp_fault_set(&f, QP_ENOMEM, "", "out of memory");
    if (rc) {
        free(links);
        return qp_answer_fault(c, &f);
    }
    qp_link_view_recall(links, h, &r);
    struct qp_alarms *alarms = qp_alarms_look(h, &r, links);
    if (!alarms) {
        qp_read_end(&r);
        free(links);
        return qp_answer_error(c, 503, qp_error_name(QP_ENOMEM), "out of memory");
    }
    const uint8_t *parent = qp_parent_of(h);
    const struct qp_link_status *up = parent ? qp_link_view_of(links, parent, true) : NULL;
    qp_json_object(&j);
    put_self(&j, h);
    qp_json_parent(&j, h, &r, links);
    put_children(&j, h, &r, links);
    put_store(&j, h, &r);
    put_standing(&j, h, up, alarms);
    struct qp_store_damage damage;
    qp_store_damage(h->store, &damage);
    put_scrub(&j, &damage);
    qp_json_policy(&j, h, &r);
    qp_json_alarms(&j, h, alarms);
    qp_json_object_end(&j);
    qp_read_end(&r);
    free(alarms);
    free(links);
    return qp_answer_json(c, 200, &j);
}
