// One subscriber: its lane, its subscription, its recent events with their attempts, and the buttons.
"use strict";

(() => {
  const page = document.getElementById("subscriber");
  const name = page.dataset.name;
  const rows = document.querySelector("#events-table tbody");
  /** Events whose attempts are shown. */
  const opened = new Set();

  async function ask(source, fields = {}) {
    const answer = await fetch(`${source}?${new URLSearchParams({ name, ...fields })}`);
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.json();
  }

  function cookie(key) {
    const found = document.cookie.split("; ").find((pair) => pair.startsWith(`${key}=`));
    return found ? decodeURIComponent(found.slice(key.length + 1)) : "";
  }

  async function act(action, button, fields = {}) {
    button.disabled = true;
    try {
      const answer = await fetch(page.dataset.actions.replace("ACTION", action), {
        method: "POST",
        headers: { "X-XSRFToken": cookie("_xsrf") },
        body: new URLSearchParams({ name, ...fields }),
      });
      const said = answer.ok ? await answer.json() : { well: false, words: `Not done: ${answer.statusText}` };
      toast(said.words, said.well);
      await refresh();
    } catch {
      toast("Not done: Flower does not answer", false);
    } finally {
      button.disabled = false;
    }
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
      "Last answer": lane.last_answer ? `${lane.last_answer}, ${lane.last_attempt}` : "none yet",
      "Callback URL": subscription ? subscription.callback_url : "no subscription",
      Authorization: subscription && subscription.authorization_set ? "set" : "none",
      Signed: subscription && subscription.signing_secret_set ? "yes" : "no",
      Options: (subscription && subscription.options.join(", ")) || "none",
    };
    document.getElementById("facts").replaceChildren(
      ...Object.entries(facts).map(([term, fact]) => {
        const row = element("div", "", "detail-row");
        row.append(element("dt", term), element("dd", fact));
        return row;
      }),
    );
  }

  /** Keep a time of day and its zone in one line, where a cell is narrow. */
  function moment(text) {
    return text.replace(" UTC", "\u00a0UTC");
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
      refresh();
    });
    const cells = [toggle, badge(event.state), moment(event.recorded), moment(event.due || event.closed), String(event.posts)];
    cells.push(event.last_answer || "\u2014", actions(event));
    const classes = ["", "", "subscribers-moment", "subscribers-moment", "text-end", "subscribers-answer", "text-nowrap"];
    for (const [position, content] of cells.entries()) {
      const cell = element("td", "", classes[position]);
      cell.append(content);
      row.append(cell);
    }
    return row;
  }

  function actions(event) {
    const group = element("span", "", "subscribers-actions");
    // One that was held from the beginning has had no task yet, and Flower would say 404.
    if (event.posts || event.state === "queued") {
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

  async function attemptsRow(event) {
    const { attempts } = await ask(page.dataset.attempts, { event_id: event.event_id });
    const list = element("ol", "", "subscribers-attempts");
    for (const attempt of attempts) {
      const line = element("li");
      line.append(
        element("span", attempt.said, attempt.accepted ? "text-success" : "text-danger"),
        element("span", `${attempt.at}, ${attempt.seconds} s, ${attempt.worker}`, "subscribers-why"),
      );
      if (attempt.answer) line.append(element("code", attempt.answer));
      list.append(line);
    }
    const row = element("tr", "", "subscribers-attempts-row");
    const cell = element("td", "", "", { colspan: "7" });
    cell.append(attempts.length ? list : element("span", "No attempt was made yet.", "value-missing"));
    row.append(cell);
    return row;
  }

  async function showEvents(events) {
    const drawn = [];
    for (const event of events) {
      drawn.push(eventRow(event));
      if (opened.has(event.event_id)) drawn.push(await attemptsRow(event));
    }
    if (!events.length) {
      const row = element("tr");
      row.append(element("td", "No events are kept.", "empty-table-message", { colspan: "7" }));
      drawn.push(row);
    }
    // Whoever walks by keyboard stays on the row that they were on.
    const focused = document.activeElement && document.activeElement.closest("tr[data-event]");
    rows.replaceChildren(...drawn);
    if (focused) {
      const again = [...rows.children].find((row) => row.dataset.event === focused.dataset.event);
      if (again) again.querySelector("button").focus();
    }
  }

  async function refresh() {
    const answer = await ask(page.dataset.source);
    showLane(answer.lane);
    showFacts(answer.lane, answer.subscription);
    await showEvents(answer.events);
  }

  for (const button of page.querySelectorAll("[data-action]")) {
    button.addEventListener("click", () => {
      const action = button.dataset.action;
      if (action !== "pause" || window.confirm(`Send ${name} nothing more until somebody resumes it?`)) {
        act(action, button);
      }
    });
  }

  keepFresh(refresh);
})();
