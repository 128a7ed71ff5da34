/* areas_test.c: division lists (topology/areas.c): the shipped ones, those of the shared data if they are
 * there, and every mistake that a list can have. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "topology/areas.h"

#define HEAD "code,parent_code,level,name\n"

static int parse(struct qp_areas *a, const char *text, struct qp_err *e)
{
    return qp_areas_parse(a, text, strlen(text), "f.csv", e);
}

/* The list is refused with a sentence that begins with file and line, and says what. */
static void refused(const char *text, const char *where, const char *what)
{
    struct qp_areas a;
    struct qp_err e = {0, ""};
    if (!parse(&a, text, &e))
        fail_msg("taken: %s", text);
    assert_int_equal(e.code, QP_EINVAL);
    assert_null(a.v);
    if (strncmp(e.text, where, strlen(where)) != 0 || !strstr(e.text, what))
        fail_msg("\"%s\" is not \"%s … %s\"", e.text, where, what);
}

/* What must hold for every tree. */
static void check_tree(const struct qp_areas *a)
{
    assert_int_equal(a->v[0].parent, -1);
    assert_int_equal(a->v[0].depth, 1);
    for (size_t i = 0; i < a->n; i++) {
        assert_int_equal(qp_path_check(a->v[i].path, NULL), 0);
        if (i == 0)
            continue;
        assert_true(a->v[i].parent >= 0 && a->v[i].parent < (long)i);
        const struct qp_area *p = &a->v[a->v[i].parent];
        char up[QP_PATH_MAX];
        assert_true(qp_path_parent(up, a->v[i].path));
        assert_string_equal(up, p->path);
        assert_int_equal(a->v[i].depth, p->depth + 1);
    }
}

static void rows_in_any_order_become_a_tree(void **state)
{
    (void)state;
    struct qp_areas a;
    struct qp_err e;
    const char *text = "\xEF\xBB\xBFname,code,level,parent_code,remark\r\n"
                       "韩池孜社区,C1,community,S1,\"a, b\"\r\n"
                       "沱河街道,S1,street,Q,\r\n"
                       "Second,S2,street,Q,\r\n"
                       "埇桥区,Q,county,34,x\r\n";
    assert_int_equal(parse(&a, text, &e), 0);
    assert_int_equal(a.n, 4);
    check_tree(&a);
    assert_string_equal(a.v[0].path, "q");
    assert_string_equal(a.v[0].title, "埇桥区");
    assert_string_equal(a.v[0].code, "Q");
    assert_string_equal(a.v[2].path, "q/s1/c1");
    assert_int_equal(a.v[2].line, 2);
    assert_string_equal(a.v[3].path, "q/s2"); /* siblings in the order of the file */
    assert_string_equal(a.unread, "remark");
    assert_int_equal(qp_areas_find(&a, "q/s1"), 1);
    assert_int_equal(qp_areas_find(&a, "q/s9"), -1);
    qp_areas_free(&a);
    assert_null(a.v);
}

/* Who writes `short` must not think that a board shows it; what is cut of the names is seen. */
static void the_columns_that_nothing_reads_are_named(void **state)
{
    (void)state;
    struct qp_areas a;
    char text[2000] = "code,parent_code,level,name,label,short,name_en,";
    assert_int_equal(parse(&a, "code,short,parent_code,,name_en,level,name,label\nA,a,,,x,city,T,t\n", NULL),
                     0);
    assert_string_equal(a.unread, "short, name_en");
    qp_areas_free(&a);
    assert_int_equal(parse(&a, HEAD "A,,city,T\n", NULL), 0);
    assert_string_equal(a.unread, "");
    qp_areas_free(&a);
    memset(text + strlen(text), 'x', 300);
    strcat(text, "\nA,,city,T,t,a,b,c\n");
    assert_int_equal(parse(&a, text, NULL), 0);
    assert_string_equal(a.unread, "short, name_en, …");
    qp_areas_free(&a);
}

static void a_label_column_gives_the_path_where_it_is_filled(void **state)
{
    (void)state;
    struct qp_areas a;
    assert_int_equal(
        parse(&a, "code,parent_code,level,name,label\n341300,,city,宿州市,suzhou\nA1,341300,county,x,\n",
              NULL),
        0);
    assert_string_equal(a.v[0].path, "suzhou");
    assert_string_equal(a.v[1].path, "suzhou/a1");
    qp_areas_free(&a);
}

