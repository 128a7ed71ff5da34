/* journal_test.c: a journal that was cut, changed or put back is found out, and nobody is served from it. */
#include "tests/unit/store/rig.h"

#include <unistd.h>

#include "node/store/inside.h"

enum { RECORDS = 200, FEW = 20 };

static void fill(struct rig *r)
{
    rig_open(r);
    for (unsigned i = 0; i < RECORDS / 20; i++)
        rig_turn(r, 20);
    rig_close(r, true);
}

static int get(struct rig *r, uint64_t position)
{
    struct qp_read rd;
    struct qp_record rec;
    assert_int_equal(qp_read_begin(r->s, &rd, &r->e), 0);
    int rc = qp_journal_get(rd.journal, r->s, position, &rec, &r->e);
    qp_read_end(&rd);
    return rc;
}

static void a_flipped_bit_in_a_record_is_found(void **state)
{
    struct rig *r = *state;
    fill(r);
    rig_copy(r, "journal", "good");
    uint8_t buf[RIG_PARCEL];
    for (unsigned i = 0; i < 60; i++) { /* anywhere in the record of parcel 10: head, parcel, hash */
        rig_copy(r, "good", "journal");
        struct qp_slice p = rig_parcel(buf, 10);
        size_t first = (size_t)QP_RECORD_HEAD, at = i * 7919 % (first + p.len + QP_HASH_LEN);
        rig_flip(r, "journal/data.mdb", p.p, p.len, at - first, i % 8);
        rig_open(r); /* not among the last records: opening does not see it */
        struct qp_txn t;
        assert_int_equal(get(r, 9), 0);
        assert_int_equal(get(r, 11), 0);
        assert_int_equal(get(r, 10), QP_ECORRUPT);
        assert_non_null(strstr(r->e.text, "record 10"));
        assert_int_equal(qp_store_begin(r->s, &t, &r->e), 0); /* an error of that record alone (S5) */
        qp_store_abort(&t);
        rig_close(r, true);
    }
    rig_copy(r, "good", "journal");
    rig_open(r);
    assert_int_equal(get(r, 10), 0);
}

static void a_damaged_record_stops_neither_readers_of_others_nor_writers_nor_the_next_start(void **state)
{
    struct rig *r = *state;
    uint8_t buf[RIG_PARCEL];
    struct qp_store_damage d;
    struct qp_hash hash;
    struct qp_read rd;
    fill(r);
    struct qp_slice p = rig_parcel(buf, 10);
    rig_flip(r, "journal/data.mdb", p.p, p.len, 20, 1);
    for (int start = 0; start < 2; start++) {
        rig_open(r);
        qp_store_damage(r->s, &d);
        assert_int_equal(d.damaged, 0); /* nobody has met it yet */
        assert_int_equal(get(r, 10), QP_ECORRUPT);
        assert_int_equal(get(r, 10), QP_ECORRUPT);
        assert_int_equal(get(r, 11), 0);
        qp_store_damage(r->s, &d);
        assert_int_equal(d.damaged, 1);
        assert_int_equal(d.at[0], 10);
        assert_int_equal(qp_read_begin(r->s, &rd, &r->e), 0);
        assert_int_equal(qp_journal_hash_of(rd.journal, r->s, 10, &hash), 0); /* 11 says what it was */
        qp_read_end(&rd);
        rig_turns(r, 3);
        rig_close(r, true);
    }
}

