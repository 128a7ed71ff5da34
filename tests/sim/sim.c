/* sim: many cores in one process, virtual time, faults from a seed.
 *
 *   sim [--seeds N] [--from SEED] [--jobs N] [--twice] [--fires] [--liars] [--refused] |
 *   --seed SEED [--verbose] | --planted
 *
 * Each seed is one run; a failure prints the seed, and the seed (with --fires, if it was given) repeats it.
 * --twice runs each seed two times and compares the trace hashes. --fires burns disks in every run, and their
 * neighbours' soon after. --liars has one enrolled leaf lie (liar.c); --refused spoils parcels on their way up (spoil.c). */
#include <getopt.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/sim/world.h"

static bool months;    /* --months: in a quarter of the runs 30 days pass between the faults */
static bool clocks;    /* --clocks: clocks are set wrong, and right again */
static bool floods;    /* --floods: the liar sends what no honest link sends as well */
static bool displaced; /* --displaced: the place of a node that runs is given to another */
static bool clones;    /* --clones: a node's folder is copied, and both run */

static struct sim_plan plan_of(uint64_t seed, bool fires, bool liars, bool refused)
{
    uint64_t h = seed * 0x9e3779b97f4a7c15ull;
    struct sim_plan p = {
        .nodes = 3 + (int)(h >> 60) % 6,
        .commands = 40 + (int)((h >> 40) & 63),
        .crashes = (int)((h >> 32) & 3) * 2,
        .cuts = (int)((h >> 30) & 3) * 2,
        .wipes = (int)((h >> 28) & 3) == 3 ? 1 + (int)((h >> 27) & 1) : 0,
        .forgeries = (int)((h >> 24) & 3) == 3 ? 6 : 0,
        .adjacent = (h >> 26) & 1,
        .days = months && (int)((h >> 50) & 3) == 3 ? 30 : 0,
        .reorder = (h >> 20) & 1,
        .duplicate = (h >> 21) & 1,
    };
    if (fires) {
        p.wipes = 2;
        p.adjacent = true;
    }
    if (liars)
        p.lies = 60;
    if (floods) {
        p.lies = 10;
        p.floods = 80;
        p.wipes = 0; /* who does not hand back is waited for until it is revoked (K5) */
    }
    if (clocks)
        p.clocks = 6;
    if (displaced) {
        p.displaced = 4;
        p.wipes = 0;
    }
    if (clones) { /* what one of two copies alone has is in its folder, and not to be burned as well */
        p.clones = 4;
        p.wipes = 0;
    }
    if (refused) { /* a disk that burns between a refusal and what follows from it takes with it what it alone held */
        p.spoils = 4;
        p.wipes = 0;
    }
    return p;
}

enum { SEEN_IN = 20 }; /* runs: among so many there is one of everything */
struct tally {
    uint64_t runs, failed, turns, frames, ok, bad, crashes, wipes, cuts, forgeries, restarts, aheads, undone,
        lies, ticks, parts, clocks, patrols, leads, found, warnings, days, spoilt, renewed, lines, whispers,
        set, copies, told, brought, floods, given;
};

