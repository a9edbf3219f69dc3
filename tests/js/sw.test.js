import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import vm from "node:vm";

const SOURCE = readFileSync(new URL("../../sw.js", import.meta.url), "utf-8");
const SCOPE = "https://example.org/a%20site/";

/**
 * Run sw.js with a list of files at SCOPE; return its listeners, its cache and what else it did. `own` is what the
 * browser's own cache has.
 */
function serviceWorker(files, server = {}, later = [], own = {}) {
    const cached = new Map();
    const messages = [];
    const done = [];
    const listeners = {};
    const store = {
        match: async (key) => cached.get(key.url ?? key)?.clone(),
        put: async (key, response) => cached.set(key, response),
        delete: async (key) => cached.delete(key.url ?? key),
        keys: async () => [...cached.keys()].map((url) => ({ url })),
    };
    const context = vm.createContext({
        URL,
        Request,
        Response,
        Headers,
        TextEncoder,
        crypto,
        btoa,
        setTimeout,
        registration: {
            scope: SCOPE,
            unregister: async () => done.push("unregister"),
            update: async () => done.push("update"),
        },
        skipWaiting: async () => done.push("skip waiting"),
        caches: {
            open: async () => store,
            delete: async () => cached.clear(),
            has: async () => cached.size > 0,
            match: store.match,
        },
        clients: {
            matchAll: async () => [
                { url: SCOPE, id: "page", postMessage: (m) => messages.push(m), navigate: async () => {} },
            ],
        },
        addEventListener: (type, listener) => {
            listeners[type] = listener;
        },
        fetch: async (asked, { cache = "default", integrity = "" } = {}) => {
            const url = asked.href ?? asked.url ?? asked;
            const path = decodeURIComponent(url.slice(SCOPE.length));
            if (cache === "only-if-cached") {
                if (!(path in own) || (integrity && hash(own[path]) !== integrity)) throw new TypeError("failed");
                return new Response(own[path], { headers: { "content-type": "application/wasm" } });
            }
            done.push(url);
            const text = server[path];
            if (text instanceof Error) throw text;
            if (cache === "reload" && path in own) own[path] = text;
            return new Response(text ?? "", { status: text === undefined ? 404 : 200 });
        },
    });
    context.self = context;
    const lists = SOURCE.replace("const FILES = {};", `const FILES = ${JSON.stringify(files)};`);
    vm.runInContext(lists.replace("const LATER = [];", `const LATER = ${JSON.stringify(later)};`), context);
    const run = async (type, event = {}) => {
        const promises = [];
        listeners[type]({ waitUntil: (promise) => promises.push(promise), ...event });
        await Promise.all(promises);
    };
    const ask = async (url, method = "GET", mode = "cors") => {
        let answer;
        await run("fetch", { request: { url, method, mode }, respondWith: (response) => (answer = response) });
        return answer && (await answer).text();
    };
    /** Send a message as a page does; return the answer. */
    const tell = async (data) => {
        let answer;
        const port = { postMessage: (value) => (answer = value) };
        await run("message", { data, source: { id: "page" }, ports: [port] });
        return answer;
    };
    return { cached, done, messages, run, ask, tell };
}

const hash = (text) => `sha256-${createHash("sha256").update(text).digest("base64")}`;
const key = (text) => `${SCOPE}.by-hash/${encodeURIComponent(hash(text))}`;
const FILES = { "index.html": hash("page"), "py/main.py": hash("program"), "a folder/_same+.txt": hash("same") };
const SERVER = { "./": "", "": "page", "py/main.py": "program", "a folder/_same+.txt": "same" };

