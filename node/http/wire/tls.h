/* tls.h: the certificate of the HTTPS listener, from two files, renewed without a restart.
 *
 *   files ─► qp_tls_open ─► credentials ─► qp_tls_dress: each new connection gets the newest
 *              ▲                │
 *   changed ───┴─ qp_tls_look ──┘   what cannot be read is told; what was read last goes on being served
 *
 * Whoever renews (certbot, an own authority) writes the files and calls nobody. GnuTLS is what libmicrohttpd speaks TLS with.
 * Any thread, with no lock of the node's held. */
#ifndef QP_NODE_HTTP_WIRE_TLS_H
#define QP_NODE_HTTP_WIRE_TLS_H

#include <stdbool.h>
#include <stdint.h>

#include "crypto/error.h"

struct MHD_Connection;
struct qp_tls;

/* PEM files: the certificate with what stands between it and its authority, and its key. QP_EINVAL, QP_EIO: the sentence names
 * the file and what is wrong with it (it cannot be read, it is no certificate, the key is another's). */
int qp_tls_open(struct qp_tls **out, const char *certificate, const char *key, struct qp_err *e);
/* After the server that uses it has stopped. NULL: nothing. */
void qp_tls_close(struct qp_tls *t);
/* The PEM texts that were read first, NUL-terminated, for the server's start. */
const char *qp_tls_first_certificate(const struct qp_tls *t);
const char *qp_tls_first_key(const struct qp_tls *t);

/* For a connection that was just accepted, before its handshake. Of one without TLS nothing happens. */
void qp_tls_dress(struct qp_tls *t, struct MHD_Connection *conn, int64_t boot_us);
/* Whether this connection speaks TLS. */
bool qp_tls_is(struct MHD_Connection *conn);

/* Reads the files again if they have changed; looks at most once a second. */
void qp_tls_look(struct qp_tls *t, int64_t boot_us);
/* Until when the certificate in use holds, and why the newer files cannot be used ("": they are in use). */
enum { QP_TLS_TROUBLE = 400 }; /* a sentence of struct qp_err */
struct qp_tls_state {
    int64_t until_us; /* wall time */
    char trouble[QP_TLS_TROUBLE];
};
void qp_tls_state(struct qp_tls *t, struct qp_tls_state *out);

#endif
