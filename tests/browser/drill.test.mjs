// Drills, seen from the pages (D): marked in words on every page, with buttons of their own, and
// over on every page from the first thing that is real.
//
// `mutants.mjs` plants a bug in the pages for each of these and sees it fail.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PIN, between, browser, button, call, close, command, complaints, enrol, headline, newPage, open, reads, server, sheet, stage, watchHeadline } from './support.mjs';

const NORTH = 'north-high';
const OVER = 'The drill is over. This is real.';

// An incident that a drill ended in stays open until somebody closes it: each test has its own server.
stage({ each: true });

const startDrill = (kind) => command(server, 'person:ana.ruiz', NORTH, { name: 'start_drill', kind }, PIN);
const cards = async (kind) => (await call(server, 'person:ana.ruiz', `/v1/campuses/${NORTH}`)).cards.filter(({ card }) => card === kind);
const tile = (wall) => wall.locator('.tile', { hasText: 'North High School' });
const fourPages = () => Promise.all([open('person:ana.ruiz', 'command'), open('device:north-n101', 'classroom'), open('person:raj.patel', 'classroom'), open('person:wall', 'board')]);

test('d1_a_drill_says_DRILL_in_words_on_every_page', async () => {
  const [ana, room, raj, wall] = await fourPages();
  await reads(ana, 'Normal');
  await ana.getByRole('button', { name: 'Start a drill\u2026' }).click();
  await ana.locator('dialog [name=note]').fill('Autumn drill');
  await ana.locator('dialog [name=pin]').fill(PIN);
  await ana.locator('dialog button[type=submit]').click();
  await Promise.all([ana, room, raj].map((page) => reads(page, 'DRILL: lock-down')));
  await tile(wall).locator('.word').getByText('DRILL: lock-down').waitFor();
  await wall.locator('#summary').getByText('1 DRILL').waitFor();
  for (const page of [ana, room, raj]) {
    await page.locator('ls-drill').getByText('DRILL. Nothing real is open.').waitFor();
    assert.match(await page.title(), /DRILL/);
    // The campus wrote "This is not a drill" for the real thing.
    assert.doesNotMatch(await page.locator('body').innerText(), /not a drill/i);
  }
  assert.doesNotMatch(await tile(wall).innerText(), /not a drill/i);
  // What is real keeps working, and says that it is real.
  await ana.getByRole('button', { name: 'Call REAL lock-down (ends the drill)' }).waitFor();
  await room.getByRole('button', { name: 'Need REAL help (ends the drill)' }).waitFor();
  await room.getByRole('button', { name: 'Report a REAL immediate threat (ends the drill)' }).waitFor();
  assert.equal((await cards('duty')).length, 0, 'a drill asks nobody for anything');
  await close(ana, room, raj, wall);
});

test('d3_a_drill_has_reports_a_sweep_and_an_all_clear_of_its_own', async () => {
  const [ana, sam, room] = await Promise.all([open('person:ana.ruiz', 'command'), open('person:sam.cole', 'command'), open('device:north-n101', 'classroom')]);
  await startDrill('controlled_movement');
  await reads(room, 'DRILL: controlled movement');
  await button(ana, 'Call lock-down in the DRILL').click();
  await Promise.all([ana, sam, room].map((page) => reads(page, 'DRILL: lock-down')));
  await button(room, 'We have seen this').click();
  await room.getByRole('button', { name: /^Seen at/ }).waitFor();
  await room.getByText('Add head counts').click();
  await room.getByLabel('Present').fill('23');
  assert.equal(await room.getByLabel('Injured').isVisible(), false, 'nobody is hurt in a drill');
  await button(room, 'Secured').click();
  await room.getByText('DRILL report: secured, 23 present').waitFor();
  await ana.locator('.room.secured', { hasText: 'Room 101' }).getByText('23 present').waitFor();
  const [{ report, drill }] = (await cards('room')).filter(({ id }) => id === 'n101');
  assert.deepEqual([report, drill], [undefined, { secured: true, present: 23 }]);

  assert.equal(await button(ana, 'Clear (DRILL)').count(), 0, 'an administrator clears no zone');
  const left = sam.locator('ls-drills .zone.open');
  for (let n = await left.count(); n > 0; n -= 1) {
    await left.first().getByRole('button', { name: 'Clear (DRILL)' }).click();
    await left.nth(n - 1).waitFor({ state: 'detached' });
  }
  await button(sam, 'I am on campus').click();
  await button(sam, 'I have left').waitFor();
  await sheet(sam, 'Practise the all clear\u2026', { pin: PIN });
  await Promise.all([ana, sam, room].map((page) => reads(page, 'DRILL: all clear')));
  await sheet(ana, 'End the drill\u2026', { note: 'Two doors did not lock' });
  await Promise.all([ana, sam, room].map((page) => reads(page, 'Normal')));
  for (const page of [ana, sam, room]) assert.equal(await page.locator('ls-drill').isVisible(), false);
  await close(ana, sam, room);
});

