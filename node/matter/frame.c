/* frame.c: the rows of a turn from their loading to their writing: the frame of every call (pending.h), and the turn's end. */
#include "node/matter/pending.h"

int qp_frame_begin(struct qp_frame *f, struct qp_matters *m, struct qp_err *e)
{
    *f = (struct qp_frame){m, !m->pending};
    if (f->own)
        m->pending = qp_pending_new();
    if (!m->pending)
        return qp_fail(e, QP_ENOMEM, "no memory for a matter's row");
    int rc = qp_pending_room(m->pending, e);
    return !rc ? rc : qp_frame_end(f, rc, e);
}

int qp_frame_end(struct qp_frame *f, int rc, struct qp_err *e)
{
    if (!f->own)
        return rc;
    if (!rc)
        rc = qp_pending_write(f->m, e);
    qp_pending_free(f->m->pending);
    f->m->pending = NULL;
    return rc;
}

int qp_matter_flush(struct qp_matters *m, struct qp_err *e)
{
    if (!m->pending)
        return 0;
    int rc = qp_pending_write(m, e);
    m->pending->written = true;
    return rc;
}
