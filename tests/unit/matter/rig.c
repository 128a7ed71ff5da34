/* rig.c: see rig.h. */
#include "tests/unit/matter/rig.h"

#include <unistd.h>

#include "node/matter/face.h"
#include "node/matter/may.h"

static const char *const paths[NODES] = {"city", "city/east", "city/west", "city/east/mill"};
static const int parents[NODES] = {EAST, CITY, CITY, EAST}; /* whom rig_try offers to */

static void begin(struct rig *r, struct node *n)
{
    if (qp_store_begin(n->s, &n->t, &r->e))
        fail_msg("%s", r->e.text);
    n->m.txn = &n->t;
}

static void changed(void *node, const Qp__Row *before, const Qp__Row *after)
{
    qp_board_change(((struct node *)node)->board, before, after);
}

static void node_up(struct rig *r, int i)
{
    struct node *n = &r->nodes[i];
    n->path = paths[i];
    memset(n->id, 'a' + i, sizeof n->id);
    const char *pattern =
        access("/dev/shm", W_OK) == 0 ? "/dev/shm/qp-matter-XXXXXX" : "/tmp/qp-matter-XXXXXX";
    snprintf(n->dir, sizeof n->dir, "%s", pattern);
    assert_non_null(mkdtemp(n->dir));
    struct qp_store_options o = {
        .dir = n->dir, .journal_map = 16 << 20, .tables_map = 64 << 20, .no_sync = true, .boot_id = "boot"};
    memset(o.epoch, i + 1, sizeof o.epoch);
    if (qp_store_open(&n->s, &o, &r->e))
        fail_msg("%s", r->e.text);
    n->board = qp_board_new(n->path, r->zone);
    n->pending = qp_pending_new();
    assert_non_null(n->pending);
    n->m = (struct qp_matters){.self = n->id,
                               .self_path = n->path,
                               .zone = r->zone,
                               .changed = changed,
                               .changed_arg = n,
                               .arena = r->arena,
                               .pending = n->pending};
    n->position = 1;
    begin(r, n);
}

int rig_up(void **state)
{
    struct rig *r = calloc(1, sizeof *r);
    assert_non_null(r);
    assert_int_equal(qp_crypto_init(NULL), 0);
    uint8_t pk[QP_PK_LEN], seed[QP_SEED_LEN] = {9};
    qp_sign_keypair(pk, r->sign_sk, seed);
    assert_int_equal(qp_zone_load(&r->zone, "UTC", &r->e), 0);
    r->arena = qp_arena_new((size_t)1 << 30);
    r->now_us = (int64_t)T0 * SECOND;
    for (int i = 0; i < NODES; i++)
        node_up(r, i);
    *state = r;
    return 0;
}

int rig_down(void **state)
{
    struct rig *r = *state;
    for (int i = 0; i < NODES; i++) {
        struct node *n = &r->nodes[i];
        qp_store_abort(&n->t);
        qp_board_free(n->board);
        qp_pending_free(n->pending);
        qp_store_close(n->s, false);
        char command[96];
        snprintf(command, sizeof command, "rm -rf '%s'", n->dir);
        int rc = system(command);
        assert_int_equal(rc, 0);
    }
    for (size_t i = 0; i < r->said_n; i++)
        free(r->said[i].bytes);
    free(r->said);
    qp_arena_free(r->arena);
    qp_zone_free(r->zone);
    free(r);
    return 0;
}

