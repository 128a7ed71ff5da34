/* similar.c: before a matter is reported: `qipan similar TEXT`, open matters that may be the same one, and what
 * `qipan report --dry-run` foresees. */
#include <string.h>

#include "node/cli/here.h"
#include "node/cli/show.h"

const struct qp_cli_option qp_similar_options[] = {
    {"category", "TEXT", "of this category", "类别"},
    {"lat", "DEGREES", "latitude, WGS-84: what is near", "纬度，WGS-84：附近的事项"},
    {"lon", "DEGREES", "longitude, WGS-84", "经度，WGS-84"},
    {NULL, NULL, NULL, NULL},
};

static void show(struct qp_cli *c, const json_t *m)
{
    const json_t *metres = json_object_get(m, "distance_m"), *like = json_object_get(m, "likeness");
    printf("%s  %-8s  ", qp_text_of(m, "id"), qp_text_of(m, "state"));
    if (json_is_number(like))
        printf("%3.0f %%  ", json_number_value(like) * 100);
    if (json_is_number(metres))
        printf(QP_TR(c, "%.0f m away  ", "相距 %.0f 米  "), json_number_value(metres));
    printf("%s\n", qp_text_of(m, "title"));
}

static void foreseen_clock(struct qp_cli *c, const json_t *clock)
{
    const char *due = qp_text_of(clock, "due");
    printf(QP_TR(c, "  %s: due %s\n", "  %s：时限 %s\n"), qp_text_of(clock, "stage"),
           *due ? due : QP_TR(c, "not known yet", "尚未确定"));
}

void qp_show_foreseen(struct qp_cli *c, const json_t *o)
{
    const char *to = qp_text_of(json_object_get(o, "offered"), "to"), *desk = qp_text_of(o, "desk"),
               *by = qp_text_of(o, "desk_by");
    const json_t *v;
    size_t i;
    if (*to)
        printf(QP_TR(c, "%s would open it and offer it to %s\n", "由 %s 登记，并下派给 %s\n"),
               qp_text_of(o, "holder"), to);
    else
        printf(QP_TR(c, "%s would hold it\n", "由 %s 承办\n"), qp_text_of(o, "holder"));
    if (strcmp(qp_text_of(o, "urgency_by"), "category") == 0)
        printf(QP_TR(c, "urgency: %s (the policy says so of the category)\n",
                     "紧急程度：%s（策略对该类别的规定）\n"),
               qp_word(c, qp_text_of(o, "urgency")));
    if (*desk)
        printf(QP_TR(c, "desk: %s (%s)\n", "部门：%s（%s）\n"), desk,
               strcmp(by, "given") == 0  ? QP_TR(c, "as given", "已指定")
               : strcmp(by, "duty") == 0 ? QP_TR(c, "it is its duty", "属其职责")
                                         : QP_TR(c, "the category's", "该类别的默认部门"));
    json_array_foreach(json_object_get(o, "clocks"), i, v) foreseen_clock(c, v);
    json_array_foreach(json_object_get(o, "warnings"), i, v)
        qp_complain(c, 0, "%s", qp_text_of(v, QP_TR(c, "message", "message_zh")));
    if (json_array_size(json_object_get(o, "duplicates")) > 0)
        printf("%s\n", QP_TR(c, "open, and perhaps the same:", "可能是同一件的在办事项："));
    json_array_foreach(json_object_get(o, "duplicates"), i, v) show(c, v);
    printf("%s\n", QP_TR(c, "nothing was kept", "未登记"));
}

int qp_verb_similar(struct qp_cli *c)
{
    struct qp_client cl = {.fd = -1};
    struct qp_url_query q;
    json_t *answer = NULL, *m;
    size_t i;
    int rc = qp_client_open(&cl, c);
    qp_url_begin(&q, "/api/v1/matters:similar");
    qp_url_add(&q, "category", qp_opt(c, "category"));
    qp_url_add(&q, "text", c->nargs > 0 ? c->args[0] : NULL);
    qp_url_add(&q, "lat", qp_opt(c, "lat"));
    qp_url_add(&q, "lon", qp_opt(c, "lon"));
    if (!rc)
        rc = qp_client_ask(&cl, c, "GET", q.text, NULL, NULL, &answer);
    qp_url_free(&q);
    if (!rc && c->json)
        qp_print_json(json_incref(answer));
    else if (!rc)
        json_array_foreach(json_object_get(answer, "items"), i, m) show(c, m);
    if (!rc && !c->json && !c->quiet && json_array_size(json_object_get(answer, "items")) == 0)
        printf("%s\n", QP_TR(c, "nothing like it is open here", "此处没有类似的在办事项"));
    json_decref(answer);
    qp_client_close(&cl);
    return rc;
}
