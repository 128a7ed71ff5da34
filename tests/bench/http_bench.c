/* http_bench.c: latency and throughput of a chain of running nodes, measured from outside, through the public
 * API alone. tests/bench/run starts the nodes and this program, and prints its lines beside the peers'.
 *
 *   bench_http report|top|escalate|climb COUNT   LEAF-URL TOKEN ... CITY-URL TOKEN
 *   bench_http batch COUNT LINES CONNECTIONS STEP   LEAF-URL TOKEN ... CITY-URL TOKEN
 *
 * report: from sending POST /api/v1/matters at the leaf until the city's stream shows the matter (it shows
 * what is committed; nothing is polled). A relay may pass a report on before its own commit, so each is asked
 * afterwards when its journal was durable (qipan_journal_durable_seconds); `every` is the last of the four.
 * top: until POST …?ack=top is answered. escalate: report, escalate, until the city shows that the next level
 * has accepted. climb: report, escalate and so on at each level when its own stream shows that it has
 * accepted, until the city has. Paced by 2 ms, as the peers are; a tenth of COUNT more comes first and is not
 * counted.
 * batch: POST /api/v1/matters:batch with LINES matters each over CONNECTIONS, from the first byte sent until
 * the city's board counts them all (asked every 5 ms), and the rate of each STEP on the way.
 * Output: lines of name, value, unit, with tabs between. */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/http_client.h"

enum { LEVELS_MOST = 8, LINE = 768 };

struct chain {
    int n; /* 0 the leaf, n-1 the city */
    const char *url[LEVELS_MOST], *token[LEVELS_MOST];
    struct client ask[LEVELS_MOST], stream[LEVELS_MOST];
    char path[LEVELS_MOST][300]; /* as `"node":"PATH"`, which an event's line holds */
    char run[32];                /* makes this run's keys its own */
};

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void fail(const char *what, const struct client *c, int status)
{
    fprintf(stderr, "bench_http: %s: status %d: %.400s\n", what, status, c->in);
    exit(1);
}

