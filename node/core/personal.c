/* personal.c: records of people in the turn (VA1, VA2): kept with the opening of their matter, read for a purpose that is
 * journaled first, ended when an event says so or when their time is over.
 *
 *   open, with a record ─► its commitment in the face ─► qp_vault_keep       rows ─► the shelf (node/vault/shelf.h)
 *   read ─► Audited, up ─► the door opens the record                          row says erased ─► qp_vault_end
 *
 * The vault is the driver's: it is lent by qp_core_set_vault when the tables are good, so that no replay touches it. */
#include <assert.h>
#include <stdlib.h>

#include "node/core/fetch.h"
#include "node/core/heard.h"
#include "node/vault/shelf.h"
#include "proto/personal.pb-c.h"

enum { SWEEP_US = 600000000, SWEPT_MOST = 200 };

/* ---- the vault, lent ---- */

struct looking {
    struct qp_core *c;
    struct qp_read *r;
    bool all_known; /* what no row knows is nobody's */
};

/* Does the matter's row still want this record? */
static bool wanted(void *arg, const uint8_t id[QP_ID_LEN])
{
    const struct looking *l = arg;
    assert(l->c->vault); /* whose records are walked through */
    struct qp_shelved s;
    int rc = qp_shelved_get(l->r->tables, l->c->store, id, &s);
    if (rc == QP_ENOTFOUND)
        return !l->all_known;
    return rc || s.state == QP_PERSONAL_KEPT; /* what cannot be read is nothing to destroy by */
}

int qp_core_set_vault(struct qp_core *c, struct qp_vault *v, bool all_here, struct qp_err *e)
{
    struct qp_read r;
    struct looking l = {c, &r, all_here && !c->recovering && !c->silent};
    c->vault = v;
    qp_fetch_free(c->fetch);
    qp_heard_free(c->heard);
    c->fetch = !v ? NULL : qp_fetch_new();
    c->heard = !v ? NULL : qp_heard_new();
    if (v && (!c->fetch || !c->heard))
        return qp_fail(e, QP_ENOMEM, "no memory for the personal records");
    int rc = !v ? 0 : qp_read_begin(c->store, &r, e);
    assert((!!c->fetch) == (!!v));
    if (!v || rc)
        return rc;
    rc = qp_vault_each(v, wanted, &l, e);
    qp_read_end(&r);
    return rc;
}

/* ---- the projector: the shelf, and what has ended ---- */

struct qp_personal {
    struct qp_core *c;
    struct qp_shelved_change *v; /* malloc'd; what the turn has changed */
    size_t n, cap;
    bool no_memory;
    int64_t closed_us; /* up to where the closed ones were looked at; 0: from the first */
    uint8_t closed[QP_ID_LEN];
    int64_t next_us;        /* when they are looked at next; INT64_MAX: there are none */
    enum qp_time_word word; /* of the last tick */
    uint64_t unerased;      /* of those looked at since the first */
    int64_t unerased_us;
    char unerased_why[QP_REASON_BYTES + 1];
};

void *qp_personal_make(struct qp_core *c)
{
    struct qp_personal *p = calloc(1, sizeof *p);
    if (p)
        p->c = c;
    return p;
}

void qp_personal_end(void *state)
{
    struct qp_personal *p = state;
    free(p->v);
    free(p);
}

void qp_personal_forget(void *state)
{
    struct qp_personal *p = state;
    p->n = 0;
    p->no_memory = false;
    if (p->c->vault) {
        qp_vault_forget(p->c->vault);
        qp_fetch_look(p->c->fetch);
        qp_heard_forget(p->c->heard);
    }
}

void qp_personal_change(void *state, const Qp__Row *before, const Qp__Row *after)
{
    struct qp_personal *p = state;
    struct qp_shelved_change c;
    if (after->face->personal_state == QP_PERSONAL_NONE) /* nearly all of them */
        return;
    if (!qp_shelved_differs(&c, before ? before->face : NULL, after->face, p->c->self.node))
        return;
    if (p->n == p->cap) {
        size_t cap = p->cap == 0 ? 16 : p->cap * 2;
        struct qp_shelved_change *v = realloc(p->v, cap * sizeof *v);
        p->no_memory = p->no_memory || !v;
        if (!v)
            return;
        p->v = v;
        p->cap = cap;
    }
    assert(p->n < p->cap);
    p->v[p->n++] = c;
}

