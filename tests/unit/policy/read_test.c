/* read_test.c: a policy from JSON and back (json.c, walk.c, write.c), and questions put to it (policy.c). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/crypto.h"
#include "tests/unit/policy/rig.h"

static const char FULL[] =
    "'calendars':[{'name':'office','weekly':[{'days':'1-5','from':'08:30','to':'12:00'},{'days':'1-5','from':"
    "'14:30',"
    "'to':'17:30'}],'off':['2026-10-02','2026-10-01'],'on':['2026-10-10'],'known_until':'2026-12-31'}],"
    "'categories':[{'code':'02','title':'井盖','title_en':'manhole','parent':'01','desk':'住建','urgency':'"
    "urgent',"
    "'calendar':'office','clocks':{'sign':'2h','assign':'4wh','handle':'5wd','verify':'2wd','close':'10wd','"
    "reopen':"
    "null},'remind':{'close':'1wd'},'visit':0.1,'keep_personal':'180d','private_place':true,'view':'社情'},"
    "{'code':'01','title':'市政'}," RIG_FALLBACK "],"
    "'rules':{'accept':{'escalate':true,'return':true,'dispatch':false,'transfer':false},'urge':[{'overdue':'"
    "24h'},"
    "{'overdue':'0h'}],'lift':{'refused':2,'redo':3},'extend':{'own':1,'by':'3wd'},'patrol':{'per_day':2,'"
    "minutes':30,"
    "'police':true},'circular':{'week_begins':1,'month_begins':26},'keep_position':'24h','keep_line':'90d'}";

static void every_value_is_read_as_it_is_written(void **state)
{
    (void)state;
    struct qp_policy *p = rig_sound(FULL);
    const struct qp_policy_category *c = qp_policy_category(p, "02");
    assert_string_equal(p->version, "v1");
    assert_string_equal(c->parent, "01");
    assert_string_equal(c->desk, "住建");
    assert_int_equal(c->urgency, QP_URGENT);
    assert_int_equal(c->visit, 100000);
    assert_int_equal(c->private_place, 1);
    assert_true(qp_policy_hides_place(p, c->code));
    assert_false(qp_policy_hides_place(p, "none of these"));
    assert_false(qp_policy_hides_place(NULL, c->code));
    assert_int_equal(c->clock[QP_STAGE_HANDLE].d.n, 5);
    assert_int_equal(c->clock[QP_STAGE_HANDLE].d.unit, QP_UNIT_WD);
    assert_false(c->clock[QP_STAGE_REOPEN].said);
    assert_int_equal(c->keep_personal.d.n, 180);
    assert_int_equal(p->rules.accept[QP_KIND_ESCALATE], 1);
    assert_int_equal(p->rules.accept[QP_KIND_TRANSFER], 0);
    assert_int_equal(p->rules.n_urge, 2);
    assert_int_equal(p->rules.month_begins, 26);
    assert_int_equal(p->rules.keep_line.d.n, 90);
    assert_int_equal(qp_policy_calendar(p, "office")->form.noff, 2);
    qp_policy_free(p);
}

static void one_policy_has_one_text_however_it_was_written(void **state)
{
    (void)state;
    static const char *const same[] = {
        "'categories':[{'code':'b','title':'B','visit':0.10,'clocks':{'close':'5d'}}," RIG_FALLBACK
        "],'calendars':[{'name':'x','weekly':[{'days':'1-3','from':'08:00','to':'12:00'},{'days':'4,5','from'"
        ":'08:00',"
        "'to':'12:00'}],'off':['2026-01-02','2026-01-01']}],'rules':{'urge':[{'overdue':'1h'},{'overdue':'0h'"
        "}]}",
        "'rules':{'urge':[{'overdue':'0h'},{'overdue':'1h'}],'lift':null},'calendars':[{'off':['2026-01-01','"
        "2026-01-02'],"
        "'weekly':[{'from':'08:00','to':'12:00','days':'1,2,3,4,5'}],'name':'x','on':[]}],'categories':"
        "[" RIG_FALLBACK
        ",{'title':'B','clocks':{'close':'5d','sign':null},'visit':0.1,'desk':'','code':'b'}]",
    };
    char *text[2];
    size_t len;
    for (int i = 0; i < 2; i++) {
        struct qp_policy *p = rig_sound(same[i]);
        text[i] = qp_policy_write(p, &len);
        assert_non_null(text[i]);
        assert_int_equal(strlen(text[i]), len);
        qp_policy_free(p);
    }
    assert_string_equal(text[0], text[1]);
    free(text[0]);
    free(text[1]);
}

static void what_is_written_is_read_again_as_the_same(void **state)
{
    (void)state;
    struct qp_mistakes m = {0};
    struct qp_changes changes = {0};
    size_t len, again_len;
    struct qp_policy *p = rig_sound(FULL);
    char *text = qp_policy_write(p, &len);
    struct qp_policy *again = qp_policy_json(text, len, NULL, &m);
    assert_int_equal(qp_mistakes_all(&m), 0);
    char *other = qp_policy_write(again, &again_len);
    assert_string_equal(text, other);
    qp_policy_compare(p, again, &changes);
    assert_int_equal(changes.n, 0);
    assert_non_null(strstr(text, "\"off\":[\"2026-10-01\",\"2026-10-02\"]"));
    assert_non_null(strstr(text, "\"remind\":{\"close\":\"1wd\"}"));
    assert_non_null(
        strstr(text, "\"accept\":{\"escalate\":true,\"return\":true,\"dispatch\":false,\"transfer\":false}"));
    free(text);
    free(other);
    qp_policy_free(p);
    qp_policy_free(again);
}

static void a_quote_in_a_title_stays_a_quote(void **state)
{
    (void)state;
    static const char text[] =
        "{\"version\":\"v\",\"title\":\"a\\\"b\\\\c\",\"categories\":[{\"code\":\"\",\"title\":\"x\"}]}";
    struct qp_mistakes m = {0};
    size_t len;
    struct qp_policy *p = qp_policy_json(text, sizeof text - 1, NULL, &m);
    char *out = qp_policy_write(p, &len);
    assert_non_null(strstr(out, "\"title\":\"a\\\"b\\\\c\""));
    free(out);
    qp_policy_free(p);
}

static void who_wants_no_list_of_mistakes_gets_the_policy_all_the_same(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{\"version\":\"v\",\"calendars\":[{\"name\":\"c\",\"week\":[{\"days\":\"Mon\"}]}]}",
        "{\"version\":\"v\",\"calendars\":[{\"name\":\"c\",\"weekly\":[{\"days\":\"1-5\"},{}]}]}",
        "{\"unknown\":1}", "{", ""};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        qp_policy_free(qp_policy_json(texts[i], strlen(texts[i]), NULL, NULL));
}

/* ---- hostile texts ---- */

