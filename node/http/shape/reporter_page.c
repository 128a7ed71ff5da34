/* reporter_page.c: see reporter_page.h. Called by calls/reporter.c. */
#include "node/http/shape/reporter_page.h"

#include <stdio.h>
#include <string.h>

static const char STYLE[] =
    ":root{color-scheme:light "
    "dark;--back:#f4f6f5;--card:#fff;--text:#16211f;--quiet:#5c6b68;--line:#c9d4d1;--accent:#1f6f69;"
    "--on:#fff;--bad:#b3261e}\n"
    "@media(prefers-color-scheme:dark){:root{--back:#101615;--card:#182120;--text:#e6eeec;--quiet:#9bada9;--"
    "line:#3a4a47;"
    "--accent:#6cc5bc;--on:#10201e;--bad:#ff8a80}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0;background:var(--back);color:var(--text);font:17px/1.6 system-ui,\"PingFang "
    "SC\",\"Microsoft "
    "YaHei\",\"Noto Sans CJK SC\",sans-serif}\n"
    "main{max-width:34rem;margin:0 auto;padding:1.2rem}\n"
    "h1{font-size:1.3rem;margin:.2rem 0 1rem}h2{font-size:1.05rem;margin:1.6rem 0 .4rem}\n"
    ".card{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:1rem 1.2rem}\n"
    ".now{font-size:1.2rem;font-weight:600}.quiet{color:var(--quiet)}.say{border-left:5px solid "
    "var(--accent);padding-left:.8rem}\n"
    "label{display:block;margin:.7rem 0 "
    ".2rem}input[type=text],textarea{width:100%;font:inherit;color:inherit;"
    "background:var(--back);border:1px solid var(--line);border-radius:8px;padding:.55rem .7rem}\n"
    "button{font:inherit;font-weight:600;background:var(--accent);color:var(--on);border:0;border-radius:8px;"
    "padding:.6rem 1.4rem;margin-top:1rem}\n"
    "dl{margin:.6rem 0 0;display:grid;grid-template-columns:auto 1fr;gap:.2rem "
    "1rem}dt{color:var(--quiet)}dd{margin:0;"
    "overflow-wrap:anywhere}ol{padding-left:1.2rem}\n"
    ".lang{float:right;color:var(--accent)}:focus-visible{outline:3px solid "
    "var(--accent);outline-offset:2px}\n";

enum MHD_Result qp_reporter_style(struct qp_call *c)
{
    return qp_answer_bytes(c, 200, "text/css; charset=utf-8", STYLE, sizeof STYLE - 1);
}

/* ---- a page as text ---- */

static void raw(struct qp_json *p, const char *text)
{
    qp_json_raw(p, text, strlen(text));
}

static void escaped(struct qp_json *p, const char *text)
{
    for (; text && *text; text++) {
        switch (*text) {
        case '<': raw(p, "&lt;"); break;
        case '>': raw(p, "&gt;"); break;
        case '&': raw(p, "&amp;"); break;
        case '"': raw(p, "&quot;"); break;
        case '\'': raw(p, "&#39;"); break;
        default: qp_json_raw(p, text, 1); break;
        }
    }
}

static const char *pick(const struct qp_reporter_view *v, const char *zh, const char *en)
{
    return v->zh ? zh : en;
}

static void element(struct qp_json *p, const char *open, const char *text, const char *close)
{
    raw(p, open);
    escaped(p, text);
    raw(p, close);
}

static void head(struct qp_json *p, const struct qp_reporter_view *v)
{
    raw(p, pick(v, "<!doctype html>\n<html lang=\"zh\">\n", "<!doctype html>\n<html lang=\"en\">\n"));
    raw(p, "<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n<link "
           "rel=\"stylesheet\" "
           "href=\"/r.css\">\n");
    element(p, "<title>", pick(v, "事项进度查询", "How my report stands"), "</title>\n<main>\n");
    raw(p, pick(v, "<a class=\"lang\" lang=\"en\" href=\"/r?lang=en\">English</a>\n",
                "<a class=\"lang\" lang=\"zh\" href=\"/r?lang=zh\">中文</a>\n"));
    element(p, "<h1>", pick(v, "事项进度查询", "How my report stands"), "</h1>\n");
    if (v->message)
        element(p, "<p class=\"say\" role=\"status\">", v->message, "</p>\n");
}

static void hidden(struct qp_json *p, const char *name, const char *value)
{
    element(p, "<input type=\"hidden\" name=\"", name, "\" value=\"");
    element(p, "", value, "\">\n");
}

static void form(struct qp_json *p, const struct qp_reporter_view *v)
{
    raw(p, "<form class=\"card\" method=\"post\" action=\"/r\">\n");
    hidden(p, "lang", pick(v, "zh", "en"));
    element(p, "<label for=\"number\">", pick(v, "编号", "Number"),
            "</label>\n<input id=\"number\" name=\"number\" type=\"text\" ");
    element(p, "autocomplete=\"off\" autocapitalize=\"characters\" maxlength=\"30\" required value=\"",
            v->number, "\">\n");
    element(p, "<label for=\"code\">", pick(v, "查询码（6 位数字）", "Code (six digits)"),
            "</label>\n<input id=\"code\" name=\"code\" ");
    raw(p, "type=\"text\" inputmode=\"numeric\" autocomplete=\"off\" maxlength=\"6\" required>\n");
    element(p, "<button>", pick(v, "查询", "Look it up"), "</button>\n</form>\n");
    element(p, "<p class=\"quiet\">",
            pick(v, "编号和查询码在您反映问题时给出。", "You were given number and code when you reported."),
            "</p>\n");
}

