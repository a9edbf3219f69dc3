/**
 * What helps when files are damaged: verify what this browser has kept, or load everything again.
 *
 * It is loaded when a failure is shown. It imports nothing and needs nothing of the page but a button, so that it works
 * where other modules do not. The reader's ink and settings are in a database, which it never touches.
 */
const LANES = 6;
const FILE_MS = 60_000; // for a file to come
const VERIFY_MS = 30_000;
const MAX_FILES = 2000;
const MENDED = "A damaged copy in this browser was replaced.";
const AWAY = "The server does not answer. Nothing was changed.";

const site = new URL(".", document.baseURI).href;

/** @returns {ServiceWorkerContainer | undefined} */
function findContainer() {
    try {
        return navigator.serviceWorker;
    } catch {
        return undefined; // a frame without an origin of its own
    }
}

/**
 * Verify the files that this browser has kept, and replace the damaged ones. Return which were replaced and which could
 * not be.
 *
 * @returns {Promise<{mended: string[], lost: string[]}>}
 */
export function verify() {
    const nothing = { mended: /** @type {string[]} */ ([]), lost: /** @type {string[]} */ ([]) };
    const controller = findContainer()?.controller;
    if (!controller) return Promise.resolve(nothing);
    const { port1, port2 } = new MessageChannel();
    return new Promise((resolve) => {
        setTimeout(resolve, VERIFY_MS, nothing);
        port1.onmessage = ({ data }) => resolve(data);
        controller.postMessage("verify", [port2]);
    });
}

/**
 * Return the content of a file from the server, whatever browser or service worker have kept; null if it has none.
 *
 * @param {string} url
 */
async function fresh(url) {
    const headers = { "x-load-again": "1" }; // tells sw.js to stay out of it
    const response = await fetch(url, { cache: "reload", headers, signal: AbortSignal.timeout(FILE_MS) });
    return response.ok ? response.blob() : null;
}

/** Return the URLs of all files of the site, as far as they are known. Throws if the server does not answer. */
async function everything() {
    const list = await fresh(`${site}SHA256SUMS`); // in every built site
    const lines = (await list?.text())?.split("\n").filter((line) => /^[0-9a-f]{64} {2}\S/.test(line)) ?? [];
    const listed = lines.map(
        (line) => new URL(line.slice(66).split("/").map(encodeURIComponent).join("/"), site).href,
    );
    const loaded = performance.getEntriesByType("resource").map(({ name }) => name);
    const page = new URL(location.href);
    page.hash = "";
    const all = [page.href, site, ...listed, ...loaded].filter((url) => url.startsWith(site));
    return [...new Set(all)].slice(0, MAX_FILES);
}

/** Drop the copy of the site in this browser's cache storage, so that the next load comes from the network. */
async function forget() {
    await globalThis.caches?.delete(`ductus ${site}`);
    const registration = await findContainer()?.getRegistration();
    if (registration?.scope === site) await registration.unregister();
}

/**
 * Load every file of the site again, then the page. If the server does not answer, nothing changes.
 *
 * @param {(what: string) => void} say
 */
export async function loadEverythingAgain(say) {
    say("Loading everything again");
    try {
        const rest = await everything();
        const { length } = rest;
        const lane = async () => {
            for (let url = rest.pop(); url; url = rest.pop()) {
                await fresh(url);
                say(`Loading everything again: ${length - rest.length} of ${length}`);
            }
        };
        await Promise.all(Array.from({ length: LANES }, lane));
    } catch {
        return say(AWAY);
    }
    await forget().catch(() => {}); // storage is denied: then there is no copy
    location.reload();
}

/**
 * Return the place beside a button that says what it does.
 *
 * @param {Element} parent
 */
const statusIn = (parent) => parent.querySelector("[data-load-again-status]");

/** @type {NodeListOf<HTMLButtonElement>} */
const buttons = document.querySelectorAll("[data-load-again]");
for (const button of buttons) button.hidden = false; // they do something now

addEventListener("click", ({ target }) => {
    const found = target instanceof Element && target.closest("[data-load-again]");
    const button = /** @type {HTMLButtonElement} */ (found);
    if (!button || button.ariaDisabled === "true") return;
    button.ariaDisabled = "true"; // and not disabled, which would lose the focus
    loadEverythingAgain((what) => {
        statusIn(button.parentElement).textContent = what;
        if (what === AWAY) button.ariaDisabled = null;
    });
});

// A failure may be due to damaged files: they are verified as soon as it is shown.
/** @type {[string, (element: HTMLElement) => boolean][]} where failures are shown, and when */
const FAILURES = [
    ["#loading", (element) => element.dataset.state === "failed"],
    ["#crash-notice", (element) => !element.hidden],
];
for (const [place, shown] of FAILURES) {
    const element = /** @type {HTMLElement} */ (document.querySelector(place));
    if (!element) continue;
    let before = false;
    const look = async () => {
        const now = shown(element);
        if (now === before) return;
        before = now;
        if (!now) return statusIn(element).replaceChildren();
        if ((await verify()).mended.length) statusIn(element).textContent = MENDED;
    };
    new MutationObserver(look).observe(element, { attributeFilter: ["data-state", "hidden"] });
    look();
}
