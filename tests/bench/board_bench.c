/* board_bench.c: what the board costs: a city's node with four levels below it, three years, a million
 * matters by default.
 *
 *   bench_board [MATTERS] [FOLDER]
 *
 * Prints what a change costs in memory and in the tables, by the turn's size, and what each question costs:
 * processor time, the kernel's included, so that what else runs on the machine changes little.
 * FOLDER (default /tmp) holds the store for as long as it runs, about 0.5 GB for a million. */
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "node/insight/board.h"

enum { COUNTIES = 7, STREETS = 17, COMMUNITIES = 11, CATEGORIES = 200, SOURCES = 6, DESKS = 40, YEARS = 3 };
#define SELF "suzhou"
#define S_US INT64_C(1000000)

struct matter {
    int64_t opened_us, closed_us, visited_us;
    uint16_t area, category, desk;
    uint8_t source;
};

struct step {
    int64_t at_us;
    uint32_t matter;
    uint8_t kind; /* 0 open, 1 close, 2 visit */
};

struct bench {
    char dir[128];
    struct qp_store *store;
    struct qp_zone *zone;
    struct qp_board *board;
    char area[COUNTIES * STREETS * COMMUNITIES][QP_PATH_MAX];
    char category[CATEGORIES][32], source[SOURCES][32], desk[DESKS][32];
    struct matter *matter;
    struct step *step;
    size_t n, n_steps;
    uint64_t random;
    double change_s, flush_s;
};

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double uniform(struct bench *b)
{
    uint64_t z = b->random += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (double)((z ^ z >> 31) >> 11) / 9007199254740992.0;
}

static void must(int rc, const struct qp_err *e)
{
    if (rc) {
        fprintf(stderr, "bench_board: %s\n", e->text);
        exit(1);
    }
}

/* ---- the city and its matters ---- */

static void names_make(struct bench *b)
{
    for (int i = 0; i < COUNTIES * STREETS * COMMUNITIES; i++)
        snprintf(b->area[i], sizeof b->area[i], SELF "/3413%02d/3413%02d%03d/%d-%d", i % COUNTIES,
                 i % COUNTIES, i / COUNTIES % STREETS, i % COUNTIES, i);
    for (int i = 0; i < CATEGORIES; i++)
        snprintf(b->category[i], sizeof b->category[i], "城市管理/第%d类", i);
    for (int i = 0; i < SOURCES; i++)
        snprintf(b->source[i], sizeof b->source[i], "source %d", i);
    for (int i = 1; i < DESKS; i++)
        snprintf(b->desk[i], sizeof b->desk[i], "部门 %d", i);
}

static int step_order(const void *a, const void *b)
{
    const struct step *x = a, *y = b;
    if (x->at_us != y->at_us)
        return x->at_us < y->at_us ? -1 : 1;
    return x->kind - y->kind;
}

static void matters_make(struct bench *b, size_t n)
{
    const double span_s = YEARS * 365.0 * 86400;
    const int64_t start_us = INT64_C(1672502400) * S_US; /* 2023-01-01 in China */
    b->n = n;
    b->matter = calloc(n, sizeof *b->matter);
    b->step = calloc(n * 3, sizeof *b->step);
    assert(b->matter && b->step);
    for (size_t i = 0; i < n; i++) {
        struct matter *m = &b->matter[i];
        m->opened_us = start_us + (int64_t)((double)i / (double)n * span_s) * S_US;
        double normal = sqrt(-2 * log(uniform(b) + 1e-300)) * cos(6.283185307 * uniform(b));
        m->closed_us =
            m->opened_us + (int64_t)(exp(11.5 + 1.6 * normal)) * S_US; /* a day or so, with a long tail */
        m->visited_us = m->closed_us + (int64_t)(uniform(b) * 5 * 86400) * S_US;
        m->area = (uint16_t)(uniform(b) * COUNTIES * STREETS * COMMUNITIES);
        m->category = (uint16_t)(CATEGORIES * uniform(b) * uniform(b)); /* some are frequent */
        m->source = (uint8_t)(uniform(b) * SOURCES);
        m->desk = (uint16_t)(DESKS * uniform(b));
        b->step[b->n_steps++] = (struct step){m->opened_us, (uint32_t)i, 0};
        if (m->closed_us < start_us + (int64_t)span_s * S_US)
            b->step[b->n_steps++] = (struct step){m->closed_us, (uint32_t)i, 1};
        if (m->visited_us < start_us + (int64_t)span_s * S_US && uniform(b) < 0.5)
            b->step[b->n_steps++] = (struct step){m->visited_us, (uint32_t)i, 2};
    }
    qsort(b->step, b->n_steps, sizeof *b->step, step_order);
}

