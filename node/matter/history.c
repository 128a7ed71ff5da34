/* history.c: which events a matter has had and where the journal holds them.
 *
 *   QP_T_HISTORY: matter 16, event id 28 ─► position 8, index 2, version 8
 *
 * Written by qp_matter_record; what stands in the table is only the place, the events themselves are read
 * from the journal, verified. The idempotency keys of own steps are noted in the same go (E4). */
#include "node/matter/history.h"

#include <assert.h>
#include <stdlib.h>

#include "node/matter/key.h"
#include "proto/parcel.h"

enum { KEY = QP_ID_LEN + QP_EVENT_ID_LEN, VALUE = 8 + 2 + 8, AT_INDEX = 8, AT_VERSION = 10 };

static MDB_dbi table(struct qp_store *s)
{
    return qp_store_dbi(s, QP_T_HISTORY);
}

/* A matter stands where its last news stands in the journal: what comes late comes last, whatever time it
 * bears. The same in a rebuild, which reads the same records. */
static int note_arrival(struct qp_matters *m, const uint8_t matter[QP_ID_LEN], uint64_t position,
                        struct qp_err *e)
{
    struct qp_frame frame;
    struct qp_entry *entry;
    int rc = qp_frame_begin(&frame, m, e);
    if (rc)
        return rc;
    rc = qp_pending_row(m, matter, &entry, e);
    if (!rc && entry->row) {
        entry->arrived = entry->arrived > position ? entry->arrived : position;
        if (!entry->dirty)
            rc = qp_pending_set(m, entry, qp_row_copy(entry->row, m->pending->arena), e);
    }
    return qp_frame_end(&frame, rc, e);
}

int qp_matter_record(struct qp_matters *m, const Qp__Event *ev, uint64_t position, uint32_t index,
                     bool *known_before, struct qp_err *e)
{
    *known_before = false;
    if (ev->matter.len != QP_ID_LEN || ev->origin.len != QP_ID_LEN)
        return 0;
    assert(index <= UINT16_MAX);
    uint8_t key[KEY], value[VALUE];
    memcpy(key, ev->matter.data, QP_ID_LEN);
    qp_event_id(key + QP_ID_LEN, ev);
    qp_be64(value, position);
    value[AT_INDEX] = (uint8_t)(index >> 8);
    value[AT_INDEX + 1] = (uint8_t)index;
    qp_be64(value + AT_VERSION, ev->version);
    MDB_val k = {sizeof key, key}, v = {sizeof value, value};
    int rc = mdb_put(m->txn->tables, table(m->txn->store), &k, &v, MDB_NOOVERWRITE);
    *known_before = rc == MDB_KEYEXIST;
    if (rc && rc != MDB_KEYEXIST)
        return qp_store_error(rc, "recording a matter's event", e);
    if (*known_before)
        return 0;
    rc = note_arrival(m, ev->matter.data, position, e);
    return !rc ? qp_key_note(m, ev, e) : rc;
}

bool qp_matter_place(struct qp_matters *m, const Qp__Event *ev, uint64_t *position)
{
    assert(ev->matter.len == QP_ID_LEN);
    uint8_t key[KEY];
    MDB_val v;
    memcpy(key, ev->matter.data, QP_ID_LEN);
    qp_event_id(key + QP_ID_LEN, ev);
    if (qp_get(m->txn->tables, table(m->txn->store), key, sizeof key, &v) || v.mv_size != VALUE)
        return false;
    *position = qp_rd64(v.mv_data);
    return true;
}

int qp_matter_moved(struct qp_matters *m, const Qp__Event *ev, uint64_t position, uint32_t index,
                    struct qp_err *e)
{
    assert(ev->matter.len == QP_ID_LEN && index <= UINT16_MAX);
    uint8_t key[KEY], value[VALUE];
    MDB_val had;
    memcpy(key, ev->matter.data, QP_ID_LEN);
    qp_event_id(key + QP_ID_LEN, ev);
    if (qp_get(m->txn->tables, table(m->txn->store), key, sizeof key, &had))
        return 0;
    qp_be64(value, position);
    value[AT_INDEX] = (uint8_t)(index >> 8);
    value[AT_INDEX + 1] = (uint8_t)index;
    qp_be64(value + AT_VERSION, ev->version);
    return qp_put(m->txn->tables, table(m->txn->store), key, sizeof key, value, sizeof value, e);
}

