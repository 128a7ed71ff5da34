/* arena.c: one growing allocation with a cap, given back in one call.
 *
 *   first ──► newest block (64 KiB, or as large as one request needs)
 *     └─ kept by reset, so that a loop that decodes one message a turn does not call malloc
 *
 * Used wherever bytes from outside become structs: the cap is what bounds a hostile message's memory. */
#include "proto/codec.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Under AddressSanitizer what was not taken (or was given back by a reset) is poisoned: using it is reported.
 */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define QP_POISONS 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define QP_POISONS 1
#endif
#ifdef QP_POISONS
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(p, len)   ((void)(p), (void)(len))
#define ASAN_UNPOISON_MEMORY_REGION(p, len) ((void)(p), (void)(len))
#endif

enum { BLOCK_BYTES = 64 * 1024, ALIGN = 16 };

struct block {
    struct block *next; /* the one made after this */
    size_t size;        /* bytes behind the head */
    _Alignas(ALIGN) uint8_t bytes[];
};

struct qp_arena {
    ProtobufCAllocator allocator;
    size_t cap;
    size_t held; /* bytes in all blocks; <= cap */
    size_t used; /* bytes taken, rounded up */
    struct block *first, *last;
    size_t at; /* where the last block goes on */
};

static void *allocator_take(void *arena, size_t len)
{
    return qp_arena_take(arena, len);
}

static void allocator_free(void *arena, void *p)
{
    (void)arena;
    (void)p;
}

struct qp_arena *qp_arena_new(size_t cap)
{
    struct qp_arena *a = calloc(1, sizeof *a);
    if (!a)
        return NULL;
    a->cap = cap;
    a->allocator = (ProtobufCAllocator){allocator_take, allocator_free, a};
    return a;
}

static void blocks_free(struct block *b)
{
    while (b) {
        struct block *next = b->next;
        free(b);
        b = next;
    }
}

void qp_arena_free(struct qp_arena *a)
{
    if (!a)
        return;
    blocks_free(a->first);
    free(a);
}

void qp_arena_wipe(struct qp_arena *a)
{
    for (struct block *b = a->first; b; b = b->next) {
        ASAN_UNPOISON_MEMORY_REGION(b->bytes, b->size);
        explicit_bzero(b->bytes, b->size);
    }
    qp_arena_reset(a);
}

void qp_arena_reset(struct qp_arena *a)
{
    a->used = 0;
    a->at = 0;
    if (!a->first)
        return;
    blocks_free(a->first->next);
    a->first->next = NULL;
    a->last = a->first;
    a->held = a->first->size;
    ASAN_POISON_MEMORY_REGION(a->first->bytes, a->first->size);
}

/* A new last block with room for len bytes; false past the cap or out of memory. */
static bool block_add(struct qp_arena *a, size_t len)
{
    size_t left = a->cap - a->held;
    if (len > left)
        return false;
    size_t size = len > BLOCK_BYTES ? len : left < BLOCK_BYTES ? left : BLOCK_BYTES;
    struct block *b = malloc(sizeof *b + size);
    if (!b)
        return false;
    b->next = NULL;
    b->size = size;
    ASAN_POISON_MEMORY_REGION(b->bytes, size);
    if (a->last)
        a->last->next = b;
    else
        a->first = b;
    a->last = b;
    a->at = 0;
    a->held += size;
    return true;
}

void *qp_arena_take(struct qp_arena *a, size_t len)
{
    if (len > a->cap)
        return NULL;
    size_t size = len ? (len + ALIGN - 1) / ALIGN * ALIGN : ALIGN;
    if (!a->last || a->last->size - a->at < size) {
        if (!block_add(a, size))
            return NULL;
    }
    uint8_t *p = a->last->bytes + a->at;
    a->at += size;
    a->used += size;
    assert(a->used <= a->cap);
    ASAN_UNPOISON_MEMORY_REGION(p, len);
    return p;
}

void *qp_arena_room(struct qp_arena *a, size_t *len)
{
    static uint8_t none[1];
    *len = 0;
    if (!a->last && !block_add(a, a->cap < BLOCK_BYTES ? a->cap : BLOCK_BYTES))
        return none;
    *len = a->last->size - a->at;
    ASAN_UNPOISON_MEMORY_REGION(a->last->bytes + a->at, *len);
    return a->last->bytes + a->at;
}

void *qp_arena_copy(struct qp_arena *a, const void *p, size_t len)
{
    void *to = qp_arena_take(a, len);
    if (to && len)
        memcpy(to, p, len);
    return to;
}

void *qp_arena_list(struct qp_arena *a, const void *v, size_t n, size_t *room, size_t size, size_t first)
{
    assert(n <= *room && size > 0 && first > 0);
    if (n < *room)
        return (void *)(uintptr_t)v;
    size_t more = *room ? *room * 2 : first;
    void *longer = qp_arena_take(a, more * size);
    if (longer && n)
        memcpy(longer, v, n * size);
    if (longer)
        *room = more;
    return longer;
}

char *qp_arena_text(struct qp_arena *a, const char *text)
{
    return qp_arena_copy(a, text, strlen(text) + 1);
}

size_t qp_arena_used(const struct qp_arena *a)
{
    return a->used;
}

ProtobufCAllocator *qp_arena_allocator(struct qp_arena *a)
{
    return &a->allocator;
}
