/* rules.c: a line for each field of each message, with the bound that it is held to.
 *
 * A message's rules point at those of the messages in it, so a lookup by type happens once for each message
 * that is decoded or made. Fields stand in the order of their numbers; tests/unit/proto compares every name
 * with the descriptor. A new field in a .proto needs its line here: without it qp_decode asserts. */
#include "proto/bounds.h"

#include <assert.h>

#include "crypto/crypto.h"
#include "proto/circular.pb-c.h"
#include "proto/events.h"
#include "proto/line.pb-c.h"
#include "proto/field.pb-c.h"
#include "proto/link.pb-c.h"
#include "proto/matter.pb-c.h"
#include "proto/parcel.pb-c.h"
#include "proto/proof.pb-c.h"
#include "proto/insight.pb-c.h"
#include "proto/personal.pb-c.h"
#include "proto/row.pb-c.h"
#include "proto/trust.pb-c.h"

/* clang-format off */
#define FREE(f)                {#f, QP_RULE_FREE, false, 0, 0, NULL}
#define COUNT(f)               {#f, QP_RULE_COUNT, false, 0, 0, NULL}
#define SPAN(f)                {#f, QP_RULE_SPAN, false, 0, 0, NULL}
#define DAY(f)                 {#f, QP_RULE_DAY, false, 0, 0, NULL}
#define DEGREES(f)             {#f, QP_RULE_DEGREES, false, 0, 0, NULL}
#define TIME(f)                {#f, QP_RULE_TIME, false, 0, 0, NULL}
#define TEXT(f, most)          {#f, QP_RULE_TEXT, false, most, 0, NULL}
#define TEXT_MUST(f, most)     {#f, QP_RULE_TEXT, true, most, 0, NULL}
#define TEXT_LIST(f, most, n)  {#f, QP_RULE_TEXT, true, most, n, NULL}
#define BYTES(f, most)         {#f, QP_RULE_BYTES, false, most, 0, NULL}
#define BYTES_MUST(f, most)    {#f, QP_RULE_BYTES, true, most, 0, NULL}
#define BYTES_LIST(f, most, n) {#f, QP_RULE_BYTES, true, most, n, NULL}
#define EXACT(f, len)          {#f, QP_RULE_EXACT, true, len, 0, NULL}
#define MAYBE(f, len)          {#f, QP_RULE_EXACT, false, len, 0, NULL} /* exactly len bytes, or none */
#define EXACT_LIST(f, len, n)  {#f, QP_RULE_EXACT, true, len, n, NULL}
#define MUST(f, sub)           {#f, QP_RULE_MESSAGE, true, 0, 0, &sub}
#define HAS(f, sub)            {#f, QP_RULE_MESSAGE, false, 0, 0, &sub}
#define LIST(f, sub, n)        {#f, QP_RULE_MESSAGE, true, 0, n, &sub}

#define FIELDS(...) sizeof((const struct qp_rule[]){__VA_ARGS__}) / sizeof(struct qp_rule), (const struct qp_rule[]){__VA_ARGS__}
#define RULES(NAME, type, bytes, ...) static const struct qp_rules NAME = {&qp__##type##__descriptor, bytes, FIELDS(__VA_ARGS__)}
#define RULES_NONE(NAME, type) static const struct qp_rules NAME = {&qp__##type##__descriptor, QP_EVENT_BYTES, 0, NULL}

enum { CERTIFICATE_WIRE = QP_CERTIFICATE_BYTES + 80 }; /* body, signature and their frames */

/* ---- trust.proto ---- */
RULES(CERTIFICATE_BODY, certificate_body, QP_CERTIFICATE_BYTES,
    EXACT(tree, QP_ID_LEN),
    EXACT(node, QP_ID_LEN),
    TEXT_MUST(path, QP_PATH_BYTES),
    TEXT(title, QP_TITLE_BYTES),
    TEXT(code, QP_NAME_BYTES),
    TEXT(level, QP_NAME_BYTES),
    EXACT(sign_key, QP_PK_LEN),
    EXACT(box_key, QP_PK_LEN),
    EXACT(link_key, QP_PK_LEN),
    COUNT(incarnation),
    SPAN(not_before_us),
    SPAN(not_after_us),
    EXACT(issuer, QP_ID_LEN),
    MAYBE(issuer_certificate, QP_HASH_LEN),
    TEXT(zone, QP_NAME_BYTES),
    EXACT(salt, QP_SALT_LEN));
