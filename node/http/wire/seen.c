/* seen.c: see seen.h. Called by auth.c at each call that a cookie makes, and by calls/sessions.c. */
#include "node/http/wire/seen.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static_assert(QP_SEEN_SETS == 256, "a set is found by one byte");

void qp_seen_open(struct qp_seen *s)
{
    pthread_mutex_init(&s->lock, NULL);
}

void qp_seen_close(struct qp_seen *s)
{
    pthread_mutex_destroy(&s->lock);
}

static bool same_account(const struct qp_login *a, const struct qp_login *b)
{
    if (*a->user || *b->user)
        return strcmp(a->user, b->user) == 0;
    return qp_hash_eq(&a->token, &b->token);
}

static void copy_agent(char out[QP_SEEN_AGENT + 1], const char *agent)
{
    size_t n = 0;
    for (; agent && *agent && n < QP_SEEN_AGENT; agent++) {
        if (*agent >= ' ' && *agent <= '~')
            out[n++] = *agent;
    }
    out[n] = '\0';
}

void qp_seen_note(struct qp_seen *s, const struct qp_login *of, const char *agent, int64_t now_us)
{
    assert(of->kind == QP_LOGIN_COOKIE && now_us > 0);
    struct qp_seen_session *set = s->v[of->id[0]], *at = &set[0];
    pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < QP_SEEN_WAYS; i++) {
        if (set[i].used_us && memcmp(set[i].login.id, of->id, QP_LOGIN_ID) == 0) {
            at = &set[i];
            break;
        }
        if (set[i].used_us < at->used_us)
            at = &set[i];
    }
    at->login = *of;
    at->used_us = now_us;
    copy_agent(at->agent, agent);
    pthread_mutex_unlock(&s->lock);
}

static int by_use(const void *a, const void *b)
{
    const struct qp_seen_session *x = a, *y = b;
    if (x->used_us != y->used_us)
        return x->used_us > y->used_us ? -1 : 1;
    return memcmp(x->login.id, y->login.id, QP_LOGIN_ID);
}

size_t qp_seen_list(struct qp_seen *s, const struct qp_login *of, struct qp_seen_session *out, size_t cap)
{
    assert(cap > 0);
    size_t n = 0;
    pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < QP_SEEN_SETS; i++) {
        for (size_t k = 0; k < QP_SEEN_WAYS && n < cap; k++) {
            if (s->v[i][k].used_us && same_account(&s->v[i][k].login, of))
                out[n++] = s->v[i][k];
        }
    }
    pthread_mutex_unlock(&s->lock);
    qsort(out, n, sizeof *out, by_use);
    return n;
}

bool qp_seen_find(struct qp_seen *s, const struct qp_login *of, const uint8_t id[QP_LOGIN_ID],
                  struct qp_login *out)
{
    bool found = false;
    const struct qp_seen_session *set = s->v[id[0]];
    pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < QP_SEEN_WAYS && !found; i++) {
        found = set[i].used_us && memcmp(set[i].login.id, id, QP_LOGIN_ID) == 0 &&
                same_account(&set[i].login, of);
        if (found)
            *out = set[i].login;
    }
    pthread_mutex_unlock(&s->lock);
    return found;
}
