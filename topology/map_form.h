/* map_form.h: a read import map, as map.c and map_value.c make it and map_record.c uses it. Private to
 * topology/map*.c.
 *
 *   value    = alternative | alternative | …          the first whose columns are all given
 *   alternative = text {column} text {column:4} …     :4 = the column's number, with zeros to 4 digits
 *   condition = {column} is "x" and {column} is given … */
#ifndef QP_TOPOLOGY_MAP_FORM_H
#define QP_TOPOLOGY_MAP_FORM_H

#include "topology/map.h"

enum {
    QP_FORM_PARTS = 12,
    QP_FORM_ALTERNATIVES = 4,
    QP_FORM_CLAUSES = 8,
    QP_FORM_HEADERS = 8,
    QP_FORM_TIMES = 8,
    QP_FORM_ENTERS = 4,
};
_Static_assert((int)QP_FORM_ALTERNATIVES == (int)QP_MAP_CODES, "an area's alternatives are a record's codes");

struct qp_form_part {
    const char *text; /* NULL = a column */
    int column;
    int width; /* 0 = the text as it is; else its number */
};

struct qp_form_alternative {
    struct qp_form_part part[QP_FORM_PARTS];
    size_t n;
};

/* n = 0: the map does not say */
struct qp_form {
    struct qp_form_alternative alt[QP_FORM_ALTERNATIVES];
    size_t n;
};

enum qp_form_test { QP_TEST_GIVEN, QP_TEST_EMPTY, QP_TEST_IS, QP_TEST_IS_NOT };

struct qp_form_clause {
    int column;
    enum qp_form_test test;
    const char *value;
};

/* All clauses must hold; none = always. */
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

struct qp_form_step {
    const char *name;
    long line;
    struct qp_form_condition when;
    struct qp_form at, result, note, of;
};

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
    X(lon, 64, false)

enum qp_map_field {
#define X(name, max, given) QP_FIELD_##name,
    QP_MAP_FIELDS(X)
#undef X
        QP_FIELDS
};

struct qp_map {
    char *bytes; /* the file, cut into strings in place: all texts below lie here */
    char *areas; /* file name, NULL = none */
    const char *title;
    struct qp_zone *zone;
    const char *times[QP_FORM_TIMES];
    size_t n_times;
    struct qp_form_column column[QP_MAP_COLUMNS];
    size_t n_columns;
    struct qp_form field[QP_FIELDS];
    struct qp_form area;
    struct qp_form_enter enter[QP_FORM_ENTERS];
    size_t n_enters;
    struct qp_form_step step[QP_MAP_STEPS];
    size_t n_steps;
};

/* What is wrong with a line's value; empty = nothing. */
struct qp_form_fault {
    char text[200];
};

/* Cut `text` in place; false with a fault. Columns must have been named before. */
bool qp_form_read(struct qp_form *out, const struct qp_map *m, char *text, struct qp_form_fault *f);
bool qp_form_read_condition(struct qp_form_condition *out, const struct qp_map *m, char *text,
                            struct qp_form_fault *f);
/* Index of a named column, -1 if there is none. */
int qp_form_column(const struct qp_map *m, const char *name);
/* Cuts at " | " into at most max pieces without the blanks round them; 0 when one is empty or there are more.
 */
size_t qp_form_split(char *text, const char **piece, size_t max);
/* Cuts off blanks at both ends, in place. */
char *qp_form_trim(char *text);
/* A time pattern's mistake, NULL if it is good. */
const char *qp_form_time_fault(const char *pattern);

#endif
