/* webp.c: WebP, by libwebp. See image.h. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <webp/decode.h>
#include <webp/demux.h>
#include <webp/encode.h>

#include "node/blob/image.h"

enum { QUALITY = 85 };

static unsigned orientation_of(const uint8_t *in, size_t len)
{
    WebPData data = {in, len};
    WebPDemuxer *d = WebPDemux(&data);
    WebPChunkIterator chunk;
    unsigned orientation = 1;
    if (d && WebPDemuxGetChunk(d, "EXIF", 1, &chunk)) {
        const uint8_t *p = chunk.chunk.bytes;
        size_t n = chunk.chunk.size, head = n > 6 && memcmp(p, "Exif\0", 6) == 0 ? 6 : 0;
        orientation = qp_exif_orientation(p + head, n - head);
        WebPDemuxReleaseChunkIterator(&chunk);
    }
    WebPDemuxDelete(d);
    return orientation;
}

int qp_webp_read(const uint8_t *in, size_t len, struct qp_shrink *s, unsigned *orientation, struct qp_err *e)
{
    WebPBitstreamFeatures f;
    if (WebPGetFeatures(in, len, &f) != VP8_STATUS_OK)
        return qp_fail(e, QP_EPOLICY, "the image cannot be read as WebP: its head is broken");
    if (f.has_animation)
        return qp_fail(e, QP_EPOLICY, "the image is an animated WebP: send a still one");
    uint32_t w = (uint32_t)f.width, h = (uint32_t)f.height, channels = f.has_alpha ? 4 : 3;
    int rc = qp_shrink_begin(s, w, h, channels, e);
    if (rc)
        return rc;
    size_t row = (size_t)w * channels, all = row * h;
    if ((uint64_t)w * h * 8 > QP_IMAGE_MEMORY) /* once as libwebp has it, once as it comes out */
        return qp_fail(e, QP_EPOLICY,
                       "the image is a WebP of %u x %u pixels; at most %d million are read: make it smaller",
                       w, h, QP_IMAGE_MEMORY / 8 >> 20);
    uint8_t *pixels = malloc(all);
    if (!pixels)
        return qp_fail(e, QP_ENOMEM,
                       "there is no memory for an image of %u x %u pixels now; send it again later", w, h);
    const uint8_t *ok = channels == 4 ? WebPDecodeRGBAInto(in, len, pixels, all, (int)row)
                                      : WebPDecodeRGBInto(in, len, pixels, all, (int)row);
    for (uint32_t y = 0; ok && y < h; y++)
        qp_shrink_row(s, pixels + y * row);
    free(pixels);
    *orientation = orientation_of(in, len);
    return ok ? 0 : qp_fail(e, QP_EPOLICY, "the image cannot be read as WebP: it is cut off, or damaged");
}

int qp_webp_write(const struct qp_shrink *s, uint8_t **out, size_t *len, struct qp_err *e)
{
    int w = (int)s->out_w, h = (int)s->out_h, stride = (int)(s->out_w * s->channels);
    uint8_t *made = NULL;
    size_t n = s->channels == 4 ? WebPEncodeRGBA(s->pixels, w, h, stride, QUALITY, &made)
                                : WebPEncodeRGB(s->pixels, w, h, stride, QUALITY, &made);
    *out = n > 0 ? malloc(n) : NULL;
    if (*out)
        memcpy(*out, made, n);
    WebPFree(made);
    *len = n;
    return *out ? 0 : qp_fail(e, QP_ENOMEM, "the image could not be made anew: no memory");
}
