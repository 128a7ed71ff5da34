/* print.c: see print.h. */
#include "node/insight/circular/print.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

__extension__ typedef __int128 wide;

enum { MOST_DIGITS = 15, SCALE_DIGITS = 6 };

static wide ten(int n)
{
    wide v = 1;
    for (; n > 0; n--)
        v *= 10;
    return v;
}

/* n / d, half up, away from zero where it is negative as a printed number's is. d > 0. */
static wide half_up(wide n, wide d)
{
    assert(d > 0);
    return n < 0 ? -((-n * 2 + d) / (2 * d)) : (n * 2 + d) / (2 * d);
}

/* A number of so many digits behind the point, with a sign where it is asked for. */
static void put(char out[QP_FIGURE_TEXT], wide scaled, int digits, bool sign)
{
    char text[QP_FIGURE_TEXT];
    size_t n = sizeof text - 1;
    bool less = scaled < 0, zero = scaled == 0;
    wide v = less ? -scaled : scaled;
    text[n] = '\0';
    for (int i = 0; i <= digits || v > 0; i++, v /= 10) {
        if (i == digits && digits > 0)
            text[--n] = '.';
        text[--n] = (char)('0' + (int)(v % 10));
        assert(n > 2);
    }
    const char *before = !sign && !less ? "" : zero ? "±" : less ? "−" : "+";
    snprintf(out, QP_FIGURE_TEXT, "%s%s", before, text + n);
}

void qp_share_text(char out[QP_FIGURE_TEXT], uint64_t above, uint64_t below, int digits)
{
    assert(digits >= 0 && digits <= 6);
    if (below == 0)
        snprintf(out, QP_FIGURE_TEXT, "%s", QP_NO_VALUE);
    else
        put(out, half_up((wide)above * 100 * ten(digits), below), digits, false);
}

void qp_count_change(char out[QP_FIGURE_TEXT], uint64_t is, uint64_t was, int digits)
{
    if (was == 0)
        snprintf(out, QP_FIGURE_TEXT, "%s", QP_NO_VALUE);
    else
        put(out, half_up(((wide)is - (wide)was) * 100 * ten(digits), was), digits, true);
}

/* Counts are far below 2^40: products of two fit. */
void qp_share_change(char out[QP_FIGURE_TEXT], const uint64_t is[2], const uint64_t was[2], int digits)
{
    if (is[1] == 0 || was[1] == 0 || (is[0] | is[1] | was[0] | was[1]) >> 48) {
        snprintf(out, QP_FIGURE_TEXT, "%s", QP_NO_VALUE);
        return;
    }
    wide n = (wide)is[0] * (wide)was[1] - (wide)was[0] * (wide)is[1];
    put(out, half_up(n * 100 * ten(digits), (wide)is[1] * (wide)was[1]), digits, true);
}

/* ---- printed figures ---- */

struct decimal {
    int64_t v;  /* times 10^digits */
    int digits; /* behind the point */
};

/* Reads one number; *rest behind it. */
static bool decimal_read(struct decimal *d, const char *text, const char **rest)
{
    int n = 0;
    *d = (struct decimal){0, 0};
    bool point = false;
    for (; (*text >= '0' && *text <= '9') || (*text == '.' && !point); text++) {
        if (*text == '.') {
            point = true;
            continue;
        }
        d->v = d->v * 10 + (*text - '0');
        d->digits += point;
        if (++n > MOST_DIGITS)
            return false;
    }
    *rest = text;
    return n > 0 && d->digits <= SCALE_DIGITS;
}

static bool decimal_only(struct decimal *d, const char *text, bool percent)
{
    const char *rest;
    if (!decimal_read(d, text, &rest))
        return false;
    if (percent && *rest == '%')
        rest++;
    return *rest == '\0';
}

static wide scaled(const struct decimal *d, int digits)
{
    return d->v * ten(digits - d->digits);
}

/* The sum with SCALE_DIGITS; *parts of them, *digits: the most that one has. */
static bool sum_read(wide *sum, int *parts, int *digits, const char *text)
{
    *sum = 0;
    *parts = *digits = 0;
    for (;; text++) {
        struct decimal d;
        if (!decimal_read(&d, text, &text))
            return false;
        *sum += scaled(&d, SCALE_DIGITS);
        *digits = d.digits > *digits ? d.digits : *digits;
        ++*parts;
        if (*text == '\0')
            return true;
        if (*text != '+')
            return false;
    }
}

