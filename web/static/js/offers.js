// What was read or learned and not filled in is offered below its field: a click takes it, and so does
// Enter, see queue.js. The last take can be taken back with Ctrl+Z until something is typed.
const taken = [];

export function controlOf(field) {
  return field.querySelector("[role=combobox], input:not([type=hidden]), select, textarea");
}

function hiddenOf(field) {
  return field.querySelector(".picker input[type=hidden]");
}

// A field offers itself as long as nobody has put anything else in it.
export function isOpen(field) {
  const control = controlOf(field);
  return field.classList.contains("is-offered") && control.value === control.dataset.first;
}

export function take(button) {
  const field = button.closest(".field");
  const control = controlOf(field);
  const hidden = hiddenOf(field);
  taken.push({ field, value: control.value, id: hidden?.value });
  if (hidden) hidden.value = button.dataset.take;
  control.value = hidden ? button.dataset.label : button.dataset.take;
  for (const each of field.querySelectorAll("[data-take]")) {
    each.setAttribute("aria-pressed", String(each === button));
  }
  field.classList.add("taken");
  control.dispatchEvent(new Event("change", { bubbles: true }));
}

export function takeFirst(field) {
  const first = field.querySelector("[data-take]");
  if (first) take(first);
}

// Returns whether there was something to take back.
export function takeBack() {
  const last = taken.pop();
  if (!last) return false;
  const control = controlOf(last.field);
  const hidden = hiddenOf(last.field);
  if (hidden) hidden.value = last.id;
  control.value = last.value;
  last.field.classList.remove("taken");
  last.field.querySelectorAll("[data-take]").forEach((each) => each.setAttribute("aria-pressed", "false"));
  control.focus();
  return true;
}

function remember(form) {
  for (const field of form.querySelectorAll(".field")) {
    const control = controlOf(field);
    if (control) control.dataset.first ??= control.value;
  }
}

export function startOffers(form) {
  remember(form);
  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-take]");
    if (!button) return;
    take(button);
    controlOf(button.closest(".field")).focus();
  });
  form.addEventListener("input", (event) => {
    taken.length = 0;
    if (event.isTrusted) form.dataset.touched = "";
  });
}

// Fields that come later, because the text was being read, take the place of those nobody touched.
export function renewFields(form, fresh) {
  const twins = fresh.getElementById("twins");
  if (twins) document.getElementById("twins").replaceWith(twins);
  const typing = document.activeElement?.closest(".field");
  for (const field of form.querySelectorAll("#fields > .field")) {
    const control = controlOf(field);
    const other = control && fresh.querySelector(`#${CSS.escape(control.id)}`)?.closest(".field");
    if (!other || control.value !== control.dataset.first) continue;
    const hadFocus = field === typing;
    field.replaceWith(other);
    if (hadFocus) controlOf(other).focus({ preventScroll: true });
  }
  remember(form);
}
