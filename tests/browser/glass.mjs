// How long from a call that the server has accepted until the glass of a face has changed. Each face
// has the machine to itself, as in life: beside it runs the server alone.
//
//   LOCKSTEP_SERVER_BIN=… node glass.mjs [tries]
import { PIN, command, drawnBy, enrol, newPage, startBrowser, startServer } from './support.mjs';

const TRIES = Number(process.argv[2] ?? 40);
const BOUND_MS = 100;
const CAMPUS = 'north-high';
/** In turn: nobody calls more than ten times in ten seconds. */
const CALLERS = ['ana.ruiz', 'tom.becker', 'sam.cole', 'kim.ortega', 'bo.hart', 'al.finch', 'lee.park', 'dana.lind'].map((name) => `person:${name}`);
const FACES = { classroom: 'device:north-n104', command: 'person:ana.ruiz', officer: 'person:sam.cole', board: 'person:wall' };

const server = await startServer();
const share = (/** @type {number[]} */ sorted, /** @type {number} */ of) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * of))];

/** The moment at which a page's glass reads lock-down. @param {import('playwright-core').Page} page @param {boolean} board */
const painted = (page, board) => page.evaluate((of) => new Promise((then) => {
  const word = () => (of ? document.querySelector('.tile .word') : document.querySelector('ls-posture h1'))?.textContent;
  // A page that waits draws nothing: to look at each frame would have it draw all the time.
  const changes = new MutationObserver(() => {
    if (!word()?.startsWith('Lock-down')) return;
    changes.disconnect();
    // What has changed is drawn by the next frame, which is on the glass when the one after it begins.
    requestAnimationFrame(() => requestAnimationFrame(() => then(performance.timeOrigin + performance.now())));
  });
  changes.observe(document.body, { subtree: true, childList: true, characterData: true });
}), board);

let late = false;
for (const [face, principal] of Object.entries(FACES)) {
  const browser = await startBrowser();
  const page = await enrol(await newPage(browser), server, principal, face, face);
  /** @type {number[]} */
  const took = [];
  for (let i = 0; i < TRIES; i += 1) {
    const at = painted(page, face === 'board');
    // It is looking.
    await page.evaluate(() => new Promise((then) => requestAnimationFrame(then)));
    await command(server, CALLERS[i % CALLERS.length] ?? '', CAMPUS, { name: 'call_lock_down' });
    const accepted = performance.timeOrigin + performance.now();
    took.push(Number(await at) - accepted);
    await command(server, 'person:sam.cole', CAMPUS, { name: 'give_all_clear', override_reason: 'Measured', ...await drawnBy(server, 'person:sam.cole', CAMPUS, 'raise') }, PIN);
    await command(server, 'person:sam.cole', CAMPUS, { name: 'resume', ...await drawnBy(server, 'person:sam.cole', CAMPUS, 'release') });
    await (face === 'board' ? page.locator('.tile').filter({ hasText: 'North' }).getByText('Normal') : page.locator('ls-posture h1', { hasText: 'Normal' })).waitFor();
  }
  await browser.close();
  const sorted = took.sort((a, b) => a - b);
  const [median, most, worst] = [share(sorted, 0.5), share(sorted, 0.95), sorted.at(-1)].map((ms) => Math.round(ms ?? NaN));
  late ||= (most ?? Infinity) > BOUND_MS;
  console.log(`/${face}: median ${median} ms, 95 % ${most} ms (at most ${BOUND_MS}), worst ${worst} ms after the call was accepted, ${sorted.length} tries`);
}
await server.end();
process.exitCode = late ? 1 : 0;
