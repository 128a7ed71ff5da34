/* vault_bench.c: what a record of the vault costs: locked and kept in turns, read again and opened, its key given to another node,
 * and erased.
 *
 *   bench_vault [DIR [RECORDS [A_TURN]]]     /tmp/bench_vault, 20,000 and 16; DIR must not be there
 *
 * Synchronous, as a real node: a turn that keeps or ends waits for the disk twice, so its cost is the disk's; readings do not. Records are
 * those of a reporter: name, telephone, address, 200 bytes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "node/vault/vault.h"

enum { RECORD = 200, MAP = 256 * 1024 * 1024 };

struct bench {
    struct qp_vault *v;
    struct qp_keys keys, other;
    struct qp_arena *a;
    struct qp_err e;
    size_t n, a_turn;
};

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int fail(const struct bench *b, const char *what)
{
    fprintf(stderr, "bench_vault: %s: %s\n", what, b->e.text);
    return 1;
}

/* Spread over the tree of records, as hashes are. */
static void id_of(uint8_t id[QP_ID_LEN], size_t i)
{
    uint64_t x = (uint64_t)i * UINT64_C(0x9e3779b97f4a7c15);
    memset(id, 0, QP_ID_LEN);
    memcpy(id, &x, sizeof x);
    memcpy(id + sizeof x, &i, sizeof i);
}

static void seed_of(uint8_t seed[QP_SEED_LEN], size_t i)
{
    memset(seed, 7, QP_SEED_LEN);
    memcpy(seed, &i, sizeof i);
}

/* Keys of a node, from nothing: it is no real one. */
static void keys_of(struct qp_keys *k, uint8_t of)
{
    uint8_t master[QP_SEED_LEN];
    memset(master, of, sizeof master);
    qp_keys_derive(k, master);
}

static void say(const char *what, double s, size_t n)
{
    printf("%-26s %9.1f us a record, %.0f a second\n", what, s / (double)n * 1e6, (double)n / s);
}

static bool turn_ends(struct bench *b)
{
    return !qp_vault_commit(b->v, &b->e) && !qp_vault_settle(b->v, &b->e);
}

static int keeps(struct bench *b)
{
    uint8_t record[RECORD], id[QP_ID_LEN], seed[QP_SEED_LEN];
    double locks = 0, begun = now_s();
    memset(record, 'x', sizeof record);
    for (size_t i = 0; i < b->n; i++) {
        struct qp_sealed s;
        double at = now_s();
        id_of(id, i);
        seed_of(seed, i);
        qp_arena_reset(b->a);
        if (qp_record_lock(&s, record, sizeof record, b->keys.box_pk, seed, b->a, &b->e))
            return fail(b, "locking");
        locks += now_s() - at;
        if (qp_vault_keep(b->v, id, &s, &b->e))
            return fail(b, "keeping");
        if ((i + 1) % b->a_turn == 0 && !turn_ends(b))
            return fail(b, "a turn");
    }
    if (!turn_ends(b))
        return fail(b, "the last turn");
    say("locked", locks, b->n);
    say("kept, in turns", now_s() - begun - locks, b->n);
    return 0;
}

/* Opened; or, `pass`, its key sealed to another node. */
static int reads(struct bench *b, bool pass)
{
    uint8_t id[QP_ID_LEN], key[QP_SEALED_KEY], seed[QP_SEED_LEN], *out = malloc(QP_RECORD_MOST);
    double begun = now_s();
    int rc = out ? 0 : QP_ENOMEM;
    for (size_t i = 0; i < b->n && !rc; i++) {
        struct qp_sealed s;
        size_t len = 0;
        id_of(id, (i * 7919) % b->n);
        seed_of(seed, i);
        qp_arena_reset(b->a);
        rc = qp_vault_get(b->v, id, &s, b->a, &b->e);
        if (!rc)
            rc = pass ? qp_record_pass(key, &s, &b->keys, b->other.box_pk, seed)
                      : qp_record_unlock(out, &len, &s, &b->keys);
        if (!rc && !pass && len != RECORD)
            rc = QP_ECORRUPT;
    }
    free(out);
    if (rc)
        return fail(b, pass ? "passing on" : "reading");
    say(pass ? "read, key passed on" : "read and opened", now_s() - begun, b->n);
    return 0;
}

static int ends(struct bench *b)
{
    uint8_t id[QP_ID_LEN];
    double begun = now_s();
    for (size_t i = 0; i < b->n; i++) {
        id_of(id, i);
        if (qp_vault_end(b->v, id, &b->e))
            return fail(b, "erasing");
        if ((i + 1) % b->a_turn == 0 && !turn_ends(b))
            return fail(b, "a turn");
    }
    if (!turn_ends(b))
        return fail(b, "the last turn");
    struct qp_vault_use u;
    qp_vault_use(b->v, &u);
    say("erased, in turns", now_s() - begun, b->n);
    if (u.records == 0)
        return 0;
    fprintf(stderr, "bench_vault: %llu records are left\n", (unsigned long long)u.records);
    return 1;
}

int main(int argc, char **argv)
{
    struct bench b = {.n = argc > 2 ? strtoul(argv[2], NULL, 10) : 20000,
                      .a_turn = argc > 3 ? strtoul(argv[3], NULL, 10) : 16};
    struct qp_vault_options o = {.dir = argc > 1 ? argv[1] : "/tmp/bench_vault", .map = MAP, .keys = &b.keys};
    b.a = qp_arena_new(1 << 20);
    if (!b.a || b.n == 0 || b.a_turn == 0 || mkdir(o.dir, 0700) != 0) {
        fprintf(stderr, "bench_vault: %s must not be there, and counts must not be 0\n", o.dir);
        return 1;
    }
    keys_of(&b.keys, 1);
    keys_of(&b.other, 2);
    if (qp_vault_open(&b.v, &o, &b.e))
        return fail(&b, o.dir);
    printf("%zu records of %d bytes, %zu a turn, in %s\n", b.n, RECORD, b.a_turn, o.dir);
    int rc = keeps(&b) || reads(&b, false) || reads(&b, true) || ends(&b);
    qp_vault_close(b.v);
    qp_arena_free(b.a);
    return rc;
}
