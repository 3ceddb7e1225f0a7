// What the browser tests stand on: a real server on port zero, a real Chromium, and pages
// signed in as anybody of the demo district. Never a fake of either.
import { execFile, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, beforeEach } from 'node:test';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';

/** Everything that a test waits for comes within this, or the test fails. */
export const SOON_MS = 10_000;
/** Where servers keep their data: in memory, where Chromium's own writing stalls no commit. */
const MEMORY = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

const serverBin = () => {
  const bin = process.env.LOCKSTEP_SERVER_BIN;
  if (!bin) throw new Error('LOCKSTEP_SERVER_BIN names no server: set it to the built lockstep-server.');
  return bin;
};

/** Everybody's PIN. */
export const PIN = '2468';

/** What an operator does in this data folder, beside a server that runs there or none. */
function operate(data, args, input) {
  const { status, stderr } = spawnSync(serverBin(), ['--data', data, ...args], { input, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${args.join(' ')}: ${stderr}`);
}

/** Puts in the demo district as `edit` changes it. */
export function importDirectory(data, edit) {
  const file = join(data, 'directory.toml');
  writeFileSync(file, edit(readFileSync(new URL('../../server/demo/maple-valley.toml', import.meta.url), 'utf8')));
  operate(data, ['directory', 'import', file]);
}

/** A data folder with the demo district changed by `edit`, and PINs for these people. */
export function dataWith(edit, people) {
  const data = mkdtempSync(join(MEMORY, 'lockstep-browser-'));
  importDirectory(data, edit);
  for (const person of people) operate(data, ['pin', person], `${PIN}\n`);
  return data;
}

/** Starts the server named by LOCKSTEP_SERVER_BIN; `listen` brings one back where it was. */
export async function startServer({ data = mkdtempSync(join(MEMORY, 'lockstep-browser-')), listen = '127.0.0.1:0', args = [], hoursLater = 0 } = {}) {
  // The loader knows which library of a machine this is.
  const later = hoursLater ? { LD_PRELOAD: '/usr/$LIB/faketime/libfaketimeMT.so.1', FAKETIME: `+${hoursLater}h` } : {};
  const child = spawn(serverBin(), ['--data', data, '--listen', listen, '--announce', 'json', ...args],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...later } });
  let log = '';
  child.stderr.on('data', (chunk) => { log = (log + chunk).slice(-8000); });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const announced = new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      try {
        const said = JSON.parse(line);
        if (said.listening) resolve(said);
      } catch { /* Words for people. */ }
    });
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}: ${log}`)));
    setTimeout(() => reject(new Error(`the server did not announce itself: ${log}`)), SOON_MS).unref();
  });
  const { listening: url } = await announced;
  return {
    url,
    data,
    /** As a crash does: nothing is said to anybody. */
    async kill() { child.kill('SIGKILL'); await exited; },
    /** As a machine that hangs does: its connections stay open and say nothing. */
    freeze() { child.kill('SIGSTOP'); },
    thaw() { child.kill('SIGCONT'); },
    async end() { child.kill('SIGKILL'); await exited; rmSync(data, { recursive: true, force: true }); },
    signIn: (principal) => JSON.parse(readFileSync(join(data, 'demo-sign-ins.json'), 'utf8')).sign_ins[principal],
  };
}

export function startBrowser(how = {}) {
  return chromium.launch({
    ...how,
    executablePath: process.env.LOCKSTEP_CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync',
      // A page that comes from the tree and not from the server counts as from elsewhere.
      ...(process.env.LOCKSTEP_WEB ? ['--disable-features=LocalNetworkAccessChecks'] : [])],
  });
}

