/**
 * Pyodide as PyScript's interpreter in the worker, made to start on hosts and in browsers where it would not by itself,
 * and to fail in words. PyScript imports this module instead of Pyodide's own, whose folder is this address's fragment.
 */
const folder = decodeURIComponent(new URL(import.meta.url).hash.slice(1));
const KERNELS = ["kernel-relaxed.wasm", "kernel-simd.wasm"];

/** @type {(error: Error) => void} */
let fail;
/** Rejected when something failed that Pyodide would wait for without an end. @type {Promise<never>} */
const failed = new Promise((_, reject) => {
    fail = reject;
});
failed.catch(() => {}); // reported with the start

// --- WebAssembly of any type: a host may call it application/octet-stream, or nothing at all

const instantiateStreaming = WebAssembly.instantiateStreaming;

/**
 * Compile and instantiate what a server sends: while it comes, if the server names the right type for it.
 *
 * @param {Response | PromiseLike<Response>} source
 * @param {WebAssembly.Imports} imports
 */
WebAssembly.instantiateStreaming = async (source, imports) => {
    const response = await source;
    try {
        if (!response.ok) throw new Error(`the server answered ${response.status}`);
        if (instantiateStreaming && response.headers.get("content-type") === "application/wasm")
            return await instantiateStreaming.call(WebAssembly, response, imports);
        return await WebAssembly.instantiate(await response.arrayBuffer(), imports);
    } catch (error) {
        const named = new Error(`${new URL(response.url).pathname}: ${/** @type {Error} */ (error).message}`);
        fail(named);
        throw named;
    }
};

// --- a database that keeps nothing: PyScript opens one at the start, never uses it, and stumbles where it is refused

/** @param {unknown} [result] */
function answer(result) {
    /** @type {{result: unknown, onsuccess?: (event: {target: unknown}) => void}} */
    const request = { result };
    queueMicrotask(() => request.onsuccess?.({ target: request }));
    return request;
}

const store = { getAllKeys: () => answer([]), get: () => answer(), put: () => answer(), clear: () => answer() };
const database = { transaction: () => ({ objectStore: () => store }), close: () => {} };
Object.defineProperty(globalThis, "indexedDB", { value: { open: () => answer(database) } });

// --- the kernels, which worker/kernels.py takes; requested here, because Python is not there for seconds

/**
 * Return a file's bytes, or a sentence that says why it did not come.
 *
 * @param {string} name
 * @returns {Promise<Uint8Array | string>}
 */
async function kernel(name) {
    try {
        const response = await fetch(new URL(`../kernel/${name}`, import.meta.url));
        if (!response.ok) return `${name}: the server answered ${response.status}`;
        return new Uint8Array(await response.arrayBuffer());
    } catch {
        return `${name} did not come from the server`;
    }
}

const poolWorker = new URL("../kernel/pool_worker.js", import.meta.url).href;
/** Promises of the kernels, by their names, and the address of the pool's workers: this one has only a blob's. */
Object.assign(globalThis, { kernels: Object.fromEntries(KERNELS.map((name) => [name, kernel(name)])), poolWorker });
// A sandboxed frame has no origin, so every address but a blob's is another origin's, of which no worker can be made.
if (self.origin === "null")
    fetch(poolWorker)
        .then((response) => response.blob())
        .then((blob) => Object.assign(globalThis, { poolWorker: URL.createObjectURL(blob) }))
        .catch(() => {}); // no pool then

// --- Pyodide

const pyodide = await import(`${folder}pyodide.mjs`).catch((error) => {
    reportError(error); // an error event on the page's side, where a rejection would be none
    throw error;
});

export const { version } = pyodide;

/**
 * Start Pyodide, as its own function does.
 *
 * @param {Record<string, unknown>} options
 */
export async function loadPyodide(options) {
    try {
        return await Promise.race([pyodide.loadPyodide({ ...options, indexURL: folder }), failed]);
    } catch (error) {
        reportError(error);
        throw error;
    }
}
