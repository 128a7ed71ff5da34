/* minder.c: the thread beside the turn's: signals, the journal's checkpoints, the tables' pages, and the scrub, whose findings
 * it tells the log. See drive.h. */
#include "node/cli/drive.h"

#include <signal.h>
#include <string.h>
#include <time.h>

enum {
    SYNC_S = 30,
    SCRUB_S = 1, /* between two slices of a scrub: 256 records, or 4,096 rows of the tables; 1 MiB */
    SCRUB_REST_S = 6 * 60 * 60, /* between two passes */
};

struct minding {
    int64_t sync_us, scrub_us, rows_us;     /* monotonic: when each is next */
    uint64_t told[QP_DAMAGED_KEPT], mended; /* damaged records that the log has been told of */
    bool told_more;
};

static bool known(const uint64_t *v, uint64_t position)
{
    for (size_t i = 0; i < QP_DAMAGED_KEPT; i++)
        if (v[i] == position)
            return true;
    return false;
}

/* Told when it is found, with what to do (S5), and when it is over. The turn goes after it. */
static void tell_damage(struct qp_drive *d, struct minding *m)
{
    struct qp_store_damage found;
    bool any = false;
    qp_store_damage(d->node.store, &found);
    for (size_t i = 0; i < QP_DAMAGED_KEPT && found.at[i] > 0; i++) {
        if (known(m->told, found.at[i]))
            continue;
        qp_log("error", "journal record %llu is damaged: " QP_DAMAGE_REMEDY, (unsigned long long)found.at[i]);
        any = true;
    }
    memcpy(m->told, found.at, sizeof m->told);
    if (found.damaged > QP_DAMAGED_KEPT && !m->told_more)
        qp_log("error", "more than %d records of the journal are damaged: " QP_DAMAGE_REMEDY,
               QP_DAMAGED_KEPT);
    m->told_more = found.damaged > QP_DAMAGED_KEPT;
    if (found.mended > m->mended)
        qp_log("warning",
               "%llu damaged journal records are whole again, byte for byte: look at the disk all the same",
               (unsigned long long)(found.mended - m->mended));
    m->mended = found.mended;
    if (any)
        qp_drive_wake(d);
}

/* What is due by now. However many signals come, each is done in its time. */
static int mind(struct qp_drive *d, struct minding *m, struct qp_err *e)
{
    int64_t now = qp_monotonic_us();
    if (now >= m->scrub_us) {
        bool over = qp_store_scrub(d->node.store, qp_now_us());
        m->scrub_us = now + (int64_t)(over ? SCRUB_REST_S : SCRUB_S) * 1000000;
        tell_damage(d, m);
    }
    if (now >= m->rows_us) {
        bool over = qp_store_scrub_tables(d->node.store, qp_now_us());
        m->rows_us = now + (int64_t)(over ? SCRUB_REST_S : SCRUB_S) * 1000000;
        if (qp_store_doubtful(d->node.store))
            qp_drive_wake(d); /* the turn's thread ends the node */
    }
    if (now < m->sync_us)
        return 0;
    m->sync_us = now + (int64_t)SYNC_S * 1000000;
    tell_damage(d, m); /* what readers have found while the scrub rests */
    return atomic_exchange(&d->dirty, false) ? qp_store_sync_tables(d->node.store, e) : 0;
}

void *qp_minder(void *drive)
{
    struct qp_drive *d = drive;
    const struct timespec pause = {.tv_sec = SCRUB_S};
    struct minding m = {.sync_us = qp_monotonic_us() + (int64_t)SYNC_S * 1000000};
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, QP_SIGNAL_CHECKPOINT);
    while (atomic_load(&d->stop) == 0) {
        struct qp_err e = {0};
        int sig = sigtimedwait(&set, NULL, &pause), rc = 0;
        if (sig == QP_SIGNAL_CHECKPOINT)
            rc = qp_store_checkpoint(d->node.store, &e);
        else if (sig == SIGHUP)
            atomic_store(&d->reload, true);
        else if (sig > 0)
            atomic_store(&d->stop, sig);
        if (!rc)
            rc = mind(d, &m, &e);
        if (rc) {
            qp_log("error", "%s", e.text);
            atomic_store(&d->stop, -1);
        }
        if ((sig > 0 && sig != QP_SIGNAL_CHECKPOINT) || atomic_load(&d->stop) != 0)
            qp_drive_wake(d);
    }
    return NULL;
}
