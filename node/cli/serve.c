/* serve.c: `qipan serve`: opens settings, keys, store, core, links and HTTP in this order, drives the turns
 * (drive.c), closes in the reverse order.
 *
 * SIGTERM, SIGINT: stops cleanly. SIGHUP: reads the policy again. Any error of a commit ends the process: the
 * next start verifies. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "node/cli/backup.h"
#include "node/cli/drive.h"
#include "node/line/ring.h"
#include "node/cli/ports.h"
#include "topology/token.h"

static const struct {
    const char *flag;
    enum qp_setting setting;
} flags[] = {
    {"http", QP_SETTING_http_listen},
    {"threads", QP_SETTING_http_threads},
    {"web-root", QP_SETTING_http_web_root},
    {"link", QP_SETTING_link_listen},
    {"advertise", QP_SETTING_link_advertise},
    {"parent", QP_SETTING_link_parent},
    {"parent-key", QP_SETTING_link_parent_key},
    {"journal-map", QP_SETTING_store_journal_map},
    {"tables-map", QP_SETTING_store_tables_map},
    {"vault-map", QP_SETTING_store_vault_map},
    {"blobs", QP_SETTING_store_blobs},
};

static int settings(struct qp_config *conf, const struct qp_cli *c, struct qp_err *e)
{
    qp_config_defaults(conf);
    int rc = qp_config_load(conf, c->dir, e);
    for (size_t i = 0; i < sizeof flags / sizeof flags[0] && !rc; i++) {
        char where[32];
        const char *v = qp_opt(c, flags[i].flag);
        snprintf(where, sizeof where, "--%s", flags[i].flag);
        if (v)
            rc = qp_config_set(conf, flags[i].setting, v, QP_FROM_FLAG, where, e);
    }
    return rc;
}

struct catching_up {
    struct qp_progress bar;
    int64_t told_us;
};

static void on_progress(void *arg, uint64_t at, uint64_t head)
{
    struct catching_up *u = arg;
    int64_t now = qp_monotonic_us();
    qp_progress_at(&u->bar, at, head);
    if (!u->bar.on && now - u->told_us > 2000000) {
        u->told_us = now;
        qp_log("info", "projecting the journal: %llu of %llu", (unsigned long long)at,
               (unsigned long long)head);
    }
}

/* Without its line keys a node does all else; that nothing is said on lines is an alarm, and told where somebody tries. */
static void open_ring(struct qp_drive *d, const struct qp_place_paths *p)
{
    struct qp_err e = {0};
    uint8_t seed[QP_SEED_LEN];
    qp_random(seed, sizeof seed);
    int rc = qp_ring_open(&d->node.ring, p->lines, &e);
    if (!rc) {
        qp_core_set_ring(d->node.core, d->node.ring);
        rc = qp_core_tend_ring(d->node.core, qp_now_us(), seed, &e);
    }
    explicit_bzero(seed, sizeof seed);
    if (rc) {
        qp_core_ring_trouble(d->node.core, e.text);
        qp_log("error", "lines are closed until this is mended%s: %s",
               !d->node.ring ? " and the node started again" : "", e.text);
    }
}

/* What was kept under the keys that the node had before it joined again stays its own. */
static void adopt(void *drive, const struct qp_keys *former)
{
    struct qp_drive *d = drive;
    struct qp_err e = {0};
    uint8_t seed[QP_SEED_LEN];
    size_t n;
    qp_random(seed, sizeof seed);
    if (qp_vault_adopt(d->node.vault, former, seed, &n, &e))
        qp_log("error", "personal records of before this node joined again stay closed: %s", e.text);
    if (n > 0)
        qp_log("info", "%zu personal records of before this node joined again have its new keys", n);
    explicit_bzero(seed, sizeof seed);
}

