/* town.c: the store, the random matters and their turns. */
#include "tests/unit/insight/town.h"

#include <assert.h>
#include <unistd.h>

static const char *const areas[] = {
    "suzhou/yongqiao",
    "suzhou/yongqiao",
    "suzhou/yongqiao/tuohe",
    "suzhou/yongqiao/tuohe/hanchizi",
    "suzhou/yongqiao/tuohe/hanchizi",
    "suzhou/yongqiao/tuohe/beiguan",
    "suzhou/yongqiao/tuohe/beiguan/grid-1",
    "suzhou/yongqiao/dongguan",
    "suzhou/yongqiao/dongguan-2/a/b/c/d/e",
    "suzhou",
    "suzhou/yongqiao-2/tuohe",
    "suzhou/dangshan",
};
static const char *const categories[] = {"道路破损", "Street Light", "噪音", "a",
                                         "noise",    "noise \"x\"",  "井盖"};
static const char *const sources[] = {"12345", "110", "Constituent Call", "grid"};
static const char *const desks[] = {"", "", "PWDx", "城管", "BTDT", "12345"}; /* one is a source's name too */
#define PICK(t, list) list[town_random(t, sizeof list / sizeof *list)]

uint64_t seed_of_run(void)
{
    const char *given = getenv("QP_SEED");
    uint64_t seed = 0;
    if (given)
        seed = strtoull(given, NULL, 10);
    else
        qp_random(&seed, sizeof seed);
    print_message("QP_SEED=%llu\n", (unsigned long long)seed);
    return seed;
}

uint64_t town_random(struct town *t, uint64_t below)
{
    uint64_t z = t->random += UINT64_C(0x9e3779b97f4a7c15); /* splitmix64 */
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (z ^ z >> 31) % below;
}

/* ---- the store ---- */

void town_open(struct town *t, const char *zone, uint64_t seed)
{
    struct qp_err e = {0};
    *t = (struct town){.random = seed};
    assert_int_equal(qp_crypto_init(&e), 0);
    snprintf(t->dir, sizeof t->dir, "/tmp/qp-town-XXXXXX");
    assert_non_null(mkdtemp(t->dir));
    const struct qp_store_options o = {.dir = t->dir,
                                       .journal_map = 16 << 20,
                                       .tables_map = 256 << 20,
                                       .no_sync = true,
                                       .boot_id = "town",
                                       .epoch = {1}};
    if (qp_store_open(&t->store, &o, &e))
        fail_msg("%s", e.text);
    if (qp_zone_load(&t->zone, zone, &e))
        fail_msg("%s", e.text);
    t->board = qp_board_new(TOWN_SELF, t->zone);
    t->arena = qp_arena_new(1 << 20);
    assert_non_null(t->board);
    assert_non_null(t->arena);
}

void town_close(struct town *t)
{
    char command[128];
    qp_board_free(t->board);
    qp_arena_free(t->arena);
    qp_zone_free(t->zone);
    qp_store_close(t->store, true);
    snprintf(command, sizeof command, "rm -r '%s'", t->dir);
    assert_int_equal(system(command), 0);
}

void turn_begin(struct town *t)
{
    struct qp_err e = {0};
    assert(!t->in_turn);
    if (qp_store_begin(t->store, &t->txn, &e))
        fail_msg("%s", e.text);
    t->in_turn = true;
}

void turn_abort(struct town *t)
{
    qp_store_abort(&t->txn);
    t->in_turn = false;
    qp_board_forget(t->board);
}

int turn_end(struct town *t)
{
    struct qp_err e = {0};
    int rc = qp_board_flush(t->board, &t->txn, &e);
    if (rc) {
        turn_abort(t);
        return rc;
    }
    if (qp_store_commit_journal(&t->txn, &e) || qp_store_commit_tables(&t->txn, &e))
        fail_msg("%s", e.text);
    t->in_turn = false;
    return 0;
}

/* ---- matters ---- */

void matter_copy(struct matter *to, const struct matter *from)
{
    *to = *from;
    to->row.face = &to->face;
    to->face.visit = from->face.visit ? &to->visit : NULL;
    to->face.id = (ProtobufCBinaryData){QP_ID_LEN, to->id};
    to->face.offer = from->face.offer ? &to->offer : NULL;
    to->clocks[0] = &to->sign;
    to->face.clocks = to->clocks;
    to->beside[0] = &to->urge;
    to->row.beside = to->beside;
}

void matter_urge(struct matter *m, bool urged)
{
    m->urge.kind = QP_BESIDE_URGE;
    m->row.n_beside = urged;
}

void matter_sign(struct matter *m, int64_t ended_us, int64_t due_us)
{
    m->sign.stage = QP_CLOCK_SIGN;
    m->sign.end = QP_CLOCK_DONE;
    m->sign.ended_us = ended_us;
    m->sign.due_us = due_us;
    m->face.n_clocks = ended_us != 0;
}

void matter_set(struct town *t, size_t i, const struct matter *after)
{
    struct qp_err e = {0};
    struct matter *m = &t->matter[i];
    MDB_dbi dbi = qp_store_dbi(t->store, QP_T_MATTER);
    uint8_t key[QP_ID_LEN] = {0};
    qp_be64(key + 8, i);
    qp_board_change(t->board, m->there ? &m->row : NULL, after ? &after->row : NULL);
    if (!after) {
        assert_int_equal(qp_del(t->txn.tables, dbi, key, sizeof key, &e), 0);
        m->there = false;
        return;
    }
    size_t len;
    qp_arena_reset(t->arena);
    uint8_t *packed = qp_encode(&after->row.base, t->arena, &len);
    assert_non_null(packed);
    assert_int_equal(qp_put(t->txn.tables, dbi, key, sizeof key, packed, len, &e), 0);
    matter_copy(m, after);
    m->there = true;
}

