/* again.c: what this node said in a former incarnation and nobody else holds (E6): it had gone on taking work
 * that was refused above, or while another copy of its disk was heard, and has joined again since.
 *
 *   the old journal, set aside ─► one event at a time ─┬─ known here ─► nothing
 *                                                      ├─ its id has other words here: another copy of this disk
 *                                                      │  had said them (C5) ─► a comment that tells of it; of a step
 *                                                      │  also the matter as it stands, once
 *                                                      ├─ an account, a token, a desk ─► made again, if its name is free
 *                                                      ├─ of no matter ─► again_fact.c
 *                                                      ├─ it follows what stands here ─► said word for word
 *                                                      └─ else, or about custody ─► a comment that tells of it
 *
 * Custody never comes back: while this node was not heard its matters may have been given to others. Whoever
 * calls (node/cli) does so when the node has recovered; everything may be brought in twice. */
#include <assert.h>

#include "node/core/renew.h"
#include "node/matter/custody.h"
#include "node/matter/history.h"
#include "node/matter/lifecycle.h"
#include "proto/steps.h"
#include "topology/shown.h"
#include "topology/zone.h"

static bool about_custody(const Qp__Event *ev)
{
    assert(ev->matter.len == QP_ID_LEN);
    switch (ev->body_case) {
    case QP__EVENT__BODY_OFFERED:
    case QP__EVENT__BODY_ACCEPTED:
    case QP__EVENT__BODY_REFUSED:
    case QP__EVENT__BODY_WITHDRAWN:
    case QP__EVENT__BODY_SEIZED: return true;
    default: return false;
    }
}

/* What it says of the matter as it is then is what comes of it here. Else whoever starts from that snapshot would have another matter than its
 * holder: it may be another copy's story. */
static bool same_story(struct qp_work *w, const Qp__Event *ev, const Qp__Face *f)
{
    const Qp__Face *said = qp_event_face(ev);
    struct qp_slice here, there;
    assert(ev->version == f->version + 1);
    if (!said)
        return true;
    Qp__Face *then = (Qp__Face *)qp_clone(&f->base, w->c->arena);
    if (!then)
        return false;
    qp_lifecycle_change(then, ev, w->c->arena);
    here.p = qp_encode(&then->base, w->c->arena, &here.len);
    there.p = qp_encode(&said->base, w->c->arena, &there.len);
    return here.p && there.p && here.len == there.len && memcmp(here.p, there.p, here.len) == 0;
}

/* Does it follow from what stands here, as if it had been said now? */
static bool follows(struct qp_work *w, const Qp__Event *ev, const Qp__Row *row)
{
    assert(ev->incarnation < w->c->self.incarnation); /* nothing of this life is said again */
    const Qp__Face *f = row ? row->face : NULL;
    if (about_custody(ev))
        return false;
    if (ev->body_case == QP__EVENT__BODY_OPENED)
        return !f && ev->opened->face;
    if (!f)
        return false;
    /* What could not be said now would be counted as a conflict of the matter, or wait for what it answers, in rows that no replay
     * makes again. */
    if (ev->version == 0)
        return qp_matter_takes_now(f, ev);
    return qp_same(f->holder.data, w->c->self.node) && f->custody == ev->custody && !f->offer &&
           ev->version == f->version + 1 &&
           qp_custody_verdict(f, ev, qp_transition_of((int)ev->body_case)) == QP_MAY && same_story(w, ev, f);
}

void qp_again_key(char key[QP_AGAIN_KEY], const Qp__Event *old, const struct qp_slice *bytes)
{
    uint8_t id[QP_EVENT_ID_LEN];
    struct qp_hash words;
    assert(old->origin.len == QP_ID_LEN && bytes->len > 0);
    qp_event_id(id, old);
    qp_hash(&words, bytes->p, bytes->len);
    memcpy(key, "again-", 6);
    qp_hex(key + 6, id, sizeof id);
    key[6 + 2 * sizeof id] = '-';
    qp_hex(key + 7 + 2 * sizeof id, words.b, QP_AGAIN_WORDS);
    assert(strlen(key) == QP_AGAIN_KEY - 1); /* one text for one event */
}

/* A comment that tells of it, once: its key is the event's id and its words. */
static int note(struct qp_work *w, const Qp__Event *old, const struct qp_slice *bytes, struct qp_reply *r,
                struct qp_err *e)
{
    assert(old->matter.len == QP_ID_LEN && old->incarnation < w->c->self.incarnation);
    uint8_t seen[QP_ID_LEN], request[QP_REQUEST_LEN] = {0};
    char key[QP_AGAIN_KEY], when[40], text[QP_NOTE_BYTES];
    qp_again_key(key, old, bytes);
    if (!qp_matter_by_key(&w->m, "policy", old->matter.data, key, request, seen, NULL))
        return 0;
    qp_time_text(when, old->at_us);
    const char *words = qp_step_said(old);
    snprintf(text, sizeof text, "[%u] %s, %s, %.70s: %.*s", old->incarnation,
             qp_event_name((int)old->body_case), when, old->by, qp_shown(words, 3800), words);
    snprintf(r->text, sizeof r->text, "noted");
    return qp_comment(w, old->matter.data, text, key, e);
}