static void check_sum(struct qp_printed *out, const char *above, const struct decimal *said)
{
    wide sum;
    int parts, digits;
    if (!sum_read(&sum, &parts, &digits, above)) {
        out->verdict = QP_PRINTED_UNREADABLE;
        return;
    }
    int shown = digits > said->digits ? digits : said->digits;
    put(out->value, half_up(sum, ten(SCALE_DIGITS - shown)), shown, false);
    wide off = sum - scaled(said, SCALE_DIGITS);
    off = off < 0 ? -off : off;
    /* each part, and the whole, may be off by half a unit of the last digit */
    wide slack = digits > 0 ? (parts + 1) * ten(SCALE_DIGITS - digits) / 2 : 0;
    out->verdict = off == 0 ? QP_PRINTED_EQUAL : off <= slack ? QP_PRINTED_ROUNDING : QP_PRINTED_DIFFERS;
}

/* Which whole number in the place of one of them would have given what was printed? */
static void look_for(struct qp_printed *out, wide n, wide d, wide unit, const struct decimal *said,
                     wide hundred)
{
    if (unit != 1 || said->v <= 0)
        return;
    wide want = scaled(said, said->digits), above = half_up(want * d, hundred * ten(said->digits)),
         below = half_up(n * hundred * ten(said->digits), want);
    char a[QP_FIGURE_TEXT], b[QP_FIGURE_TEXT];
    put(a, above, 0, false);
    put(b, below, 0, false);
    snprintf(out->fits, sizeof out->fits, "%s/%lld, %lld/%s", a, (long long)d, (long long)n, b);
}

static void check_share(struct qp_printed *out, enum qp_printed_kind kind, const char *above,
                        const char *below, const struct decimal *said)
{
    struct decimal n, d;
    wide hundred = kind == QP_PRINTED_SHARE ? 100 : 1;
    if (!decimal_only(&n, above, false) || !decimal_only(&d, below, false) || d.v == 0) {
        out->verdict = QP_PRINTED_UNREADABLE;
        return;
    }
    int digits = n.digits > d.digits ? n.digits : d.digits;
    wide a = scaled(&n, digits), b = scaled(&d, digits);
    wide value = half_up(a * hundred * ten(said->digits), b);
    put(out->value, value, said->digits, false);
    out->over = kind == QP_PRINTED_SHARE && a > b;
    out->verdict = value == said->v ? QP_PRINTED_EQUAL : QP_PRINTED_DIFFERS;
    if (out->verdict == QP_PRINTED_DIFFERS)
        look_for(out, a, b, ten(digits), said, hundred);
}

void qp_printed_check(struct qp_printed *out, enum qp_printed_kind kind, const char *above, const char *below,
                      const char *said)
{
    struct decimal s;
    *out = (struct qp_printed){0};
    if (!decimal_only(&s, said, kind == QP_PRINTED_SHARE))
        out->verdict = QP_PRINTED_UNREADABLE;
    else if (kind == QP_PRINTED_SUM)
        check_sum(out, above, &s);
    else
        check_share(out, kind, above, below, &s);
}

void qp_printed_reason(char *out, size_t cap, const struct qp_printed *p, const char *said, bool zh)
{
    *out = '\0';
    switch (p->verdict) {
    case QP_PRINTED_EQUAL:
        if (p->over)
            snprintf(out, cap,
                     zh ? "超过 100 %%：分子不是分母的一部分"
                        : "over 100 %%: what is above the line is no part of what is below");
        return;
    case QP_PRINTED_ROUNDING:
        snprintf(out, cap,
                 zh ? "各部分之和为 %s，公布为 %s：各部分先行取整"
                    : "the parts add up to %s, printed is %s: the parts were rounded before",
                 p->value, said);
        return;
    case QP_PRINTED_DIFFERS:
        snprintf(out, cap, zh ? "按其组成为 %s，公布为 %s%s%s" : "from its parts it is %s, printed is %s%s%s",
                 p->value, said, p->fits[0] != 0 ? (zh ? "；与之相符的是 " : "; what would give that: ") : "",
                 p->fits);
        return;
    case QP_PRINTED_UNREADABLE: snprintf(out, cap, zh ? "不是数字" : "a number that is none"); return;
    }
}
