// How many comments a turn has stands under it and in the picture of the sound. Neither knows anything of people: the
// marks come with their part of the page, and are set again whenever one of the three is new.
import { sign, unsign } from "./wave.js";

function place() {
  const list = document.querySelector("[data-turn-comments]");
  for (const old of document.querySelectorAll(".turn__comments")) old.remove();
  unsign("comment");
  for (const mark of list?.children ?? []) {
    const turn = document.getElementById(`turn-${mark.dataset.about}`);
    if (!turn) continue;
    const notes = document.createElement("div");
    notes.className = "turn__notes turn__comments";
    notes.append(...[...mark.childNodes].map((node) => node.cloneNode(true)));
    turn.querySelector(".turn__body").append(notes);
    sign(turn, "comment", mark.textContent.trim());
  }
}

// The first comment on this turn comes into sight, and not only the head of the list.
document.addEventListener("click", (event) => {
  const mark = event.target.closest(".turn__comments a");
  const turn = mark?.closest("[data-turn]");
  const comment = turn && document.querySelector(`.comment[data-about="${turn.id.replace("turn-", "")}"]`);
  if (!comment) return;
  event.preventDefault();
  event.stopPropagation();
  comment.scrollIntoView({ block: "nearest" });
  comment.querySelector("a, button")?.focus({ preventScroll: true });
}, true);

const PARTS = ["people", "transcript", "turn-comments", "player", "wave"];

document.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (PARTS.includes(detail.elt.id) || PARTS.includes(detail.target?.id)) place();
});
document.addEventListener("DOMContentLoaded", place);
