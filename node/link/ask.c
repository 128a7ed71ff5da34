/* ask.c: questions between neighbours: whose certificate is this (L5), which node is at this path.
 *
 * What is not known here and cannot lie below is passed on to the parent, the asker remembered (at most
 * QP_ASKS of them), and the answer goes back down to it. Only answers to questions that were put are looked
 * at. */
#include <assert.h>
#include <string.h>

#include "node/link/inside.h"

static void ask_key(struct qp_hash *key, const Qp__Ask *ask)
{
    assert(ask->path); /* protobuf-c: an absent text is an empty one */
    const uint8_t kind = ask->certificate.len ? 1 : ask->node.len ? 2 : 3;
    const struct qp_part parts[] = {{&kind, 1},
                                    {ask->certificate.data, ask->certificate.len},
                                    {ask->node.data, ask->node.len},
                                    {ask->path, strlen(ask->path)}};
    qp_hash_parts(key, parts, sizeof parts / sizeof *parts);
}

/* One child's questions take a quarter of the places at most, all children's three: this node's own find one, and so do a sibling's. */
static bool has_place(const struct qp_session *s, const struct qp_session *from, int64_t now_us)
{
    assert(from != s);
    size_t its = 0, others = 0;
    for (size_t i = 0; i < QP_ASKS; i++) {
        const struct qp_question *a = &s->asked[i];
        bool stands = a->used && now_us - a->at_us <= QP_ASK_US;
        its += stands && a->from == from;
        others += stands && a->from;
    }
    return !from || (its < QP_ASKS / 4 && others < 3 * QP_ASKS / 4);
}

static struct qp_question *free_place(struct qp_session *s, int64_t now_us)
{
    assert(s->open);
    for (size_t i = 0; i < QP_ASKS; i++) {
        struct qp_question *a = &s->asked[i];
        if (!a->used || now_us - a->at_us > QP_ASK_US)
            return a;
    }
    return NULL;
}

bool qp_ask_put(struct qp_session *s, Qp__Ask *ask, struct qp_session *from, int64_t now_us)
{
    assert(!from || (from != s && from->above == s)); /* others' questions only go up */
    if (!s->open)
        return false;
    struct qp_hash key;
    ask_key(&key, ask);
    bool under_way = false;
    for (size_t i = 0; i < QP_ASKS; i++) {
        struct qp_question *a = &s->asked[i];
        if (!a->used || now_us - a->at_us > QP_RETRY_US || !qp_hash_eq(&a->key, &key))
            continue;
        under_way = true;
        if (a->from == from)
            return true;
    }
    struct qp_question *place = has_place(s, from, now_us) ? free_place(s, now_us) : NULL;
    if (!place)
        return false;
    if (!under_way) {
        Qp__Frame f = QP__FRAME__INIT;
        f.body_case = QP__FRAME__BODY_ASK;
        f.ask = ask;
        if (!qp_session_say(s, &f))
            return false;
    }
    *place = (struct qp_question){.used = true, .own = !from, .key = key, .from = from, .at_us = now_us};
    return true;
}

bool qp_session_ask_path(struct qp_session *s, const char *path, int64_t now_us)
{
    assert(path[0] != '\0'); /* an empty one would ask for nobody */
    char copy[QP_PATH_MAX];
    if (strlen(path) >= sizeof copy)
        return false;
    strcpy(copy, path);
    Qp__Ask ask = QP__ASK__INIT;
    ask.path = copy;
    return qp_ask_put(s, &ask, NULL, now_us);
}

static void answer(struct qp_session *s, Qp__Ask *ask, Qp__Chain *chain)
{
    assert(s->open && ask);
    Qp__Answer a = QP__ANSWER__INIT;
    a.ask = ask;
    a.chain = chain;
    Qp__Frame f = QP__FRAME__INIT;
    f.body_case = QP__FRAME__BODY_ANSWER;
    f.answer = &a;
    qp_session_say(s, &f); /* lost when there is no room: who needs it asks again */
}

static Qp__Chain *look_up(const struct qp_hearing *h, const Qp__Ask *ask)
{
    assert(h->read->tables);
    struct qp_hash id;
    struct qp_node_entry entry;
    if (ask->certificate.len) {
        memcpy(id.b, ask->certificate.data, QP_HASH_LEN);
    } else {
        int rc = ask->node.len ? qp_node_by_id(h->read, ask->node.data, &entry)
                               : qp_node_by_path(h->read, ask->path, &entry);
        if (rc)
            return NULL;
        id = entry.certificate;
    }
    return qp_core_chain(h->s->n.core, NULL, h->read, &id, h->arena);
}

/* What a later build adds is not sent on: it has no bound. */
static void plain_of(Qp__Ask *out, const Qp__Ask *ask)
{
    assert(ask->path);
    qp__ask__init(out);
    out->certificate = ask->certificate;
    out->node = ask->node;
    out->path = ask->path;
}

void qp_ask_on_ask(const struct qp_hearing *h)
{
    assert(h->s->open && h->frame->body_case == QP__FRAME__BODY_ASK);
    struct qp_session *s = h->s;
    Qp__Ask plain, *ask = &plain;
    plain_of(ask, h->frame->ask);
    if ((ask->certificate.len != 0) + (ask->node.len != 0) + (ask->path[0] != 0) != 1) {
        s->bad_frames++;
        return;
    }
    Qp__Chain *chain = look_up(h, ask);
    bool elsewhere =
        !ask->certificate.len && !(ask->path[0] && qp_path_within(ask->path, qp_core_self(s->n.core)->path));
    if (!chain && elsewhere && s->above && qp_ask_put(s->above, ask, s, h->now_us))
        return;
    answer(s, ask, chain);
}

void qp_ask_on_answer(const struct qp_hearing *h)
{
    assert(h->s->open && h->frame->body_case == QP__FRAME__BODY_ANSWER);
    struct qp_session *s = h->s;
    const Qp__Answer *a = h->frame->answer;
    struct qp_hash key;
    bool wanted = false;
    Qp__Ask ask;
    Qp__Chain *chain = a->chain && !qp_check(&a->chain->base, NULL) ? a->chain : NULL;
    plain_of(&ask, a->ask);
    ask_key(&key, &ask);
    for (size_t i = 0; i < QP_ASKS; i++) {
        struct qp_question *asked = &s->asked[i];
        if (!asked->used || !qp_hash_eq(&asked->key, &key))
            continue;
        wanted = true;
        asked->used = false;
        /* what waited for it was dropped: it comes again once the turn has taken the answer */
        if (!asked->from && (ask.certificate.len || ask.node.len))
            qp_ack_want(s, true, false, h->now_us);
        if (asked->from && asked->from->open)
            answer(asked->from, &ask, chain);
    }
    if (!wanted) {
        s->bad_frames++;
        return;
    }
    if (!chain || chain->n_certificates == 0)
        return;
    struct qp_input in = {.kind = QP_IN_CHAIN};
    in.chain.chain = chain;
    qp_hearing_input(h, &in);
}
