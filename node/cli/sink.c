/* sink.c: `qipan sink run|test|list|replay TARGET`: brings what a node's journal says of matters into a copy elsewhere
 * (node/sink), and goes on from its mark whoever of the three was killed: this process, the node, the target. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/cli/client.h"
#include "node/sink/sink.h"

enum { WAIT_MS = 500, WAIT_MOST_MS = 30000, OWN_US = 600 * 1000000, FEED_MOST = 32 * 1024 * 1024 };

struct bringing {
    struct qp_cli *c;
    struct qp_client node;
    const struct qp_sink_ops *ops;
    const char *target;
    struct qp_sink *sink;
    struct qp_sink_mark mark;
    long limit;
    uint64_t events, records;
    int64_t held_us; /* when it was last alone at the target; 0: never */
    char why[400];   /* what was told last */
    bool told;       /* that something does not answer */
};

/* One answer of the feed behind the mark. QP_EEXISTS: a fork. */
static int fetch(struct bringing *b, uint64_t after, long limit, struct qp_err *e)
{
    char path[200];
    snprintf(path, sizeof path, "/api/v1/feed?after=%llu&limit=%ld%s%s", (unsigned long long)after, limit,
             after ? "&hash=" : "", after ? b->mark.hash : "");
    int rc = qp_client_call(&b->node, "GET", path, NULL, NULL, 0, e);
    if (!rc && b->node.answer.status != 200) {
        qp_client_refusal(&b->node.answer, e);
        rc = b->node.answer.status == 409                  ? QP_EEXISTS
             : qp_client_passes(rc, b->node.answer.status) ? QP_EUNREACHABLE
                                                           : e->code;
        e->code = rc;
    }
    return rc;
}

/* Alone at the target. Whoever was that already may meet its own dead connection, until the server gives that up: it waits. */
static int claim(struct bringing *b, struct qp_err *e)
{
    int rc = b->ops->claim(b->sink, &b->mark, e);
    if (!rc) {
        b->held_us = qp_monotonic_us();
        return 0;
    }
    if (rc == QP_EEXISTS && b->held_us && qp_monotonic_us() - b->held_us < OWN_US)
        return e->code = QP_EUNREACHABLE;
    return rc;
}

/* The target, and where it stands; a node of which it holds nothing begins at 0. Who looks makes, writes and locks nothing. */
static int attach(struct bringing *b, bool write, struct qp_err *e)
{
    struct qp_sink_mark whose;
    int rc = fetch(b, 0, 1, e);
    if (!rc)
        rc = qp_sink_head(b->node.answer.body, &whose, e);
    if (!rc)
        rc = b->ops->open(&b->sink, b->target, write, e);
    if (rc)
        return rc;
    rc = b->ops->mark(b->sink, whose.node, &b->mark, e);
    if (rc == QP_ENOTFOUND) {
        b->mark = whose;
        rc = 0;
    }
    return rc || !write ? rc : claim(b, e);
}

static void detach(struct bringing *b)
{
    if (b->sink)
        b->ops->close(b->sink);
    b->sink = NULL;
}

/* What passes by itself: a node or a target that does not answer, a disk that is full, an answer that was cut off. */
static bool passes(int rc)
{
    return rc == QP_EUNREACHABLE || rc == QP_EIO || rc == QP_EGAP;
}

static void tell_trouble(struct bringing *b, const struct qp_err *e)
{
    /* The connection is lost, then its old lock is held: both are said. */
    if (!b->told || strcmp(b->why, e->text) != 0)
        qp_log("warning", "%s; tried again until it answers", e->text);
    b->told = true;
    snprintf(b->why, sizeof b->why, "%s", e->text);
}

/* One batch; *idle: there was nothing new. */
static int step(struct bringing *b, bool *idle, struct qp_err *e)
{
    struct qp_sink_batch got;
    int rc = b->sink ? 0 : attach(b, true, e);
    *idle = false;
    if (!rc)
        rc = fetch(b, b->mark.position, b->limit, e);
    if (!rc)
        rc = qp_sink_take(b->ops, b->sink, b->node.answer.body, &b->mark, &got, e);
    if (rc)
        return rc;
    if (b->told)
        qp_log("info", "it answers again; goes on at record %llu", (unsigned long long)b->mark.position);
    b->told = false;
    b->held_us = qp_monotonic_us();
    b->events += got.events;
    b->records += got.records;
    *idle = b->mark.position >= got.head;
    return 0;
}

static int bring(struct bringing *b, bool once, struct qp_err *e)
{
    long wait = WAIT_MS;
    for (bool end = false, idle; !end;) {
        int rc = step(b, &idle, e);
        if (rc && !passes(rc))
            return rc;
        if (rc) {
            detach(b);
            if (!qp_client_asleep(&b->node, 0))
                tell_trouble(b, e);
            if (once && wait >= WAIT_MOST_MS / 4)
                return rc;
            end = qp_client_asleep(&b->node, wait);
            wait = wait * 2 < WAIT_MOST_MS ? wait * 2 : WAIT_MOST_MS;
            continue;
        }
        wait = WAIT_MS;
        if (idle && once)
            return 0;
        end = qp_client_asleep(&b->node, idle ? WAIT_MS : 0);
    }
    return 0;
}

