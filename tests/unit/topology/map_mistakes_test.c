/* map_mistakes_test.c: every mistake that an import map can have (topology/map*.c), and a map that has as little as one may. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/topology/map_rig.h"

#define TOP    "[map]\nzone = UTC\ntimes = %Y-%m-%d\n[columns]\na = A\nb = B\n"
#define MATTER "[matter]\nsource_ref = {a}\ncategory = {a}\ntitle = {a}\nsource = {a}\n"

static void a_bad_map_is_refused_with_its_line(void **state)
{
    (void)state;
    static const char *const bad[][2] = {
        {"", "f.map:0: [map] names no zone"},
        {"x = 1\n", "f.map:1: x stands before the first [section]"},
        {"[map]\nzone\n", "f.map:2: a line is"},
        {"[map]\nzone =\n", "f.map:2: zone is empty"},
        {"[map]\n= UTC\n", "f.map:2: the key is empty"},
        {"[map\n", "f.map:1: a section's title ends with ]"},
        {"[maps]\n", "f.map:1: there is no section [maps]"},
        {"[map]\nzone = Mars/Olympus\n", "f.map:2: time zone \"Mars/Olympus\""},
        {"[map]\nzone = UTC\nzone = UTC\n", "f.map:3: zone is given twice"},
        {"[map]\ncolour = red\n", "f.map:2: [map] has no colour: it has title"},
        {"[map]\ntimes = %Y-%m\n",
         "f.map:2: times: \"%Y-%m\": a time needs one of %Y and %y, one of %m and %b, and %d"},
        {"[map]\ntimes = %Y-%m-%d %Q\n", "f.map:2: times:"},
        {"[map]\ntimes = %Y-%m-%d %I\n", "f.map:2: times:"},
        {"[map]\ntimes = %Y-%m-%d %d\n", "f.map:2: times:"},
        {"[map]\ntimes = %Y-%m-%d %\n", "f.map:2: times:"},
        {"[columns]\na = A\na = B\n", "f.map:3: column a is named twice"},
        {"[columns]\nA b = A\n", "f.map:2: column A b: a name is of"},
        {"[columns]\na = A | \n", "f.map:2: column a: give 1 to 8"},
        {TOP "[matter]\ntitle = {c}\n", "f.map:8: title: {c} is not named"},
        {TOP "[matter]\ntitle = {a\n", "f.map:8: title: a { has no }"},
        {TOP "[matter]\ntitle = a}\n", "f.map:8: title: a } stands without"},
        {TOP "[matter]\ntitle = {a:x}\n", "f.map:8: title: {a:x}: the number of digits"},
        {TOP "[matter]\ntitle = {a} | | {b}\n", "f.map:8: title: the value must be 1 to 4"},
        {TOP "[matter]\ntitle = {a}\ntitle = {b}\n", "f.map:9: title is given twice"},
        {TOP "[matter]\nreporter = {a}\n", "f.map:8: a matter has no reporter"},
        {TOP "[area]\npath = {a}\n", "f.map:8: an area has no path"},
        {TOP "[enter side]\n", "f.map:7: [enter side]"},
        {TOP "[enter top]\nwhen = a is \"x\"\n", "f.map:8: when: a condition begins with"},
        {TOP "[enter top]\nwhen = {a} has \"x\"\n", "f.map:8: when: after the column comes: is given"},
        {TOP "[enter top]\nwhen = {a} is x\n", "f.map:8: when: a comparison needs a text in quotes"},
        {TOP "[enter top]\nwhen = {a} is \"x\n", "f.map:8: when: a comparison needs a text in quotes"},
        {TOP "[enter top]\nwhen = {a} is \"x\" but {b} is given\n",
         "f.map:8: when: \"but {b} is given\" is left over"},
        {TOP "[enter top]\naccept = maybe\n", "f.map:8: \"maybe\" must be no, or yes"},
        {TOP "[step dance]\n",
         "f.map:7: [step dance]: a map can have the steps sort, assign, progress, dispatch, "},
        {TOP "[step urge]\n", "f.map:7: [step urge]: a map can have"},
        {TOP "[step dispatch]\nto = {a}\n", "f.map:8: step dispatch has no to"},
        {TOP "[step sort]\n" MATTER, "f.map:7: step sort says nothing"},
        {TOP "[step handle]\nof = {a}\n", "f.map:8: step handle has no of"},
        {TOP "[matter]\ntitle = {a}\n", "[matter] must give source_ref"},
        {TOP MATTER "lat = {a}\n", "both or neither"},
        {TOP MATTER "[step close]\n", "f.map:12: step close needs a result"},
        {TOP MATTER "[step progress]\n", "f.map:12: step progress needs a note"},
        {TOP MATTER "opened_at = {b}\n[step close]\nresult = x\n",
         "f.map:13: step close: opened_at and every step's at"},
        {"[map]\nzone = UTC\n[columns]\na = A\n" MATTER "opened_at = {a}\n", "[map] gives no times"},
        {"[map]\nseparator = ;;\n", "f.map:2: separator is one of"},
        {"[map]\nearliest = 1950-01-01\n", "f.map:2: earliest must stand below zone"},
        {"[map]\nzone = UTC\nlatest = soon\n", "f.map:3: latest: \"soon\" is not a date"},
        {"[map]\nno_position = 39.9\n", "f.map:2: no_position: \"39.9\" is not a latitude"},
        {"[map]\nshorten = source_ref\n", "f.map:2: shorten: source_ref cannot be cut"},
        {"[map]\nidentity = title\n", "must be source and source_ref, or source_ref"},
        {TOP "[values V]\n", "f.map:7: [values V]: a name is of"},
        {TOP "[values v]\nx = y\nx = z\n", "f.map:9: \"x\" is in the table twice"},
        {TOP "[matter]\ntitle = {a by v}\n", "f.map:8: title: there is no table [values v] above"},
        {TOP "[matter]\ntitle = {a upper}\n", "f.map:8: title: after a column comes first, last or by"},
        {TOP "[matter]\ntitle = {a first}\n", "f.map:8: title: after first comes a separator"},
        {TOP "[skip drills]\n" MATTER, "f.map:7: [skip] without when"},
        {TOP "[step assign]\n" MATTER, "f.map:7: step assign says nothing"},
        {TOP "[step close]\nno_time = never\n", "f.map:8: no_time is"},
        {TOP MATTER "lat = {a}\nlon = {b}\nposition = {a}\n", "one of the two ways is enough"},
        {"[map]\nzone = \xFF\n", "f.map:1: the file is not UTF-8 text"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct qp_map *m;
        struct qp_err e;
        if (!qp_map_parse(&m, bad[i][0], strlen(bad[i][0]), "f.map", &e))
            fail_msg("taken: %s", bad[i][0]);
        assert_null(m);
        assert_true(e.code == QP_EINVAL || e.code == QP_ENOTFOUND);
        if (!strstr(e.text, bad[i][1]))
            fail_msg("\"%s\" does not say %s", e.text, bad[i][1]);
    }
}

static void a_map_may_have_no_times_and_windows_line_ends(void **state)
{
    (void)state;
    static const char text[] =
        "\xEF\xBB\xBF# remark\r\n[map]\r\nzone = Asia/Shanghai\r\n[columns]\r\nid = 编号\r\n[optional "
        "columns]\r\n"
        "what = 类别\r\n[matter]\r\nsource_ref = {id}\r\ncategory = {what} | 其他\r\n"
        "title = {what}（{id}） | {id}\r\nsource = 12345\r\n[step progress]\r\nwhen = {what} is empty\r\n"
        "note = sort by hand";
    struct qp_map *m;
    struct qp_err e;
    if (qp_map_parse(&m, text, sizeof text - 1, "/data/f.map", &e))
        fail_msg("%s", e.text);
    assert_false(qp_map_has_times(m));
    assert_null(qp_map_areas(m));
    assert_string_equal(qp_zone_name(qp_map_zone(m)), "Asia/Shanghai");
    struct qp_map_record *r = rig_good(m, "编号,类别", "7,噪声");
    assert_string_equal(r->category, "噪声");
    assert_string_equal(r->title, "噪声（7）");
    assert_false(r->has_opened);
    assert_int_equal(r->n_steps, 0);
    assert_int_equal(r->n_codes, 0);
    free(r);
    r = rig_good(m, "编号", "7");
    assert_string_equal(r->category, "其他");
    assert_string_equal(r->title, "7");
    assert_int_equal(r->n_steps, 1);
    assert_string_equal(r->steps[0].step, "progress");
    assert_string_equal(r->steps[0].note, "sort by hand");
    assert_false(r->steps[0].has_at);
    free(r);
    qp_map_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bad_map_is_refused_with_its_line),
        cmocka_unit_test(a_map_may_have_no_times_and_windows_line_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
