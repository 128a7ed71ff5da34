/* sample.c: see sample.h. */
#include "tests/unit/proto/sample.h"

#include <assert.h>
#include <string.h>

static void *take(struct qp_arena *a, size_t len)
{
    void *p = qp_arena_take(a, len);
    assert(p);
    return p;
}

static char *text(struct qp_arena *a, const char *t)
{
    char *copy = qp_arena_text(a, t);
    assert(copy);
    return copy;
}

ProtobufCBinaryData sample_bytes(struct qp_arena *a, size_t len, uint8_t from)
{
    uint8_t *p = take(a, len);
    for (size_t i = 0; i < len; i++)
        p[i] = (uint8_t)(i + 1 + from);
    return (ProtobufCBinaryData){len, p};
}

static Qp__Offer *sample_offer(struct qp_arena *a)
{
    Qp__Offer *o = take(a, sizeof *o);
    qp__offer__init(o);
    o->number = 9;
    o->to = sample_bytes(a, QP_ID_LEN, 60);
    o->to_path = text(a, "suzhou/yongqiao");
    o->kind = QP_KIND_DISPATCH;
    o->since_us = 1700000000000000;
    o->reason = text(a, "超出本级权限");
    o->withdraw_asked = 1;
    o->event = sample_bytes(a, QP_EVENT_ID_LEN, 70);
    return o;
}

static void sample_times(Qp__Face *f)
{
    f->occurred_us = 1690000000000001;
    f->opened_us = 1690000000000002;
    f->updated_us = 1690000000000003;
    f->closed_us = 1690000000000004;
    f->deadline_us = 1690000000000005;
    f->hung_until_us = 1690000000000006;
    f->assigned_us = 1690000000000007;
    f->handled_us = 1690000000000008;
}

static void sample_words(Qp__Face *f, struct qp_arena *a)
{
    f->title = text(a, "井盖缺失");
    f->text = text(a, "路口的井盖不见了。\n请尽快处理。");
    f->category = text(a, "facility/manhole");
    f->source = text(a, "hotline");
    f->source_ref = text(a, "12345-0001");
    f->area = text(a, "suzhou/yongqiao/tuohe");
    f->place = text(a, "沱河路与银河路交叉口");
    f->desk = text(a, "desk-1");
    f->person = text(a, "person-1");
    f->result = text(a, "done");
    f->duplicate_of = text(a, "12345-0000");
    f->holder_path = text(a, "suzhou");
    f->came_from_path = text(a, "suzhou/yongqiao");
}

Qp__Face *sample_face(struct qp_arena *a)
{
    Qp__Face *f = take(a, sizeof *f);
    qp__face__init(f);
    sample_words(f, a);
    sample_times(f);
    f->id = sample_bytes(a, QP_ID_LEN, 0);
    f->location = take(a, sizeof *f->location);
    qp__location__init(f->location);
    f->location->lat = 33.6339;
    f->location->lon = 116.9785;
    f->location->crs = text(a, "WGS84");
    f->urgency = QP_URGENT;
    f->state = QP_ASSIGNED;
    f->before = QP_SORTED;
    f->redo = 2;
    f->opener = sample_bytes(a, QP_ID_LEN, 10);
    f->holder = sample_bytes(a, QP_ID_LEN, 20);
    f->custody = 3;
    f->version = 7;
    f->top_number = 8;
    f->answered = 6;
    f->offer = sample_offer(a);
    f->came_from = sample_bytes(a, QP_ID_LEN, 30);
    f->n_members = 3;
    f->members = take(a, 3 * sizeof *f->members);
    for (uint8_t i = 0; i < 3; i++)
        f->members[i] = sample_bytes(a, QP_ID_LEN, (uint8_t)(40 + i));
    f->merged_into = sample_bytes(a, QP_ID_LEN, 50);
    f->visit = take(a, sizeof *f->visit);
    qp__visit__init(f->visit);
    f->visit->at_us = 1690000000000009;
    f->visit->reached = 1;
    f->visit->satisfied = 2;
    f->exercise = 1;
    f->salt = sample_bytes(a, QP_SALT_LEN, 60);
    return f;
}

Qp__Event *sample_event(struct qp_arena *a, uint64_t counter)
{
    Qp__Event *ev = take(a, sizeof *ev);
    qp__event__init(ev);
    ev->origin = sample_bytes(a, QP_ID_LEN, 10);
    ev->incarnation = 1;
    ev->counter = counter;
    ev->at_us = 1690000000000002;
    ev->by = text(a, "user:zhang");
    ev->matter = sample_bytes(a, QP_ID_LEN, 0);
    ev->version = 1;
    ev->custody = 1;
    ev->key = text(a, "key-1");
    ev->request = sample_bytes(a, QP_REQUEST_LEN, 80);
    ev->body_case = QP__EVENT__BODY_OPENED;
    ev->opened = take(a, sizeof *ev->opened);
    qp__opened__init(ev->opened);
    ev->opened->face = sample_face(a);
    return ev;
}

Qp__Chain *sample_chain(struct qp_arena *a, size_t n)
{
    Qp__Chain *c = take(a, sizeof *c);
    qp__chain__init(c);
    c->n_certificates = n;
    c->certificates = take(a, n * sizeof *c->certificates);
    for (size_t i = 0; i < n; i++) {
        c->certificates[i] = take(a, sizeof **c->certificates);
        qp__certificate__init(c->certificates[i]);
        c->certificates[i]->body = sample_bytes(a, 200, (uint8_t)i);
        c->certificates[i]->signature = sample_bytes(a, QP_SIG_LEN, (uint8_t)i);
    }
    return c;
}

struct qp_header sample_header(void)
{
    struct qp_header h = {.incarnation = 1, .scope = QP_SCOPE_HORIZON, .lane = QP_LANE_BULK, .seq = 5};
    h.clock = (uint64_t)1690000000000 << 16;
    memset(h.tree, 0x11, sizeof h.tree);
    memset(h.origin, 0x22, sizeof h.origin);
    memset(h.prev.b, 0x33, sizeof h.prev.b);
    memset(h.certificate.b, 0x44, sizeof h.certificate.b);
    return h;
}

struct qp_slice *sample_events(struct qp_arena *a, size_t n)
{
    struct qp_slice *events = take(a, n * sizeof *events);
    for (size_t i = 0; i < n; i++) {
        Qp__Event ev = QP__EVENT__INIT;
        Qp__Seized seized = QP__SEIZED__INIT;
        seized.number = i + 1;
        ev.origin = sample_bytes(a, QP_ID_LEN, 10);
        ev.incarnation = 1;
        ev.counter = i + 1;
        ev.at_us = 1690000000000000;
        ev.body_case = QP__EVENT__BODY_SEIZED;
        ev.seized = &seized;
        events[i].p = qp_encode(&ev.base, a, &events[i].len);
        assert(events[i].p);
    }
    return events;
}

struct qp_slice sample_parcel(struct qp_arena *a, size_t n, uint8_t sign_pk[QP_PK_LEN])
{
    uint8_t seed[QP_SEED_LEN], sign_sk[QP_SIGN_SK_LEN];
    memset(seed, 7, sizeof seed);
    qp_sign_keypair(sign_pk, sign_sk, seed);
    struct qp_header h = sample_header();
    struct qp_slice bytes;
    struct qp_hash id;
    qp_parcel_seal(&bytes, &id, &h, sample_events(a, n), n, sign_sk, a);
    return bytes;
}

/* SplitMix64 (Steele, Lea, Flood 2014). */
uint64_t sample_random(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}
