/* extremes_test.c: an enrolled child says every kind of event that travels, each of its numbers at both ends of what is taken
 * and beyond what makes sense, and the node above goes on: it ends for none, and acts on what it took (E7).
 *
 *   proto/events.h ─► a body filled from its rules ─► one number at an end ─► signed by the child ─► a turn of the city
 *   a true face ─► one number in it at an end ─► as an offer, a rise, a part ─► the same, and the city's own steps on it
 *
 * The city accepts at once, and then takes the steps of a day on it. What a rule of proto/rules.c refuses by its bound closes the chain: those are test_bounds.c's, and left out here. */
#include "node/core/private.h"
#include "node/matter/face.h"
#include "proto/bounds.h"
#include "proto/events.h"
#include "tests/unit/core/rig.h"

enum { CITY = 0, A = 1, DEEP = 3, LIVES = 60 };

struct liar {
    struct rig *r;
    struct qp_arena *a; /* what is said; the rig is made anew now and then */
    size_t tries, said, taken, refused, believed;
};

enum heard { UNSAID, REFUSED, TAKEN }; /* UNSAID: by its bounds alone nobody would take it */

/* ---- numbers at their ends ---- */

static size_t ends_of(const struct qp_rule *f, ProtobufCType type, int64_t out[8])
{
    static const int64_t years[] = {INT64_C(-2208988800000000), 0, 1, INT64_C(7258118399999999)};
    static const int64_t days[] = {-25567, 0, 1, 84005}, spans[] = {-(INT64_C(1) << 61), 0, INT64_C(1) << 61};
    /* The last ones: while there is a bound nobody says them. */
    const int64_t wide[] = {
        0, 1, 2, (int64_t)(QP_COUNT_MOST / 2), (int64_t)QP_COUNT_MOST, (int64_t)QP_COUNT_MOST + 1, -1};
    const int64_t narrow[] = {0, 1, 2, QP_COUNT32_MOST / 2, QP_COUNT32_MOST, -1};
    static const int64_t degrees[] = {-360, 0, 360};
    static const int64_t any[] = {0, 1, 2, 77, INT32_MAX, -1, INT64_MIN, INT64_MAX};
    bool is_wide = type == PROTOBUF_C_TYPE_UINT64;
#define GIVE(v) return memcpy(out, v, sizeof v), sizeof v / sizeof *v
    switch (f->kind) {
    case QP_RULE_TIME: GIVE(years);
    case QP_RULE_DAY: GIVE(days);
    case QP_RULE_SPAN: GIVE(spans);
    case QP_RULE_COUNT:
        if (is_wide)
            GIVE(wide);
        GIVE(narrow);
    case QP_RULE_DEGREES: GIVE(degrees);
    case QP_RULE_FREE: GIVE(any);
    default: return 0;
    }
#undef GIVE
}

static void number_set(void *at, ProtobufCType type, int64_t v)
{
    int32_t narrow = (int32_t)v;
    double real = (double)v;
    switch (type) {
    case PROTOBUF_C_TYPE_BOOL: memcpy(at, &(protobuf_c_boolean){v & 1}, sizeof(protobuf_c_boolean)); break;
    case PROTOBUF_C_TYPE_DOUBLE: memcpy(at, &real, sizeof real); break;
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64: memcpy(at, &v, sizeof v); break;
    default: memcpy(at, &narrow, sizeof narrow);
    }
}

/* ---- a body that its rules take ---- */

static void *filled(struct liar *l, const struct qp_rules *r, int depth);

static void value_fill(struct liar *l, const struct qp_rule *f, void *at, int depth)
{
    struct qp_arena *a = l->a;
    const char *text = strstr(f->name, "path") || strcmp(f->name, "area") == 0 ? "city/a" : "x";
    if (f->kind == QP_RULE_TEXT) {
        *(char **)at = qp_arena_text(a, f->most >= strlen(text) ? text : "");
    } else if (f->kind == QP_RULE_MESSAGE) {
        *(void **)at = filled(l, f->sub, depth + 1);
    } else {
        size_t len = f->kind == QP_RULE_EXACT ? f->most : f->most < 40 ? f->most : 40;
        uint8_t *p = qp_arena_take(a, len);
        memset(p, 7, len);
        if (len == QP_ID_LEN)
            memcpy(p, l->r->nodes[A].id, QP_ID_LEN);
        *(ProtobufCBinaryData *)at = (ProtobufCBinaryData){len, p};
    }
}