static void refused(const char *text, size_t len, enum qp_mistake_kind kind, const char *says)
{
    struct qp_mistakes m = {0};
    char line[QP_MISTAKE_TEXT];
    struct qp_policy *p = qp_policy_json(text, len, "f.json", &m);
    assert_non_null(p);
    assert_true(p->broken);
    qp_policy_check(p, true, &m); /* says nothing about what was not reached */
    assert_int_equal(qp_mistakes_all(&m), 1);
    assert_int_equal(m.v[0].kind, kind);
    qp_mistake_line(line, &m.v[0], false);
    if (!strstr(line, says))
        fail_msg("\"%s\" does not say \"%s\"", line, says);
    qp_mistake_line(line, &m.v[0], true);
    assert_true(strlen(line) > 10);
    qp_mistakes_free(&m);
    qp_policy_free(p);
}

static void broken_json_is_refused_with_line_and_column(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } table[] = {
        {"", "f.json:1:"},
        {"{", "line 1, column 2"},
        {"{\n\"version\":\"a\"\n\"title\":\"b\"}", "f.json:3"},
        {"{\"version\":\"a\\ud800\"}", "surrogate"},
        {"{\"version\":\"a\\u0000\"}", "NUL"},
        {"{\"version\":\"abc", "without an end"},
        {"{\"categories\":[{\"code\":\"a\"},]}", "f.json:1"},
        {"{\"categories\":[{\"visit\":01}]}", "f.json:1"},
        {"{} {}", "behind the policy"},
        {"{\"version\":tru}", "f.json:1"},
        {"{\"version\":\"a\",}", "f.json:1"},
        {"{\"calendars\":[{\"weekly\":[{\"days\":\"1\"", "f.json:1"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (table[i].text[0] == '\0') { /* an empty file is a value of no type, and then broken */
            struct qp_mistakes m = {0};
            struct qp_policy *p = qp_policy_json("", 0, "f.json", &m);
            assert_true(p->broken);
            assert_true(qp_mistakes_all(&m) > 0);
            qp_mistakes_free(&m);
            qp_policy_free(p);
        } else {
            refused(table[i].text, strlen(table[i].text), QP_MISTAKE_NO_JSON, table[i].says);
        }
}

static void json_that_is_too_deep_is_refused(void **state)
{
    (void)state;
    enum { DEEP = 100000 };
    char *text = malloc(2 * DEEP + 32);
    size_t n = (size_t)sprintf(text, "{\"version\":\"v\",\"x\":");
    for (const char *brackets = "[{"; *brackets != '\0'; brackets++) {
        struct qp_mistakes m = {0};
        size_t at = n;
        for (int i = 0; i < DEEP; i++) {
            text[at++] = *brackets;
            if (*brackets == '{') {
                memcpy(text + at, "\"\":", 3); /* an object in an object needs a key */
                at += 3;
                i += 3;
            }
        }
        struct qp_policy *p = qp_policy_json(text, at, "f.json", &m);
        assert_true(p->broken);
        assert_int_equal(m.n, 2); /* the field that there is not, and how deep it is */
        assert_int_equal(m.v[1].kind, QP_MISTAKE_TOO_DEEP);
        qp_mistakes_free(&m);
        qp_policy_free(p);
    }
    free(text);
}

static void what_is_larger_than_a_policy_may_be_is_refused(void **state)
{
    (void)state;
    char *text = malloc(QP_POLICY_BYTES + 1);
    memset(text, ' ', QP_POLICY_BYTES + 1);
    memcpy(text, "{}", 2);
    refused(text, QP_POLICY_BYTES + 1, QP_MISTAKE_TOO_LARGE, "524288");
    /* Many small things within the size: each list has its own bound, told once. */
    size_t n = (size_t)sprintf(text, "{\"categories\":[");
    while (n < QP_POLICY_BYTES - 32)
        n += (size_t)sprintf(text + n, "{\"code\":\"\"},");
    refused(text, n, QP_MISTAKE_TOO_MANY, "more than 2000 categories");
    n = (size_t)sprintf(text, "{\"calendars\":[{\"off\":[");
    while (n < QP_POLICY_BYTES - 32)
        n += (size_t)sprintf(text + n, "\"2026-01-01\",");
    struct qp_mistakes m = {0};
    struct qp_policy *p = qp_policy_json(text, n, "f.json", &m);
    assert_true(p->broken);
    assert_int_equal(m.v[0].kind, QP_MISTAKE_TOO_MANY);
    assert_true(m.n <= 2);
    qp_mistakes_free(&m);
    qp_policy_free(p);
    free(text);
}

static void bytes_that_are_no_text_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t len;
    } table[] = {
        {"{\"version\":\"\xff\xfe\"}", 15},
        {"{\"version\":\"\xed\xa0\x80\"}", 16},
        {"{\"version\":\"\xc0\xaf\"}", 15},
        {"{\"version\":\"a\0b\"}", 16},
        {"\xff\xfe{\0}\0", 6},
        {"{\"version\":\"a\x01\"}", 15},
        {"{\"version\":\"\xf4\x90\x80\x80\"}", 17},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        refused(table[i].text, table[i].len, QP_MISTAKE_NOT_UTF8, "UTF-8");
}