static void a_broken_file_is_refused_with_its_line(void **state)
{
    (void)state;
    refused("", "f.csv:1:", "no area");
    refused(HEAD, "f.csv:1:", "no area");
    refused("code,level,name\na,city,A\n", "f.csv:1:", "no column parent_code");
    refused("code,parent_code,level,name,code\n", "f.csv:1:", "column code is there twice");
    refused(HEAD "a,,city\n", "f.csv:2:", "3 fields, the header 4");
    refused(HEAD "a,,city,A,B\n", "f.csv:2:", "5 fields, the header 4");
    refused(HEAD "a,,city,\"A\nb,a,x,B\n", "f.csv:2:", "never closed");
    refused(HEAD "a,,city,\"A\"x\n", "f.csv:2:", "closing quote");
    refused(HEAD "a,,city,\xFF\n", "f.csv:2:", "UTF-8");
    refused(HEAD "a,,city,A\n,a,x,B\n", "f.csv:3:", "code is empty");
    refused(HEAD "a,,,A\n", "f.csv:2:", "level is empty");
    refused(HEAD "a,,city,\n", "f.csv:2:", "name is empty");
    refused(HEAD "a,,city,\"A\nB\"\n", "f.csv:2:", "control character");
    refused(HEAD "abcdefghijklmnopqrstuvwxyz0123456,,city,A\n", "f.csv:2:", "33 bytes, at most 32");
    struct qp_areas a;
    struct qp_err e;
    assert_int_equal(qp_areas_parse(&a, HEAD "a,,c\0ty,A\n", sizeof HEAD + 10, "f.csv", &e), QP_EINVAL);
    assert_non_null(strstr(e.text, "f.csv:2: the row has a NUL byte"));
}

static void a_tree_that_is_none_is_refused_with_its_line(void **state)
{
    (void)state;
    refused(HEAD "a,,city,A\nb,a,x,B\nb,a,x,C\n", "f.csv:4:", "code b is that of line 3");
    refused(HEAD "a,,city,A\nb,a,x,B\nc,zz,x,C\n",
            "f.csv:4:", "parent_code zz is not in the file (the root is a, line 2)");
    refused(HEAD "c,zz,x,C\na,yy,city,A\nb,a,x,B\n",
            "f.csv:2:", "parent_code zz is not in the file (the root is a, line 3)");
    refused(HEAD "a,,city,A\nb,,city,B\nc,b,x,C\n", "f.csv:2:", "no parent_code, but the root is b");
    refused(HEAD "a,a,city,A\n", "f.csv:2:", "lies below itself");
    refused(HEAD "a,b,x,A\nb,c,x,B\nc,a,x,C\n", "f.csv:2:", "lies below itself");
    refused(HEAD "r,,city,R\na,b,x,A\nb,c,x,B\nc,b,x,C\n", "f.csv:4: b lies below itself", "(c, line 5)");
    refused(HEAD "a,,1,A\nb,a,2,B\nc,b,3,C\nd,c,4,D\ne,d,5,E\nf,e,6,F\ng,f,7,G\nh,g,8,H\ni,h,9,I\n",
            "f.csv:10:", "9 levels deep");
}

static void a_label_that_cannot_be_is_refused_with_its_line(void **state)
{
    (void)state;
    refused(HEAD "a,,city,A\nx,a,x,One\nX,a,x,Two\n", "f.csv:4:", "label x (Two) is that of line 3 (One)");
    refused(HEAD "a_b,,city,A\n", "f.csv:2:", "label \"a_b\"");
    refused(HEAD "宿州,,city,A\n", "f.csv:2:", "a column label can give another");
    refused("code,parent_code,level,name,label\na,,city,A,Suzhou\n", "f.csv:2:", "label \"Suzhou\"");
    refused("code,parent_code,level,name,label\na,,c,A,r\nb,a,x,B,l\nc,a,x,C,l\n", "f.csv:4:", "label l (C)");
    struct qp_areas a; /* the same label under two parents is well */
    assert_int_equal(parse(&a, "code,parent_code,level,name,label\na,,c,A,r\nb,a,x,B,l\nc,b,x,C,l\n", NULL),
                     0);
    assert_string_equal(a.v[2].path, "r/l/l");
    qp_areas_free(&a);
}

