// One import a behaviour; each file defines one custom element or listens for one thing.
import "./failures.js";
import "./keys-sheet.js";
import "./row-keys.js";
import "./search-key.js";
import "./call-player.js";
import "./copy.js";
import "./time-ago.js";
import "./turns.js";
