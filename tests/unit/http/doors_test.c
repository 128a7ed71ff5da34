/* doors_test.c: what stands before the calls: who may be connected and for how long, who may guess, whose
 * address counts, what was ended. No server: the clock is a number. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "node/http/wire/gate.h"
#include "node/http/wire/guesses.h"
#include "node/http/wire/logins.h"
#include "node/http/wire/seen.h"

enum { SECOND_US = 1000000 };

static struct qp_address address(const char *text)
{
    struct qp_address a;
    struct sockaddr_in six = {.sin_family = AF_INET};
    assert_int_equal(inet_pton(AF_INET, text, &six.sin_addr), 1);
    qp_address_of(&a, (struct sockaddr *)&six);
    return a;
}

/* ---- addresses ---- */

static const char *behind(const char *proxies, const char *peer, const char *forwarded)
{
    static char out[QP_ADDRESS_TEXT];
    struct qp_proxies p;
    struct qp_address from = address(peer), a;
    assert_int_equal(qp_proxies_parse(&p, proxies, NULL), 0);
    qp_address_behind(&a, &p, &from, forwarded);
    qp_address_text(out, &a);
    return out;
}

static void a_forwarded_address_is_believed_of_a_known_proxy_only(void **state)
{
    (void)state;
    assert_string_equal(behind("", "127.0.0.1", "198.51.100.7"), "127.0.0.1");
    assert_string_equal(behind("127.0.0.1", "10.0.0.9", "198.51.100.7"), "10.0.0.9");
    assert_string_equal(behind("127.0.0.1", "127.0.0.1", NULL), "127.0.0.1");
    assert_string_equal(behind("127.0.0.1", "127.0.0.1", "198.51.100.7"), "198.51.100.7");
    assert_string_equal(behind("127.0.0.1", "127.0.0.1", "198.51.100.7:4711"), "198.51.100.7");
    assert_string_equal(behind("127.0.0.1", "127.0.0.1", "[2001:db8::1]:80"), "2001:db8::1");
    /* what the caller wrote in front of it himself counts for nothing */
    assert_string_equal(behind("127.0.0.1", "127.0.0.1", "1.2.3.4, 198.51.100.7"), "198.51.100.7");
    assert_string_equal(behind("127.0.0.1, 10.0.0.0/8", "127.0.0.1", "1.2.3.4, 198.51.100.7,10.1.2.3"),
                        "198.51.100.7");
    assert_string_equal(behind("127.0.0.1", "127.0.0.1", "nonsense"), "127.0.0.1");
}

static void a_network_is_as_wide_as_its_bits_say(void **state)
{
    struct qp_proxies p;
    struct qp_err e;
    (void)state;
    struct qp_address in = address("10.127.255.1"), out = address("10.128.0.1"), six = {{[15] = 1}};
    assert_int_equal(qp_proxies_parse(&p, " 10.0.0.0/9 ::1", &e), 0);
    assert_true(qp_proxies_have(&p, &in));
    assert_false(qp_proxies_have(&p, &out));
    assert_true(qp_proxies_have(&p, &six));
    static const char *const WRONG[] = {"10.0.0.0/33", "::/129",      "proxy.example",
                                        "10.0.0.0/",   "10.0.0.0/-1", "1.2.3"};
    for (size_t i = 0; i < sizeof WRONG / sizeof *WRONG; i++) {
        assert_int_equal(qp_proxies_parse(&p, WRONG[i], &e), QP_EINVAL);
        assert_non_null(strstr(e.text, "`"));
    }
}

/* ---- the gate ---- */

static bool is_shut(int other)
{
    char c[512];
    ssize_t n;
    while ((n = recv(other, c, sizeof c, MSG_DONTWAIT)) > 0)
        ;
    return n == 0;
}

struct room {
    struct qp_gate g;
    struct qp_guest *v[64];
    int fd[64], other[64];
    size_t n;
};

