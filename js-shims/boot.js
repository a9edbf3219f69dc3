/**
 * The start of the page: the pen at once; then the big files, with their bytes counted; then Python.
 *
 * The runtime (Pyodide, MicroPython, PyScript) lies beside the page, in runtime/, or else comes in the same versions
 * from the CDN: runtime.lock.json says which versions, where, and how many bytes. Python finds here the pen, the
 * network's weights, and the place where loading is shown.
 */
import { keep } from "./offline.js";
import { Pen } from "./pen.js";
import * as worker from "./worker.js";

const WEIGHTS = "weights/ductus-500.jb64.gz";
const STYLES = "weights/styles.json";

// What the two Python programs are made of (a test compares the lists with what they import).
const PAGE = [
    "beautify",
    "cells",
    "columns",
    "components",
    "constants",
    "controls",
    "drawers",
    "example",
    "exports",
    "fan_constants",
    "fan_file",
    "fans",
    "figure",
    "follower",
    "heatmap",
    "kept",
    "incoming",
    "keyboard_pen",
    "life",
    "lines",
    "link",
    "mixtures",
    "live",
    "own_weights",
    "permalink",
    "priming",
    "recognise",
    "saving",
    "sharing",
    "settings",
    "sheet",
    "smallsheet",
    "sorted",
    "spoken",
    "state",
    "stopped",
    "store",
    "styles",
    "tracks",
    "tracks_table",
    "tracks_words",
    "turns",
    "writes",
    "writes_constants",
    "writing",
].map((name) => `page/${name}.py`);
const WORKER = [
    "desk.py",
    "line.py",
    "running.py",
    "session.py",
    ...["__init__", "beautify", "cells", "components", "export", "fans", "files", "lines", "live", "mixtures", "priming", "sorting", "styles", "tracks", "writing"].map((name) => `jobs/${name}.py`),
    ...[
        "__init__",
        "article",
        "beautify",
        "clock",
        "components",
        "ellipses",
        "hand",
        "iamxml",
        "ink",
        "inkfile",
        "inkjson",
        "inkml",
        "inknpz",
        "inktrace",
        "int8text",
        "jb64",
        "kernel",
        "kernel_wasm",
        "layout",
        "lstm",
        "mixture",
        "model",
        "nesting",
        "order",
        "quantise",
        "rows",
        "slices",
        "styles",
        "svg",
        "svgfans",
        "track",
        "tsne",
        "weightfile",
        "weights",
        "xmltree",
    ].map((name) => `ductus/${name}.py`),
];

const KERNELS = ["kernel/kernel-relaxed.wasm", "kernel/kernel-simd.wasm"];

const here = new URL(".", document.baseURI);
const query = (selector) => document.querySelector(selector);

export const pen = new Pen(query("#writing .ink"), query("#writing .mark"));
export const beautifyPen = new Pen(query("#beautify .hand"), query("#beautify .mark"));
export const primingPen = new Pen(query("#priming .hand"), query("#priming .mark"));
export const livePen = new Pen(query("#live .ink"), query("#live .mark"));

// --- what the reader sees of it

const loading = query("#loading");
const text = loading.querySelector("output");
const bar = loading.querySelector("progress");
const aloud = query("#loading-said");
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

const notLoaded = (error) => fail(`Python did not load: ${error.message}. ${RELOAD}`);

// --- fetching, counted

const parts = []; // {name, done, bytes, whole}

function count() {
    const missing = parts.filter((part) => !part.whole);
    if (!missing.length) return say(between);
    const done = parts.reduce((sum, part) => sum + part.done, 0);
    const bytes = parts.reduce((sum, part) => sum + Math.max(part.bytes, part.done), 0);
    const names = [...new Set(missing.map((part) => part.name))].join(", ");
    const mega = (count) => (count / 1e6).toFixed(1);
    say(`Loading ${names}: ${mega(done)} of ${mega(bytes)} MB`, bytes ? done / bytes : 0);
}

/** Fetch, with errors that say in the reader's words what did not come. */
async function get(url, name) {
    const response = await fetch(url).catch(() => {
        throw new Error(`${name}: no answer from the server`);
    });
    if (!response.ok) throw new Error(`${name}: the server answered ${response.status}`);
    return response;
}

/** A response's bytes, counted on the way; `bytes` is how many there will be, if that is known beforehand. */
async function fetched(url, name, bytes = 0) {
    const part = { name, done: 0, bytes, whole: false };
    parts.push(part);
    const response = await get(url, name);
    // The length is that of what was sent: of use only if that was not packed for the way.
    if (!bytes && !response.headers.has("content-encoding")) part.bytes = +response.headers.get("content-length");
    const pieces = [];
    const reader = response.body.getReader();
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
        pieces.push(piece.value);
        part.done += piece.value.length;
        count();
    }
    part.whole = true;
    count();
    return pieces;
}

async function json(path) {
    return (await get(new URL(path, here), path)).json();
}

async function fetchWeights() {
    const pieces = await fetched(new URL(WEIGHTS, here), "the network");
    return new Uint8Array(await new Blob(pieces).arrayBuffer());
}

