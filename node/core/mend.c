/* mend.c: see mend.h. */
#include "node/core/mend.h"

#include "node/core/allowance.h"

#include <assert.h>
#include <stdlib.h>

enum {
    MOST = QP_DAMAGED_KEPT,
    AGAIN_US = 2000000, /* of silence: asked again ... */
    TRIES = 3,          /* ... so often, then the next neighbour is */
    SLICE_RECORDS = 256,
    SLICE_BYTES = 512 * 1024,
};

/* Answers: each may read a slice of the journal. */
static const struct qp_allowance_rate ANSWERS = {25, 50};
#define PUT_OFF SIZE_MAX
#define REST_US (INT64_C(3600) * 1000000) /* nobody could give it: all are asked anew after this */

struct mending {
    uint64_t position; /* 0: free */
    bool rests;        /* nobody could give it */
    uint8_t from[QP_ID_LEN];
    size_t nth; /* the how manieth neighbour is asked; 0: who sent it */
    unsigned tries;
    uint64_t yours, search; /* where it stands in his journal; or from where he looks for it */
    uint8_t *bytes;         /* malloc'd: what came of it */
    size_t len, have;
    int64_t said_us;
};
struct qp_mends {
    struct mending v[MOST];
    size_t n; /* that are used */
    uint64_t notes;
    struct qp_allowance answers;
};

struct qp_mends *qp_mends_new(void)
{
    return calloc(1, sizeof(struct qp_mends));
}

static void drop(struct qp_mends *m, struct mending *x)
{
    assert(x->position > 0 && m->n > 0);
    free(x->bytes);
    *x = (struct mending){0};
    m->n--;
}

void qp_mends_free(struct qp_mends *m)
{
    for (size_t i = 0; m && i < MOST; i++)
        free(m->v[i].bytes);
    free(m);
}

/* ---- whom to ask ---- */

/* The parent, then the children: *out in the arena. None: no memory. */
static size_t neighbours(struct qp_work *w, struct qp_place ***out)
{
    struct qp_place *parent = qp_tree_parent(w->c->tree);
    size_t n = qp_tree_children(w->c->tree, w->c->self.node, NULL, 0), up = !!parent;
    *out = qp_arena_take(w->c->arena, sizeof **out * (n + up));
    if (!*out)
        return 0;
    if (up > 0)
        (*out)[0] = parent;
    qp_tree_children(w->c->tree, w->c->self.node, *out + up, n);
    return n + up;
}

static bool is_neighbour(struct qp_work *w, const uint8_t node[QP_ID_LEN])
{
    assert(w->c->tree);
    const struct qp_place *p = qp_tree_node(w->c->tree, node);
    return p && (p == qp_tree_parent(w->c->tree) || qp_is_child(w->c, p));
}

/* First who sent it, if the record still says so, at the place that it names; then the others, who look for it. */
static bool next_one(struct qp_work *w, struct mending *x, bool first)
{
    assert(x->position > 0 && (first || x->nth != PUT_OFF));
    struct qp_record lies;
    bool said = !qp_journal_lies(w->t->journal, w->c->store, x->position, &lies) &&
                lies.kind != QP_RECORD_OWN && is_neighbour(w, lies.peer);
    x->tries = 0;
    x->have = x->len = 0;
    x->yours = x->search = 0;
    x->nth = first ? 0 : x->nth + 1;
    if (x->nth == 0 && said && lies.peer_position > 0) {
        memcpy(x->from, lies.peer, QP_ID_LEN);
        x->yours = lies.peer_position;
        return true;
    }
    x->nth += x->nth == 0;
    struct qp_place **v;
    if (x->nth > neighbours(w, &v))
        return false;
    memcpy(x->from, v[x->nth - 1]->cert.node, QP_ID_LEN);
    x->search = 1;
    return true;
}

/* ---- asking ---- */

