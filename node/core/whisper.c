/* whisper.c: see whisper.h. */
#include "node/core/whisper.h"

#include <assert.h>

#include "node/core/line.h"

/* To the pages of this node's own people. */
static int tell_here(struct qp_work *w, const uint8_t *line, const uint8_t *node, const Qp__WhisperBody *body,
                     int64_t at_us, struct qp_err *e)
{
    assert(line && node && body); /* they are there as long as the turn is */
    struct qp_output *o = qp_out(w, QP_OUT_WHISPER, w->c->self.node);
    if (!o)
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    o->whisper.line = line;
    o->whisper.node = node;
    o->whisper.at_us = at_us;
    o->whisper.body = body;
    return 0;
}

/* What a command points to is its caller's again with the reply, which is told before this is: in the turn's memory. NULL: no memory. */
static const Qp__WhisperBody *kept(struct qp_work *w, const Qp__WhisperBody *said)
{
    assert(said->by && said->call && said->page && said->to && said->data);
    struct qp_arena *a = w->c->arena;
    Qp__WhisperBody *b = qp_arena_take(a, sizeof *b);
    if (!b)
        return NULL;
    *b = *said;
    b->by = qp_arena_text(a, said->by);
    b->call = qp_arena_text(a, said->call);
    b->page = qp_arena_text(a, said->page);
    b->to = qp_arena_text(a, said->to);
    b->data = qp_arena_text(a, said->data);
    return b->by && b->call && b->page && b->to && b->data ? b : NULL;
}

/* 0: also where it could not go: it is counted. */
static int send_to(struct qp_work *w, const uint8_t *node, const uint8_t *line, const Qp__WhisperBody *body,
                   uint64_t *sent, struct qp_err *e)
{
    assert(!qp_same(node, w->c->self.node)); /* this node's people are told here */
    struct qp_line_db db = qp_line_db_of(w);
    struct qp_line_peer p;
    Qp__Carried said = QP__CARRIED__INIT;
    if (!qp_line_peer(&db, node, &p) || !p.known) {
        QP_COUNT(w->c, whispers_unsealed);
        return 0;
    }
    int rc = qp_whisper_seal(&said.whisper, line, w->c->self.node, node, p.pk, body, &w->rnd, w->c->arena, e);
    if (rc)
        return rc;
    said.body_case = QP__CARRIED__BODY_WHISPER;
    rc = qp_carry_send(w, node, &said, e);
    *sent += !rc;
    if (rc == QP_ENOTFOUND) {
        QP_COUNT(w->c, whispers_lost);
        return 0;
    }
    return rc;
}

int qp_whisper_command(struct qp_work *w, const struct qp_command *cmd, struct qp_reply *r, struct qp_err *e)
{
    assert(cmd->op == QP_OP_WHISPER);
    struct qp_line_db db = qp_line_db_of(w);
    const Qp__WhisperBody *body = cmd->whisper.body;
    Qp__LineRow *row;
    assert(body && body->by);
    int rc = qp_line_get(&db, cmd->whisper.line, &row);
    if (rc || !qp_line_has(row, w->c->self.node))
        return qp_fail(e, rc ? rc : QP_ENOTFOUND, "no such line is known here");
    const uint8_t *line = qp_arena_copy(w->c->arena, cmd->whisper.line, QP_ID_LEN);
    if (!line)
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    memcpy(r->matter, line, QP_ID_LEN);
    r->position = 0;
    for (size_t i = 0; !rc && i < row->n_members; i++) {
        const uint8_t *node = row->members[i]->node.data;
        bool had = qp_same(node, w->c->self.node);
        for (size_t j = 0; j < i && !had; j++)
            had = qp_same(node, row->members[j]->node.data);
        rc = had ? 0 : send_to(w, node, line, body, &r->position, e);
    }
    QP_COUNT(w->c, whispers_said);
    body = rc ? NULL : kept(w, body);
    if (!rc && !body)
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    return rc ? rc : tell_here(w, line, w->c->self.node, body, w->now_us, e);
}

/* Both are on the line, as with what is said on it (LI9); the clocks of both may differ a little. */
int qp_whisper_heard(struct qp_work *w, const struct qp_place *from, const Qp__Whisper *said, int64_t at_us,
                     struct qp_err *e)
{
    struct qp_line_db db = qp_line_db_of(w);
    Qp__WhisperBody *body;
    Qp__LineRow *row;
    assert(from && said->line.len == QP_ID_LEN);
    if (at_us < w->now_us - QP_WHISPER_OLD_US) {
        QP_COUNT(w->c, whispers_lost);
        return 0;
    }
    if (qp_line_get(&db, said->line.data, &row) || !qp_line_has(row, from->cert.node) ||
        !qp_line_has(row, w->c->self.node) ||
        qp_whisper_open(&body, said, from->cert.node, w->c->self.node, w->c->ring, w->c->arena)) {
        QP_COUNT(w->c, whispers_refused);
        return 0;
    }
    QP_COUNT(w->c, whispers_heard);
    return tell_here(w, said->line.data, from->cert.node, body, at_us, e);
}
