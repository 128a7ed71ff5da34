/* show.h: what the API says, as lines for a person. */
#ifndef QP_NODE_CLI_SHOW_H
#define QP_NODE_CLI_SHOW_H

#include "node/cli/cli.h"

void qp_show_line(const struct qp_cli *c, const json_t *matter);   /* one line */
void qp_show_matter(const struct qp_cli *c, const json_t *matter); /* all of it, with its history */
/* A text member, "" when it is absent or null. */
const char *qp_text_of(const json_t *o, const char *name);
/* Cells on a terminal: East Asian wide characters take two. */
size_t qp_width(const char *text);
/* Pads to `cells` (left-aligned); a longer text is not cut. */
void qp_print_padded(const char *text, size_t cells);

#endif
