/* shape.h: the shape of what somebody may say: the fields of a step or of a resource, one row a field, each
 * tied to the member of a protobuf message that it becomes.
 *
 *   QP_STEP_urge(F, O) in steps.h ─► rows ─► the body's reader (node/http/shape/by_shape.c)   JSON ─► message
 *                                      ├──► the history's detail (the same file)              message ─► JSON
 *                                      ├──► options, usage, help, completion (node/cli)        words ─► JSON
 *                                      ├──► a map's keys (topology/map_section.c)              cells ─► JSON
 *                                      └──► the API's page (node/http/API.md)
 *
 * For steps (proto/steps.h) and for resources alike: a shape knows neither. Rows are written by QP_SHAPE_SAYS
 * (what the caller says) and QP_SHAPE_OWN (what the node itself puts there and only shows); a list of them
 * ends with QP_SHAPE_END:
 *
 *     static const struct qp_words note = {"TEXT", "a note", "说明"};
 *     static const struct qp_shape_row rows[] = {
 *         QP_SHAPE_SAYS(note, Urged, note, TEXT, QP_NOTE_BYTES, MUST, NOTE, &note)
 *         QP_SHAPE_END};
 *     static const struct qp_shape urge = {&qp__urged__descriptor, rows};
 *
 * A member that is not there, or whose C type is not the kind's, does not compile. The member lies in the
 * shape's own message or in one right inside it (Visited.visit.reached): which, says the row's `type`. All of
 * it is constant; any thread may read it. */
#ifndef QP_PROTO_SHAPE_H
#define QP_PROTO_SHAPE_H

#include "proto/codec.h"

/* The kinds: X(name, C type of the member, the value in words: en, zh). What is checked beyond the type stands
 * with the reader, by_shape.c; a new kind makes every switch over them fail to build (-Wswitch). */
#define QP_SHAPE_KINDS(X)                                                                                    \
    X(TEXT, char *, "text, may have lines", "文本，可多行")                                                  \
    X(LINE, char *, "one line", "单行文本")                                                                  \
    X(DESK, char *, "one line; a desk that no other matter is with is asked about",                          \
      "单行文本；其他事项都不在的部门会提示")                                                                \
    X(PERSON, char *, "one line; a person without an account here is asked about",                           \
      "单行文本；本节点无此账户时会提示")                                                                    \
    X(ORIGINAL, char *, "text, with the result `duplicate` only", "文本，仅用于结果 `duplicate`")            \
    X(PATH, char *, "path of a node", "节点路径")                                                            \
    X(URGENCY, uint32_t, "`routine`, `urgent` or `emergency`", "`routine`、`urgent` 或 `emergency`")         \
    X(KIND, uint32_t, "`escalate`, `dispatch`, `transfer` or `return`",                                      \
      "`escalate`、`dispatch`、`transfer` 或 `return`")                                                      \
    X(TIME, int64_t, "time", "时间")                                                                         \
    X(DUE, int64_t, "time; one that is over is asked about", "时间；已过时会提示")                           \
    X(DEADLINE, int64_t, "time, `null` takes it away; one that is over is asked about",                      \
      "时间，`null` 为取消；已过时会提示")                                                                   \
    X(UNTIL, int64_t, "time, not over yet", "尚未到的时间")                                                  \
    X(BOOL, protobuf_c_boolean, "`true` or `false`", "`true` 或 `false`")                                    \
    X(ANSWER, uint32_t, "`true`, `false` or `null` (not said)", "`true`、`false` 或 `null`（未表态）")       \
    X(ID, ProtobufCBinaryData, "id of a matter", "事项编号")

enum qp_shape_kind {
#define X(kind, c, en, zh) QP_SHAPE_##kind,
    QP_SHAPE_KINDS(X)
#undef X
        QP_SHAPE_KINDS_N
};

/* Whether it must be said. */
enum qp_need {
    QP_NEED_MAY,
    QP_NEED_MUST,
    QP_NEED_EITHER, /* one at least of the shape's rows of this need */
    /* must when the row above (yes or no) is yes, and nothing may be said of it when that is no; the command line says
     * the same as the row above when it is left out and that is yes */
    QP_NEED_ABOVE,
    QP_NEED_WITH, /* may, as long as the nearest ABOVE row is not forbidden */
    QP_NEED_OWN,  /* nobody says it: the node does */
};

