/* list.c: matters by filter and sort, a page at a time.
 *
 *   query ─► the indexes that it can use (scan.c) ─► row ─► all filters ─► each ─► cursor
 *
 * A cursor is (phase, last key, hash of the query): it names a place in the order, not a number of rows, so
 * what opens or changes meanwhile shifts nothing. By deadline there are two phases: what is open and has one,
 * then the rest by opening; most pressing first there are these two of each urgency. */
#include <assert.h>

#include "node/matter/fold.h"
#include "node/matter/lifecycle.h"
#include "node/matter/scan.h"
#include "node/matter/wanted.h"

enum {
    ROWS_MAX = 20000,
    ROW_COST = 8,
    LIMIT_MAX = 500,
    COUNT_ROWS = 5000,
    COUNT_LEAPS = 60000,
    SCRATCH_BYTES = 1 << 20
};
enum { CURSOR_BYTES = 1 + QP_SCAN_KEY + 8 };

/* ---- cursors ---- */
static void hash_of(uint8_t out[8], const struct qp_list_query *q)
{
    const char *texts[] = {q->area,   q->category, q->source,     q->desk,      q->q,
                           q->holder, q->after,    q->offered_to, q->held_below};
    enum { TEXTS = sizeof texts / sizeof *texts };
    double box[] = {q->west, q->south, q->east, q->north};
    int64_t numbers[] = {q->state,
                         q->states,
                         q->here,
                         q->urged | q->due_soon << 1 | (!!q->lifted_to) << 2 | q->to_visit << 3 |
                             q->to_close << 4 | q->given << 5,
                         q->unassigned,
                         q->has_bbox,
                         q->has_due_before,
                         q->has_due_before ? q->due_before_us : 0,
                         q->urgency,
                         q->overdue,
                         q->overdue_stage,
                         q->has_from | q->happened << 1 | (!!q->below) << 2,
                         q->has_to,
                         q->has_updated_after,
                         q->has_from ? q->from_us : 0,
                         q->has_to ? q->to_us : 0,
                         q->has_updated_after ? q->updated_after_us : 0,
                         q->has_lead,
                         q->sort};
    struct qp_part parts[2 * TEXTS + 3];
    static const char absent[] = "-", present[] = "+";
    size_t n = 0;
    for (size_t i = 0; i < TEXTS; i++) { /* the NULs keep the fields apart */
        parts[n++] = (struct qp_part){texts[i] ? present : absent, 1};
        parts[n++] = (struct qp_part){texts[i] ? texts[i] : "", (texts[i] ? strlen(texts[i]) : 0) + 1};
    }
    parts[n++] = (struct qp_part){numbers, sizeof numbers};
    parts[n++] = (struct qp_part){box, sizeof box};
    parts[n++] = (struct qp_part){q->lead, q->has_lead ? QP_ID_LEN : 0};
    struct qp_hash h;
    qp_hash_parts(&h, parts, n);
    memcpy(out, h.b, 8);
}

static void cursor_write(char out[128], const struct qp_list_query *q, int phase,
                         const uint8_t key[QP_SCAN_KEY])
{
    uint8_t bytes[CURSOR_BYTES];
    bytes[0] = (uint8_t)phase;
    memcpy(bytes + 1, key, QP_SCAN_KEY);
    hash_of(bytes + 1 + QP_SCAN_KEY, q);
    assert(qp_b64_len(sizeof bytes) < 128);
    qp_b64(out, bytes, sizeof bytes);
}

/* By deadline: what has one, then the rest. Most pressing first: that, of each urgency. */
static int phases(const struct qp_list_query *q)
{
    switch (q->sort) {
    case QP_SORT_DEADLINE: return q->has_due_before ? 1 : 2;
    case QP_SORT_PRESSING: return 2 * QP_EMERGENCY;
    default: return 1;
    }
}

