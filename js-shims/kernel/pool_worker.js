/**
 * A worker that only calculates: the side module on a memory of its own, for py/worker/pool_workers.py. It writes bytes
 * where a message says, calls the routine that it names, and sends back the bytes that it asks for.
 */
const PAGE_BYTES = 65536;
const scope = /** @type {{postMessage: (message: unknown, transfer: Transferable[]) => void}} */ (
    /** @type {unknown} */ (self)
);
const memory = new WebAssembly.Memory({ initial: 1 });
/** @type {Record<string, (structure: number) => void>} */
let routines = {};

/** @param {BufferSource} kernel a side module's bytes: its loader is asked for the memory and two unused constants */
function load(kernel) {
    const unused = new WebAssembly.Global({ value: "i32" }, 0);
    const env = { memory, __memory_base: unused, __table_base: unused };
    routines = /** @type {typeof routines} */ (
        new WebAssembly.Instance(new WebAssembly.Module(kernel), { env }).exports
    );
}

/**
 * @typedef {[job: number, at: number, image: Uint8Array, end: number, routine: string, structure: number, from: number,
 *     bytes: number]} Call `ductus.backend.remote.Call`, with the number of the job
 */

/** @param {Call} call */
function run([job, at, image, end, routine, structure, from, bytes]) {
    const missing = end - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE_BYTES));
    new Uint8Array(memory.buffer, at).set(image);
    if (routine) routines[routine](structure);
    const result = memory.buffer.slice(from, from + bytes);
    scope.postMessage([job, result], [result]);
}

self.onmessage = ({ data }) => (Array.isArray(data) ? run(/** @type {Call} */ (data)) : load(data));
