/* policies.c: what is known of policies (QP_T_POLICY), four kinds of rows:
 *
 *   'p' node 16, incarnation 4, revision 8, part 1 ─► a part's bytes, of this node's ancestors and its own
 *   'w' node 16 ─► the newest of which all parts are there: incarnation 4, revision 8, at 8, bytes 4, parts 1, hash 32,
 *                  version text
 *   'v' version text ─► what this node itself said by it: incarnation 4, revision 8, hash 32, then who asked, a NUL, his
 *                  key
 *   'h' node 16 ─► when it said so 8, incarnation 4, counter 8, then PolicyHeard
 *
 * Of two policies of one node the one of the later incarnation is newer, then the one of the higher revision: never by
 * time. Parts of an older one than was begun are dropped: what comes in any order ends the same. */
#include <assert.h>
#include <stdlib.h>

#include "node/core/private.h"

enum { PART = 'p', WHOLE = 'w', VERSION = 'v', HEARD = 'h' };
enum { NODE_KEY = 1 + QP_ID_LEN, PART_KEY = NODE_KEY + 4 + 8 + 1, VERSION_KEY = 1 + QP_POLICY_VERSION };
enum { AT_REVISION = 4, AT_TIME = 12, AT_BYTES = 20, AT_PARTS = 24, AT_HASH = 25, AT_VERSION = 57 };
enum { SAID_HASH = 12, SAID_BY = 44, HEARD_BY = 8, HEARD_COUNTER = 12, HEARD_BODY = 20 };

static MDB_dbi table(const struct qp_store *s)
{
    return qp_store_dbi((struct qp_store *)(uintptr_t)s, QP_T_POLICY);
}

static void node_key(uint8_t key[NODE_KEY], uint8_t kind, const uint8_t node[QP_ID_LEN])
{
    assert(kind == PART || kind == WHOLE || kind == HEARD);
    key[0] = kind;
    memcpy(key + 1, node, QP_ID_LEN);
}

static void part_key(uint8_t key[PART_KEY], const uint8_t node[QP_ID_LEN], uint32_t incarnation,
                     uint64_t revision, uint8_t part)
{
    node_key(key, PART, node);
    qp_be32(key + NODE_KEY, incarnation);
    qp_be64(key + NODE_KEY + 4, revision);
    key[NODE_KEY + 12] = part;
}

/* ---- whole ones ---- */

bool qp_policy_later(const struct qp_policy_layer *a, const struct qp_policy_layer *b)
{
    return a->incarnation != b->incarnation ? a->incarnation > b->incarnation : a->revision > b->revision;
}

bool qp_policy_newest(MDB_txn *tables, struct qp_store *s, const uint8_t node[QP_ID_LEN],
                      struct qp_policy_layer *out)
{
    uint8_t key[NODE_KEY];
    MDB_val v;
    node_key(key, WHOLE, node);
    memset(out, 0, sizeof *out);
    memcpy(out->node, node, QP_ID_LEN);
    if (qp_get(tables, table(s), key, sizeof key, &v) || v.mv_size <= AT_VERSION ||
        v.mv_size > AT_VERSION + QP_POLICY_VERSION)
        return false;
    const uint8_t *p = v.mv_data;
    out->incarnation = qp_rd32(p);
    out->revision = qp_rd64(p + AT_REVISION);
    out->at_us = (int64_t)qp_rd64(p + AT_TIME);
    out->bytes = qp_rd32(p + AT_BYTES);
    out->parts = p[AT_PARTS];
    memcpy(out->hash.b, p + AT_HASH, QP_HASH_LEN);
    memcpy(out->version, p + AT_VERSION, v.mv_size - AT_VERSION);
    assert(out->version[QP_POLICY_VERSION] == '\0');
    return true;
}

static int whole_put(struct qp_work *w, const struct qp_policy_layer *l, struct qp_err *e)
{
    uint8_t key[NODE_KEY], v[AT_VERSION + QP_POLICY_VERSION];
    size_t len = strlen(l->version);
    assert(len <= QP_POLICY_VERSION);
    node_key(key, WHOLE, l->node);
    qp_be32(v, l->incarnation);
    qp_be64(v + AT_REVISION, l->revision);
    qp_be64(v + AT_TIME, (uint64_t)l->at_us);
    qp_be32(v + AT_BYTES, l->bytes);
    v[AT_PARTS] = l->parts;
    memcpy(v + AT_HASH, l->hash.b, QP_HASH_LEN);
    memcpy(v + AT_VERSION, l->version, len);
    return qp_put(w->t->tables, table(w->c->store), key, sizeof key, v, AT_VERSION + len, e);
}

