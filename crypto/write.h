/* write.h: the one writer of whole files behind qp_file_replace() and qp_keyfile_write(). Private to crypto/.
 */
#ifndef QP_CRYPTO_WRITE_H
#define QP_CRYPTO_WRITE_H

#include <stddef.h>

#include "crypto/error.h"

enum qp_write_how {
    QP_WRITE_OVER, /* what has the name already is replaced */
    QP_WRITE_NEW,  /* QP_EEXISTS if the name is taken; two writers at once cannot both succeed */
};

/* A reader of `path` sees the old bytes or the new ones, whole, also after a power loss. 0, QP_EEXISTS,
 * QP_EIO. */
int qp_file_write(const char *path, const void *data, size_t len, unsigned mode, enum qp_write_how how,
                  struct qp_err *e);

#endif
