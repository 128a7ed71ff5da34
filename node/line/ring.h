/* ring.h: a node's line keys: the only place in which what opens a line's messages is kept.
 *
 *   DIR/keys/lines   [slot 0][slot 1] ... QP_RING_SLOTS of 64 bytes, each in its place: a secret, or zeros
 *
 * What is said on a line is journaled sealed, for ever (a chain of parcels has no holes). It is read by the line key
 * of the node that it was sealed for, and that key is in no journal, table, backup or log: it lies in a slot, and when
 * its time is over the slot is overwritten in place and synced. From then on nobody reads what was sealed to it (LI5).
 *
 * There is always one key more than is in use, the spare: made and synced before the turn that begins to use it, so
 * that a turn, which opens no file, never announces a key that a power failure could take away.
 *
 * Any thread; a mutex inside. The file is 0600. */
#ifndef QP_NODE_LINE_RING_H
#define QP_NODE_LINE_RING_H

#include "crypto/crypto.h"
#include "proto/limits.h"

/* A key is in use for a 64th of the time that messages are kept, so some 65 are at once; more where a policy has changed that time
 * again and again. A file of an earlier build has QP_RING_FORMER: it grows when it is next written. */
enum { QP_RING_SLOTS = 512, QP_RING_FORMER = 128 };

struct qp_ring;
/* Opens or makes the file. QP_EIO, QP_ENOMEM; QP_ECORRUPT: it is no such file (move it away: a new one is made, and what
 * was sealed to the old keys is sealed again by those who said it, as far as they still can read it). */
int qp_ring_open(struct qp_ring **out, const char *path, struct qp_err *e);
void qp_ring_close(struct qp_ring *r); /* NULL is fine; wipes what it held */
/* A key's name: the first bytes of its public part. */
void qp_ring_name(uint8_t name[QP_LINE_KEY], const uint8_t pk[QP_PK_LEN]);
bool qp_ring_has(struct qp_ring *r, const uint8_t name[QP_LINE_KEY]);
/* The public part of the spare; false: there is none now (qp_ring_tend makes one). */
bool qp_ring_spare(struct qp_ring *r, uint8_t pk[QP_PK_LEN]);
/* Opens what was sealed to that key: QP_LINE_BOX bytes. 0; QP_ENOTFOUND: it is not here (any more); QP_ESIG: it does not
 * fit. */
int qp_ring_unseal(struct qp_ring *r, const uint8_t name[QP_LINE_KEY], const uint8_t box[QP_LINE_BOX],
                   uint8_t key[QP_KEY_LEN]);

/* What the tables say of a key. */
enum qp_ring_use { QP_RING_UNUSED, QP_RING_IN_USE, QP_RING_OVER };
typedef enum qp_ring_use (*qp_ring_ask)(void *arg, const uint8_t name[QP_LINE_KEY]);
/* Brings the file to what the tables say: a key that is over is overwritten and synced; when the spare has come into use
 * another is made of `seed` (32 fresh secret bytes). Writes only then. What cannot be overwritten is held until a later call can;
 * the others are seen to all the same. QP_EIO; QP_EFULL: every slot holds a key that is in use. Not while a turn runs. */
int qp_ring_tend(struct qp_ring *r, qp_ring_ask ask, void *arg, const uint8_t seed[QP_SEED_LEN],
                 struct qp_err *e);

#endif
