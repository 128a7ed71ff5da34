/* json_name.h: a field's name in JSON, for json_print.c and json_parse.c. */
#ifndef QP_PROTO_JSON_NAME_H
#define QP_PROTO_JSON_NAME_H

enum { QP_JSON_NAME = 64 }; /* with the NUL; asserted */

/* `source_ref` gives `sourceRef`. */
void qp_json_name(char out[QP_JSON_NAME], const char *proto_name);

#endif