static bool by_deadline(const struct qp_list_query *q)
{
    return q->sort == QP_SORT_DEADLINE || q->sort == QP_SORT_PRESSING;
}

static int cursor_read(const struct qp_list_query *q, int *phase, uint8_t key[QP_SCAN_KEY], struct qp_err *e)
{
    uint8_t bytes[CURSOR_BYTES], hash[8];
    hash_of(hash, q);
    if (qp_unb64(bytes, sizeof bytes, q->cursor) != (long)sizeof bytes || bytes[0] >= phases(q) ||
        memcmp(bytes + 1 + QP_SCAN_KEY, hash, sizeof hash) != 0)
        return qp_fail(e, QP_EINVAL, "cursor: this query did not make it; begin without one");
    *phase = bytes[0];
    memcpy(key, bytes + 1, QP_SCAN_KEY);
    return 0;
}

/* ---- one phase ---- */
struct page {
    struct qp_read *r;
    const struct qp_list_query *q;
    int (*each)(void *arg, const Qp__Row *row);
    void *arg;
    struct qp_arena *scratch;
    const char *words; /* the query's, folded; NULL = none */
    size_t given;
    long budget;
    int phase, last_phase;
    uint8_t last[QP_SCAN_KEY];  /* up to here it was given or passed over */
    uint8_t after[QP_SCAN_KEY]; /* by arrival: begins beyond it, or ends before */
    bool more;
};

static bool by_id(const struct page *p)
{
    return p->q->sort == QP_SORT_OPENED || p->q->sort == QP_SORT_OPENED_DESC || p->phase % 2 == 1;
}

static bool by_arrival(const struct qp_list_query *q)
{
    return q->sort == QP_SORT_ARRIVED || q->sort == QP_SORT_ARRIVED_DESC;
}

/* The range of keys that can match, both ends included: times, where they are the order. */
static void range(const struct page *p, uint8_t low[QP_SCAN_KEY], uint8_t high[QP_SCAN_KEY])
{
    const struct qp_list_query *q = p->q;
    uint8_t random[10];
    memset(low, 0, QP_SCAN_KEY);
    memset(high, 0xff, QP_SCAN_KEY);
    if (by_id(p)) {
        memset(high, 0, 8);
        memset(random, 0, sizeof random);
        if (q->has_from && !q->happened)
            qp_id_make(low + 8, q->from_us, random);
        memset(random, 0xff, sizeof random);
        if (q->has_to && !q->happened)
            qp_id_make(high + 8, q->to_us, random);
    } else if (by_arrival(q)) {
        memcpy(low, p->after, QP_SCAN_KEY);
        if (!qp_key_step(low, true))
            memset(low, 0xff, QP_SCAN_KEY); /* behind the last that there can be */
    } else if (by_deadline(q)) {
        if (q->has_due_before && q->due_before_us > 0)
            qp_be64(high, (uint64_t)q->due_before_us);
    } else if (q->has_updated_after && q->updated_after_us > 0) {
        qp_be64(low, (uint64_t)q->updated_after_us);
    }
}

/* The table has the dues of all clocks: only at its deadline's own key is a matter listed. */
static bool at_deadline(const uint8_t key[QP_SCAN_KEY], const Qp__Face *f)
{
    return qp_has_deadline(f) && qp_rd64(key) == (uint64_t)f->deadline_us;
}

static int take(struct page *p, struct qp_scan *s, struct qp_err *e)
{
    MDB_val v;
    Qp__Row *row;
    qp_arena_reset(p->scratch);
    int rc = qp_get(p->r->tables, qp_store_dbi(p->r->store, QP_T_MATTER), s->at + 8, QP_ID_LEN, &v);
    if (rc)
        return qp_fail(e, rc == QP_ENOTFOUND ? QP_ECORRUPT : rc,
                       "an index names a matter that is not there; run qipan rebuild");
    s->budget -= ROW_COST;
    rc = qp_row_decode(&row, v, p->scratch, e);
    if (rc || !qp_wanted(p->q, row) || (p->phase % 2 == 1 && qp_has_deadline(row->face)))
        return rc;
    if (by_deadline(p->q) && p->phase % 2 == 0 && !at_deadline(s->at, row->face))
        return 0;
    if (p->words && !qp_fold_finds(p->r, row->face, p->words))
        return 0;
    p->more = p->given == p->q->limit; /* one more than asked for: so the last page is known to be the last */
    if (p->more)
        return 0;
    p->given++;
    return p->each(p->arg, row);
}