static void a_scrub_finds_every_damaged_record_before_a_reader_does(void **state)
{
    struct rig *r = *state;
    static const uint64_t bad[] = {1, 10, 11, 120};
    uint8_t buf[RIG_PARCEL];
    struct qp_store_damage d;
    fill(r);
    for (size_t i = 0; i < 4; i++) {
        struct qp_slice p = rig_parcel(buf, bad[i]);
        rig_flip(r, "journal/data.mdb", p.p, p.len, 20, 1);
    }
    rig_open(r);
    for (unsigned pass = 1; pass <= 2; pass++) {
        unsigned slices = 1;
        while (!qp_store_scrub(r->s, 1000 * slices))
            assert_true(++slices < 9);
        qp_store_damage(r->s, &d);
        assert_int_equal(d.damaged, 4); /* each is counted once */
        for (size_t i = 0; i < 4; i++)
            assert_int_equal(d.at[i], bad[i]);
        assert_int_equal(d.scrub.passes, pass);
        assert_int_equal(d.scrub.records, RECORDS * pass);
        assert_int_equal(d.scrub.finished_us, 1000 * slices);
    }
    rig_turns(r, 1);
}

/* A long record lies on pages of its own, and LMDB's node has their number: a changed one leads nowhere. */
static void a_scrub_calls_nothing_whole_that_it_could_not_read(void **state)
{
    enum { LONG = 4000, LEN = QP_RECORD_OVERHEAD + LONG, THIRD = 3 };
    static uint8_t parcel[LONG] = {1};
    const uint8_t node[16] = {LEN & 0xff, LEN >> 8, 0, 0,    1,
                              0,          8,        0, THIRD}; /* size, "on its own pages", key */
    struct rig *r = *state;
    struct qp_store_damage d;
    struct qp_txn t;
    struct qp_record rec = {.kind = QP_RECORD_OWN, .lane = QP_LANE_BULK, .parcel = {parcel, LONG}};
    rig_open(r);
    rig_turn(r, THIRD - 1);
    assert_int_equal(qp_store_begin(r->s, &t, &r->e), 0);
    assert_int_equal(qp_journal_append(&t, &rec, &r->e), 0);
    assert_int_equal(qp_tables_set_position(&t, t.head, &t.head_hash, &r->e), 0);
    assert_int_equal(qp_store_commit_journal(&t, &r->e), 0);
    assert_int_equal(qp_store_commit_tables(&t, &r->e), 0);
    rig_turns(r, QP_TAIL + 1); /* the opening does not look so far back */
    rig_close(r, true);
    rig_flip(r, "journal/data.mdb", node, sizeof node, sizeof node + 5, 6);
    rig_open(r);
    while (!qp_store_scrub(r->s, 1))
        continue;
    qp_store_damage(r->s, &d);
    assert_int_equal(d.damaged, 1); /* else `qipan scrub` says that all are whole */
    assert_int_equal(d.at[0], THIRD);
    assert_int_equal(qp_store_begin(r->s, &t, &r->e), QP_ECORRUPT);
    assert_non_null(strstr(r->e.text, "join again")); /* no start mends it */
}

struct walk {
    uint64_t last, head;
    unsigned calls;
};

static void step(void *arg, uint64_t at, uint64_t head)
{
    struct walk *w = arg;
    assert_true(at >= w->last && at <= head);
    *w = (struct walk){at, head, w->calls + 1};
}

static void verify_walks_all_and_stops_at_the_first_damage(void **state)
{
    struct rig *r = *state;
    fill(r);
    rig_open(r);
    struct walk w = {0};
    assert_int_equal(qp_journal_verify(r->s, 0, step, &w, &r->e), 0);
    assert_true(w.last == RECORDS && w.head == RECORDS && w.calls > 0);
    assert_int_equal(qp_journal_verify(r->s, 150, NULL, NULL, &r->e), 0);
    assert_int_equal(qp_journal_verify(r->s, RECORDS + 5, NULL, NULL, &r->e), 0);
    rig_close(r, true);
    uint8_t buf[RIG_PARCEL];
    struct qp_slice p = rig_parcel(buf, 77);
    rig_flip(r, "journal/data.mdb", p.p, p.len, 200, 3);
    rig_open(r);
    assert_int_equal(qp_journal_verify(r->s, 78, NULL, NULL, &r->e),
                     QP_ECORRUPT); /* its predecessor is read */
    rig_reopen(r, false);
    assert_int_equal(qp_journal_verify(r->s, 79, NULL, NULL, &r->e), 0);
    assert_int_equal(qp_journal_verify(r->s, 1, NULL, NULL, &r->e), QP_ECORRUPT);
    assert_non_null(strstr(r->e.text, "record 77"));
}

