/* duty_where.c: POST /api/v1/duty/position, and where somebody of this node is (GR3, GR4).
 *
 * A position goes into memory (node/field/where.h) and nowhere else. Of a person on patrol it is looked at once, in his grid or
 * not; what is journaled of that is a mark without coordinates, at least each five minutes and where he goes out of the grid or
 * comes back:
 *
 *   heard ─┬─ less than five minutes after the last mark, on the same side ─► remembered
 *          └─ else ─► the one that was remembered, and this one, as marks (PatrolMarked) */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/core/policy.h"
#include "node/http/calls/calls.h"
#include "node/http/calls/duty.h"
#include "node/http/shape/position.h"
#include "node/http/shape/refused.h"
#include "topology/geo/pack.h"

enum { JOB_ARENA = 64 * 1024, FLICKER_US = 30 * 1000000, FRESH_US = 60 * 1000000, BUSY_US = 500 * 1000 };
static const int64_t GAP_US = QP_PATROL_GAP_S * INT64_C(1000000);

/* ---- where, and busy with what ---- */

const char *qp_person_of(const char *by)
{
    const char *colon = strchr(by, ':');
    return colon ? colon + 1 : by;
}

static int note_person(void *arg, const Qp__Row *row)
{
    struct qp_duty_busy *b = arg;
    if (!*row->face->person)
        return 0;
    if (b->n == b->cap) {
        size_t cap = b->cap ? b->cap * 2 : 64;
        void *v = realloc(b->person, cap * sizeof *b->person);
        if (!v)
            return QP_ENOMEM;
        b->person = v;
        b->cap = cap;
    }
    snprintf(b->person[b->n++], sizeof b->person[0], "%s", row->face->person);
    return 0;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* Page by page, and no longer than a transaction may last. */
int qp_duty_busy(struct qp_http *h, struct qp_read *r, struct qp_duty_busy *out, struct qp_err *e)
{
    char cursor[128] = "", next[128] = "";
    struct qp_list_query q = {.holder = h->self.path,
                              .state = QP_ASSIGNED,
                              .overdue = -1,
                              .sort = QP_SORT_OPENED_DESC,
                              .limit = QP_LIST_MOST,
                              .cursor = cursor};
    int64_t until_us = qp_wall_us() + BUSY_US;
    int rc = 0;
    *out = (struct qp_duty_busy){.all = false};
    while (!rc && !out->all && (!*cursor || qp_wall_us() < until_us)) {
        rc = qp_matter_list(r, &q, note_person, out, next, NULL, e);
        memcpy(cursor, next, sizeof cursor);
        out->all = !*cursor;
    }
    if (out->n > 1)
        qsort(out->person, out->n, sizeof *out->person, by_name);
    if (rc == QP_ENOMEM && !e->code)
        qp_fail(e, rc, "out of memory");
    return rc;
}

void qp_duty_busy_free(struct qp_duty_busy *b)
{
    free(b->person);
}

static size_t handles(const struct qp_duty_busy *b, const char *person)
{
    const char(*at)[QP_NAME_BYTES + 1] =
        b->n ? bsearch(person, b->person, b->n, sizeof *b->person, by_name) : NULL;
    size_t from = at ? (size_t)(at - b->person) : 0, to = from;
    while (from > 0 && strcmp(b->person[from - 1], person) == 0)
        from--;
    while (at && to < b->n && strcmp(b->person[to], person) == 0)
        to++;
    return to - from;
}

/* What cannot be read goes on: it is told as busy, never as free. */
static bool on_patrol(struct qp_read *r, const char *person, int64_t now_us, struct qp_arena *a)
{
    uint8_t id[QP_ID_LEN];
    Qp__PatrolRow *row;
    return !qp_patrol_of(r, person, id) &&
           (qp_patrol_read(r, id, a, &row) || !qp_patrol_is_forgotten(row->started_us, now_us));
}

void qp_duty_where(struct qp_http *h, struct qp_read *r, const struct qp_duty_busy *b, const char *person,
                   int64_t now_us, struct qp_arena *a, struct qp_duty_where *out)
{
    struct qp_where_one one;
    *out = (struct qp_duty_where){.at_us = 0};
    if (qp_where_get(qp_core_where(h->core), person, now_us, &one)) {
        out->at = one.at;
        out->at_us = one.at_us;
        out->age_s = (now_us - one.at_us) / 1000000;
        explicit_bzero(&one, sizeof one);
    }
    size_t n = handles(b, person);
    bool patrols = on_patrol(r, person, now_us, a);
    out->busy = patrols || n > 0;
    out->unsure = !out->busy && !b->all;
    if (patrols) {
        snprintf(out->reason, sizeof out->reason, "on patrol");
        snprintf(out->reason_zh, sizeof out->reason_zh, "正在巡查");
    } else if (n > 0) {
        snprintf(out->reason, sizeof out->reason, "handles %zu matter%s", n, n > 1 ? "s" : "");
        snprintf(out->reason_zh, sizeof out->reason_zh, "手上有 %zu 件事项", n);
    } else if (!b->all) {
        snprintf(
            out->reason, sizeof out->reason,
            "none of the newest matters of his node is with him; there are more than could be looked at");
        snprintf(out->reason_zh, sizeof out->reason_zh, "其节点最新的事项中没有交给他的；事项太多，没有看完");
    }
}

/* ---- POST /duty/position ---- */

static enum MHD_Result taken(struct qp_call *c, const uint8_t *patrol, const char *place)
{
    struct qp_json j = {0};
    qp_json_object(&j);
    qp_json_put(&j, "person", qp_person_of(c->auth.by));
    qp_json_put_bool(&j, "on", true);
    qp_json_key(&j, "patrol");
    qp_json_id(&j, patrol, patrol ? QP_ID_LEN : 0);
    qp_json_put(&j, "place", place); /* "on" or "off" the grid of the patrol; absent: it has no boundary */
    qp_json_object_end(&j);
    return qp_answer_json(c, 200, &j);
}

static enum MHD_Result marked(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    qp_job_leave(c);
    const Qp__PatrolMarked *m = c->job->commands[c->job->n - 1].draft->patrol_marked;
    for (size_t i = 0; i < c->job->n; i++) {
        if (qp_job_fault(c->job, i, c->late, &f) &&
            f.e.code != QP_ESTEP) /* stopped meanwhile: the position stands */
            return qp_answer_fault(c, &f);
    }
    return taken(c, m->id.data, m->place == QP_MARK_ON ? "on" : "off");
}

static int add_mark(struct qp_call *c, struct qp_job *job, const uint8_t *id, int64_t at_us, bool off)
{
    Qp__Event *ev;
    struct qp_command *cmd = qp_job_add(job, QP_OP_GROUND, &c->auth, &ev);
    Qp__PatrolMarked *m = qp_arena_take(job->arena, sizeof *m);
    if (!cmd || !m)
        return QP_ENOMEM;
    qp__patrol_marked__init(m);
    m->id = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(job->arena, id, QP_ID_LEN)};
    m->kind = QP_MARK_POSITION;
    m->place = off ? QP_MARK_OFF : QP_MARK_ON;
    ev->at_us = at_us;
    ev->body_case = QP__EVENT__BODY_PATROL_MARKED;
    ev->patrol_marked = m;
    return 0;
}

