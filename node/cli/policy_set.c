/* policy_set.c: see policy_set.h.
 *
 *   source ─► read: every mistake with file and line ─► is it what this node said last? then it is done
 *          ─► POST policy:check: what loosens, what changes ─► a person agrees, or --yes ─► PUT policy ─► what is in force now */
#include "node/cli/policy_set.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *headers(const struct qp_cli *c)
{
    return c->zh ? "Content-Type: application/json\r\nAccept-Language: zh\r\n"
                 : "Content-Type: application/json\r\n";
}

/* ---- what the node says of it ---- */

static void tell_list(const json_t *answer, const char *name, FILE *to)
{
    const json_t *x;
    size_t i;
    json_array_foreach(json_object_get(answer, name), i, x)
    {
        const char *path = qp_text_of(x, "path");
        bool placed = strcmp(name, "places") == 0 && path[0] != 0 &&
                      strncmp(qp_text_of(x, "message"), path, strlen(path)) != 0;
        fprintf(to, "%s%s%s\n", placed ? path : "", placed ? ": " : "", qp_text_of(x, "message"));
    }
}

/* The whole answer, or the refusal with all its places; an exit code. */
static int ask(struct qp_cli *c, struct qp_client *cl, const char *method, const char *path, const char *text,
               json_t **out)
{
    struct qp_err e = {0};
    *out = NULL;
    int rc = qp_client_call(cl, method, path, headers(c), text, strlen(text), &e);
    if (rc)
        return qp_complain_err(c, &e);
    *out = json_loadb(cl->answer.body, cl->answer.len, JSON_DECODE_ANY, NULL);
    if (cl->answer.status / 100 == 2 && *out)
        return QP_EXIT_OK;
    rc = qp_client_refusal(&cl->answer, &e);
    if (c->json && *out)
        qp_print_json(json_incref(*out));
    else
        tell_list(json_object_get(*out, "error"), "places", stderr);
    json_decref(*out);
    *out = NULL;
    return qp_complain_err(c, &e);
}

static bool agrees(struct qp_cli *c, const json_t *weighed, bool *asked)
{
    char said[20] = "";
    *asked = false;
    if (qp_flag(c, "yes"))
        return true;
    if (c->quiet || c->json || !isatty(STDIN_FILENO))
        return false;
    *asked = true;
    fprintf(stderr,
            QP_TR(c, "Put it in force as \"%s\", here and below? [y/N] ",
                  "使其在本级及以下生效（版本“%s”）吗？[y/N] "),
            qp_text_of(weighed, "version"));
    fflush(stderr);
    return fgets(said, sizeof said, stdin) && (said[0] == 'y' || said[0] == 'Y');
}

static void preview(struct qp_cli *c, const json_t *weighed)
{
    size_t n = json_array_size(json_object_get(weighed, "changes")) +
               (size_t)json_integer_value(json_object_get(weighed, "more_changes"));
    if (c->json || c->quiet)
        return;
    tell_list(weighed, "changes", stdout);
    qp_tell(c,
            n > 0 ? QP_TR(c, "%zu places change", "共 %zu 处变化")
                  : QP_TR(c, "nothing changes (%zu places)", "没有变化（%zu 处）"),
            n);
    if (json_array_size(json_object_get(weighed, "vain")) > 0) {
        qp_tell(c, "%s",
                QP_TR(c, "without effect, for want of an entry above:", "上级没有的条目，不会生效："));
        tell_list(weighed, "vain", stdout);
    }
    fflush(stdout);
}

/* Whoever cannot know whether an earlier attempt came through says it again: a version text is taken once only. */
static json_t *said_already(struct qp_client *cl, const char *text) /* NULL: it has not */
{
    json_t *own = NULL, *mine = json_loads(text, 0, NULL);
    bool same = mine && !qp_client_json(cl, "GET", "/api/v1/policy?own=true", NULL, NULL, &own, NULL) &&
                own && json_equal(own, mine);
    json_decref(mine);
    if (same)
        return own;
    json_decref(own);
    return NULL;
}

