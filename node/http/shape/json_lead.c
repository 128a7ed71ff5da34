/* json_lead.c: see json_lead.h. */
#include "node/http/shape/json_lead.h"

#include <stdlib.h>
#include <string.h>

#include "node/insight/lead/lead.h"

enum { SOURCES = 16, ALSO = 16, WHY = 6, OUT_OF = 1000 };

static const char *const VERBS[] = {"", "confirm", "dismiss", "matter", "join", "split", "decline", "undo"};

static const char *verb(uint32_t v)
{
    return v < sizeof VERBS / sizeof *VERBS ? VERBS[v] : "";
}

/* ---- who sees it ---- */

struct seen {
    const struct qp_auth *auth;
    struct qp_read *r;
    struct qp_arena *a;
    uint32_t within;
};

/* 1: one lies outside. */
static int look(void *arg, const uint8_t matter[QP_ID_LEN], enum qp_lead_how how)
{
    struct seen *s = arg;
    Qp__Row *row;
    (void)how;
    if (s->within == QP_LEAD_SHOWN || qp_matter_read(s->r, matter, &row, s->a, NULL) ||
        !qp_auth_sees(s->auth, row))
        return 1;
    s->within++;
    return 0;
}

bool qp_lead_sees(const struct qp_auth *auth, const Qp__LeadRow *row, struct qp_read *r, struct qp_arena *a)
{
    struct seen s = {.auth = auth, .r = r, .a = a};
    if (!qp_auth_sees_some(auth))
        return true;
    int rc = qp_lead_matters(r->tables, r->store, row->lead.data, look, &s, NULL);
    return !rc && s.within > 0 && s.within == row->joined + row->proposed;
}

/* ---- what its matters come to ---- */

struct sum {
    struct qp_read *r;
    struct qp_arena *a;
    const char *source[SOURCES];
    unsigned count[SOURCES], n, looked, other;
    int64_t first_us, last_us;
};

static int add(void *arg, const uint8_t matter[QP_ID_LEN], enum qp_lead_how how)
{
    struct sum *s = arg;
    Qp__Row *row;
    unsigned i = 0;
    if (s->looked++ == QP_LEAD_SUMMED)
        return 1;
    if (how != QP_LEAD_HOW_JOINED || qp_matter_read(s->r, matter, &row, s->a, NULL))
        return 0;
    const Qp__Face *f = row->face;
    int64_t at_us = f->occurred_us ? f->occurred_us : f->opened_us;
    s->first_us = s->first_us == 0 || at_us < s->first_us ? at_us : s->first_us;
    s->last_us = at_us > s->last_us ? at_us : s->last_us;
    while (i < s->n && strcmp(s->source[i], f->source) != 0)
        i++;
    if (i == SOURCES) {
        s->other++;
        return 0;
    }
    if (i == s->n)
        s->source[s->n++] = f->source;
    s->count[i]++;
    return 0;
}

static void put_sources(struct qp_json *j, const struct sum *s)
{
    qp_json_key(j, "sources");
    qp_json_array(j);
    for (unsigned i = 0; i < s->n; i++) {
        qp_json_object(j);
        qp_json_put(j, "source", s->source[i]);
        qp_json_put_int(j, "matters", s->count[i]);
        qp_json_object_end(j);
    }
    qp_json_array_end(j);
}

static void put_words(struct qp_json *j, const Qp__LeadRow *row)
{
    qp_json_key(j, "words");
    qp_json_array(j);
    for (size_t i = 0; i < row->n_words; i++) {
        const Qp__LeadWord *w = row->words[i];
        qp_json_object(j);
        qp_json_put(j, "what", verb(w->verb));
        qp_json_put(j, "text", w->text);
        qp_json_put(j, "by", w->by);
        qp_json_put_time(j, "at", w->at_us);
        qp_json_object_end(j);
    }
    qp_json_array_end(j);
}

void qp_json_lead(struct qp_json *j, const Qp__LeadRow *row, struct qp_read *r, bool words,
                  struct qp_arena *a)
{
    struct qp_node_entry n;
    struct sum s = {.r = r, .a = a};
    const ProtobufCBinaryData *made = NULL;
    for (size_t i = 0; i < row->n_words; i++)
        if (row->words[i]->verb == QP_LEAD_MATTER && row->words[i]->matter.len == QP_ID_LEN)
            made = &row->words[i]->matter;
    (void)qp_lead_matters(r->tables, r->store, row->lead.data, add, &s, NULL);
    qp_json_key(j, "id");
    qp_json_id(j, row->lead.data, row->lead.len);
    qp_json_put(j, "area", row->area);
    qp_json_put(j, "title", !qp_node_by_path(r, row->area, &n) && *n.title ? n.title : row->area);
    qp_json_put(j, "place", row->place);
    qp_json_put(j, "state", qp_lead_state_name(qp_lead_state_of(row)));
    qp_json_put_int(j, "joined", row->joined);
    qp_json_put_int(j, "proposed", row->proposed);
    put_sources(j, &s);
    qp_json_put_time(j, "first_at", s.first_us);
    qp_json_put_time(j, "last_at", s.last_us);
    qp_json_put_time(j, "found_at", row->at_us);
    qp_json_key(j, "matter"); /* that was made of it */
    qp_json_id(j, made ? made->data : NULL, made ? made->len : 0);
    if (words)
        put_words(j, row);
}

/* ---- its matters ---- */

struct shown {
    struct qp_json *j;
    struct qp_read *r;
    struct qp_arena *a;
    const Qp__LeadRow *lead;
    const struct qp_auth *auth;
    struct qp_lead_df *df; /* of no node: words are weighed alike; NULL: no memory, and no words are shown */
    unsigned n;
    uint8_t also[ALSO][QP_ID_LEN];
    unsigned n_also;
};

