/* names.h: texts that occur again and again (areas, desks, sources, categories), each with its code, so that
 * neither is a name hashed with BLAKE2b at each event nor a path cut up.
 *
 * One thread. Entries live until qp_names_trim or qp_names_free. */
#ifndef QP_NODE_INSIGHT_NAMES_H
#define QP_NODE_INSIGHT_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "topology/path.h"

struct qp_name {
    uint64_t hash, code;
    struct qp_name *next_noted;
    bool noted, noted_old;
    int8_t levels;                           /* as an area; see qp_names_area. -1 = not asked for yet */
    const struct qp_name *at[QP_PATH_DEPTH]; /* the areas on the way, own path first */
    size_t len;
    char text[]; /* with a NUL */
};

struct qp_names;
struct qp_names *qp_names_new(const char *self_path); /* borrowed */
void qp_names_free(struct qp_names *n);
/* The entry of a text; makes it. NULL: no memory. */
struct qp_name *qp_names_find(struct qp_names *n, const char *text, size_t len);
/* The same for a matter's area: `levels` areas from self_path (at[0]) down to it, 0 when it is not a path
 * within self_path. */
struct qp_name *qp_names_area(struct qp_names *n, const char *text, size_t len);

/* The list of names that came into use, or (old) may have gone out of it. They stay on it until it is
 * cleared. NULL is ignored. */
void qp_names_note(struct qp_names *n, const struct qp_name *name, bool old);
const struct qp_name *qp_names_noted(const struct qp_names *n); /* go on with next_noted */
void qp_names_clear_noted(struct qp_names *n);
/* Forgets everything when there is too much of it (texts come from outside). Only while nothing is noted. */
void qp_names_trim(struct qp_names *n);
size_t qp_names_kept(const struct qp_names *n); /* how many there are */

#endif
