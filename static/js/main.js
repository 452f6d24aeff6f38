// One import a behaviour; each file defines one custom element or listens for one thing.
import "./failures.js";
import "./facets.js";
import "./keys-sheet.js";
import "./row-keys.js";
import "./selection.js";
import "./search-key.js";
import "./call-player.js";
import "./copy.js";
import "./dialog.js";
import "./time-ago.js";
import "./turns.js";
import "./heard-turn.js";
import "./player-keys.js";
import "./wave.js";
import "./turn-start.js";
import "./refresh-key.js";
import "./hits.js";
