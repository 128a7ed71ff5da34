/* duty.c: POST /api/v1/duty, POST /api/v1/duty/position, GET /api/v1/duty: who is on duty, and where (GR3).
 *
 *   POST /duty ─► DutySaid: a fact, here and at every superior; without a position
 *   POST /duty/position ─► memory (node/field/where.h); of one on patrol also: in his grid or not ─► duty_where.c
 *   GET /duty ─► the table: who; memory: where; the links: which branch is not heard, and so unknown
 *
 * What is answered of a person is his id, his name as his node shows it, role, grid: no phone, no track. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/core/duty.h"
#include "node/http/calls/calls.h"
#include "node/http/calls/duty.h"
#include "node/http/shape/draft.h"
#include "node/http/shape/link_view.h"
#include "node/http/shape/position.h"
#include "node/http/shape/refused.h"

enum { JOB_ARENA = 256 * 1024, SEEN_MOST = 20000, LIMIT = 50 };
enum {
    CURSOR = 32 + QP_PATH_MAX + QP_NAME_BYTES
}; /* "METRES PATH PERSON" of the last one shown; metres "-": not known */

/* ---- POST /duty ---- */

static void put_said(struct qp_json *j, const struct qp_cert *self, const char *person,
                     const Qp__DutyRow *row, int64_t now_us)
{
    bool on = row && qp_duty_on(row, now_us);
    qp_json_put(j, "person", person);
    qp_json_put_full(j, "title", row ? row->said->title : "");
    qp_json_put_bool(j, "on", on);
    qp_json_put_full(j, "grid", on ? row->said->grid : "");
    qp_json_put(j, "node", self->path);
    qp_json_put_time(j, "since", on ? row->since_us : 0);
    qp_json_put_time(j, "until", on ? row->said->until_us : 0);
    qp_json_key(j, "version");
    qp_json_uint(j, row ? row->version : 0);
    qp_json_put_time(j, "updated_at", row ? row->updated_us : 0);
}

static enum MHD_Result said(struct qp_call *c)
{
    struct qp_fault why = {.field = ""}, f = {.field = ""};
    struct qp_read r;
    struct qp_json j = {0};
    Qp__DutyRow *row = NULL;
    qp_job_leave(c);
    const char *person = c->job->commands[0].draft->duty_said->person;
    int rc = qp_job_fault(c->job, 0, c->late, &why);
    if (rc && rc != QP_EVERSION)
        return qp_answer_fault(c, &why);
    if (qp_read_begin(c->h->store, &r, &f.e))
        return qp_answer_fault(c, &f);
    if (qp_duty_read(&r, c->h->self.node, person, qp_call_arena(c), &row))
        row = NULL;
    qp_json_stands_begin(&j, rc ? &why : NULL); /* another version stands: which (RE4) */
    put_said(&j, &c->h->self, person, row, qp_wall_us());
    qp_json_stands_end(&j, rc ? &why : NULL);
    qp_read_end(&r);
    return qp_answer_json(c, rc ? 409 : 200, &j);
}

/* Oneself; or, with a reason, a commander for somebody who has an account here. */
static void who(struct qp_call *c, struct qp_fields *s, Qp__DutySaid *d, struct qp_arena *a)
{
    struct qp_user_entry u = {.title = ""};
    struct qp_read r;
    char *person = qp_field_line(s, "person", QP_NAME_BYTES, false);
    const char *self = qp_person_of(c->auth.by);
    bool other = *person && strcmp(person, self) != 0;
    d->reason = qp_field_text(s, "reason", QP_REASON_BYTES, other);
    d->person = other ? person : qp_arena_text(a, self);
    if (other && !(c->auth.rights & (QP_RIGHT_COMMAND | QP_RIGHT_IMPORT)))
        qp_fields_fault(s, QP_EDENIED, "person",
                        "%s lacks the right `command`: only a commander says it for others", c->auth.by);
    if (!qp_fields_ok(s) || qp_read_begin(c->h->store, &r, NULL))
        return;
    int rc = other || c->auth.kind == QP_AUTH_SESSION ? qp_user_read(&r, d->person, &u) : 0;
    qp_read_end(&r);
    if (rc || u.ended)
        qp_fields_fault(s, QP_EPOLICY, "person", "there is no account %s at this node", d->person);
    d->title = qp_arena_text(a, u.title);
    d->roles = u.roles;
    if (!d->person || !d->title)
        qp_fields_fault(s, QP_ENOMEM, "", "out of memory");
}

