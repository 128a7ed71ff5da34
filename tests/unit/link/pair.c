/* pair.c: see pair.h. */
#include "tests/unit/link/pair.h"

int pair_up(void **state)
{
    struct pair *p = calloc(1, sizeof *p);
    rig_up((void **)&p->r);
    p->city = rig_found(p->r, "city");
    p->county = rig_join(p->r, p->city, "city/county", NULL);
    line_up(&p->l, p->county, p->city);
    *state = p;
    return 0;
}

int pair_down(void **state)
{
    struct pair *p = *state;
    line_down(&p->l);
    rig_down((void **)&p->r);
    free(p);
    return 0;
}

void pair_connect(struct pair *p)
{
    uint8_t seed[QP_SEED_LEN];
    rig_fresh_seed(p->r, seed);
    qp_session_connected(p->l.child.session, p->r->now_us, seed);
    line_pump(p->r, &p->l.child);
}

/* Up to the child's greeting, which has been said but not heard. */
void pair_to_greeting(struct pair *p)
{
    pair_connect(p);
    line_carry(p->r, &p->l.child, &p->l.parent);
    line_carry(p->r, &p->l.parent, &p->l.child);
    line_find(&p->l.child, QP__FRAME__BODY_GREETING);
}

uint64_t end_bad_frames(const struct end *e)
{
    struct qp_link_status s;
    qp_session_status(e->session, &s, RIG_START);
    return s.bad_frames;
}

int end_refused(const struct end *e)
{
    struct qp_link_status s;
    qp_session_status(e->session, &s, RIG_START);
    return s.refused;
}

void pair_pass_seconds(struct pair *p, int n)
{
    for (int i = 0; i < 2 * n; i++) {
        p->r->now_us += 500000;
        line_settle(p->r, &p->l);
    }
}