static void random_lists_are_taken_whole_or_refused_with_a_line(void **state)
{
    (void)state;
    uint64_t seed = 341302;
    int taken = 0;
    for (int round = 0; round < 4000; round++) {
        char text[1024] = HEAD;
        size_t len = strlen(text);
        int rows = 1 + round % 12;
        for (int i = 0; i < rows; i++) {
            seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            unsigned r = (unsigned)(seed >> 33);
            const char *odd = r % 37 == 0 ? "\"" : r % 41 == 0 ? "," : r % 43 == 0 ? "\n" : "";
            /* mostly an earlier row is the parent, sometimes any */
            unsigned parent = r % 9 == 0 ? r / 64 % 14 : r / 64 % (unsigned)(i + 1);
            len += (size_t)snprintf(text + len, sizeof text - len, "n%d,n%u,l,%sT\n", i + 1, parent, odd);
        }
        struct qp_areas a;
        struct qp_err e;
        if (!parse(&a, text, &e)) {
            assert_int_equal(a.n, rows);
            check_tree(&a);
            taken++;
            qp_areas_free(&a);
        } else if (strncmp(e.text, "f.csv:", 6) != 0) {
            fail_msg("no line: %s", e.text);
        }
    }
    assert_true(taken > 300 && taken < 3700);
}

static void a_cut_tree_keeps_full_paths(void **state)
{
    (void)state;
    struct qp_areas a;
    struct qp_err e;
    assert_int_equal(qp_areas_read(&a, "topology/areas/suzhou", &e), 0);
    assert_int_equal(qp_areas_cut(&a, "suzhou/nowhere", 0, &e), QP_ENOTFOUND);
    assert_int_equal(qp_areas_cut(&a, "suzhou//x", 0, &e), QP_EINVAL);
    assert_int_equal(qp_areas_cut(&a, NULL, -1, &e), QP_EINVAL);
    assert_int_equal(a.n, 134);
    assert_int_equal(qp_areas_cut(&a, NULL, 0, &e), 0);
    assert_int_equal(a.n, 134);
    assert_int_equal(qp_areas_cut(&a, "suzhou/yongqiao", 2, &e), 0);
    assert_int_equal(a.n, 39);
    assert_string_equal(a.v[0].path, "suzhou/yongqiao");
    for (size_t i = 0; i < a.n; i++) {
        assert_int_equal(a.v[i].parent, i == 0 ? -1 : 0);
        assert_int_equal(a.v[i].depth, i == 0 ? 1 : 2);
        assert_true(qp_path_within(a.v[i].path, "suzhou/yongqiao"));
    }
    qp_areas_free(&a);
    assert_int_equal(qp_areas_read(&a, "topology/areas/suzhou", &e), 0);
    assert_int_equal(qp_areas_cut(&a, NULL, 2, &e), 0);
    assert_int_equal(a.n, 8);
    check_tree(&a);
    qp_areas_free(&a);
}

static size_t count_level(const struct qp_areas *a, const char *level)
{
    size_t n = 0;
    for (size_t i = 0; i < a->n; i++)
        n += strcmp(a->v[i].level, level) == 0;
    return n;
}

static void suzhou_ships_its_streets_and_one_streets_communities(void **state)
{
    (void)state;
    struct qp_areas a;
    struct qp_err e;
    if (qp_areas_read(&a, "topology/areas/suzhou/", &e))
        fail_msg("%s", e.text);
    check_tree(&a);
    assert_int_equal(a.n, 134);
    assert_int_equal(count_level(&a, "city"), 1);
    assert_int_equal(count_level(&a, "county"), 7);
    assert_int_equal(count_level(&a, "street"), 122);
    long i = qp_areas_find(&a, "suzhou/yongqiao/tuohe/hanchizi");
    assert_true(i > 0);
    assert_string_equal(a.v[i].title, "韩池孜社区");
    assert_string_equal(a.v[a.v[i].parent].code, "341302002");
    qp_areas_free(&a);
}

