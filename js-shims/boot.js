/**
 * The start of the page: the pen at once; then Python, when its big files (runtime.js) have been asked for. Python
 * finds here the pens, the network's weights, and the place where loading is shown (loading.js).
 */
import { fail, RELOAD, stage } from "./loading.js";
import { Pen } from "./pen.js";
import { arrived, bases, coming, counted, get } from "./runtime.js";
import * as worker from "./worker.js";

export { done, fail, RELOAD, stage } from "./loading.js";

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

// What the page's program calls by name of what is in JavaScript.
const SHIMS = ["boot", "draw", "fans", "heat", "hills", "keep", "shares", "rows", "save", "sparks", "worker"];

const KERNELS = ["kernel/kernel-relaxed.wasm", "kernel/kernel-simd.wasm"];

const here = new URL(".", document.baseURI);
const query = (selector) => document.querySelector(selector);

export const pen = new Pen(query("#writing .ink"), query("#writing .mark"));
export const beautifyPen = new Pen(query("#beautify .hand"), query("#beautify .mark"));
export const primingPen = new Pen(query("#priming .hand"), query("#priming .mark"));
export const livePen = new Pen(query("#live .ink"), query("#live .mark"));

// --- the network

async function fetchWeights() {
    const file = await counted(new URL(WEIGHTS, here), "the network");
    return new Uint8Array(await file.arrayBuffer());
}

let weightsComing = fetchWeights();
weightsComing.catch(() => {}); // whoever awaits it hears of it

/** The weight file, a Uint8Array. */
export const weights = () => weightsComing;

/** Fetch the weights afresh: the last ones did not come, or were bad. */
export function refetch() {
    coming.parts.length = 0;
    weightsComing = fetchWeights();
    weightsComing.catch(() => {});
}

/** The file of styles, a Uint8Array. */
export const styles = async () => new Uint8Array(await (await get(new URL(STYLES, here), STYLES)).arrayBuffer());

// --- Python

const notLoaded = (error) => fail(`Python did not load: ${error.message}. ${RELOAD}`);

function addScript(attributes) {
    const script = document.createElement("script");
    for (const [name, value] of Object.entries(attributes)) script.setAttribute(name, value);
    document.body.append(script);
}

function files(names, from) {
    return Object.fromEntries(names.map((name) => [new URL(from + name, here).href, `./${name}`]));
}

/** Is it for want of a database, which PyScript opens beforehand and never uses here? */
function ofStorage(reason) {
    const names = ["SecurityError", "InvalidStateError", "UnknownError", "QuotaExceededError"];
    const asked = reason instanceof Event && reason.target instanceof IDBRequest;
    return asked || (reason instanceof DOMException && names.includes(reason.name));
}

async function start() {
    const { pyodide, micropython, pyscript } = await bases;
    stage("Starting Python");
    arrived.catch(notLoaded);
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
            interpreter: `${pyodide}pyodide.mjs`,
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
            interpreter: `${micropython}micropython.mjs`,
            plugins,
            files: files(PAGE, "py/"),
            js_modules: {
                main: Object.fromEntries(SHIMS.map((name) => [new URL(`js-shims/${name}.js`, here).href, name])),
            },
        }),
    });
    // PyScript starts its interpreters on promises of its own; where one fails, this is all that is heard of it.
    addEventListener("unhandledrejection", (event) => {
        const { reason } = event;
        if (ofStorage(reason)) return event.preventDefault();
        if (query("#loading").dataset.state === "loading") fail(`Python did not start: ${reason}. ${RELOAD}`);
    });
    // The page's program runs for as long as the page: if it ends, it has failed.
    addEventListener("mpy:done", () => fail(`The page's program has stopped (the browser's console says why). ${RELOAD}`));
    await import(`${pyscript}core.js`);
}

start().catch(notLoaded);
