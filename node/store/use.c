/* use.c: how much of the quotas and of the disk is taken, and whether new intake must wait.
 *
 * The journal never frees a page: its last page says all. The tables do: their free list is counted too, but
 * only when the last page alone looks full, for that is a walk. Called by node/http, metrics and admission.
 */
#include "node/store/inside.h"

#include <assert.h>
#include <string.h>
#include <sys/statvfs.h>

enum { FREE_DBI = 0, CLOSE_PERCENT = 80, FULL_PERCENT = 90 };

static uint64_t pages_used(MDB_env *env, uint64_t *page_size)
{
    MDB_envinfo info;
    MDB_stat st;
    *page_size = 0;
    if (mdb_env_info(env, &info) || mdb_env_stat(env, &st))
        return 0;
    *page_size = st.ms_psize;
    return (uint64_t)info.me_last_pgno + 1;
}

/* Pages on the free list: each entry is a transaction's, its first word how many follow. */
static uint64_t pages_free(MDB_env *env)
{
    MDB_txn *txn;
    MDB_cursor *c;
    uint64_t pages = 0;
    if (mdb_txn_begin(env, NULL, MDB_RDONLY, &txn))
        return 0;
    if (!mdb_cursor_open(txn, FREE_DBI, &c)) {
        MDB_val k, v;
        for (int m = mdb_cursor_get(c, &k, &v, MDB_FIRST); !m; m = mdb_cursor_get(c, &k, &v, MDB_NEXT)) {
            size_t n;
            if (v.mv_size < sizeof n)
                break;
            memcpy(&n, v.mv_data, sizeof n);
            pages += n;
        }
        mdb_cursor_close(c);
    }
    mdb_txn_abort(txn);
    return pages;
}

uint64_t qp_env_used(MDB_env *env, uint64_t above)
{
    uint64_t page, used = pages_used(env, &page);
    if (used * page <= above)
        return used * page;
    uint64_t spare = pages_free(env);
    assert(page > 0); /* a page of no bytes was at most `above` already */
    return (spare < used ? used - spare : 0) * page;
}

static void use(struct qp_store *s, struct qp_store_use *u, uint64_t count_free_above)
{
    uint64_t page;
    *u = (struct qp_store_use){.journal_size = s->journal_map, .tables_size = s->tables_map};
    u->journal_used = pages_used(s->journal, &page);
    u->journal_used *= page;
    u->tables_used = qp_env_used(s->tables, count_free_above);
    struct statvfs fs;
    if (statvfs(s->dir, &fs) == 0) {
        u->disk_free = (uint64_t)fs.f_bavail * fs.f_frsize;
        u->disk_total = (uint64_t)fs.f_blocks * fs.f_frsize;
    }
}

void qp_store_use(struct qp_store *s, struct qp_store_use *u)
{
    use(s, u, 0);
}

static bool above(uint64_t used, uint64_t size)
{
    return used > size / 100 * FULL_PERCENT;
}

enum qp_disk_room qp_disk_room(uint64_t free, uint64_t total, uint64_t may_take)
{
    if (free >= may_take || free >= total)
        return QP_DISK_ROOMY;
    if (above(total - free, total))
        return QP_DISK_FULL;
    return total - free > total / 100 * CLOSE_PERCENT ? QP_DISK_CLOSE : QP_DISK_ROOMY;
}

bool qp_store_full(struct qp_store *s)
{
    struct qp_store_use u;
    use(s, &u, s->tables_map / 100 * FULL_PERCENT);
    if (above(u.journal_used, u.journal_size) || above(u.tables_used, u.tables_size))
        return true;
    return qp_disk_room(u.disk_free, u.disk_total,
                        u.journal_size - u.journal_used + u.tables_size - u.tables_used) == QP_DISK_FULL;
}
