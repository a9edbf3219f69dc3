/**
 * Keeps the site for readers without a network, and says when there is a new version of it.
 *
 * All of that is done by sw.js, in sites that `serve.py --build` has made. Where the browser has no service workers, or
 * refuses them, as in some private windows, the page is the same without.
 */
const PATIENCE_MS = 3000; // after the network is loaded: the first prediction comes first
const IDLE_MS = 10000; // then at the latest, however busy the page is

const built = document.querySelector('meta[name="site"]').content === "built";

function workers() {
    try {
        return built ? navigator.serviceWorker : undefined;
    } catch {
        return undefined; // a frame without an origin of its own
    }
}

const container = workers();

/** Whether a waiting version has begun to take over for this page; not if other pages still use the old one. */
function takeOver(waiting) {
    const { port1, port2 } = new MessageChannel();
    return new Promise((resolve) => {
        port1.onmessage = ({ data }) => resolve(data);
        waiting.postMessage("take over", [port2]);
    });
}

/** Go on with the waiting version if this is the only page; says whether it is. */
async function renew(waiting) {
    const reload = () => location.reload();
    container.addEventListener("controllerchange", reload);
    const alone = await takeOver(waiting);
    if (!alone) container.removeEventListener("controllerchange", reload);
    return alone;
}

function offer(waiting) {
    const place = document.querySelector("#update");
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Reload";
    button.addEventListener("click", async () => {
        place.replaceChildren("Changing to the new version\u2026");
        if (!(await renew(waiting))) {
            place.replaceChildren("A new version is ready. It will be used once this page is closed in all other tabs.");
        }
    });
    place.replaceChildren("A new version is ready: ", button);
}

/** See to new versions: one that was there before the page is used at once, one that comes later is offered. */
async function watch(registration) {
    const look = (worker) =>
        worker?.addEventListener("statechange", () => {
            if (worker.state === "installed" && container.controller) offer(worker);
        });
    look(registration.installing);
    registration.addEventListener("updatefound", () => look(registration.installing));
    document.addEventListener("visibilitychange", () => {
        if (!document.hidden) registration.update().catch(() => {}); // without a network there is nothing new
    });
    const { waiting } = registration;
    if (waiting && container.controller && !(await renew(waiting))) offer(waiting);
}

container
    ?.getRegistration()
    .then((registration) => registration && watch(registration))
    .catch(() => {}); // storage is denied

/** The page is ready: keep the site, once there is nothing else to do. */
export function keep() {
    if (!container) return;
    const register = async () => {
        const before = await container.getRegistration();
        const registration = await container.register("sw.js", { updateViaCache: "none" });
        if (!before) await watch(registration);
    };
    const idle = globalThis.requestIdleCallback ?? ((then) => setTimeout(then));
    setTimeout(() => idle(() => register().catch(() => {}), { timeout: IDLE_MS }), PATIENCE_MS);
}