struct life {
    Qp__Row row;
    Qp__Face face;
    Qp__Visit visit;
};

/* The matter as it is after `kind`. */
static void life_make(struct life *l, struct bench *b, uint32_t matter, int kind)
{
    struct matter *m = &b->matter[matter];
    qp__row__init(&l->row);
    qp__face__init(&l->face);
    qp__visit__init(&l->visit);
    l->row.face = &l->face;
    l->face.title = (char *)(uintptr_t) "路灯不亮,影响夜间出行";
    l->face.area = b->area[m->area];
    l->face.category = b->category[m->category];
    l->face.source = b->source[m->source];
    l->face.desk = b->desk[m->desk];
    l->face.opened_us = m->opened_us;
    l->face.deadline_us = m->opened_us + INT64_C(3) * 86400 * S_US;
    if (kind >= 1)
        l->face.closed_us = m->closed_us;
    if (kind >= 2) {
        l->face.visit = &l->visit;
        l->visit.at_us = m->visited_us;
        l->visit.satisfied = 1 + (matter & 1);
    }
    qp_board_buckets(&l->row, b->zone);
}

/* ---- writing ---- */

static void turn(struct bench *b, size_t from, size_t to, bool rows)
{
    struct qp_err e;
    struct qp_txn t;
    must(qp_store_begin(b->store, &t, &e), &e);
    for (size_t i = from; i < to; i++) {
        struct life was, is;
        const struct step *s = &b->step[i];
        if (s->kind > 0)
            life_make(&was, b, s->matter, s->kind - 1);
        life_make(&is, b, s->matter, s->kind);
        double began = now_s();
        qp_board_change(b->board, s->kind > 0 ? &was.row : NULL, &is.row);
        b->change_s += now_s() - began;
        uint8_t key[QP_ID_LEN] = {0}, packed[1024];
        qp_be64(key, s->matter);
        if (rows)
            must(qp_put(t.tables, qp_store_dbi(b->store, QP_T_MATTER), key, sizeof key, packed,
                        qp__row__pack(&is.row, packed), &e),
                 &e);
    }
    double began = now_s();
    must(qp_board_flush(b->board, &t, &e), &e);
    b->flush_s += now_s() - began;
    must(qp_store_commit_journal(&t, &e), &e);
    must(qp_store_commit_tables(&t, &e), &e);
}

static const size_t turn_sizes[] = {1, 10, 100, 1000};

static void line(const struct bench *b, const char *what, size_t size, size_t steps)
{
    printf("%-44s %12zu %8.2f %8.2f\n", what, size, b->change_s * 1e6 / (double)steps,
           b->flush_s * 1e6 / (double)steps);
}

static void write_all(struct bench *b)
{
    size_t measured = b->n_steps / 10, done = 0, before = b->n_steps - 4 * measured;
    printf("%zu steps of %zu matters; us a step, by the turn's size\n", b->n_steps, b->n);
    printf("%-44s %12s %8s %8s\n", "steps", "a turn", "change", "flush");
    for (; done < before; done += 2000)
        turn(b, done, done + 2000 < before ? done + 2000 : before, true);
    done = before;
    for (size_t s = 0; s < 4; s++) {
        size_t turns = measured / turn_sizes[s] < 3000 ? measured / turn_sizes[s] : 3000;
        b->change_s = b->flush_s = 0;
        for (size_t i = 0; i < turns; i++, done += turn_sizes[s])
            turn(b, done, done + turn_sizes[s], true);
        line(b, "all over the city, opened to closed", turn_sizes[s], turns * turn_sizes[s]);
    }
    for (; done < b->n_steps; done += 2000)
        turn(b, done, done + 2000 < b->n_steps ? done + 2000 : b->n_steps, true);
}

