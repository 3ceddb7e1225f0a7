// Every action of every face, done once with the keyboard alone: whoever cannot hold a mouse still, or
// has none, raises, answers, sweeps and lowers as everybody does. What a page may ask for and nobody
// asked for here fails the last test but one.
//
// `mutants.mjs` plants a bug in the pages for some of these and sees it fail.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PIN, backToNormal, browser, call, close, command, complaints, newPage, reads, server, stage } from './support.mjs';
import { Keys, given, keysOf } from './keys.mjs';

const NORTH = 'north-high';
const PICTURE = { name: 'bag.png', mimeType: 'image/png', buffer: Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64') };

stage();

test('a person signs in with a code that they type, to the page that they want, in their language', async () => {
  const keys = new Keys(await newPage(browser));
  const { page } = keys;
  const { code } = await call(server, 'person:dana.lind', '/v1/codes', { principal: 'person:ana.ruiz' });
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
  await joy.sheet('report_sighting', 'Report what you saw', { seen: 'A bag', danger: 'yes', picture: PICTURE });
  await joy.page.locator('#said').getByText('The picture was sent too').waitFor();
  await joy.sheet('open_escalation', 'Ask for 911, PD or SO', { agency: 'pd', basis: 'escalating', state: 'calling', note: 'Two of them' });
  await joy.sheet('report_threat', 'Report an immediate threat', { reason: 'Bangs', place: 'Gym' });
  await reads(joy.page, 'Threat reported');
  await command(server, 'person:ana.ruiz', NORTH, { name: 'begin_controlled_movement', kind: 'person', shareable: 'Grey jacket' });
  await walt.does('acknowledge_duty', 'I have it');
  await joy.does('acknowledge', 'We have seen this');
  await joy.press(joy.page.locator('summary'));
  for (const [name, value] of Object.entries({ present: '20', injured: '1', missing: '2', extra: '3' })) await joy.fill(joy.page.locator(`#${name}`), value);
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

test('no page broke the policy, asked elsewhere or threw', () => {
  assert.deepEqual(complaints, []);
});
