/* said.c: a sentence of an error read back by its row, and said in Chinese. See said.h. Pure. */
#include "proto/said.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "crypto/crypto.h"
#include "proto/said_door.h"
#include "proto/said_turn.h"
#include "proto/said_word.h"

enum { HOLES = 8, DEPTH = 3 };

static const struct row {
    const char *en, *zh;
} ROWS[] = {
#define X(en, zh) {en, zh},
    QP_SAID_DOOR(X) QP_SAID_TURN(X)
#undef X
};
enum { NROWS = sizeof ROWS / sizeof *ROWS };

/* What the conversions of a form took. */
struct taken {
    size_t n;
    struct {
        const char *at;
        size_t len;
    } hole[HOLES];
};

bool qp_said_row(size_t i, const char **en, const char **zh)
{
    if (i >= NROWS)
        return false;
    *en = ROWS[i].en;
    *zh = ROWS[i].zh;
    return true;
}

/* The bytes of the conversion at p, such as "%.200s" or "%llu"; 0: none is there. "%%" is none. */
static size_t conversion(const char *p)
{
    if (p[0] != '%' || p[1] == '%')
        return 0;
    size_t n = 1 + strspn(p + 1, ".*0123456789-+ #lzhjt");
    assert(p[n] && strchr("sdiuxXcgfp", p[n])); /* a row is as printf takes it */
    return n + 1;
}

static bool fits(const char *form, const char *text, struct taken *t)
{
    size_t hole = conversion(form);
    if (!*form)
        return !*text;
    if (!hole) {
        size_t step = form[0] == '%' ? 2 : 1;
        return *form == *text && fits(form + step, text + 1, t);
    }
    if (t->n == HOLES)
        return false;
    size_t mine = t->n++;
    if (conversion(
            form +
            hole)) { /* of two that touch the first one takes nothing: to try all lengths would be cubic */
        t->hole[mine].at = text;
        t->hole[mine].len = 0;
        return fits(form + hole, text, t);
    }
    for (size_t len = 0;; len++) {
        t->hole[mine].at = text;
        t->hole[mine].len = len;
        t->n = mine + 1;
        if ((!form[hole] && !text[len]) || (form[hole] && (form[hole] == '%' || form[hole] == text[len]) &&
                                            fits(form + hole, text + len, t)))
            return true;
        if (!text[len])
            break;
    }
    t->n = mine;
    return false;
}

static bool say(const char *en, char *out, size_t cap, int depth);

/* One that was taken: said in Chinese where it is a sentence with a row. */
static size_t put(char *out, size_t cap, const char *at, size_t len, int depth)
{
    char text[QP_SAID_ZH], zh[QP_SAID_ZH];
    int n = snprintf(text, sizeof text, "%.*s", (int)(len < sizeof text ? len : sizeof text - 1), at);
    bool sentence = depth > 0 && memchr(at, ' ', len) && say(text, zh, sizeof zh, depth - 1);
    n = snprintf(out, cap, "%s", sentence ? zh : text);
    return n < 0 ? 0 : (size_t)n < cap ? (size_t)n : cap - 1;
}

/* One that is a word of ours; else as any other. */
static size_t put_word(char *out, size_t cap, const char *at, size_t len, int depth)
{
    static const struct row WORDS[] = {
#define X(en, zh) {en, zh},
        QP_SAID_WORDS(X)
#undef X
    };
    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++)
        if (strlen(WORDS[i].en) == len && memcmp(WORDS[i].en, at, len) == 0)
            return put(out, cap, WORDS[i].zh, strlen(WORDS[i].zh), 0);
    return put(out, cap, at, len, depth);
}

static void compose(const char *zh, const struct taken *t, char *out, size_t cap, int depth)
{
    char whole[QP_SAID_ZH + 4]; /* so that a cut can be seen */
    size_t n = 0;
    for (const char *p = zh; *p && n + 1 < sizeof whole; p++) {
        bool asks = (p[0] == '%' || p[0] == '&') && isdigit((unsigned char)p[1]);
        size_t i = asks ? (size_t)(p[1] - '1') : HOLES;
        if (i < t->n) {
            n += (p[0] == '&' ? put_word : put)(whole + n, sizeof whole - n, t->hole[i].at, t->hole[i].len,
                                                depth);
            p++;
        } else {
            whole[n++] = *p;
        }
    }
    whole[n] = '\0';
    qp_text_cut(out, cap, whole);
}

/* Of several rows that fit the one that has the most words of its own. */
static const struct row *row_of(const char *en, struct taken *best)
{
    const struct row *found = NULL;
    size_t most = 0;
    for (size_t i = 0; i < NROWS; i++) {
        struct taken t = {.n = 0};
        size_t own = strlen(ROWS[i].en);
        if ((ROWS[i].en[0] != en[0] && ROWS[i].en[0] != '%') || own <= most || !fits(ROWS[i].en, en, &t))
            continue;
        found = &ROWS[i];
        most = own;
        *best = t;
    }
    return found;
}

static bool say(const char *en, char *out, size_t cap, int depth)
{
    struct taken t = {.n = 0};
    const struct row *row = row_of(en, &t);
    out[0] = '\0';
    if (row) {
        compose(row->zh, &t, out, cap, depth);
        return true;
    }
    size_t field = strspn(en, "abcdefghijklmnopqrstuvwxyz_");
    if (!field || strncmp(en + field, ": ", 2) != 0 || depth == 0)
        return false;
    int n = snprintf(out, cap, "%.*s：", (int)field, en);
    if (n > 0 && (size_t)n < cap && say(en + field + 2, out + n, cap - (size_t)n, depth - 1))
        return true;
    out[0] = '\0';
    return false;
}

bool qp_said_zh(const char *en, char out[QP_SAID_ZH])
{
    assert(en && out);
    return say(en, out, QP_SAID_ZH, DEPTH);
}

const char *qp_said_or_kind(const char *code, const char *en, char out[QP_SAID_ZH])
{
    if (!qp_said_zh(en, out))
        snprintf(out, QP_SAID_ZH, "%s：%s", qp_error_zh(code), en);
    return out;
}