int qp_personal_flush(struct qp_work *w, void *state, struct qp_err *e)
{
    struct qp_personal *p = state;
    assert(p->n <= p->cap);
    struct qp_vault *v = w->c->vault; /* NULL in a replay: what it ends, qp_core_set_vault does */
    int rc = p->no_memory ? qp_fail(e, QP_ENOMEM, "no memory for the personal records of a turn") : 0;
    for (size_t i = 0; i < p->n && !rc; i++) {
        rc = qp_shelved_put(w->t, &p->v[i], e);
        if (p->v[i].is.closed_us > 0 && p->next_us == INT64_MAX)
            p->next_us = w->now_us + SWEEP_US;
        if (!rc && v && p->v[i].is.state == QP_PERSONAL_ERASED && qp_vault_has(v, p->v[i].is.matter))
            rc = qp_vault_end(v, p->v[i].is.matter, e);
        if (v && p->v[i].is.held && p->v[i].is.state == QP_PERSONAL_KEPT &&
            !qp_vault_has(v, p->v[i].is.matter))
            qp_fetch_want(w, p->v[i].is.matter);
    }
    p->n = 0;
    return rc;
}

/* ---- kept as long as the policy says, and no longer ---- */

enum { DAY_S = 86400 };

static int64_t span_us(const struct qp_duration *d) /* of natural time: whole days, or less */
{
    return d->unit == QP_UNIT_D ? d->n * DAY_S * INT64_C(1000000) : qp_duration_us(d);
}

/* The shortest time for which any closed matter's record is kept; INT64_MAX: nothing says how long. */
static int64_t least_us(const struct qp_core *c)
{
    const struct qp_policy *policy = qp_core_policy(c);
    int64_t least = INT64_MAX;
    for (size_t i = 0; policy && i < policy->n_categories; i++) {
        const struct qp_policy_span *keep = &policy->categories[i].keep_personal;
        if (keep->said && span_us(&keep->d) < least)
            least = span_us(&keep->d);
    }
    return least;
}

/* When the time of a closed matter's record is over, by its category; INT64_MAX: nothing says so. */
static int64_t over_at(const struct qp_core *c, const Qp__Face *f)
{
    const struct qp_policy *policy = qp_core_policy(c);
    const struct qp_policy_category *cat = policy ? qp_policy_find(policy, f->category) : NULL;
    if (!cat || !cat->keep_personal.said)
        return INT64_MAX;
    return f->closed_us + span_us(&cat->keep_personal.d);
}

/* T4: an erasure cannot be taken back; by a clock that others contradict, or that nobody has seen yet, none is done. */
static int erase_one(struct qp_work *w, const uint8_t matter[QP_ID_LEN], struct qp_err *e)
{
    assert(!w->c->silent && !w->c->recovering); /* it may speak */
    if (w->c->time_word != QP_TIME_SURE)
        return qp_fail(e, QP_EUNREACHABLE,
                       w->c->time_word == QP_TIME_WRONG
                           ? QP_TIME_WRONG_SAID
                           : "no neighbour that vouches for this machine's clock was heard since the start: "
                             "look at the links");
    static const char why[] = "its time is over: keep_personal of the policy";
    struct qp_arena *a = w->c->arena;
    Qp__Event *ev = qp_event_new(w, "policy");
    Qp__PersonalErased *body = qp_arena_take(a, sizeof *body);
    if (!ev || !body)
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    qp__personal_erased__init(body);
    body->reason = qp_arena_text(a, why);
    ev->matter = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(a, matter, QP_ID_LEN)};
    ev->body_case = QP__EVENT__BODY_PERSONAL_ERASED;
    ev->personal_erased = body;
    int rc = qp_step(w, ev, NULL, -1, NULL, e);
    return rc ? rc : qp_personal_tell_erased(w, NULL, matter, why, e);
}

