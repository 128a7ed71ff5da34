/* failed.c: what LMDB says, in the words of the vault: where it is full, with the remedy. */
#include <errno.h>

#include "node/vault/inside.h"

int qp_vault_failed(int m, struct qp_err *e)
{
    switch (m) {
    case MDB_MAP_FULL: return qp_fail(e, QP_EFULL, "the vault of personal records is full: " QP_VAULT_REMEDY);
    case ENOSPC: return qp_fail(e, QP_EFULL, "the disk of the vault of personal records is full: make room");
    default: return qp_store_error(m, "the vault of personal records", e);
    }
}
