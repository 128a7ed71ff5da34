/* certificate.c: certificates signed, read and checked: signature, and scope, which ends one label below the
 * issuer's path.
 *
 *   sign     qp_cert ─► body bytes ─► id = hash, signature ─► Certificate
 *   check    Certificate ─► qp_cert_read (bounds) ─► qp_cert_check (whose word, how far)
 *   chain    each is checked by the next, the root is pinned
 *
 * Called by node/core for what comes by links and at joining, by the command line for proofs. */
#include "topology/certificate.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static ProtobufCBinaryData bytes_of(const void *p, size_t len)
{
    return (ProtobufCBinaryData){len, (uint8_t *)(uintptr_t)p};
}

static char *text_of(const char *text)
{
    return (char *)(uintptr_t)text;
}

static bool is_root(const struct qp_cert *c)
{
    return memcmp(c->node, c->issuer, QP_ID_LEN) == 0;
}

void qp_node_id(uint8_t node[QP_ID_LEN], const uint8_t tree[QP_ID_LEN], const uint8_t *issuer,
                const char *path, const uint8_t salt[QP_SALT_LEN])
{
    static const uint8_t nobody[QP_ID_LEN];
    const struct qp_part parts[] = {{QP_TAG_NODE, sizeof QP_TAG_NODE}, /* with its NUL */
                                    {tree, QP_ID_LEN},
                                    {issuer ? issuer : nobody, QP_ID_LEN},
                                    {salt, QP_SALT_LEN},
                                    {path, strlen(path)}}; /* the only one of no fixed length: last */
    struct qp_hash h;
    qp_hash_parts(&h, parts, sizeof parts / sizeof *parts);
    memcpy(node, h.b, QP_ID_LEN);
}

Qp__Certificate *qp_cert_sign(struct qp_cert *c, const uint8_t issuer_sk[QP_SIGN_SK_LEN], struct qp_arena *a)
{
    assert(c->incarnation > 0 && c->not_before_us < c->not_after_us);
    assert(!qp_path_check(c->path, NULL));
    assert(is_root(c) == qp_hash_zero(&c->issuer_certificate));
    Qp__CertificateBody body = QP__CERTIFICATE_BODY__INIT;
    body.tree = bytes_of(c->tree, QP_ID_LEN);
    body.node = bytes_of(c->node, QP_ID_LEN);
    body.path = text_of(c->path);
    body.title = text_of(c->title);
    body.code = text_of(c->code);
    body.level = text_of(c->level);
    body.zone = text_of(c->zone);
    body.sign_key = bytes_of(c->sign_key, QP_PK_LEN);
    body.box_key = bytes_of(c->box_key, QP_PK_LEN);
    body.link_key = bytes_of(c->link_key, QP_PK_LEN);
    body.incarnation = c->incarnation;
    body.not_before_us = c->not_before_us;
    body.not_after_us = c->not_after_us;
    body.issuer = bytes_of(c->issuer, QP_ID_LEN);
    body.issuer_certificate = bytes_of(c->issuer_certificate.b, is_root(c) ? 0 : QP_HASH_LEN);
    body.salt = bytes_of(c->salt, QP_SALT_LEN);
    assert(!qp_check(&body.base, NULL));

    Qp__Certificate *out = qp_arena_take(a, sizeof *out);
    uint8_t *sig = qp_arena_take(a, QP_SIG_LEN);
    size_t len;
    uint8_t *in = qp_encode(&body.base, a, &len);
    if (!out || !sig || !in)
        return NULL;
    qp_hash(&c->id, in, len);
    qp_sign(sig, QP_TAG_CERTIFICATE, in, len, issuer_sk);
    qp__certificate__init(out);
    out->body = bytes_of(in, len);
    out->signature = bytes_of(sig, QP_SIG_LEN);
    return out;
}

/* qp_decode has looked at UTF-8, NULs and the protocol's bounds; a place's own bounds may be tighter. */
static int text_in(char *out, size_t cap, const char *text, const char *field, struct qp_err *e)
{
    size_t len = strlen(text);
    if (len >= cap)
        return qp_fail(e, QP_EINVAL, "certificate: %s has %zu bytes, at most %zu are allowed", field, len,
                       cap - 1);
    memcpy(out, text, len + 1);
    return 0;
}

static int texts_in(struct qp_cert *out, const Qp__CertificateBody *b, struct qp_err *e)
{
    int rc = text_in(out->path, sizeof out->path, b->path, "path", e);
    if (!rc)
        rc = text_in(out->title, sizeof out->title, b->title, "title", e);
    if (!rc)
        rc = text_in(out->code, sizeof out->code, b->code, "code", e);
    if (!rc)
        rc = text_in(out->level, sizeof out->level, b->level, "level", e);
    if (!rc)
        rc = text_in(out->zone, sizeof out->zone, b->zone, "zone", e);
    struct qp_err why;
    if (!rc && qp_path_check(out->path, &why))
        rc = qp_fail(e, QP_EINVAL, "certificate: path: %s", why.text);
    return rc;
}

static int id_check(const struct qp_cert *c, struct qp_err *e)
{
    uint8_t node[QP_ID_LEN];
    qp_node_id(node, c->tree, is_root(c) ? NULL : c->issuer, c->path, c->salt);
    if (memcmp(node, c->node, QP_ID_LEN) == 0)
        return 0;
    return qp_fail(e, QP_ESCOPE, "certificate: the node's id does not belong to %s below this issuer (C0)",
                   c->path);
}