#define MUST(call)                                                                                           \
    do {                                                                                                     \
        if ((call))                                                                                          \
            fail_msg("%s: %s", #call, r->e.text);                                                            \
    } while (0)

void rig_turn(struct rig *r, int node)
{
    struct node *n = &r->nodes[node];
    MUST(qp_matter_flush(&n->m, &r->e));
    MUST(qp_board_flush(n->board, &n->t, &r->e));
    MUST(qp_store_commit_journal(&n->t, &r->e));
    MUST(qp_store_commit_tables(&n->t, &r->e));
    begin(r, n);
}

void rig_write_through(struct rig *r, int node)
{
    rig_turn(r, node);
    r->nodes[node].m.pending = NULL;
}

void rig_read(struct rig *r, int node, struct qp_read *read)
{
    rig_turn(r, node);
    MUST(qp_read_begin(r->nodes[node].s, read, &r->e));
}

ProtobufCBinaryData rig_id(struct rig *r, int node)
{
    return (ProtobufCBinaryData){QP_ID_LEN, r->nodes[node].id};
}

/* ---- the journal ---- */
static void journal(struct rig *r, struct node *n, const struct said *s)
{
    struct qp_slice event = {s->bytes, s->len}, bytes;
    struct qp_hash id;
    struct qp_header h = n->chain;
    memcpy(h.origin, n->id, QP_ID_LEN);
    h.incarnation = 1;
    h.scope = QP_SCOPE_HORIZON;
    h.lane = QP_LANE_BULK;
    h.seq++;
    qp_parcel_seal(&bytes, &id, &h, &event, 1, r->sign_sk, r->arena);
    n->chain = h;
    n->chain.prev = id;
    struct qp_record record = {
        .kind = QP_RECORD_OWN, .lane = QP_LANE_BULK, .received_us = r->now_us, .parcel = bytes};
    MUST(qp_journal_append(&n->t, &record, &r->e));
    n->position = record.position;
}

static void record(struct rig *r, struct node *n, const Qp__Event *ev, const struct said *s)
{
    bool known;
    if (r->journals)
        journal(r, n, s);
    else
        n->position++;
    MUST(qp_matter_record(&n->m, ev, n->position, 0, &known, &r->e));
}

static int keep(struct rig *r, int node, const Qp__Event *ev)
{
    if (r->said_n == r->said_cap) {
        r->said_cap = r->said_cap ? r->said_cap * 2 : 64;
        r->said = realloc(r->said, r->said_cap * sizeof *r->said);
        assert_non_null(r->said);
    }
    struct said *s = &r->said[r->said_n];
    s->len = qp__event__get_packed_size(ev);
    s->bytes = malloc(s->len);
    s->from = node;
    qp__event__pack(ev, s->bytes);
    return (int)r->said_n++;
}

/* ---- saying ---- */
static void *make(struct rig *r, size_t size)
{
    return memset(qp_arena_take(r->arena, size), 0, size);
}

Qp__Face *rig_face(struct rig *r, const char *category)
{
    Qp__Face *f = make(r, sizeof *f);
    qp__face__init(f);
    f->title = qp_arena_text(r->arena, "a lamp is out");
    f->category = qp_arena_text(r->arena, category);
    f->source = qp_arena_text(r->arena, "hotline");
    f->urgency = QP_ROUTINE;
    return f;
}

#define NEW(field, type, lower)                                                                              \
    do {                                                                                                     \
        ev->field = make(r, sizeof(Qp__##type));                                                             \
        qp__##lower##__init(ev->field);                                                                      \
    } while (0)

static void fill(struct rig *r, Qp__Event *ev)
{
    switch (ev->body_case) {
    case QP__EVENT__BODY_SORTED: NEW(sorted, Sorted, sorted); break;
    case QP__EVENT__BODY_ASSIGNED:
        NEW(assigned, Assigned, assigned);
        ev->assigned->desk = qp_arena_text(r->arena, "lamps");
        break;
    case QP__EVENT__BODY_TAKEN:
        NEW(taken, Taken, taken);
        ev->taken->person = qp_arena_text(r->arena, "li");
        break;
    case QP__EVENT__BODY_ASSISTED:
        NEW(assisted, Assisted, assisted);
        ev->assisted->number = 1;
        ev->assisted->to = rig_id(r, WEST);
        ev->assisted->to_path = qp_arena_text(r->arena, r->nodes[WEST].path);
        break;
    case QP__EVENT__BODY_PARTED: NEW(parted, Parted, parted); break;
    case QP__EVENT__BODY_RELEASED: NEW(released, Released, released); break;
    case QP__EVENT__BODY_GIVEN_BACK: NEW(given_back, GivenBack, given_back); break;
    case QP__EVENT__BODY_PROGRESSED: NEW(progressed, Progressed, progressed); break;
    case QP__EVENT__BODY_OFFERED: NEW(offered, Offered, offered); break;
    case QP__EVENT__BODY_ACCEPTED: NEW(accepted, Accepted, accepted); break;
    case QP__EVENT__BODY_REFUSED: NEW(refused, Refused, refused); break;
    case QP__EVENT__BODY_WITHDRAWN: NEW(withdrawn, Withdrawn, withdrawn); break;
    case QP__EVENT__BODY_HANDLED:
        NEW(handled, Handled, handled);
        ev->handled->result = qp_arena_text(r->arena, "done");
        break;
    case QP__EVENT__BODY_VISITED:
        NEW(visited, Visited, visited);
        NEW(visited->visit, Visit, visit);
        ev->visited->visit->reached = ev->visited->visit->resolved = true;
        ev->visited->visit->satisfied = 1;
        break;
    case QP__EVENT__BODY_CLOSED:
        NEW(closed, Closed, closed);
        ev->closed->result = qp_arena_text(r->arena, "fixed");
        break;
    case QP__EVENT__BODY_REOPENED: NEW(reopened, Reopened, reopened); break;
    case QP__EVENT__BODY_HUNG: NEW(hung, Hung, hung); break;
    case QP__EVENT__BODY_RESUMED: NEW(resumed, Resumed, resumed); break;
    case QP__EVENT__BODY_MERGED: NEW(merged, Merged, merged); break;
    case QP__EVENT__BODY_UNMERGED: NEW(unmerged, Unmerged, unmerged); break;
    case QP__EVENT__BODY_COMMENTED:
        NEW(commented, Commented, commented);
        ev->commented->text = qp_arena_text(r->arena, "seen");
        break;
    case QP__EVENT__BODY_URGED: NEW(urged, Urged, urged); break;
    case QP__EVENT__BODY_PERSONAL_ERASED: NEW(personal_erased, PersonalErased, personal_erased); break;
    case QP__EVENT__BODY_EXTENSION_ASKED:
        NEW(extension_asked, ExtensionAsked, extension_asked);
        ev->extension_asked->stage = qp_arena_text(r->arena, "close");
        break;
    case QP__EVENT__BODY_EXTENSION_APPROVED:
        NEW(extension_approved, ExtensionApproved, extension_approved);
        ev->extension_approved->stage = qp_arena_text(r->arena, "close");
        break;
    case QP__EVENT__BODY_EXTENSION_DENIED:
        NEW(extension_denied, ExtensionDenied, extension_denied);
        ev->extension_denied->stage = qp_arena_text(r->arena, "close");
        break;
    case QP__EVENT__BODY_EXTENDED:
        NEW(extended, Extended, extended);
        ev->extended->stage = qp_arena_text(r->arena, "close");
        break;
    case QP__EVENT__BODY_APPEALED:
        NEW(appealed, Appealed, appealed);
        ev->appealed->about = qp_arena_text(r->arena, "visit");
        ev->appealed->reason = qp_arena_text(r->arena, "it was repaired");
        break;
    case QP__EVENT__BODY_DECIDED:
        NEW(decided, Decided, decided);
        ev->decided->about = qp_arena_text(r->arena, "visit");
        ev->decided->reason = qp_arena_text(r->arena, "seen on the spot");
        break;
    case QP__EVENT__BODY_APPEAL_ENDED:
        NEW(appeal_ended, AppealEnded, appeal_ended);
        ev->appeal_ended->about = qp_arena_text(r->arena, "visit");
        break;
    case QP__EVENT__BODY_PROLONGED:
        NEW(prolonged, Prolonged, prolonged);
        ev->prolonged->by = qp_arena_text(r->arena, "2");
        break;
    default: fail_msg("no draft of body %d", (int)ev->body_case);
    }
}

Qp__Event *rig_draft(struct rig *r, int body)
{
    Qp__Event *ev = make(r, sizeof *ev);
    qp__event__init(ev);
    ev->body_case = (Qp__Event__BodyCase)body;
    if (body != QP__EVENT__BODY_OPENED)
        fill(r, ev);
    else
        NEW(opened, Opened, opened);
    return ev;
}

static int say(struct rig *r, int node, Qp__Event *ev)
{
    struct node *n = &r->nodes[node];
    ev->origin = rig_id(r, node);
    ev->incarnation = 1;
    ev->counter = n->counter + 1;
    ev->at_us = r->now_us;
    if (!*ev->by)
        ev->by = qp_arena_text(r->arena, "token:test");
    const struct qp_asker who = {.by = ev->by, .desk = ev->desk, .rights = UINT32_MAX};
    int rc = qp_matter_decide(&n->m, ev, strcmp(ev->by, "policy") == 0 ? NULL : &who, -1, &r->e);
    if (rc)
        return -rc;
    n->counter++;
    r->now_us += SECOND;
    enum qp_outcome o;
    MUST(qp_matter_apply(&n->m, ev, 0, 0, r->now_us, &o, &r->e));
    assert_int_equal(o, QP_APPLIED);
    int event = keep(r, node, ev);
    record(r, n, ev, &r->said[event]);
    return event;
}

int rig_say(struct rig *r, int node, matter m, Qp__Event *draft)
{
    draft->matter = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(r->arena, m.b, QP_ID_LEN)};
    return say(r, node, draft);
}

matter rig_name(struct rig *r, int node, Qp__Face *face)
{
    matter m;
    uint8_t salt[QP_SALT_LEN];
    qp_be64(salt, ++r->made);
    qp_matter_id(m.b, rig_id(r, node).data, r->now_us, salt);
    face->salt = (ProtobufCBinaryData){QP_SALT_LEN, qp_arena_copy(r->arena, salt, QP_SALT_LEN)};
    return m;
}

matter rig_open_face(struct rig *r, int node, Qp__Face *face)
{
    matter m = rig_name(r, node, face);
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_OPENED);
    ev->opened->face = face;
    int rc = rig_say(r, node, m, ev);
    if (rc < 0)
        fail_msg("%s", r->e.text);
    return m;
}

matter rig_open(struct rig *r, int node, const char *category)
{
    return rig_open_face(r, node, rig_face(r, category));
}

int rig_offer(struct rig *r, int node, matter m, int kind, int to)
{
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_OFFERED);
    ev->offered->kind = (uint32_t)kind;
    ev->offered->to = rig_id(r, to);
    ev->offered->to_path = qp_arena_text(r->arena, paths[to]);
    return rig_say(r, node, m, ev);
}

