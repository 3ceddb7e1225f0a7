// Lowering, seen from the pages: a school lift by two people, doors opened one by one, a veto,
// an answer in doubt, and a raise that no disk has.
//
// `mutants.mjs` plants a bug in the pages for each of these and sees it fail.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PIN, backToNormal, between, browser, button, close, command, complaints, dataWith, drawnBy, enrol, headline, newPage, open, reads, server, sheet, stage, startServer, watchHeadline } from './support.mjs';

const NORTH = 'north-high';
const LIFTED = 'Lifted by school administration';
const STAY = 'Stay locked until your door is opened';

stage();

const lockDown = (at = server) => command(at, 'person:ana.ruiz', NORTH, { name: 'call_lock_down' });

/** S4: two people, two sessions, own words, never "all clear". */
test('a school lift takes two people, and never reads "all clear" (S4)', async () => {
  const room = await newPage(browser);
  await watchHeadline(room);
  const [ana, tom, wall] = await Promise.all([
    open('person:ana.ruiz', 'command'), open('person:tom.becker', 'command'), open('person:wall', 'board'),
    enrol(room, server, 'device:north-n101', 'classroom')]);
  await reads(room, 'Normal');
  await lockDown();
  await Promise.all([ana, tom, room].map((page) => reads(page, 'Lock-down')));

  await sheet(ana, 'Propose a school lift\u2026', { statement: 'I have walked the building with Lee Park', pin: PIN });
  await tom.locator('.matter.proposal').getByText('I have walked the building with Lee Park').waitFor();
  await ana.locator('.matter.proposal').waitFor();
  assert.equal(await ana.getByRole('button', { name: 'Confirm the school lift\u2026' }).count(), 0, 'nobody confirms their own proposal');
  assert.equal(await headline(room), 'Lock-down');

  // Anything new voids it, and it may be proposed again.
  await command(server, 'person:lee.park', NORTH, { name: 'call_lock_down', place: 'Boiler room' });
  await tom.locator('.matter.proposal').waitFor({ state: 'detached' });
  assert.equal(await tom.getByRole('button', { name: 'Confirm the school lift\u2026' }).count(), 0);
  await sheet(ana, 'Propose a school lift\u2026', { statement: 'The boiler room too', pin: PIN });
  await tom.locator('.matter.proposal').getByText('The boiler room too').waitFor();

  await sheet(tom, 'Confirm the school lift\u2026', { pin: PIN });
  await Promise.all([ana, tom, room].map((page) => reads(page, LIFTED)));
  await room.locator('ls-posture').getByText('This is not a law-enforcement all clear.').first().waitFor();
  await wall.locator('.tile').first().getByText('This is not a law-enforcement all clear').waitFor();
  for (const page of [ana, tom]) assert.equal(await page.locator('.matter.proposal').count(), 0, 'what is done asks for no answer');
  assert.deepEqual((await room.seen()).filter((word) => word !== 'Unknown \u2013 not connected'), ['Normal', 'Lock-down', LIFTED]);

  await sheet(ana, 'Resume: back to normal\u2026', {});
  await reads(room, 'Normal');
  await close(ana, tom, room, wall);
});

/** P6: what was sent is not taken back by a press of Cancel, and comes true moments later. */
test('nobody leaves an all clear that is on its way (P6)', async () => {
  const sam = await newPage(browser);
  let held = null;
  let speak;
  await between(sam, {
    connected: (_number, say) => { speak = say; },
    fromServer: (frame) => {
      if (frame.type !== 'refused' || held) return frame;
      held = frame;
      return null;
    },
  });
  await enrol(sam, server, 'person:sam.cole', 'command');
  await lockDown();
  await reads(sam, 'Lock-down');
  await sheet(sam, 'Not clear\u2026', { reason: 'The roof has not been looked at' });
  await sam.locator('.matter.veto').waitFor();
  await sheet(sam, 'Give the all clear\u2026', { override_reason: 'Swept by hand', pin: PIN });
  const dialog = sam.locator('dialog');
  assert.ok(await button(dialog, 'Close').isDisabled());
  // A browser lets nobody be kept by the first press alone.
  for (let times = 0; times < 3; times += 1) await sam.keyboard.press('Escape');
  assert.ok(await dialog.isVisible());
  while (!held) await sam.title();
  speak(held);
  await dialog.locator('.answer.refused').waitFor();
  await button(dialog, 'Cancel').click();
  await dialog.waitFor({ state: 'detached' });
  await button(sam.locator('.matter.veto'), 'Withdraw').click();
  await sam.locator('.matter.veto').waitFor({ state: 'detached' });
  assert.equal(await headline(sam), 'Lock-down');
  await backToNormal(server, NORTH);
  await close(sam);
});

