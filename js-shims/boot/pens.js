/** The pens of the sheets: a script of its own, so that ink is taken whatever else has loaded. */
import { surfaces } from "../canvas/draw.js";
import { Pen } from "../ink/pen.js";

/** @param {string} figure */
const penOf = (figure) =>
    new Pen(document.querySelector(`#${figure} .ink`), document.querySelector(`#${figure} .mark`));

export const pen = penOf("continuation");
export const beautifyPen = penOf("beautify");
export const primingPen = penOf("priming");
export const livePen = penOf("cells-live");
// The demonstration on the first sheet ends in the same frame in which ink begins.
const first = /** @type {HTMLElement} */ (document.querySelector("#continuation"));
pen.inkBegins = () => {
    first.classList.add("written"); // the page's program does the same, some frames later
    if (first.dataset.demonstration !== "on") return;
    first.dataset.demonstration = "over";
    surfaces.get(first.querySelector("canvas.model"))?.clear();
};

const byFigure = { continuation: pen, beautify: beautifyPen, priming: primingPen, "cells-live": livePen };
import("./early_ink.js").then(
    ({ carry }) => carry(byFigure),
    () => {}, // the pens write without it
);
