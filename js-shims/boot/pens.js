/** The pens of the sheets: a script of its own, so that ink is taken whatever else has loaded. */
import { endWithInk } from "../ink/demonstration.js";
import { Pen } from "../ink/pen.js";

/** @param {string} figure */
const penOf = (figure) =>
    new Pen(document.querySelector(`#${figure} .ink`), document.querySelector(`#${figure} .mark`));

export const pen = penOf("continuation");
export const beautifyPen = penOf("beautify");
export const primingPen = penOf("priming");
export const livePen = penOf("cells-live");
endWithInk(document.querySelector("#continuation"), pen);

const byFigure = { continuation: pen, beautify: beautifyPen, priming: primingPen, "cells-live": livePen };
import("./early_ink.js").then(
    ({ carry }) => carry(byFigure),
    () => {}, // the pens write without it
);
