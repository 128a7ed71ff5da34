/* path.h: a node's place in the tree, root first: `suzhou/yongqiao/tuohe/hanchizi`.
 * Labels are [a-z0-9-]{1,32}, at most QP_PATH_DEPTH of them. All functions are pure. */
#ifndef QP_TOPOLOGY_PATH_H
#define QP_TOPOLOGY_PATH_H

#include <stdbool.h>
#include <stddef.h>

#include "crypto/error.h"

enum {
    QP_LABEL_MAX = 32,
    QP_PATH_DEPTH = 8,
    QP_PATH_MAX = QP_PATH_DEPTH * (QP_LABEL_MAX + 1) /* with the NUL */
};

bool qp_label_ok(const char *label);
/* QP_EINVAL with a sentence that names the offending label. */
int qp_path_check(const char *path, struct qp_err *e);
/* Number of labels: 1 for a root. The path must be valid. */
int qp_path_depth(const char *path);
/* True when `path` is `above` or lies below it. "a/b" is not within "a/bb". */
bool qp_path_within(const char *path, const char *above);
bool qp_path_below(const char *path, const char *above); /* within it, and not the same */
/* Copies the parent's path; false (and "") for a root. */
bool qp_path_parent(char out[QP_PATH_MAX], const char *path);
/* The first n labels. n must be 1..depth. */
void qp_path_prefix(char out[QP_PATH_MAX], const char *path, int n);
/* The child of `above` in which `path` lies, or `above` itself where it is that; it lies within. */
void qp_path_child(char out[QP_PATH_MAX], const char *above, const char *path);
const char *qp_path_label(const char *path); /* the last label, inside `path` */
/* parent + "/" + label; parent may be NULL or "" for a root. QP_EINVAL when too deep or the label is bad. */
int qp_path_join(char out[QP_PATH_MAX], const char *parent, const char *label, struct qp_err *e);
/* The deepest common ancestor; false when the roots differ. */
bool qp_path_common(char out[QP_PATH_MAX], const char *a, const char *b);

#endif