static int draft(struct qp_call *c, struct qp_job *job, struct qp_fault *f)
{
    json_t *o;
    struct qp_fields s;
    Qp__Event *ev;
    struct qp_arena *a = job->arena;
    int rc = qp_body_begin(&s, &o, c, a, f);
    if (rc)
        return rc;
    Qp__DutySaid *d = qp_arena_take(a, sizeof *d);
    struct qp_command *cmd = qp_job_add(job, QP_OP_GROUND, &c->auth, &ev);
    if (!d || !cmd) {
        json_decref(o);
        return qp_fault_set(f, QP_ENOMEM, "", "out of memory");
    }
    qp__duty_said__init(d);
    d->on = qp_field_bool(&s, "on", true, false);
    d->until_us = qp_field_time(&s, "until", false);
    d->grid = qp_field_line(&s, "grid", QP_NAME_BYTES, false);
    cmd->if_version = qp_field_int(&s, "if_version", 0, INT64_MAX, -1);
    who(c, &s, d, a);
    ev->body_case = QP__EVENT__BODY_DUTY_SAID;
    ev->duty_said = d;
    struct qp_draft whole = {
        .h = c->h, .auth = &c->auth, .job = job, .o = o, .key = qp_call_header(c, "Idempotency-Key"), .f = f};
    rc = qp_draft_finish(&whole, &s, ev, "duty", 0);
    json_decref(o);
    return rc;
}

enum MHD_Result qp_duty_post(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    struct qp_job *job = qp_call_arena(c) ? qp_job_new(c->h, 1, JOB_ARENA) : NULL;
    if (!job)
        return MHD_NO;
    int rc = draft(c, job, &f);
    if (!rc)
        rc = qp_job_send(c, job, said, &f.e);
    else
        c->job = job;
    return rc ? qp_answer_fault(c, &f) : MHD_YES;
}

/* ---- GET /duty ---- */

struct seen {
    char person[QP_NAME_BYTES + 1], title[QP_TITLE_BYTES + 1], grid[QP_NAME_BYTES + 1], path[QP_PATH_MAX];
    uint32_t roles;
    int64_t since_us, until_us;
    bool own, known; /* known: where he is, and whether free */
    bool cut;        /* his node is not heard */
    struct qp_duty_where where;
    double metres; /* NAN: not known */
};
struct asked {
    const char *area;
    struct qp_geo_point at;
    bool has_at;
    size_t limit;
    int64_t now_us;
    struct qp_read *r;
    const uint8_t *self;
    struct seen *v; /* malloc'd */
    size_t n, cap, all;
    const char *cursor;
    struct seen after;         /* what it names */
    struct qp_node_entry node; /* whose the last one was */
};

static int see(void *arg, const uint8_t *node, const Qp__DutyRow *row)
{
    struct asked *q = arg;
    if (!qp_duty_on(row, q->now_us))
        return 0;
    if (memcmp(q->node.node, node, QP_ID_LEN) != 0 && qp_node_by_id(q->r, node, &q->node)) {
        q->node = (struct qp_node_entry){.path = ""};
        return 0;
    }
    if (!*q->node.path || q->node.revoked || !qp_path_within(q->node.path, q->area))
        return 0;
    q->all++;
    if (q->n == SEEN_MOST)
        return 0;
    if (q->n == q->cap) {
        size_t cap = q->cap ? q->cap * 2 : 32;
        struct seen *v = realloc(q->v, cap * sizeof *v);
        if (!v)
            return QP_ENOMEM;
        q->v = v;
        q->cap = cap;
    }
    struct seen *s = &q->v[q->n++];
    *s = (struct seen){
        .roles = row->said->roles, .since_us = row->since_us, .until_us = row->said->until_us, .metres = NAN};
    snprintf(s->person, sizeof s->person, "%s", row->said->person);
    snprintf(s->title, sizeof s->title, "%s", row->said->title);
    snprintf(s->grid, sizeof s->grid, "%s", row->said->grid);
    snprintf(s->path, sizeof s->path, "%s", q->node.path);
    s->own = memcmp(node, q->self, QP_ID_LEN) == 0;
    return 0;
}

static int by_distance(const void *a, const void *b)
{
    const struct seen *x = a, *y = b;
    bool nx = isnan(x->metres), ny = isnan(y->metres);
    if (nx != ny)
        return nx ? 1 : -1;
    if (!nx && x->metres != y->metres)
        return x->metres < y->metres ? -1 : 1;
    int c = strcmp(x->path, y->path);
    return c ? c : strcmp(x->person, y->person);
}

