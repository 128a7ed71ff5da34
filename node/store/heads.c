/* heads.c: DIR/heads, the last sealed record's place outside the environments (C5).
 *
 *   slot 0 at 0, slot 1 at 4096: magic 4, epoch 16, position 8, hash 32, check 4 (head of the hash of what is
 * before)
 *
 * Written in turns after each commit that appended, so that a torn write leaves the other slot. Not synced on
 * the hot path: what a power loss takes from it can only make it older, and an older head accuses nobody. A
 * journal below it is an old copy. Called by store.c. */
#include "node/store/inside.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { SLOT = 64, SLOT_GAP = 4096, AT_EPOCH = 4, AT_POSITION = 20, AT_HASH = 28, AT_CHECK = 60, CHECK = 4 };
_Static_assert(AT_CHECK + CHECK == SLOT, "a slot is packed");
static const uint8_t magic[AT_EPOCH] = {'Q', 'P', 'H', '1'};

static void slot_check(uint8_t out[CHECK], const uint8_t slot[SLOT])
{
    struct qp_hash h;
    qp_hash(&h, slot, AT_CHECK);
    memcpy(out, h.b, CHECK);
}

static bool slot_read(struct qp_heads *out, int fd, unsigned which)
{
    assert(fd >= 0 && which < 2);
    uint8_t slot[SLOT], check[CHECK];
    if (pread(fd, slot, SLOT, (off_t)which * SLOT_GAP) != SLOT || memcmp(slot, magic, sizeof magic) != 0)
        return false;
    slot_check(check, slot);
    if (memcmp(check, slot + AT_CHECK, CHECK) != 0)
        return false;
    memcpy(out->epoch, slot + AT_EPOCH, QP_ID_LEN);
    out->position = qp_rd64(slot + AT_POSITION);
    memcpy(out->hash.b, slot + AT_HASH, QP_HASH_LEN);
    return true;
}

int qp_heads_open(struct qp_store *s, struct qp_heads *last, bool *found, struct qp_err *e)
{
    assert(s->heads_fd < 0 && s->journal); /* whose epoch is known */
    char path[PATH_MAX];
    int rc = qp_path_in(path, s, "heads", e);
    if (rc)
        return rc;
    s->heads_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (s->heads_fd < 0)
        return qp_fail(e, QP_EIO, "%s: cannot be opened: %s", path, strerror(errno));
    /* Heads of another epoch belong to a journal that is no more: they accuse nobody and are written over. */
    *found = false;
    for (unsigned i = 0; i < 2; i++) {
        struct qp_heads slot;
        if (!slot_read(&slot, s->heads_fd, i) || memcmp(slot.epoch, s->epoch, QP_ID_LEN) != 0)
            continue;
        if (*found && slot.position < last->position)
            continue;
        *found = true;
        *last = slot;
        s->heads_slot = 1 - i;
    }
    assert(s->heads_slot < 2);
    assert(!*found || memcmp(last->epoch, s->epoch, QP_ID_LEN) == 0);
    return 0;
}

int qp_heads_write(struct qp_store *s, struct qp_err *e)
{
    assert(!s->rolled_back && s->head > s->sealed); /* it only grows, and evidence is never written over */
    assert(s->heads_fd >= 0 && s->heads_slot < 2);
    uint8_t slot[SLOT];
    memcpy(slot, magic, sizeof magic);
    memcpy(slot + AT_EPOCH, s->epoch, QP_ID_LEN);
    qp_be64(slot + AT_POSITION, s->head);
    memcpy(slot + AT_HASH, s->head_hash.b, QP_HASH_LEN);
    slot_check(slot + AT_CHECK, slot);
    if (pwrite(s->heads_fd, slot, SLOT, (off_t)s->heads_slot * SLOT_GAP) != SLOT)
        return qp_fail(e, QP_EIO, "%s/heads: cannot be written: %s", s->dir, strerror(errno));
    s->heads_slot = 1 - s->heads_slot;
    s->sealed = s->head;
    return 0;
}

int qp_heads_sync(struct qp_store *s, struct qp_err *e)
{
    assert(s->heads_fd >= 0);
    if (s->no_sync || fdatasync(s->heads_fd) == 0)
        return 0;
    return qp_fail(e, QP_EIO, "%s/heads: cannot be synced: %s", s->dir, strerror(errno));
}
