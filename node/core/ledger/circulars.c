/* circulars.c: circulars that are known (QP_T_CIRCULAR), eight kinds of rows:
 *
 *   'p' circular 16, part 1 ─► a part's bytes
 *   'a' circular 16 ─► CircularHead of one whose parts are not all here
 *   'h' circular 16 ─► CircularHead
 *   't' issued_us 8, circular 16 ─► nothing
 *   'n' node 16, period 1, from_us 8 ─► the newest circular of it 16, its incarnation 4, number 8
 *   'm' node 16 ─► the number of its last one 8
 *   'w' circular 16, node 16, incarnation 4, counter 8 ─► CircularWord of a node above that came before its circular
 *   'k' hash of who asked and his key 16 ─► circular 16, request 16: of this node's own
 *
 * An id is its node's, incarnation's and number's alone, so what comes twice is the same, and parts may come in any
 * order. How many there are, of how many bytes and which hash, is what the first one says. */
#include <assert.h>
#include <stdlib.h>

#include "node/core/private.h"

enum { PART = 'p', BEGUN = 'a', HEAD = 'h', TIME = 't', NEWEST = 'n', LAST = 'm', ASKED = 'k', EARLY = 'w' };
enum {
    ID_KEY = 1 + QP_ID_LEN,
    PART_KEY = ID_KEY + 1,
    TIME_KEY = 1 + 8 + QP_ID_LEN,
    NEWEST_KEY = ID_KEY + 9,
    EARLY_KEY = ID_KEY + QP_ID_LEN + 4 + 8
};
enum { NEWEST_LEN = QP_ID_LEN + 4 + 8 };

static MDB_dbi table(const struct qp_store *s)
{
    return qp_store_dbi((struct qp_store *)(uintptr_t)s, QP_T_CIRCULAR);
}

static void id_key(uint8_t key[ID_KEY], uint8_t kind, const uint8_t id[QP_ID_LEN])
{
    assert(kind == PART || kind == BEGUN || kind == HEAD || kind == NEWEST || kind == LAST || kind == EARLY);
    key[0] = kind;
    memcpy(key + 1, id, QP_ID_LEN);
}

static void newest_key(uint8_t key[NEWEST_KEY], const uint8_t node[QP_ID_LEN], uint32_t period,
                       int64_t from_us)
{
    id_key(key, NEWEST, node);
    key[ID_KEY] = (uint8_t)period;
    qp_be64(key + ID_KEY + 1, (uint64_t)from_us);
}

void qp_circular_id(uint8_t id[QP_ID_LEN], const uint8_t node[QP_ID_LEN], uint32_t incarnation,
                    uint64_t number, int64_t from_us)
{
    uint8_t n[4 + 8], head[8];
    struct qp_hash h;
    qp_be32(n, incarnation);
    qp_be64(n + 4, number);
    const struct qp_part parts[] = {{"qipan circular", 14}, {node, QP_ID_LEN}, {n, sizeof n}};
    qp_hash_parts(&h, parts, 3);
    qp_be64(head, (from_us > 0 ? (uint64_t)from_us / 1000 : 0) << 16);
    memcpy(id, head, 6);
    memcpy(id + 6, h.b, QP_ID_LEN - 6);
}

/* ---- heads ---- */

static int head_read(MDB_txn *tables, struct qp_store *s, uint8_t kind, const uint8_t id[QP_ID_LEN],
                     struct qp_arena *a, Qp__CircularHead **out, struct qp_err *e)
{
    assert(kind == HEAD || kind == BEGUN);
    uint8_t key[ID_KEY];
    MDB_val v;
    id_key(key, kind, id);
    int rc = qp_get(tables, table(s), key, sizeof key, &v);
    if (rc)
        return rc;
    if (QP_DECODE(out, circular_head, v.mv_data, v.mv_size, a, NULL) != 0)
        return qp_fail(e, QP_ECORRUPT, "a circular in the tables is damaged; run qipan rebuild");
    return 0;
}

