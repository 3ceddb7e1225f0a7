// Somebody is forced and gives their second PIN: their own page says what it says of any new
// alarm, and those elsewhere read who it was (A4).
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { button, call, close, command, open, openOfficer, reads, server, sheet, stage } from './support.mjs';

const NORTH = 'north-high';
const FORCED = '8642';

stage();

test('who is forced reads "something new has come in", and the officer and the board read who is', async () => {
  const pin = spawnSync(process.env.LOCKSTEP_SERVER_BIN, ['--data', server.data, 'pin', 'sam.cole', '--duress'], { input: FORCED, encoding: 'utf8' });
  assert.equal(pin.status, 0, pin.stderr);
  const ana = await open('person:ana.ruiz', 'command');
  const sam = await openOfficer('person:sam.cole');
  const kim = await openOfficer('person:kim.ortega');
  const desk = await open('person:kim.ortega', 'command', { asked: 'command' });
  const board = await open('person:wall', 'board');
  await reads(sam, 'Normal');
  await command(server, 'person:ana.ruiz', NORTH, { name: 'call_lock_down', place: 'Gym' });
  await reads(sam, 'Lock-down');
  await sam.locator('#tabs').getByRole('button', { name: 'All clear' }).tap();
  await sheet(sam, 'Give the all clear\u2026', { override_reason: 'All is well', pin: FORCED });
  await sam.locator('dialog').getByText('Something new has come in').first().waitFor();
  const told = kim.locator('#forced');
  await told.getByText('Sam Cole').waitFor();
  await desk.locator('#forced').getByText('Sam Cole').waitFor();
  const { y, height } = await desk.locator('#forced').boundingBox();
  assert.ok(y >= 0 && y + height <= desk.viewportSize().height, 'read on a laptop without a hand on it');
  await board.getByText('UNDER DURESS: Sam Cole').waitFor();
  if (process.env.LOCKSTEP_PICTURES) {
    for (const [name, page] of Object.entries({ sam, kim, desk, board, ana })) await page.screenshot({ path: `${process.env.LOCKSTEP_PICTURES}/duress-${name}.png` });
  }
  // Another call is on each page after it: by then it would be there too.
  await command(server, 'person:ana.ruiz', NORTH, { name: 'call_lock_down', place: 'Roof' });
  for (const page of [sam, ana]) {
    await page.getByText('Roof').first().waitFor({ state: 'attached' });
    assert.doesNotMatch(await page.content(), /duress/i);
  }
  await close(sam, kim, desk, board, ana);
});
