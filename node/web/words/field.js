// field.js: the words of the phone's page alone.
export const FIELD = {
  zh: {
    field_title: '网格', tab_tasks: '任务', tab_report: '上报', tab_outbox: '发件箱', offline: '没有信号，照常干活', all_kept: '都已存在本机；关掉页面、关机都不会丢；重发也只算一次', unsent: '未发送 {n}', tasks_none: '现在没有任务。', tasks_as_of: '任务截至 {t}', tasks_never: '还没有读到过任务；有信号时再来。',
    what: '发生了什么', details: '细节（可不填）', where: '地点（可不填）', here_now: '用现在的位置', position: '位置 {lat}，{lon}（约 {n} 米）', no_position: '取不到位置：{why}', source: '来源', category: '类别', save_it: '上报', source_default: '网格上报',
    waiting: '等信号', sending: '正在发', not_taken: '没收下：{why}', sent: '已发送', next_try: '{d}后再试', last_error: '上次：{why}', send_now: '现在发', drop_it: '丢弃', drop_sure: '确定丢弃？', export: '导出成文件', old_item: '已存 {d} 未发：请到有信号处，或导出', persisted: '浏览器答应不清理本机存储', not_persisted: '浏览器没有答应保留：长期不打开可能被清理，请尽早发送',
    no_store: '本机存不下：浏览器关闭了存储（无痕模式）。有信号时可以直接上报，没有信号时不能存。', no_room: '本机存储已满：没有存下，您写的还在表里。', log_in_again: '登录已过期：重新登录后自动发送', back: '返回', steps_here: '可以办的', report_kept: '已存在本机，有信号就发', step_kept: '已存在本机，有信号就发：{step}', field_missing: '请填“{name}”', task_history: '经过', sent_id: '编号 {id}', none_unsent: '没有未发送的。', earlier_sent: '已发送', retry_refused: '再发一次',
  },
  en: {
    field_title: 'grid', tab_tasks: 'tasks', tab_report: 'report', tab_outbox: 'outbox', offline: 'no signal; work goes on', all_kept: 'all kept on this phone; closing loses nothing; sent twice counts once', unsent: 'unsent {n}', tasks_none: 'No tasks now.', tasks_as_of: 'tasks as of {t}', tasks_never: 'No tasks were read yet; come back with a signal.',
    what: 'what happened', details: 'details (optional)', where: 'where (optional)', here_now: 'use where I am', position: 'position {lat}, {lon} (about {n} m)', no_position: 'no position: {why}', source: 'source', category: 'category', save_it: 'report', source_default: '网格上报',
    waiting: 'waiting for signal', sending: 'sending', not_taken: 'not taken: {why}', sent: 'sent', next_try: 'tried again in {d}', last_error: 'last time: {why}', send_now: 'send now', drop_it: 'drop', drop_sure: 'drop it for good?', export: 'export as a file', old_item: 'kept {d} and not sent: find a signal, or export it', persisted: 'the browser promises to keep what is stored', not_persisted: 'the browser made no promise: unopened for long it may be cleared; send soon',
    no_store: 'Nothing can be kept here: the browser has its storage off (a private window). With a signal you can report directly, without one not.', no_room: 'The storage of this phone is full: it was not kept; your words are still in the form.', log_in_again: 'logged out: it goes by itself after the next log-in', back: 'back', steps_here: 'what you may do', report_kept: 'kept on this phone; it goes with the next signal', step_kept: 'kept on this phone; it goes with the next signal: {step}', field_missing: 'fill in “{name}”', task_history: 'history', sent_id: 'number {id}', none_unsent: 'Nothing is unsent.', earlier_sent: 'sent', retry_refused: 'send again',
  },
};
