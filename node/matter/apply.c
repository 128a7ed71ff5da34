/* apply.c: one event about a matter, from here or from elsewhere, and what it does to the row. Total (E5):
 * whatever a verified parcel brings has an outcome.
 *
 *   version  = row + 1 ─► may its sender say it? ─► step (lifecycle.c), then whatever waited for it
 *            > row + 1 ─► a snapshot that is believed (K8, custody.c)? jump to it : wait (early.c)
 *            <= row    ─► repeated, stale, or a rival for a version that is taken (K7)
 *            none      ─► comment, urge, progress while an offer is out: nothing to change; withdraw: asks (K4);
 *                         what others say of it: beside the face (beside.h) */
#include <assert.h>

#include "node/matter/beside.h"
#include "node/matter/custody.h"
#include "node/matter/early.h"
#include "node/matter/history.h"
#include "node/matter/key.h"
#include "node/matter/parts.h"
#include "node/matter/sound.h"
#include "proto/parcel.h"

/* One event on its way through this file. */
struct application {
    struct qp_matters *m;
    const Qp__Event *ev;
    const struct qp_transition *t; /* NULL: opened, or of a kind that this build does not know */
    struct qp_arrival at;
    bool waited; /* it comes out of the table of early events, so it is on record already */
    struct qp_entry *entry;
    enum qp_outcome *o;
    struct qp_err *e;
};

static struct qp_arena *arena(const struct application *a)
{
    return a->m->pending->arena;
}

static bool known(const struct application *a)
{
    uint8_t id[QP_EVENT_ID_LEN];
    if (a->waited)
        return false;
    qp_event_id(id, a->ev);
    return qp_matter_known(a->m, a->ev->matter.data, id);
}

static int set(struct application *a, Qp__Row *row)
{
    *a->o = QP_APPLIED;
    return qp_pending_set(a->m, a->entry, row, a->e);
}

/* Kept and shown, never merged silently (K7). Counted once, whoever brings it how often. */
static int conflict(struct application *a)
{
    *a->o = known(a) ? QP_REPEATED : QP_CONFLICT;
    if (*a->o == QP_REPEATED)
        return 0;
    Qp__Row *row = qp_row_copy(a->entry->row, arena(a));
    row->conflicts += row->conflicts < UINT32_MAX;
    return qp_pending_set(a->m, a->entry, row, a->e);
}

/* Whose report it is, where it was made at this node: his own to see and to act on (DE2, core/own.h). */
static void note_reporter(const struct application *a, Qp__Row *row)
{
    assert(a->ev->body_case == QP__EVENT__BODY_OPENED);
    if (qp_id_is(a->ev->origin, a->m->self))
        row->reported_by = qp_face_text(arena(a), a->ev->by);
}

static int open_row(struct application *a)
{
    Qp__Row *row = qp_face_take(arena(a), sizeof *row);
    qp__row__init(row);
    row->face = (Qp__Face *)qp_clone(&a->ev->opened->face->base, arena(a));
    assert(row->face && !qp_face_fault(row->face));
    row->opener_incarnation = a->ev->incarnation;
    note_reporter(a, row);
    if (*row->face->source_ref && qp_id_is(row->face->opener, a->m->self))
        qp_pending_note_ref(a->m->pending, a->entry, row->face->source_ref);
    return set(a, row);
}

/* E3, K8: a newcomer, or one who missed something, starts from a snapshot that is believed. What is only
 * known here stays. */
static int jump(struct application *a, const Qp__Face *to)
{
    const Qp__Row *old = a->entry->row;
    switch (qp_custody_believes(old ? old->face : NULL, to)) {
    case QP_BELIEVED: break;
    case QP_UNPROVEN: return qp_early_keep(a->m, old, a->ev, &a->at, a->o, a->e);
    case QP_BELIED: return conflict(a);
    }
    Qp__Row *row = qp_face_take(arena(a), sizeof *row);
    qp__row__init(row);
    if (old)
        *row = *old;
    row->face = (Qp__Face *)qp_clone(&to->base, arena(a));
    assert(row->face);
    if (old && old->face->personal_state > row->face->personal_state) /* what has ended stays so (VA2) */
        row->face->personal_state = old->face->personal_state;
    assert(!qp_face_fault(row->face));
    qp_beside_settle(row, a->at.received_us, arena(a));
    return set(a, row);
}

