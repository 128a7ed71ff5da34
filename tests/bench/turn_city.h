/* turn_city.h: four real cores in one process, city, county, street, community, joined as over the wire; what
 * one has queued is handed to the next without a link. Used by bench_turn. */
#ifndef QP_TESTS_BENCH_TURN_CITY_H
#define QP_TESTS_BENCH_TURN_CITY_H

#include "node/core/core.h"
#include "tests/bench/turn_clock.h"

enum { LEVELS = 4, LEAF = 3, INPUTS = 4096 };

struct qp_level {
    char dir[200];
    const char *path;
    struct qp_keys keys;
    struct qp_store *store;
    struct qp_core *core;
    uint8_t id[QP_ID_LEN];
    uint64_t sent[3];  /* by lane: journal position up to which the next level has it */
    uint64_t position; /* the last that was delivered */
    Qp__Ack ack;       /* what the level above has committed, for the next turn here */
    Qp__Position acked[2], *acks[2];
    bool has_ack;
    double sums[QP_STAGE_COUNT], turn_s;
};

struct qp_city {
    struct qp_level level[LEVELS]; /* 0 the city */
    struct qp_hash root;
    int64_t now_us;
};

/* Founds the four in folders below `dir`. Ends the program with a sentence when something fails. */
void qp_city_found(struct qp_city *c, const char *dir);
/* One turn of a level with these inputs, committed; its stages are added to the level's sums. */
void qp_city_turn(struct qp_city *c, int level, struct qp_input *in, size_t n, struct qp_outputs *out);
/* Hands what `level` has queued to the level above, in one turn there; the acknowledgement waits for the next
 * turn of `level`. Returns the number of parcels. */
size_t qp_city_lift(struct qp_city *c, int level);
void qp_city_close(struct qp_city *c);

void qp_must(int rc, const struct qp_err *e);

#endif
