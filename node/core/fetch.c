/* fetch.c: see fetch.h. */
#include "node/core/fetch.h"

#include <assert.h>
#include <stdlib.h>

#include "node/vault/shelf.h"

enum {
    WANTED_MOST = 4096,
    WANTED_EACH = WANTED_MOST / 4, /* that came by way of one neighbour */
    WORN = 8,                      /* tries, some twenty minutes: another may have its place then */
    LOOKED_MOST = 64,              /* matters, at a tick: each one's key is opened */
    ASKED_MOST = 64,               /* records, at a tick */
    READS = 32,
    READ_US = 30000000,
    AGAIN_US = 2000000,
    FIRST_US = 5000000,
    LAST_US = 300000000
};

struct wanted {
    uint8_t matter[QP_ID_LEN], side[QP_ID_LEN];
    unsigned tries;
    int64_t next_us; /* 0: at once */
};
struct reading { /* of somebody here; by: "" is free */
    char by[QP_BY_BYTES + 1];
    uint8_t matter[QP_ID_LEN];
    int64_t asked_us, said_us; /* first; last */
    bool answered;
    int code; /* of the answer: 0, QP_EDENIED, QP_ENOTFOUND, QP_EBUSY */
    char text[QP_REASON_BYTES + 1];
    struct qp_sealed sealed;
    uint8_t *bytes; /* malloc'd, of sealed */
};
struct qp_fetch {
    struct wanted *v; /* malloc'd */
    size_t n, cap;
    bool left; /* one found no room, or lost it: all is looked at again, at */
    int64_t again_us;
    bool look;                 /* more may lack than is in v: */
    uint8_t looked[QP_ID_LEN]; /* behind this one */
    struct reading read[READS];
};

struct qp_fetch *qp_fetch_new(void)
{
    struct qp_fetch *f = calloc(1, sizeof *f);
    if (f)
        f->look = true;
    return f;
}

static void reading_end(struct reading *x)
{
    free(x->bytes);
    qp_wipe(x, sizeof *x);
}

void qp_fetch_free(struct qp_fetch *f)
{
    for (size_t i = 0; f && i < READS; i++)
        reading_end(&f->read[i]);
    if (f)
        free(f->v);
    free(f);
}

static struct wanted *find(const struct qp_fetch *f, const uint8_t matter[QP_ID_LEN])
{
    assert(f->n <= f->cap);
    for (size_t i = 0; i < f->n; i++)
        if (qp_same(f->v[i].matter, matter))
            return &f->v[i];
    return NULL;
}

bool qp_fetch_wants(const struct qp_fetch *f, const uint8_t matter[QP_ID_LEN])
{
    return find(f, matter);
}

void qp_fetch_look(struct qp_fetch *f)
{
    f->look = true;
    memset(f->looked, 0, sizeof f->looked);
}

/* The neighbour by way of whom the matter came; nobody: it was opened here. */
static const uint8_t *side_of(struct qp_work *w, const uint8_t matter[QP_ID_LEN])
{
    Qp__Row *row;
    if (qp_matter_row(&w->m, matter, &row, NULL) || row->face->came_from.len != QP_ID_LEN)
        return qp_nobody;
    const struct qp_place *p = qp_next_of(w->c, row->face->came_from.data);
    assert(!p || !qp_same(p->cert.node, w->c->self.node));
    return p ? p->cert.node : qp_nobody;
}

/* A place of one more that came by way of this neighbour; NULL: there is none. L7: whoever gives up matters without their records
 * fills his own share alone, and in it the one that was asked for most often, and long enough, has to go. */
static struct wanted *room(struct qp_fetch *f, const uint8_t side[QP_ID_LEN])
{
    struct wanted *worn = NULL;
    size_t his = 0;
    assert(f->n <= f->cap && f->cap <= WANTED_MOST);
    for (size_t i = 0; i < f->n; i++) {
        if (!qp_same(f->v[i].side, side))
            continue;
        his++;
        if (f->v[i].tries > WORN && (!worn || f->v[i].tries > worn->tries))
            worn = &f->v[i];
    }
    if (his >= WANTED_EACH || f->n == WANTED_MOST) {
        f->left = true; /* it, or the other */
        return worn;
    }
    if (f->n == f->cap) {
        size_t cap = f->cap == 0 ? 64 : f->cap * 2;
        struct wanted *v = realloc(f->v, cap * sizeof *v);
        f->left = f->left || !v;
        if (!v)
            return NULL;
        f->v = v;
        f->cap = cap;
    }
    return &f->v[f->n++];
}

