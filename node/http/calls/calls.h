/* calls.h: every call of the API, one row each: method, address, who may, what it takes, its handler. What is
 * not in here is not there (404, 405), and what a row does not allow nobody may: default deny.
 *
 *   X(method, path, span, who may, bytes of a body, its lines are NDJSON, arguments behind the `?`, audit, handler)
 *
 * `span`: how it is kept within the areas and categories of a caller who is narrowed to some (node/core/span.h). A new
 * call must say:
 *   OWN      shows and does nothing of matters, only of the caller, the node, its desks and rules
 *   MATTER   of the one matter that its path names: routes.c looks before the handler runs; outside is 404, as absent
 *   ROWS     of several: the handler leaves out what qp_auth_sees says no to, and drafts are looked at by draft_*.c
 *   FIGURES  of an area and a category that its arguments name: those must lie within, which routes.c looks at
 *   WHOLE    of the whole node: nobody who is narrowed may; 403 says so
 * `who may` is a set of rights, any one of them is enough; KNOWN: whoever has logged in or sends a token;
 * OPEN: everybody; with FORMS a form of any page, whose handler asks for the key in it. Where a call is several in one (the steps of a matter, the lines of a batch) the row lets
 * in who may do one of them, and the handler asks for the one. Arguments: NULL where the handler looks.
 * audit (DE3): NO; TURN, DOOR: the turn that does it, or the handler, writes it down; else a row of proto/audit.h, which is
 * written down before the handler runs: what could not be is not done. A new call must say.
 *
 * A new call: its row; its handler, which is declared by that, in a file of this folder that node/http/CMakeLists.txt lists and
 * node/http/README.md names; who may, in tests/unit/http/rights_test.c; and if it writes and is NO, its path among the quiet
 * ones of tests/unit/http/audit_test.c. Whoever forgets one of these is told by the linker or that test. What its fields are
 * stands in node/http/API.md.
 * Resources (resources.h) have rows of their own, made from their list. Rule: DE2. */
#ifndef QP_NODE_HTTP_CALLS_CALLS_H
#define QP_NODE_HTTP_CALLS_CALLS_H

#include "node/http/wire/inside.h"

