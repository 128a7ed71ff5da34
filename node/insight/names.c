/* names.c: an open-addressing table of texts. Called by board.c for every change and by scan.c for every row.
 */
#include "node/insight/names.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "node/store/store.h"

enum { SLOTS_FIRST = 64, TRIM_AT = 8192 };

struct qp_names {
    const char *self_path;
    struct qp_name **slot; /* a power of two, at most half full */
    size_t slots, n;
    struct qp_name *noted;
};

struct qp_names *qp_names_new(const char *self_path)
{
    struct qp_names *n = calloc(1, sizeof *n);
    if (!n)
        return NULL;
    n->self_path = self_path;
    n->slots = SLOTS_FIRST;
    n->slot = calloc(n->slots, sizeof *n->slot);
    if (!n->slot) {
        free(n);
        return NULL;
    }
    return n;
}

void qp_names_free(struct qp_names *n)
{
    if (!n)
        return;
    for (size_t i = 0; i < n->slots; i++)
        free(n->slot[i]);
    free(n->slot);
    free(n);
}

/* FNV-1a by eight bytes, stirred at the end. Only this table's order hangs on it. */
static uint64_t text_hash(const char *text, size_t len)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325) ^ len;
    for (; len >= 8; text += 8, len -= 8) {
        uint64_t w;
        memcpy(&w, text, 8);
        h = (h ^ w) * UINT64_C(0x9e3779b97f4a7c15);
        h ^= h >> 32;
    }
    for (; len > 0; text++, len--)
        h = (h ^ (uint8_t)*text) * UINT64_C(0x100000001b3);
    h ^= h >> 29;
    return h * UINT64_C(0xbf58476d1ce4e5b9);
}

static size_t slot_of(const struct qp_names *n, uint64_t hash, const char *text, size_t len)
{
    size_t i = (size_t)(hash >> 20) & (n->slots - 1);
    for (; n->slot[i]; i = (i + 1) & (n->slots - 1)) {
        const struct qp_name *x = n->slot[i];
        if (x->hash == hash && x->len == len && memcmp(x->text, text, len) == 0)
            break;
    }
    return i;
}

static bool grow(struct qp_names *n)
{
    struct qp_names wider = {.slots = n->slots * 2};
    wider.slot = calloc(wider.slots, sizeof *wider.slot);
    if (!wider.slot)
        return false;
    for (size_t i = 0; i < n->slots; i++) {
        struct qp_name *x = n->slot[i];
        if (x)
            wider.slot[slot_of(&wider, x->hash, x->text, x->len)] = x;
    }
    free(n->slot);
    n->slot = wider.slot;
    n->slots = wider.slots;
    return true;
}

struct qp_name *qp_names_find(struct qp_names *n, const char *text, size_t len)
{
    uint64_t hash = text_hash(text, len);
    size_t i = slot_of(n, hash, text, len);
    if (n->slot[i])
        return n->slot[i];
    if (2 * (n->n + 1) > n->slots) {
        if (!grow(n))
            return NULL;
        i = slot_of(n, hash, text, len);
    }
    struct qp_name *x = calloc(1, sizeof *x + len + 1);
    if (!x)
        return NULL;
    x->hash = hash;
    x->len = len;
    x->levels = -1;
    memcpy(x->text, text, len);
    x->code = qp_code(x->text);
    n->slot[i] = x;
    n->n++;
    return x;
}

struct qp_name *qp_names_area(struct qp_names *n, const char *text, size_t len)
{
    struct qp_name *x = qp_names_find(n, text, len);
    if (!x || x->levels >= 0)
        return x;
    if (qp_path_check(x->text, NULL) || !qp_path_within(x->text, n->self_path)) {
        x->levels = 0;
        return x;
    }
    int first = qp_path_depth(n->self_path), depth = qp_path_depth(x->text);
    for (int d = first; d <= depth; d++) {
        char prefix[QP_PATH_MAX];
        qp_path_prefix(prefix, x->text, d);
        struct qp_name *at = qp_names_find(n, prefix, strlen(prefix));
        if (!at)
            return NULL;
        x->at[d - first] = at;
    }
    x->levels = (int8_t)(depth - first + 1);
    return x;
}

void qp_names_note(struct qp_names *n, const struct qp_name *name, bool old)
{
    if (!name || (name->noted && (name->noted_old || !old)))
        return;
    struct qp_name *x = n->slot[slot_of(n, name->hash, name->text, name->len)];
    assert(x == name);
    x->noted_old |= old;
    if (x->noted)
        return;
    x->noted = true;
    x->next_noted = n->noted;
    n->noted = x;
}

const struct qp_name *qp_names_noted(const struct qp_names *n)
{
    return n->noted;
}

void qp_names_clear_noted(struct qp_names *n)
{
    while (n->noted) {
        struct qp_name *x = n->noted;
        n->noted = x->next_noted;
        x->next_noted = NULL;
        x->noted = x->noted_old = false;
    }
}

size_t qp_names_kept(const struct qp_names *n)
{
    return n->n;
}

void qp_names_trim(struct qp_names *n)
{
    assert(!n->noted);
    if (n->n <= TRIM_AT)
        return;
    for (size_t i = 0; i < n->slots; i++) {
        free(n->slot[i]);
        n->slot[i] = NULL;
    }
    n->n = 0;
}
