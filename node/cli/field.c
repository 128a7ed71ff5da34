/* field.c: `qipan duty on|off|list|position`, `qipan patrol start|checkpoint|pause|resume|stop|list|show|compliance`: thin over
 * the API. A command has all options of its words; which of them a word takes, the node says by the field's name. */
#include <stdlib.h>
#include <string.h>

#include "node/cli/page.h"
#include "topology/shown.h"

/* ---- the options of both (table.c) ---- */

const struct qp_cli_option qp_duty_options[] = {
    {"until", "TIME", "`on`: when the shift ends (24 hours at the latest)", "on：何时下岗（最迟 24 小时）"},
    {"grid", "CODE", "`on`: in which grid", "on：所在网格"},
    {"person", "NAME", "somebody else, as his commander", "他人（须为指挥长）"},
    {"reason", "TEXT", "why it is said for somebody else", "代他人登记的原因"},
    {"lat", "DEGREES", "`position`, `list`: latitude", "position、list：纬度"},
    {"lon", "DEGREES", "`position`, `list`: longitude", "position、list：经度"},
    {"crs", "NAME", "of --lat and --lon: wgs84, cgcs2000, gcj02, bd09",
     "--lat、--lon 的坐标系：wgs84、cgcs2000、gcj02、bd09"},
    {"area", "PATH", "`list`: in this area and below", "list：此区域及其以下"},
    {"limit", "N", "`list`: at most N (50)", "list：至多 N 人（50）"},
    {"cursor", "CURSOR", "`list`: go on where the last page ended", "list：接上一页"},
    {NULL, NULL, NULL, NULL},
};
const struct qp_cli_option qp_patrol_options[] = {
    {"grid", "CODE", "`start`: of which grid; `list`: only of this grid", "start：哪个网格；list：仅此网格"},
    {"with", "ROLE=N,...", "`start`: who goes along, as police=2,volunteer=3",
     "start：同行人员，如 police=2,volunteer=3"},
    {"police", NULL, "`start`: police is with it", "start：有民警参加"},
    {"note", "TEXT", "what was found", "发现的情况"},
    {"matter", "ID", "`checkpoint`: the matter that was made of it", "checkpoint：为此登记的事项"},
    {"lat", "DEGREES", "`checkpoint`: latitude", "checkpoint：纬度"},
    {"lon", "DEGREES", "`checkpoint`: longitude", "checkpoint：经度"},
    {"crs", "NAME", "of --lat and --lon: wgs84, cgcs2000, gcj02, bd09",
     "--lat、--lon 的坐标系：wgs84、cgcs2000、gcj02、bd09"},
    {"at", "TIME", "when it was, if the phone was offline", "实际时间（手机曾离线时）"},
    {"key", "KEY", "the same key again changes nothing", "同一个键重复提交不会重复办理"},
    {"by", "WHAT", "`compliance`: area, grid, day, week", "compliance：area、grid、day、week"},
    {"area", "PATH", "`list`, `compliance`: of this area", "list、compliance：区域"},
    {"from", "TIME", "`list`, `compliance`: from", "list、compliance：起"},
    {"to", "TIME", "`list`, `compliance`: before", "list、compliance：止"},
    {"limit", "N", "`list`: at most N (50)", "list：至多 N 条（50）"},
    {"cursor", "CURSOR", "`list`: go on where the last page ended", "list：接上一页"},
    {NULL, NULL, NULL, NULL},
};

/* ---- a call ---- */

/* Texts as they are, numbers as numbers; left out where they were not given. False: one is no number. */
static bool text_into(const struct qp_cli *c, json_t *o, const char *name)
{
    const char *v = qp_opt_text(c, name);
    if (v)
        json_object_set_new(o, name, json_string(v));
    return true;
}

static bool number_into(const struct qp_cli *c, json_t *o, const char *name)
{
    const char *v = qp_opt(c, name);
    char *end = NULL;
    double d = v ? strtod(v, &end) : 0;
    if (v && (end == v || *end)) {
        qp_complain(c, 0, QP_TR(c, "--%s wants a number", "--%s 须为数字"), name);
        return false;
    }
    if (v)
        json_object_set_new(o, name, json_real(d));
    return true;
}

/* Takes the body. *out NULL where it was printed as JSON. */
static int call(const struct qp_cli *c, const char *method, const char *path, json_t *body, json_t **out)
{
    struct qp_client cl;
    char headers[QP_KEY_HEADER] = "";
    *out = NULL;
    int rc = strcmp(c->verb->name, "patrol") == 0 ? qp_key_header(c, headers) : 0;
    if (!rc)
        rc = qp_client_open(&cl, c);
    if (!rc) {
        rc = qp_client_ask(&cl, c, method, path, headers, body, out);
        qp_client_close(&cl);
    }
    json_decref(body);
    if (!rc && c->json && *out) {
        qp_print_json(*out);
        *out = NULL;
    }
    return rc;
}

