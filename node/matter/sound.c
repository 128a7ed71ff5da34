/* sound.c: the form of events about matters, checked before anything is believed: lengths, presence,
 * snapshots that agree with the event that carries them. decide.c makes only sound ones; apply.c meets
 * whatever a verified parcel brings. */
#include "node/matter/sound.h"

#include "node/matter/clocks.h"
#include "node/matter/matter.h"

#include "proto/bounds.h"
#include "proto/parcel.h"
#include "topology/path.h"

void qp_matter_id(uint8_t id[QP_ID_LEN], const uint8_t opener[QP_ID_LEN], int64_t at_us,
                  const uint8_t salt[QP_SALT_LEN])
{
    static const uint8_t none[10];
    struct qp_hash h;
    qp_id_make(id, at_us, none);
    const struct qp_part parts[] = {{"qipan matter", 12}, {opener, QP_ID_LEN}, {id, 6}, {salt, QP_SALT_LEN}};
    qp_hash_parts(&h, parts, sizeof parts / sizeof *parts);
    memcpy(id + 6, h.b, 10);
}

/* K8: an id proves its opener. */
static const char *id_fault(const Qp__Face *f)
{
    uint8_t id[QP_ID_LEN];
    if (f->salt.len != QP_SALT_LEN || f->opener.len != QP_ID_LEN)
        return "its id has no opener or no salt";
    qp_matter_id(id, f->opener.data, f->opened_us, f->salt.data);
    return memcmp(id, f->id.data, QP_ID_LEN) == 0 ? NULL : "its id is not its opener's of that time";
}

/* Half of what can be counted: whoever takes the matter over can count on for ever (E7). Of what its holder says step by step
 * nothing leaps, so that this is asked of snapshots alone. */
#define LEAP   (QP_COUNT_MOST / 2)
#define LEAP32 (QP_COUNT32_MOST / 2)

const char *qp_leap_fault(const Qp__Face *f)
{
    bool leaps = f->version > LEAP || f->custody > LEAP || f->top_number > LEAP || f->answered > LEAP ||
                 f->parts_top > LEAP || f->appeal_top > LEAP32;
    for (size_t i = 0; i < f->n_clocks && !leaps; i++) {
        const Qp__Extension *x = f->clocks[i]->extension;
        leaps = f->clocks[i]->serial > LEAP32 || (x && x->number > LEAP32);
    }
    return leaps ? "nobody has counted as far as its numbers" : NULL;
}

/* E3: the snapshot is the matter as its holder, who speaks, leaves it. */
static const char *snapshot_fault(const Qp__Event *ev, const Qp__Face *f)
{
    const char *fault = qp_face_fault(f);
    if (!fault)
        fault = qp_leap_fault(f);
    if (fault)
        return fault;
    if (!qp_bytes_same(f->id, ev->matter) || f->version != ev->version || f->custody != ev->custody ||
        !qp_bytes_same(f->holder, ev->origin))
        return "its snapshot is of another matter, version or holder";
    fault = qp_clocks_fault(f->clocks, f->n_clocks);
    return fault ? fault : id_fault(f);
}

static const char *opened_fault(const Qp__Event *ev)
{
    const Qp__Face *f = ev->opened->face;
    const char *fault = f ? snapshot_fault(ev, f) : "it has no face";
    if (fault)
        return fault;
    if (ev->version != 1 || f->custody != 1 || f->top_number != 1 || f->offer || f->state != QP_OPEN)
        return "it does not begin at the beginning";
    if (!qp_bytes_same(f->opener, ev->origin) || f->n_members != 1 || f->came_from.len != 0)
        return "its opener is not who speaks";
    if (f->opened_us != ev->at_us || f->updated_us != ev->at_us)
        return "its opening and event do not name one time";
    return NULL;
}

static const char *offered_fault(const Qp__Event *ev)
{
    const Qp__Offered *o = ev->offered;
    if (!o->face || !o->face->offer)
        return "it has no snapshot";
    uint8_t id[QP_EVENT_ID_LEN];
    qp_event_id(id, ev);
    const Qp__Offer *out = o->face->offer;
    if (out->number != o->number || out->kind != o->kind || !qp_bytes_same(out->to, o->to) ||
        out->event.len != sizeof id || memcmp(out->event.data, id, sizeof id) != 0 || out->withdraw_asked)
        return "its snapshot shows another offer";
    return snapshot_fault(ev, o->face);
}

