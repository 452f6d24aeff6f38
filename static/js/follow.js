// Following the sound: the turn being heard stays in sight, until the reader scrolls. A key or the button follows again.
import { onKeys } from "./keys.js";

const pill = () => document.getElementById("follow");
const place = () => Math.round((document.getElementById("talk")?.scrollTop ?? 0) + scrollY);

let isFollowing = true;
let placed = null; // where our own scrolling left the page: any other place was the reader's

/** Scrolls to a turn for the reader, who goes on following. */
export function bring(turn) {
  turn.scrollIntoView({ block: "nearest" });
  placed = place();
}

/** The turn being heard has changed. */
export function keepInSight(turn) {
  if (isFollowing) bring(turn);
}

export function follow() {
  isFollowing = true;
  placed = place();
  if (pill()) pill().hidden = true;
}

function letGo() {
  isFollowing = false;
  if (pill()) pill().hidden = false;
}

function followAgain() {
  if (!pill()) return false;
  follow();
  document.dispatchEvent(new CustomEvent("follow-again"));
  return true;
}

// Only what is playing can be followed. A scroll that a keyboard, a wheel, a thumb or a link caused looks the same.
document.addEventListener("scroll", () => {
  const isPlaying = document.querySelector("call-player[playing]");
  if (isPlaying && Math.abs(place() - placed) > 2) letGo();
  placed = place();
}, { capture: true, passive: true });

document.addEventListener("click", (event) => {
  if (event.target.closest("#follow")) followAgain();
});

onKeys({ follow: followAgain });
