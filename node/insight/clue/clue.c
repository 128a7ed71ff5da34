/* clue.c: see clue.h. The memory is a struct qp_leads; what it decides is said, and what it remembers is in the tables. */
#include "node/insight/clue/clue.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "node/insight/clue/inside.h"
#include "proto/codec.h"
#include "topology/path.h"

struct qp_clue {
    const char *self_path;
    struct qp_clue_ties ties;
    uint8_t (*came)[QP_ID_LEN]; /* rows that are new in this turn */
    size_t n, cap;
    bool no_memory;
    bool may_wait;          /* something may wait in the table */
    bool fresh;             /* it came in this turn */
    bool may_follow;        /* something may wait to be followed */
    bool heard;             /* it came in this turn */
    struct qp_leads *leads; /* NULL: not begun to be made again */
    uint64_t next;          /* number of the next matter that the memory does not know */
    uint64_t shed;
    bool full;
    int64_t not_before_us;
    int64_t aged_us; /* the memory knows what was live at this time */
};

struct qp_clue *qp_clue_new(const char *self_path, const struct qp_clue_ties *ties)
{
    struct qp_clue *k = calloc(1, sizeof *k);
    if (!k)
        return NULL;
    k->self_path = self_path;
    k->ties = *ties;
    k->may_wait = true;
    k->may_follow = true;
    return k;
}

static void memory_drop(struct qp_clue *k)
{
    qp_leads_free(k->leads);
    k->leads = NULL;
    k->next = 1;
    k->full = false;
    k->aged_us = INT64_MIN;
}

/* Lets go what is too old at this time: before each matter, so that a memory that is made again decides as this one (CU3). */
static void age(struct qp_clue *k, int64_t at_us)
{
    k->aged_us = at_us > k->aged_us ? at_us : k->aged_us;
    qp_leads_age(k->leads, k->aged_us);
}

void qp_clue_free(struct qp_clue *k)
{
    if (!k)
        return;
    memory_drop(k);
    free(k->came);
    free(k);
}

void qp_clue_figures(const struct qp_clue *k, struct qp_clue_figures *f)
{
    *f = (struct qp_clue_figures){.compared = k->leads ? k->next - 1 : 0,
                                  .live = k->leads ? qp_leads_live(k->leads) : 0,
                                  .shed = k->shed,
                                  .full = k->full};
}

/* ---- a row is new ---- */

void qp_clue_change(struct qp_clue *k, const Qp__Row *before, const Qp__Row *after)
{
    if (before || !after || after->face->exercise || !qp_path_within(after->face->area, k->self_path))
        return;
    if (k->n == k->cap) {
        size_t cap = k->cap == 0 ? 64 : k->cap * 2;
        uint8_t(*came)[QP_ID_LEN] = realloc(k->came, cap * sizeof *came);
        if (!came) {
            k->no_memory = true;
            return;
        }
        k->came = came;
        k->cap = cap;
    }
    memcpy(k->came[k->n++], after->face->id.data, QP_ID_LEN);
}

int qp_clue_flush(struct qp_clue *k, struct qp_txn *t, struct qp_err *e)
{
    int rc = k->no_memory ? qp_fail(e, QP_ENOMEM, "no memory for the matters to be compared") : 0;
    if (k->n > 0 && !rc)
        rc = qp_lead_wait(t, k->came, k->n, e);
    k->fresh = k->n > 0;
    k->may_wait |= k->fresh;
    k->n = 0;
    return rc;
}

void qp_clue_forget(struct qp_clue *k)
{
    k->n = 0;
    k->no_memory = false;
    k->may_wait = true;
    k->fresh = false;
    k->may_follow = true;
    memory_drop(k); /* it may know what was not committed */
}

int64_t qp_clue_next(const struct qp_clue *k, int64_t now_us)
{
    return k->heard ? now_us : k->fresh ? now_us + QP_CLUE_WAIT_US : INT64_MAX;
}

void qp_clue_heard(struct qp_clue *k)
{
    k->may_follow = k->heard = true;
}

/* ---- the memory follows the tables ---- */

struct other {
    const struct qp_leads *leads;
    const uint8_t *but;
    char id[27];
    bool found;
};

static int other_live(void *arg, const uint8_t matter[QP_ID_LEN], enum qp_lead_how how)
{
    struct other *o = arg;
    if (how != QP_LEAD_HOW_JOINED || memcmp(matter, o->but, QP_ID_LEN) == 0)
        return 0;
    qp_id_text(o->id, matter);
    o->found = !!qp_leads_of(o->leads, o->id);
    return o->found ? 1 : 0;
}

