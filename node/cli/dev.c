/* dev.c: `qipan dev`; see dev.h. Runs in the foreground; every node ends with it (PR_SET_PDEATHSIG). */
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "node/cli/dev.h"
#include "node/cli/policy_set.h"
#include "node/cli/ports.h"

/* Below the ephemeral ports, with room for 1,500 nodes each. */
enum { HTTP_BASE = 20000, LINK_BASE = 22000, PORT_MOST = 65535 };

static int state_of(struct qp_dev *d, struct qp_err *e)
{
    const char *given = qp_opt(d->cli, "state"), *xdg = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    char *real, path[QP_PLACE_MAX];
    int n;
    if (given)
        n = snprintf(path, sizeof path, "%s", given);
    else if (xdg && xdg[0] == '/')
        n = snprintf(path, sizeof path, "%s/qipan/dev", xdg);
    else
        n = snprintf(path, sizeof path, "%s/.local/state/qipan/dev", home ? home : ".");
    if (n <= 0 || (size_t)n >= 2500)
        return qp_fail(e, QP_EINVAL, "--state: the name is empty or too long");
    int rc = qp_make_folder(path, e);
    if (rc)
        return rc;
    real = realpath(path, NULL);
    snprintf(d->state, sizeof d->state, "%s", real ? real : path);
    free(real);
    return strlen(d->state) < 2500 ? qp_dev_lock(d, e)
                                   : qp_fail(e, QP_EINVAL, "--state: the name is too long");
}

static int read_areas(struct qp_areas *areas, const struct qp_cli *c, struct qp_err *e)
{
    const char *from = qp_opt(c, "areas"), *under = qp_opt(c, "under"), *open = qp_opt(c, "open");
    long depth = 0;
    if (qp_opt_long(c, "depth", 1, QP_PATH_DEPTH, &depth, e))
        return QP_EINVAL;
    int rc = qp_areas_read(areas, from ? from : qp_areas_default(), e);
    if (rc)
        return rc;
    qp_areas_tell_unread(c, areas, from ? from : qp_areas_default());
    rc = qp_areas_cut(areas, under, (int)depth, e);
    if (!rc && open)
        rc = qp_areas_open(areas, open, e);
    if (!rc && areas->n > QP_DEV_NODES)
        rc = qp_fail(e, QP_EBIG,
                     "%zu nodes are more than one machine is asked to run (%d); use --under or --depth",
                     areas->n, QP_DEV_NODES);
    if (rc)
        qp_areas_free(areas);
    return rc;
}

static int take_areas(struct qp_dev *d, const struct qp_areas *areas, struct qp_err *e)
{
    d->nodes = calloc(areas->n, sizeof *d->nodes);
    if (!d->nodes)
        return qp_fail(e, QP_ENOMEM, "no memory for %zu nodes", areas->n);
    d->n = areas->n;
    for (size_t i = 0; i < d->n; i++) {
        d->nodes[i].area = areas->v[i];
        d->nodes[i].parent = areas->v[i].parent;
        if (areas->v[i].parent >= 0)
            d->nodes[areas->v[i].parent].children++;
    }
    return 0;
}

/* Another list of areas than the one that STATE was made for is refused, never mixed in. */
static int same_tree(const struct qp_dev *d, const struct qp_areas *areas, struct qp_err *e)
{
    bool same = areas->n == d->n;
    for (size_t i = 0; same && i < d->n; i++)
        same = strcmp(areas->v[i].path, d->nodes[i].area.path) == 0;
    return same ? 0
                : qp_fail(e, QP_EEXISTS, "%s holds another tree (%zu nodes under %s); give another --state",
                          d->state, d->n, d->nodes[0].area.path);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st;
    (void)type;
    (void)at;
    return remove(path);
}