static int run(struct page *p, struct qp_scan *s, struct qp_err *e)
{
    uint8_t low[QP_SCAN_KEY], high[QP_SCAN_KEY];
    range(p, low, high);
    const uint8_t *begin = s->descending ? high : low, *end = s->descending ? low : high;
    int far = memcmp(s->at, begin, QP_SCAN_KEY);
    if (s->descending ? far > 0 : far < 0) {
        memcpy(s->at, begin, QP_SCAN_KEY);
        qp_key_step(s->at, s->descending); /* the first key itself may match */
    }
    while (!p->more) {
        int rc = qp_scan_next(s, e);
        if (rc == QP_ENOTFOUND)
            return 0;
        if (rc && rc != QP_EBUSY)
            return rc;
        int beyond = memcmp(s->at, end, QP_SCAN_KEY);
        if (s->descending ? beyond < 0 : beyond > 0)
            return 0;
        if (!rc)
            rc = take(p, s, e);
        if (p->more)
            break;
        memcpy(p->last, s->at, sizeof p->last);
        p->last_phase = p->phase;
        p->more = rc == QP_EBUSY || s->budget <= 0;
        if (rc && rc != QP_EBUSY)
            return rc;
    }
    return 0;
}

static enum qp_table order_of(const struct page *p)
{
    if (by_id(p))
        return QP_T_MATTER;
    return by_deadline(p->q) ? QP_T_DEADLINE : by_arrival(p->q) ? QP_T_ARRIVED : QP_T_UPDATED;
}

static int run_phase(struct page *p, const uint8_t *from, struct qp_err *e)
{
    struct qp_scan s;
    bool descending = p->q->sort == QP_SORT_OPENED_DESC || p->q->sort == QP_SORT_UPDATED_DESC ||
                      p->q->sort == QP_SORT_ARRIVED_DESC;
    int rc = qp_scan_open(&s, p->r, order_of(p), descending, e);
    if (!rc)
        rc = qp_wanted_indexes(&s, p->q, e);
    if (from)
        memcpy(s.at, from, QP_SCAN_KEY);
    s.budget = p->budget;
    if (!rc)
        rc = run(p, &s, e);
    p->budget = s.budget;
    qp_scan_close(&s);
    return rc;
}

/* Whether there may be one at all, by a few leaps: else the whole order would be gone through for what is rare. */
static int any(struct page *p, bool *found, struct qp_err *e)
{
    struct qp_scan s;
    int rc = qp_scan_open(&s, p->r, QP_T_MATTER, false, e);
    if (!rc)
        rc = qp_wanted_indexes(&s, p->q, e);
    s.budget = p->budget;
    if (!rc)
        rc = qp_scan_next(&s, e);
    p->budget = s.budget;
    qp_scan_close(&s);
    *found = rc != QP_ENOTFOUND;
    return rc == QP_ENOTFOUND || rc == QP_EBUSY ? 0 : rc;
}

