/**
 * The site without a network: every file of one version of it, kept by its hash.
 *
 * A version is a list of files with their hashes; `serve.py --build` writes it here, and since it is part of this
 * script, the browser's own rules for service workers keep versions apart. A new list is a new worker: it fetches what
 * it does not have yet, checks every hash, and waits, while pages that are open go on with the old worker and the old
 * files. Only when none is left, or the last one has asked for it (js-shims/boot/offline.js), does it take over, and then
 * it drops what only the old version had. If one file does not come or is not what the list says, there is no new
 * version, and the old one stays.
 *
 * Without a list, as in the repository, nothing is kept, and what an earlier version kept is dropped.
 */
const FILES = {};

const SCOPE = registration.scope;
const STORE = `ductus ${SCOPE}`; // an origin may have several sites, and each has caches of its own
const AT_ONCE = 4; // requests; the page comes first
const KEPT_HEADERS = ["content-type", "content-security-policy"];

const listed = Object.keys(FILES).length > 0;

/** The key in the store of a file's content. */
const key = (hash) => `${SCOPE}.by-hash/${encodeURIComponent(hash)}`;

/** The path of a file of the site, or undefined if the URL names none. */
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

/** A file from the network, with the hash that the list says or not at all. */
async function fetched(path) {
    const url = new URL(path === "index.html" ? "./" : path.split("/").map(encodeURIComponent).join("/"), SCOPE);
    const integrity = FILES[path];
    // What the browser has from the first visit will do, if it is the right content; else the server is asked again.
    const response = await fetch(url, { integrity }).catch(() => fetch(url, { integrity, cache: "reload" }));
    if (!response.ok) throw new Error(`${path}: the server answered ${response.status}`);
    const bytes = await response.arrayBuffer();
    const headers = { "content-length": bytes.byteLength };
    for (const name of KEPT_HEADERS) if (response.headers.has(name)) headers[name] = response.headers.get(name);
    return new Response(bytes, { headers });
}

async function keepAll() {
    const store = await caches.open(STORE);
    const missing = Object.keys(FILES);
    const lane = async () => {
        for (let path = missing.pop(); path; path = missing.pop()) {
            const place = key(FILES[path]);
            if (!(await store.match(place))) await store.put(place, await fetched(path));
        }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

/** The old version has no pages any more: drop what only it had. */
async function settle() {
    await keepAll().catch(() => {}); // a version that took over meanwhile may have dropped some of this one
    const store = await caches.open(STORE);
    const wanted = new Set(Object.values(FILES).map(key));
    for (const request of await store.keys()) if (!wanted.has(request.url)) await store.delete(request);
}

/** There is no list any more: undo it all, and let the pages that came out of the store come from the server. */
async function retire() {
    await caches.delete(STORE);
    await registration.unregister();
    const pages = await clients.matchAll({ type: "window" });
    await Promise.all(pages.map((page) => page.navigate(page.url)));
}

async function answer(path) {
    const store = await caches.open(STORE);
    const kept = await store.match(key(FILES[path]));
    // The browser may have thrown it away. What the server has now will do only if it is of this version.
    return kept ?? fetched(path).catch(() => Response.error());
}

/** Take over from the old version for a page that asks for it, if that is the only one; say so first. */
async function takeOver(asking, port) {
    const pages = await clients.matchAll({ type: "window", includeUncontrolled: true });
    const alone = pages.every((page) => page.id === asking.id || !page.url.startsWith(SCOPE));
    port.postMessage(alone);
    if (alone) await skipWaiting();
}

addEventListener("install", (event) => event.waitUntil(listed ? keepAll() : skipWaiting()));
addEventListener("activate", (event) => event.waitUntil(listed ? settle() : retire()));
addEventListener("message", (event) => event.waitUntil(takeOver(event.source, event.ports[0])));
addEventListener("fetch", (event) => {
    const path = event.request.method === "GET" ? named(event.request.url) : undefined;
    if (path) event.respondWith(answer(path));
});
