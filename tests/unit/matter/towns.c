/* towns.c: see towns.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/matter/towns.h"

#define US INT64_C(1000000)

static uint64_t dice = 1;

uint32_t roll(uint32_t sides)
{
    dice ^= dice << 13;
    dice ^= dice >> 7;
    dice ^= dice << 17;
    return (uint32_t)((dice >> 11) % sides);
}

void shake(uint64_t seed)
{
    dice = seed * UINT64_C(0x9E3779B97F4A7C15) | 1;
    for (int i = 0; i < 8; i++)
        roll(2);
}

static const char *const zones[] = {
    "Asia/Shanghai",    "UTC",          "Europe/Berlin",     "America/New_York",
    "America/St_Johns", "Asia/Tehran",  "America/Sao_Paulo", "Australia/Lord_Howe",
    "Pacific/Apia",     "Africa/Cairo", "America/Havana"};

static void add_span(struct laws *l, size_t *n, unsigned days, unsigned from, unsigned to)
{
    if (days != 0)
        l->weekly[(*n)++] = (struct qp_work_span){(uint8_t)days, (uint16_t)from, (uint16_t)to};
}

/* One to three intervals a day, that do not overlap; often office hours, sometimes nights or all day. */
static size_t make_weekly(struct laws *l)
{
    static const unsigned kinds[][7] = {{2, 510, 720, 870, 1050},
                                        {1, 540, 1020},
                                        {1, 0, 1440},
                                        {2, 0, 360, 1320, 1440},
                                        {3, 30, 90, 95, 150, 150, 240},
                                        {1, 60, 120},
                                        {2, 90, 150, 1380, 1440},
                                        {1, 1, 1439}};
    size_t n = 0;
    unsigned days = roll(3) ? 0x1f : 1 + roll(127);
    for (int part = 0; part < 2; part++, days = roll(2) ? ~days & 0x7f : 0) {
        const unsigned *k = kinds[roll(sizeof kinds / sizeof *kinds)];
        for (unsigned i = 0; i < k[0]; i++)
            add_span(l, &n, days, k[1 + 2 * i], k[2 + 2 * i]);
    }
    for (size_t i = n; i > 1; i--) { /* written in any order */
        size_t k = roll((uint32_t)i);
        struct qp_work_span was = l->weekly[k];
        l->weekly[k] = l->weekly[i - 1];
        l->weekly[i - 1] = was;
    }
    return n;
}

/* Dates of the town's span, none twice. */
static void make_dates(struct laws *l, int law, int32_t first)
{
    struct qp_calendar_form *f = &l->form[law];
    f->off = l->off[law];
    f->on = l->on[law];
    for (int32_t day = first; day < first + TOWN_DAYS; day += 1 + (int32_t)roll(8))
        if (roll(3) && f->noff < 6)
            l->off[law][f->noff++] = day;
        else if (f->non < 3)
            l->on[law][f->non++] = day;
}

/* The newer one is the old one with a date changed or two. */
static void amend(struct laws *l, int32_t first)
{
    struct qp_calendar_form *f = &l->form[1];
    l->form[1] = l->form[0];
    memcpy(l->off[1], l->off[0], sizeof l->off[0]);
    memcpy(l->on[1], l->on[0], sizeof l->on[0]);
    f->off = l->off[1];
    f->on = l->on[1];
    if (f->non > 0 && roll(2))
        f->non--;
    int32_t day = first + 1 + (int32_t)roll(6);
    for (size_t i = 0; i < f->noff; i++)
        if (f->off[i] == day)
            return;
    for (size_t i = 0; i < f->non; i++)
        if (f->on[i] == day)
            return;
    if (f->noff < 6)
        l->off[1][f->noff++] = day;
}

/* Near a change of the clock every other time. */
static int64_t make_epoch(const struct qp_zone *z, bool over_midnight)
{
    int64_t at = (INT64_C(946684800) + roll(1262304000)) * US; /* 2000 to 2040 */
    if (over_midnight)
        return 1257042660 - 86400 - roll(86400); /* 2009-11-01 00:01 became 2009-10-31 23:01 */
    int64_t change = qp_zone_change_after(z, at);
    if (roll(2) && change != INT64_MAX)
        at = change - (int64_t)roll(4 * 86400) * US;
    return at / US;
}

void make_laws(struct laws *l, struct town *t, struct qp_zone **z, bool over_midnight)
{
    struct qp_err e;
    memset(l, 0, sizeof *l);
    if (qp_zone_load(z, over_midnight ? "America/St_Johns" : zones[roll(sizeof zones / sizeof *zones)], &e))
        fail_msg("%s", e.text);
    int64_t epoch_s = make_epoch(*z, over_midnight);
    int32_t first = qp_bucket_day(*z, epoch_s * US);
    l->form[0] =
        (struct qp_calendar_form){.name = "made", .weekly = l->weekly, .known_until = QP_CALENDAR_NO_DAY};
    l->form[0].nweekly = make_weekly(l);
    make_dates(l, 0, first);
    amend(l, first);
    for (int law = 0; law < LAWS; law++)
        if (qp_calendar_new(&l->cal[law], &l->form[law], *z, &e))
            fail_msg("%s", e.text);
    town_build(t, epoch_s, *z, l->form);
}
