/**
 * The site without a network: every file of one version of it, cached by its hash.
 *
 * A version is a list of files with their hashes, which `serve.py --build` writes here. Because it is part of this
 * script, the browser's own rules for service workers keep versions apart. A new list is a new worker: it fetches what
 * it does not have yet, checks every hash, and waits, while open pages continue with the old worker and the old files.
 * It takes over when none is left, when the last one asks for it (js-shims/boot/offline.js), or when none of them works,
 * and then drops what only the old version had. If one file does not come or does not have its hash, there is no new
 * version, and the old one stays.
 *
 * What is cached is served as it is, so that the browser can compile it as it streams. It is verified when something
 * has failed: when a page asks for it, or when the page before has never reported that it is ready. So is the browser's
 * own copy of the runtime's WebAssembly, which is served before ours because the code that was compiled of it lies there.
 *
 * Without a list, as in the repository, nothing is cached, and what an earlier version cached is dropped.
 */
/** @type {Record<string, string>} */
const FILES = {};
/** @type {string[]} */
const LATER = []; // cached when they are first used: networks that the page does not start with

const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));
const SCOPE = worker.registration.scope;
const STORE = `ductus ${SCOPE}`; // an origin may have several sites, and each has caches of its own
const LANES = 4; // requests at once; the page comes first
const RUNTIME = "runtime/"; // whose folders carry their versions: in the browser's own cache is no other one's file
const KEPT_HEADERS = ["content-type", "content-security-policy"];
const PATIENCE_MS = 10000; // a page that does not run after this time does not work
const LOOK_MS = 250; // between two looks at the pages
const RECORDS_MS = 1000; // a database that is silent for longer does not count

const listed = Object.keys(FILES).length > 0;
const START = Object.keys(FILES).filter((path) => !LATER.includes(path));

/** The server answered, but not with the file of this version. */
class Refused extends Error {
    /**
     * @param {string} path
     * @param {string} why
     */
    constructor(path, why) {
        super(`${path}: ${why}`);
        this.path = path;
    }
}

/** @param {number} ms */
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// --- the files

/** Return the key of a file's content in the cache. @param {string} hashes */
const key = (hashes) => `${SCOPE}.by-hash/${encodeURIComponent(hashes)}`;

/** Return the sha-256 of some bytes as FILES has it. @param {BufferSource} bytes */
async function digest(bytes) {
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    return `sha256-${btoa(String.fromCharCode(...hash))}`;
}

/**
 * Return whether some bytes are a file's. A file.gz has a second hash, of what is inside, which is all that reaches
 * this script from hosts that declare the gzip to be an encoding of the transfer.
 *
 * @param {BufferSource} bytes
 * @param {string} path
 */
const fits = async (bytes, path) => FILES[path].split(" ").includes(await digest(bytes));

/**
 * Return whether a kept file is undamaged.
 *
 * @param {Response} kept
 * @param {string} path
 */
const sound = async (kept, path) => fits(await kept.arrayBuffer(), path).catch(() => false);

/** Return the path of the site's file that a URL names, or undefined. @param {string} url */
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

/** Return whether the browser keeps the code that it compiled of a file. @param {string} path */
const compiled = (path) => path.startsWith(RUNTIME) && path.endsWith(".wasm");

/** Fetch a file from the network. Throws Refused if the server sends anything else. @param {string} path */
async function fetched(path) {
    const url = new URL(path === "index.html" ? "./" : path.split("/").map(encodeURIComponent).join("/"), SCOPE);
    let why;
    // The browser's cache has it from the first visit; if that is other content, the server is asked again.
    for (const cache of /** @type {RequestCache[]} */ (["default", "reload"])) {
        try {
            const response = await fetch(url, { cache });
            const bytes = await response.arrayBuffer();
            if (response.ok && (await fits(bytes, path))) {
                const headers = new Headers({ "content-length": String(bytes.byteLength) });
                for (const name of KEPT_HEADERS)
                    if (response.headers.has(name)) headers.set(name, response.headers.get(name));
                if (path.endsWith(".wasm")) headers.set("content-type", "application/wasm"); // or it cannot stream
                return new Response(bytes, { headers });
            }
            const what = response.ok ? "the server sends other content" : `the server answered ${response.status}`;
            why = new Refused(path, what);
        } catch (error) {
            why = error;
        }
    }
    throw why;
}

