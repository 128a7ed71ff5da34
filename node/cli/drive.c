/* drive.c: see drive.h. The turn's thread. */
#include "node/cli/drive.h"
#include "node/core/duty.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    READERS_US = 60000000,
    LINKS_US = 250000,
    STRANGERS_US = 1000000,
    SETTLE_US = 300000,
    STEP_US = 500000, /* a clock that is so far from where it was to be was set */
    IDLE_US = 5000000
};
#define TICKET_OF_LINK (UINT64_C(1) << 63)

void qp_drive_wake(struct qp_drive *d)
{
    const uint64_t one = 1;
    if (write(d->wake_fd, &one, sizeof one) < 0)
        return; /* an eventfd that is full wakes as well */
}

static const char *name_of(struct qp_drive *d, const uint8_t node[QP_ID_LEN], char text[2 * QP_ID_LEN + 1])
{
    const struct qp_place *p = qp_tree_node(qp_core_tree(d->node.core), node);
    if (p)
        return p->cert.path;
    qp_hex(text, node, QP_ID_LEN);
    return text;
}

static void tell_refused(struct qp_drive *d, const struct qp_output *o)
{
    char peer[2 * QP_ID_LEN + 1], origin[2 * QP_ID_LEN + 1];
    qp_log("warning", "refused parcel %llu of %s, delivered by %s: %s: %s",
           (unsigned long long)o->refused.at.seq, name_of(d, o->refused.at.origin, origin),
           name_of(d, o->peer, peer), qp_error_name(o->refused.code), o->refused.reason);
}

/* E6: at both ends. */
static void tell_renewed(struct qp_drive *d, const struct qp_output *o)
{
    char peer[2 * QP_ID_LEN + 1];
    const struct qp_place *parent = qp_tree_parent(qp_core_tree(d->node.core));
    bool up = parent && memcmp(parent->cert.node, o->peer, QP_ID_LEN) == 0;
    if (o->kind == QP_OUT_WELCOME)
        qp_log("warning", "%s was refused and goes on as its next incarnation: %s", name_of(d, o->peer, peer),
               o->welcome->because);
    else if (up)
        qp_log(
            "warning",
            "what this node said was refused above: it goes on as incarnation %u, and says again what nobody "
            "there holds",
            qp_core_self(d->node.core)->incarnation);
}

/* L7: told when it begins and when it ends, at both ends. */
static void tell_limited(struct qp_drive *d, const struct qp_link_status *was,
                         const struct qp_link_status *now)
{
    char name[2 * QP_ID_LEN + 1];
    uint32_t why = now->limited.why;
    if (why == (!was ? QP_OVER_NOT : was->limited.why))
        return;
    const struct qp_place *parent = qp_tree_parent(qp_core_tree(d->node.core));
    bool up = parent && memcmp(parent->cert.node, now->peer, QP_ID_LEN) == 0;
    const char *who = name_of(d, now->peer, name), *from = up ? "this node" : who,
               *by = up ? who : "this node";
    if (why == QP_OVER_NOT)
        qp_log("info", "%s takes all that comes from %s again", by, from);
    else if (why == QP_OVER_RATE)
        qp_log("warning",
               "%s takes %llu bytes a second from %s, which is over its rate: the rest waits there, nothing "
               "is lost. "
               "For an import raise link.child_burst at the parent",
               by, (unsigned long long)now->limited.rate, from);
    else
        qp_log("warning",
               "%s is over its share while others wait at %s: what it sends waits, nothing is lost", from,
               by);
}

/* Why the parent cannot be had, where it is not the network. */
static void tell_turned_away(struct qp_drive *d, const struct qp_link_status *before,
                             const struct qp_link_status *now)
{
    char name[2 * QP_ID_LEN + 1];
    if (now->state == QP_LINK_CUT && (now->refused == QP_EUNKNOWNKEY || now->refused == QP_EIO) &&
        (!before || before->refused != now->refused))
        qp_log("warning", "%s: %s", name_of(d, now->peer, name), now->refused_text);
}

