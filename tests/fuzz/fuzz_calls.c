/* fuzz_calls.c: every call of the API over real HTTP, with arguments and bodies that nobody meant: each row of the table
 * (node/http/calls/calls.h, so that a new call is walked by itself), the token with every right.
 *
 *   a row ─► its stars become ids that are there, or none ─► arguments by lot, true and mangled ─┐
 *            a body of true members with any values, mangled ────────────────────────────────────┴─► an answer:
 *                                                          2xx, 3xx or 4xx; JSON that can be read; an error says code and sentence
 *
 * Nothing is a 5xx: bad input is the asker's, and the node has room and turns. At the end it still takes a true report and
 * shows it, and each call was taken at least once somewhere. fuzz_calls [--runs N] [--seed N]. */
#include <stdio.h>
#include <time.h>

#include "node/http/routes.h"
#include "tests/unit/http/matter.h"

enum { PATH = 1500, BODY = 6000, IDS = 8, SLOW_MS = 20000 };

static uint64_t x = 0x9e3779b97f4a7c15;

static uint64_t lot(uint64_t below)
{
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return x % below;
}

#define ONE_OF(v) (v)[lot(sizeof(v) / sizeof *(v))]

static const char *const NAMES[] = {"after",      "area",          "bbox",
                                    "by",         "category",      "crs",
                                    "cursor",     "desk",          "due_before",
                                    "due_soon",   "ended",         "figure",
                                    "from",       "grid",          "held",
                                    "holder",     "key",           "lat",
                                    "lead",       "limit",         "lon",
                                    "matter",     "needs",         "node",
                                    "overdue",    "period",        "q",
                                    "recent",     "sort",          "source",
                                    "state",      "text",          "to",
                                    "unassigned", "urged",         "urgency",
                                    "what",       "who",           "updated_after",
                                    "dry_run",    "lang",          "hash",
                                    "purpose",    "last_event_id", "personal",
                                    "format",     "start_date",    "end_date",
                                    "status",     "page"};
static const char *const VALUES[] = {"",
                                     "0",
                                     "1",
                                     "-1",
                                     "500",
                                     "501",
                                     "9223372036854775807",
                                     "9223372036854775808",
                                     "1e9",
                                     "0.5",
                                     "true",
                                     "false",
                                     "suzhou",
                                     "suzhou/no",
                                     "noise",
                                     "open",
                                     "closed,open",
                                     "here",
                                     "emergency",
                                     "2026-03-01",
                                     "2026-W26",
                                     "2026-13-45",
                                     "2026-03-01T08:00:00Z",
                                     "0001-01-01T00:00:00Z",
                                     "9999-12-31T23:59:59.999999999+23:59",
                                     "area",
                                     "day",
                                     "desk",
                                     "opened",
                                     "-opened",
                                     "10,20,30,40",
                                     "180,90,-180,-90",
                                     "33.63",
                                     "116.98",
                                     "NaN",
                                     "inf",
                                     "gcj02",
                                     "wgs84",
                                     "%00",
                                     "%2f",
                                     "%e5%9f%8e",
                                     "%ff%fe",
                                     "%",
                                     "a%0d%0ab",
                                     "sign",
                                     "urged",
                                     "week",
                                     "*",
                                     "'\"<>",
                                     "zh"};
static const char *const MEMBERS[] = {
    "category", "title",    "text",     "source",   "source_ref", "occurred_at", "location",   "place",
    "area",     "urgency",  "deadline", "desk",     "reporter",   "attachments", "note",       "to",
    "reason",   "result",   "until",    "person",   "into",       "of",          "due",        "about",
    "keep",     "done",     "stage",    "reached",  "resolved",   "satisfied",   "if_version", "name",
    "rights",   "roles",    "password", "desks",    "grids",      "code",        "duties",     "members",
    "calendar", "boundary", "worker",   "deputies", "volunteers", "units",       "on",         "grid",
    "lat",      "lon",      "crs",      "with",     "police",     "matter",      "period",     "date",
    "path",     "label",    "level",    "minutes",  "replace",    "version",     "calendars",  "categories",
    "rules",    "call",     "seq",      "kind",     "body",       "key",         "id",         "step",
    "phone",    "purpose",  "areas",    "type",     "features"};
