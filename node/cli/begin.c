/* begin.c: how a folder becomes a node: `qipan init` founds a tree in it, `qipan join TOKEN` joins one. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "node/cli/areas_zone.h"
#include "node/cli/aside.h"
#include "node/cli/begin.h"
#include "node/link/wire.h"

/* Addresses given here are written down, so that `qipan serve --dir DIR` alone suffices afterwards. */
int qp_keep_settings(const struct qp_cli *c, const struct qp_place_paths *p, struct qp_err *e)
{
    struct qp_config conf;
    static const struct {
        const char *option;
        enum qp_setting setting;
    } kept[] = {{"http", QP_SETTING_http_listen},
                {"link", QP_SETTING_link_listen},
                {"advertise", QP_SETTING_link_advertise},
                {"parent", QP_SETTING_link_parent}};
    bool any = false;
    char *text = NULL;
    size_t len = 0;
    int rc = 0;
    qp_config_defaults(&conf);
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
        any |= qp_option_index(c->verb, kept[i].option) >= 0 && qp_opt(c, kept[i].option);
    if (!any)
        return 0;
    if (!c->dir)
        return qp_fail(e, QP_EINVAL,
                       "addresses are kept in DIR/qipan.conf: give --dir, or write them into "
                       "/etc/qipan/qipan.conf yourself");
    if (access(p->conf, F_OK) == 0)
        rc = qp_config_file(&conf, p->conf, e);
    for (size_t i = 0; i < sizeof kept / sizeof kept[0] && !rc; i++) {
        const char *name = kept[i].option,
                   *value = qp_option_index(c->verb, name) >= 0 ? qp_opt(c, name) : NULL;
        char where[32];
        snprintf(where, sizeof where, "--%s", name);
        if (value)
            rc = qp_config_set(&conf, kept[i].setting, value, QP_FROM_FLAG, where, e);
    }
    FILE *f = !rc ? open_memstream(&text, &len) : NULL;
    if (f) {
        qp_config_print(&conf, false, f);
        fclose(f);
        rc = qp_file_replace(p->conf, text, len, 0644, e);
    }
    free(text);
    return rc;
}

static int occupied(const struct qp_cli *c, const struct qp_place_paths *p, struct qp_err *e)
{
    const char *dir = c->dir ? c->dir : p->data;
    if (strcmp(c->verb->name, "join") == 0)
        return qp_fail(
            e, QP_EEXISTS,
            "%.100s: there is a node in this folder already, and it stays. If its parent has moved: `qipan "
            "serve --dir %.60s --parent tcp://HOST:PORT` (or link.parent in its settings). If it is no "
            "longer "
            "heard: stop it and add --again, which keeps what it has taken in. Else choose an empty folder",
            p->data, dir);
    return qp_fail(
        e, QP_EEXISTS,
        "%.120s: there is a node in this folder already (`qipan serve --dir %.80s` runs it); to found "
        "another tree choose an empty folder",
        p->data, dir);
}

/* An earlier attempt was ended behind its journal: this is its node, if it has the place that is asked for. */
static int take_up(struct qp_opened *o, const struct qp_cli *c, const struct qp_place_paths *p,
                   const char *path, struct qp_err *e)
{
    int rc = qp_place_keys(&o->keys, p, e);
    if (!rc)
        rc = qp_core_open(&o->core, o->store, &o->keys, NULL, NULL, NULL, qp_now_us(), e);
    return rc || strcmp(qp_core_self(o->core)->path, path) == 0 ? rc : occupied(c, p, e);
}

/* o->core is there behind it: the journal has begun, and only what comes behind that is still to be done. again: the folder is the one
 * beside a node that joins again, and goes on also where its token was written. */
static int open_store(struct qp_opened *o, const struct qp_cli *c, const struct qp_place_paths *p,
                      const char *path, bool again, struct qp_err *e)
{
    struct qp_config conf;
    struct qp_read r;
    qp_config_defaults(&conf);
    int rc = qp_config_load(&conf, c->dir, e);
    if (!rc)
        rc = qp_place_store(&o->store, p, qp_config_size(&conf, QP_SETTING_store_journal_map),
                            qp_config_size(&conf, QP_SETTING_store_tables_map), e);
    if (rc == QP_EEXISTS) /* it runs */
        return occupied(c, p, e);
    if (!rc)
        rc = qp_read_begin(o->store, &r, e);
    if (rc)
        return rc;
    uint64_t head = qp_journal_head(r.journal, o->store, NULL);
    qp_read_end(&r);
    if (head == 0)
        return 0;
    bool torn = access(p->key, F_OK) == 0 && (again || access(p->token, F_OK) != 0);
    return torn ? take_up(o, c, p, path, e) : occupied(c, p, e);
}

