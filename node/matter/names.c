/* names.c: the words of states, urgencies and kinds, as the API and the command line print
 * them. */
#include "node/matter/matter.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "node/matter/lifecycle.h"
#include "proto/steps.h"

static const char *const states[] = {
    [QP_OPEN] = "open",       [QP_SORTED] = "sorted", [QP_ASSIGNED] = "assigned", [QP_HANDLED] = "handled",
    [QP_VISITED] = "visited", [QP_CLOSED] = "closed", [QP_HUNG] = "hung",         [QP_MERGED] = "merged",
};
static const char *const urgencies[] = QP_URGENCY_WORDS;
static const char *const kinds[] = {
    [QP_KIND_ESCALATE] = "escalate",
    [QP_KIND_DISPATCH] = "dispatch",
    [QP_KIND_TRANSFER] = "transfer",
    [QP_KIND_RETURN] = "return",
};
#define COUNT(list) (sizeof list / sizeof *list)

static const char *name_of(const char *const *list, size_t n, uint32_t i)
{
    return i < n && list[i] ? list[i] : "unknown";
}

static int index_of(const char *const *list, size_t n, const char *name)
{
    for (size_t i = 1; name && i < n; i++)
        if (strcmp(list[i], name) == 0)
            return (int)i;
    return 0;
}

const char *qp_state_name(uint32_t state)
{
    return name_of(states, COUNT(states), state);
}

int qp_state_parse(const char *name)
{
    return index_of(states, COUNT(states), name);
}

const char *qp_urgency_name(uint32_t urgency)
{
    return name_of(urgencies, COUNT(urgencies), urgency);
}

int qp_urgency_parse(const char *name)
{
    return index_of(urgencies, COUNT(urgencies), name);
}

const char *qp_kind_name(uint32_t kind)
{
    return name_of(kinds, COUNT(kinds), kind);
}

/* Collect, sort and assign, report upward, handle, visit, circulate. */
uint32_t qp_step_number(const Qp__Face *f)
{
    static const uint8_t steps[] = {[QP_OPEN] = 1,    [QP_SORTED] = 2, [QP_ASSIGNED] = 2, [QP_HANDLED] = 4,
                                    [QP_VISITED] = 5, [QP_CLOSED] = 6, [QP_HUNG] = 2,     [QP_MERGED] = 6};
    if (f->offer && f->offer->kind == QP_KIND_ESCALATE)
        return 3;
    uint32_t state = f->state == QP_HUNG ? qp_before(f) : f->state;
    return state < COUNT(steps) && steps[state] ? steps[state] : 1;
}

/* The step is possible here and now, as far as state and speaker go. */
static bool possible(const struct qp_step *st, const Qp__Face *f, ProtobufCBinaryData me)
{
    const struct qp_transition *t = qp_transition_of(st->body);
    assert(t);
    if (!qp_transition_from(t, f) || !qp_transition_by(t, f, me))
        return false;
    if (qp_transition_speaker(t) == QP_BY_SENDER && f->offer->withdraw_asked)
        return false;
    return st != &qp_steps[QP_STEP_INDEX_return] || f->came_from.len; /* there is somewhere to return it to */
}

void qp_matter_possible(char *out, size_t cap, const Qp__Face *f, const uint8_t self[QP_ID_LEN])
{
    assert(cap > 0);
    ProtobufCBinaryData me = {QP_ID_LEN, (uint8_t *)(uintptr_t)self};
    size_t at = 0;
    out[0] = 0;
    for (size_t i = 0; i < QP_STEPS_N; i++) {
        if (!possible(&qp_steps[i], f, me))
            continue;
        int len = snprintf(out + at, cap - at, "%s%s", at ? ", " : "", qp_steps[i].name);
        if (len < 0 || (size_t)len >= cap - at) {
            out[at] = 0; /* whole words only */
            return;
        }
        at += (size_t)len;
    }
}
