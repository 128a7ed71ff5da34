/* rig.c: see rig.h. */
#include "tests/unit/store/rig.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static int up(void **state, const char *pattern)
{
    struct rig *r = calloc(1, sizeof *r);
    assert_non_null(r);
    assert_int_equal(qp_crypto_init(NULL), 0);
    snprintf(r->dir, sizeof r->dir, "%s", pattern);
    assert_non_null(mkdtemp(r->dir));
    r->o = (struct qp_store_options){
        .dir = r->dir, .journal_map = 8 << 20, .tables_map = 8 << 20, .boot_id = "boot one"};
    memset(r->o.epoch, 7, QP_ID_LEN);
    *state = r;
    return 0;
}

int rig_up(void **state)
{
    return up(state, "/tmp/qp-store-XXXXXX");
}

int rig_up_fast(void **state)
{
    return up(state, access("/dev/shm", W_OK) == 0 ? "/dev/shm/qp-store-XXXXXX" : "/tmp/qp-store-XXXXXX");
}

static void run(const char *command)
{
    int rc = system(command);
    assert_int_equal(rc, 0);
}

int rig_down(void **state)
{
    struct rig *r = *state;
    qp_store_close(r->s, true);
    umount2(r->dir, MNT_DETACH); /* what a test that failed may have left */
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", r->dir);
    run(command);
    free(r);
    return 0;
}

void rig_open(struct rig *r)
{
    r->e.text[0] = 0;
    if (qp_store_open(&r->s, &r->o, &r->e))
        fail_msg("%s", r->e.text);
}

void rig_close(struct rig *r, bool clean)
{
    qp_store_close(r->s, clean);
    r->s = NULL;
}

void rig_reopen(struct rig *r, bool clean)
{
    rig_close(r, clean);
    rig_open(r);
}

struct qp_slice rig_parcel(uint8_t buf[RIG_PARCEL], uint64_t n)
{
    for (size_t i = 0; i < RIG_PARCEL; i++)
        buf[i] = (uint8_t)(n * 31 + i * 7 + (i >> 5));
    int len = snprintf((char *)buf, RIG_PARCEL, "parcel %llu;", (unsigned long long)n);
    return (struct qp_slice){buf, RIG_PARCEL - (size_t)len % 3};
}

void rig_write(struct rig *r, struct qp_txn *t, uint64_t n)
{
    uint8_t buf[RIG_PARCEL], key[8];
    struct qp_record rec = {.kind = QP_RECORD_OWN, .lane = QP_LANE_BULK, .received_us = (int64_t)n * 1000};
    rec.parcel = rig_parcel(buf, n);
    assert_int_equal(qp_journal_append(t, &rec, &r->e), 0);
    assert_int_equal(rec.position, n);
    qp_be64(key, n);
    assert_int_equal(qp_put(t->tables, qp_store_dbi(r->s, QP_T_MATTER), key, sizeof key, buf, 100, &r->e), 0);
    assert_int_equal(qp_tables_set_position(t, t->head, &t->head_hash, &r->e), 0);
}

void rig_turn(struct rig *r, unsigned records)
{
    struct qp_txn t;
    assert_int_equal(qp_store_begin(r->s, &t, &r->e), 0);
    for (unsigned i = 0; i < records; i++)
        rig_write(r, &t, t.head + 1);
    assert_int_equal(qp_store_commit_journal(&t, &r->e), 0);
    assert_int_equal(qp_store_commit_tables(&t, &r->e), 0);
    qp_store_abort(&t);
}

void rig_turns(struct rig *r, unsigned turns)
{
    for (unsigned i = 0; i < turns; i++)
        rig_turn(r, 1);
}

uint64_t rig_head(struct rig *r)
{
    struct qp_read rd;
    assert_int_equal(qp_read_begin(r->s, &rd, &r->e), 0);
    uint64_t head = qp_journal_head(rd.journal, r->s, NULL);
    qp_read_end(&rd);
    return head;
}

uint64_t rig_position(struct rig *r)
{
    struct qp_read rd;
    assert_int_equal(qp_read_begin(r->s, &rd, &r->e), 0);
    uint64_t at = qp_tables_position(rd.tables, r->s);
    qp_read_end(&rd);
    return at;
}

bool rig_has_row(struct rig *r, uint64_t n)
{
    struct qp_read rd;
    uint8_t key[8];
    MDB_val v;
    qp_be64(key, n);
    assert_int_equal(qp_read_begin(r->s, &rd, &r->e), 0);
    int rc = qp_get(rd.tables, qp_store_dbi(r->s, QP_T_MATTER), key, sizeof key, &v);
    assert_true(!rc || rc == QP_ENOTFOUND);
    qp_read_end(&rd);
    return !rc;
}

static int file_open(struct rig *r, const char *name)
{
    char path[160];
    snprintf(path, sizeof path, "%s/%s", r->dir, name);
    int fd = open(path, O_RDWR);
    assert_true(fd >= 0);
    return fd;
}

static void flip_one(int fd, size_t at, unsigned bit)
{
    uint8_t byte;
    assert_int_equal(pread(fd, &byte, 1, (off_t)at), 1);
    byte ^= (uint8_t)(1u << bit);
    assert_int_equal(pwrite(fd, &byte, 1, (off_t)at), 1);
}

void rig_flip(struct rig *r, const char *name, const void *needle, size_t needle_len, size_t at, unsigned bit)
{
    int fd = file_open(r, name);
    struct stat st;
    assert_int_equal(fstat(fd, &st), 0);
    if (!needle) {
        flip_one(fd, at, bit);
        close(fd);
        return;
    }
    uint8_t *all = malloc((size_t)st.st_size), *end = all + st.st_size;
    assert_int_equal(pread(fd, all, (size_t)st.st_size, 0), st.st_size);
    unsigned places = 0; /* pages that were copied on write hold the bytes as well */
    for (uint8_t *p = all; (p = memmem(p, (size_t)(end - p), needle, needle_len)); p++, places++)
        flip_one(fd, (size_t)(p - all) + at, bit);
    assert_true(places > 0);
    free(all);
    close(fd);
}

long rig_size(struct rig *r, const char *name)
{
    struct stat st;
    int fd = file_open(r, name);
    assert_int_equal(fstat(fd, &st), 0);
    close(fd);
    return st.st_size;
}

void rig_cut(struct rig *r, const char *name, long size)
{
    int fd = file_open(r, name);
    assert_int_equal(ftruncate(fd, size), 0);
    close(fd);
}

void rig_copy(struct rig *r, const char *from, const char *to)
{
    char command[256];
    snprintf(command, sizeof command, "rm -rf '%s/%s' && cp -r '%s/%s' '%s/%s'", r->dir, to, r->dir, from,
             r->dir, to);
    run(command);
}

void rig_remove(struct rig *r, const char *name)
{
    char command[160];
    snprintf(command, sizeof command, "rm -rf '%s/%s'", r->dir, name);
    run(command);
}