/* How it is shown of an event that happened. */
enum qp_show {
    QP_SHOW_NEVER,
    QP_SHOW_NOTE, /* as the event's note, whatever its own name is (proto/events.h: what people wrote in it) */
    QP_SHOW_ALWAYS, /* also when empty */
    QP_SHOW_FULL,   /* null when empty */
    QP_SHOW_GIVEN,  /* left out when empty */
};

/* What a name means to people: what stands for its value in help, and what it is. */
struct qp_words {
    const char *value, *en, *zh;
};

struct qp_shape_row {
    const char *name;             /* in JSON, and the option: --name; NULL ends the rows */
    const struct qp_words *words; /* NULL: OWN */
    const char *type;             /* short name of the message that has the member */
    size_t at;                    /* where in it */
    enum qp_shape_kind kind;
    uint32_t
        most; /* texts: bytes; OWN: the value that marks this shape among those of its message, 0: none */
    enum qp_need need;
    enum qp_show show;
};

struct qp_shape {
    const ProtobufCMessageDescriptor *type;
    const struct qp_shape_row *rows; /* ends with a NULL name */
};

/* The C type of each kind, for the check below. */
#define X(kind, c, en, zh) typedef c qp_shape_c_##kind;
QP_SHAPE_KINDS(X)
#undef X

/* Offset of a member that has the kind's C type; else it does not compile. */
#define QP_SHAPE_AT(Message, member, KIND)                                                                   \
    _Generic(((Qp__##Message *)0)->member, qp_shape_c_##KIND : offsetof(Qp__##Message, member))

#define QP_SHAPE_SAYS(name, Message, member, KIND, most, NEED, SHOW, words)                                  \
    {#name,           words, #Message,       QP_SHAPE_AT(Message, member, KIND),                             \
     QP_SHAPE_##KIND, most,  QP_NEED_##NEED, QP_SHOW_##SHOW},
#define QP_SHAPE_OWN(name, Message, member, KIND, marks, SHOW)                                               \
    {#name,           NULL,  #Message,    QP_SHAPE_AT(Message, member, KIND),                                \
     QP_SHAPE_##KIND, marks, QP_NEED_OWN, QP_SHOW_##SHOW},
#define QP_SHAPE_END                                                                                         \
    {                                                                                                        \
        NULL, NULL, NULL, 0, QP_SHAPE_TEXT, 0, QP_NEED_MAY, QP_SHOW_NEVER                                    \
    }

/* The row of that name; NULL: the shape has none, or the node says it itself. */
const struct qp_shape_row *qp_shape_row(const struct qp_shape *s, const char *name);
/* It must be said, whatever else is. */
bool qp_shape_must(const struct qp_shape_row *r);
/* A message of the shape's type in the arena, with the messages inside it that its rows speak of and the
 * values that mark it. NULL past the arena's cap. */
ProtobufCMessage *qp_shape_make(const struct qp_shape *s, struct qp_arena *a);
/* Where the row's member lies in a message of the shape's type; NULL: in a message inside that is not there. */
void *qp_shape_member(const struct qp_shape *s, const struct qp_shape_row *r, const ProtobufCMessage *m);
/* The field of the shape's message that holds the one with the row's member; NULL: the shape's message itself. */
const ProtobufCFieldDescriptor *qp_shape_inside(const struct qp_shape *s, const struct qp_shape_row *r);
/* The values that mark this shape are those of the message: it was said in this shape. */
bool qp_shape_marks(const struct qp_shape *s, const ProtobufCMessage *m);
/* The text of a row whose kind is one; "" where a message inside is not there. */
const char *qp_shape_text(const struct qp_shape *s, const struct qp_shape_row *r, const ProtobufCMessage *m);
/* The kind's member is a char *. */
bool qp_shape_is_text(enum qp_shape_kind kind);
/* The kind's member is a time in microseconds. */
bool qp_shape_is_time(enum qp_shape_kind kind);
/* The kind as its row has it: "TEXT". */
const char *qp_shape_kind_name(enum qp_shape_kind kind);
/* The kind in words, in the language. */
const char *qp_shape_kind_words(enum qp_shape_kind kind, bool zh);

#endif
