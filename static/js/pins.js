// Evidence: turns pinned to a criterion. The form's [data-pinned] chips are the truth; the pins under the turns and on
// the picture of the sound are painted from them, again whenever one of the three is replaced.
import { onKeys } from "./keys.js";
import { hear, here, stand } from "./turns.js";
import { equip } from "./turn-tools.js";
import { criterionHere, form } from "./criteria.js";
import { sign, unsign } from "./wave.js";

const sheet = () => document.getElementById("scorecard");
const words = (turn) => {
  const bubble = turn.querySelector(".bubble").cloneNode(true);
  bubble.querySelector(".visually-hidden")?.remove();
  return bubble.textContent.trim();
};

function chips(criterion) {
  return [...criterion.querySelectorAll("[data-pinned]")];
}

/** The field that is sent says what the chips show. */
function write(criterion) {
  const field = criterion.querySelector("[name^='evidence-']");
  field.value = chips(criterion).map((chip) => chip.dataset.pinned).join(" ");
  field.dispatchEvent(new Event("change", { bubbles: true }));
  paint();
}

function chipOf(turn) {
  const chip = document.getElementById("pin").content.firstElementChild.cloneNode(true);
  const number = turn.id.replace("turn-", "");
  const time = turn.querySelector(".turn__time").textContent.trim();
  chip.dataset.pinned = number;
  const link = chip.querySelector("a");
  link.href = `#${turn.id}`;
  const isNumber = turn.dataset.at === undefined;
  link.querySelector("[data-time]").textContent = isNumber ? sheet().querySelector("[data-turn-words]").dataset.turnWords.replace("{n}", number) : time;
  link.querySelector(".evidence__quote").textContent = words(turn);
  return chip;
}

/** Pins the turn to the criterion, or takes it away again. */
function pin(criterion, turn) {
  const known = chips(criterion).find((chip) => `turn-${chip.dataset.pinned}` === turn.id);
  if (known) known.remove();
  else {
    const later = chips(criterion).find((chip) => Number(chip.dataset.pinned) > Number(turn.id.replace("turn-", "")));
    (later ?? criterion.querySelector(".evidence--add")).before(chipOf(turn));
  }
  write(criterion);
}

function pinHere(criterion = criterionHere()) {
  if (!form() || !criterion) return false;
  const turn = here();
  if (turn) pin(criterion, turn);
  else document.getElementById("draft-state").textContent = document.getElementById("criteria").dataset.noTurn;
  return true;
}

function paint() {
  document.querySelectorAll("[data-painted]").forEach((old) => old.remove());
  unsign("pin");
  for (const chip of sheet()?.querySelectorAll("[data-pinned]") ?? []) {
    const turn = document.getElementById(`turn-${chip.dataset.pinned}`);
    if (!turn) continue;
    const criterion = chip.closest("[data-criterion]");
    const title = `${criterion.querySelector(".criterion__no").textContent} ${criterion.querySelector(".criterion__title").firstChild.textContent}`;
    paintOnTurn(turn, chip, criterion, title);
    sign(turn, "pin", title.trim());
  }
}

function paintOnTurn(turn, chip, criterion, title) {
  let notes = turn.querySelector("div.turn__notes");
  if (!notes) {
    notes = document.createElement("div");
    notes.className = "turn__notes";
    notes.dataset.painted = "";
    turn.querySelector(".turn__body").append(notes);
  }
  const link = document.createElement("a");
  link.className = "evidence";
  link.href = `#${criterion.id}`;
  link.dataset.painted = "";
  link.append(chip.querySelector("svg").cloneNode(true), title);
  notes.append(link);
}

// The tools of the turn that one stands on move along with it.
document.addEventListener("turn-changed", (event) => {
  const left = document.querySelector("[data-turn-tools]");
  // Whoever used one by keyboard goes on from the turn that they used it on.
  if (left?.querySelector(":focus-visible")) left.closest("[data-turn]").querySelector(".turn__time").focus({ preventScroll: true });
  left?.remove();
  const tools = document.getElementById("turn-tools")?.content.firstElementChild;
  if (tools?.childElementCount) equip(event.detail.turn).prepend(tools.cloneNode(true));
});

document.addEventListener("click", (event) => {
  const { target } = event;
  const unpin = target.closest("[data-unpin]");
  if (unpin) {
    const criterion = unpin.closest("[data-criterion]");
    unpin.closest("[data-pinned]").remove();
    write(criterion);
  } else if (target.closest("[data-pin]")) pinHere(target.closest("[data-criterion]") ?? undefined);
  const link = target.closest("a[data-hear]");
  const turn = link && document.querySelector(link.hash);
  if (!turn || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  show(turn);
});

/** The turn in sight and its sound, as far as the browser lets a page play. */
function show(turn) {
  if (!hear(turn)) stand(turn);
  turn.scrollIntoView({ block: "center" });
}

/** The turn that the address of a finished review names, or the first that the answer it names rests on. */
function asked() {
  const named = new URLSearchParams(location.search).get("turn");
  const answer = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  return named ?? answer?.querySelector("[data-pinned]")?.dataset.pinned;
}

function arrive() {
  paint();
  const turn = document.querySelector("[data-show]") && document.getElementById(`turn-${asked()}`);
  if (turn) show(turn);
}

onKeys({ pin_turn: () => pinHere() });
document.addEventListener("review-opened", paint);
document.addEventListener("htmx:afterSettle", () => sheet() && paint());
document.addEventListener("loadedmetadata", () => sheet() && paint(), true);
if (document.getElementById("review")) arrive();
