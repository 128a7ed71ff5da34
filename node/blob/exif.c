/* exif.c: which way up a photo was taken: the one thing of EXIF that is read, before all of it is dropped. See image.h. */
#include <string.h>

#include "node/blob/image.h"

static unsigned u16(const uint8_t *p, bool big)
{
    return big ? (unsigned)p[0] << 8 | p[1] : (unsigned)p[1] << 8 | p[0];
}

static uint32_t u32(const uint8_t *p, bool big)
{
    return big ? (uint32_t)u16(p, big) << 16 | u16(p + 2, big)
               : (uint32_t)u16(p + 2, big) << 16 | u16(p, big);
}

unsigned qp_exif_orientation(const uint8_t *tiff, size_t len)
{
    enum { ORIENTATION = 0x0112, ENTRY = 12 };
    if (len < 8 || (memcmp(tiff, "II*\0", 4) != 0 && memcmp(tiff, "MM\0*", 4) != 0))
        return 1;
    bool big = tiff[0] == 'M';
    uint32_t at = u32(tiff + 4, big);
    if (at > len - 2)
        return 1;
    unsigned n = u16(tiff + at, big);
    for (unsigned i = 0; i < n; i++) {
        size_t entry = (size_t)at + 2 + (size_t)i * ENTRY;
        if (entry + ENTRY > len)
            return 1;
        if (u16(tiff + entry, big) != ORIENTATION)
            continue;
        unsigned v = u16(tiff + entry + 8, big);
        return v >= 1 && v <= 8 ? v : 1;
    }
    return 1;
}
