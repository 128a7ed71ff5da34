/* intake_run.c: `qipan intake TARGET`: which source, and its rounds; see intake.h. */
#include "node/cli/intake.h"

enum { WAIT_MS = 1000, WAIT_MOST_MS = 60000 };

static const struct qp_intake_ops *const SOURCES[] = {&qp_intake_open311, &qp_intake_folder};

static int rounds(struct qp_intake *in, bool once, struct qp_err *e)
{
    long wait = WAIT_MS;
    bool told = false;
    for (bool end = false, any; !end;) {
        any = false;
        in->retry_s = 0;
        int rc = in->ops->round(in, &any, e);
        if (rc && rc != QP_EUNREACHABLE)
            return rc;
        if (rc && !told && !qp_client_asleep(&in->node, 0))
            qp_log("warning", "%s; what waits is sent again when it can be taken", e->text);
        if (!rc && told)
            qp_log("info", "it is taken again");
        told = rc;
        if (qp_client_asleep(&in->node, 0))
            return 0;
        if (once && (!rc ? !any : wait >= WAIT_MOST_MS / 8))
            return rc;
        if (rc && in->retry_s && (long)in->retry_s * 1000 > wait)
            wait = (long)in->retry_s * 1000;
        end = qp_client_asleep(&in->node, rc ? wait : any ? 0 : WAIT_MS);
        wait = rc ? (wait * 2 < WAIT_MOST_MS ? wait * 2 : WAIT_MOST_MS) : WAIT_MS;
    }
    return 0;
}

static void tell_end(const struct qp_intake *in)
{
    const struct qp_cli *c = in->c;
    if (c->json)
        qp_print_json(json_pack("{s:I,s:I,s:I}", "taken", (json_int_t)in->taken, "known",
                                (json_int_t)in->again, "rejected", (json_int_t)in->rejected));
    qp_tell(c,
            QP_TR(c, "%llu taken, %llu known before, %llu rejected",
                  "收下 %llu 件，此前已有 %llu 件，拒收 %llu 件"),
            (unsigned long long)in->taken, (unsigned long long)in->again, (unsigned long long)in->rejected);
}

int qp_verb_intake(struct qp_cli *c)
{
    struct qp_intake in = {.c = c,
                           .target = c->args[0],
                           .source = qp_opt(c, "source"),
                           .map = qp_opt(c, "map"),
                           .state = qp_opt(c, "state")};
    struct qp_err e = {0};
    for (size_t i = 0; !in.ops && i < sizeof SOURCES / sizeof *SOURCES; i++)
        in.ops = SOURCES[i]->takes(in.target) ? SOURCES[i] : NULL;
    if (!in.source && !(in.map && in.ops == &qp_intake_folder))
        return qp_complain(c, QP_EXIT_USAGE,
                           QP_TR(c, "give --source: under which name the numbers of that platform are kept",
                                 "请用 --source 指明来源名称：对方编号归在此名下"));
    int exit = qp_client_open(&in.node, c);
    if (exit)
        return exit;
    qp_client_hold_signals(&in.node);
    int rc = in.ops->open(&in, &e);
    if (!rc) {
        rc = rounds(&in, qp_flag(c, "once"), &e);
        in.ops->close(&in);
        tell_end(&in);
    }
    qp_client_close(&in.node);
    if (rc)
        return qp_complain_err(c, &e);
    return in.rejected ? QP_EXIT_CONFLICT : QP_EXIT_OK;
}
