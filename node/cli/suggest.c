/* suggest.c: see suggest.h. */
#include "node/cli/suggest.h"

#include <string.h>

enum { LONGEST = 31 };

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t qp_distance(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b), d[LONGEST + 1][LONGEST + 1];
    if (n > LONGEST || m > LONGEST)
        return SIZE_MAX;
    for (size_t i = 0; i <= n; i++)
        for (size_t k = 0; k <= m; k++) {
            if (i == 0 || k == 0) {
                d[i][k] = i + k;
                continue;
            }
            d[i][k] = least(least(d[i - 1][k], d[i][k - 1]) + 1, d[i - 1][k - 1] + (a[i - 1] != b[k - 1]));
            if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1])
                d[i][k] = least(d[i][k], d[i - 2][k - 2] + 1);
        }
    return d[n][m];
}

/* Near: a third of the letters may be wrong, or the word is the beginning of the name. */
static size_t far(const char *word, const char *name)
{
    size_t n = strlen(word), away = qp_distance(word, name);
    if (n >= 3 && strncmp(word, name, n) == 0)
        return 0;
    return away <= 1 + (n > 5) && n > 2 ? away : SIZE_MAX;
}

const char *qp_verb_near(const char *name)
{
    /* what other programs call it */
    static const char *const other[][2] = {{"ls", "list"},     {"new", "report"},   {"add", "report"},
                                           {"start", "serve"}, {"run", "serve"},    {"stop", "drain"},
                                           {"open", "report"}, {"watch", "events"}, {"log", "events"},
                                           {"get", "show"},    {"info", "status"},  {"check", "doctor"}};
    const char *best = NULL;
    size_t nearest = SIZE_MAX;
    for (size_t i = 0; i < sizeof other / sizeof other[0]; i++)
        if (strcmp(other[i][0], name) == 0)
            return other[i][1];
    for (const struct qp_verb *v = qp_verbs; v->name; v++) {
        size_t away = far(name, v->name);
        if (away < nearest) {
            nearest = away;
            best = v->name;
        }
    }
    return best;
}

const char *qp_option_near(const struct qp_verb *v, const char *name)
{
    static const char *const common[] = {"json", "quiet", "node", "dir", "token", "help"};
    const char *best = NULL;
    size_t nearest = SIZE_MAX;
    for (const struct qp_cli_option *o = v->options; o && o->name; o++) {
        size_t away = qp_verb_takes(v, o->name) ? far(name, o->name) : SIZE_MAX;
        if (away < nearest) {
            nearest = away;
            best = o->name;
        }
    }
    for (size_t i = 0; i < sizeof common / sizeof common[0]; i++)
        if (far(name, common[i]) < nearest) {
            nearest = far(name, common[i]);
            best = common[i];
        }
    return best;
}

int qp_verb_unknown(const struct qp_cli *c, const char *name)
{
    const char *near = qp_verb_near(name);
    if (near)
        return qp_complain(
            c, QP_EXIT_USAGE,
            QP_TR(c, "there is no command \"%s\"; did you mean `qipan %s`? `qipan help` lists all",
                  "没有命令“%s”，是否指 `qipan %s`？全部命令请看 `qipan help`"),
            name, near);
    return qp_complain(
        c, QP_EXIT_USAGE,
        QP_TR(c, "there is no command \"%s\"; `qipan help` lists them", "没有命令“%s”，请看 `qipan help`"),
        name);
}
