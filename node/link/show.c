/* show.c: how the links stand, copied for the threads that answer HTTP; and who is gone, told to the parent.
 *
 * The copy is made by the turn's thread at most every quarter of a second; readers take it under the mutex.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "node/link/wired.h"

static int64_t boot_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_BOOTTIME, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* Whoever looks at a copy: a clock that was set since, and that the turn has not seen yet, makes nobody silent. */
static int64_t by_now_us(const struct qp_shown *s)
{
    return s->at_us + boot_us() - s->boot_us;
}

void qp_show_clock_set(struct qp_shown *s, int64_t by_us)
{
    pthread_mutex_lock(&s->lock);
    assert(s->n <= s->cap);
    s->at_us += s->at_us != 0 ? by_us : 0;
    for (size_t i = 0; i < s->n; i++) {
        s->v[i].last_heard_us += s->v[i].last_heard_us != 0 ? by_us : 0;
        s->v[i].since_us += s->v[i].since_us != 0 ? by_us : 0;
        s->v[i].from_there.since_us += s->v[i].from_there.since_us != 0 ? by_us : 0;
        s->v[i].from_here.since_us += s->v[i].from_here.since_us != 0 ? by_us : 0;
    }
    pthread_mutex_unlock(&s->lock);
}

int qp_show_open(struct qp_wire *w)
{
    return pthread_mutex_init(&w->shown.lock, NULL) == 0 ? 0 : QP_ENOMEM;
}

void qp_show_close(struct qp_wire *w)
{
    free(w->shown.v);
    pthread_mutex_destroy(&w->shown.lock);
}

static size_t room_for(const struct qp_wire *w)
{
    assert(w->nchildren == 0 || w->children);
    size_t n = 1 + w->nchildren;
    for (size_t i = 0; i < w->nchildren; i++)
        n += qp_session_gone(w->children[i]->session, NULL, 0);
    return n;
}

/* Children that are cut, and whom the others do not hear below them. */
static void tell_parent(struct qp_wire *w, const struct qp_link_status *v, size_t neighbours, size_t n,
                        struct qp_arena *arena)
{
    assert(neighbours <= n);
    if (!w->parent)
        return;
    struct qp_link_status *gone = qp_arena_take(arena, (n + 1) * sizeof *gone);
    size_t k = 0;
    for (size_t i = 1; gone && i < n; i++)
        if (i >= neighbours || v[i].state == QP_LINK_CUT)
            gone[k++] = v[i];
    if (gone)
        qp_session_tell_gone(w->parent->session, gone, k);
}

static bool make_room(struct qp_shown *s, size_t n)
{
    assert(n > 0);
    if (n <= s->cap)
        return true;
    struct qp_link_status *more = realloc(s->v, n * sizeof *more);
    if (!more)
        return false;
    s->v = more;
    s->cap = n;
    return true;
}

void qp_show(struct qp_wire *w, struct qp_arena *arena, int64_t now_us)
{
    assert(w->shown.n <= w->shown.cap);
    struct qp_shown *s = &w->shown;
    pthread_mutex_lock(&s->lock);
    s->at_us = now_us;
    s->boot_us = boot_us();
    s->counters = w->counters;
    if (make_room(s, room_for(w))) {
        size_t n = 0;
        if (w->parent)
            qp_session_status(w->parent->session, &s->v[n++], now_us);
        for (size_t i = 0; i < w->nchildren; i++)
            qp_session_status(w->children[i]->session, &s->v[n++], now_us);
        s->neighbours = n;
        for (size_t i = 0; i < w->nchildren; i++)
            n += qp_session_gone(w->children[i]->session, s->v + n, s->cap - n);
        assert(s->neighbours <= n && n <= s->cap); /* room_for has counted them all */
        s->n = n;
        tell_parent(w, s->v, s->neighbours, n, arena); /* only this thread changes s->v */
    }
    pthread_mutex_unlock(&s->lock);
}

/* Silence goes on between two copies. */
static void grow_silent(struct qp_link_status *s, int64_t now_us)
{
    int64_t silent_us = now_us - s->last_heard_us;
    if (s->state == QP_LINK_CUT || silent_us <= QP_LATE_US)
        return;
    s->state = silent_us > QP_CUT_US ? QP_LINK_CUT : QP_LINK_LATE;
    s->since_us = s->last_heard_us + (s->state == QP_LINK_CUT ? QP_CUT_US : QP_LATE_US);
}

