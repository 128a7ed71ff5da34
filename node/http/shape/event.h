/* event.h: one journal record, one link, as server-sent events; the flow of them is calls/stream.c. */
#ifndef QP_NODE_HTTP_SHAPE_EVENT_H
#define QP_NODE_HTTP_SHAPE_EVENT_H

#include "node/http/wire/inside.h"

/* X(NAME, name): the events of a stream by which one may ask for some of them (?types=); beats always come. What an event of the journal is
 * shown as says proto/events.h. */
#define QP_STREAM_EVENTS(X)                                                                                  \
    X(MATTER, matter)                                                                                        \
    X(NODE, node) X(LINE, line) X(WARNING, warning) X(LEAD, lead) X(URGE, urge) X(WHISPER, whisper)
enum qp_stream_event {
#define X(NAME, name) QP_STREAM_##NAME,
    QP_STREAM_EVENTS(X)
#undef X
        QP_STREAM_EVENT_N
};
enum { QP_STREAM_ALL = (1u << QP_STREAM_EVENT_N) - 1 };
/* Of a name's first len bytes; QP_STREAM_EVENT_N: there is no such event. */
enum qp_stream_event qp_stream_event_of(const char *name, size_t len);

/* Appends what the record at `position` says of matters and nodes; nothing when all of it stands in an
 * earlier record too. faces: with the matters' texts and who it was; else (a screen) only where, what kind, how
 * far and when. types: a bit of each event that is told. auth: whose stream it is; of lines only those that he is on are told, and never what was said.
 * As much as `room` bytes hold, one more at most: each event bears its matter, and a record has up to a thousand. False: there is more, from
 * the event *from on. */
bool qp_stream_record(struct qp_json *out, struct qp_http *h, struct qp_read *r, uint64_t position,
                      size_t *from, size_t room, bool faces, unsigned types, const struct qp_auth *auth,
                      struct qp_arena *a);
void qp_stream_link(struct qp_json *out, struct qp_read *r, const uint8_t node[QP_ID_LEN],
                    enum qp_link_state state, int64_t heard_us);
/* What the sweep has passed since `mark`, which follows it: a `matter` of type `overdue` for each clock that has run out, without an id. A
 * clock that was set back takes the mark back. As many as `room` bytes hold; the rest when asked again. */
void qp_stream_overdue(struct qp_json *out, struct qp_read *r, uint8_t mark[QP_SWEPT_BYTES], size_t room,
                       bool faces, const struct qp_auth *auth, struct qp_arena *a);
/* The codes of the alarms that stand; standing: a bit for each, 1 << enum qp_alarm_code. */
void qp_stream_standing(struct qp_json *out, uint64_t standing);

/* Whether this record is the first that holds the event of a matter. */
bool qp_event_first_here(struct qp_read *r, const Qp__Event *ev, uint64_t position, uint32_t index);

#endif
