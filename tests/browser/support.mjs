// What the browser tests stand on: a real server on port zero, a real Chromium, and pages
// signed in as anybody of the demo district. Never a fake of either.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';

/** Everything that a test waits for comes within this, or the test fails. */
export const SOON_MS = 10_000;

/** Starts the server named by LOCKSTEP_SERVER_BIN; `listen` brings one back where it was. */
export async function startServer({ data = mkdtempSync(join(tmpdir(), 'lockstep-browser-')), listen = '127.0.0.1:0' } = {}) {
  const bin = process.env.LOCKSTEP_SERVER_BIN;
  if (!bin) throw new Error('LOCKSTEP_SERVER_BIN names no server: set it to the built lockstep-server.');
  const child = spawn(bin, ['--data', data, '--listen', listen, '--announce', 'json'], { stdio: ['ignore', 'pipe', 'pipe'] });
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
    async end() { child.kill('SIGKILL'); await exited; rmSync(data, { recursive: true, force: true }); },
    signIn: (principal) => JSON.parse(readFileSync(join(data, 'demo-sign-ins.json'), 'utf8')).sign_ins[principal],
  };
}

export function startBrowser() {
  return chromium.launch({
    executablePath: process.env.LOCKSTEP_CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync'],
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

/** A page of its own browser profile, on no page yet. */
export async function newPage(browser, viewport = { width: 1366, height: 768 }) {
  const context = await browser.newContext({ viewport });
  await context.addInitScript(() => {
    addEventListener('securitypolicyviolation', (event) => console.error(`CSP: ${event.violatedDirective} ${event.blockedURI}`));
  });
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
    if (hostname !== '127.0.0.1' && protocol !== 'data:') complaints.push(`${page.url()} asked ${request.url()}`);
  });
  return page;
}

/** Enrols as a person does: the code in the fragment, the face chosen, one press. */
export async function enrol(page, server, principal, face) {
  const { code } = await call(server, 'person:dana.lind', '/v1/codes', { principal });
  await page.goto(`${server.url}/enrol?face=${face}#${code}`);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL((url) => url.pathname === `/${face}`);
  return page;
}

/** What the page's headline reads now. */
export const headline = (page) => page.locator('ls-posture h1').textContent();

/** Waits until the headline reads this. */
export const reads = (page, words) => page.locator('ls-posture h1', { hasText: words }).waitFor();