static int open_vault(struct qp_drive *d, const struct qp_config *conf, const struct qp_place_paths *p,
                      struct qp_err *e)
{
    const struct qp_vault_options v = {
        .dir = p->vault, .map = qp_config_size(conf, QP_SETTING_store_vault_map), .keys = &d->node.keys};
    struct qp_vault_use u;
    int rc = qp_vault_open(&d->node.vault, &v, e);
    if (rc)
        return rc;
    qp_vault_use(d->node.vault, &u);
    if (u.mended > 0)
        qp_log("warning", "the keys of %llu personal records lay damaged and were mended: look at the disk",
               (unsigned long long)u.mended);
    if (u.lost > 0)
        qp_log("error",
               "the keys of %llu personal records are damaged, and these cannot be opened any more: they are "
               "asked "
               "for again where another node had them; look at the disk",
               (unsigned long long)u.lost);
    qp_aside_former(p, adopt, d);
    return qp_core_set_vault(d->node.core, d->node.vault, !qp_aside_waits(p), e);
}

/* Without its folder of files a node does all else; that it takes no files is told to who sends one. */
static void open_blobs(struct qp_drive *d, const struct qp_config *conf, const struct qp_place_paths *p)
{
    char dir[QP_PLACE_MAX + 32];
    struct qp_err e = {0};
    snprintf(dir, sizeof dir, "%s/blobs", p->data);
    const struct qp_blobs_options o = {
        .dir = dir, .quota = qp_config_size(conf, QP_SETTING_store_blobs), .store = d->node.store};
    int rc = qp_blobs_open(&d->node.blobs, &o, &e);
    if (!rc)
        rc = qp_core_set_blobs(d->node.core, d->node.blobs, &e);
    if (rc)
        qp_log("error",
               "files of matters are neither taken in nor shown until this is mended and the node started "
               "again: %s",
               e.text);
}

static int open_node(struct qp_drive *d, const struct qp_cli *c, const struct qp_config *conf,
                     const struct qp_place_paths *p, struct qp_err *e)
{
    struct qp_acceptance acceptance;
    struct catching_up u = {.told_us = qp_monotonic_us()};
    qp_config_acceptance(conf, &acceptance);
    int rc = qp_place_store(&d->node.store, p, qp_config_size(conf, QP_SETTING_store_journal_map),
                            qp_config_size(conf, QP_SETTING_store_tables_map), e);
    if (rc)
        return rc;
    qp_progress_begin(&u.bar, c, "projecting the journal");
    rc = qp_core_open(&d->node.core, d->node.store, &d->node.keys, &acceptance, on_progress, &u, qp_now_us(),
                      e);
    qp_progress_end(&u.bar);
    if (!rc)
        rc = open_vault(d, conf, p, e);
    if (!rc)
        open_ring(d, p);
    if (!rc)
        open_blobs(d, conf, p);
    return rc;
}

/* A file's first line; "" where there is none, or it is longer than 64 bytes (told). */
static void read_secret(char secret[72], const char *path)
{
    FILE *f = path[0] != 0 ? fopen(path, "re") : NULL;
    secret[0] = 0;
    if (path[0] != 0 && (!f || !fgets(secret, 72, f) || strcspn(secret, "\r\n") > 64)) {
        qp_log("error",
               "line.turn_secret: %s cannot be read, or its first line is longer than 64 bytes: calls "
               "have no TURN server",
               path);
        secret[0] = 0;
    }
    secret[strcspn(secret, "\r\n")] = 0;
    if (f)
        fclose(f);
}