void qp_fetch_want(struct qp_work *w, const uint8_t matter[QP_ID_LEN])
{
    struct qp_fetch *f = w->c->fetch;
    if (find(f, matter))
        return;
    const uint8_t *side = side_of(w, matter);
    struct wanted *x = room(f, side);
    if (!x)
        return;
    assert(x >= f->v && x < f->v + f->n);
    *x = (struct wanted){.tries = 0};
    memcpy(x->matter, matter, QP_ID_LEN);
    memcpy(x->side, side, QP_ID_LEN);
}

static void drop(struct qp_fetch *f, struct wanted *x)
{
    assert(f->n > 0 && x >= f->v && x < f->v + f->n);
    *x = f->v[--f->n];
    assert(f->n < f->cap);
}

/* ---- for the holder ---- */

static bool lacks(struct qp_work *w, const struct qp_shelved *s)
{
    return s->held && s->state == QP_PERSONAL_KEPT && !qp_vault_opens(w->c->vault, s->matter);
}

/* At the next matters of the shelf. */
static int look(struct qp_work *w, struct qp_fetch *f, struct qp_err *e)
{
    assert(f->look);
    struct qp_shelved s;
    int rc = 0;
    for (int i = 0; i < LOOKED_MOST; i++) {
        rc = qp_shelved_next(w->t->tables, w->c->store, f->looked, &s);
        if (rc)
            break;
        memcpy(f->looked, s.matter, QP_ID_LEN);
        if (lacks(w, &s))
            qp_fetch_want(w, s.matter);
    }
    assert(f->n <= WANTED_MOST);
    f->look = f->look && !rc;
    f->again_us = w->now_us + LAST_US;
    return qp_shelved_over(rc, e);
}

/* Whom to ask at this try: who gave it, who opened it, then everybody who may have had it. */
static const uint8_t *whom(const Qp__Face *f, unsigned tries, const uint8_t self[QP_ID_LEN])
{
    size_t all = f->n_members + 1;
    for (size_t i = 0; i < all; i++) {
        size_t k = (tries + i) % all;
        const ProtobufCBinaryData *m = k == 0 ? &f->came_from : &f->members[k - 1];
        if (m->len == QP_ID_LEN && !qp_same(m->data, self))
            return m->data;
    }
    return NULL;
}

static int ask(struct qp_work *w, const uint8_t to[QP_ID_LEN], const uint8_t matter[QP_ID_LEN], bool read,
               const char *by, const char *purpose, struct qp_err *e)
{
    assert(read || purpose[0] == 0); /* only who reads has one */
    Qp__RecordAsked a = QP__RECORD_ASKED__INIT;
    Qp__Carried said = QP__CARRIED__INIT;
    a.matter = (ProtobufCBinaryData){QP_ID_LEN, (uint8_t *)(uintptr_t)matter};
    a.read = read;
    a.by = (char *)(uintptr_t)by;
    a.purpose = (char *)(uintptr_t)purpose;
    said.body_case = QP__CARRIED__BODY_RECORD_ASKED;
    said.record_asked = &a;
    return qp_carry_send(w, to, &said, e);
}

/* False: it is wanted no more. */
static bool ask_for(struct qp_work *w, struct wanted *x, struct qp_err *e)
{
    assert(x->next_us <= w->now_us);
    struct qp_shelved s;
    Qp__Row *row;
    if (qp_shelved_get(w->t->tables, w->c->store, x->matter, &s) || !lacks(w, &s) ||
        qp_matter_row(&w->m, x->matter, &row, NULL))
        return false;
    const uint8_t *to = whom(row->face, x->tries, w->c->self.node);
    if (!to)
        return false;                        /* it was opened here, and nobody else ever had it */
    ask(w, to, x->matter, false, "", "", e); /* a way that is not known now may be later */
    int64_t wait_us = FIRST_US;
    for (unsigned i = 0; i < x->tries && wait_us < LAST_US; i++)
        wait_us *= 2;
    x->tries += x->tries < 1000;
    x->next_us = w->now_us + (wait_us < LAST_US ? wait_us : LAST_US);
    return true;
}

