/* title.c: see title.h. */
#include "node/cli/title.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/* The environment's strings follow argv's in one piece; what does not (a changed variable) is left alone. */
static char *end_of(int argc, char **argv)
{
    char *end = argv[0] + strlen(argv[0]) + 1;
    for (int i = 1; i < argc; i++)
        if (argv[i] == end)
            end += strlen(end) + 1;
    for (char **v = environ; v && *v; v++)
        if (*v == end)
            end += strlen(end) + 1;
    return end;
}

static char **copy(char **from, size_t n)
{
    char **to = calloc(n + 1, sizeof *to);
    for (size_t i = 0; to && i < n; i++) {
        to[i] = strdup(from[i]);
        if (!to[i])
            return NULL; /* no memory at the very start: there will be no title */
    }
    return to;
}

char **qp_title_take(struct qp_title *t, int argc, char **argv)
{
    size_t n = 0;
    *t = (struct qp_title){0};
    while (environ && environ[n])
        n++;
    char *end = end_of(argc, argv), **texts = copy(argv, (size_t)argc), **env = copy(environ, n),
         **args = calloc((size_t)argc + 1, sizeof *args);
    if (!texts || !env || !args)
        return argv;
    environ = env;
    memcpy(args, texts, (size_t)argc * sizeof *args);
    *t = (struct qp_title){.at = argv[0], .cap = (size_t)(end - argv[0]), .texts = texts, .args = args};
    return args;
}

void qp_title_free(struct qp_title *t)
{
    for (size_t i = 0; t->texts && t->texts[i]; i++)
        free(t->texts[i]);
    free(t->texts);
    free(t->args);
    *t = (struct qp_title){0};
}

void qp_title_set(const struct qp_title *t, const char *path, const char *rest)
{
    const char *label = strrchr(path, '/');
    char name[16];
    snprintf(name, sizeof name, "qipan:%.9s", label ? label + 1 : path);
    prctl(PR_SET_NAME, name);
    if (!t->at)
        return;
    memset(t->at, 0, t->cap);
    snprintf(t->at, t->cap, "qipan:%s %s", path, rest);
}