/* The lead of a matter by the tables, and a live matter of it; with->found false: there is none. */
static int company(struct qp_clue *k, struct qp_txn *t, const uint8_t self[QP_ID_LEN],
                   const uint8_t matter[QP_ID_LEN], Qp__LeadMember **m, struct other *with,
                   struct qp_arena *a, struct qp_err *e)
{
    *with = (struct other){.leads = k->leads, .but = matter};
    int rc = qp_lead_member(t->tables, t->store, matter, self, m, a, e);
    if (rc == QP_ENOTFOUND) {
        *m = NULL;
        return 0;
    }
    if (rc || (*m)->lead.len == 0)
        return rc;
    rc = qp_lead_matters(t->tables, t->store, (*m)->lead.data, other_live, with, e);
    return rc == 1 ? 0 : rc;
}

/* A dismissed lead takes nothing in, here as there. */
static int stand(struct qp_clue *k, struct qp_txn *t, const uint8_t lead[QP_ID_LEN], const char *matter,
                 struct qp_arena *a, struct qp_err *e)
{
    Qp__LeadRow *row;
    const char *here = qp_leads_of(k->leads, matter);
    int rc = here ? qp_lead_get(t->tables, t->store, lead, &row, a, e) : QP_ENOTFOUND;
    if (rc == QP_ENOTFOUND)
        return 0;
    if (!rc)
        rc = qp_leads_dismiss(k->leads, here, qp_lead_state_of(row) == QP_LEAD_IS_DISMISSED, NULL);
    return rc == QP_ESTEP ? 0 : rc;
}

/* Puts a matter where the tables say that it is. */
static int put_known(struct qp_clue *k, struct qp_txn *t, const uint8_t self[QP_ID_LEN],
                     const uint8_t matter[QP_ID_LEN], const struct qp_clue_matter *x, struct qp_arena *a,
                     struct qp_err *e)
{
    Qp__LeadMember *m;
    struct other with;
    int rc = company(k, t, self, matter, &m, &with, a, e);
    if (!rc)
        rc = qp_leads_put(k->leads, &x->m, with.found ? with.id : NULL, e);
    if (!rc && m && m->lead.len != 0)
        rc = stand(k, t, m->lead.data, x->id, a, e);
    return rc;
}

int qp_clue_moved(struct qp_clue *k, struct qp_txn *t, const uint8_t self[QP_ID_LEN],
                  const uint8_t lead[QP_ID_LEN], const uint8_t *matter, struct qp_arena *a, struct qp_err *e)
{
    Qp__LeadMember *m;
    struct other with = {.leads = k->leads, .but = matter ? matter : lead};
    char id[27];
    if (!k->leads)
        return 0;
    if (!matter) {
        int rc = qp_lead_matters(t->tables, t->store, lead, other_live, &with, e);
        return rc == 1 ? stand(k, t, lead, with.id, a, e) : rc;
    }
    qp_id_text(id, matter);
    if (!qp_leads_of(k->leads, id))
        return 0;
    int rc = company(k, t, self, matter, &m, &with, a, e);
    if (!rc)
        rc = qp_leads_move(k->leads, id, with.found ? with.id : NULL, e);
    if (!rc && m && m->lead.len != 0)
        rc = stand(k, t, m->lead.data, id, a, e);
    return rc;
}

/* One slice of what was compared before, in the order in which it was (CU3). */
static int fill(struct qp_clue *k, struct qp_txn *t, const uint8_t self[QP_ID_LEN], int64_t now_us,
                struct qp_arena *a, struct qp_err *e)
{
    struct qp_lead_rules rules;
    uint8_t id[QP_ID_LEN];
    int rc = 0;
    qp_lead_rules_init(&rules);
    if (!k->leads && !(k->leads = qp_leads_new(&rules)))
        return qp_fail(e, QP_ENOMEM, "no memory for leads");
    k->next = k->next == 0 ? 1 : k->next;
    for (int i = 0; i < QP_CLUE_FILL && !rc; i++) {
        struct qp_clue_matter x;
        bool there;
        int64_t at_us;
        rc = qp_lead_numbered(t->tables, t->store, k->next, id, &at_us, e);
        if (rc == QP_ENOTFOUND) {
            k->full = true;
            rc = 0;
            break;
        }
        if (!rc && qp_clue_opened_us(id) < now_us)
            age(k, qp_clue_opened_us(id));
        if (!rc)
            rc = qp_clue_read(&k->ties, k->self_path, t, id, &x, &there, a, e);
        if (!rc && there) {
            qp_clue_bound(&x, id, at_us);
            rc = put_known(k, t, self, id, &x, a, e);
        }
        if (rc)
            break;
        k->next++;
        k->shed += qp_leads_shed(k->leads, QP_CLUE_LIVE);
    }
    return rc;
}

