/* nodes.c: commands about who may take part: invite, revoke, link; and reload and drain, which are signals.
 * Tokens and accounts: resources.c. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "node/cli/areas_zone.h"
#include "node/cli/client.h"
#include "node/cli/place.h"
#include "node/cli/tree_state.h"

static void put_opt(json_t *o, const struct qp_cli *c, const char *name)
{
    const char *v = qp_opt(c, name);
    if (v)
        json_object_set_new(o, name, json_string(v));
}

/* One call that answers JSON: prints it with --json, else gives it to the caller. */
static int call(struct qp_cli *c, const char *method, const char *path, json_t *body, json_t **out)
{
    struct qp_client cl;
    int rc = qp_client_open(&cl, c);
    *out = NULL;
    if (!rc) {
        rc = qp_client_ask(&cl, c, method, path, NULL, body, out);
        qp_client_close(&cl);
    }
    json_decref(body);
    if (!rc && c->json && *out) {
        qp_print_json(*out);
        *out = NULL;
    }
    return rc;
}

static int from_areas(const struct qp_cli *c, json_t *body)
{
    struct qp_areas list;
    struct qp_err e = {0};
    if (!qp_opt(c, "areas"))
        return 0;
    if (qp_areas_read(&list, qp_opt(c, "areas"), &e))
        return qp_complain_err(c, &e);
    qp_areas_tell_unread(c, &list, qp_opt(c, "areas"));
    long i = qp_areas_find(&list, c->args[0]);
    if (i >= 0) {
        json_object_set_new(body, "title", json_string(list.v[i].title));
        json_object_set_new(body, "code", json_string(list.v[i].code));
        json_object_set_new(body, "level", json_string(list.v[i].level));
    }
    qp_areas_free(&list);
    return i >= 0 ? 0
                  : qp_complain(c, QP_EXIT_NOT_FOUND, QP_TR(c, "%s is not in %s", "%s 不在 %s 中"),
                                c->args[0], qp_opt(c, "areas"));
}

int qp_verb_invite(struct qp_cli *c)
{
    long minutes = 15;
    json_t *body, *out;
    if (!qp_opt_number(c, "minutes", 1, 60 * 24 * 7, &minutes))
        return QP_EXIT_USAGE;
    body = json_pack("{s:s,s:i}", strchr(c->args[0], '/') ? "path" : "label", c->args[0], "minutes",
                     (int)minutes);
    int rc = from_areas(c, body);
    if (rc) {
        json_decref(body);
        return rc;
    }
    put_opt(body, c, "title");
    put_opt(body, c, "code");
    put_opt(body, c, "level");
    if (qp_flag(c, "replace"))
        json_object_set_new(body, "replace", json_true());
    rc = call(c, "POST", "/api/v1/invites", body, &out);
    if (out)
        puts(json_string_value(json_object_get(out, "token"))); /* nothing else: for $(...) and pipes */
    json_decref(out);
    return rc;
}

int qp_verb_revoke(struct qp_cli *c)
{
    char path[600];
    json_t *body = json_object(), *out;
    struct qp_err e = {0};
    if (qp_path_check(c->args[0], &e)) {
        json_decref(body);
        return qp_complain_err(c, &e);
    }
    if (!qp_opt(c, "reason")) {
        json_decref(body);
        return qp_complain(c, QP_EXIT_USAGE, QP_TR(c, "say why: --reason TEXT", "请用 --reason 说明原因"));
    }
    put_opt(body, c, "reason");
    put_opt(body, c, "kind");
    snprintf(path, sizeof path, "/api/v1/nodes/%s/revoke", c->args[0]);
    int rc = call(c, "POST", path, body, &out);
    if (!rc)
        qp_tell(
            c,
            QP_TR(c, "%s is revoked; invite it again to let it come back", "%s 已吊销；重新邀请后才能回来"),
            c->args[0]);
    json_decref(out);
    return rc;
}

/* With --json the answer goes into the list. */
static int link_of(const struct qp_cli *c, const char *url, const char *token, const char *label,
                   json_t *list)
{
    struct qp_client cl;
    struct qp_err e = {0};
    json_t *out = NULL, *body = json_object();
    put_opt(body, c, "name");
    int rc = qp_client_to(&cl, url, token, &e);
    if (!rc)
        rc = qp_client_json(&cl, "POST", "/api/v1/session/link", NULL, body, &out, &e);
    json_decref(body);
    if (!rc) {
        const char *address = json_string_value(json_object_get(out, "url"));
        if (label)
            json_object_set_new(out, "path", json_string(label));
        if (c->json)
            json_array_append(list, out);
        else if (label)
            printf("%-40s %s\n", label, address);
        else
            puts(address);
        json_decref(out);
    }
    qp_client_close(&cl);
    return !rc ? 0 : qp_complain_err(c, &e);
}

int qp_verb_link(struct qp_cli *c)
{
    struct qp_tree_state t = {0};
    struct qp_err e = {0};
    json_t *list = json_array();
    const char *state = qp_opt(c, "state");
    int rc = 0;
    if (!state) {
        char url[300], token[512];
        if (qp_place_url(c, url, &e) || qp_place_token(c, token, &e))
            rc = qp_complain_err(c, &e);
        else
            rc = link_of(c, url, token, NULL, list);
    } else if (qp_tree_state_read(&t, state, &e)) {
        rc = qp_complain_err(c, &e);
    }
    for (size_t i = 0; i < t.n && !rc; i++)
        rc = link_of(c, t.v[i].http, t.v[i].token, t.v[i].path, list);
    qp_tree_state_free(&t);
    if (!rc && c->json)
        qp_print_json(json_incref(state ? list : json_array_get(list, 0)));
    json_decref(list);
    return rc;
}

int qp_verb_signal(struct qp_cli *c)
{
    struct qp_place_paths p;
    struct qp_err e = {0};
    bool reload = strcmp(c->verb->name, "reload") == 0;
    if (qp_place_paths(&p, c->dir, &e))
        return qp_complain_err(c, &e);
    pid_t pid = qp_place_runs(&p);
    if (pid <= 1 || kill(pid, reload ? SIGHUP : SIGTERM) != 0)
        return qp_complain(c, QP_EXIT_UNREACHABLE, QP_TR(c, "%s: no node runs here", "%s：没有运行中的节点"),
                           p.data);
    for (int i = 0; !reload && i < 300 && qp_place_runs(&p) == pid; i++)
        usleep(100000);
    if (!reload && qp_place_runs(&p) == pid)
        return qp_complain(c, QP_EXIT_FAILED,
                           QP_TR(c, "process %d has not stopped after 30 s", "进程 %d 在 30 秒后仍未停止"),
                           (int)pid);
    if (c->json)
        qp_print_json(json_pack("{s:i}", "pid", (int)pid));
    return QP_EXIT_OK;
}
