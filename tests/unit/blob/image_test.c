/* image_test.c: an image that was made anew has its pixels and nothing else of what came: no EXIF, no words, no bytes behind
 * its end; it stands upright, is no larger than it may be, and what says to be a giant is refused before it is decoded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "node/blob/image.h"

#define CANARY "canary-33.6396N-116.9641E"

struct bytes {
    uint8_t *p; /* malloc'd */
    size_t len;
};

static bool has(const uint8_t *p, size_t len, const char *what)
{
    return memmem(p, len, what, strlen(what));
}

/* Left half red, right half blue; the upper row of blocks is darker. */
static struct bytes picture(enum qp_blob_type type, uint32_t w, uint32_t h)
{
    struct qp_shrink s;
    struct bytes out;
    assert_int_equal(qp_shrink_begin(&s, w, h, 3, NULL), 0);
    uint8_t *row = calloc(w, 3);
    for (uint32_t y = 0; y < h; y++) {
        for (uint32_t x = 0; x < w; x++)
            row[3 * x + (x < w / 2 ? 0 : 2)] = y < h / 2 ? 120 : 250;
        qp_shrink_row(&s, row);
    }
    free(row);
    assert_int_equal((type == QP_BLOB_JPEG  ? qp_jpeg_write
                      : type == QP_BLOB_PNG ? qp_png_write
                                            : qp_webp_write)(&s, &out.p, &out.len, NULL),
                     0);
    qp_shrink_end(&s);
    return out;
}

static void insert(struct bytes *b, size_t at, const void *p, size_t len)
{
    uint8_t *more = malloc(b->len + len);
    memcpy(more, b->p, at);
    memcpy(more + at, p, len);
    memcpy(more + at + len, b->p + at, b->len - at);
    free(b->p);
    b->p = more;
    b->len += len;
}

/* An APP1 with an orientation and a canary where a position would stand; a comment; and words behind the end. */
static void dress_jpeg(struct bytes *b, uint8_t orientation)
{
    uint8_t app1[128] = {0xff, 0xe1, 0, 126, 'E', 'x',  'i',  'f', 0, 0, 'M', 'M', 0, 42, 0,
                         0,    0,    8, 0,   1,   0x01, 0x12, 0,   3, 0, 0,   0,   1, 0,  orientation};
    uint8_t comment[64] = {0xff, 0xfe, 0, 62};
    memcpy(app1 + 60, CANARY, sizeof CANARY);
    memcpy(comment + 4, CANARY, sizeof CANARY);
    insert(b, 2, comment, sizeof comment);
    insert(b, 2, app1, sizeof app1);
    insert(b, b->len, CANARY, sizeof CANARY);
    assert_true(has(b->p, b->len, CANARY) && has(b->p, b->len, "Exif"));
}

static struct qp_shrink decoded(const uint8_t *p, size_t len, enum qp_blob_type type)
{
    struct qp_shrink s;
    unsigned orientation;
    assert_int_equal((type == QP_BLOB_JPEG  ? qp_jpeg_read
                      : type == QP_BLOB_PNG ? qp_png_read
                                            : qp_webp_read)(p, len, &s, &orientation, NULL),
                     0);
    return s;
}

static void nothing_but_the_pixels_is_left_of_a_photo(void **state)
{
    (void)state;
    struct bytes b = picture(QP_BLOB_JPEG, 64, 32);
    uint8_t *out;
    size_t len;
    dress_jpeg(&b, 1);
    assert_int_equal(qp_image_type(b.p, b.len), QP_BLOB_JPEG);
    assert_int_equal(qp_image_anew(b.p, b.len, QP_BLOB_JPEG, &out, &len, NULL), 0);
    assert_false(has(out, len, "canary"));
    assert_false(has(out, len, "Exif"));
    struct qp_shrink s = decoded(out, len, QP_BLOB_JPEG);
    assert_int_equal(s.out_w, 64);
    assert_int_equal(s.out_h, 32);
    qp_shrink_end(&s);
    free(out);
    free(b.p);
}

