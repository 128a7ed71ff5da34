/* doctor.c: `qipan doctor`: settings, keys, disk, clock and journal of a node's folder, and by its API what the
 * node that runs says of itself; each finding with its remedy. */
#include "node/cli/doctor.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "node/cli/client.h"
#include "node/cli/here.h"
#include "node/cli/show.h"
#include "node/http/shape/map_file.h"

static void show_progress(void *arg, uint64_t at, uint64_t head)
{
    qp_progress_at(arg, at, head);
}

enum finding { FINE, WORRY, BAD };
struct doctor {
    const struct qp_cli *c;
    json_t *list;
    enum finding worst;
};

/* What was looked at, for people who read Chinese; a node's alarms come under their codes. */
static const char *check_zh(const char *check)
{
    static const char *const words[][2] = {
        {"settings", "设置"}, {"keys", "密钥"},  {"token", "令牌"}, {"disk", "磁盘"}, {"map", "地图"},
        {"clock", "时钟"},    {"zones", "时区"}, {"store", "存储"}, {"node", "节点"}, {"link", "链路"},
        {"policy", "策略"},   {"scrub", "巡检"}, {"alarms", "告警"}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i][0], check) == 0)
            return words[i][1];
    return check;
}

static void found(struct doctor *d, enum finding f, const char *what, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
static void found(struct doctor *d, enum finding f, const char *what, const char *fmt, ...)
{
    static const char *const marks[] = {"ok", "warning", "bad"}, *const marks_zh[] = {"正常", "注意", "异常"};
    char text[QP_ALARM_TEXT];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (f > d->worst)
        d->worst = f;
    json_array_append_new(d->list,
                          json_pack("{s:s,s:s,s:s}", "check", what, "result", marks[f], "text", text));
    if (d->c->json || (d->c->quiet && f == FINE))
        return;
    qp_print_padded(QP_TR(d->c, marks[f], marks_zh[f]), 8);
    putchar(' ');
    qp_print_padded(QP_TR(d->c, what, check_zh(what)), 8);
    printf(" %s\n", text);
}

/* An error is what was found. */
static void found_err(struct doctor *d, enum finding f, const char *what, const struct qp_err *e)
{
    char text[QP_ERR_SAID];
    found(d, f, what, "%s", qp_err_said(d->c, e, text));
}

static void look_at_keys(struct doctor *d, const struct qp_place_paths *p)
{
    struct qp_keys k;
    struct qp_err e = {0};
    struct stat st;
    int rc = qp_place_keys(&k, p, &e);
    if (!rc)
        found(d, FINE, "keys", "%s", p->key);
    else
        found_err(d, BAD, "keys", &e);
    qp_keys_wipe(&k);
    if (stat(p->token, &st) == 0 && (st.st_mode & 077) != 0)
        found(d, BAD, "token",
              QP_TR(d->c, "%s can be read by others; chmod 600", "%s 可被他人读取；请执行 chmod 600"),
              p->token);
}

/* The maps' files are as long as their quotas; what of them lies on the disk is counted in its blocks. */
static uint64_t on_disk(const char *folder, const char *map)
{
    char path[QP_PLACE_MAX + 64];
    struct stat st;
    int n = snprintf(path, sizeof path, "%s/%s/data.mdb", folder, map);
    return n < (int)sizeof path && stat(path, &st) == 0 ? (uint64_t)st.st_blocks * 512 : 0;
}

static uint64_t may_take(const struct qp_place_paths *p, const struct qp_config *conf)
{
    uint64_t quota = qp_config_size(conf, QP_SETTING_store_journal_map) +
                     qp_config_size(conf, QP_SETTING_store_tables_map),
             used = on_disk(p->db, "journal") + on_disk(p->db, "tables");
    return used < quota ? quota - used : 0;
}

static void look_at_disk(struct doctor *d, const struct qp_place_paths *p, const struct qp_config *conf)
{
    struct statvfs v;
    if (statvfs(p->data, &v) != 0) {
        found(d, BAD, "disk", "%s: %s", p->data, strerror(errno));
        return;
    }
    if (v.f_flag & ST_RDONLY) {
        found(
            d, BAD, "disk",
            QP_TR(
                d->c,
                "%s lies on a disk that can only be read now: the next report ends the node. Look at the "
                "kernel's log (dmesg), mend the disk, then start the node again",
                "%s 所在磁盘现为只读：下一次登记就会使节点退出。请查看内核日志（dmesg），修好磁盘后重启节点"),
            p->data);
        return;
    }
    static const enum finding verdicts[] = {
        [QP_DISK_ROOMY] = FINE, [QP_DISK_CLOSE] = WORRY, [QP_DISK_FULL] = BAD};
    uint64_t free = (uint64_t)v.f_bavail * v.f_frsize, total = (uint64_t)v.f_blocks * v.f_frsize,
             grows = may_take(p, conf);
    found(d, verdicts[qp_disk_room(free, total, grows)], "disk",
          QP_TR(d->c, "%.1f GB (%.0f %%) are free at %s; the node's own quotas may yet take %.1f GB",
                "剩余 %.1f GB（%.0f %%），位于 %s；按本节点的配额还可能占用 %.1f GB"),
          (double)free / 1e9, total > 0 ? 100.0 * (double)free / (double)total : 0, p->data,
          (double)grows / 1e9);
}

static void look_at_clock(struct doctor *d)
{
    int64_t built = (int64_t)1767225600 * 1000000; /* 2026-01-01 */
    struct qp_zone *z;
    struct qp_err e = {0};
    char now[32];
    qp_time_text(now, qp_now_us());
    found(d, qp_now_us() < built ? BAD : FINE, "clock", QP_TR(d->c, "it is %s", "现在是 %s"), now);
    int rc = qp_zone_load(&z, "Asia/Shanghai", &e);
    if (rc) {
        found_err(d, BAD, "zones", &e);
        return;
    }
    found(d, FINE, "zones", "%s", QP_TR(d->c, "time zones are installed", "时区数据已安装"));
    qp_zone_free(z);
}

static void look_at_store(struct doctor *d)
{
    struct qp_opened o = {0};
    struct qp_place_paths p;
    struct qp_progress bar;
    struct qp_err e = {0};
    int rc = qp_open_stopped(&o, d->c, &p, true, &e);
    if (rc == QP_EEXISTS) {
        found(d, FINE, "store", "%s",
              QP_TR(d->c, "the node runs; stop it to have its whole journal verified",
                    "节点正在运行；停止后可校验整个日志"));
        return;
    }
    qp_progress_begin(&bar, d->c, "journal");
    bool opened = !rc;
    if (!rc)
        rc = qp_journal_verify(o.store, 1, show_progress, &bar, &e);
    qp_progress_end(&bar);
    if (opened && rc == QP_ECORRUPT) {
        char text[QP_ERR_SAID];
        found(
            d, BAD, "store",
            QP_TR(d->c, "%s. " QP_DAMAGE_STOPPED,
                  "%s。请检查磁盘；`qipan scrub` "
                  "可修复单个错位，运行中的节点会向相邻节点索取；仍损坏的，请用备份恢复整个目录，或重新加入"),
            qp_err_said(d->c, &e, text));
    } else if (!rc && qp_store_rolled_back(o.store))
        found(d, BAD, "store", "%s",
              QP_TR(d->c,
                    "the journal is an old copy of what was sealed; ask the parent for a new token and join "
                    "again",
                    "日志是已签封内容的旧副本；请向上级索取新令牌并重新加入"));
    else if (!rc)
        found(d, FINE, "store", "%s",
              QP_TR(d->c, "every record of the journal is whole and in its chain",
                    "日志的每条记录完好，且环环相扣"));
    else
        found_err(d, BAD, "store", &e);
    const char *rows = opened ? qp_scrub_tables(d->c, &o) : NULL;
    if (rows)
        found(d, WORRY, "store", "%s", rows);
    qp_opened_close(&o, true);
}

static const char *over_what(const struct doctor *d, const json_t *limited)
{
    bool rate = strcmp(qp_text_of(limited, "why"), "rate") == 0;
    return rate ? QP_TR(d->c, "rate", "速率") : QP_TR(d->c, "share", "份额");
}

/* L7: whose work waits, and what to do. */
static void look_at_limits(struct doctor *d, const struct qp_here *h, json_t *node)
{
    json_t *l = json_object_get(json_object_get(node, "parent"), "limited");
    size_t i;
    char at[40];
    if (json_is_object(l))
        found(d, WORRY, "link",
              QP_TR(d->c,
                    "the parent makes this node wait: over its %s since %s. Nothing is lost; it goes on by "
                    "itself. For an import raise link.child_burst at the parent and start it again",
                    "上级让本节点等待：超过其%s，自 %s 起。不会丢失，之后自行继续。若是在导入，请在上级提高 "
                    "link.child_burst 并重启上级"),
              over_what(d, l), qp_here_second(h, qp_text_of(l, "since"), at));
    json_t *child;
    json_array_foreach(json_object_get(node, "children"), i, child)
    {
        l = json_object_get(child, "limited");
        if (json_is_object(l))
            found(d, WORRY, "link",
                  QP_TR(d->c,
                        "its child %s is over its %s since %s and waits: look at what it sends; raise "
                        "link.child_burst for an import, revoke it if it is not itself",
                        "下级 %s 超过其%s，自 %s 起在等待：请看它在发送什么；若是在导入，请提高 "
                        "link.child_burst；若已不是它本身，请吊销"),
                  qp_text_of(child, "path"), over_what(d, l), qp_here_second(h, qp_text_of(l, "since"), at));
    }
}

/* What the node says of itself. */
static void look_at_alarms(struct doctor *d, const json_t *node)
{
    const json_t *l;
    size_t i;
    char text[QP_ALARM_TEXT];
    json_array_foreach(json_object_get(node, "alarms"), i, l)
    {
        qp_alarm_text(d->c, l, text, sizeof text);
        found(d, json_is_true(json_object_get(l, "grave")) ? BAD : WORRY, qp_text_of(l, "code"), "%s", text);
    }
    json_int_t more = json_integer_value(json_object_get(node, "alarms_more"));
    if (more > 0)
        found(d, WORRY, "alarms",
              QP_TR(d->c, "and %lld more: see /api/v1/node of the nodes below",
                    "另有 %lld 条：请看下级各节点的 /api/v1/node"),
              (long long)more);
}

static void look_at_scrub(struct doctor *d, const struct qp_here *h, const json_t *scrub)
{
    char at[40];
    if (!scrub)
        return;
    found(d, FINE, "scrub",
          QP_TR(d->c, "%lld of %lld records looked at, 256 a second; whole passes: %lld, the last at %s",
                "已查 %lld / %lld 条记录，每秒 256 条；完整巡检 %lld 遍，最近一遍完成于 %s"),
          (long long)json_integer_value(json_object_get(scrub, "at")),
          (long long)json_integer_value(json_object_get(scrub, "head")),
          (long long)json_integer_value(json_object_get(scrub, "passes")),
          json_is_string(json_object_get(scrub, "finished"))
              ? qp_here_second(h, qp_text_of(scrub, "finished"), at)
              : "-");
    if (!json_object_get(scrub, "rows")) /* a node of an earlier version */
        return;
    found(d, FINE, "scrub",
          QP_TR(d->c,
                "%lld rows of the tables looked at, up to 4096 a second; whole passes: %lld, the last at %s",
                "已查数据表 %lld 行，每秒至多 4096 行；完整巡检 %lld 遍，最近一遍完成于 %s"),
          (long long)json_integer_value(json_object_get(scrub, "rows")),
          (long long)json_integer_value(json_object_get(scrub, "table_passes")),
          json_is_string(json_object_get(scrub, "tables_finished"))
              ? qp_here_second(h, qp_text_of(scrub, "tables_finished"), at)
              : "-");
}

/* Its answer of GET /api/v1/node. */
static void look_at_answer(struct doctor *d, const char *url, json_t *v)
{
    struct qp_here h;
    json_t *l = json_object_get(v, "parent");
    qp_here_take(&h, v);
    found(d, FINE, "node", QP_TR(d->c, "%s runs at %s", "%s 运行于 %s"), qp_text_of(v, "path"), url);
    if (json_is_object(l) && strcmp(qp_text_of(l, "state"), "live") == 0)
        found(d, FINE, "link", QP_TR(d->c, "to its parent %s: live", "通往上级 %s：畅通"),
              qp_text_of(l, "path"));
    found(d, FINE, "policy", QP_TR(d->c, "in force: %s", "现行：%s"),
          qp_text_of(json_object_get(v, "policy"), "version"));
    look_at_alarms(d, v);
    look_at_limits(d, &h, v);
    look_at_scrub(d, &h, json_object_get(v, "scrub"));
    qp_here_free(&h);
}

static void look_at_running(struct doctor *d)
{
    struct qp_client cl;
    char url[300], token[512];
    struct qp_err e = {0};
    json_t *v = NULL;
    if (qp_place_url(d->c, url, &e) || qp_place_token(d->c, token, &e) || qp_client_to(&cl, url, token, &e)) {
        found_err(d, WORRY, "node", &e);
        return;
    }
    cl.timeout_ms = 5000;
    int rc = qp_client_json(&cl, "GET", "/api/v1/node", NULL, NULL, &v, &e);
    qp_client_close(&cl);
    if (rc) {
        found_err(d, WORRY, "node", &e);
        return;
    }
    look_at_answer(d, url, v);
    json_decref(v);
}

/* The ground of maps: without one they are outlines alone, so it is no fault that none is set. */
static void look_at_map(struct doctor *d, const struct qp_config *conf)
{
    const char *path = qp_config_text(conf, QP_SETTING_http_map_file);
    struct qp_map_file m;
    qp_map_file_open(path, &m);
    found(d, m.state == QP_MAP_FINE || m.state == QP_MAP_NONE ? FINE : WORRY, "map", "%s%s%s",
          qp_map_state_text(m.state, d->c->zh), *path ? " " : "", path);
    qp_map_file_close(&m);
}

json_t *qp_doctor_look(const struct qp_cli *c, int *exit_code, struct qp_err *e)
{
    struct doctor d = {.c = c, .list = json_array()};
    struct qp_place_paths p;
    struct qp_config conf;
    struct qp_err why = {0};
    if (qp_place_paths(&p, c->dir, e)) {
        json_decref(d.list);
        return NULL;
    }
    qp_config_defaults(&conf);
    int rc = qp_config_load(&conf, c->dir, &why);
    if (!rc)
        found(&d, FINE, "settings", "%s", QP_TR(c, "are sound", "无误"));
    else
        found_err(&d, BAD, "settings", &why);
    look_at_keys(&d, &p);
    look_at_disk(&d, &p, &conf);
    look_at_map(&d, &conf);
    look_at_clock(&d);
    look_at_store(&d);
    look_at_running(&d);
    *exit_code = d.worst == BAD ? QP_EXIT_FAILED : d.worst == WORRY ? QP_EXIT_DEGRADED : QP_EXIT_OK;
    return d.list;
}

int qp_verb_doctor(struct qp_cli *c)
{
    struct qp_err e = {0};
    int code;
    json_t *list = qp_doctor_look(c, &code, &e);
    if (!list)
        return qp_complain_err(c, &e);
    if (c->json)
        qp_print_json(json_pack("{s:b,s:O}", "ok", code == QP_EXIT_OK, "checks", list));
    json_decref(list);
    return code;
}
