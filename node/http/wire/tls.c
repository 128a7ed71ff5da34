/* tls.c: see tls.h. Former credentials are kept until the end, because connections that were made with them may still live; there is
 * one more every few weeks. */
#include "node/http/wire/tls.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { PEM_MOST = 256 * 1024, LOOK_US = 1000000 };

struct worn {
    gnutls_certificate_credentials_t credentials;
    int64_t until_us;
    struct worn *older;
};

/* What a file looked like when it was read; a renewal replaces it. */
struct look {
    struct timespec at;
    ino_t inode;
    off_t size;
};

struct qp_tls {
    char *certificate, *key; /* paths */
    char *pem[2];            /* what they held first */
    pthread_mutex_t lock;
    struct worn *worn; /* the newest first; at least one */
    struct look seen[2];
    int64_t looked_us;
    char trouble[QP_TLS_TROUBLE];
};

static bool look_at(const char *path, struct look *l)
{
    struct stat st;
    memset(l, 0, sizeof *l);
    if (stat(path, &st))
        return false;
    *l = (struct look){.at = st.st_mtim, .inode = st.st_ino, .size = st.st_size};
    return true;
}

static bool look_equal(const struct look *a, const struct look *b)
{
    return a->at.tv_sec == b->at.tv_sec && a->at.tv_nsec == b->at.tv_nsec && a->inode == b->inode &&
           a->size == b->size;
}

/* malloc'd, NUL-terminated. NULL: *e says why. */
static char *file_read(const char *path, struct qp_err *e)
{
    FILE *f = fopen(path, "re");
    char *text = f ? malloc(PEM_MOST + 1) : NULL;
    size_t n = text ? fread(text, 1, PEM_MOST + 1, f) : 0;
    int why = f && !ferror(f) ? 0 : errno;
    if (f)
        (void)fclose(f);
    if (text && !why && n <= PEM_MOST) {
        text[n] = 0;
        return text;
    }
    free(text);
    if (!why && !text)
        qp_fail(e, QP_ENOMEM, "http: no memory to read %s", path);
    else if (why)
        qp_fail(e, QP_EIO, "http: %s cannot be read: %s", path, strerror(why));
    else
        qp_fail(e, QP_EINVAL, "http: %s is larger than a certificate with its chain (256 KiB)", path);
    return NULL;
}

static void secret_free(char *text)
{
    if (text)
        explicit_bzero(text, strlen(text));
    free(text);
}

/* When the first certificate of the file ends; 0: it holds none. */
static int64_t until(const char *pem)
{
    gnutls_x509_crt_t crt;
    const gnutls_datum_t text = {(unsigned char *)pem, (unsigned)strlen(pem)};
    if (gnutls_x509_crt_init(&crt))
        return 0;
    int64_t s = gnutls_x509_crt_import(crt, &text, GNUTLS_X509_FMT_PEM) == 0
                    ? (int64_t)gnutls_x509_crt_get_expiration_time(crt)
                    : 0;
    gnutls_x509_crt_deinit(crt);
    return s > 0 ? s * 1000000 : 0;
}

static int worn_make(struct worn **out, const struct qp_tls *t, const char *certificate, const char *key,
                     struct qp_err *e)
{
    struct worn *w = calloc(1, sizeof *w);
    const gnutls_datum_t c = {(unsigned char *)certificate, (unsigned)strlen(certificate)};
    const gnutls_datum_t k = {(unsigned char *)key, (unsigned)strlen(key)};
    if (!w || gnutls_certificate_allocate_credentials(&w->credentials)) {
        free(w);
        return qp_fail(e, QP_ENOMEM, "http: out of memory");
    }
    w->until_us = until(certificate);
    int rc = gnutls_certificate_set_x509_key_mem(w->credentials, &c, &k, GNUTLS_X509_FMT_PEM);
    if (w->until_us && rc >= 0) {
        *out = w;
        return 0;
    }
    gnutls_certificate_free_credentials(w->credentials);
    bool no_certificate = !w->until_us;
    free(w);
    if (no_certificate)
        return qp_fail(e, QP_EINVAL, "http: %s is no certificate in PEM", t->certificate);
    return qp_fail(e, QP_EINVAL, "http: %s is not the key of %s: %s", t->key, t->certificate,
                   gnutls_strerror(rc));
}