/** S3: an officer's veto blocks until it is withdrawn. */
test('"not clear" is shown, and blocks an all clear until it is withdrawn (S3)', async () => {
  const [sam, kim, room] = await Promise.all([
    open('person:sam.cole', 'command'), open('person:kim.ortega', 'command', { asked: 'command' }), open('device:north-n102', 'classroom')]);
  await lockDown();
  await Promise.all([sam, room].map((page) => reads(page, 'Lock-down')));
  await kim.getByRole('button', { name: /North High/ }).click();
  await reads(kim, 'Lock-down');

  await sheet(sam, 'Not clear\u2026', { reason: 'The roof has not been looked at' });
  await kim.locator('.matter.veto').getByText('The roof has not been looked at').waitFor();
  await kim.getByRole('button', { name: 'Give the all clear\u2026' }).click();
  await kim.locator('dialog .warned').getByText('The roof has not been looked at').waitFor();
  await kim.locator('dialog [name=override_reason]').fill('Swept by hand');
  await kim.locator('dialog [name=pin]').fill(PIN);
  await kim.locator('dialog button[type=submit]').click();
  await kim.locator('dialog .answer.refused').waitFor();
  assert.match(await kim.locator('dialog .answer.refused').textContent(), /not clear/i);
  assert.equal(await headline(room), 'Lock-down');
  await kim.locator('dialog').getByRole('button', { name: 'Cancel' }).click();
  assert.equal(await kim.getByRole('button', { name: 'Withdraw' }).count(), 0, 'only its author withdraws it');

  await button(sam, 'Withdraw').click();
  await kim.locator('.matter.veto').waitFor({ state: 'detached' });
  await sheet(kim, 'Give the all clear\u2026', { override_reason: 'Swept by hand', pin: PIN });
  await reads(room, 'All clear');
  await backToNormal(server, NORTH);
  await reads(room, 'Normal');
  await close(sam, kim, room);
});

/** DESIGN, Answers: in doubt is treated as locked, and is not sent a second time. */
test('an all clear in doubt is treated as locked down, and is not sent again', async () => {
  await lockDown();
  const sam = await newPage(browser);
  await watchHeadline(sam);
  const asked = [];
  let tell;
  await between(sam, {
    fromPage(frame, speak) {
      if (frame.request?.command.name !== 'give_all_clear') return frame;
      asked.push(frame.request.id);
      tell = speak;
      speak({ type: 'in_doubt', id: frame.request.id, message: 'Not known whether this was recorded. Treat the campus as locked down; say so by radio. You will be told.' });
      return null;
    },
  });
  await enrol(sam, server, 'person:sam.cole', 'command');
  await reads(sam, 'Lock-down');
  await sheet(sam, 'Give the all clear\u2026', { override_reason: 'Swept by hand', pin: PIN });
  await sam.locator('dialog .answer.in_doubt').getByText('Treat the campus as locked down').waitFor();
  assert.equal(await headline(sam), 'Lock-down');
  assert.equal(await sam.locator('dialog button[type=submit]').isVisible(), false, 'what is in doubt is not sent a second time');
  tell({ type: 'refused', id: asked[0], refusal: { code: 'busy', message: 'It was not recorded.', advice: 'Look, and give it again.' } });
  await sam.locator('dialog .answer.refused').getByText('It was not recorded.').waitFor();
  assert.equal(asked.length, 1);
  assert.deepEqual((await sam.seen()).filter((word) => word !== 'Unknown \u2013 not connected'), ['Lock-down']);
  await backToNormal(server, NORTH);
  await close(sam);
});

test('an all clear that nobody answers is in doubt by itself, within its deadline', async () => {
  await lockDown();
  const sam = await newPage(browser);
  await between(sam, { fromPage: (frame) => (frame.request?.command.name === 'give_all_clear' ? null : frame) });
  await enrol(sam, server, 'person:sam.cole', 'command');
  await reads(sam, 'Lock-down');
  await sheet(sam, 'Give the all clear\u2026', { override_reason: 'Swept by hand', pin: PIN });
  await sam.locator('dialog .answer.in_doubt').getByText('Treat the campus as locked down').waitFor();
  assert.equal(await headline(sam), 'Lock-down');
  await backToNormal(server, NORTH);
  await close(sam);
});

/** P2, DESIGN "Answers": `shown_only` is no acknowledgement, and says so on every face. */
test('a raise that no disk has says so everywhere, and its author keeps offering it (P7)', async () => {
  const unrecorded = (frame) => {
    for (const card of [...(frame.cards ?? []), ...(frame.put ?? [])]) if (card.card === 'raise') card.recorded = false;
    return frame.type === 'accepted' ? { ...frame, holds: 'shown_only', position: undefined } : frame;
  };
  const [ana, room, wall] = await Promise.all([newPage(browser), newPage(browser), newPage(browser)]);
  const offers = [];
  const fromPage = (frame) => { if (frame.request?.command.name === 'call_lock_down') offers.push(frame.request.id); return frame; };
  await Promise.all([ana, room, wall].map((page) => between(page, { fromServer: unrecorded, fromPage })));
  await Promise.all([enrol(ana, server, 'person:ana.ruiz', 'command'), enrol(room, server, 'device:north-n103', 'classroom'), enrol(wall, server, 'person:wall', 'board')]);
  await reads(ana, 'Normal');
  await ana.evaluate(() => /** @type {any} */ (document.querySelector('#lock-down')).act());
  await Promise.all([ana, room].map((page) => reads(page, 'Lock-down')));
  await Promise.all([ana, room].map((page) => page.locator('ls-posture .marks').getByText('Not yet recorded').waitFor()));
  await ana.locator('.matter.call .mark').getByText('Not yet recorded').waitFor();
  await wall.locator('.tile').first().getByText('Not yet recorded').waitFor();
  await ana.locator('ls-outbox').getByText('stored nowhere yet').waitFor();
  const first = offers.length;
  while (offers.length <= first) await ana.evaluate(() => new Promise(requestAnimationFrame));
  assert.equal(new Set(offers).size, 1, 'offered again under the same id (P6)');
  await backToNormal(server, NORTH);
  await close(ana, room, wall);
});

