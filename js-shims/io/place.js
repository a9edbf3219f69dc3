/**
 * What the places of storage.js have in common: texts, each under a name, and their backups.
 *
 * Other tabs of the page use the same storage. No text of theirs is overwritten: it moves to a backup, in the same
 * transaction. A backup has several slots, the newest first.
 */
const SLOTS = 4;

/**
 * What `replace` and `keep` need of an IDBObjectStore.
 *
 * @typedef {{
 *     get: (name: string) => {result: any, onsuccess: (event?: any) => void},
 *     put: (text: string, name: string) => void,
 *     delete: (name: string) => void,
 * }} Store
 */

/**
 * The name of a backup's slot, the newest being number 0.
 *
 * @param {string} backup
 * @param {number} slot
 */
const slotOf = (backup, slot) => (slot ? `${backup} ${slot + 1}` : backup);

/** @param {string} backup */
export const slotsOf = (backup) => Array.from({ length: SLOTS }, (_, slot) => slotOf(backup, slot));

/**
 * Is all of a text in another? New strokes are lines at its end.
 *
 * @param {string | null} text
 * @param {string | null} part
 */
export const contains = (text, part) => text !== null && part !== null && `${text}\n`.startsWith(`${part}\n`);

/**
 * A text, or "" instead of one of more than `max` characters.
 *
 * @param {string | null} text
 * @param {number} max
 */
export const limited = (text, max) => (text?.length > max ? "" : text);

/**
 * @param {Store} store
 * @param {string} name
 * @param {string | null} text
 */
export function write(store, name, text) {
    if (text === null) store.delete(name);
    else store.put(text, name);
}

/**
 * Keep texts, the newest first, as a backup: before those that are there, without any that a newer one has in it, and
 * up to the number of slots.
 *
 * @param {Store} store
 * @param {string} backup
 * @param {string[]} texts
 */
export function keep(store, backup, texts) {
    const slots = slotsOf(backup);
    const before = slots.map((name) => store.get(name));
    before[SLOTS - 1].onsuccess = () => {
        /** @type {string[]} */
        const all = [];
        for (const text of [...texts, ...before.map(({ result }) => result ?? null)]) {
            if (text !== null && !all.some((newer) => contains(newer, text))) all.push(text);
        }
        // The oldest first: localStorage may be full halfway.
        for (let slot = SLOTS - 1; slot >= 0; slot--) write(store, slots[slot], all[slot] ?? null);
    };
}

/** What the database and localStorage have in common. Methods resolve once their transaction is completed. */
export class Place {
    /** @type {Map<string, string | null>} what this page read or wrote last under a name: no other tab's */
    known = new Map();
    /** @type {((name: string) => void) | null} called when another tab has written under a name */
    elsewhere = null;
    /** @type {(() => void) | null} called when the connection is lost */
    lost = null;

    /** @param {string} name */
    constructor(name) {
        try {
            this.channel = new BroadcastChannel(name);
            this.channel.onmessage = ({ data }) => this.elsewhere?.(data);
        } catch {
            // Then other tabs are noticed when something is saved.
        }
    }

    /**
     * Do something with the store in one transaction, "relaxed" or "strict" in its durability.
     *
     * @type {(work: (store: Store) => void, durability?: IDBTransactionDurability) => Promise<void>}
     */
    change() {
        throw new TypeError("not a place");
    }

    /**
     * The text under a name, null if there is none, "" if it has more than `max` characters.
     *
     * @param {string} name
     * @param {number} max
     */
    async get(name, max) {
        /** @type {string | null} */
        let text = null;
        await this.change((store) => {
            const request = store.get(name);
            request.onsuccess = () => {
                text = request.result ?? null;
            };
        });
        return limited(text, max);
    }

    /**
     * The same; from now on this page knows the text, and may replace it.
     *
     * @type {Place["get"]}
     */
    async read(name, max) {
        const text = await this.get(name, Number.POSITIVE_INFINITY);
        this.known.set(name, text);
        return limited(text, max);
    }