/** A call as somebody, by their demo token. */
export async function call(server, principal, path, body) {
  const answer = await fetch(server.url + path, {
    method: body ? 'POST' : 'GET',
    headers: { authorization: `Bearer ${server.signIn(principal).token}`, 'content-type': 'application/json' },
    body: body && JSON.stringify(body),
    signal: AbortSignal.timeout(SOON_MS),
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

/** Gives a command as somebody, without a page. */
export const command = (server, principal, campus, command_, pin) => call(server, principal, `/v1/campuses/${campus}/commands`,
  { id: crypto.randomUUID(), ...(pin ? { pin } : {}), command: command_ });

/** Everything that a page said to its console and every policy it broke. */
export const complaints = [];

const KINDS = { js: 'text/javascript', css: 'text/css', svg: 'image/svg+xml', webmanifest: 'application/manifest+json', html: 'text/html; charset=utf-8' };
const kindOf = (name) => KINDS[name.split('.').at(-1)];

/** The pages as they lie in the tree, in place of those in the server's binary: what is tried while
 * it is written needs no build. The headers are the server's own. */
async function fromTheTree(context) {
  if (!process.env.LOCKSTEP_WEB) return;
  const serve = async (route, name) => {
    const answer = await route.fetch({ url: new URL('/web/draw.js', route.request().url()).href }).catch(() => null);
    // A server that is down serves nothing, also not from the tree.
    if (!answer) return route.abort().catch(() => {});
    const { 'content-security-policy': policy } = answer.headers();
    return route.fulfill({ body: readFileSync(join(process.env.LOCKSTEP_WEB, name)), headers: { 'content-type': kindOf(name), 'content-security-policy': policy } });
  };
  await context.route(/\/web\/[^?]+$/, (route) => serve(route, new URL(route.request().url()).pathname.slice('/web/'.length)));
  await context.route(/:\d+\/(enrol|classroom|command|officer|board|policy|officers|people|passkeys|record|design)?(\?[^#]*)?(#.*)?$/, (route) => (route.request().resourceType() === 'document'
    ? serve(route, `${new URL(route.request().url()).pathname.slice(1) || 'index'}.html`) : route.fallback()));
}

/** A bug planted in the pages without a build, for `mutants.mjs`: file, what stands there, what to put. */
async function plant(context) {
  if (!process.env.LOCKSTEP_PLANT) return;
  const { file, from, to } = JSON.parse(process.env.LOCKSTEP_PLANT);
  await context.route(new RegExp(`/web/([0-9a-f]{16}/)?${file.replace('.', '\\.')}$`), async (route) => {
    const response = await route.fetch(process.env.LOCKSTEP_WEB ? { url: new URL('/web/draw.js', route.request().url()).href } : {});
    const text = process.env.LOCKSTEP_WEB ? readFileSync(join(process.env.LOCKSTEP_WEB, file), 'utf8') : await response.text();
    if (!text.includes(from)) throw new Error(`${file} has no ${from}`);
    await route.fulfill({ response, headers: { ...response.headers(), 'content-type': kindOf(file) }, body: text.replace(from, to) });
  });
}

/** Stands between a page and the server: each frame goes through one of these, which gives what
 * goes on, or nothing. `connected` is told the number of each connection, from one, and a way to
 * speak as the server; it answers `false` where the server is not to be asked at all. What comes
 * back hangs up the connection that there is. */
export async function between(page, { fromServer = (frame) => frame, fromPage = (frame) => frame, connected = () => true }) {
  let count = 0;
  let hangUp = async () => {};
  await page.routeWebSocket(/\/v1\/ws/, (ws) => {
    count += 1;
    hangUp = () => ws.close();
    const number = count;
    const speak = (frame) => ws.send(JSON.stringify(frame));
    if (connected(number, speak) === false) return;
    const server = ws.connectToServer();
    server.onMessage((text) => {
      const frame = fromServer(JSON.parse(text), number);
      if (frame) speak(frame);
    });
    ws.onMessage((text) => {
      const frame = fromPage(JSON.parse(text), speak);
      if (frame) server.send(JSON.stringify(frame));
    });
  });
  return () => hangUp();
}

/** Keeps every word of the headline that is painted from here on, as `page.seen()` gives it. */
export async function watchHeadline(page) {
  await page.addInitScript(() => {
    window.seen = [];
    const look = () => {
      const word = document.querySelector('ls-posture h1')?.textContent;
      if (word && window.seen.at(-1) !== word) window.seen.push(word);
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
  page.seen = () => page.evaluate(() => window.seen);
}

/** A page of its own browser profile, on no page yet, in English unless it is told otherwise. What a device keeps of it (`sw.js`) is there
 * only where a test asks for it: what goes through it is hidden from the ways that tests listen by. */
export async function newPage(browser, viewport = { width: 1366, height: 768 }, how = {}) {
  const context = await browser.newContext({ viewport, locale: 'en-US', serviceWorkers: 'block', ...how });
  await context.addInitScript(() => {
    addEventListener('securitypolicyviolation', (event) => console.error(`CSP: ${event.violatedDirective} ${event.blockedURI}`));
  });
  await fromTheTree(context);
  await plant(context);
  const page = await context.newPage();
  page.setDefaultTimeout(SOON_MS);
  page.on('pageerror', (error) => complaints.push(`${page.url()}: ${error}`));
  page.on('console', (message) => {
    // A lost connection is logged by the browser itself; the tests cause it on purpose.
    const lost = /WebSocket connection|ERR_CONNECTION|ERR_EMPTY_RESPONSE|Failed to load resource/.test(message.text());
    if (message.type() === 'error' && !lost) complaints.push(`${page.url()}: ${message.text()}`);
  });
  page.on('request', (request) => {
    const { hostname, protocol } = new URL(request.url());
    if (hostname !== '127.0.0.1' && hostname !== 'localhost' && protocol !== 'data:') complaints.push(`${page.url()} asked ${request.url()}`);
  });
  return page;
}

/** A code for somebody, from the server's own shell: there it takes nobody's PIN. */
export async function codeFor(server, principal) {
  const { stdout } = await promisify(execFile)(serverBin(), ['--data', server.data, 'code', principal, '--json']);
  return JSON.parse(stdout).code;
}

/** Enrols as a person does: the code in the fragment, one press. The server knows the face, unless
 * another is asked for. */
export async function enrol(page, server, principal, face, asked = '') {
  const code = await codeFor(server, principal);
  await page.goto(`${server.url}/enrol${asked && `?face=${asked}`}#${code}`);
  await page.locator('#submit').click();
  await page.waitForURL((url) => url.pathname === `/${face}`);
  return page;
}

/** What the tests of a file stand on: each file is a process of its own. */
export let server;
export let browser;

/** Starts the server of the tests that follow, or brings one back where it was. @param {Parameters<typeof startServer>[0]} [how] */
export async function serve(how) {
  server = await startServer(how);
}

/** One browser for a file, and one server for all of its tests; or `each` with its own. */
export function stage({ each = false } = {}) {
  before(async () => {
    browser = await startBrowser();
    if (!each) await serve();
  });
  if (each) {
    beforeEach(async () => {
      await server?.end();
      await serve();
    });
  }
  after(async () => {
    await browser?.close();
    await server?.end();
  });
}

/** The page of somebody, in a browser profile of their own. */
export const open = async (principal, face, { viewport, at = server, asked, ...how } = {}) => enrol(await newPage(browser, viewport, how), at, principal, face, asked);

/** A phone in one hand. */
export const PHONE = { width: 390, height: 844 };

/** The officer's page of somebody, on a phone. */
export const openOfficer = (principal, how = {}) => open(principal, 'officer', { viewport: PHONE, hasTouch: true, asked: 'officer', ...how });

/** What the page's headline reads now. */
export const headline = (page) => page.locator('ls-posture h1').textContent();

/** Waits until the headline reads this. */
export const reads = (page, words) => page.locator('ls-posture h1', { hasText: words }).waitFor();

export const close = (...pages) => Promise.all(pages.map((page) => page.context().close()));

export const button = (page, name) => page.getByRole('button', { name, exact: true });

/** Calls lock-down from the command page, by its two presses. */
export async function callLockDown(page) {
  await button(page, 'Call lock-down').click();
  // A double click is one gesture: the second press counts only after a moment.
  await page.waitForFunction((at) => performance.now() > at + 400, await page.evaluate(() => performance.now()));
  await button(page, 'Press again: lock down now').click();
}

/** Opens a sheet by the button that says so, fills it in and sends it. */
export async function sheet(page, opener, fields) {
  await page.getByRole('button', { name: opener }).click();
  for (const [name, value] of Object.entries(fields)) await page.locator(`dialog [name=${name}]`).fill(value);
  await page.locator('dialog button[type=submit]').click();
}

/** What a clear of this kind of card, drawn now by this person, names. */
export async function drawnBy(server, principal, campus, card) {
  const { cards, position } = await call(server, principal, `/v1/campuses/${campus}`);
  return { seen: position, lifts: cards.filter((one) => one.card === card).map(({ id }) => id) };
}

/** From whatever the campus is under back to normal, without a page. */
export async function backToNormal(server, campus, officer = 'person:sam.cole') {
  const raises = await drawnBy(server, officer, campus, 'raise');
  if (raises.lifts.length > 0) await command(server, officer, campus, { name: 'give_all_clear', override_reason: 'test', ...raises }, PIN);
  const releases = await drawnBy(server, officer, campus, 'release');
  if (releases.lifts.length > 0) await command(server, officer, campus, { name: 'resume', ...releases });
}
