/** The few parts of a browser that the shims need when they are loaded in Node.js, played by small objects. */

/** A path that writes down its commands. */
export class Recorder {
    commands = [];
    moveTo = (...numbers) => this.commands.push(["M", ...numbers]);
    lineTo = (...numbers) => this.commands.push(["L", ...numbers]);
    bezierCurveTo = (...numbers) => this.commands.push(["C", ...numbers]);
    quadraticCurveTo = (...numbers) => this.commands.push(["Q", ...numbers]);
}

/**
 * A page at `url` on a server with `files` (JSON by path); return what it fetched and the elements of its head.
 *
 * @param {string} url
 * @param {Record<string, string>} meta the contents of its meta elements
 * @param {Record<string, unknown>} files
 */
export function openPage(url, meta, files) {
    const head = [];
    const fetched = [];
    globalThis.location = new URL(url);
    globalThis.document = {
        baseURI: url,
        head: { append: (some) => head.push(some) },
        querySelector: (selector) => {
            const name = selector.match(/name="(\w+)"/)[1];
            return name in meta ? { content: meta[name] } : null;
        },
        createElement: (tag) => {
            const made = { tag, remove() {}, setAttribute: (name, value) => Object.assign(made, { [name]: value }) };
            return made;
        },
    };
    globalThis.addEventListener = () => {};
    globalThis.fetch = async (address) => {
        fetched.push(String(address));
        const path = String(address).replace(new URL(".", url).href, "");
        if (path in files) return new Response(JSON.stringify(files[path]), { headers: { "content-length": "9" } });
        return new Response("", { status: String(address).includes("runtime/pyodide") ? 200 : 404 });
    };
    return { head, fetched };
}

let loads = 0;

/** Import a shim as a new page would: its modules run again. */
export function load(path) {
    return import(new URL(`../../js-shims/${path}?${++loads}`, import.meta.url).href);
}
