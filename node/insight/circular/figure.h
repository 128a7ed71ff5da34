/* figure.h: every figure of a circular, one row each (CI3): what it is called, what is counted above and below the line,
 * and from which events. The order in which they are kept, JSON, CSV, the spreadsheet's columns, the printed page, the
 * words of the command line and its help all follow from here; the pages ask for it (GET /api/v1/circulars:figures).
 *
 * A count has no denominator and no value. A share's value is numerator / denominator; a denominator of zero has none
 * and is shown as "–", never as 0 % or 100 %.
 *
 * To add a figure: its row at the end, and what adds to it in life.c. QP_FIGURES_VERSION rises when a row comes or what one
 * counts changes: a circular names the version by which it was made, and `qipan circular verify` counts by no other. */
#ifndef QP_NODE_INSIGHT_CIRCULAR_FIGURE_H
#define QP_NODE_INSIGHT_CIRCULAR_FIGURE_H

#include <stddef.h>

/* 2: a life is what the tables make of it (step.c). 3: a score that was overturned counts no more; an event counts once; patrols are counted
 * (patrols.c). 4: a patrol that nobody stopped is over after a day; an offer that was asked
 * back is no answer; merging answers no urge; a grid that ended was planned for no day until it was made again. 5: grids of a node that was revoked are planned
 * for nobody. 6: drills do not count. */
enum { QP_FIGURES_VERSION = 6, QP_FIGURES_WITHOUT_DRILLS = 6 };
enum qp_figure_kind { QP_FIGURE_COUNT = 1, QP_FIGURE_SHARE };

/* X(NAME, name, kind, en, zh, above the line en, zh, below it en, zh, from which events) */
/* clang-format off */
#define QP_CIRCULAR_FIGURES(X) \
    X(OPENED,         opened,         COUNT, "opened",           "受理",       "opened in the period",         "本期受理",     "", "", \
      "Opened") \
    X(DUE,            due,            COUNT, "due",              "应结",       "deadline in the period; without one: closed in it", "时限在本期内（无时限的：本期办结）", "", "", \
      "Opened, Sorted, each event that moves the close clock; Closed, Merged") \
    X(CLOSED_OF_DUE,  closed_of_due,  SHARE, "closed",           "结案率",     "of these closed",              "其中已结",     "due", "应结", \
      "Closed, Merged, Reopened, Unmerged") \
    X(CLOSED_IN_TIME, closed_in_time, SHARE, "closed in time",   "按期结案率", "of these closed not after the deadline", "其中按期办结", "due", "应结", \
      "Closed, Merged, Reopened, Unmerged") \
    X(SIGNED_IN_TIME, signed_in_time, SHARE, "signed in time",   "按时签收率", "of these answered not after it", "其中按时签收", "sign clocks due in the period", "签收时限在本期内", \
      "Offered, Accepted, Refused: their sign clocks") \
    X(REFUSED,        refused,        SHARE, "refused",          "退回率",     "refused",                      "退回",         "offers answered in the period", "本期答复的交办", \
      "Accepted, Refused") \
    X(REDO,           redo,           SHARE, "redone",           "重办率",     "visits that sent it back",     "回访未解决重办", "times handled in the period", "本期处置", \
      "Visited, Handled") \
    X(VISITED,        visited,        SHARE, "visited",          "回访率",     "visits ended",                 "已回访",       "to be visited", "应回访", \
      "Handled (drawn for a visit), Visited") \
    X(REACHED,        reached,        SHARE, "reached",          "响应率",     "reached",                      "联系上",       "visits ended in the period", "本期回访", \
      "Visited") \
    X(RESOLVED,       resolved,       SHARE, "resolved",         "解决率",     "resolved",                     "已解决",       "visits ended in the period whose score stands", "本期回访（申诉改判的除外）", \
      "Visited, AppealEnded") \
    X(SATISFIED,      satisfied,      SHARE, "satisfied",        "满意率",     "satisfied",                    "满意",         "visits ended in the period whose score stands", "本期回访（申诉改判的除外）", \
      "Visited, AppealEnded") \
    X(URGED,          urged,          SHARE, "urges answered",   "督办答复率", "of these answered by the holder", "其中已答复", "urged in the period", "本期督办", \
      "Urged; Progressed, Handled, Closed") \
    X(EXTENDED,       extended,       SHARE, "extensions granted", "延期批准率", "of these granted",            "其中批准",     "extensions asked for in the period", "本期申请延期", \
      "each event that moves a clock's extension") \
    X(PATROLS,        patrols,        SHARE, "patrols done",     "巡查达标率", "long enough, with police where asked", "达标",       "planned",      "应巡查", \
      "GridMade, GridEnded; PatrolStarted, PatrolMarked")
/* clang-format on */

enum qp_circular_figure {
#define X(NAME, ...) QP_CF_##NAME,
    QP_CIRCULAR_FIGURES(X)
#undef X
        QP_CIRCULAR_FIGURE_N
};

struct qp_figure_row {
    const char *name;
    enum qp_figure_kind kind;
    const char *en, *zh;             /* what it is called */
    const char *above_en, *above_zh; /* what the numerator counts */
    const char *below_en, *below_zh; /* what the denominator counts; "" of a count */
    const char *from;                /* events */
};
extern const struct qp_figure_row qp_figure_rows[QP_CIRCULAR_FIGURE_N];
int qp_figure_parse(const char *name); /* -1: there is none */

/* What rows of a circular stand for. */
/* X(NAME, name, en, zh) */
#define QP_CIRCULAR_BYS(X)                                                                                   \
    X(TOTAL, , "total", "合计")                                                                              \
    X(AREA, area, "by area", "分区域")                                                                       \
    X(DESK, desk, "by desk", "分部门")                                                                       \
    X(SOURCE, source, "by source", "分来源")                                                                 \
    X(CATEGORY, category, "by category", "分类别")                                                           \
    X(VIEW, view, "by kind of situation", "分情形")

enum qp_circular_by {
#define X(NAME, ...) QP_CB_##NAME,
    QP_CIRCULAR_BYS(X)
#undef X
        QP_CIRCULAR_BY_N
};
struct qp_by_row {
    const char *name; /* "" of the total */
    const char *en, *zh;
};
extern const struct qp_by_row qp_by_rows[QP_CIRCULAR_BY_N];
int qp_circular_by_parse(const char *name); /* "": the total; -1: there is none */

#endif
