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

static bool same_file(int fd, const char *path)
{
    struct stat a, b;
    return path[0] && fstat(fd, &a) == 0 && stat(path, &b) == 0 && a.st_ino == b.st_ino;
}

static void shadow_renew(struct image *shadow, const char *path)
{
    free(shadow->p);
    *shadow = image_load(path);
}

static struct image image_copy(const struct image *m)
{
    struct image copy = {malloc(m->len + 1), m->len};
    assert_non_null(copy.p);
    memcpy(copy.p, m->p, m->len);
    return copy;
}

static void stop(void)
{
    disk.stopped.is = true;
    disk.stopped.journal = image_copy(&disk.shadow);
    disk.stopped.tables = image_copy(&disk.tables_shadow);
    rig_copy(disk.rig, "journal", "stopped-journal");
    rig_copy(disk.rig, "tables", "stopped-tables");
    rig_copy(disk.rig, "heads", "stopped-heads");
}

int fdatasync(int fd)
{
    bool ours = same_file(fd, disk.path), tables = same_file(fd, disk.tables);
    if ((ours || tables) && disk.stop > 0 && --disk.stop == 0)
        stop();
    if (ours && disk.kill)
        _exit(9);
    if (ours && disk.fail > 0) {
        disk.fail--;
        errno = EIO;
        return -1;
    }
    if (ours) {
        shadow_renew(&disk.shadow, disk.path);
        disk.syncs++;
    }
    if (tables)
        shadow_renew(&disk.tables_shadow, disk.tables);
    return (int)syscall(SYS_fdatasync, fd);
}

void disk_watch(struct rig *r)
{
    disk.rig = r;
    snprintf(disk.path, sizeof disk.path, "%s/journal/data.mdb", r->dir);
    snprintf(disk.tables, sizeof disk.tables, "%s/tables/data.mdb", r->dir);
    shadow_renew(&disk.shadow, disk.path);
    shadow_renew(&disk.tables_shadow, disk.tables);
    disk.fail = 0;
    disk.stop = 0;
}

int disk_down(void **state)
{
    disk.path[0] = disk.tables[0] = 0;
    free(disk.shadow.p);
    free(disk.tables_shadow.p);
    disk.shadow.p = disk.tables_shadow.p = NULL;
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

/* Another boot. */
static void goes_up_again(struct rig *r, unsigned *seed)
{
    static char boot[32];
    rig_remove(r, "journal/lock.mdb");
    snprintf(boot, sizeof boot, "boot %u", (unsigned)rand_r(seed));
    r->o.boot_id = boot;
}

void power_fails(struct rig *r, const struct image *before, unsigned *seed)
{
    char redo[160], data[128];
    snprintf(redo, sizeof redo, "%s/journal/redo", r->dir);
    memcpy(data, disk.path, sizeof data);
    disk.path[0] = disk.tables[0] = 0;
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
    goes_up_again(r, seed);
}

void disk_stop(unsigned nth)
{
    assert_false(disk.stopped.is);
    disk.stop = nth;
}

static void put_back(struct rig *r, const char *name, const char *kept)
{
    rig_copy(r, kept, name);
    rig_remove(r, kept);
}

static void by_lot(const char *path, const struct image *shadow, unsigned *seed)
{
    struct image now = image_load(path), after = lottery(shadow, &now, seed);
    save(path, &after);
    free(now.p);
    free(after.p);
}

bool disk_stopped(struct rig *r, unsigned *seed)
{
    bool stopped = disk.stopped.is;
    char journal[128], tables[128];
    memcpy(journal, disk.path, sizeof journal);
    memcpy(tables, disk.tables, sizeof tables);
    disk.path[0] = disk.tables[0] = 0;
    disk.stop = 0;
    disk.stopped.is = false;
    if (stopped) {
        put_back(r, "journal", "stopped-journal");
        put_back(r, "tables", "stopped-tables");
        put_back(r, "heads", "stopped-heads");
    }
    by_lot(journal, stopped ? &disk.stopped.journal : &disk.shadow, seed);
    by_lot(tables, stopped ? &disk.stopped.tables : &disk.tables_shadow, seed);
    if (stopped) {
        free(disk.stopped.journal.p);
        free(disk.stopped.tables.p);
    }
    goes_up_again(r, seed);
    return stopped;
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
    assert_int_equal(qp_journal_verify(r->s, 1, NULL, NULL, &r->e), 0);
    assert_int_equal(qp_read_begin(r->s, &rd, &r->e), 0);
    for (uint64_t n = 1; n <= head; n++) {
        struct qp_record rec;
        uint8_t buf[RIG_PARCEL];
        struct qp_slice want = rig_parcel(buf, n);
        assert_int_equal(qp_journal_get(rd.journal, r->s, n, &rec, &r->e), 0);
        assert_int_equal(rec.parcel.len, want.len);
        assert_memory_equal(rec.parcel.p, want.p, want.len);
    }
    qp_read_end(&rd);
}
