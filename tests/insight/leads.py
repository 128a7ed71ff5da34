#!/usr/bin/env python3
"""Brings labelled matters together by `qipan leads` and compares with the labels.

    leads.py [DATA] [--qipan PROGRAM] [--file NAME] [--threshold T] [--errors N]
    leads.py --made [--qipan PROGRAM]        a small file of its own (no data needed)

DATA (else $QIPAN_TEST_DATA/insight, else ../shared/data/insight beside the repository) holds fusion_zh_open.tsv: id, time, place,
group, title, detail; the group `-` is a matter alone, `?` is not judged (it is brought together like all others and left out of
the figures). Printed:

- B3 (Bagga and Baldwin 1998): of each matter, which part of its lead is of its group (precision), which part of its group is in
  its lead (recall); the mean over all matters, and F1.
- pairs of one group, and of these the pairs across sources: the file names no source, so two matters count as of two sources when
  their places are written differently (the same thing, told by people who place it differently). `--made` has real sources.

Exit status 1 when a goal is missed: B3 F1 >= .95; of the pairs across sources, recall >= .93. SKIPPED and 0 where DATA is not there.
--at-least F1,PAIRS takes other bounds (those that a step of tests/run holds on to); --errors N shows the N worst groups and leads.
"""
import argparse
import collections
import os
import random
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FILE = "fusion_zh_open.tsv"
GOALS = (0.95, 0.93)


def read(path):
    with open(path, encoding="utf-8", newline="") as f:
        lines = f.read().split("\n")
    head = lines[0].split("\t")
    return [dict(zip(head, line.split("\t"))) for line in lines[1:] if line]


def leads_of(args, path):
    command = [args.qipan, "leads", path] + (["--threshold", args.threshold] if args.threshold else [])
    out = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    return dict(line.split("\t") for line in out.splitlines())


class Score:
    def __init__(self, rows, lead, source):
        judged = [r for r in rows if r["group"] != "?"]
        self.group, self.lead = collections.defaultdict(list), collections.defaultdict(list)
        label = {r["id"]: r["group"] if r["group"] != "-" else "alone " + r["id"] for r in judged}
        for r in judged:
            self.group[label[r["id"]]].append(r["id"])
            self.lead[lead[r["id"]]].append(r["id"])
        self.label, self.of, self.n = label, lead, len(judged)
        self.b3(lead)
        self.pairs(lead, {r["id"]: r[source] for r in judged})

    def b3(self, lead):
        p = r = 0.0
        for i, g in self.label.items():
            members = self.lead[lead[i]]
            both = sum(self.label[m] == g for m in members)
            p += both / len(members)
            r += both / len(self.group[g])
        self.precision, self.recall = p / self.n, r / self.n
        self.f1 = 2 * self.precision * self.recall / (self.precision + self.recall)

    def pairs(self, lead, source):
        self.made = self.right = self.wanted = self.across = self.across_right = self.across_made = 0
        for members in self.lead.values():
            for k, a in enumerate(members):
                for b in members[:k]:
                    self.made += 1
                    self.across_made += source[a] != source[b]
        for members in self.group.values():
            for k, a in enumerate(members):
                for b in members[:k]:
                    together, across = lead[a] == lead[b], source[a] != source[b]
                    self.wanted += 1
                    self.right += together
                    self.across += across
                    self.across_right += across and together

    def show(self):
        print(f"matters judged: {self.n}, groups of two and more: {sum(len(g) > 1 for g in self.group.values())}, "
              f"leads of two and more: {sum(len(m) > 1 for m in self.lead.values())}")
        print(f"B3: precision {self.precision:.4f}, recall {self.recall:.4f}, F1 {self.f1:.4f}")
        print(f"pairs: precision {part(self.right, self.made):.3f}, recall {part(self.right, self.wanted):.3f} of {self.wanted}")
        print(f"pairs across sources: precision {part(self.across_right, self.across_made):.3f}, "
              f"recall {part(self.across_right, self.across):.3f} of {self.across}")

    def errors(self, rows, n):
        by_id = {r["id"]: r for r in rows}
        lost = {g: sum(1 - sum(self.of[b] == self.of[a] for b in m) / len(m) for a in m) for g, m in self.group.items()}
        for g in sorted(lost, key=lost.get, reverse=True)[:n]:
            print(f"-- group {g}: {lost[g]:.2f} of recall lost")
            for i in self.group[g]:
                print("  ", self.of[i], by_id[i]["time"][:10], by_id[i]["place"], by_id[i]["title"])


