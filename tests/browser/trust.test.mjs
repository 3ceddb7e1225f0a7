// How far a page may be believed (R2): a server that hangs, is not there or keeps its snapshot
// to itself, a page out of the browser's cache, a device whose clock is wrong by years.
//
// `mutants.mjs` plants a bug in the pages for each of these and sees it fail.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SOON_MS, backToNormal, between, browser, call, callLockDown, close, command, complaints, enrol, headline, importDirectory, newPage, open, reads, serve, server, stage, startBrowser, watchHeadline } from './support.mjs';

const NORTH = 'north-high';
const UNKNOWN = 'Unknown \u2013 not connected';
const CALM = /\bnormal\b|all clear|school as usual|lifted/i;

stage();

const FACES = [['device:north-n101', 'classroom'], ['person:ana.ruiz', 'command'], ['person:wall', 'board']];
const threeFaces = () => Promise.all(FACES.map(([who, face]) => open(who, face)));

/** Everything a page says now, save the timeline, which tells of other times. */
const words = (page) => page.evaluate(() => [document.title, ...[...document.body.children]
  .map((element) => { element.querySelectorAll('ls-timeline').forEach((one) => one.setAttribute('hidden', '')); return /** @type {HTMLElement} */ (element).innerText; })].join('\n'));

test('a server that hangs leaves no calm page behind for 5 s (R2)', async (t) => {
  const [room, ana, wall] = await threeFaces();
  await Promise.all([room, ana].map((page) => reads(page, 'Normal')));
  await wall.locator('.tile').nth(2).getByText('Normal').waitFor();
  server.freeze();
  t.after(() => server.thaw());
  const at = Date.now();
  await Promise.all([room, ana].map((page) => page.getByText('Do not rely on this screen').first().waitFor()));
  // Each campus has pulses of its own: the wall is told of the last of them.
  await wall.locator('.tile', { hasText: 'Do not rely on this screen' }).nth(2).waitFor();
  const took = Date.now() - at;
  console.log(`a frozen server was told on all three faces after ${took} ms`);
  // A pulse at most 5 s old, and then a frame and this test's own look.
  assert.ok(took < 5250, `${took} ms`);
  for (const page of [room, ana, wall]) assert.doesNotMatch(await words(page), CALM);
  server.thaw();
  await Promise.all([room, ana].map((page) => reads(page, 'Normal')));
  await close(room, ana, wall);
});

test('a page whose server never answers is unknown, and still takes a raise (R2, P7)', async () => {
  for (const [who, face] of FACES) {
    const page = await open(who, face);
    let away = true;
    await page.routeWebSocket(/\/v1\/ws/, (ws) => { if (away) ws.close(); else ws.connectToServer(); });
    await page.route('**/v1/**', (route) => (away ? route.abort() : route.fallback()));
    await watchHeadline(page);
    // Nor is anything known from the last time.
    await page.evaluate(() => localStorage.clear());
    await page.reload();
    await page.getByText('Do not rely on this screen').first().waitFor();
    assert.doesNotMatch(await words(page), CALM, face);
    for (const word of await page.seen()) assert.equal(word, UNKNOWN);
    if (face === 'classroom') {
      await page.getByRole('button', { name: 'Report an immediate threat' }).click();
      await page.getByRole('button', { name: 'Report it now' }).click();
      await page.locator('dialog').getByText('Not sent yet').waitFor();
      // Made before any server had said whose page this is, and where: it is sent all the same (P7).
      away = false;
      await page.getByText('Threat reported, being checked').first().waitFor();
      const threat = (await call(server, 'person:ana.ruiz', `/v1/campuses/${NORTH}`)).cards.find(({ card }) => card === 'threat').id;
      await command(server, 'person:ana.ruiz', NORTH, { name: 'answer_threat', threat, reason: 'Tried' });
    }
    await close(page);
  }
});

test('a page whose script never came is unknown too', async () => {
  for (const [, face] of FACES) {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(`${server.url}/${face}`);
    const said = await page.locator('body').innerText();
    assert.match(said, /Do not rely on it/);
    assert.match(said, /Unknown/);
    await context.close();
  }
});

for (const kind of ['welcome', 'snapshot', 'pulse']) {
  test(`a ${kind} that never comes is waited for with a bound, and then asked for anew (R2)`, async () => {
    const page = await newPage(browser);
    await watchHeadline(page);
    const connections = [];
    await between(page, {
      connected(number) { connections.push(Date.now()); return !(kind === 'welcome' && number === 1); },
      fromServer: (frame, number) => (frame.type === kind && number === 1 ? null : frame),
    });
    await enrol(page, server, 'device:north-n101', 'classroom');
    await reads(page, 'Normal');
    assert.equal(connections.length, 2);
    const waited = connections[1] - connections[0];
    console.log(`without a ${kind} the page connected anew after ${waited} ms`);
    assert.ok(waited > 2000 && waited < 8000, `${waited} ms`);
    await close(page);
  });
}

