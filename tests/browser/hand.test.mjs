// People, rooms and displays by hand, from a page: a substitute within a minute, a lost phone out at
// once, and a change that comes too late and loses nothing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PHONE, PIN, browser, button, call, close, complaints, newPage, open, reads, server, stage } from './support.mjs';

const NORTH = 'north-high';

stage();

/** From their own page to people and rooms, by its link. */
async function peopleOf(principal, how) {
  const page = await open(principal, 'command', how);
  await page.getByRole('link', { name: 'Substitutes, people, lost devices\u2026' }).click();
  await page.getByRole('heading', { name: 'People', exact: true }).waitFor();
  return page;
}

const row = (page, name) => page.locator('.entry', { hasText: name });
/** A double click is one gesture: the second press counts only after a moment. */
const later = async (page) => page.waitForFunction((at) => performance.now() > at + 400, await page.evaluate(() => performance.now()));
async function twice(page, within, label, again) {
  await button(within, label).click();
  await later(page);
  await button(within, again).click();
}

test('a6_a_substitute_stands_before_a_class_within_a_minute', async () => {
  const ana = await peopleOf('person:ana.ruiz');
  await row(ana, 'Joy Adams').waitFor();
  const began = Date.now();
  // Three presses beside the name: room, button, and the one on the phone.
  await ana.getByLabel('Their name').fill('Sam Rivera');
  await ana.getByLabel('Their room').selectOption({ label: 'Room 104' });
  await button(ana, 'Add, and show the code').click();
  await ana.locator('#made').getByText('Code for Sam Rivera').waitFor();
  const link = await ana.locator('#made a').getAttribute('href');
  const code = await ana.locator('#made .code').innerText();
  assert.equal(link, `${server.url}/enrol#${code}`);
  assert.match(await ana.locator('#made .qr path').getAttribute('d'), /^M\d/);
  const phone = await newPage(browser, PHONE);
  const asked = [];
  phone.on('request', (request) => asked.push(request.url()));
  await phone.goto(link);
  await button(phone, 'Sign in').click();
  await phone.waitForURL('**/classroom');
  await reads(phone, 'Normal');
  await phone.getByText('Room 104').first().waitFor();
  const took = Date.now() - began;
  console.log(`a substitute from nothing to a screen that shows the campus: ${took} ms`);
  assert.ok(took < 60_000, `${took} ms`);
  assert.ok(asked.every((url) => !url.split('#')[0].includes(code)), 'the code is in no request');
  await row(ana, 'Sam Rivera').getByText('by hand').waitFor();
  // Shown once: gone with the press that says so.
  await button(ana, 'Done').click();
  assert.ok(!(await ana.locator('body').textContent()).includes(code));
  await close(ana, phone);
});

test('a6_a_substitute_comes_on_top_of_what_somebody_else_changed_meanwhile', async () => {
  const ana = await peopleOf('person:ana.ruiz');
  await row(ana, 'Joy Adams').waitFor();
  const { version } = await call(server, 'person:dana.lind', '/v1/directory');
  await call(server, 'person:dana.lind', '/v1/directory/changes', { expected: version, change: { change: 'add_person', person: { name: 'Ivy New', role: 'staff', campuses: [NORTH] } } });
  await ana.getByLabel('Their name').fill('Lou Late');
  await button(ana, 'Add, and show the code').click();
  await ana.locator('#made').getByText('Code for Lou Late').waitFor();
  await row(ana, 'Ivy New').waitFor();
  await close(ana);
});

test('a6_a_lost_phone_is_switched_off_from_the_page_and_is_out_at_once', async () => {
  const [ana, joy] = await Promise.all([peopleOf('person:ana.ruiz'), open('person:joy.adams', 'classroom')]);
  await reads(joy, 'Normal');
  await ana.getByLabel('Search by name, role or room').fill('joy');
  assert.equal(await ana.locator('#people li').count(), 1);
  await row(ana, 'Joy Adams').click();
  const dialog = ana.locator('dialog');
  await dialog.getByText('Lost or stolen?').waitFor();
  // The list is read once the sheet is open.
  await dialog.locator('.sign-ins li').first().waitFor();
  const began = Date.now();
  for (let left = await dialog.locator('.sign-ins li').count(); left > 0; left -= 1) {
    await dialog.locator('.sign-ins li').first().getByRole('button').click();
    await later(ana);
    await dialog.locator('.sign-ins li').first().getByRole('button').click();
    await ana.waitForFunction((n) => document.querySelectorAll('dialog .sign-ins li').length < n, left);
  }
  await joy.getByText('your sign-in was switched off').first().waitFor();
  const took = Date.now() - began;
  console.log(`all her sign-ins off, and out on the open page: ${took} ms`);
  await dialog.getByText('Signed in nowhere.').waitFor();
  // And is handed a new code where they stand.
  await dialog.getByRole('button', { name: 'New code' }).click();
  await dialog.locator('.handed .code').waitFor();
  await close(ana, joy);
});

