/* weigh.c: what holds of all that was said (PO1), and what would become of a new policy: the door's question, asked by
 * any thread before the turn.
 *
 *   layers, root first ─► read ─► sound? ─► qp_policy_tighten, one after the other ─► what holds
 *
 * The first one must stand by itself; one that does not (its ancestors' have not come back yet), or that no door could
 * have let through, is passed over until it can be used. */
#include <assert.h>
#include <stdlib.h>

#include "node/core/private.h"

static void stamp(struct qp_policy_layers *l)
{
    assert(l->n <= QP_PATH_DEPTH);
    uint8_t b[QP_PATH_DEPTH][QP_ID_LEN + 4 + 8 + QP_HASH_LEN];
    for (size_t i = 0; i < l->n; i++) {
        memcpy(b[i], l->v[i].node, QP_ID_LEN);
        qp_be32(b[i] + QP_ID_LEN, l->v[i].incarnation);
        qp_be64(b[i] + QP_ID_LEN + 4, l->v[i].revision);
        memcpy(b[i] + QP_ID_LEN + 12, l->v[i].hash.b, QP_HASH_LEN);
    }
    const struct qp_part part = {b, l->n * sizeof b[0]};
    if (l->n > 0)
        qp_hash_parts(&l->stamp, &part, 1);
}

void qp_policy_layers(MDB_txn *tables, struct qp_store *s, const char *path, struct qp_policy_layers *out)
{
    struct qp_read r = {.store = s, .tables = tables};
    int depth = qp_path_depth(path);
    memset(out, 0, sizeof *out);
    for (int n = 1; n <= depth && n <= QP_PATH_DEPTH; n++) {
        struct qp_node_entry node;
        char at[QP_PATH_MAX];
        qp_path_prefix(at, path, n);
        if (qp_node_by_path(&r, at, &node) || !qp_policy_newest(tables, s, node.node, &out->v[out->n]))
            continue;
        snprintf(out->v[out->n++].path, QP_PATH_MAX, "%s", at);
    }
    assert(out->n <= QP_PATH_DEPTH);
    if (out->n < QP_PATH_DEPTH)
        memset(&out->v[out->n], 0, sizeof out->v[0]);
    stamp(out);
}

/* NULL: it cannot be used as it is. */
static struct qp_policy *layer(MDB_txn *tables, struct qp_store *s, const struct qp_policy_layer *l,
                               bool whole)
{
    struct qp_mistakes besides = {0}, m = {0};
    char *text = qp_policy_text(tables, s, l);
    struct qp_policy *p = text ? qp_policy_json(text, l->bytes, NULL, &besides) : NULL;
    free(text);
    qp_mistakes_free(&besides); /* what a later build says besides is passed over (E5) */
    if (p)
        qp_policy_check(p, whole, &m);
    bool sound = p && !p->broken && qp_mistakes_all(&m) == 0;
    qp_mistakes_free(&m);
    if (sound)
        return p;
    qp_policy_free(p);
    return NULL;
}

int qp_policy_fold(MDB_txn *tables, struct qp_store *s, const struct qp_policy_layers *l, size_t n,
                   struct qp_policy **out, struct qp_changes *last, struct qp_err *e)
{
    assert(n <= l->n);
    *out = NULL;
    for (size_t i = 0; i < n; i++) {
        struct qp_policy *above = *out, *p = layer(tables, s, &l->v[i], !above);
        if (!p || !above) {
            *out = above ? above : p;
            continue;
        }
        *out = qp_policy_tighten(above, p, i + 1 == n ? last : NULL);
        qp_policy_free(above);
        qp_policy_free(p);
        if (!*out)
            return qp_fail(e, QP_ENOMEM, "no memory for the policy that is in force");
    }
    return 0;
}

/* What would hold, and what that changes. Takes `above`. */
static int compare(MDB_txn *tables, struct qp_store *s, const struct qp_policy_layers *l,
                   struct qp_policy *above, const struct qp_policy *p, struct qp_policy_trial *out,
                   struct qp_err *e)
{
    struct qp_policy *now, *holds = above ? qp_policy_tighten(above, p, &out->above) : NULL;
    qp_policy_free(above);
    int rc = qp_policy_fold(tables, s, l, l->n, &now, NULL, e);
    if (!rc && !now)
        now = qp_policy_builtin();
    if (!rc && (!now || (!out->on_top && !holds)))
        rc = qp_fail(e, QP_ENOMEM, "no memory to weigh a policy");
    if (!rc) {
        assert(now && (out->on_top || holds));
        qp_policy_compare(now, out->on_top ? p : holds, &out->changes);
        snprintf(out->version, sizeof out->version, "%s", out->on_top ? p->version : holds->version);
    }
    qp_policy_free(now);
    qp_policy_free(holds);
    return rc;
}

int qp_policy_weigh(MDB_txn *tables, struct qp_store *s, const char *path, struct qp_policy *p,
                    struct qp_policy_trial *out, struct qp_err *e)
{
    struct qp_policy_layers l;
    struct qp_policy *above;
    struct qp_policy_use use;
    qp_policy_layers(tables, s, path, &l);
    out->stamp = l.stamp;
    size_t over = l.n > 0 && strcmp(l.v[l.n - 1].path, path) == 0 ? l.n - 1 : l.n;
    assert(over <= l.n && l.n - over <= 1); /* its own is the last one */
    int rc = qp_policy_fold(tables, s, &l, over, &above, NULL, e);
    if (rc)
        return rc;
    out->on_top = !above;
    qp_policy_check(p, out->on_top, &out->mistakes);
    if (p->broken || !p->version || qp_mistakes_all(&out->mistakes) > 0) {
        qp_policy_free(above);
        return 0;
    }
    snprintf(out->own, sizeof out->own, "%s", p->version);
    out->used = qp_policy_used(tables, s, p->version, &use);
    out->json = qp_policy_write(p, &out->len);
    if (!out->json) {
        qp_policy_free(above);
        return qp_fail(e, QP_ENOMEM, "no memory to write a policy");
    }
    if (out->len > QP_POLICY_BYTES) {
        char len[48], most[24];
        snprintf(len, sizeof len, "it has %zu bytes", out->len);
        snprintf(most, sizeof most, "%d", (int)QP_POLICY_BYTES);
        qp_mistake_add(&out->mistakes, QP_MISTAKE_TOO_LARGE, p->at, NULL, len, most);
    }
    assert(out->json && out->on_top == (!above));
    return compare(tables, s, &l, above, p, out, e);
}

bool qp_policy_passes(const struct qp_policy_trial *t)
{
    return qp_mistakes_all(&t->mistakes) == 0 && qp_changes_refused(&t->above) == 0 && !t->used && t->json;
}

void qp_policy_trial_free(struct qp_policy_trial *t)
{
    qp_mistakes_free(&t->mistakes);
    qp_changes_free(&t->above);
    qp_changes_free(&t->changes);
    free(t->json);
    memset(t, 0, sizeof *t);
}
