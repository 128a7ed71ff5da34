/* json_lines.c: proto/json as a filter, for json_oracle.py. One request a line, one answer a line.
 *
 *   rules               every rule: TYPE FIELD KIND MUST MOST COUNT, then an empty line
 *   print TYPE HEX      the JSON of these bytes
 *   parse TYPE JSON     the bytes of this JSON, in hex
 *
 * A refusal is answered by "! " and its sentence. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/crypto.h"
#include "proto/bounds.h"
#include "proto/json.h"

static const ProtobufCMessageDescriptor *type_named(const char *name)
{
    for (size_t i = 0; qp_rules_at(i); i++) {
        if (strcmp(qp_rules_at(i)->type->short_name, name) == 0)
            return qp_rules_at(i)->type;
    }
    fprintf(stderr, "no type %s\n", name);
    exit(2);
}

static void print_rules(void)
{
    for (size_t t = 0; qp_rules_at(t); t++) {
        const struct qp_rules *r = qp_rules_at(t);
        for (uint32_t i = 0; i < r->n; i++) {
            const struct qp_rule *f = &r->fields[i];
            printf("%s %s %d %d %u %u\n", r->type->short_name, f->name, (int)f->kind, f->must, f->most,
                   f->count);
        }
    }
    putchar('\n');
}

static int print_json(const ProtobufCMessageDescriptor *type, const char *hex, struct qp_arena *a,
                      struct qp_err *e)
{
    size_t len = strlen(hex) / 2;
    uint8_t *bytes = qp_arena_take(a, len);
    if (!bytes || qp_unhex(bytes, len, hex))
        exit(2);
    ProtobufCMessage *m;
    int rc = qp_decode(&m, type, bytes, len, a, e);
    if (rc)
        return rc;
    char *json = qp_json_print(m);
    if (!json)
        exit(2);
    puts(json);
    free(json);
    return 0;
}

static int parse_json(const ProtobufCMessageDescriptor *type, const char *json, struct qp_arena *a,
                      struct qp_err *e)
{
    ProtobufCMessage *m;
    int rc = qp_json_parse(&m, type, json, strlen(json), a, e);
    if (rc)
        return rc;
    size_t len;
    uint8_t *bytes = qp_encode(m, a, &len);
    char *hex = qp_arena_take(a, 2 * len + 1);
    if (!bytes || !hex)
        exit(2);
    qp_hex(hex, bytes, len);
    puts(hex);
    return 0;
}

int main(void)
{
    char *line = NULL;
    size_t cap = 0;
    ssize_t got;
    struct qp_arena *a = qp_arena_new(QP_DECODE_ARENA);
    if (!a)
        return 2;
    while ((got = getline(&line, &cap, stdin)) > 0) {
        line[got - 1] = 0;
        struct qp_err e = {0, ""};
        int rc = 0;
        qp_arena_reset(a);
        if (strcmp(line, "rules") == 0) {
            print_rules();
        } else {
            char *type = strchr(line, ' ') + 1, *value = strchr(type, ' ');
            *value++ = 0;
            rc = line[1] == 'r' ? print_json(type_named(type), value, a, &e)
                                : parse_json(type_named(type), value, a, &e);
        }
        if (rc)
            printf("! %s\n", e.text);
        fflush(stdout);
    }
    free(line);
    qp_arena_free(a);
    return 0;
}