test('a6_a_change_that_comes_too_late_loses_nothing_of_what_was_typed', async () => {
  const ana = await peopleOf('person:ana.ruiz');
  await row(ana, 'Walt Dunn').click();
  const dialog = ana.locator('dialog');
  await dialog.getByLabel('Name', { exact: true }).fill('Walter Dunn');
  await dialog.getByLabel('What they are').selectOption('staff');
  const { version } = await call(server, 'person:dana.lind', '/v1/directory');
  await call(server, 'person:dana.lind', '/v1/directory/changes', { expected: version, change: { change: 'add_person', person: { name: 'Ada First', role: 'staff', campuses: [NORTH] } } });
  const save = () => button(dialog, 'Save the change').click();
  await save();
  await dialog.getByText('This needs your PIN').waitFor();
  await dialog.getByLabel('Your PIN (optional)').fill(PIN);
  await save();
  await dialog.getByText('What you typed is still here').waitFor();
  assert.equal(await dialog.getByLabel('Name', { exact: true }).inputValue(), 'Walter Dunn');
  await dialog.getByLabel('Your PIN (optional)').fill(PIN);
  await save();
  await ana.getByText('Changed and recorded').waitFor();
  await row(ana, 'Walter Dunn').getByText('staff', { exact: false }).waitFor();
  await row(ana, 'Ada First').waitFor();
  // And goes, by two presses and a PIN.
  await row(ana, 'Ada First').click();
  await twice(ana, dialog, 'Remove', 'Remove them now');
  await dialog.getByText('This needs your PIN').waitFor();
  await dialog.getByLabel('Your PIN, to remove').fill(PIN);
  await later(ana);
  await twice(ana, dialog, 'Remove', 'Remove them now');
  await dialog.waitFor({ state: 'detached' });
  await row(ana, 'Ada First').waitFor({ state: 'detached' });
  await close(ana);
});

/** What would change, as the sheet tells it: each field, what stands and what takes its place. */
const told = (dialog) => dialog.locator('.differs').evaluate((place) => [...place.querySelectorAll('dt, dd')].map((line) => line.textContent));

test('a6_what_would_change_is_told_before_it_does_and_changes_nothing', async () => {
  for (const how of [{}, { viewport: PHONE, hasTouch: true }]) {
    const dana = await peopleOf('person:dana.lind', how);
    await row(dana, 'Joy Adams').click();
    const dialog = dana.locator('dialog');
    const { version } = await call(server, 'person:dana.lind', '/v1/directory');
    const look = () => button(dialog, 'See what would change').click();
    await look();
    await dialog.getByText('Nothing here differs from what stands.').waitFor();
    await dialog.getByLabel('Name', { exact: true }).fill('Joy Adams-Lee');
    assert.equal(await dialog.locator('.differs:visible').count(), 0, 'what was looked at is another change');
    await look();
    await dialog.getByText('Saving it takes no PIN.').waitFor();
    assert.deepEqual(await told(dialog), ['Name', 'now Joy Adams', 'then Joy Adams-Lee']);
    // Another right: what it takes is said before, and what it lacks is.
    await dialog.getByLabel('What they are').selectOption('sro');
    await look();
    await dialog.getByText('none is on record').waitFor();
    assert.equal(await dialog.locator('.differs:visible').count(), 0);
    for (const [name, value] of [['agency', 'Maple Valley PD'], ['badge', '9'], ['number', 'LE-9'], ['valid_until', '2035-01-01']]) await dialog.locator(`[name=${name}]`).fill(value);
    await look();
    await dialog.getByText('Saving it takes your PIN.').waitFor();
    const lines = await told(dialog);
    assert.deepEqual(lines.slice(3, 9), ['What they are', 'now Staff: teacher, substitute, office', 'then SRO: certified officer of the campus', 'Agency', 'then Maple Valley PD', 'Badge number']);
    if (process.env.LOCKSTEP_PICTURES) await dana.screenshot({ path: `${process.env.LOCKSTEP_PICTURES}/would-change-${how.viewport ? 'phone' : 'laptop'}.png` });
    assert.ok(await dana.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'nothing is wider than its screen');
    assert.equal((await call(server, 'person:dana.lind', '/v1/directory')).version, version, 'nothing was changed');
    await close(dana);
  }
});

