/* backup.c: `qipan backup create|verify|restore`; see backup.h. Restoring is in restore.c. */
#include "node/cli/backup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "topology/zone.h"

/* ---- a node that was moved away ---- */

static void moved_file(char out[QP_PLACE_MAX + 32], const struct qp_place_paths *p)
{
    snprintf(out, QP_PLACE_MAX + 32, "%s/moved", p->data);
}

int qp_backup_moved(const struct qp_place_paths *p, struct qp_err *e)
{
    char file[QP_PLACE_MAX + 32];
    moved_file(file, p);
    if (access(file, F_OK) != 0)
        return 0;
    return qp_fail(
        e, QP_EEXISTS,
        "%.120s: this node was moved away (`qipan backup create --move`) and may run elsewhere; two under "
        "one key would cut each other off. Only if it was restored nowhere: remove %.120s, and "
        "never restore that backup",
        p->data, file);
}

static int note_moved(const struct qp_place_paths *p, const struct qp_backup *b, struct qp_err *e)
{
    char file[QP_PLACE_MAX + 32], text[QP_PLACE_MAX + 100], at[32];
    moved_file(file, p);
    qp_time_text(at, b->taken_us);
    int n = snprintf(text, sizeof text, "%s moved into %s\n", at, b->dir);
    return qp_file_replace(file, text, (size_t)n, 0600, e);
}

/* ---- create ---- */

struct making {
    const struct qp_cli *c;
    struct qp_place_paths p;
    struct qp_backup b;
    struct qp_opened own; /* of a node that is stopped */
    struct qp_progress bar;
    uint64_t before; /* records that the backup had */
    bool move, with_keys;
};

static void show_progress(void *arg, uint64_t at, uint64_t head)
{
    qp_progress_at(arg, at, head);
}

/* A name that `create` gives, or what it writes before it has that name. */
static bool of_a_backup(const char *name)
{
    static const char *const names[] = {"manifest.json", "qipan.conf", "conf.d", "node.key", "cli-token"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t n = strlen(names[i]);
        if (strncmp(name, names[i], n) == 0 && (name[n] == 0 || name[n] == '.'))
            return true;
    }
    return false;
}

/* Or with what a first attempt left that was interrupted: the records come first. */
static bool empty_folder(const char *path)
{
    DIR *d = opendir(path);
    bool others = false, records = false, more = false;
    for (struct dirent *x = d ? readdir(d) : NULL; x; x = readdir(d)) {
        if (strcmp(x->d_name, ".") == 0 || strcmp(x->d_name, "..") == 0 ||
            strcmp(x->d_name, "lost+found") == 0) /* a disk of its own */
            continue;
        records |= strcmp(x->d_name, "journal.records") == 0;
        if (strcmp(x->d_name, "journal.records") != 0) {
            more = true;
            others |= !of_a_backup(x->d_name);
        }
    }
    if (d)
        closedir(d);
    return !others && (records || !more);
}

/* An empty folder, or a backup that goes on. */
static int folder_for(struct making *m, const char *dir, struct qp_err *e)
{
    int rc = qp_backup_read(&m->b, dir, e);
    if (rc == QP_ENOTFOUND) {
        rc = qp_make_folder(dir, e);
        if (!rc && !empty_folder(dir))
            rc = qp_fail(e, QP_EEXISTS,
                         "%s: has other files; name an empty folder, or one with an earlier backup", dir);
        return rc;
    }
    if (!rc && m->b.moved)
        rc = qp_fail(e, QP_EEXISTS, "%s: is the backup of a node that was moved, and ends there", dir);
    m->before = m->b.mark.position;
    m->b.nfiles = 0; /* they are copied anew */
    return rc;
}

/* A stopped node's store is opened as the node would open it: what only its redo log has is taken in. */
static int open_stopped(struct making *m, struct qp_err *e)
{
    struct qp_config conf;
    qp_config_defaults(&conf);
    int rc = qp_config_load(&conf, m->c->dir, e);
    if (!rc)
        rc = qp_place_store(&m->own.store, &m->p, qp_config_size(&conf, QP_SETTING_store_journal_map),
                            qp_config_size(&conf, QP_SETTING_store_tables_map), e);
    if (!rc && qp_store_rolled_back(m->own.store))
        rc = qp_fail(
            e, QP_EFORK,
            "%s: its journal is an old copy of what was sealed; it is no source of a backup: ask the parent "
            "for a token and join again",
            m->p.data);
    return rc;
}

