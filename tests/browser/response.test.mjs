// What people do about a threat, seen from the pages: duties, the line to 911, sightings,
// contact, the lead, and the words that all of them say (C, E).
//
// `mutants.mjs` plants a bug in the pages for each of these and sees it fail.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PIN, between, browser, button, call, close, command, complaints, enrol, newPage, open, reads, server, sheet, stage } from './support.mjs';

const NORTH = 'north-high';

// What one test leaves open (a duty, a line) is asked for in the next as well: each has its own.
stage({ each: true });

const cards = async (kind) => (await call(server, 'person:ana.ruiz', `/v1/campuses/${NORTH}`)).cards.filter(({ card }) => card === kind);
const duty = (page, words) => page.locator('.duty', { hasText: words });
const gone = (locator) => locator.waitFor({ state: 'detached' });

test('e3_call_911_stands_first_and_large_until_a_line_is_open', async () => {
  const [ana, sam, kim] = await Promise.all([open('person:ana.ruiz', 'command'), open('person:sam.cole', 'command'), open('person:kim.ortega', 'command', { asked: 'command' })]);
  await kim.getByRole('button', { name: /North High/ }).click();
  await command(server, 'person:ana.ruiz', NORTH, { name: 'call_lock_down', place: 'Gym' });
  const first = ana.locator('ls-duties .duty').first();
  await first.getByText('Call 911 and leave the line open').waitFor();
  const words = await first.locator('.to-say').innerText();
  for (const said of ['911', '1200 Orchard Hill Road', 'Lock-down', 'Gym', 'Stay on the line']) assert.ok(words.includes(said), said);
  const [number, body] = await first.locator('.to-say').evaluate((box) => [box.querySelector('.number'), document.body].map((one) => parseFloat(getComputedStyle(one).fontSize)));
  assert.ok(number >= 2 * body, 'the number is read from an arm\u2019s length');
  // It runs by itself: nothing else comes in meanwhile that would draw the page.
  await ana.waitForFunction(() => {
    window.ticks = (window.ticks ?? new Set()).add(document.querySelector('ls-duties .duty .clock')?.textContent);
    return window.ticks.size >= 6;
  }, undefined, { polling: 'raf' });

  // An officer of another agency is not asked: they may record, and do not answer for it.
  await duty(kim, 'Call 911').waitFor();
  assert.equal(await duty(kim, 'Call 911').getByRole('button', { name: 'I have it' }).count(), 0);
  assert.equal(await duty(kim, 'Call 911').getByRole('button', { name: 'Not done\u2026' }).count(), 0);

  await first.getByRole('button', { name: 'I have it' }).click();
  await duty(sam, 'Call 911').getByText('Ana Ruiz (administrator) has it since').waitFor();
  await duty(ana, 'Call 911').getByRole('button', { name: 'I am calling 911 now' }).click();
  await sam.locator('.line', { hasText: '911: somebody is calling' }).waitFor();
  await duty(ana, 'Call 911').waitFor();
  await duty(ana, 'Call 911').getByRole('button', { name: 'The line is open' }).click();
  await Promise.all([ana, sam].map((page) => gone(duty(page, 'Call 911'))));
  assert.equal((await cards('escalation')).length, 1, 'one call is one line');
  await close(ana, sam, kim);
});

