/**
 * The worker's life, in plain verbs: begun, asked, ended. When to do which is decided in py/page/worker_client/watchdog.py.
 *
 * PyScript makes a worker of every script element it finds; one that has ended leaves no call without an answer.
 */
const ELSEWHERE_MS = 20; // between two looks for PyScript's worker, which it makes when it has read the configuration

let attributes; // of PyScript's script element
let newest = null; // the worker that was begun last

class Running {
    constructor() {
        this.script = document.createElement("script");
        for (const [name, value] of Object.entries(attributes)) this.script.setAttribute(name, value);
        document.head.append(this.script);
        this.worker = null;
        this.pending = new Set(); // what rejects each call that has no answer yet
        this.heard = 0; // how often there was a sign of life
        this.broken = null; // called with a message when the worker reports an error that nothing in it caught
        this.over = false;
        this.started = this.start();
        this.started.catch(() => {}); // whoever awaits it hears of it
    }

    /** How many calls have no answer yet. */
    get waiting() {
        return this.pending.size;
    }

    async start() {
        while (!this.script.xworker) {
            if (this.over) throw new Error("it was ended");
            await new Promise((resolve) => setTimeout(resolve, ELSEWHERE_MS));
        }
        this.worker = this.script.xworker;
        await this.settled((resolve, reject) => {
            this.worker.addEventListener("error", (event) => {
                event.preventDefault();
                reject(event); // while it starts; afterwards that does nothing
                this.broken?.(event.message || "an error that the browser does not name");
            });
            this.worker.ready.then(resolve, reject);
        });
    }

    /** A promise as `new Promise` makes it, which is rejected at the latest when the worker ends. */
    settled(begin) {
        return new Promise((resolve, reject) => {
            const settle = (how) => (value) => {
                this.pending.delete(reject);
                this.heard++;
                how(value);
            };
            this.pending.add(reject);
            begin(settle(resolve), settle(reject));
        });
    }

    /** Call one of the verbs that the worker exports. */
    call(verb, ...values) {
        if (this.over) return Promise.reject(new Error("it was ended"));
        return this.settled((resolve, reject) => this.worker.sync[verb](...values).then(resolve, reject));
    }

    /** End it, whatever it is doing. */
    end(why) {
        this.over = true;
        this.worker?.terminate();
        this.script.remove();
        for (const reject of this.pending) reject(new Error(why));
        this.pending.clear();
    }
}

/** Say once what a worker is made of: the attributes of PyScript's script element. */
export function prepare(some) {
    attributes = some;
}

/** Begin a worker. */
export function begin() {
    newest = new Running();
    return newest;
}

/** The worker that was begun last. */
export const last = () => newest;

/** Where its interpreter is from. */
export const interpreter = () => JSON.parse(attributes.config).interpreter;