/* Matters of one community that are opened and closed again within today. */
static void write_one_community(struct bench *b)
{
    size_t n = b->n / 10 < 20000 ? b->n / 10 : 20000;
    int64_t today_us = b->step[b->n_steps - 1].at_us;
    for (size_t i = 0; i < n; i++) {
        struct matter *m = &b->matter[i];
        m->opened_us = today_us + (int64_t)(i * 10000000 / n);
        m->closed_us = m->opened_us + 3600 * S_US;
        m->area = 77;
        b->step[i] = (struct step){m->opened_us, (uint32_t)i, 0};
        b->step[i + n] = (struct step){m->closed_us, (uint32_t)i, 1};
    }
    size_t done = 0;
    for (size_t kind = 0; kind < 2; kind++) {
        done = kind * n;
        for (size_t s = 0; s < 4; s++) {
            size_t turns = n / 4 / turn_sizes[s];
            b->change_s = b->flush_s = 0;
            for (size_t i = 0; i < turns; i++, done += turn_sizes[s])
                turn(b, done, done + turn_sizes[s], false);
            line(b, kind == 0 ? "one community, today, opened" : "one community, today, closed",
                 turn_sizes[s], turns * turn_sizes[s]);
        }
    }
}

/* ---- asking ---- */

static int number_order(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void ask(struct bench *b, const char *what, const struct qp_board_query *q)
{
    enum { ROUNDS = 15 };
    double took[ROUNDS];
    size_t rows = 0;
    bool scanned = false;
    for (int i = 0; i < ROUNDS; i++) {
        struct qp_read r;
        struct qp_err e;
        struct qp_board_result out;
        double began = now_s();
        must(qp_read_begin(b->store, &r, &e), &e);
        must(qp_board_ask(&out, &r, SELF, b->zone, q, &e), &e);
        qp_read_end(&r);
        took[i] = now_s() - began;
        rows = out.n;
        scanned = out.scanned;
        qp_board_result_free(&out);
        if (scanned && i == 2)
            qsort(took, 3, sizeof *took, number_order);
        if (scanned && i == 2) {
            took[ROUNDS / 2] = took[1];
            break;
        }
    }
    if (!scanned)
        qsort(took, ROUNDS, sizeof *took, number_order);
    printf("%-44s %8zu %12.3f%s\n", what, rows, took[ROUNDS / 2] * 1e3, scanned ? "  scanned" : "");
}

static int64_t local(struct bench *b, const char *text)
{
    int64_t us;
    struct qp_err e;
    must(qp_time_parse_local(&us, text, b->zone, &e), &e);
    return us;
}

static void ask_all(struct bench *b)
{
    static const char *const words[] = {"area", "desk", "source", "category", "hour", "day", "week", "month"};
    static const struct {
        const char *text, *from, *to;
    } ranges[] = {
        {"all time", NULL, NULL},
        {"one month", "2024-05-01", "2024-06-01"},
        {"a year and odd days", "2024-01-10", "2025-02-20"},
        {"45 days", "2024-03-05", "2024-04-19"},
        {"9 days and odd hours", "2024-03-05T07:00:00", "2024-03-14T19:00:00"},
    };
    char what[80];
    printf("%-44s %8s %12s\n", "question", "rows", "ms (median)");
    for (size_t r = 0; r < sizeof ranges / sizeof *ranges; r++) {
        for (int filter = 0; filter < 2; filter++) {
            for (int by = QP_SPLIT_AREA; by <= QP_SPLIT_MONTH; by++) {
                struct qp_board_query q = {.by = (enum qp_split)by, .has_from = ranges[r].from};
                q.has_to = q.has_from;
                q.from_us = q.has_from ? local(b, ranges[r].from) : 0;
                q.to_us = q.has_to ? local(b, ranges[r].to) : 0;
                if (filter && (by == QP_SPLIT_HOUR || by == QP_SPLIT_DESK || by == QP_SPLIT_SOURCE || r == 4))
                    continue; /* scans: one is shown below */
                q.category = filter ? b->category[17] : NULL;
                if (r == 4 && by >= QP_SPLIT_DESK && by <= QP_SPLIT_CATEGORY)
                    continue;
                snprintf(what, sizeof what, "%s, %s%s", words[by - 1], ranges[r].text,
                         filter ? ", one category" : "");
                ask(b, what, &q);
            }
        }
    }
    struct qp_board_query two = {.by = QP_SPLIT_AREA, .category = b->category[17], .source = b->source[1]};
    ask(b, "area, all time, category and source", &two);
    struct qp_board_query odd = {
        .by = QP_SPLIT_CATEGORY, .has_from = true, .from_us = local(b, "2023-06-01T07:30:00")};
    ask(b, "category, from half past", &odd);
    double began = now_s();
    struct qp_read r;
    struct qp_err e;
    struct qp_counts c;
    must(qp_read_begin(b->store, &r, &e), &e);
    for (int i = 0; i < COUNTIES * STREETS * COMMUNITIES; i++)
        qp_board_area(&r, b->area[i], &c);
    qp_read_end(&r);
    printf("%-44s %8d %12.3f\n", "the tree view's figures", COUNTIES * STREETS * COMMUNITIES,
           (now_s() - began) * 1e3);
}

static void sizes(struct bench *b)
{
    static const enum qp_table tables[] = {QP_T_CELL, QP_T_NAME, QP_T_MATTER};
    struct qp_read r;
    struct qp_err e;
    must(qp_read_begin(b->store, &r, &e), &e);
    for (size_t i = 0; i < 3; i++) {
        MDB_stat s;
        mdb_stat(r.tables, qp_store_dbi(b->store, tables[i]), &s);
        printf("table %-8s %9zu entries %7.1f MB\n", qp_table_name(tables[i]), s.ms_entries,
               (double)(s.ms_leaf_pages + s.ms_branch_pages + s.ms_overflow_pages) * s.ms_psize / 1e6);
    }
    qp_read_end(&r);
}

int main(int argc, char **argv)
{
    static struct bench b = {.random = 20260301};
    struct qp_err e;
    char command[160];
    size_t n = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000000;
    snprintf(b.dir, sizeof b.dir, "%.100s/qp-board-XXXXXX", argc > 2 ? argv[2] : "/tmp");
    must(qp_crypto_init(&e), &e);
    if (n < 1000 || !mkdtemp(b.dir)) {
        fprintf(stderr, "bench_board: at least 1000 matters, and a folder that can be written\n");
        return 2;
    }
    const struct qp_store_options o = {.dir = b.dir,
                                       .journal_map = 16 << 20,
                                       .tables_map = (size_t)4 << 30,
                                       .no_sync = true,
                                       .boot_id = "bench"};
    must(qp_store_open(&b.store, &o, &e), &e);
    must(qp_zone_load(&b.zone, "Asia/Shanghai", &e), &e);
    b.board = qp_board_new(SELF, b.zone);
    assert(b.board);
    names_make(&b);
    matters_make(&b, n);
    double began = now_s();
    write_all(&b);
    printf("written in %.1f s\n", now_s() - began);
    sizes(&b);
    ask_all(&b);
    write_one_community(&b);
    qp_board_free(b.board);
    qp_zone_free(b.zone);
    qp_store_close(b.store, true);
    free(b.matter);
    free(b.step);
    snprintf(command, sizeof command, "rm -r '%s'", b.dir);
    return system(command) == 0 ? 0 : 1;
}
