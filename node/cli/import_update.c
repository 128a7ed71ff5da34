/* import_update.c: a record whose matter is there already: what the file says otherwise now becomes steps.
 * See import.h and "A later file" in topology/areas/README.md.
 *
 *   the matter as it is, with its history ─► what the import itself said last, and the file says otherwise
 *       ─► reopen ─► hand over, accept ─► sort (category, urgency, deadline, area) ─► assign
 *       ─► what is left of the record's steps
 *
 * What somebody else has done since the import stays as he left it, and is told. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "node/cli/client.h"
#include "node/cli/import.h"
#include "node/matter/matter.h"
#include "topology/path.h"

struct update {
    struct qp_import *im;
    struct qp_im_record *r;
    const json_t *v; /* the matter */
    const json_t *history;
    struct qp_im_line old[QP_IM_STAGES];
    size_t old_n;
    int64_t last_us; /* of the matter: steps of the change itself bear it */
    uint32_t holder;
    char told[400];
};

void qp_im_tell(struct qp_import *im, const struct qp_im_record *r, const char *fmt, ...)
{
    char text[500];
    va_list args;
    if (im->sums.told++ >= QP_IM_TOLD || im->cli->quiet || im->cli->json)
        return;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    fprintf(stderr, "%s (%ld): %s\n", r->ref, r->line, text);
}

__attribute__((format(printf, 2, 3))) static void told(struct update *u, const char *fmt, ...)
{
    size_t len = strlen(u->told);
    va_list args;
    if (len > 0 && len < sizeof u->told - 3)
        len += (size_t)snprintf(u->told + len, sizeof u->told - len, "; ");
    va_start(args, fmt);
    vsnprintf(u->told + len, sizeof u->told - len, fmt, args);
    va_end(args);
}

/* ---- the history ---- */

/* The last event of a kind; NULL when there is none. */
static const json_t *last_of(const struct update *u, const char *type)
{
    for (size_t i = json_array_size(u->history); i-- > 0;) {
        const json_t *h = json_array_get(u->history, i);
        if (strcmp(qp_text_of(h, "type"), type) == 0)
            return h;
    }
    return NULL;
}

/* Nobody but an import has said the last of that kind: its keys begin so (import_lines.c), and not by the
 * name of its token, which people's commands may have as well. */
static bool mine(const struct update *u, const char *type)
{
    const json_t *h = last_of(u, type);
    return !h || strncmp(qp_text_of(h, "key"), "import-", 7) == 0;
}

static const char *event_of(const char *step)
{
    const struct qp_step *st = qp_step_find(step);
    return st ? qp_event_name(st->body) : step;
}

/* The step was taken already, since it was opened or last reopened. */
static bool taken(const struct update *u, const struct qp_im_line *l)
{
    char at[32];
    qp_time_text(at, l->at_us);
    for (size_t i = json_array_size(u->history); i-- > 0;) {
        const json_t *h = json_array_get(u->history, i);
        const char *type = qp_text_of(h, "type");
        if (strcmp(type, event_of(l->step)) == 0 &&
            (!u->im->clock_source || strcmp(qp_text_of(h, "at"), at) == 0))
            return true;
        if (strcmp(type, "reopened") == 0)
            return false;
    }
    return false;
}

/* ---- lines ---- */

static bool add(struct update *u, uint32_t node, const char *step, int64_t at_us, json_t *members)
{
    char key[80];
    struct qp_im_line *l = qp_im_line_add(u->r, node, step, at_us);
    snprintf(key, sizeof key, "import-v%lld-%d-%d-%.20s",
             (long long)json_integer_value(json_object_get(u->v, "version")), u->r->version, u->r->stages,
             step);
    return qp_im_line_set(u->im, l, key, members);
}

/* A line of the record as it would go in for the first time, under a key of its own. */
static bool add_again(struct update *u, uint32_t node, const struct qp_im_line *l)
{
    char *whole = NULL;
    json_t *o = asprintf(&whole, "{%s", l->json) >= 0 ? json_loads(whole, 0, NULL) : NULL;
    free(whole);
    if (!o)
        return false;
    json_object_del(o, "at");
    bool ok = add(u, node, l->step, l->at_us, o);
    u->r->lines[u->r->stages - 1].arrives = l->arrives;
    return ok;
}

