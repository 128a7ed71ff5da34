/* tables.c: the tables' environment: its databases, and the note of how far it holds (S3).
 *
 *   QP_T_META "position" -> epoch 16, position 8, record hash 32, schema 4, projector 4
 *
 * The tables are a cache of the journal. Whenever the note does not fit the journal, or the machine went down
 * with unsynced pages, the file is removed unread and begun again. Called by store.c; the position by whoever
 * projects. */
#include "node/store/inside.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "proto/field.pb-c.h"
#include "proto/link.pb-c.h"
#include "proto/line.pb-c.h"
#include "proto/matter.pb-c.h"
#include "proto/insight.pb-c.h"
#include "proto/circular.pb-c.h"
#include "proto/row.pb-c.h"

static const char *const names[QP_TABLES] = {
#define X(NAME, name, ...) [QP_T_##NAME] = #name,
    QP_TABLES_EACH(X)
#undef X
};

/* One line for each field of a message and of those in it: what a row looks like on the disk. */
static void describe(struct qp_hash *h, const ProtobufCMessageDescriptor *type, int depth)
{
    assert(depth < 8); /* kept messages hold no message of their own kind */
    for (unsigned i = 0; i < type->n_fields; i++) {
        const ProtobufCFieldDescriptor *f = &type->fields[i];
        char line[160];
        int n = snprintf(line, sizeof line, "%s.%s %u %d %d\n", type->name, f->name, f->id, (int)f->label,
                         (int)f->type);
        assert(n > 0 && (size_t)n < sizeof line);
        const struct qp_part parts[] = {{h->b, QP_HASH_LEN}, {line, (size_t)n}};
        qp_hash_parts(h, parts, 2);
        if (f->type == PROTOBUF_C_TYPE_MESSAGE && type != &qp__event__descriptor)
            describe(h, f->descriptor, depth + 1);
    }
}

/* The messages that rows hold. layout.h names them where it says what a value is: with a capital letter. */
static const ProtobufCMessageDescriptor *const kept[] = {
    &qp__line_row__descriptor,      &qp__row__descriptor,           &qp__early__descriptor,
    &qp__receipt__descriptor,       &qp__verdict__descriptor,       &qp__certificate__descriptor,
    &qp__warning_row__descriptor,   &qp__token_made__descriptor,    &qp__user_made__descriptor,
    &qp__desk_made__descriptor,     &qp__policy_heard__descriptor,  &qp__grid_made__descriptor,
    &qp__grid_ordered__descriptor,  &qp__duty_row__descriptor,      &qp__patrol_row__descriptor,
    &qp__circular_head__descriptor, &qp__circular_word__descriptor, &qp__lead_row__descriptor,
    &qp__lead_member__descriptor,
};

bool qp_tables_keep(const char *message)
{
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        if (strcmp(kept[i]->short_name, message) == 0)
            return true;
    return false;
}

uint32_t qp_tables_schema(void)
{
    static const char rows[] =
#define X(NAME, name, room, key, value) #name ": " key " -> " value "\n"
        QP_TABLES_EACH(X)
#undef X
        ;
    struct qp_hash h;
    qp_hash(&h, rows, sizeof rows);
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        describe(&h, kept[i], 0);
    return qp_rd32(h.b);
}

#define KEY_POSITION "position"
enum { AT_POSITION = 16, AT_HASH = 24, AT_SCHEMA = 56, AT_PROJECTOR = 60, POSITION_BYTES = 64 };

const char *qp_table_name(enum qp_table t)
{
    assert(t < QP_TABLES && names[t]);
    return names[t];
}

uint64_t qp_tables_position(MDB_txn *tables, struct qp_store *s)
{
    assert(mdb_txn_env(tables) == s->tables);
    MDB_val v;
    if (qp_get(tables, s->dbi[QP_T_META], KEY_POSITION, strlen(KEY_POSITION), &v) ||
        v.mv_size != POSITION_BYTES)
        return 0;
    return qp_rd64((const uint8_t *)v.mv_data + AT_POSITION);
}