int qp_cert_read(struct qp_cert *out, const Qp__Certificate *c, struct qp_arena *a, struct qp_err *e)
{
    Qp__CertificateBody *b;
    int rc =
        qp_check(&c->base,
                 e); /* all of it, as it came and as it is kept: no signature covers what is not known here */
    if (rc)
        return rc;
    if (c->signature.len != QP_SIG_LEN)
        return qp_fail(e, QP_EINVAL, "certificate: signature has %zu bytes, not %d", c->signature.len,
                       QP_SIG_LEN);
    rc = QP_DECODE(&b, certificate_body, c->body.data, c->body.len, a, e);
    if (rc)
        return rc;
    memset(out, 0, sizeof *out);
    rc = texts_in(out, b, e);
    if (rc)
        return rc;
    if (b->incarnation == 0)
        return qp_fail(e, QP_EINVAL, "certificate: incarnation is 0; they are counted from 1");
    if (b->not_before_us >= b->not_after_us)
        return qp_fail(e, QP_EINVAL, "certificate: not_after_us is not after not_before_us");
    memcpy(out->tree, b->tree.data, QP_ID_LEN);
    memcpy(out->node, b->node.data, QP_ID_LEN);
    memcpy(out->issuer, b->issuer.data, QP_ID_LEN);
    memcpy(out->salt, b->salt.data, QP_SALT_LEN);
    memcpy(out->sign_key, b->sign_key.data, QP_PK_LEN);
    memcpy(out->box_key, b->box_key.data, QP_PK_LEN);
    memcpy(out->link_key, b->link_key.data, QP_PK_LEN);
    if (b->issuer_certificate.len > 0)
        memcpy(out->issuer_certificate.b, b->issuer_certificate.data, QP_HASH_LEN);
    if (is_root(out) != (b->issuer_certificate.len == 0) ||
        (!is_root(out) && qp_hash_zero(&out->issuer_certificate)))
        return qp_fail(
            e, QP_EINVAL,
            "certificate: issuer_certificate must be there unless the node is its own issuer, and only then");
    out->incarnation = b->incarnation;
    out->not_before_us = b->not_before_us;
    out->not_after_us = b->not_after_us;
    qp_hash(&out->id, c->body.data, c->body.len);
    return id_check(out, e);
}

static int scope_check(const struct qp_cert *c, const struct qp_cert *issuer, struct qp_err *e)
{
    if (!issuer)
        return is_root(c) ? 0
                          : qp_fail(e, QP_ESCOPE,
                                    "the certificate of %s is not a root's: its issuer's must come with it",
                                    c->path);
    char above[QP_PATH_MAX];
    if (!qp_path_parent(above, c->path) || strcmp(above, issuer->path) != 0)
        return qp_fail(e, QP_ESCOPE, "%s may certify only what lies directly below it, not %s", issuer->path,
                       c->path);
    if (memcmp(c->issuer, issuer->node, QP_ID_LEN) != 0 || !qp_hash_eq(&c->issuer_certificate, &issuer->id))
        return qp_fail(e, QP_ESCOPE, "the certificate of %s names another issuer than this one of %s",
                       c->path, issuer->path);
    if (is_root(c) || memcmp(c->tree, issuer->tree, QP_ID_LEN) != 0)
        return qp_fail(e, QP_ESCOPE, "%s and %s are not in one tree", c->path, issuer->path);
    if (strcmp(c->zone, issuer->zone) != 0)
        return qp_fail(e, QP_ESCOPE, "%s has the zone \"%s\", but its tree, by %s, \"%s\"", c->path, c->zone,
                       issuer->path, issuer->zone);
    if (c->not_after_us > issuer->not_after_us)
        return qp_fail(e, QP_ESCOPE, "the certificate of %s would outlive that of %s, which signed it",
                       c->path, issuer->path);
    return 0;
}

int qp_cert_check(const struct qp_cert *c, const Qp__Certificate *raw, const struct qp_cert *issuer,
                  struct qp_err *e)
{
    struct qp_hash id;
    qp_hash(&id, raw->body.data, raw->body.len);
    assert(qp_hash_eq(&id, &c->id) && raw->signature.len == QP_SIG_LEN); /* c was read from raw */
    const uint8_t *key = issuer ? issuer->sign_key : c->sign_key;
    if (qp_verify(raw->signature.data, QP_TAG_CERTIFICATE, raw->body.data, raw->body.len, key))
        return qp_fail(e, QP_ESIG, "the certificate of %s does not have the signature of %s", c->path,
                       issuer ? issuer->path : "its own key");
    return scope_check(c, issuer, e);
}

bool qp_cert_current(const struct qp_cert *c, int64_t now_us)
{
    return now_us < c->not_after_us;
}

int qp_chain_check(struct qp_cert *out, size_t *n, const Qp__Chain *chain, const struct qp_hash *root,
                   struct qp_arena *a, struct qp_err *e)
{
    size_t len = chain->n_certificates;
    *n = 0;
    if (len == 0 || len > QP_CHAIN_CERTIFICATES)
        return qp_fail(e, QP_EINVAL, "a chain has 1 to %d certificates, not %zu", QP_CHAIN_CERTIFICATES, len);
    for (size_t i = 0; i < len; i++) {
        int rc = qp_cert_read(&out[i], chain->certificates[i], a, e);
        if (rc)
            return rc;
    }
    if (!qp_hash_eq(&out[len - 1].id, root))
        return qp_fail(e, QP_EUNKNOWNKEY,
                       "the chain of %s ends at another root (%s) than the one that is pinned here",
                       out[0].path, out[len - 1].path);
    for (size_t i = 0; i < len; i++) {
        int rc = qp_cert_check(&out[i], chain->certificates[i], i + 1 < len ? &out[i + 1] : NULL, e);
        if (rc)
            return rc;
    }
    *n = len;
    return 0;
}
