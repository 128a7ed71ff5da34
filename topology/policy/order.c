/* order.c: see order.h. */
#include "topology/policy/order.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const void *place(const struct qp_policy_field *f, const void *base)
{
    return (const char *)base + f->at;
}

static int32_t number(const struct qp_policy_field *f, const void *base)
{
    return *(const int32_t *)place(f, base);
}

static const struct qp_duration *span(const struct qp_policy_field *f, const void *base)
{
    return &((const struct qp_policy_span *)place(f, base))->d;
}

/* < 0: a is smaller; false: nobody can say. */
static bool sizes(int *order, const struct qp_policy_field *f, const void *a, const void *b)
{
    if (f->kind == QP_SAYS_SPAN)
        return qp_duration_order(order, span(f, a), span(f, b));
    if (f->kind != QP_SAYS_KEPT) {
        *order = (number(f, a) > number(f, b)) - (number(f, a) < number(f, b));
        return true;
    }
    /* Retention is no clock: a day of it is 24 hours. */
    int64_t us[2];
    const void *both[2] = {a, b};
    for (int i = 0; i < 2; i++) {
        const struct qp_duration *d = span(f, both[i]);
        us[i] = d->unit == QP_UNIT_D ? d->n * 86400 * 1000000 : qp_duration_us(d);
    }
    *order = (us[0] > us[1]) - (us[0] < us[1]);
    return true;
}

/* A value that means the same as saying nothing. */
static bool says_nothing(const struct qp_policy_field *f, const void *base)
{
    switch (f->kind) {
    case QP_SAYS_SHARE:
    case QP_SAYS_COUNT: return number(f, base) == 0;
    case QP_SAYS_FLAG: return f->order == QP_ORDER_MORE && number(f, base) == 0;
    case QP_SAYS_URGENCY: return number(f, base) == QP_ROUTINE;
    default: return false;
    }
}

/* The one that is said came to where nothing was: stricter than nothing, or looser? */
static int said_alone(const struct qp_policy_field *f, const void *base)
{
    if (f->order == QP_ORDER_FIXED)
        return QP_CHANGE_OTHER;
    if (says_nothing(f, base))
        return QP_ORDER_SAME;
    bool waits = f->kind == QP_SAYS_FLAG && f->order == QP_ORDER_LESS && number(f, base) == 0;
    return f->unsaid == QP_UNSAID_LOOSE || waits ? QP_CHANGE_TIGHTER : QP_CHANGE_LOOSER;
}

static int turned(int kind)
{
    return kind == QP_CHANGE_TIGHTER ? QP_CHANGE_LOOSER : kind == QP_CHANGE_LOOSER ? QP_CHANGE_TIGHTER : kind;
}

int qp_policy_order(const struct qp_policy_field *f, const void *was, const void *now)
{
    char a[QP_POLICY_VALUE], b[QP_POLICY_VALUE];
    int order;
    bool before = qp_policy_said(f, was), after = qp_policy_said(f, now);
    if (!before)
        return after ? said_alone(f, now) : QP_ORDER_SAME;
    if (!after)
        return turned(said_alone(f, was));
    qp_policy_show(a, f, was);
    qp_policy_show(b, f, now);
    if (strcmp(a, b) == 0)
        return QP_ORDER_SAME;
    if (f->order == QP_ORDER_FIXED)
        return QP_CHANGE_OTHER;
    if (!sizes(&order, f, now, was))
        return QP_CHANGE_UNLIKE;
    if (order == 0)
        return QP_ORDER_SAME; /* 60m and 1h */
    return (order < 0) == (f->order == QP_ORDER_LESS) ? QP_CHANGE_TIGHTER : QP_CHANGE_LOOSER;
}

/* ---- urges ---- */

/* Sorted into measures first, then by length: so that lists of the same measures stand pair by pair. */
static int by_length(const void *left, const void *right)
{
    const struct qp_policy_span *a = left, *b = right;
    int order = 0;
    if (qp_duration_order(&order, &a->d, &b->d))
        return order != 0 ? order : (int)a->d.unit - (int)b->d.unit;
    return (int)qp_unit_measure(a->d.unit) - (int)qp_unit_measure(b->d.unit);
}

void qp_policy_sort_urges(struct qp_policy_span out[QP_POLICY_URGES], const struct qp_policy_rules *r)
{
    memcpy(out, r->urge, sizeof r->urge);
    qsort(out, r->n_urge, sizeof *out, by_length);
}

void qp_policy_show_urges(char out[QP_POLICY_VALUE], const struct qp_policy_rules *r)
{
    struct qp_policy_span v[QP_POLICY_URGES];
    size_t n = 0;
    qp_policy_sort_urges(v, r);
    out[0] = '\0';
    for (size_t i = 0; i < r->n_urge; i++) {
        char text[QP_DURATION_TEXT];
        qp_duration_text(text, &v[i].d);
        n += (size_t)snprintf(out + n, QP_POLICY_VALUE - n, "%s%s", i > 0 ? ", " : "", text);
    }
}

/* The nth (from 0) of those of n sorted urges that count in this measure; NULL. */
static const struct qp_policy_span *nth_of(const struct qp_policy_span *v, size_t n, enum qp_measure measure,
                                           size_t nth)
{
    for (size_t i = 0; i < n; i++)
        if (qp_unit_measure(v[i].d.unit) == measure && nth-- == 0)
            return &v[i];
    return NULL;
}

int qp_policy_order_urges(const struct qp_policy_rules *was, const struct qp_policy_rules *now)
{
    struct qp_policy_span a[QP_POLICY_URGES], b[QP_POLICY_URGES];
    bool tighter = now->n_urge > was->n_urge;
    qp_policy_sort_urges(a, was);
    qp_policy_sort_urges(b, now);
    if (now->n_urge < was->n_urge)
        return QP_CHANGE_LOOSER;
    for (size_t i = 0, nth = 0; i < was->n_urge; i++) {
        enum qp_measure measure = qp_unit_measure(a[i].d.unit);
        nth = i > 0 && qp_unit_measure(a[i - 1].d.unit) == measure ? nth + 1 : 0;
        const struct qp_policy_span *other = nth_of(b, now->n_urge, measure, nth);
        int order;
        if (!other)
            return !nth_of(b, now->n_urge, measure, 0) ? QP_CHANGE_UNLIKE : QP_CHANGE_LOOSER;
        qp_duration_order(&order, &other->d, &a[i].d);
        if (order > 0)
            return QP_CHANGE_LOOSER;
        tighter = tighter || order < 0;
    }
    return tighter ? QP_CHANGE_TIGHTER : QP_ORDER_SAME;
}
