// While the sound plays, the turn being heard is the one the reader stands on.
import { player } from "./call-player.js";
import { bring, keepInSight } from "./follow.js";
import { here, stand } from "./turns.js";

let heard = null;
let known = { list: null, turns: [] };

// Thousands of turns, several times a second: read their times once a transcript.
function timedTurns() {
  const list = document.querySelector(".transcript");
  if (list !== known.list) {
    const turns = [...(list?.querySelectorAll("[data-turn][data-at]") ?? [])];
    known = { list, turns: turns.map((turn) => ({ turn, at: Number(turn.dataset.at) })) };
  }
  return known.turns;
}

// Whoever is at the buttons of a turn by keyboard means that turn, until they use one or do anything else. Whoever goes
// on listening afterwards and pins means the turn being heard.
const WALKING = ["Tab", "Shift"];
const USING = ["Enter", " "]; // their click comes later, that of Space when it is let go
let held = null;
let used = null;

const toolsOf = (element) => element?.closest?.(".turn__tools");

document.addEventListener("focusin", ({ target }) => {
  held = toolsOf(target) !== used && target.matches(".turn__tools :focus-visible") ? target.closest("[data-turn]") : null;
});
document.addEventListener("focusout", ({ relatedTarget }) => {
  held = null;
  if (toolsOf(relatedTarget) !== used) used = null;
});
document.addEventListener("pointerdown", () => { held = null; }, true);
document.addEventListener("keydown", ({ key, target }) => {
  if (!WALKING.includes(key) && !(USING.includes(key) && toolsOf(target))) held = null;
}, true);
document.addEventListener("click", ({ target }) => {
  held = null;
  used = toolsOf(target) ?? used;
});

const turnAt = (now) => timedTurns().findLast(({ at }) => at <= now + 0.02)?.turn;

document.addEventListener("sound-moved", (event) => {
  if (!event.detail.isPlaying) return;
  const turn = turnAt(event.detail.now);
  if (!turn || turn === heard) return;
  if (held && held === here()) return;
  heard = turn;
  if (turn !== here()) stand(turn);
  keepInSight(turn);
});

document.addEventListener("follow-again", () => {
  const turn = turnAt(player()?.now ?? 0) ?? here();
  if (!turn) return;
  stand(turn);
  bring(turn);
});
