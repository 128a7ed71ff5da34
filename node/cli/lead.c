/* lead.c: `qipan lead`: clues that a running node, and those below it, have brought together, and what people make of them.
 * (`qipan leads` works on a file, without a node.) */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/cli/page.h"
#include "node/cli/show.h"

const struct qp_cli_option qp_lead_options[] = {
    {"state", "STATE", "joined, proposed, confirmed, dismissed, alone (else all but alone)",
     "joined、proposed、confirmed、dismissed、alone（默认除 alone 外全部）"},
    {"area", "PATH", "of this area and all below it", "该区域及其以下"},
    {"limit", "N", "at most N (50)", "至多 N 条（50）"},
    {"cursor", "CURSOR", "go on where the last page ended", "接上一页"},
    {"matter", "ID", "with `join`, `split`, `undo`: which matter", "join、split、undo：哪个事项"},
    {"note", "TEXT", "with `confirm`, `join`, `undo`: what is to be remembered", "confirm、join、undo：备注"},
    {"reason", "TEXT", "with `dismiss`, `split`: why it is not so", "dismiss、split：理由"},
    {"text", "TEXT", "with `matter`: the matter's text", "matter：事项的内容"},
    {NULL, NULL, NULL, NULL},
};

/* What is said of one, and by which option; which of them name a matter. */
static const struct {
    const char *verb, *option;
    bool must, matter, matter_must;
} verbs[] = {
    {"confirm", "note", false, false, false}, {"dismiss", "reason", true, false, false},
    {"join", "note", false, true, true},      {"split", "reason", false, true, true},
    {"undo", "note", false, true, false},     {"matter", "text", false, false, false},
};

static const char *word(const struct qp_cli *c, const char *name)
{
    static const struct {
        const char *en, *zh;
    } words[] = {{"joined", "已合并"},    {"proposed", "待确认"}, {"confirmed", "已确认"},
                 {"dismissed", "已排除"}, {"alone", "单独"},      {"confirm", "确认"},
                 {"dismiss", "排除"},     {"join", "并入"},       {"split", "拆出"},
                 {"decline", "不并入"},   {"matter", "立案"}};
    for (size_t i = 0; c->zh && i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i].en, name) == 0)
            return words[i].zh;
    return name;
}

static long long number(const json_t *o, const char *name)
{
    return (long long)json_integer_value(json_object_get(o, name));
}

static void show_line(const struct qp_cli *c, const json_t *l)
{
    const json_t *s;
    size_t i;
    printf("%s  ", qp_text_of(l, "id"));
    qp_print_padded(word(c, qp_text_of(l, "state")), 10);
    putchar(' ');
    qp_print_padded(qp_text_of(l, "area"), 28);
    printf(QP_TR(c, " %lld joined, %lld proposed ", " 已并入 %lld，待确认 %lld "), number(l, "joined"),
           number(l, "proposed"));
    json_array_foreach(json_object_get(l, "sources"), i, s)
        printf(" %s %lld", qp_text_of(s, "source"), number(s, "matters"));
    putchar('\n');
}

static void show_notes(const struct qp_cli *c, const json_t *list, const char *indent)
{
    const json_t *n;
    size_t i;
    json_array_foreach(list, i, n)
        printf("%s%s  %s  %s: %s\n", indent, qp_text_of(n, "at"), qp_text_of(n, "by"),
               word(c, qp_text_of(n, "what")), qp_text_of(n, "text"));
}

static void show_matter(const struct qp_cli *c, const json_t *m)
{
    const json_t *w;
    size_t i;
    printf("  %s  ", qp_text_of(m, "id"));
    qp_print_padded(word(c, qp_text_of(m, "how")), 8);
    printf(" %.2f  ", json_number_value(json_object_get(m, "likeness")));
    qp_print_padded(qp_text_of(m, "area"), 28);
    printf(" %s  %s\n", qp_text_of(m, "source"), qp_text_of(m, "title"));
    if (json_array_size(json_object_get(m, "why")) > 0) {
        printf("      %s", QP_TR(c, "shared:", "共同："));
        json_array_foreach(json_object_get(m, "why"), i, w) printf(" %s", json_string_value(w));
        putchar('\n');
    }
    show_notes(c, json_object_get(m, "moves"), "      ");
}

