// The faces in a real browser against the real server: enrolment, the ordinary day, a server
// that dies, a clear that names what was drawn, and the content-security policy.
//
// One server and one browser for the file, each test with its own campus or after a resume.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PIN, backToNormal, between, browser, button, call, callLockDown, close, command, complaints, enrol, headline, newPage, open, reads, serve, server, sheet, stage } from './support.mjs';

const NORTH = 'north-high';

stage();

test('the first page says what Lockstep is not', async () => {
  const page = await newPage(browser);
  await page.goto(server.url);
  const words = await page.locator('main').textContent();
  for (const named of ['PA', 'radio', 'fire alarm', '911', 'not listed life-safety equipment']) assert.ok(words.includes(named), named);
  await close(page);
});

test('a code enrols once, and never stands in an address', async () => {
  const page = await newPage(browser);
  const { code } = await call(server, 'person:dana.lind', '/v1/codes', { principal: 'device:north-n101' });
  const asked = [];
  page.on('request', (request) => asked.push(request.url()));
  await page.goto(`${server.url}/enrol`);
  await page.getByLabel('Enrolment code').fill(code);
  await button(page, 'Sign in').click();
  await page.waitForURL('**/classroom');
  await reads(page, 'Normal');
  assert.ok(asked.every((url) => !url.includes(code)));
  const second = await newPage(browser);
  await second.goto(`${server.url}/enrol#${code}`);
  assert.ok(!second.url().includes(code), 'the code left the address bar');
  await button(second, 'Sign in').click();
  await second.getByText('That enrolment code is not known').waitFor();
  await close(page, second);
});

test('a face without a sign-in reads unknown, never normal (R2)', async () => {
  const page = await newPage(browser);
  await page.goto(`${server.url}/classroom`);
  await page.getByText('Signed out').waitFor();
  assert.equal(await headline(page), 'Unknown \u2013 not connected');
  await close(page);
});

test('the ordinary day across command, classroom and board', async () => {
  const [ana, sam, room, wall] = await Promise.all([
    open('person:ana.ruiz', 'command'), open('person:sam.cole', 'command', { viewport: { width: 390, height: 844 } }),
    open('device:north-n102', 'classroom'), open('person:wall', 'board')]);
  await Promise.all([ana, sam, room].map((page) => reads(page, 'Normal')));
  await ana.getByText('would not be reached by a screen').waitFor();

  await callLockDown(ana);
  await Promise.all([ana, sam, room].map((page) => reads(page, 'Lock-down')));
  await wall.locator('.tile').first().getByText('Lock-down').waitFor();
  assert.match(await wall.locator('.tile').first().textContent(), /North.*1 call/);
  // L6: every lock-down screen of the campus, the command page as well.
  await Promise.all([ana, sam, room].map((page) => page.getByText('If the fire alarm sounds').waitFor()));

  await button(room, 'We have seen this').click();
  await room.getByRole('button', { name: /^Seen at/ }).waitFor();
  await button(room, 'Need help').click();
  await sam.locator('.matter.plea').waitFor();
  await wall.getByText('1 room asking for help').waitFor();
  await sheet(sam, 'Answer\u2026', { note: 'Kim is on her way' });
  await room.getByText('Kim is on her way').waitFor();
  await room.getByText('Add head counts').click();
  await room.getByLabel('Present').fill('23');
  await button(room, 'Secured').click();
  await room.getByText('Reported: secured, 23 present').waitFor();

  await button(sam, 'I am on campus').click();
  await button(sam, 'Start the sweep').click();
  await sam.getByText('Began at').waitFor();
  for (let left = await sam.locator('.zone').count(); left > 0; left -= 1) {
    await sam.locator('.zone:not(.clear)').first().getByRole('button', { name: 'Clear' }).click();
    await sam.locator('.zone:not(.clear)').nth(left - 1).waitFor({ state: 'detached' });
  }
  await sheet(sam, 'Give the all clear\u2026', { pin: '0000' });
  await sam.locator('dialog').getByText('That PIN or passkey is not right.').waitFor();
  await sam.locator('dialog [name=pin]').fill(PIN);
  await sam.locator('dialog button[type=submit]').click();
  await Promise.all([ana, sam, room].map((page) => reads(page, 'All clear')));

  await sheet(ana, 'Resume: back to normal\u2026', {});
  await Promise.all([ana, sam, room].map((page) => reads(page, 'Normal')));
  await close(ana, sam, room, wall);
});

