/* policy.c: `qipan policy`: a policy's folder or JSON file, checked and shown without a node (set, and what a running one
 * has: policy_set.c).
 *
 *   source ─► qp_policy_read ─► qp_policy_check ─► every mistake with file, line and remedy
 *                                └─ --against ─► what would change, and what a node below would be refused */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/cli/policy_set.h"
#include "node/cli/policy_source.h"
#include "topology/policy/tighten.h"

/* ---- mistakes ---- */

static json_t *mistake_json(const struct qp_mistake *m, bool zh)
{
    char text[QP_MISTAKE_TEXT];
    qp_mistake_text(text, m, zh);
    return json_pack("{s:s?,s:o,s:s,s:s}", "file", m->file[0] != '\0' ? m->file : NULL, "line",
                     m->line > 0 ? json_integer(m->line) : json_null(), "path", m->path, "message", text);
}

static json_t *mistakes_json(const struct qp_mistakes *m, bool zh)
{
    json_t *all = json_array();
    for (size_t i = 0; i < m->n; i++)
        json_array_append_new(all, mistake_json(&m->v[i], zh));
    return all;
}

/* ---- what would change ---- */

static json_t *changes_json(const struct qp_changes *changes)
{
    static const char *const kinds[] = {
#define X(name, en, zh, refused) #name,
        QP_CHANGE_LIST(X)
#undef X
    };
    json_t *all = json_array();
    for (size_t i = 0; i < changes->n; i++) {
        const struct qp_change *x = &changes->v[i];
        char kind[16];
        size_t n = 0;
        for (const char *p = kinds[x->kind]; *p != '\0' && n < sizeof kind - 1; p++)
            kind[n++] = (char)(*p | 0x20); /* lower case */
        kind[n] = '\0';
        json_array_append_new(all, json_pack("{s:s,s:s?,s:s?,s:s,s:b,s:s?,s:o}", "path", x->path, "from",
                                             x->from[0] != '\0' ? x->from : NULL, "to",
                                             x->to[0] != '\0' ? x->to : NULL, "kind", kind, "refused_below",
                                             qp_change_refused(x->kind), "file",
                                             x->file[0] != '\0' ? x->file : NULL, "line",
                                             x->line > 0 ? json_integer(x->line) : json_null()));
    }
    return all;
}

static void tell_changes(const struct qp_cli *c, const char *against, const struct qp_changes *changes)
{
    char line[QP_MISTAKE_TEXT];
    size_t all = changes->n + changes->more, refused = qp_changes_refused(changes);
    for (size_t i = 0; i < changes->n; i++) {
        qp_change_line(line, &changes->v[i], c->zh);
        qp_tell(c, "%s", line);
    }
    if (changes->more > 0)
        qp_tell(c, QP_TR(c, "and %zu more", "另有 %zu 处"), changes->more);
    if (all == 0) {
        qp_tell(c, QP_TR(c, "it says the same as %s", "与 %s 一致"), qp_source_name(c, against));
        return;
    }
    qp_tell(c,
            QP_TR(c, "%zu places differ from %s; %zu of them loosen or are for those above to say",
                  "与 %2$s 有 %1$zu 处不同，其中 %3$zu 处属放宽或只能由上级规定"),
            all, against, refused);
    if (refused > 0)
        qp_complain(c, 0,
                    QP_TR(c,
                          "only the root may send this one; a node below it is refused: it may tighten alone",
                          "只有根节点可以下发此策略；下级节点会被拒绝：下级只能收紧"));
}

