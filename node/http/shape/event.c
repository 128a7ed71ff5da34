/* event.c: see event.h. An event of a matter is shown from the first record that holds it (the table of
 * history knows which), with the matter as it stands now. */
#include <stdio.h>
#include <string.h>

#include "node/http/shape/json_history.h"
#include "node/http/shape/alarms.h"
#include "node/http/shape/event.h"
#include "node/http/shape/json_line.h"
#include "node/http/shape/json_matter.h"
#include "node/http/shape/json_lead.h"
#include "node/http/shape/json_warning.h"
#include "node/http/shape/link_view.h"
#include "node/matter/clocks.h"

struct found {
    Qp__Event *ev;
    bool node; /* a fact about a node, not about a matter */
    bool line;
    uint64_t seq;   /* of what was said on it; 0: it is no message */
    uint32_t index; /* in its record */
};

bool qp_event_first_here(struct qp_read *r, const Qp__Event *ev, uint64_t position, uint32_t index)
{
    uint8_t key[QP_ID_LEN + QP_EVENT_ID_LEN];
    MDB_val v;
    memcpy(key, ev->matter.data, QP_ID_LEN);
    qp_event_id(key + QP_ID_LEN, ev);
    if (qp_get(r->tables, qp_store_dbi(r->store, QP_T_HISTORY), key, sizeof key, &v) || v.mv_size < 10)
        return false;
    const uint8_t *p = v.mv_data;
    return qp_rd64(p) == position && ((uint32_t)p[8] << 8 | p[9]) == index;
}

enum qp_stream_event qp_stream_event_of(const char *name, size_t len)
{
    static const char *const NAMES[] = {
#define X(NAME, name) #name,
        QP_STREAM_EVENTS(X)
#undef X
    };
    size_t i = 0;
    while (i < QP_STREAM_EVENT_N && (strlen(NAMES[i]) != len || strncmp(NAMES[i], name, len) != 0))
        i++;
    return (enum qp_stream_event)i;
}

/* What it is shown as; one of a later build is a word about its matter. */
static const char *shown_as(const struct qp_event_kind *kind)
{
    return kind && kind->stream ? kind->stream : "matter";
}

static void begin(struct qp_json *out, const char *event, uint64_t id)
{
    char head[96];
    int n = snprintf(head, sizeof head, "event: %s\nid: %llu\ndata: ", event, (unsigned long long)id);
    qp_json_raw(out, head, (size_t)n);
}

static void end(struct qp_json *out)
{
    qp_json_raw(out, "\n\n", 2);
}

/* What a screen in a hall may show: no title, text, note, person. */
static void put_blank(struct qp_json *j, const Qp__Face *f)
{
    qp_json_object(j);
    qp_json_put(j, "area", f->area);
    qp_json_put(j, "category", f->category);
    qp_json_put(j, "source", f->source);
    qp_json_put(j, "state", qp_state_name(f->state));
    qp_json_put_int(j, "step", qp_step_number(f));
    qp_json_put_full(j, "desk", f->desk);
    qp_json_put(j, "urgency", qp_urgency_name(f->urgency));
    qp_json_put_time(j, "opened_at", f->opened_us);
    qp_json_put_time(j, "updated_at", f->updated_us);
    qp_json_put_time(j, "closed_at", f->closed_us);
    qp_json_object_end(j);
}

static void put_matter(struct qp_json *j, struct qp_read *r, const Qp__Event *ev, uint64_t id, bool faces,
                       struct qp_arena *a)
{
    Qp__Row *row;
    char text[64];
    const struct qp_event_kind *kind = qp_event_kind((int)ev->body_case);
    begin(j, shown_as(kind), id);
    qp_json_object(j);
    qp_json_key(j, "id");
    qp_json_id(j, ev->matter.data, ev->matter.len);
    qp_event_text(text, ev);
    qp_json_put(j, "event", text);
    qp_json_put(j, "type", qp_event_name((int)ev->body_case));
    qp_json_put_time(j, "at", ev->at_us);
    if (faces)
        qp_json_put_full(j, "by", ev->by);
    qp_json_node_of(j, "node", r, ev->origin);
    qp_json_key(j, "matter");
    bool found = !qp_matter_read(r, ev->matter.data, &row, a, NULL);
    if (found && !faces) {
        put_blank(j, row->face);
    } else if (found) {
        qp_json_object(j);
        qp_json_row(j, row, NULL);
        qp_json_object_end(j);
    } else {
        qp_json_null(j);
    }
    qp_json_object_end(j);
    end(j);
}