test('e4_a_duty_is_acknowledged_done_and_declined_with_words', async () => {
  const [ana, sam, pat] = await Promise.all([open('person:ana.ruiz', 'command'), open('person:sam.cole', 'command'), open('person:pat.moore', 'board')]);
  await command(server, 'person:joy.adams', NORTH, { name: 'open_escalation', agency: 'pd', basis: 'escalating', state: 'requested' });
  // A superintendent has the board, and says there that they know.
  await pat.locator('#asked').getByText('PD was asked for at North High School').waitFor();
  await pat.locator('#asked').getByRole('button', { name: 'I have it' }).click();
  await gone(duty(ana, 'Superintendent is told'));
  await gone(pat.locator('#asked-list li'));
  await duty(sam, 'Every SRO is told').getByRole('button', { name: 'I have it' }).click();
  await gone(duty(ana, 'Every SRO is told'));
  // E5: anybody may record that it was done by other means.
  const chief = duty(ana, 'Chief of campus police or director');
  assert.equal(await chief.getByRole('button', { name: 'I have it' }).count(), 0);
  await chief.getByRole('button', { name: 'Done by other means\u2026' }).click();
  await ana.locator('dialog [name=how]').fill('I phoned her');
  await ana.locator('dialog [name=done_by]').fill('Ana Ruiz');
  await ana.locator('dialog [name=ago]').fill('3');
  await ana.locator('dialog button[type=submit]').click();
  await gone(chief);
  await ana.locator('ls-timeline').getByText('I phoned her').waitFor();

  await command(server, 'person:ana.ruiz', NORTH, { name: 'call_lock_down' });
  await duty(ana, 'Call 911').getByRole('button', { name: 'Not done\u2026' }).click();
  await ana.locator('dialog [name=reason]').fill('The PD is standing beside me');
  await ana.locator('dialog button[type=submit]').click();
  await gone(duty(ana, 'Call 911'));
  await close(ana, sam, pat);
});

test('e2_a_line_shows_what_is_known_and_no_more_through_its_life', async () => {
  const [joy, ana, wall] = await Promise.all([open('person:joy.adams', 'classroom'), open('person:ana.ruiz', 'command'), open('person:wall', 'board')]);
  await command(server, 'person:ana.ruiz', NORTH, { name: 'call_lock_down' });
  await button(joy, 'Ask for 911, PD or SO').click();
  await joy.locator('dialog button[type=submit]').click();
  const line = ana.locator('.line');
  await line.getByText('911: requested, nobody has called yet').waitFor();
  await line.getByText('Whether help is coming is not known.').waitFor();
  await wall.locator('.tile').first().getByText('911: requested, nobody has called yet').waitFor();
  assert.doesNotMatch(await line.locator('> :first-child').innerText(), /on the way|notified|called by|line open/i, 'a request is no call');

  const press = async (name, says) => {
    await line.getByRole('button', { name, exact: true }).click();
    await line.getByText(says).first().waitFor();
  };
  await press('Calling', '911: somebody is calling');
  await press('Line open', '911: line open');
  await line.getByText('Whether help is coming is not known.').waitFor();
  await press('Accepted by the PSAP', 'Whether units are coming is not known.');
  await press('Units on the way', 'Units are on the way.');
  await wall.locator('.tile').first().getByText('911: line open, units are on the way').waitFor();
  // A dropped line says nothing of the units, and units nothing of the line.
  await press('Line dropped', '911: line dropped');
  await line.getByText('Units are on the way.').waitFor();

  // E3: closed before the release, it asks why.
  await line.getByRole('button', { name: 'Close the line\u2026' }).click();
  assert.equal(await ana.locator('dialog [name=note]').evaluate((input) => /** @type {HTMLInputElement} */ (input).required), true);
  await ana.locator('dialog').getByRole('button', { name: 'Cancel' }).click();
  const [{ id }] = await cards('escalation');
  await command(server, 'person:joy.adams', NORTH, { name: 'record_line', escalation: id, state: 'closed' });
  await line.getByText('Closed before the release, and nobody has said why.').waitFor();
  await wall.locator('.tile').first().getByText('911: line closed, nobody has said why').waitFor();
  await duty(ana, 'Say why the line was closed').waitFor();
  await line.getByRole('button', { name: 'Say why\u2026' }).click();
  await ana.locator('dialog [name=note]').fill('The dispatcher asked us to');
  await ana.locator('dialog button[type=submit]').click();
  await gone(ana.locator('.line.unexplained'));
  // Said why, it stands until one of those whom it is for has heard.
  await duty(ana, 'Say why the line was closed').getByRole('button', { name: 'I have it' }).click();
  await gone(duty(ana, 'Say why the line was closed'));
  await close(joy, ana, wall);
});

