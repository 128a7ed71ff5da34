/* pull.c: see pull.h. */
#include "node/core/pull.h"

#include "node/core/allowance.h"

#include <assert.h>
#include <stdlib.h>

#include "node/matter/attached.h"

enum {
    PULLS = 8,
    WINDOW = 4,            /* pieces in flight: 128 KiB */
    AGAIN_US = 2000000,    /* of silence: asked again ... */
    TRIES = 3,             /* ... so often, then the next node is */
    WANTED_US = 600000000, /* after the last who asked for it */
    KNOWN_US = 20000000,   /* so long an end is told to whoever asks; then all are asked anew */
};
static const struct qp_allowance_rate GIVEN = {2 * 1024 * 1024, 8 * 1024 * 1024}; /* bytes */

struct pull {
    bool used, done; /* done: all of it came */
    struct qp_hash hash;
    uint64_t bytes;
    uint8_t matter[QP_ID_LEN], from[QP_ID_LEN];
    size_t turn;                      /* the how manieth node of the matter is asked */
    unsigned tries, refused, unheard; /* of this node; nodes that do not have it; that did not answer */
    uint64_t asked;                   /* up to here */
    int64_t said_us, wanted_us;
    int code; /* how it ended; 0: it goes on */
    char text[QP_REASON_BYTES + 1];
};
struct qp_pulls {
    struct qp_blobs *blobs;
    struct pull v[PULLS];
    struct qp_allowance given; /* bytes */
};

struct qp_pulls *qp_pulls_new(struct qp_blobs *b)
{
    struct qp_pulls *p = calloc(1, sizeof *p);
    if (p)
        p->blobs = b;
    return p;
}

void qp_pulls_free(struct qp_pulls *p)
{
    free(p);
}

int qp_core_set_blobs(struct qp_core *c, struct qp_blobs *b, struct qp_err *e)
{
    qp_pulls_free(c->pulls);
    c->pulls = !b ? NULL : qp_pulls_new(b);
    return !b || c->pulls ? 0 : qp_fail(e, QP_ENOMEM, "no memory for files");
}

/* ---- whom to ask ---- */

/* The i-th node above this one; NULL: there are not so many. */
static const uint8_t *above(const struct qp_core *c, size_t i)
{
    const struct qp_place *p = qp_tree_parent(c->tree);
    assert(p != qp_tree_self(c->tree));
    for (; p && i > 0; i--)
        p = p->parent;
    return p ? p->cert.node : NULL;
}

/* The i-th of those who may have it; NULL: nobody. Some come more than once. Last those above, who may have read it. */
static const uint8_t *whom(const struct qp_core *c, const Qp__Face *f, const uint8_t hash[QP_HASH_LEN],
                           size_t i)
{
    const Qp__Attachment *x = qp_attached(f, hash);
    const ProtobufCBinaryData *const first[] = {&f->holder, &f->came_from, &f->opener};
    enum { FIRST = sizeof first / sizeof *first };
    if (i == 0)
        return x ? qp_attached_at(f, x) : NULL;
    if (i <= FIRST)
        return first[i - 1]->data;
    assert(i >= 1 + FIRST);
    i -= 1 + FIRST;
    return i < f->n_members ? f->members[i].data : above(c, i - f->n_members);
}

static size_t candidates(const struct qp_core *c, const Qp__Face *f)
{
    size_t n = 4 + f->n_members;
    assert(n >= 4);
    for (size_t i = 0; above(c, i); i++)
        n++;
    return n;
}

/* Moves on to the next node that is not this one and not the one before; false: all were asked. */
static bool next_one(struct qp_work *w, struct pull *x, const Qp__Face *f)
{
    const struct qp_core *c = w->c;
    while (++x->turn < candidates(c, f)) {
        const uint8_t *to = whom(c, f, x->hash.b, x->turn);
        bool seen = !to || qp_same(to, w->c->self.node);
        for (size_t i = 0; i < x->turn && !seen; i++) {
            const uint8_t *before = whom(c, f, x->hash.b, i);
            seen = before && qp_same(before, to);
        }
        if (seen)
            continue;
        memcpy(x->from, to, QP_ID_LEN);
        assert(!qp_same(x->from, w->c->self.node)); /* nobody asks himself */
        x->tries = 0;
        return true;
    }
    return false;
}

