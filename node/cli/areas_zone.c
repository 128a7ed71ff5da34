/* areas_zone.c: see areas_zone.h. */
#include "node/cli/areas_zone.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crypto/crypto.h"
#include "topology/zone.h"

int qp_zone_of_areas(char zone[QP_ZONE_MAX + 1], const char *given, const char *areas, struct qp_err *e)
{
    char path[PATH_MAX];
    void *text = NULL;
    size_t len = 0;
    struct qp_zone *z;
    const char *name = given ? given : "UTC";
    if (!given && areas && strlen(areas) < sizeof path - 6) {
        snprintf(path, sizeof path, "%.4000s/zone", areas);
        if (access(path, F_OK) == 0) {
            int rc = qp_file_read(path, 256, &text, &len, e);
            if (rc)
                return rc;
            ((char *)text)[strcspn(text, " \t\r\n")] = 0;
            name = text;
        }
    }
    int rc = strlen(name) > QP_ZONE_MAX ? qp_fail(e, QP_EINVAL, "the zone's name is too long")
                                        : qp_zone_load(&z, name, e);
    if (!rc) {
        qp_zone_free(z);
        strcpy(zone, name);
    }
    free(text);
    return rc;
}

const char *qp_areas_default(void)
{
    static const char *const places[] = {QP_SOURCE_DIR "/topology/areas/suzhou",
                                         "/usr/share/qipan/areas/suzhou"};
    return access(places[0], R_OK) == 0 ? places[0] : places[1];
}

int qp_areas_open(struct qp_areas *a, const char *path, struct qp_err *e)
{
    long *to = malloc(a->n * sizeof *to);
    size_t kept = 0;
    if (!to)
        return qp_fail(e, QP_ENOMEM, "no memory for the areas");
    if (qp_areas_find(a, path) < 0) {
        free(to);
        return qp_fail(e, QP_ENOTFOUND, "there is no area %s", path);
    }
    for (size_t i = 0; i < a->n; i++) { /* parents come before their children */
        char parent[QP_PATH_MAX];
        bool root = !qp_path_parent(parent, a->v[i].path);
        to[i] = -1;
        if (i != 0 && (root || !qp_path_within(path, parent)))
            continue;
        to[i] = (long)kept;
        a->v[kept] = a->v[i];
        a->v[kept].parent = i == 0 ? -1 : to[a->v[i].parent];
        kept++;
    }
    a->n = kept;
    free(to);
    return 0;
}
