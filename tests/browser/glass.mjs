// How long from a call that the server has accepted until the glass of each face has changed.
//
//   LOCKSTEP_SERVER_BIN=… node glass.mjs [tries]
import { PIN, command, drawnBy, enrol, newPage, startBrowser, startServer } from './support.mjs';

const TRIES = Number(process.argv[2] ?? 40);
const BOUND_MS = 100;
const CAMPUS = 'north-high';
/** In turn: nobody calls more than ten times in ten seconds. */
const CALLERS = ['person:ana.ruiz', 'person:sam.cole', 'person:lee.park'];
const FACES = { classroom: 'device:north-n104', command: 'person:ana.ruiz', officer: 'person:sam.cole', board: 'person:wall' };

const server = await startServer();
const browser = await startBrowser();
const pages = Object.fromEntries(await Promise.all(Object.entries(FACES).map(async ([face, principal]) => [face, await enrol(await newPage(browser), server, principal, face, face)])));
const share = (/** @type {number[]} */ sorted, /** @type {number} */ of) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * of))];
/** @type {Record<string, number[]>} */
const took = Object.fromEntries(Object.keys(FACES).map((face) => [face, []]));

for (let i = 0; i < TRIES; i += 1) {
  const painted = Object.entries(pages).map(async ([face, page]) => {
    const at = await page.evaluate((board) => new Promise((then) => {
      const word = () => (board ? document.querySelector('.tile .word') : document.querySelector('ls-posture h1'))?.textContent;
      // A page that waits draws nothing: to look at each frame would have four of them draw all the time.
      const changes = new MutationObserver(() => {
        if (!word()?.startsWith('Lock-down')) return;
        changes.disconnect();
        // What has changed is drawn by the next frame, which is on the glass when the one after it begins.
        requestAnimationFrame(() => requestAnimationFrame(() => then(performance.timeOrigin + performance.now())));
      });
      changes.observe(document.body, { subtree: true, childList: true, characterData: true });
    }), face === 'board');
    return /** @type {const} */ ([face, Number(at)]);
  });
  // Every page is looking.
  await Promise.all(Object.values(pages).map((page) => page.evaluate(() => new Promise((then) => requestAnimationFrame(then)))));
  await command(server, CALLERS[i % CALLERS.length] ?? '', CAMPUS, { name: 'call_lock_down' });
  const accepted = performance.timeOrigin + performance.now();
  for (const [face, at] of await Promise.all(painted)) took[face]?.push(at - accepted);
  await command(server, 'person:sam.cole', CAMPUS, { name: 'give_all_clear', override_reason: 'Measured', ...await drawnBy(server, 'person:sam.cole', CAMPUS, 'raise') }, PIN);
  await command(server, 'person:sam.cole', CAMPUS, { name: 'resume', ...await drawnBy(server, 'person:sam.cole', CAMPUS, 'release') });
  await Promise.all(Object.entries(pages).map(([face, page]) => (face === 'board' ? page.locator('.tile').filter({ hasText: 'North' }).getByText('Normal') : page.locator('ls-posture h1', { hasText: 'Normal' })).waitFor()));
}
await browser.close();
await server.end();
let late = false;
for (const [face, all] of Object.entries(took)) {
  const sorted = all.sort((a, b) => a - b);
  const [median, most, worst] = [share(sorted, 0.5), share(sorted, 0.95), sorted.at(-1)].map((ms) => Math.round(ms ?? NaN));
  late ||= (most ?? Infinity) > BOUND_MS;
  console.log(`/${face}: median ${median} ms, 95 % ${most} ms (at most ${BOUND_MS}), worst ${worst} ms after the call was accepted, ${sorted.length} tries`);
}
process.exitCode = late ? 1 : 0;