int qp_fetch_tick(struct qp_work *w, int64_t *next_us, struct qp_err *e)
{
    struct qp_fetch *f = w->c->fetch;
    struct qp_err why = {0};
    size_t asked = 0;
    assert(f->n <= f->cap);
    bool again =
        w->now_us >= f->again_us || f->again_us > w->now_us + LAST_US; /* or the clock was set back */
    if (!f->look && f->left && again) {
        f->left = false;
        qp_fetch_look(f);
    }
    int rc = f->look ? look(w, f, e) : 0;
    if (!f->look && f->left && f->again_us < *next_us)
        *next_us = f->again_us;
    for (size_t i = 0; i < f->n && !rc;) {
        struct wanted *x = &f->v[i];
        if (x->next_us > w->now_us + LAST_US) /* the clock was set back since */
            x->next_us = w->now_us;
        if (x->next_us <= w->now_us && asked < ASKED_MOST && ++asked > 0 && !ask_for(w, x, &why)) {
            drop(f, x);
            continue;
        }
        if (why.code == QP_ENOMEM)
            rc = qp_fail(e, why.code, "%s", why.text);
        *next_us = x->next_us < *next_us ? x->next_us : *next_us;
        i++;
    }
    assert(asked <= ASKED_MOST);
    for (size_t i = 0; i < READS; i++) /* who asked has gone */
        if (f->read[i].by[0] != 0 && (w->now_us - f->read[i].asked_us > READ_US ||
                                      f->read[i].asked_us > w->now_us)) /* or the clock was set back since */
            reading_end(&f->read[i]);
    return rc;
}

int64_t qp_fetch_next(const struct qp_fetch *f)
{
    assert(f->n <= f->cap);
    int64_t at_us = f->look ? 0 : f->left ? f->again_us : INT64_MAX;
    for (size_t i = 0; i < f->n; i++)
        at_us = f->v[i].next_us < at_us ? f->v[i].next_us : at_us;
    return at_us;
}

/* ---- for somebody above ---- */

static struct reading *reading_of(struct qp_fetch *f, const uint8_t matter[QP_ID_LEN], const char *by)
{
    for (size_t i = 0; i < READS; i++)
        if (f->read[i].by[0] != 0 && qp_same(f->read[i].matter, matter) &&
            (!by || strcmp(f->read[i].by, by) == 0))
            return &f->read[i];
    return NULL;
}

static struct reading *reading_new(struct qp_work *w, const uint8_t matter[QP_ID_LEN], const char *by)
{
    struct qp_fetch *f = w->c->fetch;
    for (size_t i = 0; i < READS; i++) {
        struct reading *x = &f->read[i];
        if (x->by[0] != 0 && w->now_us - x->asked_us <= READ_US)
            continue;
        reading_end(x);
        snprintf(x->by, sizeof x->by, "%s", by);
        memcpy(x->matter, matter, QP_ID_LEN);
        x->asked_us = w->now_us;
        assert(!x->answered && !x->bytes); /* nothing of who had the place before */
        return x;
    }
    return NULL;
}

static int take_answer(struct qp_work *w, struct reading *x, const struct qp_sealed **out, struct qp_err *e)
{
    assert(x->answered);
    struct qp_sealed *s = qp_arena_copy(w->c->arena, &x->sealed, sizeof x->sealed);
    int rc = x->code;
    if (rc)
        rc = qp_fail(e, rc, "%s", x->text);
    else if (!s || !(s->bytes.p = qp_arena_copy(w->c->arena, x->bytes, x->sealed.bytes.len)))
        rc = qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    else
        *out = s;
    reading_end(x);
    return rc;
}