/* clang-format off */
#define QP_CALLS(X) \
    X(GET,    "/healthz",                         OWN,      OPEN,                  0,             false, NULL, NO, qp_healthz_get) \
    X(GET,    "/metrics",                         WHOLE,    MAY(READ) | MAY(COUNT), 0,            false, NULL, NO, qp_metrics_get) \
    X(GET,    "/",                                OWN,      OPEN,                  0,             false, NULL, NO, qp_home_get) \
    X(GET,    "/favicon.svg",                     OWN,      OPEN,                  0,             false, NULL, NO, qp_page_get) \
    X(GET,    "/field-worker.js",                 OWN,      OPEN,                  0,             false, NULL, NO, qp_page_get) \
    X(GET,    "/field.webmanifest",               OWN,      OPEN,                  0,             false, NULL, NO, qp_page_get) \
    X(GET,    "/web/**",                          OWN,      OPEN,                  0,             false, NULL, NO, qp_page_get) \
    X(GET,    "/login",                           OWN,      OPEN,                  0,             false, NULL, NO, qp_page_get) \
    X(GET,    "/screen",                          OWN,      OPEN,                  0,             false, NULL, NO, qp_page_get) \
    X(GET,    "/desk",                            OWN,      OPEN,                  0,             false, NULL, NO, qp_page_get) \
    X(GET,    "/field",                           OWN,      OPEN,                  0,             false, NULL, NO, qp_page_get) \
    X(GET,    "/admin",                           OWN,      OPEN,                  0,             false, NULL, NO, qp_page_get) \
    X(GET,    "/circulars",                       OWN,      OPEN,                  0,             false, NULL, NO, qp_page_get) \
    X(GET,    "/map.pmtiles",                     OWN,      KNOWN,                 0,             false, NULL, NO, qp_map_file_get) \
    X(GET,    "/login/*",                         OWN,      OPEN,                  0,             false, NULL, NO, qp_login_get) \
    X(POST,   "/login/*",                         OWN,      OPEN,                  QP_FORM_MOST,  false, NULL, DOOR, qp_login_post) \
    X(GET,    "/api/v1/node",                     OWN,      MAY(READ) | MAY(COUNT), 0,            false, "", NO, qp_node_get) \
    X(GET,    "/api/v1/tree",                     ROWS,     MAY(READ) | MAY(COUNT), 0,            false, NULL, NO, qp_tree_get) \
    X(GET,    "/api/v1/calls",                    OWN,      KNOWN,                 0,             false, "", NO, qp_calls_get) \
    X(GET,    "/api/v1/door",                     OWN,      OPEN,                  0,             false, "", NO, qp_door_get) \
    X(GET,    "/api/v1/wall",                     FIGURES,  MAY(READ) | MAY(COUNT), 0,             false, NULL, NO, qp_wall_get) \
    X(GET,    "/api/v1/warnings",                 ROWS,     MAY(READ) | MAY(COUNT), 0,            false, NULL, NO, qp_warnings_get) \
    X(GET,    "/api/v1/warnings/*",               ROWS,     MAY(READ),             0,             false, "", NO, qp_warning_get_one) \
    X(POST,   "/api/v1/warnings/*/*",             ROWS,     MAY(STEP),             QP_BODY_MOST,  false, "", NO, qp_warning_post) \
    X(GET,    "/api/v1/leads",                    ROWS,     MAY(READ) | MAY(COUNT), 0,            false, NULL, NO, qp_leads_get) \
    X(GET,    "/api/v1/leads/*",                  ROWS,     MAY(READ),             0,             false, "", NO, qp_lead_get_one) \
    X(POST,   "/api/v1/leads/*/*",                ROWS,     MAY(STEP),             QP_BODY_MOST,  false, "", NO, qp_lead_post) \
    X(GET,    "/api/v1/feed",                     WHOLE,    MAY(READ),             0,             false, "after hash limit", EXPORT, qp_feed_get) \
    X(GET,    "/api/v1/board",                    FIGURES,  MAY(READ) | MAY(COUNT), 0,            false, NULL, NO, qp_board_get) \
    X(GET,    "/api/v1/stream",                   ROWS,     MAY(READ) | MAY(COUNT), 0,            false, "last_event_id types", NO, qp_stream_get) \
    X(GET,    "/api/v1/matters",                  ROWS,     MAY(READ),             0,             false, NULL, NO, qp_matters_get) \
    X(POST,   "/api/v1/matters",                  ROWS,     MAY(REPORT),           QP_BODY_MOST,  false, NULL, NO, qp_matters_post) \
    X(POST,   "/api/v1/matters:batch",            ROWS,     MAY(REPORT) | MAY(STEP) | MAY(COMMAND), QP_BATCH_MOST, true, "", NO, qp_batch_post) \
    X(GET,    "/api/v1/matters:similar",          ROWS,     MAY(READ),             0,             false, NULL, NO, qp_similar_get) \
    X(GET,    "/api/v1/matters/*",                MATTER,   MAY(READ),             0,             false, "", NO, qp_matter_get) \
    X(GET,    "/api/v1/matters/*/proof",          MATTER,   MAY(READ),             0,             false, "", EXPORT, qp_proof_get) \
    X(GET,    "/api/v1/matters/*/personal",       MATTER,   MAY(PERSONAL),         0,             false, "purpose", TURN, qp_personal_get) \
    X(POST,   "/api/v1/matters/*/line",           MATTER,   MAY(STEP),             QP_BODY_MOST,  false, "", NO, qp_matter_line_post) \
    X(POST,   "/api/v1/matters/*/*",              MATTER,   MAY(STEP) | MAY(COMMAND) | MAY(PERSONAL), QP_BODY_MOST, false, NULL, TURN, qp_step_post) \
    X(POST,   "/api/v1/blobs",                    OWN,      MAY(REPORT) | MAY(STEP), QP_BLOB_BYTES, false, "personal", NO, qp_blobs_post) \
    X(GET,    "/api/v1/blobs/*",                  ROWS,     MAY(READ),             0,             false, "", NO, qp_blob_get) \
    X(GET,    "/api/v1/lines",                    ROWS,     MAY(STEP),             0,             false, NULL, NO, qp_lines_get) \
    X(POST,   "/api/v1/lines",                    ROWS,     MAY(STEP),             QP_BODY_MOST,  false, "", NO, qp_lines_post) \
    X(GET,    "/api/v1/lines/*",                  ROWS,     MAY(STEP),             0,             false, NULL, NO, qp_line_get_one) \
    X(GET,    "/api/v1/lines/*/ice",              ROWS,     MAY(STEP),             0,             false, "", NO, qp_line_ice_get) \
    X(POST,   "/api/v1/lines/*/messages",         ROWS,     MAY(STEP),             QP_BODY_MOST,  false, "", NO, qp_line_message_post) \
    X(POST,   "/api/v1/lines/*/seen",             ROWS,     MAY(STEP),             QP_BODY_MOST,  false, "", NO, qp_line_seen_post) \
    X(POST,   "/api/v1/lines/*/whispers",         ROWS,     MAY(STEP),             QP_BODY_MOST,  false, "", NO, qp_line_whisper_post) \
    X(GET,    "/api/v1/circulars",                WHOLE,    MAY(READ) | MAY(COUNT), 0,            false, NULL, NO, qp_circulars_get) \
    X(POST,   "/api/v1/circulars",                WHOLE,    MAY(COMMAND),          QP_BODY_MOST,  false, "", NO, qp_circulars_post) \
    X(GET,    "/api/v1/circulars:figures",        WHOLE,    MAY(READ) | MAY(COUNT), 0,            false, "", NO, qp_circular_figures_get) \
    X(GET,    "/api/v1/circulars/*",              WHOLE,    MAY(READ) | MAY(COUNT), 0,            false, "lang", NO, qp_circular_get) \
    X(GET,    "/api/v1/circulars/*/matters",      WHOLE,    MAY(READ),             0,             false, NULL, NO, qp_circular_matters_get) \
    X(POST,   "/api/v1/circulars/*/*",            WHOLE,    MAY(COMMAND),          QP_BODY_MOST,  false, "", NO, qp_circular_judge_post) \
    X(GET,    "/circular.css",                    OWN,      OPEN,                  0,             false, "", NO, qp_circular_style) \
    X(GET,    "/api/v1/steps",                    OWN,      MAY(READ),             0,             false, "", NO, qp_steps_get) \
    X(GET,    "/api/v1/session",                  OWN,      OPEN,                  0,             false, "", NO, qp_session_get) \
    X(POST,   "/api/v1/session",                  OWN,      OPEN,                  QP_BODY_MOST,  false, "", DOOR, qp_session_post) \
    X(DELETE, "/api/v1/session",                  OWN,      OPEN,                  QP_BODY_MOST,  false, "", DOOR, qp_session_delete) \
    X(GET,    "/api/v1/sessions",                 OWN,      KNOWN,                 0,             false, "", NO, qp_sessions_get) \
    X(DELETE, "/api/v1/sessions",                 OWN,      KNOWN,                 QP_BODY_MOST,  false, "", DOOR, qp_sessions_delete) \
    X(DELETE, "/api/v1/sessions/*",               OWN,      KNOWN,                 QP_BODY_MOST,  false, "", DOOR, qp_session_delete_one) \
    X(GET,    "/api/v1/me",                       OWN,      KNOWN,                 0,             false, "", NO, qp_me_get) \
    X(POST,   "/api/v1/users/*/password",         OWN,      KNOWN,                 QP_BODY_MOST,  false, "", TURN, qp_password_post) \
    X(POST,   "/api/v1/session/link",             WHOLE,    MAY(ADMIN),            QP_BODY_MOST,  false, "", DOOR, qp_session_link_post) \
    X(POST,   "/api/v1/invites",                  WHOLE,    MAY(ADMIN),            QP_BODY_MOST,  false, "", TURN, qp_invites_post) \
    X(POST,   "/api/v1/nodes/**",                 WHOLE,    MAY(ADMIN),            QP_BODY_MOST,  false, "", TURN, qp_revoke_post) \
    X(GET,    "/api/v1/audit",                    WHOLE,    MAY(AUDIT),            0,             false, NULL,            AUDIT_READ, qp_audit_get) \
    X(GET,    "/api/v1/policy",                   OWN,      MAY(READ),             0,             false, "own", NO, qp_policies_get) \
    X(PUT,    "/api/v1/policy",                   WHOLE,    MAY(COMMAND),          QP_BODY_MOST,  false, "if_version", TURN, qp_policies_put) \
    X(POST,   "/api/v1/policy:check",             WHOLE,    MAY(COMMAND),          QP_BODY_MOST,  false, "", NO, qp_policies_check) \
    X(GET,    "/api/v1/duty",                     FIGURES,  MAY(READ),             0,             false, "area lat lon crs limit cursor", NO, qp_duty_get) \
    X(POST,   "/api/v1/duty",                     OWN,      MAY(REPORT),           QP_BODY_MOST,  false, "", NO, qp_duty_post) \
    X(POST,   "/api/v1/duty/position",            OWN,      MAY(REPORT),           QP_BODY_MOST,  false, "", NO, qp_duty_position_post) \
    X(GET,    "/api/v1/patrols",                  ROWS,     MAY(READ),             0,             false, "grid area from to limit cursor", NO, qp_patrols_get) \
    X(POST,   "/api/v1/patrols",                  ROWS,     MAY(REPORT),           QP_BODY_MOST,  false, "", NO, qp_patrols_post) \
    X(GET,    "/api/v1/patrols:compliance",       FIGURES,  MAY(READ) | MAY(COUNT), 0,            false, "by area from to", NO, qp_compliance_get) \
    X(GET,    "/api/v1/patrols/*",                ROWS,     MAY(READ),             0,             false, "", NO, qp_patrol_get_one) \
    X(POST,   "/api/v1/patrols/*/*",              ROWS,     MAY(REPORT),           QP_BODY_MOST,  false, "", NO, qp_patrol_post) \
    X(GET,    "/api/v1/grids:locate",             OWN,      MAY(READ) | MAY(COUNT), 0,            false, "lat lon crs", NO, qp_grids_locate) \
    X(GET,    "/api/v1/grids:coverage",           FIGURES,  MAY(READ) | MAY(COUNT), 0,            false, "area", NO, qp_grids_coverage) \
    X(GET,    "/api/v1/map",                      OWN,      MAY(READ) | MAY(COUNT), 0,            false, "area", NO, qp_map_get) \
    X(POST,   "/api/v1/grids:import",             WHOLE,    MAY(ADMIN),            QP_IMPORT_MOST, false, "crs", TURN, qp_grids_import) \
    X(GET,    "/r",                               OWN,      OPEN,                  0,             false, "number lang", NO, qp_reporter_get) \
    X(POST,   "/r",                               OWN,      OPEN | FORMS,          QP_FORM_MOST,  false, "number lang", NO, qp_reporter_post) \
    X(GET,    "/r.css",                           OWN,      OPEN,                  0,             false, "", NO, qp_reporter_style) \
    X(GET,    "/open311/**",                      ROWS,     OPEN,                  0,             false, NULL, NO, qp_open311_get) \
    X(POST,   "/open311/**",                      ROWS,     OPEN | FORMS,          QP_BODY_MOST,  false, NULL, NO, qp_open311_post)
/* clang-format on */

#define X(method, path, span, may, body, lines, args, audit, handler)                                        \
    enum MHD_Result handler(struct qp_call *c);
QP_CALLS(X)
#undef X
enum MHD_Result qp_options_get(struct qp_call *c); /* of every path; answered without a right */

#endif
