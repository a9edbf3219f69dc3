/** The canvas helper: sizes and pixel ratio, theme colours, the pointer, and the marks that several figures share. */

/** @typedef {CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D} Context */

// Radius of a ring, in CSS pixels.
const RING = 5.5;

// The style sheets know the theme of the system only; a chosen one turns their rules for the dark one on or off.
const DARK = "(prefers-color-scheme: dark)";
const LIGHT = "(prefers-color-scheme: light)";
const THEME_KEY = "ductus theme"; // a copy of the setting, read before the settings are, so that the page does not flash

/** Called when the theme has changed. @type {Set<() => void>} */
const themed = new Set();

/** The lists of media, of rules and elements, that name a theme, with the theme. @type {Map<MediaList | Element, string>} */
const conditions = new Map();

/**
 * Give a canvas a size in device pixels, and the CSS size at which it is sharp. It is cleared only if its size changes.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {number} width
 * @param {number} height
 */
export function fit(canvas, width, height) {
    if (canvas.width === width && canvas.height === height) return;
    canvas.width = width;
    canvas.height = height;
    canvas.style.width = `${width / devicePixelRatio}px`;
    canvas.style.height = `${height / devicePixelRatio}px`;
}

/**
 * Clear a canvas and give it the pixels for a size in CSS pixels; return its context.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {number} width
 * @param {number} height
 */
export function resize(canvas, width, height, ratio = devicePixelRatio) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    return canvas.getContext("2d");
}

/**
 * Return the size of an element's content in whole device pixels, [width, height].
 *
 * @param {Element} element
 */
export function deviceSize({ clientWidth, clientHeight }) {
    return [Math.floor(clientWidth * devicePixelRatio), Math.floor(clientHeight * devicePixelRatio)];
}

/**
 * Call `refit` when the size of an element or the pixel ratio changes, and `restyle` when the theme does.
 *
 * @param {Element[]} elements
 * @param {() => void} refit
 * @param {() => void} restyle
 */
export function watch(elements, refit, restyle) {
    const observer = new ResizeObserver(refit);
    for (const element of elements) observer.observe(element);
    themed.add(restyle);
    for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)"]) {
        matchMedia(query).addEventListener("change", restyle);
    }
    // Only a given pixel ratio can be watched, so each change starts a new watch.
    const watchRatio = () =>
        matchMedia(`(resolution: ${devicePixelRatio}dppx)`).addEventListener(
            "change",
            () => {
                refit();
                watchRatio();
            },
            { once: true },
        );
    watchRatio();
}

/**
 * Return an element's theme: its custom properties --name, and `font`, the family of sans-serif text.
 *
 * @template {string} Name
 * @param {Element} element
 * @param {Name[]} names
 */
export function theme(element, ...names) {
    const style = getComputedStyle(element);
    const colours = names.map((name) => [name, style.getPropertyValue(`--${name}`)]);
    return /** @type {Record<Name | "font", string>} */ (
        Object.fromEntries([...colours, ["font", style.getPropertyValue("--sans")]])
    );
}

/**
 * Draw a label on a background of its own, with its middle at (x, y) but between `left` and `right`, in device pixels.
 *
 * @param {Context} context
 * @param {{text: string, paper: string, font: string}} colours
 * @param {string} text
 * @param {number} x
 * @param {number} y
 * @param {number} left
 * @param {number} right
 * @returns {[number, number]} the x of its middle and its width
 */
export function label(context, colours, text, x, y, left, right) {
    const ratio = devicePixelRatio;
    context.font = `${11.5 * ratio}px ${colours.font}`;
    const width = context.measureText(text).width + 10 * ratio;
    const height = 18 * ratio;
    const at = Math.round(Math.min(Math.max(x - width / 2, left), right - width));
    context.fillStyle = colours.text;
    context.beginPath();
    context.roundRect(at, Math.round(y - height / 2), width, height, 3 * ratio);
    context.fill();
    context.fillStyle = colours.paper;
    context.textAlign = "left";
    context.textBaseline = "middle";
    context.fillText(text, at + 5 * ratio, y + 0.5 * ratio);
    return [at + width / 2, width];
}