int qp_circular_head(MDB_txn *tables, struct qp_store *s, const uint8_t id[QP_ID_LEN], struct qp_arena *a,
                     Qp__CircularHead **out, struct qp_err *e)
{
    return head_read(tables, s, HEAD, id, a, out, e);
}

static int head_write(struct qp_work *w, uint8_t kind, const Qp__CircularHead *h, struct qp_err *e)
{
    assert((kind == HEAD || kind == BEGUN) && h->said);
    uint8_t key[ID_KEY];
    size_t len;
    uint8_t *bytes = qp_encode(&h->base, w->c->arena, &len);
    if (!bytes)
        return qp_fail(e, QP_ENOMEM, "no memory for a circular");
    id_key(key, kind, h->said->id.data);
    return qp_put(w->t->tables, table(w->c->store), key, sizeof key, bytes, len, e);
}

/* ---- bodies ---- */

static uint8_t *bytes_of(MDB_txn *tables, struct qp_store *s, const Qp__CircularSaid *said)
{
    uint8_t *all = malloc((size_t)said->bytes + 1), key[PART_KEY];
    size_t n = 0;
    id_key(key, PART, said->id.data);
    for (uint32_t i = 0; all && i < said->parts; i++) {
        MDB_val v;
        key[ID_KEY] = (uint8_t)i;
        if (qp_get(tables, table(s), key, sizeof key, &v) || v.mv_size > said->bytes - n) {
            free(all);
            return NULL;
        }
        memcpy(all + n, v.mv_data, v.mv_size);
        n += v.mv_size;
    }
    assert(n <= said->bytes);
    if (all && n != said->bytes) {
        free(all);
        return NULL;
    }
    return all;
}

int qp_circular_body_read(MDB_txn *tables, struct qp_store *s, const Qp__CircularHead *head,
                          struct qp_arena *a, Qp__Circular **out, struct qp_err *e)
{
    assert(head->said); /* how many parts and bytes there are stands in the head alone */
    uint8_t *all = bytes_of(tables, s, head->said);
    int rc = all ? QP_DECODE(out, circular, all, head->said->bytes, a, e)
                 : qp_fail(e, QP_ECORRUPT, "a part of a circular is gone; run qipan rebuild");
    free(all);
    return rc;
}

static bool complete(struct qp_work *w, const Qp__CircularSaid *said)
{
    assert(said->hash.len == QP_HASH_LEN); /* looked at where it was decoded */
    struct qp_hash h;
    uint8_t *all = bytes_of(w->t->tables, w->c->store, said);
    if (!all)
        return false;
    const struct qp_part part = {all, said->bytes};
    qp_hash_parts(&h, &part, 1);
    free(all);
    return memcmp(h.b, said->hash.data, QP_HASH_LEN) == 0;
}

/* ---- a part came ---- */

static bool in_bounds(const Qp__Event *ev)
{
    assert(ev->body_case == QP__EVENT__BODY_CIRCULAR_SAID);
    const Qp__CircularSaid *s = ev->circular_said;
    uint8_t id[QP_ID_LEN];
    bool sizes = s->parts >= 1 && s->parts <= QP_CIRCULAR_PARTS && s->part < s->parts && s->bytes >= 1 &&
                 s->bytes <= QP_CIRCULAR_BYTES && s->body.len > 0;
    bool period = s->period >= QP_PERIOD_DAY && s->period <= QP_PERIOD_MONTH && s->from_us < s->to_us;
    if (!sizes || !period || s->number == 0)
        return false;
    qp_circular_id(id, ev->origin.data, ev->incarnation, s->number, s->from_us);
    return memcmp(id, s->id.data, QP_ID_LEN) == 0;
}

