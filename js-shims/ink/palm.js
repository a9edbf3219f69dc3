/**
 * Which touches are those of a hand that rests on a sheet while it writes with a pen. Such a hand touches before the
 * pen comes down, while it writes, and for a moment after it has left.
 */

// A touch is the palm this long, in ms, before a pen comes near and after it was last near.
const PALM_MS = 800;

/** Where pens are. All sheets share one: the palm may lie on another sheet than the pen. */
export class Palm {
    constructor() {
        this.seen = -Infinity; // when a pen was last near, by the events' clock, in ms
        this.since = Infinity; // when it came near, after none had been
    }

    /**
     * Note whatever a pen does; events of other pointers say nothing.
     *
     * @param {PointerEvent} event
     */
    notice({ pointerType, timeStamp }) {
        if (pointerType !== "pen") return;
        if (!this.near(timeStamp)) this.since = timeStamp;
        this.seen = timeStamp;
    }

    /**
     * Return whether a pen is near, or was just now.
     *
     * @param {number} time
     */
    near(time) {
        return time - this.seen < PALM_MS;
    }

    /**
     * Return whether a pointer that comes down is the palm beside a pen.
     *
     * @param {PointerEvent} event
     */
    is({ pointerType, timeStamp }) {
        return pointerType === "touch" && this.near(timeStamp);
    }

    /**
     * Return whether a touch that left the sheet at this time was the palm, now that a pen writes.
     *
     * @param {number} time
     */
    was(time) {
        return time > this.since - PALM_MS;
    }
}
