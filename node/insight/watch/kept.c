/* kept.c: see kept.h. A row's value begins with its node, so that others' need not be decoded. */
#include "node/insight/watch/kept.h"

#include <assert.h>
#include <string.h>

#include "node/insight/watch/verdict.h"
#include "proto/codec.h"
#include "topology/path.h"

enum { ONE_MILLI = 1000, SAME_RISE = QP_RISE_LONGEST + QP_RISE_QUIET };

static uint32_t day_key(int32_t day)
{
    return (uint32_t)day ^ UINT32_C(0x80000000);
}

void qp_warning_id(uint8_t id[QP_ID_LEN], const uint8_t node[QP_ID_LEN], uint64_t category, int32_t first_day)
{
    uint8_t code[8];
    struct qp_hash h;
    qp_be64(code, category);
    const struct qp_part parts[] = {{node, QP_ID_LEN}, {code, sizeof code}};
    qp_hash_parts(&h, parts, 2);
    qp_be32(id, day_key(first_day));
    memcpy(id + 4, h.b, QP_ID_LEN - 4);
}

static int row_read(Qp__WarningRow **row, const MDB_val *v, struct qp_arena *a, struct qp_err *e)
{
    if (v->mv_size < QP_ID_LEN || QP_DECODE(row, warning_row, (const uint8_t *)v->mv_data + QP_ID_LEN,
                                            v->mv_size - QP_ID_LEN, a, NULL) != 0)
        return qp_fail(e, QP_ECORRUPT, "a warning in the tables is damaged; run qipan rebuild");
    return 0;
}

int qp_warning_get(MDB_txn *tables, struct qp_store *s, const uint8_t id[QP_ID_LEN], Qp__WarningRow **row,
                   struct qp_arena *a, struct qp_err *e)
{
    MDB_val v;
    int rc = qp_get(tables, qp_store_dbi(s, QP_T_WARNING), id, QP_ID_LEN, &v);
    return rc ? rc : row_read(row, &v, a, e);
}

static int row_write(struct qp_txn *t, const Qp__WarningRow *row, struct qp_arena *a, struct qp_err *e)
{
    size_t len;
    uint8_t *bytes = qp_encode(&row->base, a, &len);
    uint8_t *v = bytes ? qp_arena_take(a, QP_ID_LEN + len) : NULL;
    if (!v)
        return qp_fail(e, QP_ENOMEM, "no memory for a warning");
    memcpy(v, row->node.data, QP_ID_LEN);
    memcpy(v + QP_ID_LEN, bytes, len);
    return qp_put(t->tables, qp_store_dbi(t->store, QP_T_WARNING), row->warning->id.data, QP_ID_LEN, v,
                  QP_ID_LEN + len, e);
}

/* ---- the same rise under another first day (WN7) ---- */

static bool is_spoken_of(const Qp__WarningRow *row)
{
    return row->n_notes > 0 || row->dismissed_milli > 0;
}

const uint8_t *qp_warning_matter(const Qp__WarningRow *row)
{
    for (size_t i = 0; i < row->n_notes; i++)
        if (row->notes[i]->verb == QP_WARNING_MATTER && row->notes[i]->matter.len == QP_ID_LEN)
            return row->notes[i]->matter.data;
    return NULL;
}

/* What people said of it while it began on another day: of the one that has a day in common with it, the latest; one of which a matter
 * was made before any other, else a second one would be made. Its id differs from w's in the first day alone. */
static int take_words(struct qp_txn *t, Qp__WarningRow *row, const Qp__Warning *w, struct qp_arena *a,
                      struct qp_err *e)
{
    uint8_t id[QP_ID_LEN];
    Qp__WarningRow *best = NULL, *x;
    assert(!is_spoken_of(row));
    memcpy(id, w->id.data, QP_ID_LEN);
    int32_t last = w->first_day + SAME_RISE; /* a child says both days: it does not say how long this takes */
    last = last < w->last_day ? last : w->last_day;
    for (int32_t day = w->first_day - SAME_RISE; day <= last; day++) {
        qp_be32(id, day_key(day));
        int rc = day == w->first_day ? QP_ENOTFOUND : qp_warning_get(t->tables, t->store, id, &x, a, e);
        if (rc == QP_ENOTFOUND)
            continue;
        if (rc)
            return rc;
        if (x->warning->last_day >= w->first_day && is_spoken_of(x) &&
            (!best || qp_warning_matter(x) || !qp_warning_matter(best)))
            best = x;
    }
    if (best) {
        row->notes = best->notes;
        row->n_notes = best->n_notes;
        row->dismissed_milli = best->dismissed_milli;
    }
    return 0;
}

