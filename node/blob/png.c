/* png.c: PNG, by libpng. See image.h. */
#include <assert.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

#include "node/blob/image.h"

enum { CHUNK_MOST = 4 * 1024 * 1024, CHUNKS_MOST = 64 };

struct reading {
    const uint8_t *p;
    size_t left;
    char text[160];
    uint8_t *rows; /* malloc'd: one, or all of an interlaced one */
};

static void on_error(png_structp png, png_const_charp text)
{
    struct reading *r = png_get_error_ptr(png);
    qp_text_cut(r->text, sizeof r->text, text);
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp text)
{
    (void)png;
    (void)text;
}

static void on_read(png_structp png, png_bytep out, png_size_t n)
{
    struct reading *r = png_get_io_ptr(png);
    if (n > r->left)
        png_error(png, "it is cut off");
    memcpy(out, r->p, n);
    r->p += n;
    r->left -= n;
}

/* Whatever it is, it comes as three or four bytes a pixel. */
static void choose_form(png_structp png, png_infop info)
{
    int color = png_get_color_type(png, info);
    png_set_expand(png);
    png_set_scale_16(png);
    if (color == PNG_COLOR_TYPE_GRAY || color == PNG_COLOR_TYPE_GRAY_ALPHA)
        png_set_gray_to_rgb(png);
}

static int read_rows(png_structp png, png_infop info, struct reading *r, struct qp_shrink *s,
                     struct qp_err *e)
{
    png_read_info(png, info);
    uint32_t w = png_get_image_width(png, info), h = png_get_image_height(png, info);
    choose_form(png, info);
    int passes = png_set_interlace_handling(png);
    png_read_update_info(png, info);
    uint32_t channels = png_get_channels(png, info);
    if (channels != 3 && channels != 4)
        return qp_fail(e, QP_EPOLICY, "the image is a PNG of %u channels, which are not read here", channels);
    int rc = qp_shrink_begin(s, w, h, channels, e);
    if (rc)
        return rc;
    size_t row = (size_t)w * channels, all = passes > 1 ? row * h : row;
    if (all > QP_IMAGE_MEMORY)
        return qp_fail(e, QP_EPOLICY,
                       "the image is an interlaced PNG of %u x %u pixels: save it without interlacing", w, h);
    r->rows = malloc(all);
    if (!r->rows)
        return qp_fail(e, QP_ENOMEM,
                       "there is no memory for an image of %u x %u pixels now; send it again later", w, h);
    for (int pass = 0; pass < passes - 1; pass++)
        for (uint32_t y = 0; y < h; y++)
            png_read_row(png, r->rows + y * row, NULL);
    for (uint32_t y = 0; y < h; y++) {
        uint8_t *at = passes > 1 ? r->rows + y * row : r->rows;
        png_read_row(png, at, NULL);
        qp_shrink_row(s, at);
    }
    return 0; /* what follows the pixels is not looked at */
}

int qp_png_read(const uint8_t *in, size_t len, struct qp_shrink *s, unsigned *orientation, struct qp_err *e)
{
    struct reading r = {.p = in, .left = len};
    *orientation = 1; /* viewers do not turn a PNG */
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &r, on_error, on_warning);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    volatile int rc = 0;
    if (!info)
        rc = qp_fail(e, QP_ENOMEM, "out of memory");
    else if (setjmp(png_jmpbuf(png)) == 0) {
        png_set_read_fn(png, &r, on_read);
        png_set_user_limits(png, QP_IMAGE_SIDE_MOST, QP_IMAGE_SIDE_MOST);
        png_set_chunk_malloc_max(png, CHUNK_MOST);
        png_set_chunk_cache_max(png, CHUNKS_MOST);
        png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, 0);
        rc = read_rows(png, info, &r, s, e);
    } else
        rc = qp_fail(e, QP_EPOLICY, "the image cannot be read as PNG: %s", r.text);
    png_destroy_read_struct(&png, &info, NULL);
    free(r.rows);
    return rc;
}

/* ---- out ---- */

struct writing {
    struct reading error; /* what on_error fills */
    uint8_t *bytes;       /* malloc'd */
    size_t len, cap;
};

static void on_write(png_structp png, png_bytep p, png_size_t n)
{
    struct writing *w = png_get_io_ptr(png);
    if (w->len + n > w->cap) {
        size_t cap = (w->len + n) * 2;
        uint8_t *more = cap <= 8 * (size_t)QP_BLOB_BYTES ? realloc(w->bytes, cap) : NULL;
        if (!more)
            png_error(png, "it becomes too large: send it as JPEG");
        w->bytes = more;
        w->cap = cap;
    }
    memcpy(w->bytes + w->len, p, n);
    w->len += n;
}

static void on_flush(png_structp png)
{
    (void)png;
}

int qp_png_write(const struct qp_shrink *s, uint8_t **out, size_t *len, struct qp_err *e)
{
    struct writing w = {.bytes = NULL};
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &w.error, on_error, on_warning);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    volatile int rc = 0;
    if (!info)
        rc = qp_fail(e, QP_ENOMEM, "out of memory");
    else if (setjmp(png_jmpbuf(png)) == 0) {
        png_set_write_fn(png, &w, on_write, on_flush);
        png_set_IHDR(png, info, s->out_w, s->out_h, 8,
                     s->channels == 4 ? PNG_COLOR_TYPE_RGB_ALPHA : PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
                     PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
        png_write_info(png, info);
        for (uint32_t y = 0; y < s->out_h; y++)
            png_write_row(png, s->pixels + (size_t)y * s->out_w * s->channels);
        png_write_end(png, NULL);
    } else
        rc = qp_fail(e, QP_EPOLICY, "the image could not be made anew: %s", w.error.text);
    png_destroy_write_struct(&png, &info);
    *out = w.bytes;
    *len = w.len;
    return rc;
}