/* What is journaled of where he is. */
struct last {
    int64_t at_us;  /* of the last mark */
    bool off, none; /* none: since the start, or since he went on, nothing says where */
};

static struct last last_mark(const Qp__PatrolRow *row, struct qp_arena *a)
{
    struct qp_mark *v = qp_arena_take(a, sizeof *v * (QP_PATROL_MARKS_KEPT + 1));
    size_t n = v ? qp_patrol_marks(row, v, QP_PATROL_MARKS_KEPT + 1) : 0;
    struct last l = {.at_us = row->started_us, .none = true};
    for (size_t i = 0; i < n; i++) {
        l.at_us = v[i].at_us;
        if (v[i].place != QP_MARK_NOWHERE || v[i].kind == QP_MARK_CHECKPOINT) {
            l.none = false;
            l.off = v[i].place == QP_MARK_OFF;
        } else if (v[i].kind == QP_MARK_START || v[i].kind == QP_MARK_RESUME) {
            l.none = true;
            l.off = false;
        }
    }
    return l;
}

int qp_patrol_place(struct qp_read *r, const Qp__PatrolRow *row, struct qp_geo_point at, struct qp_arena *a,
                    enum qp_mark_place *out, struct qp_err *e)
{
    struct qp_resource_row grid;
    struct qp_geo_shape s;
    *out = QP_MARK_NOWHERE;
    int rc = qp_resource_read(r, &qp_resources[QP_RESOURCE_GRID], row->started->grid, a, &grid);
    if (rc == QP_ENOTFOUND)
        return 0;
    if (rc)
        return qp_fail(e, rc, "the grid %s cannot be read", row->started->grid);
    const Qp__GridMade *g = (const Qp__GridMade *)grid.made;
    if (!g->boundary.len || (rc = qp_geo_unpack(&s, &g->boundary, a, NULL)) == QP_EINVAL)
        return 0; /* none, or bytes that are none */
    if (rc)
        return qp_fail(e, rc, "the boundary of grid %s cannot be read", row->started->grid);
    *out = qp_geo_side_of(&s, at) == QP_GEO_OUTSIDE ? QP_MARK_OFF : QP_MARK_ON;
    return 0;
}

