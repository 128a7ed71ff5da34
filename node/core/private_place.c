/* private_place.c: a matter that is sorted into a category whose exact place is nobody else's business (VA1): a report often
 * comes under another one.
 *
 *   sort ─► does the category keep it? ─► the matter has no record: one of its place, locked for this node ─► Sorted.personal
 *                                    └──► it has one, and that has the place (the door copies it in): the face drops its own
 *
 * A record is never made anew: a turn that is taken back takes back what it kept, and the former one would be lost with it.
 * What the journal has said before stays there (RULES.md of the vault). */
#include <assert.h>

#include "node/core/personal.h"
#include "node/core/policy.h"
#include "proto/personal.pb-c.h"

enum { CLEAR_ARENA = 256 * 1024 };

static bool same_place(const Qp__Face *f, const Qp__Personal *p)
{
    if (strcmp(f->place, p->place) != 0 || !!f->location != !!p->located)
        return false;
    return !f->location || (f->location->lat == p->lat && f->location->lon == p->lon);
}

/* Has the matter's own record the place too? */
static int recorded(struct qp_work *w, const Qp__Face *f, struct qp_arena *clear, struct qp_err *e)
{
    struct qp_sealed s;
    size_t len;
    Qp__Personal *p;
    uint8_t *bytes = qp_arena_take(clear, QP_RECORD_MOST);
    assert(f->personal_state != QP_PERSONAL_NONE);
    if (!bytes)
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    if (f->personal_state == QP_PERSONAL_KEPT && !qp_vault_get(w->c->vault, f->id.data, &s, clear, NULL) &&
        !qp_record_unlock(bytes, &len, &s, w->c->keys) && !QP_DECODE(&p, personal, bytes, len, clear, NULL) &&
        same_place(f, p))
        return 0;
    return qp_fail(e, QP_EPOLICY,
                   "category: this one keeps the exact place in the personal record alone, and this matter's "
                   "record was erased, has not come here yet, or does not have the place; close the matter "
                   "and report it anew under this category");
}

static int lock(struct qp_work *w, const Qp__Face *f, struct qp_arena *clear, const struct qp_sealed **kept,
                struct qp_err *e)
{
    struct qp_sealed *sealed = qp_arena_take(w->c->arena, sizeof *sealed);
    uint8_t salt[QP_PERSONAL_SALT], seed[QP_SEED_LEN];
    Qp__Personal p = QP__PERSONAL__INIT;
    size_t len = 0;
    assert(*f->place || f->location);
    qp_drbg_bytes(&w->rnd, salt, sizeof salt);
    qp_drbg_bytes(&w->rnd, seed, sizeof seed);
    p.salt = (ProtobufCBinaryData){sizeof salt, salt};
    p.place = f->place;
    p.located = !!f->location;
    p.lat = f->location ? f->location->lat : 0;
    p.lon = f->location ? f->location->lon : 0;
    uint8_t *bytes = sealed ? qp_encode(&p.base, clear, &len) : NULL;
    int rc = bytes ? qp_record_lock(sealed, bytes, len, w->c->keys->box_pk, seed, w->c->arena, e)
                   : qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    qp_wipe(salt, sizeof salt);
    qp_wipe(seed, sizeof seed);
    *kept = !rc ? sealed : NULL;
    return rc;
}

int qp_place_hide(struct qp_work *w, const Qp__Face *f, Qp__Sorted *s, const struct qp_sealed **kept,
                  struct qp_err *e)
{
    *kept = NULL;
    s->hides = false;
    s->personal = (ProtobufCBinaryData){0, NULL};
    if (!qp_same(f->holder.data, w->c->self.node) ||
        !qp_policy_hides_place(qp_core_policy(w->c), *s->category ? s->category : f->category) ||
        (!*f->place && !f->location))
        return 0; /* who does not hold it is told so when it is decided */
    if (!w->c->vault)
        return qp_fail(e, QP_EPOLICY, "category: this node keeps no personal records: its vault is not open");
    /* by QP_EFULL the turn would end, and everybody's commands with it */
    if (f->personal_state == QP_PERSONAL_NONE && qp_vault_full(w->c->vault))
        return qp_fail(
            e, QP_EPOLICY,
            "category: the vault of personal records has no room for a place: raise store.vault_map and "
            "start the node again, or let records end sooner (keep_personal of the policy)");
    struct qp_arena *clear = qp_arena_new(CLEAR_ARENA);
    if (!clear)
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    int rc = f->personal_state == QP_PERSONAL_NONE ? lock(w, f, clear, kept, e) : recorded(w, f, clear, e);
    qp_arena_wipe(clear);
    qp_arena_free(clear);
    s->hides = !rc;
    if (*kept)
        s->personal = (ProtobufCBinaryData){QP_HASH_LEN, (uint8_t *)(uintptr_t)(*kept)->commitment.b};
    assert(!s->personal.len || s->hides);
    return rc;
}