static int ask(struct qp_work *w, struct mending *x, struct qp_err *e)
{
    assert(!x->rests && (x->yours > 0) != (x->search > 0)); /* at a place, or from one on */
    assert(!qp_same(x->from, w->c->self.node));
    Qp__ParcelAsked a = QP__PARCEL_ASKED__INIT;
    Qp__Carried said = QP__CARRIED__INIT;
    struct qp_err why = {0};
    a.position = x->position;
    a.epoch = (ProtobufCBinaryData){QP_ID_LEN, (uint8_t *)(uintptr_t)qp_store_epoch(w->c->store)};
    a.yours = x->yours;
    a.search = x->search;
    a.at = (uint32_t)x->have;
    said.body_case = QP__CARRIED__BODY_PARCEL_ASKED;
    said.parcel_asked = &a;
    x->said_us = w->now_us;
    int rc = qp_carry_send(w, x->from, &said, &why);
    return rc == QP_ENOMEM ? qp_fail(e, rc, "%s", why.text)
                           : 0; /* a way that is not known counts as silence */
}

static int ask_next(struct qp_work *w, struct mending *x, bool first, struct qp_err *e)
{
    x->rests = !next_one(w, x, first);
    x->said_us = w->now_us;
    if (x->rests) {
        free(x->bytes);
        x->bytes = NULL;
        return 0;
    }
    return ask(w, x, e);
}

/* 0, or what ends the turn. *over: nothing more is to be done for it now. */
static int try_here(struct qp_work *w, struct mending *x, struct qp_slice parcel, bool *over,
                    struct qp_err *e)
{
    struct qp_err why = {0};
    assert(x->position <= w->t->head && parcel.len <= QP_PARCEL_BYTES);
    int rc = qp_journal_mend(w->t, x->position, parcel, &why);
    *over = !rc;
    if (!rc) {
        QP_COUNT(w->c, records_mended);
        struct qp_place **v;
        for (size_t i = neighbours(w, &v); i-- > 0;) /* a lane may wait before it */
            qp_out_once(w, QP_OUT_WAKE, v[i]->cert.node);
    }
    return rc == QP_EIO || rc == QP_EFULL ? qp_fail(e, rc, "%s", why.text) : rc == QP_ENEED ? QP_ENEED : 0;
}

/* The one behind it comes first. */
static int put_off(struct qp_work *w, struct mending *x)
{
    assert(x->position < w->t->head); /* there is one behind it */
    x->said_us = w->now_us;
    x->nth = PUT_OFF;
    return 0;
}

static int begin(struct qp_work *w, struct mending *x, struct qp_err *e)
{
    bool over;
    int rc = try_here(w, x, (struct qp_slice){0}, &over, e);
    if (over) {
        drop(w->c->mends, x);
        return 0;
    }
    assert(x->position > 0); /* it was not dropped */
    return rc == QP_ENEED ? put_off(w, x) : rc ? rc : ask_next(w, x, true, e);
}

static struct mending *slot_of(struct qp_mends *m, uint64_t position)
{
    for (size_t i = 0; i < MOST; i++)
        if (m->v[i].position == position)
            return &m->v[i];
    return NULL;
}

/* The last of those that were noted and nobody has taken up; 0: none. */
static uint64_t last_new(struct qp_mends *m, const struct qp_store_damage *d)
{
    uint64_t last = 0;
    for (size_t i = 0; i < MOST && d->at[i] != 0; i++)
        if (d->at[i] > last && !slot_of(m, d->at[i]))
            last = d->at[i];
    assert(last == 0 || !slot_of(m, last));
    return last;
}

/* Takes up one of what was noted since, the last first: each says what the one before it was. One a turn: the search for a
 * wrong bit takes its time. */