bool qp_wire_link(struct qp_wire *w, const uint8_t node[QP_ID_LEN], struct qp_link_status *out)
{
    assert(out);
    struct qp_shown *s = &w->shown;
    bool found = false;
    pthread_mutex_lock(&s->lock);
    assert(s->neighbours <= s->n && s->n <= s->cap);
    int64_t now_us = by_now_us(s);
    for (size_t i = 0; i < s->neighbours && !found; i++) {
        found = memcmp(s->v[i].peer, node, QP_ID_LEN) == 0;
        if (found)
            *out = s->v[i];
    }
    pthread_mutex_unlock(&s->lock);
    if (found)
        grow_silent(out, now_us);
    return found;
}

size_t qp_wire_status(struct qp_wire *w, struct qp_link_status *out, size_t cap, size_t *neighbours)
{
    struct qp_shown *s = &w->shown;
    pthread_mutex_lock(&s->lock);
    assert(s->neighbours <= s->n && s->n <= s->cap);
    int64_t now_us = by_now_us(s);
    size_t n = s->n < cap ? s->n : cap;
    if (n)
        memcpy(out, s->v, n * sizeof *out);
    if (neighbours)
        *neighbours = s->neighbours < n ? s->neighbours : n;
    pthread_mutex_unlock(&s->lock);
    for (size_t i = 0; i < n; i++)
        grow_silent(&out[i], now_us);
    return n;
}

static size_t line(char *out, size_t cap, size_t at, const char *name, const char *help, uint64_t value)
{
    assert(name[0] && help[0]);
    if (at >= cap)
        return at;
    int n = snprintf(
        out + at, cap - at,
        "# HELP qipan_link_%s_total %s\n# TYPE qipan_link_%s_total counter\nqipan_link_%s_total %llu\n", name,
        help, name, name, (unsigned long long)value);
    return n < 0 ? at : at + (size_t)n;
}

void qp_wire_metrics(struct qp_wire *w, char *out, size_t cap)
{
    struct qp_shown *s = &w->shown;
    uint64_t sent = 0, received = 0, bad = 0, sessions = 0, live = 0, dropped = 0, over = 0;
    size_t at = 0;
    pthread_mutex_lock(&s->lock);
    assert(s->neighbours <= s->n && s->n <= s->cap);
    struct qp_wire_counters c = s->counters;
    for (size_t i = 0; i < s->neighbours; i++) {
        sent += s->v[i].sent_parcels;
        received += s->v[i].received_parcels;
        bad += s->v[i].bad_frames;
        sessions += s->v[i].sessions;
        live += s->v[i].state == QP_LINK_LIVE;
        dropped += s->v[i].whispers_dropped;
        over += s->v[i].whispers_over;
    }
    pthread_mutex_unlock(&s->lock);
    if (cap)
        out[0] = 0;
#define X(name, help) at = line(out, cap, at, #name, help, c.name);
    QP_WIRE_COUNTERS(X)
#undef X
    at = line(out, cap, at, "parcels_sent", "parcels that were sent to neighbours", sent);
    at = line(out, cap, at, "parcels_received", "parcels that neighbours sent", received);
    at = line(out, cap, at, "frames_bad", "frames of neighbours that were refused", bad);
    at = line(out, cap, at, "sessions", "sessions that were begun with neighbours", sessions);
    at = line(out, cap, at, "whispers_dropped",
              "whispers for neighbours that did not go: no link, too old, or more than they take", dropped);
    at = line(out, cap, at, "whispers_over", "whispers of neighbours that were dropped: more than are taken",
              over);
    if (at < cap)
        snprintf(out + at, cap - at,
                 "# HELP qipan_link_live neighbours that are heard\n# TYPE qipan_link_live "
                 "gauge\nqipan_link_live %llu\n",
                 (unsigned long long)live);
}

void qp_wire_refusals(const struct qp_wire *w, struct qp_wire_refusals *out)
{
    assert(w->nchildren == 0 || w->children);
    struct qp_link_status st;
    *out = (struct qp_wire_refusals){.connections = w->counters.zap_denied,
                                     .frames = w->counters.frames_unknown + w->counters.frames_odd,
                                     .endless = w->counters.endless};
    memcpy(out->from, w->endless.from, sizeof out->from);
    for (size_t i = 0; i <= w->nchildren; i++) {
        const struct qp_link *l = i < w->nchildren ? w->children[i] : w->parent;
        if (!l)
            continue;
        qp_session_status(l->session, &st, 0);
        out->frames += st.bad_frames;
    }
}
