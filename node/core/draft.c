/* draft.c: from what somebody wants said to what this node says: the caller's draft becomes an event of this
 * node, is decided, applied and said. */
#include <assert.h>

#include "node/core/private.h"
#include "node/matter/appeal.h"
#include "node/matter/extension.h"
#include "node/matter/face.h"

/* The caller's draft is never written to: a command may be tried again in a later turn. */
Qp__Event *qp_adopt(struct qp_work *w, const Qp__Event *draft)
{
    struct qp_arena *a = w->c->arena;
    Qp__Event *ev = qp_event_new(w, NULL);
    if (!ev)
        return NULL;
    Qp__Event made = *ev;
    *ev = *draft;
    ev->origin = made.origin;
    ev->incarnation = made.incarnation;
    ev->counter = made.counter;
    ev->at_us = draft->at_us != 0 ? draft->at_us : w->now_us;
    ev->version = ev->custody = 0;
    if (draft->body_case !=
        QP__EVENT__BODY__NOT_SET) { /* all of the union's members are pointers to messages */
        const ProtobufCMessage *body = (const ProtobufCMessage *)draft->opened;
        ev->opened = qp_arena_copy(a, body, body->descriptor->sizeof_message);
        if (!ev->opened)
            return NULL;
    }
    if (ev->body_case == QP__EVENT__BODY_OPENED && ev->opened->face)
        ev->opened->face = qp_arena_copy(a, ev->opened->face, sizeof *ev->opened->face);
    assert(ev->counter == w->c->counter && ev->version == 0); /* what a draft says of these is not heard */
    return ev;
}

/* Whom an event brings to the matter; NULL: nobody. */
static const ProtobufCBinaryData *reaches(const Qp__Event *ev)
{
    return ev->body_case == QP__EVENT__BODY_OFFERED    ? &ev->offered->to
           : ev->body_case == QP__EVENT__BODY_ASSISTED ? &ev->assisted->to
                                                       : NULL;
}

/* K8: what a snapshot needs to be believed where the matter's hand-overs may not have come. The opener who
 * has never given it away is believed as he is. */
static int vouch(struct qp_work *w, const Qp__Event *ev, const Qp__Face *f, bool newcomer, struct qp_err *e)
{
    assert(!newcomer || reaches(ev));
    if (f->custody > 1 && ev->body_case == QP__EVENT__BODY_SORTED && ev->sorted->face)
        return qp_vouch(w, f, NULL, e); /* it changes lanes: all is still in the other one (U1) */
    return newcomer ? qp_vouch(w, f, reaches(ev)->data, e) : 0;
}

/* Decides, applies and says one event. *said may be NULL. */
int qp_step(struct qp_work *w, Qp__Event *ev, const struct qp_asker *who, int64_t if_version,
            struct qp_said **said, struct qp_err *e)
{
    assert(qp_same(ev->origin.data, w->c->self.node)); /* a node speaks for itself */
    enum qp_outcome o;
    Qp__Row *row;
    bool newcomer = false;
    int rc = qp_matter_decide(&w->m, ev, who, if_version, e);
    if (!rc)
        rc = qp_check(&ev->base, e);
    const ProtobufCBinaryData *to = reaches(ev);
    if (!rc && to && ev->custody > 1 && !(rc = qp_matter_row(&w->m, ev->matter.data, &row, e)))
        newcomer = !qp_face_member(row->face, *to) && !qp_tree_above(w->c->tree, to->data);
    if (!rc)
        rc = qp_matter_apply(&w->m, ev, 0, 0, w->now_us, &o, e);
    if (!rc)
        rc = qp_matter_row(&w->m, ev->matter.data, &row, e);
    if (!rc && ev->body_case != QP__EVENT__BODY_EXTENDED && ev->body_case != QP__EVENT__BODY_APPEAL_ENDED &&
        (qp_extension_any(row) || qp_appeal_decided(row) || ev->body_case == QP__EVENT__BODY_VISITED))
        rc = qp_note_offer(w, ev->matter.data);
    if (!rc)
        rc = vouch(w, ev, row->face, newcomer, e);
    if (!rc && qp_say_matter(w, ev, row->face, said))
        rc = qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    return rc;
}

/* What is said must decode again, here in a replay and at whoever it goes to: one bound that is broken would
 * stop a rebuild, or the whole chain at the next hop (E5, E6). */
int qp_say_fact(struct qp_work *w, const Qp__Event *ev, struct qp_err *e)
{
    int rc = qp_check(&ev->base, e);
    return rc ? rc : qp_say_local(w, ev, e);
}

/* The same of one that goes to the horizon. */
int qp_say_fact_up(struct qp_work *w, const Qp__Event *ev, struct qp_err *e)
{
    assert(qp_same(ev->origin.data, w->c->self.node)); /* a node speaks for itself */
    int rc = qp_check(&ev->base, e);
    if (!rc && qp_say_to(w, qp_say(w, ev), QP_SCOPE_HORIZON, qp_nobody, QP_LANE_BULK))
        rc = qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    return rc ? rc : qp_node_fact(w, ev, e);
}

int qp_comment(struct qp_work *w, const uint8_t matter[QP_ID_LEN], const char *text, const char *key,
               struct qp_err *e)
{
    return qp_comment_circle(w, matter, text, key, NULL, 0, e);
}

int qp_comment_circle(struct qp_work *w, const uint8_t matter[QP_ID_LEN], const char *text, const char *key,
                      ProtobufCBinaryData *circle, size_t n, struct qp_err *e)
{
    assert(n == 0 || circle);
    static const uint8_t request[QP_REQUEST_LEN];
    struct qp_arena *a = w->c->arena;
    Qp__Event *ev = qp_event_new(w, "policy");
    Qp__Commented *body = qp_arena_take(a, sizeof *body);
    if (!ev || !body)
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    qp__commented__init(body);
    body->text = qp_arena_text(a, text);
    body->circle = circle;
    body->n_circle = n;
    ev->matter = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(a, matter, QP_ID_LEN)};
    if (key) {
        ev->key = qp_arena_text(a, key);
        ev->request = (ProtobufCBinaryData){QP_REQUEST_LEN, qp_arena_copy(a, request, sizeof request)};
    }
    ev->body_case = QP__EVENT__BODY_COMMENTED;
    ev->commented = body;
    return qp_step(w, ev, NULL, -1, NULL, e);
}
