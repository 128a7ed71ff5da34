/* personal.c: GET /api/v1/matters/{id}/personal?purpose=: who reported, to whom may know and says why (VA1).
 *
 *   purpose ─► turn: may it be read here? ─► Audited, journaled and on its way up ─► the vault opens it ─► the answer
 *
 * Nothing of it is shown before the reading stands in the journal. The clear text lives in an arena and an answer that
 * are overwritten. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/core/audit.h"
#include "node/http/calls/calls.h"
#include "node/http/shape/json_read.h"
#include "node/http/shape/refused.h"
#include "proto/personal.pb-c.h"

enum { JOB_ARENA = 64 * 1024, CLEAR_ARENA = 512 * 1024, ANSWER_ROOM = 32 * 1024 };

static void put(struct qp_json *j, const uint8_t *matter, const Qp__Personal *p, const char *purpose)
{
    qp_json_object(j);
    qp_json_key(j, "id");
    qp_json_id(j, matter, QP_ID_LEN);
    qp_json_put_full(j, "name", p->name);
    qp_json_put_full(j, "phone", p->phone);
    qp_json_put_full(j, "address", p->address);
    qp_json_put_full(j, "email", p->email);
    qp_json_put_bool(j, "confidential", p->confidential);
    qp_json_put_full(j, "place", p->place);
    qp_json_key(j, "location");
    if (p->located) {
        qp_json_object(j);
        qp_json_key(j, "lat");
        qp_json_real(j, p->lat);
        qp_json_key(j, "lon");
        qp_json_real(j, p->lon);
        qp_json_put(j, "crs", "WGS84");
        qp_json_object_end(j);
    } else {
        qp_json_null(j);
    }
    qp_json_put(j, "purpose", purpose);
    qp_json_put_time(j, "read_at", qp_wall_us());
    qp_json_object_end(j);
}

/* The record in the clear, in an arena of its own; what it decoded to is in there too. came: of another node's matter, as
 * its holder gave it; NULL: it lies here. */
static int open_record(struct qp_vault *v, const uint8_t matter[QP_ID_LEN], const struct qp_sealed *came,
                       Qp__Personal **out, struct qp_arena *clear, struct qp_err *e)
{
    struct qp_sealed s;
    size_t len;
    uint8_t *bytes = qp_arena_take(clear, QP_RECORD_MOST);
    if (!bytes)
        return qp_fail(e, QP_ENOMEM, "out of memory");
    int rc = came ? 0 : qp_vault_get(v, matter, &s, clear, e);
    if (came)
        s = *came;
    if (!rc && qp_record_unlock(bytes, &len, &s, qp_vault_keys(v)))
        rc = qp_fail(e, QP_ENOTFOUND, "the personal record has ended, or its key is another node's");
    return rc ? rc : QP_DECODE(out, personal, bytes, len, clear, e);
}

static enum MHD_Result journaled(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    struct qp_json j = {0};
    Qp__Personal *p;
    qp_job_leave(c);
    const Qp__Audited *said = c->job->commands[0].draft->audited;
    const uint8_t *matter = said->matter.data;
    if (qp_job_fault(c->job, 0, c->late, &f))
        return qp_answer_refused(c, &f, matter);
    struct qp_arena *clear = qp_arena_new(CLEAR_ARENA);
    j.p = malloc(ANSWER_ROOM); /* all of it at once: growing would leave copies behind */
    j.cap = j.p ? ANSWER_ROOM : 0;
    if (!clear || !j.p) {
        qp_arena_free(clear);
        qp_json_drop(&j);
        return MHD_NO;
    }
    int rc = open_record(c->h->vault, matter, c->job->lines[0].sealed, &p, clear, &f.e);
    if (!rc)
        put(&j, matter, p, said->purpose);
    qp_arena_wipe(clear);
    qp_arena_free(clear);
    if (!rc)
        return qp_answer_secret(c, 200, &j);
    qp_json_drop(&j);
    return qp_answer_fault(c, &f);
}

static int ask(struct qp_call *c, struct qp_job *job, const uint8_t matter[QP_ID_LEN], const char *purpose,
               struct qp_fault *f)
{
    Qp__Event *ev;
    Qp__Audited *said = qp_arena_take(job->arena, sizeof *said);
    struct qp_command *cmd = said ? qp_job_add(job, QP_OP_PERSONAL, &c->auth, &ev) : NULL;
    if (!cmd)
        return qp_fault_set(f, QP_ENOMEM, "", "out of memory");
    qp__audited__init(said);
    said->what = QP_AUDIT_PERSONAL_READ;
    said->matter = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(job->arena, matter, QP_ID_LEN)};
    said->purpose = qp_arena_text(job->arena, purpose);
    ev->body_case = QP__EVENT__BODY_AUDITED;
    ev->audited = said;
    return said->matter.data && said->purpose ? 0 : qp_fault_set(f, QP_ENOMEM, "", "out of memory");
}

static int purpose_check(const char *purpose, struct qp_fault *f)
{
    size_t len = purpose ? strlen(purpose) : 0;
    if (len > QP_PURPOSE_BYTES || (len && !qp_utf8_ok(purpose, len)))
        return qp_fault_set(f, QP_EINVAL, "purpose", "`purpose` must be at most %d bytes of UTF-8",
                            QP_PURPOSE_BYTES);
    if (!len || qp_line_check(purpose, len) != QP_LINE_OK)
        return qp_fault_set(
            f, QP_EINVAL, "purpose",
            "say what the record is read for: ?purpose=… , one line; it is written down and seen above");
    return 0;
}

enum MHD_Result qp_personal_get(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    char id[64];
    uint8_t matter[QP_ID_LEN];
    const char *purpose = qp_call_arg(c, "purpose");
    if (!qp_call_segment(c, 3, id, sizeof id) || qp_id_parse(matter, id))
        return qp_answer_error(c, 404, "not_found",
                               "no matter has that id; ids are 26 lower-case characters");
    if (purpose_check(purpose, &f))
        return qp_answer_fault(c, &f);
    if (!c->h->vault)
        return qp_answer_error(c, 404, "not_found",
                               "this node keeps no personal records: its vault is not open");
    struct qp_job *job = qp_job_new(c->h, 1, JOB_ARENA);
    if (!job)
        return MHD_NO;
    int rc = ask(c, job, matter, purpose, &f);
    if (!rc)
        rc = qp_job_send(c, job, journaled, &f.e);
    else
        c->job = job;
    return rc ? qp_answer_fault(c, &f) : MHD_YES;
}
