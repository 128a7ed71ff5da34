/* lines.c: GET and POST /api/v1/lines, GET /api/v1/lines/{id}, POST /api/v1/lines/{id}/messages and /seen, POST
 * /api/v1/matters/{id}/line. What is on a line is for its members: to others it is not there (404). */
#include <assert.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "node/http/calls/calls.h"
#include "node/http/calls/lines.h"
#include "node/http/shape/query.h"
#include "node/http/shape/refused.h"

enum { LIMIT = 100, LOOKED_AT = 5000 /* lines in one call, others' too */ };

enum MHD_Result qp_line_absent(struct qp_call *c)
{
    return qp_answer_error(c, 404, "not_found", "no line with this id is open to you here");
}

bool qp_line_id_of(const struct qp_call *c, uint8_t id[QP_ID_LEN])
{
    char text[40];
    return qp_call_segment(c, 3, text, sizeof text) && !qp_id_parse(id, text);
}

/* ---- a list, newest first ---- */

/* Whoever is on few of many lines gets short pages, also empty ones, each with the place where the next goes on. The view's arena is
 * for one line at a time. */
static int put_page(struct qp_json *j, struct qp_line_view *v, const uint8_t *cursor, long limit)
{
    uint8_t line[QP_ID_LEN], last[QP_ID_LEN];
    const uint8_t *before = cursor;
    Qp__LineRow *row;
    long n = 0, looked = 0;
    bool more = false;
    int rc;
    while (!(rc = qp_line_next(&v->db, before, line, &row))) {
        bool may = qp_line_view_may(v, row);
        before = line;
        if ((more = (may && n == limit) || looked++ == LOOKED_AT))
            break;
        if (may) {
            qp_json_object(j);
            qp_json_line(j, v, line, row);
            qp_json_object_end(j);
            n++;
        }
        memcpy(last, line, QP_ID_LEN);
        qp_arena_reset(v->db.a);
    }
    qp_json_array_end(j);
    qp_json_key(j, "next_cursor");
    qp_json_id(j, last, more ? QP_ID_LEN : 0);
    return rc == QP_ENOTFOUND ? 0 : rc;
}

enum MHD_Result qp_lines_get(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    struct qp_query q;
    struct qp_read r;
    struct qp_line_view v;
    struct qp_json j = {0};
    uint8_t at[QP_ID_LEN];
    qp_query_begin(&q, c, &f);
    long limit = (long)qp_query_limit(&q, LIMIT);
    const char *cursor = qp_query_text(&q, "cursor");
    bool has = cursor && *cursor;
    if (has && qp_id_parse(at, cursor))
        qp_query_fault(&q, QP_EINVAL, "cursor", "`cursor` is the `next_cursor` of the page before");
    int rc = qp_query_end(&q);
    struct qp_arena *a = rc ? NULL : qp_arena_new(QP_DECODE_ARENA);
    if (!rc)
        rc = a ? qp_read_begin(c->h->store, &r, &f.e) : qp_fault_set(&f, QP_ENOMEM, "", "out of memory");
    if (!rc) {
        qp_json_object(&j);
        qp_json_key(&j, "items");
        qp_json_array(&j);
        rc = qp_line_view_begin(&v, c->h, &r, &c->auth, a);
        rc = rc ? rc : put_page(&j, &v, has ? at : NULL, limit);
        qp_json_object_end(&j);
        qp_read_end(&r);
        if (rc)
            qp_fault_set(&f, rc, "", "the lines cannot be read");
    }
    qp_arena_free(a);
    if (!rc)
        return qp_answer_json(c, 200, &j);
    qp_json_drop(&j);
    return qp_answer_fault(c, &f);
}

/* ---- one, and what was said on it ---- */

struct page {
    uint64_t after;
    long limit;
};

