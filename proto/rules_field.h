/* rules_field.h: the bounds of field.proto: what people do on the ground. A part of rules.c, which alone includes it. */
#ifndef QP_PROTO_RULES_FIELD_H
#define QP_PROTO_RULES_FIELD_H

/* clang-format off */
RULES(GRID_UNIT, grid_unit, QP_EVENT_BYTES,
    TEXT_MUST(title, QP_UNIT_BYTES),
    TEXT(kind, QP_UNIT_BYTES),
    TEXT(place, QP_UNIT_BYTES),
    TEXT(office, QP_UNIT_BYTES));
RULES(GRID_MADE, grid_made, QP_EVENT_BYTES,
    TEXT_MUST(code, QP_NAME_BYTES),
    TEXT(title, QP_TITLE_BYTES),
    BYTES(boundary, QP_GRID_BOUNDARY),
    TEXT(worker, QP_NAME_BYTES),
    TEXT_LIST(deputies, QP_NAME_BYTES, QP_GRID_PEOPLE),
    TEXT_LIST(volunteers, QP_NAME_BYTES, QP_GRID_PEOPLE),
    LIST(units, GRID_UNIT, QP_GRID_UNITS));
RULES(GRID_ENDED, grid_ended, QP_EVENT_BYTES,
    TEXT_MUST(code, QP_NAME_BYTES));
RULES(GRID_ORDERED, grid_ordered, QP_EVENT_BYTES,
    EXACT(node, QP_ID_LEN),
    MUST(grid, GRID_MADE));
RULES(DUTY_SAID, duty_said, QP_EVENT_BYTES,
    TEXT_MUST(person, QP_NAME_BYTES),
    TEXT(title, QP_TITLE_BYTES),
    FREE(roles),
    TEXT(grid, QP_NAME_BYTES),
    FREE(on),
    TIME(until_us),
    TEXT(reason, QP_REASON_BYTES));
RULES(PATROL_PARTY, patrol_party, QP_EVENT_BYTES,
    TEXT_MUST(role, QP_NAME_BYTES),
    FREE(count));
RULES(PATROL_STARTED, patrol_started, QP_EVENT_BYTES,
    EXACT(id, QP_ID_LEN),
    TEXT_MUST(grid, QP_NAME_BYTES),
    TEXT_MUST(person, QP_NAME_BYTES),
    LIST(with, PATROL_PARTY, QP_PATROL_PARTIES),
    FREE(police),
    FREE(stated));
RULES(PATROL_MARKED, patrol_marked, QP_EVENT_BYTES,
    EXACT(id, QP_ID_LEN),
    FREE(kind),
    FREE(place),
    FREE(minutes),
    TEXT(note, QP_PATROL_NOTE),
    MAYBE(matter, QP_ID_LEN),
    FREE(stated));
RULES(DUTY_ROW, duty_row, QP_EVENT_BYTES,
    MUST(said, DUTY_SAID),
    TIME(since_us),
    COUNT(version),
    TIME(updated_us));
RULES(PATROL_FINDING, patrol_finding, QP_EVENT_BYTES,
    TIME(at_us),
    TEXT(note, QP_PATROL_NOTE),
    MAYBE(matter, QP_ID_LEN),
    FREE(stated));
RULES(PATROL_ROW, patrol_row, QP_EVENT_BYTES * 4,
    EXACT(node, QP_ID_LEN),
    MUST(started, PATROL_STARTED),
    TEXT(by, QP_BY_BYTES),
    TIME(started_us),
    TIME(stopped_us),
    FREE(minutes),
    FREE(paused),
    BYTES(marks, 9 * (QP_PATROL_MARKS_KEPT + 1)),
    LIST(findings, PATROL_FINDING, QP_PATROL_FINDINGS),
    COUNT(version),
    TIME(updated_us),
    FREE(stated));

/* Messages inside others of this file; those of Event follow from proto/events.h. */
#define QP_RULES_OF_FIELD &GRID_UNIT, &PATROL_PARTY, &DUTY_ROW, &PATROL_FINDING, &PATROL_ROW,
/* clang-format on */

#endif
