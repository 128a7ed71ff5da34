/* json_line.c: see json_line.h. */
#include "node/http/shape/json_line.h"

#include <string.h>

#include "node/core/resources.h"

static bool same(const uint8_t *a, const uint8_t *b)
{
    return memcmp(a, b, QP_ID_LEN) == 0;
}

static const char *name_of(const struct qp_auth *a)
{
    const char *colon = strchr(a->by, ':');
    return colon ? colon + 1 : a->by;
}

/* ---- who he is on it ---- */

int qp_line_view_begin(struct qp_line_view *v, struct qp_http *h, struct qp_read *r,
                       const struct qp_auth *auth, struct qp_arena *a)
{
    *v = (struct qp_line_view){.h = h, .r = r, .auth = auth};
    v->db = (struct qp_line_db){.tables = r->tables, .store = r->store, .a = a, .self = h->self.node};
    return a ? 0 : QP_ENOMEM;
}

static bool is_all(const struct qp_line_view *v)
{
    return v->auth->kind == QP_AUTH_TOKEN && !*v->auth->desk;
}

static bool among(char *const *names, size_t n, const char *name)
{
    bool found = false;
    for (size_t i = 0; i < n; i++)
        found = found || strcmp(names[i], name) == 0;
    return found;
}

static bool at_desk(const struct qp_line_view *v, const char *code)
{
    struct qp_resource_row row;
    if (*v->auth->desk && strcmp(v->auth->desk, code) == 0)
        return true;
    if (v->auth->kind != QP_AUTH_SESSION ||
        qp_resource_read(v->r, &qp_resources[QP_RESOURCE_DESK], code, v->db.a, &row) || row.ended_us)
        return false;
    const Qp__DeskMade *d = (const Qp__DeskMade *)row.made;
    return among(d->members, d->n_members, v->auth->session.user);
}

/* Its worker and his deputies. */
static bool on_grid(const struct qp_line_view *v, const char *code)
{
    struct qp_resource_row row;
    if (v->auth->kind != QP_AUTH_SESSION ||
        qp_resource_read(v->r, &qp_resources[QP_RESOURCE_GRID], code, v->db.a, &row) || row.ended_us)
        return false;
    const Qp__GridMade *g = (const Qp__GridMade *)row.made;
    return strcmp(g->worker, v->auth->session.user) == 0 ||
           among(g->deputies, g->n_deputies, v->auth->session.user);
}

static bool is(const struct qp_line_view *v, const Qp__LineMember *m)
{
    if (!same(m->node.data, v->h->self.node))
        return false;
    switch (m->kind) {
    case QP_LINE_NAME: return strcmp(m->name, name_of(v->auth)) == 0;
    case QP_LINE_DESK: return at_desk(v, m->name);
    case QP_LINE_GRID: return on_grid(v, m->name);
    case QP_LINE_NODE: return true;
    default: return false;
    }
}

const Qp__LineMember *qp_line_view_as(const struct qp_line_view *v, const Qp__LineRow *row)
{
    const Qp__LineMember *found = NULL, *here = NULL;
    size_t n = 0;
    for (size_t i = 0; i < row->n_members; i++) {
        const Qp__LineMember *m = row->members[i];
        if (is(v, m) && (!found || m->kind == QP_LINE_NAME))
            found = m;
        if (same(m->node.data, v->h->self.node)) {
            here = m;
            n++;
        }
    }
    return found ? found : is_all(v) && n == 1 ? here : NULL;
}

/* DE2: whom a line names is on it whatever it is about; who is on it otherwise and is narrowed sees it where its matter lies
 * within, or where it is about none and he is of a desk or grid on it. */
static bool within(const struct qp_line_view *v, const Qp__LineRow *row, bool of_it, bool named)
{
    Qp__Row *matter;
    if (!qp_auth_sees_some(v->auth) || named)
        return true;
    if (row->matter.len != QP_ID_LEN)
        return of_it;
    return !qp_matter_read(v->r, row->matter.data, &matter, v->db.a, NULL) && qp_auth_sees(v->auth, matter);
}

