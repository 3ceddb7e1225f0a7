// What people change in the directory from a page: the district's policy, read and changed at the
// version that was read; and an officer on scene, who takes two different people (A3).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PIN, browser, button, call, close, command, complaints, enrol, newPage, open, reads, server, sheet, stage } from './support.mjs';

const NORTH = 'north-high';

stage();

/** From the page that they have to the policy, by its link. */
async function policyOf(principal, face) {
  const page = await open(principal, face);
  await page.getByRole('link', { name: 'Policy' }).click();
  await page.getByText(/^Version \d+, as read at/).waitFor();
  return page;
}
const send = async (page, pin = PIN) => {
  await page.getByLabel('Your PIN').fill(pin);
  await button(page, 'Change the policy for the whole district').click();
};

test('whoever answers for a campus reads the policy and cannot change it; a teacher has none', async () => {
  const ana = await policyOf('person:ana.ruiz', 'command');
  await ana.getByText('Pages those who may lock down').waitFor();
  await ana.getByText('Never by itself', { exact: true }).waitFor();
  await ana.getByText('If the fire alarm sounds: stay locked.').waitFor();
  assert.equal(await ana.locator('form:visible, input:visible').count(), 0);
  await ana.getByRole('link', { name: 'Back' }).click();
  await ana.waitForURL('**/command');
  const raj = await open('person:raj.patel', 'classroom');
  await raj.goto(`${server.url}/policy`);
  await raj.getByText('You are not signed in').waitFor();
  await raj.getByRole('link', { name: 'Sign in' }).waitFor();
  await close(ana, raj);
});

test('a policy is changed with a PIN, and what the server refuses is said in its words', async () => {
  const dana = await policyOf('person:dana.lind', 'command');
  await send(dana);
  await dana.getByText('Nothing here differs from what stands').waitFor();
  const seconds = dana.getByLabel('Seconds until a threat that nobody answers');
  await seconds.fill('9999');
  await dana.getByText('Stands now: Never by itself').waitFor();
  await send(dana);
  await dana.getByRole('alert').getByText('immediate_threat_locks_after_s must be none or 0 to 3600 seconds').waitFor();
  await seconds.fill('90');
  await dana.getByText('Room by room').click();
  await send(dana, '1111');
  await dana.getByRole('alert').getByText('PIN').waitFor();
  assert.equal((await call(server, 'person:dana.lind', '/v1/policy')).policy.release, 'announce');
  await send(dana);
  await dana.getByText('immediate_threat_locks_after_s: none \u2192 90. release: announce \u2192 room_by_room.').waitFor();
  assert.equal(await dana.locator('.stands-now:visible').count(), 0);
  const { policy } = await call(server, 'person:dana.lind', '/v1/policy');
  assert.deepEqual([policy.immediate_threat_locks_after_s, policy.release], [90, 'room_by_room']);
  // Back to never: an empty field is none, and not nought.
  await seconds.fill('');
  await send(dana);
  await dana.getByText('immediate_threat_locks_after_s: 90 \u2192 none').waitFor();
  // With why, in the record (T1).
  await seconds.fill('60');
  await dana.getByLabel('Why, as the record keeps it').fill('The board of 3 March');
  const [put] = await Promise.all([dana.waitForRequest((request) => request.method() === 'PUT'), send(dana)]);
  assert.equal(put.postDataJSON().reason, 'The board of 3 March');
  await dana.getByText('none \u2192 60').waitFor();
  await close(dana);
});

test('two who change the policy at once: the later is shown what stands, and overwrites nothing', async () => {
  const [dana, pat] = await Promise.all([policyOf('person:dana.lind', 'command'), policyOf('person:pat.moore', 'board')]);
  await dana.getByText('Is a lock-down at once').click();
  await dana.getByLabel('fire alarm').fill('If the fire alarm sounds: wait.\nThen ask.');
  await pat.getByLabel('fire alarm').fill('If the fire alarm sounds: stay.');
  await pat.getByText('No, only an officer\u2019s all clear').click();
  await send(pat);
  await pat.getByText('Changed and recorded').waitFor();
  await send(dana);
  await dana.getByText('Somebody else has changed this since you read it.').waitFor();
  // Dana's own stay, with what stands beside them; what she never touched is Pat's.
  await dana.getByText('Stands now: Pages those who may lock down').waitFor();
  await dana.getByText('Stands now: If the fire alarm sounds: stay.').waitFor();
  assert.equal(await dana.getByLabel('No, only an officer\u2019s all clear').isChecked(), true);
  assert.match((await call(server, 'person:dana.lind', '/v1/policy')).policy.fire_alarm_words, /stay\.$/);
  await send(dana);
  await dana.getByText('Changed and recorded').waitFor();
  const { policy } = await call(server, 'person:dana.lind', '/v1/policy');
  assert.deepEqual([policy.staff_may_lock_down, policy.school_lift, policy.fire_alarm_words], [true, false, 'If the fire alarm sounds: wait.\nThen ask.']);
  await close(dana, pat);
});

