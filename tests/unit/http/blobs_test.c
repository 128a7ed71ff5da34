/* blobs_test.c: files over the API (VA3): what is taken in and what is refused, and that a file is shown for what it is and to
 * whom a matter names it. */
#include "tests/unit/http/matter.h"

#include <stdio.h>
#include <unistd.h>

#include "crypto/crypto.h"
#include "node/http/wire/inside.h"

static const char PERMIT[] = "a permit, as it is";

static void hash_text(char out[65], const char *text)
{
    struct qp_hash h;
    qp_hash(&h, text, strlen(text));
    qp_hex(out, h.b, QP_HASH_LEN);
}

static struct answer *send_file(struct rig *r, const char *bytes, const char *type, const char *token)
{
    char header[100];
    snprintf(header, sizeof header, "Content-Type: %s\r\n", type);
    return ask(r, "POST", "/api/v1/blobs", bytes, token, header);
}

static struct answer *get_file(struct rig *r, const char *hash, const char *token)
{
    char path[120];
    snprintf(path, sizeof path, "/api/v1/blobs/%s", hash);
    return ask(r, "GET", path, NULL, token, NULL);
}

static void a_paper_is_kept_attached_and_saved(void **state)
{
    struct rig *r = *state;
    char hash[65], more[220];
    hash_text(hash, PERMIT);
    struct answer *a = send_file(r, PERMIT, "application/pdf", r->token);
    assert_int_equal(a->status, 201);
    assert_string_equal(text_at(a, "hash"), hash);
    assert_int_equal(int_at(a, "bytes"), strlen(PERMIT));
    answer_free(a);
    refused(get_file(r, hash, r->token), 404, "not_found", NULL); /* nobody names it yet */
    snprintf(more, sizeof more, ",\"attachments\":[\"%s\",\"%s\"]", hash, hash);
    a = report(r, more, NULL);
    assert_int_equal(a->status, 201);
    assert_int_equal(json_array_size(at(a, "attachments")), 1); /* once is enough */
    assert_string_equal(text_at(a, "attachments.0.hash"), hash);
    assert_string_equal(text_at(a, "attachments.0.type"), "application/pdf");
    assert_string_equal(text_at(a, "attachments.0.node"), "suzhou");
    assert_true(json_is_true(at(a, "attachments.0.here")));
    answer_free(a);
    a = get_file(r, hash, r->token);
    assert_int_equal(a->status, 200);
    assert_int_equal(a->len, strlen(PERMIT));
    assert_memory_equal(a->body, PERMIT, a->len);
    assert_non_null(strstr(a->head, "Content-Disposition: attachment; filename="));
    assert_non_null(strstr(a->head, "X-Content-Type-Options: nosniff"));
    assert_non_null(strstr(a->head, "default-src 'none'; sandbox"));
    answer_free(a);
}

static void a_page_of_a_stranger_is_never_shown_as_one(void **state)
{
    struct rig *r = *state;
    static const char PAGE[] = "<script>alert(1)</script>";
    char hash[65], more[220];
    hash_text(hash, PAGE);
    answer_free(send_file(r, PAGE, "text/html", r->token));
    snprintf(more, sizeof more, ",\"attachments\":[\"%s\"]", hash);
    answer_free(report(r, more, NULL));
    struct answer *a = get_file(r, hash, r->token);
    assert_int_equal(a->status, 200);
    assert_non_null(strstr(a->head, "Content-Type: application/octet-stream"));
    assert_non_null(strstr(a->head, "Content-Disposition: attachment"));
    answer_free(a);
}

static void what_is_no_file_or_no_image_is_refused(void **state)
{
    struct rig *r = *state;
    refused(send_file(r, "MZ nothing to see", "image/png", r->token), 422, "refused", NULL);
    refused(send_file(r, "\xff\xd8\xff\xe0 cut off", "application/pdf", r->token), 422, "refused", NULL);
    refused(send_file(r, "x", "multipart/form-data; boundary=b", r->token), 415, "media_type", NULL);
    refused(ask(r, "POST", "/api/v1/blobs?personal=true", "x", r->token, NULL), 422, "refused", "personal");
    refused(ask(r, "POST", "/api/v1/blobs?colour=1", "x", r->token, NULL), 400, "malformed", "colour");
    refused(ask(r, "POST", "/api/v1/blobs", NULL, r->token, NULL), 400, "malformed", NULL);
    refused(ask(r, "GET", "/api/v1/blobs/xyz", NULL, r->token, NULL), 404, "not_found", NULL);
}

