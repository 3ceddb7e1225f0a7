// A person at a page with a keyboard and nothing else: no mouse, no finger, no focus() behind their
// back. Wherever they come, the focus is to be seen there; whatever they did, they still have it.
import assert from 'node:assert/strict';
import { SOON_MS, browser, enrol, newPage, server } from './support.mjs';

/** So many presses of Tab lead anywhere on any page, or nobody gets there. */
const PRESSES_MAX = 90;

/** Every command that was given by keyboard, on whatever page. @type {Set<string>} */
export const given = new Set();

/** What keeps somebody from seeing that this element has the focus, or nothing. @param {Element} element */
function unseen(element) {
  const { left, right, top, bottom } = element.getBoundingClientRect();
  const [x, y] = [(left + right) / 2, (top + bottom) / 2];
  for (const [atX, atY] of [[x, y], [left + 2, y], [right - 2, y], [x, top + 2], [x, bottom - 2]]) {
    if (atX < 0 || atY < 0 || atX > innerWidth || atY > innerHeight) return 'beside the screen';
    const there = document.elementFromPoint(atX, atY);
    if (!element.contains(there) && !there?.closest('label')?.contains(element)) return `covered by ${there?.outerHTML.slice(0, 80)}`;
  }
  const { outlineStyle, outlineWidth, outlineColor, outlineOffset } = getComputedStyle(element);
  if (outlineStyle === 'none' || parseFloat(outlineWidth) < 2) return `without a ring: ${outlineWidth} ${outlineStyle}`;
  // WCAG 1.4.11: a ring that nobody can tell from its ground is none.
  const numbers = (colour) => (colour.match(/[\d.]+/g) ?? []).map(Number);
  const light = (colour) => numbers(colour).slice(0, 3).map((part) => part / 255).map((part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    .reduce((sum, part, i) => sum + [0.2126, 0.7152, 0.0722][i] * part, 0);
  let ground = parseFloat(outlineOffset) < 0 ? element : element.parentElement;
  while (ground && (numbers(getComputedStyle(ground).backgroundColor)[3] ?? 1) < 0.5) ground = ground.parentElement;
  const [high, low] = [outlineColor, getComputedStyle(ground ?? document.documentElement).backgroundColor].map(light).sort((a, b) => b - a);
  const contrast = (high + 0.05) / (low + 0.05);
  return contrast < 3 ? `with a ring of ${outlineColor} that is hard to see: ${contrast.toFixed(1)} to 1` : '';
}

/** About how many stops of Tab it is to this element from where the focus is; less than none where it is back.
 * @param {Element} element */
function stopsTo(element) {
  const at = document.activeElement ?? document.body;
  if (at === element) return 0;
  const order = (one, other) => one.compareDocumentPosition(other);
  const back = (order(element, at) & Node.DOCUMENT_POSITION_FOLLOWING) !== 0;
  const [first, last] = back ? [element, at] : [at, element];
  const between = [...document.querySelectorAll('a[href], button, input:not([type=radio]:not(:checked)), select, textarea, summary, [tabindex="0"]')].filter((one) => one.checkVisibility()
    && (order(first, one) & Node.DOCUMENT_POSITION_FOLLOWING) && (order(last, one) & Node.DOCUMENT_POSITION_PRECEDING));
  return back ? -between.length - 1 : between.length + 1;
}

export class Keys {
  /** Commands that this page sent, with what came of each. @type {Map<string, {name: string, answer?: string}>} */
  #sent = new Map();
  /** Whether something on this page has had the focus. */
  #began = false;
  picture = { name: 'bag.png', mimeType: 'image/png', buffer: Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64') };

  /** @param {import('playwright-core').Page} page */
  constructor(page) {
    this.page = page;
    this.dialog = page.locator('dialog');
    // What a page asks a file of gets the picture that they have in hand.
    page.on('filechooser', (chooser) => chooser.setFiles(this.picture));
    page.on('framenavigated', () => { this.#began = false; });
    page.on('websocket', (socket) => {
      socket.on('framesent', ({ payload }) => {
        const frame = JSON.parse(String(payload));
        if (frame.type === 'command') this.#sent.set(frame.request.id, { name: frame.request.command.name });
      });
      socket.on('framereceived', ({ payload }) => {
        const frame = JSON.parse(String(payload));
        const sent = this.#sent.get(frame.id);
        if (sent) sent.answer = frame.type === 'refused' ? frame.refusal.code : frame.type;
      });
    });
  }

  /** A button by its whole name, or whatever else is meant. @param {string | import('playwright-core').Locator} what @param {import('playwright-core').Page | import('playwright-core').Locator} within */
  #find(what, within) {
    return (typeof what === 'string' ? within.getByRole('button', { name: what, exact: true }) : what).first();
  }

  /** Gets there by Tab alone, and sees it. */
  async go(what, within = this.page) {
    const target = this.#find(what, within);
    await target.waitFor();
    await this.notLost();
    for (let presses = 0; ;) {
      const stops = await target.evaluate(stopsTo);
      if (stops === 0) break;
      presses += Math.abs(stops);
      assert.ok(presses < PRESSES_MAX, `no Tab comes to ${what}`);
      for (let i = 0; i < Math.abs(stops); i += 1) await this.page.keyboard.press(stops < 0 ? 'Shift+Tab' : 'Tab');
    }
    this.#began = true;
    assert.equal(await target.evaluate(unseen), '', `the focus on ${what} is not to be seen`);
    return target;
  }

  /** Whoever has begun still is somewhere, and not at the top of the page again. */
  async notLost() {
    if (!this.#began) return;
    const at = await this.page.evaluate(() => {
      const { activeElement: one } = document;
      return one && one !== document.body && one.checkVisibility() ? '' : `${one?.outerHTML.slice(0, 60)}`;
    });
    assert.equal(at, '', `the focus was lost, after ${[...this.#sent.values()].at(-1)?.name}`);
  }

  /** What has come in is on the glass. */
  drawn() {
    return this.page.evaluate(() => new Promise((then) => { requestAnimationFrame(() => requestAnimationFrame(() => then(undefined))); }));
  }

  now() { return this.page.evaluate(() => performance.now()); }

  /** So long after the last press that the next is no part of its gesture. */
  async apart(last) {
    await this.page.waitForFunction((then) => performance.now() > then + 400, last ?? await this.now());
  }

  async press(what, within = this.page, key = 'Enter') {
    await this.go(what, within);
    await this.page.keyboard.press(key);
  }

  /** Presses a button that gives this command, and sees it accepted with the focus still there. What comes in
   * while the space bar is down takes nothing from under it. */
  async does(command, what, within = this.page, meanwhile = async () => {}) {
    const before = this.#sent.size;
    await this.go(what, within);
    await this.page.keyboard.down('Space');
    await meanwhile();
    await this.page.keyboard.up('Space');
    await this.#accepted(command, before);
  }

  async #accepted(command, before) {
    const end = Date.now() + SOON_MS;
    const all = () => [...this.#sent.values()].slice(before);
    while (!all().some(({ answer }) => answer)) {
      assert.ok(Date.now() < end, `${command} was not answered: ${await this.page.locator('.answer:visible').allInnerTexts()}`);
      await this.drawn();
    }
    assert.deepEqual(all(), [{ name: command, answer: 'accepted' }]);
    given.add(command);
    await this.drawn();
    await this.notLost();
  }

  /** Opens a sheet and lets it go with Escape, which sends nothing and leads back; then opens it again,
   * fills it in and sends it. */
  async sheet(command, opener, fields = {}, within = this.page) {
    const before = this.#sent.size;
    const from = await this.open(opener, within);
    await this.page.keyboard.press('Escape');
    await this.dialog.waitFor({ state: 'detached' });
    assert.equal(await from.evaluate((one) => one === document.activeElement), true, `Escape leads back to ${opener}`);
    assert.equal(this.#sent.size, before, 'Escape sends nothing');
    await this.open(opener, within);
    const opened = await this.now();
    for (const [name, value] of Object.entries(fields)) await this.fill(this.dialog.locator(`[name=${name}]`), value);
    await this.apart(opened);
    await this.press(this.dialog.locator('button[type=submit]'));
    await this.#accepted(command, before);
    await this.dialog.waitFor({ state: 'detached' });
    await this.drawn();
    await this.notLost();
  }

  /** Opens a sheet: the focus goes into it. */
  async open(opener, within = this.page) {
    const from = await this.go(opener, within);
    await this.page.keyboard.press('Enter');
    await this.dialog.waitFor();
    assert.equal(await this.page.evaluate(() => document.activeElement?.closest('dialog') !== null), true, `the focus goes into the sheet of ${opener}`);
    return from;
  }

  /** Types into a field, or chooses in it, as its kind has it. */
  async fill(field, value) {
    const { keyboard } = this.page;
    const kind = await field.first().evaluate((one) => (one instanceof HTMLInputElement ? one.type : one.tagName.toLowerCase()));
    if (kind === 'radio') {
      const checked = field.and(this.page.locator(':checked'));
      await this.go(await checked.count() ? checked : field);
      for (let presses = 0; await checked.count() === 0 || await checked.inputValue() !== value; presses += 1) {
        assert.ok(presses < 9, `no arrow comes to ${value}`);
        await keyboard.press(await checked.count() ? 'ArrowDown' : 'Space');
      }
    } else if (kind === 'checkbox') {
      await this.press(field.and(this.page.locator(`[value="${value}"]`)), this.page, 'Space');
    } else if (kind === 'select') {
      await this.go(field);
      await keyboard.press('Home');
      for (let presses = 0; await field.inputValue() !== value; presses += 1) {
        assert.ok(presses < 30, `no arrow comes to ${value}`);
        await keyboard.press('ArrowDown');
      }
    } else if (kind === 'file') {
      await this.press(field);
      await this.page.waitForFunction((one) => /** @type {HTMLInputElement} */ (one).files?.length, await field.elementHandle());
    } else {
      await this.go(field);
      await keyboard.press('ControlOrMeta+a');
      await keyboard.type(value);
    }
  }
}

/** The page of somebody, and their keyboard. */
export async function keysOf(principal, face, { viewport, at = server, asked = face, ...how } = {}) {
  const keys = new Keys(await newPage(browser, viewport, how));
  await enrol(keys.page, at, principal, face, asked);
  return keys;
}
