/* sheet.h: the fields of a resource, one row each: how they are read from JSON into their message, written back,
 * and (node/cli) given as options. A row's name is the member's in the message too, so that its place comes from
 * the descriptor; how long it may be is said here for the one who asks, and in proto/rules.c for the journal. */
#ifndef QP_NODE_HTTP_SHAPE_SHEET_H
#define QP_NODE_HTTP_SHAPE_SHEET_H

#include "node/http/shape/json_read.h"

enum qp_sheet_kind {
    QP_SHEET_ID,       /* text: a line that may stand in a path; given once, never changed */
    QP_SHEET_LINE,     /* text: one line */
    QP_SHEET_PATH,     /* text: of a place in the tree */
    QP_SHEET_FLAG,     /* bool */
    QP_SHEET_LINES,    /* repeated text: a list of lines, none twice */
    QP_SHEET_RIGHTS,   /* uint32: a list of names of rights */
    QP_SHEET_ROLES,    /* uint32: a list of names of roles */
    QP_SHEET_LIST,     /* repeated message: a list of objects with the fields of `of` */
    QP_SHEET_BOUNDARY, /* bytes: a Polygon or MultiPolygon, by the object's `crs` (boundary.h) */
    QP_SHEET_SAID,     /* no member of the message: whoever owns the sheet reads it, and it is never shown */
};
struct qp_sheet {
    const char *name;
    enum qp_sheet_kind kind;
    bool must;
    size_t most;               /* bytes of a text, entries of a list */
    size_t bytes;              /* of each entry of LINES */
    const struct qp_sheet *of; /* LIST */
};
/* The rows from a list of fields in node/core/resources.h: {QP_FIELDS_desk(QP_SHEET_I, QP_SHEET_F) QP_SHEET_E}. */
enum qp_sheet_need { QP_SHEET_MAY, QP_SHEET_MUST };
#define QP_SHEET_I(name, most, value, en, zh) {#name, QP_SHEET_ID, true, most, 0, NULL},
#define QP_SHEET_F(name, kind, need, most, bytes, of, value, en, zh)                                         \
    {#name, QP_SHEET_##kind, QP_SHEET_##need, most, bytes, of},
#define QP_SHEET_E                                                                                           \
    {                                                                                                        \
        .name = NULL                                                                                         \
    }

/* Reads the object's fields into the message, texts into the arena of s. changes: what is not there stays as
 * it is (PATCH), and an id is no field. The first fault sticks to s; who calls goes on with qp_fields_end. */
void qp_sheet_read(struct qp_fields *s, const struct qp_sheet *sheet, ProtobufCMessage *m, bool changes);
/* The members of its JSON, without the braces; an empty text is null. */
void qp_sheet_write(struct qp_json *j, const struct qp_sheet *sheet, const ProtobufCMessage *m);
/* A list of names of rights or roles under `name`; 0 and no fault when it is absent and need not be there. */
uint32_t qp_sheet_rights(struct qp_fields *s, const char *name, bool must);
uint32_t qp_sheet_roles(struct qp_fields *s, const char *name, bool must);

#endif