/**
 * Run `work` on each path, a few at once, until one fails.
 *
 * @param {string[]} paths
 * @param {(path: string) => Promise<void>} work
 */
async function each(paths, work) {
    const rest = [...paths];
    const lane = async () => {
        try {
            for (let path = rest.pop(); path; path = rest.pop()) await work(path);
        } catch (error) {
            rest.length = 0;
            throw error;
        }
    };
    const lanes = await Promise.allSettled(Array.from({ length: LANES }, lane));
    const failed = lanes.find((lane) => lane.status === "rejected");
    if (failed) throw failed.reason;
}

/**
 * Cache the given files of this version; verify those that are there with `verifying`, fetch the others. Return the
 * keys that were added, in `added`, also when it fails.
 *
 * @param {string[]} paths
 * @param {boolean} verifying
 * @param {string[]} added
 */
async function cacheAll(paths, verifying, added = []) {
    const store = await caches.open(STORE);
    await each(paths, async (path) => {
        const place = key(FILES[path]);
        const kept = await store.match(place);
        if (kept && !(verifying && !(await sound(kept, path)))) return;
        await store.put(place, await fetched(path));
        added.push(place);
    });
}

/** @type {Promise<{mended: string[], lost: string[]}> | undefined} */
let verification;

/** Verify every kept file, and fetch again what is damaged or missing. Return which came and which did not. */
function verify() {
    const run = async () => {
        /** @type {string[]} */
        const mended = [];
        /** @type {string[]} */
        const lost = [];
        if (!(await caches.has(STORE))) return { mended, lost };
        const store = await caches.open(STORE);
        let outdated = false;
        await mendBrowser();
        await each(Object.keys(FILES), async (path) => {
            const place = key(FILES[path]);
            const kept = await store.match(place);
            if (kept ? await sound(kept, path) : LATER.includes(path)) return;
            await store.delete(place);
            try {
                await store.put(place, await fetched(path));
                mended.push(path);
            } catch (error) {
                lost.push(path);
                outdated ||= error instanceof Refused;
            }
        });
        if (outdated) await worker.registration.update().catch(() => {}); // the server may have a newer version
        return { mended, lost };
    };
    verification ??= run().finally(() => {
        verification = undefined;
    });
    return verification;
}

let trusted = true; // may the browser's own cache be used?

/**
 * Return WebAssembly from the browser's own cache, or undefined. There the second visit finds the code that the first one
 * compiled of it; for our copy the browser would compile it once more. With `integrity`, only if it has that hash: that
 * takes until all of it is read.
 *
 * @param {string} url
 * @param {string} [integrity]
 */
async function fromBrowser(url, integrity = "") {
    const options = { cache: "only-if-cached", mode: "same-origin", integrity };
    try {
        const response = await fetch(url, /** @type {RequestInit} */ (options));
        if (response.ok && response.headers.get("content-type") === "application/wasm") return response;
    } catch {
        // it is not there, or not the same
    }
    return undefined;
}

/** Replace what is damaged in the browser's own cache; where that cannot be done, use that cache no more. */
async function mendBrowser() {
    trusted = false;
    let mended = true;
    for (const path of Object.keys(FILES).filter(compiled)) {
        const [integrity] = FILES[path].split(" ");
        const url = new URL(path, SCOPE).href;
        if (!(await fromBrowser(url)) || (await fromBrowser(url, integrity))) continue;
        await fetch(url, { cache: "reload" }).catch(() => {});
        mended &&= Boolean(await fromBrowser(url, integrity));
    }
    trusted = mended;
}

/** Our cache, opened once for a page: that takes longer than to read a small file. @type {Promise<Cache | undefined> | undefined} */
let opened;

/** Return our cache, or undefined if a page gave it up: js-shims/boot/again.js. */
function openedStore() {
    opened ??= caches.has(STORE).then((there) => (there ? caches.open(STORE) : undefined));
    return opened;
}

/**
 * @param {string} path
 * @param {Request} request
 */
