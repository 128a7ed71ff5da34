/* audit.c: see audit.h. */
#include "proto/audit.h"

#include <stddef.h>
#include <string.h>

static const struct {
    unsigned number;
    const char *name;
} ROWS[] = {
#define X(NAME, name, number, zh, en) {number, name},
    QP_AUDITS(X)
#undef X
};

const char *qp_audit_name(unsigned what)
{
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        if (ROWS[i].number == what)
            return ROWS[i].name;
    return "?";
}

unsigned qp_audit_parse(const char *name)
{
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        if (strcmp(ROWS[i].name, name) == 0)
            return ROWS[i].number;
    return 0;
}

const char *qp_audit_from_name(unsigned from)
{
    static const char *const names[] = {[QP_FROM_NODE] = "node",
                                        [QP_FROM_TOKEN] = "token",
                                        [QP_FROM_CONSOLE] = "console",
                                        [QP_FROM_PHONE] = "phone"};
    return from < sizeof names / sizeof *names && names[from] ? names[from] : "?";
}
