// The table of subscribers: the server searches, sorts and pages; this draws one page of it, again and again.
"use strict";

(() => {
  const page = document.getElementById("subscribers");
  const MISSING = element("span", "\u2014", "value-missing").outerHTML;

  function nameLink(name) {
    const href = `${page.dataset.page}?name=${encodeURIComponent(name)}`;
    return element("a", name, "", { href }).outerHTML;
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

  function answerCell(answer, row) {
    if (!answer) return MISSING;
    const cell = element("span");
    cell.append(element("span", answer), element("span", row.last_attempt, "subscribers-why"));
    return cell.innerHTML;
  }

  /** Draw only what is shown: DataTables asks for the plain value too, to sort and search by. */
  const shown = (draw) => (data, type, row) => (type === "display" ? draw(data, row) : data);
  const number = { className: "text-end", render: shown((data) => count(data)) };

  const table = $("#subscribers-table").DataTable({
    serverSide: true,
    ordering: false,
    searchDelay: 250,
    dom: "frt<'dt-footer'lip>",
    lengthMenu: [25, 50, 100],
    pageLength: 25,
    stateSave: true,
    scrollX: true,
    scrollCollapse: true,
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
      dataSrc: (answer) => {
        document.getElementById("total-paused").textContent = count(answer.totals.paused);
        document.getElementById("total-failing").textContent = count(answer.totals.failing);
        document.getElementById("total-undelivered").textContent = count(answer.totals.undelivered);
        document.getElementById("total-oldest").textContent =
          answer.totals.oldest === "-" ? "\u2014" : answer.totals.oldest;
        return answer.data;
      },
    },
    columns: [
      { data: "subscriber", render: shown(nameLink) },
      { data: "state", className: "subscribers-reason", render: shown(stateCell) },
      { data: "oldest", className: "text-end", render: shown(ageCell) },
      { data: (row) => row.in_flight + row.queued, ...number },
      { data: "retrying", ...number },
      { data: "held", ...number },
      { data: "refused", ...number },
      { data: "window", ...number },
      { data: "last_answer", className: "subscribers-answer", render: shown(answerCell) },
    ],
    initComplete: () => $("#subscribers-table_length select").attr("aria-label", "Subscribers per page"),
  });

  /** Told of the answer that is on its way: what DataTables got, or null. */
  let answered = () => {};
  $("#subscribers-table").on("xhr.dt", (_, __, answer) => {
    answered(answer);
    // DataTables would put up a dialog each time that there is none.
    return answer === null;
  });

  keepFresh(
    () =>
      new Promise((done, failed) => {
        answered = (answer) => (answer ? done() : failed(new Error("no answer")));
        // Where one reads: on the same page, with the same search.
        table.ajax.reload(null, false);
      }),
  );
})();
