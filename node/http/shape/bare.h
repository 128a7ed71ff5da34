/* bare.h: a matter as a wall shows it: codes, places, steps and times. No title, text, place, note, reason,
 * person, source's number, position: nothing that a person wrote in his own words, nothing finer than the
 * community. Whoever adds a member here asks: may it hang in a hall where everybody reads it? */
#ifndef QP_NODE_HTTP_SHAPE_BARE_H
#define QP_NODE_HTTP_SHAPE_BARE_H

#include "node/http/wire/inside.h"

/* The members, without the braces. */
void qp_json_bare(struct qp_json *j, const Qp__Row *row);

#endif
