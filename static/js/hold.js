// Whoever has a call open keeps it: a sign every minute, and a word when the page goes. The call fetched ahead is kept
// along with it.
import { form } from "./criteria.js";
import { swapParts } from "./drafts.js";

const OFTEN_MS = 60_000;

/** Calls that are held although they are not shown: { hold, release, token }. */
export const held = new Set();

let stop; // the sign of this call that is on its way

/** What finishes the call says all that a sign would say, and no sign may come after it. */
export function giveUp() {
  stop?.abort();
}

const review = () => document.querySelector("[data-review][data-hold]");

function bodyOf(token, edit = "") {
  const body = new FormData();
  body.set("csrfmiddlewaretoken", form().elements.csrfmiddlewaretoken.value);
  body.set("token", token);
  body.set("edit", edit);
  return body;
}

async function beat() {
  if (!review()) return;
  for (const other of held) {
    const answer = await tell(other.hold, other.token);
    if (answer && answer.status !== 204) held.delete(other);
  }
  const here = review(); // if it is still there
  if (!here || form().dataset.finishing !== undefined) return;
  const { token, edit } = form().elements;
  giveUp(); // one at a time: the newer says the same
  stop = new AbortController();
  const answer = await tell(here.dataset.hold, token.value, edit.value, stop.signal);
  if (here === review() && (answer?.status === 409 || answer?.status === 200)) swapParts(answer.html);
}

async function tell(address, token, edit, signal) {
  try {
    const answer = await fetch(address, { method: "POST", body: bodyOf(token, edit), headers: { "X-Draft": "1" }, signal });
    return { status: answer.status, html: await answer.text() };
  } catch {
    return null; // given up, or the next one may get through
  }
}

setInterval(beat, OFTEN_MS);
document.addEventListener("visibilitychange", () => document.hidden || beat());

addEventListener("pagehide", () => {
  if (!review()) return;
  navigator.sendBeacon(review().dataset.release, bodyOf(form().elements.token.value));
  for (const other of held) navigator.sendBeacon(other.release, bodyOf(other.token));
});
