// The pages in Spanish: every face through what it may have to say, a refusal, what stays English
// because the server says it so, and the way from one language to the other. What the tables say
// is looked at without a browser, in `words.test.mjs`.
//
// `mutants.mjs` plants a bug in the pages for each of these and sees it fail.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PIN, backToNormal, browser, button, call, close, command, complaints, headline, newPage, open, reads, serve, server, sheet, stage } from './support.mjs';

const NORTH = 'north-high';
const locale = 'es-US';
const PHONE = { width: 360, height: 740 };

stage();

/** All that a page says in its own language: neither what is marked as English nor what a school wrote. */
const words = (page) => page.evaluate(() => {
  const said = [document.title];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement;
    if (parent?.checkVisibility() && !parent.closest('[lang=en], noscript, ls-timeline')) said.push(node.textContent ?? '');
  }
  for (const one of document.querySelectorAll('[aria-label]')) said.push(one.getAttribute('aria-label') ?? '');
  return said.join('\n');
});

/** English words of a posture, of a drill, of distrust, of a button: none of them on a page in Spanish. */
const ENGLISH = /lock-?down|all clear|controlled movement|\bdrill\b|lifted|unknown|not connected|rely on|threat|\bseen\b|need help|secured|campus|(?<!locker )\brooms?\b(?! \d)|\bsince\b|\bthe\b|\byou\b|\bnot\b/i;

async function inSpanish(page, name) {
  assert.equal(await page.evaluate(() => document.documentElement.lang), 'es');
  const said = await words(page);
  assert.doesNotMatch(said, ENGLISH, name);
  return said;
}

/** Nothing is wider than its screen, and no button's words are cut. */
async function fits(page, name) {
  const wide = await page.evaluate(() => [document.documentElement, ...document.querySelectorAll('button, .word, .place, .top, .who')]
    .filter((one) => one.checkVisibility() && one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0)
    .map((one) => `${one.tagName} ${one.id} ${one.textContent?.slice(0, 40)}: ${one.scrollWidth} in ${one.clientWidth}`));
  assert.deepEqual(wide, [], name);
}

test('each face says all of it in Spanish: normal, lock-down, a drill, and each of them stale (R2, D1)', async (t) => {
  t.after(() => server.thaw());
  const [room, joy, ana, sam, wall] = await Promise.all([open('device:north-n101', 'classroom', { locale }), open('person:joy.adams', 'classroom', { locale, viewport: PHONE }),
    open('person:ana.ruiz', 'command', { locale }), open('person:sam.cole', 'command', { locale, viewport: PHONE }), open('person:wall', 'board', { locale })]);
  const tile = wall.locator('.tile', { hasText: 'North High School' });
  const all = async (posture, stale) => {
    await Promise.all([room, joy, ana, sam].map((page) => reads(page, posture)));
    await tile.locator('.word').getByText(posture).waitFor();
    for (const [name, page] of Object.entries({ room, joy, ana, sam, wall })) {
      await inSpanish(page, `${name}: ${posture}`);
      await fits(page, `${name}: ${posture}`);
    }
    server.freeze();
    await Promise.all([room, joy, ana, sam].map((page) => page.locator('ls-trust').getByText(/Sin conexión \(desde la?s? ?.*\)\. No confíe en esta pantalla\./).waitFor()));
    // Each campus has pulses of its own.
    await wall.locator('.tile', { hasText: 'No confíe en esta pantalla.' }).nth(2).waitFor();
    for (const [name, page] of Object.entries({ room, joy, ana, sam, wall })) {
      const said = await inSpanish(page, `${name}: ${posture}, stale`);
      if (page !== wall) assert.equal(await headline(page), stale);
      assert.doesNotMatch(said.replace(/vuelta a lo normal/, ''), /\bnormal\b|todo despejado\./i, name);
      await fits(page, `${name}: ${posture}, stale`);
    }
    server.thaw();
    await Promise.all([room, joy, ana, sam, wall].map((page) => page.locator('ls-trust').waitFor({ state: 'hidden' })));
  };
  await all('Normal', 'Se desconoce \u2013 sin conexión');

  await command(server, 'person:ana.ruiz', NORTH, { name: 'start_drill', kind: 'lock_down' }, PIN);
  for (const page of [room, joy, ana, sam]) await page.locator('ls-drill').getByText('SIMULACRO. No hay nada real abierto.').waitFor();
  await all('SIMULACRO: cierre de emergencia', 'Se desconoce \u2013 sin conexión');
  assert.equal(await button(room, 'Pedimos ayuda REAL (termina el simulacro)').isVisible(), true);

  await command(server, 'person:ana.ruiz', NORTH, { name: 'call_lock_down', place: 'Gym' });
  for (const page of [room, joy, ana, sam]) {
    await page.locator('ls-drill').getByText('El simulacro terminó. Esto es real.').waitFor();
    // The campus's own words for the radio are English: the page says its own.
    assert.equal(await page.locator('ls-posture .instruction').textContent(), 'Cierre con llave. Apague las luces. Fuera de la vista. En silencio.');
  }
  await button(room, 'Lo hemos visto').click();
  await room.getByRole('button', { name: /^Visto a las? / }).waitFor();
  await button(room, 'Pedimos ayuda').click();
  await room.getByText('Su pedido de ayuda llegó.').waitFor();
  await ana.locator('.matter.plea').getByText('Room 101 pide ayuda').waitFor();
  await tile.getByText('1 salón pide ayuda').waitFor();
  await ana.locator('.duty.call_911').getByText('Llame al 911 y deje la línea abierta').waitFor();
  await all('Cierre de emergencia', 'Cierre de emergencia');

  // What the server says in English is marked so, for whoever has it read out.
  for (const english of [ana.locator('.duty.call_911 .say'), ana.locator('ls-timeline li span').first()]) {
    assert.equal(await english.getAttribute('lang'), 'en');
    assert.notEqual(await english.textContent(), '');
  }
  // What to do if the fire alarm sounds the district wrote in both (L6).
  for (const fire of [ana.locator('#fire'), room.locator('#fire')]) {
    assert.equal(await fire.getAttribute('lang'), 'es');
    assert.match(await fire.textContent() ?? '', /alarma de incendio/);
  }
  await close(room, joy, ana, sam, wall);
  await backToNormal(server, NORTH);
});