/* What the neighbour does not take for now, and when it does; this node's own refusals are told one by one. */
static void tell_sent_back(struct qp_drive *d, const struct qp_link_status *before,
                           const struct qp_link_status *now)
{
    char name[2 * QP_ID_LEN + 1];
    const struct qp_sent_back *b = &now->from_there;
    bool same = before && before->from_there.since_us == b->since_us;
    if (b->since_us != 0 && !same)
        qp_log("warning", "%s does not take what this node sends, it is sent again: %s",
               name_of(d, now->peer, name), b->why);
    else if (same && before->from_there.stands && !b->stands)
        qp_log("info", "%s takes what this node sends again", name_of(d, now->peer, name));
}

/* The state of each link, told when it changes. */
static void tell_links(struct qp_drive *d, int64_t now_us)
{
    static const char *const states[] = {"cut", "late", "live"};
    struct qp_link_status now[64];
    size_t n = 0;
    char name[2 * QP_ID_LEN + 1];
    if (now_us - d->links_us < LINKS_US)
        return;
    d->links_us = now_us;
    qp_wire_status(d->wire, now, 64, &n);
    n = n < 64 ? n : 64;
    for (size_t i = 0; i < n; i++) {
        const struct qp_link_status *before = NULL;
        for (size_t j = 0; j < d->nlinks; j++)
            if (memcmp(d->links[j].peer, now[i].peer, QP_ID_LEN) == 0)
                before = &d->links[j];
        enum qp_link_state was = before ? before->state : QP_LINK_CUT;
        tell_limited(d, before, &now[i]);
        tell_sent_back(d, before, &now[i]);
        if (was != now[i].state)
            qp_log("info", "the link with %s is %s", name_of(d, now[i].peer, name), states[now[i].state]);
        tell_turned_away(d, before, &now[i]);
    }
    memcpy(d->links, now, n * sizeof *now);
    d->nlinks = n;
}

/* What was turned away at the door, told at most once a second: a flood of strangers does not fill the log.
 */
static void tell_strangers(struct qp_drive *d, int64_t now_us)
{
    struct qp_wire_refusals r;
    if (now_us - d->refused_us < STRANGERS_US)
        return;
    qp_wire_refusals(d->wire, &r);
    if (r.connections > d->refused.connections)
        qp_log("warning",
               "refused %llu connections to the link's port: their key is not enrolled here, or was revoked",
               (unsigned long long)(r.connections - d->refused.connections));
    if (r.frames > d->refused.frames)
        qp_log("warning",
               "dropped %llu frames from links: malformed, of another session, or of nobody enrolled here",
               (unsigned long long)(r.frames - d->refused.frames));
    if (r.endless > d->refused.endless)
        qp_log("warning",
               "shut down %llu connections of enrolled nodes on which a message had no end, the last from "
               "%s: no node does that, look what runs there",
               (unsigned long long)(r.endless - d->refused.endless), r.from);
    if (r.endless != d->refused.endless || r.connections != d->refused.connections ||
        r.frames != d->refused.frames)
        d->refused_us = now_us;
    d->refused = r;
}

/* T0: between two looks at it a turn's clock goes like the time since boot. When this machine's clock was set
 * meanwhile, whatever waits for a time waits on as long as before, and the next turn looks at what is due. */
static void look_at_clock(struct qp_drive *d)
{
    int64_t apart_us = qp_now_us() - qp_boot_time_us(), by_us = apart_us - d->apart_us;
    d->apart_us = apart_us;
    if (by_us > -STEP_US && by_us < STEP_US) /* told slowly (NTP), or the first look */
        return;
    qp_log("warning", "this machine's clock was set %s by %lld.%03lld s", by_us < 0 ? "back" : "ahead",
           (long long)(llabs(by_us) / 1000000), (long long)(llabs(by_us) / 1000 % 1000));
    int64_t *at[] = {&d->readers_us, &d->links_us, &d->refused_us, &d->wire_us, &d->settle_us};
    for (size_t i = 0; i < sizeof at / sizeof *at; i++)
        if (*at[i] != INT64_MAX)
            *at[i] += by_us;
    for (size_t i = 0; i < d->nparked; i++)
        d->parked[i].until_us += by_us;
    /* As the links move theirs: else it would be told anew (tell_sent_back). */
    for (size_t i = 0; i < d->nlinks; i++)
        if (d->links[i].from_there.since_us != 0)
            d->links[i].from_there.since_us += by_us;
    qp_aside_clock_set(d->aside, by_us);
    qp_wire_clock_set(d->wire, by_us);
    d->tick = true;
}