static int take_journal(struct making *m, struct qp_err *e)
{
    char file[QP_BACKUP_PATH];
    qp_backup_file(file, &m->b, "journal.records");
    int fd = open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return qp_fail(e, QP_EIO, "%s: cannot be written: %s", file, strerror(errno));
    qp_progress_begin(&m->bar, m->c, "journal");
    struct qp_err why = {0};
    int rc = qp_copy_take(m->p.db, m->own.store, fd, &m->b.mark, show_progress, &m->bar, &why);
    qp_progress_end(&m->bar);
    close(fd);
    if (rc == QP_ECORRUPT)
        return qp_fail(e, rc, "%.150s; nothing behind it is copied. " QP_DAMAGE_STOPPED, why.text);
    return rc ? qp_fail(e, rc, "%s", why.text) : 0;
}

/* qipan.conf and conf.d beside it. */
static int take_settings(struct making *m, struct qp_err *e)
{
    char from[QP_PLACE_MAX + 400], name[300];
    int rc = qp_backup_keep(&m->b, m->p.conf, "qipan.conf", e);
    size_t folder = strlen(m->p.conf) - strlen("qipan.conf");
    snprintf(from, sizeof from, "%.*sconf.d", (int)folder, m->p.conf);
    DIR *d = !rc ? opendir(from) : NULL;
    if (!d)
        return rc;
    qp_backup_file(from, &m->b, "conf.d");
    rc = qp_make_folder(from, e);
    for (struct dirent *x = readdir(d); x && !rc; x = readdir(d)) {
        size_t n = strlen(x->d_name);
        if (n < 6 || strcmp(x->d_name + n - 5, ".conf") != 0)
            continue;
        snprintf(from, sizeof from, "%.*sconf.d/%s", (int)folder, m->p.conf, x->d_name);
        snprintf(name, sizeof name, "conf.d/%s", x->d_name);
        rc = qp_backup_keep(&m->b, from, name, e);
    }
    closedir(d);
    return rc;
}

/* Of an earlier copy: what this one does not list is not left lying in it. */
static int leave_out(const struct making *m, const char *name, struct qp_err *e)
{
    char file[QP_BACKUP_PATH];
    qp_backup_file(file, &m->b, name);
    return unlink(file) == 0 || errno == ENOENT
               ? 0
               : qp_fail(e, QP_EIO, "%s: cannot be removed: %s", file, strerror(errno));
}

static int take_all(struct making *m, struct qp_err *e)
{
    int rc = take_journal(m, e);
    if (!rc)
        rc = qp_backup_whose(&m->b, e); /* every record is read again, as it lies on the disk */
    m->b.taken_us = qp_now_us();
    /* Until all is here the records count without what lies beside them: that is being changed. */
    if (!rc && m->before > 0)
        rc = qp_backup_write(&m->b, e);
    if (!rc)
        rc = take_settings(m, e);
    if (!rc)
        rc = m->move || m->with_keys ? qp_backup_keep(&m->b, m->p.key, "node.key", e)
                                     : leave_out(m, "node.key", e);
    if (!rc)
        rc = m->move ? qp_backup_keep(&m->b, m->p.token, "cli-token", e) : leave_out(m, "cli-token", e);
    m->b.moved = m->move;
    if (!rc && m->move) /* before the backup can be restored */
        rc = note_moved(&m->p, &m->b, e);
    return rc ? rc : qp_backup_write(&m->b, e);
}

