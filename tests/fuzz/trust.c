/* trust.c: see trust.h. */
#include "tests/fuzz/trust.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "topology/proof.h"

static const char *const paths[TRUST_LEVELS] = {"suzhou", "suzhou/yongqiao", "suzhou/yongqiao/tuohe"};
static const char *const levels[TRUST_LEVELS] = {"city", "county", "street"};

static void certify(struct trust *t, int level)
{
    struct qp_cert *c = &t->cert[level];
    const struct qp_cert *above = level > 0 ? &t->cert[level - 1] : NULL;
    *c = (struct qp_cert){.incarnation = 1, .not_before_us = 1000, .not_after_us = 2000};
    memset(c->tree, 1, QP_ID_LEN);
    memset(c->salt, 10 + level, QP_SALT_LEN);
    snprintf(c->path, sizeof c->path, "%s", paths[level]);
    snprintf(c->title, sizeof c->title, "place %d", level);
    snprintf(c->level, sizeof c->level, "%s", levels[level]);
    snprintf(c->zone, sizeof c->zone, "Asia/Shanghai");
    qp_node_id(c->node, c->tree, above ? above->node : NULL, c->path, c->salt);
    memcpy(c->issuer, above ? above->node : c->node, QP_ID_LEN);
    if (above)
        c->issuer_certificate = above->id;
    memcpy(c->sign_key, t->keys[level].sign_pk, QP_PK_LEN);
    memcpy(c->box_key, t->keys[level].box_pk, QP_PK_LEN);
    memcpy(c->link_key, t->keys[level].link_pk, QP_PK_LEN);
    t->raw[level] = qp_cert_sign(c, t->keys[level > 0 ? level - 1 : 0].sign_sk, t->arena);
    assert(t->raw[level]);
}

const struct trust *trust(void)
{
    static struct trust t;
    if (t.arena)
        return &t;
    t.arena = qp_arena_new(QP_PROOF_ARENA);
    assert(t.arena && !qp_crypto_init(NULL));
    for (int i = 0; i < TRUST_LEVELS; i++) {
        uint8_t seed[QP_SEED_LEN];
        memset(seed, i + 1, sizeof seed);
        qp_keys_derive(&t.keys[i], seed);
        certify(&t, i);
    }
    return &t;
}

size_t trust_chain(char *out, size_t cap)
{
    const struct trust *t = trust();
    Qp__Certificate *up[TRUST_LEVELS];
    Qp__Chain c = QP__CHAIN__INIT;
    c.certificates = up;
    for (int i = TRUST_LEVELS - 1; i >= 0; i--)
        up[c.n_certificates++] = t->raw[i];
    assert(qp__chain__get_packed_size(&c) <= cap);
    return qp__chain__pack(&c, (uint8_t *)out);
}

/* Event `counter` of the street, about a matter whose id is `matter` repeated. */
static struct qp_slice event(const struct trust *t, uint64_t counter, int matter, const char *note)
{
    static uint8_t ids[4][QP_ID_LEN];
    const struct qp_cert *c = &t->cert[TRUST_LEVELS - 1];
    Qp__Event ev = QP__EVENT__INIT;
    Qp__Progressed p = QP__PROGRESSED__INIT;
    char by[] = "token:works";
    struct qp_slice out;
    assert(matter > 0 && matter < 4);
    memset(ids[matter], matter, QP_ID_LEN);
    ev.origin = (ProtobufCBinaryData){QP_ID_LEN, (uint8_t *)(uintptr_t)c->node};
    ev.incarnation = 1;
    ev.counter = counter;
    ev.at_us = 1500;
    ev.by = by;
    ev.matter = (ProtobufCBinaryData){QP_ID_LEN, ids[matter]};
    ev.version = counter + 1;
    ev.custody = 1;
    ev.body_case = QP__EVENT__BODY_PROGRESSED;
    ev.progressed = &p;
    p.note = (char *)(uintptr_t)note;
    out.p = qp_encode(&ev.base, t->arena, &out.len);
    assert(out.p);
    return out;
}

size_t trust_proof(char *out, size_t cap)
{
    const struct trust *t = trust();
    const struct qp_cert *c = &t->cert[TRUST_LEVELS - 1];
    const struct qp_slice events[] = {event(t, 1, 2, "of another"), event(t, 2, 1, "on the way"),
                                      event(t, 3, 1, "done"), event(t, 4, 2, "of another too")};
    static const uint32_t indexes[TRUST_EVENTS] = {1, 2};
    struct qp_header h = {
        .incarnation = 1, .scope = QP_SCOPE_HORIZON, .lane = QP_LANE_BULK, .seq = 1, .clock = 7};
    struct qp_slice bytes, proof;
    struct qp_hash id;
    struct qp_parcel p;
    uint8_t matter[QP_ID_LEN];
    memcpy(h.tree, c->tree, QP_ID_LEN);
    memcpy(h.origin, c->node, QP_ID_LEN);
    h.certificate = c->id;
    memset(matter, 1, sizeof matter);
    qp_parcel_seal(&bytes, &id, &h, events, sizeof events / sizeof *events, t->keys[TRUST_LEVELS - 1].sign_sk,
                   t->arena);
    int rc = qp_parcel_open(&p, bytes.p, bytes.len, t->arena, NULL);
    assert(!rc);
    const struct qp_proof_part part = {.parcel = &p, .indexes = indexes, .n = TRUST_EVENTS};
    rc = qp_proof_build(&proof, matter, &part, 1, (const Qp__Certificate *const *)t->raw, TRUST_LEVELS,
                        t->arena, NULL);
    assert(!rc && proof.len <= cap);
    memcpy(out, proof.p, proof.len);
    return proof.len;
}
