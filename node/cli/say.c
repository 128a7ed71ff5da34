/* say.c: sentences for people, lines for logs, progress for whoever waits. */
#include "node/cli/cli.h"

#include <stdarg.h>
#include <stdlib.h>
#include <time.h>

#include "proto/said.h"
#include "topology/zone.h"

int64_t qp_now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t qp_monotonic_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t qp_boot_time_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_BOOTTIME, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

void qp_tell(const struct qp_cli *c, const char *fmt, ...)
{
    va_list ap;
    if (c->quiet || c->json)
        return;
    va_start(ap, fmt);
    vprintf(fmt, ap);
    va_end(ap);
    putchar('\n');
}

int qp_complain(const struct qp_cli *c, int code, const char *fmt, ...)
{
    char text[1200];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    fflush(stdout);
    fprintf(stderr, QP_TR(c, "qipan: %s\n", "qipan：%s\n"), text);
    return code;
}

int qp_exit_of(int code)
{
    switch (code) {
    case QP_OK: return QP_EXIT_OK;
    case QP_EINVAL: return QP_EXIT_USAGE;
    case QP_ENOTFOUND: return QP_EXIT_NOT_FOUND;
    case QP_ESTEP:
    case QP_ENOTHOLDER:
    case QP_EVERSION:
    case QP_EKEYREUSED:
    case QP_EEXISTS:
    case QP_EUSED:
    case QP_EFORK:
    case QP_ECLOSED:
    case QP_EDUP: return QP_EXIT_CONFLICT;
    case QP_EAUTH:
    case QP_EDENIED:
    case QP_ESIG:
    case QP_ESCOPE:
    case QP_EUNKNOWNKEY:
    case QP_EREVOKED:
    case QP_EEXPIRED: return QP_EXIT_DENIED;
    case QP_EUNREACHABLE:
    case QP_EBUSY:
    case QP_ESTOPPING: return QP_EXIT_UNREACHABLE;
    case QP_ERECOVER: return QP_EXIT_DEGRADED;
    default: return QP_EXIT_FAILED;
    }
}

const char *qp_err_said(const struct qp_cli *c, const struct qp_err *e, char out[QP_ERR_SAID])
{
    const char *text = e->text[0] ? e->text : qp_error_name(e->code);
    char zh[QP_SAID_ZH];
    snprintf(out, QP_ERR_SAID, "%s", c->zh ? qp_said_or_kind(qp_error_name(e->code), text, zh) : text);
    return out;
}

int qp_complain_err(const struct qp_cli *c, const struct qp_err *e)
{
    char text[QP_ERR_SAID];
    return qp_complain(c, qp_exit_of(e->code), "%s", qp_err_said(c, e, text));
}

void qp_print_json(json_t *v)
{
    char *text = json_dumps(v, JSON_INDENT(2) | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
    if (text)
        puts(text);
    free(text);
    json_decref(v);
}

void qp_log(const char *level, const char *fmt, ...)
{
    char at[32], line[1200];
    va_list ap;
    qp_time_text(at, qp_now_us());
    int n = snprintf(line, sizeof line, "%s %s ", at, level);
    va_start(ap, fmt);
    int m = vsnprintf(line + n, sizeof line - (size_t)n - 1, fmt, ap);
    va_end(ap);
    size_t len = (size_t)n + (m > 0 ? (size_t)m : 0);
    if (len > sizeof line - 2)
        len = sizeof line - 2;
    for (size_t i = 0; i < len; i++) /* one line each, whatever the sentence quotes */
        if ((unsigned char)line[i] < ' ')
            line[i] = ' ';
    line[len++] = '\n';
    fwrite(line, 1, len, stderr);
}

void qp_progress_begin(struct qp_progress *p, const struct qp_cli *c, const char *what)
{
    *p = (struct qp_progress){
        .on = c->terminal && !c->quiet && !c->json, .what = what, .began_us = qp_monotonic_us()};
}

void qp_progress_at(struct qp_progress *p, uint64_t at, uint64_t all)
{
    int64_t now = qp_monotonic_us();
    if (!p->on || now - p->drawn_us < 100000)
        return;
    p->drawn_us = now;
    double s = (double)(now - p->began_us) / 1e6, rate = s > 0.1 ? (double)at / s : 0;
    if (all == 0) {
        fprintf(stderr, "\r\033[K%s %llu  %.0f/s  %.0f s", p->what, (unsigned long long)at, rate, s);
        return;
    }
    char bar[31];
    size_t full = (size_t)(30 * (at < all ? at : all) / all);
    for (size_t i = 0; i < 30; i++)
        bar[i] = i < full ? '#' : '.';
    bar[30] = 0;
    fprintf(stderr, "\r\033[K%s [%s] %llu/%llu  %.0f/s", p->what, bar, (unsigned long long)at,
            (unsigned long long)all, rate);
}

void qp_progress_end(struct qp_progress *p)
{
    if (p->on && p->drawn_us != 0)
        fputs("\r\033[K", stderr);
    p->on = false;
}

int qp_verb_version(struct qp_cli *c)
{
    if (c->json)
        qp_print_json(json_pack("{s:s}", "version", QP_VERSION));
    else
        puts("qipan " QP_VERSION);
    return QP_EXIT_OK;
}
