/* clock_oracle_test.c: random histories of clocks: pauses, hand-overs, extensions, sorting, newer calendars, in
 * random calendars and zones, on days when the clock is changed: node/matter/clock.c must say what one sees who
 * counts every second (seconds.c).
 *
 *   QP_SEED=7 repeats a run, QP_HISTORIES=1000000 makes it long (50 a town); the seed is printed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/matter/towns.h"

enum { PER_TOWN = 50, MOVES = 12, HANDS = 6, STEP = 4 /* days a move lasts at most */ };
#define US INT64_C(1000000)

/* ---- a history by chance ---- */

struct history {
    const struct town *t;
    const struct laws *l;
    struct qp_clock c;
    struct walker w;
    struct qp_duration amount;
    int law; /* of the clock now */
    enum qp_due_basis basis;
    int npauses, from[MOVES], to[MOVES];
    int nhands, hand[HANDS];
    char told[2000];
    bool over; /* it ran out of the town: the rest cannot be seen */
};
static uint64_t compared, moved_by_sort, moved_by_calendar, extended, ran_out;

static int64_t us(const struct history *h, int s)
{
    return (h->t->epoch_s + s) * US;
}

/* What has happened so far, for whoever looks for the fault. */
static void tell(struct history *h, const char *what)
{
    char now[32];
    size_t n = strlen(h->told);
    qp_time_text(now, us(h, h->w.now));
    snprintf(h->told + n, sizeof h->told - n, "  %s %s, left %lld\n", now, what,
             (long long)walker_left(&h->w));
}

static const struct qp_calendar *cal(const struct history *h)
{
    return h->l->cal[h->law];
}

static struct qp_duration some_amount(void)
{
    static const struct {
        enum qp_unit unit;
        uint32_t least, most;
    } kinds[] = {{QP_UNIT_S, 0, 90000},  {QP_UNIT_M, 0, 2000}, {QP_UNIT_H, 0, 40},  {QP_UNIT_D, 0, 3},
                 {QP_UNIT_WS, 0, 40000}, {QP_UNIT_WM, 0, 900}, {QP_UNIT_WH, 0, 16}, {QP_UNIT_WD, 1, 4},
                 {QP_UNIT_WD, 1, 3},     {QP_UNIT_WH, 0, 9}};
    uint32_t k = roll(sizeof kinds / sizeof *kinds);
    struct qp_duration d = {kinds[k].least + roll(kinds[k].most - kinds[k].least + 1), kinds[k].unit};
    return d;
}

/* A time from now on: at once, at a border of work, at the due, or anywhere. */
static int some_time(const struct history *h)
{
    int now = h->w.now, at = now + (int)roll(roll(2) ? STEP * 86400 : 7200), due = h->w.hit;
    switch (roll(8)) {
    case 0: return now;
    case 1:
    case 2:
        while (at < h->t->n &&
               !((h->t->flags[h->law][at] ^ h->t->flags[h->law][at > 0 ? at - 1 : 0]) & WORKS))
            at++;
        return at;
    case 3: due = walker_due(&h->w); return due >= now ? due : at;
    default: return at;
    }
}

static int64_t measure_unit(const struct history *h)
{
    return h->amount.unit == QP_UNIT_WD ? 1 : US;
}

static void compare(struct history *h, const char *after)
{
    tell(h, after);
    int due = walker_due(&h->w);
    if (due == BEYOND) {
        h->over = true;
        return;
    }
    int64_t got = qp_clock_due(&h->c), want = due == NONE ? QP_NEVER_US : us(h, due);
    if (got != want) {
        char g[32], x[32];
        qp_time_text(g, got == QP_NEVER_US ? 0 : got);
        qp_time_text(x, due == NONE ? 0 : want);
        fail_msg("after %s: due %s, counted %s (1970: none)\n%s", after, g, x, h->told);
    }
    int64_t left = qp_clock_left(&h->c, cal(h), us(h, h->w.now));
    if (left != walker_left(&h->w) * measure_unit(h))
        fail_msg("after %s: left %lld\n%s", after, (long long)left, h->told);
    if (qp_clock_missed(&h->c, us(h, h->w.now)) != (due != NONE && due < h->w.now))
        fail_msg("after %s: missed or not", after);
    compared++;
}

