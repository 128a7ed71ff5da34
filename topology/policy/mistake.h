/* mistake.h: what is wrong in a policy, all of it: where, what, and what to do about it, in English and
 * Chinese.
 *
 *   readers, check, tighten ─► qp_mistake_add ─► struct qp_mistakes ─► qp_mistake_line (for people)
 *                                                                  ─► .path, qp_mistake_text (for the API)
 *
 * A mistake is a kind of the list below and at most two texts, so that one list has every sentence in both
 * languages and a test can ask for the kind. At most QP_MISTAKES are kept; the rest is counted in `more`. */
#ifndef QP_TOPOLOGY_POLICY_MISTAKE_H
#define QP_TOPOLOGY_POLICY_MISTAKE_H

#include <stdbool.h>
#include <stddef.h>

/* X(name, what, what in Chinese, remedy, remedy in Chinese): {1} and {2} stand for the mistake's texts. */
#define QP_MISTAKE_LIST(X)                                                                                   \
    /* ---- files and their form ---- */                                                                     \
    X(UNREADABLE, "{1}", "无法读取：{1}", "see that the file is there and may be read",                      \
      "确认文件存在且可读")                                                                                  \
    X(NO_FOLDER, "there is no policy.conf in {1}", "{1} 中没有 policy.conf",                                 \
      "name the folder that holds categories.csv, calendar.csv and policy.conf, or one JSON file",           \
      "请给出含有 categories.csv、calendar.csv、policy.conf 的目录，或一个 JSON 文件")                       \
    X(PART_OF_FOLDER, "this is one file of a policy's folder", "这是策略目录中的一个文件",                   \
      "name the folder: {1}", "请给出该目录：{1}")                                                           \
    X(TOO_LARGE, "{1}", "内容过大：{1}", "a policy is at most {2} bytes: leave out what no matter needs",    \
      "策略最多 {2} 字节：删去用不到的内容")                                                                 \
    X(NOT_UTF8, "the file is not UTF-8 text", "文件不是 UTF-8 文本",                                         \
      "save it as UTF-8, without control characters", "另存为 UTF-8，不含控制字符")                          \
    X(NO_JSON, "{1}", "JSON 有误：{1}", "mend the JSON at that place", "改正该处的 JSON")                    \
    X(TOO_DEEP, "the JSON is nested more than {1} deep here", "此处 JSON 嵌套超过 {1} 层",                   \
      "no field of a policy is that deep: take it out", "策略没有这么深的字段：请删去")                      \
    X(BAD_ROW, "{1}", "该行不是合法的 CSV（{1}）",                                                           \
      "a text with a comma, a quote or a line end stands in quotes, and a quote in it twice",                \
      "含逗号、引号或换行的文字须加双引号，其中的引号写两个")                                                \
    X(BAD_LINE, "the line \"{1}\" is not understood", "不能识别这一行“{1}”",                                 \
      "a line is [section], key = value, or # and a remark", "每行应为 [节]、键 = 值，或以 # 开头的注释")    \
    X(NO_COLUMN, "there is no column {1}", "缺少列 {1}", "name it in the first row: {2}",                    \
      "在首行写上列名：{2}")                                                                                 \
    X(ROW_LENGTH, "the row has {1} fields, the first row has {2}", "该行有 {1} 列，首行有 {2} 列",           \
      "see whether a comma is missing, or a text with a comma lacks its quotes",                             \
      "检查是否缺少逗号，或含逗号的文字未加引号")                                                            \
    X(UNKNOWN_FIELD, "there is no field {1}", "没有字段 {1}", "did it mean one of: {2}", "可用的有：{2}")    \
    X(TWICE, "{1} is given twice", "{1} 重复给出", "keep one of the two", "只保留一个")                      \
    X(WRONG_TYPE, "{1} has a value of the wrong kind", "{1} 的值类型不对", "it must be {2}", "应为 {2}")     \
    X(MISSING, "{1} is not given", "没有给出 {1}", "give it: {2}", "请补上：{2}")                            \
    X(TOO_MANY, "there are more than {2} {1}", "{1}超过 {2} 个", "leave out what no matter needs",           \
      "删去用不到的内容")                                                                                    \
    X(NO_MEMORY, "there is not enough memory to read it", "内存不足，无法读取", "free some and try again",   \
      "释放内存后重试")                                                                                      \
    /* ---- values ---- */                                                                                   \
    X(TEXT_LONG, "{1} is longer than {2} bytes", "{1} 超过 {2} 字节", "shorten it", "请缩短")                \
    X(TEXT_LINE,                                                                                             \
      "{1} \"{2}\" has a line end, a character that turns the text's direction, or nothing to see",          \
      "{1}“{2}”含有换行、改变文字方向的字符，或没有可见字符", "write one visible line",                      \
      "请写成一行可见文字")                                                                                  \
    X(NO_DURATION, "{2}", "{1} 不是时长", "",                                                                \
      "写成整数加单位：90s 30m 24h 3d 为自然时间，4wh 5wd 为工作时间；不带小数，最长百年，0wd 无效")         \
    X(NO_SHARE, "{1} \"{2}\" is no share", "{1}“{2}”不是比例",                                               \
      "write 0 to 1 with at most six digits behind the point, such as 0.1",                                  \
      "写 0 到 1 之间、小数不超过六位的数，如 0.1")                                                          \
    X(NO_COUNT, "{1} is no number that is possible here", "{1} 不在允许的范围内",                            \
      "write a whole number, {2}", "写整数 {2}")                                                             \
    X(NO_FLAG, "{1} \"{2}\" is neither yes nor no", "{1}“{2}”既不是 yes 也不是 no", "write yes or no",       \
      "写 yes 或 no")                                                                                        \
    X(NO_URGENCY, "{1} \"{2}\" is no urgency", "{1}“{2}”不是紧急程度", "write routine, urgent or emergency", \
      "写 routine、urgent 或 emergency")                                                                     \
    X(NO_DATE, "{1} \"{2}\" is no date", "{1}“{2}”不是日期", "write a day that exists, as 2026-10-01",       \
      "写真实存在的日期，如 2026-10-01")                                                                     \
    X(NO_KIND, "\"{1}\" is neither off nor on", "“{1}”既不是 off 也不是 on",                                 \
      "write off for a day off, on for a make-up working day", "休息日写 off，调休上班日写 on")              \
    X(NO_HOURS, "{1} \"{2}\" says no days and hours", "{1}“{2}”没有写明星期和时段",                          \
      "write it as 1-5 08:30-12:00 14:30-17:30 (1 = Monday)",                                                \
      "写成 1-5 08:30-12:00 14:30-17:30（1 为周一）")                                                        \
    X(NO_DAYS, "{2}", "{1} 不是星期几", "",                                                                  \
      "1 为周一，7 为周日，写成 1-5 或 1,2,6：每天只写一次，范围由前到后")                                   \
    X(NO_TIME, "{2}", "{1} 不是时刻", "", "写成 08:30，从 00:00 到 24:00")                                   \
    /* ---- what must fit together ---- */                                                                   \
    X(NO_FALLBACK, "there is no category with the empty code, which unknown matters use",                    \
      "缺少代码为空的类别（未知类别的事项用它）", "add a row with an empty code, such as 其他 / other",      \
      "增加一行代码为空的类别，如“其他”")                                                                    \
    X(CODE_TWICE, "the code \"{1}\" is there twice, also at {2}", "代码“{1}”重复，另见 {2}",                 \
      "give one of the two another code", "改掉其中一个代码")                                                \
    X(TITLE_TWICE, "the title \"{1}\" is there twice, also at {2}", "名称“{1}”重复，另见 {2}",               \
      "a matter finds its category by title: make them differ", "事项按名称查找类别：请改为不同的名称")      \
    X(TITLE_IS_CODE, "the title \"{1}\" is the code of another category, at {2}",                            \
      "名称“{1}”是另一类别的代码，见 {2}", "a matter would find the other one: change title or code",        \
      "事项会找到另一类别：请改名称或代码")                                                                  \
    X(NO_PARENT, "the parent \"{1}\" is no category", "上级类别“{1}”不存在",                                 \
      "add it, or leave the parent empty", "补上该类别，或将上级留空")                                       \
    X(CYCLE, "the category \"{1}\" is above itself, by way of \"{2}\"", "类别“{1}”经“{2}”成为自己的上级",    \
      "give one of them another parent", "改掉其中一个的上级")                                               \
    X(DEEP_TREE, "the category \"{1}\" lies more than {2} deep", "类别“{1}”超过 {2} 层",                     \
      "move it nearer to the top", "请上移")                                                                 \
    X(EMPTY_HAS_PARENT, "the category with the empty code has a parent", "代码为空的类别有上级",             \
      "leave its parent empty: it stands for what is unknown", "将其上级留空：它代表未知类别")               \
    X(NO_CALENDAR, "there is no calendar \"{1}\"", "没有日历“{1}”", "the policy has: {2}", "策略中有：{2}")  \
    X(DAYS_ALONE, "these are days of a calendar, but policy.conf has none",                                  \
      "这些日期属于日历，但 policy.conf 中没有日历", "write [calendar office] and its weekly hours there",   \
      "请在其中写 [calendar office] 及每周工作时间")                                                         \
    X(NEEDS_CALENDAR, "{1} counts working time, but the category names no calendar",                         \
      "{1} 按工作时间计算，但类别没有指定日历", "name one: {2}", "请指定：{2}")                              \
    X(CALENDAR_TWICE, "the calendar \"{1}\" is there twice", "日历“{1}”重复",                                \
      "give one of the two another name", "改掉其中一个名称")                                                \
    /* both texts are whole sentences with their remedy, as topology/calendar.h says them */                 \
    X(CALENDAR, "{1}", "{2}", "", "")                                                                        \
    X(REMIND_UNIT, "{1} is in another unit than its clock {2}", "{1} 与其时限 {2} 的单位不同",               \
      "a reminder counts in its clock's own unit: write it in that one", "提醒须用时限自身的单位")           \
    X(REMIND_LATE, "{1} is not shorter than its clock {2}", "{1} 不短于其时限 {2}",                          \
      "a reminder comes before the clock is due: shorten it", "提醒应在到期之前：请缩短")                    \
    X(REMIND_NONE, "{1} reminds of a clock that the category does not have", "{1} 所提醒的时限不存在",       \
      "give the clock, or take the reminder out", "补上时限，或删去提醒")                                    \
    X(STAGE_LONG, "{1} is longer than the whole matter may take ({2})", "{1} 长于整件事项的时限（{2}）",     \
      "shorten it, or lengthen close", "请缩短，或放宽 close")                                               \
    X(NATURAL_ONLY, "{1} \"{2}\" counts working time", "{1}“{2}”按工作时间计算",                             \
      "what is kept is kept for natural time: write s, m, h or d", "保存期限按自然时间：请用 s、m、h 或 d")  \
    X(RESERVED_VERSION, "the version \"0\" is that of the built-in policy", "版本“0”是内置策略的版本",       \
      "give the version a text of its own that was never used", "请用从未用过的版本号")                      \
    X(PLUS_VERSION, "the version \"{1}\" has a +", "版本“{1}”含有 +",                                        \
      "a + stands between the versions of two policies that hold together: give it a text without one",      \
      "+ 用于连接同时生效的两个策略的版本：请用不含 + 的版本号")                                             \
    X(URGE_TWICE, "the policy urges twice at {1}", "策略在 {1} 时督办两次", "keep one of the two",           \
      "只保留一个")                                                                                          \
    X(OWN_WITHOUT_LIMIT, "the own commander may extend {1} times, but not said by how much",                 \
      "本级指挥可延期 {1} 次，但没有给出期限", "give extend.by, such as 3wd", "请给出 extend.by，如 3wd")

