// login.mjs: the log-in page, what is answered to browsers that keep pages, what is not there, the stream that tabs share.
import { api, check, chosen, cli, decent, frozen, logIn, main, nodes, report, shot, sees, textOf, until, urlOf, visit, sleep } from './lib/harness.mjs';

const CITY = 'qicheng', COUNTY = 'qicheng/east', COMMUNITY = 'qicheng/east/lake/willow', origin = urlOf(COUNTY);

async function assets() {
  const ask = (path, headers = {}) => fetch(origin + path, { headers, redirect: 'manual' });
  const first = await ask('/web/pages/login.js'), tag = first.headers.get('etag');
  check(first.status === 200 && /^"[0-9a-f]{32}"$/.test(tag || ''), 'a part of a page has its hash as ETag', tag);
  check(first.headers.get('content-encoding') === 'gzip', 'it comes gzipped', first.headers.get('content-encoding'));
  const again = await ask('/web/pages/login.js', { 'If-None-Match': tag });
  check(again.status === 304 && (await again.text()) === '', 'who has it already is told so', again.status);
  const plain = await ask('/web/pages/login.js', { 'Accept-Encoding': 'identity' });
  check(!plain.headers.get('content-encoding') && (await plain.text()) === await (await ask('/web/pages/login.js')).text(), 'who cannot unpack it gets the same unpacked');
  const policy = (await ask('/login')).headers.get('content-security-policy') || '';
  check(policy.includes("default-src 'none'") && !policy.includes('unsafe'), 'the policy allows no inline script, style or eval', policy);
  for (const path of ['/web/../calls/page.c', '/web/nothing.js']) {
    const none = await ask(path);
    check(none.status === 404 && /no page|nothing|not/.test((await none.json()).error.message), `what is not there is a 404 with a sentence: ${path}`, none.status);
  }
  const door = await (await ask('/api/v1/door')).json();
  check(door.title === '东区' && door.parent.title === '棋城' && door.root_fingerprint.length > 20, 'the door says who this node is', door);
  check(JSON.stringify(door.shape) === '[[1]]', 'and the shape of what is below it, without names', door.shape);
}


async function form() {
  for (const [lang, theme, size] of [['zh', 'light', '1440'], ['en', 'dark', '1440'], ['zh', 'dark', '390']]) {
    const v = await visit({ lang, theme, size });
    await v.page.goto(`${origin}/login`);
    await until(5, () => sees(v, '.login dd'));
    check((await textOf(v, 'h1')) === '东区', `${lang}: the log-in page names its place`, await textOf(v, 'h1'));
    check((await textOf(v, 'dl')).includes('qicheng/east'), `${lang}: and its path and fingerprint`, await textOf(v, 'dl'));
    await decent(v, `log-in ${lang} ${size}`, origin);
    await shot(v, `login-${lang}-${theme}-${size}`);
    await v.page.fill('input[name=name]', 'nobody');
    await v.page.fill('input[name=password]', 'wrong');
    await v.page.keyboard.press('Enter');
    check(await until(5, () => sees(v, '[role=alert]')), `${lang}: a wrong password is told`);
    await v.context.close();
  }
}

// After the log-in to a page of this node, whatever the address says.
async function onward() {
  await api(COUNTY, 'POST', '/api/v1/users', { name: 'onward', password: 'a long password', roles: ['dispatcher'] });
  for (const [next, where] of [['/%09/elsewhere.invalid/x', '/'], ['/%0a/elsewhere.invalid/x', '/'], ['/%5Celsewhere.invalid/x', '/'], ['//elsewhere.invalid', '/'], ['%2Fcirculars%3Flang%3Den%23x', '/circulars?lang=en#x']]) {
    const v = await visit({ lang: 'zh' });
    await v.page.goto(`${origin}/login?next=${next}`);
    await v.page.fill('input[name=name]', 'onward');
    await v.page.fill('input[name=password]', 'a long password');
    await v.page.keyboard.press('Enter');
    await until(10, async () => !v.page.url().includes('/login'));
    check(!v.asked.some((u) => new URL(u).host.includes('elsewhere')) && v.page.url().startsWith(`${origin}/`) && (where === '/' || v.page.url() === origin + where), `log-in: next=${next} stays at this node`, v.page.url());
    await v.context.close();
  }
}

await main(...chosen({ assets, form, onward }));
