/* prove.c: `qipan prove ID` fetches a proof from a node; `qipan verify` checks one offline, by the root's
 * fingerprint alone. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/crypto.h"
#include "node/cli/client.h"
#include "node/cli/show.h"
#include "node/matter/matter.h"
#include "topology/proof.h"

int qp_verb_prove(struct qp_cli *c)
{
    struct qp_client cl;
    char name[64], *path = NULL, *id = qp_escape(c->args[0]);
    const char *to = qp_opt(c, "output");
    struct qp_err e = {0};
    int rc = qp_client_open(&cl, c);
    if (rc) {
        free(id);
        return rc;
    }
    if (asprintf(&path, "/api/v1/matters/%s/proof", id) < 0)
        abort();
    rc = qp_client_call(&cl, "GET", path, NULL, NULL, 0, &e);
    if (!rc && cl.answer.status / 100 != 2)
        rc = qp_client_refusal(&cl.answer, &e);
    snprintf(name, sizeof name, "%.40s.proof", id);
    if (!rc && to && strcmp(to, "-") == 0) {
        if (fwrite(cl.answer.body, 1, cl.answer.len, stdout) != cl.answer.len)
            rc = qp_fail(&e, QP_EIO, "standard output could not be written: %s", strerror(errno));
    } else if (!rc) {
        rc = qp_file_replace(to ? to : name, cl.answer.body, cl.answer.len, 0644, &e);
        if (!rc && c->json)
            qp_print_json(json_pack("{s:s,s:s,s:I}", "matter", c->args[0], "file", to ? to : name, "bytes",
                                    (json_int_t)cl.answer.len));
        if (!rc)
            qp_tell(c, "%s", to ? to : name);
    }
    qp_client_close(&cl);
    free(path);
    free(id);
    return !rc ? QP_EXIT_OK : qp_complain_err(c, &e);
}

static void show_event(const struct qp_proof_event *pe)
{
    char at[32];
    const Qp__Event *ev = pe->event;
    qp_time_text(at, ev->at_us);
    printf("  %s  ", at);
    qp_print_padded(qp_event_name((int)ev->body_case), 11);
    qp_print_padded(pe->signer->path, 32);
    printf(" %s\n", ev->by);
}

static json_t *event_json(const struct qp_proof_event *pe)
{
    char at[32], parcel[2 * QP_HASH_LEN + 1];
    const Qp__Event *ev = pe->event;
    qp_time_text(at, ev->at_us);
    qp_hex(parcel, pe->parcel.b, QP_HASH_LEN);
    return json_pack("{s:s,s:s,s:s,s:s,s:I,s:I,s:s}", "type", qp_event_name((int)ev->body_case), "at", at,
                     "by", ev->by, "node", pe->signer->path, "version", (json_int_t)ev->version, "custody",
                     (json_int_t)ev->custody, "parcel", parcel);
}

static void show_proof(const struct qp_cli *c, const struct qp_proof *p, const char *root)
{
    char id[27];
    json_t *list = json_array();
    qp_id_text(id, p->matter);
    qp_tell(
        c,
        QP_TR(c, "valid: these %zu events of matter %s were said by these nodes of the tree with root %.16s…",
              "证明为真（valid）：事项 %2$s 的这 %1$zu 个事件确由根指纹为 %3$.16s… 的树中这些节点所作"),
        p->n, id, root);
    for (size_t i = 0; i < p->n; i++) {
        if (c->json)
            json_array_append_new(list, event_json(&p->events[i]));
        else if (!c->quiet)
            show_event(&p->events[i]);
    }
    if (p->missing > 0)
        qp_tell(c,
                QP_TR(c, "%llu events between them are not in this file", "其间另有 %llu 个事件不在此文件中"),
                (unsigned long long)p->missing);
    if (c->json)
        qp_print_json(json_pack("{s:b,s:s,s:s,s:I,s:O}", "valid", 1, "matter", id, "root", root, "missing",
                                (json_int_t)p->missing, "events", list));
    json_decref(list);
}

static void show_refused(const struct qp_cli *c, const char *root, const struct qp_err *e)
{
    if (c->json)
        qp_print_json(json_pack("{s:b,s:s,s:s}", "valid", 0, "root", root, "message", e->text));
    qp_complain(c, 0, QP_TR(c, "NOT valid: %s", "证明不成立：%s"), e->text);
}

static int read_proof(const char *name, void **bytes, size_t *len, struct qp_err *e)
{
    if (strcmp(name, "-") != 0)
        return qp_file_read(name, QP_PROOF_BYTES, bytes, len, e);
    *bytes = qp_read_stdin(QP_PROOF_BYTES, len);
    return *bytes ? 0
                  : qp_fail(e, QP_EBIG, "standard input could not be read, or is larger than a proof may be");
}

int qp_verb_verify(struct qp_cli *c)
{
    const char *root = qp_opt(c, "root");
    struct qp_hash want;
    struct qp_proof p;
    struct qp_err e = {0};
    void *bytes = NULL;
    size_t len = 0;
    if (!root || qp_unhex(want.b, QP_HASH_LEN, root))
        return qp_complain(
            c, QP_EXIT_USAGE,
            QP_TR(c,
                  "give the root's fingerprint, 64 lower-case hex digits, by --root: a proof is worth "
                  "nothing without it (`qipan status` of any node that you trust shows it)",
                  "请用 --root 给出根指纹（64 位小写十六进制）：没有它，证明毫无意义（可信节点的 `qipan "
                  "status` 会显示）"));
    int rc = read_proof(c->args[0], &bytes, &len, &e);
    if (rc)
        return qp_complain_err(c, &e);
    struct qp_arena *a = qp_arena_new(QP_PROOF_ARENA);
    rc = a ? qp_proof_verify(&p, bytes, len, &want, a, &e) : qp_fail(&e, QP_ENOMEM, "no memory");
    if (!rc)
        show_proof(c, &p, root);
    else
        show_refused(c, root, &e);
    qp_arena_free(a);
    free(bytes);
    return !rc ? QP_EXIT_OK : QP_EXIT_FAILED; /* whatever is wrong with it: it proves nothing */
}