static int put_messages(struct qp_json *j, struct qp_line_view *v, const uint8_t *line,
                        const Qp__LineRow *row, const struct page *p)
{
    struct qp_line_message m = {.seq = p->after};
    struct qp_line_view one = *v; /* its arena is for one message at a time */
    long n = 0;
    int rc = 0;
    one.db.a = qp_arena_new(QP_DECODE_ARENA);
    if (!one.db.a)
        return QP_ENOMEM;
    qp_json_key(j, "messages");
    qp_json_array(j);
    while (n < p->limit && !(rc = qp_line_message_next(&v->db, line, m.seq, &m))) {
        qp_json_message(j, &one, line, row, &m);
        qp_arena_reset(one.db.a);
        n++;
    }
    qp_arena_free(one.db.a);
    qp_json_array_end(j);
    qp_json_put_bool(j, "more", m.seq < row->seq);
    return rc == QP_ENOTFOUND ? 0 : rc;
}

/* messages NULL: the line alone. */
static enum MHD_Result answer(struct qp_call *c, unsigned status, const uint8_t *line,
                              const struct page *messages)
{
    struct qp_fault f = {.field = ""};
    struct qp_read r;
    struct qp_line_view v;
    struct qp_json j = {0};
    Qp__LineRow *row;
    struct qp_arena *a = qp_arena_new(QP_DECODE_ARENA);
    int rc = a ? qp_read_begin(c->h->store, &r, &f.e) : qp_fault_set(&f, QP_ENOMEM, "", "out of memory");
    if (!rc) {
        rc = qp_line_view_begin(&v, c->h, &r, &c->auth, a);
        rc = rc ? rc : qp_line_get(&v.db, line, &row);
        if (!rc && !qp_line_view_may(&v, row))
            rc = QP_ENOTFOUND;
        if (!rc) {
            qp_json_object(&j);
            qp_json_line(&j, &v, line, row);
            rc = messages ? put_messages(&j, &v, line, row, messages) : 0;
            qp_json_object_end(&j);
        }
        qp_read_end(&r);
        if (rc && rc != QP_ENOTFOUND)
            qp_fault_set(&f, rc, "", "the line cannot be read");
    }
    qp_arena_free(a);
    if (!rc)
        return qp_answer_json(c, status, &j);
    qp_json_drop(&j);
    return rc == QP_ENOTFOUND ? qp_line_absent(c) : qp_answer_fault(c, &f);
}

enum MHD_Result qp_line_get_one(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    struct qp_query q;
    struct page p;
    uint8_t line[QP_ID_LEN];
    qp_query_begin(&q, c, &f);
    p.after = (uint64_t)qp_query_whole(&q, "after", 0, LONG_MAX - 1, 0);
    p.limit = (long)qp_query_limit(&q, LIMIT);
    if (qp_query_end(&q))
        return qp_answer_fault(c, &f);
    return qp_line_id_of(c, line) ? answer(c, 200, line, &p) : qp_line_absent(c);
}

enum MHD_Result qp_line_answer(struct qp_call *c, unsigned status, const uint8_t line[QP_ID_LEN])
{
    return answer(c, status, line, NULL);
}

enum MHD_Result qp_line_answer_message(struct qp_call *c, unsigned status, const uint8_t line[QP_ID_LEN],
                                       uint64_t seq)
{
    struct qp_fault f = {.field = ""};
    struct qp_read r;
    struct qp_line_view v;
    struct qp_json j = {0};
    Qp__LineRow *row;
    struct qp_line_message m;
    struct qp_arena *a = qp_call_arena(c);
    int rc = a ? qp_read_begin(c->h->store, &r, &f.e) : qp_fault_set(&f, QP_ENOMEM, "", "out of memory");
    if (rc)
        return qp_answer_fault(c, &f);
    rc = qp_line_view_begin(&v, c->h, &r, &c->auth, a);
    rc = rc ? rc : qp_line_get(&v.db, line, &row);
    rc = rc ? rc : qp_line_message_next(&v.db, line, seq - 1, &m);
    if (!rc)
        qp_json_message(&j, &v, line, row, &m);
    qp_read_end(&r);
    if (!rc)
        return qp_answer_json(c, status, &j);
    qp_fault_set(&f, rc, "", "the message was said and cannot be read: read the line again");
    return qp_answer_fault(c, &f);
}