static void boston_ships_its_precincts(void **state)
{
    (void)state;
    struct qp_areas a;
    struct qp_err e;
    if (qp_areas_read(&a, "topology/areas/boston", &e))
        fail_msg("%s", e.text);
    check_tree(&a);
    assert_int_equal(a.n, 288);
    assert_int_equal(count_level(&a, "district"), 12);
    assert_int_equal(count_level(&a, "ward"), 22);
    assert_int_equal(count_level(&a, "precinct"), 253);
    long i = qp_areas_find(&a, "boston/b3/w17/p1706");
    if (i < 0)
        i = qp_areas_find(&a, "boston/c11/w17/p1706");
    assert_true(i > 0);
    qp_areas_free(&a);
}

static void a_file_that_is_not_there_is_told_by_name(void **state)
{
    (void)state;
    struct qp_areas a;
    struct qp_err e;
    assert_int_equal(qp_areas_read(&a, "topology/areas/nowhere", &e), QP_ENOTFOUND);
    assert_non_null(strstr(e.text, "topology/areas/nowhere"));
    assert_int_equal(qp_areas_read(&a, "topology/areas", &e), QP_ENOTFOUND);
    assert_non_null(strstr(e.text, "divisions.csv"));
}

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* Reads a list of the shared data; skips the test where that folder is not. */
static void read_shared(struct qp_areas *a, const char *file)
{
    const char *folder = getenv("QP_SHARED");
    char path[4096];
    snprintf(path, sizeof path, "%s/data/%s", folder ? folder : "../shared", file);
    if (access(path, R_OK) != 0) {
        print_message("skipped: %s is not there (QP_SHARED names the folder of shared data)\n", path);
        skip();
    }
    struct qp_err e;
    double start = now_ms();
    if (qp_areas_read(a, path, &e))
        fail_msg("%s", e.text);
    double took = now_ms() - start;
    print_message("%s: %zu areas in %.1f ms\n", path, a->n, took);
    assert_true(took < 1000);
    check_tree(a);
}

static void the_whole_of_suzhou_is_read_in_milliseconds(void **state)
{
    (void)state;
    struct qp_areas a, shipped;
    read_shared(&a, "suzhou-divisions.csv");
    assert_int_equal(a.n, 1487);
    /* what is shipped agrees with it in code, title and parent */
    assert_int_equal(qp_areas_read(&shipped, "topology/areas/suzhou", NULL), 0);
    for (size_t i = 0; i < shipped.n; i++) {
        const struct qp_area *s = &shipped.v[i], *f = NULL;
        for (size_t k = 0; k < a.n && !f; k++)
            f = strcmp(a.v[k].code, s->code) == 0 ? &a.v[k] : NULL;
        assert_non_null(f);
        assert_string_equal(f->title, s->title);
        assert_string_equal(f->level, s->level);
        if (i > 0)
            assert_string_equal(a.v[f->parent].code, shipped.v[s->parent].code);
    }
    qp_areas_free(&a);
    qp_areas_free(&shipped);
}

static void the_shared_boston_list_is_the_shipped_one(void **state)
{
    (void)state;
    struct qp_areas a, shipped;
    read_shared(&a, "boston-areas.csv");
    assert_int_equal(qp_areas_read(&shipped, "topology/areas/boston", NULL), 0);
    assert_int_equal(a.n, shipped.n);
    for (size_t i = 0; i < a.n; i++) {
        assert_string_equal(a.v[i].path, shipped.v[i].path);
        assert_string_equal(a.v[i].title, shipped.v[i].title);
    }
    qp_areas_free(&a);
    qp_areas_free(&shipped);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_in_any_order_become_a_tree),
        cmocka_unit_test(the_columns_that_nothing_reads_are_named),
        cmocka_unit_test(a_label_column_gives_the_path_where_it_is_filled),
        cmocka_unit_test(a_broken_file_is_refused_with_its_line),
        cmocka_unit_test(a_tree_that_is_none_is_refused_with_its_line),
        cmocka_unit_test(a_label_that_cannot_be_is_refused_with_its_line),
        cmocka_unit_test(random_lists_are_taken_whole_or_refused_with_a_line),
        cmocka_unit_test(a_cut_tree_keeps_full_paths),
        cmocka_unit_test(suzhou_ships_its_streets_and_one_streets_communities),
        cmocka_unit_test(boston_ships_its_precincts),
        cmocka_unit_test(a_file_that_is_not_there_is_told_by_name),
        cmocka_unit_test(the_whole_of_suzhou_is_read_in_milliseconds),
        cmocka_unit_test(the_shared_boston_list_is_the_shipped_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
