/* resources.h: the calls that every resource has (node/core/resources.h is the list), and what a kind adds.
 *
 *   GET    /api/v1/desks        {items:[…], next_cursor}; ?limit= ?cursor= ?ended=true
 *   POST   /api/v1/desks        201; 200 when its Idempotency-Key came before
 *   GET    /api/v1/desks/{code} also one that was ended
 *   PATCH  /api/v1/desks/{code} the fields that it names change; `if_version`
 *   DELETE /api/v1/desks/{code} ends it; `if_version`
 *
 *   body ─► sheet: fields into a message ─► check (of the kind) ─► [before] ─► turn ─► the row as it is now
 *
 * A change is sent as the whole of it, made from the row that was read, with that row's version: when somebody
 * else was faster it is made again from the new row, unless the caller had said which version he meant. */
#ifndef QP_NODE_HTTP_CALLS_RESOURCES_H
#define QP_NODE_HTTP_CALLS_RESOURCES_H

#include "node/http/shape/query.h"
#include "node/http/shape/sheet.h"

struct qp_making { /* one write on its way; in the call's arena */
    struct qp_call *c;
    const struct qp_view *view;
    ProtobufCMessage *made;     /* as it will be; NULL: it is to end */
    struct qp_resource_row old; /* as it was read; version 0: it is new */
    int64_t if_version;         /* as the caller said; -1: he did not */
    const char *key;            /* idempotency; NULL: none */
    uint8_t request[QP_REQUEST_LEN];
    const char *secret; /* shown once, in the answer to who made it */
    unsigned tries;
    struct qp_fault f;
};

struct qp_view { /* how a kind looks from outside */
    enum qp_resource_name kind;
    const struct qp_sheet *sheet;
    bool shows_ended; /* lists have ended ones unless asked not to */
    bool opens_doors; /* sessions and streams may end by a change of it */
    /* Of POST and PATCH, when the sheet was read: fields beyond it, and what no field alone can say. Faults go
     * to s. May be NULL, as all of these. */
    void (*check)(struct qp_making *m, struct qp_fields *s);
    /* Of POST, instead of qp_making_send, which it calls when it is done; takes over the answer. */
    enum MHD_Result (*before)(struct qp_making *m);
    /* Of kinds that are known of nodes below too: their own list and single one, and what these take behind the `?`. */
    enum MHD_Result (*list)(struct qp_call *c);
    enum MHD_Result (*one)(struct qp_call *c);
    const char *list_args, *one_args;
    /* DE2: of who is narrowed, whether he sees it; NULL: of the node, and shown to whoever may read the kind. */
    bool (*sees)(const struct qp_auth *auth, const struct qp_resource_row *row);
    /* Takes persons out of what is shown to who may only count (a wall); NULL: there are none in it. */
    void (*bare)(ProtobufCMessage *made);
    /* Further members of its JSON. */
    void (*also)(struct qp_json *j, struct qp_http *h, struct qp_read *r, const struct qp_resource_row *row);
    /* What is asked about when one was made or changed: `warnings`, as a matter has them, or nothing. */
    void (*warn)(struct qp_json *j, struct qp_call *c, struct qp_read *r, const struct qp_resource_row *row);
};
/* One a kind, in its own file. */
#define X(NAME, name, one, ...) extern const struct qp_view qp_##one##_view;
QP_RESOURCES(X)
#undef X

enum MHD_Result qp_resources_get(struct qp_call *c);
enum MHD_Result qp_resources_post(struct qp_call *c);
enum MHD_Result qp_resource_get(struct qp_call *c);
enum MHD_Result qp_resource_patch(struct qp_call *c);
enum MHD_Result qp_resource_delete(struct qp_call *c);

/* The members of one, without the braces. path: of the node whose it is. */
void qp_json_resource(struct qp_json *j, const struct qp_view *view, struct qp_http *h, struct qp_read *r,
                      const struct qp_resource_row *row, const char *path);
/* `limit`, `cursor`, `ended` of a list. */
struct qp_list_args {
    const char *cursor; /* "": the first page */
    size_t limit;
    bool ended;
};
void qp_list_args_read(struct qp_query *q, bool shows_ended, size_t cursor_most, struct qp_list_args *p);
/* To the turn; answers with the resource, or with what stood in the way. */
enum MHD_Result qp_making_send(struct qp_making *m);
/* A change of the resource that the path names, for calls of a kind's own: m->made is a copy of what stands, in
 * the call's arena. NULL: m->f says why. */
struct qp_making *qp_making_begin(struct qp_call *c, const struct qp_view *view, bool new,
                                  struct qp_fault *f);
/* Reads the header Idempotency-Key, with what it came with. 0, or the fault's code. */
int qp_making_key(struct qp_making *m, struct qp_fields *s);
/* 403 where who asks may not give these rights, nor take over what has them. */
void qp_making_gives(struct qp_making *m, struct qp_fields *s, const char *field, uint32_t rights);
/* What it gives sees or acts on all matters (`all`: rights of them): nobody does who has that for his own alone (DE2). */
void qp_making_gives_all(struct qp_making *m, struct qp_fields *s, const char *field, uint32_t all);
/* The same of areas and categories: nobody gives a wider reach than his own, and who is narrowed changes no account or
 * token that is wider than he is. had: as it stood; NULL: it is new. Areas lie at or below this node. */
void qp_making_gives_span(struct qp_making *m, struct qp_fields *s, const struct qp_span *had,
                          const struct qp_span *gets);

#endif
