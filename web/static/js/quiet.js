// A part that renews itself keeps still while somebody has a menu or a dialog open in front of it,
// or marks text in it.
export function startQuiet() {
  document.addEventListener("htmx:beforeSwap", (event) => {
    const part = event.detail.target.closest?.("[data-quiet]");
    if (!part || event.detail.requestConfig.elt !== part) return;
    const busy = document.querySelector("[data-menu][open], dialog[open]");
    const marked = getSelection();
    if (busy || (!marked.isCollapsed && part.contains(marked.anchorNode))) event.detail.shouldSwap = false;
  });
}
