/* json_warning.c: see json_warning.h. Numbers of matters are whole; what is expected, scores and factors have three
 * decimals, as the fact has them. */
#include "node/http/shape/json_warning.h"

static void put_day(struct qp_json *j, const char *name, bool there, int32_t day)
{
    char text[32];
    if (there)
        qp_bucket_day_text(text, day);
    qp_json_put(j, name, there ? text : NULL);
}

static void put_real(struct qp_json *j, const char *name, uint32_t v, double one)
{
    qp_json_key(j, name);
    qp_json_real(j, v / one);
}

static void put_notes(struct qp_json *j, const Qp__WarningRow *row)
{
    static const char *const verbs[] = {"", "note", "dismiss", "matter"};
    qp_json_key(j, "notes");
    qp_json_array(j);
    for (size_t i = 0; i < row->n_notes; i++) {
        const Qp__WarningNote *n = row->notes[i];
        qp_json_object(j);
        qp_json_put(j, "what", n->verb < sizeof verbs / sizeof *verbs ? verbs[n->verb] : "");
        qp_json_put(j, "text", n->text);
        qp_json_put(j, "by", n->by);
        qp_json_put_time(j, "at", n->at_us);
        qp_json_object_end(j);
    }
    qp_json_array_end(j);
}

/* The matter that was made of it, or null. */
static void put_made(struct qp_json *j, const Qp__WarningRow *row)
{
    const ProtobufCBinaryData *made = NULL;
    for (size_t i = 0; i < row->n_notes; i++)
        made = row->notes[i]->matter.len == QP_ID_LEN ? &row->notes[i]->matter : made;
    qp_json_key(j, "matter");
    qp_json_id(j, made ? made->data : NULL, made ? made->len : 0);
}

/* The matters behind it: the filters of the list that shows them, and the days of the window. */
static void put_behind(struct qp_json *j, const Qp__Warning *w)
{
    qp_json_key(j, "behind");
    qp_json_object(j);
    qp_json_put(j, "area", w->area);
    qp_json_put(j, "category", w->category);
    put_day(j, "from", true, w->day - (int32_t)(w->window > 0 && w->window < 32 ? w->window - 1 : 0));
    put_day(j, "to", true, w->day);
    qp_json_object_end(j);
}

void qp_json_warning(struct qp_json *j, const Qp__WarningRow *row, struct qp_read *r, bool words)
{
    const Qp__Warning *w = row->warning;
    enum qp_warning_state state = qp_warning_state_of(row, qp_wall_us());
    bool ended = w->state == QP_WARNING_ENDED || state == QP_WARNING_ENDED;
    struct qp_node_entry n;
    qp_json_key(j, "id");
    qp_json_id(j, w->id.data, w->id.len);
    qp_json_put(j, "area", w->area);
    qp_json_put(j, "title", !qp_node_by_path(r, w->area, &n) && *n.title ? n.title : w->area);
    qp_json_put(j, "category", w->category);
    qp_json_put(j, "state", qp_warning_state_name(state));
    qp_json_put_bool(j, "raised", w->raised);
    put_day(j, "first_day", true, w->first_day);
    put_day(j, "last_day", true, w->last_day);
    put_day(j, "raised_day", w->raised, w->raised_day);
    put_day(j, "ended_day", ended, qp_warning_ended_day(row));
    put_day(j, "day", true, w->day);
    qp_json_put_int(j, "window", w->window);
    qp_json_put_int(j, "seen", w->seen);
    put_real(j, "expected", w->expected_milli, 1e3);
    qp_json_put_int(j, "limit", w->limit);
    put_real(j, "score", w->score_milli, 1e3);
    qp_json_key(j, "factors");
    qp_json_object(j);
    put_real(j, "weekday", w->weekday_ppm, 1e6);
    put_real(j, "week", w->week_ppm, 1e6);
    put_real(j, "new_year", w->slot_ppm, 1e6);
    qp_json_object_end(j);
    put_behind(j, w);
    if (words)
        put_notes(j, row);
    put_made(j, row);
    qp_json_put_time(j, "updated_at", row->at_us);
}
