/* clock.c: `qipan clock`: a deadline worked out by working hours, without a node.
 *
 *   DIR|FILE ─► policy_source ─► calendar ┐
 *   --duration --start ───────────────────┴► a clock ─► --pause … ─► due, paused ─► --stop: used, met
 *
 * On a terminal it speaks to people; else, and with --json, it prints one object. Seconds are whole ones, the rest
 * cut off, in the duration's measure: working seconds for ws, wm, wh and wd, else elapsed ones. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "node/cli/policy_source.h"
#include "node/matter/clock.h"

struct asked {
    struct qp_zone *zone;
    struct qp_calendar *cal;
    struct qp_duration amount;
    int64_t start_us, stop_us; /* stop QP_NEVER_US: not given */
    struct qp_clock clock;
    bool endless; /* a pause goes on */
};

/* ---- what was asked ---- */

static bool given(const struct qp_cli *c, const char *name)
{
    if (qp_opt(c, name))
        return true;
    qp_complain(c, 0, QP_TR(c, "clock: --%s is missing", "clock：缺少 --%s"), name);
    return false;
}

/* The calendar that was named, of those there are; an exit status, told. */
static int choose(struct asked *a, const struct qp_cli *c, const struct qp_policy *p, const char *source)
{
    const char *name = qp_opt(c, "name"), *shown = qp_source_name(c, source);
    const struct qp_policy_calendar *one = name                  ? qp_policy_calendar(p, name)
                                           : p->n_calendars == 1 ? &p->calendars[0]
                                                                 : NULL;
    char names[400];
    struct qp_err e = {0};
    qp_policy_calendar_names(names, sizeof names, p);
    if (p->n_calendars == 0)
        return qp_complain(
            c, QP_EXIT_USAGE,
            QP_TR(c,
                  "%s has no calendars: give a calendar ({\"name\":…,\"weekly\":[…]}) or a policy "
                  "with calendars",
                  "%s 中没有日历：请给出日历（{\"name\":…,\"weekly\":[…]}）或含有日历的策略"),
            source);
    if (!name && !one)
        return qp_complain(c, QP_EXIT_USAGE,
                           QP_TR(c, "%s has %zu calendars: say which with --name (%s)",
                                 "%s 中有 %zu 个日历：请用 --name 指定（%s）"),
                           shown, p->n_calendars, names);
    if (!one)
        return qp_complain(
            c, QP_EXIT_NOT_FOUND,
            QP_TR(c, "%s has no calendar \"%.64s\"; it has: %s", "%s 中没有日历“%.64s”；可用的有：%s"), shown,
            name, names);
    return !qp_calendar_new(&a->cal, &one->form, a->zone, &e) ? QP_EXIT_OK : qp_complain_err(c, &e);
}

/* An exit status, told. */
static int read_calendar(struct asked *a, const struct qp_cli *c)
{
    const char *source = qp_opt(c, "calendar");
    struct qp_mistakes m = {0};
    int status = QP_EXIT_USAGE;
    if (!qp_source_exists(c, source))
        return QP_EXIT_NOT_FOUND;
    struct qp_policy *p = qp_source_read(c, source, true, &m);
    qp_mistakes_sort(&m);
    if (!p || qp_mistakes_all(&m) > 0)
        qp_source_tell(c, source, &m);
    else
        status = choose(a, c, p, source);
    qp_mistakes_free(&m);
    qp_policy_free(p);
    return status;
}

/* A time that the clocks know, of option `name`. */
static int read_time(int64_t *at_us, const struct asked *a, const char *name, const char *text,
                     struct qp_err *e)
{
    struct qp_err why;
    if (qp_time_parse_local(at_us, text, a->zone, &why))
        return qp_fail(e, QP_EINVAL, "--%s: %s", name, why.text);
    if (*at_us < QP_CLOCK_FIRST_US || *at_us >= QP_CLOCK_END_US)
        return qp_fail(e, QP_EINVAL, "--%s: %.40s: clocks run in the years 1900 to 2199", name, text);
    return 0;
}

/* FROM/TO; FROM/ has no end. */
static int read_pause(struct qp_pause *p, const struct asked *a, const char *text, struct qp_err *e)
{
    char from[64];
    const char *slash = strchr(text, '/');
    if (!slash || (size_t)(slash - text) >= sizeof from)
        return qp_fail(
            e, QP_EINVAL,
            "--pause %.100s: write FROM/TO, as 2026-03-02T10:00:00Z/2026-03-02T11:00:00Z; FROM/ has no end",
            text);
    memcpy(from, text, (size_t)(slash - text));
    from[slash - text] = 0;
    p->to_us = QP_NEVER_US;
    int rc = read_time(&p->from_us, a, "pause", from, e);
    if (!rc && slash[1] != 0)
        rc = read_time(&p->to_us, a, "pause", slash + 1, e);
    return rc;
}

static const char *pause_fault(const struct asked *a, const struct qp_pause *p, int64_t last_us)
{
    if (a->endless)
        return "a pause before it has no end";
    if (p->to_us < p->from_us)
        return "it ends before it begins";
    if (p->from_us < a->start_us)
        return "it begins before --start";
    if (p->from_us < last_us)
        return "it begins before the pause before it has ended: give them in order";
    if (p->from_us > a->stop_us)
        return "it begins after --stop";
    return NULL;
}