int qp_fetch_read(struct qp_work *w, const Qp__Face *f, const char *by, const char *purpose,
                  const struct qp_sealed **out, struct qp_err *e)
{
    struct reading *x = reading_of(w->c->fetch, f->id.data, by);
    if (x && x->answered)
        return take_answer(w, x, out, e);
    if (!x)
        x = reading_new(w, f->id.data, by);
    if (!x)
        return qp_fail(e, QP_EBUSY, "%d personal records are being asked for already; try again in a second",
                       READS);
    assert(!x->answered);
    if (w->now_us - x->said_us >= AGAIN_US) {
        int rc = ask(w, f->holder.data, f->id.data, true, by, purpose, e);
        if (rc)
            return rc;
        x->said_us = w->now_us;
    }
    return qp_fail(e, QP_ENEED, "the personal record lies at %s, which was asked for it", f->holder_path);
}

int qp_fetch_tell(struct qp_work *w, const Qp__Face *f, const char *by, const char *purpose, struct qp_err *e)
{
    struct qp_err why = {0};
    assert(purpose[0] != 0 && !qp_same(f->holder.data, w->c->self.node));
    int rc = ask(w, f->holder.data, f->id.data, true, by, purpose, &why);
    return rc == QP_ENOMEM ? qp_fail(e, rc, "%s", why.text)
                           : 0; /* a way that is not known now hinders no reader */
}

/* ---- what comes ---- */

static int give(struct qp_work *w, const struct qp_place *to, const Qp__RecordAsked *a, int code,
                const char *text, const struct qp_sealed *s, struct qp_err *e)
{
    assert((code == 0) == (!!s)); /* a record, or why there is none */
    Qp__RecordGiven g = QP__RECORD_GIVEN__INIT;
    Qp__Carried said = QP__CARRIED__INIT;
    g.matter = a->matter;
    g.read = a->read;
    g.code = (uint32_t)code;
    g.text = (char *)(uintptr_t)text;
    if (s) {
        g.commitment = (ProtobufCBinaryData){QP_HASH_LEN, (uint8_t *)(uintptr_t)s->commitment.b};
        g.key = (ProtobufCBinaryData){sizeof s->key, (uint8_t *)(uintptr_t)s->key};
        g.record = (ProtobufCBinaryData){s->bytes.len, (uint8_t *)(uintptr_t)s->bytes.p};
    }
    said.body_case = QP__CARRIED__BODY_RECORD_GIVEN;
    said.record_given = &g;
    int rc = qp_carry_send(w, to->cert.node, &said, e);
    return rc == QP_ENOTFOUND ? 0 : rc;
}

/* May `from` have it? 0; QP_EGAP: not as far as is known here, which may change: no answer. */
static int entitled(struct qp_work *w, const struct qp_place *from, const Qp__RecordAsked *a,
                    const Qp__Face *f)
{
    if (!a->read)
        return qp_same(f->holder.data, from->cert.node) ? 0 : QP_EGAP;
    return qp_tree_above(w->c->tree, from->cert.node) && a->purpose[0] != 0 ? 0 : QP_EDENIED;
}

static int note(struct qp_work *w, const struct qp_place *from, const Qp__RecordAsked *a, struct qp_err *e)
{
    assert(!a->read || a->purpose[0] != 0); /* nobody reads without one (VA2) */
    const struct qp_asker who = {.by = a->read ? a->by : "policy", .desk = "", .from = QP_FROM_NODE};
    Qp__Audited said = QP__AUDITED__INIT;
    said.what = a->read ? QP_AUDIT_PERSONAL_READ : QP_AUDIT_PERSONAL_PASSED;
    said.matter = a->matter;
    said.purpose = a->purpose;
    said.asked = (ProtobufCBinaryData){QP_ID_LEN, (uint8_t *)(uintptr_t)from->cert.node};
    return qp_audit_say(w, &who, &said, e);
}

