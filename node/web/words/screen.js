// screen.js: the words of the wall.
export const SCREEN = {
  zh: {
    tagline: '社会治理指挥部 · 全域一盘棋', page_title: '大屏', each_square: '每格一社区 · 在办', with_overdue: '有超期', today: '今日', week: '本周', month: '本月', last_weekday: '上周同日',
    hours_title: '今日新增 逐时', periods_title: '今日 · 本周 · 本月', periods_note: '至今，对上期同长', fresh: '新增', against: '比上期', on_time_closed: '按期/有时限办结', on_time_rate: '按期率',
    to_hour: '至 {h}:00 比上周同日', bar_note: '今日 · 竖线=上周同时刻', nothing_before: '上周无记录，不作比较', of_open: '占在办 {p}', longest: '最长 {d}', no_emergency: '没有紧急事项', no_emergency_known: '没有已知的紧急事项', last_one: '最近一次 {t}', never_one: '还没有过', more_of_them: '另有 {n} 件',
    elapsed: '已 {d}', desk_note: '近 {n} 日 按期/有时限办结', feed_note: '不显示标题与人名', no_feed: '近来没有动态', nodes: '节点',
    stale_banner: '{place} 断于 {t}', stale_text: '其数字停在 {t}（{d}前），斜纹处为旧；合计含旧数。{place}照常自办，恢复后自动补齐。', stale_text_map: '其数字停在 {t}（{d}前），虚线处为旧；合计含旧数。{place}照常自办，恢复后自动补齐。', stale_unknown: '{place} 未曾听到', stale_unknown_text: '本节点启动以来没有听到它，其数字为启动以前所存。',
    lacks: '缺{place} {t} 之后', lacks_unheard: '缺{place}未见的部分', back_again: '{place}已接通，断开时所存陆续补来', hours_words: '今日新增共 {a} 件，上周同日 {b} 件', hour: '{h}时',
    levels_note: '{a} 处 · {b} 个社区村', other_codes: '另 {n} 类', up_one: '返回上一级', places: '区域', desk_of: '{state} {desk}', map_shade: '每社区平均在办；数字=在办', map_none: '还没有人画过边界，没有地图。', name: '名称', state: '状态',
    sum: '合计',
  },
  en: {
    tagline: 'city affairs · one board', page_title: 'wall', each_square: 'each square a community · open', with_overdue: 'overdue', today: 'today', week: 'week', month: 'month', last_weekday: 'same day last week',
    hours_title: 'new today by hour', periods_title: 'today · week · month', periods_note: 'to date, against as long before', fresh: 'new', against: 'change', on_time_closed: 'on time / closed with a limit', on_time_rate: 'rate',
    to_hour: 'to {h}:00 vs. last week', bar_note: 'today · line = same time last week', nothing_before: 'no record of last week to compare', of_open: '{p} of open', longest: 'longest {d}', no_emergency: 'no emergencies', no_emergency_known: 'no emergency that is known of', last_one: 'the last one {t}', never_one: 'none so far', more_of_them: '{n} more',
    elapsed: 'for {d}', desk_note: '{n} days, on time / closed with a limit', feed_note: 'no titles, no names', no_feed: 'nothing of late', nodes: 'nodes',
    stale_banner: '{place} cut off at {t}', stale_text: 'its figures stand at {t} ({d} ago), hatched where old; totals include them. {place} goes on by itself and catches up afterwards.', stale_text_map: 'its figures stand at {t} ({d} ago), dashed where old; totals include them. {place} goes on by itself and catches up afterwards.', stale_unknown: '{place} not heard', stale_unknown_text: 'not heard since this node was started: its figures are those kept from before.',
    lacks: "without {place}'s after {t}", lacks_unheard: "without {place}'s, not heard", back_again: '{place} connected again; what it kept meanwhile is still coming in', hours_words: 'new today {a}, same day last week {b}', hour: '{h}h',
    levels_note: '{a} places · {b} communities', other_codes: '{n} others', up_one: 'one level up', places: 'areas', desk_of: '{state} {desk}', map_shade: 'open for each community; figure = open', map_none: 'Nobody has drawn a boundary here: there is no map.', name: 'name', state: 'state',
    sum: 'total',
  },
};
