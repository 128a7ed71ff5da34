/* circular.c: `qipan circular`: issued, listed, shown, accepted and sent back at a running node; figures of anybody checked
 * without one. `circular verify` is circular_verify.c's. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/cli/circular.h"
#include "node/cli/client.h"
#include "node/cli/show.h"
#include "node/insight/circular/figure.h"
#include "node/insight/circular/print.h"
#include "proto/limits.h"

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
        if (by[0] != 0 && (key == NULL || strcmp(key, qp_text_of(f, "key")) != 0))
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

static int list(struct qp_cli *c, struct qp_client *cl)
{
    struct qp_url_query q;
    json_t *out = NULL, *x;
    size_t i;
    qp_url_begin(&q, "/api/v1/circulars");
    qp_url_add(&q, "period", qp_opt(c, "period"));
    qp_url_add(&q, "node", qp_opt(c, "of"));
    qp_url_add(&q, "limit", qp_opt(c, "limit"));
    qp_url_add(&q, "cursor", qp_opt(c, "cursor"));
    int rc = qp_client_ask(cl, c, "GET", q.text, NULL, NULL, &out);
    qp_url_free(&q);
    if (rc == 0 && c->json) {
        qp_print_json(out);
        return 0;
    }
    if (rc == 0 && json_array_size(json_object_get(out, "items")) == 0)
        qp_tell(c, "%s", QP_TR(c, "no circular is known here", "此处还没有通报"));
    json_array_foreach(json_object_get(out, "items"), i, x) show_line(c, x);
    if (rc == 0 && qp_text_of(out, "next_cursor")[0] != 0)
        qp_tell(c, QP_TR(c, "there is more: --cursor %s", "还有更多：--cursor %s"),
                qp_text_of(out, "next_cursor"));
    json_decref(out);
    return rc;
}

static int answer(struct qp_cli *c, int rc, json_t *out)
{
    const char *by = qp_opt(c, "by");
    if (rc == 0 && c->json) {
        qp_print_json(out);
        return 0;
    }
    if (rc == 0)
        show_all(c, out, by != NULL ? by : "");
    json_decref(out);
    return rc;
}

static int issue(struct qp_cli *c, struct qp_client *cl)
{
    char headers[QP_REF_BYTES + 32] = "";
    const char *key = qp_opt(c, "key");
    json_t *out = NULL, *body;
    if (c->nargs < 3)
        return qp_complain(
            c, QP_EXIT_USAGE, "%s",
            QP_TR(c, "circular issue: say the period and a day in it, as `circular issue week 2026-07-08`",
                  "circular issue：请给出周期与其中一天，如 `circular issue week 2026-07-08`"));
    if (key != NULL && (strlen(key) > QP_REF_BYTES || strpbrk(key, "\r\n") != NULL))
        return qp_complain(c, QP_EXIT_USAGE, "%s", QP_TR(c, "--key is too long", "--key 过长"));
    if (key != NULL)
        snprintf(headers, sizeof headers, "Idempotency-Key: %s\r\n", key);
    body = json_pack("{s:s,s:s}", "period", c->args[1], "date", c->args[2]);
    cl->timeout_ms = 200000; /* counting a large journal takes its time */
    int rc = qp_client_ask(cl, c, "POST", "/api/v1/circulars", headers, body, &out);
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
    if (rc == 0 && cl->answer.status / 100 != 2)
        rc = qp_client_refusal(&cl->answer, &e);
    if (rc != 0)
        return qp_complain_err(c, &e);
    FILE *out = to != NULL && strcmp(to, "-") != 0 ? fopen(to, "we") : stdout;
    if (out == NULL)
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
    if (escaped == NULL)
        return qp_complain(c, QP_EXIT_FAILED, "%s", QP_TR(c, "out of memory", "内存不足"));
    if (strcmp(what, "return") == 0 && (reason == NULL || *reason == 0)) {
        free(escaped);
        return qp_complain(
            c, QP_EXIT_USAGE, "%s",
            QP_TR(c, "`circular return` needs --reason TEXT", "`circular return` 需要 --reason TEXT"));
    }
    if (shows && kind != NULL) {
        int rc = form(c, cl, escaped, kind);
        free(escaped);
        return rc;
    }
    snprintf(path, sizeof path, "/api/v1/circulars/%.200s%s%s", escaped, shows ? "" : "/", shows ? "" : what);
    free(escaped);
    if (!shows)
        body = reason != NULL ? json_pack("{s:s}", "reason", reason) : json_object();
    int rc = qp_client_ask(cl, c, shows ? "GET" : "POST", path, NULL, body, &out);
    json_decref(body);
    return answer(c, rc, out);
}

static int at_node(struct qp_cli *c, const char *what)
{
    struct qp_client cl;
    int rc = qp_client_open(&cl, c);
    if (rc != 0)
        return rc;
    if (strcmp(what, "list") == 0)
        rc = list(c, &cl);
    else if (strcmp(what, "issue") == 0)
        rc = issue(c, &cl);
    else
        rc = on_one(c, &cl, what, c->args[1]);
    qp_client_close(&cl);
    return rc;
}

int qp_verb_circular(struct qp_cli *c)
{
    static const char *const on_a_circular[] = {"show", "accept", "return"};
    const char *what = c->nargs > 0 ? c->args[0] : "list";
    if (strcmp(what, "list") == 0 || strcmp(what, "issue") == 0)
        return at_node(c, what);
    bool known = strcmp(what, "verify") == 0 || strcmp(what, "check") == 0;
    for (size_t i = 0; i < sizeof on_a_circular / sizeof *on_a_circular; i++)
        known = known || strcmp(what, on_a_circular[i]) == 0;
    if (!known)
        return qp_complain(
            c, QP_EXIT_USAGE,
            QP_TR(c, "circular: there is no `%s`: issue, list, show, verify, accept, return, check",
                  "circular：没有 `%s`：可用 issue、list、show、verify、accept、return、check"),
            what);
    if (c->nargs < 2)
        return qp_complain(c, QP_EXIT_USAGE, QP_TR(c, "circular %s: which one?", "circular %s：哪一份？"),
                           what);
    if (strcmp(what, "verify") == 0)
        return qp_circular_verify(c, c->args[1]);
    return strcmp(what, "check") == 0 ? qp_circular_check_file(c, c->args[1]) : at_node(c, what);
}
