/* jpeg.c: JPEG, by libjpeg-turbo. See image.h. */
#include <assert.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include "node/blob/image.h"

enum { QUALITY = 85, SCANS_MOST = 100, EXIF_MARKER = JPEG_APP0 + 1 };

/* libjpeg reports by a function that must not return. */
struct jpeg_error {
    struct jpeg_error_mgr pub;
    jmp_buf out;
    char text[JMSG_LENGTH_MAX];
    uint8_t *row; /* malloc'd */
};

static void on_error(j_common_ptr c)
{
    struct jpeg_error *x = (struct jpeg_error *)c->err;
    c->err->format_message(c, x->text);
    longjmp(x->out, 1);
}

static void on_message(j_common_ptr c, int level)
{
    c->err->num_warnings += level < 0;
}

/* A progressive one may have scans without end, each over all pixels. */
static void on_progress(j_common_ptr c)
{
    j_decompress_ptr d = (j_decompress_ptr)c;
    if (c->is_decompressor && d->input_scan_number > SCANS_MOST) {
        snprintf(((struct jpeg_error *)c->err)->text, JMSG_LENGTH_MAX, "more than %d scans", SCANS_MOST);
        longjmp(((struct jpeg_error *)c->err)->out, 1);
    }
}

static void errors_begin(struct jpeg_error *x)
{
    jpeg_std_error(&x->pub);
    x->pub.error_exit = on_error;
    x->pub.emit_message = on_message;
    x->text[0] = '\0';
    x->row = NULL;
}

static unsigned orientation_of(const struct jpeg_decompress_struct *d)
{
    static const uint8_t exif[6] = "Exif\0";
    for (jpeg_saved_marker_ptr m = d->marker_list; m; m = m->next)
        if (m->marker == EXIF_MARKER && m->data_length > sizeof exif &&
            memcmp(m->data, exif, sizeof exif) == 0)
            return qp_exif_orientation(m->data + sizeof exif, m->data_length - sizeof exif);
    return 1;
}

/* A large one is decoded smaller at once, by halves, as long as it stays larger than what is kept. */
static void choose_scale(struct jpeg_decompress_struct *d)
{
    uint32_t side = d->image_width > d->image_height ? d->image_width : d->image_height;
    d->scale_num = d->scale_denom = 1;
    while (d->scale_denom < 8 && side / (2 * d->scale_denom) >= QP_IMAGE_SIDE)
        d->scale_denom *= 2;
    /* CMYK, as printers want it, libjpeg leaves as it is. */
    d->out_color_space =
        d->jpeg_color_space == JCS_CMYK || d->jpeg_color_space == JCS_YCCK ? JCS_CMYK : JCS_RGB;
}

static void from_cmyk(uint8_t *row, uint32_t w, bool adobe)
{
    for (uint32_t x = 0; x < w; x++) {
        const uint8_t *p = row + 4 * (size_t)x;
        uint8_t rgb[3];
        for (int c = 0; c < 3; c++) /* Adobe's are inverted */
            rgb[c] = (uint8_t)(adobe ? p[c] * p[3] / 255 : (255 - p[c]) * (255 - p[3]) / 255);
        memcpy(row + 3 * (size_t)x, rgb, sizeof rgb);
    }
}

/* Everything between begin and destroy; jumps to x->out on an error. */
static int read_rows(struct jpeg_decompress_struct *d, struct qp_shrink *s, uint8_t **row,
                     unsigned *orientation, struct qp_err *e)
{
    jpeg_save_markers(d, EXIF_MARKER, 0xffff);
    jpeg_read_header(d, TRUE);
    *orientation = orientation_of(d);
    if (d->image_width > QP_IMAGE_SIDE_MOST || d->image_height > QP_IMAGE_SIDE_MOST ||
        (uint64_t)d->image_width * d->image_height > QP_IMAGE_PIXELS)
        return qp_shrink_begin(s, d->image_width, d->image_height, 3, e); /* says so */
    choose_scale(d);
    jpeg_calc_output_dimensions(d);
    int rc = qp_shrink_begin(s, d->output_width, d->output_height, 3, e);
    if (rc)
        return rc;
    *row = malloc((size_t)d->output_width * 4);
    if (!*row)
        return qp_fail(e, QP_ENOMEM, "out of memory");
    jpeg_start_decompress(d);
    while (d->output_scanline < d->output_height) {
        jpeg_read_scanlines(d, row, 1);
        if (d->out_color_space == JCS_CMYK)
            from_cmyk(*row, d->output_width, d->saw_Adobe_marker);
        qp_shrink_row(s, *row);
    }
    return 0; /* what stands behind its end is nobody's */
}

int qp_jpeg_read(const uint8_t *in, size_t len, struct qp_shrink *s, unsigned *orientation, struct qp_err *e)
{
    struct jpeg_decompress_struct d;
    struct jpeg_error x;
    struct jpeg_progress_mgr progress = {.progress_monitor = on_progress};
    volatile int rc = 0;
    memset(&d, 0, sizeof d);
    errors_begin(&x);
    d.err = &x.pub;
    if (setjmp(x.out) == 0) {
        jpeg_create_decompress(&d);
        d.mem->max_memory_to_use = QP_IMAGE_MEMORY; /* beyond it: an error, there is no file to swap to */
        d.progress = &progress;
        jpeg_mem_src(&d, in, len);
        rc = read_rows(&d, s, &x.row, orientation, e);
    } else {
        rc = qp_fail(e, QP_EPOLICY, "the image cannot be read as JPEG: %s", x.text);
    }
    if (!rc && x.pub.num_warnings > 0)
        rc = qp_fail(e, QP_EPOLICY, "the image cannot be read as JPEG: it is cut off, or damaged");
    jpeg_destroy_decompress(&d);
    free(x.row);
    return rc;
}

static void write_rows(struct jpeg_compress_struct *c, const struct qp_shrink *s)
{
    c->image_width = s->out_w;
    c->image_height = s->out_h;
    c->input_components = 3;
    c->in_color_space = JCS_RGB;
    jpeg_set_defaults(c);
    jpeg_set_quality(c, QUALITY, TRUE);
    c->optimize_coding = TRUE;
    jpeg_start_compress(c, TRUE);
    while (c->next_scanline < c->image_height) {
        JSAMPROW row = s->pixels + (size_t)c->next_scanline * s->out_w * 3;
        jpeg_write_scanlines(c, &row, 1);
    }
    jpeg_finish_compress(c);
}

int qp_jpeg_write(const struct qp_shrink *s, uint8_t **out, size_t *len, struct qp_err *e)
{
    struct jpeg_compress_struct c;
    struct jpeg_error x;
    unsigned char *bytes = NULL;
    unsigned long n = 0;
    volatile int rc = 0;
    assert(s->channels == 3);
    memset(&c, 0, sizeof c);
    errors_begin(&x);
    c.err = &x.pub;
    if (setjmp(x.out) == 0) {
        jpeg_create_compress(&c);
        jpeg_mem_dest(&c, &bytes, &n);
        write_rows(&c, s);
    } else {
        rc = qp_fail(e, QP_ENOMEM, "the image could not be made anew: %s", x.text);
    }
    jpeg_destroy_compress(&c);
    *out = bytes;
    *len = n;
    return rc;
}