static void damage_of_the_last_record_refuses_the_opening_and_of_the_one_before_it_does_not(void **state)
{
    struct rig *r = *state;
    fill(r);
    uint8_t buf[RIG_PARCEL];
    struct qp_slice p = rig_parcel(buf, RECORDS - 3);
    rig_copy(r, "journal", "good");
    rig_flip(r, "journal/data.mdb", p.p, p.len, 20, 1);
    rig_open(r);
    assert_int_equal(get(r, RECORDS - 3), QP_ECORRUPT);
    assert_int_equal(get(r, RECORDS - 2), 0);
    rig_turns(r, 1);
    rig_close(r, true);
    rig_copy(r, "good", "journal");
    rig_remove(r, "heads");
    p = rig_parcel(buf, RECORDS);
    rig_flip(r, "journal/data.mdb", p.p, p.len, 20, 1);
    assert_int_equal(qp_store_open(&r->s, &r->o, &r->e), QP_ECORRUPT);
    assert_non_null(strstr(r->e.text, "from a backup"));
    rig_copy(r, "good", "journal");
    rig_open(r);
}

/* A record of the right form and hash in a place that is not its own: as a page of an older file would bring
 * it. */
static void a_record_that_does_not_follow_its_predecessor_is_found(void **state)
{
    struct rig *r = *state;
    fill(r);
    rig_open(r);
    MDB_txn *txn;
    assert_int_equal(mdb_txn_begin(r->s->journal, NULL, 0, &txn), 0);
    uint64_t at = 50;
    MDB_val k = {sizeof at, &at}, v;
    struct qp_record rec;
    uint8_t parcel[RIG_PARCEL];
    assert_int_equal(qp_journal_get(txn, r->s, at, &rec, &r->e), 0);
    memcpy(parcel, rec.parcel.p, rec.parcel.len);
    rec.parcel.p = parcel;
    rec.prev.b[0] ^= 1;
    v = (MDB_val){QP_RECORD_OVERHEAD + rec.parcel.len, NULL};
    assert_int_equal(mdb_put(txn, r->s->log, &k, &v, MDB_RESERVE), 0);
    qp_record_write(v.mv_data, &rec);
    assert_int_equal(mdb_txn_commit(txn), 0);
    assert_int_equal(get(r, 50), 0); /* alone it looks well */
    assert_int_equal(qp_journal_verify(r->s, 1, NULL, NULL, &r->e), QP_ECORRUPT);
    assert_non_null(strstr(r->e.text, "record 50 does not follow"));
    struct qp_store_damage d;
    assert_true(qp_store_scrub(r->s, 1));
    qp_store_damage(r->s, &d);
    assert_int_equal(d.damaged, 2); /* 50 is not what 51 names, nor does it name 49 */
    rig_reopen(r, false);
    assert_int_equal(qp_journal_verify(r->s, 51, NULL, NULL, &r->e), QP_ECORRUPT); /* 51 names the old 50 */
}

static void a_missing_record_refuses_the_opening(void **state)
{
    struct rig *r = *state;
    fill(r);
    rig_open(r);
    MDB_txn *txn;
    assert_int_equal(mdb_txn_begin(r->s->journal, NULL, 0, &txn), 0);
    uint64_t at = 50;
    MDB_val k = {sizeof at, &at};
    assert_int_equal(mdb_del(txn, r->s->log, &k, NULL), 0);
    assert_int_equal(mdb_txn_commit(txn), 0);
    rig_close(r, true);
    assert_int_equal(qp_store_open(&r->s, &r->o, &r->e), QP_ECORRUPT);
    assert_non_null(strstr(r->e.text, "199 records up to position 200"));
}

