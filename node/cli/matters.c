/* matters.c: report, show, and every step: thin over the HTTP API. */
#include <stdlib.h>
#include <string.h>

#include "node/cli/blob.h"
#include "node/cli/here.h"
#include "node/cli/show.h"
#include "node/cli/unheard.h"
#include "proto/steps.h"

/* "opt" of the command line as "name" of the API; yes and no become booleans. */
static int put_text(json_t *o, const struct qp_cli *c, const char *opt, const char *name)
{
    const char *v = qp_opt_text(c, opt);
    if (v && json_object_set_new(o, name, json_string(v)) != 0)
        return qp_complain(c, QP_EXIT_USAGE, "--%s: %s", opt, QP_TR(c, "not UTF-8", "不是 UTF-8"));
    return 0;
}

static int put_bool(json_t *o, const struct qp_cli *c, const char *name)
{
    const char *v = qp_opt(c, name);
    if (!v)
        return 0;
    bool yes = strcmp(v, "yes") == 0 || strcmp(v, "true") == 0,
         no = strcmp(v, "no") == 0 || strcmp(v, "false") == 0;
    if (!yes && !no)
        return qp_complain(c, QP_EXIT_USAGE, QP_TR(c, "--%s is yes or no", "--%s 须为 yes 或 no"), name);
    json_object_set_new(o, name, json_boolean(yes));
    return 0;
}

static int put_degrees(json_t *o, const struct qp_cli *c, const char *name)
{
    const char *text = qp_opt(c, name);
    char *end;
    double v = strtod(text, &end);
    if (end == text || *end != 0 || json_object_set_new(o, name, json_real(v)) != 0)
        return qp_complain(c, QP_EXIT_USAGE,
                           QP_TR(c, "--%s: \"%s\" is not a number of degrees", "--%s：“%s”不是度数"), name,
                           text);
    return 0;
}

/* An id becomes one segment of a path; what cannot be one is nobody's id. */
static int check_id(const struct qp_cli *c)
{
    const char *id = c->args[0];
    if (id[0] != 0 && !strpbrk(id, "/?#") && strcmp(id, ".") != 0 && strcmp(id, "..") != 0)
        return 0;
    return qp_complain(c, QP_EXIT_NOT_FOUND,
                       QP_TR(c, "no matter has that id; ids are 26 lower-case characters",
                             "没有此编号的事项；编号为 26 个小写字符"));
}

static int report_body(struct qp_cli *c, json_t **body)
{
    static const char *const same[] = {"category", "source",  "text",     "area",
                                       "place",    "urgency", "deadline", "desk"};
    json_t *o;
    if (strcmp(c->args[0], "-") == 0) {
        json_error_t why;
        size_t len;
        char *text = qp_read_stdin(1024 * 1024, &len);
        o = text ? json_loadb(text, len, JSON_REJECT_DUPLICATES, &why) : NULL;
        bool read = text;
        free(text);
        if (read && !o)
            return qp_complain(c, QP_EXIT_USAGE,
                               QP_TR(c, "standard input is not JSON: line %d, column %d: %s",
                                     "标准输入不是 JSON：第 %d 行第 %d 列：%s"),
                               why.line, why.column, why.text);
        if (!json_is_object(o)) {
            json_decref(o);
            return qp_complain(
                c, QP_EXIT_USAGE,
                QP_TR(c, "standard input is not one JSON object", "标准输入不是一个 JSON 对象"));
        }
    } else {
        o = json_pack("{s:s}", "title", c->args[0]);
        if (!o)
            return qp_complain(c, QP_EXIT_USAGE, QP_TR(c, "the title is not UTF-8", "标题不是 UTF-8"));
    }
    *body = o;
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++)
        if (put_text(o, c, same[i], same[i]) != 0)
            return QP_EXIT_USAGE;
    if (put_text(o, c, "source-ref", "source_ref") != 0 || put_text(o, c, "occurred-at", "occurred_at") != 0)
        return QP_EXIT_USAGE;
    if (!json_object_get(o, "source"))
        json_object_set_new(o, "source", json_string("cli"));
    const char *lat = qp_opt(c, "lat"), *lon = qp_opt(c, "lon");
    if ((!lat) != (!lon))
        return qp_complain(c, QP_EXIT_USAGE,
                           QP_TR(c, "--lat and --lon go together", "--lat 与 --lon 须同时给出"));
    if (qp_opt(c, "wait") && !qp_opt(c, "ack"))
        return qp_complain(c, QP_EXIT_USAGE,
                           QP_TR(c, "--wait goes with --ack: wait for which?", "--wait 须与 --ack 同时给出"));
    if (!lat)
        return 0;
    json_t *location = json_object();
    json_object_set_new(o, "location", location);
    return put_degrees(location, c, "lat") != 0 || put_degrees(location, c, "lon") != 0 ? QP_EXIT_USAGE : 0;
}