int qp_warning_put(struct qp_txn *t, const uint8_t node[QP_ID_LEN], const Qp__Warning *w, int64_t at_us,
                   struct qp_arena *a, struct qp_err *e)
{
    Qp__WarningRow *row, made = QP__WARNING_ROW__INIT;
    uint8_t id[QP_ID_LEN];
    qp_warning_id(id, node, qp_code(w->category), w->first_day);
    if (memcmp(id, w->id.data, QP_ID_LEN) != 0)
        return 0; /* nobody speaks under an id that is another's */
    int rc = qp_warning_get(t->tables, t->store, w->id.data, &row, a, e);
    if (rc == QP_ENOTFOUND)
        row = &made;
    else if (rc)
        return rc;
    else if (memcmp(row->node.data, node, QP_ID_LEN) != 0)
        return 0;
    bool back = !row->warning || row->warning->state == QP_WARNING_WITHDRAWN;
    row->warning = (Qp__Warning *)(uintptr_t)w;
    rc = back && w->state != QP_WARNING_WITHDRAWN && !is_spoken_of(row) ? take_words(t, row, w, a, e) : 0;
    if (rc)
        return rc;
    row->node = (ProtobufCBinaryData){QP_ID_LEN, (uint8_t *)(uintptr_t)node};
    row->at_us = at_us;
    return row_write(t, row, a, e);
}

/* The oldest makes room, but for the one that names its matter: without it a second matter would be made. */
static size_t note_to_drop(const Qp__WarningRow *row)
{
    size_t at = 0;
    while (at < row->n_notes && row->notes[at]->verb == QP_WARNING_MATTER)
        at++;
    return at < row->n_notes ? at : 0;
}

/* It was heard before: whoever goes on as his next incarnation says again what was refused anywhere above, also to who had taken it (E6). */
static bool has_note(const Qp__WarningRow *row, const Qp__WarningSaid *said, const char *by, int64_t at_us)
{
    bool has = false;
    for (size_t i = 0; i < row->n_notes && !has; i++) {
        const Qp__WarningNote *x = row->notes[i];
        has = x->verb == said->verb && x->at_us == at_us && strcmp(x->by, by) == 0 &&
              strcmp(x->text, said->text) == 0;
    }
    return has;
}

int qp_warning_say(struct qp_txn *t, const uint8_t node[QP_ID_LEN], const Qp__WarningSaid *said,
                   const char *by, int64_t at_us, struct qp_arena *a, struct qp_err *e)
{
    Qp__WarningRow *row;
    Qp__WarningNote note = QP__WARNING_NOTE__INIT;
    int rc = qp_warning_get(t->tables, t->store, said->warning.data, &row, a, e);
    if (rc == QP_ENOTFOUND || (!rc && memcmp(row->node.data, node, QP_ID_LEN) != 0))
        return 0;
    if (rc)
        return rc;
    if (has_note(row, said, by, at_us))
        return 0;
    Qp__WarningNote **notes = qp_arena_take(a, sizeof *notes * (row->n_notes + 1));
    if (!notes)
        return qp_fail(e, QP_ENOMEM, "no memory for a warning's note");
    note.verb = said->verb;
    note.text = said->text;
    note.matter = said->matter;
    note.by = (char *)(uintptr_t)by;
    note.at_us = at_us;
    size_t n = 0, drop = row->n_notes == QP_WARNING_NOTES ? note_to_drop(row) : row->n_notes;
    for (size_t i = 0; i < row->n_notes; i++)
        if (i != drop)
            notes[n++] = row->notes[i];
    notes[n] = &note;
    row->notes = notes;
    row->n_notes = n + 1;
    if (said->verb == QP_WARNING_DISMISS)
        row->dismissed_milli = row->warning->score_milli > 0 ? row->warning->score_milli : 1;
    return row_write(t, row, a, e);
}

/* ---- how it stands ---- */

static const char *const words[] = QP_WARNING_WORDS;

/* A day more: days are local ones. */
static bool is_long_over(const Qp__Warning *w, int64_t now_us)
{
    return now_us / INT64_C(86400000000) > (int64_t)w->first_day + QP_RISE_LONGEST + 1;
}

enum qp_warning_state qp_warning_state_of(const Qp__WarningRow *row, int64_t now_us)
{
    const Qp__Warning *w = row->warning;
    bool stays = row->dismissed_milli > 0 && (uint64_t)row->dismissed_milli + ONE_MILLI > w->score_milli;
    if (w->state == QP_WARNING_WITHDRAWN || w->state == 0 || w->state > QP_WARNING_WITHDRAWN)
        return QP_WARNING_WITHDRAWN; /* of a later build: nothing that this one could speak of */
    return stays                     ? QP_WARNING_DISMISSED
           : is_long_over(w, now_us) ? QP_WARNING_ENDED
                                     : (enum qp_warning_state)w->state;
}

