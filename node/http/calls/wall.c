/* wall.c: GET /api/v1/wall?area=PATH&recent=true: all that a wall shows, in one answer and of one moment, so that its
 * figures add up: the node with its alarms, the tree, today beside the same weekday of last week, sources, categories, desks, emergencies; with
 * `recent` the feed's beginning. */
#include <stdlib.h>
#include <string.h>

#include "node/http/calls/calls.h"
#include "node/http/calls/figures.h"
#include "node/http/calls/session.h"
#include "node/http/shape/alarms.h"
#include "node/http/shape/bare.h"
#include "node/http/shape/query.h"
#include "node/http/shape/recent.h"
#include "node/http/shape/refused.h"

enum { FEED = 40 };

struct emergencies {
    struct qp_json *j;
    size_t items;
    int64_t last_us;
};

static int put_emergency(void *arg, const Qp__Row *row)
{
    struct emergencies *m = arg;
    m->items++;
    qp_json_object(m->j);
    qp_json_bare(m->j, row);
    qp_json_object_end(m->j);
    return 0;
}

static int note_last(void *arg, const Qp__Row *row)
{
    struct emergencies *m = arg;
    m->last_us = row->face->opened_us;
    return 0;
}

/* `open`: all of them, as the tree counts them. Of `items` the oldest of each state, QP_LIST_MOST together: those that are over are not
 * looked at, so that no number of them hides one that runs. */
static int put_emergencies(struct qp_json *j, struct qp_read *r, const char *area, const char *self_path,
                           struct qp_arena *a, struct qp_err *e)
{
    char cursor[128] = "";
    struct emergencies m = {.j = j};
    struct qp_counts n;
    struct qp_list_query q = {.area = area, .overdue = -1, .urgency = QP_EMERGENCY};
    struct qp_list_query newest = q;
    newest.sort = QP_SORT_OPENED_DESC;
    newest.limit = 1;
    qp_board_area(r, area ? area : self_path, &n);
    qp_json_key(j, "emergencies");
    qp_json_object(j);
    qp_json_key(j, "items");
    qp_json_array(j);
    int rc = 0;
    for (int state = QP_OPEN; state <= QP_MERGED && !rc && m.items < QP_LIST_MOST; state++) {
        q.state = state;
        q.sort = QP_SORT_OPENED;
        q.limit = QP_LIST_MOST - m.items;
        if (state != QP_CLOSED && state != QP_MERGED)
            rc = qp_matter_list(r, &q, put_emergency, &m, cursor, a, e);
    }
    if (!rc)
        rc = qp_matter_list(r, &newest, note_last, &m, cursor, a, e);
    qp_json_array_end(j);
    qp_json_put_int(j, "open", n.emergency);
    qp_json_put_bool(j, "more", n.emergency > (int64_t)m.items);
    qp_json_put_time(j, "last", m.last_us);
    qp_json_object_end(j);
    return rc;
}

/* alarms: by what the figures may be less than is so. */
static void put_node(struct qp_json *j, struct qp_http *h, struct qp_read *r,
                     const struct qp_link_view *links, const struct qp_alarms *alarms)
{
    qp_json_key(j, "node");
    qp_json_object(j);
    qp_json_put(j, "path", h->self.path);
    qp_json_put(j, "title", h->self.title);
    qp_json_put(j, "level", h->self.level);
    qp_json_put(j, "version", QP_VERSION);
    qp_json_put(j, "zone", qp_zone_name(h->zone));
    qp_json_parent(j, h, r, links);
    qp_json_alarms(j, h, alarms);
    qp_json_object_end(j);
}

static int put_wall(struct qp_call *c, struct qp_json *j, struct qp_read *r, struct qp_link_view *links,
                    const char *area, bool recent, struct qp_fault *f)
{
    struct qp_http *h = c->h;
    struct qp_days d;
    struct qp_alarms *alarms = qp_alarms_look(h, r, links);
    int rc = alarms ? qp_days_of(&d, h, r, area, qp_wall_us(), &f->e)
                    : qp_fault_set(f, QP_ENOMEM, "", "out of memory");
    if (rc) {
        free(alarms);
        return rc;
    }
    qp_json_object(j);
    qp_json_put_time(j, "now", d.now_us);
    qp_json_key(j, "position");
    qp_json_uint(j, qp_tables_position(r->tables, h->store));
    qp_json_put(j, "area", area ? area : h->self.path);
    put_node(j, h, r, links, alarms);
    free(alarms);
    qp_json_key(j, "tree");
    rc = qp_json_tree(j, h, r, links, area, &qp_span_all, f);
    if (!rc)
        rc = put_emergencies(j, r, area, h->self.path, qp_call_arena(c), &f->e);
    if (!rc)
        rc = qp_json_days(j, h, r, &d, area, qp_call_arena(c), &f->e);
    if (!rc && recent) {
        qp_json_key(j, "recent");
        qp_json_put_time(j, "recent_since", qp_json_recent(j, h, r, area, FEED));
    }
    qp_json_object_end(j);
    return rc;
}

/* A wall has nobody who logs in each morning: while it asks, its session goes on in a new one (logins.h says what bounds that). Of
 * whoever may more than count, none does. */
static enum MHD_Result answer(struct qp_call *c, struct qp_json *j)
{
    char cookie[QP_COOKIE_TEXT];
    int64_t now_us = qp_wall_us();
    struct qp_login again = c->auth.session;
    bool old = c->auth.kind == QP_AUTH_SESSION && c->auth.rights == QP_RIGHT_COUNT &&
               now_us - again.issued_us > QP_WALL_RENEWED_S * INT64_C(1000000);
    bool renewed = old && !qp_session_begin(c, &again, now_us, cookie, NULL);
    return qp_answer_json_cookie(c, 200, j, renewed ? cookie : NULL);
}

enum MHD_Result qp_wall_get(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    struct qp_query q;
    struct qp_read r;
    struct qp_json j = {0};
    qp_query_begin(&q, c, &f);
    const char *area = qp_query_path(&q, "area");
    bool recent = qp_query_bool(&q, "recent") == 1;
    int rc = qp_query_end(&q);
    struct qp_link_view *links = rc ? NULL : qp_link_view_new(c->h);
    if (!rc)
        rc = links && qp_call_arena(c) ? qp_read_begin(c->h->store, &r, &f.e)
                                       : qp_fault_set(&f, QP_ENOMEM, "", "out of memory");
    if (!rc) {
        rc = put_wall(c, &j, &r, links, area, recent, &f);
        qp_read_end(&r);
    }
    free(links);
    if (!rc)
        return answer(c, &j);
    qp_json_drop(&j);
    return qp_answer_fault(c, &f);
}