test('a refusal is said in Spanish, with what the server added', async () => {
  await command(server, 'person:ana.ruiz', NORTH, { name: 'call_lock_down' });
  const { fact: threat } = await command(server, 'person:joy.adams', NORTH, { name: 'report_threat', reason: 'Ruido' });
  const sam = await open('person:sam.cole', 'command', { locale });
  await reads(sam, 'Cierre de emergencia');
  await sam.locator('.matter.threat').getByText('Amenaza inmediata').waitFor();
  await sheet(sam, 'Dé el todo despejado\u2026', { override_reason: 'A mano', pin: '0000' });
  await sam.locator('dialog .refused').getByText('Ese PIN o esa llave de acceso no es correcto. Intente otra vez.').waitFor();
  assert.doesNotMatch(await sam.locator('dialog').innerText(), /PIN is not right/);
  await sam.locator('dialog [name=pin]').fill(PIN);
  await sam.locator('dialog button[type=submit]').click();
  await reads(sam, 'Todo despejado');
  // Nothing calm while a threat is being checked (A2).
  assert.equal(await sam.locator('ls-posture .instruction').textContent(), 'Quédese donde está y siga escuchando.');
  await command(server, 'person:ana.ruiz', NORTH, { name: 'answer_threat', threat, reason: 'Revisado' });
  await sam.locator('ls-posture .instruction').getByText('Un oficial dio el todo despejado. Escuche qué hacer ahora.').waitFor();
  await sam.locator('ls-posture .marks').getByText('RECORRIDO INCOMPLETO').waitFor();
  await sam.locator('ls-release').getByText('Diga por radio:').waitFor();
  assert.equal(await sam.locator('ls-release .radio span').first().getAttribute('lang'), 'en');
  await inSpanish(sam, 'all clear');
  await backToNormal(server, NORTH);

  // Over HTTP as well, and by the door.
  const dana = await open('person:dana.lind', 'command', { locale });
  await dana.getByRole('link', { name: 'Política' }).click();
  await dana.getByLabel('Segundos hasta que una amenaza').fill('9999');
  await dana.getByLabel('Su PIN').fill(PIN);
  await inSpanish(dana, 'policy');
  await button(dana, 'Cambie la política de todo el distrito').click();
  await dana.getByRole('alert').getByText('El mensaje no se pudo entender. immediate_threat_locks_after_s must be').waitFor();
  await dana.goto(`${server.url}/officers?face=command#${NORTH}`);
  await dana.getByRole('heading', { name: 'Una persona hace el código' }).waitFor();
  await inSpanish(dana, 'officers');
  await dana.goto(`${server.url}/people?face=command#${NORTH}`);
  await dana.locator('#people button.entry', { hasText: 'Joy Adams' }).click();
  await dana.locator('dialog .sign-ins li').first().waitFor();
  await inSpanish(dana, 'people');
  const stranger = await newPage(browser, PHONE, { locale });
  await stranger.goto(`${server.url}/enrol#NOTAC-ODEAT`);
  await button(stranger, 'Inicie sesión').click();
  await stranger.getByRole('alert').getByText('Ese código de inscripción no se conoce').waitFor();
  await inSpanish(stranger, 'enrol');
  await close(sam, dana, stranger);
});

