/**
 * A sheet as long as the line that lies on it, which scrolls sideways in a strip: how large it is, where a place of it
 * is on the screen, and canvases that lie on it. Places are in x-heights, y down, as on every sheet; sizes in pixels of
 * CSS.
 */
const AROUND_X = 1.2; // paper around the line, in x-heights: as far as most fans reach
const AROUND_Y = 0.8;
const LARGEST = 1.5; // a short line is drawn larger, but no more than so many times
const SMALLEST_PX = 40; // an x-height, CSS pixels

export class Sheet {
    /** @param {HTMLElement} strip holds .long, which becomes as long as the sheet, and .unit, as high as an x-height */
    constructor(strip) {
        this.strip = strip;
        this.long = strip.querySelector(".long");
        this.unit = strip.querySelector(".unit");
        this.zoom = 0; // CSS pixels to an x-height; none until there is room
        this.drag();
    }

    /** Size and place of a sheet for a line between these bounds; what was in the middle stays there. Is there room? */
    layout([left, top, right, bottom]) {
        const { clientWidth: width, clientHeight: height } = this.strip;
        if (!width || !height) return false;
        const middle = this.zoom && this.x0 + (this.strip.scrollLeft + this.width / 2) / this.zoom;
        const began = this.strip.scrollLeft === 0;
        const unit = this.unit.getBoundingClientRect().height;
        const wide = right - left + 2 * AROUND_X;
        const fits = height / (bottom - top + 2 * AROUND_Y);
        // A line that nearly fits is made to fit: to see it whole is worth more than to see it large.
        const whole = width / wide;
        this.zoom = Math.min(fits, whole < Math.min(SMALLEST_PX, unit) ? unit : Math.min(whole, LARGEST * unit));
        this.width = width;
        this.height = height;
        this.length = Math.max(width, Math.ceil(wide * this.zoom));
        this.x0 = left - AROUND_X - (this.length / this.zoom - wide) / 2;
        this.y0 = (top + bottom) / 2 - height / 2 / this.zoom;
        this.long.style.width = `${this.length}px`;
        if (!began) this.strip.scrollLeft = (middle - this.x0) * this.zoom - width / 2;
        return true;
    }

    /** Is all of it in view? */
    get fits() {
        return this.length <= this.width;
    }

    /** The x-heights that are in view: [left, right]. */
    get span() {
        const left = this.x0 + this.strip.scrollLeft / this.zoom;
        return [left, left + this.strip.clientWidth / this.zoom];
    }

    /** A place of the screen. */
    place(clientX, clientY) {
        const box = this.long.getBoundingClientRect();
        return [this.x0 + (clientX - box.left) / this.zoom, this.y0 + (clientY - box.top) / this.zoom];
    }

    /** Scroll so that a place is well in view. */
    reveal(place) {
        const x = (place - this.x0) * this.zoom;
        const width = this.strip.clientWidth;
        const edge = Math.min(0.2 * width, 2 * this.zoom);
        const { scrollLeft } = this.strip;
        if (x < scrollLeft + edge || x > scrollLeft + width - edge) this.strip.scrollLeft = x - width / 2;
    }

    /** Make a canvas lie on the sheet, so many pixels from its beginning and as high as it; it is empty then. */
    lay(canvas, left, width) {
        sized(canvas, width, this.height);
        canvas.style.left = `${left}px`;
        canvas.style.width = `${width}px`;
        return this.context(canvas, left);
    }

    /** The context, in x-heights, of a canvas that lies there. */
    context(canvas, left) {
        const context = canvas.getContext("2d");
        const zoom = devicePixelRatio * this.zoom;
        context.setTransform(zoom, 0, 0, zoom, -zoom * this.x0 - devicePixelRatio * left, -zoom * this.y0);
        return context;
    }

    /** A mouse drags the sheet; a finger scrolls it without our help. */
    drag() {
        const { strip } = this;
        let from = null;
        strip.addEventListener("pointerdown", (event) => {
            if (event.pointerType === "mouse" && event.button === 0) from = { x: event.clientX, left: strip.scrollLeft };
        });
        strip.addEventListener("pointermove", (event) => {
            if (!from || !(event.buttons & 1)) return void (from = null);
            if (!strip.classList.contains("dragged") && Math.abs(event.clientX - from.x) < 4) return;
            strip.setPointerCapture(event.pointerId);
            strip.classList.add("dragged");
            strip.scrollLeft = from.left - (event.clientX - from.x);
        });
        // A click follows on the release: whoever listens for it sees by the class that it was none.
        strip.addEventListener("pointerup", () => {
            from = null;
            setTimeout(() => strip.classList.remove("dragged"));
        });
    }
}

/** A canvas of so many CSS pixels, sharp and empty. */
export function sized(canvas, width, height) {
    canvas.width = Math.round(width * devicePixelRatio);
    canvas.height = Math.round(height * devicePixelRatio);
    return canvas.getContext("2d");
}