static size_t come(struct room *r, const char *from, bool many, int64_t now_us)
{
    struct qp_address a = address(from);
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    r->fd[r->n] = pair[0];
    r->other[r->n] = pair[1];
    r->v[r->n] = qp_gate_enter(&r->g, pair[0], &a, many, now_us);
    assert_non_null(r->v[r->n]);
    return r->n++;
}

static void empty(struct room *r)
{
    for (size_t i = 0; i < r->n; i++) {
        qp_gate_leave(&r->g, r->v[i]);
        close(r->fd[i]);
        close(r->other[i]);
    }
    qp_gate_close(&r->g);
}

static void a_head_has_ten_seconds_however_its_bytes_come(void **state)
{
    struct room r = {.n = 0};
    char said[256] = "";
    (void)state;
    qp_gate_open(&r.g, 32);
    size_t slow = come(&r, "198.51.100.7", false, 0), quick = come(&r, "198.51.100.7", false, 0);
    qp_gate_phase(&r.g, r.v[quick], QP_GUEST_BODY, SECOND_US);
    qp_gate_sweep(&r.g, 9 * SECOND_US);
    assert_false(is_shut(r.other[slow]));
    qp_gate_sweep(&r.g, 11 * SECOND_US);
    assert_true(recv(r.other[slow], said, sizeof said - 1, MSG_DONTWAIT) > 0);
    assert_non_null(strstr(said, "408")); /* and it is told why */
    assert_true(is_shut(r.other[slow]));
    assert_false(is_shut(r.other[quick]));
    qp_gate_phase(&r.g, r.v[quick], QP_GUEST_ANSWER, 11 * SECOND_US);
    qp_gate_sweep(&r.g, 100 * SECOND_US);
    assert_false(is_shut(r.other[quick]));
    qp_gate_sweep(&r.g, 132 * SECOND_US); /* who reads his answer too slowly */
    assert_true(is_shut(r.other[quick]));
    assert_int_equal(atomic_load(&r.g.late), 2);
    empty(&r);
}

static void a_large_body_has_three_minutes(void **state)
{
    struct room r = {.n = 0};
    (void)state;
    qp_gate_open(&r.g, 32);
    size_t photo = come(&r, "198.51.100.7", false, 0);
    qp_gate_phase(&r.g, r.v[photo], QP_GUEST_LARGE, 0);
    qp_gate_sweep(&r.g, 184 * SECOND_US);
    assert_false(is_shut(r.other[photo]));
    qp_gate_sweep(&r.g, 186 * SECOND_US);
    assert_true(is_shut(r.other[photo]));
    empty(&r);
}

static void half_open_connections_give_way_and_who_works_stays(void **state)
{
    struct room r = {.n = 0};
    int64_t now_us = 0;
    (void)state;
    qp_gate_open(&r.g, 32);
    size_t stream = come(&r, "127.0.0.1", true, now_us);
    qp_gate_phase(&r.g, r.v[stream], QP_GUEST_STREAM, now_us);
    for (int i = 0; i < 50; i++)
        come(&r, "127.0.0.1", true, now_us += SECOND_US / 10);
    size_t honest = come(&r, "127.0.0.1", true, now_us);
    assert_false(is_shut(r.other[honest]));
    assert_false(is_shut(r.other[stream]));
    assert_true(is_shut(r.other[1])); /* the oldest */
    assert_true(r.g.n - r.g.nshut <= 24);
    empty(&r);
}

static void the_address_with_the_most_connections_gives_way_first(void **state)
{
    struct room r = {.n = 0};
    (void)state;
    qp_gate_open(&r.g, 32);
    size_t first = come(&r, "203.0.113.1", true, 0); /* the oldest of all */
    for (int i = 0; i < 40; i++)
        come(&r, "127.0.0.1", true, SECOND_US);
    assert_false(is_shut(r.other[first]));
    empty(&r);
}

