// login.js: the words of the log-in page.
export const LOGIN = {
  zh: {
    title: '登录', tagline: '社会治理指挥 · 棋盘', account: '账号', password: '口令', hint: '也可以打开管理员给的一次性登录链接。连错多次会逐步变慢。',
    node: '节点', fingerprint: '根指纹', parent_state: '上级', is_top: '本节点为顶级',
    wrong: '没有登录：', unknown: '连不上本节点，正在再试…',
  },
  en: {
    title: 'Log in', tagline: 'city affairs · qipan 棋盘', account: 'account', password: 'password', hint: 'Or open the one-time link that an admin gave you. Repeated mistakes are slowed down.',
    node: 'node', fingerprint: 'root fingerprint', parent_state: 'parent', is_top: 'this node is the top',
    wrong: 'Not logged in: ', unknown: 'this node does not answer; trying again…',
  },
};