static long long whole(const json_t *o, const char *name)
{
    return (long long)json_integer_value(json_object_get(o, name));
}

/* Where a cut-off branch is: nobody there is known to be away (GR3). */
static void show_unknown(const struct qp_cli *c, const json_t *answer)
{
    json_t *row;
    size_t i;
    json_array_foreach(json_object_get(answer, "unknown"), i, row) qp_tell(
        c, QP_TR(c, "%s is not heard: who is on duty there is not known", "收不到 %s：其在岗情况未知"),
        qp_text_of(row, "node"));
}

static int list_of(const struct qp_cli *c, const struct qp_page *p)
{
    struct qp_client cl;
    json_t *answer = NULL;
    int rc = qp_client_open(&cl, c);
    if (!rc) {
        rc = qp_page_show(c, &cl, p, &answer);
        qp_client_close(&cl);
    }
    show_unknown(c, answer);
    json_decref(answer);
    return rc;
}

/* ---- duty ---- */

static void show_person(const struct qp_cli *c, void *arg, const json_t *p)
{
    (void)arg;
    const json_t *m = json_object_get(p, "distance_m");
    char far[32] = "";
    if (json_is_number(m))
        snprintf(far, sizeof far, "%.0f m", json_number_value(m));
    printf("%-16s %-10s %-8s %-8s %s  %s\n", qp_text_of(p, "person"), qp_text_of(p, "title"),
           qp_text_of(p, "grid"), far, qp_text_of(p, "node"), qp_text_of(p, QP_TR(c, "reason", "reason_zh")));
}

static int duty_say(const struct qp_cli *c, bool on)
{
    json_t *out, *body = json_pack("{s:b}", "on", (int)on);
    static const char *const fields[] = {"until", "grid", "person", "reason"};
    for (size_t i = 0; i < 4; i++)
        text_into(c, body, fields[i]);
    int rc = call(c, "POST", "/api/v1/duty", body, &out);
    if (!rc && out)
        qp_tell(c,
                on ? QP_TR(c, "%s is on duty until %s", "%s 在岗，至 %s")
                   : QP_TR(c, "%s is off duty%s", "%s 已下岗%s"),
                qp_text_of(out, "person"), on ? qp_text_of(out, "until") : "");
    json_decref(out);
    return rc;
}

static int duty_position(const struct qp_cli *c)
{
    json_t *out, *body = json_object();
    if (!number_into(c, body, "lat") || !number_into(c, body, "lon")) {
        json_decref(body);
        return QP_EXIT_USAGE;
    }
    text_into(c, body, "crs");
    int rc = call(c, "POST", "/api/v1/duty/position", body, &out);
    json_decref(out);
    return rc;
}

int qp_verb_duty(struct qp_cli *c)
{
    static const char *const args[][2] = {{"area", "area"}, {"lat", "lat"},     {"lon", "lon"},
                                          {"crs", "crs"},   {"limit", "limit"}, {"cursor", "cursor"},
                                          {NULL, NULL}};
    const struct qp_page page = {.path = "/api/v1/duty",
                                 .args = args,
                                 .show = show_person,
                                 .none = QP_TR(c, "nobody is on duty", "无人在岗")};
    const char *what = c->args[0];
    if (strcmp(what, "on") == 0 || strcmp(what, "off") == 0)
        return duty_say(c, what[1] == 'n');
    if (strcmp(what, "position") == 0)
        return duty_position(c);
    if (strcmp(what, "list") == 0)
        return list_of(c, &page);
    return qp_complain(c, QP_EXIT_USAGE,
                       QP_TR(c, "duty \"%.*s\": say on, off, list or position",
                             "duty“%.*s”：请用 on、off、list 或 position"),
                       qp_shown(what, 40), what);
}

/* ---- patrol ---- */

static void show_patrol(const struct qp_cli *c, void *arg, const json_t *p)
{
    (void)arg;
    const char *stopped = qp_text_of(p, "stopped");
    printf(QP_TR(c, "%s  %-8s %-12s %s  %lld min%s%s\n", "%s  %-8s %-12s %s  %lld 分钟%s%s\n"),
           qp_text_of(p, "id"), qp_text_of(p, "grid"), qp_text_of(p, "person"), qp_text_of(p, "started"),
           whole(p, "minutes"),
           json_is_true(json_object_get(p, "police")) ? QP_TR(c, ", with police", "，警格联动") : "",
           *stopped ? "" : QP_TR(c, ", goes on", "，进行中"));
}

