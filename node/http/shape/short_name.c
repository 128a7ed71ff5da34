/* short_name.c: see short_name.h. */
#include "node/http/shape/short_name.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/error.h"

/* The longest first. Counties and cities keep theirs: 萧县 without it is one character, 宿州市 is read as the city itself. */
static const char *const ENDS[] = {"社区居委会", "村民委员会", "居民委员会", "街道办事处", "村委会", "居委会",
                                   "社区",       "街道",       "镇",         "乡",         "村"};

/* Bytes of the title that stay; all of them where fewer than two characters would. */
static size_t stem(const char *title)
{
    size_t n = strlen(title);
    for (size_t i = 0; i < sizeof ENDS / sizeof *ENDS; i++) {
        size_t k = strlen(ENDS[i]), characters = 0;
        if (n <= k || strcmp(title + n - k, ENDS[i]) != 0)
            continue;
        for (size_t at = 0; at < n - k; at++)
            characters += ((unsigned char)title[at] & 0xc0) != 0x80;
        return characters >= 2 ? n - k : n;
    }
    return n;
}

struct name {
    const char *title;
    size_t stem, at;
};

static int by_stem(const void *a, const void *b)
{
    const struct name *x = a, *y = b;
    size_t least = x->stem < y->stem ? x->stem : y->stem;
    int c = memcmp(x->title, y->title, least);
    return c ? c : (x->stem > y->stem) - (x->stem < y->stem);
}

int qp_short_names(const char **v, size_t n, struct qp_arena *a)
{
    struct name *names = qp_arena_take(a, (n + 1) * sizeof *names);
    if (!names)
        return QP_ENOMEM;
    for (size_t i = 0; i < n; i++)
        names[i] = (struct name){v[i], stem(v[i]), i};
    qsort(names, n, sizeof *names, by_stem);
    for (size_t i = 0; i < n; i++) {
        const struct name *s = &names[i];
        if (!s->title[s->stem] || (i > 0 && by_stem(s - 1, s) == 0) || (i + 1 < n && by_stem(s, s + 1) == 0))
            continue;
        char *text = qp_arena_copy(a, s->title, s->stem + 1);
        if (!text)
            return QP_ENOMEM;
        text[s->stem] = '\0';
        v[s->at] = text;
    }
    return 0;
}