/* New keys, or those of an attempt that ended before the journal began. */
static int keys_for(struct qp_opened *o, const struct qp_place_paths *p, struct qp_err *e)
{
    int rc = qp_place_new_keys(&o->keys, p, e);
    return rc == QP_EEXISTS ? qp_place_keys(&o->keys, p, e) : rc;
}

static int finish(struct qp_opened *o, const struct qp_cli *c, const struct qp_place_paths *p,
                  struct qp_err *e)
{
    char token[QP_TOKEN_TEXT];
    bool torn = o->core;
    int rc = torn ? 0 : qp_core_open(&o->core, o->store, &o->keys, NULL, NULL, NULL, qp_now_us(), e);
    if (!rc && !(torn && access(p->token, F_OK) == 0))
        rc = qp_place_admin(o, p, token, e);
    if (rc)
        return rc;
    const struct qp_cert *self = qp_core_self(o->core);
    char root[2 * QP_HASH_LEN + 1], id[27];
    qp_hex(root, qp_core_root(o->core)->b, QP_HASH_LEN);
    qp_id_text(id, self->node);
    if (c->json)
        qp_print_json(json_pack("{s:s,s:s,s:s,s:i,s:s,s:s}", "path", self->path, "title", self->title,
                                "node_id", id, "incarnation", (int)self->incarnation, "root_fingerprint",
                                root, "zone", self->zone));
    qp_tell(c, QP_TR(c, "%s is in %s. The tree's root fingerprint:\n%s", "%s 已建立于 %s。根指纹：\n%s"),
            self->path, p->data, root);
    return 0;
}

static int area_of(const struct qp_cli *c, struct qp_area *area, char zone[QP_ZONE_MAX + 1], struct qp_err *e)
{
    const char *areas = qp_opt(c, "areas"), *path = qp_opt(c, "path"), *title = qp_opt(c, "title"),
               *z = qp_opt(c, "zone");
    const char *code = qp_opt(c, "code"), *level = qp_opt(c, "level");
    memset(area, 0, sizeof *area);
    if (areas) {
        struct qp_areas list;
        int rc = qp_areas_read(&list, areas, e);
        if (rc)
            return rc;
        qp_areas_tell_unread(c, &list, areas);
        *area = list.v[0];
        qp_areas_free(&list);
    } else if (!path) {
        return qp_fail(e, QP_EINVAL,
                       "give the root's --path LABEL (with --title, --level, --zone), or --areas FILE|DIR");
    }
    if ((path && strlen(path) > QP_LABEL_MAX) || (title && strlen(title) > QP_TITLE_MAX) ||
        (code && strlen(code) > QP_CODE_MAX) || (level && strlen(level) > QP_LEVEL_MAX))
        return qp_fail(e, QP_EINVAL, "--path, --title, --code or --level is too long");
    if (path)
        strcpy(area->path, path);
    if (title || area->title[0] == 0)
        strcpy(area->title, title ? title : area->path);
    if (code)
        strcpy(area->code, code);
    if (level || area->level[0] == 0)
        strcpy(area->level, level ? level : "root");
    if (!qp_label_ok(area->path))
        return qp_fail(e, QP_EINVAL, "--path: \"%s\" is not one label of a-z, 0-9 and -, at most %d",
                       area->path, QP_LABEL_MAX);
    return qp_zone_of_areas(zone, z, areas, e);
}

int qp_verb_init(struct qp_cli *c)
{
    struct qp_area area;
    struct qp_place_paths p;
    struct qp_opened o = {0};
    struct qp_hash root;
    struct qp_err e = {0};
    char zone[QP_ZONE_MAX + 1];
    uint8_t seed[QP_SEED_LEN];
    int rc = area_of(c, &area, zone, &e);
    if (!rc)
        rc = qp_place_paths(&p, c->dir, &e);
    if (!rc)
        rc = qp_place_make(&p, &e);
    if (!rc)
        rc = open_store(&o, c, &p, area.path, false, &e);
    if (!rc)
        rc = qp_keep_settings(c, &p, &e);
    if (!rc && !o.core)
        rc = keys_for(&o, &p, &e);
    if (!rc && !o.core) {
        qp_random(seed, sizeof seed);
        rc = qp_core_found(o.store, &o.keys, &area, zone, qp_now_us(), seed, &root, &e);
        explicit_bzero(seed, sizeof seed);
    }
    if (!rc)
        rc = finish(&o, c, &p, &e);
    qp_opened_close(&o, true);
    return !rc ? QP_EXIT_OK : qp_complain_err(c, &e);
}

