// The tools of a turn, made from every <template data-tools> of the page when the reader points at it or stands on it:
// thousands of turns carry none. What they do is listened for elsewhere, by their attributes.
// A turn is one stop of Tab, and the buttons of the turn one stands on are stops as well: Enter on a turn, then Tab. The
// arrow keys are those of the sound and of the criteria.
import { here } from "./turns.js";

function copyable(turn) {
  const time = turn.dataset.at === undefined ? "" : `${turn.querySelector(".turn__time").textContent} `;
  return time + turn.querySelector(".bubble").textContent.trim();
}

/** The row of them, beside the words. */
export function equip(turn) {
  const known = turn.querySelector(".turn__tools");
  if (known) return known;
  const templates = document.querySelectorAll("template[data-tools]");
  const tools = document.createElement("span");
  tools.className = "turn__tools";
  tools.append(...[...templates].map((template) => template.content.cloneNode(true)));
  tools.querySelectorAll("[data-copy='']").forEach((button) => { button.dataset.copy = copyable(turn); });
  turn.querySelector(".turn__line").append(tools);
  for (const button of tools.querySelectorAll("button")) button.tabIndex = turn === here() ? 0 : -1;
  return tools;
}

/** What could be reached can be as long as the focus is in its turn, also when the sound has gone on. */
function reach() {
  for (const button of document.querySelectorAll(".turn__tools button")) {
    const turn = button.closest("[data-turn]");
    const isKept = button.tabIndex === 0 && turn.contains(document.activeElement);
    button.tabIndex = turn === here() || isKept ? 0 : -1;
  }
}

for (const name of ["pointerover", "focusin"]) {
  document.addEventListener(name, (event) => {
    const turn = event.target.closest?.("[data-turn]");
    if (turn) equip(turn);
  });
}
document.addEventListener("turn-changed", (event) => {
  equip(event.detail.turn);
  reach();
});
