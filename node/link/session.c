/* session.c: the life of one session (which frame may come when: hear.c).
 *
 *   the dialling side                                    the side that is dialled
 *
 *    IDLE ── call ──► CALLED                              IDLE ── a call, checked: challenge ──► CALLED
 *     ▲                 │ a challenge, checked:            ▲                                      │ a greeting, verified:
 *     │ pause           ▼ greeting                         │ silence, a frame that               ▼ own greeting with the
 *     ├── refused ◄── GREETED                              │ ends it, END                        │ session's number
 *     │                 │ a greeting, verified             └─────────────────────────────────── OPEN
 *     └── silence ◄── OPEN
 *
 * On the dialled side a new call goes through IDLE, CALLED beside a session that is open, and takes its place
 * only when its greeting is verified. Driven by the wire (wire.h) or the simulator. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/link/inside.h"

struct qp_session *qp_session_new(const struct qp_session_node *n, const uint8_t peer[QP_ID_LEN], bool dials,
                                  qp_session_send send, void *arg)
{
    assert(n->core && n->store && n->keys && send);
    struct qp_session *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->n = *n;
    memcpy(s->peer, peer, QP_ID_LEN);
    s->dials = dials;
    s->send = send;
    s->send_arg = arg;
    s->retry_us = QP_RETRY_US;
    return s;
}

/* What it had asked the neighbour above for is asked for by nobody any more. */
static void forget_asked(struct qp_session *s, const struct qp_session *from)
{
    assert(from); /* this node's own stay */
    for (size_t i = 0; i < QP_ASKS; i++)
        if (s->asked[i].used && s->asked[i].from == from)
            s->asked[i].used = false;
}

static void leave_above(struct qp_session *s)
{
    assert(!s->above || s->above->below); /* it is in that list */
    if (!s->above)
        return;
    forget_asked(s->above, s);
    struct qp_session **at = &s->above->below;
    while (*at != s)
        at = &(*at)->next_below;
    *at = s->next_below;
    s->above = s->next_below = NULL;
}

void qp_session_free(struct qp_session *s)
{
    if (!s)
        return;
    leave_above(s);
    while (s->below)
        leave_above(s->below);
    assert(!s->above && !s->below); /* nobody finds it any more */
    qp_drbg_wipe(&s->random);
    free(s->said_before);
    qp_whispers_free(s);
    qp_pieces_free(s);
    free(s->told);
    free(s->heard);
    free(s);
}

void qp_session_set_above(struct qp_session *s, struct qp_session *above)
{
    assert(above != s && !s->dials);
    leave_above(s);
    if (!above)
        return;
    s->above = above;
    s->next_below = above->below;
    above->below = s;
}

/* Everything of the session that was; what the neighbour last told about others is void with it. */
static void close_session(struct qp_session *s, int64_t now_us)
{
    assert(!s->ready || s->open);
    int64_t cut_us = s->last_heard_us + QP_CUT_US; /* it was cut from then on, whenever somebody noticed */
    if (s->open)
        s->ended_us = cut_us < now_us ? cut_us : now_us;
    s->open = s->ready = false;
    s->number = 0;
    s->ack_due = s->ack_rewind = s->ack_full = false;
    s->unacked = 0;
    s->handed = QP_BACK_NOT;
    s->held = 0;
    s->rewinds_sent = s->rewinds_taken = s->handed_rewinds = 0;
    s->heard_n = 0;
    qp_whispers_end(s);
    qp_pieces_end(s);
    if (s->dials) /* what the parent said of this node; it says it again */
        memset(&s->limited, 0, sizeof s->limited);
    memset(s->asked, 0, sizeof s->asked);
    memset(s->stated, 0, sizeof s->stated);
    memset(&s->from_there, 0, sizeof s->from_there);
    memset(&s->from_here, 0, sizeof s->from_here);
    s->renew_at_us = 0;
}

/* The pause before the next call: it doubles, and is spread so that a thousand children do not call at once.
 */