RULES(CERTIFICATE, certificate, CERTIFICATE_WIRE,
    BYTES_MUST(body, QP_CERTIFICATE_BYTES),
    EXACT(signature, QP_SIG_LEN));
RULES(CHAIN, chain, QP_CHAIN_CERTIFICATES * (CERTIFICATE_WIRE + 4),
    LIST(certificates, CERTIFICATE, QP_CHAIN_CERTIFICATES));
RULES(HEAD, head, QP_HEADER_BYTES,
    EXACT(origin, QP_ID_LEN),
    COUNT(incarnation),
    FREE(scope),
    MAYBE(to, QP_ID_LEN),
    FREE(lane),
    COUNT(seq),
    EXACT(hash, QP_HASH_LEN));

RULES(VERDICT, verdict, QP_VERDICT_BYTES,
    EXACT(by, QP_ID_LEN),
    MUST(at, HEAD),
    FREE(code),
    TEXT(reason, QP_REASON_BYTES),
    SPAN(at_us),
    FREE(event),
    EXACT(certificate, QP_HASH_LEN),
    EXACT(signature, QP_SIG_LEN));

/* ---- parcel.proto ---- */
RULES(HEADER, header, QP_HEADER_BYTES,
    EXACT(tree, QP_ID_LEN),
    EXACT(origin, QP_ID_LEN),
    COUNT(incarnation),
    FREE(scope),
    MAYBE(to, QP_ID_LEN),
    FREE(lane),
    COUNT(seq),
    EXACT(prev, QP_HASH_LEN),
    FREE(clock),
    COUNT(count),
    EXACT(root, QP_HASH_LEN),
    EXACT(certificate, QP_HASH_LEN));
RULES(PARCEL, parcel, QP_PARCEL_BYTES,
    BYTES_MUST(header, QP_HEADER_BYTES),
    EXACT(signature, QP_SIG_LEN),
    BYTES_LIST(events, QP_EVENT_BYTES, QP_PARCEL_EVENTS));

/* ---- matter.proto ---- */
RULES(OFFER, offer, QP_EVENT_BYTES,
    COUNT(number),
    EXACT(to, QP_ID_LEN),
    TEXT(to_path, QP_PATH_BYTES),
    FREE(kind),
    TIME(since_us),
    TEXT(reason, QP_NOTE_BYTES),
    FREE(withdraw_asked),
    MAYBE(event, QP_EVENT_ID_LEN));
RULES(VISIT, visit, QP_EVENT_BYTES,
    TIME(at_us),
    FREE(reached),
    FREE(resolved),
    FREE(satisfied));
RULES(LOCATION, location, QP_EVENT_BYTES,
    DEGREES(lat),
    DEGREES(lon),
    TEXT(crs, QP_NAME_BYTES));
RULES(PAUSE, pause, QP_EVENT_BYTES,
    TIME(from_us),
    TIME(to_us));
RULES(EXTENSION, extension, QP_EVENT_BYTES,
    COUNT(number),
    FREE(state),
    TIME(until_us),
    TIME(asked_us),
    TEXT(asked_by, QP_BY_BYTES),
    TEXT(reason, QP_EXTENSION_BYTES),
    TEXT(decided_by, QP_BY_BYTES),
    TEXT(decision, QP_EXTENSION_BYTES),
    COUNT(granted),
    MAYBE(decided_at, QP_ID_LEN));
RULES(CLOCK, clock, QP_EVENT_BYTES,
    FREE(stage),
    COUNT(serial),
    FREE(holder),
    TEXT(rule, QP_POLICY_RULE),
    COUNT(amount),
    FREE(unit),
    TIME(start_us),
    FREE(due_us),
    FREE(held),
    COUNT(left),
    TIME(until_us),
    FREE(until_due_us),
    FREE(basis),
    TIME(ended_us),
    FREE(end),
    LIST(pauses, PAUSE, QP_PAUSES),
    TEXT(later_by, QP_POLICY_VERSIONS),
    HAS(extension, EXTENSION),
    TIME(remind_us));
