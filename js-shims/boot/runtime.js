/**
 * What has to be downloaded before Python can start, requested as early as possible: this module runs while the page is
 * still being parsed, and so uses nothing of it but its head.
 *
 * The runtime (Pyodide, MicroPython, PyScript) is either beside the page, in runtime/, or comes in the same versions
 * from the CDN: runtime.lock.json has the versions, their places and sizes.
 */
const here = new URL(".", document.baseURI);

/** @typedef {Record<string, string>} Bases the URL of each part of the runtime's folder, ending in a slash */
/** @typedef {{version: string, cdn: string, files: {path: string, bytes: number}[]}} Part of the runtime */
/** @typedef {{parts: Record<string, Part>}} Lock the contents of runtime.lock.json */

/** Downloads in progress and done; `changed` is called as their bytes arrive. */
export const downloads = {
    /** @type {{name: string, done: number, bytes: number, whole: boolean}[]} */
    parts: [],
    changed() {},
};

/**
 * Return a URL as this page's user knows it: without the address of the page itself.
 *
 * @param {string} url
 */
export const short = (url) => (url.startsWith(here.href) ? url.slice(here.href.length) : url);

/**
 * Fetch a file. Throws an error in words for the user, which names it, if it does not come.
 *
 * @param {string} url
 */
export async function get(url) {
    const name = short(url);
    const response = await fetch(url).catch(() => {
        throw new Error(`${name}: no answer from the server`);
    });
    if (!response.ok) throw new Error(`${name}: the server answered ${response.status}`);
    // Some hosts answer with their front page instead of an error.
    if (response.headers.get("content-type")?.startsWith("text/html"))
        throw new Error(`${name}: the server sent a web page instead`);
    return response;
}

/**
 * Fetch a file and count its bytes in `downloads`.
 *
 * @param {string} url
 * @param {string} name
 * @param {number} bytes how many there will be, 0 if that is not known
 */
export async function download(url, name, bytes = 0) {
    const part = { name, done: 0, bytes, whole: false };
    downloads.parts.push(part);
    const response = await get(url);
    // The header has the size of what was sent, which may be compressed.
    if (!bytes && !response.headers.has("content-encoding"))
        part.bytes = Number(response.headers.get("content-length"));
    const pieces = [];
    const reader = response.body.getReader();
    const next = () =>
        reader.read().catch(() => {
            throw new Error(`${short(url)}: it came incomplete`);
        });
    for (let piece = await next(); !piece.done; piece = await next()) {
        pieces.push(piece.value);
        part.done += piece.value.length;
        downloads.changed();
    }
    part.whole = true;
    downloads.changed();
    return new Blob(pieces);
}

/** @param {string} path */
async function json(path) {
    return (await get(new URL(path, here).href)).json();
}

/** @param {string} name */
const meta = (name) =>
    /** @type {HTMLMetaElement | null} */ (document.querySelector(`meta[name="${name}"]`))?.content;

/**
 * Return the versions of the runtime beside the page, or null. Where the repository alone was published there are none,
 * and asking would only make the browser complain; but on one's own machine there may be.
 *
 * @returns {Promise<Record<string, string> | null>}
 */
async function localVersions() {
    if (meta("site") === "repository" && !["localhost", "127.0.0.1", "[::1]"].includes(location.hostname))
        return null;
    return json("runtime/runtime.json").catch(() => /** @type {null} */ (null));
}

/** @param {string} folder a name and a version */
const localBase = (folder) => new URL(`runtime/${folder}/`, here).href;

/** Where the runtime is if serve.py published the page, which then names the folders; otherwise undefined. */
export const publishedBases = findPublished();

/** @returns {Bases | undefined} */
function findPublished() {
    const folders = meta("runtime")?.split(" ");
    return folders && Object.fromEntries(folders.map((folder) => [folder.split("-")[0], localBase(folder)]));
}

/**
 * Find the runtime of a page that is served from the repository.
 *
 * @param {Lock} lock
 * @returns {Promise<Bases>}
 */
async function findBases({ parts }) {
    const local = await localVersions();
    const complete = local && Object.entries(parts).every(([name, { version }]) => local[name] === version);
    return Object.fromEntries(
        Object.entries(parts).map(([name, { version, cdn }]) => [
            name,
            complete ? localBase(`${name}-${version}`) : cdn,
        ]),
    );
}

// PyScript's modules that every page of it imports one after the other, by the starts of their names.
const MODULES = ["core.", "core-", "error-"];
// Pyodide's large files, with their names for the user.
/** @type {Record<string, string>} */
const LARGE = { "pyodide.asm.wasm": "Python", "pyodide.asm.mjs": "Python", "python_stdlib.zip": "Python" };

// The parts of the runtime that are fonts, with the names that css/tokens.css has for them.
/** @type {Record<string, string>} */
const FONTS = { serif: "Ductus Serif", sans: "Ductus Sans" };

/**
 * Preload modules that import each other only one after the other. The head of a published page does that.
 *
 * @param {Lock} lock
 * @param {Bases} bases
 */
function preloadModules({ parts }, { pyscript, micropython }) {
    const wanted = parts.pyscript.files.filter(({ path }) => MODULES.some((name) => path.startsWith(name)));
    const urls = wanted.filter(({ path }) => path.endsWith(".js")).map(({ path }) => pyscript + path);
    for (const href of [...urls, `${micropython}micropython.mjs`])
        document.head.append(Object.assign(document.createElement("link"), { rel: "modulepreload", href }));
}

/** Return whether a service worker answers this page: then all files are on this machine. */
function kept() {
    try {
        return Boolean(navigator.serviceWorker?.controller);
    } catch {
        return false; // a frame without an origin of its own
    }
}

/**
 * Download Pyodide's large files, so that they come side by side and their bytes can be counted. The worker requests the
 * same and gets them from the browser's cache. What is kept for use offline would only be read twice.
 *
 * @param {Lock} lock
 * @param {Bases} bases
 */
async function downloadLarge({ parts }, { pyodide }) {
    if (kept()) return;
    await Promise.all(
        parts.pyodide.files.map(({ path, bytes }) => {
            const name = LARGE[path] ?? (path.startsWith("numpy-") ? "numpy" : null);
            return name && download(pyodide + path, name, bytes);
        }),
    );
}

/** Fulfilled when Python may be loaded: at once, but in a frame for one figure only when that is wanted (guard.js). */
export const wanted = typeof guard === "undefined" ? Promise.resolve() : guard.wanted;

/** @type {Promise<Lock>} */
const lock = wanted.then(() => json("runtime.lock.json"));
/** Where the parts of the runtime are, wherever the page came from. */
export const bases = publishedBases ? Promise.resolve(publishedBases) : lock.then(findBases);
/** Settled when all the large files are there. */
export const downloaded = Promise.all([lock, bases]).then(([lock, bases]) => {
    if (!publishedBases) preloadModules(lock, bases);
    return downloadLarge(lock, bases);
});
for (const promise of [bases, downloaded]) promise.catch(() => {}); // reported where they are awaited

/** Use the fonts that are beside the page; without them it is set in the system's own. */
export async function addFonts() {
    const [{ parts }, found] = await Promise.all([lock, bases]);
    for (const [part, family] of Object.entries(FONTS)) {
        const url = found[part] + parts[part].files[0].path;
        if (!url.startsWith(here.origin)) continue; // the policy allows no other host
        document.fonts.add(new FontFace(family, `url("${url}")`, { weight: "200 900", display: "swap" }));
    }
}
