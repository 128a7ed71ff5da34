/* turn_clock.h: where a turn's time goes. The linker puts a stop-watch round the core's stages (turn_clock.c
 * names them); the time of a stage that is called within another counts for the inner one alone. One thread.
 * Used by bench_turn. */
#ifndef QP_TESTS_BENCH_TURN_CLOCK_H
#define QP_TESTS_BENCH_TURN_CLOCK_H

#define QP_STAGES(X)                                                                                         \
    X(other) X(open) X(decide) X(apply) X(record) X(seal) X(append) X(flush) X(board) X(journal) X(tables)
enum qp_stage {
#define X(name) QP_STAGE_##name,
    QP_STAGES(X)
#undef X
        QP_STAGE_COUNT
};

double qp_now_s(void);
/* From here on time is added to sums[QP_STAGE_COUNT], in seconds; NULL: to nothing. */
void qp_stages_into(double *sums);
enum qp_stage qp_stage_enter(enum qp_stage s); /* returns the stage to go back to */
void qp_stage_leave(enum qp_stage back);

#endif
