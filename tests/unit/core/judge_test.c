/* The rulings on a parcel, one line each: what is known of it, and what becomes of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "node/core/judge.h"

#pragma GCC diagnostic ignored "-Woverride-init" /* a line of the table changes what GOOD says */

/* The next parcel of its chain, signed, from where it may come: each line of the table changes what it names. */
#define GOOD                                                                                                 \
    .our_tree = true, .own_lane = true, .key = QP_YES, .key_fits = true, .signature = QP_YES, .events = QP_YES

struct line {
    const char *say;
    struct qp_case known;
    enum qp_ruling ruling;
    int code;
};

/* clang-format off */
static const struct line table[] = {
    {"the next of its chain, from where it may come", {GOOD}, QP_TAKE, 0},
    /* form: nobody's doing, its place stays open */
    {"it is no parcel", {GOOD, .form = QP_EINVAL, .form_why = "cut"}, QP_REJECT, QP_EINVAL},
    {"another tree's", {GOOD, .our_tree = false}, QP_REJECT, QP_ESCOPE},
    {"in the other lane", {GOOD, .own_lane = false}, QP_REJECT, QP_EINVAL},
    {"L5: of a key that is not known here", {GOOD, .key = QP_NO}, QP_ASK_KEY, 0},
    {"L5: ... and was asked for in vain", {GOOD, .key = QP_NO, .key_asked = true}, QP_ASK_KEY, QP_EUNKNOWNKEY},
    {"its signature was not looked at", {GOOD, .signature = QP_UNASKED}, QP_NEED_SIGNATURE, 0},
    {"its signature does not fit", {GOOD, .signature = QP_NO}, QP_REJECT, QP_ESIG},
    {"here already: nothing to verify", {GOOD, .place = QP_EDUP, .signature = QP_UNASKED}, QP_KNOWN, 0},
    /* its way: the neighbour's doing, perhaps */
    {"certified as another's", {GOOD, .key_fits = false}, QP_REFUSE, QP_ESCOPE},
    {"from where it may not come", {GOOD, .way = "from above"}, QP_REFUSE, QP_ESCOPE},
    {"K5: for one who may lie below, and is not known again", {GOOD, .lies_unknown = true, .way = "x"}, QP_ASK_WHERE, 0},
    {"L7: one more destination that nobody knows", {GOOD, .goes_nowhere = true}, QP_REFUSE, QP_ESCOPE},
    {"L7: ... of a chain that is here", {GOOD, .goes_nowhere = true, .place = QP_EGAP}, QP_SEND_AGAIN, 0},
    /* its origin */
    {"C5: of a quarantined key: its chain ends here", {GOOD, .quarantined = true}, QP_REFUSE_CHAIN, QP_EREVOKED},
    {"... which was told", {GOOD, .quarantined = true, .place = QP_ECLOSED}, QP_REFUSE, QP_EREVOKED},
    {"brought by one that is revoked", {GOOD, .peer_revoked = true}, QP_REFUSE, QP_EREVOKED},
    {"... of a quarantined key: no verdict on the word of one that is revoked", {GOOD, .peer_revoked = true, .quarantined = true}, QP_REFUSE, QP_EREVOKED},
    {"C2: its successor is certified", {GOOD, .superseded = true}, QP_REFUSE, QP_ECLOSED},
    {"C2: ... by one that is itself coming back", {GOOD, .superseded = true, .recovering = true}, QP_TAKE, 0},
    /* its place in the chain: its origin's doing */
    {"C1: a gap before it", {GOOD, .place = QP_EGAP}, QP_SEND_AGAIN, 0},
    {"C1: a gap that nobody can fill any more", {GOOD, .place = QP_EGAP, .all_sent = true}, QP_TAKE, 0},
    {"C5: its place is taken", {GOOD, .place = QP_EFORK}, QP_REFUSE_CHAIN, QP_EFORK},
    {"C5: ... and its origin judged for it", {GOOD, .place = QP_EFORK, .judged = true}, QP_REFUSE, QP_EFORK},
    {"E6: its chain was refused here", {GOOD, .place = QP_ECLOSED}, QP_REFUSE, QP_ECLOSED},
    {"T1: its clock falls", {GOOD, .place = QP_EINVAL}, QP_REFUSE_CHAIN, QP_EINVAL},
    /* its events */
    {"its events were not looked at", {GOOD, .events = QP_UNASKED}, QP_NEED_EVENTS, 0},
    {"E6: it says what it may not", {GOOD, .events = QP_NO, .events_why = "local"}, QP_REFUSE_CHAIN, QP_EINVAL},
    {"L7: it enrols too many: it waits", {GOOD, .too_many = true}, QP_REJECT, QP_EFULL},
    {"L5: its evidence cannot be checked yet", {GOOD, .lacks_evidence = true}, QP_ASK_EVIDENCE, 0},
    /* its position is committed here */
    {"known long", {GOOD, .again = true, .place = QP_EDUP}, QP_KNOWN_LONG, 0},
    {"known long, and no parcel any more", {GOOD, .again = true, .form = QP_EINVAL, .form_why = "cut"}, QP_KNOWN_LONG, 0},
    {"C5: another than the one that came then", {GOOD, .again = true, .place = QP_EFORK}, QP_REFUSE_CHAIN, QP_EFORK},
    {"C5: ... signed by whom?", {GOOD, .again = true, .place = QP_EFORK, .signature = QP_UNASKED}, QP_NEED_SIGNATURE, 0},
    {"C5: ... by somebody else", {GOOD, .again = true, .place = QP_EFORK, .signature = QP_NO}, QP_KNOWN_LONG, 0},
    {"C5: ... from where it may not come", {GOOD, .again = true, .place = QP_EFORK, .way = "x"}, QP_KNOWN_LONG, 0},
};
/* clang-format on */

