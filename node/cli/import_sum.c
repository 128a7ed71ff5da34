/* import_sum.c: what an import says at its end, and `--check`, which says it without a tree. See import.h. */
#include <string.h>

#include "node/cli/import.h"

static const char *rejected_file(const struct qp_import *im)
{
    return im->rejected_path ? im->rejected_path : im->rejected_default;
}

static json_t *sums(const struct qp_import *im)
{
    const struct qp_im_sums *s = &im->sums;
    uint64_t aside = s->bad + s->refused + s->gave_up;
    json_t *skips = json_object(), *v = json_object();
    const struct {
        const char *name;
        uint64_t n;
    } counts[] = {
        {"records", s->rows},        {"imported", s->done},
        {"matters", s->created},     {"steps", s->steps},
        {"changed", s->changed},     {"unchanged", s->unchanged},
        {"kept", s->kept},           {"skipped", s->skipped},
        {"shortened", s->shortened}, {"no_position", s->no_position},
        {"raised", s->raised},       {"no_area", s->no_area},
        {"rejected", aside},         {"gave_up", s->gave_up},
        {"retries", s->retries},     {"batches", s->batches},
    };
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        json_object_set_new(v, counts[i].name, json_integer((json_int_t)counts[i].n));
    for (size_t i = 0; i < sizeof s->skips / sizeof *s->skips && s->skips[i].why; i++)
        json_object_set_new(skips, s->skips[i].why, json_integer((json_int_t)s->skips[i].n));
    json_object_set_new(v, "skips", skips);
    json_object_set_new(v, "encoding", json_string(qp_im_file_encoding(im)));
    return v;
}

/* Only what there was. */
static void say(const struct qp_import *im, uint64_t n, const char *what)
{
    if (n > 0)
        qp_tell(im->cli, "  %8llu %s", (unsigned long long)n, what);
}

static void details(const struct qp_import *im)
{
    const struct qp_im_sums *s = &im->sums;
    const struct qp_cli *c = im->cli;
    say(im, s->changed, QP_TR(c, "changed what an earlier import had brought in", "更正了此前导入的事项"));
    say(im, s->unchanged, QP_TR(c, "were there already, just so", "此前已导入，无变化"));
    say(im, s->kept,
        QP_TR(c, "stay in part as somebody else has changed them, or as no step can change them",
              "部分内容保持不变：已由他人更改，或无法以步骤更改"));
    for (size_t i = 0; i < sizeof s->skips / sizeof *s->skips && s->skips[i].why; i++)
        qp_tell(c, QP_TR(c, "  %8llu left out: %s", "  %8llu 有意略过：%s"),
                (unsigned long long)s->skips[i].n, s->skips[i].why);
    say(im, s->no_position, QP_TR(c, "positions dropped that cannot be", "个坐标不可用，已略去"));
    say(im, s->shortened, QP_TR(c, "texts shortened", "处文字过长，已截短"));
    say(im, s->raised,
        QP_TR(c, "steps moved to the opening that were before it", "个步骤早于登记，按登记时间计"));
    say(im, s->no_area,
        QP_TR(c, "have an area that is on no list: they stay at the top", "条的区域不在名录中，留在顶级"));
    if (s->told > QP_IM_TOLD)
        qp_tell(c, QP_TR(c, "  (the first %d were told one by one)", "（仅逐条显示前 %d 条）"), QP_IM_TOLD);
}

void qp_im_summary(const struct qp_import *im, double seconds)
{
    const struct qp_im_sums *s = &im->sums;
    uint64_t aside = s->bad + s->refused + s->gave_up;
    double rate = seconds > 0 ? (double)s->done / seconds : 0;
    if (im->cli->json) {
        json_t *v = sums(im);
        json_object_set_new(v, "seconds", json_real(seconds));
        json_object_set_new(v, "records_per_s", json_real(rate));
        json_object_set_new(v, "rejected_file", json_string(aside > 0 ? rejected_file(im) : ""));
        qp_print_json(v);
        return;
    }
    qp_tell(
        im->cli,
        QP_TR(
            im->cli,
            "%llu records: %llu imported (%llu new matters), %llu steps, in %.1f s (%.0f records/s); %llu "
            "rejected%s%s",
            "%llu 条记录：导入 %llu（新事项 %llu），步骤 %llu，用时 %.1f 秒（每秒 %.0f 条）；拒收 %llu%s%s"),
        (unsigned long long)s->rows, (unsigned long long)s->done, (unsigned long long)s->created,
        (unsigned long long)s->steps, seconds, rate, (unsigned long long)aside, aside > 0 ? ": " : "",
        aside > 0 ? rejected_file(im) : "");
    details(im);
    if (aside > 0)
        qp_tell(im->cli,
                QP_TR(im->cli, "mend the rejected rows in %s and import that file by the same map",
                      "请在 %s 中改正被拒的行，再用同一对应表导入"),
                rejected_file(im));
}

int qp_im_check(struct qp_import *im, struct qp_err *e)
{
    struct qp_im_record *r;
    const struct qp_im_sums *s = &im->sums;
    int rc;
    while (!(rc = qp_im_file_next(im, &r, e)) && r) {
        im->sums.records++;
        for (size_t i = 1; i < r->stages; i++)
            im->sums.steps++;
        qp_im_record_free(r);
    }
    if (im->cli->json) {
        qp_print_json(sums(im));
        return rc;
    }
    char by[2] = {qp_im_file_separator(im), 0};
    qp_tell(
        im->cli,
        QP_TR(im->cli,
              "%llu rows (%s, separated by %s): %llu records with %llu steps, %llu left out, %llu would be "
              "rejected; nothing was sent",
              "%llu 行（%s，分隔符 %s）：%llu 条记录，%llu 个步骤，略过 %llu，将拒收 %llu；未发送任何内容"),
        (unsigned long long)s->rows, qp_im_file_encoding(im), by[0] == '\t' ? "tab" : by,
        (unsigned long long)s->records, (unsigned long long)s->steps, (unsigned long long)s->skipped,
        (unsigned long long)s->bad);
    details(im);
    return rc;
}
