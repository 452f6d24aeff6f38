// Keys that press what the page offers.
import { onKeys } from "./keys.js";

function press(selector) {
  return () => {
    const target = document.querySelector(selector);
    target?.click();
    return Boolean(target);
  };
}

onKeys({
  refresh: press("button#refresh"),
  same_number: press("a#same-number"),
});