static void pause_calls(struct qp_session *s, int64_t now_us)
{
    assert(s->retry_us > 0 && s->retry_us <= QP_RETRY_MOST_US);
    uint32_t spread;
    qp_drbg_bytes(&s->random, &spread, sizeof spread);
    s->retry_at_us = now_us + s->retry_us / 2 + (int64_t)(spread % (uint32_t)s->retry_us);
    s->retry_us = s->retry_us * 2 > QP_RETRY_MOST_US ? QP_RETRY_MOST_US : s->retry_us * 2;
}

void qp_session_connected(struct qp_session *s, int64_t now_us, const uint8_t seed[QP_SEED_LEN])
{
    assert(s->send && s->retry_us > 0);
    if (s->dials) {
        close_session(s, now_us);
        memset(&s->shake, 0, sizeof s->shake);
    }
    qp_drbg_init(&s->random, seed);
    s->connected = true;
    s->retry_at_us = now_us;
}

void qp_session_lost(struct qp_session *s, int64_t now_us)
{
    assert(!s->ready || s->open);
    if (s->open) { /* what was refused while it stood is not why it is gone */
        s->refused = 0;
        s->refused_text[0] = 0;
    }
    close_session(s, now_us);
    if (s->dials) /* on the other side a call from a newer connection may be under way */
        memset(&s->shake, 0, sizeof s->shake);
    s->connected = false;
    s->retry_at_us = now_us;
}

void qp_session_turned_away(struct qp_session *s, int code, const char *reason)
{
    assert(code != 0 && reason && s->dials && !s->open);
    s->refused = code;
    qp_text_cut(s->refused_text, sizeof s->refused_text, reason);
}

void qp_session_dialled(struct qp_session *s)
{
    assert(s->dials && !s->open);
    if (s->refused != QP_EIO)
        return;
    s->refused = 0;
    s->refused_text[0] = 0;
}

void qp_session_end(struct qp_session *s, int code, const char *reason, int64_t now_us)
{
    assert(code != 0 && reason); /* somebody reads why */
    s->refused = code;
    qp_text_cut(s->refused_text, sizeof s->refused_text, reason);
    close_session(s, now_us);
    memset(&s->shake, 0, sizeof s->shake);
    pause_calls(s, now_us);
}

void qp_session_untaken(struct qp_session *s, int64_t now_us)
{
    if (!s->open)
        return;
    static const char why[] = "this node has no room: what was sent could not be taken";
    qp_session_say_refuse(s, s->number, QP_EFULL, why, NULL);
    qp_session_end(s, QP_EFULL, why, now_us);
}

void qp_session_opened(struct qp_session *s, uint64_t number, int64_t now_us)
{
    assert(number != 0 && s->shake.state != QP_GREET_IDLE);
    struct qp_handshake done = s->shake;
    assert(done.version >= QP_LINK_VERSION_LOW && done.version <= QP_LINK_VERSION_HIGH);
    close_session(s, now_us);
    memset(&s->shake, 0, sizeof s->shake);
    s->open = true;
    s->number = number;
    s->version = done.version;
    memcpy(s->peer_key, done.sign_key, QP_PK_LEN);
    s->peer_incarnation = done.incarnation;
    s->open_us = s->last_heard_us = s->beat_at_us = now_us;
    s->again_us = 0;
    memset(&s->beats, 0, sizeof s->beats);
    s->beats.rtt_us = -1;
    s->retry_us = QP_RETRY_US;
    s->refused = 0;
    s->refused_text[0] = 0;
    s->sessions++;
}

/* ---- what others may see ---- */

bool qp_session_open(const struct qp_session *s)
{
    assert(s->open == (s->number != 0)); /* a session has a number, and nothing else has */
    return s->open;
}

bool qp_session_ack_due(const struct qp_session *s)
{
    assert(!s->ack_due || s->open);
    return s->ack_due;
}

