// G asks the source about this call, where the page offers it.
import { onKeys } from "./keys.js";

onKeys({
  KeyG: () => {
    const button = document.querySelector("button#refresh");
    button?.click();
    return Boolean(button);
  },
});
