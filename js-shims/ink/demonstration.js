/** The demonstration on the first sheet ends in the same frame in which ink begins, whatever else has loaded. */
import { surfaces } from "../canvas/draw.js";

/**
 * @param {HTMLElement} figure its data-demonstration is "on" until then
 * @param {import("./strokes.js").Strokes} pen
 */
export function endWithInk(figure, pen) {
    pen.inkBegins = () => {
        figure.classList.add("written"); // the page's program does the same, some frames later
        if (figure.dataset.demonstration !== "on") return;
        figure.dataset.demonstration = "over";
        surfaces.get(figure.querySelector("canvas.model"))?.clear();
    };
}