/* Which of its clocks ran out at that moment; NULL: none did (it was to be reminded of one, or goes on again). */
static const char *stage_over(const Qp__Row *row, int64_t due_us)
{
    const Qp__Face *f = row->face;
    for (size_t i = 0; i < f->n_clocks; i++)
        if (row->overdue_stages & 1u << f->clocks[i]->stage && qp_clock_said_due(f->clocks[i]) == due_us)
            return qp_clock_stage_name((enum qp_clock_stage)f->clocks[i]->stage);
    return row->overdue && f->deadline_us == due_us ? qp_clock_stage_name(QP_CLOCK_CLOSE) : NULL;
}

static void put_overdue(struct qp_json *j, const Qp__Row *row, int64_t due_us, const char *stage, bool faces)
{
    const Qp__Face *f = row->face;
    qp_json_raw(j, "event: matter\ndata: ", 20);
    qp_json_object(j);
    qp_json_key(j, "id");
    qp_json_id(j, f->id.data, f->id.len);
    qp_json_put(j, "event", NULL); /* nobody said it */
    qp_json_put(j, "type", "overdue");
    qp_json_put_time(j, "at", due_us);
    qp_json_put(j, "stage", stage);
    qp_json_put(j, "node", f->holder_path);
    qp_json_key(j, "matter");
    if (faces) {
        qp_json_object(j);
        qp_json_row(j, row, NULL);
        qp_json_object_end(j);
    } else {
        put_blank(j, f);
    }
    qp_json_object_end(j);
    end(j);
}

void qp_stream_overdue(struct qp_json *out, struct qp_read *r, uint8_t mark[QP_SWEPT_BYTES], size_t room,
                       bool faces, const struct qp_auth *auth, struct qp_arena *a)
{
    uint8_t now[QP_SWEPT_BYTES], matter[QP_ID_LEN];
    int64_t due_us;
    Qp__Row *row;
    int rc = 0;
    qp_swept_mark(r, now);
    while (out->n < room && !(rc = qp_swept_next(r, mark, now, &due_us, matter))) {
        const char *stage = NULL;
        if (!qp_matter_read(r, matter, &row, a, NULL) && qp_auth_sees(auth, row))
            stage = stage_over(row, due_us);
        if (stage)
            put_overdue(out, row, due_us, stage, faces);
        qp_arena_reset(a);
    }
    /* All is told, or the clock was set back; what could not be read is looked for again. */
    if (rc == QP_ENOTFOUND)
        memcpy(mark, now, sizeof now);
}

static void put_warning(struct qp_json *j, struct qp_read *r, const Qp__Event *ev, uint64_t id, bool faces,
                        struct qp_arena *a)
{
    const ProtobufCBinaryData *of =
        ev->body_case == QP__EVENT__BODY_WARNED ? &ev->warned->warning->id : &ev->warning_said->warning;
    Qp__WarningRow *row;
    begin(j, "warning", id);
    qp_json_object(j);
    qp_json_key(j, "id");
    qp_json_id(j, of->data, of->len);
    qp_json_put(j, "type", qp_event_name((int)ev->body_case));
    qp_json_put_time(j, "at", ev->at_us);
    if (faces)
        qp_json_put_full(j, "by", ev->by);
    qp_json_node_of(j, "node", r, ev->origin);
    qp_json_key(j, "warning");
    if (!qp_warning_get(r->tables, r->store, of->data, &row, a, NULL)) {
        qp_json_object(j);
        qp_json_warning(j, row, r, faces);
        qp_json_object_end(j);
    } else {
        qp_json_null(j);
    }
    qp_json_object_end(j);
    end(j);
}

static void put_lead(struct qp_json *j, struct qp_read *r, const Qp__Event *ev, uint64_t id, bool faces,
                     struct qp_arena *a)
{
    const ProtobufCBinaryData *of =
        ev->body_case == QP__EVENT__BODY_LEAD_FOUND ? &ev->lead_found->lead : &ev->lead_said->lead;
    Qp__LeadRow *row;
    begin(j, "lead", id);
    qp_json_object(j);
    qp_json_key(j, "id");
    qp_json_id(j, of->data, of->len);
    qp_json_put(j, "type", qp_event_name((int)ev->body_case));
    qp_json_put_time(j, "at", ev->at_us);
    if (faces)
        qp_json_put_full(j, "by", ev->by);
    qp_json_node_of(j, "node", r, ev->origin);
    qp_json_key(j, "lead");
    if (!qp_lead_get(r->tables, r->store, of->data, &row, a, NULL)) {
        qp_json_object(j);
        qp_json_lead(j, row, r, faces, a);
        qp_json_object_end(j);
    } else {
        qp_json_null(j);
    }
    qp_json_object_end(j);
    end(j);
}

