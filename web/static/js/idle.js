// A session that nobody uses ends by itself. Who types, scrolls or points is there, so that theirs
// goes on; who does nothing is warned a while before. All tabs of a browser share one session and one clock.
import { forgeryToken } from "./forgery.js";

const SEEN = "chancery-seen";
const LOOK_MS = 5_000;
const WARN_MS = 120_000;
const THERE_MS = 60_000;
const ACTS = ["input", "keydown", "pointerdown", "pointermove", "scroll", "wheel", "touchmove"];

export function startIdle() {
  const notice = document.getElementById("idle");
  if (!notice) return;
  const idle = Number(notice.dataset.idle) * 1000;
  let there = 0;
  let asked = false;
  const seen = () => localStorage.setItem(SEEN, Date.now());

  async function stay() {
    if (asked) return;
    asked = true;
    const headers = { "X-CSRFToken": forgeryToken() };
    const answer = await fetch(notice.dataset.stay, { method: "POST", headers, redirect: "manual" }).catch(() => null);
    asked = false;
    if (answer?.ok) seen();
    // Without an answer, or with a fault for one, nothing is known, and the clock goes on.
    else if (answer && answer.status < 500) localStorage.setItem(SEEN, 0);
    look();
  }

  function look() {
    const left = Number(localStorage.getItem(SEEN)) + idle - Date.now();
    const soon = left < Math.min(WARN_MS, idle / 2);
    if (soon && left > 0 && Date.now() - there < THERE_MS) {
      stay();
      return;
    }
    notice.hidden = !soon;
    notice.querySelector("[data-idle-soon]").hidden = left <= 0;
    notice.querySelector("[data-idle-over]").hidden = left > 0;
  }

  seen();
  // What the page renews by itself is no use of it; whatever else is sent is.
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful && !event.detail.requestConfig.headers["X-Unattended"]) seen();
  });
  for (const act of ACTS) {
    addEventListener(act, () => { there = Date.now(); }, { passive: true, capture: true });
  }
  notice.querySelector("[data-idle-stay]").addEventListener("click", stay);
  setInterval(look, LOOK_MS);
}
