/* blob.c: see blob.h.
 *
 *   put FILE… ─► POST /api/v1/blobs, the bytes and their type ─► its hash: an image was made anew, so that it is another file
 *   get HASH ─► GET, again while it comes from another node ─► FILE */
#include "node/cli/blob.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "crypto/crypto.h"
#include "node/blob/blob.h"

enum { TIMEOUT_MS = 240000, WAIT_S = 300, HASH = 2 * QP_HASH_LEN };

/* By what stands behind the dot; what is none of ours is bytes. */
static const char *media_of(const char *path)
{
    const char *dot = strrchr(path, '.');
    if (dot && strcasecmp(dot, ".jpeg") == 0)
        return qp_blob_media(QP_BLOB_JPEG);
    for (unsigned t = 0; dot && t < QP_BLOB_TYPES_N; t++)
        if (strcasecmp(dot + 1, qp_blob_suffix(t)) == 0)
            return qp_blob_media(t);
    return qp_blob_media(QP_BLOB_BIN);
}

/* *out: what the node answered. */
static int send_file(const struct qp_cli *c, struct qp_client *cl, const char *path, json_t **out)
{
    struct qp_err e = {0};
    char header[200];
    void *bytes = NULL;
    size_t len;
    int timeout_ms = cl->timeout_ms;
    *out = NULL;
    int rc = qp_file_read(path, QP_BLOB_BYTES, &bytes, &len, &e);
    if (rc)
        return qp_complain_err(c, &e);
    snprintf(header, sizeof header, "Content-Type: %s\r\n", media_of(path));
    cl->timeout_ms = TIMEOUT_MS;
    rc = qp_client_call(cl, "POST", "/api/v1/blobs", header, bytes, len, &e);
    cl->timeout_ms = timeout_ms;
    free(bytes);
    if (!rc && cl->answer.status != 201)
        rc = qp_client_refusal(&cl->answer, &e);
    if (!rc && !(*out = json_loadb(cl->answer.body, cl->answer.len, 0, NULL)))
        rc = qp_fail(&e, QP_EIO, "the node's answer is not JSON");
    if (rc)
        return qp_complain(c, qp_exit_of(rc), "%s: %s", path, e.text);
    return 0;
}

static bool is_hash(const char *text)
{
    return strlen(text) == HASH && strspn(text, "0123456789abcdef") == HASH;
}

int qp_attach(const struct qp_cli *c, struct qp_client *cl, json_t *body)
{
    const char *what;
    int rc = 0;
    for (int i = 0; !rc && (what = qp_opt_each(c, "attach", i)); i++) {
        json_t *list = json_object_get(body, "attachments"), *made = NULL;
        if (!list)
            json_object_set_new(body, "attachments", list = json_array());
        if (!is_hash(what))
            rc = send_file(c, cl, what, &made);
        if (!rc)
            json_array_append_new(
                list, json_string(made ? json_string_value(json_object_get(made, "hash")) : what));
        json_decref(made);
    }
    return rc;
}

static int put(struct qp_cli *c)
{
    struct qp_client cl;
    json_t *all = json_array();
    int rc = qp_client_open(&cl, c);
    if (rc) {
        json_decref(all);
        return rc;
    }
    for (int i = 1; i < c->nargs && !rc; i++) {
        json_t *made;
        rc = send_file(c, &cl, c->args[i], &made);
        if (rc)
            break;
        const char *hash = json_string_value(json_object_get(made, "hash"));
        if (c->quiet && !c->json)
            puts(hash);
        qp_tell(c, "%s", hash);
        json_object_set_new(made, "file", json_string(c->args[i]));
        json_array_append_new(all, made);
    }
    qp_client_close(&cl);
    if (c->json && !rc)
        qp_print_json(all);
    else
        json_decref(all);
    return rc;
}

/* One that is elsewhere comes by and by: asked for until it is here. */
static int fetch(const struct qp_cli *c, struct qp_client *cl, const char *path, struct qp_err *e)
{
    const struct timespec second = {1, 0};
    int rc = 0;
    for (int i = 0; i < WAIT_S; i++) {
        rc = qp_client_call(cl, "GET", path, NULL, NULL, 0, e);
        bool comes = !rc && (cl->answer.status == 202 || cl->answer.status == 429);
        if (!comes)
            break;
        if (i == 0)
            qp_complain(c, 0,
                        QP_TR(c, "it lies at another node and is being fetched", "文件在其他节点，正在取来"));
        nanosleep(&second, NULL);
    }
    if (!rc && cl->answer.status == 202)
        return qp_fail(e, QP_EUNREACHABLE, "it has not come within %d s; what came is kept: ask again",
                       WAIT_S);
    return !rc && cl->answer.status != 200 ? qp_client_refusal(&cl->answer, e) : rc;
}

static int get(struct qp_cli *c)
{
    struct qp_client cl;
    struct qp_err e = {0};
    char path[HASH + 40];
    const char *hash = c->args[1], *to = qp_opt(c, "output");
    if (!is_hash(hash))
        return qp_complain(
            c, QP_EXIT_USAGE,
            QP_TR(c, "a file is named by its hash, 64 hexadecimal digits", "文件以 64 位十六进制哈希指称"));
    int rc = qp_client_open(&cl, c);
    if (rc)
        return rc;
    snprintf(path, sizeof path, "/api/v1/blobs/%s", hash);
    cl.timeout_ms = TIMEOUT_MS;
    rc = fetch(c, &cl, path, &e);
    struct qp_hash is;
    if (!rc) {
        char text[HASH + 1];
        qp_hash(&is, cl.answer.body, cl.answer.len);
        qp_hex(text, is.b, QP_HASH_LEN);
        if (strcmp(text, hash) != 0)
            rc = qp_fail(&e, QP_ECORRUPT, "what came is not this file: it was changed on its way");
    }
    if (!rc && to && strcmp(to, "-") != 0)
        rc = qp_file_replace(to, cl.answer.body, cl.answer.len, 0644, &e);
    else if (!rc && fwrite(cl.answer.body, 1, cl.answer.len, stdout) != cl.answer.len)
        rc = qp_fail(&e, QP_EIO, "standard output could not be written");
    if (!rc && to && strcmp(to, "-") != 0)
        qp_tell(c, "%s", to);
    qp_client_close(&cl);
    return !rc ? QP_EXIT_OK : qp_complain_err(c, &e);
}

int qp_verb_blob(struct qp_cli *c)
{
    if (strcmp(c->args[0], "put") == 0 && c->nargs >= 2)
        return put(c);
    if (strcmp(c->args[0], "get") == 0 && c->nargs == 2)
        return get(c);
    return qp_complain(c, QP_EXIT_USAGE,
                       QP_TR(c, "say `blob put FILE…` or `blob get HASH -o FILE`",
                             "用法：`blob put FILE…` 或 `blob get HASH -o FILE`"));
}
