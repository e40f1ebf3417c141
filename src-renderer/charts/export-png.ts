/** Presentation that a class gives and a detached SVG would lose. */
const KEPT = [
  'fill',
  'fill-opacity',
  'stroke',
  'stroke-width',
  'stroke-dasharray',
  'stroke-opacity',
  'opacity',
  'font-family',
  'font-size',
  'font-weight',
  'text-anchor',
  'dominant-baseline',
  'visibility',
] as const;
const SCALE = 2;
const PAD = 16;
const HEAD = 48;

/** Every canvas and SVG of an element as a picture, on the page's background, under its title and note. */
export async function pictureOf(
  element: HTMLElement,
  words: { readonly title: string; readonly note: string },
): Promise<Blob> {
  const box = element.getBoundingClientRect();
  const canvas = document.createElement('canvas');
  canvas.width = Math.ceil((box.width + 2 * PAD) * SCALE);
  canvas.height = Math.ceil((box.height + 2 * PAD + HEAD) * SCALE);
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('This browser draws no pictures.');
  const style = getComputedStyle(element);
  context.scale(SCALE, SCALE);
  context.fillStyle = getComputedStyle(document.body).backgroundColor;
  context.fillRect(0, 0, box.width + 2 * PAD, box.height + 2 * PAD + HEAD);
  context.fillStyle = style.color;
  context.font = `600 14px ${style.fontFamily}`;
  context.fillText(words.title, PAD, PAD + 12, box.width);
  context.font = `12px ${style.fontFamily}`;
  context.fillText(words.note, PAD, PAD + 32, box.width);
  for (const part of element.querySelectorAll<HTMLCanvasElement | SVGSVGElement>(
    'canvas, svg[data-plot], .recharts-surface',
  )) {
    const place = part.getBoundingClientRect();
    if (place.width === 0 || place.height === 0) continue;
    const image = part instanceof HTMLCanvasElement ? part : await imageOf(part, place);
    context.drawImage(
      image,
      PAD + place.left - box.left,
      PAD + HEAD + place.top - box.top,
      place.width,
      place.height,
    );
  }
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob === null ? reject(new Error('The picture is too large.')) : resolve(blob))),
  );
}

async function imageOf(svg: SVGSVGElement, { width, height }: DOMRect): Promise<HTMLImageElement> {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  copy.setAttribute('width', String(width));
  copy.setAttribute('height', String(height));
  const originals = svg.querySelectorAll<SVGElement>('*');
  for (const [at, node] of [...copy.querySelectorAll<SVGElement>('*')].entries()) {
    const original = originals[at];
    if (original === undefined) continue;
    const computed = getComputedStyle(original);
    for (const name of KEPT) node.setAttribute(name, computed.getPropertyValue(name));
    node.removeAttribute('class');
    node.removeAttribute('style');
  }
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(copy))}`;
  await image.decode();
  return image;
}
