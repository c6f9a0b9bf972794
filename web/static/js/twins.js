// Two documents side by side: where one is scrolled to, the other follows, by its share of the length.
export function startTwins(root) {
  const wanted = ".twins:not([data-live])";
  // Pages that were drawn meanwhile take the place of the whole pair.
  const pairs = root.matches?.(wanted) ? [root] : root.querySelectorAll(wanted);
  for (const pair of pairs) {
    pair.dataset.live = "";
    const panes = [...pair.querySelectorAll("[data-twin]")];
    let led = null;
    for (const pane of panes) {
      for (const kind of ["pointerenter", "focusin", "touchstart", "wheel"]) {
        pane.addEventListener(kind, () => { led = pane; }, { passive: true });
      }
      pane.addEventListener("scroll", () => follow(pane, panes, led), { passive: true });
    }
  }
}

function follow(pane, panes, led) {
  if (led && led !== pane) return;
  const share = pane.scrollTop / Math.max(1, pane.scrollHeight - pane.clientHeight);
  for (const other of panes.filter((each) => each !== pane)) {
    other.scrollTop = share * (other.scrollHeight - other.clientHeight);
  }
}
