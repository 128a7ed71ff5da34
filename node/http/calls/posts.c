/* posts.c: guard posts, as a resource: where somebody is always on watch. */
#include "node/http/calls/resources.h"

static const struct qp_sheet SHEET[] = {QP_FIELDS_post(QP_SHEET_I, QP_SHEET_F) QP_SHEET_E};

const struct qp_view qp_post_view = {.kind = QP_RESOURCE_POST, .sheet = SHEET};
