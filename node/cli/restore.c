/* restore.c: `qipan backup restore`: a backup becomes a node again, in one of three ways; see backup.h.
 *
 *   check everything ─► DIR/restoring/db (the journal) ─► before-N beside a node that joins (--join)
 *                                                      └► DIR/db, keys last (a move; --reading has no keys)
 *
 * What is interrupted leaves no keys, hence no node that could serve; run it again. */
#include "node/cli/backup.h"

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto/write.h"
#include "node/cli/begin.h"
#include "topology/zone.h"

enum { RESTORE_PATH = QP_PLACE_MAX + 96, COPY_TEXT = 2 * QP_HASH_LEN + 24 };

struct restoring {
    struct qp_cli *c;
    const struct qp_backup *b;
    struct qp_place_paths p;
    struct qp_progress bar;
};

static void path_in(char out[RESTORE_PATH], const struct restoring *r, const char *name)
{
    snprintf(out, RESTORE_PATH, "%s/%s", r->p.data, name);
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st, (void)kind, (void)at;
    return remove(path);
}

static void show_progress(void *arg, uint64_t at, uint64_t head)
{
    qp_progress_at(arg, at, head);
}

/* The journal, whole, in DIR/restoring/db; what an interrupted attempt left there goes. */
static int make_journal(struct restoring *r, struct qp_err *e)
{
    char dir[RESTORE_PATH], db[RESTORE_PATH], file[QP_BACKUP_PATH];
    struct qp_config conf;
    struct qp_store *s = NULL;
    path_in(dir, r, "restoring");
    path_in(db, r, "restoring/db");
    nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    qp_backup_file(file, r->b, "journal.records");
    qp_config_defaults(&conf);
    int rc = qp_config_load(&conf, r->c->dir, e);
    if (!rc)
        rc = qp_make_folder(db, e);
    struct qp_store_options o = {.dir = db,
                                 .journal_map = qp_config_size(&conf, QP_SETTING_store_journal_map),
                                 .tables_map = qp_config_size(&conf, QP_SETTING_store_tables_map)};
    memcpy(o.epoch, r->b->mark.epoch, QP_ID_LEN);
    if (!rc)
        rc = qp_store_open(&s, &o, e);
    FILE *in = !rc ? fopen(file, "re") : NULL;
    if (!rc && !in)
        rc = qp_fail(e, QP_EIO, "%s: cannot be read: %s", file, strerror(errno));
    qp_progress_begin(&r->bar, r->c, QP_TR(r->c, "restoring", "恢复"));
    if (!rc)
        rc = qp_copy_put(s, in, &r->b->mark, show_progress, &r->bar, e);
    qp_progress_end(&r->bar);
    if (in)
        fclose(in);
    if (s && !rc && r->b->moved) /* a copy does not say it: the parent tells at the first greeting (L3) */
        qp_store_set_untold(s, true);
    if (s)
        qp_store_close(s, !rc);
    return rc;
}

static int move(const char *from, const char *to, struct qp_err *e)
{
    return rename(from, to) == 0
               ? 0
               : qp_fail(e, QP_EIO, "%s: cannot be moved to %s: %s", from, to, strerror(errno));
}

/* Settings that are there already stay: this machine's addresses may be others. */
static int give_settings(struct restoring *r, struct qp_err *e)
{
    char to[RESTORE_PATH + QP_BACKUP_NAME];
    int rc = 0;
    for (size_t i = 0; i < r->b->nfiles && !rc; i++) {
        const char *name = r->b->files[i].name;
        bool folder = strncmp(name, "conf.d/", 7) == 0;
        if (!folder && strcmp(name, "qipan.conf") != 0)
            continue;
        snprintf(to, sizeof to, "%.*s%s", (int)(strlen(r->p.conf) - strlen("qipan.conf")), r->p.conf,
                 "conf.d");
        if (folder)
            rc = qp_make_folder(to, e);
        snprintf(to, sizeof to, "%.*s%s", (int)(strlen(r->p.conf) - strlen("qipan.conf")), r->p.conf, name);
        if (!rc && access(to, F_OK) != 0)
            rc = qp_backup_give(r->b, name, to, 0644, e);
    }
    return rc;
}

/* ---- as the next incarnation ---- */

static int token_fits(const struct restoring *r, struct qp_token *t, struct qp_err *e)
{
    char root[2 * QP_HASH_LEN + 1];
    int rc = qp_token_parse(t, qp_opt_text(r->c, "join"), e);
    if (rc)
        return rc;
    qp_hex(root, t->root.b, QP_HASH_LEN);
    if (strcmp(t->path, r->b->path) != 0)
        return qp_fail(e, QP_ESCOPE, "the backup is of %s, and the token is for %s", r->b->path, t->path);
    return strcmp(root, r->b->root) == 0
               ? 0
               : qp_fail(e, QP_ESCOPE, "the token is of another tree: its root is %s, the backup's is %s",
                         root, r->b->root);
}

