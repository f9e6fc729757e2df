// What both pages share. Everything that comes from outside is put in as text, never as HTML.
"use strict";

/** How often a page asks anew, in milliseconds. */
const REFRESH_MS = 3000;

/** The colours of Flower's badges, by the state of a lane or an event. */
const BADGES = {
  paused: "text-bg-danger",
  removed: "text-bg-danger",
  refused: "text-bg-danger",
  expired: "text-bg-danger",
  failing: "text-bg-warning",
  waiting: "text-bg-warning",
  retrying: "text-bg-warning",
  held: "text-bg-warning",
  sending: "task-state-started",
  queued: "task-state-started",
  delivering: "task-state-started",
  well: "text-bg-success",
  delivered: "text-bg-success",
};

/** What a lane's state is called for people: that of one at rest says what it does. */
const WORDS = { well: "delivering", sending: "delivering" };

/** Make an element with text, a class and further attributes. */
function element(name, text = "", className = "", attributes = {}) {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) made.className = className;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function badge(state) {
  return element("span", WORDS[state] || state, `badge subscribers-badge ${BADGES[state] || "text-bg-secondary"}`);
}

function count(number) {
  return Number(number).toLocaleString("en");
}

function showLive(live) {
  const indicator = document.getElementById("live-indicator");
  indicator.classList.toggle("status-dot-live", live);
  indicator.classList.toggle("status-dot-error", !live);
  document.getElementById("live-status").textContent = live
    ? `Updated ${new Date().toLocaleTimeString()}`
    : "Not connected; trying again";
}

/** Say what came of a button, in Flower's own corner for that. */
function toast(words, well) {
  const made = element("div", "", `toast align-items-center border-0 text-bg-${well ? "success" : "danger"}`, {
    role: well ? "status" : "alert",
  });
  made.append(element("div", words, "toast-body"));
  document.getElementById("toast-container").append(made);
  made.addEventListener("hidden.bs.toast", () => made.remove());
  bootstrap.Toast.getOrCreateInstance(made, { delay: well ? 6000 : 15000 }).show();
}

/** Call `refresh` now and again, the next time only when this one has ended; not while nobody looks. */
function keepFresh(refresh) {
  const again = async () => {
    if (!document.hidden) {
      try {
        await refresh();
        showLive(true);
      } catch {
        showLive(false);
      }
    }
    window.setTimeout(again, REFRESH_MS);
  };
  again();
}
