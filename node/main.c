/* main.c: the one program. Everything is in node/cli: its table of commands. */
#include "node/cli/cli.h"

int main(int argc, char **argv)
{
    return qp_cli_main(argc, argv);
}
