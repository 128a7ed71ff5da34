/* json.h: proto3 JSON by descriptor, for export and debugging (the HTTP API's JSON is shaped by hand in
 * node/http). lowerCamelCase names derived from the .proto names, bytes as standard base64 with padding,
 * 64-bit integers as strings, enums as numbers (none are used), default values left out, NaN and infinities
 * as strings; the rules of protobuf's JSON mapping. */
#ifndef QP_PROTO_JSON_H
#define QP_PROTO_JSON_H

#include <protobuf-c/protobuf-c.h>

#include "crypto/error.h"
#include "proto/codec.h"

/* malloc'd, NUL-terminated, one line. NULL when out of memory. */
char *qp_json_print(const ProtobufCMessage *m);
/* Into the arena, held to the bounds like qp_decode. Unknown names are refused. QP_EINVAL names the field and
 * the column, QP_EBIG. */
int qp_json_parse(ProtobufCMessage **out, const ProtobufCMessageDescriptor *type, const char *text,
                  size_t len, struct qp_arena *a, struct qp_err *e);

#endif
