/**
 * The site without a network: every file of one version of it, cached by its hash.
 *
 * A version is a list of files with their hashes, which `serve.py --build` writes here. Because it is part of this
 * script, the browser's own rules for service workers keep versions apart. A new list is a new worker: it fetches what
 * it does not have yet, checks every hash, and waits, while open pages continue with the old worker and the old files.
 * It takes over when none is left, or when the last one asks for it (js-shims/boot/offline.js), and then drops what only
 * the old version had. If one file does not come or does not have its hash, there is no new version, and the old one
 * stays.
 *
 * Without a list, as in the repository, nothing is cached, and what an earlier version cached is dropped.
 */
/** @type {Record<string, string>} */
const FILES = {};

const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));
const SCOPE = worker.registration.scope;
const STORE = `ductus ${SCOPE}`; // an origin may have several sites, and each has caches of its own
const LANES = 4; // requests at once; the page comes first
const KEPT_HEADERS = ["content-type", "content-security-policy"];

const listed = Object.keys(FILES).length > 0;

/**
 * Return the key of a file's content in the cache.
 *
 * @param {string} hash
 */
const key = (hash) => `${SCOPE}.by-hash/${encodeURIComponent(hash)}`;

/**
 * Return the path of the site's file that a URL names, or undefined.
 *
 * @param {string} url
 */
function named(url) {
    const { origin, pathname } = new URL(url);
    const folder = new URL(SCOPE);
    if (origin !== folder.origin || !pathname.startsWith(folder.pathname)) return undefined;
    let path;
    try {
        path = decodeURIComponent(pathname.slice(folder.pathname.length)) || "index.html";
    } catch {
        return undefined;
    }
    return Object.hasOwn(FILES, path) ? path : undefined;
}

/**
 * Fetch a file from the network. Throws if it does not have the listed hash.
 *
 * @param {string} path
 */
async function fetched(path) {
    const url = new URL(path === "index.html" ? "./" : path.split("/").map(encodeURIComponent).join("/"), SCOPE);
    const integrity = FILES[path];
    // The browser's cache has it from the first visit; if that is other content, the server is asked again.
    const response = await fetch(url, { integrity }).catch(() => fetch(url, { integrity, cache: "reload" }));
    if (!response.ok) throw new Error(`${path}: the server answered ${response.status}`);
    const bytes = await response.arrayBuffer();
    const headers = new Headers({ "content-length": String(bytes.byteLength) });
    for (const name of KEPT_HEADERS) if (response.headers.has(name)) headers.set(name, response.headers.get(name));
    return new Response(bytes, { headers });
}

/** Cache every file of this version. */
async function cacheAll() {
    const store = await caches.open(STORE);
    const missing = Object.keys(FILES);
    const lane = async () => {
        for (let path = missing.pop(); path; path = missing.pop()) {
            const place = key(FILES[path]);
            if (!(await store.match(place))) await store.put(place, await fetched(path));
        }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
}

/** Drop what only the old version had, which has no pages any more. */
async function settle() {
    await cacheAll().catch(() => {}); // a version that took over meanwhile may have dropped some of this one
    const store = await caches.open(STORE);
    const wanted = new Set(Object.values(FILES).map(key));
    for (const request of await store.keys()) if (!wanted.has(request.url)) await store.delete(request);
}

/** Undo everything, because there is no list any more, and reload the pages that came from the cache. */
async function retire() {
    await caches.delete(STORE);
    await worker.registration.unregister();
    const pages = await worker.clients.matchAll({ type: "window" });
    await Promise.all(pages.map((page) => page.navigate(page.url)));
}

/** @param {string} path */
async function answer(path) {
    const store = await caches.open(STORE);
    const kept = await store.match(key(FILES[path]));
    // The browser may have evicted it. What the server has now is used only if it is of this version.
    return kept ?? fetched(path).catch(() => Response.error());
}

/**
 * Take over from the old version for a page that asks for it, if that is the only one; tell it first.
 *
 * @param {Client} asking
 * @param {MessagePort} port
 */
async function takeOver(asking, port) {
    const pages = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
    const alone = pages.every((page) => page.id === asking.id || !page.url.startsWith(SCOPE));
    port.postMessage(alone);
    if (alone) await worker.skipWaiting();
}

worker.addEventListener("install", (event) => event.waitUntil(listed ? cacheAll() : worker.skipWaiting()));
worker.addEventListener("activate", (event) => event.waitUntil(listed ? settle() : retire()));
worker.addEventListener("message", (event) =>
    event.waitUntil(takeOver(/** @type {Client} */ (event.source), event.ports[0])),
);
worker.addEventListener("fetch", (event) => {
    const path = event.request.method === "GET" ? named(event.request.url) : undefined;
    if (path) event.respondWith(answer(path));
});