/* The matter that it was most like may have been taken out of the lead since, and be none that who asks may read (LD7): then it is not
 * told. *near NULL: it is not known here. */
static bool tells_nearest(struct shown *s, const Qp__LeadMember *m, Qp__Row **near)
{
    *near = NULL;
    if (!m || m->nearest.len != QP_ID_LEN)
        return false;
    if (qp_matter_read(s->r, m->nearest.data, near, s->a, NULL))
        *near = NULL;
    if (!qp_auth_sees_some(s->auth) || (*near && qp_auth_sees(s->auth, *near)))
        return true;
    *near = NULL;
    return false;
}

static void put_why(struct shown *s, const Qp__Face *f, const Qp__Row *near)
{
    struct qp_lead_word word[WHY];
    size_t n = 0;
    if (near && s->df)
        n = qp_lead_why(word, WHY, s->df, f->title, f->text, near->face->title, near->face->text);
    qp_json_key(s->j, "why");
    qp_json_array(s->j);
    for (size_t i = 0; i < n; i++)
        qp_json_text(s->j, word[i].text);
    qp_json_array_end(s->j);
}

static void put_moves(struct qp_json *j, const Qp__LeadMember *m)
{
    qp_json_key(j, "moves");
    qp_json_array(j);
    for (size_t i = 0; m && i < m->n_moves; i++) {
        qp_json_object(j);
        qp_json_put(j, "what", verb(m->moves[i]->verb));
        qp_json_put(j, "text", m->moves[i]->text);
        qp_json_put(j, "by", m->moves[i]->by);
        qp_json_put_time(j, "at", m->moves[i]->at_us);
        qp_json_object_end(j);
    }
    qp_json_array_end(j);
}

static int note_also(void *arg, const uint8_t node[QP_ID_LEN], const Qp__LeadMember *m)
{
    struct shown *s = arg;
    if (memcmp(node, s->lead->node.data, QP_ID_LEN) == 0 || m->lead.len != QP_ID_LEN)
        return 0;
    for (unsigned i = 0; i < s->n_also; i++)
        if (memcmp(s->also[i], m->lead.data, QP_ID_LEN) == 0)
            return 0;
    if (s->n_also == ALSO)
        return 1;
    memcpy(s->also[s->n_also++], m->lead.data, QP_ID_LEN);
    return 0;
}

static int show(void *arg, const uint8_t matter[QP_ID_LEN], enum qp_lead_how how)
{
    struct shown *s = arg;
    struct qp_json *j = s->j;
    Qp__LeadMember *m = NULL;
    Qp__Row *row;
    if (s->n == QP_LEAD_SHOWN)
        return 1;
    if (qp_matter_read(s->r, matter, &row, s->a, NULL))
        return 0;
    if (qp_lead_member(s->r->tables, s->r->store, matter, s->lead->node.data, &m, s->a, NULL))
        m = NULL;
    (void)qp_lead_of_matter(s->r->tables, s->r->store, matter, note_also, s, s->a, NULL);
    s->n++;
    const Qp__Face *f = row->face;
    qp_json_object(j);
    qp_json_key(j, "id");
    qp_json_id(j, matter, QP_ID_LEN);
    qp_json_put(j, "title", f->title);
    qp_json_put(j, "area", f->area);
    qp_json_put(j, "source", f->source);
    qp_json_put(j, "category", f->category);
    qp_json_put(j, "state", qp_state_name(f->state));
    qp_json_put(j, "holder", f->holder_path);
    qp_json_put_time(j, "opened_at", f->opened_us);
    qp_json_put(j, "how", how == QP_LEAD_HOW_JOINED ? "joined" : "proposed");
    qp_json_key(j, "likeness");
    qp_json_real(j, m ? m->ppm / 1e6 : 0);
    qp_json_key(j, "nearest");
    Qp__Row *near;
    bool told = tells_nearest(s, m, &near);
    qp_json_id(j, told ? m->nearest.data : NULL, told ? m->nearest.len : 0);
    qp_json_put_bool(j, "named", m && m->named);
    put_why(s, f, near);
    put_moves(j, m);
    qp_json_object_end(j);
    return 0;
}

void qp_json_lead_matters(struct qp_json *j, const Qp__LeadRow *row, struct qp_read *r,
                          const struct qp_auth *auth, struct qp_arena *a)
{
    struct shown s = {.j = j, .r = r, .a = a, .lead = row, .auth = auth, .df = calloc(1, sizeof *s.df)};
    Qp__LeadRow *other;
    if (s.df)
        s.df->n = OUT_OF;
    qp_json_key(j, "matters");
    qp_json_array(j);
    (void)qp_lead_matters(r->tables, r->store, row->lead.data, show, &s, NULL);
    qp_json_array_end(j);
    uint32_t all = row->joined + row->proposed;
    qp_json_put_int(j, "rest", all > s.n ? all - s.n : 0); /* not known here, or not shown */
    qp_json_key(j, "also");
    qp_json_array(j);
    for (unsigned i = 0; i < s.n_also; i++) {
        if (qp_lead_get(r->tables, r->store, s.also[i], &other, a, NULL) || !qp_lead_sees(auth, other, r, a))
            continue;
        qp_json_object(j);
        qp_json_key(j, "id");
        qp_json_id(j, s.also[i], QP_ID_LEN);
        qp_json_put(j, "area", other->area);
        qp_json_put(j, "state", qp_lead_state_name(qp_lead_state_of(other)));
        qp_json_object_end(j);
    }
    qp_json_array_end(j);
    free(s.df);
}