bool qp_line_view_may(const struct qp_line_view *v, const Qp__LineRow *row)
{
    bool of_it = false, named = false;
    for (size_t i = 0; i < row->n_members; i++) {
        bool he = is(v, row->members[i]);
        of_it = of_it || he;
        named = named || (he && (row->members[i]->kind == QP_LINE_NAME ||
                                 (row->members[i]->kind != QP_LINE_NODE && !qp_auth_is_narrowed(v->auth))));
    }
    return (of_it || is_all(v)) && within(v, row, of_it, named);
}

uint64_t qp_line_view_unseen(const struct qp_line_view *v, const uint8_t line[QP_ID_LEN],
                             const Qp__LineRow *row)
{
    const Qp__LineMember *as = qp_line_view_as(v, row);
    uint64_t read = UINT64_MAX;
    for (size_t i = 0; i < row->n_members; i++) {
        const Qp__LineMember *m = row->members[i];
        if (!same(m->node.data, v->h->self.node) || (as && m != as))
            continue;
        uint64_t upto = qp_line_read(&v->db, line, m);
        read = upto < read ? upto : read;
    }
    return read < row->seq ? row->seq - read : 0;
}

/* ---- a line ---- */

static void put_path(struct qp_json *j, const struct qp_line_view *v, const char *key, const uint8_t *node,
                     const char *said)
{
    struct qp_node_entry n;
    qp_json_key(j, key);
    if (!qp_node_by_id(v->r, node, &n))
        qp_json_text(j, n.path);
    else if (said && *said)
        qp_json_text(j, said);
    else
        qp_json_id(j, node, QP_ID_LEN);
}

static void put_member(struct qp_json *j, const struct qp_line_view *v, const Qp__LineMember *m)
{
    static const char *const kinds[] = {
        [QP_LINE_NAME] = "name", [QP_LINE_GRID] = "grid", [QP_LINE_DESK] = "desk"};
    qp_json_object(j);
    put_path(j, v, "node", m->node.data, m->path);
    if (m->kind >= QP_LINE_NAME && m->kind <= QP_LINE_DESK)
        qp_json_put(j, kinds[m->kind], m->name);
    qp_json_object_end(j);
}

static void put_title(struct qp_json *j, const struct qp_line_view *v, const uint8_t *line,
                      const Qp__LineRow *row)
{
    struct qp_line_message m = {
        .n = row->title_n, .position = row->title_position, .index = row->title_index};
    Qp__Event *ev;
    Qp__LineBody *body = NULL;
    if (row->title_n && row->title_key.len == QP_LINE_KEY) {
        memcpy(m.node, row->opener.data, QP_ID_LEN);
        memcpy(m.key, row->title_key.data, QP_LINE_KEY);
        qp_line_text(&v->db, v->r->journal, qp_core_ring(v->h->core), line, &m, &ev, &body);
    }
    qp_json_put_full(j, "title", body ? body->title : "");
}

void qp_json_line(struct qp_json *j, const struct qp_line_view *v, const uint8_t line[QP_ID_LEN],
                  const Qp__LineRow *row)
{
    qp_json_key(j, "id");
    qp_json_id(j, line, QP_ID_LEN);
    put_title(j, v, line, row);
    qp_json_key(j, "matter");
    qp_json_id(j, row->matter.data, row->matter.len);
    qp_json_key(j, "members");
    qp_json_array(j);
    for (size_t i = 0; i < row->n_members; i++)
        put_member(j, v, row->members[i]);
    qp_json_array_end(j);
    qp_json_put_full(j, "by", row->by);
    put_path(j, v, "node", row->opener.data, NULL);
    qp_json_key(j, "version");
    qp_json_uint(j, row->version);
    qp_json_put_time(j, "opened_at", row->opened_us);
    qp_json_put_time(j, "updated_at", row->updated_us);
    qp_json_key(j, "seq");
    qp_json_uint(j, row->seq);
    qp_json_key(j, "unseen");
    qp_json_uint(j, qp_line_view_unseen(v, line, row));
}

/* ---- a message ---- */

