// Starts the parts of the page. Each part looks for its own `data-…` marks, so a page without them
// costs nothing, and a part that htmx brings in later is found as well.
import { forgeryToken } from "./forgery.js";
import { startCompose } from "./compose.js";
import { startDialogs } from "./dialogs.js";
import { startDrops } from "./drop.js";
import { startEvidence } from "./evidence.js";
import { startHits } from "./hits.js";
import { startIdle } from "./idle.js";
import { startKeys } from "./keys.js";
import { startLists } from "./lists.js";
import { startMenus } from "./menus.js";
import { startPasskeys } from "./passkeys.js";
import { startPens } from "./pen.js";
import { startPickers } from "./picker.js";
import { startPlacing } from "./placing.js";
import { startQueue } from "./queue.js";
import { startQuiet } from "./quiet.js";
import { startRail } from "./rail.js";
import { startReading } from "./reading.js";
import { startShown } from "./shown.js";
import { startSplitting } from "./splitting.js";
import { startStages } from "./stages.js";
import { startTicks } from "./ticks.js";
import { startToasts, toast } from "./toasts.js";
import { startTwins } from "./twins.js";
import { startTyping } from "./typing.js";
import { startUndo } from "./undo.js";
import { startUnsent } from "./unsent.js";
import { startViewers } from "./viewer.js";

const perPart = [
  startDrops, startPickers, startViewers, startQueue, startShown, startStages, startCompose,
  startPlacing, startSplitting, startTwins, startHits,
];

startMenus();
startDialogs();
startEvidence();
startKeys();
startLists();
startQuiet();
startRail();
startTicks();
startTyping();
startToasts();
startUndo();
startPasskeys();
startReading();
startPens();
startIdle();
startUnsent();
perPart.forEach((start) => start(document));

document.addEventListener("htmx:load", (event) => perPart.forEach((start) => start(event.detail.elt)));
document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRFToken"] = forgeryToken();
  // What the page renews by itself is no use of the session.
  if (event.detail.elt.getAttribute("hx-trigger")?.includes("every ")) event.detail.headers["X-Unattended"] = "1";
});
document.addEventListener("htmx:responseError", (event) => {
  // What a page renews by itself says nothing each minute that its reader did not ask for.
  if (!event.detail.requestConfig.headers["X-Unattended"]) toast("seal", event.detail.xhr.responseText);
});