static bool one(uint64_t seed, bool fires, bool liars, bool refused, bool twice, bool verbose,
                struct tally *t)
{
    struct sim_world *w = malloc(sizeof *w);
    struct sim_plan p = plan_of(seed, fires, liars, refused);
    if (w == NULL)
        abort();
    bool ok = sim_run(w, seed, &p, SIM_NO_BUG, verbose);
    if (!ok)
        printf("seed %llu (%d nodes, %d crashes, %d cuts, %d wipes, %d forgeries%s%s): %s\n",
               (unsigned long long)seed, p.nodes, p.crashes, p.cuts, p.wipes, p.forgeries,
               p.reorder ? ", reorder" : "", p.duplicate ? ", duplicate" : "", w->failure);
    struct qp_hash first = w->hash;
    t->runs++;
    t->turns += w->turns;
    t->frames += w->frames;
    t->ok += w->ok_commands;
    t->bad += w->bad_commands;
    t->crashes += w->crashes_done;
    t->wipes += w->wipes_done;
    t->cuts += w->cuts_done;
    t->forgeries += w->forgeries_done;
    t->restarts += w->restarts_done;
    t->aheads += w->aheads;
    t->undone += w->undone;
    t->lies += w->lies_told;
    t->ticks += w->ticks_seen;
    t->parts += w->parts_seen;
    t->clocks += w->clocks_seen;
    t->patrols += w->patrols_seen;
    t->leads += w->leads_seen;
    t->lines += w->lines_seen;
    t->whispers += w->whispers_seen;
    t->found += w->found_seen;
    t->warnings += w->warnings_seen;
    t->days += w->days_passed;
    t->set += w->clocks_set;
    t->floods += w->floods;
    t->given += w->given_seen;
    t->copies += w->copies;
    t->told += w->copies_told;
    t->brought += w->copies_brought;
    t->spoilt += w->spoilt_done;
    t->renewed += w->renewed;
    if (ok && twice) {
        ok = sim_run(w, seed, &p, SIM_NO_BUG, false);
        if (ok && !qp_hash_eq(&first, &w->hash)) {
            printf("seed %llu: a second run has another trace\n", (unsigned long long)seed);
            ok = false;
        }
    }
    t->failed += !ok;
    fflush(stdout);
    free(w);
    return ok;
}

static void tell(const struct tally *t, time_t began)
{
    printf("%llu seeds in %lld s: %llu turns, %llu frames, %llu steps taken, %llu refused, %llu crashes, "
           "%llu disks burned, %llu cuts, %llu forgeries; %llu parcels went ahead, %llu crashes undid that; "
           "%llu lies told, %llu ticks seen, %llu parts heard, %llu clocks, %llu patrols and %llu rows of "
           "leads looked at; %llu matters found anew, %llu warnings and %llu days; %llu "
           "parcels refused for good, %llu new "
           "incarnations after that; %llu messages of lines read, %llu whispers carried; %llu clocks set "
           "wrong; %llu nodes copied, %llu pairs looked at, %llu events brought in from their folders; "
           "%llu frames that no honest link sends, %llu parcels given to their sender\n",
           (unsigned long long)t->runs, (long long)(time(NULL) - began), (unsigned long long)t->turns,
           (unsigned long long)t->frames, (unsigned long long)t->ok, (unsigned long long)t->bad,
           (unsigned long long)t->crashes, (unsigned long long)t->wipes, (unsigned long long)t->cuts,
           (unsigned long long)t->forgeries, (unsigned long long)t->aheads, (unsigned long long)t->undone,
           (unsigned long long)t->lies, (unsigned long long)t->ticks, (unsigned long long)t->parts,
           (unsigned long long)t->clocks, (unsigned long long)t->patrols, (unsigned long long)t->leads,
           (unsigned long long)t->found, (unsigned long long)t->warnings, (unsigned long long)t->days,
           (unsigned long long)t->spoilt, (unsigned long long)t->renewed, (unsigned long long)t->lines,
           (unsigned long long)t->whispers, (unsigned long long)t->set, (unsigned long long)t->copies,
           (unsigned long long)t->told, (unsigned long long)t->brought, (unsigned long long)t->floods,
           (unsigned long long)t->given);
}

