/* fault.c: what went wrong, kept until it is answered: a code, a sentence, the field to blame. Called by all
 * that reads a request. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "node/http/wire/inside.h"

int qp_fault_set(struct qp_fault *f, int code, const char *field, const char *fmt, ...)
{
    char text[400];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    qp_text_cut(f->field, sizeof f->field, field);
    return qp_fail(&f->e, code, "%s", text);
}
