// How fast and loud this reader hears, and whether silence is skipped: kept by the server as soon as it rests.

const REST_MS = 300;

let chosen = null; // what was last set in this document: a call fetched ahead was written before that
let unsaid = {};
let address;
let sending = Promise.resolve();
let timer;

/** Speed, volume and skips_silence, as words. */
export function listening({ dataset }) {
  address = dataset.keep;
  chosen ??= { speed: dataset.speed, volume: dataset.volume, skips_silence: dataset.skip };
  return chosen;
}

export function keep(name, word) {
  if (chosen[name] === word) return;
  chosen = { ...chosen, [name]: word };
  unsaid[name] = word;
  clearTimeout(timer);
  // one after the other: the last word stays the last
  timer = setTimeout(() => { sending = sending.then(say); }, REST_MS);
}

/** The page may go: the browser sends it all the same. */
async function say() {
  const said = unsaid;
  unsaid = {};
  if (!Object.keys(said).length) return;
  const headers = JSON.parse(document.body.getAttribute("hx-headers"));
  try {
    await fetch(address, { method: "POST", headers, body: new URLSearchParams(said), keepalive: true });
  } catch {
    unsaid = { ...said, ...unsaid }; // along with the next change
  }
}

addEventListener("pagehide", say);
