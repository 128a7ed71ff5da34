/* show.h: what the API says, as lines for a person. */
#ifndef QP_NODE_CLI_SHOW_H
#define QP_NODE_CLI_SHOW_H

#include "node/cli/client.h"

struct qp_here;
enum { QP_ALARM_TEXT = 2400 }; /* bytes: a sentence, a path, a reason */
void qp_show_line(const struct qp_cli *c, const struct qp_here *h, const json_t *matter); /* one line */
/* All of it, with its history. */
void qp_show_matter(const struct qp_cli *c, const struct qp_here *h, const json_t *matter);
/* A state, urgency, kind of offer, kind of event or state of a link, in the person's language; as it is when
 * it is none of these. */
const char *qp_word(const struct qp_cli *c, const char *word);
/* What `report --dry-run` was answered (similar.c). */
void qp_show_foreseen(struct qp_cli *c, const json_t *answer);
/* An alarm of /api/v1/node as one line in the person's language: whom it is about, since when, why, and what to
 * do. */
void qp_alarm_text(const struct qp_cli *c, const json_t *alarm, char *out, size_t cap);
/* Cells on a terminal: East Asian wide characters take two. */
size_t qp_width(const char *text);
/* Pads to `cells` (left-aligned); a longer text is not cut. */
void qp_print_padded(const char *text, size_t cells);

#endif
