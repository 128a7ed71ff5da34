/* read.c: a message as it stands in the journal, for the turn and for readers. */
#include <string.h>

#include "node/line/line.h"

int qp_line_event_at(const struct qp_line_db *db, MDB_txn *journal, uint64_t position, uint32_t index,
                     Qp__Event **ev)
{
    struct qp_record rec;
    struct qp_parcel p;
    int rc = qp_journal_get(journal, db->store, position, &rec, NULL);
    rc = rc ? rc : qp_parcel_open_trusted(&p, rec.parcel.p, rec.parcel.len, db->a, NULL);
    rc = rc ? rc : index >= p.h.count ? QP_ENOTFOUND : qp_parcel_event(ev, &p, index, db->a, NULL);
    return !rc || rc == QP_EIO || rc == QP_ENOMEM || rc == QP_EBIG /* past the arena's cap */ ? rc
                                                                                              : QP_ENOTFOUND;
}

int qp_line_event(const struct qp_line_db *db, MDB_txn *journal, const uint8_t line[QP_ID_LEN], uint64_t n,
                  uint64_t position, uint32_t index, Qp__Event **ev)
{
    int rc = qp_line_event_at(db, journal, position, index, ev);
    if (rc)
        return rc;
    if ((*ev)->body_case != QP__EVENT__BODY_LINE_SAID || (*ev)->line_said->n != n ||
        memcmp((*ev)->line_said->line.data, line, QP_ID_LEN) != 0)
        return QP_ENOTFOUND;
    return 0;
}

/* LI5, LI6: why a text is not there is said: its time was over, its key went with a disk, or the record is damaged. */
enum qp_line_text qp_line_text(const struct qp_line_db *db, MDB_txn *journal, struct qp_ring *ring,
                               const uint8_t line[QP_ID_LEN], const struct qp_line_message *m, Qp__Event **ev,
                               Qp__LineBody **body)
{
    struct qp_line_key own;
    uint8_t key[QP_KEY_LEN];
    *body = NULL;
    int rc = qp_line_event(db, journal, line, m->n, m->position, m->index, ev);
    if (rc) {
        *ev = NULL;
        return rc == QP_ENOTFOUND ? QP_LINE_DAMAGED : QP_LINE_UNREAD;
    }
    if (qp_line_key(db, m->key, &own) && own.ended)
        return QP_LINE_ERASED;
    if (qp_line_key_of(ring, (*ev)->line_said, db->self, key))
        return QP_LINE_CLOSED;
    rc = qp_line_unseal(body, (*ev)->line_said, m->node, key, db->a, NULL);
    qp_wipe(key, sizeof key);
    return !rc ? QP_LINE_OPEN : rc == QP_ENOMEM || rc == QP_EBIG ? QP_LINE_UNREAD : QP_LINE_FALSE;
}
