// map.js: the tasks as a map: what has a position, the person's own grids (of his node: another one may give the same code), and, on duty
// or on patrol alone, where the phone is. Outlines are kept for where there is no signal; the ground below them is not.
import { html, useState, useEffect, useMemo } from '../lib/ui.js';
import { t, number, word, language } from '../lib/i18n.js';
import { moment } from '../lib/time.js';
import { useStore } from '../lib/store.js';
import { MapView, MapKey, MapTable, lacksOf, matterPins, noOutlines, personPin, readOutlines, shapeOf } from '../parts/mapview.js';
import { keep, kept } from './outbox.js';
import { tasks, openTask } from './tasks.js';
import { ground } from './patrol.js';

const OLD_MS = 60e3;

// {drawn, at: 0 when it was read just now, why}
function useOutlines() {
  const [s, set] = useState(null);
  useEffect(() => {
    let gone = false;
    readOutlines().then((drawn) => { if (!gone) set({ drawn, at: 0, why: '' }); keep('map', { ...drawn, file: noOutlines.file }); }, async (e) => {
      const had = await kept('map');
      if (!gone) set({ drawn: had ? had.value : noOutlines, at: had ? had.at : 0, why: e.message });
    });
    return () => { gone = true; };
  }, []);
  return s;
}

export function TaskMap({ now }) {
  const s = useStore(tasks), g = useStore(ground), o = useOutlines(), grids = (g.me && g.me.grids) || [], fix = g.fix, put = s.items.filter((m) => m.location), lost = s.items.length - put.length;
  const shapes = useMemo(() => (o ? o.drawn.outlines.filter((x) => x.node === o.drawn.area && grids.includes(x.code)).map((x) => ({ key: `${x.node} ${x.code}`, boundaries: [x.boundary], kind: 'grid', title: x.title || x.code })) : []), [o, grids.join()]);
  const where = fix && t(now - fix.at > OLD_MS ? 'map_me_was' : 'map_me', { n: number(Math.round(fix.near)), t: moment(fix.at) });
  const pins = useMemo(() => [...matterPins(s.items, { act: openTask }), ...(fix ? [personPin(fix, where)] : [])], [s.items, fix, where, language()]);
  if (!o) return html`<p class="reading">${t('loading')}</p>`;
  return html`<section class="task-map">${pins.length || shapes.length ? html`<${MapView} label=${t('map')} ground=${o.drawn} shapes=${shapes} pins=${pins} ring=${fix && { lat: fix.lat, lon: fix.lon, metres: fix.near }} at=${`${put.length > 0} ${shapes.length}`} />` : html`<p class="reading">${t('map_nothing_here')}</p>`}
    <${MapKey} shapes=${put.map(shapeOf)} overdue=${put.some((m) => m.overdue)} urgent=${put.some((m) => m.urgency === 'urgent')} person=${where} />
    ${!fix && html`<p class="small">${g.lost ? t('no_position', { why: g.lost }) : t('map_me_off')}</p>`}${lost > 0 && html`<p class="small">${t('map_without', { n: number(lost) })}</p>`}
    ${o.why ? html`<p class="as-of old" role="status">${o.at ? t('map_kept', { t: moment(o.at), why: o.why }) : o.why}</p>` : lacksOf(o.drawn).map((x) => html`<p class="small">${x}</p>`)}
    ${s.at > 0 && html`<p class=${s.fresh ? 'as-of' : 'as-of old'}>${t('tasks_as_of', { t: moment(s.at) })}</p>`}
    ${put.length > 0 && html`<${MapTable} columns=${[t('tab_tasks'), t('task_state')]} rows=${put.map((m) => [html`<button type="button" class="button plain" onClick=${() => openTask(m.id)}>${m.title}</button>`, word('state', m.state)])} />`}</section>`;
}
