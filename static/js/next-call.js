// Finishing, and the next call at once: its page and the beginning of its sound are fetched while this one is judged, and
// take the place of this one when it is finished.
import { onKeys } from "./keys.js";
import { form } from "./criteria.js";
import { giveWay, overtake, retry } from "./drafts.js";
import { giveUp, held } from "./hold.js";
import { follow } from "./follow.js";

const REST_MS = 700; // first this call, then the next

let ahead = null; // { item, node, url, hold, release, token }
let fetching = null; // while its page is on the way
let timer;

const review = () => document.querySelector("[data-review]");

function fetchAhead() {
  const here = review();
  if (here?.dataset.ahead && !ahead) fetching = ask(here).finally(() => { fetching = null; });
}

/** Fetches nothing more, and waits for what is on its way. */
export function fetched() {
  clearTimeout(timer);
  return fetching;
}

async function ask(here) {
  const body = new FormData();
  body.set("csrfmiddlewaretoken", form().elements.csrfmiddlewaretoken.value);
  try {
    const answer = await fetch(here.dataset.ahead, { method: "POST", body });
    if (answer.status === 200 && here === review()) keep(await answer.text());
  } catch {
    // then the server brings it when this one is finished
  }
}

/** A node of this document: what stands in it may load, though nobody sees it. */
function keep(html) {
  const found = new DOMParser().parseFromString(html, "text/html").querySelector("[data-review]");
  for (const sound of found.querySelectorAll("audio")) sound.preload = "auto";
  const node = document.importNode(found, true);
  const { url, hold, release } = node.dataset;
  const token = node.querySelector("form#scorecard").elements.token.value;
  ahead = { item: Number(url.match(/\d+/)[0]), node, url, hold, release, token };
  held.add(ahead);
  review().dataset.next = url;
}

/** Tells the server which call is here already. */
export function sayAhead({ elements }) {
  const known = ahead && held.has(ahead) ? ahead : null;
  elements.ahead.value = known?.item ?? "";
  elements.ahead_token.value = known?.token ?? "";
}

/** A sound that is half loaded keeps a connection, and a browser has six. */
function hush() {
  for (const sound of review()?.querySelectorAll("audio") ?? []) {
    sound.pause();
    sound.removeAttribute("src");
    sound.load();
  }
}

function show({ node, url }) {
  history.pushState({ htmx: true }, "", url);
  hush();
  review().replaceWith(node);
  htmx.process(node);
  document.title = node.dataset.title;
  opened();
}

function opened() {
  follow();
  scrollTo(0, 0);
  document.dispatchEvent(new CustomEvent("review-opened"));
  document.getElementById("criteria")?.focus({ preventScroll: true });
  wait();
}

function wait() {
  clearTimeout(timer);
  timer = setTimeout(fetchAhead, REST_MS);
}

document.addEventListener("review-ahead", (event) => {
  const next = ahead?.item === event.detail.item ? ahead : null;
  forget();
  if (next) show(next);
  else location.assign(`/review/${event.detail.item}/`);
});

function forget() {
  held.delete(ahead);
  ahead = null;
}

// The next call arrives first, if it is on its way: it is held. A draft need not.
document.addEventListener("htmx:confirm", (event) => {
  if (event.target !== form()) return;
  event.preventDefault();
  const sheet = form();
  if (sheet.dataset.finishing !== undefined) return;
  sheet.dataset.finishing = "";
  giveUp();
  Promise.all([giveWay(), fetched()]).then(() => {
    overtake();
    sayAhead(sheet);
    event.detail.issueRequest(true);
  });
});

/** Finished, and nothing waits: the browser is on its way to another page. Where one signs in it does not go. */
function isLeft(xhr) {
  const to = xhr.getResponseHeader("HX-Redirect");
  return Boolean(to) && !to.startsWith("/login/");
}

document.addEventListener("htmx:afterRequest", (event) => {
  if (event.target !== form() || isLeft(event.detail.xhr)) return;
  delete event.target.dataset.finishing;
  // 422 is an answer: it was kept, or is told why not
  if (!event.detail.successful && event.detail.xhr.status !== 422) retry();
});

// The server brought the next page itself.
document.addEventListener("htmx:beforeSwap", (event) => event.detail.target.id === "review" && event.detail.shouldSwap && hush());
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target.id !== "review") return;
  forget();
  document.title = review().dataset.title;
  opened();
});

function finishNow(event) {
  if (!form()) return false;
  if (!event.repeat) form().requestSubmit(form().querySelector("[data-finish]"));
  return true;
}

onKeys({ finish: finishNow });
if (review()) wait();
