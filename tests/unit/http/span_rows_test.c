/* span_rows_test.c: what goes over several matters, or is of a place, for who is narrowed (DE2): leads, lines, patrols, grids,
 * desks. Each is shown as far as it lies within, and what does not is absent, to be acted on as well. */
#include <stdio.h>
#include <unistd.h>

#include "node/line/line.h"
#include "tests/unit/http/people.h"

static void narrow(struct rig *r, const char *name, const char *with, char out[64])
{
    char body[300];
    snprintf(body, sizeof body,
             "{\"name\":\"%s\",\"rights\":[\"read\",\"report\",\"step\",\"command\",\"admin\",\"count\"],%s}",
             name, with);
    struct answer *a = status(post(r, "/api/v1/tokens", body), 201);
    snprintf(out, 64, "%s", text_at(a, "token"));
    answer_free(a);
}

static struct answer *by(struct rig *r, const char *token, const char *path)
{
    return ask(r, "GET", path, NULL, token, NULL);
}

static struct answer *says(struct rig *r, const char *token, const char *path, const char *body)
{
    return ask(r, "POST", path, body, token, NULL);
}

static void items(struct answer *a, size_t n)
{
    status(a, 200);
    if (json_array_size(at(a, "items")) != n)
        fail_msg("%zu items instead of %zu: %s", json_array_size(at(a, "items")), n, a->body);
    answer_free(a);
}

static void open_one(struct rig *r, const char *category, const char *title, const char *source, char id[27])
{
    char body[600];
    snprintf(body, sizeof body,
             "{\"title\":\"%s\",\"text\":\"群众反映运石货车不断，电话13855501234\",\"category\":\"%s\","
             "\"source\":\"%s\"}",
             title, category, source);
    struct answer *a = status(post(r, "/api/v1/matters", body), 201);
    snprintf(id, 27, "%s", text_at(a, "id"));
    answer_free(a);
}

/* Until a lead is found; the node takes its turns for comments. */
static void a_lead(struct rig *r, const char *matter, char lead[27])
{
    char comment[100];
    snprintf(comment, sizeof comment, "/api/v1/matters/%s/comment", matter);
    for (int i = 0; i < 200; i++) {
        struct answer *a = status(get(r, "/api/v1/leads"), 200);
        bool found = json_array_size(at(a, "items")) == 1;
        if (found)
            snprintf(lead, 27, "%s", text_at(a, "items.0.id"));
        answer_free(a);
        if (found)
            return;
        usleep(50000);
        done(post(r, comment, "{\"text\":\"time passes\"}"), 200);
    }
    fail_msg("no lead was found");
}

/* What was taken out of a lead is not told by the one that was like it. */
static void what_left_a_lead_is_not_told_by_what_stayed(void **state)
{
    struct rig *r = *state;
    char hidden[27], two[27], lead[27], path[120], body[160], in[64];
    open_one(r, "路灯", "青龙山采石场夜间偷采爆破", "hotline", hidden);
    open_one(r, "矿产", "夜间青龙山采石场爆破偷采", "police", two);
    a_lead(r, two, lead);
    narrow(r, "in", "\"categories\":[\"矿产\"]", in);
    snprintf(path, sizeof path, "/api/v1/leads/%s", lead);
    done(by(r, in, path), 404);
    snprintf(path, sizeof path, "/api/v1/leads/%s/split", lead);
    snprintf(body, sizeof body, "{\"matter\":\"%s\",\"reason\":\"another thing\"}", hidden);
    done(post(r, path, body), 200);
    snprintf(path, sizeof path, "/api/v1/leads/%s", lead);
    struct answer *a = status(by(r, in, path), 200);
    assert_null(strstr(a->body, hidden));
    assert_int_equal(json_array_size(at(a, "matters.0.why")), 0);
    answer_free(a);
    a = status(get(r, path), 200); /* who is not narrowed is told as before */
    assert_non_null(strstr(a->body, hidden));
    assert_int_not_equal(json_array_size(at(a, "matters.0.why")), 0);
    answer_free(a);
}

