// Passkeys: a form marked `data-passkey` is signed by the reader's own device instead of being sent.
//
// POST data-passkey, the form            → {request, options}
// POST data-answer,  {request, answer}   → {href}
// A refusal is {detail}. Enrolling (`data-enrol`) asks and answers in the same way.
import { forgeryToken } from "./forgery.js";
import { toast } from "./toasts.js";

class Said extends Error {}

async function post(address, fields) {
  const answer = await fetch(address, {
    method: "POST",
    body: fields,
    headers: { "X-CSRFToken": forgeryToken(), "X-Requested-With": "fetch", Accept: "application/json" },
  });
  const isJson = answer.headers.get("Content-Type")?.includes("json");
  const body = isJson ? await answer.json() : {};
  if (!answer.ok) throw new Said(body.detail ?? "");
  return body;
}

// The browser says no in its own words and language; ours say what it means here.
function explain(error, words) {
  if (error instanceof Said && error.message) return error.message;
  if (error.name === "NotAllowedError" || error.name === "AbortError") return words.notUsed;
  if (error.name === "InvalidStateError") return words.known;
  if (error.name === "SecurityError" || error.name === "NotSupportedError") return words.unknown;
  return words.lost;
}

async function act(form, work) {
  if ("busy" in form.dataset) return;
  form.dataset.busy = "";
  try {
    if (!window.SimpleWebAuthnBrowser?.browserSupportsWebAuthn()) throw Object.assign(new Error(), { name: "NotSupportedError" });
    location.assign((await work(window.SimpleWebAuthnBrowser)).href);
  } catch (error) {
    toast("seal", explain(error, form.dataset));
    delete form.dataset.busy;
  }
}

async function sign(form, submitter, browser) {
  const fields = new FormData(form, submitter);
  const { request, options } = await post(form.dataset.passkey, fields);
  const answer = await browser.startAuthentication({ optionsJSON: options });
  const reply = new FormData();
  reply.set("request", request);
  reply.set("answer", JSON.stringify(answer));
  reply.set("next", fields.get("next") ?? "");
  if ("batch" in form.dataset) reply.set("batch", "1");
  return post(form.dataset.answer, reply);
}

async function enrol(form, browser) {
  const { options } = await post(form.dataset.enrol, new FormData());
  const answer = await browser.startRegistration({ optionsJSON: options });
  const reply = new FormData(form);
  reply.set("answer", JSON.stringify(answer));
  return post(form.action, reply);
}

export function startPasskeys() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const { passkey, enrol: question } = form.dataset;
    if (!passkey && !question) return;
    event.preventDefault();
    act(form, (browser) => (passkey ? sign(form, event.submitter, browser) : enrol(form, browser)));
  }, true);
}
