/* folder.c: a store's folder: the paths in it, and that a name in it is on the disk. */
#include "node/store/inside.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int qp_path_in(char out[PATH_MAX], const struct qp_store *s, const char *name, struct qp_err *e)
{
    assert(name[0] != '\0' && name[0] != '/'); /* below the store's folder */
    int n = snprintf(out, PATH_MAX, "%s/%s", s->dir, name);
    if (n < 0 || n >= PATH_MAX)
        return qp_fail(e, QP_EINVAL, "%.60s…: the path of a store's folder is too long", s->dir);
    return 0;
}

int qp_sync_folder(const char *path, struct qp_err *e)
{
    assert(path[0] != '\0');
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return qp_fail(e, QP_EIO, "%s: cannot be opened: %s", path, strerror(errno));
    int rc = fsync(fd) == 0 ? 0 : qp_fail(e, QP_EIO, "%s: cannot be synced: %s", path, strerror(errno));
    close(fd);
    return rc;
}
