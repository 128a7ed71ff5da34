/* said.h: what the sentences of errors say in Chinese. One row each: the sentence as the code that fails has it (its form
 * for printf), and the same in Chinese. A sentence is read back by its row when it is answered, so that nothing that
 * fails needs to know who asks, and a sentence in a sentence ("…; possible here: …") is said with it.
 *
 *   "suzhou/tuohe is revoked; invite it again first" ─► row "%.200s is revoked; …" ─► "suzhou/tuohe 已吊销；…"
 *
 * Each conversion of the form takes the shortest text that lets the rest fit; in Chinese %1 is what the first one took, said
 * in Chinese itself where there is a row for all of it, and &1 the same of a word of the code (said_word.h). "field: " before a sentence stays. Rows of said_door.h are of
 * node/http, those of said_turn.h of what the turn decides (matters, resources, lines, files, policies, patrols).
 * tests/unit/proto/said.py lists each sentence of the code that has no row: the bound of a folder only falls. */
#ifndef QP_PROTO_SAID_H
#define QP_PROTO_SAID_H

#include <stdbool.h>
#include <stddef.h>

enum { QP_SAID_ZH = 1200 };

/* The sentence in Chinese, in out (QP_SAID_ZH bytes); false: there is no row for it, and out is "". */
bool qp_said_zh(const char *en, char out[QP_SAID_ZH]);
/* The same, and where there is no row what kind of error its api code is, with the sentence as it was said behind it. */
const char *qp_said_or_kind(const char *code, const char *en, char out[QP_SAID_ZH]);
/* Row i, for whoever walks them; false: there are no more. */
bool qp_said_row(size_t i, const char **en, const char **zh);

#endif
