// How fast and loud this reader hears, and whether silence is skipped: kept by the server as soon as it rests. Until it
// has answered, the tab remembers it too: a page that is asked for meanwhile knows only what was before.

const REST_MS = 300;

let chosen = null; // what was last set in this document: a call fetched ahead was written before that
let unsaid = {};
let address;
let drawer; // of the tab's memory, for one reader
let sending = Promise.resolve();
let timer;

/** Speed, volume and skips_silence, as words. */
export function listening({ dataset }) {
  address = dataset.keep;
  drawer = `listening of ${dataset.reader}`;
  chosen ??= { speed: dataset.speed, volume: dataset.volume, skips_silence: dataset.skip, ...remembered() };
  return chosen;
}

function remembered() {
  unsaid = JSON.parse(sessionStorage.getItem(drawer) ?? "{}");
  if (Object.keys(unsaid).length) sayOnceItRests();
  return unsaid;
}

function sayOnceItRests() {
  clearTimeout(timer);
  // one after the other: the last word stays the last
  timer = setTimeout(() => { sending = sending.then(say); }, REST_MS);
}

export function keep(name, word) {
  if (chosen[name] === word) return;
  chosen = { ...chosen, [name]: word };
  unsaid = { ...unsaid, [name]: word };
  sessionStorage.setItem(drawer, JSON.stringify(unsaid));
  sayOnceItRests();
}

/** The page may go: the browser sends it all the same. */
async function say() {
  const said = unsaid;
  unsaid = {};
  if (!Object.keys(said).length) return;
  const headers = JSON.parse(document.body.getAttribute("hx-headers"));
  try {
    const answer = await fetch(address, { method: "POST", headers, body: new URLSearchParams(said), keepalive: true });
    if (!answer.ok && answer.status !== 422) throw new Error(answer.statusText);
  } catch {
    unsaid = { ...said, ...unsaid }; // along with the next change, or on the next page
  }
  sessionStorage.setItem(drawer, JSON.stringify(unsaid));
}

addEventListener("pagehide", say);