/* Which copy a folder was made of: the last record and its hash. */
static int copy_text(char text[COPY_TEXT], const struct qp_backup *b)
{
    char hash[2 * QP_HASH_LEN + 1];
    qp_hex(hash, b->mark.hash.b, QP_HASH_LEN);
    return snprintf(text, COPY_TEXT, "%llu %s\n", (unsigned long long)b->mark.position, hash);
}

static int note_copy(const char *dir, const struct qp_backup *b, struct qp_err *e)
{
    char file[RESTORE_PATH + 8], text[COPY_TEXT];
    snprintf(file, sizeof file, "%s/copy", dir);
    int n = copy_text(text, b);
    return qp_file_replace(file, text, (size_t)n, 0600, e);
}

/* An earlier attempt came so far with this copy, and what it had is whole: the note came last. */
static bool is_of(const char *dir, const struct qp_backup *b)
{
    char file[RESTORE_PATH + 8], text[COPY_TEXT];
    void *is;
    size_t len;
    snprintf(file, sizeof file, "%s/copy", dir);
    if (qp_file_read(file, COPY_TEXT, &is, &len, NULL))
        return false;
    bool same = copy_text(text, b) == (int)len && memcmp(text, is, len) == 0;
    free(is);
    return same;
}

static int join_anew(struct restoring *r, struct qp_err *e)
{
    struct qp_token t = {0};
    char from[RESTORE_PATH], to[RESTORE_PATH], name[32];
    long seconds = 30;
    int rc = qp_opt_long(r->c, "timeout", 1, 3600, &seconds, e);
    if (!rc)
        rc = token_fits(r, &t, e);
    if (!rc)
        rc = qp_place_make(&r->p, e);
    if (!rc)
        rc = give_settings(r, e);
    snprintf(name, sizeof name, "before-%u", r->b->incarnation);
    path_in(from, r, "restoring");
    path_in(to, r, name);
    /* What an earlier attempt left may be of an older copy: both are brought in, and what is known is not taken twice. */
    for (unsigned k = 2; access(to, F_OK) == 0 && !is_of(to, r->b) && k < 1000; k++) {
        snprintf(name, sizeof name, "before-%u.%u", r->b->incarnation, k);
        path_in(to, r, name);
    }
    if (!rc && !is_of(to, r->b)) {
        rc = make_journal(r, e);
        if (!rc)
            rc = note_copy(from, r->b, e);
        if (!rc)
            rc = move(from, to, e);
    }
    if (!rc && access(r->p.key, F_OK) != 0)
        rc = qp_backup_give(r->b, "node.key", r->p.key, 0600, e);
    if (!rc)
        rc = qp_join_in(r->c, &r->p, &r->p, &t, seconds, e);
    explicit_bzero(&t, sizeof t);
    if (!rc)
        qp_tell(r->c,
                QP_TR(r->c,
                      "The backup lies in %s; `qipan serve` brings in what neither the parent nor the "
                      "children have.",
                      "备份内容保留在 %s；运行 `qipan serve` 后自动补录上级和下级都没有的部分。"),
                to);
    return rc;
}

/* ---- as itself, or to read ---- */

static int must_be_empty(const struct restoring *r, struct qp_err *e)
{
    if (access(r->p.db, F_OK) == 0 && access(r->p.key, F_OK) != 0)
        return qp_fail(e, QP_EEXISTS,
                       "%s: has a journal without keys, of an attempt that was interrupted or of "
                       "`--reading`: name another "
                       "folder, or remove this one and run it again",
                       r->p.data);
    DIR *d = opendir(r->p.data);
    int rc = 0;
    for (struct dirent *x = d ? readdir(d) : NULL; x && !rc; x = readdir(d))
        if (strcmp(x->d_name, ".") != 0 && strcmp(x->d_name, "..") != 0 &&
            strcmp(x->d_name, "restoring") != 0 && strcmp(x->d_name, "qipan.conf") != 0 &&
            strcmp(x->d_name, "conf.d") != 0 && strcmp(x->d_name, "lost+found") != 0) /* a disk of its own */
            rc = qp_fail(e, QP_EEXISTS, "%s: is not empty (%s); a backup is restored into an empty folder",
                         r->p.data, x->d_name);
    if (d)
        closedir(d);
    return rc;
}

