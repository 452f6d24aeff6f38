// Some browsers keep a whole page in memory although it says no-store, also past a sign-out. It is hidden before that,
// and asked for anew when it is brought back.
addEventListener("pagehide", () => { document.documentElement.dataset.left = ""; });
addEventListener("pageshow", (event) => event.persisted && location.reload());
