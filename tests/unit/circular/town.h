/* town.h: a city with two districts, and events told by hand, for census_test.c and believed_test.c. */
#ifndef QP_TESTS_UNIT_CIRCULAR_TOWN_H
#define QP_TESTS_UNIT_CIRCULAR_TOWN_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "node/insight/circular/body.h"
#include "proto/codec.h"

#define HOUR INT64_C(3600000000)
#define DAY  (24 * HOUR)
#define T0   (INT64_C(20000) * DAY) /* the period's beginning */
enum { CITY = 1, A = 2, B = 3 };

struct town {
    struct qp_census *c;
    uint8_t node[4][QP_ID_LEN];
    uint64_t counter;
    uint64_t version, custody, number; /* of the matter that is told of; the number of its last offer */
    bool drill;                        /* matters are part of one from now on */
    uint8_t id[QP_ID_LEN];
    struct qp_span_us span[QP_SPANS];
    struct qp_census_result r;
    struct qp_arena *a;
};

static inline int up(void **state)
{
    struct town *t = calloc(1, sizeof *t);
    t->c = qp_census_new("city");
    t->a = qp_arena_new(1 << 20);
    for (uint8_t i = 1; i < 4; i++)
        memset(t->node[i], i, QP_ID_LEN);
    qp_census_place(t->c, t->node[CITY], "city");
    qp_census_place(t->c, t->node[A], "city/a");
    qp_census_place(t->c, t->node[B], "city/b");
    t->span[QP_SPAN_NOW] = (struct qp_span_us){T0, T0 + 7 * DAY};
    t->span[QP_SPAN_BEFORE] = (struct qp_span_us){T0 - 7 * DAY, T0};
    t->span[QP_SPAN_YEAR] = (struct qp_span_us){T0 - 364 * DAY, T0 - 357 * DAY};
    *state = t;
    return 0;
}

static inline int down(void **state)
{
    struct town *t = *state;
    qp_census_result_free(&t->r);
    qp_census_free(t->c);
    qp_arena_free(t->a);
    free(t);
    return 0;
}

static inline Qp__Event *event(struct town *t, int node, int64_t at_us, uint64_t version)
{
    Qp__Event *ev = qp_arena_take(t->a, sizeof *ev);
    qp__event__init(ev);
    ev->origin = (ProtobufCBinaryData){QP_ID_LEN, t->node[node]};
    ev->incarnation = 1;
    ev->counter = ++t->counter;
    ev->at_us = at_us;
    ev->version = version;
    ev->custody = t->custody;
    ev->matter = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(t->a, t->id, QP_ID_LEN)};
    return ev;
}

static inline const char *path_of(int node)
{
    return node == CITY ? "city" : node == A ? "city/a" : "city/b";
}

static inline Qp__Face *face(struct town *t, int holder, const char *area, int64_t opened_us,
                             int64_t deadline_us)
{
    Qp__Face *f = qp_arena_take(t->a, sizeof *f);
    qp__face__init(f);
    f->area = (char *)(uintptr_t)area;
    f->category = (char *)(uintptr_t) "井盖";
    f->source = (char *)(uintptr_t) "12345";
    f->holder = f->opener = (ProtobufCBinaryData){QP_ID_LEN, t->node[holder]};
    f->holder_path = (char *)(uintptr_t)path_of(holder);
    f->opened_us = opened_us;
    f->deadline_us = deadline_us;
    f->state = QP_OPEN;
    f->exercise = t->drill;
    f->custody = t->custody;
    f->version = t->version;
    f->top_number = t->number;
    return f;
}

static inline void say(struct town *t, const Qp__Event *ev)
{
    assert_int_equal(qp_census_event(t->c, ev), 0);
}

static inline void opens(struct town *t, int node, const char *area, int64_t at_us, int64_t deadline_us)
{
    t->id[QP_ID_LEN - 1]++;
    t->version = t->custody = t->number = 1;
    Qp__Event *ev = event(t, node, at_us, 1);
    Qp__Opened *o = qp_arena_take(t->a, sizeof *o);
    qp__opened__init(o);
    o->face = face(t, node, area, at_us, deadline_us);
    ev->body_case = QP__EVENT__BODY_OPENED;
    ev->opened = o;
    say(t, ev);
}