/* One that cannot be erased: counted, and told when all have been looked at (qp_core_unerased). */
static void unerased(struct qp_work *w, struct qp_personal *p, const struct qp_shelved *s, int64_t over_us,
                     const char *why)
{
    char id[27];
    QP_COUNT(w->c, records_unerased);
    if (p->unerased++ > 0)
        return;
    qp_id_text(id, s->matter);
    p->unerased_us = over_us;
    assert(p->unerased == 1); /* the first of them is told of */
    snprintf(p->unerased_why, sizeof p->unerased_why, "matter %s: %.200s", id, why);
}

/* That was the last of them: what stands is what this look found, so that it is no longer told when it is over. */
static void looked_at_all(struct qp_core *c, struct qp_personal *p)
{
    c->unerased = p->unerased;
    c->unerased_us = p->unerased_us;
    snprintf(c->unerased_why, sizeof c->unerased_why, "%s", p->unerased > 0 ? p->unerased_why : "");
    assert(c->unerased == 0 || c->unerased_why[0] != 0); /* who is told of them is told why */
    p->unerased = 0;
    p->closed_us = 0;
    memset(p->closed, 0, sizeof p->closed);
}

const char *qp_core_unerased(const struct qp_core *c, uint64_t *n, int64_t *since_us)
{
    *n = c->unerased;
    *since_us = c->unerased_us;
    return c->unerased_why;
}

/* Looks at the next closed ones, up to the first whose time is over by no category; *more: it has not come to the end. One that
 * cannot be erased now is looked at again. */
static int sweep_closed(struct qp_work *w, struct qp_personal *p, bool *more, struct qp_err *e)
{
    assert(w->c->vault);
    struct qp_shelved s;
    int64_t least = least_us(w->c);
    for (int i = 0; i < SWEPT_MOST; i++) {
        int rc = qp_shelved_closed(w->t->tables, w->c->store, p->closed_us, p->closed, &s);
        *more = !rc && least != INT64_MAX && s.closed_us <= w->now_us - least;
        if (!*more)
            return qp_shelved_over(rc, e);
        Qp__Row *row;
        struct qp_err why = {0};
        p->closed_us = s.closed_us;
        memcpy(p->closed, s.matter, QP_ID_LEN);
        rc = qp_matter_row(&w->m, s.matter, &row, &why);
        int64_t over_us = !rc ? over_at(w->c, row->face) : s.closed_us + least;
        if (!rc && over_us <= w->now_us && qp_ends_turn(rc = erase_one(w, s.matter, &why)))
            return qp_fail(e, rc, "%s", why.text);
        if (rc)
            unerased(w, p, &s, over_us, why.text);
    }
    return 0;
}

int qp_personal_tick(struct qp_work *w, void *state, int64_t *next_us, struct qp_err *e)
{
    assert(!w->c->silent && !w->c->recovering);
    struct qp_personal *p = state;
    bool more = false;
    int rc = 0;
    if (!w->c->vault)
        return 0;
    rc = qp_fetch_tick(w, next_us, e);
    if (p->word != w->c->time_word && p->next_us != INT64_MAX)
        p->next_us = w->now_us; /* whatever another clock had put off, or could not do */
    p->word = w->c->time_word;
    if (!rc && w->now_us >= p->next_us) {
        struct qp_shelved any;
        static const uint8_t first[QP_ID_LEN];
        rc = sweep_closed(w, p, &more, e);
        if (!more)
            looked_at_all(w->c, p);
        bool none = qp_shelved_closed(w->t->tables, w->c->store, 0, first, &any) == QP_ENOTFOUND;
        p->next_us = none ? INT64_MAX : w->now_us + (more ? 10000 : SWEEP_US);
        assert(p->next_us > w->now_us); /* not for ever at once */
    }
    if (p->next_us < *next_us)
        *next_us = p->next_us;
    return rc;
}

/* What this turn's rows have added: the tick came before them. */
int64_t qp_personal_next(struct qp_work *w, void *state)
{
    const struct qp_personal *p = state;
    assert(p->c == w->c);
    if (!w->c->fetch)
        return INT64_MAX;
    int64_t at_us = qp_fetch_next(w->c->fetch);
    return p->next_us < at_us ? p->next_us : at_us;
}

/* ---- what people ask ---- */

