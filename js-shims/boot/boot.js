/**
 * What the page's Python finds ready when it starts: the pens, the network's weights, and the place that shows loading.
 * Python is already loading by then (start.js); here it is reported if it does not come.
 */
import { fail, RELOAD, stage, started } from "./loading.js";
import { keepLater } from "./offline.js";
import { download, downloads, get, wanted } from "./runtime.js";
import { awaited, faults } from "./start.js";

export { done, fail, RELOAD, stage } from "./loading.js";
export { beautifyPen, livePen, pen, primingPen } from "./pens.js";
export { addFonts } from "./runtime.js";
export { sources } from "./start.js";

const WEIGHTS = "weights/ductus-500.jb64.gz";
const STYLES = "weights/styles.json";
const CLAIMS = "weights/claims.json";

const here = new URL(".", document.baseURI);

// --- the network

async function fetchWeights() {
    const file = await download(new URL(WEIGHTS, here).href, "the network");
    return new Uint8Array(await file.arrayBuffer());
}

let pendingWeights = wanted.then(fetchWeights);
pendingWeights.catch(() => {}); // reported where it is awaited

/** The weight file: a promise of a Uint8Array. */
export const weights = () => pendingWeights;

/** Fetch the weights again, after they did not come or were damaged. */
export function refetch() {
    downloads.parts.length = 0;
    pendingWeights = fetchWeights();
    pendingWeights.catch(() => {});
}

/** @param {string} file */
const bytes = async (file) => new Uint8Array(await (await get(new URL(file, here).href)).arrayBuffer());

/** The file of styles: a promise of a Uint8Array. */
export const styles = () => bytes(STYLES);

/** The file of what the network's cells track on other lines as well. */
export const claims = () => bytes(CLAIMS);

/** Files that are fetched when they are first wanted, by their names: promises of a Uint8Array. */
const later = new Map();

/**
 * Fetch a file, once, that the page does not start with; if it does not come, the next call asks again.
 *
 * @param {string} file
 * @param {(done: number, bytes: number) => void} progress bytes is 0 where the host does not say it
 * @returns {Promise<Uint8Array>}
 */
export function fetchLater(file, progress) {
    const fetching = later.get(file) ?? fetchPieces(file, progress);
    later.set(file, fetching);
    fetching.then(() => keepLater(file)).catch(() => later.delete(file));
    return fetching;
}

/**
 * @param {string} file
 * @param {(done: number, bytes: number) => void} progress
 */
async function fetchPieces(file, progress) {
    const response = await get(new URL(file, here).href);
    const packed = response.headers.has("content-encoding");
    const size = packed ? 0 : Number(response.headers.get("content-length"));
    const reader = response.body.getReader();
    const pieces = [];
    let done = 0;
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
        pieces.push(piece.value);
        done += piece.value.length;
        progress(done, size);
    }
    return new Uint8Array(await new Blob(pieces).arrayBuffer());
}

// --- Python

started();
stage("Starting Python");
for (const promise of awaited) promise?.catch((error) => fail(`Python did not load: ${error.message}. ${RELOAD}`));
faults.report = (reason) => {
    const loading = /** @type {HTMLElement} */ (document.querySelector("#loading"));
    if (loading.dataset.state === "loading") fail(`Python did not start: ${reason}. ${RELOAD}`);
};
faults.early.forEach(faults.report);
// The page's program runs for as long as the page: if it ends, it has failed.
addEventListener("mpy:done", () => fail(`The page's program has stopped (see the browser's console). ${RELOAD}`));
