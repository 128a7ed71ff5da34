/* map_rig.h: Boston's import map, and records out of a header and a row, for the tests of topology/map*.c. */
#ifndef QP_TESTS_UNIT_TOPOLOGY_MAP_RIG_H
#define QP_TESTS_UNIT_TOPOLOGY_MAP_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "topology/map.h"

/* The shipped map; qp_map_free. */
struct qp_map *rig_boston(void);
int64_t rig_utc(const char *text);
/* A record from a header row and a row, "a,b,c" without quotes; the caller frees it. QP_OK or the row's error in *e. */
int rig_record(struct qp_map_record **out, const struct qp_map *m, const char *header, const char *row,
               struct qp_err *e);
/* The same, which must succeed. */
struct qp_map_record *rig_good(const struct qp_map *m, const char *header, const char *row);

#endif
