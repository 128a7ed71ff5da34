/* map_place.c: a row's position: two columns, or one such as "(37.7, -122.4)" or "POINT (-122.4 37.7)". What
 * cannot be a position, or stands for none, costs the record its position and nothing else. Called by
 * map_record.c. */
#include "topology/map_form.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Plain decimal degrees: no "nan", "inf" or hexadecimal. Moves on behind it. */
static bool degrees(const char **text, double *out)
{
    char number[40];
    size_t len = strspn(*text, "+-.0123456789eE");
    if (len == 0 || len >= sizeof number)
        return false;
    memcpy(number, *text, len);
    number[len] = '\0';
    char *end;
    *out = strtod(number, &end);
    *text += len;
    return *end == '\0';
}

static const char *past_blanks(const char *p)
{
    return p + strspn(p, " \t\r\n");
}

static bool whole(const char *text, double *out)
{
    text = past_blanks(text);
    return degrees(&text, out) && *past_blanks(text) == '\0';
}

/* Two numbers, with a comma, a semicolon or blanks between them, maybe in brackets. */
static bool pair(const char *text, bool lon_first, double *lat, double *lon)
{
    double a, b;
    text = past_blanks(text);
    if (strncasecmp(text, "POINT", 5) == 0) {
        text = past_blanks(text + 5);
        lon_first = true; /* well-known text is x y */
    }
    text = past_blanks(text + strspn(text, "(["));
    if (!degrees(&text, &a))
        return false;
    text = past_blanks(text);
    text = past_blanks(text + (*text == ',' || *text == ';'));
    if (!degrees(&text, &b))
        return false;
    text = past_blanks(text);
    text = past_blanks(text + strspn(text, ")]"));
    *lat = lon_first ? b : a;
    *lon = lon_first ? a : b;
    return *text == '\0';
}

/* 0 0 lies in the sea; the map names others that an office's program writes when it knows none. */
static bool stands_for_none(const struct qp_map *m, double lat, double lon)
{
    static const double near = 1e-6;
    if (fabs(lat) < near && fabs(lon) < near)
        return true;
    for (size_t i = 0; i < m->n_no_position; i++)
        if (fabs(lat - m->no_position[i].lat) < near && fabs(lon - m->no_position[i].lon) < near)
            return true;
    return false;
}

void qp_form_place(const struct qp_map_row *w, const char *lat, const char *lon, const char *position)
{
    struct qp_map_record *r = w->r;
    bool any = lat[0] != '\0' || lon[0] != '\0' || position[0] != '\0';
    bool sound = position[0] != '\0' ? pair(position, w->m->lon_first, &r->lat, &r->lon)
                                     : whole(lat, &r->lat) && whole(lon, &r->lon);
    r->has_location =
        any && sound && fabs(r->lat) <= 90 && fabs(r->lon) <= 180 && !stands_for_none(w->m, r->lat, r->lon);
    r->dropped_position = any && !r->has_location;
    if (!r->has_location)
        r->lat = r->lon = 0;
}
