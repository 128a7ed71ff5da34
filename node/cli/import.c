/* import.c: `qipan import`; see import.h. One thread: reads the file, keeps the window full, sums up. */
#include "node/cli/import.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum { READ_AT_ONCE = 4096, SPEED_RECORDS = 2000000 };

static int options(struct qp_import *im, struct qp_err *e)
{
    const struct qp_cli *c = im->cli;
    const char *map = qp_opt(c, "map"), *clock = qp_opt(c, "clock"), *speed = qp_opt(c, "speed"),
               *name = c->args[0];
    long patience = 60, window = 32768;
    if (!map)
        return qp_fail(
            e, QP_EINVAL,
            "give --map: it says which column is which field (topology/areas/README.md describes maps)");
    if (qp_opt_long(c, "patience", 1, 86400, &patience, e) ||
        qp_opt_long(c, "window", 1, 1000000, &window, e))
        return QP_EINVAL;
    if (clock && strcmp(clock, "source") != 0 && strcmp(clock, "now") != 0)
        return qp_fail(e, QP_EINVAL, "--clock is source or now, not \"%s\"", clock);
    if (speed) {
        char *end;
        im->speed = strtod(speed, &end);
        if (end == speed || *end != 0 || !(im->speed > 0))
            return qp_fail(e, QP_EINVAL, "--speed: \"%s\" is not a number above 0", speed);
    }
    int rc = qp_map_read(&im->map, map, e);
    if (rc)
        return rc;
    if (clock && strcmp(clock, "source") == 0 && !qp_map_has_times(im->map))
        return qp_fail(e, QP_EINVAL, "--clock source: the map gives no opened_at");
    if (im->speed > 0 && !qp_map_has_times(im->map))
        return qp_fail(e, QP_EINVAL, "--speed: the map gives no opened_at");
    im->clock_source = clock ? strcmp(clock, "source") == 0 : qp_map_has_times(im->map);
    im->patience_us = patience * 1000000;
    im->window = (size_t)window;
    im->exercise = qp_flag(c, "exercise");
    im->state = qp_opt(c, "state");
    im->check = qp_flag(c, "check");
    im->rejected_path = qp_opt(c, "rejected");
    const char *slash = strrchr(name, '/');
    snprintf(im->rejected_default, sizeof im->rejected_default, "%.280s.rejected.csv",
             strcmp(name, "-") == 0 ? "stdin"
             : slash                ? slash + 1
                                    : name);
    return 0;
}

/* With --speed the file is read as far as its records are nearly due. */
static bool far_enough(const struct qp_import *im)
{
    if (im->speed > 0)
        return im->under_way >= SPEED_RECORDS ||
               (im->heap_n > 0 && im->heap[0]->due_us > qp_monotonic_us() + 2000000);
    return im->under_way >= im->window;
}

/* A file that cannot be read on ends there: what came before is still brought in. */
static int fill(struct qp_import *im, struct qp_err *e)
{
    for (int i = 0; i < READ_AT_ONCE && !im->ended && !far_enough(im); i++) {
        struct qp_im_record *r;
        int rc = qp_im_file_next(im, &r, e);
        if (rc && rc != QP_EIO)
            return rc;
        im->ended = !r;
        if (!r)
            break;
        im->sums.records++;
        enum qp_im_taken how = qp_im_known_take(im, r);
        if (how == QP_IM_JUST_SO) {
            im->sums.unchanged++;
            im->sums.done++;
            qp_im_record_free(r);
            continue;
        }
        im->under_way++;
        if (how == QP_IM_SEND)
            qp_im_plan(im, r);
    }
    return 0;
}

static int run(struct qp_import *im, struct qp_err *e)
{
    struct qp_progress bar;
    int rc = 0;
    qp_progress_begin(&bar, im->cli, qp_map_title(im->map));
    while (!rc && (!im->ended || im->under_way > 0)) {
        rc = fill(im, e);
        int64_t next = qp_im_due(im, qp_monotonic_us());
        bool more = !im->ended && !far_enough(im);
        qp_im_pool_run(im, more ? 0 : next);
        double part = qp_im_file_part(im);
        uint64_t all = im->ended  ? im->sums.records
                       : part > 0 ? (uint64_t)((double)im->sums.records / part)
                                  : 0;
        qp_progress_at(&bar, im->sums.done, all);
    }
    qp_progress_end(&bar);
    return rc ? rc : e->code;
}

static int drain(struct qp_import *im, struct qp_err *e)
{
    int64_t began = qp_monotonic_us();
    if (!qp_im_drain(im))
        return qp_fail(e, QP_EUNREACHABLE,
                       "not everything has reached the top after %lld s; it goes on by itself",
                       (long long)(im->patience_us / 1000000));
    qp_tell(im->cli, QP_TR(im->cli, "everything is at the top %.1f s later", "%.1f 秒后全部到达顶级"),
            (double)(qp_monotonic_us() - began) / 1e6);
    return 0;
}

static int bring_in(struct qp_import *im, struct qp_err *e)
{
    int rc = qp_im_known_read(im, e);
    if (!rc)
        rc = qp_im_pool_open(im, e);
    im->began_us = qp_monotonic_us();
    if (!rc)
        rc = run(im, e);
    if (im->rejected && im->rejected != stdout && im->rejected != stderr && fclose(im->rejected) != 0)
        qp_complain(im->cli, 0, "the rejected rows could not be written: %s", strerror(errno));
    if (!rc || im->sums.rows > 0)
        qp_im_summary(im, (double)(qp_monotonic_us() - im->began_us) / 1e6);
    if (!rc && im->sums.rows > 0 && qp_flag(im->cli, "drain"))
        rc = drain(im, e);
    return rc;
}

/* Rows that were put aside are work that is left: a script must see it. */
static int outcome(const struct qp_import *im)
{
    const struct qp_im_sums *s = &im->sums;
    return s->gave_up > 0 ? QP_EXIT_UNREACHABLE : s->refused + s->bad > 0 ? QP_EXIT_CONFLICT : QP_EXIT_OK;
}

int qp_verb_import(struct qp_cli *c)
{
    struct qp_import im = {.cli = c, .epoll = -1};
    struct qp_err e = {0};
    signal(SIGPIPE, SIG_IGN);
    int rc = options(&im, &e);
    if (!rc)
        rc = im.check ? qp_im_tree_none(&im, &e) : qp_im_tree_open(&im, &e);
    if (!rc)
        rc = qp_im_file_open(&im, c->args[0], &e);
    if (!rc)
        rc = im.check ? qp_im_check(&im, &e) : bring_in(&im, &e);
    for (size_t i = 0; i < im.heap_n; i++)
        qp_im_record_free(im.heap[i]);
    free(im.heap);
    qp_im_pool_close(&im);
    qp_im_known_close(&im);
    qp_im_file_close(&im);
    qp_im_tree_close(&im);
    if (im.map)
        qp_map_free(im.map);
    return rc ? qp_complain_err(c, &e) : outcome(&im);
}
