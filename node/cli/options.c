/* options.c: the values of a command's options, and what stands on standard input. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "node/cli/cli.h"

int qp_option_index(const struct qp_verb *v, const char *name)
{
    for (int i = 0; v->options && v->options[i].name; i++)
        if (strcmp(v->options[i].name, name) == 0)
            return i;
    return -1;
}

const char *qp_opt(const struct qp_cli *c, const char *name)
{
    int option = qp_option_index(c->verb, name);
    assert(option >= 0);
    for (int k = c->ngiven - 1; k >= 0; k--)
        if (c->given[k].option == option)
            return c->given[k].value;
    return NULL;
}

const char *qp_opt_each(const struct qp_cli *c, const char *name, int i)
{
    int option = qp_option_index(c->verb, name);
    assert(option >= 0);
    for (int k = 0; k < c->ngiven; k++)
        if (c->given[k].option == option && i-- == 0)
            return c->given[k].value;
    return NULL;
}

bool qp_flag(const struct qp_cli *c, const char *name)
{
    return qp_opt(c, name);
}

int qp_opt_long(const struct qp_cli *c, const char *name, long low, long high, long *out, struct qp_err *e)
{
    const char *text = qp_opt(c, name);
    char *end;
    if (!text)
        return 0;
    errno = 0;
    long v = strtol(text, &end, 10);
    if (errno != 0 || end == text || *end != 0 || v < low || v > high)
        return qp_fail(
            e, QP_EINVAL,
            QP_TR(c, "--%s: \"%.100s\" is not a number of %ld to %ld", "--%s：“%.100s”不是 %ld 至 %ld 的数"),
            name, text, low, high);
    *out = v;
    return 0;
}

bool qp_opt_number(const struct qp_cli *c, const char *name, long low, long high, long *out)
{
    struct qp_err e = {0};
    if (!qp_opt_long(c, name, low, high, out, &e))
        return true;
    qp_complain(c, 0, "%s", e.text);
    return false;
}

char *qp_read_stdin(size_t most, size_t *len)
{
    size_t cap = 65536, n = 0;
    char *p = malloc(cap + 1);
    while (p) {
        size_t got = fread(p + n, 1, cap - n, stdin);
        n += got;
        if (got == 0 || n > most)
            break;
        if (n == cap) {
            char *q = realloc(p, cap * 2 + 1);
            if (!q) {
                free(p);
                return NULL;
            }
            p = q;
            cap *= 2;
        }
    }
    if (!p || n > most || ferror(stdin)) {
        free(p);
        return NULL;
    }
    p[n] = 0;
    if (len)
        *len = n;
    return p;
}

const char *qp_opt_text(const struct qp_cli *c, const char *name)
{
    const char *text = qp_opt(c, name);
    if (!text || strcmp(text, "-") != 0)
        return text;
    size_t n = 0;
    char *all = qp_read_stdin(1024 * 1024, &n);
    if (!all) {
        qp_complain(c, 0, "--%s -: standard input could not be read, or is larger than 1 MiB", name);
        exit(QP_EXIT_FAILED);
    }
    if (strlen(all) != n) {
        qp_complain(c, 0, "--%s -: standard input is no text: it has a NUL in it", name);
        exit(QP_EXIT_USAGE);
    }
    if (n > 0 && all[n - 1] == '\n')
        all[n - 1] = 0;
    for (size_t i = 0; i < QP_CLI_HELD; i++)
        if (!c->held[i])
            return c->held[i] = all;
    free(all);
    return "";
}
