/* place.c: see place.h. */
#include "node/cli/place.h"

#include "node/line/ring.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

int qp_place_paths(struct qp_place_paths *p, const char *dir, struct qp_err *e)
{
    const char *data = dir ? dir : "/var/lib/qipan";
    size_t n = strlen(data);
    if (n == 0 || n >= QP_PLACE_MAX)
        return qp_fail(e, QP_EINVAL, "--dir: the name is empty or too long");
    while (n > 1 && data[n - 1] == '/')
        n--;
    snprintf(p->data, sizeof p->data, "%.*s", (int)n, data);
    snprintf(p->db, sizeof p->db, "%s/db", p->data);
    snprintf(p->vault, sizeof p->vault, "%s/vault", p->data);
    snprintf(p->keys, sizeof p->keys, "%s/keys", p->data);
    snprintf(p->key, sizeof p->key, "%s/keys/node.key", p->data);
    snprintf(p->lines, sizeof p->lines, "%s/keys/lines", p->data);
    snprintf(p->token, sizeof p->token, "%s/cli-token", p->data);
    snprintf(p->dev_token, sizeof p->dev_token, "%s/dev-token", p->data);
    snprintf(p->run, sizeof p->run, dir ? "%s/run" : "/run/qipan", p->data);
    snprintf(p->http, sizeof p->http, "%s/http", p->run);
    snprintf(p->conf, sizeof p->conf, dir ? "%s/qipan.conf" : "/etc/qipan/qipan.conf", p->data);
    return 0;
}

int qp_make_folder(const char *path, struct qp_err *e)
{
    char part[QP_PLACE_MAX + 64];
    if (strlen(path) >= sizeof part)
        return qp_fail(e, QP_EINVAL, "%s: the name is too long", path);
    strcpy(part, path);
    for (char *p = part + 1; *p; p++) {
        if (*p != '/')
            continue;
        *p = 0;
        if (mkdir(part, 0700) != 0 && errno != EEXIST)
            return qp_fail(e, QP_EIO, "%s: cannot be made: %s", part, strerror(errno));
        *p = '/';
    }
    if (mkdir(part, 0700) != 0 && errno != EEXIST)
        return qp_fail(e, QP_EIO, "%s: cannot be made: %s", part, strerror(errno));
    return 0;
}

FILE *qp_private_file(const char *path)
{
    struct stat st;
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return NULL;
    bool closed = fstat(fd, &st) == 0 && (!S_ISREG(st.st_mode) || fchmod(fd, 0600) == 0);
    FILE *f = closed ? fdopen(fd, "w") : NULL;
    int why = errno;
    if (!f)
        close(fd);
    errno = why;
    return f;
}

/* The folder, or the one in which it would be made. */
static bool look_at_folder(const struct qp_place_paths *p, struct stat *st)
{
    char above[QP_PLACE_MAX];
    if (stat(p->data, st) == 0)
        return true;
    snprintf(above, sizeof above, "%s", p->data);
    char *slash = strrchr(above, '/');
    if (slash)
        slash[slash == above] = 0;
    return stat(slash ? above : ".", st) == 0;
}

int qp_place_own(const struct qp_place_paths *p, struct qp_err *e)
{
    struct stat st;
    char name[64], as[100];
    if (geteuid() != 0 || !look_at_folder(p, &st) || st.st_uid == 0)
        return 0;
    const struct passwd *owner = getpwuid(st.st_uid);
    if (owner) {
        snprintf(name, sizeof name, "%.63s", owner->pw_name);
        snprintf(as, sizeof as, "runuser -u %s --", name);
    } else { /* of a container, or of another machine: runuser knows only names */
        snprintf(name, sizeof name, "#%u", (unsigned)st.st_uid);
        snprintf(as, sizeof as, "setpriv --reuid %u --regid %u --clear-groups", (unsigned)st.st_uid,
                 (unsigned)st.st_gid);
    }
    return qp_fail(
        e, QP_EDENIED,
        "%.120s belongs to the user %s, whose node could not open what root makes in it: run this as that "
        "user (`%s qipan …`)",
        p->data, name, as);
}

