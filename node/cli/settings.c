/* settings.c: `qipan config`: what a node would be started with, and from where. */
#include <string.h>
#include <unistd.h>

#include "node/cli/cli.h"
#include "node/config/config.h"

static int show_config(const struct qp_cli *c, const struct qp_config *conf)
{
    static const char *const from[] = {"default", "file", "environment", "flag"};
    json_t *all = json_object();
    for (int i = 0; i < QP_SETTING_COUNT; i++) {
        const struct qp_setting_info *s = qp_setting_info((enum qp_setting)i);
        const char *where = conf->v[i].where[0] ? conf->v[i].where : from[conf->v[i].from];
        if (c->json)
            json_object_set_new(all, s->key,
                                json_pack("{s:s,s:s,s:s}", "value", conf->v[i].text, "from",
                                          from[conf->v[i].from], "where", where));
        else
            printf("%-24s %-24s %-28s # %s\n", s->key, conf->v[i].text[0] ? conf->v[i].text : "\"\"", where,
                   QP_TR(c, s->en, s->zh));
    }
    if (c->json)
        qp_print_json(all);
    else
        json_decref(all);
    return QP_EXIT_OK;
}

int qp_verb_config(struct qp_cli *c)
{
    struct qp_config conf;
    struct qp_err e = {0};
    qp_config_defaults(&conf);
    if (strcmp(c->args[0], "defaults") == 0) {
        if (c->json)
            return show_config(c, &conf);
        qp_config_print(&conf, true, stdout);
        return QP_EXIT_OK;
    }
    if (strcmp(c->args[0], "check") != 0 && strcmp(c->args[0], "show") != 0)
        return qp_complain(c, QP_EXIT_USAGE, "qipan config check|show|defaults");
    bool check = strcmp(c->args[0], "check") == 0;
    if (c->dir && access(c->dir, F_OK) != 0)
        return qp_complain(c, QP_EXIT_NOT_FOUND, QP_TR(c, "%s: there is no such folder", "%s：没有这个目录"),
                           c->dir);
    int rc = qp_config_load(&conf, c->dir, &e);
    if (check && c->json)
        qp_print_json(!rc ? json_pack("{s:b}", "sound", 1)
                          : json_pack("{s:b,s:s}", "sound", 0, "message", e.text));
    if (rc)
        return qp_complain(c, QP_EXIT_FAILED, "%s", e.text);
    if (!check)
        return show_config(c, &conf);
    const char *dir = c->dir ? c->dir : "/etc/qipan";
    if (conf.files == 0)
        qp_tell(c,
                QP_TR(c, "there are no settings in %s (qipan.conf, conf.d/*.conf): the defaults hold",
                      "%s 中没有配置文件（qipan.conf、conf.d/*.conf）：使用默认值"),
                dir);
    else
        qp_tell(c, QP_TR(c, "the settings are sound (%u files in %s)", "配置无误（%u 个文件，%s）"),
                conf.files, dir);
    return QP_EXIT_OK;
}
