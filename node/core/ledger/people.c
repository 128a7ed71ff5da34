/* people.c: who may ask at this node's doors: programs by token, people by name and password.
 *
 *   QP_T_TOKEN   'h' hash of the token 32 ─► struct qp_token_entry        'n' name ─► hash 32
 *   QP_T_USER    name ─► struct qp_user_entry
 *
 * A name is anybody's text, up to as long as a hash: the first byte keeps them apart. */
#include <stdlib.h>

#include "node/core/private.h"

enum { BY_HASH = 'h', BY_NAME = 'n', HASH_KEY = 1 + QP_HASH_LEN, NAME_KEY_MAX = 1 + QP_NAME_BYTES };

static void hash_key(uint8_t key[HASH_KEY], const void *hash)
{
    key[0] = BY_HASH;
    memcpy(key + 1, hash, QP_HASH_LEN);
}

/* 0: no name is that long. */
static size_t name_key(uint8_t key[NAME_KEY_MAX], const char *name)
{
    size_t len = strlen(name);
    if (len > QP_NAME_BYTES)
        return 0;
    key[0] = BY_NAME;
    memcpy(key + 1, name, len);
    return 1 + len;
}

/* ---- tokens ---- */

int qp_token_end(struct qp_work *w, const char *name, struct qp_err *e)
{
    MDB_dbi dbi = qp_store_dbi(w->c->store, QP_T_TOKEN);
    struct qp_token_entry t;
    uint8_t by_name[NAME_KEY_MAX], key[HASH_KEY];
    MDB_val v;
    size_t len = name_key(by_name, name);
    if (len == 0 || qp_get(w->t->tables, dbi, by_name, len, &v) != 0 || v.mv_size != QP_HASH_LEN)
        return 0;
    hash_key(key, v.mv_data);
    if (qp_get(w->t->tables, dbi, key, sizeof key, &v) != 0 || v.mv_size != sizeof t)
        return 0;
    memcpy(&t, v.mv_data, sizeof t);
    t.ended = true;
    return qp_put(w->t->tables, dbi, key, sizeof key, &t, sizeof t, e);
}

int qp_token_put(struct qp_work *w, const Qp__TokenMade *made, struct qp_err *e)
{
    MDB_dbi dbi = qp_store_dbi(w->c->store, QP_T_TOKEN);
    struct qp_token_entry t;
    uint8_t by_name[NAME_KEY_MAX], key[HASH_KEY];
    size_t len = name_key(by_name, made->name);
    if (made->hash.len != QP_HASH_LEN || len == 0)
        return 0;
    /* the name stands for one secret: an older one could not be ended any more */
    int rc = qp_token_end(w, made->name, e);
    memset(&t, 0, sizeof t); /* padding too: the bytes are the row */
    snprintf(t.name, sizeof t.name, "%s", made->name);
    snprintf(t.desk, sizeof t.desk, "%s", made->desk);
    t.rights = made->rights;
    hash_key(key, made->hash.data);
    if (rc == 0)
        rc = qp_put(w->t->tables, dbi, key, sizeof key, &t, sizeof t, e);
    return rc != 0 ? rc : qp_put(w->t->tables, dbi, by_name, len, made->hash.data, QP_HASH_LEN, e);
}

int qp_token_read(struct qp_read *r, const struct qp_hash *hash, struct qp_token_entry *out)
{
    MDB_val v;
    uint8_t key[HASH_KEY];
    hash_key(key, hash->b);
    int rc = qp_get(r->tables, qp_store_dbi(r->store, QP_T_TOKEN), key, sizeof key, &v);
    if (rc != 0 || v.mv_size != sizeof *out)
        return QP_ENOTFOUND;
    memcpy(out, v.mv_data, sizeof *out);
    return 0;
}

int qp_tokens_list(struct qp_read *r, struct qp_token_entry **out, size_t *n)
{
    MDB_cursor *cur;
    uint8_t first = BY_HASH;
    MDB_val k = {1, &first}, v;
    size_t cap = 0;
    *out = NULL;
    *n = 0;
    if (mdb_cursor_open(r->tables, qp_store_dbi(r->store, QP_T_TOKEN), &cur) != 0)
        return QP_EIO;
    int rc = 0;
    for (int m = mdb_cursor_get(cur, &k, &v, MDB_SET_RANGE); m == 0 && ((uint8_t *)k.mv_data)[0] == BY_HASH;
         m = mdb_cursor_get(cur, &k, &v, MDB_NEXT)) {
        if (v.mv_size != sizeof **out)
            continue;
        if (*n == cap) {
            cap = cap == 0 ? 16 : cap * 2;
            void *bigger = realloc(*out, sizeof **out * cap);
            if (bigger == NULL) {
                rc = QP_ENOMEM;
                break;
            }
            *out = bigger;
        }
        memcpy(&(*out)[(*n)++], v.mv_data, sizeof **out);
    }
    mdb_cursor_close(cur);
    return rc;
}

bool qp_person_known(struct qp_work *w, bool is_token, const char *name)
{
    MDB_val v;
    uint8_t by_name[NAME_KEY_MAX];
    size_t len = is_token ? name_key(by_name, name) : strlen(name);
    return is_token
               ? len > 0 && qp_get(w->t->tables, qp_store_dbi(w->c->store, QP_T_TOKEN), by_name, len, &v) == 0
               : len > 0 && qp_get(w->t->tables, qp_store_dbi(w->c->store, QP_T_USER), name, len, &v) == 0;
}

/* ---- people ---- */

int qp_user_put(struct qp_work *w, const Qp__UserMade *made, struct qp_err *e)
{
    struct qp_user_entry u;
    memset(&u, 0, sizeof u);
    snprintf(u.password, sizeof u.password, "%s", made->password);
    snprintf(u.role, sizeof u.role, "%s", made->role);
    u.rights = made->rights;
    return qp_put(w->t->tables, qp_store_dbi(w->c->store, QP_T_USER), made->name, strlen(made->name), &u,
                  sizeof u, e);
}

int qp_user_end(struct qp_work *w, const char *name, struct qp_err *e)
{
    MDB_dbi dbi = qp_store_dbi(w->c->store, QP_T_USER);
    struct qp_user_entry u;
    MDB_val v;
    if (qp_get(w->t->tables, dbi, name, strlen(name), &v) != 0 || v.mv_size != sizeof u)
        return 0;
    memcpy(&u, v.mv_data, sizeof u);
    u.ended = true;
    return qp_put(w->t->tables, dbi, name, strlen(name), &u, sizeof u, e);
}

int qp_user_read(struct qp_read *r, const char *name, struct qp_user_entry *out)
{
    MDB_val v;
    size_t len = strlen(name);
    if (len < 1 || len > QP_NAME_BYTES ||
        qp_get(r->tables, qp_store_dbi(r->store, QP_T_USER), name, len, &v) != 0 || v.mv_size != sizeof *out)
        return QP_ENOTFOUND;
    memcpy(out, v.mv_data, sizeof *out);
    return 0;
}