static const char *const JSON[] = {
    "null",
    "true",
    "false",
    "0",
    "-1",
    "1e400",
    "12345678901234567890",
    "0.1",
    "\"\"",
    "\"noise\"",
    "\"12345\"",
    "\"routine\"",
    "\"suzhou\"",
    "\"drums at night\"",
    "\"2026-03-01T08:00:00Z\"",
    "\"2h\"",
    "\"done\"",
    "[]",
    "{}",
    "[\"read\"]",
    "[[[[[[[[[[[[[]]]]]]]]]]]]]",
    "{\"lat\":33.6,\"lon\":116.9}",
    "{\"lat\":1e9,\"lon\":\"x\"}",
    "{\"name\":\"li\",\"phone\":\"13800000000\"}",
    "[{\"node\":\"suzhou\",\"name\":\"li\"}]",
    "[{\"role\":\"police\",\"count\":2}]",
    "\"\\u0000\"",
    "\"\\ud800\"",
    "\"\xff\"",
    "\"\xe2\x80\x8b\"",
    "[{}]",
    "[null]",
    "{\"type\":\"Polygon\",\"coordinates\":[[[116.9,33.6],[116.91,33.6],[116.91,33.61],[116.9,33.6]]]}",
    "\"day\"",
    "\"aa\\nbb\""};

struct ids {
    char v[IDS][160];
    int n;
};

static void keep(struct ids *k, const char *text)
{
    if (k->n < IDS)
        snprintf(k->v[k->n++], sizeof k->v[0], "%s", text);
}

/* Some bytes changed, put in, taken out. No blank, CR or LF in an address: that is another request. */
static void mangle(char *b, size_t cap, bool address)
{
    static const char marks[] = "0123456789-:/+.,%&=?#[]{}\"\\\xe5\xff*";
    for (uint64_t n = lot(4); n > 0; n--) {
        size_t len = strlen(b), at = len ? lot(len) : 0;
        char mark = marks[lot(sizeof marks - 1)];
        switch (lot(3)) {
        case 0:
            if (len)
                b[at] = mark;
            break;
        case 1:
            if (len)
                memmove(b + at, b + at + 1, len - at);
            break;
        default:
            if (len + 2 < cap) {
                memmove(b + at + 1, b + at, len - at + 1);
                b[at] = mark;
            }
        }
    }
    for (char *p = b; *p && address; p++)
        if (*p == ' ' || *p == '\r' || *p == '\n' || *p == '#')
            *p = '_';
}

/* One of the words in a text, by lot. */
static void one_word(char out[40], const char *words)
{
    size_t n = 1;
    for (const char *p = words; *p; p++)
        n += *p == ' ';
    for (size_t skip = lot(n); skip > 0; skip--)
        words = strchr(words, ' ') + 1;
    snprintf(out, 40, "%.*s", (int)strcspn(words, " "), words);
}

static void address(char out[PATH], const struct qp_call_row *t, const struct ids *k)
{
    size_t n = 0;
    for (const char *p = t->path; *p && n < 600; p++)
        if (*p != '*')
            out[n++] = *p;
        else
            n += (size_t)snprintf(out + n, 200, "%s", k->v[lot((uint64_t)k->n)]);
    out[n] = '\0';
    bool own = t->args && lot(4); /* what the call has, or whatever */
    for (uint64_t i = own && !*t->args ? 0 : lot(5) * lot(2), first = 1; i > 0; i--, first = 0) {
        char name[40];
        if (own)
            one_word(name, t->args);
        else
            snprintf(name, sizeof name, "%s", ONE_OF(NAMES));
        n += (size_t)snprintf(out + n, PATH - n, "%c%s=%s", first ? '?' : '&', name,
                              lot(6) ? ONE_OF(VALUES) : k->v[lot((uint64_t)k->n)]);
    }
    if (lot(3) == 0)
        mangle(out + 1, PATH - 1, true);
}

static void body(char out[BODY], const struct ids *k)
{
    static const char *const TRUE[] = {"{\"category\":\"noise\",\"title\":\"t\",\"source\":\"12345\"}",
                                       "{\"note\":\"n\"}",
                                       "{\"reason\":\"r\"}",
                                       "{}",
                                       "{\"result\":\"done\",\"note\":\"n\"}",
                                       "{\"to\":\"suzhou\",\"reason\":\"r\"}",
                                       "{\"name\":\"li\",\"rights\":[\"read\"]}",
                                       "{\"members\":[{\"node\":\"suzhou\",\"name\":\"li\"}]}",
                                       "{\"text\":\"hello\"}",
                                       "{\"code\":\"d1\",\"title\":\"d\"}",
                                       "{\"period\":\"day\",\"date\":\"2026-03-01\"}",
                                       "{\"on\":true}",
                                       "{\"lat\":33.6,\"lon\":116.9}",
                                       "{\"type\":\"FeatureCollection\",\"features\":[]}",
                                       "{\"version\":\"1\",\"title\":\"p\"}"};
    size_t n = 0;
    if (lot(2)) {
        snprintf(out, BODY, "%s", ONE_OF(TRUE));
    } else {
        n = (size_t)snprintf(out, BODY, "{");
        for (uint64_t i = lot(7), first = 1; i > 0; i--, first = 0) {
            char id[200];
            snprintf(id, sizeof id, "\"%s\"", k->v[lot((uint64_t)k->n)]);
            n += (size_t)snprintf(out + n, BODY - n, "%s\"%s\":%s", first ? "" : ",", ONE_OF(MEMBERS),
                                  lot(6) ? ONE_OF(JSON) : id);
        }
        snprintf(out + n, BODY - n, "}");
    }
    if (lot(3) == 0)
        mangle(out, BODY, false);
}

