/* warnings.c: see warnings.h. Called for single writes, when they have happened, and for one matter that is
 * looked at. */
#include "node/http/shape/warnings.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "node/http/shape/desks.h"
#include "node/http/shape/unreached.h"

#include "node/matter/may.h"

struct said {
    struct qp_json *j;
    bool any;
};

static void next(struct said *s)
{
    if (!s->any) {
        qp_json_key(s->j, "warnings");
        qp_json_array(s->j);
    }
    s->any = true;
}

static void begin(struct said *s, const char *code, const char *field)
{
    next(s);
    qp_json_object(s->j);
    qp_json_put(s->j, "code", code);
    qp_json_put(s->j, "field", field);
}

static void put(struct said *s, const char *language, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
static void put(struct said *s, const char *language, const char *fmt, ...)
{
    char text[300];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    qp_json_put(s->j, language, text);
}

static int count(void *arg, const Qp__Row *row)
{
    (void)row;
    (*(unsigned *)arg)++;
    return 0;
}

/* Nobody is there now: by its own calendar. */
static void look_at_hours(struct said *s, struct qp_http *h, const Qp__DeskMade *desk)
{
    struct qp_desk_hours is;
    char opens[40] = "";
    qp_desk_hours(h, desk->calendar, qp_wall_us(), &is);
    if (!is.known || is.open || is.opens_us == QP_NEVER_US)
        return;
    qp_local_text(opens, h->zone, is.opens_us, false);
    begin(s, "desk_closed", "desk");
    qp_json_put_time(s->j, "opens_at", is.opens_us);
    put(s, "message", "the desk `%s` is closed now, and opens at %s (its calendar, %s)", desk->code, opens,
        desk->calendar);
    put(s, "message_zh", "部门“%s”现已下班，%s 上班（其日历为 %s）", desk->code, opens, desk->calendar);
    qp_json_object_end(s->j);
}

/* A desk of this node is known, also when it was ended; else by another matter: this one is there by now, so
 * two are needed. */
static void look_at_desk(struct said *s, struct qp_http *h, struct qp_read *r, const char *desk,
                         struct qp_arena *a)
{
    struct qp_resource_row row;
    if (*desk && !qp_resource_read(r, &qp_resources[QP_RESOURCE_DESK], desk, a, &row)) {
        if (!row.ended_us) {
            look_at_hours(s, h, (const Qp__DeskMade *)row.made);
            return;
        }
        begin(s, "ended_desk", "desk");
        put(s, "message", "the desk `%s` was ended: assign the matter to one that is there", desk);
        put(s, "message_zh", "部门“%s”已停用：请改派给现有的部门", desk);
        qp_json_object_end(s->j);
        return;
    }
    struct qp_list_query l = {.desk = desk, .overdue = -1, .sort = QP_SORT_OPENED_DESC, .limit = 2};
    char cursor[128];
    unsigned n = 0;
    if (!*desk || qp_matter_list(r, &l, count, &n, cursor, a, NULL) || n >= 2)
        return;
    begin(s, "unknown_desk", "desk");
    put(s, "message", "no other matter here is with the desk `%s`: is its name spelt as meant?", desk);
    put(s, "message_zh", "本节点没有其他事项在部门“%s”：名称是否有误？", desk);
    qp_json_object_end(s->j);
}

static void look_at_person(struct said *s, struct qp_read *r, const char *person)
{
    struct qp_user_entry u;
    int rc = *person ? qp_user_read(r, person, &u) : 0;
    if (rc != QP_ENOTFOUND && !(*person && !rc && u.ended))
        return;
    begin(s, "unknown_person", "person");
    put(s, "message", "no account `%s` stands at this node: is the name spelt as meant? (qipan user add)",
        person);
    put(s, "message_zh", "本节点没有账户“%s”：姓名是否有误？（qipan user add）", person);
    qp_json_object_end(s->j);
}

static void look_at_deadline(struct said *s, const Qp__Event *draft, const char *field, int64_t due_us)
{
    int64_t now_us = draft->at_us ? draft->at_us : qp_wall_us();
    if (!due_us || due_us >= now_us)
        return;
    begin(s, "past_deadline", field);
    put(s, "message", "`%s` is over already: it counts as overdue from the beginning", field);
    put(s, "message_zh", "`%s` 已过：从一开始即按超时计", field);
    qp_json_object_end(s->j);
}

static void look_at_way(struct said *s, struct qp_http *h, struct qp_read *r, const char *to,
                        const char *field)
{
    struct qp_unreached u;
    if (!qp_unreached(h, r, to, &u))
        return;
    next(s);
    qp_json_unreached(s->j, &u, field);
}

/* What its holder could offer it to; whom a dispatch is for is not known yet. */
static void look_at_ways(struct said *s, struct qp_http *h, struct qp_read *r, const Qp__Face *f)
{
    const struct qp_may may = {.face = f, .self = h->self.node, .self_path = h->self.path};
    char parent[QP_PATH_MAX];
    struct qp_why why;
    if (qp_matter_may(&may, &qp_steps[QP_STEP_INDEX_escalate], &why))
        return;
    if (qp_parent_of(h) && qp_path_parent(parent, h->self.path)) {
        look_at_way(s, h, r, parent, "escalate");
        look_at_way(s, h, r, parent, "transfer");
    }
    if (*f->came_from_path)
        look_at_way(s, h, r, f->came_from_path, "return");
}

void qp_json_forewarnings(struct qp_json *j, struct qp_http *h, struct qp_read *r, const Qp__Face *f)
{
    struct said s = {.j = j};
    if (f->holder.len == QP_ID_LEN && memcmp(f->holder.data, h->self.node, QP_ID_LEN) == 0) {
        if (f->offer)
            look_at_way(&s, h, r, f->offer->to_path, "offered");
        else
            look_at_ways(&s, h, r, f);
    }
    if (s.any)
        qp_json_array_end(j);
}

/* What is asked about a step's fields, by their kinds. */
static void look_at_step(struct said *s, struct qp_http *h, struct qp_read *r, const Qp__Event *draft,
                         struct qp_arena *a)
{
    const struct qp_step *st = qp_step_of(draft);
    const ProtobufCMessage *m = st ? qp_step_body(st, draft) : NULL;
    for (const struct qp_shape_row *row = st ? st->shape.rows : NULL; row && row->name; row++) {
        const void *at = qp_shape_member(&st->shape, row, m);
        if (at && row->kind == QP_SHAPE_DESK)
            look_at_desk(s, h, r, *(char *const *)at, a);
        if (at && row->kind == QP_SHAPE_PERSON)
            look_at_person(s, r, *(char *const *)at);
        if (at && (row->kind == QP_SHAPE_DUE || row->kind == QP_SHAPE_DEADLINE))
            look_at_deadline(s, draft, row->name, *(const int64_t *)at);
    }
}

/* A position in no grid is where a typing error shows, or ground that nobody covers (GR2). */
static void look_at_grid(struct said *s, struct qp_read *r, const Qp__Face *f, const Qp__Face *asked)
{
    if (!f->location || *f->grid || *asked->area ||
        qp_resource_changes(r->tables, r->store, &qp_resources[QP_RESOURCE_GRID]) == 0)
        return;
    begin(s, "outside_grids", "location");
    put(s, "message",
        "the position lies in no grid that is known here: the matter stays with %s; name its area, or "
        "dispatch it",
        f->area);
    put(s, "message_zh", "该位置不在本节点所知的任何网格内：事项留在 %s；请指明区域或交办", f->area);
    qp_json_object_end(s->j);
}

void qp_json_warnings(struct qp_json *j, struct qp_http *h, struct qp_read *r, const Qp__Face *f,
                      const Qp__Event *draft, struct qp_arena *a)
{
    struct said s = {.j = j};
    if (draft->body_case == QP__EVENT__BODY_OPENED) {
        look_at_deadline(&s, draft, "deadline", draft->opened->face->deadline_us);
        look_at_desk(&s, h, r, draft->opened->face->desk, a);
        look_at_grid(&s, r, f, draft->opened->face);
        if (f->offer)
            look_at_way(&s, h, r, f->offer->to_path, "offered");
    } else if (draft->body_case == QP__EVENT__BODY_OFFERED || draft->body_case == QP__EVENT__BODY_WITHDRAWN) {
        if (f->offer)
            look_at_way(&s, h, r, f->offer->to_path, "offered");
    } else if (draft->body_case == QP__EVENT__BODY_ASSISTED) {
        look_at_way(&s, h, r, draft->assisted->to_path, "assist");
    } else {
        look_at_step(&s, h, r, draft, a);
    }
    if (s.any)
        qp_json_array_end(j);
}
