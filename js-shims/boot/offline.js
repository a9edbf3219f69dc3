/**
 * Keeps the site for use without a network, and offers new versions of it.
 *
 * The work is done by sw.js, in sites that `serve.py --build` has made. In a browser without service workers, or one
 * that refuses them, as some do in private windows, the page works the same otherwise.
 */
const PATIENCE_MS = 3000; // after the network is loaded: the first prediction comes first
const IDLE_MS = 10000; // then at the latest, however busy the page is

const READY = "A new version is ready:";

const built = /** @type {HTMLMetaElement} */ (document.querySelector('meta[name="site"]')).content === "built";
const container = findContainer();

function findContainer() {
    try {
        return built ? navigator.serviceWorker : undefined;
    } catch {
        return undefined; // a frame without an origin of its own
    }
}

/**
 * Ask a waiting version to take over; return whether it does, which it does not while other pages use the old one.
 *
 * @param {ServiceWorker} waiting
 * @returns {Promise<boolean>}
 */
function takeOver(waiting) {
    const { port1, port2 } = new MessageChannel();
    return new Promise((resolve) => {
        port1.onmessage = ({ data }) => resolve(data);
        waiting.postMessage("take over", [port2]);
    });
}

/**
 * Change to the waiting version if this is the only page; return whether it is.
 *
 * @param {ServiceWorker} waiting
 */
async function renew(waiting) {
    changed = () => location.reload();
    const alone = await takeOver(waiting);
    if (!alone) changed = offerReload;
    return alone;
}

/** Offer to load the page again: another version took over, because this page was slow to run. */
function offerReload() {
    show(READY, "Reload", () => location.reload());
}

let changed = offerReload;
container?.addEventListener("controllerchange", () => changed());

/**
 * Show a line with a button.
 *
 * @param {string} text
 * @param {string} label
 * @param {(place: Element) => void} act
 */
function show(text, label, act) {
    const place = document.querySelector("#update");
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = label;
    button.addEventListener("click", () => act(place));
    place.replaceChildren(`${text} `, button);
}

/** @param {ServiceWorker} waiting */
function offer(waiting) {
    show(READY, "Reload", async (place) => {
        place.replaceChildren("Changing to the new version\u2026");
        if (!(await renew(waiting))) {
            place.replaceChildren(
                "A new version is ready. It will be used once this page is closed in all other tabs.",
            );
        }
    });
}

/**
 * Say that the site cannot be kept, and why.
 *
 * @param {string} why
 */
function unkept(why) {
    show(`Not kept for use offline: ${why}.`, "Close", (place) => place.replaceChildren());
}

/**
 * Watch for new versions: one that was there before the page is used at once, one that comes later is offered.
 *
 * @param {ServiceWorkerRegistration} registration
 */
async function watch(registration) {
    /** @param {ServiceWorker | null} worker */
    const offerOnceInstalled = (worker) =>
        worker?.addEventListener("statechange", () => {
            if (worker.state === "installed" && container.controller) offer(worker);
        });
    offerOnceInstalled(registration.installing);
    registration.addEventListener("updatefound", () => offerOnceInstalled(registration.installing));
    document.addEventListener("visibilitychange", () => {
        if (!document.hidden) registration.update().catch(() => {}); // without a network there is nothing new
    });
    const { waiting } = registration;
    if (waiting && container.controller && !(await renew(waiting))) offer(waiting);
}

container?.addEventListener("message", ({ data }) => {
    // Another version took over while this page was loading. It has only just begun to run.
    if (data === "outdated") location.reload();
    else if (data?.unkept) unkept(data.unkept);
});

// The service worker knows by these reports when its files are damaged, and when a newer version must take over.
container?.controller?.postMessage("running");

// What helps after the worker has died is loaded then; guard.js loads it when the page itself does not start.
const notice = document.querySelector("#crash-notice");
const crashes = new MutationObserver(() => {
    crashes.disconnect();
    import("./again.js").catch(() => {}); // the failure is shown already
});
if (notice) crashes.observe(notice, { attributeFilter: ["hidden"] });

container
    ?.getRegistration()
    .then((registration) => registration && watch(registration))
    .catch(() => {}); // storage is denied

/**
 * Keep a file that the page does not start with, and that it has fetched now. After the first visit sw.js does it by itself.
 *
 * @param {string} path
 */
export function keepLater(path) {
    if (container && !container.controller) container.ready.then(({ active }) => active?.postMessage({ keep: path }));
}

/** Keep the site, once the page has nothing else to do. */
export function registerServiceWorker() {
    if (!container) return;
    container.controller?.postMessage("ready");
    const register = async () => {
        const before = await container.getRegistration();
        const registration = await container.register("sw.js", { updateViaCache: "none" });
        if (!before) await watch(registration);
    };
    const run = () => register().catch(() => {});
    setTimeout(() => {
        if (globalThis.requestIdleCallback) requestIdleCallback(run, { timeout: IDLE_MS });
        else setTimeout(run);
    }, PATIENCE_MS);
}
