/* rules_line.h: the part of rules.c that bounds lines (line.proto). Included there alone, like rules_link.h. */
#ifndef QP_PROTO_RULES_LINE_H
#define QP_PROTO_RULES_LINE_H

/* clang-format off */
RULES(LINE_MEMBER, line_member, QP_EVENT_BYTES,
    EXACT(node, QP_ID_LEN),
    TEXT(path, QP_PATH_BYTES),
    FREE(kind),
    TEXT(name, QP_NAME_BYTES));
RULES(LINE_WRAP, line_wrap, QP_EVENT_BYTES,
    EXACT(node, QP_ID_LEN),
    EXACT(key, QP_LINE_KEY),
    EXACT(box, QP_LINE_BOX));
RULES(LINE_MARK, line_mark, QP_EVENT_BYTES,
    EXACT(node, QP_ID_LEN),
    COUNT(upto));
RULES(LINE_OPENED, line_opened, QP_EVENT_BYTES,
    EXACT(line, QP_ID_LEN),
    MAYBE(matter, QP_ID_LEN),
    LIST(members, LINE_MEMBER, QP_LINE_MEMBERS));
RULES(LINE_SAID, line_said, QP_EVENT_BYTES,
    EXACT(line, QP_ID_LEN),
    COUNT(n),
    FREE(kind),
    BYTES_MUST(sealed, QP_LINE_SEALED),
    LIST(wraps, LINE_WRAP, QP_LINE_MEMBERS));
RULES(LINE_TICKED, line_ticked, QP_EVENT_BYTES,
    EXACT(line, QP_ID_LEN),
    FREE(seen),
    HAS(member, LINE_MEMBER),
    LIST(marks, LINE_MARK, QP_LINE_MARKS),
    COUNT(seq),
    FREE(passed));
RULES(LINE_KEYED, line_keyed, QP_EVENT_BYTES,
    EXACT(key, QP_PK_LEN),
    FREE(lost));
RULES(LINE_KEY_ENDED, line_key_ended, QP_EVENT_BYTES,
    EXACT(key, QP_LINE_KEY));
RULES(LINE_PLACE, line_place, QP_LINE_BODY,
    DEGREES(lat),
    DEGREES(lon));
RULES(LINE_CALL, line_call, QP_LINE_BODY,
    TIME(began_us),
    TIME(ended_us),
    FREE(answered),
    TEXT(id, QP_WHISPER_NAME));
RULES(LINE_BODY, line_body, QP_LINE_BODY,
    TEXT(text, QP_LINE_TEXT),
    TEXT(blob, QP_REF_BYTES),
    HAS(place, LINE_PLACE),
    TEXT(title, QP_TITLE_BYTES),
    HAS(call, LINE_CALL));
RULES(WHISPER, whisper, QP_CARRIED_BYTES,
    EXACT(line, QP_ID_LEN),
    FREE(newest),
    BYTES_MUST(sealed, QP_WHISPER_SEALED),
    MUST(wrap, LINE_WRAP));
RULES(WHISPER_BODY, whisper_body, QP_WHISPER_BODY,
    TEXT_MUST(by, QP_BY_BYTES),
    FREE(word),
    TEXT(call, QP_WHISPER_NAME),
    TEXT(page, QP_WHISPER_NAME),
    TEXT(to, QP_WHISPER_NAME),
    TEXT(data, QP_WHISPER_DATA));
RULES(LINE_ROW, line_row, QP_EVENT_BYTES,
    EXACT(opener, QP_ID_LEN),
    TEXT(by, QP_BY_BYTES),
    TIME(opened_us),
    TIME(updated_us),
    COUNT(version),
    MAYBE(matter, QP_ID_LEN),
    LIST(members, LINE_MEMBER, QP_LINE_MEMBERS),
    COUNT(seq),
    COUNT(n),
    COUNT(title_n),
    COUNT(title_position),
    FREE(title_index),
    MAYBE(title_key, QP_LINE_KEY));
/* clang-format on */

#endif
