/* patrols.c: POST /api/v1/patrols, POST /api/v1/patrols/{id}/{checkpoint|pause|resume|stop}, GET /api/v1/patrols and
 * /api/v1/patrols/{id}: patrols of grids (GR4).
 *
 *   body ─► PatrolStarted, PatrolMarked (a check-point's position becomes: in the grid or not) ─► turn ─► the patrol as it is */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/http/calls/calls.h"
#include "node/http/calls/duty.h"
#include "node/http/shape/position.h"
#include "node/http/shape/refused.h"
#include "node/matter/face.h"

enum { JOB_ARENA = 256 * 1024, LIMIT = 50, LOOKED_MOST = 50000 };

/* ---- out ---- */

static void put_parties(struct qp_json *j, const Qp__PatrolStarted *s)
{
    qp_json_key(j, "with");
    qp_json_array(j);
    for (size_t i = 0; i < s->n_with; i++) {
        qp_json_object(j);
        qp_json_put(j, "role", s->with[i]->role);
        qp_json_put_int(j, "count", s->with[i]->count);
        qp_json_object_end(j);
    }
    qp_json_array_end(j);
}

static void put_findings(struct qp_json *j, const Qp__PatrolRow *row)
{
    qp_json_key(j, "findings");
    qp_json_array(j);
    for (size_t i = 0; i < row->n_findings; i++) {
        const Qp__PatrolFinding *f = row->findings[i];
        qp_json_object(j);
        qp_json_put_time(j, "at", f->at_us);
        qp_json_put_full(j, "note", f->note);
        qp_json_key(j, "matter");
        qp_json_id(j, f->matter.data, f->matter.len);
        if (f->stated)
            qp_json_put_bool(j, "stated", true);
        qp_json_object_end(j);
    }
    qp_json_array_end(j);
}

static void put_patrol(struct qp_json *j, struct qp_read *r, const Qp__PatrolRow *row)
{
    struct qp_node_entry n = {.path = ""};
    const Qp__PatrolStarted *s = row->started;
    if (qp_node_by_id(r, row->node.data, &n))
        n.path[0] = '\0';
    qp_json_key(j, "id");
    qp_json_id(j, s->id.data, s->id.len);
    qp_json_put(j, "grid", s->grid);
    qp_json_put_full(j, "node", n.path);
    qp_json_put(j, "person", s->person);
    put_parties(j, s);
    qp_json_put_bool(j, "police", s->police);
    qp_json_put_time(j, "started", row->started_us);
    qp_json_put_time(j, "stopped", row->stopped_us);
    qp_json_put_bool(j, "paused", row->paused);
    qp_json_put_int(j, "minutes", row->minutes);
    if (s->stated || row->stated)
        qp_json_put_bool(j, "stated", true);
    put_findings(j, row);
    qp_json_key(j, "version");
    qp_json_uint(j, row->version);
    qp_json_put_time(j, "updated_at", row->updated_us);
}

/* DE2: who sees his own matters alone sees his own patrols, and those of his grids; who is narrowed his own, and those of his
 * areas; who is narrowed to categories none but his own, for what is found on one may be of any. */
static bool sees(const struct qp_auth *auth, struct qp_read *r, const Qp__PatrolRow *row)
{
    struct qp_node_entry n;
    if (!qp_auth_sees_some(auth) || strcmp(row->started->person, qp_person_of(auth->by)) == 0)
        return true;
    if (auth->own.reads &&
        !(qp_id_is(row->node, auth->own.self) && qp_own_has(&auth->own, QP_OWN_GRIDS, row->started->grid)))
        return false;
    if (!qp_auth_is_narrowed(auth))
        return true;
    return auth->span.ncategories == 0 && !qp_node_by_id(r, row->node.data, &n) &&
           qp_auth_sees_place(auth, n.path);
}

