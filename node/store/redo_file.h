/* redo_file.h: the redo log's bytes, shared by redo.c (turns, bases) and redo_open.c (making, opening,
 * recovering). See redo.h for what it is for.
 *
 *   entry  magic 4, length of the records 4, seq 8, first position 8, count 4, zeros 4, epoch 16,
 *          the records as in the journal, zeros up to the block's end; hash 32 at AT_ENTRY_HASH: of the
 *          head with zeros there, and of the records
 *   base   magic 4, generation 8, boot 32, epoch 16, head 8, its hash 32, seq 8, block 4, meta page 152,
 *          hash 32
 *
 * Numbers are big endian. An entry lies in one piece: one that would go over the ring's end begins at block
 * 0. Entries are numbered without gaps, and the next is written only when the last is on the disk: so the
 * scan ends at the first place that does not hold the number that it should, and a higher number anywhere
 * else means that one was damaged. */
#ifndef QP_NODE_STORE_REDO_FILE_H
#define QP_NODE_STORE_REDO_FILE_H

#include "node/store/inside.h"

enum {
    AT_LENGTH = 4,
    AT_SEQ = 8,
    AT_FIRST = 16,
    AT_COUNT = 24,
    AT_ENTRY_EPOCH = 32,
    AT_ENTRY_HASH = 48,
    ENTRY_HEAD = 80,
    ENTRY_MOST = QP_REDO_ENTRY * QP_REDO_BLOCK,

    AT_GENERATION = 4,
    AT_BOOT = 12,
    AT_BASE_EPOCH = 44,
    AT_HEAD = 60,
    AT_HEAD_HASH = 68,
    AT_BASE_SEQ = 100,
    AT_BLOCK = 108,
    AT_META = 112,
    AT_BASE_HASH = AT_META + QP_REDO_META,

    /* of the meta page, see env.c */
    META_PAGE_SIZE = 40,
    META_TXN = 144,

    SPARE_BYTES = 1024 * 1024, /* of the quota: an environment that is nearer to it is committed first */
    FILE_BYTES = (QP_REDO_BASES + QP_REDO_RING) * QP_REDO_BLOCK,
};
static const uint8_t entry_magic[4] = {'Q', 'P', 'R', '1'}, base_magic[4] = {'Q', 'P', 'B', '1'};
static const struct qp_hash nothing_left; /* the boot of a base that was made by a clean end */

static inline off_t block_at(uint32_t block)
{
    return (off_t)(QP_REDO_BASES + block) * QP_REDO_BLOCK;
}

static inline uint32_t blocks_of(size_t len)
{
    return (uint32_t)((len + QP_REDO_BLOCK - 1) / QP_REDO_BLOCK);
}

/* ---- redo.c ---- */
int qp_redo_failed(struct qp_store *s, const char *what, struct qp_err *e);
/* Syncs the environment and makes its last commit the base of this boot (nothing_left: of a clean end). */
int qp_redo_base_now(struct qp_store *s, const struct qp_hash *boot, struct qp_err *e);
void qp_redo_entry_begin(struct qp_redo *r);

#endif
