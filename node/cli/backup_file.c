/* backup_file.c: a backup's manifest and files: read, written, checked. See backup.h. */
#include "node/cli/backup.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/json.h"
#include "topology/zone.h"

enum { FORMAT = 1, MANIFEST_MOST = 256 * 1024, FILE_MOST = 4 * 1024 * 1024 };
#define RECORDS "journal.records"

void qp_backup_file(char out[QP_BACKUP_PATH], const struct qp_backup *b, const char *name)
{
    snprintf(out, QP_BACKUP_PATH, "%s/%s", b->dir, name);
}

bool qp_backup_has(const struct qp_backup *b, const char *name)
{
    for (size_t i = 0; i < b->nfiles; i++)
        if (strcmp(b->files[i].name, name) == 0)
            return true;
    return false;
}

/* ---- the manifest: its last word, `seal`, is the hash of all others ---- */

static bool seal_of(char out[2 * QP_HASH_LEN + 1], json_t *o)
{
    struct qp_hash hash;
    json_object_del(o, "seal");
    char *text = json_dumps(o, JSON_COMPACT | JSON_SORT_KEYS);
    if (!text)
        return false;
    qp_hash(&hash, text, strlen(text));
    qp_hex(out, hash.b, QP_HASH_LEN);
    free(text);
    return true;
}

/* Takes the seal off. */
static bool sealed(json_t *o)
{
    char said[2 * QP_HASH_LEN + 1], is[2 * QP_HASH_LEN + 1];
    const char *v = json_string_value(json_object_get(o, "seal"));
    if (!v || (size_t)snprintf(said, sizeof said, "%s", v) >= sizeof said)
        return false;
    return seal_of(is, o) && strcmp(is, said) == 0;
}

static bool text_of(char *out, size_t cap, const json_t *o, const char *name)
{
    const char *v = json_string_value(json_object_get(o, name));
    return v && (size_t)snprintf(out, cap, "%s", v) < cap;
}

static bool files_of(struct qp_backup *b, const json_t *o)
{
    const char *name;
    json_t *v, *files = json_object_get(o, "files");
    if (!json_is_object(files) || json_object_size(files) > QP_BACKUP_FILES)
        return false;
    json_object_foreach(files, name, v)
    {
        if (!json_is_string(v) || strlen(name) >= QP_BACKUP_NAME || strstr(name, "..") || name[0] == '/' ||
            qp_unhex(b->files[b->nfiles].hash.b, QP_HASH_LEN, json_string_value(v)))
            return false;
        snprintf(b->files[b->nfiles++].name, QP_BACKUP_NAME, "%s", name);
    }
    return true;
}

static bool understand(struct qp_backup *b, const json_t *o)
{
    const json_t *j = json_object_get(o, "journal");
    char epoch[2 * QP_ID_LEN + 1], hash[2 * QP_HASH_LEN + 1];
    json_int_t records = json_integer_value(json_object_get(j, "records")),
               bytes = json_integer_value(json_object_get(j, "bytes")),
               incarnation = json_integer_value(json_object_get(o, "incarnation"));
    b->mark.position = (uint64_t)records;
    b->mark.bytes = (uint64_t)bytes;
    b->incarnation = (uint32_t)incarnation;
    b->moved = json_is_true(json_object_get(o, "moved"));
    b->is_root = json_is_true(json_object_get(o, "root"));
    b->taken_us = json_integer_value(json_object_get(o, "taken_us"));
    return records > 0 && bytes > 0 && incarnation > 0 && incarnation < UINT32_MAX &&
           text_of(epoch, sizeof epoch, j, "epoch") && text_of(hash, sizeof hash, j, "hash") &&
           !qp_unhex(b->mark.epoch, QP_ID_LEN, epoch) && !qp_unhex(b->mark.hash.b, QP_HASH_LEN, hash) &&
           text_of(b->path, sizeof b->path, o, "path") && text_of(b->node, sizeof b->node, o, "node_id") &&
           text_of(b->root, sizeof b->root, o, "root_fingerprint") &&
           text_of(b->version, sizeof b->version, o, "version") && files_of(b, o);
}

