/* data.c: commands on a node that is down: export, rebuild, doctor. Doctor looks at one that runs as well, by
 * its API. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "node/cli/client.h"
#include "node/cli/place.h"
#include "node/cli/show.h"
#include "proto/json.h"

/* Its keys too, where they are needed: reading a journal does without. */
static int open_store(struct qp_opened *o, const struct qp_cli *c, struct qp_place_paths *p, bool keys,
                      struct qp_err *e)
{
    struct qp_config conf;
    qp_config_defaults(&conf);
    int rc = qp_place_paths(p, c->dir, e);
    if (rc == 0)
        rc = qp_config_load(&conf, c->dir, e);
    if (rc == 0 && (keys || access(p->db, F_OK) != 0)) /* which says what is not there */
        rc = qp_place_keys(&o->keys, p, e);
    if (rc == 0)
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
    for (size_t i = 0; rc == 0 && i < p.h.count; i++) {
        Qp__Event *ev;
        rc = qp_parcel_event(&ev, &p, i, a, e);
        if (rc != 0)
            break;
        char *text = qp_json_print(&ev->base), id[2 * QP_HASH_LEN + 1];
        if (text == NULL)
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
    int rc = a != NULL ? 0 : qp_fail(e, QP_ENOMEM, "no memory");
    qp_progress_begin(&bar, c, "export");
    while (rc == 0 && at < head) { /* a reader holds pages back: one short transaction after the other */
        struct qp_read r;
        rc = qp_read_begin(o->store, &r, e);
        if (rc != 0)
            break;
        head = qp_journal_head(r.journal, o->store, NULL);
        for (int n = 0; rc == 0 && n < 1000 && at < head; n++) {
            struct qp_record rec;
            rc = qp_journal_get(r.journal, o->store, at + 1, &rec, e);
            if (rc == 0)
                rc = export_record(out, &rec, a, e);
            if (rc == 0)
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
    bool file = to != NULL && strcmp(to, "-") != 0;
    int rc = open_store(&o, c, &p, false, &e);
    FILE *out = rc == 0 && file ? fopen(to, "we") : stdout;
    if (rc == 0 && out == NULL)
        rc = qp_fail(&e, QP_EIO, "%s: cannot be written: %s", to, strerror(errno));
    if (rc == 0)
        rc = export_all(&o, c, out, &e);
    if (out != NULL && (fflush(out) != 0 || (file && fclose(out) != 0)) && rc == 0)
        rc = qp_fail(&e, QP_EIO, "the export could not be written: %s", strerror(errno));
    qp_opened_close(&o, true);
    return rc == 0 ? QP_EXIT_OK : qp_complain_err(c, &e);
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
    int rc = open_store(&o, c, &p, true, &e);
    if (rc == 0) /* tables that cannot be made again are not thrown away */
        rc = qp_journal_verify(o.store, 1, NULL, NULL, &e);
    if (rc == 0)
        rc = qp_store_drop_tables(o.store, &e);
    qp_progress_begin(&bar, c, QP_TR(c, "rebuilding", "重建"));
    if (rc == 0)
        rc = qp_core_open(&o.core, o.store, &o.keys, NULL, show_progress, &bar, qp_now_us(), &e);
    qp_progress_end(&bar);
    if (rc == 0 && (rc = qp_read_begin(o.store, &r, &e)) == 0) {
        head = qp_journal_head(r.journal, o.store, NULL);
        qp_read_end(&r);
    }
    qp_opened_close(&o, true);
    if (rc != 0)
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

/* ---- doctor ---- */

enum finding { FINE, WORRY, BAD };
struct doctor {
    const struct qp_cli *c;
    json_t *list;
    enum finding worst;
};

static void found(struct doctor *d, enum finding f, const char *what, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
static void found(struct doctor *d, enum finding f, const char *what, const char *fmt, ...)
{
    static const char *const marks[] = {"ok", "warning", "bad"};
    char text[QP_ALARM_TEXT];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (f > d->worst)
        d->worst = f;
    json_array_append_new(d->list,
                          json_pack("{s:s,s:s,s:s}", "check", what, "result", marks[f], "text", text));
    if (!d->c->json && (!d->c->quiet || f != FINE))
        printf("%-8s %-8s %s\n", marks[f], what, text);
}

static void look_at_keys(struct doctor *d, const struct qp_place_paths *p)
{
    struct qp_keys k;
    struct qp_err e = {0};
    struct stat st;
    int rc = qp_place_keys(&k, p, &e);
    found(d, rc == 0 ? FINE : BAD, "keys", "%s", rc == 0 ? p->key : e.text);
    qp_keys_wipe(&k);
    if (stat(p->token, &st) == 0 && (st.st_mode & 077) != 0)
        found(d, BAD, "token", "%s can be read by others; chmod 600", p->token);
}

static void look_at_disk(struct doctor *d, const struct qp_place_paths *p)
{
    struct statvfs v;
    if (statvfs(p->data, &v) != 0) {
        found(d, BAD, "disk", "%s: %s", p->data, strerror(errno));
        return;
    }
    double free_gb = (double)v.f_bavail * (double)v.f_frsize / 1e9,
           part = v.f_blocks > 0 ? 100.0 * (double)v.f_bavail / (double)v.f_blocks : 0;
    found(d,
          part < 10   ? BAD
          : part < 20 ? WORRY
                      : FINE,
          "disk", "%.1f GB (%.0f %%) are free at %s", free_gb, part, p->data);
}

static void look_at_clock(struct doctor *d)
{
    int64_t built = (int64_t)1767225600 * 1000000; /* 2026-01-01 */
    struct qp_zone *z;
    struct qp_err e = {0};
    char now[32];
    qp_time_text(now, qp_now_us());
    found(d, qp_now_us() < built ? BAD : FINE, "clock", "it is %s", now);
    int rc = qp_zone_load(&z, "Asia/Shanghai", &e);
    found(d, rc == 0 ? FINE : BAD, "zones", "%s", rc == 0 ? "time zones are installed" : e.text);
    if (rc == 0)
        qp_zone_free(z);
}

static void look_at_store(struct doctor *d)
{
    struct qp_opened o = {0};
    struct qp_place_paths p;
    struct qp_progress bar;
    struct qp_err e = {0};
    int rc = open_store(&o, d->c, &p, true, &e);
    if (rc == QP_EEXISTS) {
        found(d, FINE, "store", "the node runs; stop it to have its whole journal verified");
        return;
    }
    qp_progress_begin(&bar, d->c, "journal");
    if (rc == 0)
        rc = qp_journal_verify(o.store, 1, show_progress, &bar, &e);
    qp_progress_end(&bar);
    if (rc == 0 && qp_store_rolled_back(o.store))
        found(d, BAD, "store",
              "the journal is an old copy of what was sealed; ask the parent for a new token and join again");
    else
        found(d, rc == 0 ? FINE : BAD, "store", "%s",
              rc == 0 ? "every record of the journal is whole and in its chain" : e.text);
    qp_opened_close(&o, true);
}

/* L7: whose work waits, and what to do. */
static void look_at_limits(struct doctor *d, json_t *node)
{
    json_t *l = json_object_get(json_object_get(node, "parent"), "limited");
    size_t i;
    if (json_is_object(l))
        found(d, WORRY, "link",
              "the parent makes this node wait: over its %s since %s. Nothing is lost; it goes on by itself. "
              "For an "
              "import raise link.child_burst at the parent and start it again",
              qp_text_of(l, "why"), qp_text_of(l, "since"));
    json_t *child;
    json_array_foreach(json_object_get(node, "children"), i, child)
    {
        l = json_object_get(child, "limited");
        if (json_is_object(l))
            found(d, WORRY, "link",
                  "its child %s is over its %s since %s and waits: look at what it sends; raise "
                  "link.child_burst for "
                  "an import, revoke it if it is not itself",
                  qp_text_of(child, "path"), qp_text_of(l, "why"), qp_text_of(l, "since"));
    }
}

/* What the node says of itself. */
static void look_at_alarms(struct doctor *d, const json_t *node)
{
    const json_t *l;
    size_t i;
    char text[QP_ALARM_TEXT];
    json_array_foreach(json_object_get(node, "alarms"), i, l)
    {
        qp_alarm_text(d->c, l, text, sizeof text);
        found(d, json_is_true(json_object_get(l, "grave")) ? BAD : WORRY, qp_text_of(l, "code"), "%s", text);
    }
    json_int_t more = json_integer_value(json_object_get(node, "alarms_more"));
    if (more > 0)
        found(d, WORRY, "alarms", "and %lld more: see /api/v1/node of the nodes below", (long long)more);
}

static void look_at_running(struct doctor *d)
{
    struct qp_client cl;
    char url[300], token[512];
    struct qp_err e = {0};
    json_t *v = NULL, *l;
    if (qp_place_url(d->c, url, &e) != 0 || qp_place_token(d->c, token, &e) != 0 ||
        qp_client_to(&cl, url, token, &e) != 0) {
        found(d, WORRY, "node", "%s", e.text);
        return;
    }
    cl.timeout_ms = 5000;
    int rc = qp_client_json(&cl, "GET", "/api/v1/node", NULL, NULL, &v, &e);
    qp_client_close(&cl);
    if (rc != 0) {
        found(d, WORRY, "node", "%s", e.text);
        return;
    }
    found(d, FINE, "node", "%s runs at %s", qp_text_of(v, "path"), url);
    l = json_object_get(v, "parent");
    if (json_is_object(l) && strcmp(qp_text_of(l, "state"), "live") == 0)
        found(d, FINE, "link", "to its parent %s: live", qp_text_of(l, "path"));
    found(d, FINE, "policy", "in force: %s", qp_text_of(json_object_get(v, "policy"), "version"));
    look_at_alarms(d, v);
    look_at_limits(d, v);
    json_t *scrub = json_object_get(v, "scrub");
    if (scrub != NULL)
        found(d, FINE, "scrub",
              "%lld of %lld records looked at, 256 a second; whole passes: %lld, the last at %s",
              (long long)json_integer_value(json_object_get(scrub, "at")),
              (long long)json_integer_value(json_object_get(scrub, "head")),
              (long long)json_integer_value(json_object_get(scrub, "passes")),
              json_is_string(json_object_get(scrub, "finished")) ? qp_text_of(scrub, "finished") : "-");
    json_decref(v);
}

int qp_verb_doctor(struct qp_cli *c)
{
    struct doctor d = {.c = c, .list = json_array()};
    struct qp_place_paths p;
    struct qp_config conf;
    struct qp_err e = {0};
    if (qp_place_paths(&p, c->dir, &e) != 0) {
        json_decref(d.list);
        return qp_complain_err(c, &e);
    }
    qp_config_defaults(&conf);
    int rc = qp_config_load(&conf, c->dir, &e);
    found(&d, rc == 0 ? FINE : BAD, "settings", "%s", rc == 0 ? "are sound" : e.text);
    look_at_keys(&d, &p);
    look_at_disk(&d, &p);
    look_at_clock(&d);
    look_at_store(&d);
    look_at_running(&d);
    if (c->json)
        qp_print_json(json_pack("{s:b,s:O}", "ok", d.worst == FINE, "checks", d.list));
    json_decref(d.list);
    return d.worst == BAD ? QP_EXIT_FAILED : d.worst == WORRY ? QP_EXIT_DEGRADED : QP_EXIT_OK;
}
