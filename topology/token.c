/* token.c: the join token's text: everything that a new node needs to find its parent and to know it, and one
 * secret.
 *
 *   qipan1.<base64url of: version 1, expires_us 8, root 32, parent's link key 32, secret 32, path 2+n,
 * endpoint 2+n, check 4>
 *
 * Called by `qipan invite` and `qipan join`. A token is copied by hand and by chat programs: what is wrong
 * with it is said. */
#include "topology/token.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX "qipan1."

enum {
    VERSION = 1,
    AT_EXPIRES = 1,
    AT_ROOT = 9,
    AT_LINK_KEY = AT_ROOT + QP_HASH_LEN,
    AT_SECRET = AT_LINK_KEY + QP_PK_LEN,
    FIXED = AT_SECRET + QP_SEED_LEN,
    CHECK = 4,
    PREFIX_LEN = sizeof PREFIX - 1,
    BYTES_MIN = FIXED + 2 + 2 + CHECK,
    BYTES_MAX = FIXED + 2 + (QP_PATH_MAX - 1) + 2 + QP_ENDPOINT_MAX + CHECK,
};
_Static_assert(PREFIX_LEN + (BYTES_MAX + 2) / 3 * 4 + 1 <= QP_TOKEN_TEXT_MAX, "every token fits");

bool qp_endpoint_anywhere(const char *endpoint)
{
    static const char *const all[] = {"*", "0.0.0.0", "0", "[::]", "::", "[0:0:0:0:0:0:0:0]", "[::0]"};
    const char *host = strncmp(endpoint, "tcp://", 6) == 0 ? endpoint + 6 : endpoint,
               *colon = strrchr(host, ':');
    size_t n = colon ? (size_t)(colon - host) : strlen(host);
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (strlen(all[i]) == n && strncmp(all[i], host, n) == 0)
            return true;
    return n == 0 || (colon && strtol(colon + 1, NULL, 10) == 0);
}

/* tcp://HOST:PORT with a host that can be dialled. */
static int endpoint_check(const char *endpoint, struct qp_err *e)
{
    const char *host = endpoint + strlen("tcp://"), *colon = strrchr(endpoint, ':');
    bool good = strncmp(endpoint, "tcp://", strlen("tcp://")) == 0 && colon > host;
    for (const char *p = host; good && p < colon; p++)
        good = isgraph((unsigned char)*p) && *p != '/' && *p != '*' && *p != ',' && *p != ';' && *p != '@';
    size_t digits = good ? strspn(colon + 1, "0123456789") : 0;
    long port = digits > 0 && digits <= 5 && colon[1 + digits] == '\0' ? strtol(colon + 1, NULL, 10) : 0;
    if (port < 1 || port > 65535)
        return qp_fail(e, QP_EINVAL,
                       "endpoint \"%.200s\" must be tcp://HOST:PORT, as the new node is to dial it",
                       endpoint);
    if (qp_endpoint_anywhere(endpoint))
        return qp_fail(e, QP_EPOLICY,
                       "%.200s is every address of this machine, and none that another one can dial: set "
                       "link.advertise (serve --advertise) to tcp://HOST:PORT, as children reach it",
                       endpoint);
    return 0;
}

static uint8_t *be_put(uint8_t *p, uint64_t v, int bytes)
{
    for (int i = bytes - 1; i >= 0; i--, v >>= 8)
        p[i] = (uint8_t)v;
    return p + bytes;
}

static uint64_t be_get(const uint8_t *p, int bytes)
{
    uint64_t v = 0;
    for (int i = 0; i < bytes; i++)
        v = v << 8 | p[i];
    return v;
}

static uint8_t *put(uint8_t *p, const void *in, size_t len)
{
    memcpy(p, in, len);
    return p + len;
}

int qp_token_print(char out[QP_TOKEN_TEXT_MAX], const struct qp_token *t, struct qp_err *e)
{
    assert(memchr(t->path, 0, sizeof t->path) && memchr(t->endpoint, 0, sizeof t->endpoint));
    int rc = qp_path_check(t->path, e);
    if (!rc)
        rc = endpoint_check(t->endpoint, e);
    if (rc)
        return rc;
    uint8_t b[BYTES_MAX], *p = b;
    size_t path_len = strlen(t->path), endpoint_len = strlen(t->endpoint);
    *p++ = VERSION;
    p = be_put(p, (uint64_t)t->expires_us, 8);
    p = put(p, t->root.b, QP_HASH_LEN);
    p = put(p, t->parent_link_key, QP_PK_LEN);
    p = put(p, t->secret, QP_SEED_LEN);
    p = put(be_put(p, path_len, 2), t->path, path_len);
    p = put(be_put(p, endpoint_len, 2), t->endpoint, endpoint_len);
    struct qp_hash h;
    qp_hash(&h, b, (size_t)(p - b));
    p = put(p, h.b, CHECK);
    memcpy(out, PREFIX, PREFIX_LEN);
    qp_b64(out + PREFIX_LEN, b, (size_t)(p - b));
    explicit_bzero(b, sizeof b);
    return 0;
}