int qp_backup_read(struct qp_backup *b, const char *dir, struct qp_err *e)
{
    char file[QP_BACKUP_PATH];
    void *text;
    size_t len;
    *b = (struct qp_backup){0};
    if ((size_t)snprintf(b->dir, sizeof b->dir, "%s", dir) >= sizeof b->dir || dir[0] == 0)
        return qp_fail(e, QP_EINVAL, "the name of the backup's folder is empty or too long");
    qp_backup_file(file, b, "manifest.json");
    int rc = qp_file_read(file, MANIFEST_MOST, &text, &len, e);
    if (rc == QP_ENOTFOUND)
        return qp_fail(e, rc, "%s: there is no backup in this folder (manifest.json is not there)", dir);
    if (rc)
        return rc;
    json_t *o = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
    free(text);
    json_int_t format = json_integer_value(json_object_get(o, "qipan_backup"));
    if (o && format != FORMAT)
        rc = qp_fail(e, QP_EVERSIONS, "%s: is of form %lld, and this build reads %d", file, (long long)format,
                     FORMAT);
    else if (!sealed(o) || !understand(b, o))
        rc = qp_fail(e, QP_ECORRUPT, "%s: is damaged; take another copy of the backup", file);
    json_decref(o);
    return rc;
}

int qp_backup_write(const struct qp_backup *b, struct qp_err *e)
{
    char file[QP_BACKUP_PATH], epoch[2 * QP_ID_LEN + 1], hash[2 * QP_HASH_LEN + 1], at[32];
    json_t *files = json_object();
    for (size_t i = 0; i < b->nfiles; i++) {
        qp_hex(hash, b->files[i].hash.b, QP_HASH_LEN);
        json_object_set_new(files, b->files[i].name, json_string(hash));
    }
    qp_hex(epoch, b->mark.epoch, QP_ID_LEN);
    qp_hex(hash, b->mark.hash.b, QP_HASH_LEN);
    qp_time_text(at, b->taken_us);
    json_t *o = json_pack("{s:i,s:s,s:s,s:s,s:i,s:s,s:b,s:b,s:s,s:I,s:{s:s,s:I,s:I,s:s},s:o}", "qipan_backup",
                          FORMAT, "version", QP_VERSION, "path", b->path, "node_id", b->node, "incarnation",
                          (int)b->incarnation, "root_fingerprint", b->root, "root", b->is_root, "moved",
                          b->moved, "taken_at", at, "taken_us", (json_int_t)b->taken_us, "journal", "epoch",
                          epoch, "records", (json_int_t)b->mark.position, "bytes", (json_int_t)b->mark.bytes,
                          "hash", hash, "files", files);
    char seal[2 * QP_HASH_LEN + 1];
    if (o && seal_of(seal, o))
        json_object_set_new(o, "seal", json_string(seal));
    char *text = o ? json_dumps(o, JSON_INDENT(1)) : NULL;
    json_decref(o);
    if (!text)
        return qp_fail(e, QP_ENOMEM, "no memory to write a manifest");
    qp_backup_file(file, b, "manifest.json");
    int rc = qp_file_replace(file, text, strlen(text), 0600, e);
    free(text);
    return rc;
}

/* ---- whose it is, and whether it is whole ---- */

struct whose {
    struct qp_backup *b;
    struct qp_arena *a;
};

static int first_record(void *arg, struct qp_record *r, struct qp_err *e)
{
    struct whose *w = arg;
    struct qp_cert self;
    struct qp_hash root;
    if (r->position != 1)
        return 0;
    int rc = qp_core_whose(&self, &root, r, w->a, e);
    if (rc)
        return rc;
    snprintf(w->b->path, sizeof w->b->path, "%s", self.path);
    qp_id_text(w->b->node, self.node);
    qp_hex(w->b->root, root.b, QP_HASH_LEN);
    w->b->incarnation = self.incarnation;
    w->b->is_root = !strchr(self.path, '/');
    return 0;
}

