/* rules_circular.h: the part of rules.c that bounds circulars (circular.proto). Included there alone: its lines use
 * rules.c's macros. */
#ifndef QP_PROTO_RULES_CIRCULAR_H
#define QP_PROTO_RULES_CIRCULAR_H

/* clang-format off */
RULES(CIRCULAR_ROW, circular_row, QP_EVENT_BYTES,
    FREE(by),
    TEXT(key, QP_PATH_BYTES),
    BYTES(now, QP_CIRCULAR_NUMBERS),
    BYTES(before, QP_CIRCULAR_NUMBERS),
    BYTES(year_ago, QP_CIRCULAR_NUMBERS),
    FREE(rest),
    TEXT(view, QP_NAME_BYTES));
RULES(CIRCULAR_BELOW, circular_below, QP_EVENT_BYTES,
    TEXT_MUST(area, QP_PATH_BYTES),
    FREE(state),
    TIME(as_of_us),
    COUNT(number),
    COUNT(opened));
RULES(CIRCULAR_FINDING, circular_finding, QP_EVENT_BYTES,
    FREE(kind),
    FREE(by),
    TEXT(key, QP_PATH_BYTES),
    FREE(figure),
    COUNT(is),
    COUNT(was),
    MAYBE(circular, QP_ID_LEN));
RULES(CIRCULAR, circular, QP_CIRCULAR_BYTES,
    FREE(period),
    TIME(from_us),
    TIME(to_us),
    TIME(before_us),
    TIME(year_from_us),
    TIME(year_to_us),
    FREE(year),
    COUNT(through),
    FREE(figures),
    TEXT(policy, QP_POLICY_VERSIONS),
    TEXT_MUST(area, QP_PATH_BYTES),
    TEXT(zone, QP_NAME_BYTES),
    LIST(rows, CIRCULAR_ROW, QP_CIRCULAR_ROWS),
    LIST(below, CIRCULAR_BELOW, QP_CIRCULAR_BELOW),
    LIST(findings, CIRCULAR_FINDING, QP_CIRCULAR_FINDINGS),
    COUNT(matters),
    TEXT(title, QP_TITLE_BYTES),
    TEXT(level, QP_NAME_BYTES),
    FREE(patrols_per_day),
    FREE(patrols_minutes),
    FREE(patrols_police),
    TIME(patrols_until_us));
RULES(CIRCULAR_SAID, circular_said, QP_EVENT_BYTES,
    EXACT(id, QP_ID_LEN),
    COUNT(number),
    FREE(period),
    TIME(from_us),
    TIME(to_us),
    MAYBE(corrects, QP_ID_LEN),
    EXACT(hash, QP_HASH_LEN),
    FREE(bytes),
    FREE(part),
    FREE(parts),
    BYTES(body, QP_CIRCULAR_PART));
RULES(CIRCULAR_JUDGED, circular_judged, QP_EVENT_BYTES,
    EXACT(circular, QP_ID_LEN),
    FREE(verb),
    TEXT(reason, QP_NOTE_BYTES),
    EXACT(node, QP_ID_LEN));
RULES(CIRCULAR_WORD, circular_word, QP_EVENT_BYTES,
    FREE(verb),
    TEXT(reason, QP_NOTE_BYTES),
    EXACT(node, QP_ID_LEN),
    TEXT(by, QP_BY_BYTES),
    TIME(at_us),
    COUNT(incarnation),
    COUNT(counter));
RULES(CIRCULAR_HEAD, circular_head, QP_EVENT_BYTES * 4,
    MUST(said, CIRCULAR_SAID),
    EXACT(node, QP_ID_LEN),
    COUNT(incarnation),
    TIME(issued_us),
    TEXT(by, QP_BY_BYTES),
    MAYBE(corrected, QP_ID_LEN),
    LIST(words, CIRCULAR_WORD, QP_CIRCULAR_WORDS));
/* clang-format on */

#endif