test('c5_a_teachers_sighting_reaches_the_command_page_with_its_danger_in_words', async () => {
  const [joy, ana, room] = await Promise.all([open('person:joy.adams', 'classroom'), open('person:ana.ruiz', 'command'), open('device:north-n102', 'classroom')]);
  await reads(joy, 'Normal');
  await button(joy, 'Report what you saw').click();
  await joy.locator('dialog [name=seen]').fill('A man with a long bag');
  await joy.locator('dialog [name=place]').fill('Lot B');
  assert.equal(await joy.locator('dialog [name=danger]:checked').inputValue(), 'unsure', 'who does not choose cannot tell');
  await joy.getByLabel('Yes').check();
  await joy.locator('dialog button[type=submit]').click();
  await joy.locator('#said').getByText('Your sighting is reported').waitFor();
  const seen = ana.locator('.sighting').first();
  await seen.getByText('DANGEROUS', { exact: true }).waitFor();
  assert.match(await seen.innerText(), /A man with a long bag.*Where: Lot B[\s\S]*Joy Adams \(staff\)/);
  await duty(ana, 'Look at the sighting').getByText('A man with a long bag').waitFor();

  await command(server, 'person:walt.dunn', NORTH, { name: 'report_sighting', seen: 'He sat down', danger: 'no' });
  await seen.getByText('Not dangerous').waitFor();
  assert.match(await seen.innerText(), /He sat down/, 'the newest stands first');
  await duty(ana, 'Look at the sighting').getByRole('button', { name: 'I have it' }).click();
  await gone(duty(ana, 'Look at the sighting'));
  // A room's display offers nothing that it may not do.
  await reads(room, 'Normal');
  for (const name of ['Report what you saw', 'Ask for 911, PD or SO']) assert.equal(await button(room, name).isVisible(), false, name);
  assert.equal(await button(room, 'Report an immediate threat').isVisible(), true);
  await close(joy, ana, room);
});

test('c5_a_picture_follows_its_sighting_and_never_delays_it', async () => {
  const [joy, ana] = await Promise.all([open('person:joy.adams', 'classroom'), open('person:ana.ruiz', 'command')]);
  await reads(joy, 'Normal');
  const asked = joy.waitForRequest('**/sightings/*/picture*');
  let answer;
  const held = new Promise((then) => { answer = then; });
  await joy.route('**/sightings/*/picture*', async (route) => { await held; await route.fulfill({ status: 201, body: '{}' }); });
  await button(joy, 'Report what you saw').click();
  await joy.locator('dialog [name=seen]').fill('A bag by the door');
  const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
  await joy.locator('dialog [name=picture]').setInputFiles({ name: 'bag.png', mimeType: 'image/png', buffer: png });
  await joy.locator('dialog button[type=submit]').click();
  await ana.locator('.sighting', { hasText: 'A bag by the door' }).waitFor();
  const request = await asked;
  const [{ id }] = await cards('sighting');
  assert.ok(new URL(request.url()).pathname.endsWith(`/v1/campuses/${NORTH}/sightings/${id}/picture`));
  assert.equal(request.headers()['content-type'], 'image/png');
  await joy.getByText('The picture is being sent').waitFor();
  answer();
  await joy.getByText('The picture was sent too.').waitFor();
  await close(joy, ana);
});

test('c5_a_picture_is_shown_from_this_server_to_those_who_answer_for_the_campus', async () => {
  const [joy, ana] = await Promise.all([open('person:joy.adams', 'classroom'), open('person:ana.ruiz', 'command')]);
  await reads(joy, 'Normal');
  await button(joy, 'Report what you saw').click();
  await joy.locator('dialog [name=seen]').fill('A bag by the door');
  await joy.locator('dialog [name=picture]').setInputFiles({ name: 'bag.png', mimeType: 'image/png', buffer: await joy.screenshot() });
  await joy.locator('dialog button[type=submit]').click();
  await joy.getByText('The picture was sent too.').waitFor();
  const image = ana.locator('.sighting img');
  await ana.waitForFunction(() => /** @type {HTMLImageElement | null} */ (document.querySelector('.sighting img'))?.naturalWidth > 100);
  assert.equal(await image.getAttribute('alt'), 'Picture of: A bag by the door');
  assert.equal(new URL(await image.evaluate((one) => /** @type {HTMLImageElement} */ (one).src)).origin, server.url);
  // What is no picture is refused in words, and the sighting stays.
  await button(joy, 'Report what you saw').click();
  await joy.locator('dialog [name=seen]').fill('A second bag');
  await joy.locator('dialog [name=picture]').setInputFiles({ name: 'bag.png', mimeType: 'image/png', buffer: Buffer.from('no picture') });
  await joy.locator('dialog button[type=submit]').click();
  await joy.locator('#said').getByText('The sighting was reported; the picture was not sent.').waitFor();
  await ana.locator('.sighting', { hasText: 'A second bag' }).waitFor();
  await close(joy, ana);
});

