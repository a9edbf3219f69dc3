/**
 * Starts the two Python programs through PyScript: the page's in MicroPython, the worker's in Pyodide. It runs while
 * the page is still being parsed, as runtime.js does, and so uses nothing of it but its head.
 */
import { bases, downloaded, get, publishedBases, short, wanted } from "./runtime.js";
import { PAGE, SHIMS, WORKER } from "./sources.js";
import * as worker from "./worker.js";

const here = new URL(".", document.baseURI);

/**
 * Return where each file comes from and goes to in Python's file system: {URL: path}.
 *
 * @param {string[]} names
 * @param {string} folder
 */
function files(names, folder) {
    return Object.fromEntries(names.map((name) => [new URL(folder + name, here).href, `./${name}`]));
}

/**
 * Return whether there was no database, which PyScript opens at the start and never uses here.
 *
 * @param {unknown} reason
 */
function ofStorage(reason) {
    const names = ["SecurityError", "InvalidStateError", "UnknownError", "QuotaExceededError"];
    const asked = reason instanceof Event && reason.target instanceof IDBRequest;
    return asked || (reason instanceof DOMException && names.includes(reason.name));
}

/** Failures that nothing else reports; those before `report` is replaced are in `early`. */
export const faults = {
    /** @type {unknown[]} */
    early: [],
    /** @param {unknown} reason */
    report(reason) {
        faults.early.push(reason);
    },
};
// PyScript starts its interpreters on promises of its own; where one fails, this is the only sign.
addEventListener("unhandledrejection", (event) => {
    if (ofStorage(event.reason)) event.preventDefault();
    else faults.report(event.reason);
});
addEventListener("error", (event) => {
    if (ofStorage(event.error)) event.preventDefault(); // PyScript passes the refusal on, which no event allows
});

// A published page has all sources of both programs in one file, because a hundred small ones take longer to request
// than to read. The worker unpacks them itself (py/worker/main.py).
const SOURCES = "sources.json";
/** @type {Promise<Record<string, string>> | undefined} */
const packed =
    publishedBases && wanted.then(() => get(new URL(`py/${SOURCES}`, here).href)).then((response) => response.json());

/** Return the sources of the page's program, [name, text] each; none if they come file by file. */
export async function sources() {
    const all = publishedBases ? await packed : {};
    return Object.entries(all).filter(([name]) => PAGE.includes(name));
}

// The page's program imports modules that look up elements of the body.
/** @type {Promise<unknown>} */
const parsed = new Promise((resolve) => {
    if (document.readyState !== "loading") resolve(null);
    else document.addEventListener("readystatechange", resolve, { once: true });
});

/**
 * Import a module, as Python will, and throw an error that names it if it is empty: Python would notice that only where
 * a figure needs something of it.
 *
 * @param {string} url
 */
async function whole(url) {
    if (!Object.keys(await import(url)).length) throw new Error(`${short(url)}: it came empty`);
}

/** @param {import("./runtime.js").Bases} bases */
async function start({ pyodide, micropython, pyscript }) {
    if (globalThis.origin === "null") await import("./sandbox.js");
    // PyScript's extras are not needed, nor is its error banner: boot.js reports failures.
    const plugins = ["!error", "!py-terminal", "!py-editor", "!py-game", "!donkey", "!deprecations-manager"];
    const extras = document.createElement("py-config");
    extras.textContent = JSON.stringify({ plugins });
    document.head.append(extras);
    worker.prepare({
        type: "py",
        worker: "",
        name: "ductus",
        src: new URL("py/worker/main.py", here).href,
        config: JSON.stringify({
            interpreter: new URL(`js-shims/boot/interpreter.js#${encodeURIComponent(pyodide)}`, here).href,
            packages: ["numpy"],
            packages_cache: "passthrough", // straight from the lock file: no package manager to load and run first
            sync_main_only: true,
            files: files(publishedBases ? [SOURCES] : WORKER, "py/"),
            kernel: new URLSearchParams(location.search).get("kernel") ?? "", // for the worker: numpy, simd or relaxed
        }),
    });
    worker.begin();
    const modules = Object.entries(SHIMS).map(([name, path]) => [new URL(`js-shims/${path}`, here).href, name]);
    await parsed;
    worker.addScript({
        type: "mpy",
        src: new URL("py/page/start.py", here).href,
        config: JSON.stringify({
            interpreter: `${micropython}micropython.mjs`,
            plugins,
            files: publishedBases ? {} : files(PAGE, "py/"),
            js_modules: { main: Object.fromEntries(modules) },
        }),
    });
    await Promise.all([import(`${pyscript}core.js`), ...modules.map(([url]) => whole(url))]);
}

const started = wanted.then(() => bases).then(start);
/** Everything that can fail before Python itself runs. */
export const awaited = [downloaded, started, packed];
for (const promise of awaited) promise?.catch(() => {}); // reported where they are awaited
