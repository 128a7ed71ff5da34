/* tokens.c: tokens of programs, as a resource. A token's text is shown once, to who made it; what is kept is its
 * hash, in an event of this node's journal that is never sent (E4). Making one under a name that stands ends
 * the one before. */
#include <assert.h>
#include <string.h>

#include "node/http/calls/resources.h"

enum { SECRET = 32 };
static const char FRONT[] = "qpt_";

static const struct qp_sheet SHEET[] = {QP_FIELDS_token(QP_SHEET_I, QP_SHEET_F) QP_SHEET_E};

static struct qp_span span_of(const Qp__TokenMade *t)
{
    struct qp_span r;
    qp_span_of(&r, t->areas, t->n_areas, t->categories, t->n_categories);
    return r;
}

static void check(struct qp_making *m, struct qp_fields *s)
{
    const Qp__TokenMade *t = (const Qp__TokenMade *)m->made;
    uint32_t had = m->old.version ? ((const Qp__TokenMade *)m->old.made)->rights : 0;
    qp_making_gives(m, s, "rights", t->rights & ~had);
    const struct qp_own *own = &m->c->auth.own;
    if (!*t->desk || !qp_own_has(own, QP_OWN_DESKS, t->desk))
        qp_making_gives_all(m, s, "desk", t->rights);
    struct qp_span gets = span_of(t),
                   held = m->old.version ? span_of((const Qp__TokenMade *)m->old.made) : gets;
    qp_making_gives_span(m, s, m->old.version ? &held : NULL, &gets);
}

static enum MHD_Result before(struct qp_making *m)
{
    Qp__TokenMade *t = (Qp__TokenMade *)m->made;
    struct qp_arena *a = qp_call_arena(m->c);
    uint8_t secret[SECRET];
    struct qp_hash of;
    size_t front = sizeof FRONT - 1;
    char *text = qp_arena_take(a, front + qp_b64_len(SECRET) + 1);
    if (!text)
        return MHD_NO;
    qp_random(secret, sizeof secret);
    memcpy(text, FRONT, front);
    qp_b64(text + front, secret, SECRET);
    qp_hash(&of, text, strlen(text));
    t->hash = (ProtobufCBinaryData){QP_HASH_LEN, qp_arena_copy(a, of.b, QP_HASH_LEN)};
    if (!t->hash.data)
        return MHD_NO;
    m->secret = text;
    return qp_making_send(m);
}

const struct qp_view qp_token_view = {
    .kind = QP_RESOURCE_TOKEN,
    .sheet = SHEET,
    .shows_ended = true,
    .opens_doors = true,
    .check = check,
    .before = before,
};
