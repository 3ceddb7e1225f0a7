// What the district finds beside its tiles: where its campuses lie, what its timelines tell, and how
// its rooms' screens behave by its policy. And the design page, which is drawn from the pages' tables.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PIN, backToNormal, browser, button, call, close, command, complaints, dataWith, newPage, open, reads, server, stage, startServer } from './support.mjs';

const NORTH = 'north-high';

stage();

test('the board shows where its campuses lie, each with what it is under', async () => {
  const wall = await open('person:wall', 'board');
  const map = wall.locator('ls-map');
  await map.getByText('River Middle School').waitFor();
  assert.equal(await map.locator('li').count(), 3);
  // North of the others, and Oak west of River, as the directory has them.
  const at = async (name) => {
    const { x, y } = await map.locator('li', { hasText: name }).boundingBox();
    return { x, y };
  };
  const [north, river, oak] = [await at('North'), await at('River'), await at('Oak')];
  assert.ok(north.y < oak.y && oak.y < river.y && oak.x < river.x, JSON.stringify({ north, river, oak }));
  await command(server, 'person:ana.ruiz', NORTH, { name: 'call_lock_down' });
  await map.locator('li[data-headline=lock_down]', { hasText: 'North' }).getByText('Lock-down').waitFor();
  await backToNormal(server, NORTH);
  await map.locator('li[data-headline=normal]', { hasText: 'North' }).waitFor();
  await close(wall);
});

test('the record lists incidents with their reports, drills with their file, and the export (D4, S6)', async () => {
  await command(server, 'person:ana.ruiz', NORTH, { name: 'start_drill', kind: 'test_alert' }, PIN);
  const { cards, position } = await call(server, 'person:ana.ruiz', `/v1/campuses/${NORTH}`);
  await command(server, 'person:ana.ruiz', NORTH, { name: 'end_drill', drill: cards.find(({ card }) => card === 'drill').id, seen: position });
  const wall = await open('person:wall', 'board');
  await wall.getByRole('link', { name: 'Record' }).click();
  await wall.getByRole('heading', { name: 'Incidents' }).waitFor();
  const first = wall.locator('#incidents li').first();
  await first.getByText('Lock-down').waitFor();
  assert.match(await first.textContent(), /UNSWEPT/, 'the mark of the all clear that was given by hand');
  await wall.locator('#drills li').getByText('Test alert').waitFor();

  const [download] = await Promise.all([wall.waitForEvent('download'), wall.getByRole('link', { name: 'Save the whole timeline' }).click()]);
  assert.equal(download.suggestedFilename(), `${NORTH}-timeline.json`);
  await first.getByRole('link', { name: 'Report' }).click();
  await wall.getByRole('heading', { level: 1 }).first().waitFor();
  assert.match(await wall.locator('body').innerText(), /Lock-down/);
  await wall.goBack();
  await wall.getByRole('link', { name: /^Drill file of \d{4}$/ }).click();
  await wall.getByText('Test alert').first().waitFor();
  await close(wall);
});

test('whoever may read no timeline is told so', async () => {
  const page = await newPage(browser);
  await page.goto(`${server.url}/record`);
  await page.getByRole('link', { name: 'Sign in' }).waitFor();
  assert.equal(await page.locator('#real').isVisible(), false);
  await close(page);
});

test('a room is dark in a lock-down unless the district lights its rooms (L4)', async () => {
  const lit = await startServer({ data: dataWith((toml) => toml.replace('room_screens = "dark"', 'room_screens = "bright"'), []) });
  for (const [at, dark] of /** @type {const} */ ([[server, true], [lit, false]])) {
    const room = await open('device:north-n101', 'classroom', { at });
    await reads(room, 'Normal');
    await command(at, 'person:ana.ruiz', NORTH, { name: 'call_lock_down' });
    await reads(room, 'Lock-down');
    const light = await room.evaluate(() => {
      const [r = 0, g = 0, b = 0] = (getComputedStyle(document.body).backgroundColor.match(/\d+/g) ?? []).map(Number);
      return r + g + b;
    });
    assert.equal(light === 0, dark, `${light}`);
    await close(room);
  }
  await lit.end();
  await backToNormal(server, NORTH);
});

test('the design page shows every sign in both languages, and no pair of colours that is hard to read', async () => {
  const page = await newPage(browser);
  await page.goto(`${server.url}/design`);
  for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
    await page.emulateMedia({ colorScheme });
    await page.waitForFunction(() => [...document.querySelectorAll('#colours td:last-child')].every((cell) => /: 1$/.test(cell.textContent ?? '')));
    assert.equal(await page.locator('#colours td.short').count(), 0, `${colorScheme}: ${await page.locator('#colours tr:has(.short)').allInnerTexts()}`);
  }
  assert.equal(await page.locator('#signs li').count(), 9);
  await page.locator('#signs').getByText('Cierre de emergencia').waitFor();
  await button(page, 'Call lock-down').click();
  await button(page, 'Press again: lock down now').waitFor();
  await close(page);
});

test('no page broke the policy, asked elsewhere or threw', () => {
  assert.deepEqual(complaints, []);
});