/* `was` is the policy in force. With --below `p` says only what it tightens: what it does not say stays. */
static int compare(const struct qp_cli *c, const struct qp_policy *p, json_t *out, const char *against)
{
    struct qp_mistakes m = {0};
    struct qp_changes changes = {0};
    if (!qp_source_exists(c, against))
        return QP_EXIT_NOT_FOUND;
    struct qp_policy *was = qp_source_read(c, against, false, &m);
    if (was)
        qp_policy_check(was, true, &m);
    qp_mistakes_sort(&m);
    int rc = QP_EXIT_OK;
    if (!was || qp_mistakes_all(&m) > 0) {
        qp_source_tell(c, against, &m);
        rc = QP_EXIT_FAILED;
    } else {
        if (qp_flag(c, "below"))
            qp_policy_free(qp_policy_tighten(was, p, &changes));
        else
            qp_policy_compare(was, p, &changes);
        if (out) {
            json_object_set_new(out, "changes", changes_json(&changes));
            json_object_set_new(out, "more_changes", json_integer((json_int_t)changes.more));
            json_object_set_new(out, "refused_below", json_integer((json_int_t)qp_changes_refused(&changes)));
        } else {
            tell_changes(c, against, &changes);
        }
        rc = qp_changes_refused(&changes) > 0 ? QP_EXIT_CONFLICT : QP_EXIT_OK;
    }
    qp_changes_free(&changes);
    qp_mistakes_free(&m);
    qp_policy_free(was);
    return rc;
}

/* ---- the verbs ---- */

static int check(const struct qp_cli *c, const char *source, const struct qp_policy *p,
                 const struct qp_mistakes *m)
{
    const char *against = qp_opt(c, "against");
    bool sound = p && qp_mistakes_all(m) == 0;
    json_t *out = NULL;
    int rc = sound ? QP_EXIT_OK : QP_EXIT_FAILED;
    if (c->json)
        out = json_pack("{s:b,s:o,s:I,s:s?,s:I,s:I}", "sound", sound, "mistakes", mistakes_json(m, c->zh),
                        "more", (json_int_t)m->more, "version", p ? p->version : NULL, "categories",
                        (json_int_t)(p ? p->n_categories : 0), "calendars",
                        (json_int_t)(p ? p->n_calendars : 0));
    else if (!sound)
        qp_source_tell(c, source, m);
    else
        qp_tell(c,
                QP_TR(c, "the policy \"%s\" is sound: %zu categories, %zu calendars",
                      "策略“%s”无误：%zu 个类别，%zu 个日历"),
                p->version, p->n_categories, p->n_calendars);
    if (sound && against)
        rc = compare(c, p, out, against);
    if (out)
        qp_print_json(out);
    return rc;
}

static int show(const struct qp_cli *c, const char *source, const struct qp_policy *p,
                const struct qp_mistakes *m)
{
    size_t len;
    if (!p || qp_mistakes_all(m) > 0) {
        qp_source_tell(c, source, m);
        return QP_EXIT_FAILED;
    }
    char *text = qp_policy_write(p, &len);
    json_t *tree = text && !c->json ? json_loadb(text, len, 0, NULL) : NULL;
    if (text && c->json)
        puts(text); /* its canonical form: what would be signed */
    else if (tree)
        qp_print_json(tree);
    free(text);
    return text && (c->json || tree)
               ? QP_EXIT_OK
               : qp_complain(c, QP_EXIT_FAILED, QP_TR(c, "there is not enough memory", "内存不足"));
}

int qp_verb_policy(struct qp_cli *c)
{
    const char *verb = c->args[0], *source = c->args[1];
    bool checks = strcmp(verb, "check") == 0, shows = strcmp(verb, "show") == 0;
    struct qp_mistakes m = {0};
    if (strcmp(verb, "set") == 0 && source)
        return qp_policy_set(c, source);
    if (shows && !source)
        return qp_policy_show_running(c);
    if ((!checks && !shows) || !source)
        return qp_complain(c, QP_EXIT_USAGE,
                           "qipan policy check|set DIR|FILE.json, qipan policy show [DIR|FILE.json]");
    if (qp_flag(c, "below") && !qp_opt(c, "against"))
        return qp_complain(c, QP_EXIT_USAGE,
                           QP_TR(c, "--below wants --against: the policy that it tightens",
                                 "--below 须与 --against 同用：给出所要收紧的策略"));
    if (!qp_source_exists(c, source))
        return QP_EXIT_NOT_FOUND;
    struct qp_policy *p = qp_source_read(c, source, false, &m);
    if (p)
        qp_policy_check(p, !qp_flag(c, "below"), &m);
    qp_mistakes_sort(&m);
    int rc = checks ? check(c, source, p, &m) : show(c, source, p, &m);
    qp_mistakes_free(&m);
    qp_policy_free(p);
    return rc;
}
