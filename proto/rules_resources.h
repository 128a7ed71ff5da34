/* rules_resources.h: the part of rules.c that bounds what a node keeps of its own: tokens, accounts, desks (core/resources.h).
 * Grids are in rules_field.h. A part of rules.c, which alone includes it. */
#ifndef QP_PROTO_RULES_RESOURCES_H
#define QP_PROTO_RULES_RESOURCES_H

/* clang-format off */
RULES(TOKEN_MADE, token_made, QP_EVENT_BYTES,
    TEXT_MUST(name, QP_NAME_BYTES),
    EXACT(hash, QP_HASH_LEN),
    FREE(rights),
    TEXT(desk, QP_NAME_BYTES),
    TEXT_LIST(areas, QP_PATH_BYTES, QP_SPAN_MOST),
    TEXT_LIST(categories, QP_NAME_BYTES, QP_SPAN_MOST));
RULES(TOKEN_ENDED, token_ended, QP_EVENT_BYTES,
    TEXT_MUST(name, QP_NAME_BYTES));
RULES(USER_MADE, user_made, QP_EVENT_BYTES,
    TEXT_MUST(name, QP_NAME_BYTES),
    TEXT(password, QP_PASSWORD_LEN),
    FREE(rights),
    FREE(roles),
    TEXT(title, QP_TITLE_BYTES),
    TEXT_LIST(areas, QP_PATH_BYTES, QP_SPAN_MOST),
    TEXT_LIST(categories, QP_NAME_BYTES, QP_SPAN_MOST),
    TEXT(phone, QP_PERSONAL_PHONE));
RULES(USER_ENDED, user_ended, QP_EVENT_BYTES,
    TEXT_MUST(name, QP_NAME_BYTES));
RULES(DESK_DUTY, desk_duty, QP_EVENT_BYTES,
    TEXT(category, QP_NAME_BYTES),
    TEXT(area, QP_PATH_BYTES));
RULES(DESK_MADE, desk_made, QP_EVENT_BYTES,
    TEXT_MUST(code, QP_NAME_BYTES),
    TEXT(title, QP_TITLE_BYTES),
    LIST(duties, DESK_DUTY, QP_DUTIES),
    TEXT(calendar, QP_NAME_BYTES),
    TEXT_LIST(members, QP_NAME_BYTES, QP_DESK_MEMBERS),
    FREE(source));
RULES(DESK_ENDED, desk_ended, QP_EVENT_BYTES,
    TEXT_MUST(code, QP_NAME_BYTES));
/* clang-format on */

#endif