bool qp_matter_known(struct qp_matters *m, const uint8_t matter[QP_ID_LEN],
                     const uint8_t event_id[QP_EVENT_ID_LEN])
{
    uint8_t key[KEY];
    MDB_val v;
    memcpy(key, matter, QP_ID_LEN);
    memcpy(key + QP_ID_LEN, event_id, QP_EVENT_ID_LEN);
    return !qp_get(m->txn->tables, table(m->txn->store), key, sizeof key, &v);
}

/* ---- walking a matter's entries ---- */
struct place {
    uint64_t position, version;
    uint32_t index;
    uint8_t event[QP_EVENT_ID_LEN];
};

/* Calls `each` until it returns false. */
static int walk(MDB_txn *tables, struct qp_store *s, const uint8_t matter[QP_ID_LEN],
                bool (*each)(void *arg, const struct place *p), void *arg, struct qp_err *e)
{
    MDB_cursor *cursor;
    MDB_val k = {QP_ID_LEN, (void *)(uintptr_t)matter}, v;
    int rc = mdb_cursor_open(tables, table(s), &cursor);
    if (rc)
        return qp_store_error(rc, "reading a matter's history", e);
    rc = mdb_cursor_get(cursor, &k, &v, MDB_SET_RANGE);
    bool on = true;
    while (!rc && on && k.mv_size == KEY && v.mv_size == VALUE && memcmp(k.mv_data, matter, QP_ID_LEN) == 0) {
        const uint8_t *value = v.mv_data;
        struct place p = {.position = qp_rd64(value),
                          .version = qp_rd64(value + AT_VERSION),
                          .index = (uint32_t)(value[AT_INDEX] << 8 | value[AT_INDEX + 1])};
        memcpy(p.event, (const uint8_t *)k.mv_data + QP_ID_LEN, QP_EVENT_ID_LEN);
        on = each(arg, &p);
        rc = mdb_cursor_get(cursor, &k, &v, MDB_NEXT);
    }
    mdb_cursor_close(cursor);
    return !rc || rc == MDB_NOTFOUND ? 0 : qp_store_error(rc, "reading a matter's history", e);
}

/* Events of a matter; what is beyond is history only: no late event costs a walk over a flood (L7). */
enum { RIVALS_LOOKED = 1024 };

struct rival {
    uint64_t version;
    uint8_t event[QP_EVENT_ID_LEN];
    size_t looked;
    bool found;
};

static bool is_rival(void *arg, const struct place *p)
{
    struct rival *r = arg;
    r->found = p->version == r->version && memcmp(p->event, r->event, QP_EVENT_ID_LEN) != 0;
    return !r->found && ++r->looked < RIVALS_LOOKED;
}

int qp_history_rival(struct qp_matters *m, const Qp__Event *ev, bool *found, struct qp_err *e)
{
    struct rival r = {.version = ev->version};
    qp_event_id(r.event, ev);
    int rc = walk(m->txn->tables, m->txn->store, ev->matter.data, is_rival, &r, e);
    *found = r.found;
    return rc;
}

struct each_place {
    bool (*each)(void *arg, uint64_t position, uint32_t index);
    void *arg;
};

static bool one_place(void *arg, const struct place *p)
{
    struct each_place *x = arg;
    return x->each(x->arg, p->position, p->index);
}

int qp_matter_places(struct qp_matters *m, const uint8_t matter[QP_ID_LEN],
                     bool (*each)(void *arg, uint64_t position, uint32_t index), void *arg, struct qp_err *e)
{
    struct each_place x = {each, arg};
    return walk(m->txn->tables, m->txn->store, matter, one_place, &x, e);
}

