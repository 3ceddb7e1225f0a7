// Each face once it was opened on a device: it opens without a network, as "unknown, not
// connected" and never as calm (R2), and goes on by itself when the network is back. What is kept
// is what pages are made of, and no answer of the server.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SOON_MS, browser, close, command, complaints, enrol, headline, newPage, reads, startServer, stage, watchHeadline } from './support.mjs';

const NORTH = 'north-high';
const SAYS_SO_MS = 5000;

stage();

/** Everything that the device keeps. */
const kept = (page) => page.evaluate(async () => {
  const found = [];
  for (const name of await caches.keys()) for (const { url } of await (await caches.open(name)).keys()) found.push(new URL(url).pathname);
  return found;
});

async function isKept(page, path) {
  const end = Date.now() + SOON_MS;
  while (!(await kept(page)).includes(path)) {
    if (Date.now() > end) throw new Error(`${path} is not kept`);
    await page.evaluate(() => new Promise((then) => requestAnimationFrame(then)));
  }
}

const FACES = [['device:north-n101', 'classroom'], ['person:ana.ruiz', 'command'], ['person:sam.cole', 'officer'], ['person:wall', 'board']];

for (const [principal, face] of FACES) {
  test(`/${face} opens without a network, as unknown, and comes back by itself (R2)`, async () => {
    const at = await startServer();
    const page = await newPage(browser, { width: 1366, height: 768 }, { serviceWorkers: 'allow' });
    await enrol(page, at, principal, face, face);
    const calm = face === 'board' ? page.locator('.tile').first().getByText('Normal') : page.locator('ls-posture h1', { hasText: 'Normal' });
    await calm.waitFor();
    await isKept(page, `/${face}`);
    const files = await kept(page);
    assert.deepEqual(files.filter((path) => path !== `/${face}` && !/^\/web\/[0-9a-f]{16}\/[a-z-]+\.(js|css|svg|webmanifest)$/.test(path)), [], 'nothing but pages is kept');

    await at.kill();
    await watchHeadline(page);
    const began = Date.now();
    await page.reload({ waitUntil: 'commit' });
    if (face === 'board') await page.locator('#summary', { hasText: 'Unknown' }).waitFor();
    else {
      await reads(page, 'Unknown \u2013 not connected');
      // It is our page and not the browser's own: it goes on saying so, and offers the raise.
      if (face === 'classroom') await page.getByRole('button', { name: 'Report an immediate threat' }).waitFor();
    }
    await page.getByText('Do not rely on this screen').first().waitFor();
    const took = Date.now() - began;
    console.log(`/${face} without a network: said so after ${took} ms`);
    assert.ok(took < SAYS_SO_MS, `${took} ms`);
    assert.ok(!(await page.seen()).includes('Normal'));

    const again = await startServer({ data: at.data, listen: new URL(at.url).host });
    await calm.waitFor();
    await again.end();
    await close(page);
  });
}

test('a raise that is made on a page that opened without a network is sent once there is one (P7)', async () => {
  const at = await startServer();
  const page = await newPage(browser, { width: 390, height: 844 }, { serviceWorkers: 'allow' });
  await enrol(page, at, 'device:north-n101', 'classroom');
  await reads(page, 'Normal');
  await isKept(page, '/classroom');
  await at.kill();
  await page.reload({ waitUntil: 'commit' });
  await reads(page, 'Unknown \u2013 not connected');
  await page.getByRole('button', { name: 'Report an immediate threat' }).click();
  await page.locator('dialog [name=reason]').fill('Shots in the hall');
  await page.locator('dialog button[type=submit]').click();
  await page.locator('ls-outbox').getByText('not sent yet').waitFor();
  await page.reload({ waitUntil: 'commit' });
  await page.locator('ls-outbox').getByText('not sent yet').waitFor();
  const again = await startServer({ data: at.data, listen: new URL(at.url).host });
  await reads(page, 'Threat reported, being checked');
  await page.locator('ls-outbox').waitFor({ state: 'hidden' });
  await again.end();
  await close(page);
});

test('where the network answers in time it counts, and not what is kept', async () => {
  const at = await startServer();
  const page = await newPage(browser, { width: 1366, height: 768 }, { serviceWorkers: 'allow' });
  await enrol(page, at, 'device:north-n101', 'classroom');
  await isKept(page, '/classroom');
  await command(at, 'person:ana.ruiz', NORTH, { name: 'call_lock_down' });
  await page.reload();
  await reads(page, 'Lock-down');
  assert.equal(await headline(page), 'Lock-down');
  // A server that hangs: the page is there in the time that a person waits, and says that it knows nothing.
  at.freeze();
  const began = Date.now();
  await page.reload({ waitUntil: 'commit' });
  await page.getByText('Do not rely on this screen').first().waitFor();
  const took = Date.now() - began;
  console.log(`a server that hangs: said so after ${took} ms`);
  assert.ok(took < SAYS_SO_MS, `${took} ms`);
  at.thaw();
  await reads(page, 'Lock-down');
  await at.end();
  await close(page);
});

test('no page broke the policy, asked elsewhere or threw', () => {
  assert.deepEqual(complaints, []);
});
