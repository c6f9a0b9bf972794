// Lays the text of a page over its image: it can be selected and copied, and hits are marked.
// Positions are percentages of the page, so they hold at every size.
export function place(element, [x0, y0, x1, y1], width, height) {
  element.style.left = `${(100 * x0) / width}%`;
  element.style.top = `${(100 * y0) / height}%`;
  element.style.width = `${(100 * (x1 - x0)) / width}%`;
  element.style.height = `${(100 * (y1 - y0)) / height}%`;
}

function fit(span, layer, [x0, y0, x1, y1], width, height) {
  const scale = layer.clientWidth / width;
  span.style.fontSize = `${(y1 - y0) * scale * 0.8}px`;
  const wanted = (x1 - x0) * scale;
  if (span.scrollWidth > 0) span.style.transform = `scaleX(${wanted / span.scrollWidth})`;
}

const layers = new WeakMap();

// The words on a page with their places, laid over its picture the first time they are asked for.
export function layerOf(leaf) {
  if (!layers.has(leaf)) layers.set(leaf, layText(leaf));
  return layers.get(leaf);
}

async function layText(leaf) {
  const answer = await fetch(leaf.dataset.text);
  if (!answer.ok) return [];
  const words = await answer.json();
  const width = Number(leaf.dataset.width);
  const height = Number(leaf.dataset.height);
  const layer = document.createElement("div");
  layer.className = "leaf-text";
  leaf.append(layer);
  for (const word of words) {
    const span = document.createElement(word.hit ? "mark" : "span");
    span.textContent = word.text;
    place(span, word.box, width, height);
    layer.append(span);
    span.style.width = "max-content";
    fit(span, layer, word.box, width, height);
  }
  return words;
}

export function startViewers(root) {
  for (const viewer of root.querySelectorAll("[data-viewer]:not([data-live])")) {
    viewer.dataset.live = "";
    const seen = new IntersectionObserver((entries) => {
      for (const entry of entries.filter((each) => each.isIntersecting)) {
        seen.unobserve(entry.target);
        if (entry.target.dataset.text) layerOf(entry.target);
      }
    }, { rootMargin: "200px" });
    viewer.querySelectorAll(".leaf").forEach((leaf) => seen.observe(leaf));
  }
}
