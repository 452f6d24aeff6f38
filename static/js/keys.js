// Keys for the whole page: onKeys({ next_turn: () => walk(1), Escape: clear }). An action stands under its name in
// calls/keys, so that each reader's own key does it; a key that nobody may change under the name of the key.
// What is printed on the key counts, so that every layout finds it; where an input method prints something else
// (【 for [, 、 for /) the position of the key (event.code) decides.

const TYPING = "input:not([type=checkbox], [type=radio], [type=button], [type=submit], [type=range]), select, textarea, [contenteditable]";

const SIGNS = { "/": "Slash", "?": "Shift+Slash", "[": "BracketLeft", "]": "BracketRight", "\\": "Backslash" };

const ofReader = JSON.parse(document.getElementById("keys")?.dataset.keys ?? "{}");

function plainNameOf({ key, code, shiftKey }) {
  const shift = shiftKey ? "Shift+" : "";
  if (/^[a-z]$/i.test(key)) return `${shift}Key${key.toUpperCase()}`;
  if (/^[0-9]$/.test(key)) return `Digit${key}`;
  if (/^[!-~]$/.test(key)) return SIGNS[key] ?? key;
  return shift + code;
}

/** Held with Ctrl, ⌘ or Alt a key prints nothing, unless the layout prints signs that way (AltGr). */
function isHeld(event) {
  return (event.ctrlKey || event.metaKey || event.altKey) && !event.getModifierState("AltGraph");
}

/** The name of the pressed key as calls/keys has it: KeyJ, Shift+Slash, Ctrl+Enter. */
export function nameOf(event) {
  if (!isHeld(event)) return plainNameOf(event);
  const ctrl = event.ctrlKey || event.metaKey ? "Ctrl+" : "";
  return ctrl + (event.altKey ? "Alt+" : "") + plainNameOf(event);
}

export function isComposing(event) {
  return event.isComposing || event.keyCode === 229; // 229: an input method took the key
}

/** In a field that takes what is typed. */
export const isTyping = ({ target }) => Boolean(target.closest?.(TYPING));

function isTaken(event) {
  if (event.defaultPrevented || isComposing(event) || document.querySelector("dialog[open]")) return true;
  // nobody types with Ctrl: it works in a text field as well
  if ((event.ctrlKey || event.metaKey) && isHeld(event)) return false;
  if (isTyping(event)) return true;
  return !isHeld(event) && document.documentElement.dataset.keys === "off";
}

/** Calls the action of the pressed key; an action that answers false leaves the key to the browser. */
export function onKeys(actions) {
  const byKey = new Map(Object.entries(actions).map(([name, action]) => [ofReader[name] ?? name, action]));
  document.addEventListener("keydown", (event) => {
    const action = byKey.get(nameOf(event));
    if (!action || isTaken(event)) return;
    if (action(event) !== false) event.preventDefault();
  });
}