char *qp_policy_text(MDB_txn *tables, struct qp_store *s, const struct qp_policy_layer *l)
{
    char *text = malloc((size_t)l->bytes + 1);
    size_t n = 0;
    for (uint8_t i = 0; text && i < l->parts; i++) {
        uint8_t key[PART_KEY];
        MDB_val v;
        part_key(key, l->node, l->incarnation, l->revision, i);
        if (qp_get(tables, table(s), key, sizeof key, &v) || v.mv_size > l->bytes - n) {
            free(text);
            return NULL;
        }
        memcpy(text + n, v.mv_data, v.mv_size);
        n += v.mv_size;
    }
    assert(n <= l->bytes);
    if (text)
        text[n] = '\0';
    return text;
}

/* ---- parts ---- */

/* The parts of those older than `now` go, but for `keep`'s, which holds until a newer one is whole. *newer: parts of a
 * later one are there already. */
static int drop_older(struct qp_work *w, const struct qp_policy_layer *now,
                      const struct qp_policy_layer *keep, bool *newer, struct qp_err *e)
{
    assert(!keep || qp_policy_later(now, keep)); /* what is newer than the present one is being heard */
    MDB_cursor *cur;
    uint8_t mine[PART_KEY], kept[PART_KEY] = {0};
    int rc = mdb_cursor_open(w->t->tables, table(w->c->store), &cur);
    *newer = false;
    if (rc)
        return qp_store_error(rc, "policy", e);
    part_key(mine, now->node, now->incarnation, now->revision, 0);
    if (keep)
        part_key(kept, keep->node, keep->incarnation, keep->revision, 0);
    MDB_val k = {NODE_KEY, mine}, v;
    for (rc = mdb_cursor_get(cur, &k, &v, MDB_SET_RANGE); !rc; rc = mdb_cursor_get(cur, &k, &v, MDB_NEXT)) {
        if (k.mv_size != PART_KEY || memcmp(k.mv_data, mine, NODE_KEY) != 0)
            break;
        int order = memcmp(k.mv_data, mine, PART_KEY - 1);
        *newer = *newer || order > 0;
        if (order < 0 && memcmp(k.mv_data, kept, PART_KEY - 1) != 0 && (rc = mdb_cursor_del(cur, 0)))
            break;
    }
    mdb_cursor_close(cur);
    return !rc || rc == MDB_NOTFOUND ? 0 : qp_store_error(rc, "policy", e);
}

/* All parts of it are there, and are what was said. */
static bool complete(struct qp_work *w, const struct qp_policy_layer *l)
{
    struct qp_hash h;
    char *text = qp_policy_text(w->t->tables, w->c->store, l);
    if (!text)
        return false;
    size_t len = strlen(text);
    assert(len <= l->bytes);
    const struct qp_part part = {text, len};
    qp_hash_parts(&h, &part, 1);
    free(text);
    return len == l->bytes && qp_hash_eq(&h, &l->hash);
}

static bool in_bounds(const Qp__PolicySaid *p)
{
    return p->revision > 0 && p->parts >= 1 && p->parts <= QP_POLICY_PARTS && p->part < p->parts &&
           p->bytes >= 1 && p->bytes <= QP_POLICY_BYTES && p->hash.len == QP_HASH_LEN;
}

int qp_policy_part(struct qp_work *w, const Qp__Event *ev, bool *whole, struct qp_err *e)
{
    assert(ev->body_case == QP__EVENT__BODY_POLICY_SAID);
    const Qp__PolicySaid *p = ev->policy_said;
    struct qp_policy_layer now, l = {.incarnation = ev->incarnation,
                                     .revision = p->revision,
                                     .at_us = ev->at_us,
                                     .bytes = p->bytes,
                                     .parts = (uint8_t)p->parts};
    uint8_t key[PART_KEY];
    bool newer;
    *whole = false;
    if (!in_bounds(p))
        return 0;
    memcpy(l.node, ev->origin.data, QP_ID_LEN);
    memcpy(l.hash.b, p->hash.data, QP_HASH_LEN);
    snprintf(l.version, sizeof l.version, "%s", p->version);
    bool held = qp_policy_newest(w->t->tables, w->c->store, l.node, &now);
    if (held && !qp_policy_later(&l, &now))
        return 0;
    int rc = drop_older(w, &l, held ? &now : NULL, &newer, e);
    if (rc || newer)
        return rc;
    part_key(key, l.node, l.incarnation, l.revision, (uint8_t)p->part);
    rc = qp_put(w->t->tables, table(w->c->store), key, sizeof key, p->json.data, p->json.len, e);
    if (rc || !complete(w, &l))
        return rc;
    *whole = true;
    rc = drop_older(w, &l, NULL, &newer, e);
    return rc ? rc : whole_put(w, &l, e);
}