test('a page out of the browser\u2019s cache shows nothing calm that is old (R2)', async (t) => {
  // Playwright switches this cache off unless told not to.
  const own = await startBrowser({ ignoreDefaultArgs: ['--disable-back-forward-cache'] });
  t.after(() => own.close());
  const page = await newPage(own);
  await page.addInitScript(() => {
    addEventListener('pageshow', (event) => {
      if (!event.persisted) return;
      // Later than whatever the page itself does with this event: what its first frame paints.
      requestAnimationFrame(() => requestAnimationFrame(() => {
        window.back = { first: document.querySelector('ls-posture h1')?.textContent, title: document.title };
      }));
    });
  });
  await enrol(page, server, 'device:north-n101', 'classroom');
  await reads(page, 'Normal');
  await page.evaluate(() => { window.sameDocument = true; });
  await page.goto(server.url);
  await command(server, 'person:ana.ruiz', NORTH, { name: 'call_lock_down' });
  await page.goBack({ waitUntil: 'commit' });
  await page.waitForFunction(() => window.back);
  assert.equal(await page.evaluate(() => window.sameDocument), true, 'the page did come out of the cache');
  const { first, title } = await page.evaluate(() => window.back);
  assert.doesNotMatch(`${first} ${title}`, CALM);
  await reads(page, 'Lock-down');
  await backToNormal(server, NORTH);
  await reads(page, 'Normal');
});

const YEARS_2 = 2 * 365 * 86_400_000;

/** A device whose clock is off by so much, from before the page's first script. */
const setClock = (page, off) => page.addInitScript((by) => {
  const Real = Date;
  window.clockOff = by;
  window.Date = class extends Real {
    constructor(...args) { if (args.length === 0) super(Real.now() + window.clockOff); else super(...args); }
    static now() { return Real.now() + window.clockOff; }
  };
}, off);

for (const [name, off] of [['ahead', YEARS_2], ['behind', -YEARS_2]]) {
  test(`a device whose clock is two years ${name} raises, shows and is believed (R2, P2)`, async () => {
    const [ana, room] = await Promise.all([newPage(browser), newPage(browser)]);
    await Promise.all([ana, room].map((page) => setClock(page, off)));
    await Promise.all([enrol(ana, server, 'person:ana.ruiz', 'command'), enrol(room, server, 'device:north-n101', 'classroom')]);
    await Promise.all([ana, room].map((page) => reads(page, 'Normal')));
    const at = Date.now();
    await ana.evaluate(() => /** @type {any} */ (document.querySelector('#lock-down')).act());
    await Promise.all([ana, room].map((page) => reads(page, 'Lock-down')));
    console.log(`with the clock two years ${name}, lock-down was drawn after ${Date.now() - at} ms`);
    assert.equal(await ana.locator('ls-outbox').isVisible(), false);
    await backToNormal(server, NORTH);
    await Promise.all([ana, room].map((page) => reads(page, 'Normal')));
    await close(ana, room);
  });
}

test('a clock that is set while the page is open is mistrusted, and then lived with (R2)', async () => {
  const page = await newPage(browser);
  await setClock(page, 0);
  await watchHeadline(page);
  await enrol(page, server, 'device:north-n101', 'classroom');
  await reads(page, 'Normal');
  for (const off of [YEARS_2, 0]) {
    await page.evaluate((by) => { window.clockOff = by; }, off);
    await reads(page, UNKNOWN);
    await reads(page, 'Normal');
  }
  await close(page);
});

test('a raise kept by a clock that was ahead is asked about, not sent (P7)', async () => {
  const page = await open('person:ana.ruiz', 'command');
  await reads(page, 'Normal');
  const item = { campus: NORTH, principal: 'person:ana.ruiz', made_at: Date.now() + YEARS_2, state: 'sending',
    request: { id: crypto.randomUUID(), command: { name: 'call_lock_down' } } };
  await page.evaluate((kept) => localStorage.setItem(`lockstep/outbox/command/${kept.request.id}`, JSON.stringify(kept)), item);
  await page.reload();
  await page.getByText('Is this still needed?').waitFor();
  const { cards } = await call(server, 'person:ana.ruiz', `/v1/campuses/${NORTH}`);
  assert.equal(cards.filter(({ card }) => card === 'raise').length, 0);
  await close(page);
});