/* ---- events from the journal ---- */
bool qp_matter_known_as(struct qp_matters *m, const uint8_t matter[QP_ID_LEN],
                        const uint8_t event_id[QP_EVENT_ID_LEN], const void *words, size_t len)
{
    assert(words && len > 0);
    uint8_t key[KEY];
    MDB_val v;
    struct qp_record r;
    struct qp_parcel p;
    memcpy(key, matter, QP_ID_LEN);
    memcpy(key + QP_ID_LEN, event_id, QP_EVENT_ID_LEN);
    if (qp_get(m->txn->tables, table(m->txn->store), key, sizeof key, &v) || v.mv_size != VALUE)
        return false;
    const uint8_t *at = v.mv_data;
    uint32_t index = (uint32_t)(at[AT_INDEX] << 8 | at[AT_INDEX + 1]);
    struct qp_arena *a = qp_arena_new(QP_DECODE_ARENA);
    bool same = false;
    if (a && !qp_journal_get(m->txn->journal, m->txn->store, qp_rd64(at), &r, NULL) &&
        !qp_parcel_open_trusted(&p, r.parcel.p, r.parcel.len, a, NULL) && index < p.h.count)
        same = p.events[index].len == len && memcmp(p.events[index].p, words, len) == 0;
    qp_arena_free(a);
    return same;
}

struct places {
    struct place *v;
    size_t n, cap;
    bool full;
};

static bool gather(void *arg, const struct place *p)
{
    struct places *all = arg;
    if (all->n == all->cap) {
        size_t cap = all->cap ? all->cap * 2 : 32;
        struct place *more = realloc(all->v, cap * sizeof *more);
        all->full = !more;
        if (!more)
            return false;
        all->v = more;
        all->cap = cap;
    }
    all->v[all->n++] = *p;
    return true;
}

