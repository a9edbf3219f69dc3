/**
 * One figure alone, for a frame in another page: the address ends in `?figure=forks`. guard.js loads this script there.
 *
 * A classic script that imports nothing: a sandboxed frame gets no module from a host that does not share its files, and
 * has to say so. Everything else of the page stays where it is, hidden, because its programs look for it; a figure that
 * is hidden does nothing. Python is loaded once the figure is seen or touched, or when the reader allows it.
 */
(() => {
    const MEGABYTES = 11; // of a first visit, of a built site (tests/e2e/test_budgets.py)
    const KEPT = "#help, #crash-notice, #drop, #dropped, #update"; // they appear only when there is something to say
    const root = document.documentElement;
    const { href: home } = new URL(".", document.baseURI);

    /** @param {string} words */
    const named = (words) => words.trim().toLowerCase().replace(/\W+/g, "-").replace(/-$/, "");

    /** Return the figures by their names: their ids, and those and the words of the moments' headings. */
    function findFigures() {
        /** @type {Map<string, Element>} */
        const found = new Map();
        const ids = [];
        for (const moment of document.querySelectorAll(".moment")) {
            const heading = moment.querySelector("h2");
            const figure = moment.querySelector(":scope > :is(figure, .workbench)");
            if (!heading || !figure) continue;
            found.set(named(heading.firstChild.textContent), figure).set(heading.id, figure);
            ids.push(heading.id);
        }
        for (const figure of document.querySelectorAll("figure[data-figure]")) {
            found.set(figure.id, figure);
            ids.push(figure.id);
        }
        return { found, ids };
    }

    /**
     * @param {string} tag
     * @param {object} properties
     * @param {(string | Node)[]} content
     */
    function make(tag, properties, ...content) {
        const made = Object.assign(document.createElement(tag), properties);
        made.append(...content);
        return made;
    }

    /**
     * Return the line above a figure: a link to its place in the whole page.
     *
     * @param {string} place
     */
    function makeHead(place) {
        const link = make("a", { href: `${home}${place}`, rel: "noopener" }, "Ductus");
        // A sandboxed frame may open no window; there the page comes into the frame.
        if (self.origin !== "null") link.setAttribute("target", "_blank");
        return make("p", { className: "embedded-head" }, link, ": a neural network that continues your handwriting");
    }

    /**
     * Say that there is no such figure, and which there are.
     *
     * @param {string[]} ids
     */
    function refuse(ids) {
        const links = ids.flatMap((id) => [", ", make("a", { href: `?figure=${id}` }, id)]).slice(1);
        const words = make(
            "p",
            { className: "embedded-none" },
            `There is no figure “${guard.figure.slice(0, 40)}”. `,
        );
        words.append("There are: ", ...links, ".");
        for (const element of document.body.children) element.setAttribute("data-outside", "");
        document.body.prepend(makeHead(""), words);
    }

    /** Hide everything but a figure. @param {Element} figure */
    function isolate(figure) {
        for (let one = figure; one !== document.body; one = one.parentElement) {
            if (one instanceof HTMLDetailsElement) one.open = true;
            for (const other of one.parentElement.children)
                if (other !== one && !other.matches(KEPT)) other.setAttribute("data-outside", "");
        }
        /** @type {HTMLInputElement | null} */
        const view = document.querySelector(`[name="inside-view"][value="${figure.id}"]`);
        if (view) view.checked = true;
        const moment = figure.closest(".moment")?.querySelector("h2")?.id;
        const head = makeHead(moment && !figure.closest(".lab") ? `#${moment}` : `#${figure.id}`);
        const loading = document.querySelector("#loading");
        const status = document.querySelector("#loading-status");
        document.querySelector("main").before(head);
        if (!figure.contains(loading)) head.after(loading, status);
        for (const element of [loading, status]) element.removeAttribute("data-outside");
        return /** @type {HTMLElement} */ (loading);
    }

    /** Load Python when the figure is seen or touched. @param {Element} figure */
    function loadWhenSeen(figure) {
        const touches = ["pointerdown", "keydown", "focusin"];
        const observer = new IntersectionObserver((entries) => {
            if (entries.some(({ isIntersecting }) => isIntersecting)) load();
        });
        const load = () => {
            observer.disconnect();
            for (const kind of touches) removeEventListener(kind, load);
            guard.want();
        };
        for (const kind of touches) addEventListener(kind, load);
        observer.observe(figure);
    }

    /** Load Python when the reader says so. @param {HTMLElement} loading */
    function ask(loading) {
        const button = make("button", { type: "button" }, `Load (${MEGABYTES} MB)`);
        loading.setAttribute("data-outside", "");
        document.querySelector(".embedded-head").after(make("p", { className: "embedded-ask" }, button));
        button.addEventListener("click", () => {
            button.parentElement.remove();
            loading.removeAttribute("data-outside");
            guard.want();
        });
    }

    function run() {
        const { found, ids } = findFigures();
        const figure = found.get(named(guard.figure));
        if (!figure) return refuse(ids);
        const loading = isolate(figure);
        /** @type {{saveData?: boolean} | undefined} */
        const connection = /** @type {any} */ (navigator).connection;
        if (connection?.saveData) ask(loading);
        else loadWhenSeen(figure);
    }

    const show = () => {
        root.dataset.embedded = "shown";
    };
    const style = make("link", { rel: "stylesheet", href: `${home}css/embed.css`, onload: show, onerror: show });
    document.head.append(style);
    if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", run, { once: true });
    else run();
})();