static void *filled(struct liar *l, const struct qp_rules *r, int depth)
{
    uint8_t *m = qp_arena_take(l->a, r->type->sizeof_message);
    protobuf_c_message_init(r->type, m);
    for (uint32_t i = 0; i < r->n; i++) {
        const struct qp_rule *f = &r->fields[i];
        const ProtobufCFieldDescriptor *d = &r->type->fields[i];
        bool deep = f->kind == QP_RULE_MESSAGE && depth >= DEEP && !f->must;
        if (f->kind < QP_RULE_TEXT || deep)
            continue;
        if (!f->count) {
            value_fill(l, f, m + d->offset, depth);
            continue;
        }
        bool pointers = f->kind == QP_RULE_MESSAGE || f->kind == QP_RULE_TEXT;
        void *one = qp_arena_take(l->a, pointers ? sizeof(void *) : sizeof(ProtobufCBinaryData));
        value_fill(l, f, one, depth);
        *(void **)(void *)(m + d->offset) = one;
        *(size_t *)(void *)(m + d->quantifier_offset) = 1;
    }
    return m;
}

/* The number n of those in the message and in what it holds, counted with each of its ends: set. false: there are no more. */
static bool bend(const struct qp_rules *r, void *m, int depth, size_t *n)
{
    for (uint32_t i = 0; i < r->n; i++) {
        const struct qp_rule *f = &r->fields[i];
        const ProtobufCFieldDescriptor *d = &r->type->fields[i];
        uint8_t *at = (uint8_t *)m + d->offset;
        if (f->kind == QP_RULE_MESSAGE && depth < DEEP) {
            bool none = f->count && *(size_t *)(void *)((uint8_t *)m + d->quantifier_offset) == 0;
            void *sub = none ? NULL : f->count ? **(void ***)(void *)at : *(void **)(void *)at;
            if (sub && bend(f->sub, sub, depth + 1, n))
                return true;
            continue;
        }
        int64_t ends[8];
        size_t k = f->count ? 0 : ends_of(f, d->type, ends);
        if (*n < k) {
            number_set(at, d->type, ends[*n]);
            return true;
        }
        *n -= k;
    }
    return false;
}

/* ---- said ---- */

static void begin(struct liar *l)
{
    if (l->r)
        rig_free(l->r);
    l->r = rig_new();
    rig_tree(l->r, 2);
    rig_policy(l->r, CITY, true, true, true, true);
    rig_settle(l->r);
}

static uint64_t refused_by(struct rig *r)
{
    struct qp_core_metrics m = rig_metrics(r, CITY);
    return m.refused_malformed + m.refused_scope + m.refused_closed + m.refused_unknown_key;
}

/* The child's core says it, though nobody decided it. */
static void sealed(struct rig *r, const Qp__Event *ev, uint8_t lane)
{
    struct node *x = &r->nodes[A];
    struct qp_txn t;
    struct qp_work w;
    struct qp_outputs out = {0};
    uint8_t seed[QP_SEED_LEN];
    size_t len;
    rig_seed(r, seed);
    assert_int_equal(qp_store_begin(x->store, &t, NULL), 0);
    qp_arena_reset(x->core->arena);
    qp_work_begin(&w, x->core, &t, r->now_us, seed, &out);
    uint8_t *packed = qp_encode(&ev->base, x->core->arena, &len);
    struct qp_slice slice = {packed, len};
    struct qp_said *s = qp_say_bytes(&w, NULL, &slice);
    assert_int_equal(qp_say_to(&w, s, QP_SCOPE_HORIZON, qp_nobody, lane), 0);
    assert_int_equal(qp_seal_all(&w, &r->e), 0);
    assert_int_equal(qp_work_finish(&w, &r->e), 0);
    assert_int_equal(qp_store_commit_journal(&t, NULL), 0);
    assert_int_equal(qp_store_commit_tables(&t, NULL), 0);
}

