/* keys.c: a node's three key pairs from one master seed, and the file that keeps the seed.
 *
 *   master --BLAKE2b keyed with it--+-- "sign" -> Ed25519
 *                                   +-- "box"  -> X25519, sealed records
 *                                   +-- "link" -> Curve25519, transport
 *
 * Called by `qipan init`, `join` and `serve`. */
#include "crypto/crypto.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "crypto/write.h"

#define HEAD "qipan-key-1 "

enum { HEAD_LEN = sizeof HEAD - 1, TEXT_LEN = HEAD_LEN + 2 * QP_SEED_LEN + 1 };

static void seed_for(uint8_t seed[QP_SEED_LEN], const char *label, const uint8_t master[QP_SEED_LEN])
{
    crypto_generichash(seed, QP_SEED_LEN, (const uint8_t *)label, strlen(label), master, QP_SEED_LEN);
}

void qp_keys_derive(struct qp_keys *k, const uint8_t master[QP_SEED_LEN])
{
    uint8_t seed[QP_SEED_LEN];
    seed_for(seed, "sign", master);
    qp_sign_keypair(k->sign_pk, k->sign_sk, seed);
    seed_for(seed, "box", master);
    qp_box_keypair(k->box_pk, k->box_sk, seed);
    seed_for(seed, "link", master);
    qp_link_keypair(k->link_pk, k->link_sk, seed);
    sodium_memzero(seed, sizeof seed);
}

void qp_keys_wipe(struct qp_keys *k)
{
    sodium_memzero(k, sizeof *k);
}

int qp_keyfile_write(const char *path, const uint8_t master[QP_SEED_LEN], struct qp_err *e)
{
    char text[TEXT_LEN + 1];
    memcpy(text, HEAD, HEAD_LEN);
    qp_hex(text + HEAD_LEN, master, QP_SEED_LEN);
    text[TEXT_LEN - 1] = '\n';
    int rc = qp_file_write(path, text, TEXT_LEN, 0600, QP_WRITE_NEW, e);
    sodium_memzero(text, sizeof text);
    return rc;
}

int qp_keyfile_read(uint8_t master[QP_SEED_LEN], const char *path, struct qp_err *e)
{
    struct stat st;
    if (stat(path, &st) != 0) {
        if (errno == ENOENT || errno == ENOTDIR)
            return qp_fail(e, QP_ENOTFOUND,
                           "%s: there is no key file; `qipan init` or `qipan join` makes one", path);
        return qp_fail(e, QP_EIO, "%s: %s", path, strerror(errno));
    }
    if ((st.st_mode & 077) != 0)
        return qp_fail(e, QP_EDENIED,
                       "%s: others than its owner may use this key (mode %03o): run chmod 600 %s", path,
                       (unsigned)(st.st_mode & 0777), path);
    void *text = NULL;
    size_t len = 0;
    int rc = qp_file_read(path, TEXT_LEN, &text, &len, e);
    if (rc == QP_EBIG || (!rc && (len != TEXT_LEN || memcmp(text, HEAD, HEAD_LEN) != 0)))
        rc = qp_fail(e, QP_EINVAL, "%s: this is not a key file of qipan", path);
    if (!rc) {
        char *hex = (char *)text + HEAD_LEN;
        bool line_ends = hex[2 * QP_SEED_LEN] == '\n';
        hex[2 * QP_SEED_LEN] = 0;
        if (!line_ends || qp_unhex(master, QP_SEED_LEN, hex))
            rc = qp_fail(e, QP_EINVAL,
                         "%s: the key in this file is damaged; restore it from a backup or join again", path);
    }
    if (text)
        sodium_memzero(text, len);
    free(text);
    return rc;
}
