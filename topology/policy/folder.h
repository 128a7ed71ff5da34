/* folder.h: between the parts that read a policy's folder. Private to topology/policy/. */
#ifndef QP_TOPOLOGY_POLICY_FOLDER_H
#define QP_TOPOLOGY_POLICY_FOLDER_H

#include "topology/policy/field.h"

/* Each reads one file of the folder into r->p; r->at.file is its name, kept by the policy. */
void qp_folder_conf(struct qp_policy_reading *r, char *text, size_t len); /* conf.c; text is changed */
void qp_folder_categories(struct qp_policy_reading *r, const char *text, size_t len); /* sheet.c */
void qp_folder_calendar(struct qp_policy_reading *r, const char *text, size_t len);   /* sheet.c */

#endif
