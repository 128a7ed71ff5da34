/* policy_source.c: see policy_source.h. */
#include "node/cli/policy_source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *qp_source_name(const struct qp_cli *c, const char *source)
{
    return strcmp(source, "-") == 0 ? QP_TR(c, "standard input", "标准输入") : source;
}

struct qp_policy *qp_source_read(const struct qp_cli *c, const char *source, bool calendars,
                                 struct qp_mistakes *m)
{
    const char *name = qp_source_name(c, source);
    size_t len;
    if (strcmp(source, "-") != 0)
        return calendars ? qp_policy_read_calendars(source, m) : qp_policy_read(source, m);
    char *text = qp_read_stdin(QP_POLICY_BYTES + 1, &len); /* one more: the reader says what is too much */
    if (!text) {
        struct qp_policy_at at = {name, 0};
        char most[24];
        snprintf(most, sizeof most, "%d", QP_POLICY_BYTES);
        qp_mistake_add(m, ferror(stdin) ? QP_MISTAKE_UNREADABLE : QP_MISTAKE_TOO_LARGE, at, NULL, name, most);
        return NULL;
    }
    struct qp_policy *p = (calendars ? qp_policy_calendars : qp_policy_json)(text, len, name, m);
    free(text);
    return p;
}

bool qp_source_exists(const struct qp_cli *c, const char *source)
{
    if (strcmp(source, "-") == 0 || access(source, F_OK) == 0)
        return true;
    qp_complain(c, 0, QP_TR(c, "%s: there is no such folder or file", "%s：没有这个目录或文件"), source);
    return false;
}

void qp_source_tell(const struct qp_cli *c, const char *source, const struct qp_mistakes *m)
{
    char line[QP_MISTAKE_TEXT];
    for (size_t i = 0; i < m->n; i++) {
        qp_mistake_line(line, &m->v[i], c->zh);
        fprintf(stderr, "%s\n", line);
    }
    if (m->more > 0)
        fprintf(stderr, QP_TR(c, "and %zu more\n", "另有 %zu 处\n"), m->more);
    qp_complain(c, 0, QP_TR(c, "%s: mistakes: %zu", "%s：%zu 处错误"), qp_source_name(c, source),
                qp_mistakes_all(m));
}
