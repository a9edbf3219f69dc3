import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { load, openPage } from "./browser.js";

const ROOT = new URL("../../", import.meta.url);
const lock = JSON.parse(readFileSync(new URL("runtime.lock.json", ROOT), "utf-8"));
const versions = Object.fromEntries(Object.entries(lock.parts).map(([name, { version }]) => [name, version]));
const HERE = "http://localhost/ductus/";

/** Return where the runtime is for a page, and what it fetched. */
async function basesOf(url, meta, files) {
    const page = openPage(url, meta, { "runtime.lock.json": lock, ...files });
    const { bases, downloads } = await load("boot/runtime.js");
    return { ...page, bases: await bases, downloads };
}

// --- where the runtime is

test("a page from the repository takes the runtime beside it, if all parts have the locked versions", async () => {
    const { bases } = await basesOf(HERE, { site: "repository" }, { "runtime/runtime.json": versions });
    for (const name of Object.keys(lock.parts))
        assert.equal(bases[name], `${HERE}runtime/${name}-${versions[name]}/`);
});

test("with one part of another version, or none, everything comes from the CDN", async () => {
    for (const files of [{ "runtime/runtime.json": { ...versions, pyodide: "0.1" } }, {}]) {
        const { bases } = await basesOf(HERE, { site: "repository" }, files);
        for (const [name, { cdn }] of Object.entries(lock.parts)) assert.equal(bases[name], cdn);
    }
});

test("a public copy of the repository does not look for a runtime beside it", async () => {
    const files = { "runtime/runtime.json": versions };
    const { bases, fetched } = await basesOf("https://example.org/ductus/", { site: "repository" }, files);
    assert.equal(bases.pyodide, lock.parts.pyodide.cdn);
    assert.ok(!fetched.some((url) => url.endsWith("runtime.json")));
});

test("a published page says where its runtime is", async () => {
    const runtime = Object.entries(versions).map(([name, version]) => `${name}-${version}`);
    const meta = { site: "built", runtime: runtime.join(" ") };
    const { bases, head } = await basesOf("https://example.org/a/index.html", meta, {});
    assert.equal(bases.pyodide, `https://example.org/a/runtime/pyodide-${versions.pyodide}/`);
    assert.deepEqual(Object.keys(bases).sort(), Object.keys(lock.parts).sort());
    assert.deepEqual(head, []); // its head has the preloads already
    await new Promise((resolve) => setTimeout(resolve)); // its downloads begin here, not in the next test
});

test("Pyodide's large files are downloaded under the user's names for them, each once", async () => {
    const { downloads, fetched } = await basesOf(HERE, { site: "repository" }, { "runtime/runtime.json": versions });
    await new Promise((resolve) => setTimeout(resolve));
    const names = downloads.parts.map(({ name }) => name);
    assert.deepEqual([...new Set(names)].sort(), ["Python", "numpy"]);
    assert.equal(fetched.filter((url) => url.includes("/pyodide-")).length, names.length);
    assert.ok(downloads.parts.every(({ bytes }) => bytes > 0));
});

test("a page that a service worker answers does not read the large files as well", async () => {
    const before = Object.getOwnPropertyDescriptor(globalThis, "navigator");
    Object.defineProperty(globalThis, "navigator", {
        value: { serviceWorker: { controller: {} } },
        configurable: true,
    });
    const { fetched } = await basesOf(HERE, { site: "repository" }, { "runtime/runtime.json": versions });
    await new Promise((resolve) => setTimeout(resolve));
    assert.ok(!fetched.some((url) => url.includes("/pyodide-")));
    if (before) Object.defineProperty(globalThis, "navigator", before);
    else delete globalThis.navigator;
});

test("a file that does not come is named in words", async () => {
    openPage(HERE, { site: "repository" }, { "runtime.lock.json": lock });
    const { get } = await load("boot/runtime.js");
    await assert.rejects(get(`${HERE}weights/none`), /^Error: weights\/none: the server answered 404$/);
    globalThis.fetch = async () => new Response("<h1>Home</h1>", { headers: { "content-type": "text/html" } });
    await assert.rejects(get(`${HERE}weights/none`), /^Error: weights\/none: the server sent a web page instead$/);
    globalThis.fetch = async () => {
        throw new TypeError("Failed to fetch");
    };
    await assert.rejects(get(`${HERE}weights/none`), /^Error: weights\/none: no answer from the server$/);
});

// --- what the two programs are made of

/** Load start.js in a page whose PyScript is an empty module; return the configurations of the two programs. */
async function programs(meta, url = HERE) {
    const parts = structuredClone(lock.parts);
    const empty = "data:text/javascript,//";
    for (const part of Object.values(parts)) part.cdn = empty;
    const { head } = openPage(url, meta, {
        "runtime.lock.json": { parts },
        "py/sources.json": { "page/main.py": "1" },
    });
    await load("boot/start.js");
    // start.js imports runtime.js once for all tests: it has the first page's places.
    for (let wait = 0; wait < 100 && head.filter(({ tag }) => tag === "script").length < 2; wait++) {
        await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const scripts = head.filter(({ tag }) => tag === "script");
    const worker = await import("../../js-shims/boot/worker.js");
    worker.last().end("the test is over"); // or it would look for PyScript's worker for ever
    return Object.fromEntries(scripts.map(({ type, src, config }) => [type, { src, ...JSON.parse(config) }]));
}

test("both programs get files that exist, under the names that Python imports", async () => {
    const { py, mpy } = await programs({ site: "repository" }, `${HERE}?kernel=simd`);
    assert.equal(py.kernel, "simd");
    assert.ok(existsSync(new URL(py.interpreter.replace(HERE, "").split("#")[0], ROOT)), py.interpreter);
    for (const [program, wanted] of [
        [py, ["./ductus/model.py", "./worker/api.py"]],
        [mpy, ["./page/main.py"]],
    ]) {
        assert.ok(existsSync(new URL(program.src.replace(HERE, ""), ROOT)), program.src);
        for (const [url, path] of Object.entries(program.files)) {
            assert.ok(url.endsWith(path.slice(1)) && existsSync(new URL(url.replace(HERE, ""), ROOT)), url);
        }
        for (const path of wanted) assert.ok(Object.values(program.files).includes(path), path);
    }
    const modules = Object.entries(mpy.js_modules.main);
    for (const [url, name] of modules) {
        assert.ok(url.endsWith(`/${name}.js`) && existsSync(new URL(url.replace(HERE, ""), ROOT)), url);
    }
    assert.ok(modules.some(([, name]) => name === "boot") && modules.some(([, name]) => name === "draw"));
});
