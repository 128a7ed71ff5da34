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

#include "node/http/calls/calls.h"
#include "node/http/calls/duty.h"
#include "node/http/shape/position.h"
#include "node/http/shape/refused.h"
#include "topology/geo/pack.h"

enum { JOB_ARENA = 64 * 1024, FLICKER_US = 30 * 1000000 };
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
    if (!*row->face->person || b->n == QP_BUSY_MOST)
        return 0;
    snprintf(b->person[b->n++], sizeof b->person[0], "%s", row->face->person);
    return 0;
}

struct qp_duty_busy *qp_duty_busy(struct qp_http *h, struct qp_read *r)
{
    char cursor[128] = "";
    struct qp_list_query q = {.holder = h->self.path,
                              .state = QP_ASSIGNED,
                              .overdue = -1,
                              .sort = QP_SORT_OPENED_DESC,
                              .limit = QP_LIST_MOST};
    struct qp_duty_busy *b = calloc(1, sizeof *b);
    if (b && qp_matter_list(r, &q, note_person, b, cursor, NULL, NULL) == 0)
        return b;
    free(b);
    return NULL;
}

void qp_duty_where(struct qp_http *h, struct qp_read *r, const struct qp_duty_busy *b, const char *person,
                   int64_t now_us, struct qp_duty_where *out)
{
    struct qp_where_one one;
    uint8_t id[QP_ID_LEN];
    size_t n = 0;
    *out = (struct qp_duty_where){.at_us = 0};
    if (qp_where_get(qp_core_where(h->core), person, now_us, &one)) {
        out->at = one.at;
        out->at_us = one.at_us;
        out->age_s = (now_us - one.at_us) / 1000000;
    }
    for (size_t i = 0; i < b->n; i++)
        n += strcmp(b->person[i], person) == 0;
    bool patrols = qp_patrol_of(r, h->self.node, person, id) == 0;
    out->busy = patrols || n > 0;
    if (patrols)
        snprintf(out->reason, sizeof out->reason, "on patrol");
    else if (n > 0)
        snprintf(out->reason, sizeof out->reason, "handles %zu matter%s", n, n > 1 ? "s" : "");
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
    qp_json_put(&j, "place", place); /* "on" or "off" the grid of the patrol */
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

/* The last mark that says where; 0: none does. */
static int64_t last_mark(const Qp__PatrolRow *row, bool *off, struct qp_arena *a)
{
    struct qp_mark *v = qp_arena_take(a, sizeof *v * QP_PATROL_MARKS_KEPT);
    size_t n = v ? qp_patrol_marks(row, v, QP_PATROL_MARKS_KEPT) : 0;
    int64_t at_us = row->started_us;
    *off = false;
    for (size_t i = 0; i < n; i++) {
        at_us = v[i].at_us;
        *off = v[i].place == QP_MARK_OFF;
    }
    return at_us;
}

/* In the grid of the patrol, as it stands now? Without a boundary nobody can say. */
static bool is_off(struct qp_read *r, const Qp__PatrolRow *row, struct qp_geo_point p, struct qp_arena *a)
{
    struct qp_resource_row grid;
    struct qp_geo_shape s;
    if (qp_resource_read(r, &qp_resources[QP_RESOURCE_GRID], row->started->grid, a, &grid))
        return true;
    const Qp__GridMade *g = (const Qp__GridMade *)grid.made;
    return !g->boundary.len || qp_geo_unpack(&s, &g->boundary, a, NULL) != 0 ||
           qp_geo_side_of(&s, p) == QP_GEO_OUTSIDE;
}

/* What of it is to be journaled; into the job. */
static int judge(struct qp_call *c, struct qp_job *job, const Qp__PatrolRow *row, int64_t now_us, bool off,
                 struct qp_arena *a)
{
    struct qp_where *w = qp_core_where(c->h->core);
    const char *person = row->started->person;
    bool was_off;
    int64_t mark_us = last_mark(row, &was_off, a);
    struct qp_where_heard h = qp_where_heard(w, person);
    const uint8_t *id = row->started->id.data;
    bool had = h.at_us > mark_us, turned = (had ? h.off : was_off) != off;
    int rc = 0;
    if (turned && now_us - mark_us < FLICKER_US && row->marks.len > 9) { /* at the very border: out counts */
        qp_where_hear(w, person, (struct qp_where_heard){now_us, true});
        return 0;
    }
    bool first = !had && row->marks.len <= 9;
    if (!turned && !first && now_us - mark_us < GAP_US - FLICKER_US) {
        qp_where_hear(w, person, (struct qp_where_heard){now_us, off || (had && h.off)});
        return 0;
    }
    if (had && (turned || now_us - mark_us > GAP_US))
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

enum MHD_Result qp_duty_position_post(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    struct qp_read r;
    Qp__DutyRow *duty;
    Qp__PatrolRow *row = NULL;
    struct qp_where_one one = {.at_us = qp_wall_us()};
    uint8_t id[QP_ID_LEN];
    struct qp_arena *a = qp_call_arena(c);
    int rc = a ? read_position(c, &one, &f) : qp_fault_set(&f, QP_ENOMEM, "", "out of memory");
    qp_text_cut(one.person, sizeof one.person, qp_person_of(c->auth.by));
    if (!rc)
        rc = qp_read_begin(c->h->store, &r, &f.e);
    if (rc)
        return qp_answer_fault(c, &f);
    bool on = qp_duty_read(&r, c->h->self.node, one.person, a, &duty) == 0 && qp_duty_on(duty, one.at_us);
    bool patrols = on && qp_patrol_of(&r, c->h->self.node, one.person, id) == 0 &&
                   qp_patrol_read(&r, id, a, &row) == 0 && !row->paused;
    bool off = patrols && is_off(&r, row, one.at, a);
    qp_read_end(&r);
    if (!on) {
        qp_fault_set(&f, QP_ESTEP, "",
                     "%s is not on duty at this node: a position is taken from who is (POST /duty)",
                     one.person);
        return qp_answer_fault(c, &f);
    }
    one.until_us = duty->said->until_us;
    rc = qp_where_put(qp_core_where(c->h->core), &one);
    if (rc) {
        qp_fault_set(&f, rc, "", "more people are on duty than this node keeps positions of (%d)",
                     QP_WHERE_MOST);
        return qp_answer_fault(c, &f);
    }
    struct qp_job *job = patrols ? qp_job_new(c->h, 2, JOB_ARENA) : NULL;
    if (!patrols)
        return taken(c, NULL, NULL);
    rc = job ? judge(c, job, row, one.at_us, off, a) : QP_ENOMEM;
    if (!rc && job->n > 0)
        rc = qp_job_send(c, job, marked, &f.e);
    else
        c->job = job;
    if (rc)
        return qp_answer_fault(c, &f);
    return job->n > 0 ? MHD_YES : taken(c, row->started->id.data, off ? "off" : "on");
}
