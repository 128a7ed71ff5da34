// leads.mjs: the desk's room of leads: three reports of three sources that are one quarry; dismissed with a reason, taken back, its
// matters listed; those that run, however many are over.
import { api, check, decent, logIn, main, report, shot, textOf, until, urlOf, visit } from './lib/harness.mjs';

const STREET = 'qicheng/east/lake';

async function clues() {
  for (const [source, title] of [['hotline', '青龙山采石场夜间偷采爆破'], ['police', '青龙山采石场夜间爆破偷采'], ['grid', '夜间青龙山采石场偷采爆破']]) {
    await report(STREET, { source, title, category: '矿产资源', text: '青龙山采石场无证开采，夜间爆破，运石货车不断' });
  }
  const mine = async () => (await api(STREET, 'GET', '/api/v1/leads')).body.items.find((l) => l.joined === 3 && l.sources.some((x) => x.source === 'police')), lead = await until(15, mine, 300);
  check(Boolean(lead), 'the three reports are one lead', (await api(STREET, 'GET', '/api/v1/leads')).body.items.slice(0, 2));
  for (const [lang, theme, size] of [['en', 'dark', '1280'], ['zh', 'light', '1440']]) {
    const v = await visit({ lang, size }), p = v.page, one = p.locator('.room .sign', { hasText: 'police 1' });
    await logIn(v, STREET);
    await p.goto(`${urlOf(STREET)}/desk?lang=${lang}&theme=${theme}&view=leads`);
    check(await until(10, async () => (await one.count()) === 1) && (await one.textContent()).includes(lang === 'zh' ? '3 件看来同属一事' : '3 that seem to be one thing'), `desk ${lang}: the room has the lead, with its sources`, await textOf(v, '.room'));
    await decent(v, `desk leads ${lang}`, urlOf(STREET));
    await shot(v, `warnings-leads-${lang}-${theme}-${size}`);
    if (lang === 'zh') {
      await one.locator('button', { hasText: '排除' }).click();
      await one.locator('textarea').fill('同一人报的');
      await one.locator('form .solid').click();
      check(await until(8, async () => (await mine()).state === 'dismissed' && (await one.count()) === 0), 'desk: dismissed, it does not stand with those that run', await textOf(v, '.room'));
      await p.selectOption('.room select', 'all');
      await until(5, async () => (await one.count()) === 1);
      check((await one.textContent()).includes('同一人报的'), 'desk: but with all, with its reason', await one.textContent());
      await one.locator('button', { hasText: '撤回上一句' }).click();
      check(await until(8, async () => (await mine()).state === 'joined'), 'desk: and that is taken back', await mine());
      await one.locator('.links .link', { hasText: '在列表中看' }).click();
      check(await until(8, async () => (await p.locator('.row').count()) === 3) && p.url().includes(`lead=${lead.id}`), 'desk: its matters are the list, and the address says so', p.url());
      await p.reload();
      check(await until(8, async () => (await p.locator('.row').count()) === 3), 'desk: after a reload too', await p.locator('.row').count());
    }
    await v.context.close();
  }
}

// Leads found later are over, and fill the first page: those that run are in the room all the same, as many as the rail says; the rest
// of one state does not end with the other's.
async function behind() {
  const v = await visit({ size: '1440' }), p = v.page;
  await logIn(v, STREET);
  const [one] = (await api(STREET, 'GET', '/api/v1/leads')).body.items, made = (n, state, from = 0) => Array.from({ length: n }, (_, i) => ({ ...one, id: `${state}${from + i}`, state }));
  await p.route('**/api/v1/leads*', (r) => {
    const q = new URL(r.request().url()).searchParams, state = q.get('state');
    const [items, next_cursor] = !state ? [made(50, 'dismissed'), 'x'] : state === 'joined' ? [made(2, state), null] : q.get('cursor') ? [made(3, state, 50), null] : [made(50, state), 'y'];
    return r.fulfill({ json: { items, next_cursor } });
  });
  await p.goto(`${urlOf(STREET)}/desk?lang=zh&view=leads`);
  const many = () => p.locator('.room .sign').count(), rail = () => p.locator('.rail button', { hasText: '线索' }).textContent();
  check(await until(10, async () => (await many()) === 52) && /52\+/.test(await textOf(v, '.room .filters')) && /52\+/.test(await rail()), 'desk: the room has those that run, as many as the rail says', `${await many()} ${await textOf(v, '.room .filters')} ${await rail()}`);
  await p.locator('.room button', { hasText: '再读一页' }).click();
  check(await until(10, async () => (await many()) === 55) && !/\+/.test(await textOf(v, '.room .filters')), 'desk: and what is behind the first page, once', `${await many()} ${await textOf(v, '.room .filters')}`);
  await v.context.close();
}

await main(clues, behind);