/* The patrol as the answer, or as `current` of a 409. */
static enum MHD_Result answer(struct qp_call *c, unsigned status, const uint8_t id[QP_ID_LEN],
                              const struct qp_fault *conflict)
{
    struct qp_fault f = {.field = ""};
    struct qp_read r;
    struct qp_json j = {0};
    Qp__PatrolRow *row;
    int rc = qp_call_arena(c) ? qp_read_begin(c->h->store, &r, &f.e)
                              : qp_fault_set(&f, QP_ENOMEM, "", "out of memory");
    if (rc)
        return qp_answer_fault(c, &f);
    rc = qp_patrol_read(&r, id, qp_call_arena(c), &row);
    if (!rc && !c->job && !sees(&c->auth, &r, row)) /* what he has just said himself he is told */
        rc = QP_ENOTFOUND;
    if (!rc) {
        qp_json_stands_begin(&j, conflict);
        put_patrol(&j, &r, row);
        qp_json_stands_end(&j, conflict);
    }
    qp_read_end(&r);
    if (!rc)
        return qp_answer_json(c, status, &j);
    qp_fault_set(&f, rc, "",
                 rc == QP_ENOTFOUND ? "no patrol with this id is known here" : "the patrol cannot be read");
    return qp_answer_fault(c, &f);
}

static enum MHD_Result written(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    qp_job_leave(c);
    const Qp__Event *ev = c->job->commands[0].draft;
    int rc = qp_job_fault(c->job, 0, c->late, &f);
    if (rc == QP_EVERSION && ev->body_case == QP__EVENT__BODY_PATROL_MARKED)
        return answer(c, (unsigned)qp_error_http(rc), ev->patrol_marked->id.data, &f);
    if (rc)
        return qp_answer_fault(c, &f);
    return answer(c, c->job->lines[0].created ? 201 : 200, c->job->lines[0].matter, NULL);
}

/* ---- in ---- */

static void read_parties(struct qp_fields *s, Qp__PatrolStarted *p)
{
    const json_t *list = qp_field(s, "with"), *o;
    size_t i, n = json_array_size(list);
    if (list && (!json_is_array(list) || n > QP_PATROL_PARTIES)) {
        qp_fields_fault(s, QP_EINVAL, "with", "`with` must be a list of at most %d", QP_PATROL_PARTIES);
        return;
    }
    p->with = n ? qp_arena_take(s->a, n * sizeof *p->with) : NULL;
    json_array_foreach(list, i, o)
    {
        Qp__PatrolParty *one = p->with ? qp_arena_take(s->a, sizeof *one) : NULL;
        struct qp_fields in;
        if (!one || !json_is_object(o)) {
            qp_fields_fault(s, QP_EINVAL, "with", "`with` must be a list of {role, count}");
            return;
        }
        qp__patrol_party__init(one);
        qp_fields_begin(&in, o, s->a, s->zone, s->f);
        one->role = qp_field_line(&in, "role", QP_NAME_BYTES, true);
        one->count = (uint32_t)qp_field_int(&in, "count", 1, 1000, 1);
        qp_fields_end(&in);
        p->with[i] = one;
        p->n_with = i + 1;
    }
}

/* A position is hashed with this node's secret: what is journaled with a key would else be tried out, place by place, until it
 * fits (GR4). */
static int key_of(struct qp_call *c, struct qp_job *job, Qp__Event *ev, const json_t *o, struct qp_fields *s)
{
    bool place = json_object_get(o, "lat") || json_object_get(o, "lon");
    const struct qp_keys *keys = place && c->h->vault ? qp_vault_keys(c->h->vault) : NULL;
    const char *key = qp_call_header(c, "Idempotency-Key");
    char verb[200];
    if (!key)
        return 0;
    size_t len = strlen(key);
    if (len == 0 || len > QP_REF_BYTES || !qp_utf8_ok(key, len))
        return qp_fields_fault(s, QP_EINVAL, "Idempotency-Key",
                               "Idempotency-Key must be 1 to %d bytes of UTF-8", QP_REF_BYTES);
    if (place && !keys)
        return qp_fields_fault(
            s, QP_EPOLICY, "Idempotency-Key",
            "this node keeps no vault, and a position is hashed with its secret: leave out "
            "the key or the position");
    snprintf(verb, sizeof verb, "POST %.180s", c->url);
    ev->key = qp_arena_text(job->arena, key);
    ev->request.data = qp_arena_take(job->arena, QP_REQUEST_LEN);
    ev->request.len = QP_REQUEST_LEN;
    bool ok = ev->key && ev->request.data && qp_request_hash(ev->request.data, verb, o, keys);
    return ok ? 0 : qp_fields_fault(s, QP_ENOMEM, "", "out of memory");
}