static void an_attachment_that_cannot_be_is_refused(void **state)
{
    struct rig *r = *state;
    char hash[65], more[100 + 17 * 70] = ",\"attachments\":[";
    refused(report(r, ",\"attachments\":\"x\"", NULL), 400, "malformed", "attachments");
    refused(report(r, ",\"attachments\":[7]", NULL), 400, "malformed", "attachments");
    refused(report(r, ",\"attachments\":[\"ABC\"]", NULL), 400, "malformed", "attachments");
    hash_text(hash, "never sent");
    for (int i = 0; i < 17; i++)
        snprintf(more + strlen(more), sizeof more - strlen(more), "%s\"%s\"", i ? "," : "", hash);
    strcat(more, "]");
    refused(report(r, more, NULL), 422, "refused", "attachments");
    snprintf(more, sizeof more, ",\"attachments\":[\"%s\"]", hash);
    refused(report(r, more, NULL), 422, "refused", "attachments");
}

/* Seventeen papers on one matter, one with each note. */
static void a_matter_has_so_many_files_and_no_more(void **state)
{
    struct rig *r = *state;
    struct answer *a = report(r, "", NULL);
    char id[32], path[100], body[200], text[32], hash[65];
    snprintf(id, sizeof id, "%s", text_at(a, "id"));
    answer_free(a);
    snprintf(path, sizeof path, "/api/v1/matters/%s/progress", id);
    for (int i = 0; i <= QP_ATTACHMENTS; i++) {
        snprintf(text, sizeof text, "paper %d", i);
        hash_text(hash, text);
        answer_free(send_file(r, text, "text/plain", r->token));
        snprintf(body, sizeof body, "{\"note\":\"n\",\"attachments\":[\"%s\"]}", hash);
        a = ask(r, "POST", path, body, r->token, NULL);
        if (i == QP_ATTACHMENTS) {
            refused(a, 422, "refused", "attachments");
            break;
        }
        assert_int_equal(a->status, 200);
        assert_int_equal(json_array_size(at(a, "attachments")), i + 1);
        answer_free(a);
    }
    snprintf(path, sizeof path, "/api/v1/matters/%s", id);
    a = ask(r, "GET", path, NULL, r->token, NULL);
    assert_string_equal(text_at(a, "history.1.attachments.0.type"), "text/plain");
    answer_free(a);
    snprintf(path, sizeof path, "/api/v1/matters/%s/comment", id);
    refused(ask(r, "POST", path, "{\"text\":\"t\",\"attachments\":[]}", r->token, NULL), 400, "malformed",
            "attachments");
}

static void who_may_not_read_gets_no_file(void **state)
{
    struct rig *r = *state;
    char hash[65], more[220], wall[64], desk[64];
    rig_token(r, "wall", "\"count\"", wall);
    rig_token(r, "eyes", "\"read\"", desk);
    hash_text(hash, PERMIT);
    answer_free(send_file(r, PERMIT, "application/pdf", r->token));
    snprintf(more, sizeof more, ",\"attachments\":[\"%s\"]", hash);
    answer_free(report(r, more, NULL));
    refused(get_file(r, hash, wall), 403, "denied", NULL);
    refused(get_file(r, hash, NULL), 401, "unauthenticated", NULL);
    refused(send_file(r, "x", "text/plain", desk), 403, "denied", NULL);
    struct answer *a = get_file(r, hash, desk);
    assert_int_equal(a->status, 200);
    answer_free(a);
}

/* The gate shuts who still sends a body after 35 seconds; a file has three minutes. */
static void a_photo_may_come_slowly(void **state)
{
    struct rig *r = *state;
    char head[400], out[4096];
    int fd = dial(r);
    snprintf(head, sizeof head,
             "POST /api/v1/blobs HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer %s\r\n"
             "Content-Type: text/plain\r\nContent-Length: 10\r\n\r\n12345",
             r->token);
    say(fd, head);
    usleep(300000); /* its head is through */
    pthread_mutex_lock(&r->http->gate.lock);
    for (struct qp_guest *g = r->http->gate.guests; g; g = g->next)
        g->since_us -= INT64_C(60000000); /* as if a minute had gone */
    pthread_mutex_unlock(&r->http->gate.lock);
    usleep(1500000); /* the porter looks twice a second */
    say(fd, "67890");
    hear(fd, out, sizeof out, "\"hash\"");
    assert_memory_equal(out, "HTTP/1.1 201", 12);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_paper_is_kept_attached_and_saved),
        cmocka_unit_test(a_page_of_a_stranger_is_never_shown_as_one),
        cmocka_unit_test(what_is_no_file_or_no_image_is_refused),
        cmocka_unit_test(an_attachment_that_cannot_be_is_refused),
        cmocka_unit_test(a_matter_has_so_many_files_and_no_more),
        cmocka_unit_test(who_may_not_read_gets_no_file),
        cmocka_unit_test(a_photo_may_come_slowly),
    };
    return cmocka_run_group_tests(tests, rig_up, rig_down);
}