/** S5: a room that was not opened stays locked, whatever the campus posture is and however old the screen. */
test('doors open one by one, and an unopened room stays locked whatever comes (S5, R2)', async (t) => {
  const data = dataWith((toml) => toml.replace('release = "announce"', 'release = "room_by_room"'), ['sam.cole', 'ana.ruiz']);
  let at = await startServer({ data });
  t.after(() => at.end());
  const [sam, ana, opened, shut] = await Promise.all([open('person:sam.cole', 'command', { at }), open('person:ana.ruiz', 'command', { at }),
    open('device:north-n101', 'classroom', { at }), open('device:north-n102', 'classroom', { at })]);
  await lockDown(at);
  await reads(sam, 'Lock-down');
  await sheet(sam, 'Give the all clear\u2026', { override_reason: 'Swept by hand', pin: PIN });
  await reads(sam, 'All clear');
  await Promise.all([opened, shut].map((page) => reads(page, STAY)));
  await shut.getByText('The campus reads: all clear. Your room stays locked.').waitFor();

  await sam.locator('.room', { hasText: 'Room 101' }).getByRole('button', { name: 'Mark opened' }).click();
  await reads(opened, 'All clear');
  await sam.locator('.room.opened', { hasText: 'Room 101' }).waitFor();
  assert.equal(await headline(shut), STAY);
  assert.equal(await ana.getByRole('button', { name: 'Mark opened' }).count(), 0, 'an administrator opens no door');

  await command(at, 'person:ana.ruiz', NORTH, { name: 'begin_controlled_movement', kind: 'person' });
  await reads(opened, 'Controlled movement');
  await shut.getByText('The campus reads: controlled movement. Your room stays locked.').waitFor();
  assert.equal(await headline(shut), STAY);
  await command(at, 'person:ana.ruiz', NORTH, { name: 'end_controlled_movement', ...await drawnBy(at, 'person:ana.ruiz', NORTH, 'raise') });
  await reads(opened, 'All clear');

  const { url } = at;
  await at.kill();
  await Promise.all([opened, shut].map((page) => page.getByText('Not connected since').waitFor()));
  assert.equal(await headline(shut), STAY, 'an order to stay locked is not lost with the connection');
  assert.equal(await headline(opened), 'Unknown \u2013 not connected');
  at = await startServer({ data, listen: new URL(url).host });
  await reads(opened, 'All clear');

  await ana.locator('ls-trust').waitFor({ state: 'hidden' });
  await ana.getByRole('button', { name: 'Resume: back to normal\u2026' }).click();
  await ana.locator('dialog').getByText('Not opened yet:').waitFor();
  assert.match(await ana.locator('dialog').textContent(), /Room 102/);
  assert.doesNotMatch(await ana.locator('dialog').textContent(), /Room 101/);
  await ana.locator('dialog').getByRole('button', { name: 'Cancel' }).click();

  // A new call voids all openings.
  await lockDown(at);
  await reads(opened, 'Lock-down');
  await command(at, 'person:sam.cole', NORTH, { name: 'give_all_clear', override_reason: 'test', ...await drawnBy(at, 'person:sam.cole', NORTH, 'raise') }, PIN);
  await reads(opened, STAY);
  await sheet(ana, 'Resume: back to normal\u2026', { reason: 'Empty, seen by Lee Park' });
  await reads(ana, 'Normal');
  // Named is not opened: whoever is inside still waits for an officer.
  await Promise.all([opened, shut].map((page) => page.getByText('The campus reads: normal. Your room stays locked.').waitFor()));
  for (const [page, room] of [[opened, 'Room 101'], [shut, 'Room 102']]) {
    await sam.locator('.room', { hasText: room }).getByRole('button', { name: 'Mark opened' }).click();
    await reads(page, 'Normal');
  }
  assert.equal(await ana.getByRole('button', { name: 'Mark opened' }).count(), 0, 'an administrator opens no door');
  await close(sam, ana, opened, shut);
});

test('no page broke the policy, asked elsewhere or threw', () => {
  assert.deepEqual(complaints, []);
});
