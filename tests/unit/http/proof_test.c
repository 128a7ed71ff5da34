/* proof_test.c: a proof from a running node is believed with the root's fingerprint alone, and with any bit
 * of it changed it is not. */
#include "tests/unit/http/rig.h"

#include <stdio.h>

#include "proto/proof.pb-c.h"
#include "topology/proof_form.h"

static struct qp_arena *arena(void)
{
    struct qp_arena *a = qp_arena_new(QP_PROOF_ARENA);
    assert_non_null(a);
    return a;
}

static int verify(const void *bytes, size_t len, const struct qp_hash *root)
{
    struct qp_arena *a = arena();
    struct qp_proof p;
    struct qp_err e = {0};
    int rc = qp_proof_verify(&p, bytes, len, root, a, &e);
    assert_true(!rc || e.text[0]);
    qp_arena_free(a);
    return rc;
}

/* A matter with a few steps, sealed together with events of others, and its proof. */
static struct answer *proof(struct rig *r)
{
    char path[128], lines[2048];
    struct answer *a = ask(r, "POST", "/api/v1/matters",
                           "{\"category\":\"c\",\"title\":\"t\",\"source\":\"s\"}", r->token, NULL);
    char id[27];
    snprintf(id, sizeof id, "%s", text_at(a, "id"));
    answer_free(a);
    snprintf(lines, sizeof lines,
             "{\"category\":\"other\",\"title\":\"t\",\"source\":\"s\"}\n{\"id\":\"%s\",\"step\":"
             "\"progress\",\"note\":\"one\"}\n"
             "{\"category\":\"other\",\"title\":\"t\",\"source\":\"s\"}\n{\"id\":\"%s\",\"step\":\"handle\","
             "\"result\":\"done\"}\n"
             "{\"category\":\"other\",\"title\":\"t\",\"source\":\"s\"}\n",
             id, id);
    answer_free(ask(r, "POST", "/api/v1/matters:batch", lines, r->token, NULL));
    snprintf(path, sizeof path, "/api/v1/matters/%s/proof", id);
    a = ask(r, "GET", path, NULL, r->token, NULL);
    assert_int_equal(a->status, 200);
    return a;
}

static void a_proof_shows_the_events_in_order(void **state)
{
    struct rig *r = *state;
    struct answer *a = proof(r);
    struct qp_arena *mem = arena();
    struct qp_proof p;
    struct qp_err e;
    if (qp_proof_verify(&p, a->body, a->len, &r->root, mem, &e))
        fail_msg("%s", e.text);
    assert_int_equal(p.n, 3);
    assert_int_equal(p.events[0].event->body_case, QP__EVENT__BODY_OPENED);
    assert_int_equal(p.events[1].event->body_case, QP__EVENT__BODY_PROGRESSED);
    assert_int_equal(p.events[2].event->body_case, QP__EVENT__BODY_HANDLED);
    assert_string_equal(p.events[2].signer->path, "suzhou");
    assert_null(strstr(a->body + strlen(QP_PROOF_MAGIC), "other")); /* nothing of other matters */
    qp_arena_free(mem);
    answer_free(a);
}

static void every_changed_bit_is_refused(void **state)
{
    struct rig *r = *state;
    struct answer *a = proof(r);
    for (size_t i = 0; i < a->len; i++) {
        for (int bit = 0; bit < 8; bit++) {
            a->body[i] ^= (char)(1 << bit);
            if (!verify(a->body, a->len, &r->root))
                fail_msg("byte %zu of %zu, bit %d: nobody noticed", i, a->len, bit);
            a->body[i] ^= (char)(1 << bit);
        }
    }
    assert_int_equal(verify(a->body, a->len, &r->root), 0);
    answer_free(a);
}

static void what_is_cut_or_appended_is_refused(void **state)
{
    struct rig *r = *state;
    struct answer *a = proof(r);
    for (size_t n = 0; n < a->len; n++)
        if (!verify(a->body, n, &r->root))
            fail_msg("%zu of %zu bytes are enough", n, a->len);
    char *longer = malloc(a->len + 8);
    memcpy(longer, a->body, a->len);
    static const char *const TAILS[] = {"\n", "\x7a\x01x", "\x0a\x00",
                                        "\x20\x01"}; /* an unknown field, a repeated one */
    for (size_t i = 0; i < sizeof TAILS / sizeof *TAILS; i++) {
        size_t n = i == 2 ? 2 : strlen(TAILS[i]);
        memcpy(longer + a->len, TAILS[i], n);
        assert_int_not_equal(verify(longer, a->len + n, &r->root), 0);
    }
    free(longer);
    answer_free(a);
}

