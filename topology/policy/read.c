/* read.c: a policy from a file or a folder, whichever it is. See policy.h. */
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "topology/policy/days.h"
#include "topology/policy/field.h"

static bool is_folder(const char *source)
{
    struct stat st;
    return stat(source, &st) == 0 && S_ISDIR(st.st_mode);
}

/* The JSON of a file, by either of its readers. */
static struct qp_policy *read_json(const char *source, struct qp_mistakes *m,
                                   struct qp_policy *(*reader)(const char *text, size_t len, const char *name,
                                                               struct qp_mistakes *m))
{
    char *text;
    size_t len;
    struct qp_policy_at at = {source, 0};
    if (qp_mistake_of_folder(source)) {
        char path[QP_MISTAKE_ARG];
        snprintf(path, sizeof path, "%s", source);
        qp_mistake_add(m, QP_MISTAKE_PART_OF_FOLDER, at, NULL, dirname(path), NULL);
        return NULL;
    }
    if (qp_policy_file(source, at, &text, &len, m))
        return NULL;
    struct qp_policy *p = reader(text, len, source, m);
    free(text);
    return p;
}

struct qp_policy *qp_policy_read(const char *source, struct qp_mistakes *m)
{
    return is_folder(source) ? qp_policy_folder(source, m) : read_json(source, m, qp_policy_json);
}

struct qp_policy *qp_policy_read_calendars(const char *source, struct qp_mistakes *m)
{
    if (!is_folder(source))
        return read_json(source, m, qp_policy_calendars);
    struct qp_policy *p = qp_policy_folder(source, m);
    if (p && !p->broken)
        qp_policy_check_calendars(p, m);
    return p;
}
