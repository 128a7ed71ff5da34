/* strings.c: texts and node ids by number, each kept once. Called by census.c and count.c. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/crypto.h"
#include "node/insight/circular/inside.h"

uint32_t qp_string_slot(const struct qp_strings *s, const void *bytes, size_t len)
{
    return (uint32_t)qp_hash_slot(bytes, len, s->key);
}

static const char *entry(const struct qp_strings *s, uint32_t number, uint32_t *len)
{
    const char *p = s->bytes + s->at[number];
    memcpy(len, p, sizeof *len);
    return p + sizeof *len;
}

const char *qp_string_at(const struct qp_strings *s, uint32_t number)
{
    uint32_t len;
    return number < s->n ? entry(s, number, &len) : "";
}

static bool grow_slots(struct qp_strings *s)
{
    uint32_t n = s->n_slots > 0 ? s->n_slots * 2 : 256, len;
    uint32_t *slots = calloc(n, sizeof *slots);
    if (!slots)
        return false;
    if (s->n_slots == 0)
        qp_random(s->key, sizeof s->key);
    for (uint32_t i = 0; i < s->n; i++) {
        const char *p = entry(s, i, &len);
        uint32_t at = qp_string_slot(s, p, len) & (n - 1);
        while (slots[at] != 0)
            at = (at + 1) & (n - 1);
        slots[at] = i + 1;
    }
    free(s->slots);
    s->slots = slots;
    s->n_slots = n;
    return true;
}

static bool room(struct qp_strings *s, size_t len)
{
    if (s->n == s->n_cap) {
        uint32_t cap = s->n_cap > 0 ? s->n_cap * 2 : 128;
        uint32_t *at = realloc(s->at, cap * sizeof *at);
        if (!at)
            return false;
        s->at = at;
        s->n_cap = cap;
    }
    size_t want = s->len + sizeof(uint32_t) + len + 1;
    if (want > UINT32_MAX)
        return false;
    if (want > s->cap) {
        size_t cap = s->cap > 0 ? s->cap : 4096;
        while (cap < want)
            cap *= 2;
        char *bytes = realloc(s->bytes, cap);
        if (!bytes)
            return false;
        s->bytes = bytes;
        s->cap = cap;
    }
    return s->n * 2 < s->n_slots || grow_slots(s);
}

uint32_t qp_string_number(struct qp_strings *s, const void *bytes, size_t len)
{
    uint32_t have, size = (uint32_t)len;
    assert(len <= UINT32_MAX / 2);
    if (s->n == 0 && len > 0 && qp_string_number(s, "", 0) == UINT32_MAX) /* number 0 */
        return UINT32_MAX;
    uint32_t hash = s->n_slots > 0 ? qp_string_slot(s, bytes, len) : 0;
    for (uint32_t at = hash & (s->n_slots - 1); s->n_slots > 0 && s->slots[at] != 0;
         at = (at + 1) & (s->n_slots - 1)) {
        const char *p = entry(s, s->slots[at] - 1, &have);
        if (have == size && memcmp(p, bytes, len) == 0)
            return s->slots[at] - 1;
    }
    if (!room(s, len))
        return UINT32_MAX;
    uint32_t at = qp_string_slot(s, bytes, len) & (s->n_slots - 1); /* the first room draws the key */
    while (s->slots[at] != 0)
        at = (at + 1) & (s->n_slots - 1);
    s->slots[at] = s->n + 1;
    s->at[s->n] = (uint32_t)s->len;
    memcpy(s->bytes + s->len, &size, sizeof size);
    memcpy(s->bytes + s->len + sizeof size, bytes, len);
    s->bytes[s->len + sizeof size + len] = '\0';
    s->len += sizeof size + len + 1;
    return s->n++;
}