#include "proto/rules_work.h"
RULES(FACE, face, QP_EVENT_BYTES,
    EXACT(id, QP_ID_LEN),
    TEXT(title, QP_TITLE_BYTES),
    TEXT(text, QP_TEXT_BYTES),
    TEXT(category, QP_NAME_BYTES),
    TEXT(source, QP_NAME_BYTES),
    TEXT(source_ref, QP_REF_BYTES),
    TEXT(area, QP_PATH_BYTES),
    TEXT(place, QP_PLACE_BYTES),
    HAS(location, LOCATION),
    FREE(urgency),
    FREE(state),
    FREE(before),
    TEXT(desk, QP_NAME_BYTES),
    TEXT(person, QP_NAME_BYTES),
    COUNT(redo),
    EXACT(opener, QP_ID_LEN),
    EXACT(holder, QP_ID_LEN),
    TEXT(holder_path, QP_PATH_BYTES),
    COUNT(custody),
    COUNT(version),
    COUNT(top_number),
    COUNT(answered),
    HAS(offer, OFFER),
    MAYBE(came_from, QP_ID_LEN),
    TEXT(came_from_path, QP_PATH_BYTES),
    EXACT_LIST(members, QP_ID_LEN, QP_MEMBERS),
    TIME(occurred_us),
    TIME(opened_us),
    TIME(updated_us),
    TIME(closed_us),
    TIME(deadline_us),
    TEXT(result, QP_RESULT_BYTES),
    TEXT(duplicate_of, QP_REF_BYTES),
    MAYBE(merged_into, QP_ID_LEN),
    HAS(visit, VISIT),
    TIME(hung_until_us),
    TIME(assigned_us),
    TIME(handled_us),
    FREE(exercise),
    MAYBE(salt, QP_SALT_LEN),
    LIST(clocks, CLOCK, QP_CLOCKS),
    COUNT(extend_asked),
    COUNT(extend_granted),
    LIST(appeals, APPEAL, QP_APPEALS),
    COUNT(appeal_top),
    TEXT(handled_by, QP_BY_BYTES),
    TEXT(handled_desk, QP_NAME_BYTES),
    COUNT(givebacks),
    FREE(must_visit),
    COUNT(visit_tries),
    LIST(parts, PART, QP_PARTS),
    COUNT(parts_top),
    TIME(urge_answered_us),
    MAYBE(personal, QP_HASH_LEN),
    FREE(personal_state),
    TEXT(grid, QP_NAME_BYTES),
    COUNT(returned),
    COUNT(refused),
    COUNT(lift_refused),
    COUNT(lift_redo),
    LIST(attachments, ATTACHMENT, QP_ATTACHMENTS),
    MAYBE(handled_at, QP_ID_LEN),
    FREE(unplaced));

RULES(OPENED, opened, QP_EVENT_BYTES,
    MUST(face, FACE));
RULES(SORTED, sorted, QP_EVENT_BYTES,
    TEXT(category, QP_NAME_BYTES),
    FREE(urgency),
    FREE(has_deadline),
    TIME(deadline_us),
    HAS(face, FACE),
    TEXT(area, QP_PATH_BYTES),
    FREE(hides),
    MAYBE(personal, QP_HASH_LEN));
RULES(ASSIGNED, assigned, QP_EVENT_BYTES,
    TEXT(desk, QP_NAME_BYTES),
    TEXT(person, QP_NAME_BYTES));
RULES(PROGRESSED, progressed, QP_EVENT_BYTES,
    TEXT(note, QP_NOTE_BYTES),
    TIME(answers_us));
RULES(OFFERED, offered, QP_EVENT_BYTES,
    COUNT(number),
    EXACT(to, QP_ID_LEN),
    TEXT(to_path, QP_PATH_BYTES),
    FREE(kind),
    TEXT(reason, QP_NOTE_BYTES),
    MUST(face, FACE),
    FREE(lift));
