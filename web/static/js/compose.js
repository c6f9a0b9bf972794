// The form of a round: typing begins with the readers, Ctrl+Enter sends, a second click does not.
function sum(form) {
  const line = form.querySelector("[data-sum]");
  const readers = form.querySelectorAll("[data-reader]").length;
  const stages = [...form.querySelectorAll("[data-stage]")].filter((each) => each.querySelector("[data-reader]")).length;
  const text = readers === 0 ? line.dataset.none : stages === 1 ? line.dataset.one : line.dataset.many;
  line.textContent = text.replace("{readers}", readers).replace("{stages}", stages);
}

export function startCompose(root) {
  const form = root.querySelector("[data-compose]:not([data-live])");
  if (!form) return;
  form.dataset.live = "";
  if (matchMedia("(hover: hover)").matches) {
    (form.querySelector("[aria-invalid]") ?? form.querySelector("[data-stage]:last-of-type [role=combobox]")).focus({ preventScroll: true });
  }
  form.addEventListener("stages:change", () => sum(form));
  sum(form);
  // Choosing a date asks for it at once.
  form.addEventListener("change", (event) => {
    if (event.target.matches("[name=due][value=on]")) form.querySelector("[name=due_on]").focus();
  });
  form.addEventListener("submit", (event) => {
    if ("sent" in form.dataset) event.preventDefault();
    form.dataset.sent = "";
  });
  window.addEventListener("pageshow", () => delete form.dataset.sent);
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    form.requestSubmit(form.querySelector("[data-send]"));
  });
}
