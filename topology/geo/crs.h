/* crs.h: positions as maps give them, as the WGS-84 that is kept; the only conversion in the repository (HTTP,
 * the command line and imports of grids use it).
 *
 *   WGS84     as it is
 *   CGCS2000  taken as WGS-84: China's frame differs from it by some centimetres (its epoch is 2000.0), less
 *             than any position that comes in here knows; whoever is answered reads that it was taken so
 *   GCJ02     the offset of Chinese maps (Gaode, Tencent): 100 to 700 m, a series over the Krasovsky ellipsoid
 *   BD09      Baidu's: GCJ-02, turned and moved once more
 *
 * Formulas: as published in wandergis/coordtransform (MIT) and googollee/eviltransform (MIT), written anew. The
 * forward direction is theirs. Backward they approximate; here the forward direction is taken away from the
 * given position again and again until it stands still: exact to 1e-7 degrees (a centimetre). Outside of the
 * box 72.004..137.8347 E, 0.8293..55.8271 N those maps have no offset, and nothing is changed. The box is
 * theirs too: it holds some neighbours of China, and positions there are converted as their maps do.
 *
 * All functions are pure and may be called by any thread. */
#ifndef QP_TOPOLOGY_GEO_CRS_H
#define QP_TOPOLOGY_GEO_CRS_H

#include <stdbool.h>
#include <stddef.h>

enum qp_crs { QP_CRS_UNKNOWN, QP_CRS_WGS84, QP_CRS_CGCS2000, QP_CRS_GCJ02, QP_CRS_BD09 };
#define QP_CRS_NAMES    "WGS84, CGCS2000, GCJ02 or BD09"
#define QP_CRS_NAMES_ZH "WGS84、CGCS2000、GCJ02 或 BD09"

/* By its name, in any case, with or without the dash: wgs84, WGS-84, gcj02 … QP_CRS_UNKNOWN for all others, "" and
 * NULL among them. */
enum qp_crs qp_crs_of(const char *name);
/* "WGS84" …; "" for QP_CRS_UNKNOWN. */
const char *qp_crs_name(enum qp_crs crs);

/* Degrees in `crs` become WGS-84 in place. `crs` is not QP_CRS_UNKNOWN (assert). Positions that are no finite
 * numbers stay what they are. */
void qp_crs_to_wgs84(enum qp_crs crs, double *lat, double *lon);
/* The other way, as those maps do it: for whoever draws on one, and for tests of the above. */
void qp_crs_from_wgs84(enum qp_crs crs, double *lat, double *lon);

#endif
