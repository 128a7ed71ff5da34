/* personal_rig.h: matters that a person reported, and what may be asked of their records: for personal_test.c (where a record
 * lies, and how it ends) and passing_test.c (how it goes from node to node). */
#ifndef QP_TESTS_CORE_PERSONAL_RIG_H
#define QP_TESTS_CORE_PERSONAL_RIG_H

#include <stdio.h>

#include "node/core/audit.h"
#include "node/matter/may.h"
#include "node/vault/shelf.h"
#include "proto/personal.pb-c.h"
#include "tests/unit/core/rig.h"

enum { CITY, COUNTY, STREET };
#define CANARY "CANARY-13800138000"
#define DAY    (86400 * SECOND)

static inline struct qp_sealed *record(struct rig *r, int i)
{
    struct qp_sealed *s = qp_arena_take(r->arena, sizeof *s);
    uint8_t seed[QP_SEED_LEN];
    rig_seed(r, seed);
    assert_int_equal(qp_record_lock(s, CANARY, strlen(CANARY), r->nodes[i].keys.box_pk, seed, r->arena, NULL),
                     0);
    return s;
}

static inline struct qp_command opening(struct rig *r, int i)
{
    return (struct qp_command){.op = QP_OP_STEP,
                               .draft = rig_opened(r, "noise", QP_ROUTINE),
                               .if_version = -1,
                               .sealed = record(r, i)};
}

static inline matter reported(struct rig *r, int i)
{
    matter m;
    struct qp_command c = opening(r, i);
    struct qp_reply reply = rig_command(r, i, &c);
    rig_ok(reply);
    memcpy(m.b, reply.matter, QP_ID_LEN);
    return m;
}

static inline bool lies(struct rig *r, int i, matter m)
{
    struct qp_sealed s;
    uint8_t out[QP_RECORD_MOST];
    size_t len;
    if (qp_vault_get(r->nodes[i].vault, m.b, &s, r->arena, NULL))
        return false;
    assert_int_equal(qp_record_unlock(out, &len, &s, &r->nodes[i].keys), 0);
    assert_int_equal(len, strlen(CANARY));
    assert_memory_equal(out, CANARY, len);
    return true;
}

static inline struct qp_reply read_it(struct rig *r, int i, matter m, const char *purpose)
{
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_AUDITED, NULL);
    static const struct qp_asker wang = {
        .by = "user:wang", .desk = "", .rights = QP_RIGHT_ALL, .from = QP_FROM_PHONE};
    ev->audited->what = QP_AUDIT_PERSONAL_READ;
    ev->audited->purpose = qp_arena_text(r->arena, purpose);
    ev->audited->matter = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(r->arena, m.b, QP_ID_LEN)};
    struct qp_command c = {.op = QP_OP_PERSONAL, .draft = ev, .who = &wang, .if_version = -1};
    return rig_command(r, i, &c);
}

static inline struct qp_reply erase(struct rig *r, int i, matter m)
{
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_PERSONAL_ERASED, &m);
    ev->personal_erased->reason = qp_arena_text(r->arena, "he asked for it");
    return rig_try(r, i, ev);
}

static inline uint32_t state_of(struct rig *r, int i, matter m)
{
    struct qp_read read;
    Qp__Row *row;
    assert_int_equal(qp_read_begin(r->nodes[i].store, &read, NULL), 0);
    uint32_t state = !qp_matter_read(&read, m.b, &row, r->arena, NULL) ? row->face->personal_state : 99;
    qp_read_end(&read);
    return state;
}

/* ---- the audit trail, as a reader sees it ---- */

struct trail {
    char text[4096];
};

static inline int trail_add(void *arg, const struct qp_audit_entry *x)
{
    struct trail *t = arg;
    if (x->audited->what < QP_AUDIT_PERSONAL_READ || x->audited->what > QP_AUDIT_PERSONAL_ERASED)
        return 0; /* how the rig made its tree */
    size_t n = strlen(t->text);
    snprintf(t->text + n, sizeof t->text - n, "%s %s %s %s;", x->event->by, qp_audit_name(x->audited->what),
             qp_audit_from_name(x->audited->from), x->audited->purpose);
    return 0;
}

static inline struct trail trail_of(struct rig *r, int i, const char *path)
{
    struct trail t = {""};
    struct qp_read read;
    struct qp_audit_query q = {.path = path, .limit = 100};
    assert_int_equal(qp_read_begin(r->nodes[i].store, &read, NULL), 0);
    assert_int_equal(qp_audit_list(&read, &q, trail_add, &t, NULL), 0);
    qp_read_end(&read);
    return t;
}

static inline bool in_journal(struct rig *r, int i, const void *bytes, size_t len)
{
    struct qp_read read;
    struct qp_record rec;
    bool found = false;
    assert_int_equal(qp_read_begin(r->nodes[i].store, &read, NULL), 0);
    for (uint64_t at = 1; !qp_journal_get(read.journal, r->nodes[i].store, at, &rec, NULL); at++)
        found |= !!memmem(rec.parcel.p, rec.parcel.len, bytes, len);
    qp_read_end(&read);
    return found;
}

static inline void turned(struct rig *r)
{
    for (int k = 0; k < 4; k++) {
        for (int i = 0; i < r->n; i++)
            rig_tick(r, i);
        rig_settle(r);
    }
}

/* To the street, by way of the county. */
static inline matter handed_down(struct rig *r)
{
    rig_tree(r, 3);
    matter m = reported(r, CITY);
    rig_ok(rig_offer(r, CITY, m, QP_KIND_DISPATCH, "city/a/b"));
    rig_settle(r);
    rig_ok(rig_step(r, STREET, m, QP__EVENT__BODY_ACCEPTED));
    rig_settle(r);
    return m;
}

#endif