/* Own ones: what was asked under a key is not done twice. */
static int asked(struct qp_work *w, const Qp__Event *ev, struct qp_err *e)
{
    assert(ev->body_case == QP__EVENT__BODY_CIRCULAR_SAID);
    uint8_t key[ID_KEY], v[QP_ID_LEN + QP_REQUEST_LEN] = {0};
    if (!ev->key || ev->key[0] == 0 || !qp_same(ev->origin.data, w->c->self.node))
        return 0;
    qp_circular_key(key + 1, ev->by, ev->key);
    key[0] = ASKED;
    memcpy(v, ev->circular_said->id.data, QP_ID_LEN);
    if (ev->request.len == QP_REQUEST_LEN)
        memcpy(v + QP_ID_LEN, ev->request.data, QP_REQUEST_LEN);
    return qp_put(w->t->tables, table(w->c->store), key, sizeof key, v, sizeof v, e);
}

/* The first part: its first word counts, whatever its node says under this id afterwards. */
static int begun(struct qp_work *w, const Qp__Event *ev, struct qp_err *e)
{
    assert(ev->body_case == QP__EVENT__BODY_CIRCULAR_SAID && ev->circular_said->part == 0);
    Qp__CircularHead h = QP__CIRCULAR_HEAD__INIT, *was;
    Qp__CircularSaid said = *ev->circular_said;
    int rc = head_read(w->t->tables, w->c->store, BEGUN, said.id.data, w->c->arena, &was, e);
    if (rc != QP_ENOTFOUND)
        return rc;
    said.body = (ProtobufCBinaryData){0, NULL};
    said.part = 0;
    assert(said.body.len == 0 && said.part == 0); /* a head has the words, and no part */
    h.said = &said;
    h.node = ev->origin;
    h.incarnation = ev->incarnation;
    h.issued_us = ev->at_us;
    h.by = ev->by;
    rc = head_write(w, BEGUN, &h, e);
    return !rc ? asked(w, ev, e) : rc;
}

static int last_put(struct qp_work *w, const Qp__CircularHead *h, struct qp_err *e)
{
    uint8_t key[ID_KEY], v[8];
    if (qp_circular_last(w->t->tables, w->c->store, h->node.data) >= h->said->number)
        return 0;
    assert(h->said->number > 0); /* it is later than one */
    id_key(key, LAST, h->node.data);
    qp_be64(v, h->said->number);
    return qp_put(w->t->tables, table(w->c->store), key, sizeof key, v, sizeof v, e);
}

/* The older one is told which stands in its place. */
static int replace(struct qp_work *w, const uint8_t old[QP_ID_LEN], const Qp__CircularHead *by,
                   struct qp_err *e)
{
    assert(!qp_same(old, by->said->id.data)); /* none stands in its own place */
    Qp__CircularHead *h;
    int rc = head_read(w->t->tables, w->c->store, HEAD, old, w->c->arena, &h, e);
    if (rc)
        return rc == QP_ENOTFOUND ? 0 : rc;
    h->corrected = by->said->id;
    return head_write(w, HEAD, h, e);
}

static int newest_put(struct qp_work *w, Qp__CircularHead *h, struct qp_err *e)
{
    uint8_t key[NEWEST_KEY], v[NEWEST_LEN];
    MDB_val was;
    const Qp__CircularSaid *s = h->said;
    newest_key(key, h->node.data, s->period, s->from_us);
    int rc = qp_get(w->t->tables, table(w->c->store), key, sizeof key, &was);
    if (!rc && was.mv_size == NEWEST_LEN) {
        uint8_t old[NEWEST_LEN];
        memcpy(old, was.mv_data, NEWEST_LEN);
        uint32_t incarnation = qp_rd32(old + QP_ID_LEN);
        uint64_t number = qp_rd64(old + QP_ID_LEN + 4);
        bool later = h->incarnation != incarnation ? h->incarnation > incarnation : s->number > number;
        if (!later) {
            h->corrected = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(w->c->arena, old, QP_ID_LEN)};
            return h->corrected.data ? 0 : qp_fail(e, QP_ENOMEM, "no memory for a circular");
        }
        if ((rc = replace(w, old, h, e)))
            return rc;
    } else if (rc && rc != QP_ENOTFOUND) {
        return qp_fail(e, rc, "circulars cannot be read");
    }
    assert(!rc || rc == QP_ENOTFOUND);
    memcpy(v, s->id.data, QP_ID_LEN);
    qp_be32(v + QP_ID_LEN, h->incarnation);
    qp_be64(v + QP_ID_LEN + 4, s->number);
    return qp_put(w->t->tables, table(w->c->store), key, sizeof key, v, sizeof v, e);
}