static int draft_start(struct qp_call *c, struct qp_job *job, struct qp_fault *f)
{
    json_t *o;
    struct qp_fields s;
    Qp__Event *ev;
    int rc = qp_auth_need_place(&c->auth, c->h->self.path, f); /* a grid of this node */
    rc = rc ? rc : qp_body_begin(&s, &o, c, job->arena, f);
    if (rc)
        return rc;
    Qp__PatrolStarted *p = qp_arena_take(job->arena, sizeof *p);
    struct qp_command *cmd = qp_job_add(job, QP_OP_GROUND, &c->auth, &ev);
    if (p && cmd) {
        qp__patrol_started__init(p);
        p->grid = qp_field_line(&s, "grid", QP_NAME_BYTES, true);
        read_parties(&s, p);
        p->police = qp_field_bool(&s, "police", false, false);
        char *person = qp_field_line(&s, "person", QP_NAME_BYTES, false);
        const char *self = qp_person_of(c->auth.by);
        if (*person && strcmp(person, self) != 0 && !(c->auth.rights & QP_RIGHT_IMPORT))
            qp_fields_fault(&s, QP_EDENIED, "person",
                            "%s lacks the right `import`: a person starts his own patrol", c->auth.by);
        p->person = *person ? person : qp_arena_text(job->arena, self);
        ev->at_us = qp_field_time(&s, "at", false); /* whether it may: patrol.c */
        ev->body_case = QP__EVENT__BODY_PATROL_STARTED;
        ev->patrol_started = p;
        key_of(c, job, ev, o, &s);
    } else {
        qp_fields_fault(&s, QP_ENOMEM, "", "out of memory");
    }
    rc = qp_fields_end(&s);
    json_decref(o);
    return rc;
}

static enum MHD_Result send_draft(struct qp_call *c, struct qp_job *job, int rc, struct qp_fault *f)
{
    if (!rc)
        rc = qp_job_send(c, job, written, &f->e);
    else
        c->job = job;
    return rc ? qp_answer_fault(c, f) : MHD_YES;
}

enum MHD_Result qp_patrols_post(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    struct qp_job *job = qp_job_new(c->h, 1, JOB_ARENA);
    return job ? send_draft(c, job, draft_start(c, job, &f), &f) : MHD_NO;
}

static const struct {
    const char *name;
    enum qp_mark_kind kind;
} VERBS[] = {{"checkpoint", QP_MARK_CHECKPOINT},
             {"pause", QP_MARK_PAUSE},
             {"resume", QP_MARK_RESUME},
             {"stop", QP_MARK_STOP}};
enum { VERBS_N = sizeof VERBS / sizeof *VERBS };

/* Where it is said: at the position that was given; where nobody gives one and no time of before, as he was heard just now, so
 * that the minutes up to a pause or stop count. */
static int place_mark(struct qp_call *c, struct qp_read *r, Qp__PatrolMarked *m,
                      const struct qp_geo_point *at, bool stated, struct qp_fault *f)
{
    Qp__PatrolRow *row;
    struct qp_arena *a = qp_call_arena(c);
    enum qp_mark_place place = QP_MARK_NOWHERE;
    if (!at && (stated || m->kind == QP_MARK_CHECKPOINT)) /* a check-point is on the grid (minutes.h) */
        return 0;
    int rc = a ? qp_patrol_read(r, m->id.data, a, &row) : QP_ENOMEM;
    if (rc == QP_ENOTFOUND)
        return 0; /* the turn says it */
    if (!rc)
        rc = at ? qp_patrol_place(r, row, *at, a, &place, &f->e)
                : qp_patrol_heard(c->h, r, row, qp_wall_us(), a, &place, &f->e);
    m->place = place;
    return rc && !f->e.code ? qp_fault_set(f, rc, "", "the patrol cannot be read") : rc;
}

