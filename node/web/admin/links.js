// links.js: this node and its neighbours: alarms with their remedies, states, queues, room.
import { html } from '../lib/ui.js';
import { t, number, language } from '../lib/i18n.js';
import { nodeNow } from '../lib/apart.js';
import { ago, duration, moment } from '../lib/time.js';
import { useNow } from '../parts/frame.js';
import { Glyph, Icon } from '../parts/marks.js';

export const size = (b) => { let n = b, i = 0; while (n >= 1024 && i < 4) { n /= 1024; i += 1; } return `${n >= 100 || i === 0 ? n.toFixed(0) : n.toFixed(1)} ${['B', 'kB', 'MB', 'GB', 'TB'][i]}`; };
export const fingers = (text) => ((text || '').toUpperCase().match(/.{1,4}/g) || []).slice(0, 8).join('-');

function Alarms({ node }) {
  if (!node.alarms.length) return null;
  return html`<section class="alarms" aria-label=${t('alarms')}><ul>${node.alarms.map((a) => html`<li class=${a.grave ? 'grave' : ''} role="alert"><${Icon} name="bell" /><p><b>${a.path ? `${a.path}：` : ''}${language() === 'zh' ? a.message_zh : a.message}</b>
    ${a.since && html`<span>${t('since_t', { t: moment(a.since) })}</span>`}${a.detail && html`<span>${a.detail}</span>`}${a.remedy && html`<code>${a.remedy}</code>`}</p></li>`)}</ul>
    ${node.alarms_more > 0 && html`<p>${t('more_alarms', { n: node.alarms_more })}</p>`}</section>`;
}

function Row({ link, title, known, at, up, onRevoke }) {
  const lane = (q) => (q && q.parcels ? `${number(q.parcels)} · ${duration(q.age_s * 1000)}` : '0');
  return html`<tr class=${up ? 'up' : ''}><td><${Glyph} state=${known ? link.state : 'unknown'} /> ${known ? t(link.state) : t('unseen')}</td><th scope="row">${title} <small>${link.path}</small></th>
    <td>${link.last_heard ? ago(Math.max(0, nodeNow(at) - Date.parse(link.last_heard))) : '–'}</td><td>${lane(link.queue.urgent)}</td><td>${lane(link.queue.bulk)}</td>
    <td>${!up && html`<button type="button" class="button plain" onClick=${onRevoke}>${t('revoke')}</button>`}</td></tr>`;
}

const Room = ({ label, used, all, note }) => html`<div class="room"><h3>${label}<span>${all ? `${Math.round(100 * used / all)}%` : '–'}</span></h3>
  <svg viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true"><rect class="bar-ground" width="100" height="4" /><rect class=${all && used / all >= 0.9 ? 'bar late' : 'bar'} width=${all ? 100 * used / all : 0} height="4" /></svg><p>${note}</p></div>`;

export function Links({ node, known, at, revoke }) {
  const now = useNow(5000), n = node.children, has = (s) => n.filter((c) => c.state === s).length, behind = node.journal.head - node.tables.position;
  const facts = [['node_path', node.path], ['level', node.level], ['node_id', node.node_id], ['incarnation', node.incarnation], ['version', node.version], ['fingerprint', html`<span class="mono">${fingers(node.root_fingerprint)}</span>`], ['offset', `${node.clock_offset_ms > 0 ? '+' : ''}${node.clock_offset_ms} ms`],
    ['journal', t('bytes', { n: number(node.journal.head), b: size(node.journal.bytes) })], ['tables', behind > 0 ? t('behind', { n: number(behind) }) : t('in_step')],
    ['scrub', node.scrub ? `${node.scrub.finished ? moment(node.scrub.finished, now) : t('scrubbing')} · ${t('damaged', { n: node.scrub.damaged })}` : '–']];
  return html`<div class="head"><h1>${t('links')}</h1><p>${t(node.parent ? 'links_note' : 'links_top', { n: n.length })}</p></div><${Alarms} node=${node} />
    <div class="two"><div><table class="rows"><thead><tr><th scope="col">${t('node_state')}</th><th scope="col">${t('node_name')}</th><th scope="col">${t('last_heard')}</th><th scope="col">${t('urgent_queue')}</th><th scope="col">${t('bulk_queue')}</th><td></td></tr></thead>
      <tbody>${node.parent && html`<${Row} link=${node.parent} title=${t('parent_of', { name: node.parent.title || node.parent.path })} known=${known} at=${at} up=${true} />`}
      ${n.map((c) => html`<${Row} key=${c.path} link=${c} title=${c.title || c.path} known=${known} at=${at} onRevoke=${() => revoke(c)} />`)}</tbody></table>
      <p class="sum">${known ? t('links_sum', { u: node.parent ? 1 : 0, n: n.length, a: has('live'), b: has('late'), c: has('cut') }) : t('unseen')}</p></div>
    <aside><h2>${t('this_node')}</h2><dl>${facts.map(([k, v]) => html`<div><dt>${t(k)}</dt><dd>${v}</dd></div>`)}</dl>
      <${Room} label=${t('disk')} used=${node.disk.total - node.disk.free} all=${node.disk.total} note=${t('used_of', { a: size(node.disk.total - node.disk.free), b: size(node.disk.total) })} />
      <${Room} label=${t('map_room')} used=${node.map.used} all=${node.map.size} note=${`${size(node.map.used)} / ${size(node.map.size)}`} /></aside></div>`;
}
