/* where.c: see where.h. A list: a node has some dozen people on duty, and thousands at the most. */
#include "node/field/where.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* Calls that came together are not further apart; what is, was heard before the clock was set back. */
#define AT_ONCE_US INT64_C(10000000)

struct entry {
    struct qp_where_one one; /* at_us 0: no position */
    struct qp_where_heard heard;
    uint64_t said; /* the newest version of his duty that a turn of this process has said; 0: none */
};

struct qp_where {
    pthread_mutex_t lock;
    struct entry *v;
    size_t n, cap;
};

struct qp_where *qp_where_new(void)
{
    struct qp_where *w = calloc(1, sizeof *w);
    if (w)
        pthread_mutex_init(&w->lock, NULL);
    return w;
}

/* What is forgotten is overwritten: nobody finds it in memory that was given back. */
static void wipe(struct entry *v, size_t n)
{
    if (n > 0)
        explicit_bzero(v, n * sizeof *v);
}

void qp_where_free(struct qp_where *w)
{
    if (!w)
        return;
    wipe(w->v, w->n);
    free(w->v);
    pthread_mutex_destroy(&w->lock);
    free(w);
}

static struct entry *find(struct qp_where *w, const char *person)
{
    for (size_t i = 0; i < w->n; i++)
        if (strcmp(w->v[i].one.person, person) == 0)
            return &w->v[i];
    return NULL;
}

/* Of who is off only the version stays. */
static void empty(struct entry *e)
{
    struct entry off = {.said = e->said};
    memcpy(off.one.person, e->one.person, sizeof off.one.person);
    wipe(e, 1);
    *e = off;
}

/* Room for one more; where all is taken, in the place of somebody who has no position. NULL: nobody is off, or no memory. */
static struct entry *room(struct qp_where *w)
{
    if (w->n == QP_WHERE_MOST) {
        for (size_t i = 0; i < w->n; i++)
            if (!w->v[i].one.at_us)
                return &w->v[i];
        return NULL;
    }
    if (w->n == w->cap) { /* moved by hand: realloc would leave a copy behind */
        size_t cap = w->cap ? w->cap * 2 : 16;
        struct entry *v = calloc(cap, sizeof *v);
        if (!v)
            return NULL;
        if (w->n > 0)
            memcpy(v, w->v, w->n * sizeof *v);
        wipe(w->v, w->n);
        free(w->v);
        w->v = v;
        w->cap = cap;
    }
    return &w->v[w->n++];
}

/* NULL: too many, or no memory. */
static struct entry *make(struct qp_where *w, const char *person)
{
    struct entry *e = find(w, person);
    if (e || !(e = room(w)))
        return e;
    memset(e, 0, sizeof *e);
    assert(strlen(person) <= QP_NAME_BYTES);
    strcpy(e->one.person, person);
    return e;
}

int qp_where_put(struct qp_where *w, const struct qp_where_one *one)
{
    pthread_mutex_lock(&w->lock);
    struct entry *e = make(w, one->person);
    bool over = e && one->version < e->said;
    if (e && !over && (one->at_us >= e->one.at_us || e->one.at_us - one->at_us > AT_ONCE_US))
        e->one = *one;
    pthread_mutex_unlock(&w->lock);
    return over ? QP_ESTEP : e ? 0 : QP_EBUSY;
}

bool qp_where_get(struct qp_where *w, const char *person, int64_t now_us, struct qp_where_one *out)
{
    pthread_mutex_lock(&w->lock);
    const struct entry *e = find(w, person);
    bool there = e && e->one.at_us && e->one.until_us > now_us;
    if (there)
        *out = e->one;
    pthread_mutex_unlock(&w->lock);
    return there;
}

void qp_where_said(struct qp_where *w, const char *person, uint64_t version, int64_t until_us)
{
    pthread_mutex_lock(&w->lock);
    struct entry *e = make(w, person);
    if (e) {
        e->said = version;
        if (until_us == 0)
            empty(e);
        else if (e->one.at_us && until_us < e->one.until_us)
            e->one.until_us = until_us;
    }
    pthread_mutex_unlock(&w->lock);
}

void qp_where_unsaid(struct qp_where *w)
{
    pthread_mutex_lock(&w->lock);
    for (size_t i = 0; i < w->n; i++)
        w->v[i].said = 0;
    pthread_mutex_unlock(&w->lock);
}

void qp_where_purge(struct qp_where *w, int64_t now_us)
{
    pthread_mutex_lock(&w->lock);
    for (size_t i = 0; i < w->n; i++)
        if (w->v[i].one.at_us && w->v[i].one.until_us <= now_us)
            empty(&w->v[i]);
    pthread_mutex_unlock(&w->lock);
}

size_t qp_where_count(struct qp_where *w)
{
    pthread_mutex_lock(&w->lock);
    size_t n = 0;
    for (size_t i = 0; i < w->n; i++)
        n += w->v[i].one.at_us != 0;
    pthread_mutex_unlock(&w->lock);
    return n;
}

struct qp_where_heard qp_where_heard(struct qp_where *w, const char *person)
{
    pthread_mutex_lock(&w->lock);
    const struct entry *e = find(w, person);
    struct qp_where_heard h = e ? e->heard : (struct qp_where_heard){0, false};
    pthread_mutex_unlock(&w->lock);
    return h;
}

void qp_where_hear(struct qp_where *w, const char *person, struct qp_where_heard h)
{
    pthread_mutex_lock(&w->lock);
    struct entry *e = find(w, person);
    if (e && e->one.at_us)
        e->heard = h;
    pthread_mutex_unlock(&w->lock);
}