static int replay(struct bringing *b, struct qp_err *e)
{
    struct qp_sink_mark whose;
    int rc = fetch(b, 0, 1, e);
    if (!rc)
        rc = qp_sink_head(b->node.answer.body, &whose, e);
    if (!rc)
        rc = b->ops->open(&b->sink, b->target, true, e);
    if (!rc)
        rc = b->ops->claim(b->sink, &whose, e);
    if (!rc)
        rc = b->ops->empty(b->sink, &whose, e);
    detach(b);
    return rc;
}

static void tell_mark(const struct bringing *b, uint64_t head, const char *verdict)
{
    const struct qp_cli *c = b->c;
    if (c->json)
        qp_print_json(json_pack("{s:s,s:s,s:s,s:s,s:i,s:I,s:I,s:s}", "target", b->ops->name, "county",
                                b->mark.county, "path", b->mark.path, "node", b->mark.node, "incarnation",
                                (int)b->mark.incarnation, "position", (json_int_t)b->mark.position, "head",
                                (json_int_t)head, "state", verdict));
    qp_tell(
        c, QP_TR(c, "%s: %s holds record %llu of %llu: %s", "%s：%s 已写到第 %llu 条，节点共 %llu 条：%s"),
        b->ops->name, b->mark.path, (unsigned long long)b->mark.position, (unsigned long long)head, verdict);
}

/* test: does the copy follow on this node? list: where it stands. Nothing is written. */
static int look(struct bringing *b, struct qp_err *e)
{
    int rc = attach(b, false, e);
    if (!rc)
        rc = fetch(b, b->mark.position, 1, e);
    uint64_t head = b->mark.position;
    const char *end = rc ? NULL : strstr(b->node.answer.body, "\"head\":");
    if (end)
        head = strtoull(end + 7, NULL, 10);
    if (!rc)
        tell_mark(b, head, head == b->mark.position ? "whole" : "behind");
    return rc;
}

static void tell_end(const struct bringing *b, int64_t began_us)
{
    const struct qp_cli *c = b->c;
    double s = (double)(qp_monotonic_us() - began_us) / 1e6;
    double rate = s > 0 ? (double)b->events / s : 0;
    if (c->json)
        qp_print_json(json_pack("{s:I,s:I,s:I,s:f,s:f}", "events", (json_int_t)b->events, "records",
                                (json_int_t)b->records, "position", (json_int_t)b->mark.position, "seconds",
                                s, "events_per_s", rate));
    qp_tell(c,
            QP_TR(c, "%llu events of %llu records in %.1f s (%.0f events/s); the copy holds record %llu",
                  "%llu 个事件（%llu 条记录），用时 %.1f 秒（每秒 %.0f 个）；已写到第 %llu 条"),
            (unsigned long long)b->events, (unsigned long long)b->records, s, rate,
            (unsigned long long)b->mark.position);
}

/* A password in an address is not left where `ps` shows it; what is read is the copy. */
static void cover(char *arg)
{
    char *from = strstr(arg, "://"), *at = NULL;
    if (!from)
        return;
    from += 3;
    for (char *p = from; *p && *p != '/' && *p != '?'; p++)
        at = *p == '@' ? p : at;
    for (char *p = from; at && p < at; p++)
        *p = '*';
}

int qp_verb_sink(struct qp_cli *c)
{
    char target[4096];
    struct bringing b = {.c = c, .target = target, .limit = 2000};
    struct qp_err e = {0};
    const char *what = c->args[0];
    bool look_only = strcmp(what, "test") == 0 || strcmp(what, "list") == 0,
         again = strcmp(what, "replay") == 0;
    int64_t began = qp_monotonic_us();
    if (!look_only && !again && strcmp(what, "run") != 0)
        return qp_complain(c, QP_EXIT_USAGE,
                           QP_TR(c, "sink: run, test, list or replay; not `%s`",
                                 "sink：run、test、list 或 replay；没有 `%s`"),
                           what);
    if (!qp_opt_number(c, "records", 1, 10000, &b.limit))
        return QP_EXIT_USAGE;
    if (strlen(c->args[1]) >= sizeof target)
        return qp_complain(c, QP_EXIT_USAGE,
                           QP_TR(c, "sink: TARGET is longer than %zu bytes", "sink：TARGET 超过 %zu 字节"),
                           sizeof target - 1);
    snprintf(target, sizeof target, "%s", c->args[1]);
    cover(c->args[1]);
    int rc = qp_sink_find(&b.ops, b.target, &e);
    if (rc)
        return qp_complain_err(c, &e);
    int exit = qp_client_open(&b.node, c);
    if (exit)
        return exit;
    qp_client_hold_signals(&b.node);
    b.node.answer.body_most = FEED_MOST;
    if (again)
        rc = replay(&b, &e);
    if (!rc)
        rc = look_only ? look(&b, &e) : bring(&b, qp_flag(c, "once") || again, &e);
    if (!rc && !look_only)
        tell_end(&b, began);
    detach(&b);
    qp_client_close(&b.node);
    return rc ? qp_complain_err(c, &e) : QP_EXIT_OK;
}