static int open_doors(struct qp_drive *d, const struct qp_config *conf, const struct qp_place_paths *p,
                      struct qp_err *e)
{
    const char *listen = qp_config_text(conf, QP_SETTING_link_listen),
               *advertise = qp_config_text(conf, QP_SETTING_link_advertise);
    struct qp_wire_options w = {.listen = listen,
                                .parent = qp_config_text(conf, QP_SETTING_link_parent),
                                .wake_fd = d->wake_fd,
                                .child_rate = qp_config_size(conf, QP_SETTING_link_child_rate),
                                .child_burst = qp_config_size(conf, QP_SETTING_link_child_burst)};
    uint8_t parent_key[QP_PK_LEN];
    if (!qp_unhex(parent_key, sizeof parent_key, qp_config_text(conf, QP_SETTING_link_parent_key)))
        w.parent_key = parent_key;
    int rc = qp_port_check(qp_config_text(conf, QP_SETTING_http_listen), "http.listen",
                           "stop that one, or give another port by --http HOST:PORT or http.listen", e);
    if (!rc)
        rc = qp_port_check(listen, "link.listen",
                           "stop that one, or give another port by --link tcp://HOST:PORT or link.listen", e);
    if (!rc)
        rc = qp_wire_open(&d->wire, d->node.core, d->node.store, &d->node.keys, &w, e);
    if (rc)
        return rc;
    if (advertise[0] == 0 && listen[0] && qp_endpoint_anywhere(qp_wire_endpoint(d->wire)))
        qp_log(
            "warning",
            "this node listens at %s, which no child can dial: it invites nobody before link.advertise says "
            "how it is reached",
            listen);
    char sessions[QP_PLACE_MAX + 64], secret[72];
    read_secret(secret, qp_config_text(conf, QP_SETTING_line_turn_secret));
    enum qp_http_open311 open311 = QP_HTTP_OPEN311_OWN;
    qp_http_open311_parse(&open311, qp_config_text(conf, QP_SETTING_http_open311), NULL); /* it was checked */
    struct qp_hash session_key; /* the node's own, and no other key's bytes */
    const struct qp_part parts[] = {{"qipan session key", 18}, {d->node.keys.sign_sk, QP_SIGN_SK_LEN}};
    qp_hash_parts(&session_key, parts, 2);
    snprintf(sessions, sizeof sessions, "%s/sessions", p->data);
    struct qp_http_options h = {.listen = qp_config_text(conf, QP_SETTING_http_listen),
                                .threads = (unsigned)qp_config_size(conf, QP_SETTING_http_threads),
                                .queue = 4096,
                                .wake_fd = d->wake_fd,
                                .endpoint = listen[0] && advertise[0] ? advertise : NULL,
                                .store = d->node.store,
                                .core = d->node.core,
                                .wire = d->wire,
                                .vault = d->node.vault,
                                .blobs = d->node.blobs,
                                .proxies = qp_config_text(conf, QP_SETTING_http_proxies),
                                .web_root = qp_config_text(conf, QP_SETTING_http_web_root),
                                .open311 = open311,
                                .map_file = qp_config_text(conf, QP_SETTING_http_map_file),
                                .turn_urls = qp_config_text(conf, QP_SETTING_line_turn_urls),
                                .turn_secret = secret,
                                .tls_listen = qp_config_text(conf, QP_SETTING_http_tls_listen),
                                .tls_certificate = qp_config_text(conf, QP_SETTING_http_tls_certificate),
                                .tls_key = qp_config_text(conf, QP_SETTING_http_tls_key),
                                .streams = qp_config_size(conf, QP_SETTING_http_streams),
                                .session_key = session_key.b,
                                .sessions = sessions};
    rc = qp_http_open(&d->http, &h, e);
    explicit_bzero(&session_key, sizeof session_key);
    explicit_bzero(secret, sizeof secret);
    return rc;
}

/* The node serves all the same when the set-aside journal cannot be read: it is told, and stays where it is.
 */
static void open_aside(struct qp_drive *d, const struct qp_config *conf, const struct qp_place_paths *p)
{
    struct qp_err e = {0};
    d->paths = *p;
    d->journal_map = qp_config_size(conf, QP_SETTING_store_journal_map);
    d->tables_map = qp_config_size(conf, QP_SETTING_store_tables_map);
    if (qp_aside_open(&d->aside, p, d->journal_map, d->tables_map, &e))
        qp_log("error", "what was taken in before this node joined again cannot be brought in: %s", e.text);
}

static int start_minder(struct qp_drive *d, struct qp_err *e)
{
    int rc = pthread_create(&d->minder, NULL, qp_minder, d);
    if (rc)
        return qp_fail(e, QP_ENOMEM, "no thread for signals: %s", strerror(rc));
    d->minder_runs = true;
    return 0;
}

