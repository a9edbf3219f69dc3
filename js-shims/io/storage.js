/**
 * Storage of texts, each under a name. What to save, and when, is decided in py/page/storage/autosave.py.
 *
 * It is the browser's database if the page may use it, or else its localStorage, or else memory alone.
 */
const TIMEOUT_MS = 4000; // some browsers, in private windows, never answer

const STORE = "entries";

/**
 * @template Result
 * @param {IDBRequest<Result>} request
 * @returns {Promise<Result>}
 */
const answered = (request) =>
    new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
    });

/**
 * A text, or "" instead of one of more than `max` characters.
 *
 * @param {string | null} text
 * @param {number} max
 */
const within = (text, max) => (text?.length > max ? "" : text);

class Database {
    kind = "database";

    /** @param {IDBDatabase} database */
    constructor(database) {
        this.database = database;
        // Deleting the database, as "clear site data" does, must not wait for this page.
        database.onversionchange = () => database.close();
    }

    /**
     * The text under a name, null if there is none, "" if it has more than `max` characters.
     *
     * @param {string} name
     * @param {number} max
     */
    async get(name, max) {
        const text = await answered(this.database.transaction(STORE).objectStore(STORE).get(name));
        return within(text ?? null, max);
    }

    /**
     * Store a text under a name, or with null remove it, in one transaction. If `backup` is a name, and the text that
     * was there is neither `known` nor the new one, that text is stored under `backup`; the answer is then true.
     *
     * @param {string} name
     * @param {string | null} text
     * @param {string | null} known
     * @param {string} backup
     * @returns {Promise<boolean>}
     */
    put(name, text, known, backup) {
        return new Promise((resolve, reject) => {
            const transaction = this.database.transaction(STORE, "readwrite");
            const store = transaction.objectStore(STORE);
            let other = false;
            const write = () => {
                if (text === null) store.delete(name);
                else store.put(text, name);
                transaction.commit?.(); // at once: the page may be about to go
            };
            if (backup) {
                const before = store.get(name);
                before.onsuccess = () => {
                    const there = before.result ?? null;
                    other = there !== null && there !== known && there !== text;
                    if (other) store.put(there, backup);
                    write();
                };
            } else {
                write();
            }
            transaction.oncomplete = () => resolve(other);
            transaction.onabort = () => reject(transaction.error ?? new Error("the transaction was aborted"));
        });
    }

    /**
     * Move a text to another name, unchanged.
     *
     * @param {string} name
     * @param {string} to
     * @returns {Promise<void>}
     */
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
            transaction.onabort = () => reject(transaction.error ?? new Error("the transaction was aborted"));
        });
    }

    /**
     * Store a text under a name without an answer: the page is about to go.
     *
     * @param {string} name
     * @param {string} text
     */
    putNow(name, text) {
        this.put(name, text, null, "").catch(() => {});
    }
}

class LocalStorage {
    kind = "localStorage";

    /**
     * @param {Pick<Storage, "getItem" | "setItem" | "removeItem">} storage
     * @param {string} prefix
     */
    constructor(storage, prefix) {
        this.storage = storage;
        this.prefix = prefix;
    }

    /** @type {Database["get"]} */
    async get(name, max) {
        return within(this.storage.getItem(this.prefix + name), max);
    }

    /** @type {Database["put"]} */
    async put(name, text, known, backup) {
        const there = this.storage.getItem(this.prefix + name);
        const other = Boolean(backup) && there !== null && there !== known && there !== text;
        if (other) this.storage.setItem(this.prefix + backup, there);
        if (text === null) this.storage.removeItem(this.prefix + name);
        else this.storage.setItem(this.prefix + name, text);
        return other;
    }

    /** @type {Database["move"]} */
    async move(name, to) {
        this.storage.setItem(this.prefix + to, this.storage.getItem(this.prefix + name));
        this.storage.removeItem(this.prefix + name);
    }

    /** @type {Database["putNow"]} */
    putNow(name, text) {
        this.put(name, text, null, "").catch(() => {});
    }
}

class Memory extends LocalStorage {
    kind = "memory";

    constructor() {
        /** @type {Map<string, string>} */
        const texts = new Map();
        super(
            {
                getItem: (name) => texts.get(name) ?? null,
                setItem: (name, text) => texts.set(name, text),
                removeItem: (name) => texts.delete(name),
            },
            "",
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
        setTimeout(() => reject(new Error("no answer")), TIMEOUT_MS);
    });
}

/**
 * Open the storage with this name; its `kind` is "database", "localStorage" or "memory".
 *
 * @param {string} name
 */
export async function open(name) {
    try {
        return new Database(await database(name));
    } catch {
        try {
            const probe = `${name} probe`;
            localStorage.setItem(probe, "");
            localStorage.removeItem(probe);
            return new LocalStorage(localStorage, `${name} `);
        } catch {
            return new Memory();
        }
    }
}
