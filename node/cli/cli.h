/* cli.h: what every command of `qipan` sees: its table entry, its options, and how to speak to the person.
 *
 *   main ─► qp_cli_main (run.c): the command in qp_verbs (table.c), its options ─► verb->run(c) ─► exit code
 *
 * From the same table come help, completion and the man pages (help.c). */
#ifndef QP_NODE_CLI_CLI_H
#define QP_NODE_CLI_CLI_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "crypto/error.h"
#include "node/cli/title.h"

/* What a command ends with; scripts hold on to these. */
enum qp_exit {
    QP_EXIT_OK = 0,
    QP_EXIT_FAILED = 1,
    QP_EXIT_USAGE = 2,
    QP_EXIT_NOT_FOUND = 3,
    QP_EXIT_CONFLICT = 4, /* an illegal step, something else was there before, or rows were rejected */
    QP_EXIT_DENIED = 5,
    QP_EXIT_UNREACHABLE = 6,
    QP_EXIT_QUEUED = 7, /* kept here; what was waited for has not come yet */
    QP_EXIT_DEGRADED = 8,
};

enum { QP_CLI_OPTIONS = 40, QP_CLI_HELD = 4, QP_CLI_GIVEN = 128 };

struct qp_cli_option {
    const char *name;  /* "--name" */
    const char *value; /* what stands for its value in help; NULL: a flag */
    const char *en, *zh;
};

struct qp_cli;
struct qp_verb {
    const char *name;
    const char *group; /* "node", "see", "matters", "set-up", "data" */
    const char *words; /* the arguments, for help: "ID", "add|list|end NAME" */
    const char *en, *zh;
    const struct qp_cli_option *options; /* ends with a NULL name; may be NULL */
    int (*run)(struct qp_cli *c);
    int least, most; /* arguments; most -1: any number */
};
extern const struct qp_verb qp_verbs[]; /* ends with a NULL name */

struct qp_cli {
    const struct qp_verb *verb;
    char **args; /* after options */
    int nargs;
    struct {
        int option;        /* its place in verb->options */
        const char *value; /* "" of a flag */
    } given[QP_CLI_GIVEN]; /* each of the command's own options, as often as it was given, in that order */
    int ngiven;
    bool json, quiet, color, zh, terminal /* standard error is one */;
    const char *node, *dir, *token; /* NULL: not given */
    char **held;                    /* texts read from standard input, freed at the end */
    struct qp_title title;          /* `serve` alone */
};

int qp_cli_main(int argc, char **argv);
const struct qp_verb *qp_verb_find(const char *name);
/* All steps have one list of options; which of them this one takes. True for the options of other commands. */
bool qp_verb_takes(const struct qp_verb *v, const char *option);
/* A step that is not sound without this option. */
bool qp_verb_needs(const struct qp_verb *v, const char *option);
struct qp_shape_row;
/* What the option is in the shape of the step (proto/steps.h); NULL: no step, or none of its own. */
const struct qp_shape_row *qp_verb_row(const struct qp_verb *v, const char *option);
/* The arguments and, of a step, its own options: "ID --note TEXT [--due TIME]". */
enum { QP_CLI_USAGE = 300 };
void qp_verb_usage(char out[QP_CLI_USAGE], const struct qp_verb *v);
/* Its place in verb->options; -1: the command has none of that name. */
int qp_option_index(const struct qp_verb *v, const char *name);
/* An option's value, the last one where it was given more than once; NULL when it was not given. The option must
 * be in the verb's table. */
const char *qp_opt(const struct qp_cli *c, const char *name);
bool qp_flag(const struct qp_cli *c, const char *name);
/* An option that may come again: its i-th value, from 0; NULL: there are not so many. */
const char *qp_opt_each(const struct qp_cli *c, const char *name, int i);
/* A whole number of low..high; else QP_EINVAL, or (number) complains and returns false. *out is untouched
 * when the option is not there. */
int qp_opt_long(const struct qp_cli *c, const char *name, long low, long high, long *out, struct qp_err *e);
bool qp_opt_number(const struct qp_cli *c, const char *name, long low, long high, long *out);
/* The value, or all of standard input where it is "-" (at most 1 MiB, one line end cut off; malloc'd once,
 * kept for the process). */
const char *qp_opt_text(const struct qp_cli *c, const char *name);
char *qp_read_stdin(size_t most, size_t *len);

