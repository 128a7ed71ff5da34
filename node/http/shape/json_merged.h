/* json_merged.h: what was merged into a matter, as the one that stays shows it (ST5): with its comments and its files. */
#ifndef QP_NODE_HTTP_JSON_MERGED_H
#define QP_NODE_HTTP_JSON_MERGED_H

#include "node/http/wire/inside.h"

enum {
    QP_MERGED_SHOWN = 8,     /* matters; the ids of further ones stand in merged_from */
    QP_MERGED_HISTORY = 200, /* events of each that are looked at for comments */
};
/* `merged:[{id,title,opened_at,merged_at,area,source,source_ref,comments:[…],attachments:[…],more?}]`, as far as this node knows it and
 * `auth` may see it; NULL: whoever may see the one that stays. A comment is a line of its history. */
void qp_json_merged(struct qp_json *j, struct qp_http *h, struct qp_read *r, const Qp__Face *into,
                    const struct qp_auth *auth);

#endif
