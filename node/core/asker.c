/* asker.c: who asks, and which matters there are for him: what he may not see is absent to him. */
#include <assert.h>

#include "node/core/own.h"
#include "node/core/private.h"
#include "node/core/span.h"
#include "node/matter/may.h"

bool qp_asker_sees(const struct qp_asker *who, const Qp__Row *row)
{
    assert(row->face);
    return !who || ((!who->span || qp_span_holds(who->span, row->face->area, row->face->category)) &&
                    (!who->own || qp_own_sees(who->own, row)));
}

bool qp_asker_acts(const struct qp_asker *who, const Qp__Row *row)
{
    assert(row->face);
    return !who || !who->own || qp_own_acts(who->own, row);
}

int qp_row_seen(struct qp_work *w, const struct qp_asker *who, const uint8_t matter[QP_ID_LEN],
                const char *field, Qp__Row **row, struct qp_err *e)
{
    int rc = qp_matter_row(&w->m, matter, row, e);
    bool absent = rc == QP_ENOTFOUND || (!rc && !qp_asker_sees(who, *row));
    if (absent && who && who->own && who->own->reads && !field[0])
        return qp_own_none(e);
    if (absent)
        return qp_fail(e, QP_ENOTFOUND, "%s%sno such matter is known here", field, field[0] ? ": " : "");
    return rc;
}