static void each_case_has_its_ruling(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct qp_judgement j = qp_judge(&table[i].known);
        if (j.ruling != table[i].ruling || j.code != table[i].code || (j.code != 0) != (!!j.why))
            fail_msg("%s: ruling %d, code %d (%s)", table[i].say, (int)j.ruling, j.code, j.why ? j.why : "-");
    }
}

/* What must be true of whatever is taken, and of whatever stops a chain for good: over every case there is. */
static void check(const struct qp_case *c)
{
    struct qp_judgement j = qp_judge(c);
    bool signed_ = !c->form && c->our_tree && c->own_lane && c->key == QP_YES && c->signature == QP_YES;
    bool next = c->place == 0 || (c->place == QP_EGAP && c->all_sent);
    if (j.ruling == QP_TAKE)
        assert_true(signed_ && c->key_fits && !c->way && !c->peer_revoked && !c->quarantined && next &&
                    !c->again && c->events == QP_YES && !c->too_many && !c->lacks_evidence &&
                    (!c->superseded || c->recovering));
    if (j.ruling == QP_REFUSE_CHAIN) /* nobody is condemned by what he did not sign */
        assert_true(signed_ && c->key_fits && !c->way);
    if (j.ruling == QP_NEED_SIGNATURE)
        assert_int_equal(c->signature, QP_UNASKED);
    if (j.ruling == QP_NEED_EVENTS)
        assert_int_equal(c->events, QP_UNASKED);
    assert_true(j.code == 0 || j.why);
}

static void nothing_unsigned_is_taken_or_held_against_anybody(void **state)
{
    static const int places[] = {0, QP_EDUP, QP_EGAP, QP_EFORK, QP_ECLOSED, QP_EINVAL};
    (void)state;
    for (size_t p = 0; p < sizeof places / sizeof *places; p++)
        for (uint32_t bits = 0; bits < 1u << 20; bits++) {
#define BIT(n) ((bits >> (n)&1) != 0)
            struct qp_case c = {.place = places[p],
                                .again = BIT(0),
                                .peer_revoked = BIT(1),
                                .recovering = BIT(2),
                                .form = BIT(3) ? QP_EINVAL : 0,
                                .form_why = "cut",
                                .our_tree = BIT(4),
                                .own_lane = BIT(4),
                                .key = BIT(5) ? QP_YES : QP_NO,
                                .key_asked = BIT(6),
                                .key_fits = BIT(7),
                                .quarantined = BIT(8),
                                .judged = BIT(9),
                                .superseded = BIT(10),
                                .way = BIT(11) ? "way" : NULL,
                                .lies_unknown = BIT(12),
                                .goes_nowhere = BIT(13),
                                .all_sent = BIT(14),
                                .signature = BIT(15)   ? QP_YES
                                             : BIT(16) ? QP_NO
                                                       : QP_UNASKED,
                                .events = BIT(17)   ? QP_YES
                                          : BIT(18) ? QP_NO
                                                    : QP_UNASKED,
                                .events_why = "event",
                                .too_many = BIT(19),
                                .lacks_evidence = BIT(19)};
            check(&c);
#undef BIT
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_case_has_its_ruling),
        cmocka_unit_test(nothing_unsigned_is_taken_or_held_against_anybody),
    };
    return cmocka_run_group_tests_name("judge", tests, NULL, NULL);
}
