/* body_test.c: a message opens for those it was sealed for, where it was said, and for nobody else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "node/line/line.h"

struct said {
    struct qp_arena *a;
    Qp__LineSaid s;
    Qp__LineBody body;
    uint8_t line[QP_ID_LEN], node[QP_ID_LEN], key[QP_KEY_LEN];
    struct qp_drbg rnd;
};

static int up(void **state)
{
    struct said *t = calloc(1, sizeof *t);
    t->a = qp_arena_new(1 << 20);
    qp__line_said__init(&t->s);
    qp__line_body__init(&t->body);
    memset(t->line, 1, sizeof t->line);
    memset(t->node, 2, sizeof t->node);
    t->body.text = qp_arena_text(t->a, "in five minutes 五分钟");
    t->s.line = (ProtobufCBinaryData){QP_ID_LEN, t->line};
    t->s.n = 3;
    *state = t;
    return qp_line_seal(&t->s, t->node, &t->body, &t->rnd, t->key, t->a, NULL);
}

static int down(void **state)
{
    struct said *t = *state;
    qp_arena_free(t->a);
    free(t);
    return 0;
}

static void it_opens_with_its_key_where_it_was_said(void **state)
{
    struct said *t = *state;
    Qp__LineBody *b;
    assert_int_equal(qp_line_unseal(&b, &t->s, t->node, t->key, t->a, NULL), 0);
    assert_string_equal(b->text, t->body.text);
    assert_null(memmem(t->s.sealed.data, t->s.sealed.len, "five", 4));
}

static void moved_to_another_place_it_does_not_open(void **state)
{
    struct said *t = *state;
    Qp__LineBody *b;
    uint8_t other[QP_ID_LEN] = {9};
    t->s.n++;
    assert_int_equal(qp_line_unseal(&b, &t->s, t->node, t->key, t->a, NULL), QP_ESIG);
    t->s.n--;
    assert_int_equal(qp_line_unseal(&b, &t->s, other, t->key, t->a, NULL), QP_ESIG);
    t->s.line.data = other;
    assert_int_equal(qp_line_unseal(&b, &t->s, t->node, t->key, t->a, NULL), QP_ESIG);
    t->s.line.data = t->line;
    t->s.sealed.data[30] ^= 1;
    assert_int_equal(qp_line_unseal(&b, &t->s, t->node, t->key, t->a, NULL), QP_ESIG);
    t->s.sealed.data[30] ^= 1;
    t->s.sealed.len = 3;
    assert_int_equal(qp_line_unseal(&b, &t->s, t->node, t->key, t->a, NULL), QP_ESIG);
}

static void two_of_the_same_words_are_not_alike(void **state)
{
    struct said *t = *state;
    ProtobufCBinaryData first = t->s.sealed;
    assert_int_equal(qp_line_seal(&t->s, t->node, &t->body, &t->rnd, t->key, t->a, NULL), 0);
    assert_int_equal(first.len, t->s.sealed.len);
    assert_memory_not_equal(first.data, t->s.sealed.data, first.len);
}

static void what_is_too_long_is_refused(void **state)
{
    struct said *t = *state;
    char *text = qp_arena_take(t->a, QP_LINE_TEXT + 2);
    memset(text, 'x', QP_LINE_TEXT + 1);
    text[QP_LINE_TEXT + 1] = '\0';
    t->body.text = text;
    assert_int_not_equal(qp_line_seal(&t->s, t->node, &t->body, &t->rnd, t->key, t->a, NULL), 0);
    text[QP_LINE_TEXT] = '\0';
    assert_int_equal(qp_line_seal(&t->s, t->node, &t->body, &t->rnd, t->key, t->a, NULL), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, up, down)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(it_opens_with_its_key_where_it_was_said),
        TEST(moved_to_another_place_it_does_not_open),
        TEST(two_of_the_same_words_are_not_alike),
        TEST(what_is_too_long_is_refused),
    };
    return cmocka_run_group_tests_name("body", tests, NULL, NULL);
}
