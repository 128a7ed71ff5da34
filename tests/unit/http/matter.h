/* matter.h: what the tests of matters say to the API, by the token with every right, and what they expect. */
#ifndef QP_TESTS_HTTP_MATTER_H
#define QP_TESTS_HTTP_MATTER_H

#include "tests/unit/http/rig.h"

/* Reports a matter of the category `noise`. more: further members, each behind a comma. */
struct answer *report(struct rig *r, const char *more, const char *headers);
/* A matter that was reported. */
void report_id(struct rig *r, char id[27]);
struct answer *step(struct rig *r, const char *id, const char *name, const char *body);
/* The step succeeds and leaves the matter in that state. */
void goes_to(struct rig *r, const char *id, const char *name, const char *body, const char *state);
/* The answer is an error of this status, code and field (NULL: it names none), with a sentence. Frees it. */
void refused(struct answer *a, int status, const char *code, const char *field);

#endif
