/* fault.c: a signal at a row of the tables is a doubt of them (S5).
 *
 * LMDB has no checks: it follows a flag, a length or a page's number that was changed on the disk, and the process ends by
 * SIGSEGV or SIGBUS; a page of a mapped file that the disk cannot read is a SIGBUS too. Without a note of it each start would end
 * at the same row. So the handler makes the tables doubtful, says so, and lets the signal do what it would have done: the next
 * start removes the file unread and makes the tables again. Whoever has LMDB look into the tables says when a thread
 * is at a row. */
#include "node/store/inside.h"

#include <assert.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static const int signals[] = {SIGSEGV, SIGBUS};
enum { SIGNALS = sizeof signals / sizeof *signals };
static struct sigaction before[SIGNALS];
static atomic_bool minded;

static void say(const char *text)
{
    if (write(STDERR_FILENO, text, strlen(text)) < 0)
        return; /* there is nobody to tell */
}

/* Calls only what a handler of a signal may call. The instruction is run again when it returns, and meets what was there before. */
static void on_fault(int sig, siginfo_t *info, void *context)
{
    (void)context;
    MDB_env *env = qp_at_a_row ? mdb_txn_env(qp_at_a_row) : NULL; /* two pointers, no page */
    struct qp_store *s = env ? mdb_env_get_userctx(env) : NULL;
    if (s && env == s->tables) {
        qp_store_doubt(s);
        say("a page of the tables is damaged, or cannot be read from the disk. " QP_ROW_STOPPED ".\n");
    } else if (sig == SIGBUS) {
        say("a page of a mapped file cannot be read from the disk: look at the kernel's log "
            "(dmesg). " QP_DAMAGE_STOPPED ".\n");
    }
    for (int i = 0; i < SIGNALS; i++)
        sigaction(signals[i], &before[i], NULL);
    if (info->si_code <= 0) /* somebody sent it: no instruction will bring it again */
        raise(sig);
}

void qp_store_mind_faults(void)
{
    if (atomic_exchange(&minded, true))
        return;
    struct sigaction a = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
    sigemptyset(&a.sa_mask);
    assert(SIGNALS == 2);
    for (int i = 0; i < SIGNALS; i++)
        sigaction(signals[i], &a, &before[i]);
}