int qp_again_note(struct qp_work *w, const Qp__Event *old, const struct qp_slice *bytes, struct qp_err *e)
{
    assert(w->c->recovering); /* who brings a folder in is answered (qp_say_old) */
    struct qp_reply r;
    return note(w, old, bytes, &r, e);
}

/* Two copies have said other things under one id, or of one version, and one of them was a step: whoever heard the other has another matter,
 * or cannot follow what came behind. Its holder says it as it stands, once for each such id (C5): as often as the other copy may be ahead. */
static int settle(struct qp_work *w, const Qp__Event *old, struct qp_err *e)
{
    uint8_t id[QP_EVENT_ID_LEN], seen[QP_ID_LEN], request[QP_REQUEST_LEN] = {0};
    char key[2 * QP_EVENT_ID_LEN + 8] = "whole-";
    assert(old->matter.len == QP_ID_LEN);
    if (old->version == 0)
        return 0;
    qp_event_id(id, old);
    qp_hex(key + 6, id, sizeof id);
    if (!qp_matter_by_key(&w->m, "policy", old->matter.data, key, request, seen, NULL))
        return 0;
    return qp_restate(w, old->matter.data, key, e);
}

/* Applied, and said as it was said then: its id is the same wherever it comes. */
static int say_verbatim(struct qp_work *w, const Qp__Event *ev, const struct qp_slice *bytes,
                        struct qp_reply *r, struct qp_err *e)
{
    assert(ev->incarnation < w->c->self.incarnation); /* of a former incarnation */
    enum qp_outcome o;
    Qp__Row *row;
    int rc = qp_matter_apply(&w->m, ev, 0, 0, w->now_us, &o, e);
    if (!rc && o != QP_APPLIED)
        return note(w, ev, bytes, r, e);
    if (!rc)
        rc = qp_matter_row(&w->m, ev->matter.data, &row, e);
    if (rc)
        return rc;
    struct qp_said *s = qp_say_bytes(w, ev, bytes);
    if (qp_say_members(w, s, row->face))
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    r->created = true;
    return 0;
}

static bool is_among(const struct qp_group *g, const struct qp_slice *bytes)
{
    assert(g->n <= g->cap);
    for (size_t i = 0; i < g->n; i++)
        if (g->v[i]->bytes.len == bytes->len && memcmp(g->v[i]->bytes.p, bytes->p, bytes->len) == 0)
            return true;
    return false;
}

/* In this very turn: it has no place in the history before it is sealed. The set-aside journal has it once for each to whom it
 * was said. */
static bool said_now(const struct qp_work *w, const struct qp_slice *bytes)
{
    bool said = false;
    assert(bytes->len > 0);
    for (size_t i = 0; i < w->ngroups && !said; i++)
        said = is_among(&w->groups[i], bytes);
    for (size_t i = 0; i < w->nmore && !said; i++)
        said = is_among(&w->more[i], bytes);
    return said;
}

int qp_say_old(struct qp_work *w, const struct qp_command *cmd, struct qp_reply *r, struct qp_err *e)
{
    assert(cmd->op == QP_OP_AGAIN);
    struct qp_core *c = w->c;
    Qp__Event *ev;
    Qp__Row *row = NULL;
    bool ends;
    uint8_t id[QP_EVENT_ID_LEN];
    if (c->recovering)
        return qp_fail(e, QP_ERECOVER,
                       "this node is still coming back: what it had taken in is brought in later");
    int rc = QP_DECODE(&ev, event, cmd->again.p, cmd->again.len, c->arena, e);
    if (rc)
        return rc;
    if (ev->origin.len != QP_ID_LEN || !qp_same(ev->origin.data, c->self.node) || ev->incarnation == 0 ||
        ev->incarnation >= c->self.incarnation)
        return qp_fail(e, QP_ESCOPE, "it was not said by a former incarnation of this node");
    if (qp_resource_of(ev, &ends))
        return qp_resource_again(w, ev, r, e);
    if (ev->matter.len != QP_ID_LEN)
        return qp_say_old_fact(w, ev, &cmd->again, r, e);
    memcpy(r->matter, ev->matter.data, QP_ID_LEN);
    qp_event_id(id, ev);
    if (said_now(w, &cmd->again))
        return 0;
    if (qp_matter_known_as(&w->m, ev->matter.data, id, cmd->again.p, cmd->again.len)) {
        bool rival = false;
        rc = ev->version > 0 && !qp_event_restates(ev) ? qp_history_rival(&w->m, ev, &rival, e) : 0;
        return !rc && rival ? settle(w, ev, e) : rc;
    }
    bool taken = qp_matter_known(&w->m, ev->matter.data, id); /* by another copy of this disk (C5) */
    rc = qp_matter_row(&w->m, ev->matter.data, &row, NULL);
    if (rc && rc != QP_ENOTFOUND)
        return qp_fail(e, rc, "the matter cannot be read");
    if (!taken && follows(w, ev, row))
        return say_verbatim(w, ev, &cmd->again, r, e);
    if (!row)
        return qp_fail(e, QP_ENOTFOUND,
                       "its matter is not known here, and its opening is not among what was kept");
    rc = note(w, ev, &cmd->again, r, e);
    return !rc && taken ? settle(w, ev, e) : rc;
}
