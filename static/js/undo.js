// The last finish can be taken back for as long as the toast says so.
import { isTyping, onKeys } from "./keys.js";

let fading;

function offer() {
  const toast = document.getElementById("undo");
  if (!toast?.dataset.seconds) return;
  clearTimeout(fading);
  fading = setTimeout(() => document.getElementById("undo")?.setAttribute("hidden", ""), Number(toast.dataset.seconds) * 1000);
}

function undo(event) {
  const taken = document.querySelector("#undo:not([hidden]) form[data-undo]");
  if (!taken || isTyping(event)) return false; // a text undoes itself
  taken.requestSubmit();
  return true;
}

onKeys({ undo_finish: undo });
document.addEventListener("htmx:oobAfterSwap", (event) => event.detail.target.id === "undo" && offer());
offer();
