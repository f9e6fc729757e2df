// The table of subscribers: the server searches, sorts and pages; this draws one page of it, again and again.
"use strict";

(() => {
  const page = document.getElementById("subscribers");
  const mayResume = Boolean(page.dataset.resume);
  /** The names of the subscribers that are selected, on whatever page of the table. */
  const selected = new Set();
  const MISSING = element("span", "\u2014", "value-missing").outerHTML;

  function nameLink(name) {
    const href = `${page.dataset.page}?name=${encodeURIComponent(name)}`;
    return element("a", name, "", { href }).outerHTML;
  }

  function selectCell(name, row) {
    if (!row.paused) return "";
    const attributes = { type: "checkbox", "aria-label": `Select ${name}`, "data-name": name };
    // As an attribute, because only the HTML of the element is used.
    if (selected.has(name)) attributes.checked = "";
    return element("input", "", "form-check-input", attributes).outerHTML;
  }

  function stateCell(state, row) {
    const cell = element("span");
    cell.append(badge(state));
    if (row.why) cell.append(element("span", row.why, "subscribers-why"));
    return cell.innerHTML;
  }

  function ageCell(age) {
    return age === "-" ? MISSING : age;
  }

  function resultCell(result, row) {
    if (!result) return MISSING;
    const cell = element("span");
    cell.append(element("span", result), element("span", row.last_attempt, "subscribers-why"));
    return cell.innerHTML;
  }

  /** Draw only what is shown: DataTables asks for the plain value too, to sort and search by. */
  const shown = (draw) => (data, type, row) => (type === "display" ? draw(data, row) : data);
  const number = { className: "text-end", render: shown((data) => count(data)) };
  const unsorted = { orderable: false };
  /** A column that the server sorts by its name; of numbers, the greatest come first. */
  const sorted = (name) => ({ name, orderSequence: ["desc", "asc"] });

  const body = document.querySelector("#subscribers-table tbody");

  function shownNames() {
    return [...body.rows].map((row) => row.dataset.key);
  }

  const table = $("#subscribers-table").DataTable({
    serverSide: true,
    // The worst first, until somebody clicks a head. What is chosen is kept over each refresh and each visit.
    order: [[mayResume ? 2 : 1, "asc"]],
    orderMulti: false,
    searchDelay: 250,
    // A narrow window scrolls the table in itself. DataTables' own way gives the head other widths than the body.
    dom: "fr<'table-responsive't><'dt-footer'lip>",
    autoWidth: false,
    lengthMenu: [25, 50, 100],
    pageLength: 25,
    stateSave: true,
    language: {
      lengthMenu: "_MENU_",
      info: "Showing _START_ to _END_ of _TOTAL_ subscribers",
      infoEmpty: "No subscribers to show",
      infoFiltered: "(filtered from _MAX_ total subscribers)",
      search: '<span class="visually-hidden">Search subscribers</span>',
      searchPlaceholder: "Part of a subscriber's name",
      emptyTable: "There are no subscribers yet.",
      zeroRecords: "No subscriber's name contains this.",
    },
    ajax: {
      url: page.dataset.source,
      dataSrc: (data) => {
        showAlarms(data.totals.alarms);
        document.getElementById("total-paused").textContent = count(data.totals.paused);
        document.getElementById("total-failing").textContent = count(data.totals.failing);
        document.getElementById("total-undelivered").textContent = count(data.totals.undelivered);
        document.getElementById("total-oldest").textContent =
          data.totals.oldest === "-" ? "\u2014" : data.totals.oldest;
        forgetResumed(data.data);
        return inUse(body) ? inTheirPlaces(data.data, shownNames(), (row) => row.subscriber) : data.data;
      },
    },
    createdRow: (row, data) => {
      row.dataset.key = data.subscriber;
    },
    columns: [
      ...(mayResume ? [{ data: "subscriber", className: "subscribers-select", render: shown(selectCell), ...unsorted }] : []),
      { data: "subscriber", name: "subscriber", className: "subscribers-name", render: shown(nameLink) },
      { data: "state", name: "state", className: "subscribers-reason", render: shown(stateCell) },
      { data: "oldest", className: "text-end", render: shown(ageCell), ...sorted("oldest") },
      { data: (row) => row.in_flight + row.queued, ...number, ...sorted("going") },
      { data: "retrying", ...number, ...sorted("retrying") },
      { data: "held", ...number, ...sorted("held") },
      { data: "refused", ...number, ...sorted("refused") },
      { data: "window", ...number, ...unsorted },
      { data: "last_result", className: "subscribers-result", render: shown(resultCell), ...unsorted },
    ],
    initComplete: () => $("#subscribers-table_length select").attr("aria-label", "Subscribers per page"),
  });

  let restoreFocus = () => {};
  table.on("preDraw.dt", () => {
    restoreFocus = keepFocus(body);
  });
  table.on("draw.dt", () => {
    labelCells(body.parentElement);
    restoreFocus();
  });

  /** Where rows are cards no head is seen, so there the order is chosen here; both always show the same. */
  function offerOrders() {
    const order = document.getElementById("order");
    const reverse = document.getElementById("reverse");
    const { columns } = table.init();
    columns.forEach((column, index) => {
      if (column.orderable === false) return;
      order.append(element("option", table.column(index).header().textContent.trim(), "", { value: index }));
    });
    /** The direction that a first click on the column's head gives. */
    const usual = (index) => columns[index].orderSequence?.[0] ?? "asc";
    const choose = (index, reversed) => {
      const other = usual(index) === "asc" ? "desc" : "asc";
      table.order([[index, reversed ? other : usual(index)]]).draw();
    };
    const showChosen = () => {
      const [[index, direction]] = table.order();
      order.value = index;
      reverse.setAttribute("aria-pressed", direction !== usual(index));
      reverse.classList.toggle("active", direction !== usual(index));
    };
    order.addEventListener("change", () => choose(Number(order.value), false));
    reverse.addEventListener("click", () => choose(Number(order.value), reverse.getAttribute("aria-pressed") === "false"));
    table.on("order.dt", showChosen);
    showChosen();
  }
  offerOrders();

  function showSelected() {
    if (!mayResume) return;
    document.getElementById("resume-selected").disabled = selected.size === 0;
    document.getElementById("selected-words").textContent = selected.size
      ? `Selected: ${[...selected].sort().join(", ")}`
      : "Select paused subscribers in the table.";
  }

  /** Who was resumed meanwhile, by whomever, is not selected any more. */
  function forgetResumed(rows) {
    for (const row of rows) if (!row.paused) selected.delete(row.subscriber);
    showSelected();
  }

  if (mayResume) {
    body.addEventListener("change", (event) => {
      if (event.target.checked) selected.add(event.target.dataset.name);
      else selected.delete(event.target.dataset.name);
      showSelected();
    });
    document.getElementById("resume-selected").addEventListener("click", async (event) => {
      const names = [...selected].sort();
      if (!window.confirm(`Resume ${count(names.length)} subscribers: ${names.join(", ")}?`)) return;
      await post(page.dataset.resume, event.target, names.map((name) => ["name", name]));
      selected.clear();
      showSelected();
      table.ajax.reload(null, false);
    });
  }

  function foundRow(event) {
    const row = element("tr");
    const address = new URLSearchParams({ name: event.subscriber, sought: event.event_id });
    const cells = [
      element("span", event.subscriber),
      element("a", event.event_id, "subscribers-event", { href: `${page.dataset.page}?${address}` }),
      eventState(event),
      element("span", moment(event.recorded), "subscribers-moment"),
      element("span", event.last_result || "\u2014"),
    ];
    for (const content of cells) {
      const cell = element("td", "", "subscribers-name");
      cell.append(content);
      row.append(cell);
    }
    return row;
  }

  document.getElementById("find").addEventListener("submit", async (event) => {
    event.preventDefault();
    const sought = document.getElementById("sought").value.trim();
    const words = document.getElementById("found-words");
    const found = document.getElementById("found-table");
    document.getElementById("found").hidden = false;
    try {
      const response = await fetch(`${page.dataset.found}?${new URLSearchParams({ sought })}`);
      if (!response.ok) throw new Error(response.statusText);
      const { events, more } = await response.json();
      words.textContent = events.length
        ? `${more ? "The first " : ""}${count(events.length)} found by ${sought}`
        : `No event, learner or lesson has the id ${sought}. Of an event's id, four characters of its beginning are enough.`;
      found.hidden = events.length === 0;
      found.tBodies[0].replaceChildren(...events.map(foundRow));
      labelCells(found);
    } catch {
      words.textContent = "Not searched: Flower or Redis does not respond.";
      found.hidden = true;
    }
  });

  /** Called with what DataTables received, or with null. */
  let received = () => {};
  $("#subscribers-table").on("xhr.dt", (_, __, data) => {
    received(data);
    // DataTables would put up a dialog each time that there is none.
    return data === null;
  });

  keepFresh(
    () =>
      new Promise((done, failed) => {
        received = (data) => (data ? done() : failed(new Error("no response")));
        // Where one reads: on the same page, with the same search.
        table.ajax.reload(null, false);
      }),
  );
})();
