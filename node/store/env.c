/* env.c: an LMDB environment: looked at before it is mapped, opened, and its codes turned into ours.
 *
 * A file that is shorter than its meta page says raises SIGBUS at the first touch of a missing page; so the
 * two meta pages are read with pread first. Called by store.c, journal.c, tables.c; get, put and del by all
 * rooms above. */
#include "node/store/inside.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where LMDB 0.9's meta page holds what is needed here (64 bit, host order): page header 16, then MDB_meta.
 */
enum {
    META_BYTES = 152,
    AT_FLAGS = 10,
    AT_MAGIC = 16,
    AT_VERSION = 20,
    AT_PAGE_SIZE = 40,
    AT_FREE_DB = 40, /* two MDB_db: flags at 4, depth at 6, root at 40 */
    AT_MAIN_DB = 88,
    AT_LAST_PAGE = 136,
    AT_TXN = 144,
    PAGE_IS_BRANCH = 0x01,
    PAGE_IS_LEAF = 0x02,
    PAGE_IS_META = 0x08,
    DEPTH_MAX = 32,
    AHEAD_LEAST = 64 * 1024,
    AHEAD_MOST = 8 * 1024 * 1024,
    LMDB_VERSION = 1,
};
static const uint32_t lmdb_magic = 0xBEEFC0DE;
_Static_assert(sizeof(size_t) == 8, "the meta page's layout is that of a 64-bit machine");

static const uint64_t no_page = UINT64_MAX;

struct meta {
    uint64_t last_page, txn, root[2];
    uint32_t page_size;
};

/* The root's page is there and says that it is that page, and a root: LMDB would follow it unasked, or abort.
 */
static bool root_good(int fd, uint64_t root, uint32_t page_size)
{
    assert(page_size >= 512 && (page_size & (page_size - 1)) == 0); /* meta_read has refused any other */
    uint8_t head[AT_MAGIC];
    uint64_t number;
    uint16_t flags;
    if (root == no_page)
        return true;
    if (pread(fd, head, sizeof head, (off_t)(root * page_size)) != AT_MAGIC)
        return false;
    memcpy(&number, head, sizeof number);
    memcpy(&flags, head + AT_FLAGS, sizeof flags);
    return number == root && (flags & (PAGE_IS_BRANCH | PAGE_IS_LEAF)) != 0;
}

static bool db_read(uint64_t *root, const uint8_t *db, uint16_t flags_due, uint64_t last_page)
{
    assert(flags_due == 0 || flags_due == MDB_INTEGERKEY);
    uint16_t flags, depth;
    memcpy(&flags, db + 4, sizeof flags);
    memcpy(&depth, db + 6, sizeof depth);
    memcpy(root, db + 40, sizeof *root);
    if (flags != flags_due || depth > DEPTH_MAX || (depth == 0) != (*root == no_page))
        return false;
    return *root == no_page || (*root >= 2 && *root <= last_page);
}

static bool meta_read(struct meta *out, int fd, off_t at)
{
    assert(fd >= 0 && at >= 0 && at <= 65536); /* the second one lies behind one page */
    uint8_t b[META_BYTES];
    uint16_t flags;
    uint32_t magic, version;
    if (pread(fd, b, sizeof b, at) != META_BYTES)
        return false;
    memcpy(&flags, b + AT_FLAGS, sizeof flags);
    memcpy(&magic, b + AT_MAGIC, sizeof magic);
    memcpy(&version, b + AT_VERSION, sizeof version);
    memcpy(&out->page_size, b + AT_PAGE_SIZE, sizeof out->page_size);
    memcpy(&out->last_page, b + AT_LAST_PAGE, sizeof out->last_page);
    memcpy(&out->txn, b + AT_TXN, sizeof out->txn);
    if ((flags & PAGE_IS_META) == 0 || magic != lmdb_magic || version != LMDB_VERSION)
        return false;
    if (out->page_size < 512 || out->page_size > 65536 || (out->page_size & (out->page_size - 1)) != 0)
        return false;
    /* the free list's flags are the environment's too; MDB_FIXEDMAP among them would map at any address */
    return db_read(&out->root[0], b + AT_FREE_DB, MDB_INTEGERKEY, out->last_page) &&
           db_read(&out->root[1], b + AT_MAIN_DB, 0, out->last_page);
}

