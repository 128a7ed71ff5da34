/* support.c: `qipan support bundle FILE.tar.gz`: what a stranger needs to help an operator, without secrets.
 *
 *   about, settings, files (names and sizes), doctor, /api/v1/node, /healthz, /metrics, --log ─► clean ─► tar ─► gzip
 *
 * Never in it: the journal, matters, accounts, keys, tokens. What goes in passes `clean` besides, which strikes out
 * the secrets that lie in the node's folder wherever their text turns up. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <zlib.h>

#include "node/cli/client.h"
#include "node/cli/doctor.h"
#include "topology/zone.h"

enum { TAR_BLOCK = 512, SECRETS = 8, SECRET_LEAST = 16, LOG_MOST = 4 * 1024 * 1024, DEPTH = 3 };

struct bundle {
    struct qp_cli *c;
    struct qp_place_paths p;
    gzFile out;
    bool failed;
    char secrets[SECRETS][600]; /* as text */
    size_t nsecrets, pieces;
    int64_t now_us;
};

/* ---- what must not leave ---- */

static void keep_secret(struct bundle *b, const char *text)
{
    size_t n = strcspn(text, "\r\n");
    if (n >= SECRET_LEAST && n < sizeof b->secrets[0] && b->nsecrets < SECRETS)
        snprintf(b->secrets[b->nsecrets++], sizeof b->secrets[0], "%.*s", (int)n, text);
}

static void keep_file_secret(struct bundle *b, const char *path)
{
    void *text;
    size_t len;
    if (qp_file_read(path, 4096, &text, &len, NULL))
        return;
    const char *last = strrchr(text, ' '); /* "qipan-key-1 HEX" */
    keep_secret(b, last ? last + 1 : text);
    explicit_bzero(text, len);
    free(text);
}

static void know_secrets(struct bundle *b)
{
    char token[512];
    keep_file_secret(b, b->p.key);
    keep_file_secret(b, b->p.token);
    keep_file_secret(b, b->p.dev_token);
    if (!qp_place_token(b->c, token, NULL))
        keep_secret(b, token);
    explicit_bzero(token, sizeof token);
}

static void clean(const struct bundle *b, char *text, size_t len)
{
    for (size_t i = 0; i < b->nsecrets; i++) {
        size_t n = strlen(b->secrets[i]);
        for (char *at = text; (at = memmem(at, len - (size_t)(at - text), b->secrets[i], n)); at += n)
            memset(at, '#', n);
    }
}

/* ---- tar ---- */

static void put(struct bundle *b, const void *p, size_t len)
{
    if (len > 0 && gzwrite(b->out, p, (unsigned)len) != (int)len)
        b->failed = true;
}

static void add(struct bundle *b, const char *name, char *text, size_t len)
{
    static const char zeros[TAR_BLOCK];
    char head[TAR_BLOCK] = {0};
    unsigned sum = 0;
    clean(b, text, len);
    snprintf(head, 100, "qipan-support/%s", name);
    memcpy(head + 100, "0000600", 7);
    memcpy(head + 108, "0000000", 7);
    memcpy(head + 116, "0000000", 7);
    snprintf(head + 124, 12, "%011zo", len);
    snprintf(head + 136, 12, "%011llo", (unsigned long long)(b->now_us / 1000000));
    memset(head + 148, ' ', 8);
    head[156] = '0';
    memcpy(head + 257, "ustar\00000", 8);
    for (size_t i = 0; i < TAR_BLOCK; i++)
        sum += (unsigned char)head[i];
    snprintf(head + 148, 8, "%06o", sum & 0777777);
    put(b, head, TAR_BLOCK);
    put(b, text, len);
    put(b, zeros, (TAR_BLOCK - len % TAR_BLOCK) % TAR_BLOCK);
    b->pieces++;
}

static void add_json(struct bundle *b, const char *name, json_t *v)
{
    char *text = v ? json_dumps(v, JSON_INDENT(1)) : NULL;
    json_decref(v);
    if (text)
        add(b, name, text, strlen(text));
    free(text);
}

/* ---- the pieces ---- */

static void copy_line(FILE *out, const char *file, const char *begins)
{
    char line[300];
    FILE *f = fopen(file, "re");
    while (f && fgets(line, sizeof line, f))
        if (strncmp(line, begins, strlen(begins)) == 0)
            fputs(line, out);
    if (f)
        fclose(f);
}

static void about(struct bundle *b, FILE *out)
{
    struct utsname u;
    char at[32];
    qp_time_text(at, b->now_us);
    fprintf(out, "qipan %s\n%s\nprocessors %ld\n", QP_VERSION, at, sysconf(_SC_NPROCESSORS_ONLN));
    if (uname(&u) == 0)
        fprintf(out, "%s %s %s\n", u.sysname, u.release, u.machine);
    copy_line(out, "/etc/os-release", "PRETTY_NAME=");
    copy_line(out, "/proc/meminfo", "Mem");
    copy_line(out, "/proc/pressure/io", "");
    fprintf(out, "node process %d\n", (int)qp_place_runs(&b->p));
}

static void settings(struct bundle *b, FILE *out)
{
    struct qp_config conf;
    struct qp_err e = {0};
    qp_config_defaults(&conf);
    if (qp_config_load(&conf, b->c->dir, &e))
        fprintf(out, "# %s\n", e.text);
    qp_config_print(&conf, true, out);
}