test('a press on what waits for an answer outlives what changes beside it', async () => {
  const ana = await newPage(browser);
  let tell = () => {};
  await between(ana, { fromServer: (frame) => { if (JSON.stringify(frame).includes('By the serving line')) tell(); return frame; } });
  const [, room] = await Promise.all([enrol(ana, server, 'person:ana.ruiz', 'command'), open('device:north-n101', 'classroom')]);
  await callLockDown(ana);
  await reads(room, 'Lock-down');
  await button(room, 'Need help').click();
  const pleas = ana.locator('.matter.plea');
  const answer = pleas.getByRole('button', { name: 'Answer\u2026' });
  // What is asked of people comes in above it for a while: until the press has hit it, it is tried again.
  const presses = async () => {
    await answer.hover();
    await ana.mouse.down();
    return answer.evaluate((pressed) => pressed.matches(':active'));
  };
  while (!await presses()) {
    await ana.mouse.move(1, 1);
    await ana.mouse.up();
  }
  // Another room asks for help, whose row stands above this one once the press is over.
  const came = new Promise((resolve) => { tell = resolve; });
  await command(server, 'device:north-cafeteria', NORTH, { name: 'report_room', report: { state: 'need_help' }, note: 'By the serving line' });
  await came;
  await ana.evaluate(() => new Promise((drawn) => { requestAnimationFrame(() => requestAnimationFrame(drawn)); }));
  assert.equal(await pleas.count(), 1);
  await ana.mouse.up();
  await pleas.getByText('By the serving line').waitFor();
  await ana.locator('dialog [name=note]').fill('Kim is on her way');
  await ana.locator('dialog button[type=submit]').click();
  await room.getByText('Kim is on her way').waitFor();
  const { cards } = await call(server, 'person:ana.ruiz', `/v1/campuses/${NORTH}`);
  const [{ plea }] = cards.filter((card) => card.card === 'room' && card.plea);
  await command(server, 'person:ana.ruiz', NORTH, { name: 'answer_plea', plea });
  await backToNormal(server, NORTH);
  await close(ana, room);
});

test('an immediate threat reads "being checked" until it is answered (A2)', async () => {
  const [joy, ana] = await Promise.all([open('person:joy.adams', 'classroom'), open('person:ana.ruiz', 'command')]);
  await reads(joy, 'Normal');
  await sheet(joy, 'Report an immediate threat', { reason: 'Loud bangs by the gym' });
  await Promise.all([joy, ana].map((page) => reads(page, 'Threat reported, being checked')));
  await ana.getByText('Loud bangs by the gym').first().waitFor();
  await sheet(ana, 'No threat\u2026', { text: 'It was the roofers' });
  await Promise.all([joy, ana].map((page) => reads(page, 'Normal')));
  await close(joy, ana);
});

test('controlled movement is begun and ended by its own gestures (A1)', async () => {
  const [ana, joy] = await Promise.all([open('person:ana.ruiz', 'command'), open('person:joy.adams', 'classroom')]);
  await sheet(ana, 'Begin controlled movement', { place: 'Lot B', shareable: 'Grey jacket' });
  await Promise.all([ana, joy].map((page) => reads(page, 'Controlled movement')));
  await joy.getByText('Grey jacket').waitFor();
  await sheet(ana, 'End controlled movement\u2026', {});
  await Promise.all([ana, joy].map((page) => reads(page, 'Normal')));
  await close(ana, joy);
});

test('a clear names what was drawn when its sheet opened (P4)', async () => {
  await command(server, 'person:ana.ruiz', NORTH, { name: 'call_lock_down' });
  const sam = await open('person:sam.cole', 'command');
  await reads(sam, 'Lock-down');
  await sam.getByRole('button', { name: 'Give the all clear\u2026' }).click();
  await sam.locator('dialog .lifts li').first().waitFor();
  assert.equal(await sam.locator('dialog .lifts li').count(), 1);

  await command(server, 'person:tom.becker', NORTH, { name: 'call_lock_down', place: 'North stairs' });
  await sam.locator('dialog .fresh').getByText('North stairs').waitFor();
  assert.equal(await sam.locator('dialog .lifts li').count(), 1, 'what came later is not named');
  await sam.locator('dialog [name=override_reason]').fill('Swept by hand');
  await sam.locator('dialog [name=pin]').fill(PIN);
  await sam.locator('dialog button[type=submit]').click();
  await sam.locator('dialog .answer').getByText('Something new has come in').waitFor();
  await sam.locator('dialog').getByRole('button', { name: 'Cancel' }).click();
  assert.equal(await headline(sam), 'Lock-down');

  await sheet(sam, 'Give the all clear\u2026', { override_reason: 'Swept by hand', pin: PIN });
  await reads(sam, 'All clear');
  await sam.locator('ls-posture').getByText('UNSWEPT').waitFor();
  await sheet(sam, 'Resume: back to normal\u2026', {});
  await reads(sam, 'Normal');
  await close(sam);
});

