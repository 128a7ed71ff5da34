/* json_matter.c: see json_matter.h. Field names and their order are the contract of the API; nothing here
 * decides anything. */
#include "node/http/shape/json_matter.h"

#include "node/core/policy.h"
#include "node/http/shape/desks.h"
#include "node/http/shape/by_shape.h"
#include "node/http/shape/files.h"
#include "node/http/shape/json_clocks.h"
#include "node/http/shape/json_line.h"
#include "node/http/shape/json_merged.h"
#include "node/http/shape/json_six.h"
#include "node/http/shape/json_steps.h"
#include "node/http/shape/proposed.h"
#include "node/http/shape/receipt.h"
#include "node/http/shape/warnings.h"
#include "node/matter/appeal.h"
#include "node/matter/beside.h"
#include "node/matter/parts.h"
#include "node/matter/ring.h"
#include "proto/steps.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void put_offer(struct qp_json *j, const Qp__Offer *o)
{
    qp_json_object(j);
    qp_json_put(j, "to", o->to_path);
    qp_json_put(j, "kind", qp_kind_name(o->kind));
    qp_json_put_time(j, "since", o->since_us);
    qp_json_put_full(j, "reason", o->reason);
    qp_json_put_bool(j, "withdraw_asked", o->withdraw_asked);
    qp_json_object_end(j);
}

static void put_possible(struct qp_json *j, const struct qp_may *may)
{
    char names[512];
    qp_matter_possible(names, sizeof names, may);
    qp_json_array(j);
    for (char *p = names, *end; *p; p = end) {
        p += strspn(p, ", ");
        end = p + strcspn(p, ",");
        char was = *end;
        *end = '\0';
        if (*p)
            qp_json_text(j, p);
        *end = was;
    }
    qp_json_array_end(j);
}

void qp_json_current(struct qp_json *j, struct qp_http *h, struct qp_read *r, const Qp__Row *row,
                     const struct qp_auth *auth)
{
    const Qp__Face *face = row->face;
    struct qp_step_ask ask;
    struct qp_seat seat;
    if (qp_seat_of(&seat, auth, r))
        seat.who.n_desks = 0; /* shown as if he had none; the turn is asked again */
    qp_ask_of(&ask, h, row, &seat.who);
    qp_json_object(j);
    qp_json_put(j, "state", qp_state_name(face->state));
    qp_json_put(j, "holder", face->holder_path);
    qp_json_key(j, "custody");
    qp_json_uint(j, face->custody);
    qp_json_key(j, "version");
    qp_json_uint(j, face->version);
    qp_json_key(j, "offered");
    if (face->offer)
        put_offer(j, face->offer);
    else
        qp_json_null(j);
    qp_json_key(j, "possible");
    put_possible(j, &ask.may);
    if (r)
        qp_json_steps(j, h, r, row, auth);
    qp_json_object_end(j);
}

static void put_location(struct qp_json *j, const Qp__Location *l)
{
    qp_json_key(j, "location");
    if (!l || !isfinite(l->lat) || !isfinite(l->lon)) {
        qp_json_null(j);
        return;
    }
    qp_json_object(j);
    qp_json_key(j, "lat");
    qp_json_real(j, l->lat);
    qp_json_key(j, "lon");
    qp_json_real(j, l->lon);
    qp_json_put(j, "crs", "WGS84");
    if (*l->crs && strcmp(l->crs, "WGS84") != 0)
        qp_json_put(j, "given_crs", l->crs);
    qp_json_object_end(j);
}

static void put_duplicate(struct qp_json *j, const Qp__Face *f, struct qp_read *r)
{
    uint8_t id[QP_ID_LEN];
    qp_json_put_full(j, "duplicate_of", f->duplicate_of);
    if (!*f->duplicate_of || !r)
        return;
    MDB_val v;
    bool found = !qp_id_parse(id, f->duplicate_of) &&
                 !qp_get(r->tables, qp_store_dbi(r->store, QP_T_MATTER), id, QP_ID_LEN, &v);
    if (!found)
        found = !qp_matter_read_ref(r, f->duplicate_of, id, NULL);
    qp_json_key(j, "duplicate_of_id");
    qp_json_id(j, id, found ? QP_ID_LEN : 0);
}

static void put_what(struct qp_json *j, const Qp__Face *f)
{
    qp_json_key(j, "id");
    qp_json_id(j, f->id.data, f->id.len);
    qp_json_put(j, "title", f->title);
    qp_json_put(j, "text", f->text);
    qp_json_put(j, "category", f->category);
    qp_json_put(j, "source", f->source);
    qp_json_put_full(j, "source_ref", f->source_ref);
    qp_json_put(j, "area", f->area);
    qp_json_put_full(j, "grid", f->grid);
    put_location(j, f->location);
    qp_json_put_full(j, "place", f->place);
    qp_json_put(j, "urgency", qp_urgency_name(f->urgency));
    qp_json_put_full(
        j, "personal", /* whether there is a record of who reported; what is in it is another call's */
        f->personal_state == QP_PERSONAL_KEPT     ? "kept"
        : f->personal_state == QP_PERSONAL_ERASED ? "erased"
                                                  : "");
    if (f->exercise)
        qp_json_put_bool(j, "exercise", true);
}