static int tell_already(const struct qp_cli *c, json_t *own)
{
    const char *version = qp_text_of(own, "version");
    if (c->json)
        qp_print_json(json_pack("{s:s,s:b}", "version", version, "already", true));
    else
        qp_tell(c,
                QP_TR(c, "this node has said it already, as \"%s\": nothing was sent",
                      "本节点已下发此策略（版本“%s”），未再发送"),
                version);
    json_decref(own);
    return QP_EXIT_OK;
}

static int send(struct qp_cli *c, struct qp_client *cl, const char *text)
{
    json_t *weighed, *done;
    bool asked;
    json_t *own = said_already(cl, text);
    if (own)
        return tell_already(c, own);
    int rc = ask(c, cl, "POST", "/api/v1/policy:check", text, &weighed);
    if (rc != QP_EXIT_OK)
        return rc;
    preview(c, weighed);
    bool yes = agrees(c, weighed, &asked);
    json_decref(weighed);
    if (!yes)
        return asked ? QP_EXIT_FAILED
                     : qp_complain(c, QP_EXIT_USAGE,
                                   QP_TR(c, "nothing was sent: say --yes where nobody can be asked",
                                         "未下发：无人可询问时请加 --yes"));
    rc = ask(c, cl, "PUT", "/api/v1/policy", text, &done);
    if (rc != QP_EXIT_OK)
        return rc;
    if (c->json) {
        qp_print_json(done);
        return rc;
    }
    qp_tell(c,
            QP_TR(c, "in force here: %s (revision %lld); it goes down to all below",
                  "本级现行：%s（第 %lld 次下发），正向下级传送"),
            qp_text_of(done, "version"), (long long)json_integer_value(json_object_get(done, "revision")));
    json_decref(done);
    return rc;
}

int qp_policy_set(struct qp_cli *c, const char *source)
{
    struct qp_mistakes m = {0};
    struct qp_client cl;
    size_t len;
    if (!qp_source_exists(c, source))
        return QP_EXIT_NOT_FOUND;
    struct qp_policy *p = qp_source_read(c, source, false, &m);
    if (p)
        qp_policy_check(p, false, &m); /* whether it must stand by itself the node knows */
    qp_mistakes_sort(&m);
    bool sound = p && qp_mistakes_all(&m) == 0;
    if (!sound)
        qp_source_tell(c, source, &m);
    qp_mistakes_free(&m);
    char *text = sound ? qp_policy_write(p, &len) : NULL;
    qp_policy_free(p);
    if (!sound)
        return QP_EXIT_FAILED;
    if (!text)
        return qp_complain(c, QP_EXIT_FAILED, QP_TR(c, "there is not enough memory", "内存不足"));
    int rc = qp_client_open(&cl, c);
    if (!rc) {
        rc = send(c, &cl, text);
        qp_client_close(&cl);
    }
    free(text);
    return rc;
}

int qp_policy_show_running(struct qp_cli *c)
{
    struct qp_client cl;
    json_t *out = NULL;
    int rc = qp_client_open(&cl, c);
    if (rc)
        return rc;
    rc = qp_client_ask(&cl, c, "GET", qp_flag(c, "own") ? "/api/v1/policy?own=true" : "/api/v1/policy", NULL,
                       NULL, &out);
    qp_client_close(&cl);
    if (!rc)
        qp_print_json(out);
    return rc;
}

int qp_policy_send(const char *url, const char *token, const struct qp_policy *p, struct qp_err *e)
{
    struct qp_client cl;
    size_t len;
    char *text = qp_policy_write(p, &len);
    if (!text)
        return qp_fail(e, QP_ENOMEM, "no memory to send the policy");
    int rc = qp_client_to(&cl, url, token, e);
    if (!rc) {
        rc = qp_client_call(&cl, "PUT", "/api/v1/policy",
                            "Content-Type: application/json\r\nIdempotency-Key: qipan dev --policy\r\n", text,
                            len, e);
        if (!rc && cl.answer.status / 100 != 2)
            rc = qp_client_refusal(&cl.answer, e);
        qp_client_close(&cl);
    }
    free(text);
    return rc;
}
