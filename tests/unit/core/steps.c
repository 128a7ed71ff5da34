/* steps.c: what people and joining nodes ask of a node of the rig: one command, one turn, one reply. */
#include <stdio.h>

#include "tests/unit/core/rig.h"

static void *take(struct rig *r, size_t len)
{
    void *p = qp_arena_take(r->arena, len);
    assert_non_null(p);
    return p;
}

static ProtobufCBinaryData copy(struct rig *r, const void *p, size_t len)
{
    void *to = qp_arena_copy(r->arena, p, len);
    assert_non_null(to);
    return (ProtobufCBinaryData){len, to};
}

struct qp_reply rig_command(struct rig *r, int i, const struct qp_command *c)
{
    struct qp_input in = {.kind = QP_IN_COMMAND, .command = *c};
    in.command.ticket = 77;
    int rc = rig_turn(r, i, &in, 1);
    if (rc) {
        struct qp_reply failed = {.code = rc};
        memcpy(failed.text, r->e.text, sizeof failed.text);
        return failed;
    }
    const struct qp_output *o = rig_output(r, i, QP_OUT_REPLY, NULL);
    assert_non_null(o);
    assert_int_equal(o->reply.ticket, 77);
    return o->reply;
}

void rig_ok(struct qp_reply reply)
{
    if (reply.code != 0)
        fail_msg("%s: %s", qp_error_name(reply.code), reply.text);
}

void rig_code(struct qp_reply reply, int code)
{
    if (reply.code != code)
        fail_msg("%s instead of %s: %s", qp_error_name(reply.code), qp_error_name(code), reply.text);
    assert_true(code == 0 || reply.text[0] != 0);
}

Qp__Event *rig_draft(struct rig *r, int body, const matter *m)
{
    Qp__Event *ev = take(r, sizeof *ev);
    qp__event__init(ev);
    ev->by = qp_arena_text(r->arena, "token:rig");
    if (m)
        ev->matter = copy(r, m->b, QP_ID_LEN);
    const ProtobufCFieldDescriptor *f =
        protobuf_c_message_descriptor_get_field(&qp__event__descriptor, (unsigned)body);
    assert_non_null(f);
    const ProtobufCMessageDescriptor *d = f->descriptor;
    ProtobufCMessage *b = take(r, d->sizeof_message);
    protobuf_c_message_init(d, b);
    ev->body_case = (Qp__Event__BodyCase)body;
    memcpy(&ev->opened, &b, sizeof b);
    return ev;
}

struct qp_reply rig_try(struct rig *r, int i, const Qp__Event *draft)
{
    struct qp_command c = {.op = QP_OP_STEP, .draft = draft, .if_version = -1};
    return rig_command(r, i, &c);
}

Qp__Event *rig_opened(struct rig *r, const char *title, uint32_t urgency)
{
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_OPENED, NULL);
    Qp__Face *f = ev->opened->face = take(r, sizeof *f);
    qp__face__init(f);
    f->title = qp_arena_text(r->arena, title);
    f->category = qp_arena_text(r->arena, "light");
    f->source = qp_arena_text(r->arena, "12345");
    f->urgency = urgency;
    return ev;
}

static matter open_as(struct rig *r, int i, const char *title, uint32_t urgency)
{
    matter m;
    struct qp_reply reply = rig_try(r, i, rig_opened(r, title, urgency));
    rig_ok(reply);
    assert_true(reply.created);
    memcpy(m.b, reply.matter, QP_ID_LEN);
    return m;
}

matter rig_open(struct rig *r, int i, const char *title)
{
    return open_as(r, i, title, QP_ROUTINE);
}

matter rig_emergency(struct rig *r, int i, const char *title)
{
    return open_as(r, i, title, QP_EMERGENCY);
}

Qp__Event *rig_offered(struct rig *r, matter m, uint32_t kind, const char *to)
{
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_OFFERED, &m);
    ev->offered->kind = kind;
    ev->offered->reason = qp_arena_text(r->arena, "because");
    if (to)
        ev->offered->to_path = qp_arena_text(r->arena, to);
    return ev;
}

struct qp_reply rig_offer(struct rig *r, int i, matter m, uint32_t kind, const char *to)
{
    return rig_try(r, i, rig_offered(r, m, kind, to));
}

struct qp_reply rig_step(struct rig *r, int i, matter m, int body)
{
    return rig_try(r, i, rig_draft(r, body, &m));
}

struct qp_reply rig_comment(struct rig *r, int i, matter m, const char *text)
{
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_COMMENTED, &m);
    ev->commented->text = qp_arena_text(r->arena, text);
    return rig_try(r, i, ev);
}

/* ---- joining ---- */

struct qp_reply rig_invite(struct rig *r, int i, const char *path, const uint8_t link_key[QP_PK_LEN],
                           int64_t expires_us)
{
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_INVITED, NULL);
    ev->invited->link_key = copy(r, link_key, QP_PK_LEN);
    ev->invited->path = qp_arena_text(r->arena, path);
    ev->invited->title = qp_arena_text(r->arena, qp_path_label(path));
    ev->invited->level = qp_arena_text(r->arena, "place");
    ev->invited->expires_us = expires_us;
    struct qp_command c = {.op = QP_OP_INVITE, .draft = ev, .if_version = -1};
    return rig_command(r, i, &c);
}

