import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { load } from "./browser.js";

const KERNEL = readFileSync(new URL("../../js-shims/kernel/kernel-simd.wasm", import.meta.url));

/** Start pool_worker.js; return a function that sends it a message and returns what it answers. */
async function start() {
    const answers = [];
    globalThis.self = globalThis;
    globalThis.postMessage = (answer) => answers.push(answer);
    await load("kernel/pool_worker.js");
    const { onmessage } = globalThis;
    return (data) => {
        onmessage({ data });
        return answers.pop();
    };
}

/** Return a call that packs a matrix (K, N) of 1, 2, 3 ... at an address: the structure, then the matrix. */
function packing(job, at, K, N) {
    const matrix = at + 16;
    const packed = matrix + 16 * Math.ceil((4 * K * N) / 16);
    const bytes = 4 * K * 32 * Math.ceil(N / 32);
    const image = new Uint8Array(16 + 4 * K * N);
    new Int32Array(image.buffer, 0, 4).set([K, N, matrix, packed]);
    new Float32Array(image.buffer, 16).set(Array.from({ length: K * N }, (_, i) => i + 1));
    return [job, at, image, packed + bytes, "pack", at, packed, bytes];
}

test("a routine runs on the bytes that were sent, and its result comes back under the job's number", async () => {
    const send = await start();
    assert.equal(send(KERNEL), undefined);
    const [job, result] = send(packing(7, 16, 2, 3));
    assert.equal(job, 7);
    const found = new Float32Array(result);
    assert.deepEqual([...found.subarray(0, 4)], [1, 2, 3, 0]); // panels of 8 columns
    assert.deepEqual([...found.subarray(8, 12)], [4, 5, 6, 0]);
    assert.equal(found.length, 2 * 32);
});

test("the memory grows as far as a call needs it, and keeps what was written before", async () => {
    const send = await start();
    send(KERNEL);
    const bytes = Uint8Array.of(1, 2, 3, 4);
    const [, nothing] = send([1, 16, bytes, 20, "", 0, 0, 0]);
    assert.equal(nothing.byteLength, 0);
    const [, far] = send(packing(2, 1_000_000, 50, 500));
    assert.equal(new Float32Array(far)[8], 501);
    const [, kept] = send([3, 32, Uint8Array.of(9), 33, "", 0, 16, 4]);
    assert.deepEqual(new Uint8Array(kept), bytes);
});

test("what is no side module, or calls no routine of it, throws, so that the worker is replaced", async () => {
    const send = await start();
    assert.throws(() => send(Uint8Array.of(1, 2, 3)), WebAssembly.CompileError);
    assert.throws(() => send([1, 16, Uint8Array.of(1), 17, "none", 16, 16, 4]), TypeError);
});
