/* crypto.h: sign, verify, hash, Merkle tree, seal, keys, tokens. Thin over libsodium.
 *
 * Outputs first, then input and its length, then keys, as libsodium has it; sizes are in the types. Secrets
 * are wiped by the function that made the copy. All functions are thread-safe once qp_crypto_init() has
 * returned 0; what they are given belongs to the caller, one thread at a time. Random bytes are drawn by
 * qp_random(), qp_seal() and qp_password_hash() alone: the deterministic core derives its own (qp_drbg). */
#ifndef QP_CRYPTO_CRYPTO_H
#define QP_CRYPTO_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/error.h"

enum {
    QP_HASH_LEN = 32,
    QP_SIG_LEN = 64,
    QP_PK_LEN = 32,
    QP_SIGN_SK_LEN = 64,
    QP_SK_LEN = 32,
    QP_SEED_LEN = 32,
    QP_SEAL_OVERHEAD = 48
};

/* Once per process, before anything else. 0, or QP_EIO when libsodium has no random source. */
int qp_crypto_init(struct qp_err *e);

/* The operating system's random bytes: for the driver, never for the core. */
void qp_random(void *out, size_t len);

/* ---- hash: BLAKE2b-256 (RFC 7693), unkeyed ---- */
struct qp_hash {
    uint8_t b[QP_HASH_LEN];
};
struct qp_part {
    const void *p;
    size_t len;
};

void qp_hash(struct qp_hash *out, const void *in, size_t len);
/* The hash of the concatenation. */
void qp_hash_parts(struct qp_hash *out, const struct qp_part *parts, size_t n);
/* Of all that an open file has, from its beginning, wherever it stands. QP_EIO: it cannot be read. */
int qp_hash_file(struct qp_hash *out, int fd, uint64_t *len);
bool qp_hash_eq(const struct qp_hash *a, const struct qp_hash *b);
bool qp_hash_zero(const struct qp_hash *h);

/* ---- Merkle tree over event hashes (RFC 6962's shape: left-full) ----
 * A leaf is the BLAKE2b-256 hash of 0x00 || event; a node of 0x01 || left || right. n = 0 is not allowed. The
 * number of leaves is not in the root: it must come from what is signed (the parcel's header). */
void qp_merkle_leaf(struct qp_hash *out, const void *event, size_t len);
void qp_merkle_root(struct qp_hash *out, struct qp_hash *leaves, size_t n); /* leaves are used as scratch */
/* Inclusion path of leaf i among n: writes at most 32 hashes, returns how many. Leaves are not changed. */
size_t qp_merkle_path(struct qp_hash path[32], const struct qp_hash *leaves, size_t n, size_t i);
/* The root that leaf i of n with this path implies; false if the path's length does not fit i and n. */
bool qp_merkle_climb(struct qp_hash *root, const struct qp_hash *leaf, size_t n, size_t i,
                     const struct qp_hash *path, size_t path_len);

/* ---- sign: Ed25519 (RFC 8032). A domain tag keeps a signature for one purpose from serving another ----
 * What is signed: the tag's bytes, one 0x00, then the message. */
void qp_sign_keypair(uint8_t pk[QP_PK_LEN], uint8_t sk[QP_SIGN_SK_LEN], const uint8_t seed[QP_SEED_LEN]);
void qp_sign(uint8_t sig[QP_SIG_LEN], const char *tag, const void *msg, size_t len,
             const uint8_t sk[QP_SIGN_SK_LEN]);
/* 0, or QP_ESIG (wrong key, changed byte, malleated signature, small-order key). */
int qp_verify(const uint8_t sig[QP_SIG_LEN], const char *tag, const void *msg, size_t len,
              const uint8_t pk[QP_PK_LEN]);

/* ---- seal: X25519 sealed box. Names no sender: the outer signature must cover the ciphertext ---- */
void qp_box_keypair(uint8_t pk[QP_PK_LEN], uint8_t sk[QP_SK_LEN], const uint8_t seed[QP_SEED_LEN]);
/* out holds len + QP_SEAL_OVERHEAD bytes. The ephemeral key comes from libsodium: only the driver may call
 * it. For a small-order key, which nobody can own, out is all zeros: it opens with no key. */
void qp_seal(uint8_t *out, const void *msg, size_t len, const uint8_t pk[QP_PK_LEN]);
/* out holds sealed_len - QP_SEAL_OVERHEAD bytes. 0, or QP_ESIG: sealed to another key, changed, or too short. */
int qp_open(uint8_t *out, const uint8_t *sealed, size_t sealed_len, const uint8_t pk[QP_PK_LEN],
            const uint8_t sk[QP_SK_LEN]);
/* The same box with an ephemeral key that follows from `seed`, 32 fresh secret bytes that serve once: for the
 * deterministic core (D1). qp_open opens it. */
void qp_seal_by(uint8_t *out, const void *msg, size_t len, const uint8_t pk[QP_PK_LEN],
                const uint8_t seed[QP_SEED_LEN]);

/* ---- lock: XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03), the nonce in front ---- */
enum { QP_KEY_LEN = 32, QP_LOCK_NONCE = 24, QP_LOCK_OVERHEAD = QP_LOCK_NONCE + 16 };
/* out holds len + QP_LOCK_OVERHEAD bytes: nonce, ciphertext, tag. `about` is what it is about: not in it, and
 * needed to open it. A nonce serves once with one key. */
void qp_lock(uint8_t *out, const void *msg, size_t len, const void *about, size_t about_len,
             const uint8_t nonce[QP_LOCK_NONCE], const uint8_t key[QP_KEY_LEN]);
