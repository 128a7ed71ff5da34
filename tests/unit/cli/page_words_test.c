/* page_words_test.c: one word, wherever people read it: the Chinese words of node/web/words/common.js are those of the
 * command line and of proto/events.h, and no word of theirs is missing on the page. Runs in the repository. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/cli/cli.h"
#include "node/cli/show.h"
#include "node/matter/matter.h"
#include "proto/events.h"

static char *page;

/* The words of a language, NUL-terminated; free it. */
static char *words_of(const char *language)
{
    char mark[40];
    snprintf(mark, sizeof mark, "\n  %s: {", language);
    const char *at = strstr(page, mark);
    assert_non_null(at);
    char *list = strndup(at, (size_t)(strstr(at, "\n  },") - at));
    assert_non_null(list);
    return list;
}

/* The word of that name and kind (`event_opened`); "": there is none. */
static const char *word_in(const char *list, const char *kind, const char *name, char out[80])
{
    char mark[80];
    snprintf(mark, sizeof mark, " %s_%s: '", kind, name);
    const char *at = strstr(list, mark);
    at = at ? at + strlen(mark) : "";
    snprintf(out, 80, "%.*s", (int)strcspn(at, "'"), at);
    return out;
}

static size_t count(const char *list, const char *kind)
{
    char mark[40];
    size_t n = 0;
    snprintf(mark, sizeof mark, " %s_", kind);
    while ((list = strstr(list, mark))) {
        list += strlen(mark);
        n++;
    }
    return n;
}

static void is_the_same(const char *list, const char *english, const char *kind, const char *name,
                        const char *zh)
{
    char word[80];
    if (strcmp(word_in(list, kind, name, word), zh) != 0)
        fail_msg("%s is \"%s\" on the page and \"%s\" elsewhere", name, word, zh);
    if (!*word_in(english, kind, name, word))
        fail_msg("%s has no English word on the page", name);
}

static void an_event_has_the_word_of_its_row(void **state)
{
    (void)state;
    const struct qp_cli c = {.zh = true};
    char *zh = words_of("zh"), *en = words_of("en");
    size_t n, shown = 0;
    const struct qp_event_kind *kinds = qp_event_kinds(&n);
    for (size_t i = 0; i < n; i++) {
        if (!kinds[i].stream)
            continue;
        is_the_same(zh, en, "event", kinds[i].name, kinds[i].zh);
        assert_string_equal(qp_word(&c, kinds[i].name), kinds[i].zh);
        shown++;
    }
    assert_int_equal(count(zh, "event"), shown); /* and the page knows of no others */
    assert_int_equal(count(en, "event"), shown);
    free(zh);
    free(en);
}

static void a_state_has_the_word_of_the_command_line(void **state)
{
    (void)state;
    const struct qp_cli c = {.zh = true};
    char *zh = words_of("zh"), *en = words_of("en");
    for (uint32_t s = QP_OPEN; s <= QP_MERGED; s++)
        is_the_same(zh, en, "state", qp_state_name(s), qp_word(&c, qp_state_name(s)));
    assert_int_equal(count(zh, "state"), QP_MERGED);
    free(zh);
    free(en);
}

static int read_page(void **state)
{
    (void)state;
    FILE *f = fopen("node/web/words/common.js", "re");
    size_t cap = 0;
    bool ok = f && getdelim(&page, &cap, 0, f) > 0;
    if (f)
        fclose(f);
    return ok ? 0 : -1;
}

static int forget_page(void **state)
{
    (void)state;
    free(page);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_has_the_word_of_its_row),
        cmocka_unit_test(a_state_has_the_word_of_the_command_line),
    };
    return cmocka_run_group_tests(tests, read_page, forget_page);
}