/* DE2: one that he does not see is for him as if it were not there; whether it is, the turn says. */
static int look_at_patrol(struct qp_call *c, struct qp_read *r, const Qp__PatrolMarked *m, struct qp_fault *f)
{
    Qp__PatrolRow *row;
    struct qp_arena *a = qp_call_arena(c);
    if (!qp_auth_sees_some(&c->auth))
        return 0;
    int rc = a ? qp_patrol_read(r, m->id.data, a, &row) : QP_ENOMEM;
    if (rc && rc != QP_ENOTFOUND)
        return qp_fault_set(f, rc, "", "the patrol cannot be read");
    return rc || sees(&c->auth, r, row)
               ? 0
               : qp_fault_set(f, QP_ENOTFOUND, "", "no patrol of this node has that id");
}

/* A matter that a check-point names is known here, and he sees it. */
static int look_at_matter(struct qp_call *c, struct qp_read *r, struct qp_fields *s,
                          const Qp__PatrolMarked *m)
{
    Qp__Row *row;
    int rc = m->matter.len ? qp_matter_read(r, m->matter.data, &row, s->a, NULL) : 0;
    if (!rc && m->matter.len && !qp_auth_sees(&c->auth, row))
        rc = QP_ENOTFOUND;
    return rc == QP_ENOTFOUND ? qp_fields_fault(s, QP_EPOLICY, "matter", "no such matter is known here")
           : rc               ? qp_fields_fault(s, rc, "matter", "the matter cannot be read")
                              : 0;
}

static void read_mark(struct qp_call *c, struct qp_fields *s, Qp__Event *ev)
{
    struct qp_geo_point at;
    struct qp_read r;
    Qp__PatrolMarked *m = ev->patrol_marked;
    bool has_at = qp_field_position(s, false, &at);
    uint8_t *matter = qp_field_id(s, "matter", false);
    m->note = qp_field_text(s, "note", QP_PATROL_NOTE, false);
    ev->at_us = qp_field_time(s, "at", false);
    bool stated = ev->at_us != 0 && ev->at_us < qp_wall_us() - (int64_t)QP_STATED_SINCE_S * 1000000;
    if (matter)
        m->matter = (ProtobufCBinaryData){QP_ID_LEN, matter};
    if (!qp_fields_ok(s) || qp_read_begin(c->h->store, &r, &s->f->e))
        return;
    if (!look_at_patrol(c, &r, m, s->f) && !place_mark(c, &r, m, has_at ? &at : NULL, stated, s->f))
        look_at_matter(c, &r, s, m);
    qp_read_end(&r);
}

static int draft_mark(struct qp_call *c, struct qp_job *job, size_t v, const uint8_t *id, struct qp_fault *f)
{
    json_t *o;
    struct qp_fields s;
    Qp__Event *ev;
    int rc = qp_body_begin(&s, &o, c, job->arena, f);
    if (rc)
        return rc;
    Qp__PatrolMarked *m = qp_arena_take(job->arena, sizeof *m);
    struct qp_command *cmd = qp_job_add(job, QP_OP_GROUND, &c->auth, &ev);
    uint8_t *own = qp_arena_copy(job->arena, id, QP_ID_LEN);
    if (m && cmd && own) {
        qp__patrol_marked__init(m);
        m->id = (ProtobufCBinaryData){QP_ID_LEN, own};
        m->kind = VERBS[v].kind;
        ev->body_case = QP__EVENT__BODY_PATROL_MARKED;
        ev->patrol_marked = m;
        read_mark(c, &s, ev);
        cmd->if_version = qp_field_int(&s, "if_version", 0, INT64_MAX, -1);
        key_of(c, job, ev, o, &s);
    } else {
        qp_fields_fault(&s, QP_ENOMEM, "", "out of memory");
    }
    rc = qp_fields_end(&s);
    json_decref(o);
    return rc;
}