static void show_compliance(const struct qp_cli *c, void *arg, const json_t *r)
{
    (void)arg;
    long long today =
        whole(r, "done") - whole(r, "met"); /* of a day that has not ended, or where there is no plan */
    printf(QP_TR(c, "%-40s planned %lld, done %lld, short %lld, missed %lld",
                 "%-40s 计划 %lld，达标 %lld，不足 %lld，未巡 %lld"),
           qp_text_of(r, "key"), whole(r, "planned"), whole(r, "met"), whole(r, "short"), whole(r, "missed"));
    if (today > 0)
        printf(QP_TR(c, "; besides the plan, or today: %lld", "；计划外或当日已达标 %lld"), today);
    putchar('\n');
}

/* police=2,volunteer=3 */
static bool with_into(const struct qp_cli *c, json_t *body)
{
    const char *p = qp_opt(c, "with");
    json_t *list = json_array();
    for (; p && *p;) {
        size_t n = strcspn(p, ",");
        const char *eq = memchr(p, '=', n);
        char *end = NULL;
        long count = eq ? strtol(eq + 1, &end, 10) : 0;
        if (!eq || eq == p || end != p + n || count < 1) {
            qp_complain(c, 0,
                        QP_TR(c, "--with wants ROLE=N,..., as police=2,volunteer=3",
                              "--with 形如 police=2,volunteer=3"));
            json_decref(list);
            return false;
        }
        json_array_append_new(list, json_pack("{s:o,s:I}", "role", json_stringn(p, (size_t)(eq - p)), "count",
                                              (json_int_t)count));
        p += n + (p[n] == ',');
    }
    json_object_set_new(body, "with", list);
    return true;
}

static int patrol_start(const struct qp_cli *c)
{
    json_t *out, *body = json_object();
    text_into(c, body, "grid");
    text_into(c, body, "at");
    if (qp_flag(c, "police"))
        json_object_set_new(body, "police", json_true());
    if (!with_into(c, body)) {
        json_decref(body);
        return QP_EXIT_USAGE;
    }
    int rc = call(c, "POST", "/api/v1/patrols", body, &out);
    if (!rc && out)
        puts(qp_text_of(out, "id")); /* nothing else: for $(...) */
    json_decref(out);
    return rc;
}

static int patrol_mark(const struct qp_cli *c, const char *what)
{
    json_t *out, *body = json_object();
    char path[120];
    char *id = qp_escape(c->args[1]);
    static const char *const texts[] = {"note", "matter", "at", "crs"};
    for (size_t i = 0; i < 4; i++)
        text_into(c, body, texts[i]);
    bool ok = number_into(c, body, "lat") && number_into(c, body, "lon");
    snprintf(path, sizeof path, "/api/v1/patrols/%.60s/%s", id, what);
    free(id);
    if (!ok) {
        json_decref(body);
        return QP_EXIT_USAGE;
    }
    int rc = call(c, "POST", path, body, &out);
    if (!rc && out && !c->quiet)
        show_patrol(c, NULL, out);
    json_decref(out);
    return rc;
}

static int patrol_show(const struct qp_cli *c)
{
    json_t *out;
    char path[120];
    char *id = qp_escape(c->args[1]);
    snprintf(path, sizeof path, "/api/v1/patrols/%.60s", id);
    free(id);
    int rc = call(c, "GET", path, NULL, &out);
    if (!rc && out && !c->quiet)
        show_patrol(c, NULL, out);
    json_decref(out);
    return rc;
}

int qp_verb_patrol(struct qp_cli *c)
{
    static const char *const listing[][2] = {{"grid", "grid"}, {"area", "area"},   {"from", "from"},
                                             {"to", "to"},     {"limit", "limit"}, {"cursor", "cursor"},
                                             {NULL, NULL}};
    static const char *const counting[][2] = {
        {"by", "by"}, {"area", "area"}, {"from", "from"}, {"to", "to"}, {NULL, NULL}};
    static const char *const marks[] = {"checkpoint", "pause", "resume", "stop"};
    const struct qp_page list = {.path = "/api/v1/patrols",
                                 .args = listing,
                                 .show = show_patrol,
                                 .none = QP_TR(c, "no patrol", "没有巡查")},
                         count = {.path = "/api/v1/patrols:compliance",
                                  .args = counting,
                                  .items = "rows",
                                  .show = show_compliance,
                                  .none = QP_TR(c, "nothing is planned or done there", "该处无计划也无巡查")};
    const char *what = c->args[0];
    if (strcmp(what, "start") == 0 && c->nargs == 1)
        return patrol_start(c);
    if (strcmp(what, "list") == 0 && c->nargs == 1)
        return list_of(c, &list);
    if (strcmp(what, "compliance") == 0 && c->nargs == 1)
        return list_of(c, &count);
    if (strcmp(what, "show") == 0 && c->nargs == 2)
        return patrol_show(c);
    for (size_t i = 0; i < 4; i++)
        if (strcmp(what, marks[i]) == 0 && c->nargs == 2)
            return patrol_mark(c, what);
    return qp_complain(c, QP_EXIT_USAGE, "qipan %s %s", c->verb->name, c->verb->words);
}
