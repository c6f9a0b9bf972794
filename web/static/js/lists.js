// Lists by keyboard: j and k move, o or Enter opens, x ticks, ] and [ turn the page.
import { isTyping } from "./keys.js";

function step(by) {
  const rows = [...document.querySelectorAll("[data-list] [data-row]")];
  if (rows.length === 0) return;
  const at = rows.findIndex((row) => row.classList.contains("picked"));
  const next = rows[Math.min(Math.max(at + by, 0), rows.length - 1)];
  rows[at]?.classList.remove("picked");
  next.classList.add("picked");
  next.querySelector("a")?.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}

export function startLists() {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    if (event.key === "j") step(1);
    else if (event.key === "k") step(-1);
    else if (event.key === "o") document.querySelector("[data-row].picked a")?.click();
    else if (event.key === "x") document.querySelector("[data-row].picked [data-tick]")?.click();
    else if (event.key === "]") document.querySelector("a[rel=next]")?.click();
    else if (event.key === "[") document.querySelector("a[rel=prev]")?.click();
  });
}