static void list(FILE *out, const char *dir, size_t cut, int depth)
{
    char path[QP_PLACE_MAX + 600];
    DIR *d = depth < DEPTH ? opendir(dir) : NULL;
    for (struct dirent *x = d ? readdir(d) : NULL; x; x = readdir(d)) {
        struct stat st;
        if (strcmp(x->d_name, ".") == 0 || strcmp(x->d_name, "..") == 0 || strlen(dir) > QP_PLACE_MAX)
            continue;
        snprintf(path, sizeof path, "%s/%s", dir, x->d_name);
        if (lstat(path, &st) != 0)
            continue;
        fprintf(out, "%06o %5u %12lld %12lld %s\n", st.st_mode, st.st_uid, (long long)st.st_size,
                (long long)st.st_mtime, path + cut);
        if (S_ISDIR(st.st_mode))
            list(out, path, cut, depth + 1);
    }
    if (d)
        closedir(d);
}

static void files(struct bundle *b, FILE *out)
{
    list(out, b->p.data, strlen(b->p.data) + 1, 0);
}

static void add_printed(struct bundle *b, const char *name, void (*print)(struct bundle *b, FILE *out))
{
    char *text = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&text, &len);
    if (!f) {
        b->failed = true;
        return;
    }
    print(b, f);
    if (fclose(f) != 0)
        b->failed = true;
    else
        add(b, name, text, len);
    free(text);
}

static void add_doctor(struct bundle *b)
{
    struct qp_cli c = *b->c;
    struct qp_err e = {0};
    int code;
    c.json = true; /* says nothing while it looks */
    json_t *found = qp_doctor_look(&c, &code, &e);
    add_json(b, "doctor.json", found ? found : json_string(e.text));
}

static void add_answers(struct bundle *b)
{
    static const char *const calls[][2] = {
        {"/healthz", "healthz.json"}, {"/api/v1/node", "node.json"}, {"/metrics", "metrics.txt"}};
    struct qp_client cl = {.fd = -1, .ends = -1};
    char url[300], token[512];
    struct qp_err e = {0};
    int rc = qp_place_url(b->c, url, &e);
    if (!rc)
        rc = qp_place_token(b->c, token, &e);
    if (!rc)
        rc = qp_client_to(&cl, url, token, &e);
    if (!rc)
        cl.timeout_ms = 5000;
    for (size_t i = 0; i < sizeof calls / sizeof *calls && !rc; i++) {
        rc = qp_client_call(&cl, "GET", calls[i][0], NULL, NULL, 0, &e);
        if (!rc && cl.answer.body)
            add(b, calls[i][1], cl.answer.body, cl.answer.len);
    }
    qp_client_close(&cl);
    if (rc)
        add(b, "no-answer.txt", e.text, strlen(e.text));
    explicit_bzero(token, sizeof token);
}

static int add_log(struct bundle *b, struct qp_err *e)
{
    const char *path = qp_opt(b->c, "log");
    struct stat st;
    if (!path)
        return 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0) {
        int why = errno;
        if (fd >= 0)
            close(fd);
        return qp_fail(e, QP_EIO, "%s: cannot be read: %s", path, strerror(why));
    }
    off_t from = st.st_size > LOG_MOST ? st.st_size - LOG_MOST : 0;
    char *text = malloc(LOG_MOST);
    ssize_t n = text ? pread(fd, text, LOG_MOST, from) : -1;
    close(fd);
    if (n >= 0)
        add(b, "log.txt", text, (size_t)n);
    free(text);
    return n >= 0 ? 0 : qp_fail(e, QP_EIO, "%s: cannot be read", path);
}

static int make(struct bundle *b, const char *file, struct qp_err *e)
{
    static const char zeros[2 * TAR_BLOCK];
    int fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    b->out = fd >= 0 ? gzdopen(fd, "wb") : NULL;
    if (!b->out) {
        int why = errno;
        if (fd >= 0)
            close(fd);
        return qp_fail(e, QP_EIO, "%s: cannot be made: %s", file, strerror(why));
    }
    add_printed(b, "about.txt", about);
    add_printed(b, "settings.conf", settings);
    add_printed(b, "files.txt", files);
    add_doctor(b);
    add_answers(b);
    int rc = add_log(b, e);
    put(b, zeros, sizeof zeros);
    if (gzclose(b->out) != Z_OK)
        b->failed = true;
    if (!rc && b->failed)
        rc = qp_fail(e, QP_EIO, "%s: could not be written; is the disk full?", file);
    if (rc)
        unlink(file);
    return rc;
}

int qp_verb_support(struct qp_cli *c)
{
    struct qp_err e = {0};
    const char *file = c->args[1];
    if (strcmp(c->args[0], "bundle") != 0)
        return qp_complain(c, QP_EXIT_USAGE, "qipan support bundle FILE.tar.gz");
    struct bundle *b = calloc(1, sizeof *b);
    if (!b)
        return qp_complain(c, QP_EXIT_FAILED, "no memory");
    b->c = c;
    b->now_us = qp_now_us();
    int rc = qp_place_paths(&b->p, c->dir, &e);
    if (!rc) {
        know_secrets(b);
        rc = make(b, file, &e);
    }
    if (!rc && c->json)
        qp_print_json(json_pack("{s:s,s:i}", "bundle", file, "pieces", (int)b->pieces));
    if (!rc)
        qp_tell(
            c,
            QP_TR(
                c,
                "%s: %zu pieces, without matters, keys, tokens or accounts. It names places and addresses of "
                "the node: look through it before you pass it on",
                "%s：共 %zu 项，不含事项、密钥、令牌和账户，但含节点的位置与地址，转交前请过目"),
            file, b->pieces);
    explicit_bzero(b->secrets, sizeof b->secrets);
    free(b);
    return !rc ? QP_EXIT_OK : qp_complain_err(c, &e);
}
