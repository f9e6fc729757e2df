// What both pages share. Everything that comes from outside is put in as text, never as HTML.
"use strict";

/** How often a page asks anew, in milliseconds. */
const REFRESH_MS = 3000;

/** The colours of Flower's badges, by the state of a lane or an event. */
const BADGES = {
  paused: "text-bg-danger",
  removed: "text-bg-danger",
  "waiting for a worker": "text-bg-danger",
  refused: "text-bg-danger",
  expired: "text-bg-danger",
  failing: "text-bg-warning",
  waiting: "text-bg-warning",
  quiet: "text-bg-warning",
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

/** Return the badge of an event's state, with a second one if it tells the past. */
function eventState(event) {
  const state = element("span");
  state.append(badge(event.state));
  if (event.backfill) {
    const title = "A completion of the past; each POST says so: webhook-backfill: true";
    state.append(" ", element("span", "past", "badge subscribers-badge subscribers-past", { title }));
  }
  return state;
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

/** Say on top that nobody delivers, as long as that is so. */
function showAlarms(words) {
  const alarms = document.getElementById("alarms");
  // Drawn again only if it changed, because a screen reader reads out what is new in an alert.
  if (alarms.dataset.words === words.join("\n")) return;
  alarms.dataset.words = words.join("\n");
  alarms.replaceChildren(...words.map((line) => element("p", line)));
  alarms.hidden = words.length === 0;
}

/** Whether somebody points at a table or is in it by keyboard: its rows must not move away under them. */
function inUse(body) {
  return body.matches(":hover") || body.contains(document.activeElement);
}

/** Return the rows of a table with those that it shows already in their places, and all others after them. */
function inTheirPlaces(rows, shownKeys, keyOf) {
  const places = new Map(shownKeys.map((key, place) => [key, place]));
  const placeOf = (row) => places.get(keyOf(row)) ?? places.size;
  return [...rows].sort((one, other) => placeOf(one) - placeOf(other));
}

const CONTROLS = "a, button, input";

/** Remember which control of which row has the keyboard's focus; the function that is returned puts it back there. */
function keepFocus(body) {
  const row = document.activeElement && document.activeElement.closest("tr[data-key]");
  if (!row || !body.contains(row)) return () => {};
  const place = [...row.querySelectorAll(CONTROLS)].indexOf(document.activeElement);
  return () => {
    if (body.contains(document.activeElement)) return;
    const again = [...body.rows].find((candidate) => candidate.dataset.key === row.dataset.key);
    const controls = again ? again.querySelectorAll(CONTROLS) : [];
    if (controls.length) controls[Math.min(Math.max(place, 0), controls.length - 1)].focus({ preventScroll: true });
  };
}

/** What a cell holds that says nothing; on a phone it is left out. */
const NOTHING = new Set(["", "0", "\u2014"]);

/**
 * Give each cell the words of its column, which a narrow window shows beside it instead of a head above it. The roles
 * keep it a table for screen readers, although it is laid out as blocks there.
 */
function labelCells(table) {
  const heads = [...table.tHead.rows[0].cells];
  const labels = heads.map((head) => head.textContent.trim());
  table.setAttribute("role", "table");
  for (const group of [table.tHead, table.tBodies[0]]) group.setAttribute("role", "rowgroup");
  for (const head of heads) head.setAttribute("role", "columnheader");
  table.tHead.rows[0].setAttribute("role", "row");
  for (const row of table.tBodies[0].rows) {
    row.setAttribute("role", "row");
    for (const [place, cell] of [...row.cells].entries()) {
      cell.setAttribute("role", "cell");
      if (row.cells.length !== labels.length) continue;
      cell.dataset.label = labels[place];
      cell.toggleAttribute("data-nothing", NOTHING.has(cell.textContent.trim()) && !cell.querySelector(CONTROLS));
    }
  }
}

/** Show the rows `{key, facts, draw}` in a table's body. A row whose facts are the same stays the element it was. */
function showRows(body, rows) {
  const restoreFocus = keepFocus(body);
  const before = new Map([...body.rows].map((row) => [row.dataset.key, row]));
  for (const [place, { key, facts, draw }] of rows.entries()) {
    let row = before.get(key);
    if (!row || row.dataset.facts !== facts) {
      row = draw();
      row.dataset.key = key;
      row.dataset.facts = facts;
    }
    if (body.rows[place] !== row) body.insertBefore(row, body.rows[place] || null);
  }
  while (body.rows.length > rows.length) body.deleteRow(-1);
  labelCells(body.parentElement);
  restoreFocus();
}

function cookie(key) {
  const found = document.cookie.split("; ").find((pair) => pair.startsWith(`${key}=`));
  return found ? decodeURIComponent(found.slice(key.length + 1)) : "";
}

/** Do what a button says, and say in words how it ended; the button rests meanwhile. */
async function post(address, button, fields) {
  button.disabled = true;
  const asked = new URLSearchParams(fields);
  try {
    const response = await fetch(address, {
      method: "POST",
      headers: { "X-XSRFToken": cookie("_xsrf") },
      body: asked,
    });
    const result = response.ok ? await response.json() : { well: false, words: `Not done: ${response.statusText}` };
    toast(`${subject(asked)}${result.words}`, result.well);
  } catch {
    toast(`${subject(asked)}Not done: Flower does not respond`, false);
  } finally {
    button.disabled = false;
  }
}

/** Name the event or the company that a button was about, because its result may come after that of another. */
function subject(asked) {
  const names = asked.getAll("name");
  if (asked.has("event_id")) return `Event ${asked.get("event_id")} of ${names[0]}: `;
  return names.length === 1 ? `${names[0]}: ` : "";
}

/** Keep a time of day and its zone in one line, where a cell is narrow. */
function moment(text) {
  return text.replace(" UTC", "\u00a0UTC");
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