static bool id_of(const struct qp_call *c, uint8_t id[QP_ID_LEN])
{
    char text[40];
    return qp_call_segment(c, 3, text, sizeof text) && !qp_id_parse(id, text);
}

enum MHD_Result qp_patrol_post(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    char name[16];
    uint8_t id[QP_ID_LEN];
    size_t v = 0;
    if (!qp_call_segment(c, 4, name, sizeof name))
        name[0] = '\0';
    while (v < VERBS_N && strcmp(VERBS[v].name, name) != 0)
        v++;
    if (v == VERBS_N)
        return qp_answer_error(c, 404, "not_found",
                               "of a patrol there are checkpoint, pause, resume and stop");
    if (!id_of(c, id))
        return qp_answer_error(c, 404, "not_found", "no patrol with this id is known here");
    struct qp_job *job = qp_job_new(c->h, 1, JOB_ARENA);
    return job ? send_draft(c, job, draft_mark(c, job, v, id, &f), &f) : MHD_NO;
}

/* ---- GET ---- */

enum MHD_Result qp_patrol_get_one(struct qp_call *c)
{
    uint8_t id[QP_ID_LEN];
    if (!id_of(c, id))
        return qp_answer_error(c, 404, "not_found", "no patrol with this id is known here");
    return answer(c, 200, id, NULL);
}

struct listing {
    struct qp_json j;
    struct qp_read *r;
    const struct qp_auth *auth;
    const char *grid, *area;
    size_t limit, n, looked;
    bool more;
    uint8_t last[QP_ID_LEN];
};

static int list_one(void *arg, const Qp__PatrolRow *row)
{
    struct listing *l = arg;
    struct qp_node_entry n;
    if ((l->more = l->n == l->limit || l->looked++ == LOOKED_MOST))
        return QP_EEXISTS;
    if (row->started->id.len == QP_ID_LEN)
        memcpy(l->last, row->started->id.data, QP_ID_LEN);
    if (l->grid && strcmp(l->grid, row->started->grid) != 0)
        return 0;
    if (l->area && (qp_node_by_id(l->r, row->node.data, &n) || !qp_path_within(n.path, l->area)))
        return 0;
    if (!sees(l->auth, l->r, row))
        return 0;
    l->n++;
    qp_json_object(&l->j);
    put_patrol(&l->j, l->r, row);
    qp_json_object_end(&l->j);
    return 0;
}

enum MHD_Result qp_patrols_get(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    struct qp_query q;
    struct qp_read r;
    struct listing l = {.r = &r, .auth = &c->auth, .limit = LIMIT};
    int64_t from = 0, to = INT64_MAX;
    uint8_t before[QP_ID_LEN];
    qp_query_begin(&q, c, &f);
    l.grid = qp_query_text(&q, "grid");
    l.area = qp_query_path(&q, "area");
    qp_query_time(&q, "from", &from);
    qp_query_time(&q, "to", &to);
    l.limit = qp_query_limit(&q, l.limit);
    const char *cursor = qp_query_text(&q, "cursor");
    bool has_cursor = cursor && *cursor;
    if (has_cursor && qp_id_parse(before, cursor))
        qp_query_fault(&q, QP_EINVAL, "cursor", "`cursor` must be the `next_cursor` of the page before");
    int rc = qp_query_end(&q);
    if (!rc)
        rc = qp_read_begin(c->h->store, &r, &f.e);
    if (rc)
        return qp_answer_fault(c, &f);
    qp_json_object(&l.j);
    qp_json_key(&l.j, "items");
    qp_json_array(&l.j);
    rc = qp_patrols_each(&r, from, to, has_cursor ? before : NULL, list_one, &l, &f.e);
    qp_read_end(&r);
    qp_json_array_end(&l.j);
    qp_json_key(&l.j, "next_cursor");
    qp_json_id(&l.j, l.last, l.more ? QP_ID_LEN : 0);
    qp_json_object_end(&l.j);
    if (!rc || rc == QP_EEXISTS)
        return qp_answer_json(c, 200, &l.j);
    qp_json_drop(&l.j);
    return qp_answer_fault(c, &f);
}
