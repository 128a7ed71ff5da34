/* key.c: `qipan key`: the public halves of this folder's key, and whether the node that answers goes by it.
 *
 *   DIR/keys ─► sign, box, link ─┐
 *   GET /api/v1/node ────────────┴► the same link key? (a folder that was copied, or --node of another one)
 *
 * The secret halves are never shown; `backup create` keeps them, and a new key comes by `invite` and `join`. */
#include <string.h>

#include "node/cli/client.h"
#include "node/cli/place.h"
#include "node/cli/show.h"

static void hex_into(json_t *o, const char *name, const uint8_t key[QP_PK_LEN])
{
    char text[2 * QP_PK_LEN + 1];
    qp_hex(text, key, QP_PK_LEN);
    json_object_set_new(o, name, json_string(text));
}

/* What the node says of itself; NULL: it does not, and *e says why. The folder's keys are then all there is to tell. */
static json_t *asked(const struct qp_cli *c, struct qp_err *e)
{
    struct qp_client cl;
    char url[300], token[512];
    json_t *node = NULL;
    if (qp_place_url(c, url, e) || qp_place_token(c, token, e) || qp_client_to(&cl, url, token, e))
        return NULL;
    if (qp_client_json(&cl, "GET", "/api/v1/node", NULL, NULL, &node, e))
        node = NULL;
    qp_client_close(&cl);
    return node;
}

static void show(const struct qp_cli *c, const json_t *o)
{
    static const struct {
        const char *name, *en, *zh;
    } ROWS[] = {{"path", "node", "节点"},
                {"node_id", "node id", "节点编号"},
                {"root_fingerprint", "root", "根指纹"},
                {"sign_key", "signs with", "签名公钥"},
                {"box_key", "is sealed to", "加密公钥"},
                {"link_key", "links with", "链路公钥"}};
    if (c->quiet)
        return;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        const char *text = qp_text_of(o, ROWS[i].name);
        if (!*text)
            continue;
        qp_print_padded(QP_TR(c, ROWS[i].en, ROWS[i].zh), 14);
        printf(" %s\n", text);
    }
}

int qp_verb_key(struct qp_cli *c)
{
    struct qp_place_paths p;
    struct qp_keys k;
    struct qp_err e = {0};
    int rc = qp_place_paths(&p, c->dir, &e);
    if (!rc)
        rc = qp_place_keys(&k, &p, &e);
    if (rc)
        return qp_complain_err(c, &e);
    json_t *o = json_object(), *node = asked(c, &e);
    hex_into(o, "sign_key", k.sign_pk);
    hex_into(o, "box_key", k.box_pk);
    hex_into(o, "link_key", k.link_pk);
    qp_keys_wipe(&k);
    static const char *const SAID[] = {"path", "node_id", "incarnation", "root_fingerprint"};
    for (size_t i = 0; node && i < sizeof SAID / sizeof *SAID; i++)
        if (json_object_get(node, SAID[i]))
            json_object_set(o, SAID[i], json_object_get(node, SAID[i]));
    bool other = node && strcmp(qp_text_of(node, "link_key"), qp_text_of(o, "link_key")) != 0;
    json_object_set_new(o, "in_use", !node ? json_null() : json_boolean(!other));
    if (!c->json)
        show(c, o);
    if (other)
        rc = qp_complain(
            c, QP_EXIT_DEGRADED,
            QP_TR(c,
                  "the node that answers goes by another key than this folder has: give --dir and --node of "
                  "one node, or see `qipan doctor`",
                  "所应答的节点使用的密钥与本目录不同：请让 --dir 与 --node 指向同一节点，或运行 qipan "
                  "doctor"));
    else if (!node)
        qp_tell(c, QP_TR(c, "whether the node goes by it is not known: %s", "不知节点是否使用该密钥：%s"),
                e.text);
    json_decref(node);
    if (c->json)
        qp_print_json(o);
    else
        json_decref(o);
    return rc;
}