/* Of QP_SORT_PRESSING: as if its urgency had been asked for. */
static int run_urgency(struct page *p, const uint8_t *from, struct qp_err *e)
{
    const struct qp_list_query *whole = p->q;
    struct qp_list_query of = *whole;
    int urgency = QP_EMERGENCY - p->phase / 2;
    bool found = !whole->urgency || whole->urgency == urgency;
    assert(urgency >= QP_ROUTINE && urgency <= QP_EMERGENCY);
    if (whole->has_due_before && p->phase % 2 == 1)
        return 0; /* what has no deadline is due before no time */
    of.urgency = urgency;
    p->q = &of;
    int rc = found && urgency > QP_ROUTINE ? any(p, &found, e) : 0;
    if (!rc && found)
        rc = run_phase(p, from, e);
    p->q = whole;
    return rc;
}

/* ---- positions for pollers: the journal's epoch and a key of QP_T_ARRIVED ---- */
enum { EPOCH_BYTES = 8, AFTER_BYTES = EPOCH_BYTES + QP_SCAN_KEY };

static void after_write(char out[QP_AFTER_TEXT], const struct qp_read *r, const uint8_t key[QP_SCAN_KEY])
{
    uint8_t bytes[AFTER_BYTES];
    memcpy(bytes, qp_store_epoch(r->store), EPOCH_BYTES);
    memcpy(bytes + EPOCH_BYTES, key, QP_SCAN_KEY);
    assert(qp_b64_len(sizeof bytes) < QP_AFTER_TEXT);
    qp_b64(out, bytes, sizeof bytes);
}

void qp_list_after(char out[QP_AFTER_TEXT], struct qp_read *r, uint64_t position)
{
    uint8_t key[QP_SCAN_KEY];
    assert(r);
    memset(key, position ? 0xff : 0, sizeof key);
    qp_be64(key, position);
    after_write(out, r, key);
}

static int after_read(struct page *p, struct qp_err *e)
{
    uint8_t bytes[AFTER_BYTES];
    const char *text = p->q->after;
    memset(p->after, 0, sizeof p->after);
    if (!text || !*text || strcmp(text, "0") == 0)
        return 0;
    if (qp_unb64(bytes, sizeof bytes, text) != (long)sizeof bytes)
        return qp_fail(e, QP_EINVAL, "after: no list has given this position; begin with after=0");
    if (memcmp(bytes, qp_store_epoch(p->r->store), EPOCH_BYTES) != 0)
        return qp_fail(
            e, QP_EINVAL,
            "after: this position is of another journal (the node has come back from a lost disk, or it is "
            "another node's); begin again with after=0");
    memcpy(p->after, bytes + EPOCH_BYTES, QP_SCAN_KEY);
    return 0;
}

/* Where the next question begins: behind what was given or passed over, or behind all that is here. */
static void after_next(const struct page *p, struct qp_list_end *end)
{
    uint8_t key[QP_SCAN_KEY];
    bool arrived = p->q->sort == QP_SORT_ARRIVED;
    memset(key, 0xff, sizeof key);
    qp_be64(key, qp_tables_position(p->r->tables, p->r->store));
    end->more = p->more && arrived;
    if (end->more || (arrived && memcmp(key, p->last, sizeof key) < 0))
        memcpy(key, p->last, sizeof key);
    if (arrived && memcmp(key, p->after, sizeof key) < 0)
        memcpy(key, p->after, sizeof key);
    after_write(end->next, p->r, key);
}