/* Opening a cut file and reading to its end must never raise SIGBUS. */
static void a_cut_journal_is_refused_at_every_length(void **state)
{
    struct rig *r = *state;
    fill(r);
    rig_copy(r, "journal", "good");
    struct qp_store_use u;
    rig_open(r);
    qp_store_use(r->s, &u);
    rig_close(r, true);
    long size = (long)u.journal_used; /* behind it are zeros for the pages to come: they may go */
    for (long cut = 0; cut < size; cut += cut < 3 * 4096 ? 512 : 4096 * 3 + 100) {
        rig_copy(r, "good", "journal");
        rig_cut(r, "journal/data.mdb", cut);
        assert_int_equal(qp_store_open(&r->s, &r->o, &r->e), QP_ECORRUPT);
        assert_true(strstr(r->e.text, "cut short") || strstr(r->e.text, "damaged"));
    }
    rig_copy(r, "good", "journal");
    rig_cut(r, "journal/data.mdb", size - 1);
    assert_int_equal(qp_store_open(&r->s, &r->o, &r->e), QP_ECORRUPT);
    assert_true(rig_size(r, "good/data.mdb") > size);
    rig_copy(r, "good", "journal");
    rig_cut(r, "journal/data.mdb", size);
    rig_open(r);
    assert_int_equal(qp_journal_verify(r->s, 1, NULL, NULL, &r->e), 0);
    rig_turns(r, 3);
}

/* LMDB falls back to the older meta page, silently one commit short: the sealed head tells. */
static void a_flipped_meta_page_never_loses_a_commit_unnoticed(void **state)
{
    struct rig *r = *state;
    rig_open(r);
    rig_turn(r, FEW); /* a meta page does not depend on how many there are */
    rig_turns(r, 1);
    rig_close(r, false);
    unsigned refused = 0, rolled = 0, harmless = 0;
    for (unsigned bit = 0; bit < 2 * 8 * 136; bit++) {
        size_t page = bit / (8 * 136),
               at = 16 + bit % (8 * 136) / 8; /* from the magic on, past the page header */
        rig_flip(r, "journal/data.mdb", NULL, 0, page * 4096 + at, bit % 8);
        if (qp_store_open(&r->s, &r->o, &r->e)) {
            refused++;
        } else if (qp_store_rolled_back(r->s)) {
            rolled++;
        } else if (!qp_journal_verify(r->s, 1, NULL, NULL, &r->e)) {
            assert_int_equal(rig_head(r), FEW + 1);
            harmless++;
        }
        rig_close(r, false); /* nothing was written */
        rig_flip(r, "journal/data.mdb", NULL, 0, page * 4096 + at, bit % 8);
    }
    rig_open(r);
    assert_int_equal(rig_head(r), FEW + 1);
    assert_false(qp_store_rolled_back(r->s));
    print_message("meta bits: %u refused, %u seen as rolled back, %u harmless\n", refused, rolled, harmless);
    assert_true(refused > 0);
}

static void an_unknown_format_is_refused(void **state)
{
    struct rig *r = *state;
    fill(r);
    rig_open(r);
    MDB_txn *txn;
    uint8_t format[4];
    qp_be32(format, QP_FORMAT + 1);
    assert_int_equal(mdb_txn_begin(r->s->journal, NULL, 0, &txn), 0);
    assert_int_equal(qp_put(txn, r->s->meta, "format", 6, format, sizeof format, &r->e), 0);
    assert_int_equal(mdb_txn_commit(txn), 0);
    rig_close(r, true);
    assert_int_equal(qp_store_open(&r->s, &r->o, &r->e), QP_EVERSIONS);
}

/* ---- sealed heads (C5) ---- */