let weightsComing = fetchWeights();
weightsComing.catch(() => {}); // whoever awaits it hears of it

/** The weight file, a Uint8Array. */
export const weights = () => weightsComing;

/** Fetch the weights afresh: the last ones did not come, or were bad. */
export function refetch() {
    parts.length = 0;
    weightsComing = fetchWeights();
    weightsComing.catch(() => {});
}

/** The file of styles, a Uint8Array. */
export const styles = async () => new Uint8Array(await (await get(new URL(STYLES, here), STYLES)).arrayBuffer());

// --- Python

/**
 * Which versions of the runtime lie beside the page, or null. Where the repository alone was published, none do, and
 * asking would only make the browser complain; but on one's own machine they may.
 */
async function beside() {
    const repository = query('meta[name="site"]').content === "repository";
    if (repository && !["localhost", "127.0.0.1", "[::1]"].includes(location.hostname)) return null;
    return json("runtime/runtime.json").catch(() => null);
}

/** The folder of each part of the runtime, a URL that ends in a slash. */
async function runtime() {
    const [lock, local] = await Promise.all([json("runtime.lock.json"), beside()]);
    const names = Object.keys(lock.parts);
    const whole = local && names.every((name) => local[name] === lock.parts[name].version);
    const bases = {};
    for (const name of names) {
        const { version, cdn } = lock.parts[name];
        bases[name] = whole ? new URL(`runtime/${name}-${version}/`, here).href : cdn;
    }
    return { lock, bases };
}

/** Ask for Pyodide's big files now, so that they come side by side and their bytes can be counted. */
function warm(lock, base) {
    const wanted = { "pyodide.asm.wasm": "Python", "pyodide.asm.js": "Python", "python_stdlib.zip": "Python" };
    for (const { path, bytes } of lock.parts.pyodide.files) {
        const name = wanted[path] ?? (path.startsWith("numpy-") ? "numpy" : null);
        if (name) fetched(base + path, name, bytes).catch(notLoaded);
    }
    stage("Starting Python");
}

function addScript(attributes) {
    const script = document.createElement("script");
    for (const [name, value] of Object.entries(attributes)) script.setAttribute(name, value);
    document.body.append(script);
}

function files(names, from) {
    return Object.fromEntries(names.map((name) => [new URL(from + name, here).href, `./${name}`]));
}

async function start() {
    const { lock, bases } = await runtime();
    warm(lock, bases.pyodide);
    // PyScript's own extras are not wanted; its error banner is not either, for failures are shown above.
    const plugins = ["!error", "!py-terminal", "!py-editor", "!py-game", "!donkey", "!deprecations-manager"];
    const extras = document.createElement("py-config");
    extras.hidden = true;
    extras.textContent = JSON.stringify({ plugins });
    document.body.append(extras);
    worker.prepare({
        type: "py",
        worker: "",
        name: "ductus",
        src: new URL("py/worker.py", here).href,
        config: JSON.stringify({
            interpreter: `${bases.pyodide}pyodide.mjs`,
            packages: ["numpy"],
            packages_cache: "passthrough", // straight from the lock file: no package manager to load and run first
            sync_main_only: true,
            files: { ...files(WORKER, "py/"), ...files(KERNELS, "js-shims/") },
            kernel: new URLSearchParams(location.search).get("kernel") ?? "", // for the worker: numpy, simd or relaxed
        }),
    });
    worker.begin();
    addScript({
        type: "mpy",
        src: new URL("py/page/main.py", here).href,
        config: JSON.stringify({
            interpreter: `${bases.micropython}micropython.mjs`,
            plugins,
            files: files(PAGE, "py/"),
            js_modules: {
                main: {
                    [new URL("js-shims/boot.js", here).href]: "boot",
                    [new URL("js-shims/draw.js", here).href]: "draw",
                    [new URL("js-shims/fans.js", here).href]: "fans",
                    [new URL("js-shims/heat.js", here).href]: "heat",
                    [new URL("js-shims/hills.js", here).href]: "hills",
                    [new URL("js-shims/keep.js", here).href]: "keep",
                    [new URL("js-shims/shares.js", here).href]: "shares",
                    [new URL("js-shims/rows.js", here).href]: "rows",
                    [new URL("js-shims/save.js", here).href]: "save",
                    [new URL("js-shims/sparks.js", here).href]: "sparks",
                    [new URL("js-shims/worker.js", here).href]: "worker",
                },
            },
        }),
    });
    // PyScript starts its interpreters on promises of its own; where one fails, this is all that is heard of it.
    addEventListener("unhandledrejection", ({ reason }) => {
        if (loading.dataset.state === "loading") fail(`Python did not start: ${reason}. ${RELOAD}`);
    });
    // The page's program runs for as long as the page: if it ends, it has failed.
    addEventListener("mpy:done", () => fail(`The page's program has stopped (the browser's console says why). ${RELOAD}`));
    await import(`${bases.pyscript}core.js`);
}

start().catch(notLoaded);