/* Why he is, or is not, the one to call. */
static void put_reason(struct qp_json *j, const struct seen *s)
{
    const struct qp_duty_where *w = &s->where;
    long long age_s = w->age_s;
    char en[200], zh[200];
    if (!s->known && s->cut) {
        snprintf(en, sizeof en, "its node is not heard: whether he is on duty, free and where is not known");
        snprintf(zh, sizeof zh, "收不到其节点：是否在岗、空闲与位置均不知");
    } else if (!s->known) {
        snprintf(en, sizeof en, "where, and whether free, is known at his own node: positions do not travel");
        snprintf(zh, sizeof zh, "位置与忙闲只有其节点知道：位置不外传");
    } else if (*w->reason) {
        snprintf(en, sizeof en, "%s", w->reason);
        snprintf(zh, sizeof zh, "%s", w->reason_zh);
    } else if (!w->at_us) {
        snprintf(en, sizeof en, "free; no position of him is known");
        snprintf(zh, sizeof zh, "空闲；没有他的位置");
    } else {
        snprintf(en, sizeof en, "free; heard %lld s ago", age_s);
        snprintf(zh, sizeof zh, "空闲；%lld 秒前报过位置", age_s);
    }
    qp_json_put(j, "reason", en);
    qp_json_put(j, "reason_zh", zh);
}

static void put_seen(struct qp_json *j, const struct seen *s)
{
    qp_json_object(j);
    qp_json_put(j, "person", s->person);
    qp_json_put_full(j, "title", s->title);
    const struct qp_named_bit *role = NULL, *first = NULL;
    for (size_t i = 0; (role = qp_role_at(i)) && !first; i++)
        first = s->roles & role->bit ? role : NULL;
    qp_json_put(j, "role", first ? first->name : NULL);
    qp_json_put_full(j, "grid", s->grid);
    qp_json_put(j, "node", s->path);
    qp_json_put_time(j, "since", s->since_us);
    qp_json_put_time(j, "until", s->until_us);
    qp_json_key(j, "busy");
    if (s->known && !s->where.unsure)
        qp_json_bool(j, s->where.busy);
    else
        qp_json_null(j);
    qp_json_key(j, "distance_m");
    if (isnan(s->metres))
        qp_json_null(j);
    else
        qp_json_real(j, round(s->metres));
    qp_json_key(j, "position_age_s");
    if (s->known && s->where.at_us)
        qp_json_int(j, s->where.age_s);
    else
        qp_json_null(j);
    put_reason(j, s);
    qp_json_object_end(j);
}

/* Nodes of the area that are not heard: nobody can say who is on duty there now (GR3). */
static void put_unknown(struct qp_json *j, struct qp_call *c, struct asked *q, const struct qp_link_view *l)
{
    struct qp_node_entry n;
    qp_json_key(j, "unknown");
    qp_json_array(j);
    for (size_t i = 0; l && i < l->n; i++) {
        if (l->v[i].state != QP_LINK_CUT || qp_node_by_id(q->r, l->v[i].peer, &n) || n.revoked ||
            !qp_path_within(n.path, c->h->self.path) ||
            !(qp_path_within(n.path, q->area) || qp_path_within(q->area, n.path)))
            continue;
        qp_json_object(j);
        qp_json_put(j, "node", n.path);
        qp_json_put_time(j, "last_heard", l->v[i].last_heard_us);
        qp_json_object_end(j);
    }
    qp_json_array_end(j);
}

static bool is_cut(const struct qp_link_view *l, struct qp_read *r, const char *path)
{
    struct qp_node_entry n;
    for (size_t i = 0; l && i < l->n; i++)
        if (l->v[i].state == QP_LINK_CUT && !qp_node_by_id(r, l->v[i].peer, &n) &&
            qp_path_within(path, n.path))
            return true;
    return false;
}

static void cursor_read(struct qp_query *u, struct asked *q)
{
    struct seen *s = &q->after;
    const char *path = strchr(q->cursor, ' '), *person = path ? strchr(path + 1, ' ') : NULL;
    char *end = NULL;
    bool known = *q->cursor != '-';
    s->metres = known ? strtod(q->cursor, &end) : NAN;
    if (!person || strlen(q->cursor) > CURSOR || (known ? end != path : path != q->cursor + 1) ||
        (size_t)(person - path) > sizeof s->path || strlen(person + 1) > QP_NAME_BYTES || isinf(s->metres) ||
        (known && isnan(s->metres))) {
        qp_query_fault(u, QP_EINVAL, "cursor", "`cursor` must be the `next_cursor` of the page before");
        return;
    }
    snprintf(s->path, sizeof s->path, "%.*s", (int)(person - path - 1), path + 1);
    snprintf(s->person, sizeof s->person, "%s", person + 1);
}