static void a_lead_is_seen_whose_matters_all_lie_within(void **state)
{
    struct rig *r = *state;
    char one[27], two[27], lamp[27], lead[27], path[120], body[100];
    char in[64], out[64], below[64];
    open_one(r, "矿产", "青龙山采石场夜间偷采爆破", "hotline", one);
    open_one(r, "矿产", "夜间青龙山采石场爆破偷采", "police", two);
    open_one(r, "路灯", "解放路路灯三天不亮", "hotline", lamp);
    a_lead(r, one, lead);
    narrow(r, "in", "\"categories\":[\"矿产\"]", in);
    narrow(r, "out", "\"categories\":[\"路灯\"]", out);
    narrow(r, "below", "\"areas\":[\"suzhou/below\"]", below);
    items(by(r, in, "/api/v1/leads"), 1);
    items(by(r, out, "/api/v1/leads"), 0);
    items(by(r, below, "/api/v1/leads"), 0);
    snprintf(path, sizeof path, "/api/v1/leads?matter=%s", one);
    items(by(r, in, path), 1);
    items(by(r, out, path), 0);
    snprintf(path, sizeof path, "/api/v1/leads/%s", lead);
    done(by(r, in, path), 200);
    done(by(r, out, path), 404);
    snprintf(path, sizeof path, "/api/v1/leads/%s/confirm", lead);
    done(says(r, out, path, "{}"), 404);
    snprintf(path, sizeof path, "/api/v1/leads/%s/matter", lead);
    done(says(r, below, path, "{}"), 403); /* it would be of this node */
    /* what is not seen is not put into it */
    snprintf(path, sizeof path, "/api/v1/leads/%s/join", lead);
    snprintf(body, sizeof body, "{\"matter\":\"%s\"}", lamp);
    done(says(r, in, path, body), 404);
    snprintf(path, sizeof path, "/api/v1/leads/%s/confirm", lead);
    done(says(r, in, path, "{}"), 200);
    /* one that lies outside came to it: from then on the lead is absent */
    snprintf(path, sizeof path, "/api/v1/leads/%s/join", lead);
    done(post(r, path, body), 200);
    items(by(r, in, "/api/v1/leads"), 0);
    snprintf(path, sizeof path, "/api/v1/leads/%s", lead);
    done(by(r, in, path), 404);
    done(get(r, path), 200);
}

/* A line in the table alone, as others' words would have made it: of a matter, with this member; named NULL: the whole node. */
static void put_line(struct rig *r, const char *matter, const char *named, uint8_t number, char path[120])
{
    struct qp_txn t;
    uint8_t line[QP_ID_LEN] = {number}, of[QP_ID_LEN];
    char id[27];
    Qp__LineRow row = QP__LINE_ROW__INIT;
    Qp__LineMember m = QP__LINE_MEMBER__INIT, *members = &m;
    rig_hold(r);
    assert_int_equal(qp_store_begin(r->store, &t, NULL), 0);
    struct qp_line_db db = {.tables = t.tables,
                            .store = r->store,
                            .a = qp_arena_new(QP_DECODE_ARENA),
                            .self = qp_core_self(r->core)->node};
    m.node = row.opener = (ProtobufCBinaryData){QP_ID_LEN, (uint8_t *)(uintptr_t)db.self};
    m.path = (char *)(uintptr_t) "suzhou";
    m.kind = named ? QP_LINE_NAME : QP_LINE_NODE;
    m.name = (char *)(uintptr_t)(named ? named : "");
    if (matter) {
        assert_int_equal(qp_id_parse(of, matter), 0);
        row.matter = (ProtobufCBinaryData){QP_ID_LEN, of};
    }
    row.members = &members;
    row.n_members = 1;
    assert_int_equal(qp_line_put(&db, line, &row, NULL), 0);
    assert_int_equal(qp_store_commit_journal(&t, NULL), 0);
    assert_int_equal(qp_store_commit_tables(&t, NULL), 0);
    qp_arena_free(db.a);
    rig_release(r);
    qp_id_text(id, line);
    snprintf(path, 120, "/api/v1/lines/%s", id);
}

static void a_line_is_seen_with_its_matter_or_by_whom_it_names(void **state)
{
    struct rig *r = *state;
    char lamp[27], noise[27], in[120], out[120], his[120], theirs[120], said[140], token[64];
    open_one(r, "lamp", "a lamp is out", "12345", lamp);
    open_one(r, "noise", "drums at night", "12345", noise);
    put_line(r, lamp, NULL, 1, in);
    put_line(r, noise, NULL, 2, out);
    put_line(r, noise, "narrow", 3, his); /* whom a line names is on it, whatever it is about */
    put_line(r, NULL, "other", 4, theirs);
    narrow(r, "narrow", "\"categories\":[\"lamp\"]", token);
    items(get(r, "/api/v1/lines"), 4);
    items(by(r, token, "/api/v1/lines"), 2);
    done(by(r, token, in), 200);
    done(by(r, token, his), 200);
    done(by(r, token, out), 404);
    done(by(r, token, theirs), 404);
    static const char *const PARTS[] = {"/messages", "/seen", "/whispers"};
    static const char *const BODIES[] = {"{\"text\":\"t\"}", "{\"seq\":1}", "{\"whisper\":\"typing\"}"};
    for (size_t i = 0; i < 3; i++) {
        snprintf(said, sizeof said, "%s%s", out, PARTS[i]);
        done(says(r, token, said, BODIES[i]), 404);
    }
    snprintf(said, sizeof said, "%s/ice", out);
    done(by(r, token, said), 404);
    snprintf(said, sizeof said, "%s/ice", in);
    done(by(r, token, said), 200);
    snprintf(said, sizeof said, "/api/v1/matters/%s/line", noise);
    done(says(r, token, said, "{}"), 404);
}