static int word_order(const Qp__CircularWord *x, const Qp__CircularWord *y)
{
    if (x->at_us != y->at_us)
        return x->at_us < y->at_us ? -1 : 1;
    int c = x->node.len == QP_ID_LEN && y->node.len == QP_ID_LEN
                ? memcmp(x->node.data, y->node.data, QP_ID_LEN)
                : 0;
    if (c == 0 && x->incarnation != y->incarnation)
        c = x->incarnation < y->incarnation ? -1 : 1;
    return c != 0 ? c : x->counter < y->counter ? -1 : x->counter > y->counter;
}

/* Where it belongs, whatever came before it, and once: so that all who know the same words see the same last one. */
static int word_put(struct qp_work *w, Qp__CircularHead *h, const Qp__CircularWord *add, struct qp_err *e)
{
    Qp__CircularWord **words = qp_arena_take(w->c->arena, sizeof *words * (h->n_words + 1)),
                     *copy = qp_arena_copy(w->c->arena, add, sizeof *add);
    if (!words || !copy)
        return qp_fail(e, QP_ENOMEM, "no memory for a circular");
    size_t at = h->n_words;
    while (at > 0 && word_order(h->words[at - 1], add) >= 0)
        at--;
    if (at < h->n_words && word_order(h->words[at], add) == 0)
        return 0;
    for (size_t i = 0; i <= h->n_words; i++)
        words[i] = i < at ? h->words[i] : i == at ? copy : h->words[i - 1];
    assert(at <= h->n_words);
    bool full = h->n_words >= QP_CIRCULAR_WORDS; /* the oldest goes */
    h->words = words + full;
    h->n_words += !full;
    assert(h->n_words > 0);
    return 0;
}

/* What was said of it before it came. */
static int words_come(struct qp_work *w, Qp__CircularHead *h, struct qp_err *e)
{
    uint8_t key[EARLY_KEY] = {0};
    MDB_cursor *cur;
    Qp__CircularWord *word;
    int rc = mdb_cursor_open(w->t->tables, table(w->c->store), &cur), put = 0;
    if (rc)
        return qp_store_error(rc, "circulars", e);
    id_key(key, EARLY, h->said->id.data);
    MDB_val k = {sizeof key, key}, v;
    rc = mdb_cursor_get(cur, &k, &v, MDB_SET_RANGE);
    while (!rc && put == 0 && k.mv_size == EARLY_KEY && memcmp(k.mv_data, key, ID_KEY) == 0) {
        if (QP_DECODE(&word, circular_word, v.mv_data, v.mv_size, w->c->arena, NULL) == 0)
            put = word_put(w, h, word, e);
        rc = mdb_cursor_del(cur, 0);
        if (!rc)
            rc = mdb_cursor_get(cur, &k, &v, MDB_NEXT);
    }
    mdb_cursor_close(cur);
    if (put != 0)
        return put;
    return !rc || rc == MDB_NOTFOUND ? 0 : qp_store_error(rc, "circulars", e);
}

