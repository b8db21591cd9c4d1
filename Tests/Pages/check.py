"""Opens every page of a site in headless Chromium, light and dark, wide and narrow, and reports what
a reader would stumble over: errors in the console, requests to other machines, text without contrast,
images and tables without names, parts that leave the page, tables that do not sort or filter."""

import pathlib
import sys

from browser import Browser, find

# Returns sentences about the page as it is shown now.
LOOK = r"""
(() => {
  const problems = [];
  const tell = (sentence, element) => problems.push(
    sentence + (element ? ": " + element.outerHTML.replace(/\s+/g, " ").slice(0, 120) : ""));

  // Contrast of text with what lies behind it (WCAG 2.1, 1.4.3).
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const parse = text => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = text;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (top, bottom) => [0, 1, 2].map(i => top[i] * top[3] + bottom[i] * (1 - top[3])).concat(1);
  const luminance = color => {
    const [r, g, b] = color.slice(0, 3).map(part => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a, b) => {
    const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
    return (high + 0.05) / (low + 0.05);
  };
  const paperOf = element => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) {
      const color = parse(getComputedStyle(at).backgroundColor);
      if (color[3] > 0) layers.push(color);
      if (color[3] === 1) break;
    }
    return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255, 1]);
  };
  for (const element of document.querySelectorAll("main *")) {
    const isSVG = element.namespaceURI.endsWith("svg");
    const hasText = [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
    if (!hasText || !element.getClientRects().length || (isSVG && element.tagName !== "text")) continue;
    const style = getComputedStyle(element);
    let paper = paperOf(element);
    if (isSVG) {
      // Rectangles drawn before the text, under its middle.
      const box = element.getBoundingClientRect();
      const [x, y] = [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
      for (const rectangle of element.ownerSVGElement.querySelectorAll("rect")) {
        if (rectangle.compareDocumentPosition(element) & Node.DOCUMENT_POSITION_PRECEDING) break;
        const area = rectangle.getBoundingClientRect();
        if (x < area.left || x > area.right || y < area.top || y > area.bottom) continue;
        const fill = parse(getComputedStyle(rectangle).fill);
        fill[3] *= Number(getComputedStyle(rectangle).fillOpacity);
        paper = over(fill, paper);
      }
    }
    const ratio = contrast(over(parse(isSVG ? style.fill : style.color), paper), paper);
    if (ratio < 4.5) tell(`contrast of ${ratio.toFixed(2)}`, element);
  }

  // Names of images, headers of tables, order of headings.
  for (const image of document.querySelectorAll("svg")) {
    const names = (image.getAttribute("aria-labelledby") || "").split(" ")
      .map(id => document.getElementById(id)?.textContent.trim());
    if (image.getAttribute("role") !== "img" || names.length !== 2 || !names.every(Boolean))
      tell("image without a name", image);
  }
  for (const image of document.querySelectorAll("img")) if (!image.alt) tell("image without a name", image);
  for (const table of document.querySelectorAll("table")) {
    if (!table.caption?.textContent.trim()) tell("table without a caption", table);
    for (const head of table.querySelectorAll("th"))
      if (!head.scope || !head.textContent.trim()) tell("header without scope or text", head);
    for (const row of table.tBodies[0].rows)
      if (row.cells[0].tagName !== "TH") tell("row without a header", row);
  }
  let level = 0;
  for (const heading of document.querySelectorAll("h1,h2,h3,h4")) {
    const own = Number(heading.tagName[1]);
    if (own > level + 1) tell("heading that skips a level", heading);
    level = own;
  }
  for (const control of document.querySelectorAll("select, input"))
    if (!control.closest("label")?.textContent.trim()) tell("control without a label", control);
  if (!document.documentElement.lang) tell("page without a language");
  if (!document.title) tell("page without a title");
  const ids = [...document.querySelectorAll("[id]")].map(element => element.id);
  if (new Set(ids).size !== ids.length) tell("an id is used twice");

  // Nothing makes the page wider than the window; no label of a figure leaves its image.
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > width)
    tell(`the page is ${document.documentElement.scrollWidth - width} pixels wider than the window`);
  for (const text of document.querySelectorAll("svg text")) {
    const [own, image] = [text.getBoundingClientRect(), text.ownerSVGElement.getBoundingClientRect()];
    if (own.width && (own.left < image.left - 1 || own.right > image.right + 1
      || own.top < image.top - 1 || own.bottom > image.bottom + 1)) tell("label outside its image", text);
  }
  // Labels of one figure do not lie on each other.
  for (const image of document.querySelectorAll("svg")) {
    const boxes = [...image.querySelectorAll("text:not([transform])")]
      .map(text => [text, text.getBoundingClientRect()]).filter(([, box]) => box.width);
    boxes.forEach(([text, a], index) => {
      for (const [, b] of boxes.slice(index + 1)) {
        const [x, y] = [Math.min(a.right, b.right) - Math.max(a.left, b.left),
          Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top)];
        if (x > 2 && y > 4) { tell("labels on each other", text); break; }
      }
    });
  }
  return problems;
})()
"""

