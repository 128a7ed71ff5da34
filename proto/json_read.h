/* json_read.h: the words of JSON text, one after the other: json_read.c reads them for json_parse.c. */
#ifndef QP_PROTO_JSON_READ_H
#define QP_PROTO_JSON_READ_H

#include "proto/codec.h"

/* Where the reading stands, and in which field: for the sentence of an error. */
struct qp_json_reader {
    const char *start, *p, *end;
    struct qp_arena *a;
    struct qp_err *e;
    const char *type, *field; /* "" outside of any field */
};

/* QP_EINVAL with "Type.field (line 1, column 17): why". */
int qp_json_fail(const struct qp_json_reader *r, const char *why);
/* The next character behind white space, not taken; 0 at the end. */
char qp_json_peek(struct qp_json_reader *r);
/* Takes this character if it is next (behind white space). */
bool qp_json_take_char(struct qp_json_reader *r, char c);
/* Takes this word (true, false, null) if it is next. */
bool qp_json_word(struct qp_json_reader *r, const char *word);
/* A string, unescaped, in the arena and NUL-terminated; it has no NUL inside. QP_EINVAL, QP_EBIG (the arena's cap). */
int qp_json_string(struct qp_json_reader *r, char **out, size_t *len);
/* A number, or a string that holds one (or "NaN", "Infinity", "-Infinity"): its text. QP_EINVAL, QP_EBIG. */
enum { QP_JSON_NUMBER = 128 };
int qp_json_number(struct qp_json_reader *r, char out[QP_JSON_NUMBER]);

#endif
