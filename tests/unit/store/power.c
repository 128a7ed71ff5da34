/* power.c: the shadow of the disk, and the lottery at its failure. */
#include "tests/unit/store/power.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { SECTOR = 512 };

struct disk disk;

struct image image_load(const char *path)
{
    struct image m = {NULL, 0};
    struct stat st;
    int fd = open(path, O_RDONLY);
    if (fd < 0)
        return m;
    assert_int_equal(fstat(fd, &st), 0);
    m.p = malloc((size_t)st.st_size + 1);
    m.len = (size_t)st.st_size;
    assert_non_null(m.p);
    assert_int_equal(pread(fd, m.p, m.len, 0), (ssize_t)m.len);
    close(fd);
    return m;
}

static void save(const char *path, const struct image *m)
{
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, m->p, m->len, 0), (ssize_t)m->len);
    close(fd);
}

int fdatasync(int fd)
{
    struct stat a, b;
    bool ours = disk.path[0] && fstat(fd, &a) == 0 && stat(disk.path, &b) == 0 && a.st_ino == b.st_ino;
    if (ours && disk.kill)
        _exit(9);
    if (ours && disk.fail > 0) {
        disk.fail--;
        errno = EIO;
        return -1;
    }
    if (ours) {
        free(disk.shadow.p);
        disk.shadow = image_load(disk.path);
        disk.syncs++;
    }
    return (int)syscall(SYS_fdatasync, fd);
}

void disk_watch(const struct rig *r)
{
    snprintf(disk.path, sizeof disk.path, "%s/journal/data.mdb", r->dir);
    free(disk.shadow.p);
    disk.shadow = image_load(disk.path);
    disk.fail = 0;
}

int disk_down(void **state)
{
    disk.path[0] = 0;
    free(disk.shadow.p);
    disk.shadow.p = NULL;
    return rig_down(state);
}

unsigned seed_of_run(void)
{
    const char *given = getenv("QP_SEED");
    unsigned seed = given ? (unsigned)strtoul(given, NULL, 10) : (unsigned)getpid();
    print_message("QP_SEED=%u\n", seed);
    return seed;
}

/* Where the two differ, by lot. What the newer one has more is there as zeros, as itself, or not at all. */
static struct image lottery(const struct image *older, const struct image *newer, unsigned *seed)
{
    struct image m = {malloc(newer->len + 1), newer->len};
    assert_non_null(m.p);
    unsigned kept = (unsigned)rand_r(seed) % 101; /* from nothing that was not synced, to all of it */
    for (size_t at = 0; at < newer->len; at += SECTOR) {
        size_t len = newer->len - at < SECTOR ? newer->len - at : SECTOR;
        bool new = (unsigned)rand_r(seed) % 100 < kept;
        if (new)
            memcpy(m.p + at, newer->p + at, len);
        else if (at + len <= older->len)
            memcpy(m.p + at, older->p + at, len);
        else
            memset(m.p + at, 0, len);
    }
    return m;
}

void power_fails(struct rig *r, const struct image *before, unsigned *seed)
{
    char redo[160], data[128];
    snprintf(redo, sizeof redo, "%s/journal/redo", r->dir);
    memcpy(data, disk.path, sizeof data);
    disk.path[0] = 0;
    rig_close(r, false);
    struct image now = image_load(data), after = lottery(&disk.shadow, &now, seed);
    save(data, &after);
    if (before) {
        struct image log = image_load(redo), torn = lottery(before, &log, seed);
        save(redo, &torn);
        free(log.p);
        free(torn.p);
    }
    free(now.p);
    free(after.p);
    rig_remove(r, "journal/lock.mdb");
    static char boot[32];
    snprintf(boot, sizeof boot, "boot %u", (unsigned)rand_r(seed));
    r->o.boot_id = boot;
}

void is_whole(struct rig *r, uint64_t least, uint64_t most)
{
    rig_open(r);
    struct qp_read rd;
    uint64_t head = rig_head(r);
    if (head < least || head > most)
        fail_msg("the journal ends at %llu; %llu were acknowledged, %llu written", (unsigned long long)head,
                 (unsigned long long)least, (unsigned long long)most);
    assert_true(head == least || head == most); /* a turn is there as a whole or not at all */
    assert_false(qp_store_rolled_back(r->s));
    assert_int_equal(qp_journal_verify(r->s, 1, NULL, NULL, &r->e), QP_OK);
    assert_int_equal(qp_read_begin(r->s, &rd, &r->e), QP_OK);
    for (uint64_t n = 1; n <= head; n++) {
        struct qp_record rec;
        uint8_t buf[RIG_PARCEL];
        struct qp_slice want = rig_parcel(buf, n);
        assert_int_equal(qp_journal_get(rd.journal, r->s, n, &rec, &r->e), QP_OK);
        assert_int_equal(rec.parcel.len, want.len);
        assert_memory_equal(rec.parcel.p, want.p, want.len);
    }
    qp_read_end(&rd);
}
