/* areas.c: `qipan areas`: a division list looked at before a tree is founded on it, without a node.
 *
 *   FILE|DIR ─► qp_areas_read (every mistake names file and line) ─► --under, --depth ─► how many of each level
 *                                                                                    └─► --find, --json: the places */
#include <stdlib.h>
#include <string.h>

#include "node/cli/areas_zone.h"
#include "node/cli/cli.h"
#include "node/cli/show.h"

const struct qp_cli_option qp_areas_options[] = {
    {"under", "PATH", "this place and what is below it", "仅此区域及其下级"},
    {"depth", "N", "so many levels of it (all)", "显示的层数（默认全部）"},
    {"find", "TEXT", "places whose name, code or path has it", "名称、代码或路径中含有此文字的区域"},
    {"zone", "ZONE", "the time zone, where the list has none beside it", "时区（区划表未附时区时）"},
    {NULL, NULL, NULL, NULL},
};

static bool wanted(const struct qp_area *v, const char *text)
{
    return !text || strstr(v->title, text) || strstr(v->code, text) || strstr(v->path, text);
}

static int as_json(const struct qp_areas *a, const char *zone, const char *text)
{
    json_t *list = json_array();
    for (size_t i = 0; i < a->n; i++)
        if (wanted(&a->v[i], text))
            json_array_append_new(list,
                                  json_pack("{s:s,s:s,s:s,s:s}", "path", a->v[i].path, "code", a->v[i].code,
                                            "level", a->v[i].level, "title", a->v[i].title));
    int rc = json_array_size(list) > 0 || !text ? QP_EXIT_OK : QP_EXIT_NOT_FOUND;
    qp_print_json(json_pack("{s:s,s:i,s:o}", "zone", zone, "places", (int)a->n, "items", list));
    return rc;
}

enum { LEVELS = 32 }; /* a list of divisions has a handful */

/* In the order in which they are met. */
static void levels(const struct qp_cli *c, const struct qp_areas *a)
{
    const char *name[LEVELS];
    size_t places[LEVELS] = {0}, n = 0, others = 0;
    for (size_t i = 0; i < a->n; i++) {
        size_t k = 0;
        while (k < n && strcmp(name[k], a->v[i].level) != 0)
            k++;
        if (k == n && n < LEVELS)
            name[n++] = a->v[i].level;
        if (k < n)
            places[k]++;
        else
            others++;
    }
    for (size_t k = 0; k < n; k++) {
        printf("  ");
        qp_print_padded(name[k][0] ? name[k] : QP_TR(c, "(no level)", "（无层级）"), 12);
        printf(" %zu\n", places[k]);
    }
    if (others > 0)
        printf(QP_TR(c, "  and %zu of other levels\n", "  其余层级共 %zu 个\n"), others);
}

static int found(const struct qp_cli *c, const struct qp_areas *a, const char *text, const char *source)
{
    size_t n = 0;
    for (size_t i = 0; i < a->n; i++) {
        const struct qp_area *v = &a->v[i];
        if (!wanted(v, text))
            continue;
        n++;
        qp_print_padded(v->path, 44);
        putchar(' ');
        qp_print_padded(v->code, 14);
        putchar(' ');
        qp_print_padded(v->level, 10);
        printf(" %s\n", v->title);
    }
    return n > 0 ? QP_EXIT_OK
                 : qp_complain(c, QP_EXIT_NOT_FOUND,
                               QP_TR(c, "no place of %s has `%s` in its name, code or path",
                                     "%s 中没有名称、代码或路径含“%s”的区域"),
                               source, text);
}

void qp_areas_tell_unread(const struct qp_cli *c, const struct qp_areas *a, const char *source)
{
    if (a->unread[0] && !c->quiet)
        qp_complain(
            c, 0,
            QP_TR(c,
                  "%s: nothing reads these columns, and no node will know what stands in them: %s (it "
                  "reads code, parent_code, level, name, label; a short name is made of the name)",
                  "%s：以下各列不被读取，节点不会知道其中的内容：%s（只读 "
                  "code、parent_code、level、name、label；简称由 name 得出）"),
            source, a->unread);
}

int qp_verb_areas(struct qp_cli *c)
{
    struct qp_areas a;
    struct qp_err e = {0};
    char zone[QP_ZONE_MAX + 1];
    long depth = 0;
    const char *source = c->nargs > 0 ? c->args[0] : qp_areas_default(), *text = qp_opt(c, "find");
    if (!qp_opt_number(c, "depth", 1, QP_PATH_DEPTH, &depth))
        return QP_EXIT_USAGE;
    int rc = qp_areas_read(&a, source, &e);
    if (rc)
        return qp_complain_err(c, &e);
    qp_areas_tell_unread(c, &a, source);
    rc = qp_areas_cut(&a, qp_opt(c, "under"), (int)depth, &e);
    if (!rc)
        rc = qp_zone_of_areas(zone, qp_opt(c, "zone"), source, &e);
    if (rc)
        rc = qp_complain_err(c, &e);
    else if (c->json)
        rc = as_json(&a, zone, text);
    else if (text)
        rc = found(c, &a, text, source);
    else {
        qp_tell(c, QP_TR(c, "%s: %zu places in %s %s, zone %s", "%1$s：%3$s %4$s 共 %2$zu 个区域，时区 %5$s"),
                source, a.n, a.v[0].path, a.v[0].title, zone);
        if (!c->quiet)
            levels(c, &a);
    }
    qp_areas_free(&a);
    return rc;
}
