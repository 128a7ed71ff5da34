/* fault.h: what is wrong with a boundary that somebody sent: the place in his file and the sentence, in English and
 * Chinese. One list; programs get the name of the kind. */
#ifndef QP_TOPOLOGY_GEO_FAULT_H
#define QP_TOPOLOGY_GEO_FAULT_H

#include <stdbool.h>
#include <stddef.h>

#include "proto/limits.h"

/* X(KIND, "name in JSON", English, Chinese); %s is the fault's detail, and both languages have it once. */
#define QP_GEO_FAULTS(X)                                                                                     \
    X(SYNTAX, "syntax", "this is no JSON: %s", "不是合法的 JSON：%s")                                        \
    X(NO_OBJECT, "syntax",                                                                                   \
      "GeoJSON is an object, {\"type\": \"FeatureCollection\", …}: the file begins with \"%s\"",             \
      "GeoJSON 是一个对象，{\"type\": \"FeatureCollection\", …}：文件却以“%s”开头")                          \
    X(FILE_TOO_LARGE, "too_large", "a file has at most %s MiB: send it in parts",                            \
      "文件不得超过 %s MiB：请分批导入")                                                                     \
    X(MANY_FEATURES, "too_large", "a file has at most %s features: send it in parts",                        \
      "一个文件至多 %s 个要素：请分批导入")                                                                  \
    X(MANY_RINGS, "too_large", "a boundary has at most %s rings: simplify it",                               \
      "一个边界至多 %s 个环：请先简化")                                                                      \
    X(MANY_POINTS, "too_large", "a boundary has at most %s positions: simplify it",                          \
      "一个边界至多 %s 个点：请先简化")                                                                      \
    X(TOO_DEEP, "too_deep", "nested deeper than %s levels: take brackets away",                              \
      "嵌套超过 %s 层：请减少括号层数")                                                                      \
    X(WRONG_FILE, "wrong_type",                                                                              \
      "the file is %s: a FeatureCollection, Feature, Polygon or MultiPolygon is wanted",                     \
      "文件为 %s：应为 FeatureCollection、Feature、Polygon 或 MultiPolygon")                                 \
    X(NO_FEATURE, "wrong_type", "it is no Feature but %s", "应为 Feature，而不是 %s")                        \
    X(NO_GEOMETRY, "wrong_type", "its geometry is %s: a Polygon or MultiPolygon with coordinates is wanted", \
      "几何为 %s：应为带坐标的 Polygon 或 MultiPolygon")                                                     \
    X(BAD_LIST, "wrong_type",                                                                                \
      "coordinates are not nested as they must be (a Polygon is a list of rings, a ring a list of "          \
      "positions): here stands %s",                                                                          \
      "坐标的嵌套有误（Polygon 为环的列表，环为点的列表）：此处为 %s")                                       \
    X(BAD_POSITION, "wrong_type", "a position is two numbers, [longitude, latitude]: here stands %s",        \
      "点应为两个数字 [经度, 纬度]：此处为 %s")                                                              \
    X(TWICE, "wrong_type", "`%s` is there twice: leave one", "`%s` 出现两次：请只留一个")                    \
    X(UNKNOWN_CRS, "unknown_crs",                                                                            \
      "the file says that its coordinates are in %s: export it in WGS 84 (EPSG:4326), or say by the crs "    \
      "option what they are",                                                                                \
      "文件声明坐标系为 %s：请按 WGS 84（EPSG:4326）导出，或用 crs 选项说明坐标系")                          \
    X(MISSING, "missing", "its properties have no %s: each grid says code, title and node",                  \
      "属性中缺少 %s：每个网格须有 code、title、node")                                                       \
    X(NO_TEXT, "bad_property", "`%s` must be a text", "`%s` 须为文本")                                       \
    X(LONG_TEXT, "bad_property", "`%s` is too long: shorten it", "`%s` 过长：请缩短")                        \
    X(UNSEEN_TEXT, "bad_property", "`%s` has nothing to be seen, or a character that ends the line",         \
      "`%s` 没有可见字符，或含有换行等控制字符")                                                             \
    X(BAD_NODE, "bad_property",                                                                              \
      "`node` is no path from the root, labels of a-z 0-9 - with / between them: %s",                        \
      "`node` 不是自根起的路径（a-z 0-9 -，以 / 分隔）：%s")                                                 \
    X(DUPLICATE, "duplicate_code",                                                                           \
      "its node has this code already, in feature %s: codes are unique within a node, give it another",      \
      "同一节点下编码重复，已见于第 %s 个要素：请改用不同的编码")                                            \
    X(TOO_FEW, "too_few_points",                                                                             \
      "a ring has at least four positions, the last equal to the first: this one has %s",                    \
      "环至少四点，末点与首点相同：此环只有 %s 点")                                                          \
    X(NOT_CLOSED, "not_closed", "the ring is not closed: its last position must be its first again, %s",     \
      "环未闭合：末点须与首点相同，即 %s")                                                                   \
    X(OUT_OF_RANGE, "out_of_range",                                                                          \
      "%s is no position: longitude from -180 to 180 comes first, then latitude from -90 to 90",             \
      "%s 不是有效位置：先经度（-180 至 180），后纬度（-90 至 90）")                                         \
    X(SWAPPED, "swapped_axes", "%s looks like latitude, longitude: GeoJSON has longitude first; swap them",  \
      "%s 疑为纬度在前：GeoJSON 须经度在前，请对调")                                                         \
    X(ANTIMERIDIAN, "antimeridian",                                                                          \
      "the edge from here (longitude %s) spans more than 180 degrees, so it crosses the antimeridian: cut "  \
      "the boundary there into two polygons (RFC 7946, 3.1.9)",                                              \
      "自此点（经度 %s）起的边跨越 180 度经线：请在该处把边界切成两个多边形（RFC 7946 3.1.9）")              \
    X(NO_AREA, "no_area", "the ring encloses nothing, at %s (WGS-84): draw it anew, or leave it out",        \
      "此环不围成面积，位于 %s（WGS-84）：请重画或删去")                                                     \
    X(SELF_CROSSING, "self_crossing",                                                                        \
      "the boundary crosses or touches itself at %s (WGS-84): draw that place anew",                         \
      "边界在 %s（WGS-84）处自相交或自接触：请重画该处")                                                     \
    X(BAD_HOLE, "bad_hole",                                                                                  \
      "a hole lies outside of its polygon or in another hole, at %s (WGS-84): draw it anew",                 \
      "洞不在所属多边形之内，或与其他洞重叠，位于 %s（WGS-84）：请重画该洞")                                 \
    X(PARTS_OVERLAP, "parts_overlap",                                                                        \
      "two polygons of this boundary overlap, at %s (WGS-84): make one of them",                             \
      "同一边界的两个多边形重叠，位于 %s（WGS-84）：请合并")

enum qp_geo_fault_kind {
#define X(kind, name, en, zh) QP_GEO_##kind,
    QP_GEO_FAULTS(X)
#undef X
        QP_GEO_FAULT_KINDS
};

/* Counted from 1 as a person counts; 0: not of one. Ring 1 of a polygon is its outer one, the others are holes. */
struct qp_geo_fault {
    enum qp_geo_fault_kind kind;
    size_t feature, polygon, ring, vertex;
    char code[QP_NAME_BYTES + 1]; /* the feature's, as far as it was read; "" */
    char detail[160];
};

enum { QP_GEO_SENTENCE = 640 };
/* `feature 3 (0341), polygon 1, ring 2 (a hole), vertex 7: …` */
void qp_geo_fault_text(char out[QP_GEO_SENTENCE], const struct qp_geo_fault *f, bool zh);
const char *qp_geo_fault_name(enum qp_geo_fault_kind kind);

#endif