/* What is not known is not claimed: of others' messages this node knows what became of them here (LI2). */
static void put_tick(struct qp_json *j, const struct qp_line_view *v, const uint8_t *line,
                     const struct qp_line_message *m, const Qp__LineMember *member)
{
    bool here = same(member->node.data, v->h->self.node), mine = same(m->node, v->h->self.node);
    bool seen = qp_line_seen(&v->db, line, member, m->node) >= m->n, delivered = here;
    if (!here && mine) {
        delivered = qp_line_delivered(&v->db, member->node.data, line, m->n);
        seen = seen && delivered;
    }
    if (!here && !mine)
        return;
    qp_json_object(j);
    qp_json_key(j, "member");
    put_member(j, v, member);
    qp_json_put_bool(j, "kept", true);
    qp_json_put_bool(j, "delivered", delivered);
    qp_json_put_bool(j, "seen", seen);
    qp_json_object_end(j);
}

static void put_ticks(struct qp_json *j, const struct qp_line_view *v, const uint8_t *line,
                      const Qp__LineRow *row, const struct qp_line_message *m, const Qp__Event *ev)
{
    const char *colon = ev ? strchr(ev->by, ':') : NULL;
    qp_json_key(j, "ticks");
    qp_json_array(j);
    for (size_t i = 0; i < row->n_members; i++) {
        const Qp__LineMember *x = row->members[i];
        bool speaker = colon && x->kind == QP_LINE_NAME && same(x->node.data, m->node) &&
                       strcmp(x->name, colon + 1) == 0;
        if (!speaker)
            put_tick(j, v, line, m, x);
    }
    qp_json_array_end(j);
}

static void put_body(struct qp_json *j, const Qp__LineBody *b)
{
    qp_json_put_full(j, "text", b ? b->text : "");
    qp_json_put_full(j, "blob", b ? b->blob : "");
    qp_json_key(j, "location");
    if (b && b->place) {
        qp_json_object(j);
        qp_json_key(j, "lat");
        qp_json_real(j, b->place->lat);
        qp_json_key(j, "lon");
        qp_json_real(j, b->place->lon);
        qp_json_object_end(j);
    } else {
        qp_json_null(j);
    }
    qp_json_key(j, "call");
    if (b && b->call) {
        qp_json_object(j);
        qp_json_put_time(j, "began_at", b->call->began_us);
        qp_json_put_time(j, "ended_at", b->call->ended_us);
        qp_json_put_bool(j, "answered", b->call->answered);
        qp_json_put(j, "id", b->call->id);
        qp_json_object_end(j);
    } else {
        qp_json_null(j);
    }
}

void qp_json_message(struct qp_json *j, const struct qp_line_view *v, const uint8_t line[QP_ID_LEN],
                     const Qp__LineRow *row, const struct qp_line_message *m)
{
    static const char *const why[] = {[QP_LINE_ERASED] = "erased",
                                      [QP_LINE_CLOSED] = "sealed",
                                      [QP_LINE_FALSE] = "false",
                                      [QP_LINE_DAMAGED] = "damaged",
                                      [QP_LINE_UNREAD] = "unread"};
    uint8_t id[QP_ID_LEN];
    Qp__Event *ev = NULL;
    Qp__LineBody *body = NULL;
    enum qp_line_text text =
        qp_line_text(&v->db, v->r->journal, qp_core_ring(v->h->core), line, m, &ev, &body);
    qp_line_message_id(id, line, m->node, m->n);
    qp_json_object(j);
    qp_json_key(j, "id");
    qp_json_id(j, id, QP_ID_LEN);
    qp_json_key(j, "seq");
    qp_json_uint(j, m->seq);
    qp_json_put_time(j, "at", m->at_us);
    qp_json_put_time(j, "received_at", m->received_us);
    qp_json_put_full(j, "by", ev ? ev->by : "");
    put_path(j, v, "node", m->node, NULL);
    put_body(j, body);
    qp_json_put(j, "unreadable", text == QP_LINE_OPEN ? NULL : why[text]);
    put_ticks(j, v, line, row, m, ev);
    qp_json_object_end(j);
}
