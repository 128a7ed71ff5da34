#include "node/cli/cli.h"
int qp_verb_import(struct qp_cli *c)
{
    return qp_complain(c, 1, "soon");
}
