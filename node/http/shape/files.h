/* files.h: the files of a matter in JSON (VA3): those that a request names become attachments of its draft, and those that a
 * matter or an event names are shown. */
#ifndef QP_NODE_HTTP_SHAPE_FILES_H
#define QP_NODE_HTTP_SHAPE_FILES_H

#include "node/http/shape/json_read.h"
#include "proto/matter.pb-c.h"

/* Somebody has sent this file: remembered for the newest QP_SENT of all, until the node ends. */
void qp_file_sent(struct qp_http *h, const struct qp_hash *hash, const char *by);
/* `attachments`: an array of hashes, each of a file that is here; in the fields' arena. It counts as used from now on, so that it is not
 * swept before its matter is committed. Of files that a matter names already only what the caller sees, or has sent himself, may be named by him: a hash is no way to a file
 * that is none of his (DE2). For others the answer is that of a file that is not here. */
void qp_files_read(struct qp_http *h, const struct qp_auth *auth, struct qp_fields *s, Qp__Attachment ***out,
                   size_t *n);
/* "attachments": of a matter, with where each was attached and whether it is here. */
void qp_files_put(struct qp_json *j, struct qp_http *h, struct qp_read *r, const Qp__Face *f);
/* The same of an event, hash, size and type alone; nothing where it has none. */
void qp_files_put_event(struct qp_json *j, const Qp__Event *ev);
/* 64 digits of hex, lower case. */
bool qp_file_hash(struct qp_hash *out, const char *text);

#endif
