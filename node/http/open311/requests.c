/* requests.c: reported matters, read: by number, or by range, service and status, a page at a time (OP5). */
#include "node/http/open311/inside.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/http/shape/plain.h"

enum { IDS_MOST = 1000, SCRATCH = 4 * 1024 * 1024, NOTES_MOST = 200 };
static const int64_t DAY_US = INT64_C(86400000000);

/* ---- arguments ---- */

bool qp_o3_time(struct qp_o3 *o, const char *name, int64_t *at_us)
{
    const char *said = qp_said_get(&o->form, name);
    char text[64];
    struct qp_err e;
    if (!said || o->f.e.code)
        return false;
    qp_text_cut(text, sizeof text, said);
    char *t = strchr(text, 'T'), *blank = t ? strchr(t, ' ') : NULL;
    if (blank) /* +08:00 as a form reads it */
        *blank = '+';
    if (!qp_time_parse_local(at_us, text, o->c->h->zone, &e))
        return true;
    qp_fault_set(&o->f, QP_EINVAL, name, "%s: %s (w3 format: 2010-01-01T00:00:00Z)", name, e.text);
    return false;
}

bool qp_o3_listed(const char *list, const char *word)
{
    size_t len = strlen(word);
    if (!list)
        return true;
    for (const char *p = list; *p; p += *p == ',') {
        p += strspn(p, " ");
        size_t n = strcspn(p, ","), trimmed = n;
        while (trimmed && p[trimmed - 1] == ' ')
            trimmed--;
        if (trimmed == len && strncmp(p, word, len) == 0)
            return true;
        p += n;
    }
    return false;
}

void qp_o3_span(struct qp_o3 *o, bool whole, int64_t *from_us, int64_t *to_us)
{
    bool from = qp_o3_time(o, "start_date", from_us), to = qp_o3_time(o, "end_date", to_us);
    int64_t now = qp_wall_us();
    if (to)
        *to_us += 1000000; /* what is shown as that second belongs to it */
    if (!from && !to && whole) {
        *from_us = 0;
        *to_us = now + DAY_US;
        return;
    }
    if (!to)
        *to_us = from && *from_us + QP_O3_DAYS * DAY_US < now ? *from_us + QP_O3_DAYS * DAY_US : now + DAY_US;
    if (!from)
        *from_us = (to ? *to_us : now) - QP_O3_DAYS * DAY_US;
    if (!o->f.e.code && from && to && *to_us - *from_us > QP_O3_DAYS * DAY_US + 1000000)
        qp_fault_set(&o->f, QP_EINVAL, "end_date",
                     "from start_date to end_date may be no more than %d days: ask for them in parts",
                     QP_O3_DAYS);
    if (!o->f.e.code && from && to && *to_us <= *from_us)
        qp_fault_set(&o->f, QP_EINVAL, "end_date", "end_date is before start_date");
}

static long number(struct qp_o3 *o, const char *name, long most, long otherwise)
{
    const char *said = qp_said_get(&o->form, name);
    char *end = NULL;
    long n = said ? strtol(said, &end, 10) : otherwise;
    if (said && (*end || n < 1 || n > most))
        qp_fault_set(&o->f, QP_EINVAL, name, "%s must be a whole number from 1 to %ld", name, most);
    return n;
}

static bool flag(const struct qp_o3 *o, const char *name)
{
    const char *said = qp_said_get(&o->form, name);
    return said && (strcmp(said, "true") == 0 || strcmp(said, "1") == 0);
}

/* ---- one request ---- */

static const char *code_of(const struct qp_o3 *o, const Qp__Face *f)
{
    const struct qp_policy_category *k = o->rules ? qp_policy_find(o->rules->policy, f->category) : NULL;
    return k && *k->code ? k->code : f->category;
}

static void put_place(struct qp_o3 *o, struct qp_doc *d, const Qp__Face *f)
{
    bool placed = qp_o3_placed(o, f);
    const Qp__Location *l = placed ? f->location : NULL;
    qp_doc_text(d, "address", placed ? f->place : NULL);
    qp_doc_text(d, "address_id", NULL);
    qp_doc_text(d, "zipcode", NULL);
    qp_doc_real(d, "lat", l ? l->lat : NAN);
    qp_doc_real(d, "long", l ? l->lon : NAN);
}

