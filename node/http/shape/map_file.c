/* map_file.c: see map_file.h. Of the file its header of 127 bytes is read: the magic, the version, what the tiles are,
 * and where its four parts end. */
#include "node/http/shape/map_file.h"

#include <assert.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEADER = 127, VERSION_AT = 7, PARTS_AT = 8, PARTS = 4, PART = 16, TYPE_AT = 99, TYPE_VECTOR = 1 };

static uint64_t le64(const uint8_t *p)
{
    uint64_t v = 0;
    for (int i = 7; i >= 0; i--)
        v = v << 8 | p[i];
    return v;
}

static enum qp_map_state look(const uint8_t h[HEADER], uint64_t size)
{
    assert(size >= HEADER);
    if (memcmp(h, "PMTiles", 7) != 0)
        return QP_MAP_FOREIGN;
    if (h[VERSION_AT] != 3)
        return QP_MAP_VERSION;
    if (h[TYPE_AT] != TYPE_VECTOR)
        return QP_MAP_KIND;
    for (int i = 0; i < PARTS; i++) { /* the root directory, the metadata, the leaves, the tiles */
        uint64_t at = le64(h + PARTS_AT + i * PART), len = le64(h + PARTS_AT + i * PART + 8);
        if (at > size || len > size - at)
            return QP_MAP_CUT;
    }
    return QP_MAP_FINE;
}

void qp_map_file_open(const char *path, struct qp_map_file *out)
{
    uint8_t header[HEADER];
    struct stat st;
    *out = (struct qp_map_file){.state = QP_MAP_NONE, .fd = -1};
    if (!path || !*path)
        return;
    out->state = QP_MAP_MISSING;
    out->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe there must not stop the thread */
    if (out->fd < 0)
        return;
    if (fstat(out->fd, &st) == 0 && S_ISREG(st.st_mode)) {
        out->size = (uint64_t)st.st_size;
        out->changed_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
        ssize_t n = pread(out->fd, header, HEADER, 0);
        if (n == HEADER)
            out->state = look(header, out->size);
        else if (n >= 0)
            out->state = QP_MAP_FOREIGN;
    }
    if (out->state != QP_MAP_FINE)
        qp_map_file_close(out);
    assert((out->state == QP_MAP_FINE) == (out->fd >= 0));
}

void qp_map_file_close(struct qp_map_file *f)
{
    if (f->fd >= 0)
        close(f->fd);
    f->fd = -1;
}

static const struct {
    const char *word, *en, *zh;
} STATES[] = {
#define X(name, word, en, zh) {#word, en, zh},
    QP_MAP_STATES(X)
#undef X
};

const char *qp_map_state_word(enum qp_map_state state)
{
    assert(state < QP_MAP_STATE_COUNT);
    return STATES[state].word;
}

const char *qp_map_state_text(enum qp_map_state state, bool chinese)
{
    assert(state < QP_MAP_STATE_COUNT);
    return chinese ? STATES[state].zh : STATES[state].en;
}
