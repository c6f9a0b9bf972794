// Menus are <details>: they open without script. Here they also close by Escape, by a click beside
// them, and when another one opens.
export function startMenus() {
  document.addEventListener("toggle", (event) => {
    if (!event.target.matches?.("[data-menu]") || !event.target.open) return;
    for (const other of document.querySelectorAll("[data-menu][open]")) {
      if (other !== event.target) other.open = false;
    }
  }, true);
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) window.print();
    const inside = event.target.closest("[data-menu]");
    for (const menu of document.querySelectorAll("[data-menu][open]")) {
      if (menu !== inside) menu.open = false;
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = document.querySelector("[data-menu][open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
}
