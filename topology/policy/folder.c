/* folder.c: a policy from a folder for people: policy.conf (version, hours, rules), calendar.csv (dates off
 * and on), categories.csv. The format is in topology/policy/README.md.
 *
 *   policy.conf ─► calendar.csv (needs its calendars) ─► categories.csv ─► struct qp_policy */
#include "topology/policy/folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/codec.h"

enum { NAME_CAP = 4096 };

/* The whole file, UTF-8, without a byte order mark; false: told. */
static bool slurp(struct qp_policy_reading *r, const char *name, bool must, char **text, size_t *len)
{
    r->at = (struct qp_policy_at){qp_arena_text(r->p->a, name), 0};
    if (!must && access(name, F_OK) != 0)
        return false;
    if (!qp_policy_file(name, r->at, text, len, r->m))
        return true;
    r->p->broken = true;
    return false;
}

/* A file in another encoding is told once, at the first line that shows it. */
static bool usable(struct qp_policy_reading *r, const char *text, size_t len)
{
    const char *end = text + len;
    r->at.line = 1;
    for (const char *stop; text < end; text = stop, r->at.line++) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        stop = newline ? newline + 1 : end;
        if (!qp_utf8_ok(text, (size_t)(stop - text)))
            break;
    }
    if (text == end) {
        r->at.line = 0;
        return true;
    }
    qp_mistake_add(r->m, QP_MISTAKE_NOT_UTF8, r->at, NULL, NULL, NULL);
    r->p->broken = true;
    return false;
}

struct qp_policy *qp_policy_folder(const char *dir, struct qp_mistakes *m)
{
    char name[NAME_CAP], *text;
    size_t len;
    struct qp_policy_reading r = {.p = qp_policy_new(), .m = m};
    if (!r.p) {
        qp_mistake_add(m, QP_MISTAKE_NO_MEMORY, (struct qp_policy_at){dir, 0}, NULL, NULL, NULL);
        return NULL;
    }
    int n = snprintf(name, sizeof name - 32, "%s/policy.conf", dir);
    if (n < 0 || (size_t)n >= sizeof name - 32 || access(name, F_OK) != 0) {
        qp_mistake_add(m, QP_MISTAKE_NO_FOLDER, (struct qp_policy_at){dir, 0}, NULL, dir, NULL);
        qp_policy_free(r.p);
        return NULL;
    }
    if (slurp(&r, name, true, &text, &len)) {
        r.p->at = (struct qp_policy_at){r.at.file, 1};
        if (usable(&r, text, len))
            qp_folder_conf(&r, text, len);
        free(text);
    }
    snprintf(name, sizeof name, "%s/calendar.csv", dir);
    if (!r.p->broken && slurp(&r, name, false, &text, &len)) { /* a policy of natural time needs none */
        if (usable(&r, text, len))
            qp_folder_calendar(&r, text, len);
        free(text);
    }
    snprintf(name, sizeof name, "%s/categories.csv", dir);
    if (slurp(&r, name, true, &text, &len)) {
        if (usable(&r, text, len))
            qp_folder_categories(&r, text, len);
        free(text);
    }
    if (!qp_policy_ready(r.p))
        qp_mistake_add(m, QP_MISTAKE_NO_MEMORY, r.p->at, NULL, NULL, NULL);
    return r.p;
}