static int not_claimed(const struct restoring *r, struct qp_err *e)
{
    char file[QP_BACKUP_PATH];
    void *was;
    size_t len;
    qp_backup_file(file, r->b, "restored");
    if (qp_file_read(file, 8192, &was, &len, NULL))
        return 0;
    int rc = qp_fail(e, QP_EEXISTS,
                     "%.100s: this node was restored before: %.120s. Two under one key would cut each other "
                     "off. Only if that one never ran: remove the note",
                     file, strtok(was, "\n") ? (char *)was : "?");
    free(was);
    return rc;
}

/* Once: the note stands in the backup before there are keys here, and not before all else is here: who would run it
 * again after a full disk must not have to remove the note. */
static int claim(const struct restoring *r, struct qp_err *e)
{
    char file[QP_BACKUP_PATH], text[QP_PLACE_MAX + 400], host[256] = "", at[32];
    qp_backup_file(file, r->b, "restored");
    gethostname(host, sizeof host - 1);
    qp_time_text(at, qp_now_us());
    int n = snprintf(text, sizeof text, "%s on %s to %s\n", at, host, r->p.data);
    return qp_file_write(file, text, (size_t)n, 0600, QP_WRITE_NEW, e);
}

static int put_in_place(struct restoring *r, bool reading, struct qp_err *e)
{
    char from[RESTORE_PATH], dir[RESTORE_PATH];
    int rc = must_be_empty(r, e);
    if (!rc && !reading)
        rc = not_claimed(r, e);
    if (!rc)
        rc = qp_place_own(&r->p, e);
    if (!rc)
        rc = qp_make_folder(r->p.data, e);
    if (!rc)
        rc = give_settings(r, e);
    if (!rc && !reading)
        rc = qp_keep_settings(r->c, &r->p, e);
    if (!rc)
        rc = make_journal(r, e);
    path_in(from, r, "restoring/db");
    path_in(dir, r, "restoring");
    if (!rc)
        rc = move(from, r->p.db, e);
    rmdir(dir);
    if (!rc && !reading)
        rc = claim(r, e);
    if (!rc && !reading)
        rc = qp_place_make(&r->p, e);
    if (!rc && !reading)
        rc = qp_backup_give(r->b, "cli-token", r->p.token, 0600, e);
    if (!rc && !reading)
        rc = qp_backup_give(r->b, "node.key", r->p.key, 0600, e);
    if (!rc && reading)
        qp_tell(r->c,
                QP_TR(r->c, "%s can be read: `qipan export --dir %s`. It has no keys and does not serve.",
                      "%s 可供查阅：`qipan export --dir %s`。不含密钥，不能提供服务。"),
                r->p.data, r->p.data);
    else if (!rc)
        qp_tell(r->c,
                QP_TR(r->c,
                      "%s is in %s again; `qipan serve --dir %s` runs it. Personal records, files of matters "
                      "and line keys are "
                      "in no backup: before it is started, move vault, blobs and keys/lines of the old "
                      "folder into this "
                      "one",
                      "%s 已恢复于 %s；运行 `qipan serve --dir "
                      "%s`。备份不含个人信息、附件与连线密钥：启动之前，请把原目录的 vault、blobs 和 "
                      "keys/lines 移到此处"),
                r->b->path, r->p.data, r->p.data);
    return rc;
}

static int no_way(const struct qp_backup *b, struct qp_err *e)
{
    if (b->is_root)
        return qp_fail(
            e, QP_EPOLICY,
            "%s is a tree's root, and this copy was taken while it ran: under its old key it would say "
            "other things than its children have heard (a fork, C5). --reading lets its records be read; to "
            "move a root, stop it and use `create --move`",
            b->path);
    return qp_fail(
        e, QP_EPOLICY,
        "this copy was taken while %s ran, and what came after it is not in it: it comes back as its next "
        "incarnation. At its parent: `qipan invite %s`, then here --join TOKEN. (--reading: only to read)",
        b->path, strrchr(b->path, '/') + 1);
}

int qp_backup_restore(struct qp_cli *c, const struct qp_backup *b)
{
    struct restoring r = {.c = c, .b = b};
    struct qp_err e = {0};
    bool reading = qp_flag(c, "reading");
    int rc = !c->dir ? qp_fail(&e, QP_EINVAL, "--dir: name the folder that becomes the node's")
                     : qp_place_paths(&r.p, c->dir, &e);
    if (!rc && !reading && !qp_opt(c, "join") && !b->moved)
        rc = no_way(b, &e);
    if (!rc)
        rc = qp_backup_check(b, &e);
    if (!rc && !reading && qp_opt(c, "join"))
        rc = join_anew(&r, &e);
    else if (!rc)
        rc = put_in_place(&r, reading, &e);
    return !rc ? QP_EXIT_OK : qp_complain_err(c, &e);
}
