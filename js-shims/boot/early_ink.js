/**
 * Ink that only the pens have, because the page's program is not there to save it: carried over a reload of the tab.
 */
const PLACE = `ductus early ink ${location.pathname}`;
const MAX_CHARACTERS = 2_000_000; // of the browser's five million for a site

/** @typedef {Record<string, import("../ink/pen.js").Pen>} Pens by their figures */

/** @param {unknown} some */
const numbers = (some) => Array.isArray(some) && some.every(Number.isFinite);

/**
 * Give the pens what they had before the reload.
 *
 * @param {Pens} pens
 */
function restore(pens) {
    const text = sessionStorage.getItem(PLACE);
    sessionStorage.removeItem(PLACE);
    for (const [name, strokes] of Object.entries(JSON.parse(text ?? "{}")))
        for (const [xy, widths] of strokes)
            if (numbers(xy) && numbers(widths) && widths.length && xy.length === 2 * widths.length)
                pens[name]?.lay(xy, widths);
}

/** @param {Pens} pens */
function store(pens) {
    const unsaved = Object.entries(pens).filter(([, pen]) => pen.count && !pen.inked);
    const strokes = unsaved.map(([name, pen]) => [
        name,
        pen.strokes.slice(0, pen.count).map(({ xy, width }) => [xy, width]),
    ]);
    const text = JSON.stringify(Object.fromEntries(strokes));
    if (strokes.length && text.length <= MAX_CHARACTERS) sessionStorage.setItem(PLACE, text);
}

/**
 * Restore the ink of the pens, and store it when the page goes while nobody else does.
 *
 * @param {Pens} pens
 */
export function carry(pens) {
    /** @param {() => void} act */
    const attempt = (act) => {
        try {
            act();
        } catch {
            // storage is denied or full, or what is there is not ours
        }
    };
    attempt(() => restore(pens));
    addEventListener("pagehide", () => attempt(() => store(pens)));
    // Back from the browser's memory, the page has its ink still.
    addEventListener("pageshow", ({ persisted }) => persisted && attempt(() => sessionStorage.removeItem(PLACE)));
}