static const char *sorted_fault(const Qp__Event *ev)
{
    if (ev->sorted->urgency > QP_EMERGENCY)
        return "there is no such urgency";
    if (ev->sorted->has_deadline && ev->sorted->deadline_us < 0)
        return "its deadline is before 1970";
    if (*ev->sorted->area && qp_path_check(ev->sorted->area, NULL))
        return "its area is no path";
    if (ev->sorted->personal.len && !ev->sorted->hides)
        return "it has a record of nothing";
    const Qp__Face *f = ev->sorted->face;
    if (!f)
        return NULL;
    return f->offer ? "its snapshot shows an offer" : snapshot_fault(ev, f);
}

static const char *assisted_fault(const Qp__Event *ev)
{
    const Qp__Assisted *s = ev->assisted;
    if (s->number == 0 || s->to.len != QP_ID_LEN || !*s->to_path)
        return "it asks no node, or has no number";
    if (s->face && (s->face->parts_top != s->number || !qp_face_member(s->face, s->to)))
        return "its snapshot shows another part";
    return s->face ? snapshot_fault(ev, s->face) : NULL;
}

static const char *answer_fault(uint64_t number, ProtobufCBinaryData offer)
{
    return number == 0 || offer.len != QP_EVENT_ID_LEN ? "it names no offer" : NULL;
}

static const char *body_fault(const Qp__Event *ev)
{
    switch (ev->body_case) {
    case QP__EVENT__BODY_OPENED: return opened_fault(ev);
    case QP__EVENT__BODY_OFFERED: return offered_fault(ev);
    case QP__EVENT__BODY_SORTED: return sorted_fault(ev);
    case QP__EVENT__BODY_ACCEPTED:
        if (!*ev->accepted->path)
            return "it names no path";
        return answer_fault(ev->accepted->number, ev->accepted->offer);
    case QP__EVENT__BODY_REFUSED: return answer_fault(ev->refused->number, ev->refused->offer);
    case QP__EVENT__BODY_WITHDRAWN: return answer_fault(ev->withdrawn->number, ev->withdrawn->offer);
    case QP__EVENT__BODY_ASSISTED: return assisted_fault(ev);
    case QP__EVENT__BODY_PARTED: return ev->parted->number ? NULL : "it names no part";
    case QP__EVENT__BODY_PERSONAL_ERASED: return ev->custody ? NULL : "it says of no custody that it held it";
    case QP__EVENT__BODY_VISITED: return ev->visited->visit ? NULL : "it has no visit";
    case QP__EVENT__BODY_MERGED:
        if (ev->merged->into.len != QP_ID_LEN || qp_bytes_same(ev->merged->into, ev->matter))
            return "it names no other matter";
        return NULL;
    default: return NULL;
    }
}

const char *qp_event_fault(const Qp__Event *ev)
{
    if (ev->origin.len != QP_ID_LEN || ev->matter.len != QP_ID_LEN)
        return "origin or matter is missing";
    if (ev->at_us <= 0)
        return "it has no time";
    const struct qp_transition *t = qp_transition_of((int)ev->body_case);
    const struct qp_event_kind *kind = t ? qp_transition_kind(t) : NULL;
    bool both =
        t && kind->versioned && kind->speaker == QP_BY_HOLDER_ALWAYS; /* without one while an offer is out */
    if (t && kind->versioned != (ev->version > 0) && !both)
        return "its version does not fit its kind";
    if (ev->n_clocks > 0 && (ev->version == 0 || ev->body_case == QP__EVENT__BODY_OPENED))
        return "it moves clocks without a version";
    if (ev->n_parts > 0 && ev->version == 0)
        return "it states parts without a version";
    const char *fault = qp_clocks_fault(ev->clocks, ev->n_clocks);
    return fault ? fault : body_fault(ev);
}
