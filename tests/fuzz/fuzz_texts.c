/* fuzz_texts.c: hostile bytes against the readers of texts and certificates: one target each, the first byte says which.
 *
 *   a seed ─► mutated, as a counter says (the same every time) ─► reader ─► what it takes must hold its promise
 *
 * Under libFuzzer its inputs come in the seeds' place (README.md). By itself: fuzz_texts [--runs N] [--only TARGET]; the
 * short form is a test, a campaign is a larger N. A target that never takes anything would prove nothing: that fails too. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "topology/certificate.h"
#include "topology/duration.h"
#include "topology/path.h"
#include "topology/token.h"
#include "topology/zone.h"

/* True: it was taken. */
static bool token(const char *text, size_t len)
{
    struct qp_token t;
    (void)len;
    if (qp_token_parse(&t, text, NULL) != 0)
        return false;
    assert(memchr(t.path, 0, sizeof t.path) != NULL && memchr(t.endpoint, 0, sizeof t.endpoint) != NULL);
    assert(qp_path_check(t.path, NULL) == 0);
    return true;
}

static bool time_of(const char *text, size_t len)
{
    int64_t at, again;
    char out[32];
    (void)len;
    if (qp_time_parse(&at, text, NULL) != 0)
        return false;
    qp_time_text(out, at);
    if (at >= 0 && at < INT64_C(253402300800000000)) /* before the year 10000 it is written as it is read */
        assert(qp_time_parse(&again, out, NULL) == 0 && again / 1000000 == at / 1000000);
    return true;
}

static bool path(const char *text, size_t len)
{
    char above[QP_PATH_MAX];
    if (qp_path_check(text, NULL) != 0)
        return false;
    assert(len >= strlen(text) && strlen(text) < QP_PATH_MAX && strstr(text, "//") == NULL);
    if (qp_path_parent(above, text))
        assert(qp_path_within(text, above) && qp_path_check(above, NULL) == 0);
    return true;
}

static bool duration(const char *text, size_t len)
{
    struct qp_duration d, again;
    char out[QP_DURATION_TEXT];
    (void)len;
    if (qp_duration_parse(&d, text, NULL) != 0)
        return false;
    assert(qp_duration_sound(&d));
    qp_duration_text(out, &d);
    assert(qp_duration_parse(&again, out, NULL) == 0);
    return true;
}

static bool chain(const char *bytes, size_t len)
{
    static const struct qp_hash root;
    struct qp_cert certs[QP_CHAIN_CERTIFICATES];
    Qp__Chain *c;
    size_t n = 0;
    struct qp_arena *a = qp_arena_new(QP_DECODE_ARENA);
    bool taken = QP_DECODE(&c, chain, bytes, len, a, NULL) == 0;
    for (size_t i = 0; taken && i < c->n_certificates; i++)
        if (qp_cert_read(&certs[0], c->certificates[i], a, NULL) == 0)
            assert(qp_path_check(certs[0].path, NULL) == 0 && certs[0].incarnation > 0);
    if (taken) /* nobody has this root's key */
        assert(qp_chain_check(certs, &n, c, &root, a, NULL) != 0);
    qp_arena_free(a);
    return taken;
}

static const struct {
    const char *name;
    bool (*takes)(const char *bytes, size_t len);
    const char *seeds[4];
} TARGETS[] = {
    {"time", time_of, {"2026-03-01T12:00:00Z", "1999-12-31 23:59:59.123456+08:00", "0001-01-01T00:00:00Z"}},
    {"path", path, {"suzhou/yongqiao/tuohe", "a", "boston/d1/b-2"}},
    {"duration", duration, {"5wd", "PT2H", "30m", "2h"}},
    {"chain", chain, {"", "\x0a\x04\x0a\x00\x12\x00"}},
    {"token", token, {"", "qp1.", "qipan-join-1."}},
};
enum { N_TARGETS = sizeof TARGETS / sizeof *TARGETS, LEN_MAX = 512 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (len == 0 || len > 65536)
        return 0;
    char *text = malloc(len); /* exactly so long: a reader that goes beyond is seen */
    if (text == NULL)
        return 0;
    memcpy(text, data + 1, len - 1);
    text[len - 1] = 0;
    TARGETS[data[0] % N_TARGETS].takes(text, len - 1);
    free(text);
    return 0;
}

#ifndef QP_FUZZER
static uint64_t next(uint64_t *x)
{
    *x ^= *x << 13;
    *x ^= *x >> 7;
    return *x ^= *x << 17;
}

/* A few bytes changed, put in, taken out, or a piece said twice. */
static size_t mutate(char *b, size_t len, uint64_t *x)
{
    static const char marks[] = "0123456789-:/+.,TZ PYMDHS\"\\\xe5\xff\x01";
    for (unsigned n = (unsigned)(next(x) % 4); n > 0; n--) {
        size_t at = len > 0 ? next(x) % len : 0;
        switch (next(x) % 4) {
        case 0:
            if (len > 0)
                b[at] = marks[next(x) % (sizeof marks - 1)];
            break;
        case 1:
            if (len > 0)
                b[at] ^= (char)(1 << next(x) % 7);
            break;
        case 2:
            if (len > 0)
                memmove(b + at, b + at + 1, --len - at);
            break;
        default:
            if (len + 1 < LEN_MAX) {
                memmove(b + at + 1, b + at, len++ - at);
                b[at] = marks[next(x) % (sizeof marks - 1)];
            }
        }
    }
    return len;
}

static bool run(size_t t, unsigned long runs)
{
    uint64_t x = 0x9e3779b97f4a7c15 + t;
    unsigned long taken = 0, given = 0;
    for (unsigned long i = 0; i < runs; i++) {
        char b[LEN_MAX + 1];
        size_t k = next(&x) % 4;
        const char *seed = TARGETS[t].seeds[k] != NULL ? TARGETS[t].seeds[k] : TARGETS[t].seeds[0];
        size_t len = strlen(seed);
        memcpy(b, seed, len);
        len = i < 4 ? len : mutate(b, len, &x);
        char *exact = malloc(len + 1);
        if (exact == NULL)
            return false;
        memcpy(exact, b, len);
        exact[len] = 0;
        taken += TARGETS[t].takes(exact, len);
        given++;
        free(exact);
    }
    printf("%-10s %lu given, %lu taken\n", TARGETS[t].name, given, taken);
    return taken > 0 || TARGETS[t].takes == token; /* a token's checksum is not guessed */
}

int main(int argc, char **argv)
{
    unsigned long runs = 20000;
    const char *only = NULL;
    bool ok = true;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--runs") == 0)
            runs = strtoul(argv[i + 1], NULL, 10);
        if (strcmp(argv[i], "--only") == 0)
            only = argv[i + 1];
    }
    if (qp_crypto_init(NULL) != 0)
        return 1;
    for (size_t t = 0; t < N_TARGETS; t++)
        if (only == NULL || strcmp(only, TARGETS[t].name) == 0)
            ok &= run(t, runs);
    return ok ? 0 : 1;
}
#endif
