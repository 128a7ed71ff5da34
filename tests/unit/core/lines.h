/* lines.h: what people do on lines, and what a node has of them, for the tests of lines. */
#ifndef QP_TESTS_CORE_LINES_H
#define QP_TESTS_CORE_LINES_H

#include "node/core/line.h"
#include "tests/unit/core/rig.h"

enum { CITY, A, B, SIDE };

/* A reader at a node; ends with qp_read_end(&v.r). */
struct lines_view {
    struct qp_read r;
    struct qp_line_db db;
};

int lines_up(void **state); /* a rig whose nodes have line keys */

/* ---- what people do: wang at node i, li at the other ---- */
Qp__LineMember *lines_member(struct rig *r, int i, const char *name);
struct qp_reply lines_ask(struct rig *r, int i, Qp__Event *ev, const char *text, const char *title);
matter lines_open(struct rig *r, int i, int other, const char *title);
struct qp_reply lines_tell(struct rig *r, int i, matter line, const char *text, const char *key);
struct qp_reply lines_see(struct rig *r, int i, matter line, const char *name);
/* ---- what is there ---- */
struct lines_view lines_look(struct rig *r, int i);
enum qp_line_text lines_text(struct rig *r, int i, matter line, uint64_t seq, char out[200]);
void lines_hears(struct rig *r, int i, matter line, uint64_t seq, const char *text);
bool lines_knows(struct rig *r, int i, matter line);
uint64_t lines_seqs(struct rig *r, int i, matter line);
struct qp_line_with lines_with(struct rig *r, int i, matter line, int other);
void lines_settle(struct rig *r); /* every node has its turn until nothing moves */

/* ---- forged: signed by node `from`, which said no such thing; for the other, in the lane of lines ---- */
void lines_hand(struct rig *r, int from, int to, Qp__Event *ev);
void lines_hand_key(struct rig *r, int from, int to, uint8_t key, bool lost); /* a line key, one of 256 */

#endif
