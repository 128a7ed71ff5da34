/* metrics.c: GET /metrics, in Prometheus' text form. It needs the right `count` or `read`, from this machine too: what
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
    char text[700];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (n > 0)
        qp_json_raw(j, text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1);
}

/* A new metric: of the core in QP_CORE_COUNTERS (core/counters.h), of the links in QP_WIRE_COUNTERS (link/wired.h), else here.
 * Every metric that is not the core's or the links' own: X(name, type, what it says). A name without its row does not compile. */
/* clang-format off */
#define METRICS(X) \
    X(qipan_http_answers_total, counter, "answers by class of status") \
    X(qipan_http_commands_total, counter, "writes that were put into a turn") \
    X(qipan_http_busy_total, counter, "writes that were turned away with 429: too many wait") \
    X(qipan_http_late_total, counter, "writes whose turn came after their caller had been answered") \
    X(qipan_http_calls, gauge, "calls that are open") \
    X(qipan_http_commands_waiting, gauge, "writes that wait for a turn") \
    X(qipan_http_streams, gauge, "open streams") \
    X(qipan_http_connections, gauge, "open connections") \
    X(qipan_http_connections_late_total, counter, "connections that were closed: their request did not come in time") \
    X(qipan_http_connections_shed_total, counter, "connections that were closed to make room for others") \
    X(qipan_http_whispers_missed_total, counter, "whispers that were gone before an open page had them: it reads too slowly") \
    X(qipan_journal_used_bytes, gauge, "bytes that the journal uses of its quota") \
    X(qipan_journal_size_bytes, gauge, "quota of the journal") \
    X(qipan_tables_used_bytes, gauge, "bytes that the tables use of their quota") \
    X(qipan_tables_size_bytes, gauge, "quota of the tables") \
    X(qipan_disk_free_bytes, gauge, "free bytes of the disk") \
    X(qipan_disk_total_bytes, gauge, "size of the disk") \
    X(qipan_files, gauge, "photos and papers of matters that are here") \
    X(qipan_files_used_bytes, gauge, "bytes that they take of their quota") \
    X(qipan_files_size_bytes, gauge, "quota of files") \
    X(qipan_files_damaged_total, counter, "files that were found damaged and thrown away") \
    X(qipan_journal_head, gauge, "position of the newest record of the journal") \
    X(qipan_journal_durable_seconds, gauge, "when the journal was last committed, in seconds since 1970") \
    X(qipan_journal_damaged_records, gauge, "records of the journal that are damaged") \
    X(qipan_scrub_position, gauge, "position of the record that the scrub looks at") \
    X(qipan_scrub_records_total, counter, "records that the scrub has read") \
    X(qipan_scrub_passes_total, counter, "times that the scrub has read the whole journal") \
    X(qipan_scrub_finished_seconds, gauge, "when it last had, in seconds since 1970") \
    X(qipan_scrub_rows_total, counter, "rows of the tables that the scrub has looked at") \
    X(qipan_scrub_tables_passes_total, counter, "times that the scrub has looked at all rows of the tables") \
    X(qipan_certificate_until_seconds, gauge, "when this node's certificate ends, in seconds since 1970") \
    X(qipan_recovering, gauge, "1 while neighbours hand back records after a lost disk") \
    X(qipan_silent, gauge, "1 while this node says nothing for its place") \
    X(process_cpu_seconds_total, counter, "processor time used") \
    X(process_resident_memory_bytes, gauge, "memory in use") \
    X(process_start_time_seconds, gauge, "when the node was started, in seconds since 1970") \
    X(qipan_alarm, gauge, "1 while an alarm of that code stands; qipan status says about whom and what to do") \
    X(qipan_link_state, gauge, "0 cut, 1 late, 2 live") \
    X(qipan_link_queue_parcels, gauge, "parcels for that neighbour which it has not committed yet") \
    X(qipan_link_queue_oldest_seconds, gauge, "age of the oldest of them") \
    X(qipan_http_audit_lacking_total, counter, "log-ins and readings that were let in without an entry in the audit trail: no room")
