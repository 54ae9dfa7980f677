// What is looked for within a page. Each function runs there, so it uses nothing from outside itself.

/** Its language, headings and links, as somebody sees them. */
export function outline() {
  const shown = (element) => element.checkVisibility() && element.getClientRects().length > 0;
  const text = (element) => element.textContent.trim().replace(/\s+/g, " ");
  const all = (selector) => [...document.querySelectorAll(selector)];
  return {
    lang: document.documentElement.lang,
    headings: all("h1, h2, h3, h4, h5, h6").filter(shown).map((heading) => `${heading.tagName} ${text(heading)}`),
    links: all("a[href]").filter(shown).map((link) => `${text(link)} → ${link.getAttribute("href")}`),
    languages: all("nav a[hreflang]").map((link) => new URL(link.href).searchParams.get("lang")),
    ownPaths: all("a[href], form").map((at) => new URL(at.href ?? at.action, location.href))
      .filter((url) => url.origin === location.origin).map((url) => url.pathname),
    fields: all("input:not([type=hidden]), textarea, select").length,
    stored: document.cookie.length + (window.localStorage?.length ?? 0) + (window.sessionStorage?.length ?? 0),
  };
}

/** By how many pixels the page is wider than the window, and what sticks out. */
export function sticksOut() {
  const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  if (wide <= 0) return [];
  const out = [...document.body.querySelectorAll("*")].filter((element) => {
    return element.checkVisibility() && element.getBoundingClientRect().right > document.documentElement.clientWidth + 0.5;
  });
  return [`${wide} px: ${out.slice(0, 3).map((element) => element.outerHTML.slice(0, 80)).join(" · ")}`];
}

/** Text that lies on other text, or that is cut off. */
export function collisions() {
  const found = [];
  const boxes = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (!node.data.trim() || !node.parentElement.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    // What has a reading above it is laid out as wide as the reading, which may hang over its neighbours.
    if (node.parentElement.tagName === "RUBY") continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const { left, right, top, bottom, width, height } of range.getClientRects()) {
      // A line of a font is higher than its letters: their middle is what must not meet. What has no size is meant
      // for screen readers alone.
      if (width < 2 || height < 2) continue;
      const trim = height / 4;
      boxes.push({ node, left: left + 1, right: right - 1, top: top + trim, bottom: bottom - trim });
    }
  }
  boxes.sort((one, other) => one.top - other.top);
  for (const [at, one] of boxes.entries()) {
    for (let next = at + 1; next < boxes.length && boxes[next].top < one.bottom; next += 1) {
      const other = boxes[next];
      if (other.left < one.right && one.left < other.right && found.length < 5) {
        found.push(`“${one.node.data.trim().slice(0, 30)}” lies on “${other.node.data.trim().slice(0, 30)}”`);
      }
    }
  }
  for (const element of document.body.querySelectorAll("*")) {
    const style = getComputedStyle(element);
    const hides = ["hidden", "clip"].some((way) => style.overflowX === way || style.overflowY === way);
    if (!hides || element.clientWidth <= 1 || !element.checkVisibility()) continue;
    if (element.scrollWidth > element.clientWidth + 1 || element.scrollHeight > element.clientHeight + 1) {
      found.push(`cut off: ${element.outerHTML.slice(0, 80)}`);
    }
  }
  return found;
}

/** How many things Tab should stop at, in the order of the page. Numbers them, for `focused`. */
export function stops() {
  const candidates = document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex]");
  const seen = [...candidates].filter((one) => one.checkVisibility() && !one.disabled && one.tabIndex >= 0);
  globalThis.sekishoStops = seen;
  return seen.length;
}

/** Which of them has the focus, and what is wrong with how it shows. */
export function focused() {
  const element = document.activeElement;
  const style = getComputedStyle(element);
  const { top, bottom, left, right } = element.getBoundingClientRect();
  const marked = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  const within = bottom > 0 && top < innerHeight && right > 0 && left < innerWidth;
  const wrong = [!marked && "no visible focus", !within && "outside of the window"].filter(Boolean);
  return { at: globalThis.sekishoStops.indexOf(element), wrong, what: element.outerHTML.slice(0, 80) };
}

/** Twice the size of all text. */
export function doubleText() {
  document.documentElement.style.fontSize = "200%";
}
