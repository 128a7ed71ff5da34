/* guesses.h: how often a password was wrong, for whom and from where: what slows a guesser down without
 * refusing anybody else. In memory only; cheap, before the costly hash.
 *
 * - A name, from an address: five failures are free; then a pause of 1 s, 2 s, 4 s … 60 s after each. A
 * success clears it and makes the pair known.
 * - An address: 30 failures at once, then one every 2 s, for names that nobody has and for pairs that failed
 *   before. A pair's first try does not ask it: who shares the address of a guesser (a proxy, an office) still comes in, as
 *   long as not 300 failures came from there at once, then two a second: nobody tries a code on every number there is.
 * - A name, from anywhere: 50 failures at once, then one every 10 s; known pairs are exempt.
 *
 * An address is what one subscriber has: of IPv6 its /64.
 *
 * A name that nobody has takes none of the room of names that exist, so a flood of invented names ends at its
 * address's bound. (This tells who floods which names exist; every reader of a history sees them anyway.) */
#ifndef QP_NODE_HTTP_WIRE_GUESSES_H
#define QP_NODE_HTTP_WIRE_GUESSES_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "node/http/wire/address.h"

/* In this order they are served. */
enum qp_guess_lane { QP_GUESS_CLEAN, QP_GUESS_AGAIN, QP_GUESS_NOBODY };

struct qp_guess {
    const char *name;
    bool exists; /* an account has that name */
    struct qp_address from;
};

struct qp_guesses {
    pthread_mutex_t lock;
    struct qp_guess_table *tables; /* made with the first log-in */
};

void qp_guesses_open(struct qp_guesses *g);
void qp_guesses_close(struct qp_guesses *g);
/* Whether this try may be hashed, and in which lane; then qp_guess_done must follow. QP_EBUSY with a
 * sentence: not before *retry_s. QP_ENOMEM. */
int qp_guess_begin(struct qp_guesses *g, const struct qp_guess *t, int64_t now_us, enum qp_guess_lane *lane,
                   unsigned *retry_s, struct qp_err *e);
/* tried false: it was not looked at after all. */
void qp_guess_done(struct qp_guesses *g, const struct qp_guess *t, bool tried, bool right, int64_t now_us);

#endif