test('a button is not shown to a role that may not use it; the raise stays in its place', async () => {
  const lee = await open('person:lee.park', 'command');
  await reads(lee, 'Normal');
  const before_ = await button(lee, 'Call lock-down').boundingBox();
  await callLockDown(lee);
  await reads(lee, 'Lock-down');
  assert.deepEqual(await button(lee, 'Call lock-down').boundingBox(), before_);
  assert.equal(await lee.getByRole('button', { name: 'Give the all clear\u2026' }).count(), 0);
  await command(server, 'person:sam.cole', NORTH, await allClearOf('person:sam.cole'), PIN);
  await reads(lee, 'All clear');
  await command(server, 'person:ana.ruiz', NORTH, await resumeOf('person:ana.ruiz'));
  await reads(lee, 'Normal');
  await close(lee);
});

async function allClearOf(principal) {
  const { cards, position } = await call(server, principal, `/v1/campuses/${NORTH}`);
  return { name: 'give_all_clear', seen: position, override_reason: 'test', lifts: cards.filter(({ card }) => card === 'raise').map(({ id }) => id) };
}

async function resumeOf(principal) {
  const { cards, position } = await call(server, principal, `/v1/campuses/${NORTH}`);
  return { name: 'resume', seen: position, lifts: cards.filter(({ card }) => card === 'release').map(({ id }) => id) };
}

test('a raise that cannot be sent is kept, and sent once the server is back (P7); no stale screen reads normal (R2)', async () => {
  const [ana, room, wall] = await Promise.all([
    open('person:ana.ruiz', 'command'), open('device:north-n103', 'classroom'), open('person:wall', 'board')]);
  await Promise.all([ana, room].map((page) => reads(page, 'Normal')));
  await wall.locator('.tile').nth(2).waitFor();

  const { url, data } = server;
  const died = Date.now();
  await server.kill();
  await Promise.all([ana, room, wall].map((page) => page.getByText('Do not rely on this screen').first().waitFor()));
  assert.ok(Date.now() - died < 5000, `the words took ${Date.now() - died} ms`);
  await Promise.all([ana, room].map((page) => reads(page, 'Unknown \u2013 not connected')));
  assert.match(await room.locator('ls-trust').textContent(), /Not connected since \d+:\d\d/);
  for (const page of [ana, room, wall]) {
    // The timeline may tell that the campus returned to normal: it is history, with its time.
    const words = await page.evaluate(() => [...document.body.querySelectorAll('ls-trust, ls-posture, .tiles, .board-top, .panel:not(ls-timeline), .place')]
      .map((element) => /** @type {HTMLElement} */ (element).innerText).join('\n'));
    assert.doesNotMatch(words, /\bnormal\b/i);
    assert.doesNotMatch(await page.title(), /\bnormal\b/i);
  }
  assert.equal(await ana.getByText('Nothing waits for an answer.').isVisible(), false, 'an error is no empty list');

  await callLockDown(ana);
  await ana.locator('ls-outbox').getByText('not sent yet').waitFor();
  await ana.reload().catch(() => {});
  await serve({ data, listen: new URL(url).host });
  // The page that was reloaded into a dead server comes back by hand, with what it had kept.
  await ana.goto(`${url}/command`);
  await Promise.all([ana, room].map((page) => reads(page, 'Lock-down')));
  await ana.locator('ls-outbox').waitFor({ state: 'hidden' });
  const { cards } = await call(server, 'person:ana.ruiz', `/v1/campuses/${NORTH}`);
  assert.equal(cards.filter(({ card }) => card === 'raise').length, 1, 'kept raises are one act (P6)');

  const again = Date.now();
  await server.kill();
  await room.getByText('Not connected since').waitFor();
  assert.ok(Date.now() - again < 5000);
  assert.equal(await headline(room), 'Lock-down', 'the last severe posture stays');
  await serve({ data, listen: new URL(url).host });
  await room.locator('ls-trust').waitFor({ state: 'hidden' });
  await close(ana, room, wall);
});

test('an old raise is asked about before it is sent (P7)', async () => {
  const page = await open('person:lee.park', 'command');
  await page.locator('ls-posture h1', { hasText: 'Lock-down' }).waitFor();
  const item = { campus: 'north-high', principal: 'person:lee.park', made_at: Date.now() - 11 * 60 * 1000, state: 'sending',
    request: { id: crypto.randomUUID(), command: { name: 'call_lock_down' } } };
  await page.evaluate((kept) => localStorage.setItem(`lockstep/outbox/command/${kept.request.id}`, JSON.stringify(kept)), item);
  await page.reload();
  await page.getByText('Is this still needed?').waitFor();
  await button(page, 'No, it is over').click();
  await page.getByText(': not sent.').waitFor();
  const { cards } = await call(server, 'person:ana.ruiz', `/v1/campuses/${NORTH}`);
  assert.equal(cards.filter(({ card }) => card === 'raise').length, 1);
  await close(page);
});

test('no page broke the policy, asked elsewhere or threw', () => {
  assert.deepEqual(complaints, []);
});