static int64_t time_of(const struct qp_drive *d)
{
    return qp_boot_time_us() + d->apart_us;
}

/* T4: also while nothing happens here, as when a neighbour's clock is right again. */
static void tell_time(struct qp_drive *d)
{
    enum qp_time_word word = qp_wire_time_word(d->wire);
    qp_core_set_time_word(d->node.core, word);
    qp_http_time_told(d->http, word);
}

static void release(struct qp_drive *d, const struct qp_outputs *out, const struct qp_input *in, size_t n,
                    int64_t now_us)
{
    qp_arena_reset(d->scratch);
    d->wire_us = qp_wire_release(d->wire, out, d->scratch, now_us);
    for (size_t i = 0; i < out->n; i++) {
        const struct qp_output *o = &out->v[i];
        if (o->kind == QP_OUT_REFUSED && !o->refused.verdict) /* a verdict is only passed on */
            tell_refused(d, o);
        if (o->kind == QP_OUT_WHISPER)
            qp_http_whisper(d->http, o);
        if (o->kind == QP_OUT_WELCOME || o->kind == QP_OUT_RENEWED)
            tell_renewed(d, o);
        if (o->kind != QP_OUT_REPLY || (o->reply.ticket & TICKET_OF_LINK) != 0)
            continue;
        if (qp_aside_reply(d->aside, &o->reply, now_us))
            continue;
        const struct qp_command *cmd = NULL;
        for (size_t k = 0; k < n && o->reply.code == QP_ENEED && !cmd; k++)
            if (in[k].kind == QP_IN_COMMAND && in[k].command.ticket == o->reply.ticket)
                cmd = &in[k].command;
        if (cmd && qp_park(d, cmd, now_us))
            continue;
        struct qp_reply r = o->reply;
        if (r.code == QP_ENEED)
            r.code = QP_ENOTFOUND;
        qp_parked_done(d, r.ticket);
        qp_http_reply(d->http, &r);
    }
}

/* The line keys: another spare, and those whose time is over overwritten. Nothing waits for it but what is said on lines. */
static void tend_ring(struct qp_drive *d)
{
    struct qp_err e = {0};
    uint8_t seed[QP_SEED_LEN];
    qp_random(seed, sizeof seed);
    int rc = qp_core_tend_ring(d->node.core, time_of(d), seed, &e);
    explicit_bzero(seed, sizeof seed);
    if (rc && rc != d->ring_said)
        qp_log("error", "line keys: %s", e.text);
    d->ring_said = rc;
}

/* Nothing of the turn was kept: `why` it was not, unless the node cannot go on at all. */
static int give_up(struct qp_drive *d, struct qp_txn *t, int why, struct qp_err *e)
{
    struct qp_err worse = {0};
    qp_store_abort(t);
    int rc = qp_core_forget(d->node.core, &worse);
    return rc ? qp_fail(e, rc, "%s", worse.text) : why;
}

/* Begin, turn, both commits, release. QP_EFULL: nothing was taken. */
static int one_turn(struct qp_drive *d, const struct qp_input *in, size_t n, struct qp_err *e)
{
    struct qp_txn t;
    struct qp_outputs out;
    uint8_t seed[QP_SEED_LEN];
    int rc = qp_store_begin(d->node.store, &t, e);
    if (rc)
        return rc;
    int64_t now_us = time_of(d), durable_us = 0;
    if (now_us - d->readers_us >
        READERS_US) { /* readers that died with their process keep pages from being used again */
        int dead = 0;
        d->readers_us = now_us;
        mdb_reader_check(mdb_txn_env(t.journal), &dead);
        mdb_reader_check(mdb_txn_env(t.tables), &dead);
    }
    qp_random(seed, sizeof seed);
    rc = qp_turn(d->node.core, &t, in, n, now_us, seed, &out, e);
    explicit_bzero(seed, sizeof seed);
    if (rc)
        return give_up(d, &t, rc, e);
    rc = qp_vault_commit(d->node.vault, e); /* first: no journal speaks of a record that is not there */
    if (!rc)
        rc = qp_store_commit_journal(&t, e);
    if (rc == QP_EFULL) /* nothing of it was kept */
        return give_up(d, &t, rc, e);
    if (!rc) { /* what goes on need not wait for the tables: it is durable */
        durable_us = time_of(d);
        qp_wire_forward(d->wire, &out, durable_us);
        rc = qp_vault_settle(d->node.vault, e);
        if (!rc)
            rc = qp_store_commit_tables(&t, e);
    }
    if (rc) { /* S2: the turn may have happened; only a new start can tell */
        qp_store_abort(&t);
        return rc == QP_EFULL ? qp_fail(e, QP_EIO, "the store could not commit: its disk is full") : rc;
    }
    atomic_store(&d->dirty, true);
    tend_ring(d);
    qp_http_committed(d->http, t.head,
                      durable_us); /* first: another thread tells whoever watches, this one signs */
    release(d, &out, in, n, time_of(d));
    if (qp_store_checkpoint_wanted(d->node.store) && d->minder_runs)
        pthread_kill(d->minder, QP_SIGNAL_CHECKPOINT);
    return 0;
}

