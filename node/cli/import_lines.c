/* import_lines.c: the lines of JSON by which a record goes into the tree, and whether its steps can follow
 * each other: looked at before the first of them is sent. See import.h. */
#include <stdlib.h>
#include <string.h>

#include "node/cli/import.h"
#include "node/matter/lifecycle.h"
#include "node/matter/matter.h"

enum { COURSE = 1024 * 1024 }; /* bytes that a record's steps may take to be tried */

void qp_im_lines_free(struct qp_im_record *r, size_t from)
{
    for (size_t i = from; i < QP_IM_STAGES; i++) {
        free(r->lines[i].json);
        r->lines[i].json = NULL;
    }
    r->stages = (uint8_t)(from < r->stages ? from : r->stages);
}

void qp_im_record_free(struct qp_im_record *r)
{
    qp_im_lines_free(r, 0);
    free(r->ref);
    free(r->row);
    free(r->into);
    free(r->want.title);
    free(r->want.source);
    free(r->want.category);
    free(r->want.desk);
    free(r->want.urgency);
    free(r->want.result);
    free(r);
}

/* ---- JSON ---- */

static void put(json_t *o, const char *name, const char *text)
{
    if (text && text[0] != 0)
        json_object_set_new(o, name, json_string(text));
}

/* A field of one line: what a CSV's cell has between its lines becomes a blank. */
static void put_line(json_t *o, const char *name, const char *text)
{
    char *line = text ? strdup(text) : NULL, *to = line;
    for (const char *p = line; p && *p; p++) {
        bool control = (unsigned char)*p < ' ';
        if (!control || (to > line && to[-1] != ' '))
            *to++ = control ? ' ' : *p;
    }
    if (to)
        *to = 0;
    put(o, name, line);
    free(line);
}

static void put_time(json_t *o, const char *name, int64_t at_us)
{
    char text[32];
    qp_time_text(text, at_us);
    json_object_set_new(o, name, json_string(text));
}

static void put_answer(json_t *o, const char *name, const char *answer)
{
    if (answer[0] != 0)
        json_object_set_new(o, name, json_boolean(strcmp(answer, "yes") == 0));
}

static char *dumped(json_t *o)
{
    char *text = json_dumps(o, JSON_COMPACT | JSON_REAL_PRECISION(10));
    json_decref(o);
    return text;
}

/* A drill is marked in the matter itself and in its title, so that nobody can take it for real. */
static void put_title(const struct qp_import *im, json_t *o, const char *title)
{
    static const char mark[] = "【演练】";
    char *text = NULL;
    bool bare = im->exercise && strncmp(title, mark, strlen(mark)) != 0;
    if (bare && asprintf(&text, "%s%s", mark, title) >= 0)
        title = text;
    put_line(o, "title", title);
    if (im->exercise)
        json_object_set_new(o, "exercise", json_true());
    free(text);
}

static char *open_line(const struct qp_import *im, const struct qp_map_record *m,
                       const struct qp_im_record *r, bool stays)
{
    json_t *o = json_object();
    put_line(o, "category", m->category);
    put_title(im, o, m->title);
    put(o, "text", m->body);
    put(o, "source", m->source);
    put_line(o, "source_ref", m->source_ref);
    put_line(o, "desk", m->desk);
    put_line(o, "place", m->place);
    put(o, "urgency", m->urgency);
    /* Said also where it is its node's own: without an area its position would send it on (GR2), away from its steps. */
    if (im->n > 1 || m->n_steps > 0)
        put(o, "area", im->nodes[stays ? r->entry : r->target].path);
    if (m->has_deadline)
        put_time(o, "deadline", m->deadline_us);
    if (m->has_location)
        json_object_set_new(o, "location",
                            json_pack("{s:f,s:f,s:s}", "lat", m->lat, "lon", m->lon, "crs", m->crs));
    if (im->clock_source && m->has_opened)
        put_time(o, "occurred_at", m->opened_us);
    return dumped(o);
}

struct qp_im_line *qp_im_line_add(struct qp_im_record *r, uint32_t node, const char *step, int64_t at_us)
{
    if (r->stages == QP_IM_STAGES)
        return NULL;
    struct qp_im_line *l = &r->lines[r->stages++];
    *l = (struct qp_im_line){.node = node, .step = step, .at_us = at_us};
    return l;
}

bool qp_im_line_set(const struct qp_import *im, struct qp_im_line *l, const char *key, json_t *o)
{
    if (!l) {
        json_decref(o);
        return false;
    }
    put(o, "step", l->step);
    put(o, "key", key);
    if (im->clock_source && l->at_us != 0)
        put_time(o, "at", l->at_us);
    char *text = dumped(o);
    if (text)
        memmove(text, text + 1, strlen(text)); /* without the opening brace */
    l->json = text;
    return text;
}

