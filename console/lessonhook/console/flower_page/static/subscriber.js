// One subscriber: its lane, its subscription, its recent events with their attempts, and the buttons.
"use strict";

(() => {
  const page = document.getElementById("subscriber");
  const name = page.dataset.name;
  const body = document.querySelector("#events-table tbody");
  const showNew = document.getElementById("show-new");
  const sought = document.getElementById("sought");
  const chosenState = document.getElementById("event-state");
  /** Events whose attempts are shown. */
  const opened = new Set();
  /** The cursors of the pages from the newest to the one that is shown; the first page has none. */
  let cursors = [""];
  /** The cursor of the page after the one that is shown, or null. */
  let next = null;

  async function ask(source, fields = {}) {
    const response = await fetch(`${source}?${new URLSearchParams({ name, ...fields })}`);
    if (!response.ok) throw new Error(String(response.status));
    return response.json();
  }

  async function act(action, button, fields = {}) {
    await post(page.dataset.actions.replace("ACTION", action), button, { name, ...fields });
    await refreshNow();
  }

  /** Refresh after a click. If Flower does not respond, the next round says so. */
  async function refreshNow() {
    await refresh().catch(() => showLive(false));
  }

  function showLane(lane) {
    const state = document.getElementById("state");
    state.replaceWith(Object.assign(badge(lane.state), { id: "state" }));
    document.getElementById("why").textContent = lane.why;
    document.getElementById("lane-going").textContent = count(lane.in_flight + lane.queued);
    document.getElementById("lane-waiting").textContent = count(lane.retrying + lane.held);
    document.getElementById("lane-refused").textContent = count(lane.refused);
    document.getElementById("lane-delivered").textContent = count(lane.delivered);
    const buttons = page.querySelectorAll("[data-action]");
    for (const button of buttons) {
      if (button.dataset.action === "resume") button.hidden = !lane.paused;
      if (button.dataset.action === "pause") button.hidden = lane.paused;
    }
  }

  function showFacts(lane, subscription) {
    const facts = {
      "Oldest undelivered": lane.oldest === "-" ? "none" : lane.oldest,
      Waiting: `${count(lane.retrying)} retrying, ${count(lane.held)} held`,
      Window: `${count(lane.window)} at once`,
      "Last result": lane.last_result ? `${lane.last_result}, ${lane.last_attempt}` : "none yet",
      "Callback URL": subscription ? subscription.callback_url : "no subscription",
      Authorization: subscription ? subscription.authorization : "none",
      Signed: subscription ? subscription.signed : "no",
      Options: (subscription && subscription.options.join(", ")) || "none",
    };
    if (subscription && subscription.client_certificate_set) {
      const ends = subscription.client_certificate_ends;
      facts["Client certificate"] = ends ? `ends on ${new Date(ends * 1000).toISOString().slice(0, 10)}` : "set";
    }
    if (subscription && subscription.ca_bundle) facts.Authorities = "its own";
    document.getElementById("facts").replaceChildren(
      ...Object.entries(facts).map(([term, fact]) => {
        const row = element("div", "", "detail-row");
        row.append(element("dt", term), element("dd", fact));
        return row;
      }),
    );
  }

  function eventRow(event) {
    const row = element("tr", "", "", { "data-event": event.event_id });
    const shows = opened.has(event.event_id);
    const toggle = element("button", event.event_id, "btn btn-link subscribers-event", {
      type: "button",
      "aria-expanded": String(shows),
      title: "Show its attempts",
    });
    toggle.addEventListener("click", () => {
      if (!opened.delete(event.event_id)) opened.add(event.event_id);
      refreshNow();
    });
    const cells = [toggle, eventState(event), moment(event.recorded), moment(event.due || event.closed), String(event.posts)];
    cells.push(event.last_result || "\u2014", actions(event));
    const classes = ["", "", "subscribers-moment", "subscribers-moment", "text-end", "subscribers-result", "text-nowrap"];
    for (const [position, content] of cells.entries()) {
      const cell = element("td", "", classes[position]);
      cell.append(content);
      row.append(cell);
    }
    return row;
  }

  function actions(event) {
    const group = element("span", "", "subscribers-actions");
    if (event.has_task) {
      group.append(element("a", "Task", "", { href: page.dataset.tasks.replace("ID", encodeURIComponent(event.event_id)) }));
    }
    if (page.dataset.actions && event.sendable) {
      const button = element("button", "Replay", "btn btn-sm btn-outline-secondary", { type: "button" });
      button.addEventListener("click", () => {
        if (window.confirm(`Send event ${event.event_id} again, now?`)) act("replay", button, { event_id: event.event_id });
      });
      group.append(button);
    }
    return group;
  }

  function attemptsRow(attempts) {
    const list = element("ol", "", "subscribers-attempts");
    for (const attempt of attempts) {
      const line = element("li");
      line.append(
        element("span", attempt.words, attempt.accepted ? "text-success" : "text-danger"),
        element("span", `${attempt.at}, ${attempt.seconds} s, ${attempt.worker}`, "subscribers-why"),
      );
      if (attempt.response) line.append(element("code", attempt.response));
      list.append(line);
    }
    const row = element("tr", "", "subscribers-attempts-row");
    const cell = element("td", "", "", { colspan: "7" });
    cell.append(attempts.length ? list : element("span", "No attempt was made yet.", "value-missing"));
    row.append(cell);
    return row;
  }

  /** Return one or two rows of the table for an event. */
  async function rowsOf(event) {
    const isOpen = opened.has(event.event_id);
    const rows = [{ key: event.event_id, facts: JSON.stringify([event, isOpen]), draw: () => eventRow(event) }];
    if (isOpen) {
      const { attempts } = await ask(page.dataset.attempts, { event_id: event.event_id });
      const facts = JSON.stringify(attempts);
      rows.push({ key: `attempts of ${event.event_id}`, facts, draw: () => attemptsRow(attempts) });
    }
    return rows;
  }

  function emptyRow() {
    const words = sought.value || chosenState.value ? "No event is like this." : "No events are kept.";
    const draw = () => {
      const row = element("tr");
      row.append(element("td", words, "empty-table-message", { colspan: "7" }));
      return row;
    };
    return { key: "none", facts: words, draw };
  }

  async function showEvents(events, { mayMove }) {
    const shown = [...body.querySelectorAll("tr[data-event]")].map((row) => row.dataset.event);
    let visible = events;
    if (!mayMove && shown.length && inUse(body)) {
      // Newer ones would push the rows down while a person reads them.
      const wereShown = new Set(shown);
      visible = inTheirPlaces(events, shown, (event) => event.event_id).filter((event) => wereShown.has(event.event_id));
    }
    const hidden = events.length - visible.length;
    const rows = (await Promise.all(visible.map(rowsOf))).flat();
    showRows(body, rows.length ? rows : [emptyRow()]);
    showNew.hidden = hidden === 0;
    showNew.textContent = `Show ${count(hidden)} newer or changed`;
  }

  function showPaging() {
    document.getElementById("newest").disabled = cursors.length < 2;
    document.getElementById("newer").disabled = cursors.length < 2;
    document.getElementById("older").disabled = next === null;
  }

  async function refresh({ mayMove = false } = {}) {
    const asked = { sought: sought.value.trim(), state: chosenState.value, after: cursors.at(-1) };
    const data = await ask(page.dataset.source, asked);
    showAlarms(data.alarms);
    showLane(data.lane);
    showFacts(data.lane, data.subscription);
    next = data.next;
    showPaging();
    await showEvents(data.events, { mayMove });
  }

  async function turnTo(pages) {
    cursors = pages;
    await refresh({ mayMove: true }).catch(() => showLive(false));
  }

  /** Begin at the newest of what is chosen; the page's address keeps the choice. */
  async function choose() {
    const address = new URL(window.location.href);
    for (const [key, value] of [["sought", sought.value.trim()], ["state", chosenState.value]]) {
      if (value) address.searchParams.set(key, value);
      else address.searchParams.delete(key);
    }
    window.history.replaceState(null, "", address);
    await turnTo([""]);
  }

  document.getElementById("choose").addEventListener("submit", (event) => {
    event.preventDefault();
    choose();
  });
  chosenState.addEventListener("change", choose);
  document.getElementById("newest").addEventListener("click", () => turnTo([""]));
  document.getElementById("newer").addEventListener("click", () => turnTo(cursors.slice(0, -1)));
  document.getElementById("older").addEventListener("click", () => turnTo([...cursors, next]));
  showNew.addEventListener("click", () => turnTo(cursors));

  for (const button of page.querySelectorAll("[data-action]")) {
    button.addEventListener("click", () => {
      const action = button.dataset.action;
      if (action !== "pause" || window.confirm(`Send ${name} nothing more until somebody resumes it?`)) {
        act(action, button);
      }
    });
  }

  const chosen = new URL(window.location.href).searchParams;
  sought.value = chosen.get("sought") || "";
  chosenState.value = chosen.get("state") || "";
  // An address with a state that there is not shows all of them.
  if (chosenState.selectedIndex < 0) chosenState.value = "";
  keepFresh(refresh);
})();
