/* json_write.h: JSON text written from the front to the back, without a tree in between.
 *
 * A failed allocation is remembered: what follows does nothing and qp_json_take gives NULL. */
#ifndef QP_NODE_HTTP_JSON_WRITE_H
#define QP_NODE_HTTP_JSON_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct qp_json {
    char *p;
    size_t n, cap;
    bool comma;  /* the next member or element needs one before it */
    bool failed; /* out of memory */
};

void qp_json_object(struct qp_json *j);
void qp_json_object_end(struct qp_json *j);
void qp_json_array(struct qp_json *j);
void qp_json_array_end(struct qp_json *j);
void qp_json_key(struct qp_json *j, const char *name);
void qp_json_text(struct qp_json *j, const char *text); /* NULL: null */
void qp_json_int(struct qp_json *j, int64_t v);
void qp_json_uint(struct qp_json *j, uint64_t v);
void qp_json_real(struct qp_json *j, double v); /* finite */
void qp_json_bool(struct qp_json *j, bool v);
void qp_json_null(struct qp_json *j);
void qp_json_time(struct qp_json *j, int64_t at_us); /* RFC 3339; 0: null */
void qp_json_id(struct qp_json *j, const uint8_t *id,
                size_t len); /* 16 bytes as 26 characters; len 0: null */
void qp_json_hex(struct qp_json *j, const void *bytes, size_t len);
/* key and value at once */
void qp_json_put(struct qp_json *j, const char *name, const char *text);
void qp_json_put_full(struct qp_json *j, const char *name, const char *text); /* "" becomes null */
void qp_json_put_int(struct qp_json *j, const char *name, int64_t v);
void qp_json_put_bool(struct qp_json *j, const char *name, bool v);
void qp_json_put_time(struct qp_json *j, const char *name, int64_t at_us);
/* Bytes as they are, between values: the line feed of NDJSON, the frame of an event. Resets the comma. */
void qp_json_raw(struct qp_json *j, const char *bytes, size_t len);
/* NUL-terminated, malloc'd, the caller's; NULL when it failed. j is empty again. */
char *qp_json_take(struct qp_json *j, size_t *len);
void qp_json_drop(struct qp_json *j);

#endif