async function answer(path, request) {
    // What is found to be damaged must not be served meanwhile.
    if (verification) await Promise.race([verification.catch(() => {}), sleep(PATIENCE_MS)]);
    const own = trusted && compiled(path) && (await fromBrowser(request.url));
    if (own) return own;
    const store = await openedStore();
    if (!store) return fetch(request);
    const kept = await store.match(key(FILES[path]));
    if (kept) return kept;
    // The browser may have evicted it. What the server has now is used only if it is of this version.
    const response = await fetched(path);
    await store.put(key(FILES[path]), response.clone()).catch(() => {}); // there is no room
    return response;
}

/** Cache a file that a page used before this script was there to answer it. @param {string} path */
async function keepLater(path) {
    if (LATER.includes(path)) await answer(path, new Request(new URL(path, SCOPE))).catch(() => {});
}

// --- the pages

/** @typedef {{state: "opened" | "running" | "ready", at: number, version: string}} Page since when it is in that state */

const version = () => digest(new TextEncoder().encode(JSON.stringify(FILES)));

/**
 * Run `work` on the records of the pages, which survive this script; return the result of the request that it returns.
 *
 * @template {IDBRequest | void} R
 * @param {(records: IDBObjectStore) => R} work
 * @param {string} name "pages" or "notes"
 */
function records(work, name = "pages") {
    const run = new Promise((resolve, reject) => {
        const opening = indexedDB.open(STORE, 1);
        opening.onupgradeneeded = () => {
            for (const name of ["pages", "notes"]) opening.result.createObjectStore(name);
        };
        opening.onerror = () => reject(opening.error);
        opening.onsuccess = () => {
            const transaction = opening.result.transaction(name, "readwrite");
            const request = work(transaction.objectStore(name));
            transaction.oncomplete = () => resolve(request instanceof IDBRequest ? request.result : undefined);
            transaction.onabort = () => reject(transaction.error);
            opening.result.close(); // once the transaction is done
        };
    });
    const late = sleep(RECORDS_MS).then(() => Promise.reject(new Error("the database does not answer")));
    return Promise.race([run, late]);
}

/** Return the open pages of the site. */
async function openPages() {
    const all = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
    return all.filter((page) => page.url.startsWith(SCOPE));
}

/**
 * Note that a page is being opened; return whether one before it has never become ready, which may be because its files
 * are damaged.
 *
 * @param {string} id
 */
async function note(id) {
    const open = new Set((await openPages()).map((page) => page.id));
    const mine = await version();
    const now = Date.now();
    let at = now; // since when no page has started to run
    let failed = false;
    await records((pages) => {
        pages.openCursor().onsuccess = ({ target }) => {
            const cursor = /** @type {IDBRequest<IDBCursorWithValue>} */ (target).result;
            if (!cursor) return void pages.put({ state: "opened", at, version: mine }, id);
            const before = /** @type {Page} */ (cursor.value);
            const gone = !open.has(String(cursor.key));
            if (before.state === "opened") at = Math.min(at, before.at);
            failed ||=
                before.state !== "ready" && (gone || before.state === "opened" || now - before.at > PATIENCE_MS);
            if (gone) cursor.delete();
            cursor.continue();
        };
    });
    return failed;
}

/**
 * Note that a page runs, or is ready; tell it if its own files are another version's.
 *
 * @param {Client} page
 * @param {"running" | "ready"} state
 */
async function report(page, state) {
    const mine = await version();
    let outdated = false;
    await records((pages) => {
        pages.get(page.id).onsuccess = ({ target }) => {
            const before = /** @type {IDBRequest<Page | undefined>} */ (target).result;
            if (before && before.version !== mine) outdated = true;
            else if (before?.state !== "ready") pages.put({ state, at: Date.now(), version: mine }, page.id);
        };
    });
    if (outdated && state === "running") page.postMessage("outdated");
    if (state === "ready" && !(await caches.has(STORE))) await cacheAll(START, false);
}

/**
 * Return how the open pages other than `asking` do: "works", "starts" or "fails". One of which nothing is known works.
 *
 * @param {string} [asking] its id
 */
async function states(asking) {
    const pages = (await openPages()).filter(({ id }) => id !== asking);
    const states = pages.map(async ({ id }) => {
        const page = /** @type {Page} */ (await records((all) => all.get(id)));
        if (page?.state !== "opened") return "works";
        return Date.now() - page.at > PATIENCE_MS ? "fails" : "starts";
    });
    return Promise.all(states).catch(() => ["works"]);
}

