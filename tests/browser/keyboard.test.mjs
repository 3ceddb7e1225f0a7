// Every action of every face, done once with the keyboard alone: whoever cannot hold a mouse still, or
// has none, raises, answers, sweeps and lowers as everybody does. What a page may ask for and nobody
// asked for here fails the last test but one.
//
// `mutants.mjs` plants a bug in the pages for some of these and sees it fail.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { PHONE, PIN, backToNormal, browser, call, close, codeFor, command, complaints, newPage, open, reads, server, stage } from './support.mjs';
import { Keys, given, keysOf } from './keys.mjs';

const NORTH = 'north-high';

stage();

test('a person signs in with a code that they type, to the page that they want, in their language', async () => {
  const keys = new Keys(await newPage(browser));
  const { page } = keys;
  const code = await codeFor(server, 'person:ana.ruiz');
  await page.goto(`${server.url}/`);
  await keys.press(page.getByRole('link', { name: /^Sign in/ }));
  await page.waitForURL('**/enrol');
  await keys.fill(page.getByLabel('Enrolment code'), code);
  await keys.press('Español');
  await page.getByRole('button', { name: 'English' }).waitFor();
  await keys.press('English');
  await page.getByRole('button', { name: 'Español' }).waitFor();
  await keys.press(page.locator('summary'), page, 'Space');
  await keys.fill(page.locator('#face'), 'classroom');
  await keys.press('Sign in');
  await page.waitForURL('**/classroom');
  await close(page);
});

test('classroom: acknowledge, report, count heads, ask for help, tell what was seen', async () => {
  const [joy, walt, kim] = await Promise.all([keysOf('person:joy.adams', 'classroom'), keysOf('person:walt.dunn', 'classroom'), keysOf('person:kim.ortega', 'classroom')]);
  await Promise.all([joy, walt, kim].map(({ page }) => reads(page, 'Normal')));
  await kim.fill(kim.page.getByLabel('Campus'), 'river-middle');
  await kim.page.waitForURL('**#river-middle');
  await joy.sheet('report_sighting', 'Report what you saw', { seen: 'A bag', danger: 'yes', picture: 'bag.png' });
  await joy.page.locator('#said').getByText('The picture was sent too').waitFor();
  await joy.sheet('open_escalation', 'Ask for 911, PD or SO', { agency: 'pd', basis: 'escalating', state: 'calling', note: 'Two of them' });
  await joy.sheet('report_threat', 'Report an immediate threat', { reason: 'Bangs', place: 'Gym' });
  await reads(joy.page, 'Threat reported');
  await command(server, 'person:ana.ruiz', NORTH, { name: 'begin_controlled_movement', kind: 'person', shareable: 'Grey jacket' });
  await walt.does('acknowledge_duty', 'I have it');
  await joy.does('acknowledge', 'We have seen this');
  await joy.press(joy.page.locator('summary'));
  for (const [name, value] of Object.entries({ present: '20', injured: '1', missing: '2', extra: '3' })) await joy.fill(joy.page.locator(`#${name}`), value);
  await joy.press('Open your class list\u2026');
  await joy.press('Open the roster', joy.dialog);
  await joy.dialog.getByText('Nobody has put a roster in').waitFor();
  await joy.press('Close', joy.dialog);
  given.add('open_own_roster');
  for (const name of ['Secured', 'Not secured', 'Need help']) await joy.does('report_room', name);
  await joy.page.getByText('20 present, 1 injured, 2 missing, 3 extra').waitFor();
  await joy.press('Español');
  await reads(joy.page, 'Movimiento controlado');
  await close(joy.page, walt.page, kim.page);
  const { cards } = await call(server, 'person:ana.ruiz', `/v1/campuses/${NORTH}`);
  for (const { id } of cards.filter(({ card }) => card === 'threat')) await command(server, 'person:ana.ruiz', NORTH, { name: 'answer_threat', threat: id, reason: 'Seen to' });
  await command(server, 'person:ana.ruiz', NORTH, { name: 'call_lock_down' });
  await backToNormal(server, NORTH);
});

/** What a card of this campus is called on the wire, as it stands now. */
const idOf = async (kind, is) => (await call(server, 'person:ana.ruiz', `/v1/campuses/${NORTH}`)).cards.find((one) => one.card === kind && is(one))?.id;