int qp_verb_report(struct qp_cli *c)
{
    struct qp_client cl;
    struct qp_url_query q;
    char header[QP_KEY_HEADER];
    json_t *body = NULL, *out = NULL;
    const char *ack = qp_opt(c, "ack");
    int rc = report_body(c, &body);
    if (!rc)
        rc = qp_key_header(c, header);
    if (rc || (rc = qp_client_open(&cl, c))) {
        json_decref(body);
        return rc;
    }
    if ((rc = qp_attach(c, &cl, body))) {
        qp_client_close(&cl);
        json_decref(body);
        return rc;
    }
    qp_url_begin(&q, "/api/v1/matters");
    qp_url_add(&q, "ack", ack);
    qp_url_add(&q, "wait", ack ? qp_opt(c, "wait") : NULL);
    qp_url_add(&q, "dry_run", qp_flag(c, "dry-run") ? "1" : NULL);
    rc = qp_client_ask(&cl, c, "POST", q.text, header, body, &out);
    qp_url_free(&q);
    qp_client_close(&cl);
    json_decref(body);
    if (rc)
        return rc;
    if (qp_flag(c, "dry-run")) {
        if (c->json)
            qp_print_json(json_incref(out));
        else
            qp_show_foreseen(c, out);
        json_decref(out);
        return QP_EXIT_OK;
    }
    const json_t *ticks = json_object_get(out, "ticks");
    bool reached = !ack || json_is_true(json_object_get(ticks, strcmp(ack, "top") == 0 ? "top" : "held"));
    const char *id = json_string_value(json_object_get(out, "id"));
    if (c->quiet && !c->json)
        puts(id);
    qp_tell(c, "%s", id);
    qp_unheard_tell(c, &(struct qp_here){0}, out);
    if (!reached)
        qp_complain(c, 0,
                    QP_TR(c, "%s is kept here; it has not been acknowledged above yet",
                          "%s 已在本节点收存，上级尚未确认"),
                    id);
    if (c->json)
        qp_print_json(out);
    else
        json_decref(out);
    return reached ? QP_EXIT_OK : QP_EXIT_QUEUED;
}

/* ---- steps ---- */

/* An option's value as the step's shape has it: yes and no become booleans, all else is a text. */
static int put_row(json_t *o, const struct qp_cli *c, const struct qp_shape_row *r)
{
    bool yes_no = r->kind == QP_SHAPE_BOOL || r->kind == QP_SHAPE_ANSWER;
    return yes_no ? put_bool(o, c, r->name) : put_text(o, c, r->name, r->name);
}