int qp_matter_list(struct qp_read *r, const struct qp_list_query *q,
                   int (*each)(void *arg, const Qp__Row *row), void *arg, char cursor[128],
                   struct qp_arena *a, struct qp_err *e)
{
    (void)a; /* rows are valid during `each` only: twenty thousand may be looked at */
    uint8_t from[QP_SCAN_KEY];
    struct page p = {.r = r, .q = q, .each = each, .arg = arg, .budget = (long)ROWS_MAX * ROW_COST};
    bool resumed = q->cursor && *q->cursor;
    if (q->limit < 1 || q->limit > LIMIT_MAX)
        return qp_fail(e, QP_EINVAL, "limit: must be 1 to %d", LIMIT_MAX);
    if (q->sort < QP_SORT_OPENED_DESC || q->sort > QP_SORT_PRESSING)
        return qp_fail(e, QP_EINVAL, "sort: there is no such order");
    int rc = resumed ? cursor_read(q, &p.phase, from, e) : 0;
    if (!rc)
        rc = after_read(&p, e);
    cursor[0] = 0; /* may be where the query's stood */
    if (rc)
        return rc;
    p.scratch = qp_arena_new(SCRATCH_BYTES);
    if (!p.scratch)
        return qp_fail(e, QP_ENOMEM, "no memory for a list");
    struct qp_arena *words = q->q ? qp_arena_new(SCRATCH_BYTES) : NULL; /* scratch is reset at each row */
    if (words)
        p.words = qp_fold(words, q->q);
    if (q->q && !p.words)
        rc = qp_fail(e, QP_ENOMEM, "no memory for a list");
    for (; !rc && p.phase < phases(q) && !p.more; p.phase++) {
        if (p.budget <= 0) { /* the next phase from its beginning */
            p.more = true;
            p.last_phase = p.phase;
            memset(p.last, 0, sizeof p.last);
            break;
        }
        rc = q->sort == QP_SORT_PRESSING ? run_urgency(&p, resumed ? from : NULL, e)
                                         : run_phase(&p, resumed ? from : NULL, e);
        resumed = false;
    }
    qp_arena_free(p.scratch);
    if (words)
        qp_arena_free(words);
    if (!rc && q->end)
        after_next(&p, q->end);
    if (!rc && p.more)
        cursor_write(cursor, q, p.last_phase, p.last);
    return rc;
}

/* ---- how many ---- */
static int count_by_indexes(struct qp_scan *s, uint64_t *n, bool *counted, struct qp_err *e)
{
    int rc;
    while (!(rc = qp_scan_next(s, e)))
        ++*n;
    *counted = rc == QP_ENOTFOUND;
    return rc == QP_ENOTFOUND || rc == QP_EBUSY ? 0 : rc;
}

static int count_one(void *arg, const Qp__Row *row)
{
    (void)row;
    ++*(uint64_t *)arg;
    return 0;
}

static int count_by_rows(struct qp_read *r, const struct qp_list_query *q, uint64_t *n, bool *counted,
                         struct qp_err *e)
{
    struct qp_list_query all = *q;
    char cursor[128];
    all.sort = QP_SORT_OPENED;
    all.limit = LIMIT_MAX;
    all.after = NULL;
    all.cursor = NULL;
    all.end = NULL;
    int rc = 0;
    for (uint64_t before = 0; !rc && *n < COUNT_ROWS; before = *n) {
        rc = qp_matter_list(r, &all, count_one, n, cursor, NULL, e);
        *counted = !rc && !cursor[0];
        if (*counted || *n - before < LIMIT_MAX) /* the whole budget went into rows that do not match */
            break;
        all.cursor = cursor;
    }
    return rc;
}

int qp_matter_count(struct qp_read *r, const struct qp_list_query *q, uint64_t *n, bool *counted,
                    struct qp_err *e)
{
    struct qp_scan s;
    *n = 0;
    *counted = false;
    int rc;
    if (qp_wanted_by_indexes(r, q)) {
        rc = qp_scan_open(&s, r, QP_T_MATTER, false, e);
        if (!rc)
            rc = qp_wanted_indexes(&s, q, e);
        MDB_stat stat;
        if (!rc && s.n == 0 && !mdb_stat(r->tables, qp_store_dbi(r->store, QP_T_MATTER), &stat)) {
            *n = stat.ms_entries;
            *counted = true;
        } else if (!rc) {
            s.budget = COUNT_LEAPS;
            rc = count_by_indexes(&s, n, counted, e);
        }
        qp_scan_close(&s);
    } else {
        rc = count_by_rows(r, q, n, counted, e);
    }
    if (!*counted)
        *n = 0;
    return rc;
}