test('command: a drill and a test alert are started, practised and ended', async () => {
  const [ana, sam, room] = await Promise.all([keysOf('person:ana.ruiz', 'command'), keysOf('person:sam.cole', 'command'), keysOf('device:north-n101', 'classroom')]);
  await ana.sheet('start_drill', 'Send a test alert\u2026', { note: 'After the break', pin: PIN });
  await ana.sheet('end_drill', 'End the test alert\u2026', { note: 'All there' });
  await ana.sheet('start_drill', 'Start a drill\u2026', { kind: 'controlled_movement', pin: PIN });
  await ana.does('call_drill_lock_down', 'Call lock-down in the DRILL');
  await room.does('report_drill_room', 'Secured');
  for (const _ of [1, 2, 3, 4]) await sam.does('clear_drill_zone', 'Clear (DRILL)');
  await sam.sheet('give_drill_all_clear', 'Practise the all clear\u2026', { override_reason: 'From my desk', pin: PIN });
  await ana.sheet('end_drill', 'End the drill\u2026');
  await ana.page.locator('ls-drill').waitFor({ state: 'hidden' });
  await close(ana.page, sam.page, room.page);
});

test('command: a threat is answered, controlled movement begun and ended', async () => {
  const [ana, lee] = await Promise.all([keysOf('person:ana.ruiz', 'command'), keysOf('person:lee.park', 'command')]);
  await reads(ana.page, 'Normal');
  await command(server, 'person:joy.adams', NORTH, { name: 'report_threat', reason: 'Bangs' });
  await ana.does('acknowledge_duty', 'I have it', ana.page.locator('.duty', { hasText: 'Answer the immediate threat' }));
  await ana.sheet('answer_threat', 'No threat\u2026', { text: 'It was a bus' });
  await ana.sheet('begin_controlled_movement', 'Begin controlled movement', { kind: 'area_police', place: 'Orchard Hill', seen: 'Sirens', shareable: 'Police nearby' });
  await reads(ana.page, 'Controlled movement');
  await ana.sheet('end_controlled_movement', 'End controlled movement\u2026');
  await reads(ana.page, 'Normal');
  // What was asked of outside keeps an incident open, after everything else is over.
  await lee.sheet('open_escalation', 'Ask for 911, PD or SO\u2026', { agency: 'so', state: 'requested', decided_by: 'Ana', called_by: 'Lee', number: '555', incident_number: '7', note: 'No hurry' });
  const line = lee.page.locator('.line');
  for (const next of ['Calling', 'Line open', 'Accepted by the PSAP', 'Units on the way']) await lee.does('record_line', next, line);
  await lee.sheet('record_line', 'Record\u2026', { state: 'on_scene', note: 'Two cars' }, line);
  await lee.sheet('record_line', 'Close the line\u2026', {}, line);
  await lee.sheet('finish_duty', 'Done by other means\u2026', { how: 'By phone', done_by: 'Ana', ago: '3' });
  await ana.sheet('close_incident', 'Close the incident\u2026', { reason: 'Over' });
  await close(ana.page, lee.page);
});

