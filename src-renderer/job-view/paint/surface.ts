/** A canvas whose pixels match the screen's; drawing is in CSS pixels. */
export class Surface {
  readonly canvas: HTMLCanvasElement;
  readonly context: CanvasRenderingContext2D;
  width = 0;
  height = 0;

  constructor(canvas: HTMLCanvasElement) {
    this.canvas = canvas;
    const context = canvas.getContext('2d', { alpha: false });
    if (context === null) throw new Error('This browser has no 2D canvas.');
    this.context = context;
  }

  /** Fits the backing store to the element; true when its size changed. */
  fit(): boolean {
    const ratio = window.devicePixelRatio || 1;
    const { clientWidth, clientHeight } = this.canvas;
    const width = Math.round(clientWidth * ratio);
    const height = Math.round(clientHeight * ratio);
    if (this.canvas.width === width && this.canvas.height === height && this.width === clientWidth)
      return false;
    this.canvas.width = width;
    this.canvas.height = height;
    this.width = clientWidth;
    this.height = clientHeight;
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    return true;
  }
}