/* A phone held upright says 6: what lies on the left comes to the top. */
static void a_photo_stands_as_its_camera_was_held(void **state)
{
    (void)state;
    for (uint8_t o = 1; o <= 8; o++) {
        struct bytes b = picture(QP_BLOB_JPEG, 64, 32);
        uint8_t *out;
        size_t len;
        dress_jpeg(&b, o);
        assert_int_equal(qp_image_anew(b.p, b.len, QP_BLOB_JPEG, &out, &len, NULL), 0);
        struct qp_shrink s = decoded(out, len, QP_BLOB_JPEG);
        assert_int_equal(s.out_w, o < 5 ? 64 : 32);
        uint32_t x = s.out_w / 4, y = s.out_h / 4; /* where red is bright, where dark: in one corner each */
        const uint8_t *at[4] = {s.pixels + 3 * (y * s.out_w + x), s.pixels + 3 * (y * s.out_w + s.out_w - x),
                                s.pixels + 3 * ((s.out_h - y) * s.out_w + x),
                                s.pixels + 3 * ((s.out_h - y) * s.out_w + s.out_w - x)};
        static const int dark_red[9] = {0, 0, 1, 3, 2, 0, 1, 3, 2};
        for (int i = 0; i < 4; i++)
            assert_int_equal(at[i][0] > 80 && at[i][0] < 180, i == dark_red[o]);
        qp_shrink_end(&s);
        free(out);
        free(b.p);
    }
}

static void words_in_other_images_are_gone_too(void **state)
{
    (void)state;
    uint8_t *out;
    size_t len;
    struct bytes p = picture(QP_BLOB_PNG, 40, 20), w = picture(QP_BLOB_WEBP, 40, 20);
    insert(&p, p.len, CANARY, sizeof CANARY);
    insert(&w, w.len, CANARY, sizeof CANARY);
    assert_int_equal(qp_image_anew(p.p, p.len, QP_BLOB_PNG, &out, &len, NULL), 0);
    assert_false(has(out, len, "canary"));
    struct qp_shrink s = decoded(out, len, QP_BLOB_PNG);
    assert_int_equal(s.pixels[0], 120);
    assert_int_equal(s.pixels[3 * 39 + 2], 120);
    qp_shrink_end(&s);
    free(out);
    assert_int_equal(qp_image_anew(w.p, w.len, QP_BLOB_WEBP, &out, &len, NULL), 0);
    assert_false(has(out, len, "canary"));
    free(out);
    free(p.p);
    free(w.p);
}

static void a_large_one_becomes_smaller_and_keeps_its_colours(void **state)
{
    (void)state;
    static const uint32_t sizes[][4] = {{4624, 3468, 4096, 3072}, {9000, 100, 4096, 45}, {20000, 2, 4096, 1}};
    for (int type = QP_BLOB_JPEG; type <= QP_BLOB_PNG; type++)
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            struct qp_shrink big = {0};
            struct bytes b;
            uint8_t *out, *row = malloc((size_t)sizes[i][0] * 3);
            size_t len;
            memset(row, 77, (size_t)sizes[i][0] * 3);
            /* written as it is, past what qp_shrink_begin would keep */
            big.out_w = sizes[i][0], big.out_h = sizes[i][1], big.channels = 3;
            big.pixels = malloc((size_t)big.out_w * big.out_h * 3);
            for (uint32_t y = 0; y < big.out_h; y++)
                memcpy(big.pixels + (size_t)y * big.out_w * 3, row, (size_t)big.out_w * 3);
            assert_int_equal((type == QP_BLOB_JPEG ? qp_jpeg_write : qp_png_write)(&big, &b.p, &b.len, NULL),
                             0);
            assert_int_equal(qp_image_anew(b.p, b.len, (enum qp_blob_type)type, &out, &len, NULL), 0);
            struct qp_shrink s = decoded(out, len, (enum qp_blob_type)type);
            assert_int_equal(s.out_w, sizes[i][2]);
            assert_in_range(s.out_h, sizes[i][3], sizes[i][3] + 1);
            for (size_t at = 0; at < (size_t)s.out_w * s.out_h * 3; at++)
                assert_in_range(s.pixels[at], 76, 78);
            qp_shrink_end(&s);
            qp_shrink_end(&big);
            free(out);
            free(row);
            free(b.p);
        }
}