/* Goes on by hand, from the start, by a rule: what sorting and newer calendars compare with. */
static void walk_again(struct walker *w, const struct history *h, int law, struct qp_duration amount)
{
    walker_start(w, h->t, law, amount, h->w.start);
    for (int i = 0; i < h->npauses; i++) {
        walker_to(w, h->from[i]);
        walker_pause(w);
        if (h->to[i] != NONE) {
            walker_to(w, h->to[i]);
            walker_resume(w);
        }
    }
    walker_to(w, h->w.now);
}

static void sort(struct history *h)
{
    struct walker again;
    struct qp_duration amount = some_amount();
    bool earlier = false;
    if (h->basis != QP_DUE_EXTENDED) {
        walk_again(&again, h, h->law, amount);
        int was = walker_due_if_resumed(&h->w), is = walker_due_if_resumed(&again);
        if (was == BEYOND) {
            h->over = true;
            return;
        }
        earlier = is != BEYOND && is < was;
    }
    assert_int_equal(qp_clock_sort(&h->c, &amount, "newer", cal(h), us(h, h->w.now)), earlier);
    if (!earlier)
        return;
    h->w = again;
    h->amount = amount;
    h->basis = QP_DUE_BY_RULE;
    moved_by_sort++;
}

static void newer_calendar(struct history *h)
{
    struct walker again;
    if (h->law == 1)
        return;
    int was = walker_due(&h->w);
    walk_again(&again, h, 1, h->amount);
    int is = walker_due(&again);
    if (was == BEYOND || is == BEYOND) {
        h->over = true;
        return;
    }
    bool stays =
        h->basis == QP_DUE_STATED || (was != NONE && was < h->w.now) || (was == NONE) != (is == NONE);
    bool later = !stays && (was == NONE ? again.rem > walker_left(&h->w) : is > was);
    assert_int_equal(qp_clock_later(&h->c, h->l->cal[1], "2", us(h, h->w.now)), later);
    if (!later)
        return;
    h->w = again;
    h->law = 1;
    h->basis = QP_DUE_BY_RULE;
    moved_by_calendar++;
}

static int paused_at(const struct history *h)
{
    return h->npauses > 0 && h->to[h->npauses - 1] == NONE ? h->from[h->npauses - 1] : NONE;
}

/* The due as it was before a pause that goes on. */
static int due_before_pause(const struct history *h)
{
    struct walker again;
    if (walker_due(&h->w) != NONE)
        return walker_due(&h->w);
    if (h->w.until != NONE)
        return h->w.until;
    again = h->w;
    again.now = paused_at(h);
    again.running = true;
    return walker_due(&again);
}

static void extend(struct history *h)
{
    int due = due_before_pause(h), until = some_time(h) + 60, asked = h->w.now;
    struct qp_err e;
    if (due == BEYOND || until > h->t->n) {
        h->over = true;
        return;
    }
    if (h->w.hit != NONE && roll(2))
        asked = h->w.hit; /* in time; granted only now */
    bool held = walker_due(&h->w) == NONE;
    int expect = !held && asked > due ? QP_ESTEP : until <= due ? QP_EINVAL : 0;
    assert_int_equal(qp_clock_extend(&h->c, cal(h), us(h, until), us(h, asked), &e), expect);
    if (expect != 0)
        return;
    walker_until(&h->w, until, paused_at(h));
    h->basis = QP_DUE_EXTENDED;
    extended++;
}

