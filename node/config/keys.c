/* keys.c: the settings one by one: their names, what a value must look like, what it means. */
#include "node/config/config.h"

#include "crypto/crypto.h"
#include "node/http/http.h"
#include "topology/token.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const struct qp_setting_info infos[QP_SETTING_COUNT] = {
#define X(section, name, kind, def, en, zh) {#section, #name, #section "." #name, def, en, zh, kind},
    QP_SETTINGS(X)
#undef X
};

const struct qp_setting_info *qp_setting_info(enum qp_setting s)
{
    assert((unsigned)s < QP_SETTING_COUNT);
    return &infos[s];
}

int qp_setting_find(const char *key)
{
    for (int i = 0; i < QP_SETTING_COUNT; i++)
        if (strcmp(infos[i].key, key) == 0)
            return i;
    return -1;
}

int qp_size_parse(size_t *out, const char *text, struct qp_err *e)
{
    static const char units[] = "KMGT";
    char *end;
    errno = 0;
    unsigned long long v = strtoull(text, &end, 10);
    int shift = 0;
    if (text[0] < '0' || text[0] > '9' || errno != 0)
        return qp_fail(e, QP_EINVAL, "\"%s\" is not a size; write 512M or 16G", text);
    if (*end != 0) {
        const char *u = strchr(units, *end);
        if (!u || end[1] != 0)
            return qp_fail(e, QP_EINVAL, "\"%s\" is not a size; write 512M or 16G", text);
        shift = 10 * (int)(u - units + 1);
    }
    if (v > (1ULL << 46) >> shift)
        return qp_fail(e, QP_EINVAL, "%s is too large for one map; 64T is the most", text);
    v <<= shift;
    if (v < 1024 * 1024)
        return qp_fail(e, QP_EINVAL, "%s is too small; 1M is the least", text);
    *out = (size_t)v / 4096 * 4096;
    return 0;
}

static int port_check(const char *text, const char *whole, struct qp_err *e)
{
    char *end;
    unsigned long p = strtoul(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != 0 || p > 65535)
        return qp_fail(e, QP_EINVAL, "\"%s\" has no port of 0 to 65535 at its end", whole);
    return 0;
}

static int value_check(enum qp_setting_kind kind, const char *text, struct qp_err *e)
{
    const char *colon = strrchr(text, ':');
    size_t size;
    char *end;
    switch (kind) {
    case QP_SET_DIAL:
    case QP_SET_ENDPOINT:
        if (text[0] == 0)
            return 0;
        if (strncmp(text, "tcp://", 6) != 0 || colon <= text + 6)
            return qp_fail(e, QP_EINVAL, "\"%s\" is not tcp://HOST:PORT", text);
        if (port_check(colon + 1, text, e))
            return QP_EINVAL;
        if (kind == QP_SET_DIAL && qp_endpoint_anywhere(text))
            return qp_fail(
                e, QP_EINVAL,
                "\"%s\" cannot be dialled: write the address or the name of one machine, and its port", text);
        return 0;
    case QP_SET_ADDRESS_OR_NONE:
    case QP_SET_ADDRESS:
        if (kind == QP_SET_ADDRESS_OR_NONE && text[0] == 0)
            return 0;
        if (!colon || colon == text)
            return qp_fail(e, QP_EINVAL, "\"%s\" is not HOST:PORT", text);
        return port_check(colon + 1, text, e);
    case QP_SET_COUNT:
    case QP_SET_MANY:
    case QP_SET_NODES: {
        unsigned long n = strtoul(text, &end, 10), most = kind == QP_SET_COUNT  ? 16
                                                          : kind == QP_SET_MANY ? 1000
                                                                                : 1000000;
        if (text[0] < '0' || text[0] > '9' || *end != 0 || n < 1 || n > most)
            return qp_fail(e, QP_EINVAL, "\"%s\" is not a number of 1 to %lu", text, most);
        return 0;
    }
    case QP_SET_NETS: return qp_http_proxies_check(text, e);
    case QP_SET_OPEN311: {
        enum qp_http_open311 which;
        return qp_http_open311_parse(&which, text, e);
    }
    case QP_SET_TURN:
        for (const char *at = text; *at != 0;) {
            size_t len = strcspn(at, " ");
            if (len > 0 && strncmp(at, "turn:", 5) != 0 && strncmp(at, "turns:", 6) != 0 &&
                strncmp(at, "stun:", 5) != 0)
                return qp_fail(e, QP_EINVAL,
                               "\"%.*s\" is not turn:HOST:PORT, turns:HOST:PORT or stun:HOST:PORT", (int)len,
                               at);
            at += len + strspn(at + len, " ");
        }
        return 0;
    case QP_SET_FOLDER: {
        struct stat st;
        if (text[0] != 0 && (stat(text, &st) != 0 || !S_ISDIR(st.st_mode)))
            return qp_fail(e, QP_EINVAL, "\"%s\" is no folder", text);
        return 0;
    }
    case QP_SET_PATH:
        if (text[0] != 0 && text[0] != '/')
            return qp_fail(e, QP_EINVAL, "\"%s\" must begin with /: a path from the root", text);
        return 0;
    case QP_SET_FILE: {
        struct stat st;
        if (text[0] != 0 && (stat(text, &st) != 0 || !S_ISREG(st.st_mode)))
            return qp_fail(e, QP_EINVAL, "\"%s\" is no file", text);
        return 0;
    }
    case QP_SET_KEY: {
        uint8_t key[QP_PK_LEN];
        if (text[0] != 0 && qp_unhex(key, sizeof key, text))
            return qp_fail(e, QP_EINVAL, "\"%s\" is not a key: 64 digits of lower-case hex", text);
        return 0;
    }
    case QP_SET_SIZE: return qp_size_parse(&size, text, e);
    case QP_SET_BOOL:
        if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
            return qp_fail(e, QP_EINVAL, "\"%s\" is neither true nor false", text);
        return 0;
    }
    return 0;
}

