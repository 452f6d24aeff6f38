// ? shows what every key does.
import { onKeys } from "./keys.js";

onKeys({
  "Shift+Slash": () => document.getElementById("keys")?.togglePopover(),
});
