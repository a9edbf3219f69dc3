/** What the reader sees of loading: what is being fetched, what is going on, what failed and what to do then. */
import { keep } from "./offline.js";
import { coming } from "./runtime.js";

const loading = document.querySelector("#loading");
const text = loading.querySelector("output");
const bar = loading.querySelector("progress");
const aloud = document.querySelector("#loading-said");
const again = loading.querySelector("button");
let failed = false;

// To a screen reader: not oftener than it can be said.
const SAY_EVERY_MS = 1000;
let unsaid = "";
let speaking = 0;

function speak(what) {
    unsaid = what;
    speaking ||= setTimeout(() => {
        speaking = 0;
        if (aloud.textContent !== unsaid) aloud.textContent = unsaid;
    }, SAY_EVERY_MS);
}

function say(what, part) {
    if (failed) return;
    text.value = what;
    speak(what.split(":")[0]); // the bytes are seen, but would be too much to hear
    if (part === undefined) bar.removeAttribute("value");
    else bar.value = part;
}

let between = "Loading"; // what is going on while no bytes are awaited

/** Say what is going on. */
export function stage(what) {
    between = what;
    count();
}

/** Everything is there: nothing more to say. */
export function done() {
    failed = false;
    loading.dataset.state = "done";
    speak("The network is ready.");
    keep();
}

/** Say what failed and what to do; `retry`, if it can be tried again without losing the ink, puts up a button. */
export function fail(what, retry) {
    if (failed) return;
    failed = true;
    text.value = what;
    speak(what);
    loading.dataset.state = "failed";
    again.hidden = !retry;
    again.onclick = () => {
        failed = false;
        again.hidden = true;
        loading.dataset.state = "loading";
        retry();
    };
}

export const RELOAD = "What you have written stays here until you reload the page, which is what to try next.";

function count() {
    const { parts } = coming;
    const missing = parts.filter((part) => !part.whole);
    if (!missing.length) return say(between);
    const done = parts.reduce((sum, part) => sum + part.done, 0);
    const bytes = parts.reduce((sum, part) => sum + Math.max(part.bytes, part.done), 0);
    const names = [...new Set(missing.map((part) => part.name))].join(", ");
    const mega = (count) => (count / 1e6).toFixed(1);
    say(`Loading ${names}: ${mega(done)} of ${mega(bytes)} MB`, bytes ? done / bytes : 0);
}

coming.changed = count;
count();
