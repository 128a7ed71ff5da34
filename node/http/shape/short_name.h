/* short_name.h: what a board writes on a place's square: its title without what its level says anyway, 黄口镇 is 黄口. While
 * that is one among its siblings and has two characters at least; else the whole title. In one place for the wall, the desk
 * and whoever else asks GET /api/v1/tree. */
#ifndef QP_NODE_HTTP_SHAPE_SHORT_NAME_H
#define QP_NODE_HTTP_SHAPE_SHORT_NAME_H

#include <stddef.h>

#include "proto/codec.h"

/* v[0..n): titles of siblings; each becomes its short one, in the arena or the same text. QP_ENOMEM: what was not changed yet
 * stays. */
int qp_short_names(const char **v, size_t n, struct qp_arena *a);

#endif