test('a6_what_would_change_is_told_in_spanish_and_saving_it_is_the_next_press', async () => {
  const ana = await open('person:ana.ruiz', 'command', { locale: 'es-US', viewport: PHONE, hasTouch: true });
  await ana.goto(`${server.url}/people?face=command#${NORTH}`);
  await row(ana, 'Room 110').click();
  const dialog = ana.locator('dialog');
  await dialog.locator('form [name=name]').fill('Salón 110');
  await button(dialog, 'Vea qué cambiaría').click();
  await dialog.getByText('Todavía no cambia nada. Guardarlo pide su PIN.').waitFor();
  assert.deepEqual(await told(dialog), ['Nombre', 'ahora Room 110', 'después Salón 110']);
  if (process.env.LOCKSTEP_PICTURES) await ana.screenshot({ path: `${process.env.LOCKSTEP_PICTURES}/would-change-es.png` });
  await dialog.locator('form [name=pin]').fill(PIN);
  assert.ok(await dialog.locator('.differs').isVisible(), 'a PIN is no other change');
  await button(dialog, 'Guarde el cambio').click();
  await row(ana, 'Salón 110').waitFor();
  await close(ana);
});

test('a6_a_room_and_its_display_are_added_and_the_display_is_handed_its_code', async () => {
  const ana = await peopleOf('person:ana.ruiz');
  await button(ana, 'Add a room\u2026').click();
  const dialog = ana.locator('dialog');
  await dialog.getByLabel('Short id').fill('studio');
  await dialog.getByLabel('Name', { exact: true }).fill('Film studio');
  await button(dialog, 'Add the room').click();
  await row(ana, 'Film studio').getByText('No display').waitFor();
  await row(ana, 'Film studio').click();
  await button(dialog, 'Add a display, and show its code').click();
  const code = await dialog.locator('.handed .code').innerText();
  const screen = await newPage(browser);
  await screen.goto(`${server.url}/enrol#${code}`);
  await button(screen, 'Sign in').click();
  await screen.waitForURL('**/classroom');
  await reads(screen, 'Normal');
  await screen.getByText('Film studio').first().waitFor();
  await close(ana, screen);
});

test('a3_the_director_gives_every_role_and_no_sro_without_a_certification', async () => {
  const dana = await peopleOf('person:dana.lind');
  await button(dana, 'Add somebody else\u2026').click();
  const dialog = dana.locator('dialog');
  await dialog.getByLabel('Name', { exact: true }).fill('Jo Roe');
  await dialog.getByLabel('What they are').selectOption('sro');
  await dialog.getByLabel('Your PIN (optional)').fill(PIN);
  await button(dialog, 'Add them').click();
  await dialog.getByText('none is on record').waitFor();
  for (const [name, value] of [['agency', 'Maple Valley PD'], ['badge', '9'], ['kind', 'peace officer'], ['number', 'LE-9'], ['valid_until', '2035-01-01']]) await dialog.locator(`[name=${name}]`).fill(value);
  await dialog.getByLabel('Your PIN (optional)').fill(PIN);
  await button(dialog, 'Add them').click();
  await dana.locator('#made').getByText('Code for Jo Roe').waitFor();
  await row(dana, 'Jo Roe').getByText('SRO').waitFor();
  // People of the district stand apart.
  await dana.locator('#campus').selectOption({ label: 'The whole district' });
  await row(dana, 'Pat Moore').waitFor();
  assert.equal(await row(dana, 'Jo Roe').count(), 0);
  await close(dana);
});

test('who answers for no campus is given no link, and is told why on the page itself', async () => {
  const sam = await open('person:sam.cole', 'command');
  // He has the other link that stands there, once the panel is drawn.
  await sam.getByRole('link', { name: 'Enrol an officer on scene' }).waitFor();
  assert.equal(await sam.getByRole('link', { name: 'Substitutes' }).count(), 0);
  await sam.goto(`${server.url}/people?face=command`);
  await sam.getByRole('alert').getByText('Your role may not do this.').waitFor();
  assert.equal(await sam.locator('form:visible').count(), 0);
  await close(sam);
});

test('no page broke the policy, asked elsewhere or threw', () => {
  assert.deepEqual(complaints, []);
});
