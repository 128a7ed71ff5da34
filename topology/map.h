/* map.h: an import map: which column of somebody's CSV is which field of a matter.
 *
 * The importer reads a map once, binds it to the file's header row, and turns each row into a struct
 * qp_map_record, which holds all that the API has to be told: the matter, the areas that it may belong to,
 * where it enters, and the later steps with their times. topology/areas/README.md describes the format. A
 * read map is immutable.
 *
 *   qp_map_read ─► qp_map_bind (header row) ─► qp_map_record (each row) ─► qp_map_area_of (which area)
 *
 * How the record is used (record r, clock "source" given to every step as `at`):
 *   r.skip                        the row is left out on purpose: counted under r.skip's words
 *   r.enter == QP_MAP_ENTER_TOP   open at the root with `area` = the record's area; where that lies below, it
 *                                 is offered down, and accepted there by the importer if r.accept
 *   r.enter == QP_MAP_ENTER_AREA  open at the node of the record's area
 *   then r.steps in order, each at the holder. */
#ifndef QP_TOPOLOGY_MAP_H
#define QP_TOPOLOGY_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/error.h"
#include "proto/steps.h"
#include "topology/areas.h"
#include "topology/zone.h"

enum {
    QP_MAP_COLUMNS = 64,      /* named columns in a map */
    QP_MAP_CODES = 4,         /* alternatives for a record's area, by code and again by name */
    QP_MAP_STEPS = 16,        /* steps in a map */
    QP_MAP_TEXT_MAX = 131072, /* all texts of one record, their NULs included */
};

enum qp_map_enter { QP_MAP_ENTER_AREA, QP_MAP_ENTER_TOP };

struct qp_map; /* a map as read */

/* Where each of the map's columns stands in one file: made by qp_map_bind. */
struct qp_map_columns {
    size_t fields;          /* fields of the header row: every row must have as many */
    int at[QP_MAP_COLUMNS]; /* index in the row, -1 = an optional column that this file has not */
};

/* One later step of a record: what proto/steps.h declares, as the map and the row say it. Texts are "" where they
 * give none, or the step has none of that name; answers are "yes", "no" or ""; `into` is the other matter's
 * source_ref here. */
struct qp_map_step {
    const char *step; /* "handle", "close" …: the name in the API */
    bool has_at;
    int64_t at_us;
    int64_t time_us[QP_WORDS]; /* `until`, `deadline` read; 0 = none */
    union {
        struct {
#define X(name, value, en, zh) const char *name;
            QP_STEP_WORDS(X)
#undef X
        };
        const char *arg[QP_WORDS]; /* by enum qp_word */
    };
};

/* One row, understood. All texts are UTF-8, lie in `text` below and live as long as the record; "" = not
 * given. */
struct qp_map_record {
    const char *skip; /* left out on purpose: the section's words; NULL = it is brought in */

    const char *source_ref, *category, *title, *source; /* never empty */
    const char *body, *desk, *place, *urgency;          /* body is the API's `text` */
    bool has_opened, has_deadline, has_location;
    int64_t opened_us, deadline_us;
    double lat, lon; /* degrees in `crs` */
    const char *crs; /* a name of topology/geo/crs.h */

    const char *codes[QP_MAP_CODES]; /* area codes in the order of preference; the root itself is "" */
    size_t n_codes;
    const char *names[QP_MAP_CODES]; /* the same by name: titles from above to below with / between them */
    size_t n_names;
    enum qp_map_enter enter;
    bool accept; /* the importer accepts in the receiver's stead what enters at the top */

    struct qp_map_step steps[QP_MAP_STEPS];
    size_t n_steps;

    /* What was done to make the row fit: for the summary. */
    bool dropped_position; /* it had one that cannot be, or that stands for none */
    unsigned shortened;    /* texts that were cut */
    unsigned raised;       /* steps that were before the opening, moved to it */

    size_t text_len;
    char text[QP_MAP_TEXT_MAX];
};

/* Reads a map file. QP_ENOTFOUND; QP_EINVAL with `boston311.map:12: …`; the zone's errors. */
int qp_map_read(struct qp_map **out, const char *path, struct qp_err *e);
/* The same from memory; `name` is what errors call the file (its folder is where `areas` is looked for). */
int qp_map_parse(struct qp_map **out, const char *text, size_t len, const char *name, struct qp_err *e);
void qp_map_free(struct qp_map *m);

const char *qp_map_title(const struct qp_map *m);          /* what the summary calls the data */
const struct qp_zone *qp_map_zone(const struct qp_map *m); /* of the times in the file; never NULL */
/* The division list by which codes are understood where the running tree is cut; a file name that can be
 * opened from here (the map's folder put before it); NULL if the map names none. */
const char *qp_map_areas(const struct qp_map *m);
bool qp_map_has_times(const struct qp_map *m); /* the map fills opened_at: `--clock source` is the default */
/* The file's encoding as iconv names it; NULL = to be found out. */
const char *qp_map_encoding(const struct qp_map *m);
char qp_map_separator(const struct qp_map *m); /* between fields; 0 = to be found out from the header row */
/* A record is the same as an earlier one by its source_ref alone, not by source and source_ref. */
bool qp_map_by_ref_alone(const struct qp_map *m);

/* Finds the columns in a header row. QP_EINVAL names the first column that must be there and is not, with all
 * the names that were looked for. Names are compared without case and without spaces around them. */
int qp_map_bind(struct qp_map_columns *out, const struct qp_map *m, char *const *header, size_t n,
                struct qp_err *e);

/* One row. QP_EINVAL: a bad row: the sentence names column and value (the caller puts file and line before
 * it); QP_EBIG. `r` is large (128 KiB): allocate it once and use it again. */
int qp_map_record(struct qp_map_record *r, const struct qp_map *m, const struct qp_map_columns *c,
                  char *const *fields, size_t n, struct qp_err *e);

/* Index in `full` (the whole division list) of the record's area: the first of r->codes that the list has,
 * else the first of r->names (of a name with a/b/c the lowest that is found under the one before it); the
 * root for "" and for what is nowhere. Where the tree runs only down to some depth, take the nearest area
 * above (via .parent) whose path is a running node. */
long qp_map_area_of(const struct qp_map_record *r, const struct qp_areas *full);

/* A local time by the map's `times` forms; QP_EINVAL. For tests and for whoever shows what a map makes of a
 * value. */
int qp_map_time(int64_t *at_us, const struct qp_map *m, const char *text, struct qp_err *e);

#endif