/* A deadline that somebody states: the earlier counts. */
static void state_deadline(struct history *h)
{
    int due = due_before_pause(h), stated = some_time(h);
    if (due == BEYOND || stated > h->t->n) {
        h->over = true;
        return;
    }
    assert_int_equal(qp_clock_state(&h->c, cal(h), us(h, stated), false), stated < due);
    if (stated >= due)
        return;
    walker_until(&h->w, stated, paused_at(h));
    h->basis = QP_DUE_STATED;
}

static void remind(const struct history *h)
{
    enum qp_unit unit = h->amount.unit;
    struct qp_duration before = {unit == QP_UNIT_WD ? roll(3) : roll(30000), unit};
    int due = walker_due(&h->w), began = h->w.start;
    if (unit == QP_UNIT_D || due < 0 || (unit == QP_UNIT_WD && before.n == 0))
        return;
    if (unit != QP_UNIT_WD)
        before.unit = unit == QP_UNIT_WS || unit == QP_UNIT_WM || unit == QP_UNIT_WH ? QP_UNIT_WS : QP_UNIT_S;
    for (int i = 0; i < h->npauses && h->to[i] != NONE && h->to[i] <= due; i++)
        began = h->to[i];
    if (due < began)
        return;
    int want = walker_back(&h->w, due, before.n, began);
    if (before.n == 0)
        want = due;
    int64_t got = qp_clock_remind(&h->c, cal(h), &before);
    if (got != us(h, want))
        fail_msg("a reminder of %d before: %lld s before the due, counted %d", (int)before.n,
                 (long long)((us(h, due) - got) / US), due - want);
}

static void toggle_pause(struct history *h)
{
    bool paused = paused_at(h) != NONE;
    if (paused) {
        assert_int_equal(qp_clock_resume(&h->c, cal(h), us(h, h->w.now), NULL), 0);
        walker_resume(&h->w);
        h->to[h->npauses - 1] = h->w.now;
    } else {
        assert_int_equal(qp_clock_pause(&h->c, cal(h), us(h, h->w.now), NULL), 0);
        walker_pause(&h->w);
        h->from[h->npauses] = h->w.now;
        h->to[h->npauses++] = NONE;
    }
}

/* Seconds that count in [from, to), pauses taken out. */
static int64_t count_used(const struct history *h, int from, int to)
{
    int64_t n = 0;
    int s = from;
    for (int i = 0; i <= h->npauses; i++) {
        int stop = i < h->npauses ? h->from[i] : to;
        stop = stop < to ? stop : to;
        if (s < stop)
            n += town_counts(h->t, h->law, h->amount.unit, s, stop);
        if (i < h->npauses)
            s = h->to[i] == NONE ? to : h->to[i] > s ? h->to[i] : s;
    }
    return n;
}

/* What each holder used is what was counted, and all of them together used what the matter used. */
static void compare_holders(struct history *h)
{
    int from = h->w.start, end = h->w.now;
    int64_t sum = 0, seconds = 0, paused = 0;
    for (int i = 0; i <= h->nhands; i++) {
        int to = i < h->nhands ? h->hand[i] : end;
        int64_t used = qp_clock_used_us(&h->c, cal(h), us(h, from), us(h, to));
        assert_int_equal(used, count_used(h, from, to) * US);
        seconds += qp_clock_share_s(sum, used);
        sum += used;
        paused += qp_clock_paused_us(&h->c, cal(h), us(h, from), us(h, to));
        from = to;
    }
    int64_t all = qp_clock_used_us(&h->c, cal(h), us(h, h->w.start) - US, us(h, end) + 86400 * US);
    assert_int_equal(sum, all);
    assert_int_equal(seconds, all / US);
    assert_int_equal(all + paused, town_counts(h->t, h->law, h->amount.unit, h->w.start, end) * US);
}