/* The next version. */
static int step(struct application *a)
{
    const Qp__Event *ev = a->ev;
    switch (qp_custody_verdict(a->entry->row->face, ev, a->t)) {
    case QP_MAY: break;
    case QP_ANSWERED: *a->o = known(a) ? QP_REPEATED : QP_CONFLICT; return 0; /* K2 */
    default: return conflict(a);
    }
    if (qp_event_restates(ev) && qp_custody_believes(a->entry->row->face, qp_event_face(ev)) == QP_BELIEVED)
        return jump(a, qp_event_face(ev)); /* what led here may be another copy's story (C5) */
    Qp__Row *row = qp_row_copy(a->entry->row, arena(a));
    if (a->t)
        qp_lifecycle_change(row->face, ev, arena(a));
    else
        qp_lifecycle_skip(row->face, ev, arena(a));
    const Qp__Face *said = qp_event_face(
        ev); /* its holder's: an erasure in a slower lane may come behind it, or not any more (VA2) */
    if (said && said->personal_state == QP_PERSONAL_ERASED && row->face->personal_state == QP_PERSONAL_KEPT)
        row->face->personal_state = QP_PERSONAL_ERASED;
    qp_beside_settle(row, a->at.received_us, arena(a));
    return set(a, row);
}

/* A version that the row has passed. */
static int late(struct application *a)
{
    const Qp__Event *ev = a->ev;
    const Qp__Row *row = a->entry->row;
    if (known(a)) {
        *a->o = QP_REPEATED;
        return 0;
    }
    bool rival, answered = qp_custody_number(ev) > 0 && qp_custody_number(ev) <= row->face->answered;
    int rc = qp_history_rival(a->m, ev, &rival, a->e);
    *a->o = rival ? QP_CONFLICT : QP_STALE;
    if (rc)
        return rc;
    if (rival)
        return answered ? 0 : conflict(a); /* K2: an answer too many is nobody's conflict */
    if (ev->body_case != QP__EVENT__BODY_OPENED || row->opener_incarnation != 0 ||
        !qp_bytes_same(row->face->opener, ev->origin))
        return 0;
    Qp__Row *copy = qp_row_copy(row, arena(a)); /* the beginning of what came by a snapshot */
    copy->opener_incarnation = ev->incarnation;
    note_reporter(a, copy);
    return qp_pending_set(a->m, a->entry, copy, a->e);
}

static int versioned(struct application *a)
{
    const Qp__Event *ev = a->ev;
    const Qp__Face *face = qp_event_face(ev);
    const Qp__Row *row = a->entry->row;
    if (row && ev->version <= row->face->version)
        return late(a);
    if (row && ev->version == row->face->version + 1)
        return step(a);
    if (!row && ev->body_case == QP__EVENT__BODY_OPENED)
        return open_row(a);
    return face ? jump(a, face) : qp_early_keep(a->m, row, ev, &a->at, a->o, a->e);
}

/* Whether what comes without a version changes the face. */
static bool changes(const struct application *a, const Qp__Face *f)
{
    switch (a->ev->body_case) {
    case QP__EVENT__BODY_WITHDRAWN: return !f->offer->withdraw_asked;
    case QP__EVENT__BODY_PERSONAL_ERASED: return f->personal_state == QP_PERSONAL_KEPT;
    default: return false;
    }
}

/* Of an event without a version: beside the face, asked of its holder, or neither (QP_MAY). */
static enum qp_verdict verdict_of(const Qp__Face *f, const Qp__Event *ev)
{
    const struct qp_transition *t = qp_transition_of((int)ev->body_case);
    assert(ev->version == 0);
    if (qp_beside_is(ev))
        return qp_beside_verdict(f, ev);
    bool asks = ev->body_case == QP__EVENT__BODY_WITHDRAWN;
    return asks || (t && qp_transition_speaker(t) == QP_BY_HOLDER_ALWAYS) ? qp_custody_verdict(f, ev, t)
                                                                          : QP_MAY;
}

bool qp_matter_takes_now(const Qp__Face *f, const Qp__Event *ev)
{
    return verdict_of(f, ev) == QP_MAY;
}

/* Changes no version: comments and urges leave the face as it is, a withdraw asks, a personal record ends, others' words
 * stand beside it. */
static int unversioned(struct application *a)
{
    const Qp__Row *row = a->entry->row;
    enum qp_verdict verdict = row ? verdict_of(row->face, a->ev) : QP_TOO_EARLY;
    bool beside = qp_beside_is(a->ev);
    if (verdict == QP_TOO_EARLY)
        return qp_early_keep(a->m, row, a->ev, &a->at, a->o, a->e);
    *a->o = known(a) ? QP_REPEATED : verdict == QP_MAY ? QP_APPLIED : QP_CONFLICT;
    if (*a->o != QP_APPLIED || !(beside || changes(a, row->face)))
        return 0;
    Qp__Row *copy = qp_row_copy(row, arena(a));
    if (beside)
        return qp_beside_join(copy, a->ev, a->at.received_us, arena(a)) ? set(a, copy) : 0;
    qp_lifecycle_change(copy->face, a->ev, arena(a));
    return set(a, copy);
}

