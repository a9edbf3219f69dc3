import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import vm from "node:vm";

const SOURCE = readFileSync(new URL("../../sw.js", import.meta.url), "utf-8");
const SCOPE = "https://example.org/a%20site/";

/** Run sw.js with a list of files at SCOPE; return its listeners, its cache and what else it did. */
function serviceWorker(files, server = {}) {
    const cached = new Map();
    const done = [];
    const listeners = {};
    const store = {
        match: async (key) => cached.get(key.url ?? key),
        put: async (key, response) => cached.set(key, response),
        delete: async (key) => cached.delete(key.url ?? key),
        keys: async () => [...cached.keys()].map((url) => ({ url })),
    };
    const context = vm.createContext({
        URL,
        Response,
        Headers,
        registration: { scope: SCOPE, unregister: async () => done.push("unregister") },
        skipWaiting: async () => done.push("skip waiting"),
        caches: { open: async () => store, delete: async () => cached.clear() },
        clients: { matchAll: async () => [] },
        addEventListener: (type, listener) => {
            listeners[type] = listener;
        },
        fetch: async (url) => {
            done.push(url.href);
            const text = server[decodeURIComponent(url.href.slice(SCOPE.length))];
            return new Response(text ?? "", { status: text === undefined ? 404 : 200 });
        },
    });
    context.self = context;
    vm.runInContext(SOURCE.replace("const FILES = {};", `const FILES = ${JSON.stringify(files)};`), context);
    const run = async (type, event = {}) => {
        const promises = [];
        listeners[type]({ waitUntil: (promise) => promises.push(promise), ...event });
        await Promise.all(promises);
    };
    const ask = async (url, method = "GET") => {
        let answer;
        await run("fetch", { request: { url, method }, respondWith: (response) => (answer = response) });
        return answer && (await answer).text();
    };
    return { cached, done, run, ask };
}

const FILES = { "index.html": "sha256-a+/=", "py/main.py": "sha256-b", "a folder/_same+.txt": "sha256-c" };
const SERVER = { "./": "", "": "page", "py/main.py": "program", "a folder/_same+.txt": "same" };

test("every file is kept once under its hash, and answers are made of what is kept", async () => {
    const { cached, ask, run, done } = serviceWorker(FILES, SERVER);
    await run("install");
    assert.deepEqual([...cached.keys()].sort(), [
        `${SCOPE}.by-hash/sha256-a%2B%2F%3D`,
        `${SCOPE}.by-hash/sha256-b`,
        `${SCOPE}.by-hash/sha256-c`,
    ]);
    const asked = done.length;
    assert.equal(asked, 3);
    assert.equal(await ask(`${SCOPE}py/main.py`), "program");
    assert.equal(await ask(`${SCOPE}a%20folder/_same+.txt`), "same");
    assert.equal(done.length, asked);
});

for (const [what, url, method] of [
    ["another site", "https://example.com/a%20site/py/main.py"],
    ["a folder above", "https://example.org/py/main.py"],
    ["a file that is not listed", `${SCOPE}py/other.py`],
    ["a name that every object has", `${SCOPE}constructor`],
    ["a path that cannot be decoded", `${SCOPE}%E0%A4%A`],
    ["a form that is sent", `${SCOPE}py/main.py`, "POST"],
]) {
    test(`${what} is left to the browser`, async () => {
        assert.equal(await serviceWorker(FILES, SERVER).ask(url, method), undefined);
    });
}

test("a question after the name does not matter, and the folder is its page", async () => {
    const { run, ask } = serviceWorker(FILES, SERVER);
    await run("install");
    assert.equal(await ask(`${SCOPE}?ink=1`), "page");
    assert.equal(await ask(`${SCOPE}py/main.py?x#y`), "program");
});

test("a version of which one file is missing is not installed", async () => {
    const { run } = serviceWorker(FILES, { "": "page" });
    await assert.rejects(run("install"), /the server answered 404/);
});

test("a new version drops what only the old one had", async () => {
    const { cached, run } = serviceWorker(FILES, SERVER);
    cached.set(`${SCOPE}.by-hash/old`, new Response("old"));
    await run("install");
    await run("activate");
    assert.equal(cached.has(`${SCOPE}.by-hash/old`), false);
    assert.equal(cached.size, 3);
});

test("without a list everything is undone", async () => {
    const { cached, run, done, ask } = serviceWorker({});
    cached.set(`${SCOPE}.by-hash/old`, new Response("old"));
    await run("install");
    await run("activate");
    assert.deepEqual(done, ["skip waiting", "unregister"]);
    assert.equal(cached.size, 0);
    assert.equal(await ask(`${SCOPE}index.html`), undefined);
});