/* Said, heard by the city, and looked at by it. Where it is refused the chain is closed: another child goes on. */
static enum heard say(struct liar *l, Qp__Event *ev)
{
    struct rig *r = l->r;
    const struct qp_event_kind *kind = qp_event_kind((int)ev->body_case);
    uint8_t lane = qp_event_in_lane(kind, QP_LANE_BULK) ? QP_LANE_BULK : QP_LANE_LINE;
    if (qp_check(&ev->base, NULL))
        return UNSAID;
    uint64_t before = refused_by(r);
    sealed(r, ev, lane);
    rig_carry_lane(r, A, CITY, lane, 1);
    bool refused = refused_by(r) > before;
    l->said++;
    l->refused += refused;
    l->taken += !refused;
    r->now_us += SECOND;
    rig_tick(r, CITY);
    if (refused)
        begin(l);
    return refused ? REFUSED : TAKEN;
}

/* What the city then does with a matter; whatever comes of it. */
static void acts(struct rig *r, matter m)
{
    static const int ACTS[] = {QP__EVENT__BODY_ACCEPTED, QP__EVENT__BODY_PROGRESSED, QP__EVENT__BODY_HANDLED,
                               QP__EVENT__BODY_HUNG,     QP__EVENT__BODY_RESUMED,    QP__EVENT__BODY_CLOSED,
                               QP__EVENT__BODY_REOPENED, QP__EVENT__BODY_CLOSED};
    for (size_t i = 0; i < sizeof ACTS / sizeof *ACTS; i++)
        rig_step(r, CITY, m, ACTS[i]);
    rig_comment(r, CITY, m, "seen");
    rig_offer(r, CITY, m, QP_KIND_RETURN, NULL);
    r->now_us += 3600 * SECOND;
    rig_tick(r, CITY);
}

static Qp__Event *event_of(struct liar *l, int body, const matter *m, void *message)
{
    Qp__Event *ev = rig_event(l->r, A, body, m);
    memcpy(&ev->opened, &message, sizeof message);
    return ev;
}

/* The n-th of a kind: of a matter that the liar has opened, at the version that is due. */
static bool say_kind(struct liar *l, const struct qp_event_kind *kind, const struct qp_rules *rules, size_t n)
{
    bool of_matter = kind->subject == QP_OF_MATTER;
    matter m = {{0}};
    qp_arena_reset(l->a);
    if (++l->tries % LIVES == 0)
        begin(l);
    void *message = filled(l, rules, 0);
    if (!bend(rules, message, 0, &n) && n > 0)
        return false;
    if (of_matter) {
        m = rig_open(l->r, A, "the liar's own");
        rig_settle(l->r);
    }
    Qp__Event *ev = event_of(l, (int)kind->body, of_matter ? &m : NULL, message);
    ev->version = of_matter && kind->versioned ? 2 : 0;
    ev->custody = of_matter ? 1 : 0;
    if (say(l, ev) == TAKEN && of_matter && l->tries % 7 == 0)
        acts(l->r, m);
    return true;
}

static void each_number_of_each_kind_at_its_ends_ends_nobody(void **state)
{
    struct liar *l = *state;
    size_t n;
    const struct qp_event_kind *kinds = qp_event_kinds(&n);
    for (size_t i = 0; i < n; i++) {
        const ProtobufCFieldDescriptor *d =
            protobuf_c_message_descriptor_get_field(&qp__event__descriptor, (unsigned)kinds[i].body);
        if (kinds[i].reach == QP_GOES_NOWHERE)
            continue;
        for (size_t k = 0; say_kind(l, &kinds[i], qp_rules_of(d->descriptor), k); k++)
            ;
    }
    print_message("%zu said, %zu taken, %zu refused\n", l->said, l->taken, l->refused);
    assert_true(l->taken > 200);
}

/* ---- faces ---- */

