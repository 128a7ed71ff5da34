/* rights.c: see rights.h. Called by node/http for each call, and by node/cli for help. */
#include "node/core/rights.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static const struct qp_named_bit RIGHTS[] = {
#define X(NAME, name, bit, roles, zh, en) {QP_RIGHT_##NAME, name, zh, en},
    QP_RIGHTS(X)
#undef X
};
static const struct qp_named_bit ROLES[] = {
#define X(NAME, name, bit, zh, en) {QP_ROLE_##NAME, name, zh, en},
    QP_ROLES(X)
#undef X
};
enum { NRIGHTS = sizeof RIGHTS / sizeof *RIGHTS, NROLES = sizeof ROLES / sizeof *ROLES };

const struct qp_named_bit *qp_right_at(size_t i)
{
    return i < NRIGHTS ? &RIGHTS[i] : NULL;
}

const struct qp_named_bit *qp_role_at(size_t i)
{
    return i < NROLES ? &ROLES[i] : NULL;
}

static uint32_t parse(const struct qp_named_bit *v, size_t n, const char *name)
{
    assert(n > 0 && n <= 32); /* a bit each */
    for (size_t i = 0; i < n; i++) {
        if (strcmp(v[i].name, name) == 0)
            return v[i].bit;
    }
    return 0;
}

uint32_t qp_right_parse(const char *name)
{
    return parse(RIGHTS, NRIGHTS, name);
}

const char *qp_right_name(uint32_t right)
{
    assert((right & (right - 1)) == 0); /* one bit */
    for (size_t i = 0; i < NRIGHTS; i++) {
        if (RIGHTS[i].bit == right)
            return RIGHTS[i].name;
    }
    return "?";
}

uint32_t qp_role_parse(const char *name)
{
    return parse(ROLES, NROLES, name);
}

uint32_t qp_roles_rights(uint32_t roles)
{
    uint32_t rights = 0;
#define X(NAME, name, bit, of, zh, en) rights |= roles & (of) ? QP_RIGHT_##NAME : 0u;
    QP_RIGHTS(X)
#undef X
    assert(!(rights & QP_RIGHT_IMPORT)); /* a right of tokens, never of people */
    return rights;
}

uint32_t qp_roles_own(uint32_t roles, uint32_t given)
{
    const uint32_t own = QP_ROLE_WORKER | QP_ROLE_DESK;
    uint32_t beyond = qp_roles_rights(roles & ~own) | given;
    assert((qp_roles_rights(own) & (QP_RIGHT_READ | QP_RIGHT_STEP)) == (QP_RIGHT_READ | QP_RIGHT_STEP));
    return qp_roles_rights(roles & own) & (QP_RIGHT_READ | QP_RIGHT_STEP) & ~beyond;
}

static char *text(char *out, size_t cap, const struct qp_named_bit *v, size_t n, uint32_t set,
                  const char *last)
{
    size_t at = 0, left = 0;
    assert(cap > 0);
    *out = '\0';
    for (size_t i = 0; i < n; i++)
        left += (set & v[i].bit) != 0;
    for (size_t i = 0, said = 0; i < n && at < cap; i++) {
        if (!(set & v[i].bit))
            continue;
        char between[16];
        snprintf(between, sizeof between, left == 1 ? " %s " : ", ", last);
        at += (size_t)snprintf(out + at, cap - at, "%s`%s`", said++ ? between : "", v[i].name);
        left--;
    }
    return out;
}

char *qp_rights_text(char *out, size_t cap, uint32_t rights, const char *last)
{
    return text(out, cap, RIGHTS, NRIGHTS, rights, last);
}

char *qp_roles_text(char *out, size_t cap, uint32_t roles, const char *last)
{
    return text(out, cap, ROLES, NROLES, roles, last);
}

bool qp_rights_may_give(uint32_t giver, uint32_t rights, uint32_t *lacks)
{
    enum { MAKES_IMPORTERS = QP_RIGHT_READ | QP_RIGHT_REPORT | QP_RIGHT_STEP | QP_RIGHT_ADMIN };
    uint32_t may = giver | ((giver & MAKES_IMPORTERS) == MAKES_IMPORTERS ? QP_RIGHT_IMPORT : 0u);
    /* `count` is a part of `read`: who sees the matters sees how many there are */
    if (giver & QP_RIGHT_READ)
        may |= QP_RIGHT_COUNT;
    *lacks = rights & ~may;
    assert((*lacks & giver) == 0); /* nobody lacks what he has */
    return !*lacks;
}