RULES(ACCEPTED, accepted, QP_EVENT_BYTES,
    COUNT(number),
    EXACT(offer, QP_EVENT_ID_LEN),
    TEXT(path, QP_PATH_BYTES),
    FREE(automatic),
    FREE(anew));
RULES(REFUSED, refused, QP_EVENT_BYTES,
    COUNT(number),
    EXACT(offer, QP_EVENT_ID_LEN),
    TEXT(reason, QP_NOTE_BYTES),
    FREE(automatic));
RULES(WITHDRAWN, withdrawn, QP_EVENT_BYTES,
    COUNT(number),
    EXACT(offer, QP_EVENT_ID_LEN));
RULES(HANDLED, handled, QP_EVENT_BYTES,
    TEXT(result, QP_RESULT_BYTES),
    TEXT(note, QP_NOTE_BYTES),
    FREE(must_visit),
    TIME(answers_us));
RULES(VISITED, visited, QP_EVENT_BYTES,
    MUST(visit, VISIT),
    TEXT(note, QP_NOTE_BYTES));
RULES(CLOSED, closed, QP_EVENT_BYTES,
    TEXT(result, QP_RESULT_BYTES),
    TEXT(note, QP_NOTE_BYTES),
    TEXT(of, QP_REF_BYTES),
    TIME(answers_us));
RULES(REOPENED, reopened, QP_EVENT_BYTES,
    TEXT(reason, QP_NOTE_BYTES));
RULES(HUNG, hung, QP_EVENT_BYTES,
    TEXT(reason, QP_NOTE_BYTES),
    TIME(until_us));
RULES_NONE(RESUMED, resumed);
RULES(MERGED, merged, QP_EVENT_BYTES,
    EXACT(into, QP_ID_LEN));
RULES_NONE(UNMERGED, unmerged);
RULES(COMMENTED, commented, QP_EVENT_BYTES,
    TEXT(text, QP_TEXT_BYTES),
    EXACT_LIST(circle, QP_ID_LEN, QP_CIRCLE));
RULES(URGED, urged, QP_EVENT_BYTES,
    TEXT(note, QP_NOTE_BYTES),
    TIME(due_us),
    TIME(lapsed_us),
    FREE(lifts));
RULES(SEIZED, seized, QP_EVENT_BYTES,
    COUNT(number));
RULES(ASSISTED, assisted, QP_EVENT_BYTES,
    COUNT(number),
    EXACT(to, QP_ID_LEN),
    TEXT(to_path, QP_PATH_BYTES),
    TEXT(desk, QP_NAME_BYTES),
    TEXT(note, QP_NOTE_BYTES),
    COUNT(drop),
    HAS(face, FACE));
RULES(PROOF_EVENT, proof_event, QP_EVENT_BYTES,
    FREE(index),
    BYTES_MUST(event, QP_EVENT_BYTES - 4096), /* no honest event is so long */
    BYTES(path, 32 * QP_HASH_LEN));
RULES(PROOF_PARCEL, proof_parcel, QP_EVENT_BYTES,
    BYTES_MUST(header, QP_HEADER_BYTES),
    EXACT(signature, QP_SIG_LEN),
    LIST(events, PROOF_EVENT, 1));
RULES(VOUCHED, vouched, QP_EVENT_BYTES,
    LIST(parcels, PROOF_PARCEL, QP_VOUCHED));
RULES(ENROLLED, enrolled, QP_EVENT_BYTES,
    MUST(certificate, CERTIFICATE),
    MAYBE(invite, QP_PK_LEN),
    LIST(closing, HEAD, QP_HEADS),
    TEXT(because, QP_NOTE_BYTES));
RULES(REVOKED, revoked, QP_EVENT_BYTES,
    EXACT(node, QP_ID_LEN),
    COUNT(incarnation),
    FREE(kind),
    TEXT(reason, QP_NOTE_BYTES),
    LIST(closing, HEAD, QP_HEADS));