static const char *reason(const struct update *u)
{
    return QP_TR(u->im->cli, "the file says otherwise now", "来源记录已更正");
}

/* ---- what differs ---- */

static bool same_time(const char *text, int64_t at_us)
{
    char wanted[32] = "";
    if (at_us != 0)
        qp_time_text(wanted, at_us);
    return strcmp(text, wanted) == 0;
}

static bool same_closing(const struct update *u)
{
    const struct qp_im_want *w = &u->r->want;
    return (!u->im->clock_source || same_time(qp_text_of(u->v, "closed_at"), w->closed_us)) &&
           strcmp(qp_text_of(u->v, "result"), w->result) == 0;
}

/* What no step can change. */
static void fixed(struct update *u)
{
    const struct qp_im_want *w = &u->r->want;
    if (!u->im->exercise && strcmp(qp_text_of(u->v, "title"), w->title) != 0)
        told(u, QP_TR(u->im->cli, "the title stays \"%.60s\"", "标题仍为“%.60s”"), qp_text_of(u->v, "title"));
    if (strcmp(qp_text_of(u->v, "source"), w->source) != 0)
        told(u, QP_TR(u->im->cli, "the source stays \"%.60s\"", "来源仍为“%.60s”"),
             qp_text_of(u->v, "source"));
    if (u->im->clock_source && !same_time(qp_text_of(u->v, "opened_at"), w->opened_us))
        told(u, QP_TR(u->im->cli, "the time of opening stays %s", "登记时间仍为 %s"),
             qp_text_of(u->v, "opened_at"));
}

static void keeps(struct update *u, const char *what, const char *value)
{
    told(u, QP_TR(u->im->cli, "%s stays %.80s: somebody else has changed it", "%s 仍为 %.80s：已由他人更改"),
         what, value[0] != 0 ? value : "-");
}

/* Its due is that of a policy's rule, or of a rule beside a stated one. */
static bool by_rule(const struct update *u)
{
    const json_t *clock;
    size_t i;
    json_array_foreach(json_object_get(u->v, "clocks"), i, clock)
    {
        if (strcmp(qp_text_of(clock, "stage"), "close") == 0 && qp_text_of(clock, "rule")[0] != 0)
            return true;
    }
    return false;
}

/* A due that a rule gives is not the file's: where the file says none there is no difference, and of a later one the
 * earlier counts (CL3), unless who imports may state times. */
static bool other_deadline(const struct update *u)
{
    const struct qp_im_want *w = &u->r->want;
    const char *is = qp_text_of(u->v, "deadline");
    int64_t is_us;
    if (same_time(is, w->deadline_us))
        return false;
    if (!by_rule(u) || qp_time_parse(&is_us, is, NULL))
        return true;
    return w->deadline_us != 0 && (u->im->clock_source || w->deadline_us < is_us);
}

/* The members of a sort line; NULL when nothing is to be sorted. */
static json_t *sorting(struct update *u, bool area)
{
    static const char *const ranks[] = {"routine", "urgent", "emergency"};
    const struct qp_im_want *w = &u->r->want;
    json_t *o = json_object();
    int rank[2] = {0, 0};
    const char *category = qp_text_of(u->v, "category"), *urgency = qp_text_of(u->v, "urgency");
    for (int i = 0; i < 3; i++) {
        rank[0] = strcmp(ranks[i], urgency) == 0 ? i : rank[0];
        rank[1] = strcmp(ranks[i], w->urgency) == 0 ? i : rank[1];
    }
    if (strcmp(category, w->category) != 0 && mine(u, "sorted"))
        json_object_set_new(o, "category", json_string(w->category));
    else if (strcmp(category, w->category) != 0)
        keeps(u, "category", category);
    if (rank[1] > rank[0])
        json_object_set_new(o, "urgency", json_string(w->urgency));
    else if (rank[1] < rank[0])
        told(u, QP_TR(u->im->cli, "urgency stays %s: it only rises", "紧急程度仍为 %s：只升不降"), urgency);
    bool other = other_deadline(u);
    if (other && mine(u, "sorted")) {
        char text[32];
        qp_time_text(text, w->deadline_us);
        json_object_set_new(o, "deadline", w->deadline_us != 0 ? json_string(text) : json_null());
    } else if (other) {
        keeps(u, "deadline", qp_text_of(u->v, "deadline"));
    }
    if (area)
        json_object_set_new(o, "area", json_string(u->im->nodes[u->r->target].path));
    if (json_object_size(o) > 0)
        return o;
    json_decref(o);
    return NULL;
}

