/* rig.h: a store in a folder of its own, and the few moves that the store's tests are told in. */
#ifndef QP_TESTS_UNIT_STORE_RIG_H
#define QP_TESTS_UNIT_STORE_RIG_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "node/store/store.h"

struct rig {
    char dir[64];
    struct qp_store_options o;
    struct qp_store *s;
    struct qp_err e;
};

int rig_up(void **state);      /* a fresh folder on the disk (/tmp), nothing opened */
int rig_up_fast(void **state); /* the same on tmpfs */
int rig_down(void **state);
void rig_open(struct rig *r); /* must succeed */
void rig_close(struct rig *r, bool clean);
void rig_reopen(struct rig *r, bool clean);

/* Parcel n of the test: its bytes are a function of n. */
enum { RIG_PARCEL = 300 };
struct qp_slice rig_parcel(uint8_t buf[RIG_PARCEL], uint64_t n);
/* Appends one record and puts one row for it, without committing. */
void rig_write(struct rig *r, struct qp_txn *t, uint64_t n);
/* One whole turn of `records` records. */
void rig_turn(struct rig *r, unsigned records);
void rig_turns(struct rig *r, unsigned turns);
uint64_t rig_head(struct rig *r);
uint64_t rig_position(struct rig *r);
bool rig_has_row(struct rig *r, uint64_t n);

/* Flips one bit of DIR/name at `at`, or at every place of `needle` plus `at`. */
void rig_flip(struct rig *r, const char *name, const void *needle, size_t needle_len, size_t at,
              unsigned bit);
long rig_size(struct rig *r, const char *name);
void rig_cut(struct rig *r, const char *name, long size);
void rig_copy(struct rig *r, const char *from, const char *to); /* a file or folder */
void rig_remove(struct rig *r, const char *name);

#endif