static const char *path_of(struct qp_work *w, const uint8_t node[QP_ID_LEN])
{
    const struct qp_place *p = qp_tree_node(w->c->tree, node);
    return p ? p->cert.path : "a node that is not known here";
}

/* Nobody is left to ask. */
static void give_up(struct qp_work *w, struct pull *x)
{
    assert(x->used && !x->done);
    x->code = x->unheard > 0 ? QP_EUNREACHABLE : QP_ENOTFOUND;
    x->said_us = w->now_us;
    if (x->unheard > 0)
        snprintf(x->text, sizeof x->text,
                 "the file lies elsewhere, and who may have it (last asked: %.100s) does not answer at the "
                 "moment; what "
                 "came of it is kept: ask again",
                 path_of(w, x->from));
    else
        snprintf(x->text, sizeof x->text,
                 "nobody who has to do with the matter has this file any more: have it attached again");
}

/* ---- asking ---- */

static int ask_piece(struct qp_work *w, const struct pull *x, uint64_t at, struct qp_err *e)
{
    assert(x->used && at < x->bytes);
    Qp__FileAsked a = QP__FILE_ASKED__INIT;
    Qp__Carried said = QP__CARRIED__INIT;
    a.matter = (ProtobufCBinaryData){QP_ID_LEN, (uint8_t *)(uintptr_t)x->matter};
    a.hash = (ProtobufCBinaryData){QP_HASH_LEN, (uint8_t *)(uintptr_t)x->hash.b};
    a.at = at;
    said.body_case = QP__CARRIED__BODY_FILE_ASKED;
    said.file_asked = &a;
    return qp_carry_send(w, x->from, &said, e);
}

/* As many pieces as may be in flight, from what is here on. 0, or QP_ENOMEM; a way that is not known counts as silence. */
static int ask_on(struct qp_work *w, struct pull *x, uint64_t have, struct qp_err *e)
{
    assert(x->used);
    struct qp_err why = {0};
    if (x->asked < have)
        x->asked = have;
    while (x->asked < x->bytes && x->asked < have + (uint64_t)WINDOW * QP_FILE_PIECE) {
        int rc = ask_piece(w, x, x->asked, &why);
        if (rc == QP_ENOMEM)
            return qp_fail(e, rc, "%s", why.text);
        if (rc)
            return 0;
        x->asked += QP_FILE_PIECE;
    }
    return 0;
}

/* Begins again with the node whose turn it is, or the next one if that one was tried enough. */
static int ask_again(struct qp_work *w, struct pull *x, bool refused, struct qp_err *e)
{
    assert(x->used && x->code == 0);
    Qp__Row *row;
    uint64_t have = qp_blob_have(w->c->pulls->blobs, &x->hash, x->bytes);
    x->said_us = w->now_us;
    x->done = have >= x->bytes;
    if (x->done)
        return 0; /* whoever looks at it makes it whole */
    x->asked = have;
    if (!refused && x->tries++ < TRIES)
        return ask_on(w, x, have, e);
    x->refused += refused;
    x->unheard += !refused;
    if (qp_matter_row(&w->m, x->matter, &row, NULL) || !next_one(w, x, row->face)) {
        give_up(w, x);
        return 0;
    }
    x->tries = 1;
    return ask_on(w, x, have, e);
}

/* ---- wanted here ---- */

static struct pull *find(struct qp_pulls *p, const uint8_t hash[QP_HASH_LEN])
{
    for (size_t i = 0; i < PULLS; i++)
        if (p->v[i].used && memcmp(p->v[i].hash.b, hash, QP_HASH_LEN) == 0)
            return &p->v[i];
    return NULL;
}