/* clang-format on */

enum metric {
#define X(name, type, help) M_##name,
    METRICS(X)
#undef X
};

static const struct {
    const char *name, *type, *help;
} ROWS[] = {
#define X(name, type, help) {#name, #type, help},
    METRICS(X)
#undef X
};

/* What stands before a metric's lines, which stand together. */
static void head(struct qp_json *j, enum metric m)
{
    line(j, "# HELP %s %s\n# TYPE %s %s\n", ROWS[m].name, ROWS[m].help, ROWS[m].name, ROWS[m].type);
}

static void count(struct qp_json *j, enum metric m, uint64_t v)
{
    head(j, m);
    line(j, "%s %llu\n", ROWS[m].name, (unsigned long long)v);
}

static void gauge(struct qp_json *j, enum metric m, double v)
{
    head(j, m);
    line(j, "%s %.17g\n", ROWS[m].name, v);
}

static void moment(struct qp_json *j, enum metric m, int64_t us)
{
    head(j, m);
    line(j, "%s %.6f\n", ROWS[m].name, (double)us / 1e6);
}

static void put_core(struct qp_json *j, struct qp_http *h)
{
    struct qp_core_metrics m;
    qp_core_metrics(h->core, &m);
#define X(n, help)                                                                                           \
    line(j,                                                                                                  \
         "# HELP qipan_" #n "_total " help "\n# TYPE qipan_" #n "_total counter\nqipan_" #n "_total %llu\n", \
         (unsigned long long)m.n);
    QP_CORE_COUNTERS(X)
#undef X
}

static void put_http(struct qp_json *j, struct qp_http *h)
{
    pthread_mutex_lock(&h->lock);
    size_t waiting = h->nslots - h->nfree, streams = h->nstreams;
    uint64_t missed = h->whispers.dropped;
    pthread_mutex_unlock(&h->lock);
    head(j, M_qipan_http_answers_total);
    for (int i = 1; i < 6; i++)
        line(j, "qipan_http_answers_total{class=\"%dxx\"} %llu\n", i,
             (unsigned long long)atomic_load(&h->answers[i]));
    count(j, M_qipan_http_commands_total, atomic_load(&h->commands));
    count(j, M_qipan_http_busy_total, atomic_load(&h->busy));
    count(j, M_qipan_http_late_total, atomic_load(&h->late));
    gauge(j, M_qipan_http_calls, (double)atomic_load(&h->calls));
    gauge(j, M_qipan_http_commands_waiting, (double)waiting);
    gauge(j, M_qipan_http_streams, (double)streams);
    gauge(j, M_qipan_http_connections, (double)atomic_load(&h->gate.there));
    count(j, M_qipan_http_connections_late_total, atomic_load(&h->gate.late));
    count(j, M_qipan_http_connections_shed_total, atomic_load(&h->gate.shed));
    count(j, M_qipan_http_whispers_missed_total, missed);
    count(j, M_qipan_http_audit_lacking_total, qp_trail_lacking(&h->trail));
}