int rig_try(struct rig *r, int node, matter m, int body)
{
    if (body == QP__EVENT__BODY_OFFERED)
        return rig_offer(r, node, m, node == CITY ? QP_KIND_DISPATCH : QP_KIND_ESCALATE, parents[node]);
    return rig_say(r, node, m, rig_draft(r, body));
}

int rig_do(struct rig *r, int node, matter m, int body)
{
    int event = rig_try(r, node, m, body);
    if (event < 0)
        fail_msg("%s", r->e.text);
    return event;
}

struct qp_in_force *rig_policy(struct rig *r, const char *json)
{
    struct qp_mistakes m = {0};
    char *text = strdup(json);
    for (char *p = text; *p != '\0'; p++)
        *p = *p == '\'' ? '"' : *p;
    struct qp_policy *p = qp_policy_json(text, strlen(text), NULL, &m);
    free(text);
    assert_non_null(p);
    assert_int_equal(qp_mistakes_all(&m), 0);
    qp_mistakes_free(&m);
    struct qp_in_force *f = qp_in_force_new(p, r->zone);
    assert_non_null(f);
    return f;
}

int64_t rig_at(struct rig *r, const char *text)
{
    int64_t us = 0;
    assert_int_equal(qp_time_parse_local(&us, text, r->zone, NULL), 0);
    return us;
}