/* Reads both files and wears what they hold. The first time the texts are kept. */
static int wear(struct qp_tls *t, struct qp_err *e)
{
    struct worn *w = NULL;
    (void)look_at(t->certificate, &t->seen[0]);
    (void)look_at(t->key, &t->seen[1]);
    char *certificate = file_read(t->certificate, e), *key = certificate ? file_read(t->key, e) : NULL;
    int rc = key ? worn_make(&w, t, certificate, key, e) : e ? e->code : QP_EIO;
    if (!rc) {
        w->older = t->worn;
        t->worn = w;
    }
    if (!rc && !t->pem[0]) {
        t->pem[0] = certificate;
        t->pem[1] = key;
        return 0;
    }
    free(certificate);
    secret_free(key);
    return rc;
}

int qp_tls_open(struct qp_tls **out, const char *certificate, const char *key, struct qp_err *e)
{
    struct qp_tls *t = calloc(1, sizeof *t);
    if (!t)
        return qp_fail(e, QP_ENOMEM, "http: out of memory");
    pthread_mutex_init(&t->lock, NULL);
    t->certificate = strdup(certificate);
    t->key = strdup(key);
    int rc = t->certificate && t->key ? wear(t, e) : qp_fail(e, QP_ENOMEM, "http: out of memory");
    if (rc) {
        qp_tls_close(t);
        return rc;
    }
    *out = t;
    return 0;
}

void qp_tls_close(struct qp_tls *t)
{
    if (!t)
        return;
    for (struct worn *w = t->worn, *older; w; w = older) {
        older = w->older;
        gnutls_certificate_free_credentials(w->credentials);
        free(w);
    }
    free(t->certificate);
    free(t->key);
    free(t->pem[0]);
    secret_free(t->pem[1]);
    pthread_mutex_destroy(&t->lock);
    free(t);
}

const char *qp_tls_first_certificate(const struct qp_tls *t)
{
    return t->pem[0];
}

const char *qp_tls_first_key(const struct qp_tls *t)
{
    return t->pem[1];
}

static void look(struct qp_tls *t, int64_t boot_us)
{
    struct look now[2];
    struct qp_err e = {0};
    if (t->looked_us && boot_us - t->looked_us < LOOK_US)
        return;
    t->looked_us = boot_us;
    (void)look_at(t->certificate, &now[0]);
    (void)look_at(t->key, &now[1]);
    if (look_equal(&now[0], &t->seen[0]) && look_equal(&now[1], &t->seen[1]))
        return;
    t->trouble[0] = 0;
    if (wear(t, &e))
        snprintf(t->trouble, sizeof t->trouble, "%s", e.text);
}

void qp_tls_look(struct qp_tls *t, int64_t boot_us)
{
    pthread_mutex_lock(&t->lock);
    look(t, boot_us);
    pthread_mutex_unlock(&t->lock);
}

static gnutls_session_t session_of(struct MHD_Connection *conn)
{
    const union MHD_ConnectionInfo *i = MHD_get_connection_info(conn, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    return i ? (gnutls_session_t)i->tls_session : NULL;
}

bool qp_tls_is(struct MHD_Connection *conn)
{
    return session_of(conn);
}

void qp_tls_dress(struct qp_tls *t, struct MHD_Connection *conn, int64_t boot_us)
{
    gnutls_session_t session = session_of(conn);
    if (!session)
        return;
    pthread_mutex_lock(&t->lock);
    look(t, boot_us);
    (void)gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, t->worn->credentials);
    pthread_mutex_unlock(&t->lock);
}

void qp_tls_state(struct qp_tls *t, struct qp_tls_state *out)
{
    pthread_mutex_lock(&t->lock);
    out->until_us = t->worn->until_us;
    snprintf(out->trouble, sizeof out->trouble, "%s", t->trouble);
    pthread_mutex_unlock(&t->lock);
}