void qp_config_defaults(struct qp_config *c)
{
    memset(c, 0, sizeof *c);
    for (int i = 0; i < QP_SETTING_COUNT; i++) {
        int rc = qp_config_set(c, (enum qp_setting)i, infos[i].def, QP_FROM_DEFAULT, "", NULL);
        assert(!rc);
        (void)rc;
    }
}

int qp_config_set(struct qp_config *c, enum qp_setting s, const char *text, enum qp_setting_from from,
                  const char *where, struct qp_err *e)
{
    struct qp_err why = {0};
    assert((unsigned)s < QP_SETTING_COUNT);
    if (strlen(text) >= QP_SETTING_MAX)
        return qp_fail(e, QP_EINVAL, "%s: %s is too long", where, infos[s].key);
    if (value_check(infos[s].kind, text, &why))
        return qp_fail(e, QP_EINVAL, "%s: %s: %s", where, infos[s].key, why.text);
    snprintf(c->v[s].text, sizeof c->v[s].text, "%s", text);
    snprintf(c->v[s].where, sizeof c->v[s].where, "%s", where);
    c->v[s].from = from;
    return 0;
}

const char *qp_config_text(const struct qp_config *c, enum qp_setting s)
{
    assert((unsigned)s < QP_SETTING_COUNT);
    return c->v[s].text;
}

size_t qp_config_size(const struct qp_config *c, enum qp_setting s)
{
    size_t v = 0;
    assert(infos[s].kind == QP_SET_SIZE || infos[s].kind == QP_SET_COUNT || infos[s].kind == QP_SET_MANY ||
           infos[s].kind == QP_SET_NODES);
    if (infos[s].kind != QP_SET_SIZE)
        return strtoul(c->v[s].text, NULL, 10);
    int rc = qp_size_parse(&v, c->v[s].text, NULL);
    assert(!rc);
    (void)rc;
    return v;
}

bool qp_config_bool(const struct qp_config *c, enum qp_setting s)
{
    assert(infos[s].kind == QP_SET_BOOL);
    return strcmp(c->v[s].text, "true") == 0;
}

void qp_config_acceptance(const struct qp_config *c, struct qp_acceptance *p)
{
    bool stated = c->v[QP_SETTING_link_child_nodes].from != QP_FROM_DEFAULT;
    p->level_nodes = (uint32_t)qp_config_size(c, QP_SETTING_link_child_nodes);
    p->child_nodes = stated ? p->level_nodes : 0;
    p->accept_escalate = qp_config_bool(c, QP_SETTING_policy_accept_escalate);
    p->accept_return = qp_config_bool(c, QP_SETTING_policy_accept_return);
    p->accept_dispatch = qp_config_bool(c, QP_SETTING_policy_accept_dispatch);
    p->accept_transfer = qp_config_bool(c, QP_SETTING_policy_accept_transfer);
}

void qp_config_print(const struct qp_config *c, bool all, FILE *out)
{
    const char *open = NULL;
    for (int i = 0; i < QP_SETTING_COUNT; i++) {
        bool bare = infos[i].kind == QP_SET_COUNT || infos[i].kind == QP_SET_MANY ||
                    infos[i].kind == QP_SET_NODES || infos[i].kind == QP_SET_BOOL;
        if (!all && c->v[i].from == QP_FROM_DEFAULT)
            continue;
        if (!open || strcmp(open, infos[i].section) != 0)
            fprintf(out, "%s%s {\n", open ? "}\n" : "", infos[i].section);
        open = infos[i].section;
        fprintf(out, bare ? "    %s = %s\n" : "    %s = \"%s\"\n", infos[i].name, c->v[i].text);
    }
    if (open)
        fputs("}\n", out);
}
