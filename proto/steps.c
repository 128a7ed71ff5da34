/* steps.c: the lists of steps.h as tables. */
#include "proto/steps.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "proto/events.h"

const struct qp_words qp_step_words[QP_WORDS] = {
#define X(name, value, en, zh) {value, en, zh},
    QP_STEP_WORDS(X)
#undef X
};
const char *const qp_step_word_names[QP_WORDS] = {
#define X(name, value, en, zh) #name,
    QP_STEP_WORDS(X)
#undef X
};

#define F(name, Message, member, KIND, most, NEED, SHOW)                                                     \
    QP_SHAPE_SAYS(name, Message, member, KIND, most, NEED, SHOW, &qp_step_words[QP_WORD_##name])
#define X(name, member, CASE, RIGHT, MAP, en, zh)                                                            \
    static const struct qp_shape_row name##_rows[] = {QP_STEP_##name(F, QP_SHAPE_OWN) QP_SHAPE_END};
QP_STEPS(X)
#undef X
#undef F

const struct qp_step qp_steps[QP_STEPS_N] = {
#define X(name, member, CASE, RIGHT, MAP, en, zh)                                                            \
    {#name,                                                                                                  \
     en,                                                                                                     \
     zh,                                                                                                     \
     QP__EVENT__BODY_##CASE,                                                                                 \
     offsetof(Qp__Event, member),                                                                            \
     QP_STEP_MAP_##MAP,                                                                                      \
     {&qp__##member##__descriptor, name##_rows}},
    QP_STEPS(X)
#undef X
};

const struct qp_step *qp_step_find(const char *name)
{
    for (size_t i = 0; i < QP_STEPS_N; i++)
        if (strcmp(qp_steps[i].name, name) == 0)
            return &qp_steps[i];
    return NULL;
}

const struct qp_step *qp_step_of(const Qp__Event *ev)
{
    const struct qp_step *first = NULL;
    for (size_t i = 0; i < QP_STEPS_N; i++) {
        const struct qp_step *st = &qp_steps[i];
        if (st->body != (int)ev->body_case)
            continue;
        if (qp_shape_marks(&st->shape, qp_step_body(st, ev)))
            return st;
        first = first ? first : st;
    }
    return first;
}

char *qp_step_list(char *out, size_t cap, bool map)
{
    size_t at = 0;
    assert(cap > 0);
    out[0] = 0;
    for (size_t i = 0; i < QP_STEPS_N; i++) {
        if (map && qp_steps[i].map == QP_STEP_MAP_NO)
            continue;
        int len = snprintf(out + at, cap - at, "%s%s", at ? ", " : "", qp_steps[i].name);
        if (len < 0 || (size_t)len >= cap - at) {
            out[at] = 0;
            break;
        }
        at += (size_t)len;
    }
    return out;
}

ProtobufCMessage *qp_step_body(const struct qp_step *st, const Qp__Event *ev)
{
    ProtobufCMessage *m;
    assert(st->body == (int)ev->body_case);
    memcpy(&m, (const char *)ev + st->at, sizeof m);
    assert(m);
    return m;
}

int qp_step_make(const struct qp_step *st, Qp__Event *ev, struct qp_arena *a)
{
    ProtobufCMessage *m = qp_shape_make(&st->shape, a);
    if (!m)
        return QP_EBIG;
    ev->body_case = (Qp__Event__BodyCase)st->body;
    memcpy((char *)ev + st->at, &m, sizeof m);
    return 0;
}

enum qp_word qp_step_word(const struct qp_shape_row *r)
{
    ptrdiff_t i = r->words - qp_step_words;
    assert(i >= 0 && i < QP_WORDS);
    return (enum qp_word)i;
}

const char *qp_step_said(const Qp__Event *ev)
{
    const struct qp_step *st = qp_step_of(ev);
    const char *words = qp_event_words(ev);
    if (words && *words)
        return words;
    for (const struct qp_shape_row *r = st ? st->shape.rows : NULL; r && r->name; r++)
        if (r->kind == QP_SHAPE_TEXT && r->need != QP_NEED_OWN)
            return qp_shape_text(&st->shape, r, qp_step_body(st, ev));
    return "";
}