/* What the record says of one field of a step. */
static void put_member(json_t *o, const struct qp_map_step *s, const struct qp_shape_row *row)
{
    enum qp_word i = qp_step_word(row);
    switch (row->kind) {
    case QP_SHAPE_BOOL:
    case QP_SHAPE_ANSWER: put_answer(o, row->name, s->arg[i]); return;
    case QP_SHAPE_TIME:
    case QP_SHAPE_DUE:
    case QP_SHAPE_DEADLINE:
    case QP_SHAPE_UNTIL:
        if (s->time_us[i] != 0)
            put_time(o, row->name, s->time_us[i]);
        return;
    case QP_SHAPE_ID: return; /* its id is not known yet: import_plan.c names it */
    case QP_SHAPE_TEXT:
    case QP_SHAPE_LINE:
    case QP_SHAPE_DESK:
    case QP_SHAPE_PERSON:
    case QP_SHAPE_ORIGINAL:
    case QP_SHAPE_PATH:
    case QP_SHAPE_URGENCY:
    case QP_SHAPE_KIND:
    case QP_SHAPE_KINDS_N: break;
    }
    put(o, row->name, s->arg[i]);
}

static json_t *step_members(const struct qp_import *im, const struct qp_map_step *s,
                            const struct qp_im_record *r)
{
    json_t *o = json_object();
    const struct qp_step *st = qp_step_find(s->step);
    const char *above = NULL;
    for (const struct qp_shape_row *row = st->shape.rows; row->name; row++) {
        bool asked = row->need == QP_NEED_ABOVE || row->need == QP_NEED_WITH;
        bool unheard = asked && above && strcmp(above, "yes") != 0;
        if (row->need != QP_NEED_OWN && !unheard) /* who was not reached said nothing (ST2) */
            put_member(o, s, row);
        if (!asked && row->need != QP_NEED_OWN)
            above = row->kind == QP_SHAPE_BOOL ? s->arg[qp_step_word(row)] : NULL;
    }
    if (qp_shape_row(&st->shape, "to"))
        put(o, "to", im->nodes[r->target].path);
    return o;
}

/* ---- can the steps follow each other? ---- */

/* A matter on its way through the record's steps: as much of a face as the transitions of node/matter look at.
 * An offer is only noted: custody is the nodes' affair. */
struct course {
    Qp__Face face;
    bool offered;
    struct qp_arena *arena;
};

/* The event that the step would be, as far as a face changes by it. */
static bool imagine(Qp__Event *ev, const struct qp_map_step *s, struct qp_arena *a)
{
    const struct qp_step *st = qp_step_find(s->step);
    qp__event__init(ev);
    if (qp_step_make(st, ev, a))
        return false;
    ev->at_us = s->at_us;
    for (const struct qp_shape_row *row = st->shape.rows; row->name; row++) {
        void *at = qp_shape_member(&st->shape, row, qp_step_body(st, ev));
        if (row->need == QP_NEED_OWN)
            continue;
        const char *arg = s->arg[qp_step_word(row)];
        if (qp_shape_is_text(row->kind))
            *(char **)at = (char *)(uintptr_t)arg;
        else if (row->kind == QP_SHAPE_BOOL)
            *(protobuf_c_boolean *)at = strcmp(arg, "yes") == 0;
    }
    return true;
}

static int follow(struct course *c, const struct qp_map_step *s, struct qp_err *e)
{
    Qp__Event ev;
    const struct qp_step *st = qp_step_find(s->step);
    const struct qp_transition *t = qp_transition_of(st->body);
    bool accepts = st->body == QP__EVENT__BODY_ACCEPTED;
    if (!(t->from & 1u << c->face.state) || c->offered != accepts)
        return qp_fail(e, QP_EINVAL, "the step %s cannot follow: the matter is %s%s then", s->step,
                       qp_state_name(c->face.state), c->offered ? " and offered" : "");
    c->offered = st->body == QP__EVENT__BODY_OFFERED;
    if (c->offered || accepts || !t->change)
        return 0;
    if (!imagine(&ev, s, c->arena))
        return qp_fail(e, QP_ENOMEM, "no memory for a record");
    t->change(&c->face, &ev, c->arena);
    return 0;
}

/* ---- the whole ---- */

static const char *word_of(uint32_t state)
{
    return state == QP_OPEN || state == QP_SORTED || state == QP_ASSIGNED ? "going" : qp_state_name(state);
}

static bool keep(char **out, const char *text)
{
    free(*out);
    *out = strdup(text);
    return *out;
}

