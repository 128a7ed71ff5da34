/* address.h: where a call comes from: the address of its connection, or what a proxy that is known here says.
 *
 * X-Forwarded-For is a list that each proxy appends to; it is read from its end, and only as long as the one
 * who speaks is in the list of proxies (the setting http.proxies). Everybody else could write it himself. */
#ifndef QP_NODE_HTTP_WIRE_ADDRESS_H
#define QP_NODE_HTTP_WIRE_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "crypto/error.h"

struct qp_address {
    uint8_t b[16]; /* IPv6; IPv4 as ::ffff:a.b.c.d */
};
enum { QP_ADDRESS_TEXT = 48, QP_PROXIES_MOST = 16 };

struct qp_proxies {
    struct {
        struct qp_address net;
        unsigned bits; /* of the 128 */
    } v[QP_PROXIES_MOST];
    size_t n;
};

/* Addresses and networks (10.0.0.0/8, ::1) with commas or blanks between them; "" is none. QP_EINVAL names
 * the one that is wrong. */
int qp_proxies_parse(struct qp_proxies *p, const char *text, struct qp_err *e);
bool qp_proxies_have(const struct qp_proxies *p, const struct qp_address *a);
void qp_address_of(struct qp_address *out, const struct sockaddr *at); /* zeros when it is none */
bool qp_address_is_here(const struct qp_address *a);                   /* loopback */
/* How many of its first bytes name one subscriber: of IPv6 a /64, in which he has as many as he likes. */
size_t qp_address_owned(const struct qp_address *a);
bool qp_address_same_owner(const struct qp_address *a, const struct qp_address *b);
bool qp_address_eq(const struct qp_address *a, const struct qp_address *b);
void qp_address_text(char out[QP_ADDRESS_TEXT], const struct qp_address *a);
/* The caller behind a connection from `peer` that sent this X-Forwarded-For (NULL: none). */
void qp_address_behind(struct qp_address *out, const struct qp_proxies *p, const struct qp_address *peer,
                       const char *forwarded);

#endif
