/** What the user sees of loading: what is being downloaded, what is going on, what failed and what to do then. */
import { registerServiceWorker } from "./offline.js";
import { downloads } from "./runtime.js";

const loading = /** @type {HTMLElement} */ (document.querySelector("#loading"));
const text = loading.querySelector("output");
const bar = loading.querySelector("progress");
const announcement = document.querySelector("#loading-status");
const again = loading.querySelector("button");
let failed = false;

const ANNOUNCE_EVERY_MS = 1000; // to a screen reader: not faster than it can speak
let latest = "";
let announcing = false;

/** @param {string} what */
function announce(what) {
    latest = what;
    if (announcing) return;
    announcing = true;
    setTimeout(() => {
        announcing = false;
        if (announcement.textContent !== latest) announcement.textContent = latest;
    }, ANNOUNCE_EVERY_MS);
}

/**
 * @param {string} what
 * @param {number} [part] how much of it is done, 0 to 1, if that is known
 */
function show(what, part) {
    if (failed) return;
    text.value = what;
    announce(what.split(":")[0]); // without the bytes, which would be too much to hear
    if (part === undefined) bar.removeAttribute("value");
    else bar.value = part;
}

let current = "Loading"; // what is going on while no bytes are awaited

/**
 * Show what is going on.
 *
 * @param {string} what
 */
export function stage(what) {
    current = what;
    showDownloads();
}

/** Hide everything: the network is ready. */
export function done() {
    failed = false;
    loading.dataset.state = "done";
    announce("The network is ready.");
    registerServiceWorker();
}

/**
 * Show what failed and what to do; with `retry`, also a button that tries it again without losing the ink.
 *
 * @param {string} what
 * @param {() => void} [retry]
 */
export function fail(what, retry) {
    if (failed) return;
    failed = true;
    text.value = what;
    announce(what);
    loading.dataset.state = "failed";
    again.hidden = !retry;
    again.onclick = () => {
        failed = false;
        again.hidden = true;
        loading.dataset.state = "loading";
        retry();
    };
}

export const RELOAD = "Reload the page to try again; your ink stays here until then.";

function showDownloads() {
    const { parts } = downloads;
    const missing = parts.filter((part) => !part.whole);
    if (!missing.length) return show(current);
    const done = parts.reduce((sum, part) => sum + part.done, 0);
    const bytes = parts.reduce((sum, part) => sum + Math.max(part.bytes, part.done), 0);
    const names = [...new Set(missing.map((part) => part.name))].join(", ");
    /** @param {number} count */
    const mega = (count) => (count / 1e6).toFixed(1);
    show(`Loading ${names}: ${mega(done)} of ${mega(bytes)} MB`, bytes ? done / bytes : 0);
}

downloads.changed = showDownloads;
showDownloads();