static void finish(struct history *h)
{
    int due = walker_due(&h->w);
    assert_int_equal(qp_clock_end(&h->c, roll(2) ? QP_CLOCK_DONE : QP_CLOCK_PASSED_ON, us(h, h->w.now), NULL),
                     0);
    assert_int_equal(qp_clock_missed(&h->c, us(h, h->w.now) + 86400 * US), due != NONE && due < h->w.now);
    compare_holders(h);
    assert_int_equal(qp_clock_pause(&h->c, cal(h), us(h, h->w.now), NULL), QP_ESTEP);
    assert_int_equal(qp_clock_end(&h->c, QP_CLOCK_DONE, us(h, h->w.now), NULL), QP_ESTEP);
}

static void live(struct history *h)
{
    int moves = (int)roll(MOVES);
    for (int i = 0; i < moves && !h->over; i++) {
        int at = some_time(h);
        if (at > h->t->n) {
            h->over = true;
            break;
        }
        walker_to(&h->w, at);
        compare(h, "a while");
        const char *what = "a pause or its end";
        switch (h->over ? 99 : roll(10)) {
        case 0: sort(h), what = "sorting"; break;
        case 1: newer_calendar(h), what = "a newer calendar"; break;
        case 2: extend(h), what = "an extension"; break;
        case 3: remind(h), what = "a reminder"; break;
        case 4:
            if (h->nhands < HANDS)
                h->hand[h->nhands++] = at;
            break;
        case 5:
            if (roll(4) == 0)
                state_deadline(h), what = "a stated deadline";
            break;
        case 99: break;
        default: toggle_pause(h); break;
        }
        if (!h->over)
            compare(h, what);
    }
    ran_out += h->over;
    if (!h->over)
        finish(h);
}

static void histories(struct town *t, const struct laws *l, long n)
{
    for (long i = 0; i < n; i++) {
        static struct history h;
        memset(&h, 0, sizeof h);
        h.t = t;
        h.l = l;
        h.amount = some_amount();
        int start = (int)roll(3 * 86400);
        if (roll(2)) /* at a border of work */
            while (start > 0 && !((t->flags[0][start] ^ t->flags[0][start - 1]) & WORKS))
                start--;
        walker_start(&h.w, t, 0, h.amount, start);
        if (qp_clock_start(&h.c, QP_CLOCK_HANDLE, &h.amount, "1", l->cal[0], us(&h, start), NULL))
            fail_msg("a clock does not start");
        compare(&h, "the start");
        live(&h);
    }
}

static void a_clock_says_what_one_sees_who_counts_every_second(void **state)
{
    (void)state;
    const char *seed = getenv("QP_SEED"), *many = getenv("QP_HISTORIES");
    long n = many ? atol(many) : 500;
    uint64_t first = seed ? strtoull(seed, NULL, 10) : 20261126;
    struct town t;
    town_open(&t, TOWN_DAYS * 86400);
    for (long done = 0, town = 0; done < n; done += PER_TOWN, town++) {
        struct laws l;
        struct qp_zone *z = NULL;
        uint64_t s = first + (uint64_t)town;
        shake(s);
        print_message("QP_SEED=%llu QP_HISTORIES=%d\r", (unsigned long long)s, PER_TOWN);
        make_laws(&l, &t, &z, s % 5 == 0);
        histories(&t, &l, n - done < PER_TOWN ? n - done : PER_TOWN);
        for (int law = 0; law < LAWS; law++)
            qp_calendar_free(l.cal[law]);
        qp_zone_free(z);
    }
    town_close(&t);
    print_message("\n%ld histories: %llu comparisons, %llu sorted earlier, %llu made later by a calendar, "
                  "%llu extended; "
                  "%llu ran out of their town\n",
                  n, (unsigned long long)compared, (unsigned long long)moved_by_sort,
                  (unsigned long long)moved_by_calendar, (unsigned long long)extended,
                  (unsigned long long)ran_out);
    assert_true(ran_out * 2 < (uint64_t)n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clock_says_what_one_sees_who_counts_every_second),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
