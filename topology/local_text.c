/* local_text.c: an instant as people read it: the local clock, and how far it is from UTC. */
#include <stdio.h>
#include <stdlib.h>

#include "topology/zone.h"

void qp_local_text(char out[40], const struct qp_zone *z, int64_t at_us, bool seconds)
{
    struct qp_civil c;
    int32_t offset_s;
    qp_zone_civil(z, at_us, &c, &offset_s);
    int minutes = abs((int)offset_s) / 60;
    char second[8] = "";
    if (seconds)
        snprintf(second, sizeof second, ":%02d", c.second);
    snprintf(out, 40, "%04d-%02d-%02d %02d:%02d%s%c%02d:%02d", c.year, c.month, c.day, c.hour, c.minute,
             second, offset_s < 0 ? '-' : '+', minutes / 60, minutes % 60);
}
