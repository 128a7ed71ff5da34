/* slots.c: the keys' file: slots of a fixed size, each overwritten where it lies. Nothing moves a slot, and whoever ends one
 * syncs before anything else is written into it (vault.c): so a key that was destroyed is nowhere in the file. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/vault/inside.h"

enum { GROW = 1024, CHECK = 32, MOST = 16 * 1024 * 1024 };
_Static_assert(QP_ID_LEN + QP_SEALED_KEY + CHECK == QP_SLOT_BYTES, "a slot is full");
static const uint8_t empty[QP_SLOT_BYTES];

static int broken(const struct qp_slots *s, const char *what, struct qp_err *e)
{
    return qp_fail(e, QP_EIO, "%s: cannot be %s: %s", s->path, what, strerror(errno));
}

static bool grown(struct qp_slots *s, uint32_t n)
{
    uint8_t *taken = realloc(s->taken, n);
    if (taken)
        s->taken = taken;
    uint32_t *list = realloc(s->free, n * sizeof *list);
    if (list)
        s->free = list;
    if (!taken || !list)
        return false;
    memset(s->taken + s->n, 0, n - s->n);
    return true;
}

int qp_slots_open(struct qp_slots *s, const char *dir, bool no_sync, struct qp_err *e)
{
    struct stat st;
    *s = (struct qp_slots){.no_sync = no_sync};
    snprintf(s->path, sizeof s->path, "%s/keys", dir);
    s->fd = open(s->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (s->fd < 0 || fstat(s->fd, &st) != 0)
        return broken(s, "opened", e);
    if (!no_sync &&
        (qp_sync_folder_of(s->path) || qp_sync_folder_of(dir))) /* both names, and the vault's own */
        return broken(s, "synced", e);
    uint32_t n = (uint32_t)(st.st_size / QP_SLOT_BYTES); /* a cut end is a slot that was never synced */
    if (st.st_size / QP_SLOT_BYTES > MOST)
        return qp_fail(e, QP_ECORRUPT, "%s: is no file of keys: it is too long", s->path);
    if (n > 0 && !grown(s, n))
        return qp_fail(e, QP_ENOMEM, "%s: no memory for its slots", s->path);
    s->n = n;
    return 0;
}

void qp_slots_close(struct qp_slots *s)
{
    if (s->fd >= 0)
        close(s->fd);
    free(s->taken);
    free(s->free);
    *s = (struct qp_slots){.fd = -1};
}

static void check_of(uint8_t out[CHECK], const uint8_t slot[QP_SLOT_BYTES])
{
    struct qp_hash h;
    qp_hash(&h, slot, QP_ID_LEN + QP_SEALED_KEY);
    memcpy(out, h.b, CHECK);
}

static bool sound(const uint8_t b[QP_SLOT_BYTES])
{
    uint8_t check[CHECK];
    check_of(check, b);
    return memcmp(check, b + QP_ID_LEN + QP_SEALED_KEY, CHECK) == 0;
}

static bool slot_read(const struct qp_slots *s, uint32_t slot, uint8_t b[QP_SLOT_BYTES])
{
    return pread(s->fd, b, QP_SLOT_BYTES, (off_t)slot * QP_SLOT_BYTES) == QP_SLOT_BYTES;
}

int qp_slots_read(const struct qp_slots *s, uint32_t slot, const uint8_t id[QP_ID_LEN],
                  uint8_t key[QP_SEALED_KEY])
{
    uint8_t b[QP_SLOT_BYTES];
    if (!slot_read(s, slot, b) || memcmp(b, id, QP_ID_LEN) != 0 || !sound(b))
        return QP_ENOTFOUND;
    memcpy(key, b + QP_ID_LEN, QP_SEALED_KEY);
    return 0;
}

bool qp_slots_claim(struct qp_slots *s, uint32_t slot, const uint8_t id[QP_ID_LEN])
{
    uint8_t key[QP_SEALED_KEY];
    if (slot >= s->n || s->taken[slot] || qp_slots_read(s, slot, id, key))
        return false;
    s->taken[slot] = 1;
    return true;
}