/* What happened so far, as a resident is told it. */
static void put_notes(struct qp_o3 *o, struct qp_doc *d, struct qp_read *r, const Qp__Face *f,
                      struct qp_arena *a)
{
    struct qp_history *h = qp_arena_take(a, NOTES_MOST * sizeof *h);
    long n = h ? qp_matter_newest(r, f->id.data, h, NOTES_MOST, a, NULL) : 0;
    qp_doc_list(d, "notes");
    for (long i = 0; i < n; i++) {
        const char *words = qp_plain_event(h[i].event, o->zh);
        if (!words)
            continue;
        qp_doc_item(d, "note");
        qp_doc_time(d, "datetime", h[i].event->at_us);
        qp_doc_text(d, "description", words);
        qp_doc_text(d, "type", qp_event_name((int)h[i].event->body_case));
        qp_doc_item_end(d, "note");
    }
    qp_doc_list_end(d, "notes");
}

static void put_extensions(struct qp_o3 *o, struct qp_doc *d, struct qp_read *r, const Qp__Face *f,
                           struct qp_arena *a)
{
    qp_doc_item(d, "extended_attributes");
    qp_doc_text(d, "state", qp_state_name(f->state));
    qp_doc_int(d, "step", qp_step_number(f));
    qp_doc_text(d, "urgency", qp_urgency_name(f->urgency));
    qp_doc_text(d, "jurisdiction_id", f->area);
    if (qp_o3_worded(f)) {
        qp_doc_text(d, "title", f->title);
        qp_doc_text(d, "result", f->result);
    }
    qp_doc_item_end(d, "extended_attributes");
    put_notes(o, d, r, f, a);
}

static void put_request(struct qp_o3 *o, struct qp_doc *d, struct qp_read *r, const Qp__Face *f, bool more,
                        struct qp_arena *a)
{
    struct qp_node_entry n;
    const char *code = code_of(o, f);
    bool closed = qp_plain_closed(f), known = !qp_node_by_path(r, f->holder_path, &n) && *n.title;
    qp_doc_item(d, "request");
    qp_doc_id(d, "service_request_id", f->id.data);
    qp_doc_text(d, "status", closed ? "closed" : "open");
    qp_doc_text(d, "status_notes", qp_plain_state(f, o->zh));
    qp_doc_text(d, "service_name", qp_o3_service_name(o, code));
    qp_doc_text(d, "service_code", code);
    qp_doc_text(d, "description", qp_o3_description(f, a));
    qp_doc_text(d, "agency_responsible", known ? n.title : f->holder_path);
    qp_doc_text(d, "service_notice", NULL);
    qp_doc_time(d, "requested_datetime", f->opened_us);
    qp_doc_time(d, "updated_datetime", closed && f->closed_us ? f->closed_us : f->updated_us);
    qp_doc_time(d, "expected_datetime", f->deadline_us);
    put_place(o, d, f);
    qp_doc_text(d, "media_url", qp_o3_media(f, a));
    if (more)
        put_extensions(o, d, r, f, a);
    qp_doc_item_end(d, "request");
}

/* ---- by number ---- */

/* Whether it is there and may be told; else the caller says that it is not found, of both alike (OP1). */
static bool put_by_id(struct qp_o3 *o, struct qp_doc *d, struct qp_read *r, const char *text, bool more,
                      struct qp_arena *a)
{
    uint8_t id[QP_ID_LEN];
    Qp__Row *row;
    qp_arena_reset(a);
    if (qp_id_parse(id, text) || qp_matter_read(r, id, &row, a, &o->f.e)) {
        if (o->f.e.code == QP_ENOTFOUND)
            o->f.e.code = 0;
        return false;
    }
    const Qp__Face *f = row->face;
    if (!qp_o3_public(o, f) || (*o->area && !qp_path_within(f->area, o->area)))
        return false;
    put_request(o, d, r, f, more, a);
    return true;
}