int qp_tables_set_position(struct qp_txn *t, uint64_t position, const struct qp_hash *hash, struct qp_err *e)
{
    struct qp_store *s = t->store;
    assert(t->tables && position <= t->head);
    assert(position != t->head || qp_hash_eq(hash, &t->head_hash));
    assert(atomic_load(&s->writing));
    uint8_t note[POSITION_BYTES];
    memcpy(note, s->epoch, QP_ID_LEN);
    qp_be64(note + AT_POSITION, position);
    memcpy(note + AT_HASH, hash->b, QP_HASH_LEN);
    qp_be32(note + AT_SCHEMA, s->schema);
    qp_be32(note + AT_PROJECTOR, QP_PROJECTOR);
    int rc = qp_put(t->tables, s->dbi[QP_T_META], KEY_POSITION, strlen(KEY_POSITION), note, sizeof note, e);
    s->positioned = s->positioned || !rc;
    return rc;
}

/* Only a new file gets its tables. One that lacks some was damaged, or is another build's: an empty table in the place of a full
 * one would be believed. */
static int dbis_open(struct qp_store *s, bool fresh, struct qp_err *e)
{
    assert(s->tables && !atomic_load(&s->writing));
    MDB_txn *txn;
    int m = mdb_txn_begin(s->tables, NULL, 0, &txn);
    if (m)
        return qp_store_error(m, "opening the tables", e);
    qp_at_a_row = txn;
    for (int i = 0; i < QP_TABLES && !m; i++)
        m = mdb_dbi_open(txn, names[i], fresh ? MDB_CREATE : 0, &s->dbi[i]);
    if (!m)
        m = mdb_dbi_open(txn, NULL, 0, &s->names);
    if (m == MDB_NOTFOUND)
        m = MDB_CORRUPTED;
    if (m)
        mdb_txn_abort(txn);
    else
        m = mdb_txn_commit(txn);
    qp_row_left(m);
    if (!m && fresh && !s->no_sync)
        m = mdb_env_sync(s->tables, 1); /* no dirty mark stands yet: what is on the disk must be whole */
    return !m ? 0 : qp_store_error(m, "opening the tables", e);
}

/* The note fits the journal: same epoch, not ahead, the same record there, and of this build. */
static bool note_fits(MDB_txn *tables, MDB_txn *journal, struct qp_store *s)
{
    assert(mdb_txn_env(tables) == s->tables && mdb_txn_env(journal) == s->journal);
    char key[] = KEY_POSITION;
    MDB_val k = {strlen(key), key}, v;
    /* not by qp_get: a damaged cache must not poison the store */
    qp_at_a_row = tables;
    int m = mdb_get(tables, s->dbi[QP_T_META], &k, &v);
    bool whole = !m && qp_row_open(&k, &v);
    qp_row_left(m);
    if (!whole || v.mv_size != POSITION_BYTES)
        return false;
    const uint8_t *note = v.mv_data;
    uint64_t position = qp_rd64(note + AT_POSITION);
    if (memcmp(note, s->epoch, QP_ID_LEN) != 0 || position > s->head ||
        qp_rd32(note + AT_SCHEMA) != s->schema || qp_rd32(note + AT_PROJECTOR) != QP_PROJECTOR)
        return false;
    struct qp_hash there = {{0}};
    if (position > 0 && qp_journal_hash_of(journal, s, position, &there))
        return false;
    return memcmp(note + AT_HASH, there.b, QP_HASH_LEN) == 0;
}

static int fits(bool *out, struct qp_store *s, struct qp_err *e)
{
    assert(s->tables && s->journal);
    struct qp_read r;
    int rc = qp_read_begin(s, &r, e);
    if (rc)
        return rc;
    *out = note_fits(r.tables, r.journal, s);
    qp_read_end(&r);
    rc = atomic_load(&s->poison);
    return !rc ? rc : qp_fail(e, rc, "%s/journal: is damaged at the tables' position", s->dir);
}

