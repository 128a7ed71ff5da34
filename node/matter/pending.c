/* pending.c: the turn's rows in memory (pending.h): found by id, by reference, given back together. */
#include "node/matter/pending.h"
#include "node/matter/lifecycle.h"
#include "node/matter/prolong.h"

#include <assert.h>
#include <stdlib.h>

enum {
    ARENA_BYTES = 1 << 30,
    ROOM_BYTES = 4 << 20, /* more than one event, its early followers' decoding and its row can take */
    SLOTS_AT_FIRST = 256,
    CODES = 1024,
};

struct qp_pending *qp_pending_new(void)
{
    struct qp_pending *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->arena = qp_arena_new(ARENA_BYTES);
    p->slots_n = SLOTS_AT_FIRST;
    p->slots = calloc(p->slots_n, sizeof *p->slots);
    p->refs = calloc(p->slots_n, sizeof *p->refs);
    p->codes = calloc(CODES, sizeof *p->codes);
    if (!p->arena || !p->slots || !p->refs || !p->codes) {
        qp_pending_free(p);
        return NULL;
    }
    return p;
}

void qp_pending_free(struct qp_pending *p)
{
    if (!p)
        return;
    for (size_t i = 0; p->codes && i < CODES; i++)
        free(p->codes[i].text);
    free(p->codes);
    free(p->changes);
    free(p->refs);
    free(p->slots);
    free(p->entries);
    if (p->arena)
        qp_arena_free(p->arena);
    free(p);
}

void qp_pending_empty(struct qp_pending *p)
{
    if (p->n > 0) {
        memset(p->slots, 0, p->slots_n * sizeof *p->slots);
        memset(p->refs, 0, p->slots_n * sizeof *p->refs);
        if (p->n * 8 < p->slots_n && p->slots_n > SLOTS_AT_FIRST)
            p->slots_n /= 2; /* after one large turn the small ones do not clear its tables for ever */
    }
    p->n = 0;
}

void qp_matter_forget(struct qp_pending *p)
{
    if (!p)
        return;
    qp_pending_empty(p);
    p->written = true;
    p->has_mark = p->has_place = false;
}

int qp_pending_room(struct qp_pending *p, struct qp_err *e)
{
    if (p->written) {
        qp_arena_reset(p->arena);
        p->written = false;
    }
    if (qp_arena_used(p->arena) + ROOM_BYTES < ARENA_BYTES)
        return 0;
    return qp_fail(e, QP_ENOMEM, "the turn's changes take over %d MiB; write them more often",
                   ARENA_BYTES >> 20);
}

/* ---- by id ---- */
static size_t slot_of(const struct qp_pending *p, const uint8_t id[QP_ID_LEN])
{
    uint64_t h;
    memcpy(&h, id + QP_ID_LEN - sizeof h,
           sizeof h); /* the random half; mixed, for whoever makes ids that are not */
    h ^= h >> 32;     /* else what differs in the last bytes alone ends in one slot */
    h *= 0x9e3779b97f4a7c15u;
    return (size_t)(h >> 32) & (p->slots_n - 1);
}

static uint32_t *find(struct qp_pending *p, const uint8_t id[QP_ID_LEN])
{
    size_t at = slot_of(p, id);
    while (p->slots[at] && memcmp(p->entries[p->slots[at] - 1]->id, id, QP_ID_LEN) != 0)
        at = (at + 1) & (p->slots_n - 1);
    return &p->slots[at];
}

static void chain_ref(struct qp_pending *p, uint32_t index)
{
    struct qp_entry *entry = p->entries[index - 1];
    uint32_t *head = &p->refs[entry->ref & (p->slots_n - 1)];
    entry->next_ref = *head;
    *head = index;
}

static int grow(struct qp_pending *p, struct qp_err *e)
{
    size_t n = p->slots_n * 2;
    uint32_t *slots = calloc(n, sizeof *slots), *refs = calloc(n, sizeof *refs);
    if (!slots || !refs) {
        free(slots);
        free(refs);
        return qp_fail(e, QP_ENOMEM, "no memory for %zu changed matters", p->n);
    }
    free(p->slots);
    free(p->refs);
    p->slots = slots;
    p->refs = refs;
    p->slots_n = n;
    for (size_t i = 0; i < p->n; i++) {
        *find(p, p->entries[i]->id) = (uint32_t)i + 1;
        if (p->entries[i]->ref)
            chain_ref(p, (uint32_t)i + 1);
    }
    return 0;
}

