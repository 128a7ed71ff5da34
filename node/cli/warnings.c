/* warnings.c: `qipan warnings`: what a running node, and those below it, have found unusual, and what people make of it.
 * (`qipan warn` works the methods on files, without a node.) */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/cli/page.h"
#include "node/cli/show.h"

const struct qp_cli_option qp_warnings_options[] = {
    {"state", "STATE", "watch, raised, ended, dismissed, withdrawn (else all but withdrawn)",
     "watch、raised、ended、dismissed、withdrawn（默认除 withdrawn 外全部）"},
    {"area", "PATH", "of this area and all below it", "该区域及其以下"},
    {"category", "TEXT", "of this category", "该类别"},
    {"from", "DAY", "seen on this day or later", "自该日起"},
    {"to", "DAY", "seen before this day", "至该日前"},
    {"limit", "N", "at most N (50)", "至多 N 条（50）"},
    {"cursor", "CURSOR", "go on where the last page ended", "接上一页"},
    {"note", "TEXT", "with `note`: what is to be remembered", "note：备注"},
    {"reason", "TEXT", "with `dismiss`: why it is nothing", "dismiss：解除的理由"},
    {"text", "TEXT", "with `matter`: the matter's text", "matter：事项的内容"},
    {NULL, NULL, NULL, NULL},
};

/* What is said of one, and by which option. */
static const struct {
    const char *verb, *option, *field;
    bool must;
} verbs[] = {
    {"note", "note", "note", true},
    {"dismiss", "reason", "reason", true},
    {"matter", "text", "text", false},
};

static const char *state_word(const struct qp_cli *c, const char *state)
{
    static const struct {
        const char *en, *zh;
    } words[] = {{"watch", "关注"},
                 {"raised", "预警"},
                 {"ended", "结束"},
                 {"dismissed", "解除"},
                 {"withdrawn", "撤回"}};
    for (size_t i = 0; c->zh && i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i].en, state) == 0)
            return words[i].zh;
    return state;
}

static void show_line(const struct qp_cli *c, const json_t *w)
{
    printf("%s  ", qp_text_of(w, "id"));
    qp_print_padded(state_word(c, qp_text_of(w, "state")), 10);
    printf(" %s..%s  ", qp_text_of(w, "first_day"), qp_text_of(w, "last_day"));
    qp_print_padded(qp_text_of(w, "area"), 28);
    putchar(' ');
    qp_print_padded(qp_text_of(w, "category"), 20);
    printf(QP_TR(c, " %lld in %lld d, %.1f expected, score %.1f\n",
                 " %2$lld 日 %1$lld 件，预期 %3$.1f，分值 %4$.1f\n"),
           (long long)json_integer_value(json_object_get(w, "seen")),
           (long long)json_integer_value(json_object_get(w, "window")),
           json_number_value(json_object_get(w, "expected")), json_number_value(json_object_get(w, "score")));
}

static void show_all(const struct qp_cli *c, const json_t *w)
{
    const json_t *n, *f = json_object_get(w, "factors");
    size_t i;
    show_line(c, w);
    printf(QP_TR(c,
                 "  strongest on %s; from %lld matters that day it alarms; weekday x%.2f, week x%.2f, new "
                 "year x%.2f\n",
                 "  最强于 %s；当日达 %lld 件即报警；星期 x%.2f，周次 x%.2f，春节 x%.2f\n"),
           qp_text_of(w, "day"), (long long)json_integer_value(json_object_get(w, "limit")),
           json_number_value(json_object_get(f, "weekday")), json_number_value(json_object_get(f, "week")),
           json_number_value(json_object_get(f, "new_year")));
    json_array_foreach(json_object_get(w, "notes"), i, n)
        printf("  %s  %s  %s: %s\n", qp_text_of(n, "at"), qp_text_of(n, "by"), qp_text_of(n, "what"),
               qp_text_of(n, "text"));
    if (qp_text_of(w, "matter")[0] != 0)
        printf("  %s %s\n", QP_TR(c, "made into the matter", "已立事项"), qp_text_of(w, "matter"));
}

static void show_row(const struct qp_cli *c, void *arg, const json_t *w)
{
    (void)arg;
    show_line(c, w);
}

static int list(struct qp_cli *c, struct qp_client *cl)
{
    static const char *const args[][2] = {{"state", "state"},   {"area", "area"}, {"category", "category"},
                                          {"from", "from"},     {"to", "to"},     {"limit", "limit"},
                                          {"cursor", "cursor"}, {NULL, NULL}};
    const struct qp_page page = {.path = "/api/v1/warnings",
                                 .args = args,
                                 .show = show_row,
                                 .none = QP_TR(c, "nothing unusual is known", "无异常")};
    return qp_page_show(c, cl, &page, NULL);
}

static int one(struct qp_cli *c, struct qp_client *cl, const char *method, const char *path, json_t *body)
{
    json_t *out = NULL;
    int rc = qp_client_ask(cl, c, method, path, NULL, body, &out);
    if (!rc && c->json) {
        qp_print_json(out);
        return 0;
    }
    if (!rc)
        show_all(c, out);
    json_decref(out);
    return rc;
}

/* -1: none of the three. */
static int verb_of(const char *name)
{
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (strcmp(verbs[i].verb, name) == 0)
            return (int)i;
    return -1;
}

static int on_one(struct qp_cli *c, struct qp_client *cl, const char *what, const char *id)
{
    char path[400];
    int v = verb_of(what);
    char *escaped = qp_escape(id);
    if (!escaped)
        return qp_complain(c, QP_EXIT_FAILED, "%s", QP_TR(c, "out of memory", "内存不足"));
    snprintf(path, sizeof path, "/api/v1/warnings/%.200s%s%s", escaped, v < 0 ? "" : "/", v < 0 ? "" : what);
    free(escaped);
    if (v < 0)
        return one(c, cl, "GET", path, NULL);
    const char *text = qp_opt_text(c, verbs[v].option);
    if (verbs[v].must && (!text || !*text))
        return qp_complain(c, QP_EXIT_USAGE,
                           QP_TR(c, "`warnings %s` needs --%s TEXT", "`warnings %s` 需要 --%s TEXT"), what,
                           verbs[v].option);
    json_t *body = json_object();
    if (text)
        json_object_set_new(body, verbs[v].field, json_string(text));
    int rc = one(c, cl, "POST", path, body);
    json_decref(body);
    return rc;
}

int qp_verb_warnings(struct qp_cli *c)
{
    struct qp_client cl;
    const char *what = c->nargs > 0 ? c->args[0] : "list";
    bool lists = strcmp(what, "list") == 0, shows = strcmp(what, "show") == 0;
    if (!lists && !shows && verb_of(what) < 0)
        return qp_complain(c, QP_EXIT_USAGE,
                           QP_TR(c, "`warnings %s`: there are list, show, note, dismiss and matter",
                                 "`warnings %s`：可用 list、show、note、dismiss、matter"),
                           what);
    if (lists ? c->nargs > 1 : c->nargs != 2)
        return qp_complain(c, QP_EXIT_USAGE, QP_TR(c, "`warnings %s` takes %s", "`warnings %s` 的参数：%s"),
                           what, lists ? QP_TR(c, "no ID", "无") : "ID");
    int rc = qp_client_open(&cl, c);
    if (rc)
        return rc;
    rc = lists ? list(c, &cl) : on_one(c, &cl, what, c->args[1]);
    qp_client_close(&cl);
    return rc;
}
