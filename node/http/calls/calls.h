/* calls.h: every call of the API, one row each: method, address, who may, what it takes, its handler. What is
 * not in here is not there (404, 405), and what a row does not allow nobody may: default deny.
 *
 *   X(method, path, span, who may, bytes of a body, its lines are NDJSON, arguments behind the `?`, audit, handler,
 *     what it does, as node/http/API.md tells it)
 *
 * `span`: how it is kept within the areas and categories of a caller who is narrowed to some (node/core/span.h), and within his
 * own matters where he sees no others (node/core/own.h; of those FIGURES and WHOLE know nothing, but WHOLE that wants `read` alone
 * is refused him). A new call must say:
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
 * ones of tests/unit/http/audit_test.c; its line in node/http/API.md (`api_page --write node/http/API.md` prints it). Whoever
 * forgets one of these is told by the linker or the test. What its fields are is written there by hand.
 * Resources (resources.h) have rows of their own, made from their list. Rule: DE2. */
#ifndef QP_NODE_HTTP_CALLS_CALLS_H
#define QP_NODE_HTTP_CALLS_CALLS_H

#include "node/http/wire/inside.h"

/* clang-format off */
#define QP_CALLS(X) \
    X(GET,    "/healthz",                         OWN,      OPEN,                  0,             false, NULL, NO, qp_healthz_get, \
      "whether this node serves, and which alarms stand; 503 while it does not") \
    X(GET,    "/metrics",                         WHOLE,    MAY(READ) | MAY(COUNT), 0,            false, NULL, NO, qp_metrics_get, \
      "the node's figures, as Prometheus reads them") \
    X(GET,    "/",                                OWN,      OPEN,                  0,             false, NULL, NO, qp_home_get, \
      "to the page that whoever asks begins with") \
    X(GET,    "/favicon.svg",                     OWN,      OPEN,                  0,             false, NULL, NO, qp_page_get, \
      "the pages' mark") \
    X(GET,    "/field-worker.js",                 OWN,      OPEN,                  0,             false, NULL, NO, qp_page_get, \
      "the phone's page without a network: what keeps it") \
    X(GET,    "/field.webmanifest",               OWN,      OPEN,                  0,             false, NULL, NO, qp_page_get, \
      "the phone's page as an app") \
    X(GET,    "/web/**",                          OWN,      OPEN,                  0,             false, NULL, NO, qp_page_get, \
      "what the pages are made of") \
    X(GET,    "/login",                           OWN,      OPEN,                  0,             false, NULL, NO, qp_page_get, \
      "the page to log in") \
    X(GET,    "/screen",                          OWN,      OPEN,                  0,             false, NULL, NO, qp_page_get, \
      "the page of a wall") \
    X(GET,    "/desk",                            OWN,      OPEN,                  0,             false, NULL, NO, qp_page_get, \
      "the page of a desk") \
    X(GET,    "/field",                           OWN,      OPEN,                  0,             false, NULL, NO, qp_page_get, \
      "the page of a phone") \
    X(GET,    "/admin",                           OWN,      OPEN,                  0,             false, NULL, NO, qp_page_get, \
      "the page of an administrator") \
    X(GET,    "/circulars",                       OWN,      OPEN,                  0,             false, NULL, NO, qp_page_get, \
      "the page of circulars") \
    X(GET,    "/map.pmtiles",                     OWN,      KNOWN,                 0,             false, NULL, NO, qp_map_file_get, \
      "the map's tiles, where this node has a file of them") \
    X(GET,    "/login/*",                         OWN,      OPEN,                  0,             false, NULL, NO, qp_login_get, \
      "a one-time link: a page with a button") \
    X(POST,   "/login/*",                         OWN,      OPEN,                  QP_FORM_MOST,  false, NULL, DOOR, qp_login_post, \
      "the button: a session begins, once") \
    X(GET,    "/api/v1/node",                     OWN,      MAY(READ) | MAY(COUNT), 0,            false, "", NO, qp_node_get, \
      "this node: its links, journal, room, clock, policy, alarms") \
    X(GET,    "/api/v1/tree",                     ROWS,     MAY(READ) | MAY(COUNT), 0,            false, NULL, NO, qp_tree_get, \
      "the places below it, nested, each with how it stands") \
    X(GET,    "/api/v1/calls",                    OWN,      KNOWN,                 0,             false, "", NO, qp_calls_get, \
      "all calls, with who may make them") \
    X(GET,    "/api/v1/door",                     OWN,      OPEN,                  0,             false, "", NO, qp_door_get, \
      "who this node is, before anybody has logged in") \
    X(GET,    "/api/v1/wall",                     FIGURES,  MAY(READ) | MAY(COUNT), 0,             false, NULL, NO, qp_wall_get, \
      "all that a wall shows, of one moment") \
    X(GET,    "/api/v1/warnings",                 ROWS,     MAY(READ) | MAY(COUNT), 0,            false, NULL, NO, qp_warnings_get, \
      "unusual rises, the newest first") \
    X(GET,    "/api/v1/warnings/*",               ROWS,     MAY(READ),             0,             false, "", NO, qp_warning_get_one, \
      "one of them") \
    X(POST,   "/api/v1/warnings/*/*",             ROWS,     MAY(STEP),             QP_BODY_MOST,  false, "", NO, qp_warning_post, \
      "what people make of it: note, dismiss, matter") \
    X(GET,    "/api/v1/leads",                    ROWS,     MAY(READ) | MAY(COUNT), 0,            false, NULL, NO, qp_leads_get, \
      "matters that seem to be one thing") \
    X(GET,    "/api/v1/leads/*",                  ROWS,     MAY(READ),             0,             false, "", NO, qp_lead_get_one, \
      "one lead, with its matters") \
    X(POST,   "/api/v1/leads/*/*",                ROWS,     MAY(STEP),             QP_BODY_MOST,  false, "", NO, qp_lead_post, \
      "what people make of it: confirm, dismiss, matter, join, split, undo") \
    X(GET,    "/api/v1/feed",                     WHOLE,    MAY(READ),             0,             false, "after hash limit", EXPORT, qp_feed_get, \
      "all that the journal holds of matters, for a copy elsewhere") \
    X(GET,    "/api/v1/board",                    FIGURES,  MAY(READ) | MAY(COUNT), 0,            false, NULL, NO, qp_board_get, \
      "counts of matters by area, desk, source, category or time") \
    X(GET,    "/api/v1/stream",                   ROWS,     MAY(READ) | MAY(COUNT), 0,            false, "last_event_id types", NO, qp_stream_get, \
      "what happens, as it happens (server-sent events)") \
    X(GET,    "/api/v1/matters",                  ROWS,     MAY(READ),             0,             false, NULL, NO, qp_matters_get, \
      "matters, by filters, page by page") \
    X(POST,   "/api/v1/matters",                  ROWS,     MAY(REPORT),           QP_BODY_MOST,  false, NULL, NO, qp_matters_post, \
      "a report: opens a matter, once a key") \
    X(POST,   "/api/v1/matters:batch",            ROWS,     MAY(REPORT) | MAY(STEP) | MAY(COMMAND), QP_BATCH_MOST, true, "", NO, qp_batch_post, \
      "many reports and steps, a line each") \
    X(GET,    "/api/v1/matters:similar",          ROWS,     MAY(READ),             0,             false, NULL, NO, qp_similar_get, \
      "matters that may be the same as what is about to be reported") \
    X(GET,    "/api/v1/matters/*",                MATTER,   MAY(READ),             0,             false, "", NO, qp_matter_get, \
      "one matter, with its history, clocks, steps") \
    X(GET,    "/api/v1/matters/*/proof",          MATTER,   MAY(READ),             0,             false, "", EXPORT, qp_proof_get, \
      "a file that proves what happened to it, to whoever has the root's fingerprint") \
    X(GET,    "/api/v1/matters/*/personal",       MATTER,   MAY(PERSONAL),         0,             false, "purpose", TURN, qp_personal_get, \
      "who reported it, for a purpose that is written down") \
    X(POST,   "/api/v1/matters/*/line",           MATTER,   MAY(STEP),             QP_BODY_MOST,  false, "", NO, qp_matter_line_post, \
      "the matter's own line, opened where it is not yet") \
    X(POST,   "/api/v1/matters/*/*",              MATTER,   MAY(STEP) | MAY(COMMAND) | MAY(PERSONAL), QP_BODY_MOST, false, NULL, TURN, qp_step_post, \
      "a step of it") \
    X(POST,   "/api/v1/blobs",                    OWN,      MAY(REPORT) | MAY(STEP), QP_BLOB_BYTES, false, "personal", NO, qp_blobs_post, \
      "takes in one file") \
    X(GET,    "/api/v1/blobs/*",                  ROWS,     MAY(READ),             0,             false, "", NO, qp_blob_get, \
      "one file that a matter names, fetched where it is not here") \
    X(GET,    "/api/v1/lines",                    ROWS,     MAY(STEP),             0,             false, NULL, NO, qp_lines_get, \
      "the caller's conversations") \
    X(POST,   "/api/v1/lines",                    ROWS,     MAY(STEP),             QP_BODY_MOST,  false, "", NO, qp_lines_post, \
      "opens one") \
    X(GET,    "/api/v1/lines/*",                  ROWS,     MAY(STEP),             0,             false, NULL, NO, qp_line_get_one, \
      "one, with its messages") \
    X(GET,    "/api/v1/lines/*/ice",              ROWS,     MAY(STEP),             0,             false, "", NO, qp_line_ice_get, \
      "servers for a call between two browsers") \
    X(POST,   "/api/v1/lines/*/messages",         ROWS,     MAY(STEP),             QP_BODY_MOST,  false, "", NO, qp_line_message_post, \
      "says something on it") \
    X(POST,   "/api/v1/lines/*/seen",             ROWS,     MAY(STEP),             QP_BODY_MOST,  false, "", NO, qp_line_seen_post, \
      "ticks what was seen") \
    X(POST,   "/api/v1/lines/*/whispers",         ROWS,     MAY(STEP),             QP_BODY_MOST,  false, "", NO, qp_line_whisper_post, \
      "says what is not kept: typing, and how a call is set up") \
    X(GET,    "/api/v1/circulars",                WHOLE,    MAY(READ) | MAY(COUNT), 0,            false, NULL, NO, qp_circulars_get, \
      "circulars of this node and those below") \
    X(POST,   "/api/v1/circulars",                WHOLE,    MAY(COMMAND),          QP_BODY_MOST,  false, "", NO, qp_circulars_post, \
      "counts and issues one") \
    X(GET,    "/api/v1/circulars:figures",        WHOLE,    MAY(READ) | MAY(COUNT), 0,            false, "", NO, qp_circular_figures_get, \
      "what each figure counts") \
    X(GET,    "/api/v1/circulars/*",              WHOLE,    MAY(READ) | MAY(COUNT), 0,            false, "lang", NO, qp_circular_get, \
      "one; as a page, CSV or spreadsheet by the ending of its id") \
    X(GET,    "/api/v1/circulars/*/matters",      WHOLE,    MAY(READ),             0,             false, NULL, NO, qp_circular_matters_get, \
      "the matters behind a figure") \
    X(POST,   "/api/v1/circulars/*/*",            WHOLE,    MAY(COMMAND),          QP_BODY_MOST,  false, "", NO, qp_circular_judge_post, \
      "accepts it or sends it back, from above") \
    X(GET,    "/circular.css",                    OWN,      OPEN,                  0,             false, "", NO, qp_circular_style, \
      "what a printed circular looks like") \
    X(GET,    "/api/v1/steps",                    OWN,      MAY(READ),             0,             false, "", NO, qp_steps_get, \
      "all steps and their fields") \
    X(GET,    "/api/v1/session",                  OWN,      OPEN,                  0,             false, "", NO, qp_session_get, \
      "who asks, and what he may") \
    X(POST,   "/api/v1/session",                  OWN,      OPEN,                  QP_LOGIN_MOST, false, "", DOOR, qp_session_post, \
      "logs in, by name and password: a cookie") \
    X(DELETE, "/api/v1/session",                  OWN,      OPEN,                  QP_LOGIN_MOST, false, "", DOOR, qp_session_delete, \
      "logs out") \
    X(GET,    "/api/v1/sessions",                 OWN,      KNOWN,                 0,             false, "", NO, qp_sessions_get, \
      "the log-ins of whoever asks that are open, and from where") \
    X(DELETE, "/api/v1/sessions",                 OWN,      KNOWN,                 QP_BODY_MOST,  false, "", DOOR, qp_sessions_delete, \
      "ends all of them but the one that asks") \
    X(DELETE, "/api/v1/sessions/*",               OWN,      KNOWN,                 QP_BODY_MOST,  false, "", DOOR, qp_session_delete_one, \
      "ends one of them") \
    X(GET,    "/api/v1/me",                       OWN,      KNOWN,                 0,             false, "", NO, qp_me_get, \
      "who asks, where he belongs, and how much waits for him") \
    X(POST,   "/api/v1/users/*/password",         OWN,      KNOWN,                 QP_BODY_MOST,  false, "", TURN, qp_password_post, \
      "a new password, one's own or as an administrator") \
    X(POST,   "/api/v1/session/link",             WHOLE,    MAY(ADMIN),            QP_BODY_MOST,  false, "", DOOR, qp_session_link_post, \
      "a one-time link that logs in") \
    X(POST,   "/api/v1/invites",                  WHOLE,    MAY(ADMIN),            QP_BODY_MOST,  false, "", TURN, qp_invites_post, \
      "a token by which one node may join below this one") \
    X(POST,   "/api/v1/nodes/**",                 WHOLE,    MAY(ADMIN),            QP_BODY_MOST,  false, "", TURN, qp_revoke_post, \
      "revokes a node below: it is believed no more") \
    X(GET,    "/api/v1/audit",                    WHOLE,    MAY(AUDIT),            0,             false, NULL,            AUDIT_READ, qp_audit_get, \
      "who did what") \
    X(GET,    "/api/v1/policy",                   OWN,      MAY(READ),             0,             false, "own", NO, qp_policies_get, \
      "the policy in force here") \
    X(PUT,    "/api/v1/policy",                   WHOLE,    MAY(COMMAND),          QP_BODY_MOST,  false, "if_version", TURN, qp_policies_put, \
      "puts this node's policy in force, here and below") \
    X(POST,   "/api/v1/policy:check",             WHOLE,    MAY(COMMAND),          QP_BODY_MOST,  false, "", NO, qp_policies_check, \
      "what that would answer, without effect") \
    X(GET,    "/api/v1/duty",                     FIGURES,  MAY(READ),             0,             false, "area lat lon crs limit cursor", NO, qp_duty_get, \
      "who is on duty, the nearest first") \
    X(POST,   "/api/v1/duty",                     OWN,      MAY(REPORT),           QP_BODY_MOST,  false, "", NO, qp_duty_post, \
      "says that one goes on duty or off") \
    X(POST,   "/api/v1/duty/position",            OWN,      MAY(REPORT),           QP_BODY_MOST,  false, "", NO, qp_duty_position_post, \
      "says where one is: into memory, never into a file") \
    X(GET,    "/api/v1/patrols",                  ROWS,     MAY(READ),             0,             false, "grid area from to limit cursor", NO, qp_patrols_get, \
      "patrols, the newest first") \
    X(POST,   "/api/v1/patrols",                  ROWS,     MAY(REPORT),           QP_BODY_MOST,  false, "", NO, qp_patrols_post, \
      "begins one") \
    X(GET,    "/api/v1/patrols:compliance",       FIGURES,  MAY(READ) | MAY(COUNT), 0,            false, "by area from to", NO, qp_compliance_get, \
      "what of the planned patrols was done") \
    X(GET,    "/api/v1/patrols/*",                ROWS,     MAY(READ),             0,             false, "", NO, qp_patrol_get_one, \
      "one") \
    X(POST,   "/api/v1/patrols/*/*",              ROWS,     MAY(REPORT),           QP_BODY_MOST,  false, "", NO, qp_patrol_post, \
      "a check-point, a pause, its end") \
    X(GET,    "/api/v1/grids:locate",             ROWS,     MAY(READ) | MAY(COUNT), 0,            false, "lat lon crs", NO, qp_grids_locate, \
      "in which grid a position lies") \
    X(GET,    "/api/v1/grids:coverage",           FIGURES,  MAY(READ) | MAY(COUNT), 0,            false, "area", NO, qp_grids_coverage, \
      "what no grid covers, and grids without a worker") \
    X(GET,    "/api/v1/map",                      ROWS,     MAY(READ) | MAY(COUNT), 0,            false, "area", NO, qp_map_get, \
      "the outlines of the grids, for a map") \
    X(POST,   "/api/v1/grids:import",             WHOLE,    MAY(ADMIN),            QP_IMPORT_MOST, false, "crs", TURN, qp_grids_import, \
      "many grids at once, from GeoJSON") \
    X(GET,    "/r",                               OWN,      OPEN,                  0,             false, "number lang", NO, qp_reporter_get, \
      "the form for those who reported") \
    X(POST,   "/r",                               OWN,      OPEN | FORMS,          QP_FORM_MOST,  false, "number lang", NO, qp_reporter_post, \
      "how the report stands, by its number and code; and what they think of it") \
    X(GET,    "/r.css",                           OWN,      OPEN,                  0,             false, "", NO, qp_reporter_style, \
      "what that page looks like") \
    X(GET,    "/open311/**",                      ROWS,     OPEN,                  0,             false, NULL, NO, qp_open311_get, \
      "GeoReport v2, read") \
    X(POST,   "/open311/**",                      ROWS,     OPEN | FORMS,          QP_BODY_MOST,  false, NULL, NO, qp_open311_post, \
      "GeoReport v2: a report, an update")
/* clang-format on */

#define X(method, path, span, may, body, lines, args, audit, handler, what)                                  \
    enum MHD_Result handler(struct qp_call *c);
QP_CALLS(X)
#undef X
enum MHD_Result qp_options_get(struct qp_call *c); /* of every path; answered without a right */

#endif
