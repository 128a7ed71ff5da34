/* backup.h: a node's backup: a folder that is written while the node runs, checked anywhere, and made a node again.
 *
 *   BACKUP/manifest.json     whose it is, where the copy of the journal ends, a hash of each file; written last, and while what
 *                            lies beside the records is replaced it names none of that: at each moment it can be restored
 *   BACKUP/journal.records   every record of the journal (node/store/copy.h); the next `create` appends to it
 *   BACKUP/qipan.conf, conf.d/   the settings
 *   BACKUP/node.key          only with --with-keys or --move
 *   BACKUP/cli-token         only with --move
 *   BACKUP/restored          when and where to a moved node was restored: it is restored once
 *   not in it: DIR/vault, DIR/blobs, DIR/keys/lines (personal records, files of matters, line keys); who moves a node moves them
 *
 * Never two nodes under one key (C5), so there are three ways back:
 *   --join TOKEN   as the next incarnation: the journal is set aside in the new folder and `serve` brings in what
 *                  nobody else has (aside.h, E6); the rest comes from parent and children (K5)
 *   (a move)       as itself: the backup was made by `create --move` of a node that had stopped; its old folder got
 *                  the note `moved` and does not serve any more
 *   --reading      the journal alone, without keys: `qipan export` reads it, `qipan serve` refuses
 * A root that was copied while it ran and then lost its disk has none of the first two: nobody above can certify
 * its next incarnation, and under its old key it would say other things at places that its children have heard. */
#ifndef QP_NODE_CLI_BACKUP_H
#define QP_NODE_CLI_BACKUP_H

#include "node/cli/place.h"
#include "node/store/copy.h"

enum { QP_BACKUP_FILES = 64, QP_BACKUP_NAME = 100, QP_BACKUP_PATH = QP_PLACE_MAX + 160 };

struct qp_backup {
    char dir[QP_PLACE_MAX];
    struct qp_copy_mark mark; /* position 0: nothing is in it yet */
    char path[QP_PATH_MAX], node[27], root[2 * QP_HASH_LEN + 1], version[40];
    uint32_t incarnation;
    bool is_root, moved; /* the node was stopped for it and does not serve any more */
    int64_t taken_us;
    struct {
        char name[QP_BACKUP_NAME];
        struct qp_hash hash;
    } files[QP_BACKUP_FILES]; /* beside the records */
    size_t nfiles;
};

/* The manifest of a folder. QP_ENOTFOUND: there is none. QP_EVERSIONS, QP_ECORRUPT. */
int qp_backup_read(struct qp_backup *b, const char *dir, struct qp_err *e);
int qp_backup_write(const struct qp_backup *b, struct qp_err *e);
void qp_backup_file(char out[QP_BACKUP_PATH], const struct qp_backup *b, const char *name);
bool qp_backup_has(const struct qp_backup *b, const char *name);
/* Whose journal the records are: path, node, root, incarnation, from the first of them. */
int qp_backup_whose(struct qp_backup *b, struct qp_err *e);
/* Everything: each record's hash and place, each file's hash, and that the manifest says whose it is.
 * QP_ECORRUPT names the file. */
int qp_backup_check(const struct qp_backup *b, struct qp_err *e);
/* Copies `from` into the backup under `name` and notes its hash. A file that is not there is left out. */
int qp_backup_keep(struct qp_backup *b, const char *from, const char *name, struct qp_err *e);
/* A file of the backup to `to`; not there: 0. */
int qp_backup_give(const struct qp_backup *b, const char *name, const char *to, unsigned mode,
                   struct qp_err *e);

/* QP_EEXISTS: this node was moved away and must not be started here: says what to do. */
int qp_backup_moved(const struct qp_place_paths *p, struct qp_err *e);
int qp_backup_restore(struct qp_cli *c, const struct qp_backup *b); /* restore.c; an exit code */

#endif