/* ---- hearing ---- */
Qp__Event *rig_event(struct rig *r, int event)
{
    Qp__Event *ev;
    assert_true(event >= 0 && (size_t)event < r->said_n);
    MUST(QP_DECODE(&ev, event, r->said[event].bytes, r->said[event].len, r->arena, &r->e));
    return ev;
}

static enum qp_outcome hear(struct rig *r, int node, const Qp__Event *ev, const struct said *s)
{
    struct node *n = &r->nodes[node];
    enum qp_outcome o;
    MUST(qp_matter_apply(&n->m, ev, n->position + 1, 0, r->now_us, &o, &r->e));
    record(r, n, ev, s);
    return o;
}

enum qp_outcome rig_hear(struct rig *r, int node, int event)
{
    return hear(r, node, rig_event(r, event), &r->said[event]);
}

enum qp_outcome rig_hear_event(struct rig *r, int node, Qp__Event *ev)
{
    int event = keep(r, node, ev);
    return rig_hear(r, node, event);
}

void rig_tell(struct rig *r, int event)
{
    for (int i = 0; i < NODES; i++)
        if (i != r->said[event].from)
            rig_hear(r, i, event);
}

matter rig_open_reported(struct rig *r)
{
    Qp__Face *f = rig_face(r, "lamp");
    uint8_t commitment[QP_HASH_LEN] = {7};
    f->personal = (ProtobufCBinaryData){sizeof commitment, qp_arena_copy(r->arena, commitment, QP_HASH_LEN)};
    matter m = rig_open_face(r, EAST, f);
    rig_tell(r, 0);
    return m;
}