static int discard(struct qp_store *s, struct qp_err *e)
{
    assert(!atomic_load(&s->writing));
    static const char *const files[] = {"tables/data.mdb", "tables/lock.mdb",
                                        "tables/doubt"}; /* in this order */
    if (s->tables)
        mdb_env_close(s->tables);
    s->tables = NULL;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char path[PATH_MAX];
        int rc = qp_path_in(path, s, files[i], e);
        if (rc)
            return rc;
        if (unlink(path) != 0 && errno != ENOENT && errno != ENOTDIR)
            return qp_fail(e, QP_EIO, "%s: cannot be removed: %s", path, strerror(errno));
    }
    return 0;
}

static int env_open(struct qp_store *s, struct qp_err *e)
{
    assert(!s->tables);
    bool created;
    int rc = qp_env_open(&s->tables, s, "tables", s->tables_map, MDB_NOSYNC, &created, e);
    s->schema = qp_tables_schema();
    return rc ? rc : dbis_open(s, created, e);
}

/* All that doubtful tables would be made from is there. Else they are the only place that has what it lacks, and are kept: who
 * reads a row that does not fit is refused, the neighbours are asked for the records, and when the journal is whole the driver
 * ends the node, so that the next opening makes the tables again. */
static bool may_be_remade(struct qp_store *s)
{
    assert(s->journal);
    return !qp_journal_verify(s, 1, NULL, NULL, NULL);
}

int qp_tables_load(struct qp_store *s, bool trusted, struct qp_err *e)
{
    assert(s->journal && !s->tables);
    bool doubted = access(s->doubt, F_OK) == 0; /* a row did not fit its check (rows.c) */
    bool stay = doubted && trusted && !may_be_remade(s);
    int rc = atomic_load(&s->poison);
    if (rc)
        return qp_fail(e, rc, "%s/journal: a page of it is damaged. " QP_DAMAGE_STOPPED, s->dir);
    atomic_store(&s->doubtful, stay);
    bool good = trusted && (stay || !doubted);
    if (good) {
        rc = env_open(s, e);
        if (!rc)
            rc = fits(&good, s, e);
        else if (rc == QP_ECORRUPT)
            good = false; /* a cut or damaged cache is no reason to refuse the journal */
        else
            return rc;
        assert(!good || s->tables);
        if (good || (rc && rc != QP_ECORRUPT))
            return rc;
        if (atomic_load(&s->poison))
            return rc;
    }
    rc = discard(s, e);
    if (!rc)
        rc = env_open(s, e);
    atomic_store(&s->doubtful, false);
    s->remade = doubted;
    atomic_store(&s->stale, true);
    return rc;
}

int qp_store_drop_tables(struct qp_store *s, struct qp_err *e)
{
    assert(!atomic_load(&s->writing));
    int rc = atomic_load(&s->poison);
    if (rc)
        return qp_fail(e, rc, "%s: the store failed before; the node must be started again", s->dir);
    if (!s->dirty) {
        rc = qp_journal_mark(s, NULL, true, e);
        if (rc)
            return rc;
    }
    assert(s->dirty); /* or a power loss would leave half of them believed */
    MDB_txn *txn;
    int m = mdb_txn_begin(s->tables, NULL, 0, &txn);
    if (m)
        return qp_store_poison(s, qp_store_error(m, "emptying the tables", e));
    qp_at_a_row = txn;
    for (int i = 0; i < QP_TABLES && !m; i++)
        m = mdb_drop(txn, s->dbi[i], 0);
    if (m)
        mdb_txn_abort(txn);
    else
        m = mdb_txn_commit(txn);
    if (qp_row_left(m))
        return qp_store_poison(s, qp_store_error(m, "emptying the tables", e));
    atomic_store(&s->stale, true);
    return qp_env_fill(s->tables, &s->tables_filled, false, e);
}