test('d2_a_real_call_ends_the_drill_on_every_page_also_where_the_server_left_its_card', async () => {
  // The room's server forgets to take the drill away and to say that it is over.
  const room = await newPage(browser);
  await watchHeadline(room);
  await between(room, { fromServer: (frame) => ({ ...frame,
    ...(frame.drop ? { drop: frame.drop.filter((key) => key !== 'drill') } : {}),
    ...(frame.put ? { put: frame.put.map((card) => (card.card === 'posture' ? { ...card, drill_over: false } : card)) } : {}) }) });
  const [ana, raj, wall] = await Promise.all([open('person:ana.ruiz', 'command'), open('person:raj.patel', 'classroom'), open('person:wall', 'board'),
    enrol(room, server, 'device:north-n101', 'classroom')]);
  await reads(room, 'Normal');
  await startDrill('lock_down');
  await Promise.all([ana, room, raj].map((page) => reads(page, 'DRILL: lock-down')));
  await button(ana, 'Call REAL lock-down (ends the drill)').click();
  await ana.waitForFunction((at) => performance.now() > at + 400, await ana.evaluate(() => performance.now()));
  await button(ana, 'Press again: REAL lock-down now').click();
  for (const page of [ana, room, raj]) {
    await page.locator('ls-posture h1').getByText('Lock-down', { exact: true }).waitFor();
    await page.locator('ls-drill').getByText(OVER).waitFor();
    assert.doesNotMatch(await page.title(), /DRILL/);
    assert.doesNotMatch(await page.locator('body').innerText().then((words) => words.replace(/^.*DRILL.*(lock-down drill|zone|Drill started|started).*$/gim, '')), /DRILL:/);
  }
  await tile(wall).locator('.word').getByText('Lock-down', { exact: true }).waitFor();
  await tile(wall).getByText(OVER).waitFor();
  await button(room, 'Need help').waitFor();
  await ana.locator('.duty.call_911').waitFor();
  assert.deepEqual((await room.seen()).filter((word) => !/^Unknown/.test(word)), ['Normal', 'DRILL: lock-down', 'Lock-down']);
  await close(ana, room, raj, wall);
});

test('d2_a_plea_in_a_drill_is_real_and_ends_it', async () => {
  const [ana, room, raj] = await Promise.all([open('person:ana.ruiz', 'command'), open('device:north-n101', 'classroom'), open('person:raj.patel', 'classroom')]);
  await startDrill('lock_down');
  await reads(room, 'DRILL: lock-down');
  await button(room, 'Need REAL help (ends the drill)').click();
  await Promise.all([ana, room, raj].map((page) => page.locator('ls-drill').getByText(OVER).waitFor()));
  await ana.locator('.matter.plea').getByText('Room 101 asks for help').waitFor();
  // No posture is up, and yet no page says that all is as usual.
  await raj.getByText('Stop the drill and listen for what to do.').waitFor();
  assert.doesNotMatch(await raj.locator('body').innerText(), /School as usual|normal day/i);
  await room.getByText('Your call for help is in.').waitFor();
  await close(ana, room, raj);
});