    /**
     * Store a text under a name, or with null remove it. If `backup` is a name, and what was there is another tab's,
     * which the text does not have in it, it is kept as a backup; the answer is then true. A rejection that comes
     * before somebody waits for the answer is not reported as unhandled.
     *
     * @param {string} name
     * @param {string | null} text
     * @param {string} backup
     * @param {IDBTransactionDurability} durability
     * @returns {Promise<boolean>}
     */
    put(name, text, backup, durability = "relaxed") {
        const answer = this.replace(name, text, backup, durability);
        answer.catch(() => {});
        return answer;
    }

    /** @type {Place["put"]} */
    async replace(name, text, backup, durability) {
        let other = false;
        await this.change((store) => {
            if (!backup) {
                write(store, name, text);
                return;
            }
            const before = store.get(name);
            before.onsuccess = () => {
                const there = before.result ?? null;
                // Asked for here, after all earlier transactions: they may have changed it.
                other = this.isOther(name, there, text);
                if (other) keep(store, backup, [there]);
                write(store, name, text);
            };
        }, durability);
        this.wrote(name, text);
        return other;
    }

    /**
     * Is what is there another tab's, and not all of it in the text that is to replace it?
     *
     * @param {string} name
     * @param {string | null} there
     * @param {string | null} text
     */
    isOther(name, there, text) {
        return there !== null && there !== this.known.get(name) && !contains(text, there);
    }

    /**
     * @param {string} name
     * @param {string | null} text
     */
    wrote(name, text) {
        this.known.set(name, text);
        this.channel?.postMessage(name);
    }

    /**
     * Keep a text as the newest backup.
     *
     * @param {string} backup
     * @param {string} text
     */
    async keep(backup, text) {
        await this.change((store) => keep(store, backup, [text]));
    }

    /**
     * Make the text under a name its newest backup, unchanged.
     *
     * @param {string} name
     * @param {string} backup
     */
    async move(name, backup) {
        await this.change((store) => {
            const before = store.get(name);
            before.onsuccess = () => {
                if (before.result !== undefined && before.result !== null) keep(store, backup, [before.result]);
                store.delete(name);
            };
        });
        this.wrote(name, null);
    }

    /**
     * The texts of a backup, the newest first, "" instead of one of more than `max` characters.
     *
     * @param {string} backup
     * @param {number} max
     */
    async backups(backup, max) {
        return (await this.slots(backup)).map((text) => limited(text, max));
    }

    /**
     * Exchange the text under a name for a `wanted` one of its backups; a `text`, unless it is null, becomes the last
     * of them. What another tab has stored becomes the first. The answer is false if there is no such backup.
     *
     * @param {string} name
     * @param {string} backup
     * @param {string} wanted
     * @param {string | null} text
     */
    async restore(name, backup, wanted, text) {
        let found = false;
        await this.change((store) => {
            const main = store.get(name);
            const before = slotsOf(backup).map((slot) => store.get(slot));
            before[SLOTS - 1].onsuccess = () => {
                const texts = before.map(({ result }) => result ?? null).filter((some) => some !== null);
                const index = texts.indexOf(wanted);
                found = index >= 0;
                if (!found) return;
                texts.splice(index, 1);
                if (text !== null && !texts.some((some) => contains(some, text))) texts.push(text);
                const there = main.result ?? null;
                if (this.isOther(name, there, text)) texts.unshift(there);
                if (texts.length > SLOTS) texts.splice(SLOTS - 1, texts.length - SLOTS); // not the last
                for (const slot of slotsOf(backup)) write(store, slot, texts.shift() ?? null);
                store.put(wanted, name);
            };
        });
        if (found) this.wrote(name, wanted);
        return found;
    }

    /** @param {string} backup */
    async slots(backup) {
        /** @type {string[]} */
        const texts = [];
        for (const slot of slotsOf(backup)) {
            const text = await this.get(slot, Number.POSITIVE_INFINITY);
            if (text !== null) texts.push(text);
        }
        return texts;
    }

    /** Use it no longer. */
    close() {
        this.channel?.close();
        this.elsewhere = null;
        this.lost = null;
    }
}
