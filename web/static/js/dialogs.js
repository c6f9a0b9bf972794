// Opens and closes <dialog>; the browser keeps the focus inside and gives it back.
export function openDialog(id) {
  const dialog = document.getElementById(id);
  if (!dialog || dialog.open) return;
  document.querySelectorAll("[data-menu][open]").forEach((menu) => { menu.open = false; });
  show(dialog);
}

// Typing begins in the first field, or in the one that was refused; not on the cross in the corner.
function show(dialog) {
  dialog.showModal();
  const field = "input:not([type=hidden]), select, textarea";
  (dialog.querySelector("[aria-invalid]") ?? dialog.querySelector(field))?.focus();
}

// An opener may bring values along: fields and words of the dialog that are marked for them take them.
function bring(dialog, text) {
  for (const [name, value] of Object.entries(JSON.parse(text ?? "{}"))) {
    for (const each of dialog.querySelectorAll(`[data-value="${name}"]`)) each.value = value;
    for (const each of dialog.querySelectorAll(`[data-said="${name}"]`)) each.textContent = value;
    for (const each of dialog.querySelectorAll(`[data-choose="${name}"]`)) each.checked = each.value === value;
  }
}

export function startDialogs() {
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-open]");
    if (opener && document.getElementById(opener.dataset.open)) {
      event.preventDefault();
      bring(document.getElementById(opener.dataset.open), opener.dataset.values);
      openDialog(opener.dataset.open);
      return;
    }
    if (event.target.closest("[data-close-dialog]") || event.target.matches("dialog")) {
      event.target.closest("dialog").close();
    }
  });
  // A second click while the answer is on its way would ask for the same once more.
  const sent = new Set();
  document.addEventListener("submit", (event) => {
    if (event.defaultPrevented || !event.target.matches("dialog form[method=post], form[data-once]")) return;
    if (sent.has(event.target)) event.preventDefault();
    sent.add(event.target);
  });
  window.addEventListener("pageshow", () => sent.clear());
  // A dialog whose form came back with an error is marked to be open again.
  document.querySelectorAll("dialog[data-reopen]").forEach(show);
  // A link from another page may lead straight to a dialog of this one.
  const linked = document.getElementById(location.hash.slice(1));
  if (linked instanceof HTMLDialogElement && !linked.open) {
    // Only after the browser has gone to the place itself, which would take the focus back.
    window.addEventListener("load", () => setTimeout(() => show(linked)));
  }
}
