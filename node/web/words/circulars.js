// circulars.js: the words of the circulars' page. Figures are called what the node calls them.
export const CIRCULARS = {
  zh: {
    circulars: '通报', issue: '签发', issuing: '正在统计…', period: '周期', date: '其中一天', period_day: '日', period_week: '周', period_month: '月', number_n: '第 {n} 号', none_issued: '还没有通报。选择周期与日期后签发第一份；有策略时，周期结束后会自动签发。', choose_one: '请从左侧选择一份通报。',
    cstate_issued: '已签发', cstate_accepted: '上级已接受', cstate_returned: '上级已退回', cstate_corrected: '已更正', corrected_by: '已由新的通报更正', open_it: '打开', figure: '指标', this_period: '本期', on_before: '环比', on_year: '同比', what_counts: '口径', cpart_total: '合计', cpart_area: '分区域', cpart_desk: '分部门', cpart_source: '分来源', cpart_category: '分类别', cpart_view: '分情形', key: '对象',
    print_page: '打印页', checked: '签发前检查', nothing_found: '未发现问题。', points: '点', accept: '接受', send_back: '退回', reason: '理由', back_title: '退回这份通报', back_what: '其节点会看到理由，并以新的通报更正。', behind: '背后的事项', more: '更多', none_key: '（未定）', rest_key: '其余', through: '统计至日志第 {n} 条', issued_at: '{t} 签发', period_is: '统计期 {a} — {b}', inexact: '这是其他节点的通报：按本节点现在所知列出',
  },
  en: {
    circulars: 'circulars', issue: 'issue', issuing: 'counting…', period: 'period', date: 'a day in it', period_day: 'day', period_week: 'week', period_month: 'month', number_n: 'No. {n}', none_issued: 'There is no circular yet. Choose a period and a day and issue the first; with a policy in force they are issued by themselves when a period has ended.', choose_one: 'Choose a circular on the left.',
    cstate_issued: 'issued', cstate_accepted: 'accepted above', cstate_returned: 'sent back from above', cstate_corrected: 'corrected', corrected_by: 'corrected by a newer one', open_it: 'open', figure: 'figure', this_period: 'this period', on_before: 'on the one before', on_year: 'on the year before', what_counts: 'what it counts', cpart_total: 'the whole', cpart_area: 'by area', cpart_desk: 'by desk', cpart_source: 'by source', cpart_category: 'by category', cpart_view: 'by situation', key: 'key',
    print_page: 'page to print', checked: 'Checked before it was issued', nothing_found: 'Nothing was found.', points: 'pt', accept: 'accept', send_back: 'send back', reason: 'reason', back_title: 'Send this circular back', back_what: 'Its node sees the reason, and corrects it by a new one.', behind: 'the matters behind it', more: 'more', none_key: '(none)', rest_key: 'the rest', through: 'counted up to journal position {n}', issued_at: 'issued {t}', period_is: 'period {a} — {b}', inexact: 'a circular of another node: shown by what this node knows now',
  },
};