static void write_address(const struct qp_drive *d, const struct qp_place_paths *p)
{
    char line[300];
    struct qp_err e = {0};
    int n = snprintf(line, sizeof line, "%s\n", qp_http_url(d->http));
    if (qp_file_replace(p->http, line, (size_t)n, 0644, &e))
        qp_log("warning", "%s", e.text);
}

/* What `ps` shows; before this the node is called "qipan". */
static void entitle(const struct qp_drive *d, const struct qp_cli *c)
{
    char rest[QP_PLACE_MAX + 800];
    const char *link = qp_wire_endpoint(d->wire);
    snprintf(rest, sizeof rest, "%s %s%sserve%s%s", qp_http_url(d->http), link, link[0] ? " " : "",
             c->dir ? " --dir " : "", c->dir ? c->dir : "");
    qp_title_set(&c->title, qp_core_self(d->node.core)->path, rest);
}

static void shut(struct qp_drive *d, const struct qp_place_paths *p, bool clean)
{
    if (d->http) {
        qp_http_close(d->http);
        unlink(p->http);
    }
    if (d->wire)
        qp_wire_close(d->wire);
    if (d->minder_runs) {
        if (atomic_load(&d->stop) == 0) {
            atomic_store(&d->stop, -1);
            pthread_kill(d->minder, SIGTERM);
        }
        pthread_join(d->minder, NULL);
    }
    qp_aside_close(d->aside);
    qp_opened_close(&d->node, clean);
    qp_arena_free(d->arena);
    qp_arena_free(d->scratch);
    free(d->inputs);
    free(d->commands);
    free(d->links);
    close(d->wake_fd);
    free(d);
}

static void harden(void)
{
    struct rlimit files;
    sigset_t set;
    prctl(PR_SET_DUMPABLE, 0); /* keys must not end up in a core file */
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, QP_SIGNAL_CHECKPOINT);
    pthread_sigmask(SIG_BLOCK, &set,
                    NULL); /* the minder alone takes them; every later thread inherits this */
}

int qp_verb_serve(struct qp_cli *c)
{
    struct qp_config conf;
    struct qp_place_paths p;
    struct qp_err e = {0};
    if (settings(&conf, c, &e) || qp_place_paths(&p, c->dir, &e))
        return qp_complain_err(c, &e);
    struct qp_drive *d = calloc(1, sizeof *d);
    if (!d)
        return qp_complain(c, QP_EXIT_FAILED, "no memory");
    harden();
    d->dir = c->dir;
    d->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    int rc = qp_backup_moved(&p, &e);
    if (!rc)
        rc = qp_aside_finish(&p, &e);
    if (!rc)
        rc =
            qp_place_keys(&d->node.keys, &p, &e); /* before anything is made: the folder may be another one */
    if (!rc)
        rc = qp_place_make(&p, &e);
    if (!rc)
        rc = open_node(d, c, &conf, &p, &e);
    if (!rc) /* again, now that nobody else has the store: it may have been moved while this waited for the lock */
        rc = qp_backup_moved(&p, &e);
    if (!rc) {
        qp_title_set(&(struct qp_title){0}, qp_core_self(d->node.core)->path, ""); /* threads inherit it */
        rc = open_doors(d, &conf, &p, &e);
    }
    if (!rc)
        rc = start_minder(d, &e);
    if (!rc)
        open_aside(d, &conf, &p);
    if (!rc) {
        const char *endpoint = qp_wire_endpoint(d->wire);
        write_address(d, &p);
        entitle(d, c);
        qp_log("info", "%s serves on %s%s%s", qp_core_self(d->node.core)->path, qp_http_url(d->http),
               endpoint[0] ? ", its children dial " : "", endpoint);
        rc = qp_drive(d, &e);
    }
    if (rc)
        qp_log("error", "%s", e.text[0] ? e.text : qp_error_name(rc));
    else
        qp_log("info", "stopped");
    bool clean = rc != QP_EIO && rc != QP_ECORRUPT;
    shut(d, &p, clean);
    return !rc ? QP_EXIT_OK : qp_exit_of(rc) == QP_EXIT_USAGE ? QP_EXIT_FAILED : qp_exit_of(rc);
}
