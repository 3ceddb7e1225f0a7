// Pictures of every face in every posture, at phone, laptop and wall size, in light and dark, in
// English and Spanish, for people to look at; and what a program can see of them: nothing scrolls
// sideways, nothing is cut, no button lies under another.
//
//   LOCKSTEP_SERVER_BIN=… node pictures.mjs FOLDER [size] [language]
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { enrol, newPage, startBrowser, startServer } from './support.mjs';
import { MOMENTS } from './story.mjs';

const [folder, onlySize, onlyLanguage] = process.argv.slice(2);
if (!folder) throw new Error('Say where the pictures go: node pictures.mjs FOLDER');

const SIZES = { phone: { width: 390, height: 844 }, laptop: { width: 1366, height: 768 }, wall: { width: 1920, height: 1080 } };
const LANGUAGES = { en: 'en-US', es: 'es-US' };
const FACES = { classroom: 'device:north-n104', command: 'person:ana.ruiz', officer: 'person:sam.cole', board: 'person:wall' };

/** What is wrong with how a page lies on its screen. */
const faults = (page) => page.evaluate(() => {
  const found = [];
  if (document.documentElement.scrollWidth > innerWidth + 1) found.push(`scrolls sideways: ${document.documentElement.scrollWidth} of ${innerWidth}`);
  const seen = [...document.querySelectorAll('button, a.button, h1, h2, p, li, label, summary, td, th, select')].filter((e) => e.checkVisibility());
  for (const element of seen) {
    const name = `${element.tagName.toLowerCase()} "${(element.textContent ?? '').trim().slice(0, 40)}"`;
    if (element.scrollWidth > element.clientWidth + 2 && element.clientWidth > 0) found.push(`cut: ${name}`);
  }
  for (const element of document.querySelectorAll('button, a.button, select')) {
    const { left, right } = element.getBoundingClientRect();
    if (element.checkVisibility() && (left < -1 || right > innerWidth + 1)) found.push(`off the screen: "${element.textContent}"`);
  }
  const buttons = seen.filter((e) => e.matches('button, a.button')).map((element) => ({ element, box: element.getBoundingClientRect() }));
  for (const { element, box } of buttons) {
    const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
    if (x < 0 || y < 0 || x > innerWidth || y > innerHeight) continue;
    const there = document.elementFromPoint(x, y);
    const inPlace = there && (element.contains(there) || there.contains(element) || there.closest('.thumb, .raise, ls-trust'));
    if (!inPlace) found.push(`covered: "${element.textContent}" by ${there?.tagName.toLowerCase()}.${there?.className}`);
  }
  return [...new Set(found)];
});

const browser = await startBrowser();
let wrong = 0;
for (const [language, locale] of Object.entries(LANGUAGES).filter(([name]) => !onlyLanguage || name === onlyLanguage)) {
  for (const [size, viewport] of Object.entries(SIZES).filter(([name]) => !onlySize || name === onlySize)) {
    const server = await startServer();
    const pages = Object.fromEntries(await Promise.all(Object.entries(FACES).map(async ([face, principal]) => [face,
      await enrol(await newPage(browser, viewport, { locale, hasTouch: size === 'phone' }), server, principal, face, face)])));
    /** @type {Record<string, string[]>} */
    const strips = { light: [], dark: [] };
    for (const [moment, reads, to] of MOMENTS) {
      await to(server);
      const words = reads[language === 'en' ? 0 : 1];
      await Promise.all(Object.entries(pages).map(([face, page]) => (face === 'board'
        ? page.locator('.tile').filter({ hasText: 'North' }).getByText(moment === 'drill' ? words.split(':')[0] : words).first().waitFor()
        : page.locator('ls-posture h1', { hasText: words }).waitFor())));
      for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
        for (const [face, page] of Object.entries(pages)) {
          await page.emulateMedia({ colorScheme });
          await page.evaluate(() => new Promise((then) => requestAnimationFrame(() => requestAnimationFrame(then))));
          const path = join(folder, language, size, `${face}-${moment}-${colorScheme}.png`);
          mkdirSync(join(folder, language, size), { recursive: true });
          writeFileSync(path, await page.screenshot());
          strips[colorScheme]?.push(path);
          if (colorScheme === 'light') {
            // A wall has nobody to scroll it.
            const scrolls = face === 'board' && size === 'wall' && await page.evaluate(() => document.documentElement.scrollHeight > innerHeight + 1);
            for (const fault of [...await faults(page), ...(scrolls ? ['scrolls down'] : [])]) { wrong += 1; console.log(`${language} ${size} ${face} ${moment}: ${fault}`); }
          }
        }
      }
    }
    server.thaw();
    await Promise.all(Object.values(pages).map((page) => page.context().close()));
    await server.end();
    for (const [scheme, paths] of Object.entries(strips)) await sheetOf(paths, size, join(folder, `${language}-${size}-${scheme}.png`));
    console.log(`${language} ${size}: ${Object.values(strips).flat().length} pictures`);
  }
}
await browser.close();
console.log(wrong === 0 ? 'Nothing scrolls sideways, is cut or lies under another.' : `${wrong} faults`);
process.exitCode = wrong === 0 ? 0 : 1;

/** All of one size on one sheet: a row for each posture, a column for each face. */
async function sheetOf(paths, size, to) {
  const width = size === 'phone' ? 300 : 640;
  const page = await (await browser.newContext({ viewport: { width: 4 * (width + 8), height: 800 } })).newPage();
  const images = paths.map((path) => `<img width="${width}" src="data:image/png;base64,${readFileSync(path).toString('base64')}">`).join('');
  await page.setContent(`<body style="margin:0;display:grid;grid-template-columns:repeat(4,${width}px);gap:8px;background:#888">${images}`);
  await page.screenshot({ path: to, fullPage: true });
  await page.context().close();
}
