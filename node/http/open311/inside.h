/* inside.h: what the files of this folder share. open311.h is the manual. */
#ifndef QP_NODE_HTTP_OPEN311_INSIDE_H
#define QP_NODE_HTTP_OPEN311_INSIDE_H

#include "node/core/policy.h"
#include "node/http/open311/doc.h"
#include "node/http/open311/open311.h"
#include "node/http/shape/said.h"

enum {
    QP_O3_ROWS = 1000,        /* OP5: first rows of an answer */
    QP_O3_DAYS = 90,          /* and its span */
    QP_O3_DESCRIPTION = 4000, /* characters */
    QP_O3_WORK_US = 500000,   /* of a thread, for one call that reads */
    QP_O3_MATTERS = 16384,    /* in a window of updates */
    QP_O3_SLOTS = 4 * QP_O3_MATTERS
};
#define QP_O3_SOURCE "open311" /* the source of what came by this door */

/* One call, as door.c has taken it apart. */
struct qp_o3 {
    struct qp_call *c;
    struct qp_sent_form form;
    struct qp_fault f;
    bool xml, zh;
    char name[QP_REF_BYTES + 1]; /* the code, id or token in the path; "" none */
    char area[QP_PATH_MAX];      /* of jurisdiction_id; "" this node's whole */
    struct qp_in_force *rules;   /* the policy in force; NULL: none. Held for the call */
    int64_t worked_us;           /* its thread's work when it began */
};

/* ---- fault.c ---- */
/* The errors document. status 0: of the code (OP3). */
enum MHD_Result qp_o3_fault(struct qp_o3 *o, unsigned status);

/* ---- door.c ---- */
void qp_o3_free(struct qp_o3 *o);

/* ---- shown.c: OP1 ---- */
/* The words that end what a reporter wrote: attributes and links behind them are for the office. */
#define QP_O3_BEHIND "\n\n[open311]\n"
/* Whether anything of it may be told at all. */
bool qp_o3_public(const struct qp_o3 *o, const Qp__Face *f);
/* The same, as a list of matters asks (qp_list_query.sees); seer: the struct qp_o3. */
bool qp_o3_sees(const void *o, const Qp__Row *row);
/* The one source of all that may be told, where there is one: a list has an index for it. NULL: any. */
const char *qp_o3_source(const struct qp_o3 *o);
/* Whether title and text, and the result's words, are. */
bool qp_o3_worded(const Qp__Face *f);
bool qp_o3_placed(const struct qp_o3 *o, const Qp__Face *f);
/* "" where it may not be told; in the arena, NULL when that is full. */
const char *qp_o3_description(const Qp__Face *f, struct qp_arena *a);
/* The link that its reporter gave; "". */
const char *qp_o3_media(const Qp__Face *f, struct qp_arena *a);
const char *qp_o3_service_name(const struct qp_o3 *o, const char *code);

/* ---- the calls ---- */
enum MHD_Result qp_o3_discovery(struct qp_o3 *o);
enum MHD_Result qp_o3_services(struct qp_o3 *o);
enum MHD_Result qp_o3_service(struct qp_o3 *o);
/* Whether a report may have this code (OP4). r may be NULL where it need not occur. */
bool qp_o3_service_known(const struct qp_o3 *o, const char *code);
enum MHD_Result qp_o3_requests(struct qp_o3 *o);
enum MHD_Result qp_o3_request(struct qp_o3 *o);
enum MHD_Result qp_o3_token(struct qp_o3 *o);
enum MHD_Result qp_o3_updates(struct qp_o3 *o);
/* Who asks, by the api_key of the form, else by `Authorization: Bearer` (OP7): into o->c->auth. QP_EAUTH. */
int qp_o3_key(struct qp_o3 *o, struct qp_err *e);
enum MHD_Result qp_o3_report(struct qp_o3 *o);
enum MHD_Result qp_o3_update(struct qp_o3 *o);

/* ---- heard.c ---- */
/* The position of the last record that came here before that moment; 0: none. */
uint64_t qp_o3_heard_before(struct qp_read *r, int64_t at_us);
/* What a call that reads may cost (QP_O3_WORK_US, with a key or without) is counted from here; when it is over, the call is refused with what to ask
 * instead, and never cut. */
void qp_o3_work_begin(struct qp_o3 *o);
bool qp_o3_work_over(const struct qp_o3 *o);
/* Each matter of which this node has heard something in [from, to), once. */
struct qp_o3_matters {
    uint8_t v[QP_O3_MATTERS][QP_ID_LEN];
    uint16_t slot[QP_O3_SLOTS]; /* 1 + its place in v, by its hash; 0: free */
    size_t n;
    bool full; /* there are more, or the work is over */
};
void qp_o3_matters_heard(struct qp_o3 *o, struct qp_read *r, int64_t from_us, int64_t to_us,
                         struct qp_o3_matters *m, struct qp_arena *a);

/* ---- requests.c ---- */
/* A time of the form in w3's format; false when absent. A blank that was a + is taken as one. */
bool qp_o3_time(struct qp_o3 *o, const char *name, int64_t *at_us);
/* Whether a list with commas (NULL: none was given, all do) has it. */
bool qp_o3_listed(const char *list, const char *word);
/* From start_date to end_date, both given or made (OP5). */
void qp_o3_span(struct qp_o3 *o, bool whole, int64_t *from_us, int64_t *to_us);

#endif