/* ---- what a version text of this node's own stood for ---- */

static size_t version_key(uint8_t key[VERSION_KEY], const char *version)
{
    size_t len = strnlen(version, QP_POLICY_VERSION);
    key[0] = VERSION;
    memcpy(key + 1, version, len);
    assert(1 + len <= VERSION_KEY);
    return 1 + len;
}

bool qp_policy_used(MDB_txn *tables, struct qp_store *s, const char *version, struct qp_policy_use *out)
{
    uint8_t key[VERSION_KEY];
    MDB_val v;
    memset(out, 0, sizeof *out);
    if (qp_get(tables, table(s), key, version_key(key, version), &v) || v.mv_size < SAID_BY + 1 ||
        v.mv_size >= SAID_BY + sizeof out->asked)
        return false;
    const uint8_t *p = v.mv_data;
    if (!memchr(p + SAID_BY, 0, v.mv_size - SAID_BY))
        return false; /* his name has no end: damaged */
    out->incarnation = qp_rd32(p);
    out->revision = qp_rd64(p + AT_REVISION);
    memcpy(out->hash.b, p + SAID_HASH, QP_HASH_LEN);
    memcpy(out->asked, p + SAID_BY, v.mv_size - SAID_BY);
    return true;
}

int qp_policy_use(struct qp_work *w, const Qp__Event *ev, struct qp_err *e)
{
    assert(ev->body_case == QP__EVENT__BODY_POLICY_SAID);
    const Qp__PolicySaid *p = ev->policy_said;
    uint8_t key[VERSION_KEY], v[SAID_BY + sizeof((struct qp_policy_use *)0)->asked];
    if (!in_bounds(p) || p->part != 0)
        return 0;
    qp_be32(v, ev->incarnation);
    qp_be64(v + AT_REVISION, p->revision);
    memcpy(v + SAID_HASH, p->hash.data, QP_HASH_LEN);
    int n = snprintf((char *)v + SAID_BY, sizeof v - SAID_BY, "%s", ev->by) + 1;
    n += snprintf((char *)v + SAID_BY + n, sizeof v - SAID_BY - (size_t)n, "%s", ev->key);
    return qp_put(w->t->tables, table(w->c->store), key, version_key(key, p->version), v, SAID_BY + (size_t)n,
                  e);
}

/* ---- what a node has heard ---- */

int qp_policy_heard_put(struct qp_work *w, const Qp__Event *ev, struct qp_err *e)
{
    assert(ev->body_case == QP__EVENT__BODY_POLICY_HEARD);
    uint8_t key[NODE_KEY];
    size_t len;
    MDB_val v;
    node_key(key, HEARD, ev->origin.data);
    if (!qp_get(w->t->tables, table(w->c->store), key, sizeof key, &v) && v.mv_size >= HEARD_BODY) {
        uint32_t incarnation = qp_rd32((const uint8_t *)v.mv_data + HEARD_BY);
        uint64_t counter = qp_rd64((const uint8_t *)v.mv_data + HEARD_COUNTER);
        if (incarnation > ev->incarnation || (incarnation == ev->incarnation && counter >= ev->counter))
            return 0;
    }
    const uint8_t *body = qp_encode(&ev->policy_heard->base, w->c->arena, &len);
    uint8_t *row = qp_arena_take(w->c->arena, HEARD_BODY + len);
    if (!body || !row)
        return qp_fail(e, QP_ENOMEM, "no memory for what a node has heard of policies");
    qp_be64(row, (uint64_t)ev->at_us);
    qp_be32(row + HEARD_BY, ev->incarnation);
    qp_be64(row + HEARD_COUNTER, ev->counter);
    memcpy(row + HEARD_BODY, body, len);
    return qp_put(w->t->tables, table(w->c->store), key, sizeof key, row, HEARD_BODY + len, e);
}

Qp__PolicyHeard *qp_policy_heard_get(MDB_txn *tables, struct qp_store *s, const uint8_t node[QP_ID_LEN],
                                     struct qp_arena *a, int64_t *at_us)
{
    uint8_t key[NODE_KEY];
    MDB_val v;
    Qp__PolicyHeard *h;
    node_key(key, HEARD, node);
    if (qp_get(tables, table(s), key, sizeof key, &v) || v.mv_size < HEARD_BODY ||
        QP_DECODE(&h, policy_heard, (const uint8_t *)v.mv_data + HEARD_BODY, v.mv_size - HEARD_BODY, a,
                  NULL) != 0)
        return NULL;
    *at_us = (int64_t)qp_rd64(v.mv_data);
    return h;
}