test('c1_the_eyes_are_asked_to_watch_with_what_may_be_shared', async () => {
  const [walt, ana, joy] = await Promise.all([open('person:walt.dunn', 'classroom'), open('person:ana.ruiz', 'command'), open('person:joy.adams', 'classroom')]);
  await ana.getByRole('button', { name: 'Begin controlled movement' }).click();
  await ana.locator('dialog [name=kind]').selectOption('person');
  for (const [name, words] of [['place', 'Lot B'], ['seen', 'Son of a student, angry'], ['shareable', 'Grey jacket']]) await ana.locator(`dialog [name=${name}]`).fill(words);
  await ana.locator('dialog button[type=submit]').click();
  await Promise.all([walt, ana, joy].map((page) => reads(page, 'Controlled movement')));
  await walt.locator('#watch').getByText('Grey jacket').waitFor();
  assert.doesNotMatch(await walt.locator('body').innerText(), /Son of a student/);
  assert.equal(await joy.locator('#watch li').count(), 0, 'a teacher is not asked to watch');
  // Who of the eyes has not said so yet stands on the command page, and nowhere else.
  await duty(ana, 'Keep watch').getByText('Not acknowledged by Walt Dunn.').waitFor();
  assert.doesNotMatch(await walt.locator('#watch').innerText(), /Not acknowledged/);
  await walt.locator('#watch').getByRole('button', { name: 'I have it' }).click();
  await gone(duty(ana, 'Keep watch'));
  // C2: no SRO is here, so somebody is asked to call one.
  await duty(ana, 'Call the SRO and/or 911').waitFor();
  await command(server, 'person:sam.cole', NORTH, { name: 'arrive' });
  await gone(duty(ana, 'Call the SRO and/or 911'));
  await sheet(ana, 'End controlled movement\u2026', {});
  await Promise.all([walt, ana].map((page) => reads(page, 'Normal')));
  await close(walt, ana, joy);
});

test('c3_a_contact_plan_stands_with_two_who_judge_it_safe_and_an_sro_here', async () => {
  const [ana, lee] = await Promise.all([open('person:ana.ruiz', 'command'), open('person:lee.park', 'command')]);
  await command(server, 'person:ana.ruiz', NORTH, { name: 'begin_controlled_movement', kind: 'person', place: 'Lot B' });
  await Promise.all([button(ana, 'I am on campus').click(), button(lee, 'I am on campus').click()]);
  await ana.locator('.people li').nth(1).waitFor();
  await button(ana, 'I judge it safe with\u2026').click();
  assert.deepEqual((await ana.locator('dialog [name=with] option').allInnerTexts()).map((words) => words.split(',')[0]), ['Lee Park (SSO)', 'Sam Cole (SRO)'],
    'those who are here first, and also an SRO who has not said anything yet');
  await ana.locator('dialog button[type=submit]').click();
  const plan = (page) => page.locator('li.contact');
  await plan(lee).getByText('The plan does NOT stand. No SRO is recorded as here. Two people have to name each other.').waitFor();
  await plan(lee).getByRole('button', { name: 'I judge it safe with Ana Ruiz' }).click();
  await plan(ana).getByText('The plan does NOT stand. No SRO is recorded as here.').waitFor();
  assert.doesNotMatch(await plan(ana).innerText(), /The plan stands/);
  await command(server, 'person:sam.cole', NORTH, { name: 'arrive' });
  await Promise.all([ana, lee].map((page) => plan(page).getByText('The plan stands: both judge it safe, and an SRO is here.').waitFor()));
  await plan(lee).getByRole('button', { name: 'Withdraw: I no longer judge it safe' }).click();
  await plan(ana).getByText('The plan does NOT stand. Two people have to name each other.').waitFor();

  // C4: what has happened is recorded, and marked.
  await button(ana, 'Record contact made\u2026').click();
  await ana.locator('dialog [name=what]').fill('I spoke to him at the gate');
  await ana.locator('dialog button[type=submit]').click();
  await ana.locator('ls-timeline').getByText(/I spoke to him at the gate/).waitFor();
  await close(ana, lee);
});

