// Whether the command page stays fluid on a campus of 500 rooms and 40 zones: every room acknowledges
// within a second, and no frame may take longer than 50 ms. The page has the machine to itself, as in
// life: what comes in is what the server sends for each acknowledgement, given to the page's socket
// over that second, and not the work of a server and 500 rooms beside it.
//
//   LOCKSTEP_SERVER_BIN=… node fluid.mjs [tries]
import { call, command, dataWith, enrol, newPage, startBrowser, startServer } from './support.mjs';

const TRIES = Number(process.argv[2] ?? 5);
const [ROOMS, ZONES, WITHIN_MS, FRAME_MS] = [500, 40, 1000, 50];
const CAMPUS = 'north-high';
const LINES = 60;

const data = dataWith((toml) => {
  const zones = Array.from({ length: ZONES }, (_, i) => `z${i} = "Zone ${i}"\n`).join('');
  const rooms = Array.from({ length: ROOMS }, (_, i) => `x${i} = { name = "Room ${i}", zone = "z${i % ZONES}" }\n`).join('');
  const devices = Array.from({ length: ROOMS }, (_, i) => `[[device]]\nid = "x${i}"\ncampus = "north-high"\nroom = "x${i}"\n\n`).join('');
  const old = /\[\[device\]\]\nid = "north-[\s\S]*?\n(?=\n|$)/g;
  return toml.replace(/\[campus\.zones\]\na-wing[\s\S]*?\n\n/, `[campus.zones]\n${zones}\n`).replace(/\[campus\.rooms\]\nn101[\s\S]*?\n\n/, `[campus.rooms]\n${rooms}\n`)
    .replace(old, '').replaceAll(/^room = "n\d+"\n/gm, '') + devices;
}, ['ana.ruiz', 'sam.cole']);
const server = await startServer({ data });
const browser = await startBrowser();
await command(server, 'person:ana.ruiz', CAMPUS, { name: 'call_lock_down' });

const worst = [];
for (let i = 0; i < TRIES; i += 1) {
  const page = await newPage(browser);
  await page.addInitScript(() => {
    window.WebSocket = class extends WebSocket { constructor(...how) { super(...how); window.line = this; } };
  });
  const ana = await enrol(page, server, 'person:ana.ruiz', 'command');
  await ana.locator('ls-posture h1', { hasText: 'Lock-down' }).waitFor();
  await ana.waitForFunction((n) => document.querySelectorAll('ls-rooms .room').length === n, ROOMS);
  const { cards, position } = await call(server, 'person:ana.ruiz', `/v1/campuses/${CAMPUS}`);
  const at = new Date().toISOString();
  // Behind whatever the server says meanwhile: an older position would be no news.
  const from = position.seq + 1000;
  const events = cards.filter(({ card }) => card === 'room').map((room, n) => ({ type: 'event', campus: CAMPUS, position: { ...position, seq: from + n },
    put: [{ ...room, live: 1, reached: at, acknowledged: at }, { card: 'line', seq: from + n, at, text: `${room.name} acknowledged` }],
    // The server keeps so many lines on a screen.
    drop: [`line/${String(from + n - LINES).padStart(12, '0')}`] }));
  const frames = await ana.evaluate(async ([all, within]) => {
    const gaps = [];
    let last = 0;
    let looking = true;
    const look = (now) => { if (last) gaps.push(now - last); last = now; if (looking) requestAnimationFrame(look); };
    requestAnimationFrame(look);
    const began = performance.now();
    let next = 0;
    await new Promise((then) => {
      const give = () => {
        for (const due = Math.ceil((performance.now() - began) / within * all.length); next < Math.min(due, all.length); next += 1) window.line.onmessage({ data: JSON.stringify(all[next]) });
        if (next < all.length) setTimeout(give); else then(undefined);
      };
      give();
    });
    while (document.querySelector('ls-rooms .room.no_screen, ls-rooms .room.not_reached, ls-rooms .room.not_acknowledged')) await new Promise((then) => { requestAnimationFrame(then); });
    await new Promise((then) => { requestAnimationFrame(() => requestAnimationFrame(then)); });
    looking = false;
    return { gaps, took: performance.now() - began };
  }, /** @type {const} */ ([events, WITHIN_MS]));
  const sorted = frames.gaps.toSorted((a, b) => a - b);
  const most = sorted.at(-1) ?? Infinity;
  worst.push(most);
  console.log(`${ROOMS} rooms, ${ZONES} zones: all drawn after ${frames.took.toFixed(0)} ms; ${sorted.length} frames, median ${sorted[Math.floor(sorted.length / 2)]?.toFixed(0)} ms, the longest ${most.toFixed(0)} ms (at most ${FRAME_MS})`);
  await ana.context().close();
}
await browser.close();
await server.end();
process.exitCode = Math.max(...worst) > FRAME_MS ? 1 : 0;
