/**
 * Start, call and end the Python worker. py/page/worker_client/watchdog.py decides when to do which.
 *
 * PyScript makes a worker of every script element that it finds; when one is ended, every pending call is rejected.
 */
const POLL_MS = 20; // between two looks for PyScript's worker, which it makes when it has read the configuration

/**
 * @typedef {Worker & {sync: Record<string, (...values: unknown[]) => Promise<unknown>>, ready: Promise<unknown>}} XWorker
 */

/** @type {Record<string, string>} */
let attributes; // of PyScript's script element
/** @type {PythonWorker | null} */
let newest = null;

/**
 * Add a script element to the page's head.
 *
 * @param {Record<string, string>} attributes
 */
export function addScript(attributes) {
    const script = document.createElement("script");
    for (const [name, value] of Object.entries(attributes)) script.setAttribute(name, value);
    document.head.append(script);
    return /** @type {HTMLScriptElement & {xworker?: XWorker}} */ (script);
}

class PythonWorker {
    constructor() {
        this.script = addScript(attributes);
        /** @type {XWorker | null} */
        this.worker = null;
        /** @type {Set<(error: unknown) => void>} */
        this.pending = new Set(); // what rejects each call that has no answer yet
        this.heard = 0; // how many signs of life there were
        /** @type {((message: string) => void) | null} */
        this.broken = null; // called when the worker reports an error that nothing in it caught
        this.over = false;
        this.started = this.start();
        this.started.catch(() => {}); // reported where it is awaited
    }

    /** How many calls have no answer yet. */
    get waiting() {
        return this.pending.size;
    }

    async start() {
        while (!this.script.xworker) {
            if (this.over) throw new Error("the worker was ended");
            await new Promise((resolve) => setTimeout(resolve, POLL_MS));
        }
        this.worker = this.script.xworker;
        await this.settled((resolve, reject) => {
            this.worker.addEventListener("error", (event) => {
                event.preventDefault();
                const what = event.message || "an error that the browser does not name";
                reject(new Error(what)); // while it starts; later that has no effect
                this.broken?.(what);
            });
            this.worker.ready.then(resolve, reject);
        });
    }

    /**
     * Return a promise as `new Promise` does, which is rejected when the worker ends.
     *
     * @param {(resolve: (value: unknown) => void, reject: (error: unknown) => void) => void} begin
     */
    settled(begin) {
        return new Promise((resolve, reject) => {
            /** @param {(value: unknown) => void} how */
            const settle = (how) => (/** @type {unknown} */ value) => {
                this.pending.delete(reject);
                this.heard++;
                how(value);
            };
            this.pending.add(reject);
            begin(settle(resolve), settle(reject));
        });
    }

    /**
     * Call a function of py/worker/api.py.
     *
     * @param {string} name
     * @param {unknown[]} values
     */
    call(name, ...values) {
        if (this.over) return Promise.reject(new Error("the worker was ended"));
        return this.settled((resolve, reject) => this.worker.sync[name](...values).then(resolve, reject));
    }

    /**
     * End the worker, whatever it is doing.
     *
     * @param {string} why
     */
    end(why) {
        this.over = true;
        this.worker?.terminate();
        this.script.remove();
        for (const reject of this.pending) reject(new Error(why));
        this.pending.clear();
    }
}

/**
 * Set what workers are made of: the attributes of PyScript's script element.
 *
 * @param {Record<string, string>} some
 */
export function prepare(some) {
    attributes = some;
}

/** Start a worker. */
export function begin() {
    newest = new PythonWorker();
    return newest;
}

/** The worker that was started last. */
export const last = () => newest;

/** The URL of the folder of its Pyodide. */
export const interpreter = () => decodeURIComponent(JSON.parse(attributes.config).interpreter.split("#")[1]);