/** Open the page; after a failure, with verified files. @param {FetchEvent} event */
async function open({ request, resultingClientId }) {
    opened = undefined;
    const failed = await note(resultingClientId).catch(() => false);
    if (failed) await Promise.race([verify().catch(() => {}), sleep(PATIENCE_MS)]);
    return answer("index.html", request).catch(async (error) => {
        if (!(error instanceof Refused)) throw error;
        await giveUp(); // damaged here and newer there: without the page itself, this version is of no use
        return fetch(request);
    });
}

/** Take over from a version of which no page works, because nobody there can ask for it. */
async function overtake() {
    for (let found = await states(); found.length && !found.includes("works"); found = await states()) {
        if (!found.includes("starts")) return worker.skipWaiting();
        await sleep(LOOK_MS);
    }
}

/**
 * Take over from the old version for a page that asks for it, if no other works; tell it first.
 *
 * @param {Client} asking
 * @param {MessagePort} port
 */
async function takeOver(asking, port) {
    const alone = (await states(asking.id)).every((state) => state === "fails");
    port.postMessage(alone);
    if (alone) await worker.skipWaiting();
}

// --- versions

/**
 * Cache every file of this version. A first one that cannot be kept leaves nothing behind, and the page says why, once:
 * room that is short belongs to the reader's ink.
 */
async function install() {
    const first = !worker.registration.active;
    /** @type {string[]} */
    const added = [];
    const told = await records((notes) => notes.get("unkept"), "notes").catch(() => /** @type {any} */ (undefined));
    try {
        if (Object.hasOwn(FILES, told?.path ?? "")) await fetched(told.path); // first: without it the others are useless
        await cacheAll(START, true, added);
    } catch (caught) {
        const error = /** @type {Refused} */ (caught);
        const full = error.name === "QuotaExceededError";
        const store = await caches.open(STORE);
        if (full) for (const place of added) await store.delete(place);
        if (first && (full || error instanceof Refused)) {
            await caches.delete(STORE);
            const unkept = { path: error.path, why: full ? "this browser has no room for it" : error.message };
            if (told?.why !== unkept.why)
                for (const page of await openPages()) page.postMessage({ unkept: unkept.why });
            await records((notes) => notes.put(unkept, "unkept"), "notes").catch(() => {});
        }
        throw error;
    }
    if (!first) await overtake();
}

/** Drop what only the old version had, which has no pages any more. */
async function settle() {
    await cacheAll(START, false).catch(() => {}); // one that took over meanwhile may have dropped some of this one
    const store = await caches.open(STORE);
    const wanted = new Set(Object.values(FILES).map(key));
    for (const request of await store.keys()) if (!wanted.has(request.url)) await store.delete(request);
}

/** Leave everything to the network from the next load on. */
async function giveUp() {
    await caches.delete(STORE);
    await worker.registration.unregister();
}

/** Undo everything, because there is no list any more, and reload the pages that came from the cache. */
async function retire() {
    await giveUp();
    const pages = await worker.clients.matchAll({ type: "window" });
    await Promise.all(pages.map((page) => page.navigate(page.url)));
    worker.indexedDB?.deleteDatabase(STORE);
}

worker.addEventListener("install", (event) => event.waitUntil(listed ? install() : worker.skipWaiting()));
worker.addEventListener("activate", (event) => event.waitUntil(listed ? settle() : retire()));
worker.addEventListener("message", (event) => {
    const page = /** @type {Client} */ (event.source);
    const [port] = event.ports;
    if (event.data === "take over") event.waitUntil(takeOver(page, port));
    else if (event.data === "verify") event.waitUntil(verify().then((found) => port.postMessage(found)));
    else if (event.data.keep) event.waitUntil(keepLater(event.data.keep));
    else event.waitUntil(report(page, event.data));
});
worker.addEventListener("fetch", (event) => {
    const { request } = event;
    const again = request.headers?.has("x-load-again"); // js-shims/boot/again.js
    const path = request.method === "GET" && !again ? named(request.url) : undefined;
    if (!path) return;
    const page = path === "index.html" && request.mode === "navigate";
    event.respondWith((page ? open(event) : answer(path, request)).catch(() => Response.error()));
});
