/* layout_test.c: what is on the disk after a life that touches every table is what it was. Whoever changes what
 * a table holds is told here, and told what to do: node/store/layout.h makes old tables be made again.
 *
 *   core_layout --print > tests/unit/core/layout.txt */
#include <stdio.h>
#include <string.h>

#include "node/insight/board.h"
#include "node/store/inside.h"
#include "node/store/layout.h"
#include "tests/unit/core/rig.h"

enum { CITY, A, B, SIDE };

static void people(struct rig *r, int i)
{
    uint8_t *hash = qp_arena_take(r->arena, QP_HASH_LEN);
    memset(hash, 7, QP_HASH_LEN);
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_TOKEN_MADE, NULL);
    ev->token_made->name = qp_arena_text(r->arena, "desk");
    ev->token_made->hash = (ProtobufCBinaryData){QP_HASH_LEN, hash};
    ev->token_made->rights = QP_RIGHT_READ;
    struct qp_command c = {.op = QP_OP_RESOURCE, .draft = ev, .if_version = -1};
    rig_ok(rig_command(r, i, &c));
    ev = rig_draft(r, QP__EVENT__BODY_USER_MADE, NULL);
    ev->user_made->name = qp_arena_text(r->arena, "wang");
    ev->user_made->password = qp_arena_text(r->arena, "a hash");
    c = (struct qp_command){.op = QP_OP_RESOURCE, .draft = ev, .if_version = -1};
    rig_ok(rig_command(r, i, &c));
    ev = rig_draft(r, QP__EVENT__BODY_DESK_MADE, NULL);
    ev->key = qp_arena_text(r->arena, "key-2");
    ev->desk_made->code = qp_arena_text(r->arena, "water");
    ev->desk_made->title = qp_arena_text(r->arena, "供水");
    c = (struct qp_command){.op = QP_OP_RESOURCE, .draft = ev, .if_version = -1};
    rig_ok(rig_command(r, i, &c));
}

static void order(struct rig *r, int to)
{
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_GRID_ORDERED, NULL);
    ev->grid_ordered->node = (ProtobufCBinaryData){QP_ID_LEN, r->nodes[to].id};
    ev->grid_ordered->grid = qp_arena_take(r->arena, sizeof(Qp__GridMade));
    qp__grid_made__init(ev->grid_ordered->grid);
    ev->grid_ordered->grid->code = qp_arena_text(r->arena, "g2");
    struct qp_command c = {.op = QP_OP_GROUND, .draft = ev, .if_version = -1};
    rig_ok(rig_command(r, CITY, &c));
}

/* One of its own, and two that nodes below make their own by an order. */
static void grids(struct rig *r)
{
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_GRID_MADE, NULL);
    ev->key = qp_arena_text(r->arena, "key-3");
    ev->grid_made->code = qp_arena_text(r->arena, "g1");
    ev->grid_made->title = qp_arena_text(r->arena, "第一网格");
    struct qp_command c = {.op = QP_OP_RESOURCE, .draft = ev, .if_version = -1};
    rig_ok(rig_command(r, CITY, &c));
    order(r, SIDE);
    order(r, B);
    rig_settle(r);
}

/* One on duty, on a patrol that goes on and one that is over. */
static void ground(struct rig *r)
{
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_DUTY_SAID, NULL);
    ev->duty_said->person = qp_arena_text(r->arena, "li");
    ev->duty_said->on = true;
    struct qp_command c = {.op = QP_OP_GROUND, .draft = ev, .if_version = -1};
    rig_ok(rig_command(r, CITY, &c));
    for (int i = 0; i < 2; i++) {
        ev = rig_draft(r, QP__EVENT__BODY_PATROL_STARTED, NULL);
        ev->by = qp_arena_text(r->arena, "user:li");
        ev->key = qp_arena_text(r->arena, i == 0 ? "key-4" : "");
        ev->patrol_started->grid = qp_arena_text(r->arena, "g1");
        ev->patrol_started->person = qp_arena_text(r->arena, "li");
        c.draft = ev;
        struct qp_reply reply = rig_command(r, CITY, &c);
        rig_ok(reply);
        ev = rig_draft(r, QP__EVENT__BODY_PATROL_MARKED, NULL);
        ev->by = qp_arena_text(r->arena, "user:li");
        ev->patrol_marked->id =
            (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(r->arena, reply.matter, QP_ID_LEN)};
        ev->patrol_marked->kind = i == 0 ? 5 : 3; /* stop; check-point */
        ev->patrol_marked->note = qp_arena_text(r->arena, "all well");
        c.draft = ev;
        rig_ok(rig_command(r, CITY, &c));
    }
}