static void any_prefix_of_a_policy_is_refused_or_read(void **state)
{
    (void)state;
    struct qp_policy *p = rig_sound(FULL);
    size_t len;
    char *text = qp_policy_write(p, &len);
    for (size_t n = 0; n < len; n++) {
        struct qp_mistakes m = {0};
        char *copy = malloc(n + 1); /* exactly as long: a read past the end is seen */
        memcpy(copy, text, n);
        struct qp_policy *part = qp_policy_json(copy, n, NULL, &m);
        assert_true(!part || part->broken);
        assert_true(qp_mistakes_all(&m) > 0);
        qp_mistakes_free(&m);
        qp_policy_free(part);
        free(copy);
    }
    free(text);
    qp_policy_free(p);
}

static void ten_thousand_mistakes_are_counted_and_not_all_kept(void **state)
{
    (void)state;
    struct qp_mistakes m = {0};
    char *text = malloc(QP_POLICY_BYTES);
    size_t n = (size_t)sprintf(text, "{\"x0\":1");
    for (int i = 1; i < 10000; i++)
        n += (size_t)sprintf(text + n, ",\"x%d\":1", i);
    n += (size_t)sprintf(text + n, "}");
    struct qp_policy *p = qp_policy_json(text, n, NULL, &m);
    assert_int_equal(qp_mistakes_all(&m), 10000);
    assert_int_equal(m.n, QP_MISTAKES);
    qp_mistakes_free(&m);
    qp_policy_free(p);
    free(text);
}