static void an_older_copy_of_the_journal_is_rolled_back_and_stays_so(void **state)
{
    struct rig *r = *state;
    rig_open(r);
    rig_turns(r, 5);
    rig_close(r, true);
    rig_copy(r, "journal", "copy");
    rig_open(r);
    rig_turns(r, 3);
    rig_close(r, false);
    rig_copy(r, "copy", "journal");
    rig_open(r);
    assert_true(qp_store_rolled_back(r->s));
    rig_turns(r, 2);
    rig_reopen(r, true); /* writing on does not wipe the evidence out */
    assert_true(qp_store_rolled_back(r->s));
    for (int i = 0; i < 4; i++) { /* past the sealed position, with other records there */
        struct qp_txn t;
        struct qp_record rec = {.kind = QP_RECORD_RECEIVED, .parcel = {(const uint8_t *)"another", 7}};
        assert_int_equal(qp_store_begin(r->s, &t, &r->e), 0);
        assert_int_equal(qp_journal_append(&t, &rec, &r->e), 0);
        assert_int_equal(qp_store_commit_journal(&t, &r->e), 0);
        assert_int_equal(qp_store_commit_tables(&t, &r->e), 0);
    }
    rig_reopen(r, true);
    assert_true(qp_store_rolled_back(r->s));
}

static void a_journal_at_or_above_its_sealed_head_is_not_rolled_back(void **state)
{
    struct rig *r = *state;
    rig_open(r);
    rig_turns(r, 5);
    rig_close(r, true);
    rig_copy(r, "heads", "older");
    rig_open(r);
    rig_turns(r, 5);
    rig_reopen(r, false);
    assert_false(qp_store_rolled_back(r->s));
    rig_close(r, false);
    rig_copy(r, "older", "heads"); /* what a power loss leaves of an unsynced file */
    rig_open(r);
    assert_false(qp_store_rolled_back(r->s));
    rig_close(r, false);
    rig_remove(r, "heads");
    rig_open(r);
    assert_false(qp_store_rolled_back(r->s));
    rig_turns(r, 1);
    rig_close(r, true);
    rig_remove(r, "journal"); /* a new journal, another epoch: its heads accuse nobody */
    r->o.epoch[0] ^= 1;
    rig_open(r);
    assert_false(qp_store_rolled_back(r->s));
}

static void a_torn_head_leaves_the_one_before_it(void **state)
{
    struct rig *r = *state;
    rig_open(r);
    rig_turns(r, 5);
    rig_close(r, true);
    rig_copy(r, "journal", "copy");
    rig_open(r);
    rig_turns(r, 3);
    rig_close(r, false);
    rig_copy(r, "copy", "journal");
    rig_copy(r, "heads", "heads.good");
    for (unsigned slot = 0; slot < 2; slot++) /* positions 7 and 8 are in the slots: either tells */
        for (unsigned byte = 0; byte < 64; byte += 3) {
            rig_copy(r, "heads.good", "heads");
            rig_flip(r, "heads", NULL, 0, slot * 4096 + byte, byte % 8);
            rig_open(r);
            assert_true(qp_store_rolled_back(r->s));
            rig_close(r, false);
        }
}

static void a_torn_head_accuses_nobody(void **state)
{
    struct rig *r = *state;
    rig_open(r);
    rig_turns(r, 5);
    rig_close(r, false);
    for (unsigned slot = 0; slot < 2; slot++)
        for (unsigned bit = 0; bit < 64 * 8; bit++) {
            rig_flip(r, "heads", NULL, 0, slot * 4096 + bit / 8, bit % 8);
            rig_open(r);
            assert_false(qp_store_rolled_back(r->s));
            rig_close(r, false);
            rig_flip(r, "heads", NULL, 0, slot * 4096 + bit / 8, bit % 8);
        }
}

/* ---- record bytes ---- */

