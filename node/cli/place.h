/* place.h: a node's folder: what lies where, and opening all of it in the right order.
 *
 *   DIR/qipan.conf, conf.d/   settings        DIR/db/         the store
 *   DIR/keys/lines            secrets of the line keys (node/line/ring.h)
 *   DIR/vault/                personal records, and their keys
 *   DIR/blobs/                files of matters (node/blob)
 *   DIR/keys/node.key         secret seeds    DIR/cli-token   the local administrator's token, 0600
 *   DIR/run/http              where the running node answers
 *
 * Without --dir: /etc/qipan, /var/lib/qipan, /run/qipan. */
#ifndef QP_NODE_CLI_PLACE_H
#define QP_NODE_CLI_PLACE_H

#include <sys/types.h>

#include "crypto/crypto.h"
#include "node/blob/blob.h"
#include "node/cli/cli.h"
#include "node/config/config.h"
#include "node/core/core.h"

enum { QP_PLACE_MAX = 3000, QP_TOKEN_TEXT = 64 };

struct qp_place_paths {
    char data[QP_PLACE_MAX], db[QP_PLACE_MAX + 32], vault[QP_PLACE_MAX + 32], keys[QP_PLACE_MAX + 32],
        key[QP_PLACE_MAX + 64], token[QP_PLACE_MAX + 32], dev_token[QP_PLACE_MAX + 32],
        run[QP_PLACE_MAX + 32], http[QP_PLACE_MAX + 64], conf[QP_PLACE_MAX + 32], lines[QP_PLACE_MAX + 64];
};
/* dir NULL: the system's places. QP_EINVAL: the name is too long. */
int qp_place_paths(struct qp_place_paths *p, const char *dir, struct qp_err *e);
/* QP_EDENIED: root is at work in the folder of another user, whose node could not open what root makes. */
int qp_place_own(const struct qp_place_paths *p, struct qp_err *e);
/* The folders that a node needs, 0700, for whom qp_place_own lets make them. */
int qp_place_make(const struct qp_place_paths *p, struct qp_err *e);
int qp_make_folder(const char *path, struct qp_err *e); /* and those above it */
/* A file for what only its owner may read, emptied, 0600 whatever it had before. NULL: errno says why. */
FILE *qp_private_file(const char *path);

/* The process that holds the store's lock; 0: none, or it may not be looked at. */
pid_t qp_place_runs(const struct qp_place_paths *p);
/* Whom the commands call, and by which token; see client.h. An absent token is "". */
int qp_place_url(const struct qp_cli *c, char url[300], struct qp_err *e);
int qp_place_token(const struct qp_cli *c, char token[512], struct qp_err *e);

/* The node, opened: keys, store, core. For serve, dev, init, join and the commands that work on a node that
 * is down. */
struct qp_opened {
    struct qp_keys keys;
    struct qp_ring *ring; /* the line keys; NULL: not opened, or it cannot be */
    struct qp_store *store;
    struct qp_core *core;
    struct qp_vault *vault; /* of a node that serves; else NULL */
    struct qp_blobs *blobs; /* likewise */
};
int qp_place_keys(struct qp_keys *k, const struct qp_place_paths *p, struct qp_err *e);
/* Makes new keys; QP_EEXISTS when there are some. */
int qp_place_new_keys(struct qp_keys *k, const struct qp_place_paths *p, struct qp_err *e);
int qp_place_store(struct qp_store **s, const struct qp_place_paths *p, size_t journal_map, size_t tables_map,
                   struct qp_err *e);
void qp_opened_close(struct qp_opened *o, bool clean);

/* One turn on a core that nobody serves: begin, turn, both commits. The outputs live until the next. */
int qp_turn_alone(struct qp_opened *o, const struct qp_input *in, size_t n, struct qp_outputs *out,
                  struct qp_err *e);
/* A new token with these rights, named PREFIX-XXXXXX, made by a turn; its text to *text and to the file. The
 * administrator's (p->token, all but `import`) is for people: they state no times. */
enum { QP_RIGHTS_CLI = QP_RIGHT_ALL & ~QP_RIGHT_IMPORT };
int qp_place_new_token(struct qp_opened *o, const char *file, const char *prefix, uint32_t rights,
                       char text[QP_TOKEN_TEXT], struct qp_err *e);
int qp_place_admin(struct qp_opened *o, const struct qp_place_paths *p, char text[QP_TOKEN_TEXT],
                   struct qp_err *e);

#endif
