// A page that was opened while the text was being read: asks for the fields until they can be filled
// in. What was typed meanwhile stays.
import { renewFields } from "./offers.js";
import { startPickers } from "./picker.js";

const FIRST_MS = 700;
const MOST_MS = 8_000;
const MOST_TURNS = 60;

export function startRenewal(form, renewed) {
  const address = form.dataset.renew;
  if (!address) return;
  let turn = 0;

  async function ask() {
    const answer = await fetch(address);
    if (answer.status === 204 && turn < MOST_TURNS) {
      turn += 1;
      setTimeout(ask, Math.min(FIRST_MS + 300 * turn, MOST_MS));
    } else if (answer.status === 200) {
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      renewFields(form, fresh);
      startPickers(form);
      form.querySelector("[data-being-read]")?.remove();
      renewed();
    }
  }

  setTimeout(() => ask().catch(() => {}), FIRST_MS);
}