static int by_place(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    if (x->version != y->version)
        return x->version < y->version ? -1 : 1;
    if (x->position != y->position)
        return x->position < y->position ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

static bool comes_before(const struct place *x, const struct place *y)
{
    return x->position != y->position ? x->position < y->position : x->index < y->index;
}

/* Versions in their order; what has none stands where the journal has it among them. */
static int ordered(struct places *all, struct qp_err *e)
{
    if (all->n == 0)
        return 0;
    qsort(all->v, all->n, sizeof *all->v, by_place);
    struct place *out = malloc(all->n * sizeof *out);
    if (!out)
        return qp_fail(e, QP_ENOMEM, "no memory for a matter's history");
    size_t loose = 0, numbered = 0;
    while (numbered < all->n && all->v[numbered].version == 0)
        numbered++;
    size_t loose_n = numbered;
    for (size_t i = 0; i < all->n; i++) {
        bool take =
            loose < loose_n && (numbered == all->n || comes_before(&all->v[loose], &all->v[numbered]));
        out[i] = all->v[take ? loose++ : numbered++];
    }
    free(all->v);
    all->v = out;
    all->cap = all->n;
    return 0;
}

/* parcels: for one at a time. Only the event stays: a parcel of a thousand has a thousand places. */
static int load(struct qp_history *out, MDB_txn *journal, struct qp_store *s, const struct place *p,
                struct qp_arena *parcels, struct qp_arena *a, struct qp_err *e)
{
    struct qp_record r;
    struct qp_parcel parcel;
    qp_arena_reset(parcels);
    int rc = qp_journal_get(journal, s, p->position, &r, e);
    if (!rc)
        rc = qp_parcel_open_trusted(&parcel, r.parcel.p, r.parcel.len, parcels, e);
    if (!rc && p->index >= parcel.h.count)
        rc = qp_fail(e, QP_ECORRUPT, "journal record %llu has no event %u; run qipan rebuild",
                     (unsigned long long)p->position, p->index);
    if (!rc)
        rc = qp_parcel_event(&out->event, &parcel, p->index, a, e);
    if (rc)
        return rc;
    out->position = p->position;
    out->index = p->index;
    out->parcel = parcel.id;
    out->received_us = r.received_us;
    return 0;
}

/* Leaves cap of them: the oldest without a version go first, since the others say who held it and when. */
static void thin(struct places *all, size_t cap)
{
    size_t most = all->n, left = most > cap ? most - cap : 0;
    all->n = 0;
    for (size_t i = 0; i < most; i++) {
        if (left > 0 && all->v[i].version == 0)
            left--;
        else
            all->v[all->n++] = all->v[i];
    }
    all->n -= left;
    if (left > 0)
        memmove(all->v, all->v + left, all->n * sizeof *all->v);
}

/* Which ones, of more than there is room for. */
enum part { FIRST, NEWEST, STEPS };

/* *n: how many there are. */
static int read_all(struct qp_read *r, const uint8_t matter[QP_ID_LEN], enum part part,
                    struct qp_history *out, size_t cap, size_t *n, struct qp_arena *a, struct qp_err *e)
{
    struct places all = {0};
    int rc = walk(r->tables, r->store, matter, gather, &all, e);
    if (!rc && all.full)
        rc = qp_fail(e, QP_ENOMEM, "no memory for a matter's history");
    if (!rc)
        rc = ordered(&all, e);
    struct qp_arena *parcels = qp_arena_new(QP_DECODE_ARENA);
    if (!rc && !parcels)
        rc = qp_fail(e, QP_ENOMEM, "no memory for a matter's history");
    *n = all.n;
    if (part == STEPS)
        thin(&all, cap);
    size_t from = part == NEWEST && all.n > cap ? all.n - cap : 0;
    for (size_t i = 0; !rc && from + i < all.n && i < cap; i++)
        rc = load(&out[i], r->journal, r->store, &all.v[from + i], parcels, a, e);
    qp_arena_free(parcels);
    free(all.v);
    return rc;
}

long qp_matter_history(struct qp_read *r, const uint8_t matter[QP_ID_LEN], struct qp_history *out, size_t cap,
                       struct qp_arena *a, struct qp_err *e)
{
    size_t n;
    assert(r && out);
    return !read_all(r, matter, FIRST, out, cap, &n, a, e) ? (long)n : -1;
}

long qp_matter_newest(struct qp_read *r, const uint8_t matter[QP_ID_LEN], struct qp_history *out, size_t cap,
                      struct qp_arena *a, struct qp_err *e)
{
    size_t n;
    assert(r && out);
    int rc = read_all(r, matter, NEWEST, out, cap, &n, a, e);
    return rc ? -1 : (long)(n < cap ? n : cap);
}

long qp_matter_steps(struct qp_read *r, const uint8_t matter[QP_ID_LEN], struct qp_history *out, size_t cap,
                     size_t *all, struct qp_arena *a, struct qp_err *e)
{
    assert(r && out && all);
    int rc = read_all(r, matter, STEPS, out, cap, all, a, e);
    return rc ? -1 : (long)(*all < cap ? *all : cap);
}

bool qp_course_takes(struct qp_course *c, const Qp__Face *f, const Qp__Event *ev)
{
    assert(c && f && ev);
    const struct qp_event_kind *k = qp_event_kind((int)ev->body_case);
    const Qp__Face *said = qp_event_face(ev);
    if (!k || ev->version <= c->version || ev->version > f->version)
        return false;
    bool next = ev->version == c->version + 1, answers = k->speaker == QP_BY_RECEIVER;
    bool bound = answers || k->speaker == QP_BY_HOLDER || k->speaker == QP_BY_HOLDER_ALWAYS;
    const ProtobufCBinaryData may = answers ? c->offered : c->holder;
    if (next && bound && may.len != 0 && !qp_bytes_same(may, ev->origin))
        return false;
    c->version = ev->version;
    if (!next) /* what lies between is not here: who holds it now only a face can say */
        c->holder = said ? said->holder : (ProtobufCBinaryData){0, NULL};
    if (ev->body_case == QP__EVENT__BODY_ACCEPTED)
        c->holder = ev->origin;
    c->offered = ev->body_case == QP__EVENT__BODY_OFFERED ? ev->offered->to
                 : answers || !next                       ? (ProtobufCBinaryData){0, NULL}
                                                          : c->offered;
    return true;
}