/* What an interrupted founding left: only folders that this list of areas would make. */
static void clear(struct qp_dev *d)
{
    for (size_t i = 0; i < d->n; i++)
        nftw(d->nodes[i].dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

struct taken { /* of the ports that the tree wants */
    size_t count, first /* node */;
    bool of_links;
    int port;
};

static void look_at_ports(const struct qp_dev *d, struct taken *t)
{
    *t = (struct taken){0};
    for (size_t i = 0; i < d->n; i++)
        for (int links = 0; links < 2; links++) {
            int port;
            const char *address = links ? d->nodes[i].endpoint : d->nodes[i].http;
            if (address[0] == 0 || !qp_port_taken(address, &port))
                continue;
            if (t->count++ == 0)
                *t = (struct taken){1, i, links == 1, port};
        }
}

/* All of them are free before the tree starts. Nodes that are still ending get some seconds. */
static int free_ports(struct qp_dev *d, struct qp_err *e)
{
    struct taken t;
    char who[128];
    for (int tries = 0;; tries++) {
        look_at_ports(d, &t);
        if (t.count == 0)
            return 0;
        qp_port_user(who, sizeof who, t.port);
        if (strncmp(who, "qipan", 5) != 0 || tries == 30)
            break;
        usleep(100000);
    }
    return qp_fail(e, QP_EEXISTS,
                   "port %d, for the %s of %s, is in use by %s%s: stop that one, or give other ports by "
                   "--http-base PORT --link-base PORT (now %d and %d, for %zu nodes)",
                   t.port, t.of_links ? "links" : "HTTP", d->nodes[t.first].area.path, who,
                   t.count > 1 ? ", and others are in use" : "", d->http_base, d->link_base, d->n);
}

static int prepare(struct qp_dev *d, struct qp_err *e)
{
    const struct qp_cli *c = d->cli;
    const char *zone = qp_opt(c, "zone");
    struct qp_areas areas = {0};
    bool founded, begun,
        chosen = qp_opt(c, "areas") || qp_opt(c, "under") || qp_opt(c, "depth") || qp_opt(c, "open");
    long http = 0, link = 0;
    if (qp_opt_long(c, "http-base", 1, PORT_MOST, &http, e) ||
        qp_opt_long(c, "link-base", 1, PORT_MOST, &link, e))
        return QP_EINVAL;
    d->http_base = (int)http;
    d->link_base = (int)link;
    int rc = state_of(d, e);
    if (!rc)
        rc = qp_dev_load(d, &founded, &begun, e);
    if (!rc && (chosen || !founded))
        rc = read_areas(&areas, c, e);
    if (!rc && founded && chosen)
        rc = same_tree(d, &areas, e);
    if (!rc && founded && zone && strcmp(zone, d->zone) != 0)
        rc = qp_fail(e, QP_EEXISTS,
                     "%s was founded in the zone %s; leave --zone %s out, or give another --state", d->state,
                     d->zone, zone);
    if (!rc && !founded) {
        const char *from = qp_opt(c, "areas");
        rc = qp_zone_of_areas(d->zone, zone, from ? from : qp_areas_default(), e);
        if (!rc)
            rc = take_areas(d, &areas, e);
    }
    qp_areas_free(&areas);
    d->http_base = d->http_base != 0 ? d->http_base : HTTP_BASE;
    d->link_base = d->link_base != 0 ? d->link_base : LINK_BASE;
    if (!rc && (d->http_base + (long)d->n > PORT_MOST || d->link_base + (long)d->n > PORT_MOST))
        rc = qp_fail(e, QP_EINVAL, "%zu nodes do not fit between the base ports and %d", d->n, PORT_MOST);
    if (!rc)
        rc = qp_dev_places(d, founded, e);
    if (!rc)
        rc = free_ports(d, e); /* before anything is founded: nothing is bound to ports that do not do */
    if (!rc && founded)
        rc = qp_dev_save(d, e); /* the bases may be new */
    if (!rc && begun && !founded)
        clear(d);
    if (!rc && !founded)
        rc = qp_dev_found(d, e);
    return rc;
}

static int watch_signals(struct qp_dev *d, struct qp_err *e)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    d->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return d->signal_fd >= 0 ? 0 : qp_fail(e, QP_EIO, "signals cannot be watched");
}

static void tell_up(struct qp_dev *d, int64_t began_us)
{
    const struct qp_cli *c = d->cli;
    if (c->json) {
        qp_print_json(json_pack("{s:I,s:s,s:s,s:s,s:f}", "nodes", (json_int_t)d->n, "root",
                                d->nodes[0].area.path, "http", d->nodes[0].http, "state", d->state, "seconds",
                                (double)(qp_monotonic_us() - began_us) / 1e6));
    } else {
        qp_tell(c,
                QP_TR(c, "all %zu nodes of %s have joined in %.1f s: %s  (%s/nodes.json)",
                      "%zu 个节点已全部加入 %s，用时 %.1f 秒：%s  （%s/nodes.json）"),
                d->n, d->nodes[0].area.path, (double)(qp_monotonic_us() - began_us) / 1e6, d->nodes[0].http,
                d->state);
    }
    fflush(stdout);
}

/* True: a signal asked for the end. */
static bool signals(struct qp_dev *d)
{
    struct signalfd_siginfo s;
    bool end = false;
    while (read(d->signal_fd, &s, sizeof s) == (ssize_t)sizeof s)
        end |= s.ssi_signo == SIGINT || s.ssi_signo == SIGTERM || s.ssi_signo == SIGHUP;
    return end;
}

static int64_t next_restart(const struct qp_dev *d)
{
    int64_t next = INT64_MAX;
    for (size_t i = 0; i < d->n; i++)
        if (d->nodes[i].restart_us != 0 && d->nodes[i].restart_us < next)
            next = d->nodes[i].restart_us;
    return next;
}

/* With the last line of its log. */
static int cannot_start(const struct qp_dev_node *n, struct qp_err *e)
{
    char path[QP_PLACE_MAX + 8], line[400] = "", last[400] = "";
    snprintf(path, sizeof path, "%s/log", n->dir);
    FILE *f = fopen(path, "re");
    while (f && fgets(line, sizeof line, f))
        if (line[0] >= ' ')
            snprintf(last, sizeof last, "%s", line);
    if (f)
        fclose(f);
    last[strcspn(last, "\n")] = 0;
    return qp_fail(e, QP_EIO, "%s does not start: %.200s (%s)", n->area.path, last, path);
}

/* A policy that is wrong is told before anything is founded. */
static int read_policy(struct qp_dev *d, struct qp_err *e)
{
    const char *from = qp_opt(d->cli, "policy");
    struct qp_mistakes m = {0};
    if (!from)
        return 0;
    d->policy = qp_policy_read(from, &m);
    if (d->policy)
        qp_policy_check(d->policy, true, &m);
    int rc = d->policy && qp_mistakes_all(&m) == 0
                 ? 0
                 : qp_fail(e, QP_EINVAL,
                           "--policy: %s is not a sound policy (%zu mistakes): qipan policy check %s", from,
                           qp_mistakes_all(&m), from);
    qp_mistakes_free(&m);
    return rc;
}

/* The root says it; one that it said before, by an earlier start, stays as it is. */
static void say_policy(struct qp_dev *d)
{
    struct qp_err e = {0};
    if (d->policy && qp_policy_send(d->nodes[0].http, d->nodes[0].token, d->policy, &e))
        qp_complain(d->cli, 0, QP_TR(d->cli, "the policy was not put in force: %s", "策略未能生效：%s"),
                    e.text);
}

static int supervise(struct qp_dev *d, int64_t began_us, struct qp_err *e)
{
    struct qp_progress bar;
    bool told = false;
    qp_progress_begin(&bar, d->cli, QP_TR(d->cli, "joining", "加入"));
    for (;;) {
        const struct qp_dev_node *lost = NULL;
        int64_t now = qp_monotonic_us(), next = next_restart(d);
        int wait_ms = told ? 1000 : 50;
        if (next < now + (int64_t)wait_ms * 1000)
            wait_ms = next <= now ? 0 : (int)((next - now) / 1000) + 1;
        struct pollfd p = {.fd = d->signal_fd, .events = POLLIN};
        poll(&p, 1, wait_ms);
        if (signals(d))
            break;
        size_t changed = qp_dev_reap(d, &lost);
        if (lost) {
            qp_progress_end(&bar);
            return cannot_start(lost, e);
        }
        if (told && changed > 0 && qp_dev_nodes_json(d, e))
            return e->code;
        changed = qp_dev_restart(d, qp_monotonic_us());
        if (!told) {
            qp_dev_look(d, 24);
            qp_progress_at(&bar, d->joined, d->n);
        }
        bool all = d->joined == d->n;
        if ((all && !told) || (told && changed > 0))
            if (qp_dev_nodes_json(d, e))
                return e->code;
        if (all && !told) {
            qp_progress_end(&bar);
            say_policy(d);
            tell_up(d, began_us);
            told = true;
        }
    }
    qp_progress_end(&bar);
    return 0;
}

int qp_verb_dev(struct qp_cli *c)
{
    struct qp_dev d = {.cli = c, .restart = !qp_flag(c, "no-restart"), .lock_fd = -1, .signal_fd = -1};
    struct qp_err e = {0};
    char path[QP_PLACE_MAX + 32];
    int64_t began = qp_monotonic_us();
    int rc = read_policy(&d, &e);
    if (!rc)
        rc = prepare(&d, &e);
    if (!rc)
        rc = watch_signals(&d, &e);
    if (!rc) {
        snprintf(path, sizeof path, "%s/nodes.json", d.state);
        unlink(path); /* it says who runs: nobody does yet */
    }
    for (size_t i = 0; i < d.n && !rc; i++)
        rc = qp_dev_start(&d, &d.nodes[i], &e);
    if (!rc)
        rc = supervise(&d, began, &e);
    if (d.nodes && d.signal_fd >= 0)
        qp_dev_stop_all(&d);
    if (d.nodes && d.joined == d.n && d.n > 0)
        qp_dev_nodes_json(&d, NULL); /* every pid is null now */
    free(d.nodes);
    qp_policy_free(d.policy);
    if (d.lock_fd >= 0)
        close(d.lock_fd);
    return !rc ? QP_EXIT_OK : qp_complain_err(c, &e);
}
