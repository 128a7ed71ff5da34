/* rig.h: a vault in a folder of its own, and a node's keys. */
#ifndef TESTS_UNIT_VAULT_RIG_H
#define TESTS_UNIT_VAULT_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "node/vault/vault.h"

struct rig {
    char dir[64];
    struct qp_keys keys;
    struct qp_vault *v;
    struct qp_arena *a;
};

static inline void rig_open(struct rig *r)
{
    struct qp_err e = {0};
    struct qp_vault_options o = {.dir = r->dir, .map = 16 << 20, .keys = &r->keys, .no_sync = false};
    int rc = qp_vault_open(&r->v, &o, &e);
    if (rc)
        fail_msg("%s", e.text);
}

static inline void rig_begin(struct rig *r)
{
    uint8_t master[QP_SEED_LEN] = {42};
    memset(r, 0, sizeof *r);
    assert_int_equal(qp_crypto_init(NULL), 0);
    strcpy(r->dir, "/tmp/qipan-vault-XXXXXX");
    assert_non_null(mkdtemp(r->dir));
    qp_keys_derive(&r->keys, master);
    r->a = qp_arena_new(16 << 20);
    rig_open(r);
}

static inline void rig_again(struct rig *r)
{
    qp_vault_close(r->v);
    r->v = NULL;
    rig_open(r);
}

static inline void rig_end(struct rig *r)
{
    char cmd[128];
    qp_vault_close(r->v);
    qp_arena_free(r->a);
    snprintf(cmd, sizeof cmd, "rm -rf %s", r->dir);
    assert_int_equal(system(cmd), 0);
}

static inline void id_of(uint8_t id[QP_ID_LEN], int i)
{
    memset(id, 0, QP_ID_LEN);
    id[0] = (uint8_t)i;
    id[15] = 1;
}

/* The record of person i, locked for the rig's node. */
static inline struct qp_sealed locked(struct rig *r, int i)
{
    struct qp_sealed s;
    char text[64];
    uint8_t seed[QP_SEED_LEN] = {9, (uint8_t)i};
    int n = snprintf(text, sizeof text, "CANARY person %d", i);
    assert_int_equal(qp_record_lock(&s, text, (size_t)n, r->keys.box_pk, seed, r->a, NULL), 0);
    return s;
}

static inline void turn(struct rig *r)
{
    assert_int_equal(qp_vault_commit(r->v, NULL), 0);
    assert_int_equal(qp_vault_settle(r->v, NULL), 0);
}

static inline void keep(struct rig *r, int i)
{
    uint8_t id[QP_ID_LEN];
    struct qp_sealed s = locked(r, i);
    id_of(id, i);
    assert_int_equal(qp_vault_keep(r->v, id, &s, NULL), 0);
}

static inline void end(struct rig *r, int i)
{
    uint8_t id[QP_ID_LEN];
    id_of(id, i);
    assert_int_equal(qp_vault_end(r->v, id, NULL), 0);
}

/* Is person i's record here, and whole? */
static inline bool reads(struct rig *r, int i)
{
    uint8_t id[QP_ID_LEN], out[QP_RECORD_MOST];
    char text[64];
    struct qp_sealed s;
    size_t len;
    id_of(id, i);
    if (qp_vault_get(r->v, id, &s, r->a, NULL))
        return false;
    assert_int_equal(qp_record_unlock(out, &len, &s, &r->keys), 0);
    snprintf(text, sizeof text, "CANARY person %d", i);
    assert_int_equal(len, strlen(text));
    assert_memory_equal(out, text, len);
    return true;
}

/* How often the bytes stand in a file of the vault. */
static inline int found(struct rig *r, const char *file, const void *bytes, size_t len)
{
    char path[128];
    int n = 0;
    snprintf(path, sizeof path, "%s/%s", r->dir, file);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    fseek(f, 0, SEEK_END);
    size_t size = (size_t)ftell(f);
    rewind(f);
    uint8_t *all = malloc(size + 1);
    assert_int_equal(fread(all, 1, size, f), size);
    fclose(f);
    for (size_t i = 0; i + len <= size; i++)
        n += memcmp(all + i, bytes, len) == 0;
    free(all);
    return n;
}

#endif
