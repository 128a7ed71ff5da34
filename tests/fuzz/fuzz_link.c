/* fuzz_link.c: a session's states under sequences of frames: two real nodes, and a line on which true frames are dropped, doubled,
 * swapped, held back, sent back to whoever said them or said again sessions later, with links that break at any place.
 *
 *   chaos ─► the line is good again ─► every report is at the city, once
 *         ─► bytes of frames changed as well ─► nothing breaks off (what they say of themselves is their own loss)
 *
 * fuzz_link [--runs N] [--seed N]. */
#include <stdio.h>

#include "tests/unit/link/pair.h"

enum { STEPS = 80, POOL = 64 };

static uint64_t next(uint64_t *x)
{
    *x ^= *x << 13;
    *x ^= *x >> 7;
    return *x ^= *x << 17;
}

struct chaos {
    struct pair *p;
    uint64_t x;
    bool changes; /* bytes too */
    struct frame pool[POOL];
    size_t kept;
};

static struct frame copy_of(const struct frame *f)
{
    struct frame c = {malloc(f->len + 1), f->len};
    assert_non_null(c.bytes);
    memcpy(c.bytes, f->bytes, f->len);
    return c;
}

static void keep(struct chaos *c, const struct frame *f)
{
    size_t at = c->kept < POOL ? c->kept++ : next(&c->x) % POOL;
    if (c->pool[at].bytes)
        free(c->pool[at].bytes);
    c->pool[at] = copy_of(f);
}

static void hear(struct chaos *c, struct end *to, const struct frame *f)
{
    struct frame is = copy_of(f);
    if (c->changes && is.len > 0 && next(&c->x) % 4 == 0) {
        is.bytes[next(&c->x) % is.len] ^= (uint8_t)(1u << next(&c->x) % 8);
        is.len -= next(&c->x) % 8 == 0 ? next(&c->x) % is.len : 0;
    }
    line_hear(c->p->r, to, is.bytes, is.len);
    free(is.bytes);
}

/* The first frame of one end. */
static void pass_one(struct chaos *c, struct end *from, struct end *to)
{
    if (from->n == 0)
        return;
    if (from->n > 1 && next(&c->x) % 8 == 0) {
        struct frame first = from->said[0];
        from->said[0] = from->said[1];
        from->said[1] = first;
    }
    struct frame f = from->said[0];
    memmove(from->said, from->said + 1, --from->n * sizeof f);
    keep(c, &f);
    unsigned what = (unsigned)(next(&c->x) % 12);
    if (what == 2)
        hear(c, from, &f); /* back to who said it */
    else if (what > 0)     /* 0: lost */
        hear(c, to, &f);
    if (what == 1)
        hear(c, to, &f);
    free(f.bytes);
    if (to->node->n > RIG_INPUTS / 2)
        line_turn(c->p->r, to);
}

static void broken(struct chaos *c)
{
    struct line *l = &c->p->l;
    line_forget(&l->child);
    line_forget(&l->parent);
    qp_session_lost(l->parent.session, c->p->r->now_us);
    qp_session_lost(l->child.session, c->p->r->now_us);
    c->p->r->now_us += QP_RETRY_MOST_US;
    pair_connect(c->p);
}

static void step(struct chaos *c, int *up)
{
    struct line *l = &c->p->l;
    struct end *a = next(&c->x) % 2 == 0 ? &l->child : &l->parent,
               *b = a == &l->child ? &l->parent : &l->child;
    switch (next(&c->x) % 16) {
    case 0: broken(c); break;
    case 1:
        if (*up < 20) {
            rig_report(c->p->r, c->p->county, "up", next(&c->x) % 3 == 0 ? QP_EMERGENCY : QP_ROUTINE);
            ++*up;
        }
        break;
    case 2: c->p->r->now_us += (int64_t)(next(&c->x) % 3000000); break;
    case 3:
    case 4:
        if (c->kept > 0)
            hear(c, a, &c->pool[next(&c->x) % c->kept]);
        break;
    case 5:
    case 6: line_turn(c->p->r, a); break;
    default: pass_one(c, a, b); break;
    }
}

static bool one(uint64_t *x)
{
    void *state;
    int up = 0;
    pair_up(&state);
    struct chaos c = {.p = state, .x = *x};
    struct line *l = &c.p->l;
    pair_connect(c.p);
    for (int i = 0; i < STEPS; i++)
        step(&c, &up);
    line_turn(c.p->r, &l->child);
    line_turn(c.p->r, &l->parent);
    bool open = false;
    for (int tries = 0; tries < 3 && !(open && (int)rig_matters(c.p->r, c.p->city) >= up); tries++) {
        broken(&c);
        pair_pass_seconds(c.p, 4);
        open = qp_session_open(l->child.session) && qp_session_open(l->parent.session);
    }
    int there = (int)rig_matters(c.p->r, c.p->city);
    bool ok = there == up && open;
    if (!ok)
        printf("%d of %d reports at the city, the link is %s\n", there, up, open ? "open" : "not open");
    c.changes = true;
    for (int i = 0; i < STEPS; i++)
        step(&c, &up);
    for (size_t i = 0; i < c.kept; i++)
        free(c.pool[i].bytes);
    line_forget(&l->child);
    line_forget(&l->parent);
    pair_down(&state);
    *x = c.x;
    return ok;
}

int main(int argc, char **argv)
{
    unsigned long runs = 30;
    uint64_t x = 0x9e3779b97f4a7c15;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--runs") == 0)
            runs = strtoul(argv[i + 1], NULL, 10);
        if (strcmp(argv[i], "--seed") == 0)
            x = strtoull(argv[i + 1], NULL, 10);
    }
    for (unsigned long i = 0; i < runs; i++) {
        uint64_t seed = x;
        if (!one(&x)) {
            printf("run %lu: --seed %llu --runs 1\n", i, (unsigned long long)seed);
            return 1;
        }
    }
    printf("%lu sequences of frames\n", runs);
    return 0;
}