/* There is no room: commands are told so, and what neighbours brought is tried without them. Acks, custody
 * and revocations have a reserve (the quota's last tenth); when that is gone too, nothing is taken: the links
 * deliver again after a pause. */
static int turn_when_full(struct qp_drive *d, struct qp_input *in, size_t n, struct qp_err *e)
{
    size_t kept = 0;
    if (!d->full)
        qp_log("error", "%s", e->text);
    d->full = true;
    for (size_t i = 0; i < n; i++) {
        if (in[i].kind != QP_IN_COMMAND) {
            in[kept++] = in[i];
            continue;
        }
        struct qp_reply r = {.ticket = in[i].command.ticket, .code = QP_EFULL};
        snprintf(r.text, sizeof r.text, "nothing was done: %.360s", e->text);
        if ((r.ticket & TICKET_OF_LINK) != 0) {
            qp_wire_reply(d->wire, &r, d->scratch);
        } else if (!qp_aside_reply(d->aside, &r, time_of(d))) {
            qp_parked_done(d, r.ticket);
            qp_http_reply(d->http, &r);
        }
    }
    const struct qp_outputs none = {0};
    if (kept == 0) { /* of neighbours nothing was there: all that was gathered is answered */
        release(d, &none, NULL, 0, time_of(d));
        return 0;
    }
    int rc = one_turn(d, in, kept, e);
    return rc == QP_EFULL ? 0 : rc;
}

static void reload(struct qp_drive *d)
{
    struct qp_config c;
    struct qp_acceptance acceptance;
    struct qp_err e = {0};
    qp_config_defaults(&c);
    if (qp_config_load(&c, d->dir, &e)) {
        qp_log("error", "the settings stay as they were: %s", e.text);
        return;
    }
    qp_config_acceptance(&c, &acceptance);
    qp_core_set_acceptance(d->node.core, &acceptance);
    qp_log("info", "the settings under `policy` were read again; other settings are taken at the next start");
}

/* Everything for one turn: what the links brought is in d->inputs already. */
static size_t gather(struct qp_drive *d, size_t n, int64_t now_us)
{
    struct qp_input *in = d->inputs;
    bool chains = false;
    for (size_t i = 0; i < n; i++)
        chains |= in[i].kind == QP_IN_CHAIN || in[i].kind == QP_IN_CARRY;
    size_t got = qp_http_take(d->http, d->commands, QP_TURN_INPUTS);
    if (got > 0)
        qp_wire_busy(d->wire, now_us);
    for (size_t i = 0; i < got; i++)
        in[n++] = (struct qp_input){.kind = QP_IN_COMMAND, .command = d->commands[i]};
    if (chains)
        n += qp_parked_again(d, in + n, QP_PARKED_MAX);
    if (d->aside)
        n += qp_aside_take(d->aside, in + n, d->arena, now_us);
    if (qp_core_next_tick(d->node.core) <= now_us || d->tick)
        in[n++] = (struct qp_input){.kind = QP_IN_TICK};
    d->tick = false;
    return n;
}