async function officersOf(principal) {
  const page = await open(principal, 'command', { asked: 'command' });
  await page.getByRole('link', { name: 'Enrol an officer on scene\u2026' }).click();
  await page.getByRole('heading', { name: 'One person makes the code' }).waitFor();
  return page;
}

test('a3_an_officer_on_scene_takes_two_people_and_the_page_says_whose_step_is_whose', async () => {
  const [ana, dana] = await Promise.all([officersOf('person:ana.ruiz'), officersOf('person:dana.lind')]);
  assert.equal(await dana.getByLabel('Campus').inputValue(), NORTH, 'the campus that they came from');
  await ana.getByText('Nobody waits to be certified at this campus.').waitFor();
  await ana.getByLabel('The officer\u2019s name').fill('Jo Trent');
  await button(ana, 'Make the code').click();
  const code = await ana.locator('#made .code').innerText();
  await ana.getByText('somebody else must certify them first').waitFor();
  await ana.getByText('You made this code, so somebody else must certify.').waitFor();
  assert.equal(await ana.getByRole('button', { name: 'Look at the badge' }).count(), 0);
  // The code alone opens nothing.
  const jo = await newPage(browser);
  const signsIn = async () => { await jo.goto(`${server.url}/enrol`); await jo.getByLabel('Enrolment code').fill(code); await button(jo, 'Sign in').click(); };
  await signsIn();
  await jo.getByRole('alert').waitFor();
  // Dana's page hears of it by itself.
  await dana.locator('#waiting').getByText('Jo Trent', { exact: true }).waitFor();
  await dana.getByText('Code made by Ana Ruiz (administrator)').waitFor();
  await button(dana, 'Look at the badge and certify\u2026').click();
  const fill = async (until) => {
    for (const [name, value] of Object.entries({ agency: 'Sorrel County Sheriff\u2019s Office', badge: '77', number: 'LE-30001', valid_until: until, pin: PIN })) await dana.locator(`dialog [name=${name}]`).fill(value);
  };
  await fill('2020-01-01');
  await dana.getByLabel('Full-time', { exact: true }).check();
  await button(dana, 'I certify this officer').click();
  await dana.locator('dialog').getByText('valid_until is in the past.').waitFor();
  await fill('2031-06-30');
  await button(dana, 'I certify this officer').click();
  const pin = await dana.locator('#certified .code').innerText();
  assert.match(pin, /^\d{4,}$/);
  await dana.getByText('Nobody waits to be certified at this campus.').waitFor();
  await signsIn();
  // To the page of an officer, which has the release behind a tab.
  await jo.waitForURL('**/officer');
  await jo.getByText('Jo Trent, officer').waitFor();
  // And is an officer like any other, with the PIN that was said to them.
  await command(server, 'person:ana.ruiz', NORTH, { name: 'call_lock_down' });
  await reads(jo, 'Lock-down');
  await jo.locator('#tabs').getByRole('button', { name: 'All clear' }).click();
  await sheet(jo, 'Give the all clear\u2026', { override_reason: 'Swept by hand', pin });
  await reads(jo, 'All clear');
  await jo.locator('ls-release').getByText('code by Ana Ruiz (administrator), certified by Dana Lind (director of safety)').first().waitFor();
  // What was shown once is gone with the page.
  await ana.getByRole('link', { name: 'Back' }).click();
  await ana.goBack();
  await ana.getByText('Nobody waits to be certified at this campus.').waitFor();
  assert.ok(!(await ana.locator('body').innerText()).includes(code));
  await close(ana, dana, jo);
});

test('a3_who_made_the_code_cannot_certify_and_who_may_do_neither_is_not_asked', async () => {
  const [sam, lee, kim] = await Promise.all([officersOf('person:sam.cole'), open('person:lee.park', 'command'), officersOf('person:kim.ortega')]);
  await sam.getByLabel('The officer\u2019s name').fill('Ray Moss');
  await button(sam, 'Make the code').click();
  await sam.getByText('You made this code, so somebody else must certify.').waitFor();
  const ray = (page) => page.locator('#waiting li', { hasText: 'Ray Moss' });
  assert.equal(await ray(sam).getByRole('button').count(), 0, 'an SRO may certify, but not here');
  // An officer on record takes the second step and not the first.
  await kim.locator('#not-make').getByText('This step is not yours to take').waitFor();
  assert.equal(await kim.getByLabel('The officer\u2019s name').isVisible(), false);
  await button(ray(kim), 'Look at the badge and certify\u2026').waitFor();
  await lee.getByText('Nobody has recorded an arrival').waitFor();
  assert.equal(await lee.getByRole('link', { name: 'Enrol an officer on scene\u2026' }).isVisible(), false);
  await lee.goto(`${server.url}/officers?face=command#${NORTH}`);
  await lee.getByRole('alert').first().waitFor();
  assert.equal(await lee.locator('#steps').isVisible(), false);
  await close(sam, lee, kim);
});

test('no page broke the policy, asked elsewhere or threw', () => {
  assert.deepEqual(complaints, []);
});
