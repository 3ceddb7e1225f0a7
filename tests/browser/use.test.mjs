// Whether people can use the pages: with 500 rooms, over a thin line, by keyboard and screen
// reader (axe-core, WCAG 2 A and AA), and going straight from a link to their own page.
//
// `mutants.mjs` plants a bug in the pages for each of these and sees it fail.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { PIN, backToNormal, browser, button, call, close, command, complaints, dataWith, drawnBy, enrol, newPage, open, openOfficer, reads, server, stage, startServer } from './support.mjs';

const NORTH = 'north-high';
const ROOMS = 500;
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

stage();


test('a code takes everybody to the page of their role, and a page may be asked for', async () => {
  for (const [principal, face] of [['device:north-n101', 'classroom'], ['person:walt.dunn', 'classroom'], ['person:ana.ruiz', 'command'],
    ['person:kim.ortega', 'officer'], ['person:dana.lind', 'command'], ['person:pat.moore', 'board'], ['person:wall', 'board']]) {
    await close(await open(principal, face));
  }
  const page = await newPage(browser);
  const { code } = await call(server, 'person:dana.lind', '/v1/codes', { principal: 'person:pat.moore' });
  await page.goto(`${server.url}/enrol?face=classroom#${code}`);
  // A link takes one press of Enter.
  await page.waitForFunction(() => document.activeElement?.id === 'submit');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/classroom');
  await close(page);
});