static int begin(struct qp_work *w, const Qp__Face *f, const Qp__Attachment *a, struct qp_err *e)
{
    assert(a->bytes > 0 && a->bytes <= QP_BLOB_BYTES);
    struct qp_pulls *p = w->c->pulls;
    struct pull *x = NULL;
    uint64_t have;
    for (size_t i = 0; i < PULLS && !x; i++)
        if (!p->v[i].used || p->v[i].code != 0 || p->v[i].done)
            x = &p->v[i];
    if (!x)
        return qp_fail(e, QP_EBUSY,
                       "%d files are being fetched from other nodes already; ask again in a minute", PULLS);
    *x = (struct pull){.used = true, .bytes = a->bytes, .wanted_us = w->now_us, .said_us = w->now_us};
    memcpy(x->hash.b, a->hash.data, QP_HASH_LEN);
    memcpy(x->matter, f->id.data, QP_ID_LEN);
    int rc = qp_blob_coming(p->blobs, &x->hash, x->bytes, &have, e);
    if (rc) {
        x->used = false;
        return rc;
    }
    x->turn = (size_t)-1;
    if (!next_one(w, x, f)) {
        x->used = false;
        return qp_fail(
            e, QP_ENOTFOUND,
            "this file was attached here and is lost, and nobody else has to do with the matter: have it "
            "attached again");
    }
    x->tries = 1;
    return ask_on(w, x, have, e);
}

int qp_pull_wanted(struct qp_work *w, const struct qp_command *cmd, struct qp_err *e)
{
    assert(cmd->op == QP_OP_FILE);
    const Qp__Event *d = cmd->draft;
    Qp__Row *row;
    if (!w->c->pulls)
        return qp_fail(e, QP_EPOLICY, "this node keeps no files: its log says why");
    if (d->n_attachments != 1 || qp_row_seen(w, cmd->who, d->matter.data, "", &row, NULL))
        return qp_fail(e, QP_ENOTFOUND, "no matter that is known here names this file");
    const Qp__Attachment *a = qp_attached(row->face, d->attachments[0]->hash.data);
    if (!a || a->bytes == 0 || a->bytes > QP_BLOB_BYTES)
        return qp_fail(e, QP_ENOTFOUND, "no matter that is known here names this file");
    struct pull *x = find(w->c->pulls, a->hash.data);
    if (x && x->code != 0 && w->now_us - x->said_us < KNOWN_US)
        return qp_fail(e, x->code, "%s", x->text);
    if (!x || x->code != 0 || x->bytes != a->bytes) {
        if (x)
            x->used = false;
        return begin(w, row->face, a, e);
    }
    assert(x->code == 0 && x->bytes == a->bytes);
    x->wanted_us = w->now_us;
    if (!x->done || qp_blob_have(w->c->pulls->blobs, &x->hash, x->bytes) >= x->bytes)
        return 0;
    x->done = false; /* what came was something else: not from that one again */
    return ask_again(w, x, true, e);
}

int qp_pulls_tick(struct qp_work *w, struct qp_err *e)
{
    struct qp_pulls *p = w->c->pulls;
    int rc = 0;
    for (size_t i = 0; p && i < PULLS && !rc; i++) {
        struct pull *x = &p->v[i];
        if (!x->used)
            continue;
        if (x->wanted_us > w->now_us) /* the clock was set back since */
            x->wanted_us = w->now_us;
        if (x->said_us > w->now_us)
            x->said_us = w->now_us - KNOWN_US;
        if (w->now_us - x->wanted_us > WANTED_US)
            x->used = false;
        else if (x->code == 0 && !x->done && w->now_us - x->said_us >= AGAIN_US)
            rc = ask_again(w, x, false, e);
    }
    return rc;
}

int64_t qp_pulls_next(const struct qp_core *c)
{
    int64_t at_us = INT64_MAX;
    for (size_t i = 0; c->pulls && i < PULLS; i++) {
        const struct pull *x = &c->pulls->v[i];
        int64_t due_us = x->code == 0 && !x->done ? x->said_us + AGAIN_US : x->wanted_us + WANTED_US + 1;
        if (x->used && due_us < at_us)
            at_us = due_us;
    }
    return at_us;
}

