/// The script of pages: sorts and filters tables, hides rows, selects a metric and a scenario, and
/// shows the values of marks.
///
/// It reads names from the headings of tables and from `data-` attributes, and changes only what is
/// shown.
let pageScript = #"""
  (() => {
    "use strict";
    const main = document.querySelector("main");
    const names = kind => JSON.parse(main.dataset[kind] || "[]");
    const rows = names("rows"), scenarios = names("scenarios"), metrics = names("metrics");
    const hiddenRows = new Set();
    let scenario = "", metric = "";

    const make = (tag, properties, ...children) => {
      const element = Object.assign(document.createElement(tag), properties);
      element.append(...children);
      return element;
    };

    // A name in a heading, without the button that sorts.
    const nameOf = cell => cell.dataset.name ?? cell.textContent.trim();
    const isHiddenRow = name => hiddenRows.has(name);
    const isHiddenScenario = name =>
      Boolean(scenario && name !== scenario && scenarios.includes(name));
    const isHiddenMetric = element =>
      Boolean(metric && element.dataset.metric && element.dataset.metric !== metric);

    const matches = (row, words) => {
      const text = row.textContent.toLowerCase();
      return words.every(word => text.includes(word));
    };

    // What the columns and rows of a table are named after, by its headings: other cells may have
    // the same text as a row or a scenario.
    const namesIn = table => {
      const heads = [...table.tHead.rows[0].cells].map(nameOf);
      const hasModels = ["scenario", "setting", "better than"].includes(heads[0]);
      const hasScenarios = heads[0] === "model" && heads.includes("macro")
        && table.closest("section[data-metric]");
      const column = ["better than", "trials"].includes(heads[0]) ? 0 : heads.indexOf("model");
      return {
        isHiddenColumn: name =>
          hasModels ? isHiddenRow(name) : Boolean(hasScenarios && isHiddenScenario(name)),
        isHiddenRow: row => (heads[0] === "scenario" && isHiddenScenario(nameOf(row.cells[0])))
          || (column >= 0 && isHiddenRow(nameOf(row.cells[column]))),
      };
    };

    const update = () => {
      for (const section of document.querySelectorAll("section[data-metric]"))
        section.hidden = isHiddenMetric(section);
      for (const part of document.querySelectorAll(".figure [data-row], .figure [data-scenario]")) {
        const { row, scenario: place } = part.dataset;
        part.style.display = isHiddenRow(row) || isHiddenScenario(place) ? "none" : "";
      }
      for (const table of document.querySelectorAll("table")) {
        const names = namesIn(table);
        const columns = [...table.tHead.rows[0].cells].map((cell, index) => index > 0
          && (names.isHiddenColumn(nameOf(cell)) || isHiddenMetric(cell)));
        const words = (table.dataset.filter || "").toLowerCase().split(/\s+/).filter(Boolean);
        for (const row of table.rows) {
          [...row.cells].forEach((cell, index) => { cell.hidden = columns[index]; });
          const isBody = row.parentElement.tagName === "TBODY";
          row.hidden = isBody && (names.isHiddenRow(row) || !matches(row, words));
        }
      }
    };

    // Sorting: by number if all cells begin with one, else by text; a third click restores the order.
    const valueOf = cell => {
      const text = cell ? cell.textContent.trim() : "";
      const number = parseFloat(text.replace(/^[+]/, ""));
      return { text, number, isEmpty: text === "" || text === "—" };
    };
    const sort = (table, column, direction) => {
      const body = table.tBodies[0];
      const lines = [...body.rows];
      lines.forEach((line, index) => { line.dataset.place ??= index; });
      const values = new Map(lines.map(line => [line, valueOf(line.cells[column])]));
      const known = [...values.values()].filter(value => !value.isEmpty);
      const isNumeric = known.every(value => !Number.isNaN(value.number));
      lines.sort((a, b) => {
        const [first, second] = [values.get(a), values.get(b)];
        const place = a.dataset.place - b.dataset.place;
        if (!direction) return place;
        if (first.isEmpty !== second.isEmpty) return first.isEmpty ? 1 : -1;
        const order = isNumeric
          ? first.number - second.number : first.text.localeCompare(second.text);
        return direction * order || place;
      });
      body.append(...lines);
    };
    for (const table of document.querySelectorAll("table")) {
      const heads = [...table.tHead.rows[0].cells];
      heads.forEach((head, column) => {
        head.dataset.name = head.textContent.trim();
        const button = make("button", { type: "button", title: "Sort" });
        button.append(...head.childNodes);
        head.append(button);
        button.addEventListener("click", () => {
          const next = { ascending: "descending", descending: null }[head.getAttribute("aria-sort")];
          const state = next === undefined ? "ascending" : next;
          heads.forEach(other => other.removeAttribute("aria-sort"));
          if (state) head.setAttribute("aria-sort", state);
          sort(table, column, state === "ascending" ? 1 : state === "descending" ? -1 : 0);
        });
      });
      if (table.tBodies[0].rows.length > 8) {
        const input = make("input", { type: "search" });
        input.addEventListener("input", () => { table.dataset.filter = input.value; update(); });
        const label = make("label", { className: "filter" }, "Filter rows: ", input);
        table.closest(".scroll").before(label);
      }
    }

    // Controls for the whole page.
    const choice = (title, values, change) => {
      const select = make("select", {},
        make("option", { value: "" }, "all"),
        ...values.map(value => make("option", { value }, value)));
      select.addEventListener("change", () => { change(select.value); update(); });
      return make("label", {}, title, select);
    };
    const parts = [];
    if (metrics.length) parts.push(choice("Metric", metrics, value => { metric = value; }));
    if (scenarios.length) parts.push(choice("Scenario", scenarios, value => { scenario = value; }));
    if (rows.length) {
      const list = make("div", {}, ...rows.map(row => {
        const box = make("input", { type: "checkbox", checked: true });
        box.addEventListener("change", () => {
          if (box.checked) hiddenRows.delete(row); else hiddenRows.add(row);
          update();
        });
        return make("label", {}, box, row);
      }));
      parts.push(make("details", {}, make("summary", {}, "Rows shown"), list));
    }
    if (parts.length) {
      const bar = make("div", { className: "controls" }, ...parts);
      bar.setAttribute("role", "group");
      bar.setAttribute("aria-label", "What is shown");
      main.querySelector("h1").after(bar);
    }

    // The value of the mark under the pointer.
    const tip = make("div", { className: "tip", hidden: true });
    tip.setAttribute("role", "status");
    document.body.append(tip);
    const texts = new Map();
    for (const title of document.querySelectorAll(".figure * > title")) {
      texts.set(title.parentElement, title.textContent);
      title.remove();
    }
    const show = event => {
      const mark = event.target.closest ? event.target.closest(".figure *") : null;
      const text = mark && texts.get(mark);
      tip.hidden = !text;
      if (!text) return;
      tip.textContent = text;
      const width = document.documentElement.clientWidth;
      tip.style.left = Math.max(4, Math.min(event.clientX + 12, width - tip.offsetWidth - 8)) + "px";
      tip.style.top = event.clientY + 16 + "px";
    };
    document.addEventListener("pointermove", show);
    document.addEventListener("pointerdown", show);
  })();

  """#
