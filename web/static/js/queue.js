// The check page by keyboard: Enter in a field goes to the next field, Ctrl+Enter confirms, Alt+S
// leaves the document for later.
export function startQueue(root) {
  const form = root.querySelector("[data-queue]:not([data-live])");
  if (!form) return;
  form.dataset.live = "";
  // Where there is a keyboard, typing begins at once; on a phone the pages come first.
  if (matchMedia("(hover: hover)").matches) {
    (form.querySelector("[aria-invalid]") ?? form.querySelector("textarea, input:not([type=hidden])")).focus({ preventScroll: true });
  }
  // A second stroke while the answer is on its way would send a form that is old by then.
  form.addEventListener("submit", (event) => {
    if ("sent" in form.dataset) event.preventDefault();
    form.dataset.sent = "";
  });
  window.addEventListener("pageshow", () => delete form.dataset.sent);
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.requestSubmit(form.querySelector("[data-confirm]"));
    } else if (event.key === "Enter" && event.target.matches("input, select")) {
      event.preventDefault();
      const fields = [...form.querySelectorAll("input:not([type=hidden]), select, textarea")];
      const next = fields[fields.indexOf(event.target) + 1];
      if (next) next.focus();
      else form.requestSubmit(form.querySelector("[data-confirm]"));
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.altKey && event.code === "KeyS") {
      event.preventDefault();
      document.querySelector("[data-skip]")?.click();
    }
  });
}