int qp_pull_given(struct qp_work *w, const struct qp_place *from, const Qp__FileGiven *g, struct qp_err *e)
{
    assert(!qp_same(from->cert.node, w->c->self.node));
    struct qp_pulls *p = w->c->pulls;
    struct pull *x = p ? find(p, g->hash.data) : NULL;
    struct qp_err why = {0};
    if (!x || x->code != 0 || !qp_same(x->from, from->cert.node))
        return 0; /* nobody was asked for that */
    if (g->code != 0 || g->piece.len == 0)
        return ask_again(w, x, true, e);
    uint64_t left = g->at < x->bytes ? x->bytes - g->at : 0;
    uint64_t len = left < QP_FILE_PIECE ? left : QP_FILE_PIECE;
    if (g->piece.len != len)
        return 0; /* a node of this build gives whole pieces: whoever does not is asked again, then another is */
    int rc = qp_blob_add(p->blobs, &x->hash, x->bytes, g->at, g->piece.data, g->piece.len, &why);
    if (rc == QP_EGAP)
        return 0; /* twice, or one before it was lost: after a silence it is asked for again */
    if (rc) {
        x->code = rc == QP_EFULL ? rc : QP_EUNREACHABLE;
        x->said_us = w->now_us;
        qp_text_cut(x->text, sizeof x->text, why.text);
        return 0;
    }
    x->tries = 1;
    x->said_us = w->now_us;
    assert(g->at + g->piece.len <= x->bytes);
    x->done = g->at + g->piece.len >= x->bytes;
    return ask_on(w, x, g->at + g->piece.len, e);
}

/* ---- asked from elsewhere ---- */

/* Who holds the matter, held it, was offered it or asked to assist; and the nodes above these, where its events go anyway. */
static bool entitled(const struct qp_work *w, const struct qp_place *from, const Qp__Face *f)
{
    for (size_t i = 0; i < f->n_members; i++) {
        const struct qp_place *m =
            f->members[i].len == QP_ID_LEN ? qp_tree_node(w->c->tree, f->members[i].data) : NULL;
        if (m && (m == from || qp_place_below(m, from)))
            return true;
    }
    return false;
}

static int give(struct qp_work *w, const struct qp_place *to, const Qp__FileAsked *a, int code,
                const uint8_t *piece, size_t len, struct qp_err *e)
{
    assert(len <= QP_FILE_PIECE && (code == 0) == (len > 0));
    Qp__FileGiven g = QP__FILE_GIVEN__INIT;
    Qp__Carried said = QP__CARRIED__INIT;
    g.hash = a->hash;
    g.at = a->at;
    g.code = (uint32_t)code;
    g.piece = (ProtobufCBinaryData){len, (uint8_t *)(uintptr_t)piece};
    said.body_case = QP__CARRIED__BODY_FILE_GIVEN;
    said.file_given = &g;
    int rc = qp_carry_send(w, to->cert.node, &said, e);
    return rc == QP_ENOTFOUND ? 0 : rc;
}

int qp_pull_asked(struct qp_work *w, const struct qp_place *from, const Qp__FileAsked *a, struct qp_err *e)
{
    assert(!qp_same(from->cert.node, w->c->self.node));
    struct qp_pulls *p = w->c->pulls;
    struct qp_hash hash;
    Qp__Row *row;
    size_t len = QP_FILE_PIECE;
    if (!p)
        return 0;
    memcpy(hash.b, a->hash.data, QP_HASH_LEN);
    if (qp_matter_row(&w->m, a->matter.data, &row, NULL) || !qp_attached(row->face, hash.b) ||
        !entitled(w, from, row->face)) /* alike, so that nobody tries out what is here */
        return give(w, from, a, QP_ENOTFOUND, NULL, 0, e);
    /* Not before: who is given nothing would spend what others are given. All who ask by way of one neighbour have one share, as
     * they have one link: else a child would have one for each node that it makes up. */
    const struct qp_place *side = qp_next_of(w->c, from->cert.node);
    if (!side || !qp_allowance_spend(&p->given, &GIVEN, side->cert.node, w->now_us, QP_FILE_PIECE))
        return 0;
    uint8_t *piece = qp_arena_take(w->c->arena, len);
    if (!piece)
        return 0; /* he asks again */
    int rc = qp_blob_piece(p->blobs, &hash, a->at, piece, &len);
    return give(w, from, a, rc || len == 0 ? QP_ENOTFOUND : 0, piece, !rc ? len : 0, e);
}