/* An event of the child's about its own matter that shows it as it is after: an offer to the city, a rise, a part. */
static Qp__Event *showing(struct liar *l, int body, matter m, Qp__Face **face)
{
    struct rig *r = l->r;
    Qp__Event *ev = rig_event(r, A, body, &m);
    Qp__Face *f = (Qp__Face *)qp_clone(&rig_face(r, CITY, m)->base, l->a);
    const ProtobufCBinaryData city = {QP_ID_LEN, r->nodes[CITY].id};
    ProtobufCBinaryData *members = qp_arena_take(l->a, sizeof *members * (f->n_members + 1));
    memcpy(members, f->members, sizeof *members * f->n_members);
    f->version = 2;
    f->updated_us = ev->at_us;
    if (body != QP__EVENT__BODY_SORTED) {
        members[f->n_members++] = city;
        f->members = members;
    }
    if (body == QP__EVENT__BODY_OFFERED) {
        uint8_t *id = qp_arena_take(l->a, QP_EVENT_ID_LEN);
        qp_event_id(id, ev);
        f->top_number = 2;
        f->offer = qp_arena_take(l->a, sizeof *f->offer);
        qp__offer__init(f->offer);
        f->offer->number = 2;
        f->offer->to = city;
        f->offer->to_path = qp_arena_text(l->a, "city");
        f->offer->kind = QP_KIND_ESCALATE;
        f->offer->since_us = ev->at_us;
        f->offer->reason = qp_arena_text(l->a, "x");
        f->offer->event = (ProtobufCBinaryData){QP_EVENT_ID_LEN, id};
        ev->offered->to = city;
        ev->offered->to_path = f->offer->to_path;
        ev->offered->reason = f->offer->reason;
        ev->offered->face = f;
    } else if (body == QP__EVENT__BODY_SORTED) {
        f->urgency = QP_EMERGENCY;
        f->state = QP_SORTED;
        ev->sorted->urgency = QP_EMERGENCY;
        ev->sorted->category = f->category;
        ev->sorted->face = f;
    } else {
        f->parts_top = 1;
        ev->assisted->number = 1;
        ev->assisted->to = city;
        ev->assisted->to_path = qp_arena_text(l->a, "city");
        ev->assisted->face = f;
    }
    *face = f;
    return ev;
}

/* What stands twice is told alike: a liar that is believed is of one mind. */
static void alike(Qp__Event *ev, const Qp__Face *f)
{
    ev->version = f->version;
    ev->custody = f->custody;
    if (ev->body_case == QP__EVENT__BODY_OFFERED) {
        ev->offered->number = f->offer->number;
        ev->offered->kind = f->offer->kind;
    } else if (ev->body_case == QP__EVENT__BODY_ASSISTED) {
        ev->assisted->number = f->parts_top;
    }
}

static bool show(struct liar *l, int body, size_t n)
{
    Qp__Face *face;
    qp_arena_reset(l->a);
    if (++l->tries % LIVES == 0)
        begin(l);
    matter m = rig_open(l->r, A, "the liar's own");
    rig_settle(l->r);
    Qp__Event *ev = showing(l, body, m, &face);
    size_t first = n;
    if (n > 0 && (n--, !bend(qp_rules_of(&qp__face__descriptor), face, 0, &n)))
        return false;
    if (face->offer && face->offer->number != face->top_number) /* one of both was bent */
        face->offer->number = face->top_number =
            face->offer->number == 2 ? face->top_number : face->offer->number;
    alike(ev, face);
    if (say(l, ev) != TAKEN)
        return true;
    bool believed = rig_face(l->r, CITY, m)->version > 1; /* it was opened at 1 */
    if (first == 0 && !believed)
        fail_msg("%s: what shows nothing strange is not believed", qp_event_name(body));
    l->believed += believed;
    acts(l->r, m);
    const Qp__Face *now = rig_face(l->r, CITY, m);
    bool holds = memcmp(now->holder.data, l->r->nodes[CITY].id, QP_ID_LEN) == 0;
    if ((believed && body == QP__EVENT__BODY_OFFERED && !holds) || (holds && now->state != QP_CLOSED))
        fail_msg("%s, number %zu: the city cannot take it, or cannot close it", qp_event_name(body), first);
    return true;
}

static void each_number_of_a_face_at_its_ends_ends_nobody(void **state)
{
    static const int SHOWN[] = {QP__EVENT__BODY_OFFERED, QP__EVENT__BODY_SORTED, QP__EVENT__BODY_ASSISTED};
    struct liar *l = *state;
    for (size_t i = 0; i < sizeof SHOWN / sizeof *SHOWN; i++)
        for (size_t n = 0; show(l, SHOWN[i], n); n++)
            ;
    print_message("%zu said, %zu taken, %zu believed\n", l->said, l->taken, l->believed);
    assert_true(l->believed > 100);
}

static int setup(void **state)
{
    struct liar *l = calloc(1, sizeof *l);
    l->a = qp_arena_new((size_t)4 << 20);
    begin(l);
    *state = l;
    return 0;
}

static int teardown(void **state)
{
    struct liar *l = *state;
    rig_free(l->r);
    qp_arena_free(l->a);
    free(l);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_number_of_each_kind_at_its_ends_ends_nobody, setup, teardown),
        cmocka_unit_test_setup_teardown(each_number_of_a_face_at_its_ends_ends_nobody, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
