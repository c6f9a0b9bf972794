// How many lines of a list are ticked, said in the bar that appears with the first of them.
export function startTicks() {
  const said = document.querySelector("[data-ticked]");
  if (!said) return;
  const form = said.closest("form");
  const tell = () => {
    const count = document.querySelectorAll("[data-tick]:checked").length;
    said.textContent = (count === 1 ? said.dataset.one : said.dataset.many).replace("{count}", count);
  };
  document.addEventListener("change", (event) => event.target.matches("[data-tick]") && tell());
  form.addEventListener("reset", () => setTimeout(tell));
  tell();
}