RULES(POLICY_SAID, policy_said, QP_EVENT_BYTES,
    TEXT_MUST(version, QP_POLICY_VERSION),
    COUNT(revision),
    EXACT(hash, QP_HASH_LEN),
    FREE(bytes),
    FREE(part),
    FREE(parts),
    BYTES_MUST(json, QP_POLICY_PART));
RULES(POLICY_LAYER, policy_layer, QP_EVENT_BYTES,
    EXACT(node, QP_ID_LEN),
    COUNT(incarnation),
    COUNT(revision),
    TEXT_MUST(version, QP_POLICY_VERSION));
RULES(POLICY_HEARD, policy_heard, QP_EVENT_BYTES,
    LIST(layers, POLICY_LAYER, QP_CHAIN_CERTIFICATES),
    TEXT(version, QP_POLICY_VERSIONS),
    FREE(vain));
RULES(JOINED, joined, QP_EVENT_BYTES,
    MUST(chain, CHAIN),
    TEXT(parent_endpoint, QP_ENDPOINT_BYTES),
    LIST(closing, HEAD, QP_HEADS));
RULES(INVITED, invited, QP_EVENT_BYTES,
    EXACT(link_key, QP_PK_LEN),
    TEXT(path, QP_PATH_BYTES),
    TEXT(title, QP_TITLE_BYTES),
    TEXT(code, QP_NAME_BYTES),
    TEXT(level, QP_NAME_BYTES),
    SPAN(expires_us),
    MAYBE(node, QP_ID_LEN),
    COUNT(incarnation));
RULES(LEARNED, learned, QP_EVENT_BYTES,
    MUST(chain, CHAIN));
#include "proto/rules_resources.h"
RULES(REFUSAL, refusal, QP_EVENT_BYTES,
    MAYBE(peer, QP_ID_LEN),
    MUST(verdict, VERDICT),
    BYTES(proof, QP_HEADER_BYTES + 80));
RULES_NONE(RECOVERED, recovered);
RULES(RENEWAL_ASKED, renewal_asked, QP_EVENT_BYTES,
    EXACT(salt, QP_SEED_LEN));
RULES(RENEWED, renewed, QP_EVENT_BYTES,
    MUST(chain, CHAIN),
    EXACT(salt, QP_SEED_LEN),
    LIST(closing, HEAD, QP_HEADS),
    TEXT(because, QP_NOTE_BYTES));
RULES_NONE(SAID_AGAIN, said_again);
/* A row of proto/events.h is a field here. */

/* ---- insight.proto ---- */
RULES(WARNING, warning, QP_EVENT_BYTES,
    EXACT(id, QP_ID_LEN),
    TEXT_MUST(area, QP_PATH_BYTES),
    TEXT_MUST(category, QP_NAME_BYTES),
    FREE(state),
    DAY(first_day),
    DAY(last_day),
    DAY(raised_day),
    FREE(raised),
    DAY(ended_day),
    DAY(day),
    FREE(window),
    FREE(seen),
    FREE(expected_milli),
    FREE(limit),
    FREE(score_milli),
    FREE(weekday_ppm),
    FREE(week_ppm),
    FREE(slot_ppm));
RULES(WARNED, warned, QP_EVENT_BYTES,
    MUST(warning, WARNING));
RULES(WARNING_SAID, warning_said, QP_EVENT_BYTES,
    EXACT(warning, QP_ID_LEN),
    FREE(verb),
    TEXT(text, QP_NOTE_BYTES),
    MAYBE(matter, QP_ID_LEN));
RULES(DAY_ENDED, day_ended, QP_EVENT_BYTES,
    DAY(day),
    COUNT(through));
RULES(SEASONED, seasoned, QP_EVENT_BYTES,
    DAY(from_day),
    EXACT(factors, QP_FACTORS_BYTES));

RULES(WARNING_NOTE, warning_note, QP_EVENT_BYTES,
    FREE(verb),
    TEXT(text, QP_NOTE_BYTES),
    TEXT(by, QP_BY_BYTES),
    TIME(at_us),
    MAYBE(matter, QP_ID_LEN));