static void put_store(struct qp_json *j, struct qp_http *h)
{
    struct qp_store_use u;
    qp_store_use(h->store, &u);
    gauge(j, M_qipan_journal_used_bytes, (double)u.journal_used);
    gauge(j, M_qipan_journal_size_bytes, (double)u.journal_size);
    gauge(j, M_qipan_tables_used_bytes, (double)u.tables_used);
    gauge(j, M_qipan_tables_size_bytes, (double)u.tables_size);
    gauge(j, M_qipan_disk_free_bytes, (double)u.disk_free);
    gauge(j, M_qipan_disk_total_bytes, (double)u.disk_total);
    struct qp_blobs_use files = {0};
    if (h->blobs)
        qp_blobs_use(h->blobs, &files);
    gauge(j, M_qipan_files, (double)files.files);
    gauge(j, M_qipan_files_used_bytes, (double)files.bytes);
    gauge(j, M_qipan_files_size_bytes, (double)files.quota);
    count(j, M_qipan_files_damaged_total, files.damaged);
    gauge(j, M_qipan_journal_head, (double)atomic_load(&h->head));
    moment(j, M_qipan_journal_durable_seconds, atomic_load(&h->durable_us));
    struct qp_store_damage d;
    qp_store_damage(h->store, &d);
    gauge(j, M_qipan_journal_damaged_records, (double)d.damaged);
    gauge(j, M_qipan_scrub_position, (double)d.scrub.at);
    count(j, M_qipan_scrub_records_total, d.scrub.records);
    count(j, M_qipan_scrub_passes_total, d.scrub.passes);
    moment(j, M_qipan_scrub_finished_seconds, d.scrub.finished_us);
    count(j, M_qipan_scrub_rows_total, d.scrub.rows);
    count(j, M_qipan_scrub_tables_passes_total, d.scrub.table_passes);
    moment(j, M_qipan_certificate_until_seconds, h->self.not_after_us);
    gauge(j, M_qipan_recovering, atomic_load(&h->recovering));
    gauge(j, M_qipan_silent, atomic_load(&h->silent));
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
    moment(j, M_process_cpu_seconds_total,
           (int64_t)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000 + u.ru_utime.tv_usec +
               u.ru_stime.tv_usec);
    gauge(j, M_process_resident_memory_bytes, (double)pages * (double)sysconf(_SC_PAGESIZE));
    moment(j, M_process_start_time_seconds, h->started_us);
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
    head(j, M_qipan_alarm);
    for (int code = 0; a && code < QP_ALARM_CODES; code++)
        line(j, "qipan_alarm{code=\"%s\"} %d\n", qp_alarm_name((enum qp_alarm_code)code),
             qp_alarms_has(a, (enum qp_alarm_code)code));
    free(a);
}

/* How many parcels wait for each neighbour in each lane, and for how long. */
static void put_queues(struct qp_json *j, struct qp_read *r, const struct qp_link_view *links)
{
    static const char *const LANES[QP_LANES] = {"urgent", "bulk", "line"};
    struct depth {
        uint64_t parcels;
        int64_t oldest_us;
    } *v = calloc(links->neighbours * QP_LANES + 1, sizeof *v);
    char path[QP_PATH_MAX];
    int64_t now_us = qp_wall_us();
    size_t n = v ? links->neighbours * QP_LANES : 0;
    for (size_t i = 0; i < n; i++)
        qp_queue_depth(r, links->v[i / QP_LANES].peer, (uint32_t)(i % QP_LANES) + 1, &v[i].parcels,
                       &v[i].oldest_us);
    head(j, M_qipan_link_queue_parcels);
    for (size_t i = 0; i < n; i++)
        line(j, "qipan_link_queue_parcels{peer=\"%s\",lane=\"%s\"} %llu\n",
             peer_of(r, &links->v[i / QP_LANES], path), LANES[i % QP_LANES],
             (unsigned long long)v[i].parcels);
    head(j, M_qipan_link_queue_oldest_seconds);
    for (size_t i = 0; i < n; i++) {
        int64_t age_us = v[i].oldest_us && now_us > v[i].oldest_us ? now_us - v[i].oldest_us : 0;
        line(j, "qipan_link_queue_oldest_seconds{peer=\"%s\",lane=\"%s\"} %.3f\n",
             peer_of(r, &links->v[i / QP_LANES], path), LANES[i % QP_LANES], (double)age_us / 1e6);
    }
    free(v);
}

static void put_links(struct qp_json *j, struct qp_http *h)
{
    char path[QP_PATH_MAX];
    struct qp_read r;
    struct qp_link_view *links = qp_link_view_new(h);
    if (!links || qp_read_begin(h->store, &r, NULL)) {
        free(links);
        return;
    }
    put_alarms(j, qp_alarms_look(h, &r, links));
    head(j, M_qipan_link_state);
    for (size_t i = 0; i < links->neighbours; i++)
        line(j, "qipan_link_state{peer=\"%s\"} %d\n", peer_of(&r, &links->v[i], path),
             (int)links->v[i].state);
    put_queues(j, &r, links);
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
