// <a data-jump=".turn--late"> goes to the first such turn, and with every click to the one after it, round and round.
import { goTo, here } from "./turns.js";

function next(places) {
  const turn = here();
  return places.find((place) => turn && turn.compareDocumentPosition(place) & Node.DOCUMENT_POSITION_FOLLOWING) ?? places[0];
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-jump]");
  const places = link ? [...document.querySelectorAll(`.transcript ${link.dataset.jump}`)] : [];
  if (!places.length || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  const place = next(places);
  goTo(place);
  history.replaceState(history.state, "", `#${place.id}`);
});
