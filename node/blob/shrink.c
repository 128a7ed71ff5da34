/* shrink.c: a picture of any size becomes one of at most QP_IMAGE_SIDE on a side, row by row: each pixel that is kept is the
 * mean of what lies in it. Only the picture that is kept is in memory. */
#include "node/blob/image.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int qp_shrink_begin(struct qp_shrink *s, uint32_t w, uint32_t h, uint32_t channels, struct qp_err *e)
{
    *s = (struct qp_shrink){.w = w, .h = h, .channels = channels, .out_w = w, .out_h = h};
    assert(channels == 3 || channels == 4);
    if (w == 0 || h == 0)
        return qp_fail(e, QP_EPOLICY, "the image has no pixels");
    if (w > QP_IMAGE_SIDE_MOST || h > QP_IMAGE_SIDE_MOST || (uint64_t)w * h > QP_IMAGE_PIXELS)
        return qp_fail(e, QP_EPOLICY,
                       "the image says to be %u x %u pixels; at most %d million are read, and %d on a side: "
                       "make it smaller",
                       w, h, QP_IMAGE_PIXELS >> 20, QP_IMAGE_SIDE_MOST);
    uint32_t side = w > h ? w : h;
    size_t floats = 0;
    if (side > QP_IMAGE_SIDE) {
        s->out_w = (uint32_t)((uint64_t)w * QP_IMAGE_SIDE / side);
        s->out_h = (uint32_t)((uint64_t)h * QP_IMAGE_SIDE / side);
        s->out_w += s->out_w == 0;
        s->out_h += s->out_h == 0;
        floats = (size_t)(s->out_w + 1) * channels; /* one pixel more, for what is rounded over the edge */
        s->narrow = calloc(floats, sizeof *s->narrow);
        s->sums = calloc(floats, sizeof *s->sums);
        s->next = calloc(floats, sizeof *s->next);
    }
    s->pixels = malloc((size_t)s->out_w * s->out_h * channels);
    if (!s->pixels || (floats > 0 && (!s->narrow || !s->sums || !s->next)))
        return qp_fail(e, QP_ENOMEM,
                       "there is no memory for an image of %u x %u pixels now; send it again later", w, h);
    return 0;
}

/* Adds a pixel with a weight; with alpha its colour counts as much as it is seen. */
static void weigh(float *to, const uint8_t *pixel, uint32_t channels, float weight)
{
    float seen = channels == 4 ? (float)pixel[3] / 255 * weight : weight;
    for (uint32_t c = 0; c < 3; c++)
        to[c] += (float)pixel[c] * seen;
    if (channels == 4)
        to[3] += (float)pixel[3] * weight;
}

static void make_narrow(struct qp_shrink *s, const uint8_t *row)
{
    const double scale = (double)s->out_w / s->w;
    memset(s->narrow, 0, (size_t)(s->out_w + 1) * s->channels * sizeof *s->narrow);
    for (uint32_t x = 0; x < s->w; x++, row += s->channels) {
        double from = x * scale, to = (x + 1) * scale;
        uint32_t column = (uint32_t)from;
        column -= column >= s->out_w;
        double inside = to <= column + 1 ? to - from : column + 1 - from;
        float *at = s->narrow + (size_t)column * s->channels;
        weigh(at, row, s->channels, (float)inside);
        if (to > column + 1)
            weigh(at + s->channels, row, s->channels, (float)(to - column - 1));
    }
}

static uint8_t byte_of(float v)
{
    return v <= 0 ? 0 : v >= 255 ? 255 : (uint8_t)(v + 0.5f);
}

/* The row that is being made is whole. */
static void finish(struct qp_shrink *s)
{
    uint8_t *to = s->pixels + (size_t)s->out_row * s->out_w * s->channels;
    const float *from = s->sums;
    assert(s->out_row < s->out_h);
    for (uint32_t x = 0; x < s->out_w; x++, to += s->channels, from += s->channels) {
        float seen = s->channels == 4 ? from[3] / 255 : 1;
        for (uint32_t c = 0; c < 3; c++)
            to[c] = byte_of(seen > 0 ? from[c] / seen : 0);
        if (s->channels == 4)
            to[3] = byte_of(from[3]);
    }
    float *empty = s->sums;
    s->sums = s->next;
    s->next = empty;
    memset(empty, 0, (size_t)(s->out_w + 1) * s->channels * sizeof *empty);
    s->out_row++;
}

static void add(float *to, const struct qp_shrink *s, double weight)
{
    size_t n = (size_t)s->out_w * s->channels;
    for (size_t i = 0; i < n; i++)
        to[i] += s->narrow[i] * (float)weight;
}

void qp_shrink_row(struct qp_shrink *s, const uint8_t *row)
{
    assert(s->row < s->h);
    if (!s->narrow) {
        memcpy(s->pixels + (size_t)s->row++ * s->w * s->channels, row, (size_t)s->w * s->channels);
        return;
    }
    const double scale = (double)s->out_h / s->h;
    double from = s->row * scale, to = (s->row + 1) * scale;
    make_narrow(s, row);
    double inside = to <= s->out_row + 1 ? to - from : s->out_row + 1 - from;
    add(s->sums, s, inside);
    if (to > s->out_row + 1)
        add(s->next, s, to - s->out_row - 1);
    s->row++;
    if (s->out_row < s->out_h && (s->row == s->h || to >= s->out_row + 1))
        finish(s);
}

/* Where the pixel (x, y) of the turned picture was. */
static size_t was(const struct qp_shrink *s, unsigned orientation, uint32_t x, uint32_t y)
{
    uint32_t right = s->out_w - 1, bottom = s->out_h - 1, from_x, from_y;
    switch (orientation) {
    case 2: from_x = right - x, from_y = y; break;
    case 3: from_x = right - x, from_y = bottom - y; break;
    case 4: from_x = x, from_y = bottom - y; break;
    case 5: from_x = y, from_y = x; break;
    case 6: from_x = y, from_y = bottom - x; break;
    case 7: from_x = right - y, from_y = bottom - x; break;
    case 8: from_x = right - y, from_y = x; break;
    default: from_x = x, from_y = y; break;
    }
    return ((size_t)from_y * s->out_w + from_x) * s->channels;
}

int qp_shrink_turn(struct qp_shrink *s, unsigned orientation, struct qp_err *e)
{
    if (orientation < 2 || orientation > 8)
        return 0;
    bool lies = orientation >= 5;
    uint32_t w = lies ? s->out_h : s->out_w, h = lies ? s->out_w : s->out_h;
    uint8_t *turned = malloc((size_t)w * h * s->channels), *to = turned;
    if (!turned)
        return qp_fail(e, QP_ENOMEM, "there is no memory to turn the image now; send it again later");
    for (uint32_t y = 0; y < h; y++)
        for (uint32_t x = 0; x < w; x++, to += s->channels)
            memcpy(to, s->pixels + was(s, orientation, x, y), s->channels);
    free(s->pixels);
    s->pixels = turned;
    s->out_w = w;
    s->out_h = h;
    return 0;
}

void qp_shrink_end(struct qp_shrink *s)
{
    free(s->pixels);
    free(s->narrow);
    free(s->sums);
    free(s->next);
    *s = (struct qp_shrink){0};
}
