/* circular.c: `qipan circular`: issued, listed, shown, accepted and sent back at a running node; figures of anybody checked
 * without one. `circular verify` is circular_verify.c's. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/cli/circular.h"
#include "node/cli/page.h"
#include "node/cli/show.h"
#include "node/insight/circular/figure.h"
#include "node/insight/circular/print.h"
#include "proto/limits.h"

const struct qp_cli_option qp_circular_options[] = {
    {"period", "day|week|month", "with `list`: of this kind alone", "list：只列此周期"},
    {"of", "PATH", "with `list`: of this node alone", "list：只列该节点"},
    {"limit", "N", "with `list`, `matters`: at most N (50)", "list、matters：至多 N 条（50）"},
    {"cursor", "CURSOR", "go on where the last page ended", "接上一页"},
    {"by", "area|desk|source|category|view",
     "with `show`: its parts, instead of the total; with `matters`: of --part",
     "show：分项（默认合计）；matters：--part 所属的分项"},
    {"figure", "NAME", "with `matters`: behind which figure, as --json of `show` names it",
     "matters：哪一项数字，其名见 show 的 --json"},
    {"part", "KEY", "with `matters` and --by: of which part, as `show --by` tells it",
     "matters 与 --by 合用：哪一分项，见 show --by"},
    {"form", "html|xlsx|csv", "with `show`: as it is printed", "show：打印用的格式"},
    {"output", "FILE", "with --form: where to write it; else to standard output",
     "与 --form 合用：写到哪里（默认标准输出）"},
    {"reason", "TEXT", "with `return`: why it is sent back; with `accept` if there is one",
     "return：退回的理由；accept 可附"},
    {"key", "KEY", "with `issue`: the same key again issues no second one",
     "issue：同一个键重复提交不会再发"},
    {"export", "FILE", "with `verify`: what `qipan export` of the node that issued it wrote",
     "verify：签发节点 `qipan export` 的输出"},
    {NULL, NULL, NULL, NULL},
};

/* ---- showing ---- */

static const char *state_word(const struct qp_cli *c, const char *state)
{
    static const struct {
        const char *en, *zh;
    } words[] = {{"issued", "已签发"},
                 {"accepted", "上级已接受"},
                 {"returned", "上级已退回"},
                 {"corrected", "已更正"}};
    for (size_t i = 0; c->zh && i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i].en, state) == 0)
            return words[i].zh;
    return state;
}

static void show_line(const struct qp_cli *c, const json_t *x)
{
    printf("%s  ", qp_text_of(x, "id"));
    qp_print_padded(qp_text_of(x, "name"), 11);
    printf(QP_TR(c, " no. %-5lld ", " 第 %-5lld 号 "),
           (long long)json_integer_value(json_object_get(x, "number")));
    qp_print_padded(qp_text_of(x, "node"), 32);
    printf(" %s\n", state_word(c, qp_text_of(x, "state")));
}

static void numbers(uint64_t n[2], const json_t *o)
{
    n[0] = (uint64_t)json_integer_value(json_object_get(o, "numerator"));
    n[1] = (uint64_t)json_integer_value(json_object_get(o, "denominator"));
}

static void show_figure(const struct qp_cli *c, const json_t *f)
{
    int i = qp_figure_parse(qp_text_of(f, "name"));
    uint64_t is[2], was[2];
    char share[QP_FIGURE_TEXT], change[QP_FIGURE_TEXT], of[64];
    if (i < 0)
        return; /* of a later build */
    const struct qp_figure_row *x = &qp_figure_rows[i];
    numbers(is, f);
    numbers(was, json_object_get(f, "before"));
    printf("  ");
    qp_print_padded(QP_TR(c, x->en, x->zh), 20);
    if (x->kind == QP_FIGURE_COUNT) {
        qp_count_change(change, is[0], was[0], 1);
        printf(" %12llu %-15s", (unsigned long long)is[0], "");
    } else {
        qp_share_text(share, is[0], is[1], 1);
        qp_share_change(change, is, was, 1);
        snprintf(of, sizeof of, "%llu/%llu", (unsigned long long)is[0], (unsigned long long)is[1]);
        printf(" %10s %% %-15s", share, of);
    }
    printf(QP_TR(c, "  before: %s\n", "  环比 %s\n"), change);
}

static void show_key(const json_t *f)
{
    const char *title = qp_text_of(f, "title"), *key = qp_text_of(f, "key");
    printf("%s%s%s\n",
           title[0] != 0 ? title
           : key[0] != 0 ? key
                         : "-",
           title[0] != 0 ? "  " : "", title[0] != 0 ? key : "");
}

