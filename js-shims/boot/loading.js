/** What the user sees of loading: what is being downloaded, what is going on. What fails is shown by guard.js. */
import { registerServiceWorker } from "./offline.js";
import { downloads } from "./runtime.js";

const loading = /** @type {HTMLElement} */ (document.querySelector("#loading"));
const text = loading.querySelector("output");
const bar = loading.querySelector("progress");
const announcement = document.querySelector("#loading-status");

/** guard.js; where that one file is missing, the page works without it. */
const guarded =
    typeof guard !== "undefined"
        ? guard
        : {
              progress() {},
              started() {},
              done() {
                  loading.dataset.state = "done";
              },
              /** @param {string} what */
              fail(what) {
                  loading.dataset.state = "failed";
                  text.value = what;
              },
              RELOAD: "Reload the page to try again.",
          };
loading.querySelector(".hint")?.remove();

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
    if (loading.dataset.state === "failed") return;
    guarded.progress();
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
    guarded.done();
    announce("The network is ready.");
    registerServiceWorker();
}

export const { fail, RELOAD, started } = guarded;

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