/**
 * Draw a ring around a place, filled if there is a colour for that; what is selected has that colour.
 *
 * @param {Context} context
 * @param {{text: string, paper: string, selected?: string}} colours
 * @param {number} x
 * @param {number} y
 * @param {string | null} fill
 * @param {number} pixel a CSS pixel in the context's units
 * @param {number} radius in CSS pixels
 */
export function ring(context, colours, x, y, fill, pixel = devicePixelRatio, radius = RING) {
    context.beginPath();
    context.arc(x, y, radius * pixel, 0, 7);
    if (fill !== null) {
        context.fillStyle = fill;
        context.fill();
    }
    for (const [colour, width] of /** @type {[string, number][]} */ ([
        [colours.paper, 4.5],
        [colours.selected || colours.text, 2],
    ])) {
        context.strokeStyle = colour;
        context.lineWidth = width * pixel;
        context.stroke();
    }
}

/**
 * Report the pointer over an element: "over" as it moves, at most once a frame; "choose" when it is pressed or dragged,
 * or when a finger is lifted that has not scrolled the page; "out", without an event, when it leaves.
 *
 * @param {HTMLElement} element
 * @param {(kind: "over" | "choose" | "out", event?: PointerEvent) => void} report
 */
export function trackPointer(element, report) {
    /** @type {number | null} */
    let pressed = null; // the pointer that is down
    /** @type {PointerEvent | null} */
    let due = null; // the last move that is not reported yet
    const reportMove = () => {
        if (due) report(pressed === due.pointerId ? "choose" : "over", due);
        due = null;
    };
    element.addEventListener("pointerdown", (event) => {
        if (event.button !== 0) return;
        pressed = event.pointerId;
        if (event.pointerType !== "touch") {
            /** @type {Element} */ (event.target).setPointerCapture(event.pointerId);
            report("choose", event);
        }
    });
    element.addEventListener("pointermove", (event) => {
        if (!due) requestAnimationFrame(reportMove);
        due = event;
    });
    element.addEventListener("pointerup", (event) => {
        if (pressed !== event.pointerId) return;
        due = null;
        report("choose", event);
        pressed = null;
    });
    element.addEventListener("pointercancel", () => {
        pressed = due = null;
        report("out");
    });
    element.addEventListener("pointerleave", () => {
        due = null;
        report("out");
    });
}

// --- the theme

/** @param {CSSRuleList} rules */
function collectDark(rules) {
    for (const rule of rules) {
        if (rule instanceof CSSMediaRule && rule.conditionText === DARK && !conditions.has(rule.media))
            conditions.set(rule.media, DARK);
    }
}

/** @param {string} choice "system", "light" or "dark" */
function applyTheme(choice) {
    for (const sheet of document.styleSheets) collectDark(sheet.cssRules);
    for (const meta of document.querySelectorAll("meta[name=theme-color]")) {
        if (!conditions.has(meta)) conditions.set(meta, meta.getAttribute("media"));
    }
    const wanted = { light: LIGHT, dark: DARK }[choice];
    for (const [place, theme] of conditions) {
        const media = wanted ? (wanted === theme ? "all" : "not all") : theme;
        if (place instanceof Element) place.setAttribute("media", media);
        else place.mediaText = media;
    }
    document.documentElement.style.colorScheme = wanted ? choice : "";
}

/**
 * Use the theme of the system, or always the light or the dark one.
 *
 * @param {string} choice "system", "light" or "dark"
 */
export function setTheme(choice) {
    applyTheme(choice);
    try {
        if (choice === "system") localStorage.removeItem(THEME_KEY);
        else localStorage.setItem(THEME_KEY, choice);
    } catch {
        // without storage the settings say it later
    }
    for (const restyle of themed) restyle();
}

try {
    const kept = localStorage.getItem(THEME_KEY);
    if (kept) applyTheme(kept);
} catch {
    // the same
}