static void put_be32(uint8_t *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> (24 - 8 * i));
}

/* The head says so; that its check is wrong then does not even matter. */
static void a_giant_is_refused_by_its_head(void **state)
{
    (void)state;
    uint8_t *out = NULL;
    size_t len;
    struct qp_err e = {0};
    struct bytes j = picture(QP_BLOB_JPEG, 16, 16), w = picture(QP_BLOB_WEBP, 16, 16);
    static const uint8_t sof[2] = {0xff, 0xc0};
    uint8_t *at = memmem(j.p, j.len, sof, 2);
    assert_non_null(at);
    at[5] = at[7] = 0x7f; /* 32,528 × 32,528 */
    assert_int_equal(qp_image_anew(j.p, j.len, QP_BLOB_JPEG, &out, &len, &e), QP_EPOLICY);
    assert_non_null(strstr(e.text, "million"));
    at = memmem(w.p, w.len, "\x9d\x01\x2a", 3);
    assert_non_null(at);
    at[4] = at[6] = 0x3f; /* 16,144 × 16,144 */
    assert_int_equal(qp_image_anew(w.p, w.len, QP_BLOB_WEBP, &out, &len, &e), QP_EPOLICY);
    uint8_t png[33] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 0, 0, 0, 13, 'I', 'H', 'D', 'R'};
    put_be32(png + 16, 30000);
    put_be32(png + 20, 30000);
    png[24] = 8, png[25] = 2;
    put_be32(png + 29, 0x6e8ca6f3);
    assert_int_equal(qp_image_anew(png, sizeof png, QP_BLOB_PNG, &out, &len, &e), QP_EPOLICY);
    assert_null(out);
    free(j.p);
    free(w.p);
}

static void one_that_is_cut_off_anywhere_is_refused_with_a_sentence(void **state)
{
    (void)state;
    for (int type = QP_BLOB_JPEG; type <= QP_BLOB_WEBP; type++) {
        struct bytes b = picture((enum qp_blob_type)type, 90, 70);
        for (size_t n = 3; n + 12 < b.len; n += b.len / 40 + 1) {
            struct qp_err e = {0};
            uint8_t *out, *part = malloc(n); /* so that a step past its end is seen */
            size_t len;
            memcpy(part, b.p, n);
            int rc = qp_image_anew(part, n, (enum qp_blob_type)type, &out, &len, &e);
            if (!rc || rc == QP_EBIG)
                fail_msg("type %d of %zu bytes, cut at %zu, was taken", type, b.len, n);
            assert_true(strlen(e.text) > 20);
            free(part);
        }
        free(b.p);
    }
}

/* Any byte changed: taken or refused, never a step outside (under sanitizers). */
static void damaged_ones_do_no_harm(void **state)
{
    (void)state;
    uint32_t lot = 12345;
    for (int type = QP_BLOB_JPEG; type <= QP_BLOB_WEBP; type++) {
        struct bytes b = picture((enum qp_blob_type)type, 50, 40);
        if (type == QP_BLOB_JPEG)
            dress_jpeg(&b, 6);
        for (int i = 0; i < 300; i++) {
            uint8_t *out, *copy = malloc(b.len);
            size_t len;
            memcpy(copy, b.p, b.len);
            for (int k = 0; k < 3; k++) {
                lot = lot * 1664525 + 1013904223;
                copy[(lot >> 8) % b.len] = (uint8_t)lot;
            }
            if (!qp_image_anew(copy, b.len, (enum qp_blob_type)type, &out, &len, NULL))
                free(out);
            free(copy);
        }
        free(b.p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_but_the_pixels_is_left_of_a_photo),
        cmocka_unit_test(a_photo_stands_as_its_camera_was_held),
        cmocka_unit_test(words_in_other_images_are_gone_too),
        cmocka_unit_test(a_large_one_becomes_smaller_and_keeps_its_colours),
        cmocka_unit_test(a_giant_is_refused_by_its_head),
        cmocka_unit_test(one_that_is_cut_off_anywhere_is_refused_with_a_sentence),
        cmocka_unit_test(damaged_ones_do_no_harm),
    };
    return qp_crypto_init(NULL) ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