/* With a reference, a key, a deadline and letters that a search folds. */
static matter full(struct rig *r, int i)
{
    matter m;
    Qp__Event *ev = rig_opened(r, "井盖 ＭＩＳＳＩＮＧ １号", QP_URGENT);
    ev->opened->face->source_ref = qp_arena_text(r->arena, "REF-1");
    ev->opened->face->deadline_us = r->now_us + 3600000000;
    ev->key = qp_arena_text(r->arena, "key-1");
    struct qp_reply reply = rig_try(r, i, ev);
    rig_ok(reply);
    memcpy(m.b, reply.matter, QP_ID_LEN);
    return m;
}

/* One that comes before its predecessor, and one that may not be said. */
static void strange(struct rig *r, matter m)
{
    struct forged f = rig_forged(r, SIDE, QP_SCOPE_HORIZON, NULL, QP_LANE_BULK);
    Qp__Event *ev = rig_event(r, SIDE, QP__EVENT__BODY_PROGRESSED, &m);
    ev->version = rig_row(r, CITY, m)->face->version + 2;
    ev->custody = 1;
    rig_add(&f, ev);
    assert_int_equal(rig_hand(r, SIDE, CITY, QP_LANE_BULK, rig_seal(r, &f, NULL)), 0);
    f = rig_forged(r, SIDE, QP_SCOPE_HORIZON, NULL, QP_LANE_URGENT);
    ev = rig_event(r, SIDE, QP__EVENT__BODY_TOKEN_ENDED, NULL);
    ev->token_ended->name = qp_arena_text(r->arena, "x");
    rig_add(&f, ev);
    assert_int_equal(rig_hand(r, SIDE, CITY, QP_LANE_URGENT, rig_seal(r, &f, NULL)), 0);
}

/* Enough of one kind, day by day, for a rise to be seen. */
static void rise(struct rig *r, int i)
{
    for (int d = 40; d > 0; d--)
        for (int k = d == 1 ? 14 : 1; k > 0; k--) {
            Qp__Event *ev = rig_opened(r, "again", QP_ROUTINE);
            ev->opened->face->occurred_us = r->now_us - d * 86400 * SECOND;
            rig_ok(rig_try(r, i, ev));
        }
    for (int k = 0; k < 20; k++) {
        rig_tick(r, i);
        r->now_us += 10 * SECOND;
    }
}

