/* clock.c: loaded before a program (LD_PRELOAD), sets its wall clock apart by as many seconds as the file
 * $QP_CLOCK_FILE says, from one call to the next. Nothing else changes: not the time since boot. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

static long apart_s(void)
{
    const char *name = getenv("QP_CLOCK_FILE");
    FILE *f = name ? fopen(name, "re") : NULL;
    long s = 0;
    if (f && fscanf(f, "%ld", &s) != 1)
        s = 0;
    if (f)
        fclose(f);
    return s;
}

int clock_gettime(clockid_t id, struct timespec *t)
{
    static int (*next)(clockid_t, struct timespec *);
    if (!next)
        next = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int rc = next(id, t);
    if (!rc && id == CLOCK_REALTIME)
        t->tv_sec += apart_s();
    return rc;
}

time_t time(time_t *out)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    if (out)
        *out = t.tv_sec;
    return t.tv_sec;
}

int gettimeofday(struct timeval *out, void *zone)
{
    struct timespec t;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &t);
    out->tv_sec = t.tv_sec;
    out->tv_usec = t.tv_nsec / 1000;
    return 0;
}
