// Passkeys in the place of the PIN (A4), with the browser's own virtual authenticator: added on one's
// own page, used for the all clear that is in sight and for no other, and removed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PIN, backToNormal, browser, button, close, command, complaints, enrol, newPage, open, reads, server, stage } from './support.mjs';

const NORTH = 'north-high';
const SAM = 'person:sam.cole';

stage();

/** The same server by a name: at a number no browser makes passkeys. */
const named = () => ({ ...server, url: server.url.replace('127.0.0.1', 'localhost') });

/** A page with an authenticator in the device, as a phone's fingerprint is. */
async function device() {
  const page = await newPage(browser);
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('WebAuthn.enable');
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', { options: {
    protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true } });
  return { page, knows: (isUserVerified) => cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified }) };
}

async function add(page, pin = PIN) {
  await page.getByLabel('What you call it').fill('My phone');
  await page.getByLabel('Your PIN').fill(pin);
  await button(page, 'Add a passkey on this device').click();
}

async function lockDown(reason) {
  await command(server, 'person:ana.ruiz', NORTH, { name: 'call_lock_down', reason });
}

test('a4_a_passkey_is_added_gives_the_all_clear_that_is_in_sight_and_is_removed', async () => {
  const { page: sam } = await device();
  await enrol(sam, named(), SAM, 'command');
  await sam.getByRole('link', { name: 'Passkeys' }).click();
  await sam.getByText('You have none yet.').waitFor();
  await add(sam, '1111');
  await sam.getByText('That PIN or passkey is not right.').waitFor();
  await add(sam);
  await sam.getByText('Added and recorded.').waitFor();
  await sam.locator('#passkeys li', { hasText: 'My phone' }).getByText('For localhost').waitFor();
  // This device has one already.
  await add(sam);
  await sam.getByText('No passkey was made').waitFor();
  await sam.getByRole('link', { name: 'Back' }).click();
  await sam.waitForURL('**/command*');

  await command(server, SAM, NORTH, { name: 'arrive' });
  await lockDown('Shots');
  await reads(sam, 'Lock-down');
  const opener = sam.getByRole('button', { name: 'Give the all clear\u2026' });
  const asks = sam.locator('dialog');
  await opener.click();
  // Everything but the PIN has to be there.
  await button(asks, 'Use a passkey').click();
  assert.equal(await asks.locator('[name=override_reason]').evaluate((input) => input.validity.valueMissing), true);
  assert.equal(await asks.locator('.answer:visible').count(), 0);
  await asks.locator('[name=override_reason]').fill('Swept by hand');
  await lockDown('And more shots');
  await asks.locator('.fresh li').waitFor();
  await button(asks, 'Use a passkey').click();
  await asks.locator('.answer.refused').waitFor();
  await reads(sam, 'Lock-down');
  await button(asks, 'Cancel').click();

  await opener.click();
  await asks.locator('[name=override_reason]').fill('Swept by hand');
  await button(asks, 'Use a passkey').click();
  await reads(sam, 'All clear');
  await asks.waitFor({ state: 'detached' });
  await backToNormal(server, NORTH);

  await sam.getByRole('link', { name: 'Passkeys' }).click();
  await button(sam, 'Remove My phone').click();
  await button(sam, 'Press again: remove it').click();
  await sam.getByText('Removed and recorded.').waitFor();
  await sam.getByText('You have none yet.').waitFor();
  await close(sam);
});

test('a4_a_passkey_that_does_not_answer_sends_nothing_and_the_pin_stays', async () => {
  const { page: kim, knows } = await device();
  await enrol(kim, named(), 'person:kim.ortega', 'officer');
  await kim.getByRole('link', { name: 'Passkeys' }).click();
  await add(kim);
  await kim.getByText('Added and recorded.').waitFor();
  await kim.getByRole('link', { name: 'Back' }).click();
  await lockDown('Shots');
  await reads(kim, 'Lock-down');
  await kim.locator('#tabs').getByRole('button', { name: 'All clear', exact: true }).click();
  await kim.getByRole('button', { name: 'Give the all clear\u2026' }).click();
  const asks = kim.locator('dialog');
  await asks.locator('[name=override_reason]').fill('Swept by hand');
  await knows(false);
  await button(asks, 'Use a passkey').click();
  await asks.getByText('The passkey did not answer, or was cancelled.').waitFor();
  await reads(kim, 'Lock-down');
  await asks.locator('[name=pin]').fill(PIN);
  await asks.locator('button[type=submit]').click();
  await reads(kim, 'All clear');
  await backToNormal(server, NORTH);
  await close(kim);
});

test('a4_where_a_browser_makes_no_passkeys_the_page_says_so_and_a_sheet_asks_for_the_pin_alone', async () => {
  const sam = await open(SAM, 'command');
  await sam.getByRole('link', { name: 'Passkeys' }).click();
  await sam.getByText('This browser makes no passkeys at this address.').waitFor();
  assert.equal(await sam.locator('form:visible').count(), 0);
  await close(sam);
});

test('no page broke the policy, asked elsewhere or threw', () => {
  assert.deepEqual(complaints, []);
});