static void show_all(const struct qp_cli *c, const json_t *x, const char *by)
{
    const json_t *f, *found;
    const char *key = NULL;
    size_t i;
    show_line(c, x);
    printf("  %s .. %s  %s %s\n", qp_text_of(x, "from"), qp_text_of(x, "to"), QP_TR(c, "issued", "签发"),
           qp_text_of(x, "issued_at"));
    if (qp_text_of(x, "corrects")[0] != 0)
        printf("  %s %s\n", QP_TR(c, "corrects", "更正"), qp_text_of(x, "corrects"));
    json_array_foreach(json_object_get(x, "figures"), i, f)
    {
        if (strcmp(qp_text_of(f, "by"), by) != 0)
            continue;
        if (by[0] != 0 && (!key || strcmp(key, qp_text_of(f, "key")) != 0))
            show_key(f);
        key = qp_text_of(f, "key");
        show_figure(c, f);
    }
    json_array_foreach(json_object_get(x, "findings"), i, found)
        printf("  ! %s\n", qp_text_of(found, c->zh ? "text_zh" : "text"));
    json_array_foreach(json_object_get(x, "words"), i, found)
        printf("  %s  %s  %s  %s\n", qp_text_of(found, "at"), qp_text_of(found, "node"),
               qp_text_of(found, "verb"), qp_text_of(found, "reason"));
}

/* ---- asking a node ---- */

static void show_row(const struct qp_cli *c, void *arg, const json_t *x)
{
    (void)arg;
    show_line(c, x);
}

static int list(struct qp_cli *c, struct qp_client *cl)
{
    /* the API's `node` is whose they are; the option --node is the node that is asked */
    static const char *const args[][2] = {
        {"period", "period"}, {"node", "of"}, {"limit", "limit"}, {"cursor", "cursor"}, {NULL, NULL}};
    const struct qp_page page = {.path = "/api/v1/circulars",
                                 .args = args,
                                 .show = show_row,
                                 .none = QP_TR(c, "no circular is known here", "此处还没有通报")};
    return qp_page_show(c, cl, &page, NULL);
}

static void show_matter(const struct qp_cli *c, void *arg, const json_t *m)
{
    uint64_t n[2];
    (void)c, (void)arg;
    numbers(n, m);
    printf("%s  ", qp_text_of(m, "id"));
    qp_print_padded(qp_text_of(m, "state"), 9);
    putchar(' ');
    qp_print_padded(qp_text_of(m, "area"), 32);
    printf(" %llu/%llu  %s\n", (unsigned long long)n[0], (unsigned long long)n[1], qp_text_of(m, "title"));
}

/* Which ones a figure counts: the journal is counted again for it. */
static int matters(struct qp_cli *c, struct qp_client *cl, const char *id)
{
    static const char *const args[][2] = {{"figure", "figure"}, {"by", "by"},         {"key", "part"},
                                          {"limit", "limit"},   {"cursor", "cursor"}, {NULL, NULL}};
    char path[400], names[600] = "";
    json_t *out = NULL;
    const char *figure = qp_opt(c, "figure");
    if (!figure || qp_figure_parse(figure) < 0) {
        for (size_t i = 0, n = 0; i < QP_CIRCULAR_FIGURE_N && n < sizeof names; i++)
            n += (size_t)snprintf(names + n, sizeof names - n, "%s%s", i > 0 ? ", " : "",
                                  qp_figure_rows[i].name);
        return qp_complain(c, QP_EXIT_USAGE,
                           QP_TR(c, "`circular matters` needs --figure NAME, one of %s",
                                 "`circular matters` 需要 --figure 名称，可用：%s"),
                           names);
    }
    if (qp_opt(c, "part") && !qp_opt(c, "by"))
        return qp_complain(c, QP_EXIT_USAGE, "%s",
                           QP_TR(c, "--part needs --by, which says of what it is a part",
                                 "--part 须与 --by 合用，指明按什么分项"));
    char *escaped = qp_escape(id);
    if (!escaped)
        return qp_complain(c, QP_EXIT_FAILED, "%s", QP_TR(c, "out of memory", "内存不足"));
    snprintf(path, sizeof path, "/api/v1/circulars/%.200s/matters", escaped);
    free(escaped);
    const struct qp_page page = {.path = path,
                                 .args = args,
                                 .show = show_matter,
                                 .none = QP_TR(c, "no matter stands behind this figure", "此数字下没有事项")};
    cl->timeout_ms = 200000;
    int rc = qp_page_show(c, cl, &page, &out);
    if (!rc && out && !json_is_true(json_object_get(out, "exact")))
        qp_complain(c, 0, "%s",
                    QP_TR(c, "counted by what this node knows now: it may differ from the circular",
                          "按本节点现在所知计数，可能与通报不同"));
    json_decref(out);
    return rc;
}

static int answer(struct qp_cli *c, int rc, json_t *out)
{
    const char *by = qp_opt(c, "by");
    if (!rc && c->json) {
        qp_print_json(out);
        return 0;
    }
    if (!rc)
        show_all(c, out, by ? by : "");
    json_decref(out);
    return rc;
}

