// app.js: who is there, the tree, the board, and the stream that says when to look again.
'use strict';
(() => {
  const $ = (id) => document.getElementById(id);
  const BYS = ['area', 'desk', 'source', 'category', 'day'];
  const FEED = 12, OPEN_DEPTH = 2, LOOK_MS = 1000, LOOK_MOST_MS = 5000, WATCH_MS = 10000, ROWS = 400;
  const state = { by: 'area', area: null, node: null, tree: null, board: null, feed: [], folded: new Map(), stream: null, looking: 0, seq: 0, live: null, answers: true, codes: null };

  // ---- words ----
  let language = 'zh';
  try { language = localStorage.getItem('language') || (navigator.language.startsWith('zh') ? 'zh' : 'en'); } catch { /* storage is off */ }
  const words = () => STRINGS[language];

  function element(name, className, text) {
    const e = document.createElement(name);
    if (className) e.className = className;
    if (text !== undefined) e.textContent = text;
    return e;
  }

  function speak() {
    const w = words();
    document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
    for (const e of document.querySelectorAll('[data-text]')) e.textContent = w[e.dataset.text];
    $('language').textContent = w.other;
    $('language').lang = language === 'zh' ? 'en' : 'zh-CN';
    $('logout').textContent = w.logout;
    drawLive();
    drawTabs();
    if (state.tree) draw();
  }

  // ---- asking ----
  class Refused extends Error {
    constructor(status, message) { super(message); this.status = status; }
  }

  async function ask(path, options) {
    let answer;
    try {
      answer = await fetch(path, { credentials: 'same-origin', ...options });
    } catch {
      throw new Refused(0, words().unreachable);
    }
    const body = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Refused(answer.status, body.error ? body.error.message : String(answer.status));
    return body;
  }

  function send(method, path, body) {
    return ask(path, { method, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
  }

  // ---- screens ----
  function show(name) {
    for (const id of ['login', 'node', 'waiting']) $(id).hidden = id !== name;
    $('logout').hidden = name !== 'node';
    if (name !== 'node') endStream();
    if (name === 'login') document.querySelector('#login input').focus();
  }

  function problem(e) {
    if (e.status === 401) { show('login'); return; }
    $('problem').textContent = words().problem + e.message;
    $('problem').hidden = false;
  }

  async function begin() {
    try {
      await ask('/api/v1/session');
      state.node = await ask('/api/v1/node');
      state.area = state.node.path;
      state.answers = true;
      show('node');
      speak();
      await look();
      startStream();
    } catch (e) {
      if (e.status === 401 || e.status === 403) { show('login'); return; }
      show('waiting');
      $('waiting').textContent = words().problem + e.message;
      setTimeout(begin, 3000);
    }
  }

  // ---- looking again, at most once a second ----
  function lookSoon() {
    if (!state.looking) state.looking = setTimeout(() => { state.looking = 0; look(); }, state.slow || LOOK_MS);
  }

  async function look() {
    const seq = ++state.seq, from = performance.now();
    try {
      const query = new URLSearchParams({ by: state.by, area: state.area });
      const [node, tree, board] = await Promise.all([ask('/api/v1/node'), ask('/api/v1/tree'), ask('/api/v1/board?' + query)]);
      if (seq !== state.seq) return; // a later look is on its way
      state.node = node;
      state.tree = tree;
      state.board = board;
      $('problem').hidden = true;
      draw();
    } catch (e) {
      if (seq === state.seq) problem(e);
    }
    state.slow = Math.min(LOOK_MOST_MS, Math.max(LOOK_MS, 8 * (performance.now() - from)));
  }

  // A connection may stay open while its node is frozen, or the network behind it is gone: so it is asked.
  // What healthz says is an answer also when its status is 503.
  async function watch() {
    if (!state.stream) return;
    let codes = null;
    try {
      codes = String((await (await fetch('/healthz', { signal: AbortSignal.timeout(WATCH_MS / 2) })).json()).alarms);
    } catch { /* no answer */ }
    state.answers = codes !== null;
    drawLive();
    if (codes !== null && codes !== state.codes) lookSoon();
    state.codes = codes;
  }

  // ---- the stream ----
  function endStream() {
    if (state.stream) state.stream.close();
    state.stream = null;
    state.live = null;
    drawLive();
  }

  function startStream() {
    endStream();
    const s = state.stream = new EventSource('/api/v1/stream');
    s.onopen = () => { state.live = true; drawLive(); lookSoon(); };
    s.onerror = () => {
      state.live = false;
      drawLive();
      if (s.readyState === EventSource.CLOSED) setTimeout(begin, 3000); // refused: who am I still?
    };
    for (const kind of ['matter', 'urge']) s.addEventListener(kind, (m) => { note(JSON.parse(m.data)); lookSoon(); });
    s.addEventListener('node', (m) => { const n = JSON.parse(m.data); if (n.type !== 'link') note(n); lookSoon(); });
  }

  function note(event) {
    state.feed.unshift(event);
    state.feed.length = Math.min(state.feed.length, FEED);
    if (!state.drawing) state.drawing = requestAnimationFrame(() => { state.drawing = 0; drawFeed(); });
  }

  // ---- drawing ----
  function drawLive() {
    const w = words(), e = $('live');
    e.hidden = state.live === null;
    const good = state.live && state.answers;
    e.classList.toggle('off', !good);
    e.textContent = good ? w.live : state.live ? w.frozen : w.reconnecting;
    e.title = e.textContent;
  }

  function drawTabs() {
    $('by').replaceChildren(...BYS.map((by) => {
      const b = element('button', '', words().by[by]);
      b.type = 'button';
      b.setAttribute('aria-pressed', String(by === state.by));
      b.onclick = () => { state.by = by; drawTabs(); look(); };
      return b;
    }));
  }

  function drawAlarms() {
    const n = state.node, w = words();
    $('alarms').hidden = !n.alarms.length;
    $('alarms').replaceChildren(...n.alarms.map((a) => {
      const li = element('li', a.grave ? 'grave' : '', (a.path ? titleOf(a.path) + '：' : '') + (language === 'zh' ? a.message_zh : a.message));
      const more = [a.since && w.since + ' ' + moment(a.since), a.detail, a.remedy].filter(Boolean).join(' · ');
      if (more) li.append(' ', element('span', 'quiet', more));
      return li;
    }), ...(n.alarms_more ? [element('li', '', w.moreAlarms + n.alarms_more)] : []));
  }

  function draw() {
    const n = state.node;
    drawAlarms();
    $('title').replaceChildren(n.title || n.path, element('span', 'wide', ' · qipan 棋盘'));
    $('path').textContent = n.path + ' · ' + n.level;
    document.title = (n.title || n.path) + ' · qipan';
    drawTree();
    drawBoard();
    drawFeed();
  }

  const moment = (text) => new Date(text).toLocaleString(language === 'zh' ? 'zh-CN' : 'en-GB');

  // The places at or below an area that are not heard: its figures are without what they have done since.
  function oldest(place) {
    const below = place.children.map(oldest).filter(Boolean);
    if (place.state === 'cut') below.push({ path: place.path, as_of: place.as_of });
    below.sort((x, y) => (x.as_of || '').localeCompare(y.as_of || ''));
    return below.length ? { ...below[0], more: below.reduce((n, b) => n + (b.more || 0), below.length - 1) } : null;
  }

  function find(place, path) {
    if (place.path === path) return place;
    for (const c of place.children) {
      if (path === c.path || path.startsWith(c.path + '/')) return find(c, path);
    }
    return null;
  }

  function titleOf(path) {
    const place = state.tree && path.startsWith(state.tree.path) ? find(state.tree, path) : null;
    return place ? place.title || path : path;
  }

  function placeLine(place, depth) {
    const w = words(), li = element('li'), line = element('div', 'place');
    const open = state.folded.has(place.path) ? !state.folded.get(place.path) : depth < OPEN_DEPTH;
    const fold = element('button', place.children.length ? 'fold' : 'fold leaf');
    fold.type = 'button';
    fold.setAttribute('aria-expanded', String(open));
    fold.setAttribute('aria-label', place.title);
    fold.onclick = () => { state.folded.set(place.path, open); drawTree(); };
    const dot = element('span', 'dot ' + place.state);
    dot.title = (w.link[place.state] || place.state) + (place.as_of ? ' · ' + w.asOf + moment(place.as_of) : '');
    dot.setAttribute('role', 'img');
    dot.setAttribute('aria-label', dot.title);
    const pick = element('button', 'pick', place.title || place.path);
    pick.type = 'button';
    pick.title = place.path;
    pick.onclick = () => { state.area = place.path; drawTree(); look(); };
    line.classList.toggle('chosen', place.path === state.area);
    const openCount = element('span', 'count', place.open || '');
    openCount.title = w.open;
    const over = element('span', 'count over', place.overdue || '');
    over.title = w.overdue;
    line.append(fold, dot, pick, openCount, over);
    li.append(line);
    if (place.as_of) li.append(element('div', 'quiet asof', w.asOf + moment(place.as_of)));
    if (open && place.children.length) {
      const ul = element('ul', 'branch');
      ul.append(...place.children.map((c) => placeLine(c, depth + 1)));
      li.append(ul);
    }
    return li;
  }

  function drawTree() {
    $('tree').replaceChildren(placeLine(state.tree, 0));
    $('tree-empty').hidden = state.tree.children.length > 0;
  }

  function seconds(s) {
    const u = words().units;
    if (s === null || s === undefined) return '–';
    if (s < 60) return s + ' ' + u.s;
    if (s < 3600) return Math.round(s / 60) + ' ' + u.m;
    if (s < 172800) return (s / 3600).toFixed(s < 36000 ? 1 : 0) + ' ' + u.h;
    return (s / 86400).toFixed(s < 864000 ? 1 : 0) + ' ' + u.d;
  }

  const COLUMNS = [
    ['opened'], ['open'], ['overdue', 'over'], ['closed'], ['on_time', 'wide'], ['late', 'wide'], ['half', 'wide'],
  ];

  function cells(row, most) {
    return COLUMNS.map(([name, kind]) => {
      const td = element('td', kind === 'over' ? (row.overdue ? 'over' : '') : kind);
      td.textContent = name === 'half' ? seconds(row.handle_p50_s) : row[name].toLocaleString(language);
      if (name === 'opened' && row.opened * 30 > most && most) {
        const share = element('span', 'share');
        share.style.width = `${100 * row.opened / most}%`;
        td.append(share);
      }
      return td;
    });
  }

  function drawFigures(total) {
    const w = words();
    $('figures').replaceChildren(...['opened', 'open', 'overdue', 'closed', 'visited', 'satisfied'].map((name) => {
      const e = element('div', name === 'overdue' && total.overdue ? 'figure bad' : 'figure');
      e.append(element('b', '', total[name].toLocaleString(language)), element('span', '', w[name]));
      return e;
    }));
  }

  function drawBoard() {
    const w = words(), board = state.board, table = $('board');
    const rows = state.by === 'day' ? board.rows.slice().reverse() : board.rows.slice().sort((x, y) => y.opened - x.opened);
    const most = Math.max(1, ...rows.map((r) => r.opened));
    const place = find(state.tree, state.area);
    $('board-area').textContent = place ? place.title || place.path : state.area;
    const old = place && oldest(place);
    $('board-as-of').hidden = !old;
    $('board-as-of').textContent = old ? w.boardAsOf(titleOf(old.path), old.as_of && moment(old.as_of), old.more) : '';
    $('board-empty').hidden = rows.length > 0;
    table.hidden = rows.length === 0;
    drawFigures(board.total);
    const head = element('tr');
    head.append(element('th', '', w.by[state.by]), ...COLUMNS.map(([name, kind]) => element('th', kind === 'wide' ? 'wide' : '', w[name])));
    for (const th of head.children) th.scope = 'col';
    table.tHead.replaceChildren(head);
    table.tBodies[0].replaceChildren(...rows.slice(0, ROWS).map((row) => {
      const tr = element('tr');
      tr.append(element('td', '', row.title || row.key || w.nobody), ...cells(row, most));
      return tr;
    }));
    const sum = element('tr');
    sum.append(element('td', '', w.total), ...cells(board.total, 0));
    table.tFoot.replaceChildren(sum);
  }

  // The link that an offer has to pass, when it is cut: the matter is frozen here until it heals.
  function cutOn(matter) {
    const n = state.node, to = matter && matter.offered && matter.holder === n.path ? matter.offered.to : null;
    const within = (path, above) => path === above || path.startsWith(above + '/');
    const link = to && (within(to, n.path) ? n.children.find((c) => within(to, c.path)) : n.parent);
    return link && link.state === 'cut' ? link : null;
  }

  function drawFeed() {
    const w = words();
    $('feed-empty').hidden = state.feed.length > 0;
    $('feed').replaceChildren(...state.feed.map((e) => {
      const li = element('li'), at = element('time', '', new Date(e.at).toLocaleTimeString(language, { hour12: false, hourCycle: 'h23' }));
      at.dateTime = e.at;
      const where = titleOf(e.matter ? e.matter.holder : e.path || '');
      const what = element('span', 'what', e.matter ? e.matter.title : e.path || ''), cut = cutOn(e.matter);
      if (cut) what.prepend(element('span', 'waits', w.waitsFor + titleOf(cut.path)), ' ');
      li.append(at, element('span', 'chip', w.events[e.type] || e.type), what, element('span', 'where', where));
      li.title = e.matter ? e.matter.holder : e.path || '';
      return li;
    }));
  }

  // ---- people ----
  document.querySelector('#login form').onsubmit = async (event) => {
    event.preventDefault();
    const form = event.target, error = $('login-error');
    error.hidden = true;
    try {
      await send('POST', '/api/v1/session', { name: form.elements.name.value, password: form.elements.password.value });
      form.reset();
      begin();
    } catch (e) {
      error.textContent = e.message;
      error.hidden = false;
    }
  };
  $('logout').onclick = async () => {
    await send('DELETE', '/api/v1/session', {}).catch(() => {});
    state.feed = [];
    show('login');
  };
  $('language').onclick = () => {
    language = language === 'zh' ? 'en' : 'zh';
    try { localStorage.setItem('language', language); } catch { /* storage is off */ }
    speak();
  };

  speak();
  begin();
  setInterval(watch, WATCH_MS);
})();
