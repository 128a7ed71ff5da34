/* hostile_test.c: policies with bytes changed, cut out and doubled: refused or read, never a crash. Under asan every
 * text is exactly as long as its memory. The seed is fixed; POLICY_SEED=N takes another, POLICY_RUNS=N more of them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/policy/rig.h"

static const char JSON[] = "{\"version\":\"v1\",\"title\":\"T\",\"calendars\":[{\"name\":\"office\","
                           "\"weekly\":[{\"days\":\"1-5\",\"from\":\"08:30\","
                           "\"to\":\"12:00\"}],\"off\":[\"2026-10-01\"],\"on\":[\"2026-10-10\"],\"known_"
                           "until\":\"2026-12-31\"}],\"categories\":["
                           "{\"code\":\"\",\"title\":\"其他\"},{\"code\":\"02\",\"title\":\"井盖\","
                           "\"parent\":\"01\",\"calendar\":\"office\",\"clocks\":"
                           "{\"sign\":\"2h\",\"close\":\"5wd\"},\"remind\":{\"close\":\"1wd\"},\"visit\":0.1,"
                           "\"keep_personal\":\"180d\"},{\"code\":\"01\","
                           "\"title\":\"a\\u4e95\\\"\"}],\"rules\":{\"accept\":{\"escalate\":true},\"urge\":["
                           "{\"overdue\":\"0h\"}],\"lift\":{\"redo\":3}}}";
static const char CONF[] =
    "[policy]\nversion = v1\ntitle = T\n[calendar office]\nweekly = 1-5 08:30-12:00 | 6 09:00-10:00\n"
    "known_until = 2026-12-31\n[accept]\nescalate = yes\n[urge]\noverdue = 0h | 24h\n[rules]\nkeep_line = "
    "90d\n";
static const char ROWS[] =
    "code,parent,title,close,calendar,visit\n,,其他,,,\n01,,\"A, \"\"b\"\"\",5wd,office,0.5\n02,01,B,2h,,1\n";
static const char DAYS[] = "date,kind\n2026-10-01,off\n2026-10-10,on\n";

static uint64_t dice;

static uint32_t roll(uint32_t below)
{
    dice = dice * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407); /* Knuth's MMIX */
    return (uint32_t)(dice >> 33) % below;
}

/* A malloc'd copy with one to four changes, of words that mean something to a reader among them. */
static char *changed(const char *text, size_t *len)
{
    static const char *const bits[] = {"\"",
                                       "{",
                                       "}",
                                       "[",
                                       "]",
                                       ",",
                                       ":",
                                       "\n",
                                       "\\",
                                       "null",
                                       "0",
                                       "-",
                                       "\xff",
                                       "\xe4\xba",
                                       "=",
                                       "|",
                                       "99999999999999999999",
                                       "\"code\":\"\",",
                                       "wd",
                                       "\xEF\xBB\xBF",
                                       "\\ud83d",
                                       "1e9"};
    size_t n = *len;
    char *p = malloc(n + 4 * 32 + 1);
    assert_non_null(p);
    memcpy(p, text, n);
    for (uint32_t left = 1 + roll(4); left > 0 && n > 40; left--) {
        size_t at = roll((uint32_t)n - 32), cut = roll(24);
        const char *bit = bits[roll(sizeof bits / sizeof *bits)];
        switch (roll(4)) {
        case 0: p[at] = (char)roll(256); break;
        case 1: /* cut out */
            memmove(p + at, p + at + cut, n - at - cut);
            n -= cut;
            break;
        case 2: /* twice */
            memmove(p + at + cut, p + at, n - at);
            n += cut;
            break;
        default: /* put in */
            cut = strlen(bit);
            memmove(p + at + cut, p + at, n - at);
            memcpy(p + at, bit, cut);
            n += cut;
        }
    }
    char *exact = malloc(n > 0 ? n : 1);
    assert_non_null(exact);
    memcpy(exact, p, n);
    free(p);
    *len = n;
    return exact;
}

/* Whatever it is: what passes the check can be written, and is read again as the same. */
static bool put_to_use(struct qp_policy *p, struct qp_mistakes *m)
{
    size_t len, again_len;
    if (!p)
        return false;
    qp_policy_check(p, true, m);
    struct qp_policy *holds = qp_policy_tighten(p, p, NULL);
    assert_non_null(holds);
    qp_policy_find(holds, "井盖");
    qp_policy_free(holds);
    if (qp_mistakes_all(m) > 0)
        return false;
    struct qp_mistakes none = {0};
    char *text = qp_policy_write(p, &len);
    struct qp_policy *again = qp_policy_json(text, len, NULL, &none);
    assert_int_equal(qp_mistakes_all(&none), 0);
    char *other = qp_policy_write(again, &again_len);
    assert_string_equal(text, other);
    free(text);
    free(other);
    qp_policy_free(again);
    return true;
}

static long from_environment(const char *name, long otherwise)
{
    const char *text = getenv(name);
    return text ? strtol(text, NULL, 10) : otherwise;
}

static int begin(void **state)
{
    (void)state;
    dice = (uint64_t)from_environment("POLICY_SEED", 20261126);
    print_message("POLICY_SEED=%llu\n", (unsigned long long)dice);
    return 0;
}

static void changed_json_is_refused_or_read(void **state)
{
    (void)state;
    long runs = from_environment("POLICY_RUNS", 3000), sound = 0, countable = 0;
    for (long i = 0; i < runs; i++) {
        struct qp_mistakes m = {0};
        size_t len = sizeof JSON - 1;
        char *text = changed(JSON, &len);
        struct qp_policy *p = qp_policy_calendars(text, len, "f.json", &m);
        countable += p && qp_mistakes_all(&m) == 0 && qp_policy_calendar(p, "office");
        qp_policy_free(p);
        qp_mistakes_free(&m);
        p = qp_policy_json(text, len, "f.json", &m);
        free(text);
        sound += put_to_use(p, &m);
        qp_policy_free(p);
        qp_mistakes_free(&m);
    }
    assert_true(countable > sound &&
                countable < runs);          /* more: what is beside the calendars does not matter */
    assert_true(sound > 0 && sound < runs); /* both happen: the changes are neither nothing nor everything */
}

static void laid_down(const char *name, const char *dir, const char *text, size_t len)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    char *bytes = changed(text, &len);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, len, f), len);
    assert_int_equal(fclose(f), 0);
    free(bytes);
}

static void changed_folders_are_refused_or_read(void **state)
{
    (void)state;
    long runs = from_environment("POLICY_RUNS", 3000) / 6, sound = 0;
    for (long i = 0; i < runs; i++) {
        struct qp_mistakes m = {0};
        const char *dir = rig_folder(CONF, ROWS, DAYS);
        if (i % 3 == 0)
            laid_down("policy.conf", dir, CONF, sizeof CONF - 1);
        else if (i % 3 == 1)
            laid_down("categories.csv", dir, ROWS, sizeof ROWS - 1);
        else
            laid_down("calendar.csv", dir, DAYS, sizeof DAYS - 1);
        struct qp_policy *p = qp_policy_read(dir, &m);
        sound += put_to_use(p, &m);
        qp_policy_free(p);
        qp_mistakes_free(&m);
    }
    assert_true(sound > 0 && sound < runs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(changed_json_is_refused_or_read),
        cmocka_unit_test(changed_folders_are_refused_or_read),
    };
    return cmocka_run_group_tests(tests, begin, rig_folder_gone);
}
