/* merkle.c: the Merkle tree over a parcel's events, so that one event can be proved, or erased, without the
 * others.
 *
 *            root              The shape of RFC 6962: the left subtree holds the largest power of two below
 * n. /      \            A leaf is hashed after a byte 0x00 and a node after 0x01, so that no node can be
 *        *          e4         passed off as an event.
 *      /   \
 *    *       *                 The path of leaf e2 is e3, hash(e0,e1), e4: from the leaf upward.
 *   / \     / \
 *  e0  e1  e2  e3
 *
 * Called by node/core when it seals a parcel, by those who check one, and by `qipan prove` and `verify`. */
#include "crypto/crypto.h"

#include <assert.h>
#include <string.h>

enum { LEVELS_MAX = 32 };

static void node_hash(struct qp_hash *out, const struct qp_hash *left, const struct qp_hash *right)
{
    uint8_t in[1 + 2 * QP_HASH_LEN];
    in[0] = 0x01;
    memcpy(in + 1, left->b, QP_HASH_LEN);
    memcpy(in + 1 + QP_HASH_LEN, right->b, QP_HASH_LEN);
    qp_hash(out, in, sizeof in);
}

void qp_merkle_leaf(struct qp_hash *out, const void *event, size_t len)
{
    const uint8_t zero = 0x00;
    const struct qp_part parts[2] = {{&zero, 1}, {event, len}};
    qp_hash_parts(out, parts, 2);
}

/* Pairs are joined level by level; an odd one at the end rises unchanged, which gives RFC 6962's shape. */
void qp_merkle_root(struct qp_hash *out, struct qp_hash *leaves, size_t n)
{
    assert(n > 0);
    for (; n > 1; n = (n + 1) / 2) {
        for (size_t i = 0; i + 1 < n; i += 2)
            node_hash(&leaves[i / 2], &leaves[i], &leaves[i + 1]);
        if (n % 2 == 1)
            leaves[n / 2] = leaves[n - 1];
    }
    *out = leaves[0];
}

/* The same root without touching the leaves: a stack of complete subtrees, as in a binary counter. */
static void subtree_root(struct qp_hash *out, const struct qp_hash *leaves, size_t n)
{
    struct qp_hash stack[LEVELS_MAX + 1];
    size_t depth = 0;
    for (size_t i = 0; i < n; i++) {
        stack[depth++] = leaves[i];
        for (size_t count = i + 1; count % 2 == 0; count /= 2, depth--)
            node_hash(&stack[depth - 2], &stack[depth - 2], &stack[depth - 1]);
    }
    for (; depth > 1; depth--)
        node_hash(&stack[depth - 2], &stack[depth - 2], &stack[depth - 1]);
    *out = stack[0];
}

size_t qp_merkle_path(struct qp_hash path[32], const struct qp_hash *leaves, size_t n, size_t i)
{
    assert(i < n && n <= (size_t)1 << LEVELS_MAX);
    size_t len = 0;
    while (n > 1) { /* from the root downward */
        size_t left = 1;
        while (left * 2 < n)
            left *= 2;
        if (i < left) {
            subtree_root(&path[len++], leaves + left, n - left);
            n = left;
        } else {
            subtree_root(&path[len++], leaves, left);
            leaves += left;
            i -= left;
            n -= left;
        }
    }
    for (size_t a = 0; a + 1 < len - a; a++) { /* a path is told from the leaf upward */
        struct qp_hash t = path[a];
        path[a] = path[len - 1 - a];
        path[len - 1 - a] = t;
    }
    return len;
}

/* RFC 9162, 2.1.3.2. `i` and `last` lose a bit at each level; a leaf at the right edge skips levels without
 * sibling. */
bool qp_merkle_climb(struct qp_hash *root, const struct qp_hash *leaf, size_t n, size_t i,
                     const struct qp_hash *path, size_t path_len)
{
    if (i >= n || path_len > LEVELS_MAX)
        return false;
    size_t last = n - 1;
    struct qp_hash h = *leaf;
    for (size_t p = 0; p < path_len; p++) {
        if (last == 0)
            return false;
        if (i % 2 == 1 || i == last) {
            node_hash(&h, &path[p], &h);
            while (i % 2 == 0 && i != 0) {
                i /= 2;
                last /= 2;
            }
        } else {
            node_hash(&h, &h, &path[p]);
        }
        i /= 2;
        last /= 2;
    }
    if (last != 0)
        return false;
    *root = h;
    return true;
}
