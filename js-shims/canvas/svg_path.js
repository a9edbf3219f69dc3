/** Takes a path's commands, as Path2D does, and writes them down as SVG does. */
export class SvgPath {
    text = "";

    moveTo(x, y) {
        this.text += `M${short(x)} ${short(y)}`;
    }

    lineTo(x, y) {
        this.text += `L${short(x)} ${short(y)}`;
    }

    bezierCurveTo(...numbers) {
        this.text += `C${numbers.map(short).join(" ")}`;
    }
}

const short = (x) => Math.round(1e4 * x) / 1e4;
