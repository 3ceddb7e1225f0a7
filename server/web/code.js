// The code in an enrolment link's fragment: taken out of the address before anything else on its page
// runs, and so before its words are there, so that it stays in no history. A fragment never leaves
// the browser, so no log and no proxy ever reads a code.

/** What stands in the fragment, and no longer does. */
export function takeCode() {
  let fragment = location.hash.slice(1);
  try { fragment = decodeURIComponent(fragment); } catch { /* Not encoded: as it stands. */ }
  if (fragment) history.replaceState(null, '', location.pathname + location.search);
  return fragment;
}

export const linked = takeCode();

/** Puts it back, for a page that is loaded anew at once. @param {string} code */
export const leaveCode = (code) => history.replaceState(null, '', `${location.pathname}${location.search}#${encodeURIComponent(code)}`);