static int metas_check(int fd, uint64_t size, const char *path, struct qp_err *e)
{
    assert(fd >= 0 && size > 0); /* an empty file has none and is no damage */
    struct meta m[2];
    if (!meta_read(&m[0], fd, 0) || !meta_read(&m[1], fd, (off_t)m[0].page_size) ||
        m[0].page_size != m[1].page_size)
        return qp_fail(e, QP_ECORRUPT, "%s: its meta pages are damaged; restore a backup or join again",
                       path);
    const struct meta *last = m[0].txn > m[1].txn ? &m[0] : &m[1];
    uint64_t have = size / last->page_size;
    if (last->last_page >= have)
        return qp_fail(e, QP_ECORRUPT,
                       "%s: is cut short: %" PRIu64 " pages where %" PRIu64
                       " belong; restore a backup or join again",
                       path, have, last->last_page + 1);
    if (!root_good(fd, last->root[0], last->page_size) || !root_good(fd, last->root[1], last->page_size))
        return qp_fail(e, QP_ECORRUPT, "%s: its root pages are damaged; restore a backup or join again",
                       path);
    return 0;
}

/* *empty: not there, or nothing in it: LMDB will begin it. */
int qp_env_check(const char *path, bool *empty, struct qp_err *e)
{
    assert(path[0] != '\0');
    *empty = false;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT) {
        *empty = true;
        return 0;
    }
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0) {
        int why = errno;
        if (fd >= 0)
            close(fd);
        return qp_fail(e, QP_EIO, "%s: cannot be opened: %s", path, strerror(why));
    }
    *empty = st.st_size == 0;
    int rc = *empty ? 0 : metas_check(fd, (uint64_t)st.st_size, path, e);
    close(fd);
    return rc;
}

/* LMDB found a page that it cannot follow, and ends the process when this returns. A cache that ended one start
 * would end each: the tables are doubtful before that, and the next opening makes them again. */
static void on_assert(MDB_env *env, const char *what)
{
    const char *folder = NULL;
    struct qp_store *s = mdb_env_get_userctx(env);
    if (!s || mdb_env_get_path(env, &folder))
        return;
    const char *name = strrchr(folder, '/');
    bool cache = name && strcmp(name, "/tables") == 0;
    if (cache)
        qp_store_doubt(s);
    fprintf(stderr, "%s: a page is damaged (%s). %s\n", folder, what,
            cache ? "The node ends, and its next start makes the tables again from the journal."
                  : "The node ends. " QP_DAMAGE_STOPPED ".");
}

static size_t whole_pages(size_t bytes)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    return (bytes + page - 1) / page * page;
}

int qp_env_open(MDB_env **out, struct qp_store *s, const char *name, size_t map, unsigned flags,
                bool *created, struct qp_err *e)
{
    assert(!*out && map > 0); /* LMDB breaks when a process opens one twice */
    char folder[PATH_MAX], file[PATH_MAX + 16];
    int rc = qp_path_in(folder, s, name, e);
    if (rc)
        return rc;
    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        return qp_fail(e, QP_EIO, "%s: cannot be made: %s", folder, strerror(errno));
    snprintf(file, sizeof file, "%s/data.mdb", folder);
    rc = qp_env_check(file, created, e);
    if (rc)
        return rc;
    MDB_env *env = NULL;
    int m = mdb_env_create(&env);
    if (!m)
        m = mdb_env_set_mapsize(env, whole_pages(map));
    if (!m)
        m = mdb_env_set_maxdbs(env, QP_TABLES + 2);
    if (!m)
        m = mdb_env_set_maxreaders(env, QP_READERS + 2);
    if (!m)
        m = mdb_env_set_userctx(env, s);
    if (!m)
        m = mdb_env_set_assert(env, on_assert);
    if (!m)
        m = mdb_env_open(env, folder, flags | MDB_NOTLS, 0600);
    int dead = 0;
    if (!m)
        m = mdb_reader_check(env, &dead);
    if (m) {
        if (env)
            mdb_env_close(env);
        return qp_store_error(m, folder, e);
    }
    *out = env;
    assert(mdb_env_get_userctx(env) == s); /* by it every transaction finds its store */
    if (!*created || s->no_sync)
        return 0;
    rc = qp_sync_folder(folder, e);
    return rc ? rc : qp_sync_folder(s->dir, e);
}

