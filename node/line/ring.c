/* ring.c: see ring.h. A slot: magic 8, secret 32, a hash over both 16, zeros 8. A slot whose hash does not fit (a power
 * failure while it was written) is empty: its key was never announced. */
#include "node/line/ring.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SLOT = 64, AT_SECRET = 8, AT_SUM = 40, SUM = 16 };
static const uint8_t MAGIC[8] = {'q', 'p', 'l', 'i', 'n', 'e', 0, 1};

struct held {
    bool used;
    uint8_t name[QP_LINE_KEY], pk[QP_PK_LEN], sk[QP_SK_LEN];
};
struct qp_ring {
    pthread_mutex_t lock;
    int fd, spare;      /* -1: none */
    bool folder_synced; /* since this start: a file that was made is there after a power failure */
    char path[4096];
    struct held slot[QP_RING_SLOTS];
};

void qp_ring_name(uint8_t name[QP_LINE_KEY], const uint8_t pk[QP_PK_LEN])
{
    memcpy(name, pk, QP_LINE_KEY);
}

static void sum_of(uint8_t sum[SUM], const uint8_t slot[SLOT])
{
    struct qp_hash h;
    qp_hash(&h, slot, AT_SUM);
    memcpy(sum, h.b, SUM);
}

static void take_secret(struct held *s, const uint8_t secret[QP_SEED_LEN])
{
    qp_box_keypair(s->pk, s->sk, secret);
    qp_ring_name(s->name, s->pk);
    s->used = true;
}

static int read_slots(struct qp_ring *r, struct qp_err *e)
{
    uint8_t all[QP_RING_SLOTS * SLOT] = {0}, sum[SUM];
    ssize_t n = pread(r->fd, all, sizeof all, 0);
    int rc = n < 0 ? qp_fail(e, QP_EIO, "%s: cannot be read: %s", r->path, strerror(errno)) : 0;
    if (n > 0 && n != (ssize_t)sizeof all && n != (ssize_t)QP_RING_FORMER * SLOT)
        rc = qp_fail(
            e, QP_ECORRUPT,
            "%s: this is no file of line keys, or a part of one: move it away; a new one is made, and "
            "messages are sealed again by those who sent them",
            r->path);
    for (int i = 0; i < QP_RING_SLOTS && !rc; i++) {
        const uint8_t *s = all + (size_t)i * SLOT;
        sum_of(sum, s);
        if (memcmp(s, MAGIC, sizeof MAGIC) == 0 && memcmp(sum, s + AT_SUM, SUM) == 0)
            take_secret(&r->slot[i], s + AT_SECRET);
    }
    qp_wipe(all, sizeof all);
    return rc;
}

int qp_ring_open(struct qp_ring **out, const char *path, struct qp_err *e)
{
    struct qp_ring *r = calloc(1, sizeof *r);
    *out = NULL;
    if (!r || strlen(path) >= sizeof r->path) {
        free(r);
        return qp_fail(e, QP_ENOMEM, "%s: no memory for the line keys", path);
    }
    strcpy(r->path, path);
    r->spare = -1;
    pthread_mutex_init(&r->lock, NULL);
    r->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    int rc =
        r->fd < 0 ? qp_fail(e, QP_EIO, "%s: cannot be opened: %s", path, strerror(errno)) : read_slots(r, e);
    if (rc) {
        qp_ring_close(r);
        return rc;
    }
    *out = r;
    return 0;
}

void qp_ring_close(struct qp_ring *r)
{
    if (!r)
        return;
    if (r->fd >= 0)
        close(r->fd);
    pthread_mutex_destroy(&r->lock);
    qp_wipe(r, sizeof *r);
    free(r);
}

static struct held *find(struct qp_ring *r, const uint8_t name[QP_LINE_KEY])
{
    for (int i = 0; i < QP_RING_SLOTS; i++) {
        if (r->slot[i].used && memcmp(r->slot[i].name, name, QP_LINE_KEY) == 0)
            return &r->slot[i];
    }
    return NULL;
}

bool qp_ring_has(struct qp_ring *r, const uint8_t name[QP_LINE_KEY])
{
    pthread_mutex_lock(&r->lock);
    bool has = find(r, name);
    pthread_mutex_unlock(&r->lock);
    return has;
}

