/* codec.h: bounded decoding and encoding of what travels.
 *
 * An arena is one growing allocation with a cap: decoding takes from it, one call gives everything back. It
 * may be used by one thread at a time. No message type is recursive, so nesting is bounded by the .proto
 * files; unknown nested bytes are never descended into. */
#ifndef QP_PROTO_CODEC_H
#define QP_PROTO_CODEC_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/error.h"
#include "proto/limits.h"

struct qp_arena; /* opaque: blocks of 64 KiB and up; never more than `cap` bytes in all */
struct qp_arena *qp_arena_new(size_t cap); /* NULL: out of memory */
void qp_arena_free(struct qp_arena *a);
void qp_arena_reset(struct qp_arena *a); /* everything taken is void; keeps the first block */
void qp_arena_wipe(struct qp_arena *a);  /* the same, and its bytes are overwritten: it had secrets */
void *qp_arena_take(struct qp_arena *a, size_t len);       /* 16-aligned, not zeroed; NULL past the cap */
char *qp_arena_text(struct qp_arena *a, const char *text); /* a copy, NULL past the cap */
void *qp_arena_copy(struct qp_arena *a, const void *p, size_t len); /* NULL past the cap */
/* A list of `n` members of `size` bytes that may take one more: itself while it has room (*room members), else a copy of twice the room,
 * of `first` at the beginning (v NULL, n and *room 0). NULL past the cap: the list is as it was. */
void *qp_arena_list(struct qp_arena *a, const void *v, size_t n, size_t *room, size_t size, size_t first);
size_t qp_arena_used(const struct qp_arena *a);
/* What is left of its newest block, to write into at once: the next qp_arena_take gets the beginning of it, if it fits. */
void *qp_arena_room(struct qp_arena *a, size_t *len);
ProtobufCAllocator *qp_arena_allocator(struct qp_arena *a); /* free() does nothing */

/* Decodes one message and checks it against the bounds of limits.h (lengths of strings and ids, counts of
 * repeated fields, valid UTF-8, no NUL inside a string): the table in rules.c has a line for each field. The
 * result lives in the arena. QP_EINVAL (names the field), QP_EBIG (len or arena cap), never crashes on
 * hostile bytes. */
int qp_decode(ProtobufCMessage **out, const ProtobufCMessageDescriptor *type, const void *in, size_t len,
              struct qp_arena *a, struct qp_err *e);
#define QP_DECODE(out, lower, in, len, arena, e)                                                             \
    qp_decode((ProtobufCMessage **)(out), &qp__##lower##__descriptor, in, len, arena, e)
/* The same without what no build here knows: for what is looked at and kept as rows, while its bytes stay as they came. A row
 * of it is then no longer than its fields may be. */
int qp_decode_plain(ProtobufCMessage **out, const ProtobufCMessageDescriptor *type, const void *in,
                    size_t len, struct qp_arena *a, struct qp_err *e);
#define QP_DECODE_PLAIN(out, lower, in, len, arena, e)                                                       \
    qp_decode_plain((ProtobufCMessage **)(out), &qp__##lower##__descriptor, in, len, arena, e)
/* The same bounds on a message in memory, for what is made here. QP_EINVAL (names the field), QP_EBIG. */
int qp_check(const ProtobufCMessage *m, struct qp_err *e);
/* Packs into the arena. NULL past its cap. The bytes are those that protobuf-c would make. */
uint8_t *qp_encode(const ProtobufCMessage *m, struct qp_arena *a, size_t *len);
/* The same for bytes that are copied at once: they are good until something is taken from the arena. */
const uint8_t *qp_encode_brief(const ProtobufCMessage *m, struct qp_arena *a, size_t *len);

/* Valid UTF-8 without NUL or C0 controls but tab, LF, CR. */
bool qp_utf8_ok(const char *text, size_t len);
/* Of valid UTF-8: CONTROL where a character ends the line or turns its direction; BLANK where it has
 * characters and none of them can be seen. */
enum qp_line { QP_LINE_OK, QP_LINE_CONTROL, QP_LINE_BLANK };
enum qp_line qp_line_check(const char *text, size_t len);

/* ---- ids as text ---- */
void qp_id_text(char out[27],
                const uint8_t id[QP_ID_LEN]); /* matter: 26 characters, Crockford base 32, lower case */
int qp_id_parse(uint8_t id[QP_ID_LEN], const char *text); /* QP_EINVAL unless canonical */
/* 48 bits of milliseconds since 1970, then the random ones: ids sort by their time. */
void qp_id_make(uint8_t id[QP_ID_LEN], int64_t at_us, const uint8_t random[10]);

#endif