enum qp_slot_state qp_slots_look(const struct qp_slots *s, uint32_t slot, uint8_t id[QP_ID_LEN], uint8_t *key)
{
    uint8_t b[QP_SLOT_BYTES] = {0};
    bool read = slot_read(s, slot, b);
    memcpy(id, b, QP_ID_LEN);
    if (key)
        memcpy(key, b + QP_ID_LEN, QP_SEALED_KEY);
    return !read || memcmp(b, empty, sizeof b) == 0 ? QP_SLOT_EMPTY
           : sound(b)                               ? QP_SLOT_WHOLE
                                                    : QP_SLOT_DAMAGED;
}

bool qp_slots_is_of(const struct qp_slots *s, uint32_t slot, const uint8_t id[QP_ID_LEN])
{
    uint8_t is[QP_ID_LEN];
    if (slot >= s->n || !s->taken[slot])
        return false;
    return qp_slots_look(s, slot, is, NULL) != QP_SLOT_WHOLE || memcmp(is, id, QP_ID_LEN) == 0;
}

static int write_at(struct qp_slots *s, uint32_t slot, const uint8_t b[QP_SLOT_BYTES], struct qp_err *e)
{
    if (pwrite(s->fd, b, QP_SLOT_BYTES, (off_t)slot * QP_SLOT_BYTES) == QP_SLOT_BYTES)
        return 0;
    return errno == ENOSPC ? qp_fail(e, QP_EFULL, "%s: the disk is full; make room", s->path)
                           : broken(s, "written", e);
}

int qp_slots_sweep(struct qp_slots *s, struct qp_err *e)
{
    uint8_t b[QP_SLOT_BYTES];
    bool swept = false;
    for (uint32_t i = s->n; i-- > 0;) {
        if (s->taken[i])
            continue;
        s->free[s->n_free++] = i;
        if (slot_read(s, i, b) && memcmp(b, empty, sizeof b) == 0)
            continue;
        swept = true;
        int rc = write_at(s, i, empty, e);
        if (rc)
            return rc;
    }
    return swept ? qp_slots_sync(s, e) : 0;
}

int qp_slots_take(struct qp_slots *s, uint32_t *slot, struct qp_err *e)
{
    if (s->n_free == 0) {
        uint32_t n = s->n + GROW;
        if (n > MOST)
            return qp_fail(e, QP_EFULL, "%s: has as many keys as it can hold", s->path);
        int rc = posix_fallocate(s->fd, (off_t)s->n * QP_SLOT_BYTES, (off_t)GROW * QP_SLOT_BYTES);
        if (rc)
            return qp_fail(e, rc == ENOSPC ? QP_EFULL : QP_EIO, "%s: cannot be made longer: %s", s->path,
                           strerror(rc));
        if (!grown(s, n))
            return qp_fail(e, QP_ENOMEM, "%s: no memory for its slots", s->path);
        for (uint32_t i = n; i-- > s->n;)
            s->free[s->n_free++] = i;
        s->n = n;
    }
    *slot = s->free[--s->n_free];
    assert(!s->taken[*slot]);
    s->taken[*slot] = 1;
    return 0;
}

int qp_slots_write(struct qp_slots *s, uint32_t slot, const uint8_t id[QP_ID_LEN],
                   const uint8_t key[QP_SEALED_KEY], struct qp_err *e)
{
    uint8_t b[QP_SLOT_BYTES];
    assert(slot < s->n && s->taken[slot]);
    memcpy(b, id, QP_ID_LEN);
    memcpy(b + QP_ID_LEN, key, QP_SEALED_KEY);
    check_of(b + QP_ID_LEN + QP_SEALED_KEY, b);
    return write_at(s, slot, b, e);
}

int qp_slots_end(struct qp_slots *s, uint32_t slot, struct qp_err *e)
{
    assert(slot < s->n && s->taken[slot]);
    int rc = write_at(s, slot, empty, e);
    if (rc)
        return rc;
    s->taken[slot] = 0;
    s->free[s->n_free++] = slot;
    return 0;
}

int qp_slots_sync(struct qp_slots *s, struct qp_err *e)
{
    if (!s->no_sync && fdatasync(s->fd) != 0)
        return broken(s, "synced", e);
    return 0;
}