int qp_place_make(const struct qp_place_paths *p, struct qp_err *e)
{
    int rc = qp_place_own(p, e);
    if (!rc)
        rc = qp_make_folder(p->db, e);
    if (!rc)
        rc = qp_make_folder(p->keys, e);
    return rc ? rc : qp_make_folder(p->run, e);
}

/* A small file's first line into out. */
static bool first_line(const char *path, char *out, size_t cap)
{
    FILE *f = fopen(path, "re");
    bool ok = f && fgets(out, (int)cap, f);
    if (f)
        fclose(f);
    if (ok)
        out[strcspn(out, "\r\n")] = 0;
    return ok;
}

static int no_node(const struct qp_place_paths *p, struct qp_err *e)
{
    return qp_fail(
        e, QP_ENOTFOUND,
        "%s: there is no node here yet: found a tree with `qipan init`, or join one with `qipan join "
        "TOKEN`",
        p->data);
}

/* Asks with a shared lock: those who ask at the same time do not take each other for the node. */
pid_t qp_place_runs(const struct qp_place_paths *p)
{
    char path[QP_PLACE_MAX + 64], text[24] = "";
    snprintf(path, sizeof path, "%s/lock", p->db);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    bool held = flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    ssize_t n = held ? pread(fd, text, sizeof text - 1, 0) : 0;
    close(fd);
    return n > 0 ? (pid_t)strtol(text, NULL, 10) : 0;
}

int qp_place_url(const struct qp_cli *c, char url[300], struct qp_err *e)
{
    struct qp_place_paths p;
    struct qp_config conf;
    const char *given = c->node ? c->node : !c->dir ? getenv("QIPAN_NODE") : NULL;
    if (given && given[0] != 0) {
        snprintf(url, 300, "%s", given);
        return 0;
    }
    int rc = qp_place_paths(&p, c->dir, e);
    if (rc)
        return rc;
    if (first_line(p.http, url, 300))
        return 0;
    if (c->dir && access(p.conf, F_OK) != 0 && access(p.key, F_OK) != 0 && errno == ENOENT)
        return no_node(&p, e); /* its default address would be another node's */
    if (c->dir && access(p.db, R_OK | X_OK) == 0 && qp_place_runs(&p) == 0)
        return qp_fail(e, QP_EUNREACHABLE, "%s: its node is not running; `qipan serve --dir %s` starts it",
                       p.data, c->dir);
    qp_config_defaults(&conf);
    if ((rc = qp_config_load(&conf, c->dir, e)))
        return rc;
    snprintf(url, 300, "http://%s", qp_config_text(&conf, QP_SETTING_http_listen));
    return 0;
}

int qp_place_token(const struct qp_cli *c, char token[512], struct qp_err *e)
{
    struct qp_place_paths p;
    const char *given = c->token ? c->token : !c->dir ? getenv("QIPAN_TOKEN") : NULL;
    token[0] = 0;
    if (given) {
        snprintf(token, 512, "%s", given);
        return 0;
    }
    int rc = qp_place_paths(&p, c->dir, e);
    if (!rc && !first_line(p.token, token, 512))
        token[0] = 0;
    return rc;
}

int qp_place_keys(struct qp_keys *k, const struct qp_place_paths *p, struct qp_err *e)
{
    uint8_t master[QP_SEED_LEN];
    int rc = qp_keyfile_read(master, p->key, e);
    if (rc == QP_ENOTFOUND)
        return no_node(p, e);
    if (!rc)
        qp_keys_derive(k, master);
    explicit_bzero(master, sizeof master);
    return rc;
}

int qp_place_new_keys(struct qp_keys *k, const struct qp_place_paths *p, struct qp_err *e)
{
    uint8_t master[QP_SEED_LEN];
    qp_random(master, sizeof master);
    int rc = qp_keyfile_write(p->key, master, e);
    if (!rc)
        qp_keys_derive(k, master);
    explicit_bzero(master, sizeof master);
    return rc;
}

