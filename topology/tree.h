/* tree.h: the nodes that this node knows, in memory, and the one rule of routing: along the tree path.
 *
 * Holds every node of the own subtree and whatever others were learned. Filled from the certificates in the
 * tables at start and as they come. The turn's thread alone: other threads read the tables (core.h). A place that
 * was handed out stays where it is until qp_tree_free; what stands in it changes with its certificate. */
#ifndef QP_TOPOLOGY_TREE_H
#define QP_TOPOLOGY_TREE_H

#include "topology/certificate.h"

struct qp_place {
    struct qp_cert cert;           /* of the present incarnation */
    bool revoked;                  /* revoked and no successor certified yet */
    bool quarantined;              /* forked: C5 */
    bool doubted;                  /* since the start: its key did not fit, or it brought what did not */
    const struct qp_place *parent; /* NULL where it is not known */
};

struct qp_tree;
struct qp_tree *qp_tree_new(const uint8_t self[QP_ID_LEN]); /* NULL: out of memory */
void qp_tree_free(struct qp_tree *t);
/* Adds or replaces (a higher incarnation replaces a lower; a lower one is ignored). Returns the place, NULL
 * when out of memory. */
struct qp_place *qp_tree_add(struct qp_tree *t, const struct qp_cert *c);
struct qp_place *qp_tree_node(const struct qp_tree *t, const uint8_t node[QP_ID_LEN]);
struct qp_place *qp_tree_path(const struct qp_tree *t, const char *path);
struct qp_place *qp_tree_self(const struct qp_tree *t);
struct qp_place *qp_tree_parent(const struct qp_tree *t); /* NULL at the root, or before it is known */
size_t qp_tree_children(const struct qp_tree *t, const uint8_t node[QP_ID_LEN], struct qp_place **out,
                        size_t cap); /* in the order of their paths; returns how many there are */
/* How many nodes are known below it. */
size_t qp_tree_below(const struct qp_tree *t, const uint8_t node[QP_ID_LEN]);
/* The child of this node with that link key, revoked ones excepted; NULL. */
struct qp_place *qp_tree_link(const struct qp_tree *t, const uint8_t link_key[QP_PK_LEN]);
/* Ids, paths and keys are chosen by those who are certified: with a salt that they cannot know their places
 * in the hash tables are not theirs to choose. */
void qp_tree_salt(struct qp_tree *t, uint64_t salt);
size_t qp_tree_count(const struct qp_tree *t);
/* Where a parcel for `node` goes next: the child whose subtree holds it, else the parent. NULL: it is for
 * this node, or nobody is there (a root that does not know it: *unknown true). */
struct qp_place *qp_tree_next(const struct qp_tree *t, const uint8_t node[QP_ID_LEN], bool *unknown);
/* True when `node` is this node or one of its ancestors: it hears of everything by way of the horizon. */
bool qp_tree_above(const struct qp_tree *t, const uint8_t node[QP_ID_LEN]);
/* Does `p` lie below `above`, by the issuers of its certificates (T3: membership by id, not by path)? */
bool qp_place_below(const struct qp_place *p, const struct qp_place *above);
/* Every place, in no order. */
void qp_tree_each(const struct qp_tree *t, void (*f)(void *, struct qp_place *), void *arg);

#endif