static void put_node(struct qp_json *j, struct qp_read *r, const Qp__Event *ev, uint64_t id,
                     struct qp_arena *a)
{
    struct qp_node_entry n;
    Qp__CertificateBody *body;
    const uint8_t *node = NULL;
    if (ev->body_case == QP__EVENT__BODY_REVOKED) {
        node = ev->revoked->node.data;
    } else {
        const ProtobufCBinaryData *b = &ev->enrolled->certificate->body;
        if (QP_DECODE(&body, certificate_body, b->data, b->len, a, NULL) == 0)
            node = body->node.data;
    }
    begin(j, "node", id);
    qp_json_object(j);
    qp_json_put(j, "type", qp_event_name((int)ev->body_case));
    qp_json_key(j, "node_id");
    qp_json_id(j, node, node ? QP_ID_LEN : 0);
    qp_json_put(j, "path", node && !qp_node_by_id(r, node, &n) ? n.path : NULL);
    qp_json_put_time(j, "at", ev->at_us);
    qp_json_object_end(j);
    end(j);
}

/* ---- lines ---- */

static const uint8_t *line_of(const Qp__Event *ev)
{
    switch (ev->body_case) {
    case QP__EVENT__BODY_LINE_OPENED: return ev->line_opened->line.data;
    case QP__EVENT__BODY_LINE_SAID: return ev->line_said->line.data;
    default: return ev->line_ticked->line.data;
    }
}

static void put_line(struct qp_json *j, struct qp_read *r, const struct found *f, uint64_t id)
{
    begin(j, "line", id);
    qp_json_object(j);
    qp_json_key(j, "id");
    qp_json_id(j, line_of(f->ev), QP_ID_LEN);
    qp_json_put(j, "type", qp_event_name((int)f->ev->body_case));
    qp_json_put_time(j, "at", f->ev->at_us);
    qp_json_node_of(j, "node", r, f->ev->origin);
    qp_json_key(j, "seq");
    if (f->seq)
        qp_json_uint(j, f->seq);
    else
        qp_json_null(j);
    qp_json_object_end(j);
    end(j);
}

/* An own event goes to several nodes, each in a parcel of its own: told from the one for the first of them. */
static bool first_of(const Qp__Event *ev, const struct qp_parcel *p, const uint8_t *self)
{
    const uint8_t *first = self;
    if (ev->body_case == QP__EVENT__BODY_LINE_OPENED) {
        for (size_t i = ev->line_opened->n_members; i-- > 0;)
            if (memcmp(ev->line_opened->members[i]->node.data, self, QP_ID_LEN) != 0)
                first = ev->line_opened->members[i]->node.data;
    } else {
        for (size_t i = ev->line_ticked->n_marks; i-- > 0;)
            if (memcmp(ev->line_ticked->marks[i]->node.data, self, QP_ID_LEN) != 0)
                first = ev->line_ticked->marks[i]->node.data;
    }
    return memcmp(p->h.to, first, QP_ID_LEN) == 0;
}

static bool line_shown(struct found *f, struct qp_http *h, struct qp_read *r, const struct qp_auth *auth,
                       const struct qp_parcel *p, uint64_t position, uint32_t index, struct qp_arena *a)
{
    const Qp__Event *ev = f->ev;
    struct qp_line_view v;
    struct qp_line_message m;
    Qp__LineRow *row;
    bool own = memcmp(ev->origin.data, h->self.node, QP_ID_LEN) == 0;
    bool here = own || memcmp(p->h.to, h->self.node, QP_ID_LEN) == 0;
    if (!here || !(auth->rights & QP_RIGHT_STEP) || qp_line_view_begin(&v, h, r, auth, a) ||
        qp_line_get(&v.db, line_of(ev), &row) || !qp_line_view_may(&v, row))
        return false;
    if (ev->body_case != QP__EVENT__BODY_LINE_SAID)
        return !own || first_of(ev, p, h->self.node);
    return !qp_line_seq(&v.db, line_of(ev), ev->origin.data, ev->line_said->n, &f->seq) && f->seq &&
           !qp_line_message_next(&v.db, line_of(ev), f->seq - 1, &m) && m.position == position &&
           m.index == index;
}

/* Who is narrowed is told of the matters that lie within, as they stand now, and of the lines that he sees; of warnings and
 * leads, which go over several, of none. */
static bool sees(struct qp_read *r, const Qp__Event *ev, const struct qp_auth *auth, struct qp_arena *a)
{
    Qp__Row *row;
    return !qp_auth_sees_some(auth) ||
           (!qp_matter_read(r, ev->matter.data, &row, a, NULL) && qp_auth_sees(auth, row));
}

/* Warnings count matters of the whole node and name none: who is narrowed to areas or categories is not told of them here. */
static bool of_node_seen(const struct qp_auth *auth, const char *stream)
{
    return strcmp(stream, "node") == 0 || !qp_auth_sees_some(auth) ||
           (!qp_auth_is_narrowed(auth) && strcmp(stream, "lead") != 0);
}

