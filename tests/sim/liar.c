/* liar.c: a node that is enrolled, has a valid key, and lies. Its own core seals whatever is made up here, in
 * good chains; what it says is false. It knows every matter and every certificate, as if all had been leaked
 * to it.
 *
 *   a moment ─► a matter that somebody knows ─► one lie about it ─► sealed as its own word
 *                                                                       └─► its session sends it
 *
 * Nobody offers it anything and nobody works there, so no honest row may ever name it, and everything that
 * holds without it must hold with it (check.c: sim_check_liar, and all the others for the honest nodes). */
#include "node/core/private.h"
#include "proto/bounds.h"
#include "tests/sim/world.h"

struct lie {
    struct sim_world *w;
    struct sim_node *me;
    struct qp_work *work;
    struct qp_arena *a;
    Qp__Face *f; /* of the matter, as a node that knows it has it; the lie may change it */
    Qp__Event *ev;
    uint8_t lane;
    bool told; /* it could be said at all */
};

#define FAR_US (INT64_C(7258118400) * 1000000 - 1) /* the last time that is taken: 2200 */

static void *message(struct lie *l, const ProtobufCMessageDescriptor *d)
{
    ProtobufCMessage *m = qp_arena_take(l->a, d->sizeof_message);
    if (!m)
        abort();
    d->message_init(m);
    return m;
}
#define NEW(l, lower) message(l, &qp__##lower##__descriptor)

static ProtobufCBinaryData bytes(struct lie *l, const void *p, size_t len)
{
    return (ProtobufCBinaryData){len, qp_arena_copy(l->a, p, len)};
}

static char *words(struct lie *l, const char *text)
{
    return qp_arena_text(l->a, text);
}

/* It counts up to where nobody else can go on. */
static void leap(struct lie *l)
{
    uint64_t *numbers[] = {&l->f->version, &l->f->custody, &l->f->top_number, &l->f->answered,
                           &l->f->parts_top};
    uint64_t from = sim_chance(l->w, 50) ? QP_COUNT_MOST : QP_COUNT_MOST / 2 + 1;
    *numbers[sim_below(l->w, sizeof numbers / sizeof *numbers)] = from - sim_below(l->w, 3);
}

/* Its own name in the place of the holder's. */
static void seize_face(struct lie *l)
{
    Qp__Face *f = l->f;
    f->holder = bytes(l, l->me->id, QP_ID_LEN);
    f->holder_path = words(l, l->me->path);
    f->offer = NULL;
    f->custody += sim_below(l->w, 3);
    f->version += 1 + sim_below(l->w, 3);
    if (f->custody > f->top_number)
        f->top_number = f->custody;
    f->answered = f->top_number;
    if (sim_chance(l->w, 50) && f->n_members < QP_MEMBERS) {
        ProtobufCBinaryData *more = qp_arena_take(l->a, sizeof *more * (f->n_members + 1));
        memcpy(more, f->members, sizeof *more * f->n_members);
        more[f->n_members++] = f->holder;
        f->members = more;
    }
    if (sim_chance(l->w, 10))
        leap(l);
    l->ev->version = f->version;
    l->ev->custody = f->custody;
}

static void sorted(struct lie *l)
{
    seize_face(l);
    l->f->urgency = QP_EMERGENCY;
    l->lane = QP_LANE_URGENT;
    l->ev->body_case = QP__EVENT__BODY_SORTED;
    l->ev->sorted = NEW(l, sorted);
    l->ev->sorted->urgency = QP_EMERGENCY;
    l->ev->sorted->face = l->f;
}

static void offered(struct lie *l)
{
    struct sim_node *to = &l->w->node[sim_below(l->w, (uint64_t)l->w->n)];
    seize_face(l);
    l->ev->body_case = QP__EVENT__BODY_OFFERED;
    l->ev->offered = NEW(l, offered);
    l->ev->offered->number = l->f->top_number + 1;
    l->ev->offered->to = bytes(l, to->id, QP_ID_LEN);
    l->ev->offered->to_path = words(l, to->path);
    l->ev->offered->kind = 1 + (uint32_t)sim_below(l->w, 4);
    l->f->top_number++;
    l->f->offer = NEW(l, offer);
    l->f->offer->number = l->f->top_number;
    l->f->offer->to = l->ev->offered->to;
    l->f->offer->to_path = l->ev->offered->to_path;
    l->f->offer->kind = l->ev->offered->kind;
    l->ev->offered->face = l->f;
}