test('what a page is made of comes compressed, and tokens and answers never do', async () => {
  // The thin line is a classroom's: a desk has the larger page, and asks for what changed only. Spanish
  // has longer words, and its own for every refusal.
  for (const [who, face, locale, most] of /** @type {const} */ ([
    ['device:north-n101', 'classroom', 'en-US', 57_000], ['person:ana.ruiz', 'command', 'en-US', 92_000], ['person:sam.cole', 'officer', 'en-US', 92_000], ['person:wall', 'board', 'en-US', 62_000],
    ['device:north-n101', 'classroom', 'es-US', 62_000], ['person:ana.ruiz', 'command', 'es-US', 97_000], ['person:sam.cole', 'officer', 'es-US', 97_000], ['person:wall', 'board', 'es-US', 66_000]])) {
    const page = await open(who, face, { locale, asked: face });
    const cdp = await page.context().newCDPSession(page);
    await cdp.send('Network.enable');
    await cdp.send('Network.setCacheDisabled', { cacheDisabled: true });
    await page.reload();
    await page.getByText('Normal').first().waitFor();
    // Panels come after the sign.
    if (face === 'command' || face === 'officer') await page.locator('ls-duties h2').filter({ hasText: /./ }).waitFor();
    const { plain, sent, files } = await page.evaluate(() => {
      const all = /** @type {PerformanceResourceTiming[]} */ ([...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')])
        .filter(({ name }) => !name.includes('/v1/'));
      const sum = (key) => all.reduce((total, entry) => total + entry[key], 0);
      return { plain: sum('decodedBodySize'), sent: sum('encodedBodySize'), files: all.length };
    });
    console.log(`/${face} in ${locale}: ${files} files, ${plain} bytes, ${sent} bytes sent`);
    assert.ok(plain > 50_000 && sent < most && sent < plain / 2, `${sent} of ${plain}`);
    await close(page);
  }
  const asked = (path, principal) => fetch(server.url + path, { headers: { 'accept-encoding': 'gzip', ...(principal && { authorization: `Bearer ${server.signIn(principal).token}` }) } });
  assert.equal((await asked('/web/command.js')).headers.get('content-encoding'), 'gzip');
  for (const path of ['/v1/me', `/v1/campuses/${NORTH}`, `/v1/campuses/${NORTH}/timeline`, '/healthz', '/metrics']) {
    assert.equal((await asked(path, 'person:ana.ruiz')).headers.get('content-encoding'), null, path);
  }
});

test(`a campus of ${ROOMS} rooms is drawn in time and stays usable`, async (t) => {
  const data = dataWith((toml) => toml.replace(/\[campus\.rooms\]\nn101[\s\S]*?\n\n/, (rooms) => {
    const more = Array.from({ length: ROOMS - 15 }, (_, i) => `x${i} = { name = "Annex ${i}", zone = "b-wing" }\n`).join('');
    return `${rooms.trimEnd()}\n${more}\n`;
  }), ['ana.ruiz', 'sam.cole']);
  const at = await startServer({ data });
  t.after(() => at.end());
  const ana = await enrol(await newPage(browser), at, 'person:ana.ruiz', 'command');
  await ana.getByText(`of ${ROOMS} rooms would not be reached`).waitFor();
  await ana.evaluate(() => {
    window.longest = 0;
    new PerformanceObserver((list) => { for (const { duration } of list.getEntries()) window.longest = Math.max(window.longest, duration); })
      .observe({ type: 'longtask' });
  });
  const drawn = ana.waitForFunction((n) => document.querySelectorAll('.room.no_screen').length >= n && document.querySelector('ls-posture h1')?.textContent === 'Lock-down', ROOMS - 1, { polling: 'raf' });
  const began = Date.now();
  await command(at, 'person:ana.ruiz', NORTH, { name: 'call_lock_down' });
  await drawn;
  const first = Date.now() - began;

  const { cards } = await call(at, 'person:ana.ruiz', `/v1/campuses/${NORTH}`);
  const rooms = cards.filter(({ card }) => card === 'room').map(({ id }) => id);
  assert.equal(rooms.length, ROOMS);
  const reporting = Date.now();
  const left = [...rooms];
  await Promise.all(Array.from({ length: 8 }, async () => {
    for (let room = left.pop(); room; room = left.pop()) await command(at, 'person:ana.ruiz', NORTH, { name: 'report_room', room, report: { state: 'secured' } });
  }));
  const answered = Date.now() - reporting;
  await ana.locator('ls-rooms').getByText(`${ROOMS} secured`).waitFor();
  const all = Date.now() - reporting;
  const pressed = Date.now();
  await button(ana, 'Call lock-down').click();
  await button(ana, 'Press again: lock down now').waitFor();
  const press = Date.now() - pressed;
  const longest = await ana.evaluate(() => window.longest);
  console.log(`${ROOMS} rooms: lock-down drawn after ${first} ms; ${ROOMS} reports answered after ${answered} ms and drawn after ${all} ms; longest task ${Math.round(longest)} ms; a press answered after ${press} ms`);
  assert.ok(first < 2000, `lock-down drawn after ${first} ms`);
  assert.ok(all - answered < 2000, `reports drawn ${all - answered} ms after the last answer`);
  assert.ok(longest < 1000, `the page stood still for ${longest} ms`);
  assert.ok(press < 1000, `a press took ${press} ms`);
  await close(ana);
});

/** Nothing that axe-core finds wrong, in light and dark. */
async function sound(page, name) {
  for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
    await page.emulateMedia({ colorScheme });
    await page.evaluate(() => new Promise((then) => requestAnimationFrame(() => requestAnimationFrame(then))));
    if (!await page.evaluate(() => 'axe' in window)) await page.evaluate(AXE);
    const { violations } = await page.evaluate(() => window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'] }));
    const found = violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map(({ target, any }) => `${target} ${any[0]?.message ?? ''}`).join(' | ')}`);
    assert.deepEqual(found, [], `${name}, ${colorScheme}`);
  }
}

test('axe-core finds nothing on any face in the main postures', async () => {
  const plain = await newPage(browser);
  for (const path of ['/', '/enrol', '/policy', '/design', '/classroom']) {
    await plain.goto(server.url + path);
    if (path === '/classroom') await plain.getByText('Signed out').waitFor();
    await sound(plain, path);
  }
  const [room, ana, sam, phone, wall] = await Promise.all([open('device:north-n101', 'classroom'), open('person:ana.ruiz', 'command'), open('person:sam.cole', 'command'), openOfficer('person:kim.ortega'), open('person:wall', 'board')]);
  const all = async (words) => {
    await Promise.all([room, ana, sam, phone].map((page) => reads(page, words)));
    await wall.locator('.tile').first().getByText(words).waitFor();
    for (const [name, page] of Object.entries({ room, ana, sam, phone, wall })) await sound(page, `${name}: ${words}`);
  };
  await all('Normal');
  const dana = await open('person:dana.lind', 'command');
  for (const [path, there] of [['policy', 'Version'], ['officers', 'The officer signs in'], ['record', 'Incidents']]) {
    for (const page of [ana, dana]) {
      await page.goto(`${server.url}/${path}?face=command#${NORTH}`);
      await page.getByText(there).first().waitFor();
      await sound(page, `${path}: ${page === ana ? 'ana' : 'dana'}`);
    }
  }
  await Promise.all([close(dana), ana.goto(`${server.url}/command`)]);
  const drillNow = async () => (await call(server, 'person:ana.ruiz', `/v1/campuses/${NORTH}`));
  for (const [kind, words] of [['lock_down', 'DRILL: lock-down'], ['test_alert', 'Normal']]) {
    await command(server, 'person:ana.ruiz', NORTH, { name: 'start_drill', kind }, PIN);
    await Promise.all([room, ana, sam].map((page) => page.locator('ls-drill').getByText('DRILL').waitFor()));
    await all(words);
    const { cards, position } = await drillNow();
    await command(server, 'person:ana.ruiz', NORTH, { name: 'end_drill', drill: cards.find(({ card }) => card === 'drill').id, seen: position });
    await Promise.all([room, ana, sam].map((page) => page.locator('ls-drill').waitFor({ state: 'hidden' })));
  }
  const joy = await open('person:joy.adams', 'classroom');
  for (const name of ['Report what you saw', 'Ask for 911, PD or SO']) {
    await button(joy, name).click();
    await sound(joy, name);
    await joy.locator('dialog').getByRole('button', { name: 'Cancel' }).click();
  }
  await command(server, 'person:joy.adams', NORTH, { name: 'report_threat', reason: 'Bangs', place: 'Gym' });
  await all('Threat reported, being checked');
  const threat = (await call(server, 'person:ana.ruiz', `/v1/campuses/${NORTH}`)).cards.find(({ card }) => card === 'threat').id;
  await command(server, 'person:ana.ruiz', NORTH, { name: 'begin_controlled_movement', kind: 'person', shareable: 'Grey jacket' });
  await all('Controlled movement');
  await command(server, 'person:ana.ruiz', NORTH, { name: 'call_lock_down', place: 'Gym' });
  for (const [room_, state] of [['n101', 'need_help'], ['n102', 'secured'], ['n103', 'not_secured']]) {
    await command(server, `device:north-${room_}`, NORTH, { name: 'report_room', report: { state, present: 20 } });
  }
  await command(server, 'person:sam.cole', NORTH, { name: 'start_sweep' });
  await command(server, 'person:sam.cole', NORTH, { name: 'clear_zone', zone: 'a-wing' });
  await command(server, 'person:sam.cole', NORTH, { name: 'report_adverse', zone: 'gym', seen: 'Door forced' });
  await room.getByText('Your call for help is in').waitFor();
  for (const [who, danger] of [['joy.adams', 'yes'], ['walt.dunn', 'no'], ['raj.patel', 'unsure']]) {
    await command(server, `person:${who}`, NORTH, { name: 'report_sighting', seen: 'A man in a grey jacket', place: 'Lot B', danger });
  }
  const { fact: line } = await command(server, 'person:joy.adams', NORTH, { name: 'open_escalation', agency: 'pd', basis: 'escalating', state: 'requested' });
  await command(server, 'person:joy.adams', NORTH, { name: 'open_escalation', agency: '911', basis: 'immediate_threat', state: 'calling' });
  await command(server, 'person:joy.adams', NORTH, { name: 'record_line', escalation: line, state: 'closed' });
  await command(server, 'person:sam.cole', NORTH, { name: 'arrive' });
  const { cards: shown } = await call(server, 'person:ana.ruiz', `/v1/campuses/${NORTH}`);
  await command(server, 'person:sam.cole', NORTH, { name: 'judge_contact_safe', raise: shown.find(({ card }) => card === 'raise').id, with: 'lee.park' });
  await command(server, 'person:ana.ruiz', NORTH, { name: 'offer_lead', to: 'sam.cole' });
  await Promise.all([sam.getByText('offers the lead to you').waitFor(), ana.locator('.line.unexplained').waitFor()]);
  await all('Lock-down');
  await sound(joy, 'a teacher: Lock-down');
  await close(joy);
  await sam.getByRole('button', { name: 'Give the all clear\u2026' }).click();
  await sound(sam, 'confirm sheet');
  await sam.locator('dialog').getByRole('button', { name: 'Cancel' }).click();
  server.freeze();
  await Promise.all([room, ana, sam, wall].map((page) => page.getByText('Do not rely on this screen').first().waitFor()));
  for (const [name, page] of Object.entries({ room, ana, sam, wall })) await sound(page, `${name}: stale`);
  server.thaw();
  await Promise.all([room, ana, sam, wall].map((page) => page.locator('ls-trust').waitFor({ state: 'hidden' })));
  await command(server, 'person:ana.ruiz', NORTH, { name: 'answer_threat', threat, reason: 'Seen to' }).catch(() => {});
  await command(server, 'person:sam.cole', NORTH, { name: 'give_all_clear', override_reason: 'By hand', ...await drawnBy(server, 'person:sam.cole', NORTH, 'raise') }, PIN);
  await all('All clear');
  await backToNormal(server, NORTH);
  await command(server, 'person:ana.ruiz', NORTH, { name: 'call_lock_down' });
  const lift = await drawnBy(server, 'person:ana.ruiz', NORTH, 'raise');
  await command(server, 'person:ana.ruiz', NORTH, { name: 'propose_lift', statement: 'I answer for it', ...lift }, PIN);
  const { cards, position } = await call(server, 'person:tom.becker', `/v1/campuses/${NORTH}`);
  const proposal = cards.find(({ card }) => card === 'proposal').id;
  await command(server, 'person:tom.becker', NORTH, { name: 'confirm_lift', proposal, lifts: lift.lifts, seen: position }, PIN);
  await all('Lifted by school administration');
  await backToNormal(server, NORTH);
  await close(plain, room, ana, sam, phone, wall);
});

test('no page broke the policy, asked elsewhere or threw', () => {
  assert.deepEqual(complaints, []);
});
