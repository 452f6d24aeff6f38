// Walking through what was said: J and K by turn, N by hit, a click on a turn or its time. Survives a refresh.
import { onKeys } from "./keys.js";
import { player } from "./call-player.js";

const HERE = "turn--current";
const CHANGED = "turn--changed";

const turns = () => [...document.querySelectorAll("[data-turn]")];
const hits = () => [...document.querySelectorAll("#transcript mark")];
const here = () => document.querySelector(`.${HERE}`);

function stand(turn) {
  for (const other of document.querySelectorAll(`.${HERE}`)) {
    other.classList.remove(HERE);
    other.removeAttribute("aria-current");
  }
  turn.classList.add(HERE);
  turn.setAttribute("aria-current", "true");
}

function follow(turn) {
  const at = turn.querySelector("[data-at]")?.dataset.at;
  if (at !== undefined) player()?.seek(Number(at));
}

function walk(step) {
  const all = turns();
  if (!all.length) return false;
  const at = all.indexOf(here());
  const turn = all[at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + step, 0), all.length - 1)];
  stand(turn);
  follow(turn);
  turn.scrollIntoView({ block: "nearest" });
  return true;
}

function jump(step) {
  const all = hits();
  if (!all.length) return false;
  const at = all.findIndex((hit) => hit.hasAttribute("aria-current"));
  goToHit(at < 0 ? (step > 0 ? 0 : all.length - 1) : (at + step + all.length) % all.length);
  return true;
}

function goToHit(index) {
  const all = hits();
  all.forEach((hit) => hit.removeAttribute("aria-current"));
  const hit = all[index];
  hit.setAttribute("aria-current", "true");
  const turn = hit.closest("[data-turn]");
  stand(turn);
  turn.scrollIntoView({ block: "nearest" });
  const count = document.getElementById("hits");
  if (count) count.textContent = count.dataset.of.replace("{n}", index + 1).replace("{total}", all.length);
}

function arrive() {
  const turn = location.hash.startsWith("#turn-") ? document.querySelector(location.hash) : null;
  if (!turn) return hits().length ? goToHit(0) : undefined;
  const first = hits().findIndex((hit) => turn.contains(hit));
  if (first >= 0) goToHit(first);
  else stand(turn);
  return turn.scrollIntoView({ block: "center" });
}

document.addEventListener("click", (event) => {
  const turn = event.target.closest("[data-turn]");
  if (!turn || String(getSelection())) return;
  stand(turn);
  if (event.target.closest("[data-at]")) follow(turn);
});

onKeys({ KeyJ: () => walk(1), KeyK: () => walk(-1), KeyN: () => jump(1), "Shift+KeyN": () => jump(-1) });
addEventListener("hashchange", arrive);
if (document.getElementById("transcript")) arrive();

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
