/**
 * What the page's program finds ready: the pens, the network's weights, the place where loading is shown (loading.js).
 * Python is on its way by then (python.js); here it is said if it does not come.
 */
import { fail, RELOAD, stage } from "./loading.js";
import { Pen } from "../ink/pen.js";
import { awaited, faults } from "./start.js";
import { coming, counted, get } from "./runtime.js";

export { sources } from "./start.js";
export { done, fail, RELOAD, stage } from "./loading.js";

const WEIGHTS = "weights/ductus-500.jb64.gz";
const STYLES = "weights/styles.json";

const here = new URL(".", document.baseURI);
const query = (selector) => document.querySelector(selector);

export const pen = new Pen(query("#continuation .ink"), query("#continuation .mark"));
export const beautifyPen = new Pen(query("#beautify .hand"), query("#beautify .mark"));
export const primingPen = new Pen(query("#priming .hand"), query("#priming .mark"));
export const livePen = new Pen(query("#cells-live .ink"), query("#cells-live .mark"));

// --- the network

async function fetchWeights() {
    const file = await counted(new URL(WEIGHTS, here), "the network");
    return new Uint8Array(await file.arrayBuffer());
}

let weightsComing = fetchWeights();
weightsComing.catch(() => {}); // whoever awaits it hears of it

/** The weight file, a Uint8Array. */
export const weights = () => weightsComing;

/** Fetch the weights afresh: the last ones did not come, or were bad. */
export function refetch() {
    coming.parts.length = 0;
    weightsComing = fetchWeights();
    weightsComing.catch(() => {});
}

/** The file of styles, a Uint8Array. */
export const styles = async () => new Uint8Array(await (await get(new URL(STYLES, here), STYLES)).arrayBuffer());

// --- Python

stage("Starting Python");
for (const promise of awaited) promise?.catch((error) => fail(`Python did not load: ${error.message}. ${RELOAD}`));
faults.tell = (reason) => {
    if (query("#loading").dataset.state === "loading") fail(`Python did not start: ${reason}. ${RELOAD}`);
};
faults.early.forEach(faults.tell);
// The page's program runs for as long as the page: if it ends, it has failed.
addEventListener("mpy:done", () => fail(`The page's program has stopped (the browser's console says why). ${RELOAD}`));
