// A review saves itself: soon after an answer, a little later while somebody writes, and with the last breath of the
// page. The answer brings the score and the other parts that changed, each by its id.
import { form } from "./criteria.js";
import { stamp } from "./phases.js";

const SOON_MS = 250;
const WRITING_MS = 900;
const AGAIN_MS = 5_000;

let timer;
let running = null; // what is being saved
let stop; // what is on its way
let unanswered = 0; // how often this page wrote since it was told the number of what is written
let isDirty = false;
let isOvertaken = false; // another page goes on with this call

function say(reason) {
  const state = document.getElementById("draft-state");
  if (state) state.textContent = state.dataset[reason];
}

/** Replaces every element of the page that came anew under its id. */
export function swapParts(html) {
  const parts = new DOMParser().parseFromString(html, "text/html");
  for (const part of parts.body.querySelectorAll(":scope > [id]")) document.getElementById(part.id)?.replaceWith(document.importNode(part, true));
}

function later(wait) {
  clearTimeout(timer);
  timer = setTimeout(save, wait);
}

function changed(wait) {
  isDirty = true;
  if (!isOvertaken) later(wait);
}

async function send(more) {
  const sheet = form();
  const body = written(more);
  isDirty = false;
  stop = new AbortController();
  try {
    const answer = await fetch(sheet.dataset.draft, { method: "POST", body, headers: { "X-Draft": "1" }, signal: stop.signal });
    const html = answer.ok || answer.status === 409 ? await answer.text() : "";
    if (sheet !== form()) return; // the next call is here
    if (answer.redirected) fail("expired"); // to the page where one signs in
    else if (html) {
      swapParts(html);
      unanswered = 0; // also when it says no: what it knew of is not this page's
      isOvertaken = !answer.ok;
    } else fail(answer.status === 403 ? "expired" : "refused");
  } catch (error) {
    // overtaken by the finish, which carries all of it
    if (sheet === form() && error.name !== "AbortError") fail("offline");
  }
}

function written(more) {
  stamp();
  count(form());
  const body = new FormData(form());
  for (const [name, value] of Object.entries(more)) body.set(name, value);
  return body;
}

/** One more writes, and says how many before it were not heard of: they may come first or last. */
function count({ elements }) {
  elements.unanswered.value = unanswered;
  unanswered += 1;
}

function fail(reason) {
  say(reason);
  retry();
}

/** What did not get through goes again, or with the last breath of the page. */
export function retry() {
  isDirty = true;
  later(AGAIN_MS);
}

/** Saves now; one request at a time, so that each knows the number of the last. */
export async function save(more = {}) {
  clearTimeout(timer);
  await running;
  if (!form() || form().dataset.finishing !== undefined) return;
  running = send(more).finally(() => { running = null; });
  await running;
}

/** Nothing more is saved: what finishes the call carries all of it. */
export async function giveWay() {
  clearTimeout(timer);
  // without a lock nobody could tell a draft of this page from that of another
  if (!form().elements.token.value) await running;
}

/** What finishes the call overtakes the draft that is on its way. */
export function overtake() {
  isDirty = false;
  stamp();
  count(form());
  if (running) stop.abort();
}

document.addEventListener("input", (event) => {
  if (event.target.closest("form#scorecard") && event.target.matches("textarea, input[type=text]")) changed(WRITING_MS);
});
document.addEventListener("change", (event) => event.target.closest("form#scorecard") && changed(SOON_MS));

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-take-over]")) return;
  event.preventDefault();
  save({ take_over: "1" });
});

// Looking for words opens this page anew: what was answered goes first.
document.addEventListener("submit", async (event) => {
  if (!form() || !isDirty || !event.target.matches(".call-page__find")) return;
  event.preventDefault();
  await save();
  event.target.submit();
});

// Signed out meanwhile: the page stays as it is filled, instead of going where one signs in.
document.addEventListener("htmx:beforeOnLoad", (event) => {
  if (event.target !== form() || !event.detail.xhr.getResponseHeader("HX-Redirect")?.startsWith("/login/")) return;
  event.preventDefault();
  fail("expired");
});

addEventListener("pagehide", () => {
  if (!form() || !isDirty || isOvertaken) return;
  navigator.sendBeacon(form().dataset.draft, written({ leaving: "1" }));
});

document.addEventListener("review-opened", () => {
  clearTimeout(timer);
  isDirty = isOvertaken = false;
  unanswered = 0;
});
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target.id !== "scorecard") return;
  unanswered = 0;
  isOvertaken = Boolean(document.querySelector("#trouble [data-take-over]"));
});
