/* rig.h: policies for tests, and what was told about them. */
#ifndef QP_TESTS_UNIT_POLICY_RIG_H
#define QP_TESTS_UNIT_POLICY_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "topology/policy/policy.h"
#include "topology/policy/tighten.h"

/* The kinds' names as they stand in the lists: "NO_SHARE", "tighter". */
const char *rig_mistake(enum qp_mistake_kind kind);
const char *rig_change(enum qp_change_kind kind);

/* `inner`: members of the policy's object behind a version and a title, with ' for ". Read, and checked as one that
 * stands alone (whole) or one below. Mistakes stay in *m. */
struct qp_policy *rig_json(const char *inner, bool whole, struct qp_mistakes *m);
/* The same, which must be sound. */
struct qp_policy *rig_sound(const char *inner);
struct qp_policy *rig_sound_below(const char *inner);
/* All mistakes as "path KIND; path KIND", sorted as they are shown. */
void rig_told(char *out, size_t cap, struct qp_mistakes *m);
/* All changes as "path kind from>to; …". */
void rig_changes(char *out, size_t cap, const struct qp_changes *c);

/* A temporary folder with the files named; "" = none of that name. Its path lives until the next call. */
int rig_folder_gone(void **state); /* for a group's teardown */
const char *rig_folder(const char *conf, const char *categories, const char *calendar);

#define RIG_FALLBACK "{'code':'','title':'其他'}"

#endif
