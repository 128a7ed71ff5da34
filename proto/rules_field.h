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

/* Messages inside others of this file; those of Event follow from proto/events.h. */
#define QP_RULES_OF_FIELD &GRID_UNIT,
/* clang-format on */

#endif