/* Whether the two texts end where the check begins; *short_of when there should be more bytes than there are.
 */
static bool shape_fits(const uint8_t *b, size_t len, bool *short_of)
{
    *short_of = len < BYTES_MIN;
    if (*short_of)
        return false;
    size_t need = BYTES_MIN + be_get(b + FIXED, 2);
    if (need <= len)
        need += be_get(b + need - 2 - CHECK, 2);
    *short_of = need > len;
    return need == len;
}

static int text_take(char *out, size_t cap, const uint8_t *b, size_t *at, const char *what, struct qp_err *e)
{
    size_t len = be_get(b + *at, 2);
    if (len == 0 || len >= cap || memchr(b + *at + 2, 0, len))
        return qp_fail(e, QP_EINVAL, "the token's %s is not one", what);
    memcpy(out, b + *at + 2, len);
    out[len] = '\0';
    *at += 2 + len;
    return 0;
}

static int fields_take(struct qp_token *t, const uint8_t *b, struct qp_err *e)
{
    size_t at = FIXED;
    if (b[0] != VERSION)
        return qp_fail(e, QP_EINVAL, "this token is of version %u; this build reads version %d", b[0],
                       VERSION);
    t->expires_us = (int64_t)be_get(b + AT_EXPIRES, 8);
    memcpy(t->root.b, b + AT_ROOT, QP_HASH_LEN);
    memcpy(t->parent_link_key, b + AT_LINK_KEY, QP_PK_LEN);
    memcpy(t->secret, b + AT_SECRET, QP_SEED_LEN);
    int rc = text_take(t->path, sizeof t->path, b, &at, "path", e);
    if (!rc)
        rc = text_take(t->endpoint, sizeof t->endpoint, b, &at, "endpoint", e);
    if (!rc)
        rc = qp_path_check(t->path, e);
    return !rc ? endpoint_check(t->endpoint, e) : rc;
}

static int bytes_take(struct qp_token *t, const uint8_t *b, size_t len, struct qp_err *e)
{
    struct qp_hash h = {{0}};
    bool short_of, fits = shape_fits(b, len, &short_of);
    if (len > CHECK)
        qp_hash(&h, b, len - CHECK);
    if (short_of)
        return qp_fail(e, QP_EINVAL, "the token is cut short: copy all of it, up to its last character");
    if (memcmp(h.b, b + len - CHECK, CHECK) != 0)
        return qp_fail(e, QP_EINVAL, "the token is mistyped: its check does not fit; copy it again");
    if (!fits)
        return qp_fail(e, QP_EINVAL, "the token has bytes that do not belong to it");
    return fields_take(t, b, e);
}

int qp_token_parse(struct qp_token *t, const char *text, struct qp_err *e)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    char copy[QP_TOKEN_TEXT_MAX];
    uint8_t b[BYTES_MAX + 3];
    while (isspace((unsigned char)*text))
        text++;
    if (strncmp(text, PREFIX, PREFIX_LEN) != 0)
        return qp_fail(e, QP_EINVAL, "this is not a qipan token: one begins with %s", PREFIX);
    text += PREFIX_LEN;
    size_t len = strlen(text);
    while (len > 0 && isspace((unsigned char)text[len - 1]))
        len--;
    size_t known = strspn(text, alphabet);
    if (known < len)
        return qp_fail(e, QP_EINVAL, "the token is mistyped: its character %zu is none that a token has",
                       PREFIX_LEN + known + 1);
    if (len >= sizeof copy || len > qp_b64_len(BYTES_MAX))
        return qp_fail(e, QP_EINVAL, "the token is too long: something was copied with it");
    memcpy(copy, text, len);
    copy[len] = '\0';
    memset(t, 0, sizeof *t);
    long got = qp_unb64(b, sizeof b, copy);
    int rc = got < 0
                 ? qp_fail(e, QP_EINVAL, "the token is cut short: copy all of it, up to its last character")
                 : bytes_take(t, b, (size_t)got, e);
    if (rc)
        explicit_bzero(t, sizeof *t);
    explicit_bzero(b, sizeof b);
    explicit_bzero(copy, sizeof copy);
    return rc;
}

void qp_token_link_keys(const struct qp_token *t, uint8_t pk[QP_PK_LEN], uint8_t sk[QP_SK_LEN])
{
    qp_link_keypair(pk, sk, t->secret);
}
