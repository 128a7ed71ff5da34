/* rules_row.h: the part of rules.c that bounds what a node keeps of a matter in its tables (row.proto). Included there
 * alone: its lines use rules.c's macros and point at the rules of what travels. */
#ifndef QP_PROTO_RULES_ROW_H
#define QP_PROTO_RULES_ROW_H

/* clang-format off */
RULES(BESIDE, beside, QP_EVENT_BYTES,
    FREE(kind),
    EXACT(event, QP_EVENT_ID_LEN),
    TIME(at_us),
    TEXT(by, QP_BY_BYTES),
    TEXT(words, QP_EXTENSION_BYTES),
    FREE(yes),
    FREE(stage),
    COUNT(serial),
    COUNT(number),
    TIME(due_us),
    TIME(lapsed_us),
    FREE(lifts));
RULES(ROW, row, QP_EVENT_BYTES + 256 + QP_BY_BYTES + QP_BESIDES * (QP_EXTENSION_BYTES + 256) + QP_MEMBERS * (QP_ID_LEN + 8),
    MUST(face, FACE),
    FREE(overdue),
    FREE(opened_hour),
    FREE(opened_day),
    FREE(closed_hour),
    FREE(closed_day),
    FREE(visited_hour),
    FREE(visited_day),
    FREE(handle_bucket),
    FREE(conflicts),
    COUNT(opener_incarnation),
    COUNT(arrived),
    SPAN(ahead_us),
    FREE(overdue_stages),
    LIST(beside, BESIDE, QP_BESIDES),
    FREE(remind_stages),
    TEXT(reported_by, QP_BY_BYTES));
RULES(EARLY, early, QP_EVENT_BYTES + 256,
    MUST(event, EVENT),
    COUNT(position),
    FREE(index),
    MAYBE(branch, QP_ID_LEN),
    SPAN(received_us));
/* clang-format on */

#endif