int qp_personal_tell_erased(struct qp_work *w, const struct qp_asker *who, const uint8_t matter[QP_ID_LEN],
                            const char *why, struct qp_err *e)
{
    Qp__Audited said = QP__AUDITED__INIT;
    char purpose[QP_PURPOSE_BYTES + 1];
    qp_text_cut(purpose, sizeof purpose, why);
    assert(strlen(purpose) <= QP_PURPOSE_BYTES);
    said.what = QP_AUDIT_PERSONAL_ERASED;
    said.matter = (ProtobufCBinaryData){QP_ID_LEN, (uint8_t *)(uintptr_t)matter};
    said.purpose = qp_arena_text(w->c->arena, purpose);
    return !said.purpose ? qp_fail(e, QP_ENOMEM, "the turn ran out of memory")
                         : qp_audit_say(w, who, &said, e);
}

int qp_personal_keep(struct qp_work *w, const struct qp_command *cmd, const uint8_t matter[QP_ID_LEN],
                     struct qp_err *e)
{
    assert(cmd->sealed && w->c->vault);
    return qp_vault_keep(w->c->vault, matter, cmd->sealed, e);
}

/* Why this matter's record cannot be read here; 0: it can. */
static int may_read(struct qp_work *w, const Qp__Row *row, const uint8_t matter[QP_ID_LEN], struct qp_err *e)
{
    const Qp__Face *f = row->face;
    if (f->personal_state == QP_PERSONAL_NONE)
        return qp_fail(e, QP_ENOTFOUND, "the matter has no personal record");
    if (f->personal_state == QP_PERSONAL_ERASED)
        return qp_fail(e, QP_ENOTFOUND,
                       "the personal record was erased; the matter's history says when and why");
    if (!w->c->vault)
        return qp_fail(e, QP_EPOLICY, "this node's vault is not open: its log says why");
    if (qp_vault_opens(w->c->vault, matter))
        return 0;
    if (!qp_same(f->holder.data, w->c->self.node))
        return qp_fail(e, QP_ENOTHOLDER, "the personal record lies at %s, which holds the matter: ask there",
                       f->holder_path);
    if (qp_fetch_wants(w->c->fetch, matter))
        return qp_fail(e, QP_ENOTFOUND,
                       "the personal record has not come with the matter yet; %s is asked for it until it "
                       "does: try again",
                       f->came_from_path[0] != 0 ? f->came_from_path : "who had it");
    return qp_fail(e, QP_ENOTFOUND,
                   "the personal record was lost with this node's disk, and nobody else ever had it");
}

/* From a node above its holder: asked for there, and both write it down. */
static int read_below(struct qp_work *w, const struct qp_command *cmd, const Qp__Row *row, struct qp_reply *r,
                      struct qp_err *e)
{
    int rc = qp_fetch_read(w, row->face, cmd->who ? cmd->who->by : cmd->draft->by,
                           cmd->draft->audited->purpose, &r->sealed, e);
    return rc ? rc : qp_audit_say(w, cmd->who, cmd->draft->audited, e);
}

int qp_on_personal(struct qp_work *w, const struct qp_command *cmd, struct qp_reply *r, struct qp_err *e)
{
    assert(cmd->op == QP_OP_PERSONAL);
    const Qp__Audited *said = cmd->draft->audited;
    struct qp_err why = {0};
    Qp__Row *row;
    assert(cmd->draft->body_case == QP__EVENT__BODY_AUDITED && said->matter.len == QP_ID_LEN);
    int rc = qp_row_seen(w, cmd->who, said->matter.data, "", &row, e);
    if (rc)
        return rc;
    rc = may_read(w, row, said->matter.data, &why);
    bool below = qp_path_below(row->face->holder_path, w->c->self.path);
    if (!rc && below) /* VA1: both see it, also where a copy lies here */
        rc = qp_fetch_tell(w, row->face, cmd->who ? cmd->who->by : cmd->draft->by, said->purpose, &why);
    if (!rc)
        return qp_audit_say(w, cmd->who, said, e);
    return rc == QP_ENOTHOLDER && below ? read_below(w, cmd, row, r, e) : qp_fail(e, rc, "%s", why.text);
}