test('command: a lock-down is called, contact planned, the lead handed over, a plea and an objection answered, the lift confirmed', async () => {
  const [ana, tom, sam, kim, dana] = await Promise.all([keysOf('person:ana.ruiz', 'command'), keysOf('person:tom.becker', 'command'), keysOf('person:sam.cole', 'command'), keysOf('person:kim.ortega', 'command'), keysOf('person:dana.lind', 'command')]);
  for (const keys of [kim, dana]) await keys.press(keys.page.getByRole('button', { name: /^North High/ }));
  await reads(ana.page, 'Normal');
  await ana.press('Call lock-down');
  await ana.apart();
  await ana.does('call_lock_down', 'Press again: lock down now');
  await Promise.all([ana, tom, sam, kim, dana].map(({ page }) => reads(page, 'Lock-down')));
  await ana.sheet('annotate_mistake', 'A mistake?\u2026', { text: 'I meant the drill' });
  // A roster is asked for by itself, and not over the socket.
  await tom.press('Open a roster\u2026');
  await tom.press('Open the roster', tom.dialog);
  await tom.dialog.getByText('Nobody has put a roster in').waitFor();
  given.add('open_roster');
  await tom.press('Close', tom.dialog);
  await tom.dialog.waitFor({ state: 'detached' });
  await tom.notLost();
  const call911 = ana.page.locator('.duty', { hasText: 'Call 911' });
  await ana.does('acknowledge_duty', 'I have it', call911, async () => {
    await command(server, 'person:tom.becker', NORTH, { name: 'acknowledge_duty', duty: await idOf('duty', ({ kind }) => kind === 'call_911') });
    await command(server, 'person:tom.becker', NORTH, { name: 'call_lock_down', place: 'Gym' });
    await ana.page.getByText('2 calls').first().waitFor();
  });
  await ana.does('open_escalation', 'I am calling 911 now', call911);
  await ana.does('record_line', 'The line is open', call911);

  await command(server, 'person:joy.adams', NORTH, { name: 'report_sighting', seen: 'A van', danger: 'unsure' });
  await sam.does('arrive', 'I am on campus');
  await sam.does('leave', 'I have left');
  await sam.does('arrive', 'I am on campus');
  await sam.sheet('report_sighting', 'Report what you saw\u2026', { seen: 'A man in a grey jacket', danger: 'no' });
  await tom.sheet('decline_duty', 'Not done\u2026', { reason: 'Sam is here' }, tom.page.locator('.duty', { hasText: 'A van' }));
  await sam.sheet('report_sighting', 'Bring up to date\u2026', { seen: 'He sat down' });
  await sam.press('Add a picture\u2026');
  await sam.page.getByText('The picture was sent too').waitFor();
  await sam.sheet('judge_contact_safe', 'I judge it safe with\u2026', { with: 'ana.ruiz' });
  await ana.does('judge_contact_safe', 'I judge it safe with Sam Cole');
  await ana.does('withdraw_contact', 'Withdraw: I no longer judge it safe');
  await ana.sheet('record_contact', 'Record contact made\u2026', { by: 'sam.cole', what: 'He was asked to leave' });
  await sam.sheet('offer_lead', 'Offer the lead\u2026', { to: 'ana.ruiz' });
  await ana.does('take_lead', 'Take the lead');

  await command(server, 'device:north-n101', NORTH, { name: 'report_room', report: { state: 'need_help' } });
  await ana.sheet('answer_plea', 'Answer\u2026', { note: 'Sam is on the way' });
  await sam.does('start_sweep', 'Start the sweep');
  await sam.sheet('report_adverse', 'Adverse\u2026', { seen: 'Door forced' }, sam.page.locator('.zone', { hasText: 'Gym' }));
  for (const name of ['A wing', 'B wing', 'Commons', 'Gym']) await sam.does('clear_zone', 'Clear', sam.page.locator('.zone', { hasText: name }));
  await sam.sheet('say_not_clear', 'Not clear\u2026', { reason: 'The roof' });
  await sam.does('withdraw_not_clear', 'Withdraw');
  await sam.sheet('say_not_clear', 'Not clear\u2026', { reason: 'The cellar' });
  await kim.sheet('set_aside_not_clear', 'Set aside\u2026', { text: 'I was there' });

  await ana.sheet('propose_lift', 'Propose a school lift\u2026', { statement: 'I answer for it', pin: PIN });
  await sam.sheet('object_to_lift', 'Object\u2026', { text: 'Not yet' });
  await sam.does('withdraw_objection', 'Withdraw');
  await sam.sheet('object_to_lift', 'Object\u2026', { text: 'Still not' });
  await dana.sheet('set_aside_objection', 'Set aside\u2026', { text: 'It is over' });
  await ana.sheet('propose_lift', 'Propose a school lift\u2026', { statement: 'I do', pin: PIN });
  await tom.sheet('confirm_lift', 'Confirm the school lift\u2026', { pin: PIN });
  await reads(ana.page, 'Lifted by school administration');
  await ana.sheet('resume', 'Resume: back to normal\u2026');
  await reads(ana.page, 'Normal');
  await close(ana.page, tom.page, sam.page, kim.page, dana.page);
});