/* An answer to somebody else's offer, a withdrawal of it, or a seizure. */
static void answered(struct lie *l)
{
    static const uint8_t none[QP_EVENT_ID_LEN];
    const Qp__Offer *o = l->f->offer;
    uint64_t number = o ? o->number : l->f->top_number + sim_below(l->w, 2);
    bool named = o && o->event.len == QP_EVENT_ID_LEN;
    ProtobufCBinaryData id = bytes(l, named ? o->event.data : none, QP_EVENT_ID_LEN);
    l->ev->version = l->f->version + 1;
    l->ev->custody = number;
    switch (sim_below(l->w, 4)) {
    case 0:
        l->ev->body_case = QP__EVENT__BODY_ACCEPTED;
        l->ev->accepted = NEW(l, accepted);
        l->ev->accepted->number = number;
        l->ev->accepted->offer = id;
        l->ev->accepted->path = words(l, l->me->path);
        break;
    case 1:
        l->ev->custody = l->f->custody;
        l->ev->body_case = QP__EVENT__BODY_REFUSED;
        l->ev->refused = NEW(l, refused);
        l->ev->refused->number = number;
        l->ev->refused->offer = id;
        break;
    case 2:
        l->ev->version = 0;
        l->ev->custody = l->f->custody;
        l->ev->body_case = QP__EVENT__BODY_WITHDRAWN;
        l->ev->withdrawn = NEW(l, withdrawn);
        l->ev->withdrawn->number = number;
        l->ev->withdrawn->offer = id;
        break;
    default:
        l->ev->body_case = QP__EVENT__BODY_SEIZED;
        l->ev->seized = NEW(l, seized);
        l->ev->seized->number = number;
    }
}

/* A step that the holder alone may take. */
static void stepped(struct lie *l)
{
    l->ev->version = l->f->version + 1 + sim_below(l->w, 2);
    l->ev->custody = l->f->custody;
    switch (sim_below(l->w, 4)) {
    case 0:
        l->ev->body_case = QP__EVENT__BODY_CLOSED;
        l->ev->closed = NEW(l, closed);
        l->ev->closed->result = words(l, "a lie");
        break;
    case 1:
        l->ev->body_case = QP__EVENT__BODY_ASSIGNED;
        l->ev->assigned = NEW(l, assigned);
        l->ev->assigned->desk = words(l, "police");
        break;
    case 2:
        l->ev->body_case = QP__EVENT__BODY_MERGED;
        l->ev->merged = NEW(l, merged);
        l->ev->merged->into = bytes(l, l->w->matters[sim_below(l->w, (uint64_t)l->w->nmatters)], QP_ID_LEN);
        break;
    default:
        l->ev->body_case = QP__EVENT__BODY_HANDLED;
        l->ev->handled = NEW(l, handled);
        l->ev->handled->result = words(l, "a lie");
    }
}

/* The matter opened once more, by this node, somewhere else. */
static void opened(struct lie *l)
{
    struct sim_node *where = &l->w->node[sim_below(l->w, (uint64_t)l->w->n)];
    seize_face(l);
    l->f->opener = l->f->holder;
    l->f->area = words(l, where->path);
    l->f->holder_path = words(l, sim_chance(l->w, 50) ? where->path : l->me->path);
    l->f->version = l->ev->version = l->f->custody = l->ev->custody = 1;
    l->f->top_number = l->f->answered = 1;
    l->f->members = &l->f->holder;
    l->f->n_members = 1;
    l->f->came_from.len = 0;
    l->f->came_from_path = words(l, "");
    if (sim_chance(l->w,
                   50)) { /* or a matter that nobody has, counted elsewhere, due as late as can be said */
        uint8_t id[QP_ID_LEN], salt[QP_SALT_LEN];
        memset(salt, (int)sim_below(l->w, 256), sizeof salt);
        qp_matter_id(id, l->me->id, l->w->now_us, salt);
        l->f->id = l->ev->matter = bytes(l, id, QP_ID_LEN);
        l->f->salt = bytes(l, salt, sizeof salt);
        l->f->deadline_us = sim_chance(l->w, 50) ? FAR_US : l->f->deadline_us;
    }
    l->f->state = QP_OPEN;
    l->f->opened_us = l->f->updated_us = l->ev->at_us;
    l->ev->body_case = QP__EVENT__BODY_OPENED;
    l->ev->opened = NEW(l, opened);
    l->ev->opened->face = l->f;
}