static int append(struct qp_pending *p, const uint8_t id[QP_ID_LEN], struct qp_entry **out, struct qp_err *e)
{
    if (p->n * 2 >= p->slots_n) {
        int rc = grow(p, e);
        if (rc)
            return rc;
    }
    if (p->n == p->cap) {
        size_t cap = p->cap ? p->cap * 2 : SLOTS_AT_FIRST;
        struct qp_entry **more = realloc(p->entries, cap * sizeof *more);
        if (!more)
            return qp_fail(e, QP_ENOMEM, "no memory for %zu changed matters", p->n);
        p->entries = more;
        p->cap = cap;
    }
    struct qp_entry *entry = memset(qp_face_take(p->arena, sizeof *entry), 0, sizeof *entry);
    memcpy(entry->id, id, QP_ID_LEN);
    p->entries[p->n++] = entry;
    *find(p, id) = (uint32_t)p->n;
    *out = entry;
    return 0;
}

int qp_pending_row(struct qp_matters *m, const uint8_t id[QP_ID_LEN], struct qp_entry **out, struct qp_err *e)
{
    struct qp_pending *p = m->pending;
    uint32_t *slot = find(p, id);
    if (*slot) {
        *out = p->entries[*slot - 1];
        return 0;
    }
    int rc = qp_pending_room(p, e);
    if (rc)
        return rc;
    MDB_val v;
    Qp__Row *row = NULL;
    rc = qp_get(m->txn->tables, qp_store_dbi(m->txn->store, QP_T_MATTER), id, QP_ID_LEN, &v);
    if (!rc)
        rc = qp_row_decode(&row, v, p->arena, e);
    else if (rc == QP_ENOTFOUND)
        rc = 0;
    else
        qp_fail(e, rc, "a matter's row cannot be read");
    if (!rc)
        rc = append(p, id, out, e);
    if (!rc)
        (*out)->stored = (*out)->row = row;
    return rc;
}

static bool swept(const struct qp_pending *p, const Qp__Face *f, int64_t due_us)
{
    uint8_t key[QP_MARK_LEN];
    qp_deadline_key(key, f, due_us);
    return memcmp(key, p->mark, sizeof key) < 0;
}

int qp_pending_set(struct qp_matters *m, struct qp_entry *entry, Qp__Row *row, struct qp_err *e)
{
    int rc = qp_mark_load(m, e);
    if (rc)
        return rc;
    const Qp__Face *f = row->face;
    row->overdue = qp_has_deadline(f) && swept(m->pending, f, f->deadline_us);
    row->overdue_stages = 0;
    for (size_t i = 0; i < f->n_clocks; i++) {
        int64_t due_us = qp_stage_due(f, f->clocks[i]);
        if (due_us != 0 && swept(m->pending, f, due_us))
            row->overdue_stages |= 1u << f->clocks[i]->stage;
    }
    row->remind_stages = 0;
    for (size_t i = 0; i < f->n_clocks && qp_face_is_open(f); i++) {
        const Qp__Clock *c = f->clocks[i];
        int64_t at_us = qp_clock_said_remind(c);
        if (at_us != 0 && swept(m->pending, f, at_us) && !swept(m->pending, f, qp_clock_said_due(c)))
            row->remind_stages |= 1u << c->stage;
    }
    entry->row = row;
    entry->dirty = true;
    return 0;
}

/* ---- by reference ---- */
static uint64_t text_hash(const char *text)
{
    uint64_t h = 0xcbf29ce484222325u; /* FNV-1a */
    for (const char *c = text; *c; c++)
        h = (h ^ (uint8_t)*c) * 0x100000001b3u;
    return h ^ h >> 32;
}

static uint32_t ref_hash(const char *ref)
{
    uint32_t h = (uint32_t)text_hash(ref);
    return h ? h : 1;
}

void qp_pending_note_ref(struct qp_pending *p, struct qp_entry *entry, const char *ref)
{
    uint32_t index = *find(p, entry->id);
    assert(index && !entry->ref);
    entry->ref = ref_hash(ref);
    chain_ref(p, index);
}

struct qp_entry *qp_pending_ref(struct qp_pending *p, const char *ref, uint32_t *at)
{
    uint32_t hash = ref_hash(ref);
    uint32_t index = *at ? p->entries[*at - 1]->next_ref : p->refs[hash & (p->slots_n - 1)];
    while (index && p->entries[index - 1]->ref != hash)
        index = p->entries[index - 1]->next_ref;
    *at = index;
    return index ? p->entries[index - 1] : NULL;
}

/* ---- codes ---- */
uint64_t qp_pending_code(struct qp_pending *p, const char *text)
{
    struct qp_coded *known = &p->codes[text_hash(text) & (CODES - 1)];
    if (known->text && strcmp(known->text, text) == 0)
        return known->code;
    uint64_t code = qp_code(text);
    char *copy = strdup(text);
    if (copy) {
        free(known->text);
        *known = (struct qp_coded){copy, code};
    }
    return code;
}