/* Zeros from `at` on. A full disk is no error here: what is to be kept comes by LMDB, which will say so. */
static uint64_t write_zeros(int fd, uint64_t at, uint64_t to)
{
    assert(fd >= 0 && at < to);
    static const uint8_t zeros[64 * 1024];
    while (at < to) {
        size_t len = to - at < sizeof zeros ? (size_t)(to - at) : sizeof zeros;
        ssize_t n = pwrite(fd, zeros, len, (off_t)at);
        if (n <= 0)
            break;
        at += (uint64_t)n;
    }
    return at;
}

int qp_env_fill(MDB_env *env, uint64_t *filled, bool ahead, struct qp_err *e)
{
    MDB_envinfo info;
    MDB_stat page;
    mdb_filehandle_t fd;
    struct stat st;
    int m = mdb_env_info(env, &info);
    if (!m)
        m = mdb_env_stat(env, &page);
    if (m)
        return qp_store_error(m, "the environment's size", e);
    uint64_t need = ((uint64_t)info.me_last_pgno + 1) * page.ms_psize, room = 0;
    if (ahead)
        room = need / 2 < AHEAD_LEAST ? AHEAD_LEAST : need / 2 > AHEAD_MOST ? AHEAD_MOST : need / 2;
    if (need + room / 2 <= *filled)
        return 0;
    m = mdb_env_get_fd(env, &fd);
    if (m || fstat(fd, &st) != 0)
        return qp_fail(e, QP_EIO, "the environment's file cannot be looked at");
    uint64_t size = (uint64_t)st.st_size;
    if (size < need && ftruncate(fd, (off_t)need) != 0)
        return qp_fail(e, QP_EIO, "the environment's file cannot be made longer: %s", strerror(errno));
    size = size < need ? need : size;
    uint64_t most = info.me_mapsize, to = need + room < most ? need + room : most;
    *filled = to > size ? write_zeros(fd, size, to) : size;
    assert(*filled >= need); /* a page that is missing in the file is a signal, not an error */
    return 0;
}

int qp_store_error(int mdb_rc, const char *what, struct qp_err *e)
{
    assert(what);
    switch (mdb_rc) {
    case MDB_SUCCESS: return 0;
    case MDB_NOTFOUND: return qp_fail(e, QP_ENOTFOUND, "%s: not there", what);
    case MDB_MAP_FULL:
        return qp_fail(e, QP_EFULL,
                       "%s: no room left in the quota; raise it (store.journal_map, store.tables_map) and "
                       "start the node again",
                       what);
    case MDB_READERS_FULL:
        return qp_fail(e, QP_EBUSY, "%s: %d readers are at work already; try again", what, QP_READERS);
    case ENOMEM: return qp_fail(e, QP_ENOMEM, "%s: no memory", what);
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_INVALID:
    case MDB_INCOMPATIBLE:
    case MDB_VERSION_MISMATCH:
        return qp_fail(e, QP_ECORRUPT,
                       "%s: %s; start the node again, which makes damaged tables again from the journal; if "
                       "that does not help, restore a backup or join again",
                       what, mdb_strerror(mdb_rc));
    default: return qp_fail(e, QP_EIO, "%s: %s; the node must be started again", what, mdb_strerror(mdb_rc));
    }
}