static void put_where_it_stands(struct qp_json *j, const Qp__Row *row)
{
    const Qp__Face *f = row->face;
    qp_json_put(j, "state", qp_state_name(f->state));
    qp_json_put_int(j, "step", qp_step_number(f));
    if (f->offer) {
        qp_json_key(j, "offered");
        put_offer(j, f->offer);
    }
    qp_json_put(j, "holder", f->holder_path);
    qp_json_key(j, "custody");
    qp_json_uint(j, f->custody);
    qp_json_key(j, "version");
    qp_json_uint(j, f->version);
    qp_json_put_full(j, "desk", f->desk);
    qp_json_put_full(j, "person", f->person);
    qp_json_put_int(j, "redo", f->redo);
    qp_json_put_int(j, "givebacks", f->givebacks);
    qp_json_put_int(j, "returned", f->returned);
    qp_json_put_bool(j, "must_visit", f->must_visit);
    if (f->visit_tries)
        qp_json_put_int(j, "visit_tries", f->visit_tries);
    qp_json_put_int(j, "refused", f->refused);
    qp_json_put_bool(j, "urged", qp_beside_urge(row));
    qp_json_put_time(j, "deadline", f->deadline_us);
    qp_json_put_bool(j, "due_soon", row->remind_stages != 0);
    qp_json_put_bool(j, "overdue", row->overdue);
    qp_json_put_time(j, "occurred_at", f->occurred_us);
    qp_json_put_time(j, "opened_at", f->opened_us);
    qp_json_put_time(j, "updated_at", f->updated_us);
    qp_json_put_time(j, "closed_at", f->closed_us);
    if (f->state == QP_HUNG)
        qp_json_put_time(j, "hung_until", f->hung_until_us);
    qp_json_put_full(j, "result", f->result);
    if (row->conflicts)
        qp_json_put_int(j, "conflicts", row->conflicts);
    if (row->ahead_us)
        qp_json_put_int(j, "ahead_s", row->ahead_us / 1000000);
}

void qp_json_row(struct qp_json *j, const Qp__Row *row, struct qp_read *r)
{
    put_what(j, row->face);
    put_where_it_stands(j, row);
    put_duplicate(j, row->face, r);
    qp_json_key(j, "merged_into");
    qp_json_id(j, row->face->merged_into.data, row->face->merged_into.len);
    qp_json_key(j, "visit");
    qp_shape_put_inside(j, &qp_steps[QP_STEP_INDEX_visit].shape,
                        row->face->visit ? &row->face->visit->base : NULL);
}

/* Who was asked to assist, and how it goes (ST4). */
static void put_parts(struct qp_json *j, const Qp__Row *row)
{
    const Qp__Face *f = row->face;
    qp_json_key(j, "parts");
    qp_json_array(j);
    for (size_t i = 0; i < f->n_parts; i++) {
        const Qp__Part seen = qp_part_seen(row, i), *p = &seen;
        bool own = *p->desk && strcmp(p->to_path, f->holder_path) == 0;
        qp_json_object(j);
        qp_json_put(j, "to", own ? p->desk : p->to_path);
        qp_json_put(j, "state", qp_part_state(p));
        qp_json_put_full(j, "note", p->note);
        qp_json_put(j, "node", p->to_path);
        qp_json_put_full(j, "desk", p->desk);
        qp_json_put_full(j, "asked", p->ask);
        qp_json_put_time(j, "asked_at", p->asked_us);
        qp_json_put_time(j, "ended_at", p->ended_us);
        qp_json_object_end(j);
    }
    qp_json_array_end(j);
}

/* Each urge that the holder has not answered (CI1). */
static void put_urges(struct qp_json *j, struct qp_read *r, const Qp__Row *row)
{
    qp_json_key(j, "urges");
    qp_json_array(j);
    for (size_t i = 0; i < row->n_beside; i++) {
        const Qp__Beside *b = row->beside[i];
        struct qp_node_entry n;
        if (b->kind != QP_BESIDE_URGE || b->event.len != QP_EVENT_ID_LEN)
            continue;
        qp_json_object(j);
        qp_json_put_time(j, "at", b->at_us);
        qp_json_put_full(j, "node", !qp_node_by_id(r, b->event.data, &n) ? n.path : "");
        qp_json_put_full(j, "by", b->by);
        qp_json_put_full(j, "note", b->words);
        qp_json_put_time(j, "due", b->due_us);
        qp_json_put_bool(j, "lifted", b->lifts);
        qp_json_object_end(j);
    }
    qp_json_array_end(j);
}

