// Nothing that axe-core finds wrong (WCAG 2 A and AA, and its best practices): on any face, in every
// posture that it can show, in both languages, in light and dark. One story, with the pages open
// through all of it.
//
// `mutants.mjs` plants a bug in the pages for some of these and sees it fail.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { PHONE, PIN, SOON_MS, between, browser, call, close, command, complaints, drawnBy, enrol, newPage, open, server, stage } from './support.mjs';
import { CAMPUS, MOMENTS } from './story.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const LOCALES = ['en-US', 'es-US'];

stage();

/** All that was found, so that one run tells it. @type {string[]} */
const wrong = [];

/** What axe-core finds wrong; in the dark only colours are others. */
async function look(page, name) {
  // Panels come after the sign, in turns.
  await page.waitForFunction(() => [...document.querySelectorAll('.panel')].every((one) => !one.checkVisibility() || one.querySelector('h2')?.textContent));
  for (const [colorScheme, runOnly] of /** @type {const} */ ([['light', { type: 'tag', values: RULES }], ['dark', { type: 'rule', values: ['color-contrast'] }]])) {
    await page.emulateMedia({ colorScheme });
    await page.evaluate(() => new Promise((then) => { requestAnimationFrame(() => requestAnimationFrame(then)); }));
    if (!await page.evaluate(() => 'axe' in window)) await page.evaluate(AXE);
    const { violations } = await page.evaluate((what) => window.axe.run(document, { runOnly: what, resultTypes: ['violations'], preload: false }), runOnly);
    for (const { id, nodes } of violations) wrong.push(`${name}, ${colorScheme}: ${id}: ${nodes.slice(0, 3).map(({ target, any }) => `${target} ${any[0]?.message ?? ''}`).join(' | ')}`);
  }
}

const as = (person, what, pin) => command(server, `person:${person}`, CAMPUS, what, pin);
const cards = async (kind) => (await call(server, 'person:ana.ruiz', `/v1/campuses/${CAMPUS}`)).cards.filter(({ card }) => card === kind);