/* To the node of the area that the file names now, which takes it. */
static bool hand_over(struct update *u)
{
    const char *to = u->im->nodes[u->r->target].path, *from = u->im->nodes[u->holder].path;
    bool below = qp_path_within(to, from);
    json_t *o = json_pack("{s:s,s:s}", "to", to, below ? "note" : "reason", reason(u));
    if (!add(u, u->holder, below ? "dispatch" : "transfer", u->last_us, o))
        return false;
    u->holder = u->r->target;
    if (!add(u, u->holder, "accept", u->last_us, json_object()))
        return false;
    u->r->lines[u->r->stages - 1].arrives = true;
    return true;
}

/* The record's own steps that were not taken yet; those that an update says in its own way are left out. */
static bool rest(struct update *u, bool reopened, bool moved)
{
    bool ok = true;
    for (size_t i = 1; i < u->old_n && ok; i++) {
        const struct qp_im_line *l = &u->old[i];
        bool hands = strcmp(l->step, "dispatch") == 0 || strcmp(l->step, "accept") == 0;
        if (strcmp(l->step, "sort") == 0 || strcmp(l->step, "assign") == 0 || (hands && (moved || reopened)))
            continue;
        bool ends = strcmp(l->step, "handle") == 0 || strcmp(l->step, "visit") == 0 ||
                    strcmp(l->step, "close") == 0 || strcmp(l->step, "merge") == 0;
        if (reopened ? !ends : taken(u, l))
            continue;
        uint32_t node = u->holder;
        if (strcmp(l->step, "accept") == 0)
            node = u->holder = u->r->target;
        ok = add_again(u, node, l);
        told(u, "%s", l->step);
    }
    return ok;
}

/* All that is to be done, once it is clear that it may be. `closed`: the matter is. */
static bool change(struct update *u, bool closed, bool area, json_t *sort, const char *desk)
{
    bool ok = true;
    if (closed) {
        told(u, QP_TR(u->im->cli, "closed %s, now %s", "原办结 %s，现 %s"), qp_text_of(u->v, "closed_at"),
             u->r->want.closed_us != 0 ? QP_TR(u->im->cli, "closed otherwise", "办结情况不同")
                                       : QP_TR(u->im->cli, "open", "未办结"));
        ok = add(u, u->holder, "reopen", u->last_us, json_pack("{s:s}", "reason", reason(u)));
    }
    if (ok && strcmp(qp_text_of(u->v, "state"), "hung") == 0 && strcmp(u->r->want.state, "hung") != 0)
        ok = add(u, u->holder, "resume", u->last_us, json_object());
    if (area)
        told(u, "%s → %s", qp_text_of(u->v, "area"), u->im->nodes[u->r->target].path);
    bool moves = area && u->holder != u->r->target;
    if (ok && moves)
        ok = hand_over(u);
    if (ok && sort) {
        told(u, "sort");
        ok = add(u, u->holder, "sort", u->last_us, sort);
    }
    if (ok && desk) {
        told(u, "%s → %s", qp_text_of(u->v, "desk"), desk);
        ok = add(u, u->holder, "assign", u->last_us, json_pack("{s:s}", "desk", desk));
    }
    return ok && rest(u, closed, moves);
}

/* Closed, merged or handled: what must be taken back before anything else can be changed, and by whom it was
 * said. */
static bool may_change(struct update *u, bool closed)
{
    const char *state = qp_text_of(u->v, "state");
    if (strcmp(state, "merged") == 0 && strcmp(u->r->want.state, "merged") != 0) {
        keeps(u, "state", state);
        return false;
    }
    if (closed && !mine(u, "closed")) {
        keeps(u, "closed_at", qp_text_of(u->v, "closed_at"));
        return false;
    }
    if (strcmp(state, "hung") == 0 && strcmp(u->r->want.state, "hung") != 0 && !mine(u, "hung")) {
        keeps(u, "state", state);
        return false;
    }
    return true;
}