/* A decision that the holder has not answered shows already (ST3). */
static void put_appeals(struct qp_json *j, const Qp__Row *row)
{
    const Qp__Face *f = row->face;
    qp_json_key(j, "appeals");
    qp_json_array(j);
    for (size_t i = 0; i < f->n_appeals; i++) {
        const Qp__Appeal *x = f->appeals[i];
        const Qp__Beside *said = x->state == QP_APPEAL_ASKED ? qp_beside_decision(row, x) : NULL;
        uint32_t state = !said ? x->state : said->yes ? QP_APPEAL_KEPT : QP_APPEAL_OVERTURNED;
        qp_json_object(j);
        qp_json_put(j, "about", x->about);
        qp_json_put_full(j, "stage", x->stage);
        qp_json_put(j, "state", qp_appeal_name(state));
        qp_json_put(j, "by", x->by);
        qp_json_put_full(j, "reason", x->reason);
        qp_json_put_time(j, "asked_at", x->asked_us);
        qp_json_put_full(j, "decided_by", said ? said->by : x->decided_by);
        qp_json_put_full(j, "decision", said ? said->words : x->decision);
        qp_json_object_end(j);
    }
    qp_json_array_end(j);
}

/* Who works in the matter's grid is proposed (GR2), where the grid is known: at its node and above. An account that has ended
 * works nowhere; of a node below that is not known. */
static void put_grid_worker(struct qp_json *j, struct qp_http *h, struct qp_read *r, const Qp__Face *f,
                            struct qp_arena *a)
{
    const struct qp_resource *grids = &qp_resources[QP_RESOURCE_GRID];
    struct qp_resource_row row;
    struct qp_node_entry n;
    int rc = QP_ENOTFOUND;
    bool own = strcmp(f->area, h->self.path) == 0;
    if (*f->grid && own)
        rc = qp_resource_read(r, grids, f->grid, a, &row);
    else if (*f->grid && !qp_node_by_path(r, f->area, &n))
        rc = qp_resource_read_of(r, grids, n.node, f->grid, a, &row);
    const char *worker = !rc && !row.ended_us ? ((const Qp__GridMade *)row.made)->worker : "";
    bool stands = *worker && (!own || qp_resource_stands(r, &qp_resources[QP_RESOURCE_USER], worker));
    qp_json_put_full(j, "grid_worker", stands ? worker : "");
}

static void put_ticks(struct qp_json *j, struct qp_http *h, struct qp_read *r, const uint8_t *matter)
{
    struct qp_ticks t = {0};
    qp_ticks_read(r, &h->self, qp_parent_of(h), matter, &t);
    qp_json_key(j, "ticks");
    qp_json_object(j);
    qp_json_put_bool(j, "kept", t.kept);
    qp_json_put_bool(j, "held", t.held);
    qp_json_put_bool(j, "top", t.top);
    qp_json_put_time(j, "kept_at", t.kept_us);
    qp_json_put_time(j, "held_at", t.held_us);
    qp_json_put_time(j, "top_at", t.top_us);
    qp_json_object_end(j);
}

/* B4: whoever looks at the one that stays sees what came to it. */
static void put_pointed(struct qp_json *j, struct qp_read *r, const Qp__Face *f)
{
    struct qp_pointed p;
    if (qp_matter_pointed(&p, r, f, NULL))
        p.n = p.more = 0;
    for (int merged = 1; merged >= 0; merged--) {
        qp_json_key(j, merged ? "merged_from" : "pointed_from");
        qp_json_array(j);
        for (size_t i = 0; i < p.n; i++)
            if (p.v[i].merged == merged)
                qp_json_id(j, p.v[i].id, QP_ID_LEN);
        qp_json_array_end(j);
    }
    if (p.more)
        qp_json_put_bool(j, "pointed_more", true);
}

/* ---- history ---- */

static void put_history(struct qp_json *j, struct qp_read *r, const struct qp_history *h, size_t n)
{
    qp_json_key(j, "history");
    qp_json_array(j);
    for (size_t i = 0; i < n; i++)
        qp_json_history_line(j, r, &h[i]);
    qp_json_array_end(j);
}

/* The last event of this kind, as a line of the history. */
static void put_event(struct qp_json *j, struct qp_read *r, const struct qp_history *h, size_t n, int body)
{
    size_t i = n;
    while (i > 0 && (int)h[i - 1].event->body_case != body)
        i--;
    if (i == 0)
        return;
    qp_json_key(j, "event");
    qp_json_history_line(j, r, &h[i - 1]);
}

