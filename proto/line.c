/* line.c: whether a text is one line that somebody can see: for titles, names, places. */
#include "proto/codec.h"

struct range {
    uint32_t from, to;
};

static bool within(const struct range *v, size_t n, uint32_t c)
{
    for (size_t i = 0; i < n; i++)
        if (c >= v[i].from && c <= v[i].to)
            return true;
    return false;
}

/* The character at p, of a text that is well-formed; *n: its bytes. */
static uint32_t take(const uint8_t *p, size_t *n)
{
    *n = p[0] < 0x80 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
    uint32_t c = *n == 1 ? p[0] : p[0] & (0x7fu >> *n);
    for (size_t i = 1; i < *n; i++)
        c = c << 6 | (p[i] & 0x3f);
    return c;
}

enum qp_line qp_line_check(const char *text, size_t len)
{
    /* Ends a line, moves the cursor, or turns the direction of what follows. */
    static const struct range control[] = {
        {0x00, 0x1f}, {0x7f, 0x9f}, {0x2028, 0x2029}, {0x202a, 0x202e}, {0x2066, 0x2069}};
    /* Nothing to see: blanks of all widths, joiners, fillers, selectors, tags. */
    static const struct range blank[] = {
        {0x20, 0x20},     {0xa0, 0xa0},     {0xad, 0xad},     {0x34f, 0x34f},    {0x61c, 0x61c},
        {0x115f, 0x1160}, {0x17b4, 0x17b5}, {0x180b, 0x180f}, {0x2000, 0x200f},  {0x202f, 0x202f},
        {0x205f, 0x2065}, {0x206a, 0x206f}, {0x2800, 0x2800}, {0x3000, 0x3000},  {0x3164, 0x3164},
        {0xfe00, 0xfe0f}, {0xfeff, 0xfeff}, {0xffa0, 0xffa0}, {0xe0000, 0xe0fff}};
    const uint8_t *p = (const uint8_t *)text;
    bool seen = false;
    for (size_t i = 0, n; i < len; i += n) {
        uint32_t c = take(p + i, &n);
        if (within(control, sizeof control / sizeof *control, c))
            return QP_LINE_CONTROL;
        seen = seen || !within(blank, sizeof blank / sizeof *blank, c);
    }
    return seen || len == 0 ? QP_LINE_OK : QP_LINE_BLANK;
}
