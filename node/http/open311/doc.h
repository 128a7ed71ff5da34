/* doc.h: one document written once, as XML or as JSON: GeoReport's JSON follows from its XML by the Spark
 * convention (an element that holds a list becomes an array, its items lose their names).
 *
 *   qp_doc_list "services"  ─► <services>   [
 *   qp_doc_item "service"   ─►   <service>    {
 *   qp_doc_text             ─►     <x>y</x>     "x":"y"      (empty: <x/>, null)
 *
 * A failed allocation is remembered, as in json_write.h. What XML 1.0 cannot say (control characters) becomes
 * U+FFFD. */
#ifndef QP_NODE_HTTP_OPEN311_DOC_H
#define QP_NODE_HTTP_OPEN311_DOC_H

#include "node/http/wire/inside.h"

struct qp_doc {
    struct qp_json j;
    bool xml;
    uint32_t objects; /* a bit for each open level: whether its members have names in JSON */
};

void qp_doc_begin(struct qp_doc *d, bool xml);
void qp_doc_list(struct qp_doc *d, const char *name);
void qp_doc_list_end(struct qp_doc *d, const char *name);
void qp_doc_item(struct qp_doc *d, const char *name);
void qp_doc_item_end(struct qp_doc *d, const char *name);
void qp_doc_text(struct qp_doc *d, const char *name, const char *text); /* NULL is as "" */
void qp_doc_int(struct qp_doc *d, const char *name, int64_t v);
void qp_doc_bool(struct qp_doc *d, const char *name, bool v);
void qp_doc_real(struct qp_doc *d, const char *name, double v);   /* not finite: empty */
void qp_doc_time(struct qp_doc *d, const char *name, int64_t us); /* to the second, Z; 0: empty */
void qp_doc_id(struct qp_doc *d, const char *name, const uint8_t id[QP_ID_LEN]);
/* The answer, with its type. */
enum MHD_Result qp_doc_answer(struct qp_call *c, unsigned status, struct qp_doc *d);
/* The errors document (OP3); also the answer in the place of one for which there is no room. */
enum MHD_Result qp_doc_fault(struct qp_call *c, bool xml, unsigned status, const char *text);
void qp_doc_drop(struct qp_doc *d);

#endif
