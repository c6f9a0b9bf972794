// A form that is sent after its session has ended is not lost: it waits in this tab, and whoever
// wrote it is asked after signing in whether it shall be sent. Passwords and files are never kept.
import { forgeryToken } from "./forgery.js";

const KEY = "chancery-unsent";
// The answer to what was sent comes soon after it; a later visit to the gate tells nothing of it.
const ANSWERED_MS = 120_000;
const WRITTEN = "textarea, input:not([type]), input[type=text], input[type=search], input[type=date], input[type=number], input[type=email]";

function write(kept) {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(kept));
  } catch {
    // The tab has no room for it: the browser's own way back is left.
    sessionStorage.removeItem(KEY);
  }
}

function label(control) {
  const said = control.labels?.[0]?.textContent ?? control.getAttribute("aria-label") ?? control.name;
  return said.replace(/[\s*]+$/, "").trim();
}

function keep(form, submitter) {
  const data = [...new FormData(form, submitter)];
  const has_files = data.some(([, value]) => value instanceof File && value.size > 0);
  if (form.querySelector("[type=password]") || has_files) {
    sessionStorage.removeItem(KEY);
    return;
  }
  const written = [...form.querySelectorAll(WRITTEN)].filter((each) => each.value.trim() && each.checkVisibility());
  write({
    person: document.body.dataset.person,
    at: Date.now(),
    action: submitter?.getAttribute("formaction") ?? form.getAttribute("action") ?? location.href,
    coding: form.enctype,
    data: data.filter(([name, value]) => typeof value === "string" && name !== "csrf_token"),
    written: written.map((each) => [label(each), each.value]),
  });
}

function send(kept) {
  const form = document.createElement("form");
  form.method = "post";
  form.action = kept.action;
  form.enctype = kept.coding;
  form.hidden = true;
  for (const [name, value] of [...kept.data, ["csrf_token", forgeryToken()]]) {
    // A field of several lines keeps them only in a text area.
    const field = document.createElement("textarea");
    field.name = name;
    field.value = value;
    form.append(field);
  }
  document.body.append(form);
  write({ ...kept, at: Date.now(), ended: false });
  form.submit();
}

function offer(kept) {
  const notice = document.getElementById("unsent");
  if (!notice) return;
  const list = notice.querySelector("dl");
  for (const [name, value] of kept.written) {
    const term = document.createElement("dt");
    term.textContent = name;
    const text = document.createElement("dd");
    text.textContent = value;
    list.append(term, text);
  }
  notice.querySelector("details").hidden = kept.written.length === 0;
  notice.querySelector("[data-unsent-send]").addEventListener("click", () => send(kept), { once: true });
  notice.querySelector("[data-unsent-drop]").addEventListener("click", () => {
    sessionStorage.removeItem(KEY);
    notice.hidden = true;
  });
  notice.hidden = false;
}

function settle() {
  const kept = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
  if (!kept) return;
  const { person, refused } = document.body.dataset;
  if (!person) {
    const ended = kept.ended || Date.now() - kept.at < ANSWERED_MS;
    if (ended) write({ ...kept, ended });
    else sessionStorage.removeItem(KEY);
  } else if (kept.person === person && (kept.ended || refused !== undefined)) {
    write({ ...kept, ended: true });
    offer(kept);
  } else {
    sessionStorage.removeItem(KEY);
  }
}

export function startUnsent() {
  settle();
  document.addEventListener("submit", (event) => {
    const form = event.target;
    // What waits while nobody is signed in goes on waiting when somebody signs in.
    if (event.defaultPrevented || form.method !== "post" || !document.body.dataset.person) return;
    if ("leaves" in form.dataset) sessionStorage.removeItem(KEY);
    else keep(form, event.submitter);
  });
}