static void row(struct qp_json *p, const char *name, const char *value)
{
    if (!value || !*value)
        return;
    element(p, "<dt>", name, "</dt>");
    element(p, "<dd>", value, "</dd>\n");
}

static const char *at(char out[40], const struct qp_reporter_view *v, int64_t us)
{
    out[0] = '\0';
    if (us)
        qp_local_text(out, v->zone, us, false);
    char *t = strchr(out, 'T');
    if (t) {
        *t = ' ';
        out[16] = '\0';
    }
    return out;
}

static void standing(struct qp_json *p, const struct qp_reporter_view *v)
{
    char text[40];
    raw(p, "<section class=\"card\">\n");
    element(p, "<p class=\"now\">", v->words, "</p>\n<dl>\n");
    row(p, pick(v, "编号", "Number"), v->number);
    row(p, pick(v, "类别", "About"), v->service);
    row(p, pick(v, "承办单位", "In charge"), v->unit);
    row(p, pick(v, "反映时间", "Reported"), at(text, v, v->reported_us));
    row(p, pick(v, "应办结时间", "To be done by"), v->closed_us ? "" : at(text, v, v->expected_us));
    row(p, pick(v, "办结时间", "Closed"), at(text, v, v->closed_us));
    row(p, pick(v, "办理结果", "Result"), v->result);
    raw(p, "</dl>\n</section>\n");
    element(p, "<h2>", pick(v, "办理过程", "What has happened"), "</h2>\n<ol>\n");
    for (size_t i = 0; i < v->nlines; i++) {
        element(p, "<li>", v->lines[i].words, " <span class=\"quiet\">");
        element(p, "", at(text, v, v->lines[i].at_us), "</span></li>\n");
    }
    raw(p, "</ol>\n");
}

static void choice(struct qp_json *p, const char *name, const char *value, const char *words)
{
    element(p, "<label><input type=\"radio\" required name=\"", name, "\" value=\"");
    element(p, "", value, "\"> ");
    element(p, "", words, "</label>\n");
}

static void rating(struct qp_json *p, const struct qp_reporter_view *v)
{
    element(p, "<h2>", pick(v, "请您评价", "How did it go?"),
            "</h2>\n<form class=\"card\" method=\"post\" action=\"/r\">\n");
    hidden(p, "lang", pick(v, "zh", "en"));
    hidden(p, "number", v->number);
    hidden(p, "code", v->code);
    element(p, "<fieldset><legend>", pick(v, "问题解决了吗？", "Is it solved?"), "</legend>\n");
    choice(p, "resolved", "yes", pick(v, "已解决", "Yes"));
    choice(p, "resolved", "no", pick(v, "没有解决", "No"));
    element(p, "</fieldset><fieldset><legend>", pick(v, "您满意吗？", "Are you content?"), "</legend>\n");
    choice(p, "satisfied", "yes", pick(v, "满意", "Yes"));
    choice(p, "satisfied", "no", pick(v, "不满意", "No"));
    element(p, "</fieldset><label for=\"note\">",
            pick(v, "补充说明（可不填）", "Anything else (may be left empty)"), "</label>\n");
    raw(p, "<textarea id=\"note\" name=\"note\" rows=\"3\" maxlength=\"250\"></textarea>\n");
    element(p, "<button>", pick(v, "提交", "Send"), "</button>\n</form>\n");
}

enum MHD_Result qp_reporter_page(struct qp_call *c, unsigned status, const struct qp_reporter_view *v)
{
    struct qp_json p = {0};
    size_t len;
    head(&p, v);
    if (v->known)
        standing(&p, v);
    else
        form(&p, v);
    if (v->known && v->until_us)
        rating(&p, v);
    raw(&p, "</main>\n</html>\n");
    char *text = qp_json_take(&p, &len);
    return text ? qp_answer_page_own(c, status, text, len) : MHD_NO;
}

/* ---- the same in JSON ---- */

static void json_matter(struct qp_json *j, const struct qp_reporter_view *v)
{
    qp_json_put(j, "number", v->number);
    qp_json_put(j, "state", v->state);
    qp_json_put(j, "words", v->words);
    qp_json_put(j, "category", v->service);
    qp_json_put(j, "in_charge", v->unit);
    qp_json_put_time(j, "reported_at", v->reported_us);
    qp_json_put_time(j, "updated_at", v->updated_us);
    qp_json_put_time(j, "expected_at", v->expected_us);
    qp_json_put_time(j, "closed_at", v->closed_us);
    qp_json_put_full(j, "result", v->result);
    qp_json_put_bool(j, "may_rate", v->until_us != 0);
    qp_json_put_time(j, "may_rate_until", v->until_us == INT64_MAX ? 0 : v->until_us);
    qp_json_put_time(j, "rated_at", v->rated);
    qp_json_key(j, "history");
    qp_json_array(j);
    for (size_t i = 0; i < v->nlines; i++) {
        qp_json_object(j);
        qp_json_put_time(j, "at", v->lines[i].at_us);
        qp_json_put(j, "words", v->lines[i].words);
        qp_json_object_end(j);
    }
    qp_json_array_end(j);
}

enum MHD_Result qp_reporter_json(struct qp_call *c, unsigned status, const struct qp_reporter_view *v)
{
    struct qp_json j = {0};
    if (status >= 400 && !v->known)
        return qp_answer_error(c, status,
                               status == 404   ? "not_found"
                               : status == 429 ? "busy"
                               : status == 400 ? "malformed"
                                               : "unreachable",
                               "%s", v->message ? v->message : "");
    qp_json_object(&j);
    if (v->known)
        json_matter(&j, v);
    qp_json_put(&j, "message", v->message);
    qp_json_object_end(&j);
    return qp_answer_json(c, status, &j);
}
