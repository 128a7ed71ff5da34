/* data.c: commands on a node that is down: export, rebuild. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "node/cli/doctor.h"
#include "proto/json.h"

int qp_open_stopped(struct qp_opened *o, const struct qp_cli *c, struct qp_place_paths *p, bool keys,
                    struct qp_err *e)
{
    struct qp_config conf;
    qp_config_defaults(&conf);
    int rc = qp_place_paths(p, c->dir, e);
    if (!rc)
        rc = qp_config_load(&conf, c->dir, e);
    if (!rc && (keys || access(p->db, F_OK) != 0)) /* which says what is not there */
        rc = qp_place_keys(&o->keys, p, e);
    if (!rc)
        rc = qp_place_store(&o->store, p, qp_config_size(&conf, QP_SETTING_store_journal_map),
                            qp_config_size(&conf, QP_SETTING_store_tables_map), e);
    return rc;
}

static void show_progress(void *arg, uint64_t at, uint64_t head)
{
    qp_progress_at(arg, at, head);
}

/* ---- export ---- */

static int export_record(FILE *out, const struct qp_record *rec, struct qp_arena *a, struct qp_err *e)
{
    struct qp_parcel p;
    int rc = qp_parcel_open_trusted(&p, rec->parcel.p, rec->parcel.len, a, e);
    for (size_t i = 0; !rc && i < p.h.count; i++) {
        Qp__Event *ev;
        rc = qp_parcel_event(&ev, &p, i, a, e);
        if (rc)
            break;
        char *text = qp_json_print(&ev->base), id[2 * QP_HASH_LEN + 1];
        if (!text)
            return qp_fail(e, QP_ENOMEM, "no memory to print an event");
        qp_hex(id, p.id.b, QP_HASH_LEN);
        fprintf(
            out,
            "{\"position\":\"%llu\",\"index\":%zu,\"parcel\":\"%s\",\"receivedUs\":\"%lld\",\"event\":%s}\n",
            (unsigned long long)rec->position, i, id, (long long)rec->received_us, text);
        free(text);
    }
    return rc;
}

static int export_all(struct qp_opened *o, const struct qp_cli *c, FILE *out, struct qp_err *e)
{
    struct qp_progress bar;
    struct qp_arena *a = qp_arena_new(64u * 1024 * 1024);
    uint64_t at = 0, head = 1;
    int rc = a ? 0 : qp_fail(e, QP_ENOMEM, "no memory");
    qp_progress_begin(&bar, c, "export");
    while (!rc && at < head) { /* a reader holds pages back: one short transaction after the other */
        struct qp_read r;
        rc = qp_read_begin(o->store, &r, e);
        if (rc)
            break;
        head = qp_journal_head(r.journal, o->store, NULL);
        for (int n = 0; !rc && n < 1000 && at < head; n++) {
            struct qp_record rec;
            rc = qp_journal_get(r.journal, o->store, at + 1, &rec, e);
            if (!rc)
                rc = export_record(out, &rec, a, e);
            if (!rc)
                at++;
            qp_arena_reset(a);
        }
        qp_read_end(&r);
        qp_progress_at(&bar, at, head);
    }
    qp_progress_end(&bar);
    qp_arena_free(a);
    return rc;
}

int qp_verb_export(struct qp_cli *c)
{
    struct qp_opened o = {0};
    struct qp_place_paths p;
    struct qp_err e = {0};
    const char *to = qp_opt(c, "output");
    bool file = to && strcmp(to, "-") != 0;
    int rc = qp_open_stopped(&o, c, &p, false, &e);
    FILE *out = !rc && file ? qp_private_file(to) : stdout;
    if (!rc && !out)
        rc = qp_fail(&e, QP_EIO, "%s: cannot be written: %s", to, strerror(errno));
    if (!rc)
        rc = export_all(&o, c, out, &e);
    if (out && (fflush(out) != 0 || (file && fclose(out) != 0)) && !rc)
        rc = qp_fail(&e, QP_EIO, "the export could not be written: %s", strerror(errno));
    qp_opened_close(&o, true);
    return !rc ? QP_EXIT_OK : qp_complain_err(c, &e);
}

/* ---- rebuild ---- */

int qp_verb_rebuild(struct qp_cli *c)
{
    struct qp_opened o = {0};
    struct qp_place_paths p;
    struct qp_err e = {0};
    struct qp_progress bar;
    struct qp_read r;
    int64_t began = qp_monotonic_us();
    uint64_t head = 0;
    int rc = qp_open_stopped(&o, c, &p, true, &e);
    if (!rc) /* tables that cannot be made again are not thrown away */
        rc = qp_journal_verify(o.store, 1, NULL, NULL, &e);
    if (!rc)
        rc = qp_store_drop_tables(o.store, &e);
    qp_progress_begin(&bar, c, QP_TR(c, "rebuilding", "重建"));
    if (!rc)
        rc = qp_core_open(&o.core, o.store, &o.keys, NULL, show_progress, &bar, qp_now_us(), &e);
    qp_progress_end(&bar);
    if (!rc && !(rc = qp_read_begin(o.store, &r, &e))) {
        head = qp_journal_head(r.journal, o.store, NULL);
        qp_read_end(&r);
    }
    qp_opened_close(&o, true);
    if (rc)
        return qp_complain_err(c, &e);
    double s = (double)(qp_monotonic_us() - began) / 1e6;
    if (c->json)
        qp_print_json(json_pack("{s:I,s:f}", "records", (json_int_t)head, "seconds", s));
    qp_tell(c,
            QP_TR(c, "the tables hold all %llu records of the journal (%.1f s)",
                  "数据表已由日志的 %llu 条记录重建（%.1f 秒）"),
            (unsigned long long)head, s);
    return QP_EXIT_OK;
}
