// Where nobody speaks, as listening found it: [[start, end], …] of all speech, in seconds, on #wave.

const SHORTEST = 1; // a pause of less is part of talking
const EDGE = 0.25; // heard before and after words, so that none loses its beginning

let known = { text: null, silences: [] };

function silences(total) {
  const text = `${document.getElementById("wave")?.dataset.speech ?? ""}|${total}`;
  if (text !== known.text) known = { text, silences: between(text.split("|")[0], total) };
  return known.silences;
}

function between(text, total) {
  const speech = text ? JSON.parse(text) : [];
  if (!speech.length) return [];
  const starts = [...speech.map(([start]) => start - EDGE), total];
  const ends = [0, ...speech.map(([, end]) => end + EDGE)];
  return starts.map((start, index) => [ends[index], start]).filter(([from, to]) => to - from >= SHORTEST - 2 * EDGE);
}

/** The second where speech goes on; null while somebody speaks. */
export function afterSilence(now, total) {
  const silence = silences(total).find(([from, to]) => from <= now && now < to - 0.1);
  return silence ? silence[1] : null;
}

/** Seconds that are left out. */
export function savedBySkipping(total) {
  return silences(total).reduce((sum, [from, to]) => sum + to - from, 0);
}