/* The next folder, when one is done. */
static int64_t aside_wants(struct qp_drive *d)
{
    struct qp_err e = {0};
    int64_t at = qp_aside_wants(d->aside);
    if (!d->aside || !qp_aside_done(d->aside))
        return at;
    qp_aside_close(d->aside);
    d->aside = NULL;
    if (qp_aside_open(&d->aside, &d->paths, d->journal_map, d->tables_map, &e))
        qp_log("error", "what was taken in before this node joined again cannot be brought in: %s", e.text);
    return qp_aside_wants(d->aside);
}

static int round_of(struct qp_drive *d, struct qp_err *e)
{
    struct qp_input *in;
    size_t n = 0;
    look_at_clock(d);
    int64_t now_us = time_of(d), until_us = now_us + IDLE_US, t;
    if (atomic_load(&d->stop) != 0)
        until_us = now_us;
    if ((t = qp_core_next_tick(d->node.core)) < until_us)
        until_us = t;
    if (d->wire_us < until_us)
        until_us = d->wire_us;
    if ((t = qp_parked_expire(d, now_us)) < until_us)
        until_us = t;
    if ((t = aside_wants(d)) < until_us)
        until_us = t;
    if (d->settle_us <= now_us)
        d->settle_us = INT64_MAX;
    if (d->settle_us < until_us)
        until_us = d->settle_us;
    qp_arena_reset(d->arena);
    int rc = qp_wire_wait(d->wire, &in, &n, QP_TURN_INPUTS, d->arena, now_us, until_us, e);
    if (rc)
        return rc;
    memcpy(d->inputs, in, n * sizeof *in);
    look_at_clock(d); /* it may have been set while nothing came: what came now bears the new time */
    now_us = time_of(d);
    tell_time(d);
    if (atomic_exchange(&d->reload, false))
        reload(d);
    n = gather(d, n, now_us);
    tell_links(d, now_us);
    tell_strangers(d, now_us);
    qp_where_purge(qp_core_where(d->node.core), now_us);
    if (n == 0) {
        const struct qp_outputs none = {0};
        release(d, &none, NULL, 0, time_of(d));
        return 0;
    }
    rc = one_turn(d, d->inputs, n, e);
    if (d->settle_us == INT64_MAX)
        d->settle_us = time_of(d) + SETTLE_US;
    if (rc == QP_EFULL)
        return turn_when_full(d, d->inputs, n, e);
    d->full = d->full && rc;
    return rc;
}

/* S5: a row of the tables was not what was written. The next start makes them again, unless the journal lacks
 * something as well: then they are the only place that has it, and the rest goes on. */
static int in_doubt(struct qp_drive *d, struct qp_err *e)
{
    if (!qp_store_doubtful(d->node.store) || qp_store_damaged(d->node.store))
        return 0;
    return qp_fail(e, QP_ECORRUPT, "a row of the tables is damaged. " QP_ROW_STOPPED);
}

int qp_drive(struct qp_drive *d, struct qp_err *e)
{
    int rc = 0;
    d->arena = qp_arena_new(64u * 1024 * 1024);
    d->scratch = qp_arena_new(64u * 1024 * 1024);
    d->inputs = calloc(2 * QP_TURN_INPUTS + QP_PARKED_MAX + QP_ASIDE_BATCH + 1, sizeof *d->inputs);
    d->commands = calloc(QP_TURN_INPUTS, sizeof *d->commands);
    d->links = calloc(64, sizeof *d->links);
    if (!d->arena || !d->scratch || !d->inputs || !d->commands || !d->links)
        rc = qp_fail(e, QP_ENOMEM, "no memory for the turn's inputs");
    d->settle_us = INT64_MAX;
    d->apart_us = qp_now_us() - qp_boot_time_us();
    while (!rc && atomic_load(&d->stop) == 0) {
        rc = round_of(d, e);
        rc = !rc ? in_doubt(d, e) : rc;
    }
    if (!rc && atomic_load(&d->stop) > 0) { /* what was queued before the signal is still done */
        qp_http_last_words(d->http);
        rc = round_of(d, e);
    }
    if (!rc && atomic_load(&d->stop) < 0)
        rc = qp_fail(e, QP_EIO,
                     "what was written could not be flushed to the disk: the line above says which part; "
                     "look at the disk");
    return rc;
}