/* Complains when the option is given and is none of the step's, or is missing and must be there. */
static int check_option(const struct qp_cli *c, const char *name)
{
    bool given = qp_opt(c, name);
    if (given && !qp_verb_takes(c->verb, name))
        return qp_complain(c, QP_EXIT_USAGE, QP_TR(c, "%s takes no --%s", "%s 没有选项 --%s"), c->verb->name,
                           name);
    if (!given && qp_verb_needs(c->verb, name))
        return qp_complain(c, QP_EXIT_USAGE, QP_TR(c, "%s needs --%s", "%s 须给出 --%s"), c->verb->name,
                           name);
    return 0;
}

static int step_body(struct qp_cli *c, json_t *o)
{
    const struct qp_step *st = qp_step_find(c->verb->name);
    const char *above = NULL;
    int rc = 0;
    for (const struct qp_cli_option *opt = c->verb->options; opt->name && !rc; opt++)
        rc = check_option(c, opt->name);
    for (const struct qp_shape_row *r = st->shape.rows; r->name && !rc; r++) {
        if (r->need == QP_NEED_OWN)
            continue;
        rc = put_row(o, c, r);
        /* who was not reached said nothing about the result */
        if (r->need == QP_NEED_ABOVE && !json_object_get(o, r->name) &&
            json_is_true(json_object_get(o, above)))
            json_object_set_new(o, r->name, json_true());
        above = r->name;
    }
    if (!rc)
        rc = put_text(o, c, "at", "at");
    long version = -1;
    if (!rc && !qp_opt_number(c, "if-version", 0, 1000000000, &version))
        return QP_EXIT_USAGE;
    if (version >= 0)
        json_object_set_new(o, "if_version", json_integer(version));
    return rc;
}

int qp_verb_step(struct qp_cli *c)
{
    struct qp_client cl;
    struct qp_here h = {0};
    char header[QP_KEY_HEADER], *path = NULL, *id = qp_escape(c->args[0]);
    json_t *body = json_object(), *out = NULL;
    int rc = check_id(c);
    if (!rc)
        rc = step_body(c, body);
    if (!rc)
        rc = qp_key_header(c, header);
    if (!rc && !(rc = qp_client_open(&cl, c))) {
        if (asprintf(&path, "/api/v1/matters/%s/%s", id, c->verb->name) < 0)
            abort();
        if (!qp_unheard_ask(c, &cl))
            rc = qp_complain(c, QP_EXIT_FAILED, QP_TR(c, "nothing was done", "未作任何操作"));
        else if (!(rc = qp_attach(c, &cl, body)))
            rc = qp_client_ask(&cl, c, "POST", path, header, body, &out);
        if (!rc && !c->json && !c->quiet)
            qp_here_ask(&h, &cl);
        qp_client_close(&cl);
    }
    free(path);
    free(id);
    json_decref(body);
    if (rc)
        return rc;
    bool waits = qp_unheard_tell(c, &h, out);
    if (c->json)
        qp_print_json(out);
    else {
        if (!c->quiet)
            qp_show_line(c, &h, out);
        json_decref(out);
    }
    qp_here_free(&h);
    return waits ? QP_EXIT_QUEUED : QP_EXIT_OK;
}

/* ---- looking ---- */

int qp_verb_show(struct qp_cli *c)
{
    struct qp_client cl;
    struct qp_here h = {0};
    char *path = NULL, *id = qp_escape(c->args[0]);
    json_t *out = NULL;
    int rc = check_id(c);
    if (!rc && !(rc = qp_client_open(&cl, c))) {
        if (asprintf(&path, "/api/v1/matters/%s", id) < 0)
            abort();
        rc = qp_client_ask(&cl, c, "GET", path, NULL, NULL, &out);
        if (!rc && !c->json)
            qp_here_ask(&h, &cl);
        qp_client_close(&cl);
    }
    free(path);
    free(id);
    if (rc)
        return rc;
    if (c->json)
        qp_print_json(out);
    else {
        qp_show_matter(c, &h, out);
        qp_unheard_tell(c, &h, out);
        json_decref(out);
    }
    qp_here_free(&h);
    return QP_EXIT_OK;
}
