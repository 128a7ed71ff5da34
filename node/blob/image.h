/* image.h: an image made anew from its pixels, so that nothing else of the file is left: no EXIF, no position, no serial
 * number of a camera, no thumbnail of what was cut away, no bytes behind its end (VA3).
 *
 *   bytes ─► what is it? ─► how large does it say to be? ─► decoded row by row ─► shrink.c: at most 4,096 on a side
 *            (its head)     refused before any pixel         (jpeg, png, webp)       └► turned as EXIF said ─► encoded
 *
 * Whatever the bytes are, memory and pixels are bounded before they are decoded. Decoding is libjpeg-turbo's, libpng's and
 * libwebp's work. Blocking and slow: never in the turn's thread. */
#ifndef QP_NODE_BLOB_IMAGE_H
#define QP_NODE_BLOB_IMAGE_H

#include "node/blob/blob.h"

enum {
    QP_IMAGE_SIDE = 4096,                /* of what is kept */
    QP_IMAGE_SIDE_MOST = 32767,          /* of what may come */
    QP_IMAGE_PIXELS = 64 * 1024 * 1024,  /* and all of them */
    QP_IMAGE_MEMORY = 192 * 1024 * 1024, /* that decoding may take beside the picture that is kept */
};

/* What the first bytes say; BIN: no image that can be read here. */
enum qp_blob_type qp_image_type(const uint8_t *p, size_t len);
/* A photo in a form that cannot be read here, as telephones make them: HEIC, AVIF. */
bool qp_image_foreign(const uint8_t *p, size_t len);
/* *out malloc'd. QP_EPOLICY: it is broken or too large, the sentence says which; QP_EBIG: what became of it is larger than a file
 * may be; QP_ENOMEM. */
int qp_image_anew(const uint8_t *in, size_t len, enum qp_blob_type type, uint8_t **out, size_t *out_len,
                  struct qp_err *e);

/* ---- between the files of this room ---- */
/* A picture being made: rows come in, from the top, and become fewer and narrower. */
struct qp_shrink {
    uint32_t w, h, channels;     /* of what comes: 3 or 4 bytes a pixel */
    uint32_t out_w, out_h;       /* of what is kept */
    uint8_t *pixels;             /* malloc'd: out_w * out_h * channels */
    float *narrow, *sums, *next; /* malloc'd, where it is made smaller: one row each */
    uint32_t row, out_row;       /* that comes next; that is being made */
};
/* QP_EPOLICY: too large; QP_ENOMEM. To be ended in any case. */
int qp_shrink_begin(struct qp_shrink *s, uint32_t w, uint32_t h, uint32_t channels, struct qp_err *e);
void qp_shrink_row(struct qp_shrink *s, const uint8_t *row);
/* Turned so that it stands upright: EXIF's orientation, 1 to 8. QP_ENOMEM. */
int qp_shrink_turn(struct qp_shrink *s, unsigned orientation, struct qp_err *e);
void qp_shrink_end(struct qp_shrink *s);

/* The orientation that a TIFF head of EXIF states: 1 to 8; 1 where it is none, or broken. */
unsigned qp_exif_orientation(const uint8_t *tiff, size_t len);

int qp_jpeg_read(const uint8_t *in, size_t len, struct qp_shrink *s, unsigned *orientation, struct qp_err *e);
int qp_jpeg_write(const struct qp_shrink *s, uint8_t **out, size_t *len, struct qp_err *e);
int qp_png_read(const uint8_t *in, size_t len, struct qp_shrink *s, unsigned *orientation, struct qp_err *e);
int qp_png_write(const struct qp_shrink *s, uint8_t **out, size_t *len, struct qp_err *e);
int qp_webp_read(const uint8_t *in, size_t len, struct qp_shrink *s, unsigned *orientation, struct qp_err *e);
int qp_webp_write(const struct qp_shrink *s, uint8_t **out, size_t *len, struct qp_err *e);

#endif