static int issue(struct qp_cli *c, struct qp_client *cl)
{
    char headers[QP_KEY_HEADER];
    json_t *out = NULL, *body;
    if (c->nargs < 3)
        return qp_complain(
            c, QP_EXIT_USAGE, "%s",
            QP_TR(c, "circular issue: say the period and a day in it, as `circular issue week 2026-07-08`",
                  "circular issue：请给出周期与其中一天，如 `circular issue week 2026-07-08`"));
    int rc = qp_key_header(c, headers);
    if (rc)
        return rc;
    body = json_pack("{s:s,s:s}", "period", c->args[1], "date", c->args[2]);
    cl->timeout_ms = 200000; /* counting a large journal takes its time */
    rc = qp_client_ask(cl, c, "POST", "/api/v1/circulars", headers, body, &out);
    json_decref(body);
    return answer(c, rc, out);
}

/* As it is printed, into a file or to standard output. */
static int form(struct qp_cli *c, struct qp_client *cl, const char *id, const char *kind)
{
    char path[400];
    const char *to = qp_opt(c, "output");
    struct qp_err e = {0};
    snprintf(path, sizeof path, "/api/v1/circulars/%.100s.%.10s?lang=%s", id, kind, c->zh ? "zh" : "en");
    int rc = qp_client_call(cl, "GET", path, NULL, NULL, 0, &e);
    if (!rc && cl->answer.status / 100 != 2)
        rc = qp_client_refusal(&cl->answer, &e);
    if (rc)
        return qp_complain_err(c, &e);
    FILE *out = to && strcmp(to, "-") != 0 ? fopen(to, "we") : stdout;
    if (!out)
        return qp_complain(c, QP_EXIT_FAILED, QP_TR(c, "%s: cannot be written: %s", "%s：无法写入：%s"), to,
                           strerror(errno));
    bool whole = fwrite(cl->answer.body, 1, cl->answer.len, out) == cl->answer.len;
    if ((out == stdout ? fflush(out) : fclose(out)) != 0 || !whole)
        return qp_complain(c, QP_EXIT_FAILED, "%s",
                           QP_TR(c, "it could not be written whole", "未能完整写入"));
    return 0;
}

static int on_one(struct qp_cli *c, struct qp_client *cl, const char *what, const char *id)
{
    char path[400];
    json_t *out = NULL, *body = NULL;
    const char *reason = qp_opt_text(c, "reason"), *kind = qp_opt(c, "form");
    bool shows = strcmp(what, "show") == 0;
    char *escaped = qp_escape(id);
    if (!escaped)
        return qp_complain(c, QP_EXIT_FAILED, "%s", QP_TR(c, "out of memory", "内存不足"));
    if (strcmp(what, "return") == 0 && (!reason || *reason == 0)) {
        free(escaped);
        return qp_complain(
            c, QP_EXIT_USAGE, "%s",
            QP_TR(c, "`circular return` needs --reason TEXT", "`circular return` 需要 --reason TEXT"));
    }
    if (shows && kind) {
        int rc = form(c, cl, escaped, kind);
        free(escaped);
        return rc;
    }
    snprintf(path, sizeof path, "/api/v1/circulars/%.200s%s%s", escaped, shows ? "" : "/", shows ? "" : what);
    free(escaped);
    if (!shows)
        body = reason ? json_pack("{s:s}", "reason", reason) : json_object();
    int rc = qp_client_ask(cl, c, shows ? "GET" : "POST", path, NULL, body, &out);
    json_decref(body);
    return answer(c, rc, out);
}

static int at_node(struct qp_cli *c, const char *what)
{
    struct qp_client cl;
    int rc = qp_client_open(&cl, c);
    if (rc)
        return rc;
    if (strcmp(what, "list") == 0)
        rc = list(c, &cl);
    else if (strcmp(what, "issue") == 0)
        rc = issue(c, &cl);
    else if (strcmp(what, "matters") == 0)
        rc = matters(c, &cl, c->args[1]);
    else
        rc = on_one(c, &cl, what, c->args[1]);
    qp_client_close(&cl);
    return rc;
}

int qp_verb_circular(struct qp_cli *c)
{
    static const char *const on_a_circular[] = {"show", "matters", "accept", "return"};
    const char *what = c->nargs > 0 ? c->args[0] : "list";
    if (strcmp(what, "list") == 0 || strcmp(what, "issue") == 0)
        return at_node(c, what);
    bool known = strcmp(what, "verify") == 0 || strcmp(what, "check") == 0;
    for (size_t i = 0; i < sizeof on_a_circular / sizeof *on_a_circular; i++)
        known = known || strcmp(what, on_a_circular[i]) == 0;
    if (!known)
        return qp_complain(
            c, QP_EXIT_USAGE,
            QP_TR(c, "circular: there is no `%s`: issue, list, show, matters, verify, accept, return, check",
                  "circular：没有 `%s`：可用 issue、list、show、matters、verify、accept、return、check"),
            what);
    if (c->nargs < 2)
        return qp_complain(c, QP_EXIT_USAGE, QP_TR(c, "circular %s: which one?", "circular %s：哪一份？"),
                           what);
    if (strcmp(what, "verify") == 0)
        return qp_circular_verify(c, c->args[1]);
    return strcmp(what, "check") == 0 ? qp_circular_check_file(c, c->args[1]) : at_node(c, what);
}
