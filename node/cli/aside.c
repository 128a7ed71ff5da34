/* aside.c: the folders of a node that joins again into its old place; see aside.h. The bringing in is
 * brought.c's. */
#include "node/cli/aside.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_TEXT = QP_PLACE_MAX + 96, READY_TEXT = 64 };

static void path_in(char out[PATH_TEXT], const struct qp_place_paths *p, const char *a, const char *b)
{
    snprintf(out, PATH_TEXT, "%s/%s%s%s", p->data, a, b[0] != 0 ? "/" : "", b);
}

int qp_aside_look(const struct qp_place_paths *p, char path[QP_PATH_MAX], uint32_t *incarnation,
                  struct qp_err *e)
{
    struct qp_opened o = {0};
    struct qp_config conf;
    if (access(p->db, F_OK) != 0 || access(p->key, F_OK) != 0)
        return qp_fail(e, QP_ENOTFOUND, "%s: there is no node here that could join again; leave --again out",
                       p->data);
    qp_config_defaults(&conf);
    int rc = qp_config_load(&conf, p->data, e);
    if (!rc)
        rc = qp_place_keys(&o.keys, p, e);
    if (!rc)
        rc = qp_place_store(&o.store, p, qp_config_size(&conf, QP_SETTING_store_journal_map),
                            qp_config_size(&conf, QP_SETTING_store_tables_map), e);
    if (!rc)
        rc = qp_core_open(&o.core, o.store, &o.keys, NULL, NULL, NULL, qp_now_us(), e);
    if (!rc) {
        snprintf(path, QP_PATH_MAX, "%s", qp_core_self(o.core)->path);
        *incarnation = qp_core_self(o.core)->incarnation;
    }
    qp_opened_close(&o, !rc);
    return rc;
}

int qp_aside_next(struct qp_place_paths *next, const struct qp_place_paths *p, struct qp_err *e)
{
    char dir[PATH_TEXT];
    path_in(dir, p, "next", "");
    int rc = qp_place_paths(next, dir, e);
    return rc ? rc : qp_place_make(next, e);
}

static bool there(const char *path)
{
    return access(path, F_OK) == 0;
}

static int move(const char *from, const char *to, struct qp_err *e)
{
    return rename(from, to) == 0
               ? 0
               : qp_fail(e, QP_EIO, "%s: cannot be moved to %s: %s", from, to, strerror(errno));
}

/* One of the node's parts: what is there goes aside, the new one into its place. Each step may have been done
 * before an interruption. */
static int change(const struct qp_place_paths *p, const char *aside, const char *part, struct qp_err *e)
{
    char next[PATH_TEXT], now[PATH_TEXT], before[PATH_TEXT];
    path_in(next, p, "next", part);
    path_in(now, p, part, "");
    path_in(before, p, aside, part);
    if (!there(next))
        return 0;
    int rc = there(now) && !there(before) ? move(now, before, e) : 0;
    return rc ? rc : move(next, now, e);
}

int qp_aside_finish(const struct qp_place_paths *p, struct qp_err *e)
{
    static const char *const parts[] = {"db", "keys", "cli-token"};
    char ready[PATH_TEXT], dir[PATH_TEXT], aside[READY_TEXT] = "";
    path_in(ready, p, "next", "ready");
    FILE *f = fopen(ready, "re");
    if (!f)
        return 0;
    bool read = fgets(aside, sizeof aside, f);
    fclose(f);
    aside[strcspn(aside, "\n")] = 0;
    if (!read || strncmp(aside, "before-", 7) != 0 || strchr(aside, '/'))
        return qp_fail(e, QP_ECORRUPT, "%s: does not name the folder for the old journal", ready);
    path_in(dir, p, aside, "");
    int rc = qp_make_folder(dir, e);
    for (size_t i = 0; i < sizeof parts / sizeof *parts && !rc; i++)
        rc = change(p, aside, parts[i], e);
    if (rc)
        return rc;
    unlink(ready);
    path_in(dir, p, "next", "run");
    rmdir(dir);
    path_in(dir, p, "next", "");
    rmdir(dir); /* settings that somebody put there stay */
    return 0;
}

int qp_aside_swap(const struct qp_place_paths *p, uint32_t incarnation, struct qp_err *e)
{
    char ready[PATH_TEXT], dir[PATH_TEXT], name[READY_TEXT];
    int n = snprintf(name, sizeof name, "before-%u", incarnation);
    path_in(dir, p, name, "");
    for (unsigned k = 2; there(dir) && k < 1000; k++) {
        n = snprintf(name, sizeof name, "before-%u.%u", incarnation, k);
        path_in(dir, p, name, "");
    }
    path_in(ready, p, "next", "ready");
    int rc = qp_file_replace(ready, name, (size_t)n, 0600, e);
    return rc ? rc : qp_aside_finish(p, e);
}