static int query(struct qp_call *c, struct asked *q, struct qp_fault *f)
{
    struct qp_query u;
    qp_query_begin(&u, c, f);
    q->area = qp_query_path(&u, "area");
    q->has_at = qp_query_position(&u, false, &q->at);
    q->limit = qp_query_limit(&u, LIMIT);
    q->cursor = qp_query_text(&u, "cursor");
    if (q->cursor && *q->cursor)
        cursor_read(&u, q);
    else
        q->cursor = NULL;
    if (q->area && !qp_path_within(q->area, c->h->self.path))
        qp_query_fault(&u, QP_ENOTFOUND, "area", "%.200s does not lie at or below this node", q->area);
    q->area = q->area ? q->area : c->h->self.path;
    return qp_query_end(&u);
}

static int find_each(struct qp_call *c, struct asked *q, const struct qp_link_view *l, struct qp_err *e)
{
    struct qp_duty_busy b;
    struct qp_arena *a = qp_arena_new(QP_DECODE_ARENA);
    int rc = qp_duty_busy(c->h, q->r, &b, e);
    if (!rc && !a)
        rc = qp_fail(e, QP_ENOMEM, "out of memory");
    for (size_t i = 0; i < q->n && !rc; i++) {
        struct seen *s = &q->v[i];
        s->cut = !s->own && is_cut(l, q->r, s->path);
        s->known = s->own;
        if (s->own)
            qp_duty_where(c->h, q->r, &b, s->person, q->now_us, a, &s->where);
        qp_arena_reset(a);
        bool told = !c->auth.own.reads || strcmp(s->person, qp_person_of(c->auth.by)) == 0;
        if (q->has_at && s->known && s->where.at_us &&
            told) /* three distances are a place: of others none to who sees his own alone */
            s->metres = qp_geo_distance_m(q->at, s->where.at);
    }
    qp_duty_busy_free(&b);
    qp_arena_free(a);
    if (q->n > 1 && !rc)
        qsort(q->v, q->n, sizeof *q->v, by_distance);
    return rc;
}

/* One page: behind the cursor, also where the one that it names has gone or moved. */
static void put_page(struct qp_json *j, const struct asked *q)
{
    char next[CURSOR + 1] = "";
    size_t i = 0, shown = 0;
    while (q->cursor && i < q->n && by_distance(&q->v[i], &q->after) <= 0)
        i++;
    qp_json_key(j, "items");
    qp_json_array(j);
    for (; i < q->n && shown < q->limit; i++, shown++)
        put_seen(j, &q->v[i]);
    qp_json_array_end(j);
    if (shown > 0 && i < q->n) {
        const struct seen *s = &q->v[i - 1];
        char metres[32] = "-";
        if (!isnan(s->metres))
            snprintf(metres, sizeof metres, "%.17g", s->metres);
        snprintf(next, sizeof next, "%s %s %s", metres, s->path, s->person);
    }
    qp_json_put_int(j, "total", (int64_t)q->all);
    qp_json_put_full(j, "next_cursor", next);
}

enum MHD_Result qp_duty_get(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    struct qp_read r;
    struct asked q = {.now_us = qp_wall_us(), .r = &r, .self = c->h->self.node};
    struct qp_json j = {0};
    int rc = query(c, &q, &f);
    if (!rc)
        rc = qp_read_begin(c->h->store, &r, &f.e);
    if (rc)
        return qp_answer_fault(c, &f);
    struct qp_link_view *l = qp_link_view_new(c->h);
    rc = qp_duties_each(&r, see, &q, &f.e);
    if (!rc)
        rc = find_each(c, &q, l, &f.e);
    if (!rc) {
        qp_json_object(&j);
        put_page(&j, &q);
        put_unknown(&j, c, &q, l);
        qp_json_object_end(&j);
    }
    qp_read_end(&r);
    free(l);
    if (q.v)
        explicit_bzero(q.v, q.n * sizeof *q.v); /* where people are */
    free(q.v);
    if (!rc)
        return qp_answer_json(c, 200, &j);
    qp_fault_set(&f, rc, "", "who is on duty cannot be read");
    return qp_answer_fault(c, &f);
}
