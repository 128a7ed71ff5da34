/* seconds.h: the rules of clocks a second time, counted second by second: the oracle against which
 * node/matter/clock.c and topology/calendar*.c are held. It asks the zone only what the clock on the wall shows
 * at an instant; it adds nothing up beforehand and computes no due: it walks, and sees when one comes.
 *
 * A town is a span of seconds with what happens in each; times are seconds from its beginning. */
#ifndef QP_TESTS_UNIT_MATTER_SECONDS_H
#define QP_TESTS_UNIT_MATTER_SECONDS_H

#include <stdbool.h>
#include <stdint.h>

#include "node/matter/clock.h"

enum { NONE = -1, BEYOND = -2 };
enum { LAWS = 2 }; /* calendars of a town: the old one and a newer one */

struct town {
    int64_t epoch_s; /* of second 0 */
    int n;
    uint8_t *flags[LAWS]; /* WORKS: somebody works in [s, s + 1); CLOSES: at s a day's last work has ended */
    int64_t *wall;        /* what the clock on the wall has shown at most by s, in seconds */
    const struct qp_zone *zone;
};
enum { WORKS = 1, CLOSES = 2 };

/* Makes room for n seconds. */
void town_open(struct town *t, int n);
void town_close(struct town *t);
void town_build(struct town *t, int64_t epoch_s, const struct qp_zone *z,
                const struct qp_calendar_form laws[LAWS]);

/* A clock as seconds see it. */
struct walker {
    const struct town *town;
    int law;
    struct qp_duration amount;
    int start, now;
    bool running;
    bool first_moment; /* nothing is left: the next working second is the due */
    bool lost;         /* something of the measure went by in this pause */
    int64_t rem;       /* what is left, in seconds or closes */
    int until;         /* a due that was given as a time; NONE */
    int hit;           /* when the amount was used up; NONE */
};

void walker_start(struct walker *w, const struct town *t, int law, struct qp_duration amount, int start);
void walker_to(struct walker *w, int to);
void walker_pause(struct walker *w); /* now */
void walker_resume(struct walker *w);
void walker_until(struct walker *w, int until, int paused_at); /* a new due; NONE: not paused */
/* The due that comes when nothing else happens; NONE while paused before it, BEYOND the town's end. */
int walker_due(const struct walker *w);
int walker_due_if_resumed(const struct walker *w);
/* What is left in the clock's own measure, in seconds or closes. */
int64_t walker_left(const struct walker *w);
/* Seconds of [from, to) that count for this amount: of work, or all. */
int64_t town_counts(const struct town *t, int law, enum qp_unit unit, int from, int to);
/* The first second from `began` on after which no more than `n` of the measure lies before the due. */
int walker_back(const struct walker *w, int due, int64_t n, int began);

#endif