static void say(const char *name, double value, const char *unit)
{
    printf("%s\t%.6g\t%s\n", name, value, unit);
    fflush(stdout);
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static void say_latency(const char *name, double *v, int n)
{
    char text[64];
    qsort(v, (size_t)n, sizeof *v, by_size);
    snprintf(text, sizeof text, "%s p50", name);
    say(text, v[(n - 1) / 2] * 1e6, "us");
    snprintf(text, sizeof text, "%s p99", name);
    say(text, v[(n - 1) * 99 / 100] * 1e6, "us");
}

/* ---- one matter after another ---- */

static int matter_body(const struct chain *c, char out[LINE], long i)
{
    static const char *const category[] = {"路灯不亮", "噪音扰民", "占道经营", "垃圾清运",
                                           "道路破损", "管道堵塞", "违章停车"};
    static const char *const source[] = {"12345", "网格员", "巡查", "上级交办"};
    static const char *const desk[] = {"城管", "环卫", "市政", "公安", ""};
    return snprintf(out, LINE,
                    "{\"key\":\"%s-%ld\",\"category\":\"%s\",\"title\":\"小区门口的路灯不亮,影响夜间出行\","
                    "\"text\":\"第 %ld 件\",\"source\":\"%s\",\"source_ref\":\"%s-%ld\",\"desk\":\"%s\","
                    "\"deadline\":\"2099-01-01T00:00:00.000Z\"}\n",
                    c->run, i, category[i % 7], i, source[i % 4], c->run, i, desk[i % 5]);
}

static void report(struct chain *c, long i, const char *query, char id[64])
{
    char line[LINE], path[128];
    const char *body = line;
    int len = matter_body(c, line, i);
    if (strncmp(line, "{\"key\":", 7) ==
        0) { /* outside a batch the key is a header; the reference says the same */
        char *comma = strchr(line, ',');
        *comma = '{';
        body = comma;
        len -= (int)(comma - line);
    }
    snprintf(path, sizeof path, "/api/v1/matters%s", query);
    int status = client_ask(&c->ask[0], "POST", path, body, (size_t)len);
    if (status != 201)
        fail(path, &c->ask[0], status);
    client_value(&c->ask[0], "id", id, 64);
}

static void escalate(struct chain *c, int level, const char *id)
{
    static const char body[] = "{\"reason\":\"超出本级权限\"}";
    char path[128];
    snprintf(path, sizeof path, "/api/v1/matters/%s/escalate", id);
    int status = client_ask(&c->ask[level], "POST", path, body, sizeof body - 1);
    if (status != 200)
        fail(path, &c->ask[level], status);
}

static void await(struct chain *c, int level, const char *id, const char *and_text)
{
    if (!client_await(&c->stream[level], id, and_text, 30)) {
        fprintf(stderr, "bench_http: %s is not shown at level %d within 30 s\n", id, level);
        exit(1);
    }
}

static void one(struct chain *c, const char *kind, long i, double *kept)
{
    char id[64];
    double began = now_s();
    report(c, i, strcmp(kind, "top") == 0 ? "?ack=top&wait=20" : "", id);
    *kept = now_s() - began;
    int top = c->n - 1;
    if (strcmp(kind, "report") == 0) {
        await(c, top, id, "\"type\":\"opened\"");
    } else if (strcmp(kind, "escalate") == 0) {
        escalate(c, 0, id);
        await(c, top, id, c->path[1]);
    } else if (strcmp(kind, "climb") == 0) {
        for (int level = 0; level < top; level++) {
            escalate(c, level, id);
            await(c, level + 1, id, c->path[level + 1]);
        }
    }
}

/* When a level's journal last became durable, by the clock of all (one machine); later than `after`. */
static double durable(struct chain *c, int level, double after)
{
    static const char name[] = "\nqipan_journal_durable_seconds ";
    for (int tries = 0; tries < 1000; tries++) {
        int status = client_ask(&c->ask[level], "GET", "/metrics", NULL, 0);
        const char *at = status == 200 ? strstr(c->ask[level].in, name) : NULL;
        if (!at)
            fail("/metrics has no qipan_journal_durable_seconds", &c->ask[level], status);
        double when = strtod(at + sizeof name - 1, NULL);
        if (when > after)
            return when;
        usleep(1000);
    }
    fprintf(stderr, "bench_http: level %d does not commit what the city shows\n", level);
    exit(1);
}

/* How much later than `shown` the last of the relays had it on its disk. */
static double behind(struct chain *c, double began, double shown)
{
    double last = shown;
    for (int level = 1; level < c->n - 1; level++) {
        double when = durable(c, level, began);
        last = when > last ? when : last;
    }
    return last - shown;
}

static double wall_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void latency(struct chain *c, const char *kind, int count)
{
    const struct timespec pause = {0, 2000000};
    double *v = calloc((size_t)count, sizeof *v), *kept = calloc((size_t)count, sizeof *kept), first;
    double *every = calloc((size_t)count, sizeof *every);
    assert(v && kept && every);
    bool report = strcmp(kind, "report") == 0;
    int warm = count / 10 + 1;
    for (int i = -warm; i < count; i++) {
        double began = now_s(), began_wall = wall_s();
        one(c, kind, i + warm, i < 0 ? &first : &kept[i]);
        double took = now_s() - began, shown_wall = wall_s();
        double more = report ? behind(c, began_wall, shown_wall) : 0;
        if (i >= 0) {
            v[i] = took;
            every[i] = took + more;
        }
        nanosleep(&pause, NULL);
    }
    say_latency(kind, v, count);
    if (report) {
        say_latency("every", every, count);
        say_latency("kept", kept, count);
    }
    free(v);
    free(kept);
    free(every);
}

/* ---- many ---- */

struct batch {
    struct chain *c;
    long count, lines;
    atomic_long next, refused;
};

static void *poster(void *arg)
{
    struct batch *b = arg;
    struct client at;
    char *body = malloc((size_t)b->lines * LINE);
    assert(body);
    client_open(&at, b->c->url[0], b->c->token[0]);
    long from;
    while ((from = atomic_fetch_add(&b->next, b->lines)) < b->count) {
        size_t len = 0;
        for (long i = from; i < from + b->lines && i < b->count; i++)
            len += (size_t)matter_body(b->c, body + len, i);
        int status;
        while ((status = client_ask(&at, "POST", "/api/v1/matters:batch", body, len)) == 429)
            usleep(20000);
        if (status != 200)
            fail("POST /api/v1/matters:batch", &at, status);
        for (const char *p = at.in; (p = strstr(p, "\"error\"")); p++)
            if (atomic_fetch_add(&b->refused, 1) == 0)
                fprintf(stderr, "bench_http: a line is refused: %.300s\n", p);
    }
    free(body);
    client_close(&at);
    return NULL;
}

/* Matters that a node's board counts. */
static long board(struct client *c)
{
    int status = client_ask(c, "GET", "/api/v1/board?by=source", NULL, 0);
    if (status != 200)
        fail("GET /api/v1/board", c, status);
    const char *total = strstr(c->in, "\"total\"");
    const char *opened = total ? strstr(total, "\"opened\":") : NULL;
    if (!opened)
        fail("GET /api/v1/board has no total", c, status);
    return strtol(opened + 9, NULL, 10);
}

static void batch(struct chain *c, long count, long lines, long connections, long step)
{
    struct batch b = {.c = c, .count = count, .lines = lines};
    struct client *top = &c->ask[c->n - 1];
    pthread_t threads[64];
    char name[64];
    assert(connections >= 1 && connections <= 64);
    long first = board(top), seen = 0, mark = step;
    double began = now_s(), last = began;
    for (long i = 0; i < connections; i++)
        if (pthread_create(&threads[i], NULL, poster, &b) != 0)
            exit(1);
    double progress = began;
    while (seen < count) {
        usleep(5000);
        long now = board(top) - first;
        double at = now_s();
        if (now > seen)
            progress = at;
        seen = now;
        long passed = step > 0 && seen >= mark ? (seen - mark) / step * step + step : 0;
        if (passed > 0) {
            mark += passed;
            snprintf(name, sizeof name, "rate to %ld", mark - step);
            say(name, (double)passed / (at - last), "events/s");
            last = at;
        }
        if (at - progress > 60 || atomic_load(&b.refused) > 0) {
            fprintf(stderr, "bench_http: the city shows %ld of %ld; nothing new for %.0f s\n", seen, count,
                    at - progress);
            exit(1);
        }
    }
    double took = now_s() - began;
    for (long i = 0; i < connections; i++)
        pthread_join(threads[i], NULL);
    say("events to the city's board", (double)count / took, "events/s");
}

/* ---- */

/* Whoever watches is work for a node, so only what is waited for is watched: the city, and for `climb` every
 * level that accepts. */
static void chain_open(struct chain *c, char **at, int n, bool streams, bool all)
{
    if (n < 4 || n % 2 != 0 || n / 2 > LEVELS_MOST) {
        fprintf(stderr, "bench_http: at least two nodes, each with URL and TOKEN\n");
        exit(2);
    }
    c->n = n / 2;
    snprintf(c->run, sizeof c->run, "b%llx", (unsigned long long)(now_s() * 1e6));
    for (int i = 0; i < c->n; i++) {
        char path[280];
        c->url[i] = at[2 * i];
        c->token[i] = at[2 * i + 1];
        client_open(&c->ask[i], c->url[i], c->token[i]);
        int status = client_ask(&c->ask[i], "GET", "/api/v1/node", NULL, 0);
        if (status != 200)
            fail("GET /api/v1/node", &c->ask[i], status);
        client_value(&c->ask[i], "path", path, sizeof path);
        snprintf(c->path[i], sizeof c->path[i], "\"node\":\"%s\"", path);
        if (streams && (all || i == c->n - 1)) {
            client_open(&c->stream[i], c->url[i], c->token[i]);
            client_stream(&c->stream[i], "/api/v1/stream");
        }
    }
}

int main(int argc, char **argv)
{
    static struct chain c;
    const char *kind = argc > 2 ? argv[1] : "";
    long count = argc > 2 ? strtol(argv[2], NULL, 10) : 0;
    bool many = strcmp(kind, "batch") == 0;
    if (count < 1 || argc < (many ? 10 : 7)) {
        fprintf(stderr, "usage: bench_http report|top|escalate|climb COUNT URL TOKEN URL TOKEN...\n"
                        "       bench_http batch COUNT LINES CONNECTIONS STEP URL TOKEN URL TOKEN...\n");
        return 2;
    }
    int from = many ? 6 : 3;
    chain_open(&c, argv + from, argc - from, !many, strcmp(kind, "climb") == 0);
    if (many)
        batch(&c, count, strtol(argv[3], NULL, 10), strtol(argv[4], NULL, 10), strtol(argv[5], NULL, 10));
    else
        latency(&c, kind, (int)count);
    for (int i = 0; i < c.n; i++) {
        client_close(&c.ask[i]);
        if (c.stream[i].in)
            client_close(&c.stream[i]);
    }
    return 0;
}