static void urged(struct lie *l)
{
    l->ev->body_case = QP__EVENT__BODY_URGED;
    l->ev->urged = NEW(l, urged);
    l->ev->urged->note = words(l, "a lie");
}

/* What others may say beside the matter: of a part, about more time. */
static void beside(struct lie *l)
{
    bool part = sim_chance(l->w, 50);
    l->ev->body_case = part ? QP__EVENT__BODY_PARTED : QP__EVENT__BODY_EXTENSION_APPROVED;
    if (part) {
        l->ev->parted = NEW(l, parted);
        l->ev->parted->number = 1 + sim_below(l->w, l->f->parts_top + 2);
        l->ev->parted->done = true;
        l->ev->parted->note = words(l, "a lie");
        return;
    }
    l->ev->extension_approved = NEW(l, extension_approved);
    l->ev->extension_approved->stage = words(l, "close");
    l->ev->extension_approved->serial = 1;
    l->ev->extension_approved->number = 1 + (uint32_t)sim_below(l->w, 3);
}

/* Somebody's id, certified below this node; or an order that is not this node's to give. */
static void about_nodes(struct lie *l)
{
    struct sim_node *victim = &l->w->node[sim_below(l->w, (uint64_t)l->w->n)];
    const struct qp_place *p = qp_tree_node(qp_core_tree(l->w->node[0].core), victim->id);
    l->ev->matter.len = 0;
    if (victim == l->me)
        return;
    if (sim_chance(l->w, 30) || !p) {
        l->ev->body_case = QP__EVENT__BODY_REVOKED;
        l->ev->revoked = NEW(l, revoked);
        l->ev->revoked->node = bytes(l, victim->id, QP_ID_LEN);
        l->ev->revoked->incarnation = victim->incarnation;
        l->ev->revoked->kind = 1;
        return;
    }
    struct qp_cert cert = p->cert;
    const struct qp_cert *self = qp_core_self(l->me->core);
    memcpy(cert.issuer, self->node, QP_ID_LEN);
    cert.issuer_certificate = self->id;
    cert.incarnation += (uint32_t)sim_below(l->w, 2);
    if (sim_chance(l->w, 70) && qp_path_join(cert.path, self->path, "x", NULL))
        return;
    memcpy(cert.sign_key, l->me->keys.sign_pk, QP_PK_LEN);
    memcpy(cert.link_key, l->me->keys.link_pk, QP_PK_LEN);
    l->ev->body_case = QP__EVENT__BODY_ENROLLED;
    l->ev->enrolled = NEW(l, enrolled);
    l->ev->enrolled->certificate = qp_cert_sign(&cert, l->me->keys.sign_sk, l->a);
}

/* The face that some honest node has of a random matter; NULL: nobody. */
static Qp__Face *leaked(struct lie *l)
{
    const uint8_t *matter = l->w->matters[sim_below(l->w, (uint64_t)l->w->nmatters)];
    for (int tries = 0; tries < 4; tries++) {
        struct sim_node *x = &l->w->node[sim_below(l->w, (uint64_t)l->w->n)];
        struct qp_read r;
        Qp__Row *row;
        if (!x->up || x == l->me || qp_read_begin(x->store, &r, NULL))
            continue;
        bool hit = !qp_matter_read(&r, matter, &row, l->a, NULL);
        qp_read_end(&r);
        if (hit)
            return row->face;
    }
    return NULL;
}