/* ---- comparing ---- */

struct round {
    struct qp_clue *k;
    struct qp_txn *t;
    const uint8_t *self;
    int64_t now_us;
    struct qp_arena *a;
    const struct qp_clue_say *say;
};

/* The place of a lead after one more matter: what the branches have in common (CU6). */
static int place_of(struct round *r, const uint8_t *lead, const uint8_t *nearest,
                    const struct qp_clue_matter *x, char out[QP_PATH_MAX], struct qp_err *e)
{
    Qp__LeadRow *row;
    struct qp_clue_matter y;
    bool there = false;
    const char *other = r->k->self_path;
    int rc = qp_lead_get(r->t->tables, r->t->store, lead, &row, r->a, e);
    if (!rc)
        other = row->place;
    else if (rc == QP_ENOTFOUND &&
             !(rc = qp_clue_read(&r->k->ties, r->k->self_path, r->t, nearest, &y, &there, r->a, e)) && there)
        other = y.branch;
    if (!rc && !qp_path_common(out, x->branch, other))
        strcpy(out, r->k->self_path);
    return rc;
}

static int tell(struct round *r, const uint8_t matter[QP_ID_LEN], const struct qp_clue_matter *x,
                const struct qp_lead_verdict *v, struct qp_err *e)
{
    struct tale { /* lives as long as the turn: what is said refers to it */
        Qp__LeadFound f;
        uint8_t matter[QP_ID_LEN], nearest[QP_ID_LEN], lead[QP_ID_LEN];
        char place[QP_PATH_MAX];
    } *s = qp_arena_take(r->a, sizeof *s);
    Qp__LeadMember *m;
    if (!s)
        return qp_fail(e, QP_ENOMEM, "no memory for a lead");
    if (qp_id_parse(s->nearest, v->nearest))
        return qp_fail(e, QP_ECORRUPT, "the leads in memory are damaged: restart the node");
    int rc = qp_lead_member(r->t->tables, r->t->store, s->nearest, r->self, &m, r->a, e);
    bool in = !rc && m->lead.len != 0;
    if (rc && rc != QP_ENOTFOUND)
        return rc;
    if (in)
        memcpy(s->lead, m->lead.data, QP_ID_LEN);
    else
        qp_lead_id(s->lead, r->self, s->nearest);
    rc = place_of(r, s->lead, s->nearest, x, s->place, e);
    if (rc)
        return rc;
    memcpy(s->matter, matter, QP_ID_LEN);
    qp__lead_found__init(&s->f);
    s->f.lead = (ProtobufCBinaryData){QP_ID_LEN, s->lead};
    s->f.matter = (ProtobufCBinaryData){QP_ID_LEN, s->matter};
    s->f.nearest = (ProtobufCBinaryData){QP_ID_LEN, s->nearest};
    if (!in)
        s->f.first = s->f.nearest;
    s->f.proposed = v->outcome == QP_LEAD_PROPOSED;
    s->f.ppm = v->ppm;
    s->f.named = v->named;
    s->f.place = s->place;
    return r->say->found(r->say->arg, &s->f, e);
}

static int compare(struct round *r, const uint8_t matter[QP_ID_LEN], struct qp_err *e)
{
    struct qp_lead_verdict v = {.outcome = QP_LEAD_ALONE};
    Qp__LeadMember *m;
    struct qp_clue_matter x;
    bool there;
    int rc = qp_clue_read(&r->k->ties, r->k->self_path, r->t, matter, &x, &there, r->a, e);
    if (rc || !there)
        return rc;
    qp_clue_bound(&x, matter, r->now_us);
    rc = qp_lead_member(r->t->tables, r->t->store, matter, r->self, &m, r->a, e);
    if (rc && rc != QP_ENOTFOUND)
        return rc;
    /* What was said of it before this node lost its disk counts; what is too old has no neighbours. */
    struct qp_lead_rules rules;
    qp_lead_rules_init(&rules);
    age(r->k, r->now_us);
    if (!rc || x.m.at_us < r->now_us - rules.idle_us)
        rc = put_known(r->k, r->t, r->self, matter, &x, r->a, e);
    else
        rc = qp_leads_add(r->k->leads, &x.m, &v, e);
    if (!rc && v.outcome != QP_LEAD_ALONE)
        rc = tell(r, matter, &x, &v, e);
    r->k->shed += qp_leads_shed(r->k->leads, QP_CLUE_LIVE);
    return rc;
}