static void put_ids(struct qp_o3 *o, struct qp_doc *d, struct qp_read *r, const char *list, bool more,
                    struct qp_arena *a)
{
    int n = 0;
    for (const char *p = list; *p && !o->f.e.code; p += *p == ',') {
        char id[64];
        p += strspn(p, " ");
        size_t len = strcspn(p, ","), trimmed = len;
        while (trimmed && p[trimmed - 1] == ' ')
            trimmed--;
        if (qp_o3_work_over(o))
            qp_fault_set(&o->f, QP_EINVAL, "service_request_id",
                         "too many ids to look through at once: ask for fewer");
        else if (++n > IDS_MOST)
            qp_fault_set(&o->f, QP_EINVAL, "service_request_id", "at most %d ids in one call", IDS_MOST);
        else if (trimmed && trimmed < sizeof id) {
            memcpy(id, p, trimmed);
            id[trimmed] = '\0';
            put_by_id(o, d, r, id, more, a);
        }
        p += len;
    }
}

/* ---- by range ---- */

struct wanted {
    struct qp_o3 *o;
    struct qp_doc *d;
    struct qp_read *r;
    struct qp_arena *a;
    const char *codes, *status;
    bool more, has_after, has_before;
    int64_t after_us, before_us;
    uint64_t before; /* positions beyond are too late */
    long skip, left;
};

/* What the list leaves out by itself, so that only what is wanted counts on its limit. */
static bool wanted_sees(const void *arg, const Qp__Row *row)
{
    const struct wanted *w = arg;
    const Qp__Face *f = row->face;
    return qp_o3_public(w->o, f) && qp_o3_listed(w->status, qp_plain_closed(f) ? "closed" : "open") &&
           qp_o3_listed(w->codes, code_of(w->o, f));
}

static void too_many(struct qp_o3 *o)
{
    qp_fault_set(&o->f, QP_EINVAL, "start_date", "too many rows to look through: ask for a shorter range");
}

static int each(void *arg, const Qp__Row *row)
{
    struct wanted *w = arg;
    if (w->has_before && row->arrived > w->before)
        return 0;
    if (w->skip > 0) {
        w->skip--;
        return 0;
    }
    if (w->more && qp_o3_work_over(w->o)) { /* each one's notes are read from the journal */
        too_many(w->o);
        return 1;
    }
    qp_arena_reset(w->a);
    put_request(w->o, w->d, w->r, row->face, w->more, w->a);
    return --w->left <= 0 ? 1 : 0;
}

static void put_range(struct wanted *w, struct qp_list_query *l)
{
    char cursor[128] = "", after[QP_AFTER_TEXT];
    if (w->has_after) {
        qp_list_after(after, w->r, qp_o3_heard_before(w->r, w->after_us));
        l->after = after;
    }
    if (w->has_before)
        w->before = qp_o3_heard_before(w->r, w->before_us);
    while (!qp_o3_work_over(w->o)) {
        l->cursor = cursor;
        int rc = qp_matter_list(w->r, l, each, w, cursor, w->a, &w->o->f.e);
        if (rc && w->left <= 0) {
            w->o->f.e.code = 0;
            return;
        }
        if (rc || !*cursor)
            return;
    }
    too_many(w->o);
}

/* A status that is neither would find nothing, and its sender would believe that there is nothing. */
static void check_status(struct qp_o3 *o, const char *status)
{
    for (const char *p = status ? status : ""; *p; p += *p == ',') {
        p += strspn(p, " ");
        size_t n = strcspn(p, ", ");
        if (n && !(n == 4 && strncmp(p, "open", 4) == 0) && !(n == 6 && strncmp(p, "closed", 6) == 0))
            qp_fault_set(&o->f, QP_EINVAL, "status", "status must be open or closed");
        p += n;
        p += strspn(p, " ");
        if (*p && *p != ',')
            qp_fault_set(&o->f, QP_EINVAL, "status", "status must be open, closed or open,closed");
        p += strcspn(p, ",");
    }
}

