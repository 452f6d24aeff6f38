// The searched words on the page of a call: keys walk them, round and round, and tell where one stands.
import { onKeys } from "./keys.js";
import { stand } from "./turns.js";

const all = () => [...document.querySelectorAll("#transcript mark")];
const place = (hits) => hits.findIndex((hit) => hit.hasAttribute("aria-current"));

function mark(hits, at) {
  hits.forEach((hit) => hit.removeAttribute("aria-current"));
  hits[at].setAttribute("aria-current", "true");
  const count = document.getElementById("hits");
  if (count) count.textContent = count.dataset.of.replace("{n}", at + 1).replace("{total}", hits.length);
}

function goTo(hits, at, block = "nearest") {
  mark(hits, at);
  const turn = hits[at].closest("[data-turn]");
  if (turn) stand(turn);
  turn?.scrollIntoView({ block });
  hits[at].scrollIntoView({ block: "nearest" }); // a turn may be taller than the screen
}

function walk(step) {
  const hits = all();
  if (!hits.length) return false;
  const at = place(hits);
  goTo(hits, at < 0 ? (step > 0 ? 0 : hits.length - 1) : (at + step + hits.length) % hits.length);
  return true;
}

// Whoever comes to a turn comes to its first hit, and whoever comes to the page to the first of all.
function arrive() {
  const hits = all();
  const turn = location.hash.startsWith("#turn-") ? document.getElementById(location.hash.slice(1)) : null;
  const at = turn ? hits.findIndex((hit) => turn.contains(hit)) : 0;
  if (hits[at]) return goTo(hits, at, "center");
  if (!turn) return undefined;
  stand(turn);
  return turn.scrollIntoView({ block: "center" });
}

onKeys({ next_hit: () => walk(1), previous_hit: () => walk(-1) });
addEventListener("hashchange", arrive);
if (document.getElementById("transcript")) arrive();

// A refresh replaces the transcript: the reader stays on their hit.
let before = -1;

document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target.id === "transcript") before = place(all());
});

document.addEventListener("htmx:afterSettle", (event) => {
  const hits = all();
  if (event.detail.target.id === "transcript" && before >= 0 && hits.length) mark(hits, Math.min(before, hits.length - 1));
});