/** What a release comes to in the whole district. */
async function release(how) {
  const { version, policy } = await call(server, 'person:dana.lind', '/v1/policy');
  const answer = await fetch(`${server.url}/v1/policy`, { method: 'PUT', headers: { authorization: `Bearer ${server.signIn('person:dana.lind').token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ expected: version, policy: { ...policy, release: how }, pin: PIN }) });
  assert.ok(answer.ok, await answer.text());
}

/** Whether the pages are told that the record cannot be written now. */
let degraded = false;

/** Everybody who looks at the campus, in each language. */
const facesOf = async () => Object.fromEntries((await Promise.all(LOCALES.flatMap((locale) => Object.entries({
  room: ['device:north-n101', 'classroom'], teacher: ['person:joy.adams', 'classroom', PHONE], administrator: ['person:ana.ruiz', 'command'], sro: ['person:sam.cole', 'command'],
  officer: ['person:sam.cole', 'officer', PHONE], superintendent: ['person:pat.moore', 'board'],
}).map(async ([name, [principal, face, viewport]]) => {
  const page = await newPage(browser, viewport, { locale });
  await between(page, { fromServer: (frame) => (frame.type === 'pulse' ? { ...frame, degraded } : frame) });
  return [`${name} in ${locale}`, await enrol(page, server, principal, face, face)];
})))));

/** What a page reads, be it a board's tile. */
const word = (page, words) => page.locator('ls-posture h1, .tile .word').filter({ hasText: words }).first().waitFor();

test('axe-core finds nothing on any face, in any posture, in either language, in light or dark', async (t) => {
  const faces = await facesOf();
  const inLocale = (locale) => Object.entries(faces).filter(([name]) => name.endsWith(locale));
  const all = (moment) => Promise.all(Object.entries(faces).map(([name, page]) => look(page, `${name}: ${moment}`)));
  const stale = async (moment) => {
    server.freeze();
    await Promise.all(Object.values(faces).map((page) => page.locator('ls-trust:visible, .tile .stale:visible').getByText(/Do not rely|No confíe/).first().waitFor()));
    await all(`${moment}, not connected`);
    server.thaw();
    await Promise.all(Object.values(faces).map((page) => page.locator('ls-trust').waitFor({ state: 'hidden' })));
  };
  t.after(() => server.thaw());

  // Doors that are opened one by one.
  await release('room_by_room');
  await as('ana.ruiz', { name: 'call_lock_down' });
  await as('sam.cole', { name: 'give_all_clear', override_reason: 'By hand', ...await drawnBy(server, 'person:sam.cole', CAMPUS, 'raise') }, PIN);
  await as('sam.cole', { name: 'open_room', room: 'n102' });
  await Promise.all(Object.values(faces).map((page) => word(page, /Stay locked|All clear|bajo llave|cerrad|Todo despejado/)));
  await all('room by room');
  for (const { id, opened } of await cards('room')) if (!opened) await as('sam.cole', { name: 'open_room', room: id });
  await as('sam.cole', { name: 'resume', ...await drawnBy(server, 'person:sam.cole', CAMPUS, 'release') });
  await release('announce');

  for (const [moment, words, to] of MOMENTS.slice(0, -1)) {
    await to(server);
    for (const [i, locale] of LOCALES.entries()) await Promise.all(inLocale(locale).map(([name, page]) => word(page, name.startsWith('superintendent') ? words[i].split(':')[0] : words[i])));
    if (moment === 'lock-down') await everythingAsked();
    await all(moment);
    if (moment === 'lock-down') {
      for (const locale of LOCALES) await Promise.all([sheets(faces[`teacher in ${locale}`], ['#sighting', '#escalate', '#threat']), sheets(faces[`administrator in ${locale}`], ['#movement', 'ls-people .actions button:visible >> nth=-1', 'ls-release .actions button']),
        sheets(faces[`sro in ${locale}`], ['ls-release .actions button', 'ls-lines .actions button', 'ls-contact .actions button:visible >> nth=-1'])]);
    }
    if (['lock-down', 'drill'].includes(moment)) await stale(moment);
    for (const { id } of await cards('veto')) await as('sam.cole', { name: 'withdraw_not_clear', not_clear: id });
    for (const { id } of await cards('threat')) if (moment === 'lock-down') await as('ana.ruiz', { name: 'answer_threat', threat: id, reason: 'Seen to' });
  }
  degraded = true;
  await Promise.all(Object.entries(faces).filter(([name]) => /^(admin|sro|officer|super)/.test(name)).map(([, page]) => page.locator('ls-trust.mild:visible, .tile .stale:visible').first().waitFor({ timeout: 3 * SOON_MS })));
  await all('degraded');
  await close(...Object.values(faces));
  assert.deepEqual(wrong.splice(0), []);
});

/** As much as a console may have to show at once. */
async function everythingAsked() {
  for (const [who, danger] of [['walt.dunn', 'no'], ['raj.patel', 'unsure']]) await as(who, { name: 'report_sighting', seen: 'A man in a grey jacket', place: 'Lot B', danger });
  const { fact: line } = await as('joy.adams', { name: 'open_escalation', agency: 'pd', basis: 'escalating', state: 'requested' });
  await as('joy.adams', { name: 'record_line', escalation: line, state: 'closed' });
  await as('joy.adams', { name: 'open_escalation', agency: 'so', basis: 'escalating', state: 'calling' });
  await as('joy.adams', { name: 'report_threat', reason: 'Another one' });
  await as('sam.cole', { name: 'judge_contact_safe', raise: (await cards('raise'))[0].id, with: 'lee.park' });
  await as('sam.cole', { name: 'say_not_clear', reason: 'The roof' });
  await as('ana.ruiz', { name: 'offer_lead', to: 'sam.cole' });
}

/** The sheets that these buttons open. */
async function sheets(page, openers) {
  for (const opener of openers) {
    await page.locator(opener).first().click();
    await look(page, `the sheet of ${opener}`);
    await page.keyboard.press('Escape');
    await page.locator('dialog').waitFor({ state: 'detached' });
  }
}

test('axe-core finds nothing on the pages that follow no campus, in either language, in light or dark', async () => {
  await Promise.all(LOCALES.map(async (locale) => {
    const plain = await newPage(browser, undefined, { locale });
    for (const path of ['/', '/enrol', '/policy', '/passkeys', '/record', '/design', '/classroom', '/command', '/officer', '/board']) {
      await plain.goto(server.url + path);
      if (path !== '/design') await plain.locator('#language').waitFor();
      await look(plain, `${path} in ${locale}`);
    }
    const [ana, dana] = await Promise.all([open('person:ana.ruiz', 'command', { locale }), open('person:dana.lind', 'command', { locale })]);
    for (const [path, there] of [['policy', '#standing, #form'], ['officers', '#steps'], ['people', '#lists'], ['record', '#real'], ['passkeys', '#own']]) {
      for (const page of [ana, dana]) {
        await page.goto(`${server.url}/${path}?face=command#${CAMPUS}`);
        await page.locator(there).filter({ visible: true }).first().waitFor();
        await look(page, `${path} in ${locale}, ${page === ana ? 'an administrator' : 'the director'}`);
        if (path !== 'people') continue;
        await page.locator('#people button.entry', { hasText: 'Joy Adams' }).click();
        await page.locator('dialog .sign-ins li').first().waitFor();
        await page.locator('dialog button.primary').first().click();
        await page.locator('dialog .qr').waitFor();
        await look(page, `a person's sheet in ${locale}`);
        await page.keyboard.press('Escape');
      }
    }
    await close(plain, ana, dana);
  }));
  assert.deepEqual(wrong.splice(0), []);
});

test('no page broke the policy, asked elsewhere or threw', () => {
  assert.deepEqual(complaints, []);
});
