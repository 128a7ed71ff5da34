/* The sentences of errors in Chinese: each row reads back its own sentence; one within another is said with it; what has no
 * row says what kind of error it is and keeps its words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include <time.h>

#include "crypto/crypto.h"
#include "proto/codec.h"
#include "crypto/error.h"
#include "proto/said.h"

static void said(const char *en, const char *zh)
{
    char out[QP_SAID_ZH];
    assert_true(qp_said_zh(en, out));
    assert_string_equal(out, zh);
}

static void a_sentence_is_said_with_what_it_names(void **state)
{
    (void)state;
    said("no matter 06h3k is known here", "本节点没有事项 06h3k");
    said("`title` has 300 bytes, at most 200 are taken", "`title` 有 300 字节，最多 200 字节");
    said("suzhou/tuohe is revoked; invite it again first", "suzhou/tuohe 已吊销；请先重新邀请");
    said("the matter is at version 3, not 2; look again and decide anew",
         "事项已是版本 3，不是 2；请重新查看后再定");
    /* another order */
    said("there is no node suzhou/x at or below this one, suzhou",
         "本节点 suzhou 及其下级中没有节点 suzhou/x");
    said("the path holds an escaped NUL or slash (%00, %2F), which no name has",
         "路径中有转义的 NUL 或斜线（%00、%2F），名称不会有这些字符");
}

static void a_sentence_within_another_is_said_with_it(void **state)
{
    (void)state;
    said(
        "visit: a return visit is due: let somebody else than the handler visit first; possible here: visit, "
        "comment",
        "visit：须先回访：请由办理人以外的人员回访后再办结；此时可以：visit, comment");
    said("the matter is closed; possible here: reopen, comment", "事项已办结；此时可以：reopen, comment");
    said("the matter is open and offered (dispatch); possible here: withdraw",
         "事项待分类，正在交办中；此时可以：withdraw");
    said("the matter is held by suzhou/x; only the holder may do this",
         "事项由 suzhou/x 承办，只有承办节点可以操作");
    said("area: there is no node suzhou/x; name the nearest one above it",
         "area：没有节点 suzhou/x；请写其上最近的节点");
}

/* What a node keeps and the stages of clocks have names of their own; what somebody is called stays. */
static void a_word_of_the_code_is_said_in_chinese(void **state)
{
    (void)state;
    said("the account desk stands already: change that, or take another name",
         "已有账户 desk：请修改它，或换一个名称");
    said("the desk 城管 has version 3, not 2: read it again", "部门 城管 的版本是 3，不是 2：请重新读取");
    said("there is no such grid: g1 was ended", "网格 g1 已结束，不再存在");
    said("there is no such token: sign", "没有此令牌：sign");
    said("the handle clock is paused: only a running clock is paused",
         "处置环节的时限已暂停：只有正在计时的才能暂停");
}

/* What somebody wrote may look like a sentence: it is said as it is, or as that sentence, and never something else. */
static void words_of_others_do_not_bend_a_sentence(void **state)
{
    (void)state;
    said("there is no field `x` here` here", "这里没有字段 `x` here`");
    said("there is no field `%1` here", "这里没有字段 `%1`");
}

static void without_a_row_it_says_the_kind_and_keeps_the_words(void **state)
{
    (void)state;
    char out[QP_SAID_ZH], longest[400];
    assert_false(qp_said_zh("the moon is in the wrong house", out));
    assert_string_equal(out, "");
    assert_string_equal(qp_said_or_kind("denied", "the moon is wrong", out), "权限不足：the moon is wrong");
    assert_string_equal(qp_said_or_kind("not_in_the_list", "the moon", out), "出错：the moon");
    memset(longest, 'x', 399);
    longest[399] = '\0';
    assert_false(qp_said_zh(longest, out));
    char full[QP_SAID_ZH];
    snprintf(full, sizeof full, "no matter %s is known here", longest);
    assert_true(qp_said_zh(full, out));
    assert_non_null(strstr(out, longest));
}

/* Whoever asks without a token chooses what his address is: three conversions side by side must not cost its length cubed. */
static void what_a_stranger_wrote_costs_little_and_is_cut_at_a_character(void **state)
{
    (void)state;
    char long_one[1100], wide[1100] = "", full[1200], out[QP_SAID_ZH];
    memset(long_one, '%', sizeof long_one - 1);
    long_one[sizeof long_one - 1] = '\0';
    clock_t began = clock();
    for (int i = 0; i < 20; i++)
        qp_said_zh(long_one, out);
    assert_true((double)(clock() - began) / CLOCKS_PER_SEC < 2);
    for (size_t cut = 1000; cut < 1060; cut++) { /* wherever the end falls */
        memset(wide, 'x', cut);
        wide[cut] = '\0';
        snprintf(full, sizeof full, "no matter %s权权权权权权权权权权权权 is known here", wide);
        if (qp_said_zh(full, out))
            assert_true(qp_utf8_ok(out, strlen(out)));
    }
}

/* A form with its conversions filled in: "w1", "w2", …; a number where one is printed, for it is the same to the reader. */
static void fill(const char *form, char *out, size_t cap)
{
    size_t n = 0, hole = 0;
    for (const char *p = form; *p && n + 8 < cap;) {
        if (p[0] == '%' && p[1] == '%') {
            out[n++] = '%';
            p += 2;
        } else if (p[0] == '%') {
            p += 1 + strspn(p + 1, ".*0123456789-+ #lzhjt");
            p++;
            n += (size_t)snprintf(out + n, cap - n, "w%zu", ++hole);
        } else {
            out[n++] = *p++;
        }
    }
    out[n] = '\0';
}

static void each_row_reads_its_own_sentence_back(void **state)
{
    (void)state;
    const char *en, *zh;
    size_t rows = 0;
    for (size_t i = 0; qp_said_row(i, &en, &zh); i++, rows++) {
        char text[QP_SAID_ZH], out[QP_SAID_ZH], want[QP_SAID_ZH];
        fill(en, text, sizeof text);
        size_t n = 0;
        for (const char *p = zh; *p; p++)
            if ((p[0] == '%' || p[0] == '&') && p[1] >= '1' && p[1] <= '9' && !strstr(en, "%%"))
                want[n++] = 'w';
            else
                want[n++] = *p;
        want[n] = '\0';
        if (!qp_said_zh(text, out) || strcmp(out, want) != 0)
            fail_msg("`%s` is read back as `%s`, not as `%s`", text, out, want);
    }
    assert_true(rows > 400);
}

static void each_error_has_its_kind_in_chinese(void **state)
{
    (void)state;
#define X(name, value, http, code, zh) assert_string_equal(qp_error_zh(code), zh);
    QP_ERRORS(X)
#undef X
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sentence_is_said_with_what_it_names),
        cmocka_unit_test(a_sentence_within_another_is_said_with_it),
        cmocka_unit_test(a_word_of_the_code_is_said_in_chinese),
        cmocka_unit_test(words_of_others_do_not_bend_a_sentence),
        cmocka_unit_test(without_a_row_it_says_the_kind_and_keeps_the_words),
        cmocka_unit_test(what_a_stranger_wrote_costs_little_and_is_cut_at_a_character),
        cmocka_unit_test(each_row_reads_its_own_sentence_back),
        cmocka_unit_test(each_error_has_its_kind_in_chinese),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