RULES(WARNING_ROW, warning_row, QP_EVENT_BYTES * 4,
    MUST(warning, WARNING),
    EXACT(node, QP_ID_LEN),
    FREE(dismissed_milli),
    LIST(notes, WARNING_NOTE, QP_WARNING_NOTES),
    TIME(at_us));

#include "proto/rules_lead.h" /* ---- insight.proto: leads ---- */
#include "proto/rules_line.h" /* ---- line.proto ---- */
#include "proto/rules_circular.h" /* ---- circular.proto ---- */
#include "proto/rules_field.h" /* ---- field.proto ---- */
#include "proto/rules_personal.h" /* ---- personal.proto ---- */

#define EVENT_BODY(NAME, member, ...) , HAS(member, NAME)
RULES(EVENT, event, QP_EVENT_BYTES,
    EXACT(origin, QP_ID_LEN),
    COUNT(incarnation),
    COUNT(counter),
    TIME(at_us),
    TEXT(by, QP_BY_BYTES),
    MAYBE(matter, QP_ID_LEN),
    COUNT(version),
    COUNT(custody),
    TEXT(key, QP_REF_BYTES),
    MAYBE(request, QP_REQUEST_LEN),
    TEXT(desk, QP_NAME_BYTES),
    LIST(clocks, CLOCK, QP_CLOCKS),
    LIST(parts, PART_HEARD, QP_PARTS),
    LIST(attachments, ATTACHMENT, QP_ATTACHMENTS)
    QP_EVENTS(EVENT_BODY));

#include "proto/rules_row.h" /* ---- row.proto ---- */

#include "proto/rules_link.h" /* ---- link.proto ---- */

/* The hot ones first. */
static const struct qp_rules *const ALL[] = {
    &EVENT, &ROW, &FRAME, &HEADER, &FACE, &EARLY, &CERTIFICATE_BODY, &CERTIFICATE, &CHAIN, &HEAD, &VERDICT, &PARCEL,
    &OFFER, &VISIT, &LOCATION, &PAUSE, &EXTENSION, &CLOCK, &APPEAL, &ATTACHMENT, &PART, &PART_HEARD, &BESIDE,
#define BODY_RULES(NAME, ...) &NAME,
    QP_EVENTS(BODY_RULES)
    &PROOF_PARCEL, &PROOF_EVENT, &WARNING, &WARNING_NOTE, &WARNING_ROW, &LEAD_WORD, &LEAD_ROW, &LEAD_MOVE, &LEAD_MEMBER, &DESK_DUTY, QP_RULES_OF_FIELD
    &POSITION, &CALL, &CHALLENGE, &GREETING, &DELIVER, &HANDED_BACK, &ACK, &ASK, &ANSWER, &RECEIPT, &GONE, &SHARE, &BEAT, &REFUSE, &JOIN,
    &LINE_MEMBER, &LINE_WRAP, &LINE_MARK, &LINE_PLACE, &LINE_CALL, &LINE_BODY, &LINE_ROW, &WHISPER, &WHISPER_BODY,
    &WELCOME, &RENEW, &LATER, &AHEAD, &POLICY_LAYER,
    &CIRCULAR, &CIRCULAR_ROW, &CIRCULAR_BELOW, &CIRCULAR_FINDING, &CIRCULAR_HEAD, &CIRCULAR_WORD,
    &PERSONAL, &RECORD_ASKED, &RECORD_GIVEN, &FILE_ASKED, &FILE_GIVEN, &PARCEL_ASKED, &PARCEL_GIVEN, &CARRIED, &CARRY,
};
/* clang-format on */

const struct qp_rules *qp_rules_at(size_t i)
{
    return i < sizeof ALL / sizeof *ALL ? ALL[i] : NULL;
}

const struct qp_rules *qp_rules_of(const ProtobufCMessageDescriptor *type)
{
    for (size_t i = 0; i < sizeof ALL / sizeof *ALL; i++) {
        if (ALL[i]->type == type)
            return ALL[i];
    }
    assert(false && "a message type without bounds");
    return NULL;
}
