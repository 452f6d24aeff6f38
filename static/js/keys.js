// Single keys for the whole page: onKeys({ KeyJ: next, "Shift+Slash": help, BracketLeft: slower }).
// What is printed on the key counts, so that every layout finds it; where an input method prints something else
// (【 for [, 、 for /) the position of the key (event.code) decides.

const TYPING = "input:not([type=checkbox], [type=radio], [type=button], [type=submit], [type=range]), select, textarea, [contenteditable]";

const SIGNS = { "/": "Slash", "?": "Shift+Slash", "[": "BracketLeft", "]": "BracketRight", "\\": "Backslash" };

function nameOf({ key, code, shiftKey }) {
  const shift = shiftKey ? "Shift+" : "";
  if (/^[a-z]$/i.test(key)) return `${shift}Key${key.toUpperCase()}`;
  if (/^[0-9]$/.test(key)) return `Digit${key}`;
  if (/^[!-~]$/.test(key)) return SIGNS[key] ?? key;
  return shift + code;
}

function isComposing(event) {
  return event.isComposing || event.keyCode === 229; // 229: an input method took the key
}

function isTaken(event) {
  return event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isComposing(event)
    || event.target.closest?.(TYPING) || document.querySelector("dialog[open]")
    || document.documentElement.dataset.keys === "off";
}

/** Calls the action of the pressed key; an action that answers false leaves the key to the browser. */
export function onKeys(actions) {
  document.addEventListener("keydown", (event) => {
    const action = actions[nameOf(event)];
    if (!action || isTaken(event)) return;
    if (action(event) !== false) event.preventDefault();
  });
}
