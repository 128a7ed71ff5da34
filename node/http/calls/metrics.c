/* metrics.c: GET /metrics, in Prometheus' text form. It needs the right `read`, from this machine too: what
 * comes through a proxy comes from there. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "node/http/calls/calls.h"
#include "node/http/shape/alarms.h"
#include "node/http/shape/json_matter.h"
#include "node/http/shape/link_view.h"

enum { WIRE_BYTES = 16 * 1024 };

static void line(struct qp_json *j, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void line(struct qp_json *j, const char *fmt, ...)
{
    char text[512];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (n > 0)
        qp_json_raw(j, text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1);
}

static void counter(struct qp_json *j, const char *name, uint64_t v)
{
    line(j, "# TYPE qipan_%s_total counter\nqipan_%s_total %llu\n", name, name, (unsigned long long)v);
}

static void gauge(struct qp_json *j, const char *name, double v)
{
    line(j, "# TYPE qipan_%s gauge\nqipan_%s %.15g\n", name, name, v);
}

static void put_core(struct qp_json *j, struct qp_http *h)
{
    struct qp_core_metrics m;
    qp_core_metrics(h->core, &m);
#define X(n) counter(j, #n, m.n);
    QP_CORE_COUNTERS(X)
#undef X
}

static void put_http(struct qp_json *j, struct qp_http *h)
{
    pthread_mutex_lock(&h->lock);
    size_t waiting = h->nslots - h->nfree, streams = h->nstreams;
    pthread_mutex_unlock(&h->lock);
    line(j, "# TYPE qipan_http_answers_total counter\n");
    for (int i = 1; i < 6; i++)
        line(j, "qipan_http_answers_total{class=\"%dxx\"} %llu\n", i,
             (unsigned long long)atomic_load(&h->answers[i]));
    counter(j, "http_commands", atomic_load(&h->commands));
    counter(j, "http_busy", atomic_load(&h->busy));
    counter(j, "http_late", atomic_load(&h->late));
    gauge(j, "http_calls", (double)atomic_load(&h->calls));
    gauge(j, "http_commands_waiting", (double)waiting);
    gauge(j, "http_streams", (double)streams);
    gauge(j, "http_connections", (double)atomic_load(&h->gate.there));
    counter(j, "http_connections_late", atomic_load(&h->gate.late));
    counter(j, "http_connections_shed", atomic_load(&h->gate.shed));
}

static void put_store(struct qp_json *j, struct qp_http *h)
{
    struct qp_store_use u;
    qp_store_use(h->store, &u);
    gauge(j, "journal_used_bytes", (double)u.journal_used);
    gauge(j, "journal_size_bytes", (double)u.journal_size);
    gauge(j, "tables_used_bytes", (double)u.tables_used);
    gauge(j, "tables_size_bytes", (double)u.tables_size);
    gauge(j, "disk_free_bytes", (double)u.disk_free);
    gauge(j, "disk_total_bytes", (double)u.disk_total);
    gauge(j, "journal_head", (double)atomic_load(&h->head));
    line(j, "# TYPE qipan_journal_durable_seconds gauge\nqipan_journal_durable_seconds %.6f\n",
         (double)atomic_load(&h->durable_us) / 1e6);
    struct qp_store_damage d;
    qp_store_damage(h->store, &d);
    gauge(j, "journal_damaged_records", (double)d.damaged);
    gauge(j, "scrub_position", (double)d.scrub.at);
    counter(j, "scrub_records", d.scrub.records);
    counter(j, "scrub_passes", d.scrub.passes);
    line(j, "# TYPE qipan_scrub_finished_seconds gauge\nqipan_scrub_finished_seconds %.3f\n",
         (double)d.scrub.finished_us / 1e6);
    gauge(j, "recovering", atomic_load(&h->recovering));
    gauge(j, "silent", atomic_load(&h->silent));
}

static void put_process(struct qp_json *j, struct qp_http *h)
{
    struct rusage u;
    long pages = 0;
    FILE *f = fopen("/proc/self/statm", "re");
    if (f) {
        if (fscanf(f, "%*s %ld", &pages) != 1)
            pages = 0;
        fclose(f);
    }
    getrusage(RUSAGE_SELF, &u);
    line(j, "# TYPE process_cpu_seconds_total counter\nprocess_cpu_seconds_total %.6f\n",
         (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
             (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6);
    line(j, "# TYPE process_resident_memory_bytes gauge\nprocess_resident_memory_bytes %lld\n",
         (long long)pages * sysconf(_SC_PAGESIZE));
    line(j, "# TYPE process_start_time_seconds gauge\nprocess_start_time_seconds %.3f\n",
         (double)h->started_us / 1e6);
}

static const char *peer_of(struct qp_read *r, const struct qp_link_status *s, char out[QP_PATH_MAX])
{
    struct qp_node_entry n;
    snprintf(out, QP_PATH_MAX, "%s", qp_node_by_id(r, s->peer, &n) ? "unknown" : n.path);
    return out;
}

/* Every code, so that a rule can be written before the first fault; frees a. */
static void put_alarms(struct qp_json *j, struct qp_alarms *a)
{
    line(j, "# TYPE qipan_alarm gauge\n");
    for (int code = 0; a && code < QP_ALARM_CODES; code++)
        line(j, "qipan_alarm{code=\"%s\"} %d\n", qp_alarm_name((enum qp_alarm_code)code),
             qp_alarms_has(a, (enum qp_alarm_code)code));
    free(a);
}

static void put_links(struct qp_json *j, struct qp_http *h)
{
    static const char *const LANES[QP_LANES] = {"urgent", "bulk", "line"};
    char path[QP_PATH_MAX];
    struct qp_read r;
    struct qp_link_view *links = qp_link_view_new(h);
    if (!links || qp_read_begin(h->store, &r, NULL)) {
        free(links);
        return;
    }
    put_alarms(j, qp_alarms_look(h, &r, links));
    line(j, "# TYPE qipan_link_state gauge\n"); /* a metric's lines stand together */
    for (size_t i = 0; i < links->neighbours; i++)
        line(j, "qipan_link_state{peer=\"%s\"} %d\n", peer_of(&r, &links->v[i], path),
             (int)links->v[i].state);
    line(j, "# TYPE qipan_link_queue_parcels gauge\n");
    for (size_t i = 0; i < links->neighbours; i++) {
        for (uint32_t lane = 1; lane <= QP_LANES; lane++) {
            uint64_t parcels = 0;
            int64_t oldest_us = 0;
            qp_queue_depth(&r, links->v[i].peer, lane, &parcels, &oldest_us);
            line(j, "qipan_link_queue_parcels{peer=\"%s\",lane=\"%s\"} %llu\n",
                 peer_of(&r, &links->v[i], path), LANES[lane - 1], (unsigned long long)parcels);
        }
    }
    qp_read_end(&r);
    free(links);
    char *text = calloc(1, WIRE_BYTES);
    if (text && h->wire) {
        qp_wire_metrics(h->wire, text, WIRE_BYTES);
        qp_json_raw(j, text, strnlen(text, WIRE_BYTES));
    }
    free(text);
}

enum MHD_Result qp_metrics_get(struct qp_call *c)
{
    struct qp_json j = {0};
    size_t len;
    put_core(&j, c->h);
    put_http(&j, c->h);
    put_store(&j, c->h);
    put_process(&j, c->h);
    put_links(&j, c->h);
    char *text = qp_json_take(&j, &len);
    return text ? qp_answer_own(c, 200, "text/plain; version=0.0.4; charset=utf-8", text, len) : MHD_NO;
}
