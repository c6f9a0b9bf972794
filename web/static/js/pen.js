// Writing by hand with finger or pen. What was written goes with the form as a small PNG.
const MOST_BYTES = 60 * 1024;
const WIDTHS_PX = [900, 600, 400, 250];

class Pen {
  constructor(box) {
    this.canvas = box.querySelector("canvas");
    this.field = box.querySelector("[name=handwriting]");
    this.done = box.querySelector(".pen-done");
    this.pad = new window.SignaturePad(this.canvas, {
      penColor: getComputedStyle(this.canvas).color,
      backgroundColor: "rgb(255, 255, 255)",
      minWidth: 0.8,
      maxWidth: 2.6,
    });
    this.pad.addEventListener("endStroke", () => this.keep());
    box.querySelector("[data-pen-undo]").addEventListener("click", () => this.change((strokes) => strokes.slice(0, -1)));
    box.querySelector("[data-pen-clear]").addEventListener("click", () => this.change(() => []));
    box.addEventListener("toggle", () => this.fit());
    addEventListener("resize", () => this.fit());
    this.fit();
  }

  // A canvas has no size while it is folded away, and must have as many dots as the screen.
  fit() {
    const { clientWidth, clientHeight } = this.canvas;
    const scale = Math.max(devicePixelRatio, 1);
    if (clientWidth === 0 || this.canvas.width === Math.round(clientWidth * scale)) return;
    const strokes = this.pad.toData();
    this.canvas.width = Math.round(clientWidth * scale);
    this.canvas.height = Math.round(clientHeight * scale);
    this.canvas.getContext("2d").scale(scale, scale);
    this.pad.clear();
    this.pad.fromData(strokes);
  }

  change(alter) {
    const strokes = alter(this.pad.toData());
    this.pad.clear();
    this.pad.fromData(strokes);
    this.keep();
  }

  keep() {
    this.done.hidden = this.pad.isEmpty();
    this.field.value = this.pad.isEmpty() ? "" : this.picture();
  }

  picture() {
    for (const width of WIDTHS_PX) {
      const small = document.createElement("canvas");
      small.width = Math.min(width, this.canvas.width);
      small.height = Math.round((this.canvas.height * small.width) / this.canvas.width);
      const paper = small.getContext("2d");
      paper.imageSmoothingQuality = "high";
      paper.drawImage(this.canvas, 0, 0, small.width, small.height);
      const address = small.toDataURL("image/png");
      if (address.length * 0.75 <= MOST_BYTES) return address;
    }
    return "";
  }
}

export function startPens() {
  if (!window.SignaturePad) return;
  document.querySelectorAll("[data-pen]").forEach((box) => new Pen(box));
}