test('people and rooms: a substitute, a lost phone, somebody goes, all by keyboard', async () => {
  // He is signed in twice: what is left of a list keeps the focus of what went.
  await close(...await Promise.all([1, 2].map(() => open('person:walt.dunn', 'classroom'))));
  const ana = await keysOf('person:ana.ruiz', 'command');
  const { page } = ana;
  await ana.press(page.getByRole('link', { name: 'Substitutes, people, lost devices\u2026' }));
  await page.locator('.entry', { hasText: 'Joy Adams' }).waitFor();
  await ana.fill(page.locator('#name'), 'Key Board');
  await ana.fill(page.locator('#room'), 'n104');
  await ana.press('Add, and show the code');
  await page.locator('#made').getByText('Code for Key Board').waitFor();
  await ana.press('Done');
  await ana.fill(page.locator('#search'), 'walt');
  await ana.press(page.locator('#people button.entry', { hasText: 'Walt Dunn' }));
  const off = page.locator('dialog .sign-ins button');
  await off.first().waitFor();
  for (let left = await off.count(); left > 0; left -= 1) {
    await ana.press(off.first());
    await ana.apart();
    await page.keyboard.press('Enter');
    await page.waitForFunction((n) => document.querySelectorAll('dialog .sign-ins button').length < n, left);
  }
  await page.getByText('Signed in nowhere.').waitFor();
  await page.keyboard.press('Escape');
  await ana.fill(page.locator('#search'), 'key');
  await ana.press(page.locator('#people button.entry', { hasText: 'Key Board' }));
  await ana.fill(page.locator('dialog [name=remove_pin]'), PIN);
  await ana.press(page.locator('dialog').getByRole('button', { name: 'Remove' }));
  await page.waitForFunction((at) => performance.now() > at + 400, await page.evaluate(() => performance.now()));
  await page.keyboard.press('Enter');
  await page.getByText('Changed and recorded').waitFor();
  await close(page);
});

test('board, policy and record: have it, turn sound on, change what a release comes to, open a report, save the timeline', async () => {
  await command(server, 'person:joy.adams', NORTH, { name: 'open_escalation', agency: 'pd', basis: 'escalating', state: 'requested' });
  const pat = await keysOf('person:pat.moore', 'board');
  const { page } = pat;
  await pat.does('acknowledge_duty', 'I have it');
  await pat.press('Turn sound on');
  await pat.press('Turn sound off');
  await pat.press(page.getByRole('link', { name: 'Policy' }));
  await pat.fill(page.locator('[name=release]'), 'room_by_room');
  await pat.fill(page.locator('[name=reason]'), 'The board of 3 March');
  await pat.fill(page.locator('[name=pin]'), PIN);
  await pat.press('Change the policy for the whole district');
  await page.getByText('release: announce \u2192 room_by_room').waitFor();
  await pat.notLost();
  await pat.press(page.getByRole('link', { name: 'Back' }));
  await pat.press(page.getByRole('link', { name: 'Record' }));
  await pat.fill(page.getByLabel('Campus'), 'river-middle');
  await page.getByText('No incident is recorded.').waitFor();
  await pat.fill(page.getByLabel('Campus'), NORTH);
  await pat.go(page.getByRole('link', { name: 'Save the whole timeline' }));
  const [download] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')]);
  assert.equal(download.suggestedFilename(), `${NORTH}-timeline.json`);
  await pat.press(page.locator('#incidents li', { hasText: 'Lock-down' }).getByRole('link', { name: 'Report' }));
  await page.waitForURL('**/report?**');
  await page.goBack();
  await pat.press(page.getByRole('link', { name: /^Drill file/ }));
  await page.waitForURL('**/drills?**');
  await close(page);
});

test('officer: call, arrive, sweep, say not clear, plan a contact, give the all clear and open a door', async () => {
  const sam = await keysOf('person:sam.cole', 'officer', { viewport: PHONE });
  const { page } = sam;
  const turn = (name) => sam.press(page.locator('#tabs').getByRole('button', { name }));
  const zone = (name) => page.locator('.zone', { hasText: name });
  await reads(page, 'Normal');
  await sam.fill(page.getByLabel('Campus'), NORTH);
  await sam.sheet('begin_controlled_movement', 'Begin controlled movement', { kind: 'person' });
  await sam.press('Call lock-down');
  await sam.apart();
  await sam.does('call_lock_down', 'Press again: lock down now');
  await command(server, 'person:sam.cole', NORTH, { name: 'leave' });
  await sam.does('arrive', 'I am on campus', page.locator('#away'));
  await sam.does('start_sweep', 'Start the sweep');
  for (const name of ['A wing', 'B wing', 'Commons']) await sam.does('clear_zone', 'Clear', zone(name));
  await sam.sheet('report_adverse', 'Adverse\u2026', { seen: 'Door forced' }, zone('Gym'));
  await sam.sheet('say_not_clear', 'Not clear\u2026', { reason: 'Nobody inside yet' });
  await sam.sheet('report_sighting', 'I saw\u2026', { seen: 'A man by the bus loop' });
  await turn(/^Seen/);
  await sam.sheet('judge_contact_safe', 'I judge it safe with\u2026', { with: 'lee.park' });
  await turn(/^To do/);
  await sam.does('withdraw_not_clear', 'Withdraw', page.locator('.matter.veto'));
  await sam.does('open_escalation', 'The line is open', page.locator('.duty', { hasText: 'Call 911' }));
  await turn(/^All clear/);
  await sam.sheet('give_all_clear', 'Give the all clear\u2026', { override_reason: 'Gym searched by hand', pin: PIN });
  await reads(page, 'All clear');
  await turn(/^Rooms/);
  await sam.does('open_room', 'Mark opened', page.locator('.room', { hasText: 'Room 112' }));
  await turn(/^All clear/);
  await sam.sheet('resume', 'Resume: back to normal\u2026', { reason: 'Opened by hand' });
  await reads(page, 'Normal');
  await close(page);
});