int main(int argc, char **argv)
{
    static const struct option longs[] = {{"seeds", 1, 0, 'n'},
                                          {"from", 1, 0, 'f'},
                                          {"jobs", 1, 0, 'j'},
                                          {"twice", 0, 0, 't'},
                                          {"seed", 1, 0, 's'},
                                          {"verbose", 0, 0, 'v'},
                                          {"planted", 0, 0, 'p'},
                                          {"fires", 0, 0, 'b'},
                                          {"liars", 0, 0, 'l'},
                                          {"refused", 0, 0, 'r'},
                                          {"months", 0, 0, 'm'},
                                          {"clocks", 0, 0, 'c'},
                                          {"clones", 0, 0, 'k'},
                                          {"floods", 0, 0, 'o'},
                                          {"displaced", 0, 0, 'd'},
                                          {"help", 0, 0, 'h'},
                                          {0}};
    unsigned long long seeds = 100, from = 1, seed = 0;
    int jobs = 1, c;
    bool fires = false, liars = false, refused = false, twice = false, verbose = false, planted = false;
    while ((c = getopt_long(argc, argv, "n:f:j:ts:vh", longs, NULL)) != -1)
        switch (c) {
        case 'n': seeds = strtoull(optarg, NULL, 10); break;
        case 'f': from = strtoull(optarg, NULL, 10); break;
        case 'j': jobs = atoi(optarg); break;
        case 't': twice = true; break;
        case 's': seed = strtoull(optarg, NULL, 10); break;
        case 'p': planted = true; break;
        case 'b': fires = true; break;
        case 'l': liars = true; break;
        case 'r': refused = true; break;
        case 'm': months = true; break;
        case 'c': clocks = true; break;
        case 'k': clones = true; break;
        case 'd': displaced = true; break;
        case 'o': floods = true; break;
        case 'v': verbose = true; break;
        default:
            fprintf(stderr,
                    "sim [--seeds N] [--from SEED] [--jobs N] [--twice] [--fires] [--liars] [--refused] "
                    "[--months] [--clocks] [--clones] [--displaced] [--floods] | "
                    "--seed SEED [--verbose] [--twice] [--fires] [--liars] [--refused] [--months] [--clocks] "
                    "[--clones] [--displaced] [--floods] | --planted\n");
            return c == 'h' ? 0 : 2;
        }
    if (qp_crypto_init(NULL) != 0)
        return 1;
    if (planted)
        return sim_planted();
    struct tally t = {0};
    if (seed != 0)
        return one(seed, fires, liars, refused, twice, verbose, &t) ? 0 : 1;
    int pipes[16][2];
    jobs = jobs < 1 ? 1 : jobs > 16 ? 16 : jobs;
    time_t began = time(NULL);
    for (int j = 0; j < jobs; j++) {
        if (pipe(pipes[j]) != 0)
            return 1;
        fflush(stdout);
        if (fork() == 0) {
            struct tally mine = {0};
            for (unsigned long long s = from + (unsigned)j; s < from + seeds; s += (unsigned)jobs)
                one(s, fires, liars, refused, twice, false, &mine);
            if (write(pipes[j][1], &mine, sizeof mine) != sizeof mine)
                _exit(1);
            _exit(0);
        }
        close(pipes[j][1]);
    }
    for (int j = 0; j < jobs; j++) {
        struct tally mine = {0};
        if (read(pipes[j][0], &mine, sizeof mine) != sizeof mine)
            mine.failed = 1; /* it died: an assertion, printed above */
        for (size_t k = 0; k < sizeof t / 8; k++)
            ((uint64_t *)&t)[k] += ((uint64_t *)&mine)[k];
    }
    while (wait(NULL) > 0)
        ;
    tell(&t, began);
    if (t.runs >= SEEN_IN &&
        (t.clocks == 0 || t.patrols == 0 || t.leads == 0 || (t.found == 0 && !clocks) || t.warnings == 0 ||
         t.lines == 0 || t.whispers == 0 || (t.days == 0 && months) || (t.set == 0 && clocks) ||
         ((t.told == 0 || t.brought == 0) && (clones || displaced)) ||
         ((t.floods == 0 || t.given == 0) && floods))) {
        printf("no clock, patrol, lead, warning, line, whisper, copy or passing of days was looked at: what "
               "checks "
               "them checks nothing\n");
        t.failed++;
    }
    printf("%llu passed, %llu failed\n", (unsigned long long)(t.runs - t.failed),
           (unsigned long long)t.failed);
    return t.failed == 0 && t.runs == seeds ? 0 : 1;
}
