// strings.js: every word of the page, in Chinese and English. What comes from the records (titles, desks, categories) is shown as it is.
// The Chinese events are those of proto/events.h, states and links those of the command line: cli_page_words fails where they differ.
'use strict';
const STRINGS = {
  zh: {
    other: 'English', login: '登录', logout: '退出', name: '姓名', password: '密码',
    loginHint: '也可以打开管理员给你的一次性登录链接。', waiting: '正在连接节点…',
    tree: '节点树', treeEmpty: '还没有下级节点。', board: '看板', boardEmpty: '这里还没有事项。',
    feed: '最新动态', feedEmpty: '有新动态时会显示在这里。', live: '实时', reconnecting: '正在重新连接…', frozen: '节点没有应答，以下为旧数据', since: '自', moreAlarms: '另有告警：', waitsFor: '停在本地，等待断开的', asOf: '截至 ',
    boardAsOf: (title, at, more) => `其中${title}${more ? `等 ${more + 1} 处` : ''}断开，其数字${at ? '截至 ' + at : '早于本节点启动'}。`,
    problem: '无法读取数据：', unreachable: '节点没有应答',
    opened: '立案', closed: '办结', open: '在办', overdue: '超期', on_time: '按期', late: '逾期办结', half: '半数用时', visited: '回访', satisfied: '满意',
    total: '合计', nobody: '（无部门）',
    by: { area: '区域', desk: '部门', source: '来源', category: '类别', day: '日期' },
    link: { live: '在线', late: '迟缓', cut: '断开' },
    states: { open: '待分类', sorted: '已分类', assigned: '已派办', handled: '已处置', visited: '已回访', closed: '已办结', hung: '挂起', merged: '已合并' },
    events: {
      opened: '立案', sorted: '已分类', assigned: '已派办', progressed: '进展', offered: '交办', accepted: '签收', refused: '退回', withdrawn: '撤回',
      handled: '已处置', visited: '已回访', closed: '已办结', reopened: '重开', hung: '挂起', resumed: '恢复', merged: '已合并', unmerged: '撤销合并',
      commented: '留言', urged: '督办', seized: '接管', enrolled: '节点加入', revoked: '节点吊销',
    },
    units: { d: '天', h: '小时', m: '分', s: '秒' },
  },
  en: {
    other: '中文', login: 'Log in', logout: 'Log out', name: 'Name', password: 'Password',
    loginHint: 'Or open the one-time link that an admin gave you.', waiting: 'Connecting to the node…',
    tree: 'Nodes', treeEmpty: 'No nodes below this one yet.', board: 'Board', boardEmpty: 'No matters here yet.',
    feed: 'Latest', feedEmpty: 'What happens next will show here.', live: 'live', reconnecting: 'reconnecting…', frozen: 'the node does not answer: what you see is old', since: 'since', moreAlarms: 'further alarms: ', waitsFor: 'waits here for the cut-off', asOf: 'as of ',
    boardAsOf: (title, at, more) => `${title}${more ? ` and ${more} more` : ''} cut off: figures from there are ${at ? 'as of ' + at : 'of before this node was started'}.`,
    problem: 'The data cannot be read: ', unreachable: 'the node does not answer',
    opened: 'Opened', closed: 'Closed', open: 'Open', overdue: 'Overdue', on_time: 'On time', late: 'Late', half: 'Half within', visited: 'Visited', satisfied: 'Satisfied',
    total: 'Total', nobody: '(no desk)',
    by: { area: 'Area', desk: 'Desk', source: 'Source', category: 'Category', day: 'Day' },
    link: { live: 'live', late: 'late', cut: 'cut off' },
    states: { open: 'open', sorted: 'sorted', assigned: 'assigned', handled: 'handled', visited: 'visited', closed: 'closed', hung: 'hung', merged: 'merged' },
    events: {
      opened: 'opened', sorted: 'sorted', assigned: 'assigned', progressed: 'progress', offered: 'offered', accepted: 'accepted', refused: 'refused',
      withdrawn: 'withdrawn', handled: 'handled', visited: 'visited', closed: 'closed', reopened: 'reopened', hung: 'hung', resumed: 'resumed',
      merged: 'merged', unmerged: 'unmerged', commented: 'comment', urged: 'urged', seized: 'seized', enrolled: 'node joined', revoked: 'node revoked',
    },
    units: { d: 'd', h: 'h', m: 'min', s: 's' },
  },
};