# Sorts and filters the first table, and selects; returns sentences about what does not work.
USE = r"""
(() => {
  const problems = [];
  for (const details of document.querySelectorAll("details")) details.open = true;
  const table = [...document.querySelectorAll("table")].find(table => table.tBodies[0].rows.length > 2);
  if (table) {
    const cells = column => [...table.tBodies[0].rows].map(row => row.cells[column]?.textContent.trim());
    const names = cells(0).join();
    const head = table.tHead.rows[0].cells[0], button = head.querySelector("button");
    if (!button) return ["a header has no button that sorts"];
    button.click();
    const sorted = [...cells(0)].sort((a, b) => a.localeCompare(b)).join();
    const isNumeric = cells(0).every(text => !Number.isNaN(parseFloat(text)));
    if (!isNumeric && cells(0).join() !== sorted) problems.push("a table does not sort by name");
    if (head.getAttribute("aria-sort") !== "ascending") problems.push("sorting is not told");
    button.click();
    button.click();
    if (cells(0).join() !== names) problems.push("a third click does not restore the order");
    const column = [...table.tHead.rows[0].cells].findIndex(cell => cell.classList.contains("n"));
    if (column > 0) {
      table.tHead.rows[0].cells[column].querySelector("button").click();
      const values = cells(column).filter(text => text && text !== "—").map(parseFloat);
      if (values.some((value, index) => index && value < values[index - 1]))
        problems.push("a table does not sort by number");
    }
  }
  const input = document.querySelector(".filter input");
  if (input) {
    const own = input.closest(".filter").nextElementSibling.querySelector("table");
    const shown = () => [...own.tBodies[0].rows].filter(row => !row.hidden).length;
    const all = shown();
    const rows = [...own.tBodies[0].rows];
    input.value = rows.flatMap(row => [...row.cells].map(cell => cell.textContent))
      .find(text => text && rows.some(row => !row.textContent.includes(text)));
    input.dispatchEvent(new Event("input"));
    if (!(shown() >= 1 && shown() < all)) problems.push(`a filter shows ${shown()} of ${all} rows`);
    input.value = "";
    input.dispatchEvent(new Event("input"));
    if (shown() !== all) problems.push("an empty filter hides rows");
  }
  const rows = JSON.parse(document.querySelector("main").dataset.rows || "[]");
  for (const select of document.querySelectorAll(".controls select")) {
    const visible = () => document.body.innerText;
    const before = visible();
    select.selectedIndex = 1;
    select.dispatchEvent(new Event("change"));
    if (visible() === before) problems.push("a selection changes nothing");
    select.selectedIndex = 0;
    select.dispatchEvent(new Event("change"));
    if (visible() !== before) problems.push("a selection is not undone");
  }
  const mark = document.querySelector(".figure g path");
  if (mark) {
    const tip = document.querySelector(".tip");
    const point = target => target.dispatchEvent(
      new PointerEvent("pointermove", { bubbles: true, clientX: 9, clientY: 9 }));
    // Marks of the legend have no value.
    for (const other of document.querySelectorAll(".figure g path")) {
      point(other);
      if (!tip.hidden && /\d/.test(tip.textContent)) break;
    }
    if (tip.hidden) problems.push("no mark shows its value");
    point(document.querySelector("h1"));
    if (!tip.hidden) problems.push("a value does not go away");
  }
  // Names are those of rows and scenarios only where a table has such names.
  const hiddenIn = heading => [...document.querySelectorAll("table")]
    .filter(table => heading(table.tHead.rows[0].cells[0].dataset.name))
    .flatMap(table => [...table.querySelectorAll("tr, th, td")].filter(cell => cell.hidden));
  for (const select of document.querySelectorAll(".controls select")) {
    if (!select.closest("label").textContent.startsWith("Scenario")) continue;
    for (const place of [...select.options].map(option => option.value).filter(Boolean)) {
      select.value = place;
      select.dispatchEvent(new Event("change"));
      if (hiddenIn(name => !["model", "scenario"].includes(name)).length)
        problems.push(`the scenario ${place} hides parts of tables without scenarios`);
      const shown = [...document.querySelectorAll(".figure [data-scenario]")]
        .filter(part => part.style.display !== "none" && part.dataset.scenario !== place
          && !["macro", "pooled"].includes(part.dataset.scenario));
      if (shown.length) problems.push(`the scenario ${place} leaves others in figures`);
    }
    select.value = "";
    select.dispatchEvent(new Event("change"));
  }
  const box = document.querySelector(".controls input[type=checkbox]");
  if (box) {
    const parts = () => [...document.querySelectorAll(".figure [data-row]")]
      .filter(part => part.dataset.row === rows[0] && part.style.display !== "none").length;
    const before = parts();
    box.click();
    if (!before || parts()) problems.push("a hidden row stays in figures");
    box.click();
    if (parts() !== before) problems.push("a row does not come back");
  }
  return problems;
})()
"""


