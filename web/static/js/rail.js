// The rail narrows at once; the server remembers it for the next page.
export function startRail() {
  const button = document.querySelector("[data-rail-switch]");
  button?.form.addEventListener("submit", (event) => {
    event.preventDefault();
    const body = new FormData(button.form);
    body.set("rail", button.value);
    fetch(button.form.action, { method: "POST", body, headers: { "X-Requested-With": "fetch" } });
    document.documentElement.dataset.rail = button.value;
    button.value = button.value === "narrow" ? "wide" : "narrow";
  });
}
