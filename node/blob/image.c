/* image.c: see image.h. */
#include "node/blob/image.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum qp_blob_type qp_image_type(const uint8_t *p, size_t len)
{
    static const uint8_t png[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    if (len >= 3 && p[0] == 0xff && p[1] == 0xd8 && p[2] == 0xff)
        return QP_BLOB_JPEG;
    if (len >= sizeof png && memcmp(p, png, sizeof png) == 0)
        return QP_BLOB_PNG;
    if (len >= 12 && memcmp(p, "RIFF", 4) == 0 && memcmp(p + 8, "WEBP", 4) == 0)
        return QP_BLOB_WEBP;
    return QP_BLOB_BIN;
}

bool qp_image_foreign(const uint8_t *p, size_t len)
{
    static const char brands[][5] = {"heic", "heix", "heim", "heis", "hevc",
                                     "hevx", "mif1", "msf1", "avif", "avis"};
    if (len < 12 || memcmp(p + 4, "ftyp", 4) != 0)
        return false;
    for (size_t i = 0; i < sizeof brands / sizeof *brands; i++) {
        if (memcmp(p + 8, brands[i], 4) == 0)
            return true;
    }
    return false;
}

int qp_image_anew(const uint8_t *in, size_t len, enum qp_blob_type type, uint8_t **out, size_t *out_len,
                  struct qp_err *e)
{
    static const struct {
        int (*read)(const uint8_t *in, size_t len, struct qp_shrink *s, unsigned *orientation,
                    struct qp_err *e);
        int (*write)(const struct qp_shrink *s, uint8_t **out, size_t *len, struct qp_err *e);
    } codecs[] = {[QP_BLOB_JPEG] = {qp_jpeg_read, qp_jpeg_write},
                  [QP_BLOB_PNG] = {qp_png_read, qp_png_write},
                  [QP_BLOB_WEBP] = {qp_webp_read, qp_webp_write}};
    struct qp_shrink s = {0};
    unsigned orientation = 1;
    assert(qp_blob_is_image(type));
    *out = NULL;
    int rc = codecs[type].read(in, len, &s, &orientation, e);
    if (!rc)
        rc = qp_shrink_turn(&s, orientation, e);
    if (!rc)
        rc = codecs[type].write(&s, out, out_len, e);
    qp_shrink_end(&s);
    if (!rc && *out_len > QP_BLOB_BYTES)
        rc = qp_fail(e, QP_EBIG, "the image made anew is larger than %d MiB: send it as JPEG, or smaller",
                     QP_BLOB_BYTES >> 20);
    if (rc) {
        free(*out);
        *out = NULL;
    }
    return rc;
}