/* ---- the calendars alone ---- */

#define HOURS "'weekly':[{'days':'1-5','from':'08:30','to':'12:00'}]"

static void calendars_are_read_of_a_policy_or_one_by_itself(void **state)
{
    (void)state;
    static const struct {
        const char *text, *told, *name; /* "" = nothing is wrong, and the first calendar has this name */
    } table[] = {
        {"{'name':'office'," HOURS "}", "", "office"},
        {"{" HOURS ",'name':null}", "", "calendar"},
        {"{'version':0,'title':[],'calendars':[{'name':'office'," HOURS "}],'categories':'x','rules':7}", "",
         "office"},
        {"{'name':'office'," HOURS ",'offf':[]}", "offf UNKNOWN_FIELD", ""},
        {"{'offf':[],'name':'office'," HOURS "}", "offf UNKNOWN_FIELD", ""},
        {"{'calendars':[{'name':'office'," HOURS "}],'off':[]}", "off UNKNOWN_FIELD", ""},
        {"{'name':'office'," HOURS ",'calendars':[]}", "calendars UNKNOWN_FIELD", ""},
        {"{'name':'office','weekly':[]}", "weekly CALENDAR", ""},
        {"{'name':'office','weekly':[{'days':'1','from':'8:00'}]}", "weekly CALENDAR; weekly[0].to MISSING",
         ""},
        {"{'calendars':[{'name':'a'," HOURS "},{'name':'a'," HOURS "}]}", "calendars[1] CALENDAR_TWICE", ""},
        {"{'name':'a','name':'b'," HOURS "}", "name TWICE", ""},
        {"{'name':'a'," HOURS, " NO_JSON", ""},
        {"[]", " WRONG_TYPE", ""},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct qp_mistakes m = {0};
        char text[400], told[1000];
        snprintf(text, sizeof text, "%s", table[i].text);
        for (char *p = text; *p != '\0'; p++)
            if (*p == '\'')
                *p = '"';
        struct qp_policy *p = qp_policy_calendars(text, strlen(text), NULL, &m);
        rig_told(told, sizeof told, &m);
        if (strcmp(told, table[i].told) != 0)
            fail_msg("%s: told \"%s\", wanted \"%s\"", text, told, table[i].told);
        if (told[0] == '\0')
            assert_string_equal(p->calendars[0].form.name, table[i].name);
        qp_mistakes_free(&m);
        qp_policy_free(p);
    }
}

/* ---- asking ---- */