static void hostile_record_bytes_never_pass_and_never_crash(void **state)
{
    (void)state;
    uint8_t buf[RIG_PARCEL], *out = NULL;
    struct qp_record in = {.position = 9, .kind = QP_RECORD_HANDBACK, .lane = 2}, back;
    in.parcel = rig_parcel(buf, 9);
    size_t len = QP_RECORD_OVERHEAD + in.parcel.len;
    uint64_t seed = 88172645463325252u;
    for (unsigned round = 0; round < 30000; round++) {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        size_t has = round % 3 == 0 ? seed % (len + 40)
                                    : len; /* the exact size, so that the sanitizer sees an overrun */
        out = malloc(len > has ? len : has + 1);
        memset(out, 0, len > has ? len : has + 1);
        qp_record_write(out, &in);
        uint8_t *exact = malloc(has > 0 ? has : 1);
        memcpy(exact, out, has);
        if (has == len)
            exact[seed % len] ^= (uint8_t)(1u << (seed >> 32) % 8);
        struct qp_err e = {0};
        int rc = qp_record_read(&back, 9, exact, has, &e);
        if (rc != QP_ECORRUPT)
            fail_msg("round %u: record bytes passed", round);
        free(exact);
        free(out);
    }
    out = malloc(len);
    qp_record_write(out, &in);
    assert_int_equal(qp_record_read(&back, 9, out, len, NULL), 0);
    assert_int_equal(qp_record_read(&back, 10, out, len, NULL), QP_ECORRUPT); /* another's place */
    free(out);
}

static void a_parcel_over_the_bound_is_refused(void **state)
{
    struct rig *r = *state;
    rig_open(r);
    struct qp_txn t;
    uint8_t *big = calloc(1, QP_PARCEL_BYTES + 1);
    struct qp_record rec = {.kind = QP_RECORD_OWN, .parcel = {big, QP_PARCEL_BYTES + 1}};
    assert_int_equal(qp_store_begin(r->s, &t, &r->e), 0);
    assert_int_equal(qp_journal_append(&t, &rec, &r->e), QP_EBIG);
    rec.parcel.len = QP_PARCEL_BYTES;
    assert_int_equal(qp_journal_append(&t, &rec, &r->e), 0); /* the turn goes on */
    assert_int_equal(qp_tables_set_position(&t, t.head, &t.head_hash, &r->e), 0);
    assert_int_equal(qp_store_commit_journal(&t, &r->e), 0);
    assert_int_equal(qp_store_commit_tables(&t, &r->e), 0);
    assert_int_equal(get(r, 1), 0);
    free(big);
}

#define T(name) cmocka_unit_test_setup_teardown(name, rig_up_fast, rig_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_flipped_bit_in_a_record_is_found),
        T(verify_walks_all_and_stops_at_the_first_damage),
        T(damage_of_the_last_record_refuses_the_opening_and_of_the_one_before_it_does_not),
        T(a_damaged_record_stops_neither_readers_of_others_nor_writers_nor_the_next_start),
        T(a_scrub_finds_every_damaged_record_before_a_reader_does),
        T(a_scrub_calls_nothing_whole_that_it_could_not_read),
        T(a_record_that_does_not_follow_its_predecessor_is_found),
        T(a_missing_record_refuses_the_opening),
        T(a_cut_journal_is_refused_at_every_length),
        T(a_flipped_meta_page_never_loses_a_commit_unnoticed),
        T(an_unknown_format_is_refused),
        T(an_older_copy_of_the_journal_is_rolled_back_and_stays_so),
        T(a_journal_at_or_above_its_sealed_head_is_not_rolled_back),
        T(a_torn_head_leaves_the_one_before_it),
        T(a_torn_head_accuses_nobody),
        T(hostile_record_bytes_never_pass_and_never_crash),
        T(a_parcel_over_the_bound_is_refused),
    };
    return cmocka_run_group_tests_name("journal", tests, NULL, NULL);
}