Qp__Join *rig_request(struct rig *r, const struct qp_keys *k, const uint8_t token[QP_PK_LEN])
{
    uint8_t words[4 * QP_PK_LEN], signature[QP_SIG_LEN];
    Qp__Join *j = take(r, sizeof *j);
    memcpy(words, token, 32);
    memcpy(words + 32, k->sign_pk, 32);
    memcpy(words + 64, k->box_pk, 32);
    memcpy(words + 96, k->link_pk, 32);
    qp_sign(signature, QP_TAG_JOIN, words, sizeof words, k->sign_sk);
    qp__join__init(j);
    j->sign_key = copy(r, k->sign_pk, 32);
    j->box_key = copy(r, k->box_pk, 32);
    j->link_key = copy(r, k->link_pk, 32);
    j->signature = copy(r, signature, sizeof signature);
    return j;
}

struct qp_reply rig_ask_join(struct rig *r, int i, Qp__Join *j, const uint8_t token[QP_PK_LEN])
{
    struct qp_command c = {.op = QP_OP_JOIN, .join = j, .token_link_key = token, .if_version = -1};
    return rig_command(r, i, &c);
}

struct qp_reply rig_revoke(struct rig *r, int i, const char *path)
{
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_REVOKED, NULL);
    ev->revoked->kind = 1;
    ev->revoked->reason = qp_arena_text(r->arena, "stolen");
    struct qp_command c = {.op = QP_OP_REVOKE, .draft = ev, .path = path, .if_version = -1};
    return rig_command(r, i, &c);
}

void rig_policy(struct rig *r, int i, bool escalate, bool back, bool dispatch, bool transfer)
{
    struct qp_acceptance p = {.accept_escalate = escalate,
                              .accept_return = back,
                              .accept_dispatch = dispatch,
                              .accept_transfer = transfer};
    qp_core_set_acceptance(r->nodes[i].core, &p);
}

void rig_weigh(struct rig *r, int i, const char *json, struct qp_policy_trial *t)
{
    struct qp_read read;
    char *text = strdup(json);
    for (char *p = text; *p != '\0'; p++)
        *p = *p == '\'' ? '"' : *p;
    memset(t, 0, sizeof *t);
    struct qp_policy *p = qp_policy_json(text, strlen(text), NULL, &t->mistakes);
    assert_non_null(p);
    free(text);
    assert_int_equal(qp_read_begin(r->nodes[i].store, &read, NULL), 0);
    assert_int_equal(qp_policy_weigh(read.tables, read.store, r->nodes[i].path, p, t, &r->e), 0);
    qp_read_end(&read);
    qp_policy_free(p);
}

struct qp_reply rig_say_policy(struct rig *r, int i, const char *json, const char *key)
{
    struct qp_policy_trial t;
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_POLICY_SAID, NULL);
    rig_weigh(r, i, json, &t);
    assert_non_null(t.json);
    ev->policy_said->version = qp_arena_text(r->arena, t.own);
    ev->policy_said->json = (ProtobufCBinaryData){t.len, qp_arena_copy(r->arena, t.json, t.len)};
    if (key) {
        ev->key = qp_arena_text(r->arena, key);
        ev->request =
            (ProtobufCBinaryData){QP_REQUEST_LEN, qp_arena_copy(r->arena, t.stamp.b, QP_REQUEST_LEN)};
    }
    struct qp_command c = {.op = QP_OP_POLICY, .draft = ev, .if_version = -1, .stamp = t.stamp};
    qp_policy_trial_free(&t);
    return rig_command(r, i, &c);
}

struct qp_reply rig_circular(struct rig *r, int i, enum qp_circular_period period, const char *key)
{
    const struct qp_counting k = {.store = r->nodes[i].store,
                                  .self = qp_core_self(r->nodes[i].core),
                                  .zone = qp_core_zone(r->nodes[i].core)};
    Qp__Circular *body;
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_CIRCULAR_SAID, NULL);
    int32_t day = qp_bucket_day(k.zone, r->now_us);
    assert_int_equal(qp_circular_take(&k, qp_core_policy(r->nodes[i].core), period, day, r->now_us, NULL,
                                      NULL, r->arena, &body, &r->e),
                     0);
    ev->circular_said->period = body->period;
    ev->circular_said->from_us = body->from_us;
    ev->circular_said->to_us = body->to_us;
    ev->circular_said->body.data = qp_encode(&body->base, r->arena, &ev->circular_said->body.len);
    if (key) {
        struct qp_hash h;
        const struct qp_part part = {&period, sizeof period};
        qp_hash_parts(&h, &part, 1);
        ev->key = qp_arena_text(r->arena, key);
        ev->request = (ProtobufCBinaryData){QP_REQUEST_LEN, qp_arena_copy(r->arena, h.b, QP_REQUEST_LEN)};
    }
    struct qp_command c = {.op = QP_OP_CIRCULAR, .draft = ev, .if_version = -1};
    return rig_command(r, i, &c);
}

struct qp_reply rig_judge(struct rig *r, int i, const uint8_t circular[QP_ID_LEN], uint32_t verb,
                          const char *reason)
{
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_CIRCULAR_JUDGED, NULL);
    ev->circular_judged->circular =
        (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(r->arena, circular, QP_ID_LEN)};
    ev->circular_judged->verb = verb;
    ev->circular_judged->reason = qp_arena_text(r->arena, reason);
    struct qp_command c = {.op = QP_OP_CIRCULAR, .draft = ev, .if_version = -1};
    return rig_command(r, i, &c);
}
