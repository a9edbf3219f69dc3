/**
 * Storage as plain verbs. Everything kept is text, under a name. What to keep and what to make of it is decided in
 * py/page/storage/autosave.py.
 *
 * The browser's database, where it has one and lets the page use it; else its small storage; else nothing but memory.
 */
const PATIENCE_MS = 4000; // some browsers, in private windows, never answer at all

const STORE = "kept";

const answered = (request) =>
    new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
    });

/** A text that is no longer than `most`, "" for one that is. */
const within = (text, most) => (text?.length > most ? "" : text);

class Database {
    kind = "database";

    constructor(database) {
        this.database = database;
        // Whoever deletes the database, as "clear site data" does, must not wait for this page.
        database.onversionchange = () => database.close();
    }

    /** What is kept under a name, or null; a text longer than `most` is not handed over: "" then. */
    async get(name, most) {
        const text = await answered(this.database.transaction(STORE).objectStore(STORE).get(name));
        return within(text ?? null, most);
    }

    /**
     * Keep a text, or with null nothing, under a name, all in one transaction. If what was there is not `known`, and
     * `aside` is a name, it is kept under that; then the answer is true.
     */
    put(name, text, known, aside) {
        return new Promise((resolve, reject) => {
            const transaction = this.database.transaction(STORE, "readwrite");
            const store = transaction.objectStore(STORE);
            let other = false;
            const write = () => {
                if (text === null) store.delete(name);
                else store.put(text, name);
                transaction.commit?.(); // at once: the page may be about to go
            };
            if (aside) {
                const before = store.get(name);
                before.onsuccess = () => {
                    const there = before.result ?? null;
                    other = there !== null && there !== known && there !== text;
                    if (other) store.put(there, aside);
                    write();
                };
            } else {
                write();
            }
            transaction.oncomplete = () => resolve(other);
            transaction.onabort = () => reject(transaction.error ?? new Error("it was given up"));
        });
    }

    /** Keep under another name what is kept under this one, bit by bit as it is. */
    move(name, to) {
        return new Promise((resolve, reject) => {
            const transaction = this.database.transaction(STORE, "readwrite");
            const store = transaction.objectStore(STORE);
            const before = store.get(name);
            before.onsuccess = () => {
                store.put(before.result, to);
                store.delete(name);
            };
            transaction.oncomplete = () => resolve();
            transaction.onabort = () => reject(transaction.error ?? new Error("it was given up"));
        });
    }

    /** Keep a text under a name, without an answer: the page is about to go. */
    hurry(name, text) {
        this.put(name, text, null, "").catch(() => {});
    }
}

class Small {
    kind = "small";

    constructor(storage, prefix) {
        this.storage = storage;
        this.prefix = prefix;
    }

    async get(name, most) {
        return within(this.storage.getItem(this.prefix + name), most);
    }

    async put(name, text, known, aside) {
        const there = this.storage.getItem(this.prefix + name);
        const other = Boolean(aside) && there !== null && there !== known && there !== text;
        if (other) this.storage.setItem(this.prefix + aside, there);
        if (text === null) this.storage.removeItem(this.prefix + name);
        else this.storage.setItem(this.prefix + name, text);
        return other;
    }

    async move(name, to) {
        this.storage.setItem(this.prefix + to, this.storage.getItem(this.prefix + name));
        this.storage.removeItem(this.prefix + name);
    }

    hurry(name, text) {
        this.put(name, text, null, "").catch(() => {});
    }
}

class Nothing extends Small {
    kind = "nothing";

    constructor() {
        const texts = new Map();
        const memory = {
            getItem: (name) => texts.get(name) ?? null,
            setItem: (name, text) => texts.set(name, text),
            removeItem: (name) => texts.delete(name),
        };
        super(memory, "");
    }
}

function database(name) {
    return new Promise((resolve, reject) => {
        const request = indexedDB.open(name, 1);
        request.onupgradeneeded = () => request.result.createObjectStore(STORE);
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
        setTimeout(() => reject(new Error("no answer")), PATIENCE_MS);
    });
}

/** The place where texts of this name's pages are kept: {kind: "database", "small" or "nothing", get, put}. */
export async function open(name) {
    try {
        return new Database(await database(name));
    } catch {
        try {
            const probe = `${name} probe`;
            localStorage.setItem(probe, "");
            localStorage.removeItem(probe);
            return new Small(localStorage, `${name} `);
        } catch {
            return new Nothing();
        }
    }
}

/** What the page kept in the small storage, before it kept things here; null if nothing, or if it is refused. */
export function before(key, most) {
    try {
        return within(localStorage.getItem(key), most);
    } catch {
        return null;
    }
}

/** It is kept elsewhere now. */
export function forget(key) {
    localStorage.removeItem(key);
}
