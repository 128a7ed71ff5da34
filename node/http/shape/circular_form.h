/* circular_form.h: a circular on paper and in a spreadsheet: HTML to print, XLSX, CSV, each in zh or en. Columns, words and
 * their order are those of the list of figures (node/insight/circular/figure.h). */
#ifndef QP_NODE_HTTP_SHAPE_CIRCULAR_FORM_H
#define QP_NODE_HTTP_SHAPE_CIRCULAR_FORM_H

#include "node/http/shape/json_circular.h"

enum { QP_SHARE_DIGITS = 1 }; /* of a share in print (CI6) */

struct qp_form {
    const Qp__CircularHead *head;
    const Qp__Circular *body;
    const struct qp_zone *zone;
    struct qp_read *r; /* for titles of places */
    bool zh;
};
/* One key's numbers, read. */
struct qp_form_row {
    const Qp__CircularRow *r;
    char title[QP_TITLE_BYTES + 1]; /* as people call it: a place's title, "none" for no desk, "合计" */
    struct qp_numbers now, before, year;
};
/* Row i; false: it cannot be shown. */
bool qp_form_row(struct qp_form_row *out, const struct qp_form *f, size_t i);
static inline const char *qp_form_word(const struct qp_form *f, const char *zh, const char *en)
{
    return f->zh ? zh : en;
}
/* "宿州市 2026 年第 28 周" is what a reader looks for: place and period in one line. */
void qp_form_name(char *out, size_t cap, const struct qp_form *f);
void qp_form_day(char out[40], const struct qp_form *f, int64_t at_us);

/* malloc'd, the caller's; NULL: no memory, or (xlsx) no room for its temporary files. */
char *qp_form_html(const struct qp_form *f, size_t *len);
char *qp_form_csv(const struct qp_form *f, size_t *len);
char *qp_form_xlsx(const struct qp_form *f, size_t *len);
extern const char qp_form_css[];

#endif