static void an_address_has_a_quarter_of_the_places_and_a_proxy_more(void **state)
{
    struct room r = {.n = 0};
    size_t open = 0;
    (void)state;
    qp_gate_open(&r.g, 32);
    for (int i = 0; i < 20; i++) {
        size_t k = come(&r, "198.51.100.7", false, i);
        qp_gate_phase(&r.g, r.v[k], QP_GUEST_STREAM, i);
    }
    for (size_t i = 0; i < r.n; i++)
        open += !is_shut(r.other[i]);
    assert_int_equal(open, 8);
    for (int i = 0; i < 12; i++)
        come(&r, "127.0.0.1", true, i);
    assert_false(is_shut(r.other[r.n - 1]));
    empty(&r);
}

/* ---- guesses ---- */

static int try_once(struct qp_guesses *g, const char *name, bool exists, const char *from, int64_t now_us,
                    bool right, enum qp_guess_lane *lane)
{
    struct qp_guess t = {name, exists, address(from)};
    enum qp_guess_lane in;
    unsigned retry_s = 0;
    struct qp_err e;
    int rc = qp_guess_begin(g, &t, now_us, &in, &retry_s, &e);
    if (lane)
        *lane = in;
    if (rc)
        assert_true(rc == QP_EBUSY && retry_s >= 1 && strstr(e.text, "try again in"));
    else
        qp_guess_done(g, &t, true, right, now_us);
    return rc;
}

static void after_five_failures_each_takes_longer(void **state)
{
    struct qp_guesses g;
    int64_t now_us = SECOND_US;
    (void)state;
    qp_guesses_open(&g);
    for (int i = 0; i < 5; i++)
        assert_int_equal(try_once(&g, "li", true, "198.51.100.7", now_us, false, NULL), 0);
    assert_int_equal(try_once(&g, "li", true, "198.51.100.7", now_us, true, NULL), QP_EBUSY);
    now_us += SECOND_US;
    assert_int_equal(try_once(&g, "li", true, "198.51.100.7", now_us, false, NULL), 0);
    assert_int_equal(try_once(&g, "li", true, "198.51.100.7", now_us + SECOND_US, true, NULL), QP_EBUSY);
    now_us += 2 * SECOND_US;
    assert_int_equal(try_once(&g, "li", true, "198.51.100.7", now_us, true, NULL),
                     0); /* right: all is forgotten */
    enum qp_guess_lane lane;
    assert_int_equal(try_once(&g, "li", true, "198.51.100.7", now_us, false, &lane), 0);
    assert_int_equal(lane, QP_GUESS_CLEAN);
    assert_int_equal(try_once(&g, "li", true, "198.51.100.7", now_us, false, &lane), 0);
    assert_int_equal(lane,
                     QP_GUESS_AGAIN); /* who shares the address may be the guesser: first tries go first */
    qp_guesses_close(&g);
}

static void the_owner_comes_in_from_elsewhere_while_he_is_guessed_at(void **state)
{
    struct qp_guesses g;
    (void)state;
    qp_guesses_open(&g);
    for (int i = 0; i < 1000; i++)
        try_once(&g, "li", true, "198.51.100.7", SECOND_US + i, false, NULL);
    assert_int_equal(try_once(&g, "li", true, "203.0.113.9", SECOND_US, true, NULL), 0);
    qp_guesses_close(&g);
}

static void who_shares_the_guessers_address_comes_in(void **state)
{
    struct qp_guesses g;
    char name[32];
    int hashed = 0;
    (void)state;
    qp_guesses_open(&g);
    for (int i = 0; i < 10000; i++) {
        snprintf(name, sizeof name, "invented-%d", i);
        hashed += !try_once(&g, name, false, "127.0.0.1", SECOND_US, false, NULL);
    }
    assert_int_equal(hashed, 30);
    enum qp_guess_lane lane;
    for (int i = 0; i < 35; i++) {
        snprintf(name, sizeof name, "worker-%d", i);
        assert_int_equal(try_once(&g, name, true, "127.0.0.1", SECOND_US, true, &lane), 0);
        assert_int_equal(lane, QP_GUESS_CLEAN);
    }
    qp_guesses_close(&g);
}

