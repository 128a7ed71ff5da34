/* audit.c: the audit trail's table: each entry as it was said, by its time. See node/core/audit.h. */
#include <assert.h>

#include "node/core/audit.h"

#include "node/core/private.h"

enum { KEY = 8 + QP_EVENT_ID_LEN, ENTRY_ARENA = 1024 * 1024 };

static void key_of(uint8_t k[KEY], int64_t at_us, const uint8_t id[QP_EVENT_ID_LEN])
{
    qp_be64(k, (uint64_t)at_us);
    memcpy(k + 8, id, QP_EVENT_ID_LEN);
}

int qp_audit_put(struct qp_work *w, const Qp__Event *ev, struct qp_err *e)
{
    assert(ev->body_case == QP__EVENT__BODY_AUDITED);
    uint8_t k[KEY], id[QP_EVENT_ID_LEN];
    size_t len;
    uint8_t *bytes = qp_encode(&ev->base, w->c->arena, &len);
    if (!bytes)
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    qp_event_id(id, ev);
    key_of(k, ev->at_us, id);
    return qp_put(w->t->tables, qp_store_dbi(w->c->store, QP_T_AUDIT), k, sizeof k, bytes, len, e);
}

/* ---- reading ---- */

int qp_audit_known(struct qp_work *w, const Qp__Event *ev, bool *known, struct qp_err *e)
{
    assert(ev->body_case == QP__EVENT__BODY_AUDITED);
    uint8_t k[KEY], id[QP_EVENT_ID_LEN];
    MDB_val v;
    qp_event_id(id, ev);
    key_of(k, ev->at_us, id);
    int rc = qp_get(w->t->tables, qp_store_dbi(w->c->store, QP_T_AUDIT), k, sizeof k, &v);
    *known = !rc;
    return rc && rc != QP_ENOTFOUND ? qp_fail(e, rc, "the audit trail cannot be read") : 0;
}

static bool is_who(const Qp__Event *ev, const char *who)
{
    const char *colon = strchr(ev->by, ':');
    return !who || strcmp(ev->by, who) == 0 || (colon && strcmp(colon + 1, who) == 0) ||
           (ev->audited->what == QP_AUDIT_LOGIN_FAILED && strcmp(ev->audited->on, who) == 0);
}

static bool is_where(struct qp_read *r, const Qp__Event *ev, const char *path)
{
    struct qp_node_entry n;
    return !path || (!qp_node_by_id(r, ev->origin.data, &n) && qp_path_within(n.path, path));
}

static bool wanted(struct qp_read *r, const struct qp_audit_query *q, const Qp__Event *ev)
{
    if (ev->body_case != QP__EVENT__BODY_AUDITED || ev->origin.len != QP_ID_LEN)
        return false;
    if (q->what != 0 && ev->audited->what != q->what)
        return false;
    if (q->node && !qp_same(ev->origin.data, q->node))
        return false;
    return is_who(ev, q->who) && is_where(r, ev, q->path);
}

/* Puts the cursor on the newest that is not newer than asked for. */
static int begin(MDB_cursor *cur, const struct qp_audit_query *q, MDB_val *k, MDB_val *v)
{
    uint8_t key[KEY] = {0};
    bool page = q->before_us != 0;
    if (page)
        key_of(key, q->before_us, q->before);
    else if (q->to_us != 0)
        qp_be64(key, (uint64_t)q->to_us);
    else
        return mdb_cursor_get(cur, k, v, MDB_LAST);
    *k = (MDB_val){sizeof key, key};
    int m = mdb_cursor_get(cur, k, v, MDB_SET_RANGE);
    return m == MDB_NOTFOUND ? mdb_cursor_get(cur, k, v, MDB_LAST)
           : m               ? m
                             : mdb_cursor_get(cur, k, v, MDB_PREV);
}

static int one(struct qp_read *r, struct qp_audit_query *q, const MDB_val *k, const MDB_val *v, size_t *n,
               int (*each)(void *arg, const struct qp_audit_entry *x), void *arg, struct qp_arena *a,
               struct qp_err *e)
{
    Qp__Event *ev;
    if (k->mv_size != KEY)
        return 0;
    qp_arena_reset(a);
    q->last_us = (int64_t)qp_rd64(k->mv_data);
    memcpy(q->last, (const uint8_t *)k->mv_data + 8, QP_EVENT_ID_LEN);
    int rc = QP_DECODE(&ev, event, v->mv_data, v->mv_size, a, e);
    if (rc || !wanted(r, q, ev))
        return rc;
    ++*n;
    return each(arg, &(struct qp_audit_entry){ev, ev->audited});
}

static int list(struct qp_read *r, struct qp_audit_query *q, MDB_cursor *cur,
                int (*each)(void *arg, const struct qp_audit_entry *x), void *arg, struct qp_arena *a,
                struct qp_err *e)
{
    MDB_val k, v;
    size_t n = 0, looked = 0;
    int m = begin(cur, q, &k, &v);
    for (; !m; m = mdb_cursor_get(cur, &k, &v, MDB_PREV)) {
        if (k.mv_size == KEY && (int64_t)qp_rd64(k.mv_data) < q->from_us)
            return 0;
        if (n == q->limit || looked++ == QP_AUDIT_LOOKED_AT) {
            q->more = true;
            return 0;
        }
        int rc = one(r, q, &k, &v, &n, each, arg, a, e);
        if (rc)
            return rc;
    }
    assert(n <= q->limit && n <= looked);
    return m == MDB_NOTFOUND ? 0 : qp_store_error(m, "the audit trail", e);
}

int qp_audit_list(struct qp_read *r, struct qp_audit_query *q,
                  int (*each)(void *arg, const struct qp_audit_entry *x), void *arg, struct qp_err *e)
{
    assert(each);
    MDB_cursor *cur;
    int m = mdb_cursor_open(r->tables, qp_store_dbi(r->store, QP_T_AUDIT), &cur);
    q->more = false;
    if (m)
        return qp_store_error(m, "the audit trail", e);
    struct qp_arena *a = qp_arena_new(ENTRY_ARENA);
    int rc =
        a ? list(r, q, cur, each, arg, a, e) : qp_fail(e, QP_ENOMEM, "no memory to read the audit trail");
    qp_arena_free(a);
    mdb_cursor_close(cur);
    return rc;
}
