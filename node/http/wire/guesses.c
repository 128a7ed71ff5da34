/* guesses.c: see guesses.h. Called by calls/session.c before and after a password is looked at.
 *
 * Four tables of fixed size, each a number of small sets: what is looked for has its set by its hash, and
 * takes the place that was touched longest ago when the set is full. */
#include "node/http/wire/guesses.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/crypto.h"

enum {
    SETS = 512,
    WAYS = 8,
    FREE_TRIES = 5,
    PAUSE_MOST_S = 60,
    FORGET_US = 900000000, /* failures of a pair that rests so long */
    SECOND_US = 1000000,
};

enum table { PAIRS, ADDRESSES, NAMES, FIRSTS, TABLES };
/* failures that are free at once, and how long until one is forgiven; of a pair see above */
static const struct {
    double burst;
    int64_t forgive_us;
} BOUND[TABLES] = {{0, 0}, {30, 2000000}, {50, 10000000}, {300, 500000}};

struct counter {
    uint64_t key; /* 0: free */
    int64_t at_us;
    double failures;
    int64_t next_us; /* of a pair: not before */
    bool known;
    unsigned trying; /* now */
};

struct qp_guess_table {
    uint8_t salt[QP_SEED_LEN]; /* nobody outside can aim at a set */
    struct counter v[TABLES][SETS][WAYS];
};

void qp_guesses_open(struct qp_guesses *g)
{
    g->tables = NULL;
    pthread_mutex_init(&g->lock, NULL);
}

void qp_guesses_close(struct qp_guesses *g)
{
    free(g->tables);
    pthread_mutex_destroy(&g->lock);
}

static uint64_t key_of(const struct qp_guess_table *t, enum table which, const struct qp_guess *guess)
{
    struct qp_hash h;
    uint64_t key;
    bool alone = which == ADDRESSES || which == FIRSTS;
    struct qp_part parts[] = {{t->salt, sizeof t->salt},
                              {guess->from.b, which == NAMES ? 0 : qp_address_owned(&guess->from)},
                              {guess->name, alone ? 0 : strlen(guess->name)}};
    qp_hash_parts(&h, parts, 3);
    memcpy(&key, h.b, sizeof key);
    return key ? key : 1;
}

/* make: takes a place for it; else NULL when it has none. */
static struct counter *find(struct qp_guess_table *t, enum table which, const struct qp_guess *guess,
                            bool make)
{
    uint64_t key = key_of(t, which, guess);
    struct counter *set = t->v[which][key % SETS], *oldest = set;
    for (size_t i = 0; i < WAYS; i++) {
        if (set[i].key == key)
            return &set[i];
        bool worse = set[i].trying == oldest->trying
                         ? set[i].known == oldest->known ? set[i].at_us < oldest->at_us : oldest->known
                         : set[i].trying < oldest->trying;
        if (worse)
            oldest = &set[i];
    }
    if (!make)
        return NULL;
    *oldest = (struct counter){.key = key};
    return oldest;
}

/* Lets time forgive what it does; whether one more is within the bound. */
static bool within(struct counter *c, enum table which, int64_t now_us)
{
    if (!c)
        return true;
    double gone = (double)(now_us - c->at_us) / (double)BOUND[which].forgive_us;
    c->failures = gone > c->failures ? 0 : c->failures - gone;
    c->at_us = now_us;
    return c->failures < BOUND[which].burst;
}

static int busy(unsigned *retry_s, int64_t wait_us, struct qp_err *e, const char *what)
{
    *retry_s = (unsigned)((wait_us + SECOND_US - 1) / SECOND_US);
    return qp_fail(e, QP_EBUSY, "%s; try again in %u s", what, *retry_s);
}

static int begin_pair(struct qp_guess_table *t, const struct qp_guess *guess, int64_t now_us,
                      enum qp_guess_lane *lane, unsigned *retry_s, struct qp_err *e)
{
    struct counter *pair = find(t, PAIRS, guess, true);
    if (pair->failures > 0 && now_us - pair->at_us > FORGET_US)
        pair->failures = 0;
    *lane = pair->failures > 0 ? QP_GUESS_AGAIN : QP_GUESS_CLEAN;
    if (pair->trying)
        return busy(retry_s, SECOND_US, e, "this name is just being tried from your address");
    if (pair->next_us > now_us)
        return busy(retry_s, pair->next_us - now_us, e,
                    "this name was tried from your address with wrong passwords");
    if (*lane == QP_GUESS_AGAIN && !pair->known &&
        !within(find(t, ADDRESSES, guess, false), ADDRESSES, now_us))
        return busy(retry_s, BOUND[ADDRESSES].forgive_us, e,
                    "too many wrong passwords came from your address");
    if (!pair->known && !within(find(t, FIRSTS, guess, false), FIRSTS, now_us))
        return busy(retry_s, BOUND[FIRSTS].forgive_us, e, "too many wrong passwords came from your address");
    if (!pair->known && !within(find(t, NAMES, guess, false), NAMES, now_us))
        return busy(
            retry_s, BOUND[NAMES].forgive_us, e,
            "too many wrong passwords were tried for this name, from many addresses; from one where it "
            "logged in before it still can");
    pair->trying = 1;
    pair->at_us = now_us;
    return 0;
}

int qp_guess_begin(struct qp_guesses *g, const struct qp_guess *t, int64_t now_us, enum qp_guess_lane *lane,
                   unsigned *retry_s, struct qp_err *e)
{
    int rc = 0;
    pthread_mutex_lock(&g->lock);
    if (!g->tables && (g->tables = calloc(1, sizeof *g->tables)))
        qp_random(g->tables->salt, sizeof g->tables->salt);
    *lane = QP_GUESS_NOBODY;
    if (!g->tables)
        rc = qp_fail(e, QP_ENOMEM, "out of memory");
    else if (t->exists)
        rc = begin_pair(g->tables, t, now_us, lane, retry_s, e);
    else if (!within(find(g->tables, ADDRESSES, t, false), ADDRESSES, now_us))
        rc = busy(retry_s, BOUND[ADDRESSES].forgive_us, e, "too many wrong passwords came from your address");
    pthread_mutex_unlock(&g->lock);
    return rc;
}

static void failed(struct qp_guess_table *tables, const struct qp_guess *t, int64_t now_us)
{
    for (enum table which = ADDRESSES; which <= FIRSTS; which++) {
        if (which != ADDRESSES && !t->exists)
            continue;
        struct counter *c = find(tables, which, t, true);
        within(c, which, now_us);
        c->failures++;
    }
    if (!t->exists)
        return;
    struct counter *pair = find(tables, PAIRS, t, true);
    pair->failures++;
    int over = (int)pair->failures - FREE_TRIES;
    int64_t pause_s = over < 0 ? 0 : over < 6 ? 1 << over : PAUSE_MOST_S;
    pair->next_us = now_us + pause_s * SECOND_US;
}

void qp_guess_done(struct qp_guesses *g, const struct qp_guess *t, bool tried, bool right, int64_t now_us)
{
    pthread_mutex_lock(&g->lock);
    if (tried && !right)
        failed(g->tables, t, now_us);
    if (t->exists) {
        struct counter *pair = find(g->tables, PAIRS, t, true);
        pair->trying = 0;
        pair->at_us = now_us;
        if (right) {
            pair->failures = 0;
            pair->next_us = 0;
            pair->known = true;
        }
    }
    pthread_mutex_unlock(&g->lock);
}
