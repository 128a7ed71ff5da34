/* import_lines.c: the lines of JSON by which a record goes into the tree, and whether its steps can follow
 * each other: looked at before the first of them is sent. See import.h. */
#include <stdlib.h>
#include <string.h>

#include "node/cli/import.h"
#include "node/matter/lifecycle.h"
#include "node/matter/matter.h"

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
    if (text != NULL && text[0] != 0)
        json_object_set_new(o, name, json_string(text));
}

/* A field of one line: what a CSV's cell has between its lines becomes a blank. */
static void put_line(json_t *o, const char *name, const char *text)
{
    char *line = text != NULL ? strdup(text) : NULL, *to = line;
    for (const char *p = line; p != NULL && *p; p++) {
        bool control = (unsigned char)*p < ' ';
        if (!control || (to > line && to[-1] != ' '))
            *to++ = control ? ' ' : *p;
    }
    if (to != NULL)
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
    if (r->entry != r->target && !stays)
        put(o, "area", im->nodes[r->target].path);
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
    if (l == NULL) {
        json_decref(o);
        return false;
    }
    put(o, "step", l->step);
    put(o, "key", key);
    if (im->clock_source && l->at_us != 0)
        put_time(o, "at", l->at_us);
    char *text = dumped(o);
    if (text != NULL)
        memmove(text, text + 1, strlen(text)); /* without the opening brace */
    l->json = text;
    return text != NULL;
}

static json_t *step_members(const struct qp_import *im, const struct qp_map_step *s,
                            const struct qp_im_record *r)
{
    json_t *o = json_object();
    static const struct {
        const char *name;
        enum qp_map_arg arg;
    } texts[] = {{"result", QP_ARG_result},   {"note", QP_ARG_note},        {"of", QP_ARG_of},
                 {"desk", QP_ARG_desk},       {"person", QP_ARG_person},    {"reason", QP_ARG_reason},
                 {"urgency", QP_ARG_urgency}, {"category", QP_ARG_category}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        put(o, texts[i].name, s->arg[texts[i].arg]);
    put_answer(o, "reached", s->reached);
    put_answer(o, "resolved", s->resolved);
    put_answer(o, "satisfied", s->satisfied);
    if (s->until_us != 0)
        put_time(o, "until", s->until_us);
    if (s->deadline_us != 0)
        put_time(o, "deadline", s->deadline_us);
    if (strcmp(s->step, "dispatch") == 0)
        put(o, "to", im->nodes[r->target].path);
    return o;
}

/* ---- can the steps follow each other? ---- */

static const struct {
    const char *step;
    int body;
    uint32_t to; /* 0: the state stays, or see next_state */
} moves[] = {
    {"sort", QP__EVENT__BODY_SORTED, QP_SORTED},     {"assign", QP__EVENT__BODY_ASSIGNED, QP_ASSIGNED},
    {"progress", QP__EVENT__BODY_PROGRESSED, 0},     {"dispatch", QP__EVENT__BODY_OFFERED, 0},
    {"accept", QP__EVENT__BODY_ACCEPTED, 0},         {"handle", QP__EVENT__BODY_HANDLED, QP_HANDLED},
    {"visit", QP__EVENT__BODY_VISITED, QP_VISITED},  {"close", QP__EVENT__BODY_CLOSED, QP_CLOSED},
    {"reopen", QP__EVENT__BODY_REOPENED, QP_SORTED}, {"hang", QP__EVENT__BODY_HUNG, QP_HUNG},
    {"resume", QP__EVENT__BODY_RESUMED, 0},          {"merge", QP__EVENT__BODY_MERGED, QP_MERGED},
};

/* A matter on its way through the record's steps, as far as the steps depend on it. */
struct course {
    uint32_t state, before;
    bool desk, offered;
};

static int follow(struct course *c, const struct qp_map_step *s, struct qp_err *e)
{
    size_t i = 0;
    while (strcmp(moves[i].step, s->step) != 0)
        i++;
    const struct qp_transition *t = qp_transition_of(moves[i].body);
    bool accepts = moves[i].body == QP__EVENT__BODY_ACCEPTED;
    if (!(t->from & 1u << c->state) || c->offered != accepts)
        return qp_fail(e, QP_EINVAL, "the step %s cannot follow: the matter is %s%s then", s->step,
                       qp_state_name(c->state), c->offered ? " and offered" : "");
    uint32_t was = c->state;
    bool unresolved = strcmp(s->step, "visit") == 0 && strcmp(s->resolved, "no") == 0;
    c->offered = moves[i].body == QP__EVENT__BODY_OFFERED;
    c->desk = c->desk || s->desk[0] != 0;
    c->state = moves[i].to != 0 ? moves[i].to : c->state;
    if ((moves[i].to == QP_SORTED && was == QP_ASSIGNED) || unresolved)
        c->state = QP_ASSIGNED;
    if (moves[i].body == QP__EVENT__BODY_REOPENED && c->desk)
        c->state = QP_ASSIGNED;
    if (moves[i].body == QP__EVENT__BODY_RESUMED)
        c->state = c->before;
    c->before = moves[i].to == QP_HUNG ? was : c->before;
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
    return *out != NULL;
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
        w->deadline_us = s->deadline_us != 0 ? s->deadline_us : w->deadline_us;
        if (strcmp(s->step, "close") == 0 || strcmp(s->step, "merge") == 0)
            w->closed_us = s->at_us;
        if (strcmp(s->step, "reopen") == 0) {
            w->closed_us = 0;
            result = "";
        }
    }
    w->state = word_of(end->state);
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
    if (l == NULL)
        return false;
    l->arrives = accepts;
    if (s->into[0] != 0 && r->into == NULL && !keep(&r->into, s->into))
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
    if (l->json == NULL)
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

int qp_im_lines(struct qp_import *im, const struct qp_map_record *m, struct qp_im_record *r, struct qp_err *e)
{
    bool moves_down = r->entry != r->target, stays = moves_down && has_step(m, "dispatch");
    bool offered = moves_down && !stays, taken = offered && (m->accept && !has_step(m, "accept"));
    struct course c = {.state = QP_OPEN, .desk = m->desk[0] != 0, .offered = offered && !taken};
    uint32_t holder = taken ? r->target : r->entry;
    if (stays)
        c.state = QP_SORTED;
    bool ok = begin(im, m, r, stays);
    for (size_t i = 0; i < m->n_steps && ok; i++) {
        const struct qp_map_step *s = &m->steps[i];
        if (about_hand_over(s->step) && !moves_down)
            continue;
        if (c.offered && strcmp(s->step, "accept") != 0)
            break; /* offered; a person there takes it from here */
        if (follow(&c, s, e) != 0)
            return e->code;
        ok = add_step(im, r, s, &holder);
    }
    return ok ? want(m, r, &c, e) : qp_fail(e, QP_ENOMEM, "no memory for a record");
}