def part(some, every):
    return some / every if every else 1.0


# ---- a file of its own ----

THINGS = [  # what happened, and how a hotline, the police and a grid worker put it
    ("青龙山采石场", "无证开采石料", ["市民来电:青龙山采石场无证开采,夜里放炮,房子震裂", "接群众报警,青龙山采石场有人盗采石料",
                                     "巡查发现青龙山采石场有挖机作业,未见开采许可"]),
    ("汴河路泵站", "污水外溢", ["汴河路泵站旁污水冒出来了,臭得很", "汴河路泵站门口路面积水,车辆打滑,已设警示", "汴河路泵站井盖顶起,污水外溢"]),
    ("金鼎花园", "电梯坠落", ["金鼎花园三栋电梯又坠落,老人被困", "金鼎花园电梯困人,消防到场", "金鼎花园电梯年检过期,多次停运"]),
    ("隋堤中学", "校门口摆摊", ["隋堤中学门口全是摊贩,孩子过马路危险", "隋堤中学门前摊贩占道引发纠纷", "隋堤中学校门两侧流动摊贩十余处"]),
    ("淮北化工仓库", "危化品堆放", ["淮北化工仓库堆了很多桶,气味刺鼻", "淮北化工仓库疑似违规存放危化品,现场封控", "淮北化工仓库院内危化品桶无标识"]),
    ("老虎洞水库", "野泳溺水", ["老虎洞水库又有小孩野泳,没人管", "老虎洞水库有人溺水,民警赶到", "老虎洞水库护栏缺失,发现野泳人员"]),
    ("京台高架桥", "限高架被撞", ["京台高架桥限高架被撞歪了", "货车撞上京台高架桥限高架,交通中断", "京台高架桥限高架变形,建议更换"]),
    ("万佛塔公园", "古树被砍", ["万佛塔公园的古树被人砍了", "万佛塔公园古树名木被毁,立案调查", "万佛塔公园古树断枝,有锯痕"]),
]
ALONE = ["咨询医保异地报销需要什么材料", "路灯坏了三天没有修", "小区快递柜收费太高", "请问居住证在哪里办理", "希望增设公共自行车停放点",
         "楼上邻居半夜装修很吵", "出租车拒载", "建议图书馆延长开放时间", "超市买到过期牛奶", "公交车站牌信息有误", "健身房突然关门不退卡",
         "农田灌溉渠道淤塞", "养老金发放时间查询", "有人冒充社区人员推销保险", "幼儿园入园名额如何分配", "下水道返味严重"]
PHONES = ["电话13812345678", "电话0557-3012345", "身份证34130219900101123X", "微信 qwerty_99", "我叫张建国"]


def make(path, seed):
    rnd = random.Random(seed)
    rows = []
    for g, (place, what, tells) in enumerate(THINGS):
        for s, tell in enumerate(tells):
            day = 2 + g * 3 + rnd.randrange(3)
            rows.append((f"{'HPG'[s]}{g:03}", f"2026-03-{day:02}T{rnd.randrange(24):02}:15:00", "", f"G{g}", place + what,
                         tell + "。" + rnd.choice(PHONES)))
    for k, text in enumerate(ALONE):  # the same person, two things: never one lead
        rows.append((f"H{900 + k}", f"2026-03-{1 + k:02}T09:00:00", "", "-", text, text + "。" + PHONES[k % len(PHONES)]))
    rnd.shuffle(rows)
    with open(path, "w", encoding="utf-8") as f:
        f.write("id\ttime\tplace\tgroup\ttitle\tdetail\n")
        f.writelines("\t".join(r) + "\n" for r in rows)


def judge(args, path, source_of):
    rows = read(path)
    for r in rows:
        r["source"] = source_of(r)
    lead = leads_of(args, path)
    missing = [r["id"] for r in rows if r["id"] not in lead]
    score = Score(rows, {**lead, **{i: i for i in missing}}, "source")
    score.show()
    if missing:
        print(f"FAILED {len(missing)} lines have no lead, the first is {missing[0]}")
    if args.errors:
        score.errors(rows, args.errors)
    bounds = GOALS if args.at_least is None else tuple(float(x) for x in args.at_least.split(","))
    wrong = len(missing) > 0
    for what, got, goal in (("B3 F1", score.f1, bounds[0]),
                            ("recall of pairs across sources", part(score.across_right, score.across), bounds[1])):
        print(f"{'met' if got >= goal else 'FAILED'}: {what} {got:.4f}, at least {goal:g} is wanted")
        wrong = wrong or got < goal
    return 1 if wrong else 0