static int token_of(const struct qp_cli *c, struct qp_token *t, struct qp_err *e)
{
    char *text = c->args[0], *all = NULL;
    const char *path = qp_opt(c, "path");
    if (strcmp(text, "-") == 0 && !(text = all = qp_read_stdin(4096, NULL)))
        return qp_fail(e, QP_EINVAL, "the token could not be read from standard input");
    if (all)
        all[strcspn(all, " \t\r\n")] = 0;
    int rc = qp_token_parse(t, text, e);
    free(all);
    if (!rc && path && strcmp(path, t->path) != 0)
        rc = qp_fail(e, QP_ESCOPE, "this token is for %s, not for %s", t->path, path);
    return rc;
}

/* In an empty folder: asks the parent, begins the journal. home: where the settings are. */
int qp_join_in(const struct qp_cli *c, const struct qp_place_paths *p, const struct qp_place_paths *home,
               const struct qp_token *t, long seconds, struct qp_err *e)
{
    struct qp_opened o = {0};
    Qp__Welcome *w = NULL;
    uint8_t seed[QP_SEED_LEN];
    struct qp_arena *arena = qp_arena_new(4u * 1024 * 1024);
    int rc = arena ? open_store(&o, c, p, t->path, home != p, e) : qp_fail(e, QP_ENOMEM, "no memory");
    if (!rc)
        rc = qp_keep_settings(c, home, e);
    if (!rc && !o.core)
        rc = keys_for(&o, p, e);
    if (!rc && !o.core)
        rc = qp_wire_join(&w, t, &o.keys, (int)seconds * 1000, arena, e);
    if (!rc && !o.core) {
        qp_random(seed, sizeof seed);
        rc = qp_core_join(o.store, &o.keys, w, &t->root, t->endpoint, qp_now_us(), seed, e);
        explicit_bzero(seed, sizeof seed);
    }
    if (!rc)
        rc = finish(&o, c, p, e);
    qp_opened_close(&o, true);
    qp_arena_free(arena);
    return rc;
}

/* The folder has a node whose place this is: the new one is made beside it, then both are moved (aside.h). */
static int join_again(const struct qp_cli *c, const struct qp_place_paths *p, const struct qp_token *t,
                      long seconds, struct qp_err *e)
{
    struct qp_place_paths next;
    char path[QP_PATH_MAX];
    uint32_t incarnation = 0;
    int rc = qp_aside_look(p, path, &incarnation, e);
    if (!rc && strcmp(path, t->path) != 0)
        rc = qp_fail(e, QP_ESCOPE, "the node in %s is %s, and the token is for %s", p->data, path, t->path);
    if (!rc)
        rc = qp_aside_next(&next, p, e);
    if (!rc)
        rc = qp_join_in(c, &next, p, t, seconds, e);
    if (!rc)
        rc = qp_aside_swap(p, incarnation, e);
    if (!rc)
        qp_tell(c, "%s",
                QP_TR(c,
                      "What it had taken in before is kept in before-… beside it, and is brought in by "
                      "`qipan serve`.",
                      "此前收存的内容保留在 before-… 目录，运行 `qipan serve` 后自动补录。"));
    return rc;
}

int qp_verb_join(struct qp_cli *c)
{
    struct qp_token t;
    struct qp_place_paths p;
    struct qp_err e = {0};
    long seconds = 30;
    if (!qp_opt_number(c, "timeout", 1, 3600, &seconds))
        return QP_EXIT_USAGE;
    int rc = token_of(c, &t, &e);
    if (!rc)
        rc = qp_place_paths(&p, c->dir, &e);
    if (!rc)
        rc = qp_aside_finish(&p, &e);
    if (!rc)
        rc = qp_place_make(&p, &e);
    if (!rc && qp_opt(c, "parent"))
        snprintf(t.endpoint, sizeof t.endpoint, "%s", qp_opt(c, "parent")); /* keep_settings checks it */
    if (!rc)
        rc =
            qp_flag(c, "again") ? join_again(c, &p, &t, seconds, &e) : qp_join_in(c, &p, &p, &t, seconds, &e);
    explicit_bzero(&t, sizeof t);
    return !rc ? QP_EXIT_OK : qp_complain_err(c, &e);
}