/* A time that is far ahead of this node's clock is kept as it was said, and shown as what it is. */
static int note_ahead(struct application *a)
{
    int64_t ahead_us = a->ev->at_us - a->at.received_us;
    if (*a->o != QP_APPLIED || ahead_us <= QP_CLOCK_AHEAD_US || ahead_us <= a->entry->row->ahead_us)
        return 0;
    Qp__Row *row = qp_row_copy(a->entry->row, arena(a));
    row->ahead_us = ahead_us;
    return qp_pending_set(a->m, a->entry, row, a->e);
}

static int apply_one(struct application *a)
{
    a->t = qp_transition_of((int)a->ev->body_case);
    int rc = a->ev->version > 0 ? versioned(a) : unversioned(a);
    return !rc ? note_ahead(a) : rc;
}

/* ---- what waited ---- */
static bool still_early(const Qp__Face *f, const Qp__Event *ev)
{
    const Qp__Face *to = qp_event_face(ev);
    if (ev->version > f->version + 1) /* looked at because of its sender (early.h): a snapshot, or not yet */
        return !to || qp_custody_believes(f, to) == QP_UNPROVEN;
    if (qp_beside_is(ev))
        return qp_beside_verdict(f, ev) == QP_TOO_EARLY;
    if (ev->body_case == QP__EVENT__BODY_PROGRESSED || ev->body_case == QP__EVENT__BODY_PERSONAL_ERASED)
        return ev->version == 0 && ev->custody > f->custody;
    return ev->body_case == QP__EVENT__BODY_WITHDRAWN && ev->withdrawn->number > f->top_number;
}

/* One event that waited. `passed`: the version up to which the row came step by step, so that another event
 * for that version is a rival. */
static int release(struct application *a, uint64_t passed)
{
    const Qp__Face *f = a->entry->row->face;
    uint64_t number = qp_custody_number(a->ev);
    if (a->ev->version > 0 && a->ev->version == passed && (number == 0 || number > f->answered))
        return conflict(a);
    if (qp_beside_is(a->ev) && a->m->may && !a->m->may(a->m->may_arg, a->ev)) {
        *a->o = QP_CONFLICT; /* whose word it is could not be asked when it came */
        return 0;
    }
    return apply_one(a);
}

/* Applies whatever the row's new version lets through, until nothing moves it on; drops what a jump made
 * stale. */
static int drain(struct application *first, uint64_t passed)
{
    struct qp_entry *entry = first->entry;
    uint8_t from[QP_EARLY_KEY] = {0};
    for (;;) {
        enum qp_outcome o;
        Qp__Event *ev;
        struct application a = {.m = first->m, .waited = true, .entry = entry, .o = &o, .e = first->e};
        uint64_t version = entry->row->face->version;
        int rc = qp_early_next(a.m, entry->row->face, from, &ev, &a.at, a.e);
        if (rc || !ev)
            return rc;
        if (still_early(entry->row->face, ev))
            continue;
        a.ev = ev;
        rc = qp_early_drop(a.m, from, a.e);
        if (!rc)
            rc = release(&a, passed);
        if (rc)
            return rc;
        if (entry->row->face->version == version)
            continue;
        passed = entry->row->face->version == version + 1 ? version + 1 : 0;
        memset(from, 0, sizeof from); /* what was passed over may be believed now */
    }
}

static int apply(struct application *a)
{
    if (qp_event_fault(a->ev)) {
        *a->o = QP_CONFLICT;
        return 0;
    }
    int rc = qp_pending_row(a->m, a->ev->matter.data, &a->entry, a->e);
    if (rc)
        return rc;
    uint64_t before = a->entry->row ? a->entry->row->face->version : 0;
    rc = apply_one(a);
    if (!rc && *a->o == QP_APPLIED)
        rc = qp_key_note(a->m, a->ev, a->e); /* found again within the turn, before its parcel is sealed */
    if (rc || *a->o != QP_APPLIED || a->ev->version == 0 || qp_early_none(a->m))
        return rc;
    return drain(a, a->entry->row->face->version == before + 1 ? before + 1 : 0);
}

int qp_matter_apply(struct qp_matters *m, const Qp__Event *ev, uint64_t position, uint32_t index,
                    int64_t received_us, enum qp_outcome *o, struct qp_err *e)
{
    struct qp_frame frame;
    *o = QP_CONFLICT;
    int rc = qp_frame_begin(&frame, m, e);
    if (rc)
        return rc;
    struct application a = {.m = m, .ev = ev, .at = {position, index, received_us}, .o = o, .e = e};
    return qp_frame_end(&frame, apply(&a), e);
}
