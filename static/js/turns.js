// Walking through what was said: by turn with keys, a click on a turn to hear it. Survives a refresh.
import { onKeys } from "./keys.js";
import { player } from "./call-player.js";
import { bring, follow } from "./follow.js";

const HERE = "turn--current";
const CHANGED = "turn--changed";

const turns = () => [...document.querySelectorAll("[data-turn]")];

/** The turn that the reader stands on. */
export const here = () => document.querySelector(`.${HERE}`);

/** Makes this the turn the reader stands on. */
export function stand(turn) {
  for (const other of document.querySelectorAll(`.${HERE}`)) {
    other.classList.remove(HERE);
    other.removeAttribute("aria-current");
  }
  turn.classList.add(HERE);
  turn.setAttribute("aria-current", "true");
  document.dispatchEvent(new CustomEvent("turn-changed", { detail: { turn } }));
}

function seekTo(turn) {
  const dock = player();
  if (!dock || turn.dataset.at === undefined) return null;
  dock.release();
  dock.seek(Number(turn.dataset.at));
  return dock;
}

/** Makes it the turn the reader stands on and plays it; false without sound. */
export function hear(turn) {
  stand(turn);
  follow();
  const dock = seekTo(turn);
  dock?.play();
  return Boolean(dock);
}

/** Stands on a turn, brings it into sight and moves the sound there; what plays goes on. */
export function goTo(turn) {
  stand(turn);
  seekTo(turn);
  bring(turn);
}

function walk(step) {
  const all = turns();
  if (!all.length) return false;
  const at = all.indexOf(here());
  const turn = all[at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + step, 0), all.length - 1)];
  goTo(turn);
  return true;
}

const turnOf = (event) => event.target.closest?.("[data-turn]");

// Shift and a click chooses a turn and leaves the sound where it is, so that its start can be set there.
document.addEventListener("mousedown", (event) => {
  if (event.shiftKey && turnOf(event)) event.preventDefault(); // no selection
});

document.addEventListener("click", (event) => {
  const turn = turnOf(event);
  if (!turn || event.ctrlKey || event.metaKey || event.target.closest("button, form")) return;
  if (event.shiftKey) {
    event.preventDefault();
    stand(turn);
  } else if (!String(getSelection()) && hear(turn) && event.target.closest("a")) {
    event.preventDefault(); // it would scroll
    history.replaceState(history.state, "", `#${turn.id}`);
  }
});

onKeys({ next_turn: () => walk(1), previous_turn: () => walk(-1) });

// A refresh replaces the transcript: what changed glows once, and the reader stays on their turn.
let before = null;

document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target.id !== "transcript") return;
  before = { texts: new Map(turns().map((turn) => [turn.id, turn.querySelector(".bubble").textContent])), here: here()?.id };
});

// After settling, in which HTMX writes the classes of elements with an id once more.
document.addEventListener("htmx:afterSettle", (event) => {
  if (!before || event.detail.target.id !== "transcript") return;
  for (const turn of turns()) {
    if (before.texts.get(turn.id) !== turn.querySelector(".bubble").textContent) turn.classList.add(CHANGED);
  }
  const turn = before.here && document.getElementById(before.here);
  if (turn) stand(turn);
  before = null;
});
