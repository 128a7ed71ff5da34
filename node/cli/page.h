/* page.h: one page of a list that a node answers, as lines for a person: every list of the command line but `list` and the
 * resources', which put all pages together. */
#ifndef QP_NODE_CLI_PAGE_H
#define QP_NODE_CLI_PAGE_H

#include "node/cli/client.h"

struct qp_page {
    const char *path;
    const char *const (*args)[2]; /* {the call's argument, the option that gives it}, up to {NULL, NULL} */
    const char *items;            /* the member with the rows; NULL: "items" */
    void (*show)(const struct qp_cli *c, void *arg, const json_t *row);
    void *arg;
    const char *none; /* said where there is no row, in the person's language */
};
/* Asks, shows the rows, and says when there is none or when there are more (`--cursor`). With --json the answer as
 * it came; --quiet leaves out the sentences, not the rows.
 * *out, where it is not NULL, gets the answer of what was shown, for what else stands in it; the caller's. Exit code. */
int qp_page_show(const struct qp_cli *c, struct qp_client *cl, const struct qp_page *p, json_t **out);

#endif
