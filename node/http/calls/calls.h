/* calls.h: the handlers that routes.c names, one file a resource. */
#ifndef QP_NODE_HTTP_CALLS_CALLS_H
#define QP_NODE_HTTP_CALLS_CALLS_H

#include "node/http/wire/inside.h"

enum MHD_Result qp_healthz_get(struct qp_call *c);
enum MHD_Result qp_metrics_get(struct qp_call *c);
enum MHD_Result qp_page_get(struct qp_call *c);
enum MHD_Result qp_node_get(struct qp_call *c);
enum MHD_Result qp_tree_get(struct qp_call *c);
enum MHD_Result qp_board_get(struct qp_call *c);
enum MHD_Result qp_matters_get(struct qp_call *c);
enum MHD_Result qp_matters_post(struct qp_call *c);
enum MHD_Result qp_batch_post(struct qp_call *c);
enum MHD_Result qp_matter_get(struct qp_call *c);
enum MHD_Result qp_step_post(struct qp_call *c);
enum MHD_Result qp_steps_get(struct qp_call *c);
enum MHD_Result qp_personal_get(struct qp_call *c);
enum MHD_Result qp_proof_get(struct qp_call *c);
enum MHD_Result qp_stream_get(struct qp_call *c);
enum MHD_Result qp_tokens_get(struct qp_call *c);
enum MHD_Result qp_tokens_post(struct qp_call *c);
enum MHD_Result qp_token_delete(struct qp_call *c);
enum MHD_Result qp_users_post(struct qp_call *c);
enum MHD_Result qp_user_delete(struct qp_call *c);
enum MHD_Result qp_invites_post(struct qp_call *c);
enum MHD_Result qp_revoke_post(struct qp_call *c);
enum MHD_Result qp_session_get(struct qp_call *c);
enum MHD_Result qp_session_post(struct qp_call *c);
enum MHD_Result qp_session_delete(struct qp_call *c);
enum MHD_Result qp_session_link_post(struct qp_call *c);
enum MHD_Result qp_login_get(struct qp_call *c);
enum MHD_Result qp_login_post(struct qp_call *c);
enum MHD_Result qp_feed_get(struct qp_call *c);
enum MHD_Result qp_reporter_get(struct qp_call *c);
enum MHD_Result qp_reporter_post(struct qp_call *c);
enum MHD_Result qp_reporter_style(struct qp_call *c); /* shape/reporter_page.c */
enum MHD_Result qp_door_get(struct qp_call *c);
enum MHD_Result qp_wall_get(struct qp_call *c);
enum MHD_Result qp_policies_get(struct qp_call *c);
enum MHD_Result qp_policies_put(struct qp_call *c);
enum MHD_Result qp_policies_check(struct qp_call *c);
enum MHD_Result qp_warnings_get(struct qp_call *c);
enum MHD_Result qp_warning_get_one(struct qp_call *c);
enum MHD_Result qp_warning_post(struct qp_call *c);
enum MHD_Result qp_options_get(struct qp_call *c);

#endif
