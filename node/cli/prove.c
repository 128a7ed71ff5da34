/* prove.c: `qipan prove ID` fetches a proof from a node; `qipan verify` checks one offline, by the root's
 * fingerprint alone. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/crypto.h"
#include "node/cli/client.h"

int qp_verb_prove(struct qp_cli *c)
{
    struct qp_client cl;
    char name[64], *path = NULL, *id = qp_escape(c->args[0]);
    const char *to = qp_opt(c, "output");
    struct qp_err e = {0};
    int rc = qp_client_open(&cl, c);
    if (rc != 0) {
        free(id);
        return rc;
    }
    if (asprintf(&path, "/api/v1/matters/%s/proof", id) < 0)
        abort();
    rc = qp_client_call(&cl, "GET", path, NULL, NULL, 0, &e);
    if (rc == 0 && cl.answer.status / 100 != 2)
        rc = qp_client_refusal(&cl.answer, &e);
    snprintf(name, sizeof name, "%.40s.proof", id);
    if (rc == 0 && to != NULL && strcmp(to, "-") == 0) {
        if (fwrite(cl.answer.body, 1, cl.answer.len, stdout) != cl.answer.len)
            rc = qp_fail(&e, QP_EIO, "standard output could not be written: %s", strerror(errno));
    } else if (rc == 0) {
        rc = qp_file_replace(to != NULL ? to : name, cl.answer.body, cl.answer.len, 0644, &e);
        if (rc == 0)
            qp_tell(c, "%s", to != NULL ? to : name);
    }
    qp_client_close(&cl);
    free(path);
    free(id);
    return rc == 0 ? QP_EXIT_OK : qp_complain_err(c, &e);
}

int qp_verb_verify(struct qp_cli *c)
{
    const char *root = qp_opt(c, "root");
    struct qp_hash want;
    if (root == NULL || qp_unhex(want.b, QP_HASH_LEN, root) != 0)
        return qp_complain(
            c, QP_EXIT_USAGE,
            QP_TR(c,
                  "give the root's fingerprint, 64 lower-case hex digits, by --root: a proof is worth "
                  "nothing without it (`qipan status` of any node that you trust shows it)",
                  "请用 --root 给出根指纹（64 位小写十六进制）：没有它，证明毫无意义（可信节点的 `qipan "
                  "status` 会显示）"));
    return qp_complain(c, QP_EXIT_FAILED, "this build cannot verify yet");
}
