// A sound that plays whole or a stretch of it, once or again and again, and leaps over silence if it shall. Says
// "sound-moved" with { now, isPlaying } as often as the screen is drawn. What shows it has the element `audio`, its
// length `total` in seconds, `isSkipping`, and the ways to `paint` and to `fail`.
import { afterSilence } from "./silence.js";

export class Sound extends HTMLElement {
  /** What moves it is heard from here on. */
  listen() {
    for (const name of ["pause", "ended", "timeupdate", "seeked", "loadedmetadata", "durationchange"]) {
      this.audio.addEventListener(name, () => this.move());
    }
    this.audio.addEventListener("play", () => this.#run());
    this.audio.addEventListener("error", () => this.fail());
  }

  get now() {
    return this.audio.currentTime;
  }

  get isRepeating() {
    return Boolean(this.stretch?.isRepeated);
  }

  toggle() {
    if (this.audio.paused) this.play();
    else this.audio.pause();
  }

  play() {
    this.audio.play().catch((error) => error.name === "NotAllowedError" || this.fail());
  }

  seek(seconds) {
    const to = Math.min(Math.max(seconds, 0), this.total);
    if (this.stretch && (to < this.stretch.start - 0.05 || to > this.stretch.end)) this.release();
    this.audio.currentTime = to;
    this.move();
  }

  skip(seconds) {
    this.seek(this.now + seconds);
  }

  /** Plays from start to end, in seconds, and stops there or begins anew. */
  playStretch(start, end, isRepeated) {
    this.stretch = null;
    this.seek(start);
    this.stretch = { start, end, isRepeated };
    this.paint();
    this.play();
  }

  /** No end but that of the recording. */
  release() {
    this.stretch = null;
    this.paint();
  }

  /** Keeps to the stretch, leaps over silence, and shows where the sound is. */
  move() {
    if (!this.audio.paused) this.#steer();
    this.paint();
    const detail = { now: this.now, isPlaying: !this.audio.paused };
    this.dispatchEvent(new CustomEvent("sound-moved", { bubbles: true, detail }));
  }

  #steer() {
    const { stretch } = this;
    if (stretch && this.now >= stretch.end) {
      if (stretch.isRepeated) return void (this.audio.currentTime = stretch.start);
      this.stretch = null;
      return this.audio.pause();
    }
    const next = this.isSkipping ? afterSilence(this.now, this.total) : null;
    if (next !== null) this.audio.currentTime = next;
    return undefined;
  }

  #run() {
    this.move();
    if (!this.audio.paused) requestAnimationFrame(() => this.#run());
  }

  /** The stretch that the address names, ?t=3.5-8. */
  playClip() {
    const [start, end] = (new URLSearchParams(location.search).get("t") ?? "").split("-").map(Number);
    if (end > start && start >= 0) this.playStretch(start, end, false);
  }
}
