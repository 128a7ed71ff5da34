/* events.c: the rows of events.h as a table. */
#include "proto/events.h"

#include <assert.h>
#include <string.h>

#include "proto/limits.h"

#define ROW(NAME, member, Message, about, by, version, goes, ahead, stream, words, zh)                       \
    {QP__EVENT__BODY_##NAME, #member, zh,     QP_OF_##about, QP_BY_##by, version,                            \
     QP_GOES_##goes,         ahead,   stream, words},
static const struct qp_event_kind kinds[] = {QP_EVENTS(ROW)};
#undef ROW

/* Where the row of each field number stands. A kind without a row is a case that is missing here, and the
 * build fails. */
static int index_of(Qp__Event__BodyCase body)
{
    enum {
#define NUMBER(NAME, ...) AT_##NAME,
        QP_EVENTS(NUMBER)
#undef NUMBER
    };
    switch (body) {
#define CASE(NAME, ...)                                                                                      \
    case QP__EVENT__BODY_##NAME: return AT_##NAME;
        QP_EVENTS(CASE)
#undef CASE
    case QP__EVENT__BODY__NOT_SET: return -1;
    case _QP__EVENT__BODY__CASE_IS_INT_SIZE: break;
    }
    return -1;
}

const struct qp_event_kind *qp_event_kind(int body_case)
{
    int i = index_of((Qp__Event__BodyCase)body_case);
    assert(i < 0 || (int)kinds[i].body == body_case);
    return i < 0 ? NULL : &kinds[i];
}

const struct qp_event_kind *qp_event_kinds(size_t *n)
{
    *n = sizeof kinds / sizeof *kinds;
    return kinds;
}

const struct qp_event_kind *qp_event_named(const char *name)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    return NULL;
}

const char *qp_event_name(int body_case)
{
    const struct qp_event_kind *k = qp_event_kind(body_case);
    return k ? k->name : "unknown";
}

const char *qp_event_words(const Qp__Event *ev)
{
    const struct qp_event_kind *k = qp_event_kind((int)ev->body_case);
    if (!k || k->words == 0 || !ev->opened)
        return NULL;
    return *(char *const *)(const void *)((const char *)ev->opened +
                                          k->words); /* a union of pointers to messages */
}

const Qp__Face *qp_event_face(const Qp__Event *ev)
{
    switch (ev->body_case) {
    case QP__EVENT__BODY_OFFERED: return ev->offered->face;
    case QP__EVENT__BODY_SORTED: return ev->sorted->face;
    case QP__EVENT__BODY_ASSISTED: return ev->assisted->face;
    default: return NULL;
    }
}

bool qp_event_restates(const Qp__Event *ev)
{
    return ev->body_case == QP__EVENT__BODY_SORTED && ev->sorted->face && strcmp(ev->by, "policy") == 0;
}

bool qp_event_travels(const struct qp_event_kind *k, unsigned scope)
{
    switch (k->reach) {
    case QP_GOES_NOWHERE: return false;
    case QP_GOES_UP: return scope == QP_SCOPE_HORIZON;
    case QP_GOES_THERE:
    case QP_GOES_ROUND: return scope == QP_SCOPE_HORIZON || scope == QP_SCOPE_NODE;
    case QP_GOES_DOWN: return scope == QP_SCOPE_HORIZON || scope == QP_SCOPE_SUBTREE;
    case QP_GOES_TO: return scope == QP_SCOPE_NODE;
    }
    return false;
}

bool qp_event_in_lane(const struct qp_event_kind *k, unsigned lane)
{
    return (k->subject == QP_OF_LINE) == (lane == QP_LANE_LINE);
}