static int run_pauses(struct asked *a, const struct qp_cli *c, struct qp_err *e)
{
    const char *text;
    int64_t last_us = a->start_us;
    for (int i = 0; (text = qp_opt_each(c, "pause", i)); i++) {
        struct qp_pause p;
        int rc = read_pause(&p, a, text, e);
        if (rc)
            return rc;
        const char *fault = pause_fault(a, &p, last_us);
        if (fault)
            return qp_fail(e, QP_EINVAL, "--pause %.100s: %s", text, fault);
        if ((rc = qp_clock_pause(&a->clock, a->cal, p.from_us, e)))
            return rc;
        a->endless = p.to_us == QP_NEVER_US;
        if (!a->endless && (rc = qp_clock_resume(&a->clock, a->cal, p.to_us, e)))
            return rc;
        last_us = p.to_us;
    }
    return 0;
}

static int run_clock(struct asked *a, const struct qp_cli *c, struct qp_err *e)
{
    struct qp_err why;
    int rc = 0;
    if (qp_duration_parse(&a->amount, qp_opt(c, "duration"), &why))
        rc = qp_fail(e, QP_EINVAL, "--duration: %s", why.text);
    if (!rc)
        rc = read_time(&a->start_us, a, "start", qp_opt(c, "start"), e);
    a->stop_us = QP_NEVER_US;
    if (!rc && qp_opt(c, "stop"))
        rc = read_time(&a->stop_us, a, "stop", qp_opt(c, "stop"), e);
    if (!rc && a->stop_us < a->start_us)
        rc = qp_fail(e, QP_EINVAL, "--stop: is before --start");
    if (!rc)
        rc = qp_clock_start(&a->clock, QP_CLOCK_CLOSE, &a->amount, "", a->cal, a->start_us, e);
    return rc ? rc : run_pauses(a, c, e);
}

/* All that was asked; an exit status, told. */
static int read_asked(struct asked *a, const struct qp_cli *c)
{
    struct qp_err e = {0};
    if (qp_zone_load(&a->zone, qp_opt(c, "zone"), &e))
        return qp_complain_err(c, &e);
    int status = read_calendar(a, c);
    if (status == QP_EXIT_OK && run_clock(a, c, &e))
        status = qp_complain_err(c, &e);
    return status;
}

/* ---- what is answered ---- */

static json_t *time_json(int64_t at_us)
{
    char text[32];
    if (at_us == QP_NEVER_US)
        return json_null();
    qp_time_text(text, at_us);
    return json_string(text);
}

static json_t *seconds_json(int64_t us)
{
    return json_integer(us / 1000000);
}

/* All pauses, or what of them was before --stop. */
static int64_t paused_us(const struct asked *a)
{
    return qp_clock_paused_us(&a->clock, a->cal, a->start_us, a->stop_us);
}

static json_t *answer(const struct asked *a)
{
    bool stopped = a->stop_us != QP_NEVER_US;
    json_t *o = json_object();
    json_object_set_new(o, "due", time_json(qp_clock_due(&a->clock)));
    if (stopped)
        json_object_set_new(o, "used_s",
                            seconds_json(qp_clock_used_us(&a->clock, a->cal, a->start_us, a->stop_us)));
    json_object_set_new(o, "paused_s", a->endless && !stopped ? json_null() : seconds_json(paused_us(a)));
    if (stopped)
        json_object_set_new(o, "met", json_boolean(!qp_clock_missed(&a->clock, a->stop_us)));
    if (qp_clock_provisional(&a->clock, a->cal))
        json_object_set_new(o, "provisional", json_true());
    return o;
}

/* 3 h 05 min 20 s */
static const char *lasting(char out[48], const struct qp_cli *c, int64_t us)
{
    long long s = us / 1000000;
    snprintf(out, 48, QP_TR(c, "%lld h %02lld min %02lld s", "%lld 小时 %02lld 分 %02lld 秒"), s / 3600,
             s / 60 % 60, s % 60);
    return out;
}

static void say(const struct asked *a, const struct qp_cli *c)
{
    char text[48];
    bool work = qp_unit_measure(a->amount.unit) >= QP_MEASURE_WORK;
    const char *kind = work ? QP_TR(c, " of working time", "（工作时间）") : "";
    if (qp_clock_due(&a->clock) == QP_NEVER_US) {
        qp_tell(c, QP_TR(c, "due     no time: it is paused without an end", "到期    无：暂停尚未结束"));
    } else {
        qp_local_text(text, a->zone, qp_clock_due(&a->clock), true);
        qp_tell(c, QP_TR(c, "due     %s%s", "到期    %s%s"), text,
                qp_clock_provisional(&a->clock, a->cal)
                    ? QP_TR(c, " (provisional: holidays of that time are not announced)",
                            "（暂定：届时的节假日尚未公布）")
                    : "");
    }
    if (!a->endless || a->stop_us != QP_NEVER_US)
        qp_tell(c, QP_TR(c, "paused  %s%s", "暂停    %s%s"), lasting(text, c, paused_us(a)), kind);
    if (a->stop_us == QP_NEVER_US)
        return;
    qp_tell(c, QP_TR(c, "used    %s%s", "已用    %s%s"),
            lasting(text, c, qp_clock_used_us(&a->clock, a->cal, a->start_us, a->stop_us)), kind);
    qp_tell(c, qp_clock_missed(&a->clock, a->stop_us) ? QP_TR(c, "missed", "超时") : QP_TR(c, "met", "按时"));
}

int qp_verb_clock(struct qp_cli *c)
{
    struct asked a = {0};
    if (!given(c, "calendar") || !given(c, "zone") || !given(c, "duration") || !given(c, "start"))
        return QP_EXIT_USAGE;
    int status = read_asked(&a, c);
    bool json = c->json || (!c->quiet && isatty(STDOUT_FILENO) != 1);
    if (status == QP_EXIT_OK && json)
        qp_print_json(answer(&a));
    else if (status == QP_EXIT_OK)
        say(&a, c);
    qp_calendar_free(a.cal);
    qp_zone_free(a.zone);
    return status;
}
