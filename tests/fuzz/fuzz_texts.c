/* fuzz_texts.c: hostile bytes against the readers of texts and certificates (fuzz.h). */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/trust.h"
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
    if (qp_token_parse(&t, text, NULL))
        return false;
    assert(memchr(t.path, 0, sizeof t.path) && memchr(t.endpoint, 0, sizeof t.endpoint));
    assert(!qp_path_check(t.path, NULL));
    return true;
}

static bool time_of(const char *text, size_t len)
{
    int64_t at, again;
    char out[32];
    (void)len;
    if (qp_time_parse(&at, text, NULL))
        return false;
    qp_time_text(out, at);
    if (at >= 0 && at < INT64_C(253402300800000000)) /* before the year 10000 it is written as it is read */
        assert(!qp_time_parse(&again, out, NULL) && again / 1000000 == at / 1000000);
    return true;
}

static bool path(const char *text, size_t len)
{
    char above[QP_PATH_MAX];
    if (qp_path_check(text, NULL))
        return false;
    assert(len >= strlen(text) && strlen(text) < QP_PATH_MAX && !strstr(text, "//"));
    if (qp_path_parent(above, text))
        assert(qp_path_within(text, above) && !qp_path_check(above, NULL));
    return true;
}

static bool duration(const char *text, size_t len)
{
    struct qp_duration d, again;
    char out[QP_DURATION_TEXT];
    (void)len;
    if (qp_duration_parse(&d, text, NULL))
        return false;
    assert(qp_duration_sound(&d));
    qp_duration_text(out, &d);
    assert(!qp_duration_parse(&again, out, NULL));
    return true;
}

/* What is taken is the street's chain as the three signed it, or an end of it: nobody else has their keys. */
static void is_ours(const Qp__Chain *c)
{
    const struct trust *t = trust();
    assert(c->n_certificates >= 1 && c->n_certificates <= TRUST_LEVELS);
    for (size_t i = 0; i < c->n_certificates; i++) {
        const Qp__Certificate *is = c->certificates[c->n_certificates - 1 - i], *was = t->raw[i];
        assert(is->body.len == was->body.len && memcmp(is->body.data, was->body.data, is->body.len) == 0);
        assert(is->signature.len == was->signature.len &&
               memcmp(is->signature.data, was->signature.data, is->signature.len) == 0);
    }
}

static bool chain(const char *bytes, size_t len)
{
    static const struct qp_hash other;
    struct qp_cert certs[QP_CHAIN_CERTIFICATES];
    Qp__Chain *c;
    size_t n = 0;
    struct qp_arena *a = qp_arena_new(QP_DECODE_ARENA);
    bool read = QP_DECODE(&c, chain, bytes, len, a, NULL) == 0, taken = false;
    for (size_t i = 0; read && i < c->n_certificates; i++)
        if (!qp_cert_read(&certs[0], c->certificates[i], a, NULL))
            assert(!qp_path_check(certs[0].path, NULL) && certs[0].incarnation > 0);
    if (read) {
        assert(qp_chain_check(certs, &n, c, &other, a, NULL)); /* nobody has this root's key */
        taken = !qp_chain_check(certs, &n, c, &trust()->cert[0].id, a, NULL);
    }
    if (taken)
        is_ours(c);
    qp_arena_free(a);
    return taken;
}

static size_t chain_make(char out[FUZZ_MOST])
{
    return trust_chain(out, FUZZ_MOST);
}

static const struct fuzz_target TARGETS[] = {
    {.name = "time",
     .takes = time_of,
     .seeds = {"2026-03-01T12:00:00Z", "1999-12-31 23:59:59.123456+08:00", "0001-01-01T00:00:00Z"}},
    {.name = "path", .takes = path, .seeds = {"suzhou/yongqiao/tuohe", "a", "boston/d1/b-2"}},
    {.name = "duration", .takes = duration, .seeds = {"5wd", "PT2H", "30m", "2h"}},
    {.name = "chain", .takes = chain, .seeds = {""}, .seed = chain_make, .sealed = true},
    {.name = "token",
     .takes = token,
     .seeds = {"", "qp1.", "qipan-join-1."},
     .never = true}, /* its checksum is not guessed */
};
FUZZ_MAIN(TARGETS)
