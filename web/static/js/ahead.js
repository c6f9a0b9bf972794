// Has the first page of the next document drawn while this one is looked at, and fetches its picture.
const WAIT_MS = 250;

async function fetchAhead(address) {
  const answer = await fetch(address, { priority: "low" });
  if (!answer.ok) return;
  for (const page of await answer.json()) {
    const picture = new Image();
    // As in components/viewer.html, so that the same one of several widths is chosen.
    picture.sizes = "(min-width: 1000px) 54rem, 100vw";
    if (page.images) picture.srcset = page.images;
    picture.src = page.image;
  }
}

export function startAhead(form) {
  const address = form.dataset.ahead;
  // What fails now is fetched in its turn.
  if (address) setTimeout(() => fetchAhead(address).catch(() => {}), WAIT_MS);
}
