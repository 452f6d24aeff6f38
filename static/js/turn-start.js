// Shift+T: the turn that the reader stands on starts where the sound is now.
import { onKeys } from "./keys.js";
import { player } from "./call-player.js";
import { here } from "./turns.js";

onKeys({
  "Shift+KeyT": () => {
    const form = document.getElementById("turn-start");
    const turn = here();
    if (!form || !turn || !player()) return false;
    form.elements.turn.value = turn.id.replace("turn-", "");
    form.elements.at.value = player().now.toFixed(3);
    form.requestSubmit();
    return true;
  },
});
