/**
 * What works when nothing else of the page does: it says that loading failed, which file is at fault, and what to do.
 *
 * A classic script that imports nothing and comes first, so that a module that is missing, damaged or of a wrong type
 * cannot stop it, nor a page that was opened from the disk. Every failure to load is shown by `fail`, and only there.
 */
// biome-ignore lint/correctness/noUnusedVariables: the page's modules use it
const guard = (() => {
    const QUIET_MS = 15_000; // without any progress, then the files are checked
    const ANSWER_MS = 6000; // for a server to begin its answer
    const LANES = 6; // requests at once
    const MAX_NAMED = 3;
    const RELOAD = "Reload the page to try again; your ink stays here until then.";
    const FROM_DISK =
        "Browsers do not run this page from a file. Run “python3 serve.py” in its folder, and open the address that it prints.";
    const SANDBOXED =
        "This frame is sandboxed, and the page’s host does not let such frames read its files (it sends no Access-Control-Allow-Origin: *): open the page in a tab of its own.";
    // Files of a built site without which it does not start; sw.js lists all, with their hashes.
    const NEEDED =
        /^(css|js-shims|runtime)\/.*\.(css|m?js|wasm|zip|whl|json)$|^py\/(sources\.json|page\/start\.py|worker\/main\.py)$/;

    const here = new URL(".", document.baseURI);
    let state = "loading";
    let up = false; // boot.js has run: from then on others report what fails
    /** @type {Set<string>} */
    const broken = new Set(); // URLs of scripts and styles that the browser could not use
    let quiet = 0;
    let attempt = 0;
    /** The figure that a frame in another page is for (embed.js), null where the whole page is shown. */
    const figure = new URLSearchParams(location.search).get("figure");
    let waits = figure !== null; // nothing is loaded before that figure is wanted
    let want = () => {};
    /** @type {Promise<void>} fulfilled when Python may be loaded */
    const wanted = new Promise((resolve) => {
        want = () => {
            waits = false;
            progress();
            resolve();
        };
    });

    /** @param {string} url */
    const short = (url) => (url.startsWith(here.href) ? url.slice(here.href.length) : url).split(/[?#]/)[0];

    /** Run something when the page is parsed. @param {() => void} act */
    function parsed(act) {
        if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", act, { once: true });
        else act();
    }

    /**
     * @param {string} text
     * @param {() => void} [retry]
     */
    function show(text, retry) {
        const { dataset } = document.documentElement;
        if (dataset.embedded === "") delete dataset.embedded; // embed.js did not come
        const loading = /** @type {HTMLElement | null} */ (document.querySelector("#loading"));
        if (!loading) {
            document.body.append(Object.assign(document.createElement("p"), { textContent: text })); // half a page
            return;
        }
        loading.dataset.state = "failed";
        loading.querySelector("output").value = text;
        document.querySelector("#loading-status").textContent = text;
        const again = loading.querySelector("button");
        again.hidden = !retry;
        again.onclick = () => {
            again.hidden = true;
            state = loading.dataset.state = "loading";
            attempt++;
            progress();
            retry();
        };
    }

    /**
     * Show what failed and what to do, then which files are at fault; with `retry`, also a button that calls it. Only
     * the first failure is shown.
     *
     * @param {string} what
     * @param {() => void} [retry]
     * @param {string} [found] of `inspect`, if that is known
     */
    function fail(what, retry, found) {
        if (state === "failed") return;
        state = "failed";
        clearTimeout(quiet);
        const mine = attempt;
        parsed(async () => {
            show(what, retry);
            import("./again.js").catch(() => {}); // the button that loads everything again
            found ??= await inspect();
            if (found && state === "failed" && mine === attempt) show(`${what} ${found}`, retry);
        });
    }

    /** Note that loading goes on. */
    function progress() {
        clearTimeout(quiet);
        if (state !== "loading" || waits) return;
        quiet = setTimeout(async () => {
            const found = await inspect();
            if (state !== "loading") return;
            if (found) return fail(`Loading does not go on. ${RELOAD}`, undefined, found);
            const output = document.querySelector("#loading output");
            if (output) output.textContent = `${output.textContent}. This takes longer than usual.`;
        }, QUIET_MS);
    }

    /** Hide everything: the network is ready. */
    function done() {
        state = "done";
        clearTimeout(quiet);
        const loading = /** @type {HTMLElement} */ (document.querySelector("#loading"));
        loading.dataset.state = "done";
        checkStyle();
    }

    /** Check the styles once the browser has finished with them: WebKit runs scripts while they still load. */
    function checkStyle() {
        if (document.readyState !== "complete") {
            addEventListener("load", checkStyle, { once: true });
            return;
        }
        const style = brokenStyle();
        if (style) fail(`${style} did not load whole: the page does not look right. ${RELOAD}`);
    }

    /** Return the URL of a stylesheet that is missing or cut, short. A built page's only one ends in a mark. */
    function brokenStyle() {
        const failed = [...broken].find((url) => url.endsWith(".css"));
        const built = document.querySelector('meta[name="runtime"]');
        if (!failed && built && !getComputedStyle(document.documentElement).getPropertyValue("--styles-end"))
            return short(/** @type {HTMLLinkElement} */ (document.querySelector('link[rel="stylesheet"]')).href);
        return failed && short(failed);
    }

    // --- which files are at fault

    /** Return whether the end of index.html is missing. */
    const isHalf = () => !document.querySelector("#update");

    /** Return a sentence that names the files at fault, or says what else is, or "". */
    async function inspect() {
        if (location.protocol === "file:") return ""; // nothing can be asked for there
        if (self.origin === "null" && !(await shared())) return SANDBOXED;
        const files = [...(await needed())];
        const found = isHalf() ? ["index.html (it came incomplete)"] : [];
        let silent = 0;
        const lane = async () => {
            for (let file = files.shift(); file && found.length < MAX_NAMED; file = files.shift()) {
                const what = await fault(...file);
                if (what === null) silent++;
                if (what !== "") found.push(`${short(file[0])} (${what ?? "no answer from the server"})`);
            }
        };
        await Promise.all(Array.from({ length: LANES }, lane));
        if (!found.length) return "";
        if (silent >= MAX_NAMED) return "The server does not answer.";
        const names = found.slice(0, MAX_NAMED).join(", ");
        return `At fault: ${names}. If reloading does not help, upload it to the server again.`;
    }

    /** Return whether a frame without an origin may read the files of the page's host. */
    const shared = () =>
        fetch(new URL("js-shims/boot/guard.js", here)).then(
            () => true,
            () => false,
        );

    /** @returns {Promise<Map<string, string>>} the hash of each file that the page needs, "" if it is not known */
    async function needed() {
        /** @type {Map<string, string>} */
        const files = new Map();
        const elements = document.querySelectorAll("script[src], link[rel=modulepreload], link[rel=stylesheet]");
        for (const element of elements)
            files.set(
                /** @type {HTMLScriptElement} */ (element).src || /** @type {HTMLLinkElement} */ (element).href,
                "",
            );
        for (const { name } of performance.getEntriesByType("resource")) files.set(name, "");
        try {
            const script = await (await fetch(new URL("sw.js", here))).text();
            const list = JSON.parse(/^const FILES = (\{[\s\S]*?\});$/m.exec(script)[1]);
            for (const [path, hash] of Object.entries(list)) {
                const { href } = new URL(path, here);
                if (files.has(href) || NEEDED.test(path)) files.set(href, hash);
            }
        } catch {
            // no list: the files that were asked for are checked without their hashes
        }
        for (const url of files.keys()) if (!/\.(css|m?js|json|py|wasm|zip|whl|gz)$/.test(url)) files.delete(url);
        return files;
    }

    /**
     * Return what is wrong with a file as the server sends it, "" if nothing is, null if no answer came.
     *
     * @param {string} url
     * @param {string} integrity
     */
    async function fault(url, integrity) {
        let response;
        try {
            const stop = new AbortController();
            const timer = setTimeout(() => stop.abort(), ANSWER_MS);
            response = await fetch(url, { signal: stop.signal });
            clearTimeout(timer);
        } catch {
            return null;
        }
        const type = response.headers.get("content-type") ?? "";
        if (!response.ok) return `the server answered ${response.status}`;
        if (type.startsWith("text/html")) return "the server sent a web page instead";
        if (/\.m?js$/.test(url) && !/(java|ecma)script/.test(type)) return `its type is "${type}", not JavaScript`;
        if (/\.css$/.test(url) && !type.startsWith("text/css")) return `its type is "${type}", not CSS`;
        try {
            if (!(await response.arrayBuffer()).byteLength) return "it came empty";
        } catch {
            return "it came incomplete";
        }
        if (!integrity) return "";
        return fetch(url, { integrity }).then(
            () => "",
            () => "it came damaged, or is of another version",
        );
    }

    // --- what fails before the page's own modules run

    /** @param {string} why */
    function stopped(why) {
        if (!up) fail(location.protocol === "file:" ? FROM_DISK : `The page did not load: ${why}. ${RELOAD}`);
    }

    addEventListener(
        "error",
        (event) => {
            const { target } = event;
            if (target instanceof HTMLScriptElement) {
                broken.add(target.src);
                stopped(`${short(target.src)}, or a file that it needs`);
            } else if (target instanceof HTMLLinkElement) {
                broken.add(target.href);
            } else if (event instanceof ErrorEvent && short(event.filename).startsWith("js-shims/")) {
                stopped(`${short(event.filename)}: ${event.message}`);
            }
        },
        true,
    );
    parsed(() => {
        document.querySelector("#loading .hint")?.remove(); // this script says more
        if (location.protocol === "file:") fail(FROM_DISK);
        else if (isHalf()) fail(`The page did not load. ${RELOAD}`);
        else checkStyle();
    });
    progress();
    if (figure === null) {
        want();
    } else {
        document.documentElement.dataset.embedded = "";
        document.head.append(Object.assign(document.createElement("script"), { src: "js-shims/boot/embed.js" }));
    }

    return {
        figure,
        wanted,
        want: () => want(),
        fail,
        progress,
        done,
        RELOAD,
        /** Note that the page's modules run. */
        started() {
            up = true;
        },
    };
})();