static void a_category_is_found_by_code_then_title_then_english_title(void **state)
{
    (void)state;
    struct qp_policy *p =
        rig_sound("'categories':[{'code':'02','title':'井盖','title_en':'manhole'},{'code':'01','title':"
                  "'市政'}," RIG_FALLBACK "]");
    static const struct {
        const char *name, *code;
    } table[] = {{"02", "02"}, {"井盖", "02"}, {"manhole", "02"}, {"01", "01"},    {"市政", "01"},
                 {"", ""},     {"其他", ""},   {"其它", ""},      {"Manhole", ""}, {"井", ""}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        assert_string_equal(qp_policy_find(p, table[i].name)->code, table[i].code);
    assert_null(qp_policy_category(p, "井盖"));
    qp_policy_free(p);
}

static void before_any_policy_the_built_in_one_takes_everything(void **state)
{
    (void)state;
    struct qp_mistakes m = {0};
    struct qp_policy *p = qp_policy_builtin();
    assert_string_equal(p->version, "0");
    const struct qp_policy_category *c = qp_policy_find(p, "anything");
    assert_string_equal(c->code, "");
    for (int i = 0; i < QP_STAGES; i++)
        assert_false(c->clock[i].said);
    assert_false(qp_policy_visit_drawn(c->visit, (const uint8_t[QP_ID_LEN]){1}));
    assert_int_equal(p->rules.accept[QP_KIND_ESCALATE], QP_NOT_SAID);
    qp_policy_check(p, true, &m);
    assert_int_equal(m.n, 1); /* nobody else may have its version */
    assert_int_equal(m.v[0].kind, QP_MISTAKE_RESERVED_VERSION);
    qp_mistakes_free(&m);
    qp_policy_free(p);
}

/* PO1: "t3+k1" is what is in force where t3 is tightened by k1; a policy of that name would be taken for it for ever. */
static void a_version_that_looks_like_two_is_no_version(void **state)
{
    (void)state;
    static const char *const versions[] = {"t3+k1", "+", "t3+"};
    for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
        struct qp_mistakes m = {0};
        char text[200];
        snprintf(text, sizeof text, "{\"version\":\"%s\",\"title\":\"t\",\"calendars\":[],\"categories\":[]}",
                 versions[i]);
        struct qp_policy *p = qp_policy_json(text, strlen(text), NULL, &m);
        assert_non_null(p);
        qp_policy_check(p, false, &m);
        size_t told = 0;
        for (size_t k = 0; k < m.n; k++)
            told += m.v[k].kind == QP_MISTAKE_PLUS_VERSION;
        assert_int_equal(told, 1);
        qp_mistakes_free(&m);
        qp_policy_free(p);
    }
}

static void visits_are_drawn_from_the_id_exactly(void **state)
{
    (void)state;
    uint8_t id[QP_ID_LEN] = {0};
    int drawn = 0;
    for (int i = 0; i < 20000; i++) {
        struct qp_hash h;
        memcpy(id, &i, sizeof i);
        qp_hash(&h, id, sizeof id);
        uint64_t first = 0;
        for (int k = 0; k < 8; k++)
            first = first << 8 | h.b[k];
        /* The first eight bytes as a fraction, to the millionth below and above the draw. */
        int32_t millionths = (int32_t)((unsigned __int128)first * 1000000 >> 64);
        assert_false(qp_policy_visit_drawn(millionths, id));
        assert_true(qp_policy_visit_drawn(millionths + 1, id));
        assert_true(qp_policy_visit_drawn(QP_SHARE_ALL, id));
        assert_false(qp_policy_visit_drawn(0, id));
        drawn += qp_policy_visit_drawn(100000, id);
    }
    assert_in_range(drawn, 1850, 2150); /* a tenth */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_value_is_read_as_it_is_written),
        cmocka_unit_test(one_policy_has_one_text_however_it_was_written),
        cmocka_unit_test(what_is_written_is_read_again_as_the_same),
        cmocka_unit_test(who_wants_no_list_of_mistakes_gets_the_policy_all_the_same),
        cmocka_unit_test(a_quote_in_a_title_stays_a_quote),
        cmocka_unit_test(broken_json_is_refused_with_line_and_column),
        cmocka_unit_test(json_that_is_too_deep_is_refused),
        cmocka_unit_test(what_is_larger_than_a_policy_may_be_is_refused),
        cmocka_unit_test(bytes_that_are_no_text_are_refused),
        cmocka_unit_test(any_prefix_of_a_policy_is_refused_or_read),
        cmocka_unit_test(ten_thousand_mistakes_are_counted_and_not_all_kept),
        cmocka_unit_test(calendars_are_read_of_a_policy_or_one_by_itself),
        cmocka_unit_test(a_category_is_found_by_code_then_title_then_english_title),
        cmocka_unit_test(before_any_policy_the_built_in_one_takes_everything),
        cmocka_unit_test(a_version_that_looks_like_two_is_no_version),
        cmocka_unit_test(visits_are_drawn_from_the_id_exactly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