/* Reads all records; what the first says goes into `b`. */
static int read_records(struct qp_backup *b, struct qp_err *e)
{
    char file[QP_BACKUP_PATH];
    struct qp_arena *a = qp_arena_new(4u * 1024 * 1024);
    struct whose w = {b, a};
    qp_backup_file(file, b, RECORDS);
    FILE *in = fopen(file, "re");
    int rc = !a    ? qp_fail(e, QP_ENOMEM, "no memory to read a backup")
             : !in ? qp_fail(e, QP_ECORRUPT, "%s: is not there", file)
                   : qp_copy_check(in, &b->mark, first_record, &w, e);
    if (in)
        fclose(in);
    qp_arena_free(a);
    return rc;
}

int qp_backup_whose(struct qp_backup *b, struct qp_err *e)
{
    return read_records(b, e);
}

static int file_whole(const struct qp_backup *b, size_t i, struct qp_err *e)
{
    char file[QP_BACKUP_PATH];
    void *text;
    size_t len;
    struct qp_hash hash;
    qp_backup_file(file, b, b->files[i].name);
    int rc = qp_file_read(file, FILE_MOST, &text, &len, e);
    if (rc)
        return rc == QP_ENOTFOUND ? qp_fail(e, QP_ECORRUPT, "%s: is missing in the backup", file) : rc;
    qp_hash(&hash, text, len);
    explicit_bzero(text, len); /* it may be the key */
    free(text);
    return qp_hash_eq(&hash, &b->files[i].hash)
               ? 0
               : qp_fail(e, QP_ECORRUPT, "%s: its bytes were changed since it was copied", file);
}

int qp_backup_check(const struct qp_backup *b, struct qp_err *e)
{
    struct qp_backup found = *b;
    int rc = read_records(&found, e);
    if (!rc && (strcmp(found.path, b->path) != 0 || strcmp(found.root, b->root) != 0 ||
                strcmp(found.node, b->node) != 0 || found.incarnation != b->incarnation))
        rc = qp_fail(e, QP_ECORRUPT, "%s: the manifest says %s, and the records are of %s, incarnation %u",
                     b->dir, b->path, found.path, found.incarnation);
    for (size_t i = 0; i < b->nfiles && !rc; i++)
        rc = file_whole(b, i, e);
    return rc;
}

/* ---- files beside the records ---- */

int qp_backup_keep(struct qp_backup *b, const char *from, const char *name, struct qp_err *e)
{
    char to[QP_BACKUP_PATH];
    void *text;
    size_t len;
    int rc = qp_file_read(from, FILE_MOST, &text, &len, e);
    if (rc == QP_ENOTFOUND)
        return 0;
    if (rc)
        return rc;
    if (b->nfiles == QP_BACKUP_FILES || strlen(name) >= QP_BACKUP_NAME)
        rc = qp_fail(e, QP_EBIG, "%s: a backup takes at most %d files of settings", from, QP_BACKUP_FILES);
    if (!rc) {
        qp_backup_file(to, b, name);
        rc = qp_file_replace(to, text, len, 0600, e);
    }
    if (!rc) {
        snprintf(b->files[b->nfiles].name, QP_BACKUP_NAME, "%s", name);
        qp_hash(&b->files[b->nfiles++].hash, text, len);
    }
    explicit_bzero(text, len);
    free(text);
    return rc;
}

int qp_backup_give(const struct qp_backup *b, const char *name, const char *to, unsigned mode,
                   struct qp_err *e)
{
    char from[QP_BACKUP_PATH];
    void *text;
    size_t len;
    if (!qp_backup_has(b, name))
        return 0;
    qp_backup_file(from, b, name);
    int rc = qp_file_read(from, FILE_MOST, &text, &len, e);
    if (rc)
        return rc;
    rc = qp_file_replace(to, text, len, mode, e);
    explicit_bzero(text, len);
    free(text);
    return rc;
}