/* Said on one, and seen. */
static void on_a_line(struct rig *r)
{
    Qp__LineMember *v[2], m[2] = {QP__LINE_MEMBER__INIT, QP__LINE_MEMBER__INIT};
    Qp__LineBody body = QP__LINE_BODY__INIT;
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_LINE_OPENED, NULL);
    for (int k = 0; k < 2; k++) {
        m[k].path = r->nodes[k == 0 ? CITY : B].path;
        m[k].kind = QP_LINE_NAME;
        m[k].name = qp_arena_text(r->arena, "wang");
        v[k] = &m[k];
    }
    ev->line_opened->members = v;
    ev->line_opened->n_members = 2;
    ev->key = qp_arena_text(r->arena, "key-3");
    body.title = qp_arena_text(r->arena, "连线");
    struct qp_command c = {.op = QP_OP_LINE, .draft = ev, .if_version = -1, .body = &body};
    struct qp_reply reply = rig_command(r, CITY, &c);
    rig_ok(reply);
    rig_settle(r);
    ev = rig_draft(r, QP__EVENT__BODY_LINE_SAID, NULL);
    ev->line_said->line = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(r->arena, reply.matter, QP_ID_LEN)};
    body.text = body.title;
    c = (struct qp_command){.op = QP_OP_LINE, .draft = ev, .if_version = -1, .body = &body};
    rig_ok(rig_command(r, CITY, &c));
    rig_settle(r);
    Qp__Event *seen = rig_draft(r, QP__EVENT__BODY_LINE_TICKED, NULL);
    seen->line_ticked->line = ev->line_said->line;
    seen->line_ticked->member = &m[1];
    c = (struct qp_command){.op = QP_OP_LINE, .draft = seen, .if_version = -1};
    rig_ok(rig_command(r, B, &c));
    rig_settle(r);
}

/* One with a record of who reported, closed: it waits for the end of its time. */
static void personal(struct rig *r, int i)
{
    static const uint8_t seed[QP_SEED_LEN] = {7};
    struct qp_sealed s;
    matter m;
    assert_int_equal(qp_record_lock(&s, "who", 3, r->nodes[i].keys.box_pk, seed, r->arena, NULL), 0);
    struct qp_command c = {
        .op = QP_OP_STEP, .draft = rig_opened(r, "by somebody", QP_ROUTINE), .if_version = -1, .sealed = &s};
    struct qp_reply reply = rig_command(r, i, &c);
    rig_ok(reply);
    memcpy(m.b, reply.matter, QP_ID_LEN);
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_CLOSED, &m);
    ev->closed->result = qp_arena_text(r->arena, "done");
    rig_ok(rig_try(r, i, ev));
}

static void live(struct rig *r)
{
    static const uint8_t link_key[QP_PK_LEN] = {9};
    r->rings = true;
    rig_tree(r, 3);
    rig_join(r, CITY, "side");
    rig_settle(r);
    rig_policy(r, CITY, true, true, true, true);
    people(r, CITY);
    personal(r, CITY);
    grids(r);
    ground(r);
    matter m = full(r, B);
    rig_ok(rig_step(r, B, m, QP__EVENT__BODY_ASSIGNED));
    rig_ok(rig_step(r, B, m, QP__EVENT__BODY_HANDLED));
    r->now_us += 1234567;
    rig_ok(rig_step(r, B, m, QP__EVENT__BODY_CLOSED));
    matter up = rig_emergency(r, A, "up");
    rig_ok(rig_offer(r, A, up, QP_KIND_ESCALATE, NULL));
    matter side = full(r, SIDE);
    on_a_line(r);
    strange(r, side);
    rig_ok(rig_say_policy(r, CITY, "{'version':'one','title':'T','categories':[{'code':'','title':'其他'}]}",
                          "k"));
    rig_ok(rig_circular(r, CITY, QP_PERIOD_WEEK, "week"));
    rig_ok(rig_invite(r, CITY, "city/new", link_key, r->now_us + 900000000));
    rig_burn(r, A);
    rig_rejoin(r, A);
    rig_meet(r, A); /* its child has not handed back yet: it is still coming back */
    while (rig_carry(r, CITY, A) > 0 || rig_carry(r, A, CITY) > 0)
        ;
    rig_open(r, B, "waits");
    rise(r, SIDE);
    rig_verdicts(r); /* it is refused above, and asks for its next incarnation */
    order(r, A);     /* not there yet */
}

