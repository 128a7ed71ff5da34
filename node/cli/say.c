/* say.c: sentences for people, lines for logs, progress for whoever waits. */
#include "node/cli/cli.h"

#include <stdarg.h>
#include <stdlib.h>
#include <time.h>

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

/* What kind of error it is, before a sentence in English. */
static const char *kind_zh(int code)
{
    switch (code) {
    case QP_EINVAL: return "参数或格式有误";
    case QP_EAUTH: return "未登录或令牌无效";
    case QP_EDENIED: return "权限不足";
    case QP_ENOTFOUND: return "不存在";
    case QP_ESTEP: return "此状态下不能办理该步骤";
    case QP_ENOTHOLDER: return "承办节点不是本节点";
    case QP_EVERSION: return "事项已有更新，请重读后再办";
    case QP_EBIG: return "内容过大";
    case QP_EPOLICY: return "按规则不予受理";
    case QP_EKEYREUSED: return "同一个键已用于其他内容";
    case QP_EBUSY: return "繁忙，请稍后再试";
    case QP_ERECOVER: return "节点正在恢复";
    case QP_ESTOPPING: return "节点正在停止";
    case QP_EFULL: return "存储空间已满";
    case QP_EIO: return "读写失败";
    case QP_ECORRUPT: return "数据损坏";
    case QP_ESIG: return "签名无效";
    case QP_ESCOPE: return "超出其位置的权限";
    case QP_EUNKNOWNKEY: return "公钥未登记";
    case QP_EREVOKED: return "已被吊销";
    case QP_EFORK: return "同一位置有两份不同的记录";
    case QP_EUSED: return "令牌已使用过";
    case QP_EEXPIRED: return "已过期";
    case QP_EUNREACHABLE: return "不可达";
    case QP_ENEED: return "尚缺证书，请稍后再试";
    case QP_ENOMEM: return "内存不足";
    case QP_EEXISTS: return "已存在或已被占用";
    case QP_EVERSIONS: return "版本不识别";
    default: return "出错";
    }
}

const char *qp_err_said(const struct qp_cli *c, const struct qp_err *e, char out[QP_ERR_SAID])
{
    const char *text = e->text[0] ? e->text : qp_error_name(e->code);
    snprintf(out, QP_ERR_SAID, "%s%s%s", c->zh ? kind_zh(e->code) : "", c->zh ? "：" : "", text);
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
    if (text != NULL)
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