int qp_patrol_heard(struct qp_http *h, struct qp_read *r, const Qp__PatrolRow *row, int64_t now_us,
                    struct qp_arena *a, enum qp_mark_place *out, struct qp_err *e)
{
    struct qp_where *w = qp_core_where(h->core);
    struct qp_where_one one;
    *out = QP_MARK_NOWHERE;
    if (!qp_where_get(w, row->started->person, now_us, &one))
        return 0;
    bool fresh = now_us - one.at_us < FRESH_US;
    int rc = fresh ? qp_patrol_place(r, row, one.at, a, out, e) : 0;
    struct qp_where_heard heard = qp_where_heard(w, row->started->person);
    if (*out == QP_MARK_ON && heard.off && heard.at_us > last_mark(row, a).at_us)
        *out = QP_MARK_OFF;
    explicit_bzero(&one, sizeof one);
    return rc;
}

/* What of it is to be journaled; into the job. */
static int judge(struct qp_call *c, struct qp_job *job, const Qp__PatrolRow *row, int64_t now_us, bool off,
                 struct qp_arena *a)
{
    struct qp_where *w = qp_core_where(c->h->core);
    const char *person = row->started->person;
    struct last l = last_mark(row, a);
    struct qp_where_heard h = qp_where_heard(w, person);
    const uint8_t *id = row->started->id.data;
    bool had = h.at_us > l.at_us, first = !had && l.none, turned = !first && (had ? h.off : l.off) != off;
    int rc = 0;
    if (turned && now_us - l.at_us < FLICKER_US) { /* at the very border: out counts */
        qp_where_hear(w, person, (struct qp_where_heard){now_us, true});
        return 0;
    }
    if (!turned && !first && now_us - l.at_us < GAP_US - FLICKER_US) {
        qp_where_hear(w, person, (struct qp_where_heard){now_us, off || (had && h.off)});
        return 0;
    }
    if (had && (turned || now_us - l.at_us > GAP_US))
        rc = add_mark(c, job, id, h.at_us, h.off);
    if (!rc)
        rc = add_mark(c, job, id, now_us, off);
    qp_where_hear(w, person, (struct qp_where_heard){0, false});
    return rc;
}

static int read_position(struct qp_call *c, struct qp_where_one *one, struct qp_fault *f)
{
    json_t *o;
    struct qp_fields s;
    int rc = qp_body_begin(&s, &o, c, qp_call_arena(c), f);
    if (rc)
        return rc;
    qp_field_position(&s, true, &one->at);
    const json_t *accuracy = qp_field(&s, "accuracy_m");
    double m = accuracy && json_is_number(accuracy) ? json_number_value(accuracy) : 0;
    if ((accuracy && !json_is_number(accuracy)) || !(m >= 0 && m <= 1e6))
        qp_fields_fault(&s, QP_EINVAL, "accuracy_m", "`accuracy_m` must be metres, 0 to 1000000");
    one->accuracy_m = (uint32_t)m;
    rc = qp_fields_end(&s);
    json_decref(o);
    return rc;
}