static void one_name_from_many_addresses_is_slowed_but_not_where_it_is_known(void **state)
{
    struct qp_guesses g;
    char from[32];
    int hashed = 0;
    (void)state;
    qp_guesses_open(&g);
    assert_int_equal(try_once(&g, "li", true, "203.0.113.9", SECOND_US, true, NULL), 0);
    for (int i = 0; i < 1000; i++) {
        snprintf(from, sizeof from, "10.0.%d.%d", i / 250, i % 250);
        hashed += !try_once(&g, "li", true, from, SECOND_US, false, NULL);
    }
    assert_int_equal(hashed, 50);
    assert_int_equal(try_once(&g, "li", true, "203.0.113.9", SECOND_US, true, NULL), 0);
    assert_int_equal(try_once(&g, "wang", true, "10.0.0.1", SECOND_US, true, NULL), 0);
    qp_guesses_close(&g);
}

/* ---- sessions ---- */

static const uint8_t KEY[QP_SEED_LEN] = {1, 2, 3};

struct list {
    char dir[64], path[96];
    struct qp_logins s;
};

static void list_open(struct list *l, const uint8_t *key)
{
    struct qp_err e = {0};
    if (!*l->dir) {
        strcpy(l->dir, "/tmp/qp-doors-XXXXXX");
        assert_non_null(mkdtemp(l->dir));
        snprintf(l->path, sizeof l->path, "%s/sessions", l->dir);
    }
    if (qp_logins_open(&l->s, key, l->path, SECOND_US, &e))
        fail_msg("%s", e.text);
}

static void list_remove(struct list *l)
{
    qp_logins_close(&l->s);
    unlink(l->path);
    assert_int_equal(rmdir(l->dir), 0);
}

static int reads(struct list *l, const char *text, int64_t now_us)
{
    struct qp_login out;
    return qp_login_read(&l->s, QP_LOGIN_COOKIE, text, now_us, &out, NULL);
}

static void a_session_says_who_and_cannot_be_altered(void **state)
{
    struct list l = {.dir = ""};
    struct qp_login li = {.kind = QP_LOGIN_COOKIE, .user = "li", .stamp = {7}}, out;
    char text[QP_LOGIN_TEXT], altered[QP_LOGIN_TEXT];
    (void)state;
    list_open(&l, KEY);
    qp_login_print(&l.s, &li, SECOND_US, text);
    assert_int_equal(qp_login_read(&l.s, QP_LOGIN_COOKIE, text, 2 * SECOND_US, &out, NULL), 0);
    assert_string_equal(out.user, "li");
    assert_int_equal(out.stamp[0], 7);
    assert_int_equal(qp_login_read(&l.s, QP_LOGIN_LINK, text, 2 * SECOND_US, &out, NULL), QP_EAUTH);
    for (size_t i = 0; i < strlen(text); i++) {
        strcpy(altered, text);
        altered[i] = altered[i] == 'A' ? 'B' : 'A';
        assert_int_equal(reads(&l, altered, 2 * SECOND_US), QP_EAUTH);
        strcpy(altered, text);
        altered[i] = '\0';
        assert_int_equal(reads(&l, altered, 2 * SECOND_US), QP_EAUTH);
    }
    assert_int_equal(reads(&l, text, (int64_t)QP_SESSION_S * SECOND_US), 0);
    assert_int_equal(reads(&l, text, (int64_t)(QP_SESSION_S + 1) * SECOND_US), QP_EAUTH);
    qp_logins_close(&l.s);
    list_open(&l, (const uint8_t[QP_SEED_LEN]){9}); /* another node's key */
    assert_int_equal(reads(&l, text, 2 * SECOND_US), QP_EAUTH);
    list_remove(&l);
}