int qp_fetch_asked(struct qp_work *w, const struct qp_place *from, const Qp__RecordAsked *a, struct qp_err *e)
{
    assert(!qp_same(from->cert.node, w->c->self.node));
    struct qp_core *c = w->c;
    struct qp_sealed s;
    Qp__Row *row;
    uint8_t seed[QP_SEED_LEN];
    if (!c->vault || qp_matter_row(&w->m, a->matter.data, &row, NULL))
        return 0;
    int rc = entitled(w, from, a, row->face);
    if (rc == QP_EGAP)
        return 0;
    if (rc)
        return give(w, from, a, rc,
                    "only the holder, or a node above it with a purpose, may have a personal record", NULL,
                    e);
    if (row->face->personal_state == QP_PERSONAL_ERASED)
        return give(w, from, a, QP_ENOTFOUND, "the personal record was erased", NULL, e);
    if (qp_vault_get(c->vault, a->matter.data, &s, c->arena, NULL))
        return give(w, from, a, QP_ENOTFOUND, "the personal record is not here", NULL, e);
    qp_drbg_bytes(&w->rnd, seed, sizeof seed);
    rc = qp_record_pass(s.key, &s, c->keys, from->cert.box_key, seed);
    qp_wipe(seed, sizeof seed);
    if (rc)
        return give(w, from, a, QP_ENOTFOUND, "the personal record's key is not this node's any more", NULL,
                    e);
    rc = note(w, from, a, e); /* before it leaves: it does so after the commit */
    return rc ? rc : give(w, from, a, 0, "", &s, e);
}

/* Is it the record of this matter, whole, for this node? */
static bool fits(struct qp_work *w, const Qp__Face *f, const Qp__RecordGiven *g, struct qp_sealed *s)
{
    uint8_t clear[QP_RECORD_MOST];
    size_t len;
    if (g->commitment.len != QP_HASH_LEN || g->key.len != sizeof s->key || g->record.len < QP_LOCK_OVERHEAD ||
        f->personal.len != QP_HASH_LEN || memcmp(f->personal.data, g->commitment.data, QP_HASH_LEN) != 0)
        return false;
    memcpy(s->commitment.b, g->commitment.data, QP_HASH_LEN);
    memcpy(s->key, g->key.data, sizeof s->key);
    s->bytes = (struct qp_slice){g->record.data, g->record.len};
    bool ok = !qp_record_unlock(clear, &len, s, w->c->keys);
    qp_wipe(clear, sizeof clear);
    return ok;
}

/* Another node's code is no error of this one: whatever it says, here the record is not to be had. */
static void answered(struct reading *x, const Qp__RecordGiven *g, const struct qp_sealed *s)
{
    assert(!x->answered && !x->bytes);
    const char *text = g->code != 0 ? g->text : "what its holder gave is not the record of this matter";
    x->answered = true;
    if (s && (x->bytes = malloc(s->bytes.len))) {
        x->sealed = *s;
        memcpy(x->bytes, s->bytes.p, s->bytes.len);
        return;
    }
    if (s)
        text = "the personal record has come, and there is no memory for it now: try again";
    x->code = s ? QP_EBUSY : g->code == QP_EDENIED ? QP_EDENIED : QP_ENOTFOUND;
    snprintf(x->text, sizeof x->text, "%s", text);
}

int qp_fetch_given(struct qp_work *w, const struct qp_place *from, const Qp__RecordGiven *g, struct qp_err *e)
{
    assert(!qp_same(from->cert.node, w->c->self.node));
    struct qp_fetch *f = w->c->fetch;
    struct qp_sealed s;
    Qp__Row *row;
    if (!f || qp_matter_row(&w->m, g->matter.data, &row, NULL) || g->code > QP_EOUT)
        return 0;
    if (g->read) {
        bool theirs = qp_same(row->face->holder.data, from->cert.node);
        for (size_t i = 0; theirs && i < READS; i++) {
            struct reading *x = &f->read[i];
            if (x->by[0] != 0 && !x->answered && qp_same(x->matter, g->matter.data))
                answered(x, g, g->code == 0 && fits(w, row->face, g, &s) ? &s : NULL);
        }
        return 0;
    }
    struct wanted *x = find(f, g->matter.data);
    struct qp_shelved on;
    if (!x || qp_shelved_get(w->t->tables, w->c->store, x->matter, &on) || !lacks(w, &on))
        return 0;
    if (qp_vault_full(w->c->vault)) {
        x->next_us = w->now_us + LAST_US;
        return 0;
    }
    if (g->code != 0 || !fits(w, row->face, g, &s)) {
        bool all = x->tries > row->face->n_members; /* each was asked: from then on now and then */
        x->next_us = w->now_us + (all ? LAST_US : AGAIN_US);
        return 0;
    }
    drop(f, x);
    return qp_vault_keep(w->c->vault, g->matter.data, &s, e);
}