/* Those that wait, the oldest id first, as far as they have waited long enough. */
static size_t ripe(uint8_t (*ids)[QP_ID_LEN], size_t n, int64_t now_us, int64_t *next_us)
{
    for (size_t i = 0; i < n; i++) {
        int64_t at_us = qp_clue_opened_us(ids[i]) + QP_CLUE_WAIT_US;
        if (at_us <= now_us || at_us > now_us + QP_CLUE_WAIT_US) /* a clock that is ahead holds nothing up */
            continue;
        *next_us = at_us < *next_us ? at_us : *next_us;
        return i;
    }
    return n;
}

static int batch(struct round *r, int64_t *next_us, struct qp_err *e)
{
    uint8_t ids[QP_LEAD_COMPARED][QP_ID_LEN];
    Qp__LeadsCompared *c = qp_arena_take(r->a, sizeof *c); /* lives as long as the turn */
    size_t n, waiting = 0;
    int64_t at_us;
    if (!c)
        return qp_fail(e, QP_ENOMEM, "no memory for leads");
    int rc = qp_lead_numbered(r->t->tables, r->t->store, r->k->next, ids[0], &at_us, e);
    if (!rc) { /* what an earlier life of this node had compared came back from a neighbour */
        r->k->full = false;
        r->k->not_before_us = r->now_us + QP_CLUE_APART_US / 2;
        return 0;
    }
    if (rc == QP_ENOTFOUND)
        rc = qp_lead_waiting(r->t->tables, r->t->store, ids, QP_LEAD_COMPARED, &waiting, e);
    if (rc)
        return rc;
    n = ripe(ids, waiting, r->now_us, next_us);
    r->k->may_wait = n < waiting || waiting == QP_LEAD_COMPARED;
    for (size_t i = 0; i < n && !rc; i++)
        rc = compare(r, ids[i], e);
    if (rc || n == 0)
        return rc;
    qp__leads_compared__init(c);
    c->matters = (ProtobufCBinaryData){n * QP_ID_LEN, qp_arena_copy(r->a, ids, n * QP_ID_LEN)};
    if (!c->matters.data)
        return qp_fail(e, QP_ENOMEM, "no memory for leads");
    r->k->next += n;
    r->k->not_before_us = r->now_us + QP_CLUE_APART_US;
    return r->say->compared(r->say->arg, c, e);
}

/* Does anything wait? Before the memory is made for nothing. */
static int look(struct qp_clue *k, struct qp_txn *t, struct qp_err *e)
{
    uint8_t id[1][QP_ID_LEN];
    size_t n;
    int rc = qp_lead_waiting(t->tables, t->store, id, 1, &n, e);
    k->may_wait = rc || n > 0;
    return rc;
}

int qp_clue_tick(struct qp_clue *k, struct qp_txn *t, const uint8_t self[QP_ID_LEN], int64_t now_us,
                 struct qp_arena *a, const struct qp_clue_say *say, int64_t *next_us, struct qp_err *e)
{
    struct round r = {k, t, self, now_us, a, say};
    int64_t at_us = now_us + QP_CLUE_APART_US;
    int rc = 0;
    k->heard = false;
    if (k->leads && k->aged_us > now_us + QP_CLUE_JUMP_US)
        memory_drop(k); /* a clock that was ahead has let go what is not too old (CU9) */
    if (k->may_follow)
        rc = qp_clue_follow(t, self, say, &k->may_follow, a, e);
    if (k->may_follow)
        *next_us = at_us < *next_us ? at_us : *next_us;
    if (!rc && k->may_wait && !k->leads)
        rc = look(k, t, e);
    if (rc || !k->may_wait)
        return rc;
    if (now_us < k->not_before_us && k->not_before_us <= at_us) {
        *next_us = k->not_before_us < *next_us ? k->not_before_us : *next_us;
        return 0;
    }
    if (!k->full || !k->leads) {
        rc = fill(k, t, self, now_us, a, e);
        k->not_before_us = now_us + QP_CLUE_APART_US / 2;
    }
    if (!rc && k->full)
        rc = batch(&r, next_us, e);
    if (!rc && k->may_wait && k->not_before_us > now_us)
        *next_us = k->not_before_us < *next_us ? k->not_before_us : *next_us;
    return rc;
}
