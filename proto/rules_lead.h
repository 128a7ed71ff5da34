/* rules_lead.h: the bounds of what is said and kept of leads (insight.proto). Part of rules.c, whose words it uses. */
#ifndef QP_PROTO_RULES_LEAD_H
#define QP_PROTO_RULES_LEAD_H

/* clang-format off */
RULES(LEAD_FOUND, lead_found, QP_EVENT_BYTES,
    EXACT(lead, QP_ID_LEN),
    EXACT(matter, QP_ID_LEN),
    MAYBE(first, QP_ID_LEN),
    EXACT(nearest, QP_ID_LEN),
    FREE(proposed),
    FREE(ppm),
    FREE(named),
    TEXT(place, QP_PATH_BYTES));
RULES(LEAD_SAID, lead_said, QP_EVENT_BYTES,
    EXACT(lead, QP_ID_LEN),
    FREE(verb),
    TEXT(text, QP_NOTE_BYTES),
    MAYBE(matter, QP_ID_LEN),
    MAYBE(into, QP_ID_LEN),
    TEXT(place, QP_PATH_BYTES));
RULES(LEADS_COMPARED, leads_compared, QP_EVENT_BYTES,
    BYTES(matters, QP_LEAD_COMPARED * QP_ID_LEN));

RULES(LEAD_WORD, lead_word, QP_EVENT_BYTES,
    FREE(verb),
    TEXT(text, QP_NOTE_BYTES),
    TEXT(by, QP_BY_BYTES),
    TIME(at_us),
    MAYBE(matter, QP_ID_LEN));
RULES(LEAD_ROW, lead_row, QP_EVENT_BYTES * 4,
    EXACT(lead, QP_ID_LEN),
    EXACT(node, QP_ID_LEN),
    TEXT_MUST(area, QP_PATH_BYTES),
    TEXT(place, QP_PATH_BYTES),
    FREE(joined),
    FREE(proposed),
    TIME(at_us),
    LIST(words, LEAD_WORD, QP_LEAD_WORDS));
RULES(LEAD_MOVE, lead_move, QP_EVENT_BYTES,
    FREE(verb),
    MAYBE(from, QP_ID_LEN),
    MAYBE(proposed, QP_ID_LEN),
    TEXT(place, QP_PATH_BYTES),
    TEXT(set, QP_PATH_BYTES),
    TEXT(text, QP_NOTE_BYTES),
    TEXT(by, QP_BY_BYTES),
    TIME(at_us));
RULES(LEAD_MEMBER, lead_member, QP_EVENT_BYTES * 4,
    MAYBE(lead, QP_ID_LEN),
    MAYBE(proposed, QP_ID_LEN),
    FREE(ppm),
    MAYBE(nearest, QP_ID_LEN),
    FREE(named),
    TIME(at_us),
    LIST(moves, LEAD_MOVE, QP_LEAD_MOVES));
/* clang-format on */

#endif
