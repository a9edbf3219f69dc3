/**
 * The text of a permalink, deflated by the browser into base64url digits, and back. What it says is decided in
 * py/page/storage/permalink.py.
 *
 * zlib's format, and not raw deflate, for its checksum: it tells a damaged link from a whole one.
 */
const FORMAT = "deflate";
// Bytes that go into the stream at once, so that a stream which is stopped has not inflated much more than was read.
const SLICE = 256;

/** Send bytes through a stream; a generator of its chunks. */
async function* through(bytes, stream) {
    let at = 0;
    const slices = new ReadableStream({
        pull(controller) {
            if (at < bytes.length) controller.enqueue(bytes.subarray(at, (at += SLICE)));
            else controller.close();
        },
    });
    const reader = slices.pipeThrough(stream).getReader();
    try {
        for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value;
    } finally {
        reader.cancel().catch(() => {}); // where the caller has had enough
    }
}

/** The digits of a text. */
export async function encode(text) {
    let binary = "";
    for await (const chunk of through(new TextEncoder().encode(text), new CompressionStream(FORMAT))) {
        for (const byte of chunk) binary += String.fromCharCode(byte);
    }
    return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** The text of digits. Throws an Error that says why if they are damaged, or if it is longer than `maxBytes`. */
export async function decode(digits, maxBytes) {
    const damaged = new Error("it is damaged: part of it is missing, or was changed on the way");
    const chunks = [];
    let size = 0;
    try {
        const binary = atob(digits.replaceAll("-", "+").replaceAll("_", "/"));
        const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
        for await (const chunk of through(bytes, new DecompressionStream(FORMAT))) {
            size += chunk.length;
            if (size > maxBytes) break; // a few digits may inflate to gigabytes
            chunks.push(chunk);
        }
    } catch {
        throw damaged;
    }
    if (size > maxBytes) throw new Error(`it holds more than ${maxBytes} bytes`);
    try {
        return new TextDecoder("utf-8", { fatal: true }).decode(await new Blob(chunks).arrayBuffer());
    } catch {
        throw damaged;
    }
}