static int take_up(struct qp_work *w, struct qp_err *e)
{
    struct qp_mends *m = w->c->mends;
    struct qp_store_damage d;
    assert(m->n <= MOST);
    qp_store_damage(w->c->store, &d);
    uint64_t position = last_new(m, &d);
    struct mending *x = position > 0 ? slot_of(m, 0) : NULL;
    if (!x) {
        m->notes = d.notes;
        return 0;
    }
    *x = (struct mending){.position = position};
    m->n++;
    return begin(w, x, e);
}

static int go_on(struct qp_work *w, struct mending *x, struct qp_err *e)
{
    bool ahead = x->said_us > w->now_us; /* the clock was set back since */
    int64_t silent_us = ahead ? REST_US : w->now_us - x->said_us;
    if (x->rests)
        return silent_us >= REST_US ? begin(w, x, e) : 0;
    if (silent_us < AGAIN_US)
        return 0;
    if (x->nth == PUT_OFF)
        return begin(w, x, e);
    return ++x->tries < TRIES ? ask(w, x, e) : ask_next(w, x, false, e);
}

int qp_mends_tick(struct qp_work *w, struct qp_err *e)
{
    struct qp_mends *m = w->c->mends;
    int rc = qp_store_damage_notes(w->c->store) == m->notes ? 0 : take_up(w, e);
    for (size_t i = 0; m->n > 0 && i < MOST && !rc; i++)
        if (m->v[i].position > 0)
            rc = go_on(w, &m->v[i], e);
    assert(m->n <= MOST);
    return rc;
}

int64_t qp_mends_next(const struct qp_core *c)
{
    int64_t at_us =
        qp_store_damage_notes(c->store) == c->mends->notes ? INT64_MAX : 0; /* the next one, at once */
    for (size_t i = 0; c->mends->n > 0 && i < MOST; i++) {
        const struct mending *x = &c->mends->v[i];
        int64_t due_us = x->said_us + (x->rests ? REST_US : AGAIN_US);
        if (x->position > 0 && due_us < at_us)
            at_us = due_us;
    }
    return at_us;
}

static struct mending *asked_for(struct qp_mends *m, uint64_t position, const struct qp_place *from)
{
    struct mending *x = position > 0 ? slot_of(m, position) : NULL;
    bool asked = x && !x->rests && x->nth != PUT_OFF; /* of what is put off nobody is asked */
    return asked && qp_same(x->from, from->cert.node) ? x : NULL;
}

/* A piece that is not the next one, or does not fit what he said before, is none. */
static bool add_piece(struct mending *x, const Qp__ParcelGiven *g)
{
    if (g->at != x->have || g->bytes == 0 || g->bytes > QP_PARCEL_BYTES ||
        (x->have > 0 && g->bytes != x->len) || g->piece.len == 0 || g->piece.len > g->bytes - x->have)
        return false;
    if (!x->bytes && !(x->bytes = malloc(QP_PARCEL_BYTES)))
        return false;
    x->len = g->bytes;
    assert(x->have + g->piece.len <= QP_PARCEL_BYTES);
    memcpy(x->bytes + x->have, g->piece.data, g->piece.len);
    x->have += g->piece.len;
    return true;
}

int qp_mend_given(struct qp_work *w, const struct qp_place *from, const Qp__ParcelGiven *g, struct qp_err *e)
{
    struct mending *x = asked_for(w->c->mends, g->position, from);
    bool over;
    if (!x)
        return 0; /* nobody asked him for that */
    x->tries = 0;
    if (g->code != 0)
        return ask_next(w, x, false, e);
    if (g->search > 0 && x->search > 0) {
        if (g->search <= x->search)
            return ask_next(w, x, false, e); /* he would look for ever */
        x->search = g->search;
        return ask(w, x, e);
    }
    bool nowhere = x->search > 0 && g->found == 0; /* the rest could be asked for at no place */
    if (nowhere || !add_piece(x, g))
        return ask_next(w, x, false, e);
    if (x->search > 0)
        x->yours = g->found;
    x->search = 0;
    assert(x->have > 0 && x->have <= x->len);
    if (x->have < x->len)
        return ask(w, x, e);
    int rc = try_here(w, x, (struct qp_slice){x->bytes, x->len}, &over, e);
    if (over) {
        drop(w->c->mends, x);
        return 0;
    }
    return rc == QP_ENEED ? put_off(w, x) : rc ? rc : ask_next(w, x, false, e);
}