static int say(struct lie *l, struct qp_err *e)
{
    struct sim_world *w = l->w;
    size_t len;
    if (l->ev->body_case == QP__EVENT__BODY__NOT_SET)
        return 0;
    uint8_t *packed = qp_encode(&l->ev->base, l->a, &len);
    struct qp_slice slice = {packed, len};
    if (!packed || qp_check(&l->ev->base, NULL))
        return 0; /* what its own build would not pack, nobody else's would read */
    struct qp_said *s = qp_say_bytes(l->work, NULL, &slice);
    l->told = true;
    int rc = qp_say_to(l->work, s, QP_SCOPE_HORIZON, qp_nobody, l->lane);
    if (!rc && sim_chance(w, 60))
        rc = qp_say_to(l->work, s, QP_SCOPE_NODE, w->node[sim_below(w, (uint64_t)w->n)].id, l->lane);
    return !rc ? qp_seal_all(l->work, e) : rc;
}

/* Events that follow what never comes, by the dozen: each waits (E1), in a room that others need as well. */
static void waits(struct lie *l)
{
    uint64_t ahead = 2 + sim_below(l->w, 1000);
    l->ev->version = l->f->version + ahead;
    l->ev->custody = l->f->custody + (sim_chance(l->w, 30) ? ahead : 0);
    if (sim_chance(l->w, 50)) {
        l->ev->body_case = QP__EVENT__BODY_HANDLED;
        l->ev->handled = NEW(l, handled);
        l->ev->handled->result = words(l, "a lie");
        return;
    }
    l->f->version = l->ev->version;
    sorted(l);
}

enum { ROOMS = 40 };

static void lie(struct sim_world *w, void (*kind)(struct lie *), int times);

void sim_lie_rooms(struct sim_world *w)
{
    lie(w, waits, ROOMS);
}

void sim_lie(struct sim_world *w)
{
    static void (*const lies[])(struct lie *) = {sorted, sorted, offered,     offered, answered, stepped,
                                                 opened, urged,  about_nodes, beside,  beside};
    lie(w, lies[sim_below(w, sizeof lies / sizeof *lies)], 1);
}

static void lie(struct sim_world *w, void (*kind)(struct lie *), int times)
{
    struct sim_node *me = &w->node[w->liar];
    struct qp_txn t;
    struct qp_work work;
    struct qp_outputs out = {0};
    struct qp_err e = {0};
    uint8_t seed[32];
    if (!me->up || !w->node[0].up || me->ninputs > 0 || qp_core_silent(me->core) || w->nmatters == 0 ||
        qp_core_recovering(me->core))
        return;
    struct lie l = {w, me, &work, me->core->arena, NULL, NULL, QP_LANE_BULK, false};
    sim_seed32(w, seed);
    if (qp_store_begin(me->store, &t, NULL))
        return;
    qp_arena_reset(me->core->arena);
    qp_work_begin(&work, me->core, &t, w->now_us, seed, &out);
    int rc = 0;
    for (int i = 0; i < times && !rc; i++) {
        l.f = leaked(&l);
        l.ev = qp_event_new(&work, "token:liar");
        rc = !l.f || !l.ev ? QP_ENOTFOUND : 0;
        if (rc)
            break;
        l.ev->matter = l.f->id;
        l.lane = l.f->urgency >= QP_EMERGENCY ? QP_LANE_URGENT : QP_LANE_BULK;
        kind(&l);
        rc = say(&l, &e);
    }
    if (!rc)
        rc = qp_work_finish(&work, &e);
    if (!rc)
        rc = qp_store_commit_journal(&t, &e);
    if (!rc)
        rc = qp_store_commit_tables(&t, &e);
    if (rc) {
        qp_store_abort(&t);
        if (qp_core_forget(me->core, &e))
            sim_fail(w, "the liar's own store: %s", e.text);
        return;
    }
    w->lies_told += l.told;
    sim_want_pump(w, w->liar, w->now_us + 1000);
}