test('c7_the_lead_is_offered_and_taken', async () => {
  const [ana, sam] = await Promise.all([open('person:ana.ruiz', 'command'), open('person:sam.cole', 'command')]);
  await command(server, 'person:ana.ruiz', NORTH, { name: 'call_lock_down' });
  await ana.getByText('Lead: nobody is recorded as here to have it.').waitFor();
  await Promise.all([button(ana, 'I am on campus').click(), button(sam, 'I am on campus').click()]);
  await ana.getByText('Lead: Sam Cole (SRO)').waitFor();
  await button(sam, 'Offer the lead\u2026').click();
  assert.ok((await sam.locator('dialog [name=to] option').allInnerTexts()).includes('Tom Becker (administrator), not recorded as here'), 'also who has not said anything yet');
  await sam.locator('dialog [name=to]').selectOption('ana.ruiz');
  await sam.locator('dialog button[type=submit]').click();
  await ana.getByText('Sam Cole (SRO) offers the lead to you').waitFor();
  await sam.getByText('offers the lead to Ana Ruiz').waitFor();
  assert.equal(await button(sam, 'Take the lead').count(), 0, 'only who was offered it takes it');
  await button(ana, 'Take the lead').click();
  await Promise.all([ana, sam].map((page) => page.getByText('Lead: Ana Ruiz (administrator)').waitFor()));
  await close(ana, sam);
});

test('e4_a_duty_that_is_overdue_says_so_in_words_by_the_servers_clock', async () => {
  // The server's own clock is two minutes on by what the pages are told: nothing waits for it.
  const later = (at) => new Date(Date.parse(at) + 150_000).toISOString();
  const ahead = (frame) => (frame.type === 'pulse' ? { ...frame, at: later(frame.at) } : frame);
  const [ana, wall] = await Promise.all([newPage(browser), newPage(browser)]);
  await Promise.all([ana, wall].map((page) => between(page, { fromServer: ahead })));
  await Promise.all([enrol(ana, server, 'person:ana.ruiz', 'command'), enrol(wall, server, 'person:wall', 'board')]);
  await reads(ana, 'Normal');
  await wall.locator('.tile').nth(2).getByText('Normal').waitFor();
  // A calm campus with nobody answering stands before one that drills and one that is only calm.
  await command(server, 'person:otto.hale', 'oak-elementary', { name: 'start_drill', kind: 'lock_down' }, PIN);
  await wall.locator('.tile').first().getByText('Oak Elementary School').waitFor();
  await command(server, 'person:deb.fox', 'river-middle', { name: 'open_escalation', agency: 'pd', basis: 'escalating', state: 'requested' });
  const river = wall.locator('.tile').first();
  await river.getByText('River Middle School').waitFor();
  await river.getByText(/OVERDUE 2:\d\d: Superintendent is told \(nobody has it\)/).waitFor();
  await wall.locator('#summary').getByText('duties OVERDUE').waitFor();

  await command(server, 'person:ana.ruiz', NORTH, { name: 'call_lock_down' });
  const call911 = duty(ana, 'Call 911');
  await call911.getByText(/OVERDUE 2:\d\d/).waitFor();
  await ana.locator('ls-duties h2').getByText(/OVERDUE/).waitFor();
  assert.ok(await call911.evaluate((row) => row.classList.contains('overdue')));
  const tile = wall.locator('.tile').first();
  await tile.getByText(/OVERDUE 2:\d\d: Call 911 and leave the line open \(nobody has it\)/).waitFor();
  assert.match(await tile.locator('.overdue-list li').first().innerText(), /Call 911/, 'the most pressing first');
  await command(server, 'person:sam.cole', NORTH, { name: 'acknowledge_duty', duty: (await cards('duty')).find(({ kind }) => kind === 'call_911').id });
  await tile.getByText(/Call 911 and leave the line open \(Sam Cole has it\)/).waitFor();
  await close(ana, wall);
});

test('no page broke the policy, asked elsewhere or threw', () => {
  assert.deepEqual(complaints, []);
});