int64_t town_time(struct town *t)
{
    static const char *const near[] = {
        "2011-03-13T07:00:00Z", "2011-11-06T05:00:00Z", "2011-11-06T06:00:00Z", /* New York */
        "2011-03-13T03:31:00Z", "2010-11-07T02:31:00Z", "2011-11-06T03:31:00Z", /* St. John's, once at 00:01
                                                                                 */
        "2011-12-30T10:00:00Z", "2011-10-01T15:30:00Z", "2011-04-02T15:00:00Z", /* Apia, Lord Howe */
        "2011-06-30T16:00:00Z", "2011-07-01T04:00:00Z", "2011-12-31T16:00:00Z", "2012-01-01T05:00:00Z",
    };
    int64_t us, far = 0;
    const char *text = town_random(t, 2) == 0 ? PICK(t, near) : NULL;
    if (!text) {
        far = (int64_t)town_random(t, INT64_C(400) * 86400) * 1000000;
        text = "2010-12-15T00:00:00Z";
    }
    assert_int_equal(qp_time_parse(&us, text, NULL), 0);
    us += far + (int64_t)town_random(t, 9000) * 1000000 - INT64_C(4500) * 1000000;
    return town_random(t, 2) == 0 ? us : us + (int64_t)town_random(t, 1000000);
}

void matter_make(struct town *t, struct matter *m)
{
    *m = (struct matter){.there = true};
    qp__row__init(&m->row);
    qp__face__init(&m->face);
    qp__visit__init(&m->visit);
    qp__offer__init(&m->offer);
    qp__clock__init(&m->sign);
    qp__beside__init(&m->urge);
    m->clocks[0] = &m->sign;
    m->face.clocks = m->clocks;
    m->beside[0] = &m->urge;
    m->row.beside = m->beside;
    for (size_t i = 0; i < QP_ID_LEN; i++)
        m->id[i] = (uint8_t)town_random(t, 256);
    m->row.face = &m->face;
    m->face.id = (ProtobufCBinaryData){QP_ID_LEN, m->id};
    m->face.title = (char *)(uintptr_t) "title";
    m->face.area = (char *)(uintptr_t)PICK(t, areas);
    m->face.category = (char *)(uintptr_t)PICK(t, categories);
    m->face.source = (char *)(uintptr_t)PICK(t, sources);
    m->face.desk = (char *)(uintptr_t)PICK(t, desks);
    m->face.opened_us = town_time(t);
    m->face.urgency = QP_ROUTINE;
    m->face.state = QP_OPEN;
    if (town_random(t, 3) > 0)
        m->face.deadline_us = m->face.opened_us + (int64_t)town_random(t, 20 * 86400) * 1000000;
    qp_board_buckets(&m->row, t->zone);
}

static void matter_close(struct town *t, struct matter *m)
{
    switch (town_random(t, 5)) {
    case 0: m->face.closed_us = m->face.opened_us + (int64_t)town_random(t, 600) * 1000000; break;
    case 1: m->face.closed_us = m->face.opened_us - 5000000; break; /* an importer may say so */
    case 2: m->face.closed_us = m->face.deadline_us != 0 ? m->face.deadline_us : town_time(t); break;
    default: m->face.closed_us = town_time(t); break;
    }
}

void matter_alter(struct town *t, struct matter *m)
{
    switch (town_random(t, 17)) {
    case 0: m->face.area = (char *)(uintptr_t)PICK(t, areas); break;
    case 1: m->face.category = (char *)(uintptr_t)PICK(t, categories); break;
    case 2: m->face.source = (char *)(uintptr_t)PICK(t, sources); break;
    case 3: m->face.desk = (char *)(uintptr_t)PICK(t, desks); break;
    case 4: m->row.overdue = !m->row.overdue; break; /* may stay set while closed: then it does not count */
    case 5: m->face.deadline_us = town_random(t, 3) > 0 ? town_time(t) : 0; break;
    case 6:
        m->face.visit = &m->visit;
        m->visit.at_us = town_time(t);
        m->visit.satisfied = (uint32_t)town_random(t, 3);
        m->visit.reached = town_random(t, 2) == 0;
        break;
    case 7: m->face.closed_us = 0; break;
    case 8: m->face.urgency = (uint32_t)(1 + town_random(t, 3)); break;
    case 9: m->face.offer = m->face.offer ? NULL : &m->offer; break;
    case 10: matter_urge(m, !m->row.n_beside); break;
    case 11: m->face.redo = (uint32_t)town_random(t, 3); break;
    case 12: m->face.returned = (uint32_t)town_random(t, 3); break;
    case 13:
        matter_sign(m, town_random(t, 4) > 0 ? town_time(t) : 0, 0);
        m->sign.due_us = m->sign.ended_us + (int64_t)town_random(t, 3) - 1;
        break;
    case 14:
        m->face.extend_asked = (uint32_t)town_random(t, 3);
        m->face.extend_granted = m->face.extend_asked > 0 ? (uint32_t)town_random(t, 2) : 0;
        break;
    default: matter_close(t, m); break;
    }
    qp_board_buckets(&m->row, t->zone);
}