test('an officer on scene: one makes the code, another certifies', async () => {
  const [ana, dana] = await Promise.all([keysOf('person:ana.ruiz', 'command'), keysOf('person:dana.lind', 'command')]);
  for (const keys of [ana, dana]) await keys.press(keys.page.getByRole('link', { name: 'Enrol an officer on scene\u2026' }));
  await ana.fill(ana.page.locator('#name'), 'Jo Trent');
  await ana.press('Make the code');
  await ana.page.locator('#made .code').waitFor();
  await ana.notLost();
  await dana.open('Look at the badge and certify\u2026');
  for (const [name, value] of Object.entries({ agency: 'Sheriff', badge: '77', number: 'LE-1', full_time: 'true', valid_until: '06302031', pin: PIN })) await dana.fill(dana.dialog.locator(`[name=${name}]`), value);
  await dana.press('I certify this officer');
  await dana.page.locator('#certified .code').waitFor();
  await dana.page.getByText('Nobody waits to be certified').waitFor();
  await dana.notLost();
  await close(ana.page, dana.page);
});

test('what was never sent is sent, given up and taken away', async () => {
  const sam = await keysOf('person:sam.cole', 'command');
  await reads(sam.page, 'Normal');
  await sam.page.evaluate((campus) => {
    for (const name of ['leave', 'arrive']) {
      const item = { campus, principal: 'person:sam.cole', made_at: Date.now() - 11 * 60 * 1000, state: 'sending', request: { id: crypto.randomUUID(), claimed_at: new Date().toISOString(), command: { name } } };
      localStorage.setItem(`lockstep/outbox/command/${item.request.id}`, JSON.stringify(item));
    }
  }, NORTH);
  await sam.page.reload();
  const item = (name) => sam.page.locator('ls-outbox li', { hasText: name });
  await sam.does('leave', 'Yes, send it now', item('Departure'));
  await sam.press('No, it is over', item('Arrival'));
  await sam.press('Remove', item('Arrival'));
  await item('Arrival').waitFor({ state: 'detached' });
  await sam.notLost();
  await close(sam.page);
});

test('a key that is held down is one press, and so is one that is hit twice', async () => {
  const ana = await keysOf('person:ana.ruiz', 'command');
  const { keyboard } = ana.page;
  const hold = async () => {
    for (let i = 0; i < 30; i += 1) { await keyboard.down('Enter'); await ana.drawn(); }
    await keyboard.up('Enter');
  };
  await ana.go('Call lock-down');
  await hold();
  await ana.page.getByRole('button', { name: 'Press again: lock down now' }).waitFor();
  await command(server, 'person:ana.ruiz', NORTH, { name: 'begin_controlled_movement', kind: 'weather' });
  await ana.go('End controlled movement\u2026');
  await hold();
  await ana.dialog.waitFor();
  await keyboard.press('Escape');
  await ana.go('End controlled movement\u2026');
  await keyboard.press('Enter');
  await keyboard.press('Enter');
  await ana.dialog.waitFor();
  await ana.drawn();
  await reads(ana.page, 'Controlled movement');
  await ana.apart();
  await keyboard.press('Enter');
  await reads(ana.page, 'Normal');
  await close(ana.page);
});

test('every command that a page may ask for was given by keyboard', () => {
  const asked = readFileSync(new URL('../../server/web/view.js', import.meta.url), 'utf8').match(/export function mayAsk[\s\S]*?\n}/)?.[0] ?? '';
  const commands = [...asked.matchAll(/case '(\w+)'/g)].map(([, name]) => name);
  assert.ok(commands.length > 40);
  assert.deepEqual(commands.filter((name) => !given.has(name)), []);
});

test('no page broke the policy, asked elsewhere or threw', () => {
  assert.deepEqual(complaints, []);
});