static void what_was_ended_stays_ended_over_a_restart_and_a_torn_line(void **state)
{
    struct list l = {.dir = ""};
    struct qp_login a = {.kind = QP_LOGIN_COOKIE, .user = "li"}, b = a, out;
    char one[QP_LOGIN_TEXT], two[QP_LOGIN_TEXT];
    (void)state;
    list_open(&l, KEY);
    qp_login_print(&l.s, &a, SECOND_US, one);
    qp_login_print(&l.s, &b, SECOND_US, two);
    assert_int_equal(qp_login_read(&l.s, QP_LOGIN_COOKIE, one, SECOND_US, &out, NULL), 0);
    assert_int_equal(qp_login_end(&l.s, &out, SECOND_US, NULL), 0);
    assert_int_equal(qp_login_end(&l.s, &out, SECOND_US, NULL), QP_EEXISTS); /* of two, one */
    qp_logins_close(&l.s);
    FILE *f = fopen(l.path, "a");
    assert_non_null(f);
    fputs("123456 0 ab", f);
    fclose(f);
    list_open(&l, KEY);
    assert_int_equal(reads(&l, one, SECOND_US), QP_EAUTH);
    assert_int_equal(reads(&l, two, SECOND_US), 0);
    list_remove(&l);
}

static void who_ends_very_many_sessions_ends_his_own_only(void **state)
{
    struct list l = {.dir = ""};
    char first[QP_LOGIN_TEXT], text[QP_LOGIN_TEXT], other[QP_LOGIN_TEXT], later[QP_LOGIN_TEXT];
    struct qp_login wang = {.kind = QP_LOGIN_COOKIE, .user = "wang"};
    struct qp_login li = {.kind = QP_LOGIN_COOKIE, .user = "li"};
    (void)state;
    list_open(&l, KEY);
    qp_login_print(&l.s, &wang, SECOND_US, other);
    for (int i = 0; i < 500; i++) {
        qp_login_print(&l.s, &li, SECOND_US + i, i ? text : first);
        assert_int_equal(qp_login_end(&l.s, &li, SECOND_US + i, NULL), 0);
    }
    assert_true(l.s.n <= QP_ENDED_EACH + 1);
    qp_logins_close(&l.s);
    list_open(&l, KEY);
    assert_int_equal(reads(&l, first, 2 * SECOND_US), QP_EAUTH);
    assert_int_equal(reads(&l, text, 2 * SECOND_US), QP_EAUTH);
    assert_int_equal(reads(&l, other, 2 * SECOND_US), 0);
    qp_login_print(&l.s, &li, 2 * SECOND_US, later);
    assert_int_equal(reads(&l, later, 2 * SECOND_US), 0);
    list_remove(&l);
}

static void all_of_an_account_end_at_once_and_after_a_restart_and_no_other_ones(void **state)
{
    struct list l = {.dir = ""};
    char one[QP_LOGIN_TEXT], two[QP_LOGIN_TEXT], other[QP_LOGIN_TEXT], own[QP_LOGIN_TEXT],
        ended[QP_LOGIN_TEXT], ahead[QP_LOGIN_TEXT];
    struct qp_login over;
    struct qp_login wang = {.kind = QP_LOGIN_COOKIE, .user = "wang"},
                    li = {.kind = QP_LOGIN_COOKIE, .user = "li"};
    (void)state;
    list_open(&l, KEY);
    qp_login_print(&l.s, &wang, SECOND_US, other);
    qp_login_print(&l.s, &li, SECOND_US, one);
    qp_login_print(&l.s, &li, 2 * SECOND_US, two);
    qp_login_print(&l.s, &wang, SECOND_US + 1, ended);
    assert_int_equal(qp_login_read(&l.s, QP_LOGIN_COOKIE, ended, 2 * SECOND_US, &over, NULL), 0);
    assert_int_equal(qp_login_end(&l.s, &over, 2 * SECOND_US, NULL), 0);
    int64_t set_back =
        (int64_t)QP_SESSION_S * 2 * SECOND_US; /* one of li's was issued by a clock that was that far ahead */
    qp_login_print(&l.s, &li, set_back, ahead);
    assert_int_equal(qp_logins_end(&l.s, &li, set_back, 2 * SECOND_US, NULL), 0);
    qp_login_print(&l.s, &li, set_back + 1, own); /* of him who asked */
    for (int i = 0; i < 2; i++) {
        assert_int_equal(reads(&l, one, 3 * SECOND_US), QP_EAUTH);
        assert_int_equal(reads(&l, two, 3 * SECOND_US), QP_EAUTH);
        assert_int_equal(reads(&l, own, 3 * SECOND_US), 0);
        assert_int_equal(reads(&l, other, 3 * SECOND_US), 0);
        assert_int_equal(reads(&l, ahead, 3 * SECOND_US), QP_EAUTH);
        assert_int_equal(reads(&l, ended, 3 * SECOND_US), QP_EAUTH); /* what others have ended stays so */
        qp_logins_close(&l.s);
        list_open(&l, KEY);
    }
    list_remove(&l);
}