static void read_wanted(struct wanted *w, struct qp_list_query *l)
{
    struct qp_o3 *o = w->o;
    w->codes = qp_said_get(&o->form, "service_code");
    w->status = qp_said_get(&o->form, "status");
    check_status(o, w->status);
    w->has_after = qp_o3_time(o, "updated_after", &w->after_us);
    w->has_before = qp_o3_time(o, "updated_before", &w->before_us);
    if (w->has_before)
        w->before_us += 1000000;
    qp_o3_span(o, w->has_after || w->has_before, &l->from_us, &l->to_us);
    l->has_from = l->from_us > 0;
    l->has_to = true;
    long size = number(o, "page_size", QP_O3_ROWS, QP_O3_ROWS);
    w->skip = (number(o, "page", 1000000, 1) - 1) * size;
    w->left = size;
    l->limit = 500;
    l->sort = w->has_after || w->has_before ? QP_SORT_ARRIVED_DESC : QP_SORT_OPENED_DESC;
    l->sees = wanted_sees;
    l->seer = w;
    l->area = *o->area ? o->area : NULL;
    l->source = qp_o3_source(o);
    if (w->codes && !strchr(w->codes, ',') && !o->rules)
        l->category = w->codes;
}

enum MHD_Result qp_o3_requests(struct qp_o3 *o)
{
    struct qp_read r;
    struct qp_doc d;
    struct qp_list_query l = {.overdue = -1};
    struct qp_arena *a = qp_arena_new(SCRATCH);
    struct wanted w = {.o = o, .d = &d, .r = &r, .a = a, .more = flag(o, "extensions")};
    const char *ids = qp_said_get(&o->form, "service_request_id");
    qp_doc_begin(&d, o->xml);
    qp_doc_list(&d, "service_requests");
    if (!a)
        qp_fault_set(&o->f, QP_ENOMEM, "", "out of memory");
    if (!ids)
        read_wanted(&w, &l);
    if (!o->f.e.code && !qp_read_begin(o->c->h->store, &r, &o->f.e)) {
        if (ids)
            put_ids(o, &d, &r, ids, w.more, a);
        else
            put_range(&w, &l);
        qp_read_end(&r);
    }
    qp_doc_list_end(&d, "service_requests");
    if (a)
        qp_arena_free(a);
    if (!o->f.e.code)
        return qp_doc_answer(o->c, 200, &d);
    qp_doc_drop(&d);
    return qp_o3_fault(o, 0);
}

static enum MHD_Result not_found(struct qp_o3 *o, const char *what)
{
    qp_fault_set(&o->f, QP_ENOTFOUND, what, "%s `%.60s` is not found", what, o->name);
    return qp_o3_fault(o, 404);
}

enum MHD_Result qp_o3_request(struct qp_o3 *o)
{
    struct qp_read r;
    struct qp_doc d;
    bool found = false;
    struct qp_arena *a = qp_arena_new(SCRATCH);
    qp_doc_begin(&d, o->xml);
    qp_doc_list(&d, "service_requests");
    if (!a)
        qp_fault_set(&o->f, QP_ENOMEM, "", "out of memory");
    if (!o->f.e.code && !qp_read_begin(o->c->h->store, &r, &o->f.e)) {
        found = put_by_id(o, &d, &r, o->name, flag(o, "extensions"), a);
        qp_read_end(&r);
    }
    qp_doc_list_end(&d, "service_requests");
    if (a)
        qp_arena_free(a);
    if (found)
        return qp_doc_answer(o->c, 200, &d);
    qp_doc_drop(&d);
    return o->f.e.code ? qp_o3_fault(o, 0) : not_found(o, "service_request_id");
}

/* Every report is answered with its id at once, so no token is ever given; an id in its place is answered with
 * itself, for a client that asks in any case. */
enum MHD_Result qp_o3_token(struct qp_o3 *o)
{
    struct qp_read r;
    uint8_t id[QP_ID_LEN];
    Qp__Row *row;
    bool found = false;
    struct qp_arena *a = qp_call_arena(o->c);
    if (a && !qp_id_parse(id, o->name) && !qp_read_begin(o->c->h->store, &r, &o->f.e)) {
        found = !qp_matter_read(&r, id, &row, a, &o->f.e) && qp_o3_public(o, row->face);
        qp_read_end(&r);
    }
    if (!found)
        return not_found(o, "token");
    struct qp_doc d;
    qp_doc_begin(&d, o->xml);
    qp_doc_list(&d, "service_requests");
    qp_doc_item(&d, "request");
    qp_doc_id(&d, "service_request_id", id);
    qp_doc_text(&d, "token", o->name);
    qp_doc_item_end(&d, "request");
    qp_doc_list_end(&d, "service_requests");
    return qp_doc_answer(o->c, 200, &d);
}
