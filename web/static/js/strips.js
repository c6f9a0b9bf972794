// How a cross-page seal is split over pages; the same as `records/seals/crosspage.py`.
const MOST_PAGES = 18;

export function partsOf(pageCount, duplex, edge) {
  const pages = Array.from({ length: pageCount }, (_, page) => page).filter((page) => !duplex || page % 2 === 0);
  if (pages.length < 2) return [];
  const groups = Math.ceil(pages.length / MOST_PAGES);
  const found = [];
  for (let group = 0; group < groups; group += 1) {
    const some = pages.slice(Math.floor((pages.length * group) / groups), Math.floor((pages.length * (group + 1)) / groups));
    some.forEach((page, number) => {
      found.push({ page, part: edge === "left" ? some.length - 1 - number : number, of: some.length });
    });
  }
  return found;
}
