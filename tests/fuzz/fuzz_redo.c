/* fuzz_redo.c: the redo log under hostile bytes: entries and bases that were changed, cut, emptied or moved, before a store is opened.
 *
 *   turns ─► killed, or the power fails ─► bytes of journal/redo changed ─► opened: refused, or said to be an old copy, or all that was acknowledged is
 *   there. But for the last turn: an entry that was changed is the same as one whose writing was under way; that it is gone whoever
 *   heard of it says at the next greeting (C5).
 *
 * fuzz_redo [--runs N] [--seed N]. */
#include <stdio.h>
#include <unistd.h>

#include "node/store/inside.h"
#include "tests/unit/store/rig.h"

static uint64_t next(uint64_t *x)
{
    *x ^= *x << 13;
    *x ^= *x >> 7;
    return *x ^= *x << 17;
}

/* Most of the file was never written: what is changed lies where something stands. */
static long somewhere(FILE *f, long size, uint64_t *x)
{
    uint8_t block[QP_REDO_BLOCK];
    bool bases = next(x) % 3 == 0;
    for (int tries = 0; tries < 2000; tries++) {
        long at = (long)(next(x) % (uint64_t)(bases ? QP_REDO_BASES * QP_REDO_BLOCK : size));
        at -= at % QP_REDO_BLOCK;
        fseek(f, at, SEEK_SET);
        size_t n = fread(block, 1, sizeof block, f);
        for (size_t i = 0; i < n; i++)
            if (block[i] != 0)
                return at + (long)(next(x) % 400);
    }
    return (long)(next(x) % (uint64_t)size);
}

static void change(struct rig *r, uint64_t *x)
{
    char path[160];
    snprintf(path, sizeof path, "%s/journal/redo", r->dir);
    FILE *f = fopen(path, "r+be");
    assert_non_null(f);
    fseek(f, 0, SEEK_END);
    long size = ftell(f);
    for (unsigned n = 1 + (unsigned)(next(x) % 3); n > 0; n--) {
        long at = somewhere(f, size, x);
        uint8_t bytes[512];
        size_t len = next(x) % 4 == 0 ? sizeof bytes : 1;
        fseek(f, at, SEEK_SET);
        size_t got = fread(bytes, 1, len, f);
        for (size_t i = 0; i < got; i++)
            bytes[i] = (uint8_t)(next(x) % 3 == 0 ? 0 : len == 1 ? bytes[i] ^ 1u << next(x) % 8 : next(x));
        fseek(f, next(x) % 8 == 0 ? somewhere(f, size, x) : at, SEEK_SET);
        fwrite(bytes, 1, got, f);
    }
    fflush(f);
    if (next(x) % 16 == 0)
        assert_int_equal(ftruncate(fileno(f), (off_t)(next(x) % (uint64_t)size)), 0);
    fclose(f);
}

static bool whole(struct rig *r, uint64_t acknowledged)
{
    struct qp_read rd;
    uint8_t buf[RIG_PARCEL];
    bool ok = true;
    assert_int_equal(qp_read_begin(r->s, &rd, NULL), 0);
    for (uint64_t at = 1; at <= acknowledged && ok; at++) {
        struct qp_record rec;
        struct qp_slice is = rig_parcel(buf, at);
        ok = !qp_journal_get(rd.journal, r->s, at, &rec, NULL) && rec.parcel.len == is.len &&
             memcmp(rec.parcel.p, is.p, is.len) == 0;
    }
    qp_read_end(&rd);
    return ok;
}

static const char *one(uint64_t *x, bool power)
{
    void *state;
    const char *end = "lost";
    assert_int_equal(rig_up_fast(&state), 0);
    struct rig *r = state;
    r->o.no_sync = false;
    rig_open(r);
    rig_turns(r, 1 + (unsigned)(next(x) % 10));
    assert_int_equal(qp_store_checkpoint(r->s, &r->e), 0);
    if (power) /* what is on the disk for certain */
        rig_copy(r, "journal/data.mdb", "kept.mdb");
    rig_turns(r, (unsigned)(next(x) % 30));
    struct qp_txn t;
    assert_int_equal(qp_store_begin(r->s, &t, &r->e), 0);
    rig_write(r, &t, t.head + 1);
    uint64_t acknowledged = t.head;
    assert_int_equal(qp_store_commit_journal(&t, &r->e),
                     0); /* in the redo log alone: neighbours may have it */
    qp_store_abort(&t);
    rig_close(r, false);
    change(r, x);
    if (power) { /* all that was not synced is gone */
        rig_copy(r, "kept.mdb", "journal/data.mdb");
        r->o.boot_id = "boot two";
    }
    if (qp_store_open(&r->s, &r->o, &r->e))
        end = r->e.text[0] != 0 ? "refused" : "refused without a word";
    else if (qp_store_rolled_back(r->s))
        end = "an old copy";
    else if (whole(r, acknowledged - 1))
        end = "whole";
    rig_down(&state);
    return end;
}

int main(int argc, char **argv)
{
    unsigned long runs = 60, refused = 0, old = 0, good = 0;
    uint64_t x = 0x9e3779b97f4a7c15;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--runs") == 0)
            runs = strtoul(argv[i + 1], NULL, 10);
        if (strcmp(argv[i], "--seed") == 0)
            x = strtoull(argv[i + 1], NULL, 10);
    }
    for (unsigned long i = 0; i < runs; i++) {
        uint64_t seed = x;
        const char *end = one(&x, i % 2 == 0);
        refused += strcmp(end, "refused") == 0;
        old += strcmp(end, "an old copy") == 0;
        good += strcmp(end, "whole") == 0;
        if (refused + old + good != i + 1) {
            printf("run %lu, --seed %llu: %s\n", i, (unsigned long long)seed, end);
            return 1;
        }
    }
    printf(
        "%lu redo logs changed: %lu refused with a word, %lu said to be old copies, %lu whole all the same\n",
        runs, refused, old, good);
    /* else it proves nothing; and what is damaged is called so, with its place, where that can be known */
    return refused > 0 && good > 0 && old * 20 <= runs ? 0 : 1;
}