# Whether everything can be seen without the script.
PLAIN = """
(() => {
  const hidden = [...document.querySelectorAll("table, figure, h2, h3, li, p")].filter(element =>
    !element.closest("details") && !element.getClientRects().length);
  return hidden.map(element => "hidden without a script: " + element.outerHTML.slice(0, 100));
})()
"""


def check(browser, page):
    """Returns what is wrong with a page, one sentence each."""
    browser.open(page, script=False)
    problems = [f"{page}, no script: {sentence}" for sentence in browser.evaluate(PLAIN)]
    for width in (1440, 360):
        for dark in (False, True):
            place = f"{page}, {width} px, {'dark' if dark else 'light'}"
            browser.open(page, width=width, dark=dark)
            problems += [f"{place}: {sentence}" for sentence in browser.evaluate(LOOK)]
            if width == 1440 and not dark:
                problems += [f"{place}: {sentence}" for sentence in browser.evaluate(USE)]
            problems += [f"{place}: {sentence}" for sentence in browser.complaints()]
    return problems


def main():
    program = find()
    if program is None:
        sys.exit("check.py needs Chromium (apt-get install chromium)")
    pages = sorted(
        path for argument in map(pathlib.Path, sys.argv[1:])
        for path in (argument.rglob("*.html") if argument.is_dir() else [argument]))
    if not pages:
        sys.exit("usage: check.py SITE-FOLDER-OR-PAGE ...")
    browser = Browser(program)
    problems = []
    try:
        for page in pages:
            problems += check(browser, page)
    finally:
        browser.close()
    for sentence in problems:
        print(sentence)
    print(f"{len(pages)} pages, each at 1440 and 360 pixels, light and dark: {len(problems)} problems")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