#define GRID "{\"code\":\"g1\",\"title\":\"G\"}"

static void patrols_are_seen_in_their_areas_and_ones_own_everywhere(void **state)
{
    struct rig *r = *state;
    char here[64], below[64], lamp[64], path[120], mark[140], noise[27], body[100];
    done(post(r, "/api/v1/grids", GRID), 201);
    open_one(r, "noise", "drums at night", "12345", noise);
    narrow(r, "here", "\"areas\":[\"suzhou\"]", here);
    narrow(r, "below", "\"areas\":[\"suzhou/below\"]", below);
    narrow(r, "lamp", "\"categories\":[\"lamp\"]", lamp);
    struct answer *a = status(post(r, "/api/v1/patrols", "{\"grid\":\"g1\"}"), 201);
    snprintf(path, sizeof path, "/api/v1/patrols/%s", text_at(a, "id"));
    snprintf(mark, sizeof mark, "%s/checkpoint", path);
    answer_free(a);
    items(by(r, here, "/api/v1/patrols"), 1);
    items(by(r, below, "/api/v1/patrols"), 0);
    items(by(r, lamp, "/api/v1/patrols"), 0);
    done(by(r, here, path), 200);
    done(by(r, below, path), 404);
    done(by(r, lamp, path), 404);
    done(says(r, below, mark, "{}"), 404);
    done(says(r, here, mark, "{}"), 403); /* it is there, and another's */
    done(says(r, below, "/api/v1/patrols", "{\"grid\":\"g1\"}"), 403);
    a = status(says(r, lamp, "/api/v1/patrols", "{\"grid\":\"g1\"}"), 201);
    snprintf(path, sizeof path, "/api/v1/patrols/%s/checkpoint", text_at(a, "id"));
    answer_free(a);
    items(by(r, lamp, "/api/v1/patrols"), 1);
    snprintf(body, sizeof body, "{\"matter\":\"%s\"}", noise);
    a = status(says(r, lamp, path, body), 422);
    assert_string_equal(text_at(a, "error.field"), "matter");
    answer_free(a);
    done(says(r, lamp, path, "{\"note\":\"n\"}"), 200);
}

static void grids_and_desks_are_seen_that_concern_what_is_seen(void **state)
{
    struct rig *r = *state;
    char here[64], below[64], lamp[64];
    static const char ROADS[] =
        "{\"code\":\"roads\",\"title\":\"R\",\"duties\":[{\"category\":\"road\",\"area\":\"suzhou/below\"}]}";
    static const char LAMPS[] = "{\"code\":\"lamps\",\"title\":\"L\",\"duties\":[{\"category\":\"lamp\"}]}";
    static const char ALL[] = "{\"code\":\"all\",\"title\":\"A\"}";
    done(post(r, "/api/v1/grids", GRID), 201);
    done(post(r, "/api/v1/desks", ROADS), 201);
    done(post(r, "/api/v1/desks", LAMPS), 201);
    done(post(r, "/api/v1/desks", ALL), 201);
    narrow(r, "here", "\"areas\":[\"suzhou\"]", here);
    narrow(r, "below", "\"areas\":[\"suzhou/below/x\"]", below);
    narrow(r, "lamp", "\"categories\":[\"lamp\"]", lamp);
    items(by(r, here, "/api/v1/grids"), 1);
    items(by(r, below, "/api/v1/grids"), 0);
    items(by(r, lamp, "/api/v1/grids"), 1);
    done(by(r, here, "/api/v1/grids/g1"), 200);
    done(by(r, below, "/api/v1/grids/g1"), 404);
    done(by(r, below, "/api/v1/grids/g1?node=suzhou"), 404);
    items(by(r, here, "/api/v1/desks"), 3);
    items(by(r, below, "/api/v1/desks"), 3); /* his area lies below the roads' */
    items(by(r, lamp, "/api/v1/desks"), 2);
    done(by(r, lamp, "/api/v1/desks/roads"), 404);
    done(by(r, lamp, "/api/v1/desks/lamps"), 200);
    narrow(r, "aside", "\"areas\":[\"suzhou/aside\"]", below);
    items(by(r, below, "/api/v1/desks"), 2);
    done(by(r, below, "/api/v1/desks/roads"), 404);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_lead_is_seen_whose_matters_all_lie_within),
        TEST(what_left_a_lead_is_not_told_by_what_stayed),
        TEST(a_line_is_seen_with_its_matter_or_by_whom_it_names),
        TEST(patrols_are_seen_in_their_areas_and_ones_own_everywhere),
        TEST(grids_and_desks_are_seen_that_concern_what_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
