/* types.c: what a file may say that it is. See blob.h. */
#include <assert.h>
#include <string.h>
#include <strings.h>

#include "node/blob/blob.h"

static const struct {
    const char *media, *suffix;
    bool image;
} types[] = {
#define X(NAME, media, suffix, image) {media, suffix, image},
    QP_BLOB_TYPES(X)
#undef X
};

const char *qp_blob_media(enum qp_blob_type t)
{
    assert(t < QP_BLOB_TYPES_N);
    return types[t].media;
}

const char *qp_blob_suffix(enum qp_blob_type t)
{
    assert(t < QP_BLOB_TYPES_N);
    return types[t].suffix;
}

bool qp_blob_is_image(enum qp_blob_type t)
{
    assert(t < QP_BLOB_TYPES_N);
    return types[t].image;
}

enum qp_blob_type qp_blob_type_of(const char *media)
{
    size_t len = media ? strcspn(media, "; \t") : 0;
    for (unsigned t = 0; t < QP_BLOB_TYPES_N; t++)
        if (strlen(types[t].media) == len && strncasecmp(types[t].media, media, len) == 0)
            return t;
    return QP_BLOB_BIN;
}
