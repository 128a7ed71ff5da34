/* lines.c: see lines.h. */
#include "tests/unit/core/lines.h"

/* ---- what people do ---- */

int lines_up(void **state)
{
    int rc = rig_up(state);
    ((struct rig *)*state)->rings = true;
    return rc;
}

Qp__LineMember *lines_member(struct rig *r, int i, const char *name)
{
    Qp__LineMember *m = qp_arena_take(r->arena, sizeof *m);
    qp__line_member__init(m);
    m->path = r->nodes[i].path;
    m->kind = QP_LINE_NAME;
    m->name = qp_arena_text(r->arena, name);
    return m;
}

struct qp_reply lines_ask(struct rig *r, int i, Qp__Event *ev, const char *text, const char *title)
{
    Qp__LineBody *body = qp_arena_take(r->arena, sizeof *body);
    qp__line_body__init(body);
    body->text = qp_arena_text(r->arena, text);
    body->title = qp_arena_text(r->arena, title);
    struct qp_command c = {.op = QP_OP_LINE, .draft = ev, .if_version = -1, .body = body};
    return rig_command(r, i, &c);
}

matter lines_open(struct rig *r, int i, int other, const char *title)
{
    matter line;
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_LINE_OPENED, NULL);
    Qp__LineMember **v = qp_arena_take(r->arena, 2 * sizeof *v);
    v[0] = lines_member(r, i, "wang");
    v[1] = lines_member(r, other, "li");
    ev->line_opened->members = v;
    ev->line_opened->n_members = 2;
    struct qp_reply reply = lines_ask(r, i, ev, "", title);
    rig_ok(reply);
    memcpy(line.b, reply.matter, QP_ID_LEN);
    return line;
}

struct qp_reply lines_tell(struct rig *r, int i, matter line, const char *text, const char *key)
{
    static const uint8_t request[QP_REQUEST_LEN];
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_LINE_SAID, NULL);
    ev->line_said->line = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(r->arena, line.b, QP_ID_LEN)};
    if (key) {
        ev->key = qp_arena_text(r->arena, key);
        ev->request = (ProtobufCBinaryData){QP_REQUEST_LEN, qp_arena_copy(r->arena, request, sizeof request)};
    }
    return lines_ask(r, i, ev, text, "");
}

struct qp_reply lines_see(struct rig *r, int i, matter line, const char *name)
{
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_LINE_TICKED, NULL);
    ev->line_ticked->line = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(r->arena, line.b, QP_ID_LEN)};
    ev->line_ticked->member = lines_member(r, i, name);
    return lines_ask(r, i, ev, "", "");
}

/* ---- what is there ---- */

struct lines_view lines_look(struct rig *r, int i)
{
    struct node *x = &r->nodes[i];
    struct lines_view l;
    assert_int_equal(qp_read_begin(x->store, &l.r, &r->e), 0);
    l.db = (struct qp_line_db){l.r.tables, x->store, r->arena, x->id};
    return l;
}

enum qp_line_text lines_text(struct rig *r, int i, matter line, uint64_t seq, char out[200])
{
    struct lines_view l = lines_look(r, i);
    struct qp_line_message m;
    Qp__Event *ev;
    Qp__LineBody *body;
    out[0] = '\0';
    enum qp_line_text t = 0;
    if (!qp_line_message_next(&l.db, line.b, seq - 1, &m) && m.seq == seq)
        t = qp_line_text(&l.db, l.r.journal, r->nodes[i].ring, line.b, &m, &ev, &body);
    if (t == QP_LINE_OPEN)
        snprintf(out, 200, "%s", body->text);
    qp_read_end(&l.r);
    return t;
}

void lines_hears(struct rig *r, int i, matter line, uint64_t seq, const char *text)
{
    char found[200];
    assert_int_equal(lines_text(r, i, line, seq, found), QP_LINE_OPEN);
    assert_string_equal(found, text);
}

bool lines_knows(struct rig *r, int i, matter line)
{
    struct lines_view l = lines_look(r, i);
    Qp__LineRow *row;
    bool knows = !qp_line_get(&l.db, line.b, &row);
    qp_read_end(&l.r);
    return knows;
}

uint64_t lines_seqs(struct rig *r, int i, matter line)
{
    struct lines_view l = lines_look(r, i);
    Qp__LineRow *row;
    uint64_t n = !qp_line_get(&l.db, line.b, &row) ? row->seq : 0;
    qp_read_end(&l.r);
    return n;
}

struct qp_line_with lines_with(struct rig *r, int i, matter line, int other)
{
    struct lines_view l = lines_look(r, i);
    struct qp_line_with w;
    qp_line_with(&l.db, r->nodes[other].id, line.b, &w);
    qp_read_end(&l.r);
    return w;
}

/* Every node has its turn until nothing moves. */
void lines_settle(struct rig *r)
{
    for (int round = 0; round < 4; round++) {
        for (int i = 0; i < r->n; i++)
            if (r->nodes[i].core)
                rig_tick(r, i);
        rig_settle(r);
    }
}

/* ---- forged ---- */

/* The next that the other waits for: several forged ones follow each other. */
static void follow(struct rig *r, int to, struct forged *f)
{
    struct qp_read read;
    uint8_t key[QP_CHAIN_KEY];
    struct qp_head head;
    qp_chain_key(key, f->h.origin, f->h.incarnation, f->h.scope, f->h.to, f->h.lane);
    assert_int_equal(qp_read_begin(r->nodes[to].store, &read, NULL), 0);
    if (qp_chain_get(read.tables, r->nodes[to].store, key, &head) && head.seq >= f->h.seq) {
        f->h.seq = head.seq + 1;
        f->h.prev = head.hash;
        f->h.clock = f->h.clock > head.clock ? f->h.clock : head.clock + 1;
    }
    qp_read_end(&read);
}

void lines_hand(struct rig *r, int from, int to, Qp__Event *ev)
{
    struct forged f = rig_forged(r, from, QP_SCOPE_NODE, r->nodes[to].id, QP_LANE_LINE);
    follow(r, to, &f);
    rig_add(&f, ev);
    assert_int_equal(rig_hand(r, from, to, QP_LANE_LINE, rig_seal(r, &f, NULL)), 0);
}

void lines_hand_key(struct rig *r, int from, int to, uint8_t key, bool lost)
{
    Qp__Event *ev = rig_event(r, from, QP__EVENT__BODY_LINE_KEYED, NULL);
    uint8_t *pk = qp_arena_take(r->arena, QP_PK_LEN);
    memset(pk, 9, QP_PK_LEN); /* a point of the curve */
    memcpy(pk + 1, &key, 1);
    ev->line_keyed->key = (ProtobufCBinaryData){QP_PK_LEN, pk};
    ev->line_keyed->lost = lost;
    lines_hand(r, from, to, ev);
}