/* Is he on duty, on which patrol, and is that in its grid? *row NULL: on none that goes on. */
static int look(struct qp_call *c, const struct qp_where_one *one, Qp__DutyRow **duty, Qp__PatrolRow **row,
                enum qp_mark_place *place, struct qp_fault *f)
{
    struct qp_read r;
    uint8_t id[QP_ID_LEN];
    struct qp_arena *a = qp_call_arena(c);
    *row = NULL;
    *place = QP_MARK_NOWHERE;
    int rc = qp_read_begin(c->h->store, &r, &f->e);
    if (rc)
        return rc;
    rc = qp_duty_read(&r, c->h->self.node, one->person, a, duty);
    if (!rc && qp_duty_on(*duty, one->at_us) && !qp_patrol_of(&r, one->person, id)) {
        rc = qp_patrol_read(&r, id, a, row);
        if (!rc && ((*row)->paused || qp_patrol_is_forgotten((*row)->started_us, one->at_us)))
            *row = NULL;
        if (!rc && *row)
            rc = qp_patrol_place(&r, *row, one->at, a, place, &f->e);
    }
    qp_read_end(&r);
    if (rc == QP_ENOTFOUND || (!rc && !qp_duty_on(*duty, one->at_us)))
        return qp_fault_set(f, QP_ESTEP, "",
                            "%s is not on duty at this node: a position is taken from who is (POST /duty)",
                            one->person);
    return rc && !f->e.code ? qp_fault_set(f, rc, "", "duty and patrols cannot be read") : rc;
}

/* Until the end of the shift, or as long as the policy keeps a position. */
static int64_t kept_until(struct qp_http *h, const Qp__DutyRow *duty, int64_t now_us)
{
    struct qp_in_force *f = qp_core_policy_hold(h->core);
    const struct qp_policy_span *s = f ? &f->policy->rules.keep_position : NULL;
    int64_t until_us = duty->said->until_us;
    if (s && s->said) { /* natural time or days: field.c */
        int64_t keep_us = qp_unit_measure(s->d.unit) == QP_MEASURE_TIME ? qp_duration_us(&s->d)
                                                                        : s->d.n * INT64_C(86400000000);
        until_us = keep_us < until_us - now_us ? now_us + keep_us : until_us;
    }
    qp_in_force_release(f);
    return until_us;
}

static int keep(struct qp_call *c, struct qp_where_one *one, struct qp_fault *f)
{
    int rc = qp_where_put(qp_core_where(c->h->core), one);
    explicit_bzero(&one->at, sizeof one->at); /* this copy is wanted no more */
    return rc == QP_ESTEP
               ? qp_fault_set(f, rc, "", "the duty of %s was said anew just now: say it again", one->person)
           : rc ? qp_fault_set(f, rc, "", "more people are on duty than this node keeps positions of (%d)",
                               QP_WHERE_MOST)
                : 0;
}

enum MHD_Result qp_duty_position_post(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    Qp__DutyRow *duty;
    Qp__PatrolRow *row;
    enum qp_mark_place place;
    struct qp_where_one one = {.at_us = qp_wall_us()};
    struct qp_arena *a = qp_call_arena(c);
    int rc = a ? read_position(c, &one, &f) : qp_fault_set(&f, QP_ENOMEM, "", "out of memory");
    qp_text_cut(one.person, sizeof one.person, qp_person_of(c->auth.by));
    if (!rc)
        rc = look(c, &one, &duty, &row, &place, &f);
    if (rc)
        return qp_answer_fault(c, &f);
    one.until_us = kept_until(c->h, duty, one.at_us);
    one.version = duty->version;
    rc = keep(c, &one, &f);
    if (rc)
        return qp_answer_fault(c, &f);
    if (!row || place == QP_MARK_NOWHERE)
        return taken(c, row ? row->started->id.data : NULL, NULL);
    struct qp_job *job = qp_job_new(c->h, 2, JOB_ARENA);
    rc = job ? judge(c, job, row, one.at_us, place == QP_MARK_OFF, a) : QP_ENOMEM;
    if (!rc && job->n > 0)
        rc = qp_job_send(c, job, marked, &f.e);
    else
        c->job = job;
    if (rc)
        return qp_answer_fault(c, &f);
    return job->n > 0 ? MHD_YES : taken(c, row->started->id.data, place == QP_MARK_OFF ? "off" : "on");
}
