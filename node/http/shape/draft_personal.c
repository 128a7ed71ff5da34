/* draft_personal.c: who reported, and where exactly where that is nobody else's business: read from the request into one
 * record, locked for this node's vault (VA1). Called by draft_open.c.
 *
 *   reporter, place, location ─► Personal, with a salt ─► locked ─► the command; the arena of the clear text is wiped
 *
 * A record of who reported has the place also where the face shows it: the matter may be sorted into a category that keeps it
 * from others, and a record is never made anew (core/private_place.c). */
#include <string.h>

#include "node/core/policy.h"
#include "node/http/shape/draft.h"
#include "proto/personal.pb-c.h"

enum { CLEAR_ARENA = 256 * 1024 };

static bool is_private(struct qp_http *h, const char *category)
{
    struct qp_in_force *policy = qp_core_policy_hold(h->core);
    bool is = policy && qp_policy_hides_place(policy->policy, category);
    qp_in_force_release(policy);
    return is;
}

static void reporter_read(struct qp_fields *s, const json_t *o, Qp__Personal *p, struct qp_arena *clear)
{
    struct qp_fields in;
    if (!json_is_object(o)) {
        qp_fields_fault(s, QP_EINVAL, "reporter",
                        "`reporter` must be {name, phone, address, email, confidential}");
        return;
    }
    qp_fields_begin(&in, o, clear, s->zone, s->f);
    p->name = qp_field_line(&in, "name", QP_PERSONAL_NAME, false);
    p->phone = qp_field_line(&in, "phone", QP_PERSONAL_PHONE, false);
    p->address = qp_field_line(&in, "address", QP_PERSONAL_ADDRESS, false);
    p->email = qp_field_line(&in, "email", QP_PERSONAL_EMAIL, false);
    p->confidential = qp_field_bool(&in, "confidential", false, false);
    qp_fields_end(&in);
}

static void place_copy(const Qp__Face *face, Qp__Personal *p, struct qp_arena *clear)
{
    char *place = qp_arena_text(clear, face->place);
    p->place = place ? place : p->place;
    if (face->location) {
        p->located = true;
        p->lat = face->location->lat;
        p->lon = face->location->lon;
    }
}

static void place_leave(Qp__Face *face)
{
    explicit_bzero(face->place, strlen(face->place)); /* its own copy, in the job's arena */
    face->place = (char *)protobuf_c_empty_string;
    face->location = NULL;
}

static bool says_anything(const Qp__Personal *p)
{
    return *p->name || *p->phone || *p->address || *p->email || *p->place || p->located;
}

static void lock(struct qp_draft *d, struct qp_fields *s, Qp__Personal *p, struct qp_arena *clear)
{
    const struct qp_keys *keys = qp_vault_keys(d->h->vault);
    struct qp_sealed *sealed = qp_arena_take(s->a, sizeof *sealed);
    uint8_t salt[QP_PERSONAL_SALT], seed[QP_SEED_LEN];
    struct qp_err e = {0};
    size_t len = 0;
    qp_random(salt, sizeof salt);
    qp_random(seed, sizeof seed);
    p->salt = (ProtobufCBinaryData){sizeof salt, salt};
    uint8_t *bytes = qp_encode(&p->base, clear, &len);
    int rc = sealed && bytes ? qp_record_lock(sealed, bytes, len, keys->box_pk, seed, s->a, &e)
                             : qp_fail(&e, QP_ENOMEM, "out of memory");
    qp_wipe(salt, sizeof salt);
    qp_wipe(seed, sizeof seed);
    if (rc)
        qp_fields_fault(s, rc, "reporter", "%s", e.text);
    else
        d->sealed = sealed;
}

void qp_draft_personal(struct qp_draft *d, struct qp_fields *s, Qp__Face *face)
{
    const json_t *o = qp_field(s, "reporter");
    bool hides = qp_fields_ok(s) && (*face->place || face->location) && is_private(d->h, face->category);
    d->sealed = NULL;
    if (!qp_fields_ok(s) || (!o && !hides))
        return;
    if (!d->h->vault) {
        qp_fields_fault(
            s, QP_EPOLICY, o ? "reporter" : "place",
            "this node keeps no personal records: its vault is not open; leave `reporter` out, and what is "
            "to be kept from others out of `place`");
        return;
    }
    struct qp_arena *clear = qp_arena_new(CLEAR_ARENA);
    Qp__Personal p = QP__PERSONAL__INIT;
    if (!clear) {
        qp_fields_fault(s, QP_ENOMEM, "", "out of memory");
        return;
    }
    if (o)
        reporter_read(s, o, &p, clear);
    if (qp_fields_ok(s) && (hides || says_anything(&p))) {
        place_copy(face, &p, clear);
        if (hides)
            place_leave(face);
        lock(d, s, &p, clear);
    }
    qp_arena_wipe(clear);
    qp_arena_free(clear);
}