bool qp_ring_spare(struct qp_ring *r, uint8_t pk[QP_PK_LEN])
{
    pthread_mutex_lock(&r->lock);
    bool has = r->spare >= 0;
    if (has)
        memcpy(pk, r->slot[r->spare].pk, QP_PK_LEN);
    pthread_mutex_unlock(&r->lock);
    return has;
}

int qp_ring_unseal(struct qp_ring *r, const uint8_t name[QP_LINE_KEY], const uint8_t box[QP_LINE_BOX],
                   uint8_t key[QP_KEY_LEN])
{
    uint8_t pk[QP_PK_LEN], sk[QP_SK_LEN];
    pthread_mutex_lock(&r->lock);
    const struct held *s = find(r, name);
    if (s) {
        memcpy(pk, s->pk, sizeof pk);
        memcpy(sk, s->sk, sizeof sk);
    }
    pthread_mutex_unlock(&r->lock);
    if (!s)
        return QP_ENOTFOUND;
    int rc = qp_open(key, box, QP_LINE_BOX, pk, sk);
    qp_wipe(sk, sizeof sk);
    return rc;
}

/* ---- writing: in place, synced before anybody counts on it ---- */

static int write_slot(struct qp_ring *r, int at, const uint8_t slot[SLOT], struct qp_err *e)
{
    off_t where = (off_t)at * SLOT;
    struct stat st;
    int m = fstat(r->fd, &st);
    if (m == 0 && st.st_size < (off_t)QP_RING_SLOTS * SLOT)
        m = ftruncate(r->fd, (off_t)QP_RING_SLOTS * SLOT);
    if (m == 0 && pwrite(r->fd, slot, SLOT, where) != SLOT)
        m = -1;
    if (m == 0)
        m = fsync(r->fd);
    if (m == 0 && !r->folder_synced)
        m = qp_sync_folder_of(r->path);
    r->folder_synced |= m == 0;
    return m == 0 ? 0 : qp_fail(e, QP_EIO, "%s: cannot be written: %s", r->path, strerror(errno));
}

static int put(struct qp_ring *r, int at, const uint8_t secret[QP_SEED_LEN], struct qp_err *e)
{
    uint8_t slot[SLOT] = {0};
    memcpy(slot, MAGIC, sizeof MAGIC);
    memcpy(slot + AT_SECRET, secret, QP_SEED_LEN);
    sum_of(slot + AT_SUM, slot);
    int rc = write_slot(r, at, slot, e);
    qp_wipe(slot, sizeof slot);
    pthread_mutex_lock(&r->lock);
    if (!rc)
        take_secret(&r->slot[at], secret);
    pthread_mutex_unlock(&r->lock);
    return rc;
}

/* On the disk first: a slot that looks empty here is never written again, and an erasure that failed would be forgotten. */
static int drop(struct qp_ring *r, int at, struct qp_err *e)
{
    static const uint8_t zeros[SLOT];
    int rc = write_slot(r, at, zeros, e);
    if (rc)
        return rc;
    pthread_mutex_lock(&r->lock);
    qp_wipe(&r->slot[at], sizeof r->slot[at]);
    pthread_mutex_unlock(&r->lock);
    return 0;
}

int qp_ring_tend(struct qp_ring *r, qp_ring_ask ask, void *arg, const uint8_t seed[QP_SEED_LEN],
                 struct qp_err *e)
{
    int rc = 0, spare = -1, empty = -1;
    for (int i = 0; i < QP_RING_SLOTS; i++) {
        enum qp_ring_use use = r->slot[i].used ? ask(arg, r->slot[i].name) : QP_RING_UNUSED;
        int bad = use == QP_RING_OVER ? drop(r, i, rc ? NULL : e) : 0;
        rc = rc ? rc : bad;
        if (r->slot[i].used && use == QP_RING_UNUSED)
            spare = i;
        if (!r->slot[i].used)
            empty = i;
    }
    if (!rc && spare < 0 && empty < 0)
        rc = qp_fail(e, QP_EFULL,
                     "%s: each of its %d slots holds a key that still opens messages: the present one stays "
                     "in use until the time of one "
                     "of them is over",
                     r->path, QP_RING_SLOTS);
    if (!rc && spare < 0 && !(rc = put(r, empty, seed, e)))
        spare = empty;
    pthread_mutex_lock(&r->lock);
    r->spare = spare;
    pthread_mutex_unlock(&r->lock);
    return rc;
}
