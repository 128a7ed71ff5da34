/* depots.c: depots, as a resource: where sandbags, pumps and boats lie that this node can send. */
#include "node/http/calls/resources.h"

static const struct qp_sheet SHEET[] = {QP_FIELDS_depot(QP_SHEET_I, QP_SHEET_F) QP_SHEET_E};

const struct qp_view qp_depot_view = {.kind = QP_RESOURCE_DEPOT, .sheet = SHEET};
