// Opens a node's page in Chromium, at two widths, and prints one JSON line with what it saw. Called by page.py.
//   node page.mjs URL LOGIN_LINK_1 LOGIN_LINK_2 LOGIN_LINK_3 FOLDER REPORT_URL TOKEN PID_OF_NODE PID_OF_CHILD
import { chromium } from 'playwright-core';

const [url, link1, link2, link3, folder, reportUrl, token, pid, childPid] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
});

async function look(width, height, link) {
  const page = await (await browser.newContext({ viewport: { width, height }, locale: 'zh-CN' })).newPage();
  const errors = [], elsewhere = [];
  page.on('console', (m) => { if (m.type() === 'error') errors.push(`${m.text()} ${m.location().url}`); });
  page.on('pageerror', (e) => errors.push(String(e)));
  page.on('request', (r) => { if (!r.url().startsWith(url)) elsewhere.push(r.url()); });
  const seen = { width, errors, elsewhere };

  await page.goto(url);
  await page.waitForSelector('#login:not([hidden])', { timeout: 10000 });
  seen.login = await page.isVisible('#login input[name=password]');
  await page.screenshot({ path: `${folder}/login-${width}.png` });
  seen.expected = errors.splice(0).filter((e) => !(e.includes('401') && e.includes('/api/v1/session')));

  await page.goto(link); // a page with a button: looking at it does not use it up
  await page.screenshot({ path: `${folder}/link-${width}.png` });
  await page.click('button.primary');
  await page.waitForSelector('#node:not([hidden])', { timeout: 10000 });
  await page.waitForSelector('#tree .place', { timeout: 10000 });
  await page.waitForSelector('#board tbody tr', { timeout: 10000 });
  seen.places = await page.locator('#tree .place').count();
  seen.title = await page.title();

  // What is reported now is on the page soon, without a reload.
  const title = `现场来电 ${width}`;
  const before = await page.textContent('#figures .figure b');
  const answer = await fetch(reportUrl, {
    method: 'POST', headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
    body: JSON.stringify({ category: '路灯', title, source: '12345' }),
  });
  seen.reported = answer.status;
  // The page's policy forbids what waitForFunction does.
  for (let i = 0; i < 100 && !seen.live; i++) {
    await page.waitForTimeout(100);
    seen.live = (await page.textContent('#feed')).includes(title) && await page.textContent('#figures .figure b') !== before;
  }

  for (const tab of await page.locator('#by button').all()) {
    await tab.click();
    await page.waitForTimeout(200);
  }
  seen.tabs = await page.locator('#by button').count();
  await page.click('#language');
  seen.english = (await page.textContent('body')).includes('Board');
  await page.click('#language');
  seen.sideways = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  seen.unnamed = await page.evaluate(() => [...document.querySelectorAll('button')].filter((b) => b.offsetParent &&
    !(b.textContent.trim() || b.getAttribute('aria-label') || b.title)).length);
  await page.screenshot({ path: `${folder}/page-${width}.png`, fullPage: true });
  await page.context().close();
  return seen;
}

// Until `test` is true; the page's policy forbids what waitForFunction does.
async function until(page, seconds, test) {
  for (let i = 0; i < seconds * 5; i++) {
    if (await test()) return true;
    await page.waitForTimeout(200);
  }
  return false;
}

// A frozen child is told with its remedy; a frozen node's page does not stay green.
async function freeze(link) {
  const page = await (await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'zh-CN' })).newPage();
  const seen = {}, pulse = async () => !(await page.getAttribute('#live', 'class')).includes('off');
  await page.goto(link);
  await page.click('button.primary');
  await page.waitForSelector('#tree .place', { timeout: 10000 });
  seen.quiet = await until(page, 20, async () => await pulse() && !(await page.isVisible('#alarms')));
  process.kill(childPid, 'SIGSTOP');
  try {
    seen.alarm = await until(page, 60, () => page.isVisible('#alarms li')) && await page.textContent('#alarms');
    await page.screenshot({ path: `${folder}/alarms-1280.png`, fullPage: true });
    await page.click('#language');
    seen.english = await page.textContent('#alarms');
  } finally {
    process.kill(childPid, 'SIGCONT');
  }
  seen.over = await until(page, 30, async () => !(await page.isVisible('#alarms')));
  process.kill(pid, 'SIGSTOP');
  try {
    seen.frozen = await until(page, 30, async () => !(await pulse())) && await page.textContent('#live');
    await page.screenshot({ path: `${folder}/frozen-1280.png`, fullPage: true });
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  seen.back = await until(page, 30, pulse);
  return seen;
}

try {
  const seen = [await look(1280, 800, link1), await look(390, 844, link2)];
  console.log(JSON.stringify({ seen, froze: await freeze(link3) }));
} finally {
  await browser.close();
}
