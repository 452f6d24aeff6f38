// ? shows what every key does; the switch in it works at once.
import { onKeys } from "./keys.js";

onKeys({ show_keys: () => document.getElementById("keys")?.togglePopover() });

document.addEventListener("htmx:afterSettle", () => {
  const chosen = document.getElementById("single-keys")?.dataset.keys;
  if (chosen) document.documentElement.dataset.keys = chosen;
});