/* Whether event i of the record is told, and as what. */
static bool shown(struct found *f, struct qp_http *h, struct qp_read *r, unsigned types,
                  const struct qp_auth *auth, const struct qp_parcel *p, uint64_t position, uint32_t i,
                  struct qp_arena *a)
{
    Qp__Event *ev;
    if (qp_parcel_event(&ev, p, i, a, NULL))
        return false;
    const struct qp_event_kind *kind = qp_event_kind((int)ev->body_case);
    *f = (struct found){.ev = ev, .index = i};
    if (!(types >> qp_stream_event_of(shown_as(kind), strlen(shown_as(kind))) & 1u))
        return false;
    if (!kind || kind->subject == QP_OF_MATTER) /* each is of one subject: a child may name a matter in any */
        return ev->matter.len == QP_ID_LEN && qp_event_first_here(r, ev, position, i) && sees(r, ev, auth, a);
    f->line = kind->subject == QP_OF_LINE;
    f->node = kind->subject == QP_OF_NODE;
    return kind->stream && ((f->line && line_shown(f, h, r, auth, p, position, i, a)) ||
                            (f->node && of_node_seen(auth, kind->stream)));
}

/* Read once more: who asked about the next one has given its memory back. */
static void tell(struct qp_json *out, struct qp_read *r, const struct qp_parcel *p, struct found *f,
                 uint64_t id, bool faces, struct qp_arena *a)
{
    qp_arena_reset(a);
    if (qp_parcel_event(&f->ev, p, f->index, a, NULL))
        return;
    const char *as = shown_as(qp_event_kind((int)f->ev->body_case));
    if (f->line)
        put_line(out, r, f, id);
    else if (f->node && strcmp(as, "warning") == 0)
        put_warning(out, r, f->ev, id, faces, a);
    else if (f->node && strcmp(as, "lead") == 0)
        put_lead(out, r, f->ev, id, faces, a);
    else if (f->node)
        put_node(out, r, f->ev, id, a);
    else
        put_matter(out, r, f->ev, id, faces, a);
}

bool qp_stream_record(struct qp_json *out, struct qp_http *h, struct qp_read *r, uint64_t position,
                      size_t *from, size_t room, bool faces, unsigned types, const struct qp_auth *auth,
                      struct qp_arena *a)
{
    struct qp_record rec;
    struct qp_parcel p;
    struct found next, held;
    bool holds = false, whole = true;
    struct qp_arena *one = qp_arena_new(2 * QP_DECODE_ARENA);
    if (!one) /* the stream ends, and its page asks again from where it was */
        out->failed = true;
    bool opened = one && !qp_journal_get(r->journal, h->store, position, &rec, NULL) &&
                  !qp_parcel_open_trusted(&p, rec.parcel.p, rec.parcel.len, a, NULL);
    for (size_t i = *from; opened && whole && i < p.h.count; i++) {
        qp_arena_reset(one);
        if (!shown(&next, h, r, types, auth, &p, position, (uint32_t)i, one))
            continue;
        if (holds)
            tell(out, r, &p, &held, position - 1, faces, one);
        whole = !holds || out->n < room;
        held = next;
        holds = true;
    }
    if (holds && whole)
        tell(out, r, &p, &held, position, faces, one);
    *from = whole ? 0 : held.index;
    qp_arena_free(one);
    return whole;
}

void qp_stream_link(struct qp_json *out, struct qp_read *r, const uint8_t node[QP_ID_LEN],
                    enum qp_link_state state, int64_t heard_us)
{
    struct qp_node_entry n;
    if (qp_node_by_id(r, node, &n))
        return;
    qp_json_raw(out, "event: node\ndata: ", 18);
    qp_json_object(out);
    qp_json_put(out, "type", "link");
    qp_json_key(out, "node_id");
    qp_json_id(out, node, QP_ID_LEN);
    qp_json_put(out, "path", n.path);
    qp_json_put(out, "state", qp_link_view_name(state));
    qp_json_put_time(out, "last_heard", heard_us);
    qp_json_object_end(out);
    end(out);
}

void qp_stream_standing(struct qp_json *out, uint64_t standing)
{
    qp_json_raw(out, "event: node\ndata: ", 18);
    qp_json_object(out);
    qp_json_put(out, "type", "standing");
    qp_json_key(out, "alarms");
    qp_json_array(out);
    for (int code = 0; code < QP_ALARM_CODES; code++)
        if (standing >> code & 1)
            qp_json_text(out, qp_alarm_name((enum qp_alarm_code)code));
    qp_json_array_end(out);
    qp_json_object_end(out);
    end(out);
}