/* Each of its own account, the last used first; where there is no room the one that was used the longest ago goes. */
static void the_sessions_that_were_used_are_told_to_their_account_alone(void **state)
{
    static struct qp_seen s;
    static struct qp_seen_session v[QP_SEEN_MOST];
    struct qp_login li = {.kind = QP_LOGIN_COOKIE, .user = "li"},
                    wang = {.kind = QP_LOGIN_COOKIE, .user = "wang"}, out;
    (void)state;
    qp_seen_open(&s);
    qp_seen_note(&s, &wang, "w", 1);
    for (uint8_t i = 1; i <= QP_SEEN_WAYS; i++) { /* of one set, in which wang has a place */
        li.id[1] = i;
        qp_seen_note(&s, &li,
                     i == 2 ? NULL
                            : "A\x7f\x01"
                              "b",
                     10 + i);
    }
    li.id[1] = 1;
    qp_seen_note(&s, &li, "again", 50);
    assert_int_equal(qp_seen_list(&s, &wang, v, QP_SEEN_MOST), 0); /* it was used the longest ago */
    assert_int_equal(qp_seen_list(&s, &li, v, QP_SEEN_MOST), QP_SEEN_WAYS);
    assert_int_equal(v[0].used_us, 50);
    assert_string_equal(v[0].agent, "again");
    assert_int_equal(v[1].used_us, 10 + QP_SEEN_WAYS);
    assert_string_equal(v[1].agent, "Ab");
    assert_string_equal(v[QP_SEEN_WAYS - 1].agent, "");
    assert_int_equal(qp_seen_list(&s, &li, v, 2), 2);
    assert_true(qp_seen_find(&s, &li, li.id, &out));
    assert_string_equal(out.user, "li");
    assert_false(qp_seen_find(&s, &wang, li.id, &out)); /* it is not his */
    qp_seen_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_of_an_account_end_at_once_and_after_a_restart_and_no_other_ones),
        cmocka_unit_test(the_sessions_that_were_used_are_told_to_their_account_alone),
        cmocka_unit_test(a_forwarded_address_is_believed_of_a_known_proxy_only),
        cmocka_unit_test(a_network_is_as_wide_as_its_bits_say),
        cmocka_unit_test(a_head_has_ten_seconds_however_its_bytes_come),
        cmocka_unit_test(a_large_body_has_three_minutes),
        cmocka_unit_test(half_open_connections_give_way_and_who_works_stays),
        cmocka_unit_test(the_address_with_the_most_connections_gives_way_first),
        cmocka_unit_test(an_address_has_a_quarter_of_the_places_and_a_proxy_more),
        cmocka_unit_test(after_five_failures_each_takes_longer),
        cmocka_unit_test(the_owner_comes_in_from_elsewhere_while_he_is_guessed_at),
        cmocka_unit_test(who_shares_the_guessers_address_comes_in),
        cmocka_unit_test(one_name_from_many_addresses_is_slowed_but_not_where_it_is_known),
        cmocka_unit_test(a_session_says_who_and_cannot_be_altered),
        cmocka_unit_test(what_was_ended_stays_ended_over_a_restart_and_a_torn_line),
        cmocka_unit_test(who_ends_very_many_sessions_ends_his_own_only),
    };
    assert_int_equal(qp_crypto_init(NULL), 0);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
