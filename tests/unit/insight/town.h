/* town.h: a store with a board, matters that change at random, and the two recounts that the tests compare
 * with: what the cells must hold (recount.c) and what a query must answer (oracle.c). Both are worked out
 * from the matters alone, by other means than the board's. Every random run prints its seed; QP_SEED=n
 * repeats it. */
#ifndef QP_TEST_TOWN_H
#define QP_TEST_TOWN_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "node/insight/board.h"
#include "node/insight/facts.h"
#include "node/matter/beside.h"
#include "node/matter/clock.h"
#include "proto/codec.h"

enum { TOWN_MATTERS = 300 };

struct matter {
    bool there;
    uint8_t id[QP_ID_LEN];
    Qp__Row row;
    Qp__Face face;
    Qp__Visit visit;
    Qp__Offer offer;
    Qp__Clock sign;
    Qp__Clock *clocks[1];
    Qp__Beside urge;
    Qp__Beside *beside[1];
};

struct town {
    char dir[64];
    struct qp_store *store;
    struct qp_zone *zone;
    struct qp_board *board;
    struct qp_arena *arena;
    struct qp_txn txn;
    bool in_turn;
    struct matter matter[TOWN_MATTERS];
    uint64_t random;
};

#define TOWN_SELF "suzhou/yongqiao"

uint64_t seed_of_run(void); /* prints it */
void town_open(struct town *t, const char *zone, uint64_t seed);
void town_close(struct town *t);
uint64_t town_random(struct town *t, uint64_t below);
int64_t town_time(
    struct town *t); /* in 2010-11 .. 2012-01, often near midnight, the change of clocks or a month's end */

/* ---- turns ---- */
void turn_begin(struct town *t);
int turn_end(struct town *t); /* flush and commit; aborts on an error and returns it */
void turn_abort(struct town *t);
/* Puts the matter into the table and its change on the board; `after` NULL removes it. */
void matter_set(struct town *t, size_t i, const struct matter *after);
void matter_copy(struct matter *to, const struct matter *from); /* with its inner pointers */
void matter_make(struct town *t, struct matter *m);             /* a new one, at random */
void matter_alter(struct town *t, struct matter *m);            /* one random step in its life */

void matter_urge(struct matter *m, bool urged);
void matter_sign(struct matter *m, int64_t ended_us, int64_t due_us); /* ended 0: no such clock */

/* ---- recounts ---- */
void assert_cells_equal_recount(struct town *t); /* every cell of the table, none missing, none more */
void assert_tables_empty(struct town *t);        /* cells and names */
void assert_answers(struct town *t,
                    const struct qp_board_query *q); /* by cells, by scan and by counting: the same */
char *query_text(char out[512], const struct qp_board_query *q);

#endif
