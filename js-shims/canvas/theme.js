/**
 * The theme: the system's, or the one that the reader chose. The style sheets know only the system's; a chosen theme
 * turns their rules for the dark one on or off.
 */
const DARK = "(prefers-color-scheme: dark)";
const LIGHT = "(prefers-color-scheme: light)";
const KEY = "ductus theme"; // a copy of the setting, read before the settings are, so that the page does not flash

/** Called when the theme has changed. @type {Set<() => void>} */
export const themed = new Set();

/** The lists of media, of rules and elements, that name a theme, with the theme. @type {Map<MediaList | Element, string>} */
const conditions = new Map();

/** @param {CSSRuleList} rules */
function collect(rules) {
    for (const rule of rules) {
        if (rule instanceof CSSMediaRule && rule.conditionText === DARK && !conditions.has(rule.media))
            conditions.set(rule.media, DARK);
    }
}

/** @param {string} choice "system", "light" or "dark" */
function apply(choice) {
    for (const sheet of document.styleSheets) collect(sheet.cssRules);
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
    apply(choice);
    try {
        if (choice === "system") localStorage.removeItem(KEY);
        else localStorage.setItem(KEY, choice);
    } catch {
        // without storage the settings say it later
    }
    for (const restyle of themed) restyle();
}

try {
    const kept = localStorage.getItem(KEY);
    if (kept) apply(kept);
} catch {
    // the same
}
