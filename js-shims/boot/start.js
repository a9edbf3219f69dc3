/**
 * Starts the two Python programs through PyScript: the page's in MicroPython, the worker's in Pyodide. It runs while
 * the page is still being parsed, as runtime.js does, and so touches nothing of it but its head.
 */
import { arrived, bases, get, places } from "./runtime.js";
import { PAGE, SHIMS, WORKER } from "./sources.js";
import * as worker from "./worker.js";

const KERNELS = ["kernel/kernel-relaxed.wasm", "kernel/kernel-simd.wasm"];

const here = new URL(".", document.baseURI);

function addScript(attributes) {
    const script = document.createElement("script");
    for (const [name, value] of Object.entries(attributes)) script.setAttribute(name, value);
    document.head.append(script);
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

/** What nobody else hears of; `tell` is for whoever says it, and has to look first at what came before. */
export const faults = {
    early: [],
    tell(reason) {
        faults.early.push(reason);
    },
};
// PyScript starts its interpreters on promises of its own; where one fails, this is all that is heard of it.
addEventListener("unhandledrejection", (event) => {
    if (ofStorage(event.reason)) event.preventDefault();
    else faults.tell(event.reason);
});

// A published page has all sources of both programs in one file, since a hundred small ones take longer to ask for
// than to read. The worker lays them out itself (py/worker/main.py).
const SOURCES = "sources.json";
const packed = places && get(new URL(`py/${SOURCES}`, here), "the program").then((response) => response.json());

/** The sources of the page's program, [name, text] each; none if they come file by file. */
export async function sources() {
    const all = places ? await packed : {};
    return Object.entries(all).filter(([name]) => PAGE.includes(name));
}

async function start({ pyodide, micropython, pyscript }) {
    // PyScript's own extras are not wanted; its error banner is not either, for failures are shown above.
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
            interpreter: `${pyodide}pyodide.mjs`,
            packages: ["numpy"],
            packages_cache: "passthrough", // straight from the lock file: no package manager to load and run first
            sync_main_only: true,
            files: { ...files(places ? [SOURCES] : WORKER, "py/"), ...files(KERNELS, "js-shims/") },
            kernel: new URLSearchParams(location.search).get("kernel") ?? "", // for the worker: numpy, simd or relaxed
        }),
    });
    worker.begin();
    addScript({
        type: "mpy",
        src: new URL("py/page/start.py", here).href,
        config: JSON.stringify({
            interpreter: `${micropython}micropython.mjs`,
            plugins,
            files: places ? {} : files(PAGE, "py/"),
            js_modules: {
                main: Object.fromEntries(Object.entries(SHIMS).map(([name, path]) => [new URL(`js-shims/${path}`, here).href, name])),
            },
        }),
    });
    await import(`${pyscript}core.js`);
}

const started = places ? start(places) : bases.then(start);
/** Whatever could fail before Python itself runs: promises. */
export const awaited = [arrived, started, packed];
for (const promise of awaited) promise?.catch(() => {}); // whoever awaits them hears of it
