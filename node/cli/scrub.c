/* scrub.c: the whole journal of a node that is down looked at, and mended where one bit was turned; all rows of its tables. A node that runs looks at
 * its journal by itself, and asks its neighbours for what is damaged beyond that (node/core/mend.h). */
#include <stdlib.h>

#include "node/cli/doctor.h"

struct scrubbed {
    uint64_t records, damaged, mended, first; /* first: the first that is still damaged */
};

static void look_at_all(struct qp_opened *o, const struct qp_cli *c, struct qp_store_damage *d)
{
    struct qp_progress bar;
    bool over = false;
    qp_progress_begin(&bar, c, QP_TR(c, "looking", "检查"));
    while (!over) {
        over = qp_store_scrub(o->store, qp_now_us());
        qp_store_damage(o->store, d);
        qp_progress_at(&bar, d->scrub.at, d->scrub.head);
    }
    qp_progress_end(&bar);
}

/* From the last to the first: each says what the one before it was. */
static int mend(struct qp_opened *o, const struct qp_store_damage *d, struct qp_err *e)
{
    uint64_t below = UINT64_MAX;
    for (;;) {
        uint64_t at = 0;
        for (size_t i = 0; i < QP_DAMAGED_KEPT && d->at[i] > 0; i++)
            at = d->at[i] < below && d->at[i] > at ? d->at[i] : at;
        if (at == 0)
            return 0;
        struct qp_txn t;
        struct qp_err why = {0};
        int rc = qp_store_begin(o->store, &t, e);
        if (rc)
            return rc;
        rc = qp_journal_mend(&t, at, (struct qp_slice){0}, &why);
        if (!rc && !(rc = qp_store_commit_journal(&t, e)))
            rc = qp_store_commit_tables(&t, e);
        else
            qp_store_abort(&t);
        if (rc == QP_EIO || rc == QP_EFULL)
            return e->code != 0 ? rc : qp_fail(e, rc, "%s", why.text);
        below = at;
    }
}

/* Again, as long as something was mended: there is room for so many damaged ones at a time. */
static int scrub(struct qp_opened *o, const struct qp_cli *c, struct scrubbed *s, struct qp_err *e)
{
    struct qp_store_damage d;
    uint64_t before;
    int rc;
    do {
        before = s->mended;
        look_at_all(o, c, &d);
        rc = mend(o, &d, e);
        s->records = d.scrub.head;
        qp_store_damage(o->store, &d);
        s->mended = d.mended;
    } while (!rc && d.damaged > 0 && s->mended > before);
    s->damaged = d.damaged;
    s->first = d.at[0];
    for (size_t i = 1; i < QP_DAMAGED_KEPT && d.at[i] > 0; i++)
        s->first = d.at[i] < s->first ? d.at[i] : s->first;
    return rc;
}

const char *qp_scrub_tables(const struct qp_cli *c, struct qp_opened *o)
{
    while (!qp_store_scrub_tables(o->store, qp_now_us()))
        continue;
    return !qp_store_doubtful(o->store)
               ? NULL
               : QP_TR(
                     c,
                     "a row of the tables is damaged: the next start makes them again from the journal, and "
                     "nothing is lost; look at the disk and the memory",
                     "数据表中有一行损坏：下次启动时由日志重建，不会丢失；请检查磁盘和内存");
}

int qp_verb_scrub(struct qp_cli *c)
{
    struct qp_opened o = {0};
    struct qp_place_paths p;
    struct qp_err e = {0};
    struct scrubbed s = {0};
    int rc = qp_open_stopped(&o, c, &p, false, &e);
    if (!rc)
        rc = scrub(&o, c, &s, &e);
    const char *rows = rc ? NULL : qp_scrub_tables(c, &o);
    qp_opened_close(&o, true);
    if (rc)
        return qp_complain_err(c, &e);
    if (c->json)
        qp_print_json(json_pack("{s:I,s:I,s:I,s:b}", "records", (json_int_t)s.records, "damaged",
                                (json_int_t)s.damaged, "mended", (json_int_t)s.mended, "tables_whole",
                                !rows));
    if (rows)
        qp_tell(c, "%s", rows);
    if (s.mended > 0)
        qp_tell(c,
                QP_TR(c,
                      "%llu records had one wrong bit and are whole again: look at the disk and the memory",
                      "%llu 条记录各错一位，已恢复：请检查磁盘与内存"),
                (unsigned long long)s.mended);
    if (s.damaged > 0) {
        qp_tell(c,
                QP_TR(c,
                      "%s%llu of %llu records are damaged, the first is %llu: start the node, which asks its "
                      "neighbours for them; "
                      "what stays damaged is told by qipan doctor, with what to do",
                      "%s%llu 条记录损坏（共 %llu 条），第一条为 "
                      "%llu：请启动节点，它会向相邻节点索取；仍损坏的见 qipan doctor"),
                s.damaged > QP_DAMAGED_KEPT ? QP_TR(c, "more than ", "超过 ") : "",
                (unsigned long long)(s.damaged > QP_DAMAGED_KEPT ? QP_DAMAGED_KEPT : s.damaged),
                (unsigned long long)s.records, (unsigned long long)s.first);
        return QP_EXIT_DEGRADED;
    }
    qp_tell(c, QP_TR(c, "all %llu records of the journal are whole", "日志的 %llu 条记录完好"),
            (unsigned long long)s.records);
    return rows ? QP_EXIT_DEGRADED : QP_EXIT_OK;
}
