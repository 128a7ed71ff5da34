/* shy.c: what may be a person's is taken out of a text before anything is made of it (rule LD2): numbers of
 * seven digits and more, however they are grouped, written in figures or ideographs, or masked; addresses with @;
 * what follows words that introduce a name or an account. What is taken out breaks the runs round it. */
#include "node/insight/lead/text.h"

#include <string.h>

enum { NUMBER_DIGITS = 7, NAME_CP = 4 };

static void hide(struct qp_lead_text *t, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        t->kind[i] = QP_CP_BREAK;
}

/* ---- numbers ---- */

static bool is_figure(int32_t c)
{
    return (c >= '0' && c <= '9') || c == '*'; /* masked ones count: what they hide is a number */
}

static bool is_between_figures(int32_t c)
{
    return c != 0 && c < 0x80 && strchr(" \t-().+/_", (int)c);
}

/* The end of the group of figures at i: one or two signs may lie between figures. */
static size_t group_end(const struct qp_lead_text *t, size_t i, size_t *figures)
{
    size_t end = i;
    for (*figures = 0; i < t->n;) {
        if (is_figure(t->cp[i])) {
            ++*figures;
            end = ++i;
            continue;
        }
        size_t skip = i;
        while (skip < t->n && skip < i + 2 && is_between_figures(t->cp[skip]))
            skip++;
        if (skip == i || skip == t->n || !is_figure(t->cp[skip]))
            break;
        i = skip;
    }
    return end;
}

/* The whole word goes, not its figures alone: an account's name, an identity number's last letter. */
static void hide_word(struct qp_lead_text *t, size_t from, size_t to)
{
    while (from > 0 && t->kind[from - 1] == QP_CP_WORD)
        from--;
    while (to < t->n && t->kind[to] == QP_CP_WORD)
        to++;
    hide(t, from, to);
}

static void hide_numbers(struct qp_lead_text *t)
{
    size_t figures;
    for (size_t i = 0; i < t->n; i++) {
        if (t->cp[i] < '0' || t->cp[i] > '9')
            continue;
        size_t end = group_end(t, i, &figures);
        if (figures >= NUMBER_DIGITS)
            hide_word(t, i, end);
        i = end - 1;
    }
}

static bool is_written_figure(int32_t c)
{
    static const int32_t all[] = {
        0x3007, 0x96f6, 0x4e00, 0x4e8c, 0x4e09, 0x56db, 0x4e94,
        0x516d, 0x4e03, 0x516b, 0x4e5d, 0x5e7a, 0x4e24}; /* 〇零一二三四五六七八九幺两 */
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (all[i] == c)
            return true;
    return false;
}

static void hide_written_numbers(struct qp_lead_text *t)
{
    for (size_t i = 0; i < t->n; i++) {
        size_t end = i, figures = 0;
        for (; end < t->n && (is_written_figure(t->cp[end]) || is_between_figures(t->cp[end])); end++)
            figures += is_written_figure(t->cp[end]);
        if (figures >= NUMBER_DIGITS)
            hide(t, i, end);
        if (end > i)
            i = end - 1;
    }
}

/* ---- addresses, names, accounts ---- */

static bool is_of_address(const struct qp_lead_text *t, size_t i)
{
    return t->kind[i] == QP_CP_WORD || t->cp[i] == '.' || t->cp[i] == '_' || t->cp[i] == '-';
}

static void hide_addresses(struct qp_lead_text *t)
{
    for (size_t i = 0; i < t->n; i++) {
        if (t->cp[i] != '@')
            continue;
        size_t from = i, to = i + 1;
        while (from > 0 && is_of_address(t, from - 1))
            from--;
        while (to < t->n && is_of_address(t, to))
            to++;
        hide(t, from, to);
    }
}

/* Words behind which a person introduces himself, and words behind which a number or account stands. */
static const struct {
    int32_t cp[3];
    bool account;
} cues[] = {
    {{0x6211, 0x53eb, 0}, false},      /* 我叫 */
    {{0x59d3, 0x540d, 0}, false},      /* 姓名 */
    {{0x8054, 0x7cfb, 0x4eba}, false}, /* 联系人 */
    {{0x7535, 0x8bdd, 0}, true},       /* 电话 */
    {{0x624b, 0x673a, 0}, true},       /* 手机 */
    {{0x5fae, 0x4fe1, 0}, true},       /* 微信 */
    {{0x8eab, 0x4efd, 0x8bc1}, true},  /* 身份证 */
    {{'q', 'q', 0}, true},
};

static size_t cue_end(const struct qp_lead_text *t, size_t i, size_t k)
{
    size_t n = cues[k].cp[2] != 0 ? 3 : 2;
    for (size_t j = 0; j < n; j++)
        if (i + j >= t->n || t->cp[i + j] != cues[k].cp[j])
            return 0;
    return i + n;
}

/* What the cue introduces: of a name up to four ideographs or a word, of an account the word. */
static void hide_introduced(struct qp_lead_text *t, size_t at, bool account)
{
    size_t end = at + 2;
    while (at < t->n && at < end &&
           (t->kind[at] < QP_CP_WORD || t->cp[at] == 0x53f7 /* 号 */ || t->cp[at] == 0x662f /* 是 */))
        at++;
    if (at < t->n && t->kind[at] == QP_CP_WORD) {
        hide_word(t, at, at);
    } else if (!account) {
        for (size_t k = 0; k < NAME_CP && at < t->n && t->kind[at] == QP_CP_IDEOGRAPH; k++)
            t->kind[at++] = QP_CP_BREAK;
    }
}

static void hide_persons(struct qp_lead_text *t)
{
    for (size_t i = 0; i < t->n; i++)
        for (size_t k = 0; k < sizeof cues / sizeof cues[0]; k++) {
            size_t end = cue_end(t, i, k);
            if (end != 0)
                hide_introduced(t, end, cues[k].account);
        }
}

/* A text that was cut may end within a number or an address, and what is left of it would be known for neither. */
void qp_lead_text_cut(struct qp_lead_text *t)
{
    size_t word = t->n, number = t->n;
    while (word > 0 && is_of_address(t, word - 1))
        word--;
    while (number > 0 && (is_figure(t->cp[number - 1]) || is_between_figures(t->cp[number - 1]) ||
                          is_written_figure(t->cp[number - 1])))
        number--;
    hide_word(t, number < word ? number : word, t->n);
}

void qp_lead_text_shy(struct qp_lead_text *t)
{
    hide_addresses(t);
    hide_persons(t);
    hide_numbers(t);
    hide_written_numbers(t);
}