/* The next version, of a kind whose body has nothing in it that counts. */
#define STEP(t, node, at, CASE, member, lower)                                                               \
    do {                                                                                                     \
        Qp__Event *ev_ = event(t, node, at, ++(t)->version);                                                 \
        ev_->body_case = QP__EVENT__BODY_##CASE;                                                             \
        ev_->member = qp_arena_take((t)->a, sizeof *ev_->member);                                            \
        lower(ev_->member);                                                                                  \
        last = ev_;                                                                                          \
    } while (0)

static inline void closes(struct town *t, int node, int64_t at)
{
    Qp__Event *last;
    STEP(t, node, at, CLOSED, closed, qp__closed__init);
    say(t, last);
}

static inline void handles(struct town *t, int node, int64_t at)
{
    Qp__Event *last;
    STEP(t, node, at, HANDLED, handled, qp__handled__init);
    say(t, last);
}

static inline void visits(struct town *t, int node, int64_t at, bool reached, bool resolved,
                          uint32_t satisfied)
{
    Qp__Event *last;
    STEP(t, node, at, VISITED, visited, qp__visited__init);
    last->visited->visit = qp_arena_take(t->a, sizeof *last->visited->visit);
    qp__visit__init(last->visited->visit);
    last->visited->visit->reached = reached;
    last->visited->visit->resolved = resolved;
    last->visited->visit->satisfied = satisfied;
    say(t, last);
}

/* The matter's n-th appeal: against the visit of that time, or a denial. */
static inline void appeals(struct town *t, int node, const char *about, uint32_t n, int64_t visit_at,
                           int64_t at)
{
    Qp__Event *last;
    STEP(t, node, at, APPEALED, appealed, qp__appealed__init);
    last->appealed->about = (char *)(uintptr_t)about;
    last->appealed->number = n;
    last->appealed->of_us = visit_at;
    say(t, last);
}

/* keep: what is appealed against stands. */
static inline void ends_appeal(struct town *t, int node, const char *about, uint32_t n, bool keep, int64_t at)
{
    Qp__Event *last;
    STEP(t, node, at, APPEAL_ENDED, appeal_ended, qp__appeal_ended__init);
    last->appeal_ended->about = (char *)(uintptr_t)about;
    last->appeal_ended->number = n;
    last->appeal_ended->keep = keep;
    say(t, last);
}

static inline void offers(struct town *t, int node, int to, int64_t at)
{
    Qp__Event *last;
    STEP(t, node, at, OFFERED, offered, qp__offered__init);
    last->offered->to = (ProtobufCBinaryData){QP_ID_LEN, t->node[to]};
    last->offered->number = ++t->number;
    say(t, last);
}

static inline void answers(struct town *t, int node, int64_t at, bool accepts)
{
    Qp__Event *last;
    if (accepts) {
        STEP(t, node, at, ACCEPTED, accepted, qp__accepted__init);
        last->accepted->path = (char *)(uintptr_t)path_of(node);
        last->accepted->number = t->custody = t->number;
    } else {
        STEP(t, node, at, REFUSED, refused, qp__refused__init);
        last->refused->number = t->number;
    }
    say(t, last);
}

static inline void counted(struct town *t)
{
    qp_census_result_free(&t->r);
    assert_int_equal(qp_census_count(t->c, t->span, NULL, NULL, &t->r), 0);
}

static inline void span_is(struct town *t, int span, enum qp_circular_by by, const char *key,
                           enum qp_circular_figure f, uint64_t above, uint64_t below)
{
    static const struct qp_numbers none;
    const struct qp_numbers *n = &none;
    for (size_t i = 0; i < t->r.n; i++)
        if (t->r.rows[i].by == by && strcmp(t->r.rows[i].key, key) == 0)
            n = &t->r.rows[i].span[span];
    if (n->n[f][0] != above || n->n[f][1] != below)
        fail_msg("%s of %s \"%s\": %llu/%llu, not %llu/%llu", qp_figure_rows[f].name, qp_by_rows[by].name,
                 key, (unsigned long long)n->n[f][0], (unsigned long long)n->n[f][1],
                 (unsigned long long)above, (unsigned long long)below);
}
#define is(t, f, above, below) span_is(t, QP_SPAN_NOW, QP_CB_TOTAL, "", QP_CF_##f, above, below)

#endif