def blind(args, path):
    """The labels must change nothing: the same file with other ones, and with the columns in another order."""
    rows = read(path)
    with tempfile.TemporaryDirectory(prefix="qp-leads-") as folder:
        other = os.path.join(folder, "other.tsv")
        with open(other, "w", encoding="utf-8") as f:
            f.write("detail\tgroup\tid\tplace\ttitle\ttime\n")
            f.writelines("\t".join([r["detail"], "X", r["id"], r["place"], r["title"], r["time"]]) + "\n" for r in rows)
        same = leads_of(args, path) == leads_of(args, other)
    print(f"{'met' if same else 'FAILED'}: the labels are not looked at")
    return 0 if same else 1


def mended(args):
    """Bad lines are told by their number and left out; the rest is brought together; exit status 4. And what ends at once."""
    lines = [b"id\ttime\tplace\ttitle\tdetail", "a\t2026-03-01T08:00:00\t\t青龙山采石场开采\t".encode(), b"b\t2026-03-01\t\ttoo few",
             b"c\tyesterday\t\tx\ty", b"d\t2026-03-02T08:00:00\t\t\xff\ty", b"a\t2026-03-02T08:00:00\t\tx\ty", b"",
             "e\t2026-03-02T08:00:00\t\t青龙山采石场开采\t".encode(), b"\t2026-03-02T08:00:00\t\tx\ty"]

    def run(*more, data=b"\n".join(lines), lang="C"):
        return subprocess.run([args.qipan, "leads", *more], input=data, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env={**os.environ, "LC_ALL": lang})

    got, zh = run("-"), run("-", lang="zh_CN.UTF-8")
    told = got.stderr.decode()
    checks = [
        ("the good lines have leads", got.stdout == b"a\ta\ne\ta\n"),
        ("exit status 4", got.returncode == 4 and zh.returncode == 4),
        ("every bad line is told by its number", all(f"standard input:{n}: left out" in told for n in (3, 4, 5, 6, 9))),
        ("and no good one", not any(f"input:{n}:" in told for n in (1, 2, 7, 8))),
        ("with a remedy", "2026-03-01T08:00:00" in told and "convert the file" in told and "line 2" in told),
        ("in Chinese as well", "已略过" in zh.stderr.decode()),
        ("a column that is missing: exit status 2", run("-", data=b"id\ttime\n").returncode == 2),
        ("an empty file: 2", run("-", data=b"").returncode == 2),
        ("a threshold that is none: 2", run("-", "--threshold", "2").returncode == 2),
        ("no such file: 3", run("nowhere.tsv").returncode == 3),
        ("what is the same joins at any threshold", run("-", "--threshold", "0.9").stdout == b"a\ta\ne\ta\n"),
    ]
    for what, holds in checks:
        print(f"{'met' if holds else 'FAILED'}: {what}")
    return 0 if all(holds for _, holds in checks) else 1


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("data", nargs="?", default=os.path.join(os.environ.get("QIPAN_TEST_DATA") or os.path.join(os.path.dirname(ROOT), "shared/data"), "insight"))
    p.add_argument("--made", action="store_true")
    p.add_argument("--qipan", default=os.path.join(ROOT, "build/release/qipan"))
    p.add_argument("--file", default=FILE)
    p.add_argument("--threshold")
    p.add_argument("--errors", type=int, default=0)
    p.add_argument("--at-least", metavar="F1,PAIRS")
    args = p.parse_args()
    if args.made:
        with tempfile.TemporaryDirectory(prefix="qp-leads-") as folder:
            path = os.path.join(folder, "made.tsv")
            make(path, 7)
            return judge(args, path, lambda r: r["id"][0]) | blind(args, path) | mended(args)
    path = os.path.join(args.data, args.file)
    if not os.path.exists(path):
        print(f"SKIPPED: {path} is not there")
        return 0
    return judge(args, path, lambda r: r["place"]) | blind(args, path)


if __name__ == "__main__":
    sys.exit(main())
