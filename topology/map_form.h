/* map_form.h: a read import map, as map*.c make it and map_record.c uses it. Private to topology/map*.c.
 *
 *   value       = alternative | alternative | …          the first whose columns are all given
 *   alternative = text {column} text {column:4} {column first "," by table} …
 *   condition   = {column} is "x" and {column} is given or {column} contains "y" in any case … */
#ifndef QP_TOPOLOGY_MAP_FORM_H
#define QP_TOPOLOGY_MAP_FORM_H

#include "topology/map.h"

enum {
    QP_FORM_PARTS = 12,
    QP_FORM_ALTERNATIVES = 4,
    QP_FORM_CLAUSES = 16,
    QP_FORM_HEADERS = 8,
    QP_FORM_TIMES = 8,
    QP_FORM_ENTERS = 4,
    QP_FORM_SKIPS = 8,
    QP_FORM_TABLES = 16,
    QP_FORM_VALUES = 1024, /* rows of all tables */
    QP_FORM_WORDS = 8,     /* words that stand for nothing, positions that stand for none */
};
_Static_assert((int)QP_FORM_ALTERNATIVES == (int)QP_MAP_CODES, "an area's alternatives are a record's codes");

enum qp_form_piece { QP_PIECE_ALL, QP_PIECE_FIRST, QP_PIECE_LAST };

struct qp_form_part {
    const char *text; /* NULL = a column */
    int column;
    int width;                /* 0 = the text as it is; else its number */
    enum qp_form_piece piece; /* of what stands between separators */
    const char *separator;
    int table; /* -1 = none; else what it stands for there */
};

struct qp_form_alternative {
    struct qp_form_part part[QP_FORM_PARTS];
    size_t n;
};

/* n = 0: the map does not say */
struct qp_map_form {
    struct qp_form_alternative alt[QP_FORM_ALTERNATIVES];
    size_t n;
};

enum qp_form_test {
    QP_TEST_GIVEN,
    QP_TEST_EMPTY,
    QP_TEST_IS,
    QP_TEST_CONTAINS,
    QP_TEST_BEGINS,
    QP_TEST_ENDS,
    QP_TEST_LESS, /* numbers, or times by the map's forms */
    QP_TEST_AT_MOST,
    QP_TEST_MORE,
    QP_TEST_AT_LEAST,
};

struct qp_form_clause {
    struct qp_form_part left; /* always a column */
    enum qp_form_test test;
    bool negated, any_case;
    bool begins_group; /* an `or` stands before it */
    const char *value;
};

/* Groups with `or` between them, in each all clauses must hold; no clause = always. */
struct qp_form_condition {
    struct qp_form_clause clause[QP_FORM_CLAUSES];
    size_t n;
};

struct qp_form_column {
    const char *name;
    bool required;
    const char *header[QP_FORM_HEADERS];
    size_t n_headers;
};

struct qp_form_enter {
    enum qp_map_enter where;
    struct qp_form_condition when;
    bool accept;
};

struct qp_form_skip {
    const char *why;
    long line;
    struct qp_form_condition when;
};

/* One row of a [values] table. */
struct qp_form_value {
    const char *from, *to;
    int table;
};

/* What a step's time is when the row gives none. */
enum qp_form_no_time { QP_NO_TIME_REJECT, QP_NO_TIME_PREVIOUS, QP_NO_TIME_OPENED, QP_NO_TIME_SKIP };

struct qp_form_step {
    const struct qp_step *kind;
    long line;
    struct qp_form_condition when;
    enum qp_form_no_time no_time;
    struct qp_map_form at, arg[QP_WORDS]; /* by enum qp_word */
};

/* A step that a map can have; NULL = there is none of that name. */
const struct qp_step *qp_form_step(const char *name);
/* What a map says of such a step under that key; NULL = nothing. The caller's fields, but for `to`: a record goes
 * to its own area, and the importer says so. */
const struct qp_shape_row *qp_form_step_row(const struct qp_step *step, const char *key);
/* Such a step must say something, by one of the rows for which this holds. */
bool qp_form_step_counts(const struct qp_step *step, const struct qp_shape_row *row);

/* The keys of [matter]: X(name in the map, bytes at most, must be given) */
#define QP_MAP_FIELDS(X)                                                                                     \
    X(source_ref, QP_REF_BYTES, true)                                                                        \
    X(category, QP_NAME_BYTES, true)                                                                         \
    X(title, QP_TITLE_BYTES, true)                                                                           \
    X(source, QP_NAME_BYTES, true)                                                                           \
    X(text, QP_TEXT_BYTES, false)                                                                            \
    X(desk, QP_NAME_BYTES, false)                                                                            \
    X(place, QP_PLACE_BYTES, false)                                                                          \
    X(urgency, QP_NAME_BYTES, false)                                                                         \
    X(opened_at, 64, false)                                                                                  \
    X(deadline, 64, false)                                                                                   \
    X(lat, 64, false)                                                                                        \
    X(lon, 64, false)                                                                                        \
    X(position, 128, false)                                                                                  \
    X(crs, 16, false)

