// How fast and loud this reader hears, and whether silence is skipped: kept by the server as soon as it rests. Until it
// has answered, the tab remembers it too: a page that is asked for meanwhile knows only what was before. All tabs know
// when each was chosen last, so that none says what another has chosen anew since.

const REST_MS = 300;

let chosen = null; // what was last set in this document: a call fetched ahead was written before that
let unsaid = {}; // name -> { word, at }
let address;
let drawer; // of the tab's memory, for one reader
let sending = Promise.resolve();
let timer;
let isLeaving = false; // what comes next may have been written before the server's answer

/** Speed, volume and skips_silence, as words. */
export function listening({ dataset }) {
  address = dataset.keep;
  drawer = `chosen by ${dataset.reader}`;
  chosen ??= { speed: dataset.speed, volume: dataset.volume, skips_silence: dataset.skip, ...remembered() };
  return chosen;
}

function remembered() {
  unsaid = read(sessionStorage);
  const words = wordsOf(stillMine());
  if (Object.keys(words).length) sayOnceItRests();
  return words;
}

const read = (memory) => JSON.parse(memory.getItem(drawer) ?? "{}");
const write = (memory, value) => memory.setItem(drawer, JSON.stringify(value));
const wordsOf = (pending) => Object.fromEntries(Object.entries(pending).map(([name, { word }]) => [name, word]));

/** What another tab has chosen since is that tab's to say. */
function stillMine() {
  const last = read(localStorage);
  return Object.fromEntries(Object.entries(unsaid).filter(([name, { at }]) => at >= (last[name] ?? 0)));
}

function sayOnceItRests() {
  clearTimeout(timer);
  // one after the other: the last word stays the last
  timer = setTimeout(() => { sending = sending.then(say); }, REST_MS);
}

export function keep(name, word) {
  if (chosen[name] === word) return;
  const at = Date.now();
  chosen = { ...chosen, [name]: word };
  unsaid = { ...unsaid, [name]: { word, at } };
  write(sessionStorage, unsaid);
  write(localStorage, { ...read(localStorage), [name]: at });
  sayOnceItRests();
}

/** The page may go: the browser sends it all the same. */
async function say() {
  if (!drawer) return; // no player
  const said = stillMine();
  unsaid = {};
  if (Object.keys(said).length) {
    const headers = JSON.parse(document.body.getAttribute("hx-headers"));
    try {
      const answer = await fetch(address, { method: "POST", headers, body: new URLSearchParams(wordsOf(said)), keepalive: true });
      if (!answer.ok && answer.status !== 422) throw new Error(answer.statusText);
    } catch {
      unsaid = { ...said, ...unsaid }; // along with the next change, or on the next page
    }
  }
  if (!isLeaving) write(sessionStorage, unsaid);
}

addEventListener("beforeunload", () => { isLeaving = true; });
addEventListener("pageshow", () => { isLeaving = false; });
addEventListener("pagehide", say);
