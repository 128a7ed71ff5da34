/* duration.c: see duration.h. */
#include "topology/duration.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "topology/shown.h"

static const struct unit {
    const char *text;
    enum qp_measure measure;
    int64_t us, most;
} units[] = {
#define X(name, text, measure, us, most) {text, measure, us, most},
    QP_UNITS(X)
#undef X
};

static int bad(struct qp_err *e, const char *text, const char *why)
{
    return qp_fail(
        e, QP_EINVAL,
        "\"%.*s\" is not a duration: %s; write a whole number and one unit, as 30m, 4h, 3d, 4wh or 5wd",
        qp_shown(text, 40), text, why);
}

/* The number before the unit, at most 10 digits; NULL or what is wrong. *p is left behind it. */
static const char *read_number(const char **p, int64_t *n)
{
    const char *s = *p;
    *n = 0;
    if (*s < '0' || *s > '9')
        return *s == 0 ? "it is empty" : "it does not begin with a number";
    for (; *s >= '0' && *s <= '9'; s++) {
        if (s - *p == 10)
            return "it is longer than a hundred years";
        *n = *n * 10 + (*s - '0');
    }
    if (**p == '0' && s - *p > 1)
        return "it begins with 0";
    *p = s;
    return NULL;
}

int qp_duration_parse(struct qp_duration *out, const char *text, struct qp_err *e)
{
    const char *p = text;
    int64_t n;
    const char *why = read_number(&p, &n);
    if (why)
        return bad(e, text, why);
    if (*p == 0)
        return bad(e, text, "the unit is missing");
    if (*p == '.' || *p == ',')
        return bad(e, text, "parts of a unit are written in a smaller one");
    int u = 0;
    while (u < QP_UNIT_COUNT && strcmp(units[u].text, p) != 0)
        u++;
    if (u == QP_UNIT_COUNT)
        return bad(e, text, "the unit is none of s m h d ws wm wh wd");
    if (n > units[u].most)
        return bad(e, text, "it is longer than a hundred years");
    if (n == 0 && u == QP_UNIT_WD)
        return bad(e, text, "0wd is no close of business; 0wh is the first working moment");
    *out = (struct qp_duration){n, (enum qp_unit)u};
    return 0;
}

bool qp_duration_sound(const struct qp_duration *d)
{
    unsigned u = (unsigned)d->unit;
    return u < QP_UNIT_COUNT && d->n >= (u == QP_UNIT_WD) && d->n <= units[u].most;
}

void qp_duration_text(char out[QP_DURATION_TEXT], const struct qp_duration *d)
{
    assert(qp_duration_sound(d));
    snprintf(out, QP_DURATION_TEXT, "%" PRId64 "%s", d->n, units[d->unit].text);
}

enum qp_measure qp_unit_measure(enum qp_unit u)
{
    assert((unsigned)u < QP_UNIT_COUNT);
    return units[u].measure;
}

int64_t qp_duration_us(const struct qp_duration *d)
{
    assert(qp_duration_sound(d) && units[d->unit].us > 0);
    return d->n * units[d->unit].us;
}

bool qp_duration_order(int *order, const struct qp_duration *a, const struct qp_duration *b)
{
    assert(qp_duration_sound(a) && qp_duration_sound(b));
    const struct unit *p = &units[a->unit], *q = &units[b->unit];
    if (p->measure != q->measure)
        return false;
    int64_t x = p->us ? a->n * p->us : a->n, y = q->us ? b->n * q->us : b->n;
    *order = (x > y) - (x < y);
    return true;
}
