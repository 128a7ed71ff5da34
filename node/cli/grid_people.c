/* grid_people.c: see grid_people.h. */
#include "node/cli/grid_people.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/crypto.h"

enum { SECRET = 32 };

static void add_once(json_t *names, const char *name)
{
    const json_t *one;
    size_t i;
    if (!name || !*name)
        return;
    json_array_foreach(names, i, one) if (strcmp(json_string_value(one), name) == 0) return;
    json_array_append_new(names, json_string(name));
}

json_t *qp_grid_people(const struct qp_grid_rows *rows, const char *self)
{
    json_t *names = json_array();
    for (size_t i = 0; i < rows->n; i++) {
        const json_t *row = json_array_get(rows->rows, i), *one;
        const char *node = json_string_value(json_object_get(row, "node"));
        size_t k;
        if (node && *node && strcmp(node, self) != 0)
            continue; /* accounts are made where they log in */
        add_once(names, json_string_value(json_object_get(row, "worker")));
        json_array_foreach(json_object_get(row, "deputies"), k, one) add_once(names, json_string_value(one));
    }
    return names;
}

/* Is there one of this name, or was there? Negative: complained, as -exit code. */
static int known(const struct qp_cli *c, struct qp_client *cl, const char *name)
{
    struct qp_err e = {0};
    char *escaped = qp_escape(name), *path = NULL;
    json_t *out = NULL;
    if (asprintf(&path, "/api/v1/users/%s", escaped) < 0)
        abort();
    int rc = qp_client_json(cl, "GET", path, NULL, NULL, &out, &e);
    json_decref(out);
    free(escaped);
    free(path);
    return !rc ? 1 : rc == QP_ENOTFOUND ? 0 : -qp_complain_err(c, &e);
}

static int make(const struct qp_cli *c, struct qp_client *cl, const char *name, json_t *links)
{
    uint8_t secret[SECRET];
    char password[2 * SECRET + 1];
    json_t *out = NULL, *body;
    qp_random(secret, sizeof secret);
    qp_hex(password, secret, sizeof secret);
    body = json_pack("{s:s,s:s,s:s}", "name", name, "role", "worker", "password", password);
    int rc = qp_client_ask(cl, c, "POST", "/api/v1/users", NULL, body, &out);
    json_decref(body);
    json_decref(out);
    qp_wipe(secret, sizeof secret);
    qp_wipe(password, sizeof password);
    if (rc)
        return rc;
    out = NULL;
    body = json_pack("{s:s}", "name", name);
    rc = qp_client_ask(cl, c, "POST", "/api/v1/session/link", NULL, body, &out);
    json_decref(body);
    const char *url = json_string_value(json_object_get(out, "url"));
    if (!rc)
        json_array_append_new(links, json_pack("{s:s,s:s}", "name", name, "url", url ? url : ""));
    json_decref(out);
    /* It stands, and the next import passes it over: nobody knows its password. */
    return rc ? qp_complain(c, rc,
                            QP_TR(c, "the account %s was made, without a link: qipan link --name %s",
                                  "账户 %s 已建立，但未取得链接：qipan link --name %s"),
                            name, name)
              : 0;
}

int qp_grid_accounts(const struct qp_cli *c, struct qp_client *cl, const struct qp_grid_rows *rows,
                     json_t *links)
{
    json_t *node = NULL;
    int rc = qp_client_ask(cl, c, "GET", "/api/v1/node", NULL, NULL, &node);
    const char *self = json_string_value(json_object_get(node, "path"));
    json_t *names = qp_grid_people(rows, self ? self : "");
    const json_t *one;
    size_t i;
    json_array_foreach(names, i, one)
    {
        const char *name = json_string_value(one);
        int there = rc ? 0 : known(c, cl, name);
        rc = rc ? rc : there < 0 ? -there : there ? 0 : make(c, cl, name, links);
    }
    json_decref(names);
    json_decref(node);
    return rc;
}