static void sound(const struct answer *a, const char *method, const char *path, const char *sent, int64_t ms)
{
    const json_t *e = a->json ? json_object_get(a->json, "error") : NULL;
    bool api = strstr(a->head, "Content-Type: application/json");
    const char *fault = a->status < 200 || a->status > 499 ? "status"
                        : api && !a->json && a->len        ? "JSON that cannot be read"
                        : e && json_is_object(e) &&
                                (!json_is_string(json_object_get(e, "code")) ||
                                 !json_string_length(json_object_get(e, "message")))
                            ? "an error without its sentence"
                        : ms > SLOW_MS ? "slow"
                                       : NULL;
    if (fault)
        fail_msg("%s: %d in %lld ms\n%s %s\n%s\n%.600s", fault, a->status, (long long)ms, method, path, sent,
                 a->body);
}

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Answers that never end, that wait to slow down who guesses, or that hash a password each time. */
static bool passed_over(const struct qp_call_row *t)
{
    return strcmp(t->path, "/api/v1/stream") == 0 || strstr(t->path, "session") || strstr(t->path, "login") ||
           strstr(t->path, "password");
}

static unsigned long runs = 3000;

static void ids_of(struct rig *r, struct ids *k)
{
    char id[27];
    report_id(r, id);
    keep(k, id);
    struct answer *a =
        ask(r, "POST", "/api/v1/lines",
            "{\"title\":\"l\",\"members\":[{\"node\":\"suzhou\",\"name\":\"li\"}]}", r->token, NULL);
    if (a->json && json_object_get(a->json, "id"))
        keep(k, text_at(a, "id"));
    answer_free(a);
    static const char *const MORE[] = {"suzhou", "nobody", "sort", "comment", "00000000000000000000000000"};
    for (size_t i = 0; i < sizeof MORE / sizeof *MORE; i++)
        keep(k, MORE[i]);
}

static void every_call_answers_whatever_it_is_asked(void **state)
{
    struct rig *r = *state;
    struct ids k = {.n = 0};
    char path[PATH], sent[BODY];
    unsigned taken[200] = {0};
    size_t rows = 0;
    ids_of(r, &k);
    while (qp_route_at(rows))
        rows++;
    assert_in_range(rows, 50, 200);
    int64_t slowest = 0;
    for (unsigned long i = 0; i < runs; i++) {
        size_t at = i < rows ? i : lot(rows);
        const struct qp_call_row *t = qp_route_at(at);
        if (passed_over(t))
            continue;
        address(path, t, &k);
        sent[0] = '\0';
        if (t->method != QP_GET && t->method != QP_DELETE)
            body(sent, &k);
        int64_t began = now_ms();
        struct answer *a = ask(r, rig_method(t->method), path, sent[0] ? sent : NULL, r->token, NULL);
        int64_t ms = now_ms() - began;
        slowest = ms > slowest ? ms : slowest;
        sound(a, rig_method(t->method), path, sent, ms);
        taken[at] += a->status < 400;
        answer_free(a);
    }
    size_t never = 0;
    for (size_t i = 0; i < rows; i++)
        if (!taken[i] && !passed_over(qp_route_at(i)))
            never++;
    printf("%lu requests over %zu calls, %zu of them never taken, the slowest %lld ms\n", runs, rows, never,
           (long long)slowest);
    assert_true(never < rows * 6 / 10); /* what takes nothing proves nothing */
    char id[27];
    report_id(r, id); /* it still takes a true one, and shows it */
    snprintf(path, sizeof path, "/api/v1/matters/%s", id);
    struct answer *a = ask(r, "GET", path, NULL, r->token, NULL);
    assert_int_equal(a->status, 200);
    answer_free(a);
}

int main(int argc, char **argv)
{
    for (int i = 1; i + 1 < argc; i += 2)
        if (strcmp(argv[i], "--runs") == 0)
            runs = strtoul(argv[i + 1], NULL, 10);
        else if (strcmp(argv[i], "--seed") == 0)
            x ^= strtoull(argv[i + 1], NULL, 10) * 0x2545f4914f6cdd1d;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_call_answers_whatever_it_is_asked, rig_up, rig_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
