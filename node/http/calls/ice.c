/* ice.c: GET /api/v1/lines/{id}/ice: by which servers two browsers on a line find each other, with a password for a while:
 * what coturn calls its REST interface (use-auth-secret): the name is the second at which it ends, a colon, and who asks;
 * the password is base64(HMAC-SHA1(secret, name)). The servers are this node's own (settings line.turn_urls,
 * line.turn_secret), so that two levels without a common network meet from relay to relay. */
#include <stdio.h>
#include <string.h>

#include "node/http/calls/calls.h"
#include "node/http/calls/lines.h"
#include "node/http/shape/refused.h"

enum { TTL_S = 3600, BASE64 = 4 * ((QP_SHA1_LEN + 2) / 3) + 1 };

static bool is_on_it(struct qp_call *c, const uint8_t *line)
{
    struct qp_read r;
    struct qp_line_view v;
    Qp__LineRow *row;
    bool may = false;
    if (!qp_call_arena(c) || qp_read_begin(c->h->store, &r, NULL))
        return false;
    may = !qp_line_view_begin(&v, c->h, &r, &c->auth, qp_call_arena(c)) && !qp_line_get(&v.db, line, &row) &&
          qp_line_view_may(&v, row);
    qp_read_end(&r);
    return may;
}

static void put_server(struct qp_json *j, struct qp_call *c, int64_t until_s)
{
    char name[QP_BY_BYTES + 32], password[BASE64];
    uint8_t mac[QP_SHA1_LEN];
    int n = snprintf(name, sizeof name, "%lld:%s", (long long)until_s, c->auth.by);
    bool ok = qp_hmac_sha1(mac, name, (size_t)n, c->h->turn_secret, strlen(c->h->turn_secret));
    qp_b64_padded(password, sizeof password, mac, sizeof mac); /* as TURN servers compare it */
    qp_json_object(j);
    qp_json_key(j, "urls");
    qp_json_array(j);
    for (const char *at = c->h->turn_urls; *at;) {
        char url[QP_URI_MOST];
        size_t len = strcspn(at, " ,");
        snprintf(url, sizeof url, "%.*s", (int)len, at);
        if (len)
            qp_json_text(j, url);
        at += len + strspn(at + len, " ,");
    }
    qp_json_array_end(j);
    qp_json_put(j, "username", ok ? name : NULL);
    qp_json_put(j, "credential", ok ? password : NULL);
    qp_json_object_end(j);
    qp_wipe(password, sizeof password);
}

enum MHD_Result qp_line_ice_get(struct qp_call *c)
{
    struct qp_json j = {0};
    uint8_t line[QP_ID_LEN];
    if (!qp_line_id_of(c, line) || !is_on_it(c, line))
        return qp_line_absent(c);
    int64_t until_s = qp_wall_us() / 1000000 + TTL_S;
    bool any = c->h->turn_urls[0] && c->h->turn_secret[0];
    qp_json_object(&j);
    qp_json_put_int(&j, "ttl", any ? TTL_S : 0);
    qp_json_put_time(&j, "expires_at", any ? until_s * 1000000 : 0);
    qp_json_key(&j, "ice_servers");
    qp_json_array(&j);
    if (any)
        put_server(&j, c, until_s);
    qp_json_array_end(&j);
    qp_json_put(
        &j, "hint",
        any ? NULL
            : "this node has no TURN server: calls reach only who shares a network with the caller; set "
              "line.turn_urls and line.turn_secret (README of node/line)");
    qp_json_object_end(&j);
    return qp_answer_json(c, 200, &j);
}