static void another_root_is_not_believed(void **state)
{
    struct rig *r = *state;
    struct answer *a = proof(r);
    struct qp_hash other = r->root;
    other.b[0] ^= 1;
    assert_int_equal(verify(a->body, a->len, &other), QP_EUNKNOWNKEY);
    answer_free(a);
}

/* Takes the proof apart, lets `change` alter it, and packs it again in good form. */
static int changed(struct rig *r, void (*change)(Qp__Proof *p, Qp__Proof *other))
{
    struct answer *a = proof(r), *b = proof(r);
    struct qp_arena *mem = arena();
    size_t magic = strlen(QP_PROOF_MAGIC), len;
    Qp__Proof *p =
        qp__proof__unpack(qp_arena_allocator(mem), a->len - magic, (const uint8_t *)a->body + magic);
    Qp__Proof *o =
        qp__proof__unpack(qp_arena_allocator(mem), b->len - magic, (const uint8_t *)b->body + magic);
    assert_non_null(p);
    assert_non_null(o);
    change(p, o);
    const uint8_t *bytes = qp_proof_pack(p, mem, &len);
    int rc = verify(bytes, len, &r->root);
    qp_arena_free(mem);
    answer_free(a);
    answer_free(b);
    return rc;
}

static void nothing(Qp__Proof *p, Qp__Proof *o)
{
    (void)p;
    (void)o;
}
static void swap_parcels(Qp__Proof *p, Qp__Proof *o)
{
    (void)o;
    Qp__ProofParcel *first = p->parcels[0];
    p->parcels[0] = p->parcels[1];
    p->parcels[1] = first;
}
static void repeat_an_event(Qp__Proof *p, Qp__Proof *o)
{
    (void)o;
    for (size_t i = 0; i < p->n_parcels; i++) {
        if (p->parcels[i]->n_events > 1)
            p->parcels[i]->events[1] = p->parcels[i]->events[0];
    }
}
static void take_anothers_parcel(Qp__Proof *p, Qp__Proof *o)
{
    p->n_parcels = 1;
    p->parcels[0] = o->parcels[0];
}
static void take_anothers_event(Qp__Proof *p, Qp__Proof *o)
{
    p->parcels[0]->events[0]->event = o->parcels[0]->events[0]->event;
}
static void drop_the_certificate(Qp__Proof *p, Qp__Proof *o)
{
    (void)o;
    p->n_certificates = 0;
}
static void empty_a_parcel(Qp__Proof *p, Qp__Proof *o)
{
    (void)o;
    p->parcels[0]->n_events = 0;
}
static void keep_no_parcel(Qp__Proof *p, Qp__Proof *o)
{
    (void)o;
    p->n_parcels = 0;
}

static void what_is_put_together_anew_is_refused(void **state)
{
    struct rig *r = *state;
    assert_int_equal(changed(r, nothing), 0);
    assert_int_equal(changed(r, swap_parcels), QP_EINVAL);
    assert_int_equal(changed(r, repeat_an_event), QP_EINVAL);
    assert_int_equal(changed(r, take_anothers_parcel), QP_EINVAL);
    assert_int_equal(changed(r, take_anothers_event), QP_ESIG);
    assert_int_equal(changed(r, drop_the_certificate), QP_EINVAL);
    assert_int_equal(changed(r, empty_a_parcel), QP_EINVAL);
    assert_int_equal(changed(r, keep_no_parcel), QP_EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_proof_shows_the_events_in_order),
        cmocka_unit_test(every_changed_bit_is_refused),
        cmocka_unit_test(what_is_cut_or_appended_is_refused),
        cmocka_unit_test(another_root_is_not_believed),
        cmocka_unit_test(what_is_put_together_anew_is_refused),
    };
    return cmocka_run_group_tests(tests, rig_up, rig_down);
}