/* Over all nodes: one digest a table. */
static void digest(char out[QP_TABLES][2 * QP_HASH_LEN + 1])
{
    static const uint8_t nothing[QP_HASH_LEN];
    struct rig *r = rig_new();
    struct qp_hash h[QP_TABLES] = {{{0}}};
    live(r);
    for (int i = 0; i < r->n; i++) {
        struct tables t = rig_tables(r, i);
        for (int k = 0; k < QP_TABLES; k++) {
            struct qp_part parts[] = {{h[k].b, QP_HASH_LEN}, {t.h[k].b, QP_HASH_LEN}};
            if (memcmp(t.h[k].b, nothing, QP_HASH_LEN) != 0)
                qp_hash_parts(&h[k], parts, 2);
        }
    }
    /* No life has all figures in it: what each is and when it counts is part of what a cell holds. */
    static const char figures[] =
#define X(id, name, moment, adds) #name " " #moment " " #adds "\n"
        QP_BOARD_FIGURES(X)
#undef X
        ;
    struct qp_part cells[] = {{h[QP_T_CELL].b, QP_HASH_LEN}, {figures, sizeof figures}};
    qp_hash_parts(&h[QP_T_CELL], cells, 2);
    for (int k = 0; k < QP_TABLES; k++)
        qp_hex(out[k], h[k].b, QP_HASH_LEN);
    rig_free(r);
}

static void what_the_tables_hold_is_what_their_layout_says(void **state)
{
    char is[QP_TABLES][2 * QP_HASH_LEN + 1], name[32], was[80];
    size_t lines = 0, changed = 0;
    (void)state;
    digest(is);
    FILE *f = fopen(QP_LAYOUT, "r");
    assert_non_null(f);
    while (fscanf(f, "%31s %79s", name, was) == 2) {
        for (int k = 0; k < QP_TABLES; k++) {
            if (strcmp(name, qp_table_name((enum qp_table)k)) != 0)
                continue;
            lines++;
            if (strcmp(was, is[k]) == 0)
                continue;
            changed++;
            print_error("the table %s holds something else than before\n", name);
        }
    }
    fclose(f);
    if (changed > 0 || lines != QP_TABLES)
        fail_msg(
            "if old nodes' tables are to be made again (they are, unless only this test's life has changed), "
            "change the row of node/store/layout.h, or raise QP_PROJECTOR where the rows say what they said; "
            "then core_layout --print > %s",
            QP_LAYOUT);
}

static void the_life_touches_every_table(void **state)
{
    char is[QP_TABLES][2 * QP_HASH_LEN + 1];
    (void)state;
    digest(is);
    for (int k = 0; k < QP_TABLES; k++)
        if (strspn(is[k], "0") == 2 * QP_HASH_LEN)
            print_error("the table %s is empty: nobody would notice its change\n",
                        qp_table_name((enum qp_table)k));
    for (int k = 0; k < QP_TABLES; k++)
        assert_int_not_equal(strspn(is[k], "0"), 2 * QP_HASH_LEN);
}

/* Else a field that is added to it would leave old rows standing. */
static void each_message_that_a_row_names_is_part_of_the_schema(void **state)
{
    static const char *const values[] = {
#define X(NAME, name, room, key, value) value,
        QP_TABLES_EACH(X)
#undef X
    };
    size_t named = 0;
    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        char text[600];
        snprintf(text, sizeof text, "%s", values[i]);
        for (char *word = strtok(text, " ,;:()"); word; word = strtok(NULL, " ,;:()")) {
            if (word[0] < 'A' || word[0] > 'Z')
                continue;
            named++;
            if (!qp_tables_keep(word))
                fail_msg("layout.h names the message %s, and node/store/tables.c does not describe it", word);
        }
    }
    assert_true(named >= 9);
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--print") == 0) {
        char is[QP_TABLES][2 * QP_HASH_LEN + 1];
        digest(is);
        for (int k = 0; k < QP_TABLES; k++)
            printf("%s %s\n", qp_table_name((enum qp_table)k), is[k]);
        return 0;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_tables_hold_is_what_their_layout_says),
        cmocka_unit_test(the_life_touches_every_table),
        cmocka_unit_test(each_message_that_a_row_names_is_part_of_the_schema),
    };
    return cmocka_run_group_tests_name("layout", tests, NULL, NULL);
}