test('a school lift never reads "todo despejado" (S4)', async () => {
  await command(server, 'person:ana.ruiz', NORTH, { name: 'call_lock_down' });
  const [tom, room] = await Promise.all([open('person:tom.becker', 'command', { locale }), open('device:north-n102', 'classroom', { locale })]);
  await reads(room, 'Cierre de emergencia');
  const { cards, position: seen } = await call(server, 'person:ana.ruiz', `/v1/campuses/${NORTH}`);
  const lifts = cards.filter(({ card }) => card === 'raise').map(({ id }) => id);
  await command(server, 'person:ana.ruiz', NORTH, { name: 'propose_lift', statement: 'Respondo por ello', lifts, seen }, PIN);
  await sheet(tom, 'Confirme el levantamiento escolar\u2026', { pin: PIN });
  await reads(room, 'Levantado por la administración escolar');
  assert.equal(await room.locator('.caveat').textContent(), 'Esto no es un todo despejado de la policía.');
  assert.doesNotMatch((await words(room)).replaceAll('Esto no es un todo despejado de la policía.', ''), /todo despejado/i);
  await fits(room, 'lifted');
  await close(tom, room);
  await backToNormal(server, NORTH);
});

test('the other language is one press away on every page, stays chosen, and takes nothing with it', async () => {
  const page = await open('person:ana.ruiz', 'command');
  await reads(page, 'Normal');
  const other = page.locator('#language');
  for (const path of ['/command', '/policy?face=command', '/officers?face=command', '/people?face=command', '/passkeys?face=command', '/board', '/classroom', '/enrol', '/']) {
    await page.goto(server.url + path);
    await button(page, 'Espa\u00f1ol').waitFor();
    assert.equal(await other.getAttribute('lang'), 'es');
    await other.click();
    await button(page, 'English').waitFor();
    assert.equal(await other.getAttribute('lang'), 'en');
    await inSpanish(page, path);
    await page.reload();
    await button(page, 'English').click();
    await button(page, 'Espa\u00f1ol').waitFor();
    assert.equal(await page.evaluate(() => document.documentElement.lang), 'en');
  }
  // A code that is typed or came with the link outlives the change, and stays out of the address.
  await page.goto(`${server.url}/enrol#ABCDE-23456`);
  await page.locator('#language').click();
  await button(page, 'English').waitFor();
  assert.equal(await page.locator('#code').inputValue(), 'ABCDE-23456');
  assert.ok(!page.url().includes('ABCDE'));
  // Chosen is chosen: also on another page, and whatever the browser prefers.
  await page.goto(`${server.url}/command`);
  await button(page, 'Ordene cierre de emergencia').waitFor();
  await close(page);
});

test('a page is not given up for another language while no server answers', async () => {
  const [page, data, { host }] = [await open('device:north-n103', 'classroom'), server.data, new URL(server.url)];
  await command(server, 'person:ana.ruiz', NORTH, { name: 'call_lock_down' });
  await reads(page, 'Lock-down');
  // In lock-down it is as dim as what stands beside it.
  const [colour, beside] = await page.evaluate(() => ['#language', '#room'].map((one) => getComputedStyle(/** @type {Element} */ (document.querySelector(one))).color));
  assert.equal(colour, beside);
  await page.evaluate(() => { window.same = true; });
  await server.kill();
  const [lost] = await Promise.all([page.waitForEvent('requestfailed', (request) => new URL(request.url()).pathname === '/classroom'), page.locator('#language').click()]);
  assert.equal(lost.isNavigationRequest(), false);
  await page.getByText('Not connected since').waitFor();
  assert.equal(await page.evaluate(() => window.same), true);
  assert.equal(await headline(page), 'Lock-down');
  await serve({ data, listen: host });
  await page.locator('ls-trust').waitFor({ state: 'hidden' });
  await page.reload();
  await reads(page, 'Cierre de emergencia');
  await close(page);
});

test('no page broke the policy, asked elsewhere or threw', () => {
  assert.deepEqual(complaints, []);
});
