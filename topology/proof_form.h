/* proof_form.h: what the builder and the checker of proofs share. Private to them. */
#ifndef QP_TOPOLOGY_PROOF_FORM_H
#define QP_TOPOLOGY_PROOF_FORM_H

#include "proto/proof.pb-c.h"
#include "topology/proof.h"

#define QP_PROOF_MAGIC "qipan-proof-1\n"

/* Magic and message, in the arena; NULL past its cap or QP_PROOF_BYTES. */
uint8_t *qp_proof_pack(const Qp__Proof *p, struct qp_arena *a, size_t *len);

#endif
