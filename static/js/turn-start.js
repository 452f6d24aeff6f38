// "This turn starts here": where the sound is now. With a key for the turn the reader stands on, or by its own button.
import { onKeys } from "./keys.js";
import { player } from "./call-player.js";
import { here } from "./turns.js";

function startHere(turn) {
  const form = document.getElementById("turn-start");
  if (!form || !turn || !player()) return false;
  form.elements.turn.value = turn.id.replace("turn-", "");
  form.elements.at.value = player().now.toFixed(3);
  form.requestSubmit();
  return true;
}

onKeys({ starts_here: () => startHere(here()) });

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-start]")) startHere(event.target.closest("[data-turn]"));
});
