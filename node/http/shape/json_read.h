/* json_read.h: a request's object, field by field, each with its bound; whatever was not asked for is refused
 * by name.
 *
 * The first fault sticks: later calls do nothing, and qp_fields_end returns its code. Texts live in the
 * arena. A field that is null counts as absent. */
#ifndef QP_NODE_HTTP_JSON_READ_H
#define QP_NODE_HTTP_JSON_READ_H

#include "node/http/wire/inside.h"

enum { QP_FIELDS = 32 };
struct qp_fields {
    const json_t *o;
    const char *asked[QP_FIELDS];
    size_t nasked, taken;
    struct qp_arena *a;
    struct qp_fault *f;
    const struct qp_zone *zone;
};

/* One JSON object from bytes; empty bytes are {}. QP_EINVAL with line and column. line: of a batch, where
 * the column is enough. The caller decrefs *o. */
int qp_json_load(json_t **o, const void *bytes, size_t len, bool line, struct qp_fault *f);

void qp_fields_begin(struct qp_fields *s, const json_t *o, struct qp_arena *a, const struct qp_zone *zone,
                     struct qp_fault *f);
/* Both, of a call's body; a NULL: out of memory. */
int qp_body_begin(struct qp_fields *s, json_t **o, const struct qp_call *c, struct qp_arena *a,
                  struct qp_fault *f);
bool qp_fields_ok(const struct qp_fields *s);
/* The raw value; NULL when absent or null. */
const json_t *qp_field(struct qp_fields *s, const char *name);
bool qp_field_is_null(const struct qp_fields *s, const char *name); /* there, and null */
/* "" when absent; at most `most` bytes. must: not absent and not empty. */
char *qp_field_text(struct qp_fields *s, const char *name, size_t most, bool must);
/* One line with something to see in it: a title, a name, a place. "" when absent. */
char *qp_field_line(struct qp_fields *s, const char *name, size_t most, bool must);
/* A time that a clock may run to: beyond the years of the calendars there is none, and nobody may believe that there is. */
int64_t qp_field_due(struct qp_fields *s, const char *name, bool must);
int64_t qp_field_time(struct qp_fields *s, const char *name, bool must); /* us; 0 when absent */
/* The same from 1900 on; 0 when absent, and else never. */
int64_t qp_field_past(struct qp_fields *s, const char *name);
bool qp_field_bool(struct qp_fields *s, const char *name, bool must, bool otherwise);
int64_t qp_field_int(struct qp_fields *s, const char *name, int64_t low, int64_t high, int64_t otherwise);
char *qp_field_path(struct qp_fields *s, const char *name, bool must);
uint32_t qp_field_urgency(struct qp_fields *s, const char *name); /* 0 when absent */
/* 16 bytes in the arena; NULL when absent. */
uint8_t *qp_field_id(struct qp_fields *s, const char *name, bool must);
int qp_fields_fault(struct qp_fields *s, int code, const char *field, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* Refuses what was not asked for. Returns the code of the first fault. */
int qp_fields_end(struct qp_fields *s);

/* First 16 bytes of BLAKE2b over the verb and the request's canonical JSON (sorted, compact) without `key`,
 * `id` and `step`: what an idempotency key came with. keys: of this node, where the request has what a person may be
 * known by, or where a person was: hashed with their secret, so that nobody tries telephone numbers or places on the journal
 * (VA1, GR4); NULL: it has not. False when out of memory. */
bool qp_request_hash(uint8_t out[QP_REQUEST_LEN], const char *verb, const json_t *o,
                     const struct qp_keys *keys);

#endif
