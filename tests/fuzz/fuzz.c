/* fuzz.c: see fuzz.h. */
#include "tests/fuzz/fuzz.h"

void fuzz_one(const struct fuzz_target *t, size_t n, const uint8_t *data, size_t len)
{
    if (len == 0 || len > 65536)
        return;
    char *text = malloc(len); /* exactly so long: a reader that goes beyond is seen */
    if (!text)
        return;
    memcpy(text, data + 1, len - 1);
    text[len - 1] = 0;
    t[data[0] % n].takes(text, len - 1);
    free(text);
}

static uint64_t next(uint64_t *x)
{
    *x ^= *x << 13;
    *x ^= *x >> 7;
    return *x ^= *x << 17;
}

/* A few bytes changed, put in, taken out, a piece said twice, or the end cut off. */
static size_t mutate(char *b, size_t len, uint64_t *x)
{
    static const char marks[] = "0123456789-:/+.,TZ PYMDHS\"\\[]{}=\n\xe5\xff\x01";
    for (unsigned n = (unsigned)(next(x) % 4); n > 0; n--) {
        size_t at = len > 0 ? next(x) % len : 0, part;
        switch (next(x) % 6) {
        case 0:
            if (len > 0)
                b[at] = marks[next(x) % (sizeof marks - 1)];
            break;
        case 1:
            if (len > 0)
                b[at] ^= (char)(1 << next(x) % 7);
            break;
        case 2:
            if (len > 0)
                memmove(b + at, b + at + 1, --len - at);
            break;
        case 3:
            part = len > 0 ? next(x) % (len - at) : 0;
            if (len + part < FUZZ_MOST) {
                memmove(b + at + part, b + at, len - at);
                len += part;
            }
            break;
        case 4:
            if (next(x) % 8 == 0)
                len = at;
            break;
        default:
            if (len + 1 < FUZZ_MOST) {
                memmove(b + at + 1, b + at, len++ - at);
                b[at] = marks[next(x) % (sizeof marks - 1)];
            }
        }
    }
    return len;
}

/* A copy that is exactly so long: a reader that goes beyond is seen. */
static bool take(const struct fuzz_target *t, const char *b, size_t len)
{
    char *exact = malloc(len + 1);
    if (!exact)
        abort();
    memcpy(exact, b, len);
    exact[len] = 0;
    bool taken = t->takes(exact, len);
    free(exact);
    return taken;
}

/* The seed as it was made is taken, and with one bit of any byte changed it is not. */
static bool seal_holds(const struct fuzz_target *t, char *made, size_t len)
{
    if (!take(t, made, len)) {
        printf("%-10s the true one is not taken\n", t->name);
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        char bit = (char)(1 << i % 8);
        made[i] ^= bit;
        bool taken = take(t, made, len);
        made[i] ^= bit;
        if (taken) {
            printf("%-10s byte %zu of %zu changed, and it is taken\n", t->name, i, len);
            return false;
        }
    }
    return true;
}

static bool run(const struct fuzz_target *t, uint64_t salt, unsigned long runs)
{
    uint64_t x = 0x9e3779b97f4a7c15 + salt;
    unsigned long taken = 0;
    char made[FUZZ_MOST];
    size_t made_len = t->seed ? t->seed(made) : 0;
    if (t->sealed && !seal_holds(t, made, made_len))
        return false;
    for (unsigned long i = 0; i < runs; i++) {
        char b[FUZZ_MOST + 1];
        size_t k = next(&x) % FUZZ_SEEDS;
        const char *seed = t->seeds[k] ? t->seeds[k] : t->seeds[0];
        size_t len = t->seed ? made_len : strlen(seed);
        memcpy(b, t->seed ? made : seed, len);
        len = i < FUZZ_SEEDS ? len : mutate(b, len, &x);
        taken += take(t, b, len);
    }
    printf("%-10s %lu given, %lu taken\n", t->name, runs, taken);
    return taken > 0 || t->never;
}

int fuzz_main(const struct fuzz_target *t, size_t n, int argc, char **argv)
{
    unsigned long runs = 20000;
    const char *only = NULL;
    bool ok = true;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--runs") == 0)
            runs = strtoul(argv[i + 1], NULL, 10);
        if (strcmp(argv[i], "--only") == 0)
            only = argv[i + 1];
    }
    if (qp_crypto_init(NULL))
        return 1;
    for (size_t i = 0; i < n; i++)
        if (!only || strcmp(only, t[i].name) == 0)
            ok &= run(&t[i], i, runs);
    return ok ? 0 : 1;
}