test('d2_a_drill_on_a_screen_that_may_be_old_is_only_what_was_last_known (R2)', async () => {
  const room = await open('device:north-n101', 'classroom');
  await startDrill('lock_down');
  await reads(room, 'DRILL: lock-down');
  server.freeze();
  await reads(room, 'Unknown \u2013 not connected');
  await room.locator('ls-drill').getByText('Last known: DRILL: lock-down. It may be over, and something real may have come in.').waitFor();
  server.thaw();
  await reads(room, 'DRILL: lock-down');
  await close(room);
});

test('d5_a_test_alert_changes_no_posture_and_shows_who_would_be_reached', async () => {
  const [ana, room, raj, wall] = await fourPages();
  await reads(ana, 'Normal');
  await ana.getByRole('button', { name: 'Send a test alert\u2026' }).click();
  await ana.locator('dialog [name=pin]').fill(PIN);
  await ana.locator('dialog button[type=submit]').click();
  for (const page of [ana, room, raj]) {
    await page.locator('ls-drill').getByText('DRILL: test alert.').waitFor();
    assert.equal(await headline(page), 'Normal');
    assert.match(await page.title(), /DRILL: test alert/);
  }
  await tile(wall).getByText('DRILL: test alert.').waitFor();
  await tile(wall).locator('.word').getByText('Normal').waitFor();
  // Room 101 has a screen, and 102 has Raj Patel's.
  await ana.locator('ls-drills').getByText('DRILL: 2 of 15 rooms reached.').waitFor();
  const missed = await ana.locator('.test-missed').innerText();
  assert.match(missed, /Not reached: .*Room 103/);
  assert.doesNotMatch(missed, /Room 101|Room 102/);
  await button(room, 'We have seen this test').click();
  await ana.locator('.room.seen', { hasText: 'Room 101' }).waitFor();
  await ana.locator('ls-reach').getByText('1 of 15 rooms acknowledged.').waitFor();
  assert.equal(await button(room, 'Secured').isVisible(), false, 'a test asks for no report');
  await sheet(ana, 'End the test alert\u2026', {});
  await Promise.all([ana, room].map((page) => page.locator('ls-drill').waitFor({ state: 'hidden' })));
  await close(ana, room, raj, wall);
});

test('r1_d5_receipts_of_a_test_alert_that_are_lost_are_sent_again_also_on_a_new_connection', async () => {
  // The room's first connection loses every receipt, and the second the first two of them.
  const room = await newPage(browser);
  let [connection, left] = [0, Infinity];
  const kept = [];
  const hangUp = await between(room, {
    connected: (number) => { connection = number; left = number === 1 ? Infinity : 2; },
    fromPage: (frame) => { if (frame.type !== 'receipt') return frame; left -= 1; return left < 0 ? frame : null; },
    fromServer: (frame) => { if (frame.type === 'receipt_kept') kept.push(`${connection} ${frame.stage}`); return frame; },
  });
  const [ana] = await Promise.all([open('person:ana.ruiz', 'command'), enrol(room, server, 'device:north-n101', 'classroom')]);
  await reads(room, 'Normal');
  await startDrill('test_alert');
  await room.locator('ls-drill').getByText('DRILL: test alert.').waitFor();
  await ana.locator('ls-reach').getByText('Sent to 2 screens: 1 received, 1 displayed.').waitFor();
  await ana.locator('ls-drills').getByText('DRILL: 0 of 15 rooms reached.').waitFor();
  await hangUp();
  await ana.locator('ls-reach').getByText('Sent to 2 screens: 2 received, 2 displayed.').waitFor();
  await ana.locator('ls-drills').getByText('DRILL: 1 of 15 rooms reached.').waitFor();
  assert.equal(connection, 2);
  assert.ok(kept.includes('2 displayed'), `the server said that it is kept: ${kept}`);
  await close(ana, room);
});

test('no page broke the policy, asked elsewhere or threw', () => {
  assert.deepEqual(complaints, []);
});
