/* sessions.c: the tables of sessions and of one-time links, by the hash of their secret. Kept in memory only:
 * a restart ends them all. The oldest goes when the table is full. Each function takes the lock. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/http/wire/inside.h"

enum { SECRET = 32 };

int qp_sessions_open(struct qp_http *h, struct qp_err *e)
{
    h->sessions = calloc(QP_SESSIONS, sizeof *h->sessions);
    h->links = calloc(QP_SESSIONS, sizeof *h->links);
    return h->sessions && h->links ? 0 : qp_fail(e, QP_ENOMEM, "http: out of memory");
}

void qp_sessions_close(struct qp_http *h)
{
    free(h->sessions);
    free(h->links);
}

static struct qp_session_entry *find(struct qp_session_entry *table, const struct qp_hash *key)
{
    int64_t now_us = qp_wall_us();
    for (size_t i = 0; i < QP_SESSIONS; i++) {
        if (table[i].ends_us > now_us && qp_hash_eq(&table[i].key, key))
            return &table[i];
    }
    return NULL;
}

bool qp_session_find(struct qp_http *h, const struct qp_hash *key, struct qp_session_entry *out)
{
    pthread_mutex_lock(&h->session_lock);
    const struct qp_session_entry *s = find(h->sessions, key);
    if (s)
        *out = *s;
    pthread_mutex_unlock(&h->session_lock);
    return s != NULL;
}

bool qp_session_take(struct qp_http *h, struct qp_session_entry *table, const struct qp_hash *key,
                     struct qp_session_entry *out)
{
    pthread_mutex_lock(&h->session_lock);
    struct qp_session_entry *s = find(table, key);
    if (s) {
        *out = *s;
        memset(s, 0, sizeof *s);
    }
    pthread_mutex_unlock(&h->session_lock);
    return s != NULL;
}

void qp_session_add(struct qp_http *h, struct qp_session_entry *table, const struct qp_auth *auth,
                    const char *user, int64_t life_s, char text[48])
{
    uint8_t secret[SECRET];
    qp_random(secret, sizeof secret);
    qp_b64(text, secret, sizeof secret);
    struct qp_session_entry s = {.ends_us = qp_wall_us() + life_s * 1000000, .auth = *auth};
    qp_hash(&s.key, text, strlen(text));
    snprintf(s.user, sizeof s.user, "%s", user);
    pthread_mutex_lock(&h->session_lock);
    size_t oldest = 0;
    for (size_t i = 1; i < QP_SESSIONS; i++) {
        if (table[i].ends_us < table[oldest].ends_us)
            oldest = i;
    }
    table[oldest] = s;
    pthread_mutex_unlock(&h->session_lock);
}
