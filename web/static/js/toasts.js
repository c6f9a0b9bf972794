// Short messages that pass over the page. Those that report harm stay until they are closed.
const VISIBLE_MS = 6000;
const UNDO_MS = 20_000;

function leave(notice) {
  if (notice.querySelector("form[data-undo]")) {
    // Its key goes on working, see undo.js.
    setTimeout(() => { notice.hidden = true; }, UNDO_MS);
  } else if (!notice.classList.contains("seal")) {
    setTimeout(() => notice.remove(), VISIBLE_MS);
  }
}

export function toast(tone, text) {
  const list = document.getElementById("toasts");
  if (!list) return;
  const notice = document.createElement("div");
  notice.className = `notice ${tone}`;
  const words = document.createElement("div");
  words.textContent = text;
  const close = document.createElement("button");
  close.dataset.dismiss = "";
  close.setAttribute("aria-label", list.dataset.close);
  close.textContent = "×";
  notice.append(words, close);
  list.append(notice);
  leave(notice);
}

export function startToasts() {
  document.querySelectorAll("#toasts .notice").forEach(leave);
  document.addEventListener("click", (event) => {
    event.target.closest("[data-dismiss]")?.closest(".notice").remove();
  });
}
