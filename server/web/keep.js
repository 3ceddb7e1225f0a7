// Has this page kept on the device, so that it opens without a network (`sw.js`). Only where a
// browser allows it, over https or on the device itself; elsewhere nothing changes.

/** Once what a person needs is there: keeping it must not be in its way. */
const AFTER_MS = 3000;

export function keepThisPage() {
  if (!navigator.serviceWorker) return;
  setTimeout(async () => {
    try {
      await navigator.serviceWorker.register('/sw.js', { updateViaCache: 'none' });
      const { active } = await navigator.serviceWorker.ready;
      const files = performance.getEntriesByType('resource').map(({ name }) => new URL(name)).filter(({ pathname }) => pathname.startsWith('/web/')).map(({ pathname }) => pathname);
      active?.postMessage({ page: location.pathname, files: [...new Set(files)].sort() });
    } catch { /* It opens with a network only, as before. */ }
  }, AFTER_MS);
}
