/* made.h: matters that people made of what this node found (a lead, a warning) are told by their source. They repeat what they were
 * made of: they are neither clues (CU1) nor counts of a day (WN1), else what a node finds would feed what it finds next. */
#ifndef QP_NODE_INSIGHT_MADE_H
#define QP_NODE_INSIGHT_MADE_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define QP_MADE_OF_LEAD    "lead"
#define QP_MADE_OF_WARNING "warning"

static inline bool qp_is_made(const char *source)
{
    static const char *const of[] = {QP_MADE_OF_LEAD, QP_MADE_OF_WARNING};
    for (size_t i = 0; i < sizeof of / sizeof *of; i++)
        if (strcmp(source, of[i]) == 0)
            return true;
    return false;
}

#endif