enum qp_mistake_kind {
#define X(name, en, zh, remedy, remedy_zh) QP_MISTAKE_##name,
    QP_MISTAKE_LIST(X)
#undef X
        QP_MISTAKE_KINDS
};

enum {
    QP_MISTAKES = 500,
    QP_MISTAKE_FILE = 256,
    QP_MISTAKE_PATH = 160,
    QP_MISTAKE_ARG = 400,
    QP_MISTAKE_TEXT = 1536
};

struct qp_mistake {
    enum qp_mistake_kind kind;
    char file[QP_MISTAKE_FILE]; /* "" when it came from no file */
    long line;                  /* 0: none */
    char path[QP_MISTAKE_PATH]; /* of the value in the JSON: categories[3].clocks.sign; "" = all of it */
    char a[QP_MISTAKE_ARG], b[QP_MISTAKE_ARG];
};

struct qp_mistakes {
    struct qp_mistake *v;
    size_t n, cap;
    size_t more; /* that were not kept */
};

/* Where something stands: of what was read. */
struct qp_policy_at {
    const char *file; /* NULL: no file */
    long line;        /* 0: none */
};

/* `m` NULL: only a caller who wants the code. path, a and b may be NULL; they are cut at a character's border. */
void qp_mistake_add(struct qp_mistakes *m, enum qp_mistake_kind kind, struct qp_policy_at at,
                    const char *path, const char *a, const char *b);
/* How many there are, kept or not; NULL: none. */
size_t qp_mistakes_all(const struct qp_mistakes *m);
/* In the order of files and lines. */
void qp_mistakes_sort(struct qp_mistakes *m);
/* "what: remedy", without the place. */
void qp_mistake_text(char out[QP_MISTAKE_TEXT], const struct qp_mistake *m, bool zh);
/* A file of a policy's folder, by its name: *.csv, *.conf. */
bool qp_mistake_of_folder(const char *file);
/* "FILE:LINE: what: remedy"; without a file the path stands in its place. */
void qp_mistake_line(char out[QP_MISTAKE_TEXT], const struct qp_mistake *m, bool zh);
void qp_mistakes_free(struct qp_mistakes *m);

/* The list v with room for one more than n elements of `size` bytes; it doubles, up to `most`. NULL, and v as it was:
 * it has `most` already, or there is no memory. */
void *qp_list_grow(void *v, size_t n, size_t *cap, size_t most, size_t size);

#endif