test("every file is kept once under its hash, and answers are made of what is kept", async () => {
    const { cached, ask, run, done } = serviceWorker(FILES, SERVER);
    await run("install");
    assert.deepEqual([...cached.keys()].sort(), ["page", "program", "same"].map(key).sort());
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

test("a damaged file is found when asked for, and replaced; the others stay as they are", async () => {
    const { cached, run, done, ask, tell } = serviceWorker(FILES, SERVER);
    await run("install");
    cached.set(key("program"), new Response("pr\0gram"));
    const untouched = cached.get(key("same"));
    assert.equal(await ask(`${SCOPE}py/main.py`), "pr\0gram"); // what is kept is served as it is, so that it streams
    done.length = 0;
    assert.deepEqual(structuredClone(await tell("verify")), { mended: ["py/main.py"], lost: [] });
    assert.deepEqual(done, [`${SCOPE}py/main.py`]);
    assert.equal(await ask(`${SCOPE}py/main.py`), "program");
    assert.equal(cached.get(key("same")), untouched);
});

test("a damaged file that the server does not have any more is dropped, and a newer version looked for", async () => {
    const server = { ...SERVER };
    const { cached, run, done, tell } = serviceWorker(FILES, server);
    await run("install");
    cached.set(key("program"), new Response("damaged"));
    server["py/main.py"] = "of another version";
    assert.deepEqual(structuredClone(await tell("verify")), { mended: [], lost: ["py/main.py"] });
    assert.equal(cached.has(key("program")), false);
    assert.equal(done.at(-1), "update");
});

test("a new version replaces a damaged file that it shares with the old one", async () => {
    const { cached, run, ask } = serviceWorker(FILES, SERVER);
    cached.set(key("program"), new Response("damaged"));
    await run("install");
    assert.equal(await ask(`${SCOPE}py/main.py`), "program");
});

test("a packed file may arrive unpacked", async () => {
    const files = { ...FILES, "a.gz": `${hash("packed")} ${hash("inside")}` };
    for (const sent of ["packed", "inside"]) {
        const { run, ask } = serviceWorker(files, { ...SERVER, "a.gz": sent });
        await run("install");
        assert.equal(await ask(`${SCOPE}a.gz`), sent);
    }
    await assert.rejects(serviceWorker(files, { ...SERVER, "a.gz": "else" }).run("install"), /sends other content/);
});

test("a first version that the server changes leaves nothing, and the page says so", async () => {
    const { cached, run, messages } = serviceWorker(FILES, { ...SERVER, "py/main.py": "program and advertising" });
    await assert.rejects(run("install"));
    assert.equal(cached.size, 0);
    assert.deepEqual(
        messages.map((message) => ({ ...message })),
        [{ unkept: "py/main.py: the server sends other content" }],
    );
});

test("a first version whose fetching is cut goes on with what it has", async () => {
    const server = { ...SERVER, "": new Error("the connection is lost") };
    const { cached, run, done, messages } = serviceWorker(FILES, server);
    await assert.rejects(run("install"), /connection/);
    assert.equal(cached.size, 2);
    server[""] = "page";
    done.length = 0;
    await run("install");
    assert.deepEqual(done, [SCOPE]);
    assert.deepEqual(messages, []);
});

test("a network that a page used before the service worker was there is cached when the page says so", async () => {
    const files = { ...FILES, "weights/later.gz": hash("later") };
    const { cached, run, tell, ask, done } = serviceWorker(files, { ...SERVER, "weights/later.gz": "later" }, [
        "weights/later.gz",
    ]);
    await run("install");
    await tell({ keep: "index.html/../other" });
    assert.equal(cached.size, 3);
    await tell({ keep: "weights/later.gz" });
    assert(cached.has(key("later")));
    const asked = done.length;
    assert.equal(await ask(`${SCOPE}weights/later.gz`), "later");
    assert.equal(done.length, asked);
});

test("a network that the page does not start with is cached when it is first used", async () => {
    const files = { ...FILES, "weights/text.jb64": hash("network") };
    const { cached, run, done, ask, tell } = serviceWorker(files, { ...SERVER, "weights/text.jb64": "network" }, [
        "weights/text.jb64",
    ]);
    await run("install");
    await run("activate");
    assert.equal(cached.size, 3);
    assert.deepEqual(structuredClone(await tell("verify")), { mended: [], lost: [] });
    assert.equal(await ask(`${SCOPE}weights/text.jb64`), "network");
    done.length = 0;
    await run("activate");
    assert.equal(await ask(`${SCOPE}weights/text.jb64`), "network");
    assert.deepEqual(done, []);
});

test("a page whose copy was given up comes from the network, whatever its version", async () => {
    const { cached, run, ask } = serviceWorker({ ...FILES, "py/main.py": hash("newer") }, SERVER);
    await assert.rejects(run("install"));
    assert.equal(cached.size, 0);
    assert.equal(await ask(`${SCOPE}py/main.py`), "program");
});

test("WebAssembly is kept with the type that lets it stream, whatever the host says", async () => {
    const { cached, run } = serviceWorker({ "a.wasm": hash("module") }, { "a.wasm": "module" });
    await run("install");
    assert.equal(cached.get(key("module")).headers.get("content-type"), "application/wasm");
});

const WASM = "runtime/python-1.2.3/python.wasm";

/** A site with WebAssembly in a folder with a version, of which the browser's own cache has `copy`. */
async function withOwn(copy, path = WASM, server = { [path]: "module" }) {
    const own = { [path]: copy };
    const site = { ...serviceWorker({ [path]: hash("module") }, server, [], own), own, server, path };
    await site.run("install");
    site.done.length = 0;
    return site;
}

test("WebAssembly of the runtime comes from the browser's own cache, where its compiled code lies", async () => {
    const { ask, cached, done } = await withOwn("module");
    cached.clear();
    assert.equal(await ask(SCOPE + WASM), "module");
    assert.deepEqual(done, []);
    const other = await withOwn("another version's", "js-shims/kernel.wasm"); // the name says no version
    assert.equal(await other.ask(SCOPE + other.path), "module");
});

test("a damaged copy in the browser's own cache is replaced with the others", async () => {
    const { ask, tell, own } = await withOwn("damaged");
    assert.deepEqual(structuredClone(await tell("verify")), { mended: [], lost: [] });
    assert.equal(own[WASM], "module");
    assert.equal(await ask(SCOPE + WASM), "module");
});

test("a damaged copy in the browser's own cache is not used when the server is away", async () => {
    const { ask, tell, server } = await withOwn("damaged");
    server[WASM] = new Error("no connection");
    await tell("verify");
    assert.equal(await ask(SCOPE + WASM), "module");
});