test('a calm campus reads unknown once its only page is stale, a severe one keeps its posture (R2)', async () => {
  const room = await open('device:north-n102', 'classroom');
  await command(server, 'person:ana.ruiz', NORTH, { name: 'call_lock_down' });
  await reads(room, 'Lock-down');
  server.freeze();
  await room.getByText('Do not rely on this screen').waitFor();
  assert.equal(await headline(room), 'Lock-down');
  server.thaw();
  await room.locator('ls-trust').waitFor({ state: 'hidden' });
  await backToNormal(server, NORTH);
  await close(room);
});

test('who becomes another person to the school has their own view at once, on a page that never went calm (R3, A5)', async () => {
  const lee = await open('person:lee.park', 'command');
  await command(server, 'person:ana.ruiz', NORTH, { name: 'call_lock_down' });
  await reads(lee, 'Lock-down');
  await watchHeadline(lee);
  await lee.reload();
  await lee.locator('ls-sweep').getByText('A wing').waitFor();
  await lee.evaluate(() => { window.seen.length = 0; window.stayed = true; });
  const at = Date.now();
  importDirectory(server.data, (file) => file.replace('name = "Lee Park"\nrole = "sso"', 'name = "Lee Park"\nrole = "staff"'));
  await lee.locator('#you', { hasText: 'Lee Park, Staff' }).waitFor();
  await lee.locator('ls-sweep').getByText('A wing').waitFor({ state: 'hidden' });
  console.log(`another role was on the page after ${Date.now() - at} ms`);
  for (const word of await lee.seen()) assert.match(word, /Lock-down/);
  assert.ok(await lee.evaluate(() => window.stayed), 'the page was not loaded again: what it holds is not lost');
  await close(lee);
  importDirectory(server.data, (file) => file);
  await backToNormal(server, NORTH);
});

test('a sign-in that has run out says so, with the way to another, and still calls (P2)', async () => {
  const page = await newPage(browser);
  await between(page, { fromServer: (frame) => (frame.type === 'welcome' ? { ...frame, you: { ...frame.you, standing: 'forgiven', audience: 'room' } } : frame) });
  await enrol(page, server, 'person:ana.ruiz', 'command');
  const banner = page.locator('ls-trust');
  await banner.getByText('Your sign-in has run out').waitFor();
  assert.equal(await banner.getByRole('link', { name: 'Sign in again' }).getAttribute('href'), '/enrol?face=command');
  await callLockDown(page);
  await reads(page, 'Lock-down');
  await backToNormal(server, NORTH);
  await close(page);
});

test('a page that is open uses its sign-in, which outlasts an incident of eight hours (A4, P2)', async () => {
  const page = await open('person:ana.ruiz', 'command');
  const beside = await page.context().newPage();
  await beside.goto(page.url());
  await reads(beside, 'Normal');
  const connections = new Map([page, beside].map((one) => [one, 0]));
  for (const one of connections.keys()) {
    one.on('websocket', (socket) => socket.once('framereceived', () => connections.set(one, connections.get(one) + 1)));
  }
  const cookie = async () => (await page.context().cookies()).find(({ name }) => name.endsWith('lockstep-command')).value;
  const standing = () => page.evaluate(async () => (await (await fetch('/v1/me?face=command')).json()).standing);
  const first = await cookie();
  const { data, url } = server;
  const restart = async (hoursLater) => {
    await server.kill();
    await serve({ data, listen: new URL(url).host, hoursLater });
  };
  const passes = (one, hours) => one.evaluate((ms) => {
    const now = Date.now;
    Date.now = () => now() + ms;
  }, hours * 3_600_000);
  const until = async (holds) => {
    const end = Date.now() + SOON_MS;
    while (!await holds()) {
      assert.ok(Date.now() < end, `${holds}`);
      await page.title();
    }
  };
  await restart(9);
  await until(() => [...connections.values()].every((count) => count === 1));
  await passes(page, 9);
  await until(async () => await cookie() !== first);
  // The connection stands on what the page got,
  await until(() => connections.get(page) === 2);
  // and that of a page beside it too, which finds it there.
  await passes(beside, 9);
  await until(() => connections.get(beside) === 2);
  // Past the twelve hours that the first one had.
  await restart(14);
  await page.locator('#you', { hasText: 'Ana Ruiz' }).waitFor();
  assert.equal(await standing(), 'live');
  await callLockDown(page);
  await reads(page, 'Lock-down');
  await close(page);
});

test('no page broke the policy, asked elsewhere or threw', () => {
  assert.deepEqual(complaints, []);
});
