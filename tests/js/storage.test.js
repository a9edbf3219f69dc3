import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { fallback, within } from "../../js-shims/io/storage.js";

globalThis.BroadcastChannel = undefined; // Node would wait for its messages
const MAX = 1e9;
let texts;

/** A localStorage that takes `room` characters. */
function played(room = Number.POSITIVE_INFINITY) {
    texts = new Map();
    return {
        get length() {
            return texts.size;
        },
        getItem: (name) => texts.get(name) ?? null,
        removeItem: (name) => texts.delete(name),
        setItem(name, text) {
            const others = [...texts].filter(([other]) => other !== name).map(([, some]) => some);
            if ([...others, text].join("").length > room) throw new Error("QuotaExceededError");
            texts.set(name, text);
        },
    };
}

beforeEach(() => {
    globalThis.localStorage = played();
});

/** Two tabs of a page, which have read what there is. */
async function tabs() {
    const both = [fallback("page"), fallback("page")];
    for (const tab of both) await tab.read("ink", MAX);
    return both;
}

test("a tab replaces what it knows, and what its text has in it, without a backup", async () => {
    const [one, other] = await tabs();
    assert.equal(await one.put("ink", "a", "backup"), false);
    assert.equal(await one.put("ink", "b", "backup"), false);
    assert.equal(await other.put("ink", "b\nc", "backup"), false);
    assert.deepEqual([...(await one.backups("backup", MAX))], []);
});

test("a tab that replaces another's text backs it up, also where it removes it", async () => {
    const [one, other] = await tabs();
    await one.put("ink", "a", "backup");
    assert.equal(await other.put("ink", "ab", "backup"), true); // "a" is not a line of it
    assert.equal(await one.put("ink", null, "backup"), true);
    assert.equal(await one.get("ink", MAX), null);
    assert.deepEqual([...(await one.backups("backup", MAX))], ["ab", "a"]);
});

test("a look at a text is no leave to replace it", async () => {
    const [one, other] = await tabs();
    await one.put("ink", "a", "backup");
    assert.equal(await other.get("ink", MAX), "a");
    assert.equal(await other.put("ink", "b", "backup"), true);
});

test("a backup has four slots, the newest first, and none twice", async () => {
    const [one] = await tabs();
    for (const text of ["a", "b", "b\nc", "d", "e", "a"]) await one.keep("backup", text);
    assert.deepEqual([...(await one.backups("backup", MAX))], ["a", "e", "d", "b\nc"]);
    assert.deepEqual([...(await one.backups("backup", 2))], ["a", "e", "d", ""]);
});

test("restoring goes round, and takes what another tab stored along", async () => {
    const [one, other] = await tabs();
    for (const text of ["a", "b"]) await one.keep("backup", text);
    await one.put("ink", "c", "backup");
    assert.equal(await one.restore("ink", "backup", "b", "c"), true);
    assert.equal(await one.get("ink", MAX), "b");
    assert.deepEqual([...(await one.backups("backup", MAX))], ["a", "c"]);
    assert.equal(await other.restore("ink", "backup", "a", null), true);
    assert.deepEqual([...(await one.backups("backup", MAX))], ["b", "c"]);
    assert.equal(await other.restore("ink", "backup", "never there", null), false);
});

test("where there is no room for a backup, the text that is there stays", async () => {
    globalThis.localStorage = played(5);
    const [one, other] = await tabs();
    await one.put("ink", "12345", "backup");
    await assert.rejects(other.put("ink", "678", "backup"), /Quota/);
    assert.equal(await one.get("ink", MAX), "12345");
});

test("what a page left is forgotten when it stays, unless another has replaced it", async () => {
    const [one, other] = await tabs();
    one.leave("ink", "a", "known before", "backup");
    assert.deepEqual([one.has("ink"), one.knew("ink", "known before"), one.knew("ink", "a")], [true, true, false]);
    one.stay("ink");
    assert.equal(one.has("ink"), false);
    one.leave("ink", "a", null, "backup");
    other.leave("ink", "b", null, "backup");
    one.stay("ink");
    assert.equal(await one.get("ink", MAX), "b");
    assert.deepEqual([...(await one.backups("backup", MAX))], ["a"]);
});

test("without a localStorage, memory serves", async () => {
    Object.defineProperty(globalThis, "localStorage", {
        configurable: true,
        get() {
            throw new Error("SecurityError");
        },
    });
    const place = fallback("page");
    Object.defineProperty(globalThis, "localStorage", { configurable: true, writable: true, value: undefined });
    assert.equal(place.kind, "memory");
    await place.put("ink", "a", "backup");
    assert.equal(await place.get("ink", MAX), "a");
});

test("a promise that takes too long is null, and may fail later", async () => {
    let fail;
    const late = new Promise((_, reject) => {
        fail = reject;
    });
    assert.equal(await within(late, 1), null);
    fail(new Error("at last"));
    assert.equal(await within(Promise.resolve(7), 1000), 7);
});
