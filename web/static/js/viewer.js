// Lays the text of a page over its image: it can be selected and copied, and hits are marked.
// Positions are percentages of the page, so they hold at every size.
function place(element, [x0, y0, x1, y1], width, height) {
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

async function layText(leaf) {
  const answer = await fetch(leaf.dataset.text);
  if (!answer.ok) return;
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
}

export function startViewers(root) {
  for (const viewer of root.querySelectorAll("[data-viewer]:not([data-live])")) {
    viewer.dataset.live = "";
    const seen = new IntersectionObserver((entries) => {
      for (const entry of entries.filter((each) => each.isIntersecting)) {
        seen.unobserve(entry.target);
        if (entry.target.dataset.text) layText(entry.target);
      }
    }, { rootMargin: "200px" });
    viewer.querySelectorAll(".leaf").forEach((leaf) => seen.observe(leaf));
    // Evidence of a suggestion: a click on `data-show="page,x0,y0,x1,y1"` shows where it stands.
    document.addEventListener("click", (event) => show(event, viewer));
    document.addEventListener("focusin", (event) => show(event, viewer));
  }
}

function show(event, viewer) {
  const source = event.target.closest("[data-show]");
  if (!source) return;
  const [page, ...box] = source.dataset.show.split(",").map(Number);
  const leaf = viewer.querySelector(`#page-${page}`);
  if (!leaf) return;
  viewer.querySelector(".evidence")?.remove();
  const frame = document.createElement("div");
  frame.className = "evidence";
  place(frame, box, Number(leaf.dataset.width), Number(leaf.dataset.height));
  leaf.append(frame);
  viewer.scrollTo({ top: Math.max(0, leaf.offsetTop + frame.offsetTop - 120), behavior: "smooth" });
}