enum qp_map_field {
#define X(name, max, given) QP_FIELD_##name,
    QP_MAP_FIELDS(X)
#undef X
        QP_FIELDS
};

/* The texts that may be cut when they are too long: bits of `shorten`. */
enum qp_form_shorten {
    QP_SHORTEN_title = 1,
    QP_SHORTEN_text = 2,
    QP_SHORTEN_place = 4,
    QP_SHORTEN_note = 8,
    QP_SHORTEN_result = 16,
    QP_SHORTEN_reason = 32,
    QP_SHORTEN_category = 64,
    QP_SHORTEN_desk = 128,
    QP_SHORTEN_source = 256,
};
uint32_t qp_form_shorten(const char *name); /* 0 = that one is never cut */

struct qp_form_position {
    double lat, lon;
};

struct qp_map {
    char *bytes; /* the file, cut into strings in place: all texts below lie here */
    char *areas; /* file name, NULL = none */
    const char *title, *encoding;
    char separator;
    struct qp_zone *zone;
    const char *times[QP_FORM_TIMES];
    size_t n_times;
    bool has_earliest, has_latest;
    int64_t earliest_us, latest_us; /* times outside stand for none */
    const char *nothing[QP_FORM_WORDS];
    size_t n_nothing;
    struct qp_form_position no_position[QP_FORM_WORDS];
    size_t n_no_position;
    bool lon_first;             /* in `position` */
    bool by_ref_alone;          /* identity */
    bool raise;                 /* steps before the opening are moved to it */
    uint32_t shorten, map_keys; /* map_keys: which keys of [map] were given */
    struct qp_form_column column[QP_MAP_COLUMNS];
    size_t n_columns;
    const char *table[QP_FORM_TABLES];
    size_t n_tables;
    struct qp_form_value value[QP_FORM_VALUES];
    size_t n_values;
    struct qp_map_form field[QP_FIELDS];
    struct qp_map_form area, area_name;
    struct qp_form_enter enter[QP_FORM_ENTERS];
    size_t n_enters;
    struct qp_form_skip skip[QP_FORM_SKIPS];
    size_t n_skips;
    struct qp_form_step step[QP_MAP_STEPS];
    size_t n_steps;
};

/* What is wrong with a line's value; empty = nothing. */
struct qp_form_fault {
    char text[200];
};
bool qp_form_faulty(struct qp_form_fault *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* ---- map_value.c, map_condition.c: cut `text` in place; false with a fault. Columns and tables must have
 * been named before. ---- */
bool qp_form_read(struct qp_map_form *out, const struct qp_map *m, char *text, struct qp_form_fault *f);
bool qp_form_read_condition(struct qp_form_condition *out, const struct qp_map *m, char *text,
                            struct qp_form_fault *f);
/* The inside of {…}. */
bool qp_form_read_column(struct qp_form_part *out, const struct qp_map *m, char *text,
                         struct qp_form_fault *f);
/* Index of a named column, -1 if there is none. */
int qp_form_column(const struct qp_map *m, const char *name);
/* Cuts at "|" into at most max pieces without the blanks round them; 0 when one is empty or there are more.
 */
size_t qp_form_split(char *text, const char **piece, size_t max);
/* Cuts off blanks at both ends, in place. */
char *qp_form_trim(char *text);
/* A time pattern's mistake, NULL if it is good. */
const char *qp_form_time_fault(const char *pattern);

/* ---- map_section.c: the keys of [map], [matter], [step …] and so on ---- */
struct qp_form_reader {
    struct qp_map *m;
    const char *name; /* of the file */
    long line;
    int section;
    bool required; /* in a section of columns */
    struct qp_err *e;
};
/* map_value.c */
int qp_form_bad(const struct qp_form_reader *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int qp_form_section(struct qp_form_reader *r, char *title); /* what stands between [ and ] */
int qp_form_key(const struct qp_form_reader *r, char *key, char *value);

/* ---- map_row.c: a row's values ---- */
struct qp_map_row {
    struct qp_map_record *r;
    const struct qp_map *m;
    const struct qp_map_columns *c;
    char *const *fields;
    struct qp_err *e;
};
/* The first alternative that holds, "" if none does. `shorten`: what is longer than max is cut (and counted)
 * instead of being refused. `what` is the value's name for errors. */
int qp_form_write(const struct qp_map_row *w, const struct qp_map_form *f, const char *what, size_t max,
                  bool shorten, const char **out);
/* All alternatives that hold, in order; how many, -1 with an error. */
long qp_form_write_all(const struct qp_map_row *w, const struct qp_map_form *f,
                       const char *out[QP_MAP_CODES]);
bool qp_form_meets(const struct qp_map_row *w, const struct qp_form_condition *c);

/* ---- map_place.c ---- */
/* lat, lon or position into the record's location; what cannot be is dropped and noted. */
void qp_form_place(const struct qp_map_row *w, const char *lat, const char *lon, const char *position);

#endif