static bool begin(struct update *u)
{
    struct qp_im_record *r = u->r;
    u->old_n = r->stages;
    memcpy(u->old, r->lines, sizeof u->old);
    memset(r->lines, 0, sizeof r->lines);
    r->stages = 0;
    struct qp_im_line *l = qp_im_line_add(r, r->entry, "open", r->want.opened_us); /* done long ago */
    return l;
}

static void end(struct update *u)
{
    for (size_t i = 0; i < u->old_n; i++)
        free(u->old[i].json);
    u->r->compare = false;
    u->r->stage = 1;
}

/* What differs, and what may be done about it. */
struct difference {
    bool closed, area,
        stays; /* stays: something is left as somebody else has it, or as no step can change it */
    json_t *sort;
    const char *desk;
};

static void look(struct update *u, struct difference *d)
{
    const struct qp_im_want *w = &u->r->want;
    const char *desk = qp_text_of(u->v, "desk");
    *d = (struct difference){.closed = strcmp(qp_text_of(u->v, "state"), "closed") == 0};
    d->area = u->im->n > 1 && strcmp(qp_text_of(u->v, "area"), u->im->nodes[u->r->target].path) != 0;
    fixed(u);
    if (strcmp(desk, w->desk) != 0 && w->desk[0] != 0 && mine(u, "assigned"))
        d->desk = w->desk;
    else if (strcmp(desk, w->desk) != 0)
        keeps(u, "desk", desk);
    d->sort = sorting(u, d->area);
    d->stays = u->told[0] != 0;
}

/* An offer that is out freezes it: it can only be accepted, where the record says so. */
static bool while_offered(struct update *u, struct difference *d)
{
    uint8_t before = u->r->stages;
    bool ok = rest(u, false, false);
    if (u->r->stages == before && (d->area || d->sort || d->desk)) {
        keeps(u, "offered", qp_text_of(json_object_get(u->v, "offered"), "to"));
        d->stays = true;
    }
    json_decref(d->sort);
    return ok;
}

static bool decide(struct update *u, struct difference *d)
{
    const char *state = qp_text_of(u->v, "state");
    bool other = d->area || d->sort || d->desk;
    if (json_is_object(json_object_get(u->v, "offered")))
        return while_offered(u, d);
    if (d->closed && same_closing(u) && !other)
        return true;
    if ((d->closed || strcmp(state, "hung") == 0 || strcmp(state, "merged") == 0) &&
        !may_change(u, d->closed)) {
        d->stays = true;
        json_decref(d->sort);
        return true;
    }
    return change(u, d->closed, d->area, d->sort, d->desk);
}

bool qp_im_compare_with(struct qp_import *im, struct qp_im_record *r, const json_t *v)
{
    struct update u = {.im = im, .r = r, .v = v, .history = json_object_get(v, "history"), .told = ""};
    struct difference d;
    if (qp_time_parse(&u.last_us, qp_text_of(v, "updated_at"), NULL))
        u.last_us = r->want.opened_us;
    uint32_t holder = qp_im_node_at(im, qp_text_of(v, "holder"));
    u.holder = holder < im->n ? holder : 0;
    if (!begin(&u))
        return false;
    look(&u, &d);
    bool ok = decide(&u, &d);
    end(&u);
    r->changes = r->stages > 1;
    im->sums.changed += r->changes;
    im->sums.kept += d.stays;
    im->sums.unchanged += !r->changes && !d.stays;
    if (u.told[0] != 0)
        qp_im_tell(im, r, "%s", u.told);
    return ok;
}

int qp_im_compare(struct qp_import *im, struct qp_im_record *r, struct qp_err *e)
{
    struct qp_client cl;
    json_t *v = NULL;
    char url[220], path[80];
    const struct qp_im_node *n = &im->nodes[r->known ? r->known->holder : r->entry];
    snprintf(url, sizeof url, strchr(n->host, ':') ? "http://[%s]:%s" : "http://%s:%s", n->host, n->port);
    int rc = qp_client_to(&cl, url, n->token, e);
    if (rc)
        return rc;
    cl.timeout_ms = 5000;
    snprintf(path, sizeof path, "/api/v1/matters/%s", r->id);
    rc = qp_client_json(&cl, "GET", path, "Connection: close\r\n", NULL, &v, e);
    if (!rc && !qp_im_compare_with(im, r, v))
        rc = qp_fail(e, QP_ENOMEM, "no memory for the changes of a record");
    json_decref(v);
    qp_client_close(&cl);
    return rc;
}
