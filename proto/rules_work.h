/* rules_work.h: the part of rules.c that bounds the bodies by which people work together on a matter: more time, a desk's
 * members, joint handling. Included there alone: its lines use rules.c's macros. */
#ifndef QP_PROTO_RULES_WORK_H
#define QP_PROTO_RULES_WORK_H

/* clang-format off */
RULES(ATTACHMENT, attachment, QP_EVENT_BYTES,
    EXACT(hash, QP_HASH_LEN),
    COUNT(bytes),
    TEXT(type, QP_ATTACHMENT_TYPE),
    MAYBE(node, QP_ID_LEN));
RULES(PART, part, QP_EVENT_BYTES,
    COUNT(number),
    EXACT(to, QP_ID_LEN),
    TEXT(to_path, QP_PATH_BYTES),
    TEXT(desk, QP_NAME_BYTES),
    TEXT(ask, QP_PART_BYTES),
    TIME(asked_us),
    MAYBE(last, QP_EVENT_ID_LEN),
    TEXT(note, QP_PART_BYTES),
    FREE(done),
    FREE(released),
    TIME(ended_us));
RULES(PART_HEARD, part_heard, QP_EVENT_BYTES,
    COUNT(number),
    EXACT(last, QP_EVENT_ID_LEN),
    TEXT(note, QP_PART_BYTES),
    FREE(done),
    TIME(at_us));
RULES(EXTENSION_ASKED, extension_asked, QP_EVENT_BYTES,
    TEXT(stage, QP_NAME_BYTES),
    TIME(until_us),
    TEXT(reason, QP_NOTE_BYTES));
RULES(EXTENSION_APPROVED, extension_approved, QP_EVENT_BYTES,
    TEXT(stage, QP_NAME_BYTES),
    TEXT(reason, QP_NOTE_BYTES),
    COUNT(serial),
    COUNT(number));
RULES(EXTENSION_DENIED, extension_denied, QP_EVENT_BYTES,
    TEXT(stage, QP_NAME_BYTES),
    TEXT(reason, QP_NOTE_BYTES),
    COUNT(serial),
    COUNT(number));
RULES(EXTENDED, extended, QP_EVENT_BYTES,
    TEXT(stage, QP_NAME_BYTES),
    COUNT(number));
RULES(APPEAL, appeal, QP_EVENT_BYTES,
    TEXT_MUST(about, QP_NAME_BYTES),
    TEXT(stage, QP_NAME_BYTES),
    TIME(of_us),
    COUNT(number),
    FREE(state),
    TEXT(by, QP_BY_BYTES),
    TEXT(reason, QP_EXTENSION_BYTES),
    TIME(asked_us),
    TEXT(decided_by, QP_BY_BYTES),
    TEXT(decision, QP_EXTENSION_BYTES),
    MAYBE(at, QP_ID_LEN));
RULES(APPEALED, appealed, QP_EVENT_BYTES,
    TEXT_MUST(about, QP_NAME_BYTES),
    TEXT(stage, QP_NAME_BYTES),
    TEXT(reason, QP_NOTE_BYTES),
    COUNT(number),
    TIME(of_us));
RULES(DECIDED, decided, QP_EVENT_BYTES,
    TEXT_MUST(about, QP_NAME_BYTES),
    FREE(keep),
    TEXT(reason, QP_NOTE_BYTES),
    COUNT(number));
RULES(APPEAL_ENDED, appeal_ended, QP_EVENT_BYTES,
    TEXT_MUST(about, QP_NAME_BYTES),
    COUNT(number),
    FREE(keep),
    TEXT(by, QP_BY_BYTES),
    TEXT(reason, QP_EXTENSION_BYTES));
RULES(PROLONGED, prolonged, QP_EVENT_BYTES,
    TEXT_MUST(by, QP_POLICY_VERSIONS));
RULES(TAKEN, taken, QP_EVENT_BYTES,
    TEXT_MUST(person, QP_NAME_BYTES));
RULES(GIVEN_BACK, given_back, QP_EVENT_BYTES,
    TEXT(reason, QP_NOTE_BYTES));
RULES(PARTED, parted, QP_EVENT_BYTES,
    COUNT(number),
    TEXT(note, QP_NOTE_BYTES),
    FREE(done),
    TEXT(desk, QP_NAME_BYTES));
RULES(RELEASED, released, QP_EVENT_BYTES,
    COUNT(upto),
    TEXT(note, QP_NOTE_BYTES),
    TEXT(to_path, QP_PATH_BYTES),
    TEXT(desk, QP_NAME_BYTES));
/* clang-format on */

#endif
