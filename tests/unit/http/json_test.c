/* json_test.c: what needs no server: text written, fields read, the hash of a request. */
#include "tests/unit/http/rig.h"

#include "node/http/shape/draft.h"

static void texts_are_escaped(void **state)
{
    (void)state;
    struct qp_json j = {0};
    size_t len;
    qp_json_object(&j);
    qp_json_put(&j, "a\"b", "line\nfeed \\ \x01 \x7f 宿州");
    qp_json_put_full(&j, "empty", "");
    qp_json_key(&j, "list");
    qp_json_array(&j);
    qp_json_int(&j, INT64_MIN);
    qp_json_uint(&j, UINT64_MAX);
    qp_json_real(&j, 33.6);
    qp_json_object(&j);
    qp_json_object_end(&j);
    qp_json_array_end(&j);
    qp_json_put_bool(&j, "last", true);
    qp_json_object_end(&j);
    char *text = qp_json_take(&j, &len);
    assert_string_equal(text, "{\"a\\\"b\":\"line\\nfeed \\\\ \\u0001 \\u007f 宿州\",\"empty\":null,"
                              "\"list\":[-9223372036854775808,18446744073709551615,33.6,{}],\"last\":true}");
    assert_int_equal(len, strlen(text));
    free(text);
}

static json_t *load(const char *text)
{
    struct qp_fault f;
    json_t *o;
    assert_int_equal(qp_json_load(&o, text, strlen(text), false, &f), 0);
    return o;
}

static void the_first_fault_sticks(void **state)
{
    (void)state;
    struct qp_arena *a = qp_arena_new(1 << 20);
    struct qp_fault f;
    struct qp_fields s;
    json_t *o = load("{\"n\":\"x\",\"t\":5,\"flag\":null}");
    qp_fields_begin(&s, o, a, NULL, &f);
    assert_string_equal(qp_field_text(&s, "n", 4, true), "x");
    assert_true(qp_field_bool(&s, "flag", false, true));
    assert_true(qp_fields_ok(&s));
    assert_string_equal(qp_field_text(&s, "t", 4, true), "");
    assert_string_equal(qp_field_text(&s, "absent", 4, true), "");
    assert_int_equal(qp_fields_end(&s), QP_EINVAL);
    assert_string_equal(f.field, "t");
    json_decref(o);
    qp_arena_free(a);
}

static void a_long_unknown_name_is_cut_at_a_character(void **state)
{
    (void)state;
    struct qp_arena *a = qp_arena_new(1 << 20);
    struct qp_fault f;
    struct qp_fields s;
    json_t *o = load("{\"x宿州宿州宿州宿州宿州宿州宿州宿州宿州宿州宿州宿州宿州宿州宿州宿州\":1}");
    qp_fields_begin(&s, o, a, NULL, &f);
    assert_int_equal(qp_fields_end(&s), QP_EINVAL);
    assert_true(strlen(f.field) <= QP_NAME_BYTES && strlen(f.field) > QP_NAME_BYTES - 4);
    assert_true(qp_utf8_ok(f.field, strlen(f.field)));
    assert_true(qp_utf8_ok(f.e.text, strlen(f.e.text)));
    json_decref(o);
    qp_arena_free(a);
}

static void a_request_has_one_hash(void **state)
{
    (void)state;
    uint8_t one[QP_REQUEST_LEN], other[QP_REQUEST_LEN];
    json_t *a = load("{\"a\":1,\"b\":\"x\"}"),
           *b = load("{ \"b\" : \"x\",\"key\":\"k\",\"step\":\"s\",\"id\":\"i\", \"a\":1}"),
           *c = load("{\"a\":1,\"b\":\"y\"}");
    assert_true(qp_request_hash(one, "open", a, NULL) && qp_request_hash(other, "open", b, NULL));
    assert_memory_equal(one, other, sizeof one);
    assert_true(qp_request_hash(other, "open", c, NULL));
    assert_memory_not_equal(one, other, sizeof one);
    assert_true(qp_request_hash(other, "sort", a, NULL));
    assert_memory_not_equal(one, other, sizeof one);
    json_decref(a);
    json_decref(b);
    json_decref(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_escaped),
        cmocka_unit_test(the_first_fault_sticks),
        cmocka_unit_test(a_long_unknown_name_is_cut_at_a_character),
        cmocka_unit_test(a_request_has_one_hash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
