/**
 * Workers in a frame without an origin of its own (`sandbox` without `allow-same-origin`): imported there by start.js.
 *
 * Such a frame may make workers of blobs, but in Chromium no module workers. PyScript's is one script in a blob, and a
 * module only because it awaits at its top: within an async function it is an ordinary script. It also resolves addresses
 * against its own, of which there is nothing left without an origin, so it gets the page's.
 */
/** @type {Map<string, Blob>} */
const scripts = new Map(); // the blobs of JavaScript, by their URLs
const makeUrl = URL.createObjectURL;

URL.createObjectURL = (object) => {
    const url = makeUrl(object);
    if (object instanceof Blob && /javascript|^$/.test(object.type)) scripts.set(url, object);
    return url;
};

globalThis.Worker = class extends Worker {
    /**
     * @param {string | URL} url
     * @param {WorkerOptions} [options]
     */
    constructor(url, options) {
        const script = options?.type === "module" && scripts.get(String(url));
        const here = JSON.stringify(document.baseURI);
        const parts = ['"use strict"; (async (location) => {', script, `\n})(new URL(${here}));`];
        if (script) super(makeUrl(new Blob(parts)));
        else super(url, options);
    }
};
export const sandboxed = true;