enum { HISTORY_ARENA = 48 * 1024 * 1024 };

/* The matter's events; of more than QP_HISTORY_MOST, or than this memory holds, the oldest comments are left off: who held it and how
 * it ended is not what may be missing. *left: how many are. */
static int history_of(struct qp_history **h, size_t *n, size_t *left, struct qp_read *r,
                      const uint8_t *matter, struct qp_arena *a, struct qp_err *e)
{
    int rc = QP_EBIG;
    for (size_t most = QP_HISTORY_MOST; rc == QP_EBIG && most > 0; most /= 2) {
        size_t all = 0;
        qp_arena_reset(a);
        *h = qp_arena_take(a, most * sizeof **h);
        if (!*h)
            return qp_fail(e, QP_ENOMEM, "out of memory");
        long got = qp_matter_steps(r, matter, *h, most, &all, a, e);
        rc = got < 0 ? e->code : 0;
        *n = got < 0 ? 0 : (size_t)got;
        *left = all - *n;
    }
    return rc;
}

/* What the reporter is given, to ask by (RC1): told once, to the one who reports. */
static void put_receipt(struct qp_json *j, const Qp__Face *f)
{
    char number[QP_RECEIPT_TEXT], code[QP_RECEIPT_CODE];
    qp_receipt_number(number, f->id.data);
    qp_receipt_code(code, f);
    qp_json_put(j, "receipt", number);
    qp_json_put(j, "receipt_code", code);
}

/* Its line, where there is one and the caller is on it; null: it is not open to him, or to nobody yet (LI1). */
static void put_line(struct qp_json *j, struct qp_http *h, struct qp_read *r, const uint8_t *matter,
                     const struct qp_auth *auth, struct qp_arena *a)
{
    struct qp_line_view v;
    Qp__LineRow *row;
    qp_json_key(j, "line");
    if (!auth || qp_line_view_begin(&v, h, r, auth, a) || qp_line_get(&v.db, matter, &row) ||
        !qp_line_view_may(&v, row)) {
        qp_json_null(j);
        return;
    }
    qp_json_object(j);
    qp_json_key(j, "seq");
    qp_json_uint(j, row->seq);
    qp_json_key(j, "unseen");
    qp_json_uint(j, qp_line_view_unseen(&v, matter, row));
    qp_json_object_end(j);
}

int qp_json_matter(struct qp_json *j, struct qp_http *h, struct qp_read *r, const uint8_t matter[QP_ID_LEN],
                   const struct qp_auth *auth, bool history, const Qp__Event *draft, struct qp_arena *a,
                   struct qp_err *e)
{
    Qp__Row *row;
    struct qp_history *past = NULL;
    size_t n = 0, left = 0;
    bool erased = draft && draft->body_case == QP__EVENT__BODY_PERSONAL_ERASED;
    struct qp_arena *events = history || erased ? qp_arena_new(HISTORY_ARENA) : NULL;
    int rc = qp_matter_read(r, matter, &row, a, e);
    if (!rc && (history || erased))
        rc = events ? history_of(&past, &n, &left, r, matter, events, e)
                    : qp_fail(e, QP_ENOMEM, "out of memory");
    if (rc) {
        qp_arena_free(events);
        return rc;
    }
    struct qp_in_force *policy = qp_core_policy_hold(h->core);
    qp_json_object(j);
    qp_json_row(j, row, r);
    qp_json_clocks(j, r, row, past, n, policy, qp_wall_us(), a);
    qp_json_proposed(j, h, r, row->face, policy ? policy->policy : NULL, a);
    qp_in_force_release(policy);
    put_grid_worker(j, h, r, row->face, a);
    put_pointed(j, r, row->face);
    put_ticks(j, h, r, matter);
    put_parts(j, row);
    put_urges(j, r, row);
    put_appeals(j, row);
    qp_files_put(j, h, r, row->face);
    qp_json_steps(j, h, r, row, auth);
    if (history) {
        qp_json_held(j, r, row, past, n, qp_wall_us());
        qp_json_six(j, r, row, past, n);
        put_history(j, r, past, n);
        if (left)
            qp_json_put_int(j, "history_left_off", (int64_t)left);
        qp_json_merged(j, h, r, row->face, auth);
        put_line(j, h, r, matter, auth, a);
    }
    if (erased)
        put_event(j, r, past, n, QP__EVENT__BODY_PERSONAL_ERASED);
    if (draft && draft->body_case == QP__EVENT__BODY_OPENED)
        put_receipt(j, row->face);
    if (draft)
        qp_json_warnings(j, h, r, row->face, draft, a);
    else
        qp_json_forewarnings(j, h, r, row->face);
    qp_json_object_end(j);
    qp_arena_free(events);
    return rc;
}
