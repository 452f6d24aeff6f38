// A key, or the tool of a turn, opens the comment on the turn that the reader stands on, or on the whole call; a kept
// comment closes the dialog.
import { onKeys } from "./keys.js";
import { here } from "./turns.js";

/** The part of people knows where comments go; a review has no such part and says so itself. */
function address() {
  const link = document.getElementById("comment-new");
  return link?.getAttribute("href") || document.querySelector("[data-comment]")?.dataset.comment;
}

function ask() {
  const where = address();
  if (!where) return false;
  const turn = here()?.id.replace("turn-", "");
  htmx.ajax("GET", turn ? `${where}?turn=${turn}` : where, { target: "#ask", swap: "outerHTML" });
  return true;
}

onKeys({ comment: ask });

// The turn whose button was used by keyboard: the sound may go on, and the button with it, before the dialog closes.
let left = null;

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-comment-turn]");
  if (!button) return;
  left = button.matches(":focus-visible") ? button.closest("[data-turn]") : null;
  ask();
});

document.addEventListener("close", (event) => {
  if (event.target.matches("dialog[data-ask]") && document.activeElement === document.body) left?.querySelector(".turn__time").focus({ preventScroll: true });
  left = null;
}, true);

document.addEventListener("people-changed", () => document.querySelector("dialog[data-ask]")?.close());