void qp_session_status(const struct qp_session *s, struct qp_link_status *out, int64_t now_us)
{
    assert(s->open || !s->ready);
    memset(out, 0, sizeof *out);
    memcpy(out->peer, s->peer, QP_ID_LEN);
    int64_t silent_us = now_us - s->last_heard_us;
    out->state = !s->open || silent_us > QP_CUT_US ? QP_LINK_CUT
                 : silent_us > QP_LATE_US          ? QP_LINK_LATE
                                                   : QP_LINK_LIVE;
    out->last_heard_us = s->last_heard_us;
    out->since_us = !s->open                     ? s->ended_us
                    : out->state == QP_LINK_CUT  ? s->last_heard_us + QP_CUT_US
                    : out->state == QP_LINK_LATE ? s->last_heard_us + QP_LATE_US
                    : s->again_us > 0            ? s->again_us
                                                 : s->open_us;
    out->rtt_us = s->open ? s->beats.rtt_us : -1;
    out->clock_offset_us = s->offset_us;
    out->sent_parcels = s->sent_parcels;
    out->received_parcels = s->received_parcels;
    out->bad_frames = s->bad_frames;
    out->sessions = s->sessions;
    out->refused = s->refused;
    memcpy(out->refused_text, s->refused_text, sizeof out->refused_text);
    out->limited = s->limited;
    out->from_there = s->from_there;
    out->from_here = s->from_here;
    out->whispers_dropped = s->whispers_dropped + s->whispers_told;
    out->whispers_over = s->whispers_over;
}

void qp_session_heard(struct qp_session *s, int64_t now_us)
{
    if (!s->open)
        return;
    if (now_us - s->last_heard_us > QP_LATE_US) /* late until now, live again */
        s->again_us = now_us;
    s->last_heard_us = now_us;
}

bool qp_session_limit(struct qp_session *s, const struct qp_limited *limited)
{
    bool news = s->limited.why != limited->why;
    assert(!s->dials);
    s->limited = *limited;
    if (news)
        s->beat_at_us = 0;
    return news;
}

bool qp_session_behind(const struct qp_session *s)
{
    assert(!s->ready || s->open);
    if (!s->open || !s->ready)
        return false; /* cut off: what comes from below is kept here */
    for (unsigned i = 0; i < QP_LANES; i++)
        if (s->lanes[i].bytes >= QP_BEHIND_BYTES || s->lanes[i].count >= QP_BEHIND_PARCELS)
            return true;
    return false;
}

size_t qp_session_gone(const struct qp_session *s, struct qp_link_status *out, size_t cap)
{
    assert(s->heard_n == 0 || (s->heard && !s->dials)); /* only children tell who is gone */
    for (size_t i = 0; i < s->heard_n && i < cap; i++) {
        memset(&out[i], 0, sizeof out[i]);
        memcpy(out[i].peer, s->heard[i].node, QP_ID_LEN);
        out[i].last_heard_us = s->heard[i].last_heard_us;
        out[i].rtt_us = -1;
    }
    return s->heard_n;
}

void qp_session_tell_gone(struct qp_session *s, const struct qp_link_status *gone, size_t n)
{
    assert(s->dials); /* it is told upward */
    if (n > QP_GONE)
        n = QP_GONE;
    if (n > s->told_n) {
        struct qp_gone *more = realloc(s->told, n * sizeof *more);
        if (!more)
            return; /* the last list stands */
        s->told = more;
    }
    for (size_t i = 0; i < n; i++) {
        memcpy(s->told[i].node, gone[i].peer, QP_ID_LEN);
        s->told[i].last_heard_us = gone[i].last_heard_us;
    }
    assert(n == 0 || s->told);
    s->told_n = n;
}

static bool all_dry(const struct qp_session *s)
{
    bool dry = true;
    for (unsigned i = 0; i < QP_LANES; i++)
        dry &= s->lanes[i].dry;
    return dry;
}

bool qp_session_idle(const struct qp_session *s, uint32_t lane)
{
    assert(lane >= 1 && lane <= QP_LANES);
    const struct qp_credit *c = &s->lanes[lane - 1];
    return s->open && s->ready && !s->blocked && s->refill_at == 0 && all_dry(s) && c->rewind_at_us == 0 &&
           qp_credit_room(c, 1);
}
