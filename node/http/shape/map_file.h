/* map_file.h: the offline map of a node: one file of vector tiles (PMTiles, version 3), named by http.map_file.
 *
 *   http.map_file ─► qp_map_file_open ─► GET /map.pmtiles (ranges of it; calls/map.c)
 *                          └─► what is wrong with it, one sentence ─► GET /api/v1/map (the desk) · `qipan doctor`
 *
 * Its header is looked at whenever it is opened, so a file that is put there or replaced needs no restart. A node serves
 * without it. The desk then draws the outlines of the grids alone, and says why. Any thread. */
#ifndef QP_NODE_HTTP_SHAPE_MAP_FILE_H
#define QP_NODE_HTTP_SHAPE_MAP_FILE_H

#include <stdbool.h>
#include <stdint.h>

/* X(name, word in JSON, English, Chinese) */
/* clang-format off */
#define QP_MAP_STATES(X) \
    X(NONE, none, "No map file is set (http.map_file): maps are the outlines of the grids alone.", \
      "未设置地图文件（http.map_file）：地图只有网格边界。") \
    X(FINE, fine, "The map file can be read.", "地图文件可用。") \
    X(MISSING, missing, "The map file (http.map_file) is not there or cannot be read: put it where the setting says, readable by the node.", \
      "地图文件（http.map_file）不存在或无法读取：请放到设置所指的位置，并让节点可读。") \
    X(FOREIGN, foreign, "The map file (http.map_file) is no PMTiles file: set one of that format.", \
      "地图文件（http.map_file）不是 PMTiles 文件：请换成该格式的文件。") \
    X(VERSION, version, "The map file (http.map_file) is a PMTiles file, but not of version 3: convert it with `pmtiles convert`.", \
      "地图文件（http.map_file）不是第 3 版 PMTiles：请用 `pmtiles convert` 转换。") \
    X(KIND, kind, "The map file (http.map_file) holds pictures, not vector tiles: set one with vector tiles (MVT).", \
      "地图文件（http.map_file）装的是图片，不是矢量瓦片：请换成矢量瓦片（MVT）。") \
    X(CUT, cut, "The map file (http.map_file) is damaged: it is shorter than its header says. Copy it there again.", \
      "地图文件（http.map_file）已损坏：比文件头所写的短。请重新拷贝。")
/* clang-format on */

enum qp_map_state {
#define X(name, word, en, zh) QP_MAP_##name,
    QP_MAP_STATES(X)
#undef X
        QP_MAP_STATE_COUNT
};

struct qp_map_file {
    enum qp_map_state state;
    int fd; /* open for reading where it is FINE, else -1; the caller closes it */
    uint64_t size;
    int64_t changed_ns; /* of its last change, for an ETag */
};

/* path: NULL or "" for none. */
void qp_map_file_open(const char *path, struct qp_map_file *out);
void qp_map_file_close(struct qp_map_file *f);
const char *qp_map_state_word(enum qp_map_state state);
const char *qp_map_state_text(enum qp_map_state state, bool chinese);

#endif