/* ---- speaking ---- */
/* The text in the person's language. */
#define QP_TR(c, english, chinese) ((c)->zh ? (chinese) : (english))
/* One line to standard output; nothing with --quiet or --json. */
void qp_tell(const struct qp_cli *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* `qipan: ...` to standard error; returns `code`, to end a command with. */
int qp_complain(const struct qp_cli *c, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* The sentence of an error; its kind in Chinese before it where that is the person's language. */
enum { QP_ERR_SAID = 1200 };
const char *qp_err_said(const struct qp_cli *c, const struct qp_err *e, char out[QP_ERR_SAID]);
/* That sentence, and the exit code that its code asks for. */
int qp_complain_err(const struct qp_cli *c, const struct qp_err *e);
int qp_exit_of(int error_code);
/* One JSON value and a line end to standard output; takes the reference. */
void qp_print_json(json_t *v);
/* A line of the log of a process that runs on: time, level, sentence, to standard error. */
void qp_log(const char *level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int64_t qp_now_us(void);       /* wall clock */
int64_t qp_monotonic_us(void); /* never goes back */
int64_t qp_boot_time_us(void); /* never goes back; also over a sleep of the machine */

/* A progress bar on a terminal, nothing elsewhere. */
struct qp_progress {
    bool on;
    const char *what;
    int64_t began_us, drawn_us;
};
void qp_progress_begin(struct qp_progress *p, const struct qp_cli *c, const char *what);
void qp_progress_at(struct qp_progress *p, uint64_t at, uint64_t all /* 0: unknown */);
void qp_progress_end(struct qp_progress *p); /* wipes the line */

/* ---- commands that are more than a few lines have files of their own ---- */
int qp_verb_help(struct qp_cli *c);
int qp_verb_completion(struct qp_cli *c);
int qp_verb_version(struct qp_cli *c);
int qp_verb_config(struct qp_cli *c);
int qp_verb_init(struct qp_cli *c);
int qp_verb_join(struct qp_cli *c);
int qp_verb_invite(struct qp_cli *c);
int qp_verb_revoke(struct qp_cli *c);
int qp_verb_serve(struct qp_cli *c);
int qp_verb_signal(struct qp_cli *c); /* reload, drain */
int qp_verb_dev(struct qp_cli *c);
int qp_verb_import(struct qp_cli *c);
int qp_verb_status(struct qp_cli *c);
int qp_verb_tree(struct qp_cli *c);
int qp_verb_board(struct qp_cli *c);
int qp_verb_intake(struct qp_cli *c);
int qp_verb_feed(struct qp_cli *c);
int qp_verb_sink(struct qp_cli *c);
int qp_verb_events(struct qp_cli *c);
int qp_verb_warnings(struct qp_cli *c);
int qp_verb_lead(struct qp_cli *c);
int qp_verb_circular(struct qp_cli *c);
int qp_verb_audit(struct qp_cli *c);
int qp_verb_report(struct qp_cli *c);
int qp_verb_list(struct qp_cli *c);
int qp_verb_show(struct qp_cli *c);
int qp_verb_step(struct qp_cli *c); /* every step of a matter */
int qp_verb_prove(struct qp_cli *c);
int qp_verb_verify(struct qp_cli *c);
int qp_verb_export(struct qp_cli *c);
int qp_verb_rebuild(struct qp_cli *c);
int qp_verb_scrub(struct qp_cli *c);
int qp_verb_areas(struct qp_cli *c);
int qp_verb_key(struct qp_cli *c);
int qp_verb_backup(struct qp_cli *c);
int qp_verb_support(struct qp_cli *c);
int qp_verb_top(struct qp_cli *c);
int qp_verb_similar(struct qp_cli *c);
int qp_verb_leads(struct qp_cli *c);
int qp_verb_doctor(struct qp_cli *c);
int qp_verb_resource(struct qp_cli *c); /* every kind of node/core/resources.h */
int qp_verb_link(struct qp_cli *c);
int qp_verb_warn(struct qp_cli *c);
void qp_warn_help(const struct qp_cli *c); /* what its help says below the options */
int qp_verb_policy(struct qp_cli *c);
int qp_verb_line(struct qp_cli *c);
int qp_verb_blob(struct qp_cli *c);
int qp_verb_clock(struct qp_cli *c);
int qp_verb_grid(struct qp_cli *c);
int qp_verb_duty(struct qp_cli *c);
int qp_verb_patrol(struct qp_cli *c);
/* Options that stand beside their command: field.c, and the file of that name. */
extern const struct qp_cli_option qp_duty_options[], qp_patrol_options[], qp_audit_options[],
    qp_warnings_options[], qp_lead_options[], qp_line_options[], qp_circular_options[], qp_similar_options[],
    qp_areas_options[];

#endif