int32_t qp_warning_ended_day(const Qp__WarningRow *row)
{
    const Qp__Warning *w = row->warning;
    return w->state == QP_WARNING_ENDED ? w->ended_day : w->first_day + QP_RISE_LONGEST;
}

const char *qp_warning_state_name(enum qp_warning_state s)
{
    assert(s > 0 && s < sizeof words / sizeof *words);
    return words[s];
}

int qp_warning_state_parse(const char *name)
{
    for (size_t i = 1; i < sizeof words / sizeof *words; i++)
        if (strcmp(name, words[i]) == 0)
            return (int)i;
    return 0;
}

/* ---- lists ---- */

static bool fits(const struct qp_warning_query *q, const Qp__WarningRow *row)
{
    const Qp__Warning *w = row->warning;
    enum qp_warning_state state = qp_warning_state_of(row, q->now_us);
    if (q->states != 0 ? !(q->states >> state & 1) : state == QP_WARNING_WITHDRAWN)
        return false;
    if (q->area && !qp_path_within(w->area, q->area))
        return false;
    if (q->category && strcmp(w->category, q->category) != 0)
        return false;
    if (q->sees && !q->sees(q->seer, w->area, w->category))
        return false;
    return (!q->has_from || w->last_day >= q->from_day) && (!q->has_to || w->first_day <= q->to_day);
}

/* The newest one before the cursor, or the newest of all. */
static int begin_at(MDB_cursor *cursor, const struct qp_warning_query *q, MDB_val *k, MDB_val *v)
{
    if (!q->has_cursor)
        return mdb_cursor_get(cursor, k, v, MDB_LAST);
    *k = (MDB_val){QP_ID_LEN, (void *)(uintptr_t)q->cursor};
    int rc = mdb_cursor_get(cursor, k, v, MDB_SET_RANGE);
    return mdb_cursor_get(cursor, k, v, rc == MDB_NOTFOUND ? MDB_LAST : MDB_PREV);
}

int qp_warnings_list(struct qp_read *r, const struct qp_warning_query *q,
                     int (*each)(void *arg, const Qp__WarningRow *row), void *arg, uint8_t last[QP_ID_LEN],
                     bool *more, struct qp_arena *a, struct qp_err *e)
{
    MDB_cursor *cursor;
    MDB_val k, v;
    size_t n = 0, looked = 0;
    *more = false;
    int rc = mdb_cursor_open(r->tables, qp_store_dbi(r->store, QP_T_WARNING), &cursor);
    if (rc)
        return qp_store_error(rc, "reading warnings", e);
    int got = begin_at(cursor, q, &k, &v);
    for (; got == 0 && !rc; got = mdb_cursor_get(cursor, &k, &v, MDB_PREV)) {
        Qp__WarningRow *row;
        if (n == q->limit || looked++ == QP_WARNINGS_LOOKED) {
            *more = true;
            break;
        }
        qp_arena_reset(a);
        rc = k.mv_size == QP_ID_LEN ? row_read(&row, &v, a, e) : QP_ECORRUPT;
        if (rc)
            break;
        memcpy(last, k.mv_data, QP_ID_LEN);
        if (!fits(q, row))
            continue;
        n++;
        rc = each(arg, row);
    }
    mdb_cursor_close(cursor);
    if (!rc && got != 0 && got != MDB_NOTFOUND)
        return qp_store_error(got, "reading warnings", e);
    return rc;
}

int qp_warnings_own(MDB_txn *tables, struct qp_store *s, const uint8_t node[QP_ID_LEN], int32_t from,
                    int32_t to, int (*each)(void *arg, const Qp__WarningRow *row), void *arg,
                    struct qp_arena *a, struct qp_err *e)
{
    MDB_cursor *cursor;
    uint8_t key[QP_ID_LEN] = {0};
    MDB_val k = {sizeof key, key}, v;
    qp_be32(key, day_key(from));
    int rc = mdb_cursor_open(tables, qp_store_dbi(s, QP_T_WARNING), &cursor);
    if (rc)
        return qp_store_error(rc, "reading warnings", e);
    int got = mdb_cursor_get(cursor, &k, &v, MDB_SET_RANGE);
    for (; got == 0 && !rc; got = mdb_cursor_get(cursor, &k, &v, MDB_NEXT)) {
        Qp__WarningRow *row;
        if (k.mv_size != QP_ID_LEN || qp_rd32(k.mv_data) > day_key(to))
            break;
        if (v.mv_size < QP_ID_LEN || memcmp(v.mv_data, node, QP_ID_LEN) != 0)
            continue;
        rc = row_read(&row, &v, a, e);
        if (!rc)
            rc = each(arg, row);
    }
    mdb_cursor_close(cursor);
    if (!rc && got != 0 && got != MDB_NOTFOUND)
        return qp_store_error(got, "reading warnings", e);
    return rc;
}