/* out holds len - QP_LOCK_OVERHEAD bytes. QP_ESIG: another key, another `about`, changed or too short. */
int qp_unlock(uint8_t *out, const uint8_t *locked, size_t len, const void *about, size_t about_len,
              const uint8_t key[QP_KEY_LEN]);
/* Overwrites secret bytes; the compiler leaves it in. */
void qp_wipe(void *p, size_t len);

/* ---- link keys: Curve25519 for ZeroMQ's CURVE (raw 32 bytes, not Z85) ---- */
void qp_link_keypair(uint8_t pk[QP_PK_LEN], uint8_t sk[QP_SK_LEN], const uint8_t seed[QP_SEED_LEN]);

/* HMAC-SHA256 over the parts, for messages to programs of others (RFC 2104); a key of any length. */
void qp_hmac_sha256(struct qp_hash *out, const struct qp_part *parts, size_t n, const uint8_t *key,
                    size_t key_len);

/* HMAC-SHA1 (RFC 2104), for TURN servers, which take nothing else; a key of at most 64 bytes, else false. */
enum { QP_SHA1_LEN = 20 };
bool qp_hmac_sha1(uint8_t out[QP_SHA1_LEN], const void *msg, size_t len, const void *key, size_t key_len);

/* ---- deterministic bytes: BLAKE2b keyed with the seed over a counter (rule D1) ----
 * A generator belongs to one thread; wipe it when its turn is over. */
struct qp_drbg {
    uint8_t seed[QP_SEED_LEN];
    uint64_t counter;
};
void qp_drbg_init(struct qp_drbg *g, const uint8_t seed[QP_SEED_LEN]);
void qp_drbg_bytes(struct qp_drbg *g, void *out, size_t len);
void qp_drbg_wipe(struct qp_drbg *g);

/* ---- password hash: Argon2id, 19 MiB, 2 passes (OWASP's minimum; 26 ms measured) ---- */
enum { QP_PASSWORD_LEN = 128 };
int qp_password_hash(char out[QP_PASSWORD_LEN], const char *password, struct qp_err *e); /* 0, QP_ENOMEM */
int qp_password_check(const char *hash, const char *password);                           /* 0, QP_EAUTH */

/* ---- text forms ---- */
/* Lower-case hex; out holds 2*len+1 bytes. */
void qp_hex(char *out, const void *in, size_t len);
/* Reads exactly len bytes of hex; QP_EINVAL otherwise (upper case refused: one canonical form). */
int qp_unhex(void *out, size_t len, const char *hex);
/* Bytes of the UTF-8 character at p (Unicode 15, table 3-7), of `left` that are there; 0: none begins there, it is cut, overlong, half of
 * a surrogate, beyond U+10FFFF. left > 0. */
size_t qp_utf8_len(const uint8_t *p, size_t left);
/* Copies as much of a text (UTF-8) as fits, cut at a character's border. cap > 0. */
void qp_text_cut(char *out, size_t cap, const char *text);
/* base64url without padding (RFC 4648 §5). out holds qp_b64_len(len)+1 bytes. */
size_t qp_b64_len(size_t len);
void qp_b64(char *out, const void *in, size_t len);
/* Standard base64 with padding (§4), as other programs compare it. out holds 4 * ceil(len / 3) + 1 bytes: cap. */
void qp_b64_padded(char *out, size_t cap, const void *in, size_t len);
/* Returns the bytes written or -1: unknown character, non-canonical tail, more than cap bytes. */
long qp_unb64(void *out, size_t cap, const char *text);

/* ---- key file: the node's three secret seeds, 0600, replaced by rename ---- */
struct qp_keys {
    uint8_t sign_pk[QP_PK_LEN], sign_sk[QP_SIGN_SK_LEN];
    uint8_t box_pk[QP_PK_LEN], box_sk[QP_SK_LEN];
    uint8_t link_pk[QP_PK_LEN], link_sk[QP_SK_LEN];
};
/* Derives the three pairs from one 32-byte master seed (labels "sign", "box", "link"). */
void qp_keys_derive(struct qp_keys *k, const uint8_t master[QP_SEED_LEN]);
void qp_keys_wipe(struct qp_keys *k);
/* Writes the master seed to `path` (text: "qipan-key-1 <hex>\n"), 0600, by a temporary file, fsync of file
 * and folder, rename. QP_EEXISTS if the file is there already, QP_EIO with the reason. */
int qp_keyfile_write(const char *path, const uint8_t master[QP_SEED_LEN], struct qp_err *e);
/* QP_ENOTFOUND, QP_EDENIED (mode lets group or others read: says chmod 600), QP_EINVAL (not a key file). */
int qp_keyfile_read(uint8_t master[QP_SEED_LEN], const char *path, struct qp_err *e);

/* Writes a whole file atomically: temporary in the same folder, fsync, rename, fsync of the folder. `mode` as
 * in chmod, e.g. 0600. QP_EIO: the file with that name is the old one, or whole and new. */
int qp_file_replace(const char *path, const void *data, size_t len, unsigned mode, struct qp_err *e);
/* fsync of the folder that a path's last part is in: a name that is new there is there after a power loss. 0, or -1 with errno. */
int qp_sync_folder_of(const char *path);
/* Reads a whole file of at most cap bytes; *out is malloc'd and NUL-terminated. QP_ENOTFOUND,
 * QP_EBIG, QP_EIO; *out is set on success only. */
int qp_file_read(const char *path, size_t cap, void **out, size_t *len, struct qp_err *e);

#endif
