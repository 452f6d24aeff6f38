// A key goes to the search box, Escape leaves it.
import { onKeys } from "./keys.js";

onKeys({
  search: () => {
    const box = document.querySelector("input[type=search]");
    if (!box) return false;
    box.focus();
    box.select();
    return true;
  },
});

document.addEventListener("keydown", (event) => {
  if (event.code !== "Escape" || event.isComposing || !event.target.matches?.("input[type=search]")) return;
  // The browser would empty the box while the page still shows what was searched for.
  event.preventDefault();
  event.target.blur();
});
