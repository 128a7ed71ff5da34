/* address.c: see address.h. */
#include "node/http/wire/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t MAPPED[12] = {[10] = 0xff, [11] = 0xff};

static void from_v4(struct qp_address *out, const void *four)
{
    memcpy(out->b, MAPPED, sizeof MAPPED);
    memcpy(out->b + sizeof MAPPED, four, 4);
}

/* *v4: it was written as IPv4, whose networks count from there. */
static bool parse(struct qp_address *out, const char *text, bool *v4)
{
    uint8_t four[4];
    *v4 = inet_pton(AF_INET, text, four) == 1;
    if (*v4)
        from_v4(out, four);
    return *v4 || inet_pton(AF_INET6, text, out->b) == 1;
}

void qp_address_of(struct qp_address *out, const struct sockaddr *at)
{
    *out = (struct qp_address){{0}};
    if (at && at->sa_family == AF_INET)
        from_v4(out, &((const struct sockaddr_in *)(const void *)at)->sin_addr);
    else if (at && at->sa_family == AF_INET6)
        memcpy(out->b, &((const struct sockaddr_in6 *)(const void *)at)->sin6_addr, sizeof out->b);
}

bool qp_address_eq(const struct qp_address *a, const struct qp_address *b)
{
    return memcmp(a->b, b->b, sizeof a->b) == 0;
}

size_t qp_address_owned(const struct qp_address *a)
{
    return memcmp(a->b, MAPPED, sizeof MAPPED) == 0 ? sizeof a->b : 8;
}

bool qp_address_same_owner(const struct qp_address *a, const struct qp_address *b)
{
    size_t n = qp_address_owned(a);
    return n == qp_address_owned(b) && memcmp(a->b, b->b, n) == 0;
}

bool qp_address_is_here(const struct qp_address *a)
{
    static const struct qp_address SELF = {{[15] = 1}};
    return qp_address_eq(a, &SELF) || (memcmp(a->b, MAPPED, sizeof MAPPED) == 0 && a->b[12] == 127);
}

void qp_address_text(char out[QP_ADDRESS_TEXT], const struct qp_address *a)
{
    bool v4 = memcmp(a->b, MAPPED, sizeof MAPPED) == 0;
    const char *text = inet_ntop(v4 ? AF_INET : AF_INET6, v4 ? a->b + 12 : a->b, out, QP_ADDRESS_TEXT);
    if (!text)
        snprintf(out, QP_ADDRESS_TEXT, "?");
}

static int add(struct qp_proxies *p, const char *word, struct qp_err *e)
{
    char address[64];
    bool v4;
    size_t len = strcspn(word, "/");
    if (p->n == QP_PROXIES_MOST)
        return qp_fail(e, QP_EINVAL, "at most %d proxies are taken", QP_PROXIES_MOST);
    snprintf(address, sizeof address, "%.*s", (int)(len < sizeof address ? len : sizeof address - 1), word);
    if (!parse(&p->v[p->n].net, address, &v4))
        return qp_fail(e, QP_EINVAL, "`%s` is neither an address nor a network such as 10.0.0.0/8", word);
    unsigned most = v4 ? 32 : 128, bits = most;
    if (word[len]) {
        char *end;
        unsigned long n = strtoul(word + len + 1, &end, 10);
        if (end == word + len + 1 || *end || n > most || word[len + 1] < '0' || word[len + 1] > '9')
            return qp_fail(e, QP_EINVAL, "`%s`: behind the / stands a number from 0 to %u", word, most);
        bits = (unsigned)n;
    }
    p->v[p->n++].bits = bits + (v4 ? 96 : 0);
    return 0;
}

int qp_proxies_parse(struct qp_proxies *p, const char *text, struct qp_err *e)
{
    char word[64];
    *p = (struct qp_proxies){.n = 0};
    for (text += strspn(text, ", \t"); *text; text += strspn(text, ", \t")) {
        size_t len = strcspn(text, ", \t");
        snprintf(word, sizeof word, "%.*s", (int)len, text);
        int rc = len < sizeof word ? add(p, word, e) : qp_fail(e, QP_EINVAL, "`%s…` is no address", word);
        if (rc)
            return rc;
        text += len;
    }
    return 0;
}

bool qp_proxies_have(const struct qp_proxies *p, const struct qp_address *a)
{
    for (size_t i = 0; i < p->n; i++) {
        unsigned bytes = p->v[i].bits / 8, rest = p->v[i].bits % 8;
        unsigned mask = 0xff00u >> rest & 0xff;
        if (memcmp(p->v[i].net.b, a->b, bytes) == 0 &&
            (rest == 0 || ((p->v[i].net.b[bytes] ^ a->b[bytes]) & mask) == 0))
            return true;
    }
    return false;
}

/* The last address of a list of this length, "1.2.3.4", "[::1]:80" or "1.2.3.4:80"; *len is cut in front of
 * it. */
static bool last_of(struct qp_address *out, const char *list, size_t *len)
{
    char word[64];
    size_t end = *len, from;
    bool v4;
    while (end > 0 && strchr(", \t", list[end - 1]))
        end--;
    for (from = end; from > 0 && !strchr(", \t", list[from - 1]);)
        from--;
    *len = from;
    if (from == end || end - from >= sizeof word)
        return false;
    snprintf(word, sizeof word, "%.*s", (int)(end - from), list + from);
    char *at = word, *colon = strchr(word, ':');
    if (*word == '[') {
        at++;
        at[strcspn(at, "]")] = '\0';
    } else if (colon && colon == strrchr(word, ':')) {
        *colon = '\0';
    }
    return parse(out, at, &v4);
}

void qp_address_behind(struct qp_address *out, const struct qp_proxies *p, const struct qp_address *peer,
                       const char *forwarded)
{
    struct qp_address next;
    size_t len = forwarded ? strlen(forwarded) : 0;
    *out = *peer;
    while (len > 0 && qp_proxies_have(p, out) && last_of(&next, forwarded, &len))
        *out = next;
}
