/* shown.h: how much of somebody's text an error shows: whole UTF-8 characters only, so that the sentence
 * stays valid JSON, or a comment valid UTF-8. Use: qp_fail(e, …, "\"%.*s\" …", qp_shown(text, 40), text). */
#ifndef QP_TOPOLOGY_SHOWN_H
#define QP_TOPOLOGY_SHOWN_H

#include <string.h>

/* Bytes of text to show, at most max. */
static inline int qp_shown(const char *text, size_t max)
{
    size_t n = strnlen(text, max + 1);
    if (n <= max)
        return (int)n;
    for (n = max; n > 0 && ((unsigned char)text[n] & 0xC0) == 0x80;)
        n--;
    return (int)n;
}

#endif
