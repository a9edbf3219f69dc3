/**
 * Storage of texts, each under a name: the browser's database, its localStorage, or memory alone. What to save, when
 * and in which of them is decided in py/page/storage.
 */
import { contains, keep, limited, Place, slotsOf, write } from "./place.js";

const STORE = "entries";
// Before the name of a text in localStorage: the database's that it was to replace.
const KNOWN = "known ";

class Database extends Place {
    kind = "database";

    /**
     * @param {IDBDatabase} database
     * @param {string} name
     */
    constructor(database, name) {
        super(name);
        this.database = database;
        database.onclose = () => this.lost?.();
        // Deleting the database, as "clear site data" does, or a newer page's change of it, must not wait for this page.
        database.onversionchange = () => {
            database.close();
            this.lost?.();
        };
    }

    /**
     * "relaxed" resolves when the operating system has the data, so that they survive the end of the browser; "strict",
     * when the disk has. The next stroke would have to wait for that, so it is for a page that goes.
     *
     * @type {Place["change"]}
     */
    change(work, durability = "relaxed") {
        return new Promise((resolve, reject) => {
            const transaction = this.database.transaction(STORE, "readwrite", { durability });
            transaction.oncomplete = () => resolve();
            transaction.onabort = () => reject(transaction.error ?? new Error("the transaction was aborted"));
            work(/** @type {any} */ (transaction.objectStore(STORE)));
        });
    }

    /** @type {Place["get"]} */
    get(name, max) {
        return new Promise((resolve, reject) => {
            const request = this.database.transaction(STORE).objectStore(STORE).get(name);
            request.onsuccess = () => resolve(limited(request.result ?? null, max));
            request.onerror = () => reject(request.error);
        });
    }

    /**
     * Take over what localStorage has under a name and as its backup, where ink may have gone while there was no
     * database, or when a page was closed. What is here and not in it becomes a backup, unless the page that wrote it
     * knew that text.
     *
     * @param {LocalStorage} other
     * @param {string} name
     * @param {string} backup
     * @param {string} empty the text of an entry without contents
     */
    async takeOver(other, name, backup, empty) {
        const [text, known, kept] = [other.peek(name), other.peek(KNOWN + name), await other.slots(backup)];
        if (text === null && !kept.length) return;
        await this.change((store) => {
            const before = store.get(name);
            before.onsuccess = () => {
                const there = before.result ?? null;
                const old = text === null || (text !== empty && there !== known && contains(there, text));
                const replaced = old || there === null || there === known || contains(text, there) ? [] : [there];
                keep(store, backup, [...replaced, ...kept]);
                if (!old) write(store, name, text === empty ? null : text);
            };
        }, "strict");
        this.channel?.postMessage(name);
        other.forget(name, text);
        slotsOf(backup).forEach((slot, i) => {
            other.forget(slot, kept[i] ?? null);
        });
    }

    close() {
        super.close();
        this.database.onclose = null;
        this.database.close();
    }
}

class LocalStorage extends Place {
    kind = "localStorage";

    /**
     * @param {Pick<Storage, "getItem" | "setItem" | "removeItem">} storage
     * @param {string} name
     */
    constructor(storage, name) {
        super(`${name} fallback`);
        this.storage = storage;
        this.prefix = `${name} `;
        /** @type {Map<string, string>} */
        this.left = new Map();
        /** @type {import('./place.js').Store} */
        this.store = {
            get: (entry) => {
                const result = this.peek(entry);
                return {
                    result,
                    /** At once. @param {() => void} answer */
                    set onsuccess(answer) {
                        answer();
                    },
                };
            },
            put: (text, entry) => storage.setItem(this.prefix + entry, text),
            delete: (entry) => storage.removeItem(this.prefix + entry),
        };
    }

    /**
     * The text under a name, or null.
     *
     * @param {string} name
     */
    peek(name) {
        return this.storage.getItem(this.prefix + name);
    }

    /** Is there a text under a name? */
    has(/** @type {string} */ name) {
        return this.peek(name) !== null;
    }

    /**
     * Store a text as a page does that is about to go, with what it `known`, the database's text that it replaces.
     *
     * @param {string} name
     * @param {string} text
     * @param {string | null} known
     * @param {string} backup
     */
    leave(name, text, known, backup) {
        this.put(name, text, backup);
        this.put(KNOWN + name, known, "");
        this.left.set(name, text);
    }

    /** Remove what this page left, as it did not go. @param {string} name */
    stay(name) {
        this.forget(name, this.left.get(name) ?? null);
    }

    /**
     * Did the page that left the text under a name know this one?
     *
     * @param {string} name
     * @param {string} text
     */
    knew(name, text) {
        return this.peek(KNOWN + name) === text;
    }

    /**
     * Remove a text, if it is still the one under a name.
     *
     * @param {string} name
     * @param {string | null} text
     */
    forget(name, text) {
        if (text === null || this.peek(name) !== text) return;
        this.store.delete(name);
        this.store.delete(KNOWN + name);
        this.known.set(name, null);
    }

    /** Done when it returns: the page may be about to go. @type {Place["change"]} */
    async change(work) {
        work(this.store);
    }
}

class Memory extends LocalStorage {
    kind = "memory";

    /** @param {string} name */
    constructor(name) {
        /** @type {Map<string, string>} */
        const texts = new Map();
        super(
            {
                getItem: (entry) => texts.get(entry) ?? null,
                setItem: (entry, text) => texts.set(entry, text),
                removeItem: (entry) => texts.delete(entry),
            },
            name,
        );
    }
}

/**
 * @param {string} name
 * @returns {Promise<IDBDatabase>}
 */
function database(name) {
    return new Promise((resolve, reject) => {
        const request = indexedDB.open(name, 1);
        request.onupgradeneeded = () => request.result.createObjectStore(STORE);
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
    });
}

/**
 * @param {string} name
 * @returns {Promise<void>}
 */
function remove(name) {
    return new Promise((resolve, reject) => {
        const request = indexedDB.deleteDatabase(name);
        request.onsuccess = () => resolve();
        request.onerror = () => reject(request.error);
    });
}

/**
 * Open the database with this name, however long that takes; it may also fail. `known` is the one of the connection
 * before, if this page had one.
 *
 * @param {string} name
 * @param {Place["known"] | null} known
 */
export async function open(name, known = null) {
    let found = await database(name);
    if (!found.objectStoreNames.length) {
        // What made it was interrupted. Without a store there is nothing in it.
        found.close();
        await remove(name);
        found = await database(name);
    }
    const place = new Database(found, name);
    if (known) place.known = known;
    return place;
}

/**
 * The storage for as long as there is no database: its `kind` is "localStorage", or "memory" where that is refused.
 *
 * @param {string} name
 */
export function fallback(name) {
    try {
        if (!localStorage.length) {
            // Some browsers, in private windows, have one that takes nothing.
            localStorage.setItem(name, "");
            localStorage.removeItem(name);
        }
        return new LocalStorage(localStorage, name);
    } catch {
        return new Memory(name);
    }
}

/**
 * What a promise resolves to, or null if that takes longer than `ms`.
 *
 * @template Result
 * @param {Promise<Result>} promise
 * @param {number} ms
 * @returns {Promise<Result | null>}
 */
export function within(promise, ms) {
    promise.catch(() => {}); // it may fail after that time, and is then asked again
    return Promise.race([promise, new Promise((resolve) => setTimeout(() => resolve(null), ms))]);
}
