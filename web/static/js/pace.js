// How many were checked in this sitting, and how long each took: told to who does it, and to nobody
// else. The time is kept in this tab alone; what takes longer than two minutes counts as an
// interruption.
const KEPT = "check-pace";
const MOST_MS = 120_000;

function kept() {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT)) ?? { count: 0, ms: 0 };
  } catch {
    return { count: 0, ms: 0 };
  }
}

export function startPace(form) {
  const line = document.querySelector("[data-pace]");
  if (!line) return;
  const done = Number(line.dataset.pace);
  const before = done === 0 ? { count: 0, ms: 0 } : kept();
  sessionStorage.setItem(KEPT, JSON.stringify(before));
  if (before.count > 0) {
    const seconds = Math.max(1, Math.round(before.ms / before.count / 1000));
    line.textContent = line.dataset.text.replace("{seconds}", seconds);
  }
  let shownAt = performance.now();
  let ms = 0;
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") ms += performance.now() - shownAt;
    else shownAt = performance.now();
  });
  form.addEventListener("submit", () => {
    const took = Math.min(ms + performance.now() - shownAt, MOST_MS);
    sessionStorage.setItem(KEPT, JSON.stringify({ count: before.count + 1, ms: before.ms + took }));
  });
}