/* What the matter is in the end. */
static int want(const struct qp_map_record *m, struct qp_im_record *r, const struct course *end,
                struct qp_err *e)
{
    struct qp_im_want *w = &r->want;
    const char *category = m->category, *desk = m->desk, *result = "",
               *urgency = m->urgency[0] != 0 ? m->urgency : "routine";
    w->opened_us = m->opened_us;
    w->deadline_us = m->has_deadline ? m->deadline_us : 0;
    for (size_t i = 0; i < m->n_steps; i++) {
        const struct qp_map_step *s = &m->steps[i];
        category = s->category[0] != 0 ? s->category : category;
        desk = s->desk[0] != 0 ? s->desk : desk;
        urgency = s->urgency[0] != 0 ? s->urgency : urgency;
        result = s->result[0] != 0 ? s->result : result;
        w->deadline_us = s->time_us[QP_WORD_deadline] != 0 ? s->time_us[QP_WORD_deadline] : w->deadline_us;
        if (strcmp(s->step, "close") == 0 || strcmp(s->step, "merge") == 0)
            w->closed_us = s->at_us;
        if (strcmp(s->step, "reopen") == 0) {
            w->closed_us = 0;
            result = "";
        }
    }
    w->state = word_of(end->face.state);
    bool kept = keep(&w->title, m->title) && keep(&w->source, m->source) && keep(&w->category, category) &&
                keep(&w->desk, desk) && keep(&w->urgency, urgency) && keep(&w->result, result);
    return kept ? 0 : qp_fail(e, QP_ENOMEM, "no memory for a record");
}

static bool has_step(const struct qp_map_record *m, const char *step)
{
    for (size_t i = 0; i < m->n_steps; i++)
        if (strcmp(m->steps[i].step, step) == 0)
            return true;
    return false;
}

/* Steps about the hand-over mean nothing where the record is opened at its area's node. */
static bool about_hand_over(const char *step)
{
    return strcmp(step, "dispatch") == 0 || strcmp(step, "accept") == 0;
}

/* One of the map's steps, at who holds the matter then. */
static bool add_step(const struct qp_import *im, struct qp_im_record *r, const struct qp_map_step *s,
                     uint32_t *holder)
{
    char key[40];
    bool accepts = strcmp(s->step, "accept") == 0;
    if (accepts)
        *holder = r->target;
    struct qp_im_line *l = qp_im_line_add(r, *holder, s->step, s->has_at ? s->at_us : r->want.opened_us);
    if (!l)
        return false;
    l->arrives = accepts;
    if (s->into[0] != 0 && !r->into && !keep(&r->into, s->into))
        return false;
    snprintf(key, sizeof key, "import-%d-%.20s", r->stages, s->step);
    return qp_im_line_set(im, l, key, step_members(im, s, r));
}

/* The lines before the map's steps: the opening; where it stays at the top at first, the area that it counts
 * for; where it was offered at once and no step accepts it, the acceptance. */
static bool begin(const struct qp_import *im, const struct qp_map_record *m, struct qp_im_record *r,
                  bool stays)
{
    struct qp_im_line *l = qp_im_line_add(r, r->entry, "open", m->opened_us);
    l->json = open_line(im, m, r, stays);
    if (!l->json)
        return false;
    if (stays) {
        l = qp_im_line_add(r, r->entry, "sort", m->opened_us);
        return qp_im_line_set(im, l, "import-1-sort", json_pack("{s:s}", "area", im->nodes[r->target].path));
    }
    if (r->entry == r->target || !m->accept || has_step(m, "accept"))
        return true;
    l = qp_im_line_add(r, r->target, "accept", m->opened_us);
    l->arrives = true;
    return qp_im_line_set(im, l, "import-1-accept", json_object());
}

/* The map's steps that are this record's, one after the other, as far as they are the import's to take. */
static int add_steps(struct qp_import *im, const struct qp_map_record *m, struct qp_im_record *r,
                     struct course *c, uint32_t holder, struct qp_err *e)
{
    for (size_t i = 0; i < m->n_steps; i++) {
        const struct qp_map_step *s = &m->steps[i];
        if (about_hand_over(s->step) && r->entry == r->target)
            continue;
        if (c->offered && strcmp(s->step, "accept") != 0)
            break; /* offered; a person there takes it from here */
        if (follow(c, s, e))
            return e->code;
        if (!add_step(im, r, s, &holder))
            return qp_fail(e, QP_ENOMEM, "no memory for a record");
    }
    return want(m, r, c, e);
}

int qp_im_lines(struct qp_import *im, const struct qp_map_record *m, struct qp_im_record *r, struct qp_err *e)
{
    bool moves_down = r->entry != r->target, stays = moves_down && has_step(m, "dispatch");
    bool offered = moves_down && !stays, taken = offered && (m->accept && !has_step(m, "accept"));
    struct course c = {.face = QP__FACE__INIT, .offered = offered && !taken, .arena = qp_arena_new(COURSE)};
    int rc = 0;
    c.face.state = stays ? QP_SORTED : QP_OPEN;
    c.face.desk = (char *)(uintptr_t)m->desk;
    if (!c.arena || !begin(im, m, r, stays))
        rc = qp_fail(e, QP_ENOMEM, "no memory for a record");
    if (!rc)
        rc = add_steps(im, m, r, &c, taken ? r->target : r->entry, e);
    qp_arena_free(c.arena);
    return rc;
}
