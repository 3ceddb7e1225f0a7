// Keeps the pages that were opened on this device, so that they open where there is no network:
// as "unknown, not connected", never as calm. It keeps what pages are made of and nothing else; no
// answer of the server is ever kept, and where the network answers in time that counts.
//
// What a page is made of stands under the name of its build, so a kept page and its kept scripts
// are always of one release.

const KEPT = 'lockstep/';
/** Nobody waits longer than this for a page that is there. */
const PATIENCE_MS = 2000;

const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));

worker.addEventListener('install', () => { worker.skipWaiting(); });
worker.addEventListener('activate', (event) => { event.waitUntil(worker.clients.claim()); });
worker.addEventListener('message', (event) => { event.waitUntil(keep(event.data)); });

/** A page says what it is made of, once it is there. @param {{page: string, files: string[]}} what */
async function keep({ page, files }) {
  const kept = [KEPT + page, ...files].join(' ');
  if (!await caches.has(kept) && !await keepAll(kept, page, files)) return;
  for (const name of await caches.keys()) if (name.startsWith(`${KEPT}${page} `) && name !== kept) await caches.delete(name);
}

/** Half a page is none, and neither is one whose server has been replaced since its scripts came.
 * @param {string} kept @param {string} page @param {string[]} files */
async function keepAll(kept, page, files) {
  const cache = await caches.open(kept);
  try {
    await cache.addAll([page, ...files]);
    const html = await (await cache.match(page))?.text();
    const own = files.filter((file) => /\.js$/.test(file) && html?.includes(file));
    if (own.length > 0) return true;
  } catch { /* The network went away: what was kept before still is. */ }
  await caches.delete(kept);
  return false;
}

worker.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== location.origin) return;
  // A page is asked for by its path: what stands behind it (which face, which code) is the page's own.
  if (request.mode === 'navigate') event.respondWith(soon(request, url.pathname));
  else if (/^\/web\/[0-9a-f]{16}\//.test(url.pathname)) event.respondWith(caches.match(request).then((held) => held ?? fetch(request)));
});

/** What the network says, or what is kept where it says nothing in time. @param {Request} request @param {string} page */
async function soon(request, page) {
  const asked = fetch(request);
  const held = await caches.match(page);
  if (!held) return asked;
  const late = new Promise((then) => { setTimeout(then, PATIENCE_MS); });
  return Promise.race([asked.catch(() => held), late.then(() => held)]);
}