static void tell_made(const struct making *m)
{
    const struct qp_backup *b = &m->b;
    char hash[2 * QP_HASH_LEN + 1];
    qp_hex(hash, b->mark.hash.b, QP_HASH_LEN);
    if (m->c->json)
        qp_print_json(json_pack("{s:s,s:s,s:i,s:I,s:I,s:I,s:s,s:b}", "backup", b->dir, "path", b->path,
                                "incarnation", (int)b->incarnation, "records", (json_int_t)b->mark.position,
                                "new", (json_int_t)(b->mark.position - m->before), "bytes",
                                (json_int_t)b->mark.bytes, "hash", hash, "moved", b->moved));
    qp_tell(m->c,
            QP_TR(m->c, "%s: %llu records of %s (%llu new, %.1f MB); the last has the hash %s",
                  "%s：%llu 条记录，来自 %s（新增 %llu 条，%.1f MB）；最后一条的哈希为 %s"),
            b->dir, (unsigned long long)b->mark.position, b->path,
            (unsigned long long)(b->mark.position - m->before), (double)b->mark.bytes / 1e6, hash);
    if (m->move)
        qp_tell(
            m->c, "%s",
            QP_TR(
                m->c,
                "It has the node's keys. The old folder does not serve any more; `qipan backup restore` once "
                "makes the node anew elsewhere. Personal records, files of matters and line keys are not in "
                "it: after the "
                "restore and before the first `qipan serve` there, move vault, blobs and keys/lines of the "
                "old folder over, "
                "and leave no copy.",
                "其中含节点密钥。原目录不再提供服务；在别处运行一次 `qipan backup restore` "
                "即可重建本节点。个人信息、附件与连线密钥不在其中：恢复之后、首次 `qipan serve` "
                "之前，请把原目录的 vault、blobs "
                "和 keys/lines 移过去，不要留副本。"));
    else if (b->is_root)
        qp_tell(m->c, "%s",
                QP_TR(m->c,
                      "This is a tree's root: nobody above could give back what comes after this copy. It is "
                      "restored "
                      "as itself only after `create --move`; keep its disk mirrored.",
                      "本节点为根：此备份之后的内容无上级可归还。只有 `create --move` "
                      "的备份才能原样恢复，请另做磁盘镜像。"));
}

static int create(struct qp_cli *c, const char *dir)
{
    struct making *m = calloc(1, sizeof *m);
    struct qp_err e = {0};
    if (!m)
        return qp_complain(c, QP_EXIT_FAILED, "no memory");
    m->c = c;
    m->move = qp_flag(c, "move");
    m->with_keys = qp_flag(c, "with-keys");
    int rc = qp_place_paths(&m->p, c->dir, &e);
    struct qp_keys keys;
    if (!rc)
        rc = qp_place_keys(&keys, &m->p, &e); /* is there a node? */
    qp_keys_wipe(&keys);
    if (!rc)
        rc = folder_for(m, dir, &e);
    bool runs = !rc && qp_place_runs(&m->p) != 0;
    if (!rc && runs && m->move)
        rc = qp_fail(&e, QP_EEXISTS,
                     "%s: its node runs; `qipan drain` first: a node that is moved must have ended",
                     m->p.data);
    if (!rc && !runs)
        rc = open_stopped(m, &e);
    if (!rc)
        rc = take_all(m, &e);
    qp_opened_close(&m->own, true);
    if (!rc)
        tell_made(m);
    free(m);
    return !rc ? QP_EXIT_OK : qp_complain_err(c, &e);
}

/* ---- verify ---- */

static int verify(struct qp_cli *c, const char *dir)
{
    struct qp_backup b;
    struct qp_err e = {0};
    char at[32];
    int rc = qp_backup_read(&b, dir, &e);
    if (!rc)
        rc = qp_backup_check(&b, &e);
    if (rc)
        return qp_complain_err(c, &e);
    qp_time_text(at, b.taken_us);
    if (c->json)
        qp_print_json(json_pack("{s:b,s:s,s:i,s:I,s:s,s:b,s:b}", "ok", 1, "path", b.path, "incarnation",
                                (int)b.incarnation, "records", (json_int_t)b.mark.position, "taken_at", at,
                                "moved", b.moved, "keys", qp_backup_has(&b, "node.key")));
    qp_tell(c,
            QP_TR(c, "%s is whole: %llu records of %s, incarnation %u, taken %s%s",
                  "%s 完整：%llu 条记录，属 %s 第 %u 世，备份于 %s%s"),
            b.dir, (unsigned long long)b.mark.position, b.path, b.incarnation, at,
            qp_backup_has(&b, "node.key") ? QP_TR(c, ", with its secret keys", "，含密钥") : "");
    return QP_EXIT_OK;
}

int qp_verb_backup(struct qp_cli *c)
{
    const char *what = c->args[0], *dir = c->args[1];
    struct qp_backup b;
    struct qp_err e = {0};
    if (strcmp(what, "create") == 0)
        return create(c, dir);
    if (strcmp(what, "verify") == 0)
        return verify(c, dir);
    if (strcmp(what, "restore") != 0)
        return qp_complain(c, QP_EXIT_USAGE,
                           QP_TR(c, "backup: \"%s\" is none of create, verify, restore",
                                 "backup：“%s”不是 create、verify 或 restore"),
                           what);
    int rc = qp_backup_read(&b, dir, &e);
    return !rc ? qp_backup_restore(c, &b) : qp_complain_err(c, &e);
}
