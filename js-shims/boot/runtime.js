/**
 * What has to come over the network before Python can start, asked for as early as can be: this module runs while the
 * page is still being parsed, and so touches nothing of it but its head.
 *
 * The runtime (Pyodide, MicroPython, PyScript) lies beside the page, in runtime/, or else comes in the same versions
 * from the CDN: runtime.lock.json says which versions, where, and how many bytes.
 */
const here = new URL(".", document.baseURI);

/** What is being fetched, {name, done, bytes, whole} each; `changed` is for whoever shows it. */
export const coming = { parts: [], changed() {} };

/** Fetch, with errors that say in the reader's words what did not come. */
export async function get(url, name) {
    const response = await fetch(url).catch(() => {
        throw new Error(`${name}: no answer from the server`);
    });
    if (!response.ok) throw new Error(`${name}: the server answered ${response.status}`);
    return response;
}

/** A file's bytes, a Blob, counted on the way; `bytes` is how many there will be, if that is known beforehand. */
export async function counted(url, name, bytes = 0) {
    const part = { name, done: 0, bytes, whole: false };
    coming.parts.push(part);
    const response = await get(url, name);
    // The length is that of what was sent: of use only if that was not packed for the way.
    if (!bytes && !response.headers.has("content-encoding")) part.bytes = +response.headers.get("content-length");
    const pieces = [];
    const reader = response.body.getReader();
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
        pieces.push(piece.value);
        part.done += piece.value.length;
        coming.changed();
    }
    part.whole = true;
    coming.changed();
    return new Blob(pieces);
}

async function json(path) {
    return (await get(new URL(path, here), path)).json();
}

/**
 * Which versions of the runtime lie beside the page, or null. Where the repository alone was published, none do, and
 * asking would only make the browser complain; but on one's own machine they may.
 */
async function beside() {
    const repository = document.querySelector('meta[name="site"]').content === "repository";
    if (repository && !["localhost", "127.0.0.1", "[::1]"].includes(location.hostname)) return null;
    return json("runtime/runtime.json").catch(() => null);
}

/** Where the parts of the runtime are, {name: a URL that ends in a slash}, if the page was published by serve.py. */
export const places = published();

function published() {
    const folders = document.querySelector('meta[name="runtime"]')?.content.split(" ");
    return folders && Object.fromEntries(folders.map((name) => [name.split("-")[0], new URL(`runtime/${name}/`, here).href]));
}

/** The same of a page as it is in the repository. */
async function find({ parts }) {
    const local = await beside();
    const names = Object.keys(parts);
    const whole = local && names.every((name) => local[name] === parts[name].version);
    const place = (name) => new URL(`runtime/${name}-${parts[name].version}/`, here).href;
    return Object.fromEntries(names.map((name) => [name, whole ? place(name) : parts[name].cdn]));
}

// PyScript's modules that every page of it imports in turn, as their names begin.
const MODULES = ["core.", "core-", "error-"];
// Pyodide's big files, as the reader is told of them.
const BIG = { "pyodide.asm.wasm": "Python", "pyodide.asm.js": "Python", "python_stdlib.zip": "Python" };

/** Ask for modules that will import each other only one after the other. A published page's head does that. */
function preloadModules({ parts }, { pyscript, micropython }) {
    const wanted = parts.pyscript.files.filter(({ path }) => MODULES.some((name) => path.startsWith(name)));
    const urls = wanted.filter(({ path }) => path.endsWith(".js")).map(({ path }) => pyscript + path);
    for (const href of [...urls, `${micropython}micropython.mjs`])
        document.head.append(Object.assign(document.createElement("link"), { rel: "modulepreload", href }));
}

/**
 * Ask for Pyodide's big files, so that they come side by side and their bytes can be counted. What comes is for the
 * browser to keep: the worker asks for the same.
 */
async function fetchBig({ parts }, { pyodide }) {
    const takes = parts.pyodide.files.map(({ path, bytes }) => {
        const name = BIG[path] ?? (path.startsWith("numpy-") ? "numpy" : null);
        return name && counted(pyodide + path, name, bytes);
    });
    await Promise.all(takes);
}

const lock = json("runtime.lock.json");
/** Where the parts of the runtime are, wherever the page came from: a promise. */
export const bases = places ? Promise.resolve(places) : lock.then(find);
/** When all the big files are there. */
export const arrived = Promise.all([lock, bases]).then((all) => {
    if (!places) preloadModules(...all);
    return fetchBig(...all);
});
for (const promise of [bases, arrived]) promise.catch(() => {}); // whoever awaits them hears of it
