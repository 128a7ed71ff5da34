/* calls.h: every call of the API, one row each: method, address, who may, what it takes, its handler. What is
 * not in here is not there (404, 405), and what a row does not allow nobody may: default deny.
 *
 *   X(method, path, who may, bytes of a body, its lines are NDJSON, arguments behind the `?`, audit, handler)
 *
 * `who may` is a set of rights, any one of them is enough; KNOWN: whoever has logged in or sends a token;
 * OPEN: everybody; with FORMS a form of any page, whose handler asks for the key in it. Where a call is several in one (the steps of a matter, the lines of a batch) the row lets
 * in who may do one of them, and the handler asks for the one. Arguments: NULL where the handler looks.
 * audit (DE3): NO; TURN, DOOR: the turn that does it, or the handler, writes it down; else a row of proto/audit.h, which is
 * written down before the handler runs: what could not be is not done. A new call must say.
 * Resources (resources.h) have rows of their own, made from their list. Rule: DE2. */
#ifndef QP_NODE_HTTP_CALLS_CALLS_H
#define QP_NODE_HTTP_CALLS_CALLS_H

#include "node/http/wire/inside.h"

/* clang-format off */
#define QP_CALLS(X) \
    X(GET,    "/healthz",                     OPEN,                  0,             false, NULL, NO, qp_healthz_get) \
    X(GET,    "/metrics",                     MAY(READ) | MAY(COUNT), 0,            false, NULL, NO, qp_metrics_get) \
    X(GET,    "/",                            OPEN,                  0,             false, NULL, NO, qp_home_get) \
    X(GET,    "/favicon.svg",                 OPEN,                  0,             false, NULL, NO, qp_page_get) \
    X(GET,    "/field-worker.js",             OPEN,                  0,             false, NULL, NO, qp_page_get) \
    X(GET,    "/field.webmanifest",           OPEN,                  0,             false, NULL, NO, qp_page_get) \
    X(GET,    "/web/**",                     OPEN,                  0,             false, NULL, NO, qp_page_get) \
    X(GET,    "/login",                      OPEN,                  0,             false, NULL, NO, qp_page_get) \
    X(GET,    "/screen",                     OPEN,                  0,             false, NULL, NO, qp_page_get) \
    X(GET,    "/desk",                       OPEN,                  0,             false, NULL, NO, qp_page_get) \
    X(GET,    "/field",                      OPEN,                  0,             false, NULL, NO, qp_page_get) \
    X(GET,    "/admin",                      OPEN,                  0,             false, NULL, NO, qp_page_get) \
    X(GET,    "/circulars",                  OPEN,                  0,             false, NULL, NO, qp_page_get) \
    X(GET,    "/map.pmtiles",                KNOWN,                 0,             false, NULL, NO, qp_map_file_get) \
    X(GET,    "/login/*",                     OPEN,                  0,             false, NULL, NO, qp_login_get) \
    X(POST,   "/login/*",                     OPEN,                  QP_FORM_MOST,  false, NULL, DOOR, qp_login_post) \
    X(GET,    "/api/v1/node",                 MAY(READ) | MAY(COUNT), 0,            false, "", NO, qp_node_get) \
    X(GET,    "/api/v1/tree",                 MAY(READ) | MAY(COUNT), 0,            false, "", NO, qp_tree_get) \
    X(GET,    "/api/v1/door",                OPEN,                  0,             false, "", NO, qp_door_get) \
    X(GET,    "/api/v1/wall",                MAY(READ) | MAY(COUNT), 0,             false, NULL, NO, qp_wall_get) \
    X(GET,    "/api/v1/warnings",             MAY(READ),             0,             false, NULL, NO, qp_warnings_get) \
    X(GET,    "/api/v1/warnings/*",           MAY(READ),             0,             false, "", NO, qp_warning_get_one) \
    X(POST,   "/api/v1/warnings/*/*",         MAY(STEP),             QP_BODY_MOST,  false, "", NO, qp_warning_post) \
    X(GET,    "/api/v1/leads",                MAY(READ),             0,             false, NULL, NO, qp_leads_get) \
    X(GET,    "/api/v1/leads/*",              MAY(READ),             0,             false, "", NO, qp_lead_get_one) \
    X(POST,   "/api/v1/leads/*/*",            MAY(STEP),             QP_BODY_MOST,  false, "", NO, qp_lead_post) \
    X(GET,    "/api/v1/feed",                 MAY(READ),             0,             false, "after hash limit", EXPORT, qp_feed_get) \
    X(GET,    "/api/v1/board",                MAY(READ) | MAY(COUNT), 0,            false, NULL, NO, qp_board_get) \
    X(GET,    "/api/v1/stream",               MAY(READ) | MAY(COUNT), 0,            false, "last_event_id", NO, qp_stream_get) \
    X(GET,    "/api/v1/matters",              MAY(READ),             0,             false, NULL, NO, qp_matters_get) \
    X(POST,   "/api/v1/matters",              MAY(REPORT),           QP_BODY_MOST,  false, NULL, NO, qp_matters_post) \
    X(POST,   "/api/v1/matters:batch",        MAY(REPORT) | MAY(STEP) | MAY(COMMAND), QP_BATCH_MOST, true, "", NO, qp_batch_post) \
    X(GET,    "/api/v1/matters:similar",      MAY(READ),             0,             false, NULL, NO, qp_similar_get) \
    X(GET,    "/api/v1/matters/*",            MAY(READ),             0,             false, "", NO, qp_matter_get) \
    X(GET,    "/api/v1/matters/*/proof",      MAY(READ),             0,             false, "", EXPORT, qp_proof_get) \
    X(GET,    "/api/v1/matters/*/personal",   MAY(PERSONAL),         0,             false, "purpose", TURN, qp_personal_get) \
    X(POST,   "/api/v1/matters/*/line",       MAY(STEP),             QP_BODY_MOST,  false, "", NO, qp_matter_line_post) \
    X(POST,   "/api/v1/matters/*/*",          MAY(STEP) | MAY(COMMAND) | MAY(PERSONAL), QP_BODY_MOST, false, NULL, TURN, qp_step_post) \
    X(POST,   "/api/v1/blobs",                MAY(REPORT) | MAY(STEP), QP_BLOB_BYTES, false, "personal", NO, qp_blobs_post) \
    X(GET,    "/api/v1/blobs/*",              MAY(READ),             0,             false, "", NO, qp_blob_get) \
    X(GET,    "/api/v1/lines",                MAY(STEP),             0,             false, NULL, NO, qp_lines_get) \
    X(POST,   "/api/v1/lines",                MAY(STEP),             QP_BODY_MOST,  false, "", NO, qp_lines_post) \
    X(GET,    "/api/v1/lines/*",              MAY(STEP),             0,             false, NULL, NO, qp_line_get_one) \
    X(GET,    "/api/v1/lines/*/ice",          MAY(STEP),             0,             false, "", NO, qp_line_ice_get) \
    X(POST,   "/api/v1/lines/*/messages",     MAY(STEP),             QP_BODY_MOST,  false, "", NO, qp_line_message_post) \
    X(POST,   "/api/v1/lines/*/seen",         MAY(STEP),             QP_BODY_MOST,  false, "", NO, qp_line_seen_post) \
    X(POST,   "/api/v1/lines/*/whispers",     MAY(STEP),             QP_BODY_MOST,  false, "", NO, qp_line_whisper_post) \
    X(GET,    "/api/v1/circulars",            MAY(READ) | MAY(COUNT), 0,            false, NULL, NO, qp_circulars_get) \
    X(POST,   "/api/v1/circulars",            MAY(COMMAND),          QP_BODY_MOST,  false, "", NO, qp_circulars_post) \
    X(GET,    "/api/v1/circulars:figures",    MAY(READ) | MAY(COUNT), 0,            false, "", NO, qp_circular_figures_get) \
    X(GET,    "/api/v1/circulars/*",          MAY(READ) | MAY(COUNT), 0,            false, "lang", NO, qp_circular_get) \
    X(GET,    "/api/v1/circulars/*/matters",  MAY(READ),             0,             false, NULL, NO, qp_circular_matters_get) \
    X(POST,   "/api/v1/circulars/*/*",        MAY(COMMAND),          QP_BODY_MOST,  false, "", NO, qp_circular_judge_post) \
    X(GET,    "/circular.css",                OPEN,                  0,             false, "", NO, qp_circular_style) \
    X(GET,    "/api/v1/steps",                MAY(READ),             0,             false, "", NO, qp_steps_get) \
    X(GET,    "/api/v1/session",              OPEN,                  0,             false, "", NO, qp_session_get) \
    X(POST,   "/api/v1/session",              OPEN,                  QP_BODY_MOST,  false, "", DOOR, qp_session_post) \
    X(DELETE, "/api/v1/session",              OPEN,                  QP_BODY_MOST,  false, "", DOOR, qp_session_delete) \
    X(GET,    "/api/v1/me",                   KNOWN,                 0,             false, "", NO, qp_me_get) \
    X(POST,   "/api/v1/users/*/password",     KNOWN,                 QP_BODY_MOST,  false, "", TURN, qp_password_post) \
    X(POST,   "/api/v1/session/link",         MAY(ADMIN),            QP_BODY_MOST,  false, "", DOOR, qp_session_link_post) \
    X(POST,   "/api/v1/invites",              MAY(ADMIN),            QP_BODY_MOST,  false, "", TURN, qp_invites_post) \
    X(POST,   "/api/v1/nodes/**",             MAY(ADMIN),            QP_BODY_MOST,  false, "", TURN, qp_revoke_post) \
    X(GET,    "/api/v1/audit",               MAY(AUDIT),            0,             false, NULL,            AUDIT_READ, qp_audit_get) \
    X(GET,    "/api/v1/policy",               MAY(READ),             0,             false, "own", NO, qp_policies_get) \
    X(PUT,    "/api/v1/policy",               MAY(COMMAND),          QP_BODY_MOST,  false, "if_version", TURN, qp_policies_put) \
    X(POST,   "/api/v1/policy:check",         MAY(COMMAND),          QP_BODY_MOST,  false, "", NO, qp_policies_check) \
    X(GET,    "/api/v1/duty",                 MAY(READ),             0,             false, "area lat lon crs limit cursor", NO, qp_duty_get) \
    X(POST,   "/api/v1/duty",                 MAY(REPORT),           QP_BODY_MOST,  false, "", NO, qp_duty_post) \
    X(POST,   "/api/v1/duty/position",        MAY(REPORT),           QP_BODY_MOST,  false, "", NO, qp_duty_position_post) \
    X(GET,    "/api/v1/patrols",              MAY(READ),             0,             false, "grid area from to limit cursor", NO, qp_patrols_get) \
    X(POST,   "/api/v1/patrols",              MAY(REPORT),           QP_BODY_MOST,  false, "", NO, qp_patrols_post) \
    X(GET,    "/api/v1/patrols:compliance",   MAY(READ) | MAY(COUNT), 0,            false, "by area from to", NO, qp_compliance_get) \
    X(GET,    "/api/v1/patrols/*",            MAY(READ),             0,             false, "", NO, qp_patrol_get_one) \
    X(POST,   "/api/v1/patrols/*/*",          MAY(REPORT),           QP_BODY_MOST,  false, "", NO, qp_patrol_post) \
    X(GET,    "/api/v1/grids:locate",         MAY(READ) | MAY(COUNT), 0,            false, "lat lon crs", NO, qp_grids_locate) \
    X(GET,    "/api/v1/grids:coverage",       MAY(READ) | MAY(COUNT), 0,            false, "area", NO, qp_grids_coverage) \
    X(GET,    "/api/v1/map",                  MAY(READ) | MAY(COUNT), 0,            false, "area", NO, qp_map_get) \
    X(POST,   "/api/v1/grids:import",         MAY(ADMIN),            QP_IMPORT_MOST, false, "crs", TURN, qp_grids_import) \
    X(GET,    "/r",                          OPEN,                  0,             false, "number lang", NO, qp_reporter_get) \
    X(POST,   "/r",                          OPEN | FORMS,          QP_FORM_MOST,  false, "number lang", NO, qp_reporter_post) \
    X(GET,    "/r.css",                      OPEN,                  0,             false, "", NO, qp_reporter_style) \
    X(GET,    "/open311/**",                  OPEN,                  0,             false, NULL, NO, qp_open311_get) \
    X(POST,   "/open311/**",                  OPEN | FORMS,          QP_BODY_MOST,  false, NULL, NO, qp_open311_post)
/* clang-format on */

#define X(method, path, may, body, lines, args, audit, handler) enum MHD_Result handler(struct qp_call *c);
QP_CALLS(X)
#undef X
enum MHD_Result qp_options_get(struct qp_call *c); /* of every path; answered without a right */

#endif