int qp_store_poison(struct qp_store *s, int code)
{
    int none = 0;
    assert(code);
    atomic_compare_exchange_strong(&s->poison, &none, code); /* the first reason stays */
    return code;
}

int qp_txn_error(MDB_txn *txn, int mdb_rc, const char *what, struct qp_err *e)
{
    assert(mdb_rc != MDB_SUCCESS);
    int rc = qp_store_error(mdb_rc, what, e);
    struct qp_store *s = mdb_env_get_userctx(mdb_txn_env(txn));
    assert(s);
    if (rc == QP_ECORRUPT && mdb_txn_env(txn) == s->tables)
        qp_store_doubt(s);
    if (rc == QP_ECORRUPT || rc == QP_EIO)
        qp_store_poison(s, rc);
    return rc;
}

/* Whose tables the transaction is of; NULL: it is of the journal. */
static struct qp_store *of_tables(MDB_txn *txn)
{
    MDB_env *env = mdb_txn_env(txn);
    struct qp_store *s = mdb_env_get_userctx(env);
    assert(env == s->tables || env == s->journal);
    return env == s->tables ? s : NULL;
}

int qp_get(MDB_txn *txn, MDB_dbi dbi, const void *key, size_t key_len, MDB_val *out)
{
    assert(key_len > 0 && key_len <= 511);
    MDB_val k = {key_len, (void *)(uintptr_t)key};
    struct qp_store *s = of_tables(txn);
    qp_at_a_row = txn;
    int m = mdb_get(txn, dbi, &k, out);
    bool fits = m || !s || qp_row_open(&k, out);
    qp_row_left(m);
    if (m == MDB_NOTFOUND)
        return QP_ENOTFOUND;
    if (!fits) { /* an error of this row, not of the store */
        qp_store_doubt(s);
        return QP_ECORRUPT;
    }
    if (m == MDB_BAD_TXN) /* a write failed before; its code was told then */
        return QP_EIO;
    return !m ? 0 : qp_txn_error(txn, m, "reading a table", NULL);
}

/* Only the one writer comes here. A write that failed leaves its transaction fit for nothing but abort. */
int qp_write_error(MDB_txn *txn, int mdb_rc, const char *what, struct qp_err *e)
{
    struct qp_store *s = mdb_env_get_userctx(mdb_txn_env(txn));
    assert(mdb_rc != MDB_SUCCESS && s);
    if (mdb_rc == MDB_BAD_TXN && s->turn_error)
        return qp_fail(e, s->turn_error, "%s: an earlier write of this turn failed", what);
    int rc = qp_txn_error(txn, mdb_rc, what, e);
    if (!s->turn_error)
        s->turn_error = rc;
    return rc;
}

int qp_put(MDB_txn *txn, MDB_dbi dbi, const void *key, size_t key_len, const void *val, size_t val_len,
           struct qp_err *e)
{
    assert(key_len > 0 && key_len <= 511);
    MDB_val k = {key_len, (void *)(uintptr_t)key}, v = {val_len, (void *)(uintptr_t)val};
    int m = of_tables(txn) ? qp_row_put(txn, dbi, &k, &v, 0) : mdb_put(txn, dbi, &k, &v, 0);
    return !m ? 0 : qp_write_error(txn, m, "writing a table", e);
}

int qp_del(MDB_txn *txn, MDB_dbi dbi, const void *key, size_t key_len, struct qp_err *e)
{
    assert(key_len > 0 && key_len <= 511);
    MDB_val k = {key_len, (void *)(uintptr_t)key};
    qp_at_a_row = txn;
    int m = qp_row_left(mdb_del(txn, dbi, &k, NULL));
    return !m || m == MDB_NOTFOUND ? 0 : qp_write_error(txn, m, "deleting from a table", e);
}

uint64_t qp_code(const char *text)
{
    struct qp_hash h;
    qp_hash(&h, text, strlen(text));
    return qp_rd64(h.b);
}