/* ---- asked from elsewhere ---- */

static int give(struct qp_work *w, const struct qp_place *to, Qp__ParcelGiven *g, struct qp_err *e)
{
    assert(g->piece.len <= QP_FILE_PIECE && (g->code == 0 || g->piece.len == 0));
    Qp__Carried said = QP__CARRIED__INIT;
    said.body_case = QP__CARRIED__BODY_PARCEL_GIVEN;
    said.parcel_given = g;
    int rc = qp_carry_send(w, to->cert.node, &said, e);
    return rc == QP_ENOTFOUND ? 0 : rc;
}

/* It came from him, or it goes to him anyway. */
static bool his(struct qp_work *w, const struct qp_place *to, const struct qp_record *r)
{
    struct qp_parcel p;
    assert(r->parcel.len > 0 && to);
    if (qp_same(r->peer, to->cert.node))
        return true;
    return !qp_parcel_open_trusted(&p, r->parcel.p, r->parcel.len, w->c->arena, NULL) &&
           qp_way(w->c, &p.h, r->peer, to, true) != QP_WAY_NONE;
}

/* The record that he delivered from that place of his journal. *at: where it is, or from where to look on; 0: it is not here. */
static bool found(struct qp_work *w, const struct qp_place *to, const Qp__ParcelAsked *a, uint64_t *at,
                  struct qp_record *r)
{
    size_t bytes = 0;
    assert(*at > 0 && a->epoch.len == QP_ID_LEN);
    for (int n = 0; n < SLICE_RECORDS && bytes < SLICE_BYTES && *at <= w->t->head; n++, ++*at) {
        if (qp_journal_get(w->t->journal, w->c->store, *at, r, NULL))
            continue;
        bytes += r->parcel.len;
        if (r->peer_position == a->position && qp_same(r->peer, to->cert.node) &&
            qp_same(r->peer_epoch, a->epoch.data))
            return true;
    }
    if (*at > w->t->head)
        *at = 0;
    return false;
}

int qp_mend_asked(struct qp_work *w, const struct qp_place *from, const Qp__ParcelAsked *a, struct qp_err *e)
{
    struct qp_mends *m = w->c->mends;
    struct qp_record r = {0};
    Qp__ParcelGiven g = QP__PARCEL_GIVEN__INIT;
    if (!is_neighbour(w, from->cert.node) || a->epoch.len != QP_ID_LEN)
        return 0;
    if (!qp_allowance_spend(&m->answers, &ANSWERS, from->cert.node, w->now_us, 1))
        return 0; /* he asks again */
    uint64_t at = a->search > 0 ? a->search : a->yours;
    g.position = a->position;
    g.at = a->at;
    bool there = a->search > 0
                     ? found(w, from, a, &at, &r)
                     : !qp_journal_get(w->t->journal, w->c->store, at, &r, NULL) && his(w, from, &r);
    if (!there && a->search > 0 && at > 0) {
        g.search = at;
        return give(w, from, &g, e);
    }
    assert(!there || r.parcel.len > 0);
    if (!there || a->at >= r.parcel.len) {
        g.code = QP_ENOTFOUND;
        return give(w, from, &g, e);
    }
    size_t len = r.parcel.len - a->at;
    len = len > QP_FILE_PIECE ? QP_FILE_PIECE : len;
    g.found = at;
    g.bytes = (uint32_t)r.parcel.len;
    g.piece = (ProtobufCBinaryData){len, (uint8_t *)(uintptr_t)r.parcel.p + a->at};
    return give(w, from, &g, e);
}