int qp_place_store(struct qp_store **s, const struct qp_place_paths *p, size_t journal_map, size_t tables_map,
                   struct qp_err *e)
{
    struct qp_store_options o = {.dir = p->db, .journal_map = journal_map, .tables_map = tables_map};
    qp_store_mind_faults();
    qp_random(o.epoch, sizeof o.epoch);
    int rc = qp_store_open(s, &o, e);
    pid_t pid = rc == QP_EEXISTS ? qp_place_runs(p) : 0;
    return pid == 0 ? rc
                    : qp_fail(e, QP_EEXISTS,
                              "%s: is in use by process %d: its node (`qipan drain --dir %s` stops it), or a "
                              "command that reads the folder",
                              p->data, (int)pid, p->data);
}

void qp_opened_close(struct qp_opened *o, bool clean)
{
    if (o->core)
        qp_core_close(o->core);
    qp_blobs_close(o->blobs);
    qp_vault_close(o->vault);
    if (o->store)
        qp_store_close(o->store, clean);
    qp_ring_close(o->ring);
    qp_keys_wipe(&o->keys);
    *o = (struct qp_opened){0};
}

int qp_turn_alone(struct qp_opened *o, const struct qp_input *in, size_t n, struct qp_outputs *out,
                  struct qp_err *e)
{
    struct qp_txn t;
    uint8_t seed[QP_SEED_LEN];
    int rc = qp_store_begin(o->store, &t, e);
    if (rc)
        return rc;
    qp_random(seed, sizeof seed);
    rc = qp_turn(o->core, &t, in, n, qp_now_us(), seed, out, e);
    explicit_bzero(seed, sizeof seed);
    if (!rc)
        rc = qp_store_commit_journal(&t, e);
    if (!rc)
        rc = qp_store_commit_tables(&t, e);
    if (rc)
        qp_store_abort(&t);
    return rc;
}

int qp_place_admin(struct qp_opened *o, const struct qp_place_paths *p, char text[QP_TOKEN_TEXT],
                   struct qp_err *e)
{
    return qp_place_new_token(o, p->token, "cli", QP_RIGHTS_CLI, text, e);
}

int qp_place_new_token(struct qp_opened *o, const char *file, const char *prefix, uint32_t rights,
                       char text[QP_TOKEN_TEXT], struct qp_err *e)
{
    uint8_t secret[32];
    char line[QP_TOKEN_TEXT + 1], name[32];
    struct qp_hash hash;
    struct qp_outputs out;
    Qp__Event ev = QP__EVENT__INIT;
    Qp__TokenMade made = QP__TOKEN_MADE__INIT;
    qp_random(secret, sizeof secret);
    qp_b64(text, secret, sizeof secret);
    qp_hash(&hash, text, strlen(text));
    /* The name is new each time: whoever lost the file gets a second token, and can end the first by its
     * name. */
    snprintf(name, sizeof name, "%s-%02x%02x%02x", prefix, secret[0] ^ secret[9], secret[1] ^ secret[8],
             secret[2] ^ secret[7]);
    explicit_bzero(secret, sizeof secret);
    made.name = name;
    made.hash = (ProtobufCBinaryData){QP_HASH_LEN, hash.b};
    made.rights = rights;
    ev.by = (char *)(uintptr_t) "policy";
    ev.body_case = QP__EVENT__BODY_TOKEN_MADE;
    ev.token_made = &made;
    struct qp_input in = {.kind = QP_IN_COMMAND,
                          .command = {.op = QP_OP_RESOURCE, .ticket = 1, .draft = &ev, .if_version = -1}};
    int rc = qp_turn_alone(o, &in, 1, &out, e);
    for (size_t i = 0; !rc && i < out.n; i++)
        if (out.v[i].kind == QP_OUT_REPLY && out.v[i].reply.code != 0)
            rc = qp_fail(e, out.v[i].reply.code, "%s", out.v[i].reply.text);
    snprintf(line, sizeof line, "%s\n", text);
    return rc ? rc : qp_file_replace(file, line, strlen(line), 0600, e);
}
