/* rules_personal.h: the lines of personal.proto, a part of rules.c, which has the manual. */
#ifndef QP_PROTO_RULES_PERSONAL_H
#define QP_PROTO_RULES_PERSONAL_H

/* clang-format off */
RULES(PERSONAL, personal, QP_EVENT_BYTES,
    EXACT(salt, QP_PERSONAL_SALT),
    TEXT(name, QP_PERSONAL_NAME),
    TEXT(phone, QP_PERSONAL_PHONE),
    TEXT(address, QP_PERSONAL_ADDRESS),
    FREE(confidential),
    TEXT(email, QP_PERSONAL_EMAIL),
    TEXT(place, QP_PLACE_BYTES),
    FREE(located),
    DEGREES(lat),
    DEGREES(lon));
RULES(PERSONAL_ERASED, personal_erased, QP_EVENT_BYTES,
    TEXT(reason, QP_NOTE_BYTES));
RULES(AUDITED, audited, QP_EVENT_BYTES,
    FREE(what),
    TEXT(on, QP_AUDIT_ON),
    TEXT(purpose, QP_PURPOSE_BYTES),
    FREE(from),
    MAYBE(matter, QP_ID_LEN),
    MAYBE(asked, QP_ID_LEN),
    FREE(times));

RULES(RECORD_ASKED, record_asked, QP_CARRIED_BYTES,
    EXACT(matter, QP_ID_LEN),
    FREE(read),
    TEXT(by, QP_BY_BYTES),
    TEXT(purpose, QP_PURPOSE_BYTES));
RULES(RECORD_GIVEN, record_given, QP_CARRIED_BYTES,
    EXACT(matter, QP_ID_LEN),
    FREE(read),
    FREE(code),
    TEXT(text, QP_REASON_BYTES),
    MAYBE(commitment, QP_HASH_LEN),
    MAYBE(key, QP_KEY_LEN + QP_SEAL_OVERHEAD),
    BYTES(record, QP_RECORD_BYTES));
RULES(FILE_ASKED, file_asked, QP_CARRIED_BYTES,
    EXACT(matter, QP_ID_LEN),
    EXACT(hash, QP_HASH_LEN),
    COUNT(at));
RULES(FILE_GIVEN, file_given, QP_CARRIED_BYTES,
    EXACT(hash, QP_HASH_LEN),
    COUNT(at),
    FREE(code),
    BYTES(piece, QP_FILE_PIECE));
RULES(PARCEL_ASKED, parcel_asked, QP_CARRIED_BYTES,
    COUNT(position),
    EXACT(epoch, QP_ID_LEN),
    COUNT(yours),
    COUNT(search),
    FREE(at));
RULES(PARCEL_GIVEN, parcel_given, QP_CARRIED_BYTES,
    COUNT(position),
    FREE(at),
    FREE(code),
    BYTES(piece, QP_FILE_PIECE),
    FREE(bytes),
    COUNT(found),
    COUNT(search));
RULES(CARRIED, carried, QP_CARRIED_BYTES,
    TIME(at_us),
    HAS(record_asked, RECORD_ASKED),
    HAS(record_given, RECORD_GIVEN),
    HAS(file_asked, FILE_ASKED),
    HAS(file_given, FILE_GIVEN),
    HAS(parcel_asked, PARCEL_ASKED),
    HAS(parcel_given, PARCEL_GIVEN),
    HAS(whisper, WHISPER));
/* clang-format on */

#endif
