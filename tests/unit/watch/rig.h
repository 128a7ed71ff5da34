/* rig.h: a store of its own with counts by day, made from rows. */
#ifndef TESTS_UNIT_WATCH_RIG_H
#define TESTS_UNIT_WATCH_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "node/insight/watch/pass.h"

#define RIG_DAY0 20000 /* some day in 2024 */
#define RIG_DAY  (INT64_C(86400) * 1000000)

struct watch_rig {
    char dir[64];
    struct qp_store *store;
    struct qp_zone *zone;
    struct qp_daily *daily;
    struct qp_txn t;
    uint64_t self;
};

static inline void rig_open(struct watch_rig *r)
{
    memset(r, 0, sizeof *r);
    snprintf(r->dir, sizeof r->dir, "/tmp/qp-watch-XXXXXX");
    assert_non_null(mkdtemp(r->dir));
    struct qp_store_options o = {
        .dir = r->dir, .journal_map = 16 << 20, .tables_map = 64 << 20, .no_sync = true, .boot_id = "boot"};
    assert_int_equal(qp_store_open(&r->store, &o, NULL), 0);
    assert_int_equal(qp_zone_load(&r->zone, "UTC", NULL), 0);
    r->daily = qp_daily_new("city", r->zone);
    assert_non_null(r->daily);
    r->self = qp_daily_self(r->daily);
    assert_int_equal(qp_store_begin(r->store, &r->t, NULL), 0);
}

static inline void rig_close(struct watch_rig *r)
{
    char command[100];
    qp_store_abort(&r->t);
    qp_daily_free(r->daily);
    qp_zone_free(r->zone);
    qp_store_close(r->store, true);
    snprintf(command, sizeof command, "rm -rf %s", r->dir);
    assert_int_equal(system(command), 0);
}

/* n matters more (or less) in an area, of a category, on day RIG_DAY0 + day. */
static inline void rig_count(struct watch_rig *r, const char *area, const char *category, int day, int n)
{
    Qp__Face f = QP__FACE__INIT;
    Qp__Row row = QP__ROW__INIT;
    row.face = &f;
    f.area = (char *)(uintptr_t)area;
    f.category = (char *)(uintptr_t)category;
    f.opened_us = (RIG_DAY0 + day) * RIG_DAY + 3600;
    for (int k = 0; k < abs(n); k++)
        qp_daily_change(r->daily, n > 0 ? NULL : &row, n > 0 ? &row : NULL);
}

static inline int32_t rig_flush(struct watch_rig *r)
{
    int32_t earliest = INT32_MAX;
    assert_int_equal(qp_daily_flush(r->daily, &r->t, &earliest, NULL), 0);
    return earliest;
}

/* A whole pass over from..to; its signs stay until the next call. */
static inline void rig_pass(struct watch_rig *r, struct qp_pass *p, int from, int to)
{
    bool done = false;
    assert_int_equal(qp_pass_begin(p, RIG_DAY0 + from, RIG_DAY0 + to, 0, NULL), 0);
    while (!done)
        assert_int_equal(qp_pass_slice(p, r->t.tables, r->store, r->self, 500, &done, NULL), 0);
}

#endif
