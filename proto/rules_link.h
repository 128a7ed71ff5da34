/* rules_link.h: the part of rules.c that bounds what goes over a link (link.proto). Included there alone: its lines
 * use rules.c's macros and point at the rules of what travels in the frames. */
#ifndef QP_PROTO_RULES_LINK_H
#define QP_PROTO_RULES_LINK_H

/* clang-format off */
RULES(POSITION, position, QP_HEADER_BYTES,
    FREE(lane),
    COUNT(position),
    MAYBE(hash, QP_HASH_LEN));
RULES(CALL, call, QP_FRAME_BYTES,
    FREE(versions_low),
    FREE(versions_high),
    MUST(chain, CHAIN),
    EXACT(nonce, 32),
    SPAN(now_us));
RULES(CHALLENGE, challenge, QP_FRAME_BYTES,
    FREE(version),
    MUST(chain, CHAIN),
    EXACT(nonce, 32),
    SPAN(now_us));
RULES(GREETING, greeting, QP_FRAME_BYTES,
    EXACT(signature, QP_SIG_LEN),
    EXACT(epoch, QP_ID_LEN),
    MAYBE(seen_epoch, QP_ID_LEN),
    LIST(received, POSITION, QP_POSITIONS),
    FREE(recovering),
    FREE(session),
    COUNT(head),
    COUNT(seen_head),
    FREE(silent));
RULES(DELIVER, deliver, QP_FRAME_BYTES,
    FREE(lane),
    COUNT(position),
    BYTES_MUST(parcel, QP_PARCEL_BYTES),
    FREE(handback),
    MAYBE(hash, QP_HASH_LEN),
    COUNT(after));
RULES(AHEAD, ahead, QP_FRAME_BYTES,
    BYTES(parcel, QP_PARCEL_BYTES),
    FREE(last),
    LIST(heads, HEAD, QP_HEADS));
RULES(HANDED_BACK, handed_back, QP_FRAME_BYTES,
    COUNT(upto),
    COUNT(rewinds),
    FREE(above));
RULES(ACK, ack, QP_FRAME_BYTES,
    LIST(received, POSITION, QP_POSITIONS),
    MAYBE(head, QP_HASH_LEN),
    MAYBE(signature, QP_SIG_LEN),
    FREE(rewind),
    FREE(full),
    COUNT(rewinds));
RULES(ASK, ask, QP_FRAME_BYTES,
    MAYBE(certificate, QP_HASH_LEN),
    TEXT(path, QP_PATH_BYTES),
    MAYBE(node, QP_ID_LEN));
RULES(ANSWER, answer, QP_FRAME_BYTES,
    MUST(ask, ASK),
    HAS(chain, CHAIN));
RULES(RECEIPT, receipt, QP_FRAME_BYTES,
    EXACT(origin, QP_ID_LEN),
    COUNT(incarnation),
    FREE(lane),
    COUNT(seq),
    EXACT(hash, QP_HASH_LEN),
    EXACT(signature, QP_SIG_LEN));
RULES(GONE, gone, QP_HEADER_BYTES,
    EXACT(node, QP_ID_LEN),
    SPAN(last_heard_us));
RULES(SHARE, share, QP_HEADER_BYTES,
    FREE(why),
    SPAN(since_us),
    COUNT(rate),
    COUNT(waiting));
RULES(BEAT, beat, QP_FRAME_BYTES,
    SPAN(now_us),
    COUNT(revocations),
    LIST(gone, GONE, QP_GONE),
    HAS(share, SHARE),
    SPAN(echo_us),
    SPAN(held_us),
    COUNT(whispers));
RULES(REFUSE, refuse, QP_FRAME_BYTES,
    FREE(code),
    TEXT(reason, QP_NOTE_BYTES),
    HAS(at, HEAD),
    HAS(verdict, VERDICT),
    HAS(chain, CHAIN));
RULES(JOIN, join, QP_FRAME_BYTES,
    EXACT(sign_key, QP_PK_LEN),
    EXACT(box_key, QP_PK_LEN),
    EXACT(link_key, QP_PK_LEN),
    EXACT(signature, QP_SIG_LEN));
RULES(WELCOME, welcome, QP_FRAME_BYTES,
    MUST(chain, CHAIN),
    LIST(closing, HEAD, QP_HEADS),
    TEXT(zone, QP_NAME_BYTES),
    TEXT(because, QP_NOTE_BYTES));
RULES(RENEW, renew, QP_FRAME_BYTES,
    COUNT(incarnation),
    EXACT(sign_key, QP_PK_LEN),
    EXACT(signature, QP_SIG_LEN),
    EXACT(proof, QP_SIG_LEN));
RULES(LATER, later, QP_FRAME_BYTES,
    TEXT(reason, QP_NOTE_BYTES),
    SPAN(until_us));
RULES(CARRY, carry, QP_FRAME_BYTES,
    EXACT(from, QP_ID_LEN),
    EXACT(to, QP_ID_LEN),
    FREE(hops),
    BYTES_MUST(body, QP_CARRIED_BYTES),
    EXACT(signature, QP_SIG_LEN),
    FREE(low),
    FREE(whisper));
RULES(FRAME, frame, QP_FRAME_BYTES,
    FREE(session),
    HAS(call, CALL),
    HAS(challenge, CHALLENGE),
    HAS(greeting, GREETING),
    HAS(deliver, DELIVER),
    HAS(handed_back, HANDED_BACK),
    HAS(ack, ACK),
    HAS(ask, ASK),
    HAS(answer, ANSWER),
    HAS(receipt, RECEIPT),
    HAS(beat, BEAT),
    HAS(refuse, REFUSE),
    HAS(join, JOIN),
    HAS(welcome, WELCOME),
    HAS(ahead, AHEAD),
    HAS(renew, RENEW),
    HAS(later, LATER),
    HAS(carry, CARRY));
/* clang-format on */

#endif