static int whole(struct qp_work *w, Qp__CircularHead *h, struct qp_err *e)
{
    assert(h->said->id.len == QP_ID_LEN && h->node.len == QP_ID_LEN); /* the keys of its rows */
    uint8_t key[ID_KEY], at[TIME_KEY];
    int rc = newest_put(w, h, e);
    if (!rc)
        rc = words_come(w, h, e);
    if (!rc)
        rc = head_write(w, HEAD, h, e);
    at[0] = TIME;
    qp_be64(at + 1, h->issued_us > 0 ? (uint64_t)h->issued_us : 0);
    memcpy(at + 9, h->said->id.data, QP_ID_LEN);
    if (!rc)
        rc = qp_put(w->t->tables, table(w->c->store), at, sizeof at, "", 0, e);
    if (!rc)
        rc = last_put(w, h, e);
    id_key(key, BEGUN, h->said->id.data);
    return rc ? rc : qp_del(w->t->tables, table(w->c->store), key, sizeof key, e);
}

int qp_circular_part(struct qp_work *w, const Qp__Event *ev, struct qp_err *e)
{
    assert(ev->body_case == QP__EVENT__BODY_CIRCULAR_SAID);
    const Qp__CircularSaid *s = ev->circular_said;
    Qp__CircularHead *h;
    uint8_t key[PART_KEY];
    if (!in_bounds(ev))
        return 0;
    int rc = head_read(w->t->tables, w->c->store, HEAD, s->id.data, w->c->arena, &h, e);
    if (rc != QP_ENOTFOUND) /* what was issued is never altered */
        return rc;
    rc = s->part == 0 ? begun(w, ev, e) : 0;
    id_key(key, PART, s->id.data);
    key[ID_KEY] = (uint8_t)s->part;
    if (!rc)
        rc = qp_put(w->t->tables, table(w->c->store), key, sizeof key, s->body.data, s->body.len, e);
    if (!rc)
        rc = head_read(w->t->tables, w->c->store, BEGUN, s->id.data, w->c->arena, &h, e);
    if (rc)
        return rc == QP_ENOTFOUND ? 0 : rc;
    return complete(w, h->said) ? whole(w, h, e) : 0; /* by the first part's words: they are the head's */
}

/* ---- what those above say ---- */

static Qp__CircularWord word_of(const Qp__Event *ev)
{
    assert(ev->body_case == QP__EVENT__BODY_CIRCULAR_JUDGED);
    Qp__CircularWord word = QP__CIRCULAR_WORD__INIT;
    word.verb = ev->circular_judged->verb;
    word.reason = ev->circular_judged->reason;
    word.node = ev->origin;
    word.by = ev->by;
    word.at_us = ev->at_us;
    word.incarnation = ev->incarnation;
    word.counter = ev->counter;
    return word;
}

int qp_circular_early(struct qp_work *w, const Qp__Event *ev, struct qp_err *e)
{
    assert(ev->body_case == QP__EVENT__BODY_CIRCULAR_JUDGED);
    uint8_t key[EARLY_KEY];
    size_t len;
    Qp__CircularWord word = word_of(ev);
    uint8_t *bytes = qp_encode(&word.base, w->c->arena, &len);
    if (!bytes)
        return qp_fail(e, QP_ENOMEM, "no memory for a circular");
    id_key(key, EARLY, ev->circular_judged->circular.data);
    memcpy(key + ID_KEY, ev->origin.data, QP_ID_LEN);
    qp_be32(key + ID_KEY + QP_ID_LEN, ev->incarnation);
    qp_be64(key + ID_KEY + QP_ID_LEN + 4, ev->counter);
    return qp_put(w->t->tables, table(w->c->store), key, sizeof key, bytes, len, e);
}

int qp_circular_word(struct qp_work *w, const Qp__CircularHead *of, const Qp__Event *ev, struct qp_err *e)
{
    assert(ev->body_case == QP__EVENT__BODY_CIRCULAR_JUDGED && of->said);
    Qp__CircularWord word = word_of(ev);
    Qp__CircularHead h = *of;
    int rc = word_put(w, &h, &word, e);
    return !rc ? head_write(w, HEAD, &h, e) : rc;
}