static void show_all(const struct qp_cli *c, const json_t *l)
{
    const json_t *m;
    size_t i;
    show_line(c, l);
    json_array_foreach(json_object_get(l, "matters"), i, m) show_matter(c, m);
    if (number(l, "rest") > 0)
        printf(QP_TR(c, "  and %lld that are not shown\n", "  另有 %lld 件未显示\n"), number(l, "rest"));
    json_array_foreach(json_object_get(l, "also"), i, m)
        printf("  %s %s  %s\n", QP_TR(c, "also in", "另见"), qp_text_of(m, "id"), qp_text_of(m, "area"));
    show_notes(c, json_object_get(l, "words"), "  ");
    if (qp_text_of(l, "matter")[0] != 0)
        printf("  %s %s\n", QP_TR(c, "made into the matter", "已立事项"), qp_text_of(l, "matter"));
}

static void show_row(const struct qp_cli *c, void *arg, const json_t *l)
{
    (void)arg;
    show_line(c, l);
}

static int list(struct qp_cli *c, struct qp_client *cl)
{
    static const char *const args[][2] = {
        {"state", "state"}, {"area", "area"}, {"limit", "limit"}, {"cursor", "cursor"}, {NULL, NULL}};
    const struct qp_page page = {.path = "/api/v1/leads",
                                 .args = args,
                                 .show = show_row,
                                 .none = QP_TR(c, "no lead is known", "无线索")};
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

/* -1: none of them. */
static int verb_of(const char *name)
{
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (strcmp(verbs[i].verb, name) == 0)
            return (int)i;
    return -1;
}

/* 0, and the body; or what is missing was told. */
static int body_of(struct qp_cli *c, int v, json_t **body)
{
    const char *text = qp_opt_text(c, verbs[v].option), *matter = qp_opt(c, "matter");
    const char *missing = verbs[v].must && (!text || !*text) ? verbs[v].option
                          : verbs[v].matter_must && !matter  ? "matter"
                                                             : NULL;
    if (missing)
        return qp_complain(c, QP_EXIT_USAGE, QP_TR(c, "`lead %s` needs --%s", "`lead %s` 需要 --%s"),
                           verbs[v].verb, missing);
    if (matter && !verbs[v].matter)
        return qp_complain(c, QP_EXIT_USAGE,
                           QP_TR(c, "`lead %s` is of the lead as a whole: leave --matter out",
                                 "`lead %s` 针对整条线索：请去掉 --matter"),
                           verbs[v].verb);
    *body = json_object();
    if (text)
        json_object_set_new(*body, verbs[v].option, json_string(text));
    if (matter)
        json_object_set_new(*body, "matter", json_string(matter));
    return 0;
}

static int on_one(struct qp_cli *c, struct qp_client *cl, const char *what, const char *id)
{
    char path[400];
    int v = verb_of(what);
    char *escaped = qp_escape(id);
    if (!escaped)
        return qp_complain(c, QP_EXIT_FAILED, "%s", QP_TR(c, "out of memory", "内存不足"));
    snprintf(path, sizeof path, "/api/v1/leads/%.200s%s%s", escaped, v < 0 ? "" : "/", v < 0 ? "" : what);
    free(escaped);
    if (v < 0)
        return one(c, cl, "GET", path, NULL);
    json_t *body = NULL;
    int rc = body_of(c, v, &body);
    if (!rc)
        rc = one(c, cl, "POST", path, body);
    json_decref(body);
    return rc;
}

int qp_verb_lead(struct qp_cli *c)
{
    struct qp_client cl;
    const char *what = c->nargs > 0 ? c->args[0] : "list";
    bool lists = strcmp(what, "list") == 0, shows = strcmp(what, "show") == 0;
    if (!lists && !shows && verb_of(what) < 0)
        return qp_complain(
            c, QP_EXIT_USAGE,
            QP_TR(c, "`lead %s`: there are list, show, confirm, dismiss, join, split, undo and matter",
                  "`lead %s`：可用 list、show、confirm、dismiss、join、split、undo、matter"),
            what);
    if (lists ? c->nargs > 1 : c->nargs != 2)
        return qp_complain(c, QP_EXIT_USAGE, QP_TR(c, "`lead %s` takes %s", "`lead %s` 的参数：%s"), what,
                           lists ? QP_TR(c, "no ID", "无") : "ID");
    int rc = qp_client_open(&cl, c);
    if (rc)
        return rc;
    rc = lists ? list(c, &cl) : on_one(c, &cl, what, c->args[1]);
    qp_client_close(&cl);
    return rc;
}