/* ---- asking ---- */

bool qp_circular_newest(MDB_txn *tables, struct qp_store *s, const uint8_t node[QP_ID_LEN], uint32_t period,
                        int64_t from_us, uint8_t id[QP_ID_LEN])
{
    assert(period >= QP_PERIOD_DAY && period <= QP_PERIOD_MONTH); /* one byte of the key */
    uint8_t key[NEWEST_KEY];
    MDB_val v;
    newest_key(key, node, period, from_us);
    if (qp_get(tables, table(s), key, sizeof key, &v) || v.mv_size != NEWEST_LEN)
        return false;
    memcpy(id, v.mv_data, QP_ID_LEN);
    return true;
}

uint64_t qp_circular_last(MDB_txn *tables, struct qp_store *s, const uint8_t node[QP_ID_LEN])
{
    uint8_t key[ID_KEY];
    MDB_val v;
    id_key(key, LAST, node);
    return !qp_get(tables, table(s), key, sizeof key, &v) && v.mv_size == 8 ? qp_rd64(v.mv_data) : 0;
}

int qp_circular_next(MDB_txn *tables, struct qp_store *s, int64_t *before_us, uint8_t id[QP_ID_LEN],
                     struct qp_err *e)
{
    MDB_cursor *cur;
    uint8_t key[TIME_KEY];
    int rc = mdb_cursor_open(tables, table(s), &cur);
    if (rc)
        return qp_store_error(rc, "circulars", e);
    key[0] = TIME;
    qp_be64(key + 1, (uint64_t)*before_us);
    if (*before_us == INT64_MAX)
        memset(key + 9, 0xff, QP_ID_LEN);
    else
        memcpy(key + 9, id, QP_ID_LEN);
    MDB_val k = {sizeof key, key}, v;
    rc = mdb_cursor_get(cur, &k, &v, MDB_SET_RANGE);
    rc = rc == MDB_NOTFOUND ? mdb_cursor_get(cur, &k, &v, MDB_LAST)
         : !rc              ? mdb_cursor_get(cur, &k, &v, MDB_PREV)
                            : rc;
    bool found = !rc && k.mv_size == TIME_KEY && *(const uint8_t *)k.mv_data == TIME;
    if (found) {
        *before_us = (int64_t)qp_rd64((const uint8_t *)k.mv_data + 1);
        memcpy(id, (const uint8_t *)k.mv_data + 9, QP_ID_LEN);
    }
    mdb_cursor_close(cur);
    if (rc && rc != MDB_NOTFOUND)
        return qp_store_error(rc, "circulars", e);
    return found ? 0 : QP_ENOTFOUND;
}

void qp_circular_key(uint8_t out[QP_ID_LEN], const char *by, const char *key)
{
    assert(key[0] != 0); /* without one nothing is asked twice */
    struct qp_hash h;
    const struct qp_part parts[] = {{by ? by : "", by ? strlen(by) + 1 : 1}, {key, strlen(key)}};
    qp_hash_parts(&h, parts, 2);
    memcpy(out, h.b, QP_ID_LEN);
}

bool qp_circular_asked(struct qp_work *w, const char *by, const char *asked_key, uint8_t id[QP_ID_LEN],
                       uint8_t request[QP_REQUEST_LEN])
{
    assert(asked_key[0] != 0); /* without one nothing is asked twice */
    uint8_t key[ID_KEY];
    MDB_val v;
    key[0] = ASKED;
    qp_circular_key(key + 1, by, asked_key);
    if (qp_get(w->t->tables, table(w->c->store), key, sizeof key, &v) ||
        v.mv_size != QP_ID_LEN + QP_REQUEST_LEN)
        return false;
    memcpy(id, v.mv_data, QP_ID_LEN);
    memcpy(request, (const uint8_t *)v.mv_data + QP_ID_LEN, QP_REQUEST_LEN);
    return true;
}
