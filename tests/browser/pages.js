// Every route in every language, looked at as people do: at three widths, in dark and in forced colours, without
// script, with the keyboard, with large text, on paper; and as checkers do.

import { readFileSync, mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import pa11y from "pa11y";
import puppeteer from "puppeteer-core";

import { startChromium } from "./support/chromium.js";
import { startCounting } from "./support/counting.js";
import * as inPage from "./support/in-page.js";
import { run, temporaryFolder } from "./support/process.js";
import { program, startSekisho } from "./support/sekisho.js";

const require = createRequire(import.meta.url);
const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const VNU = path.join(path.dirname(require.resolve("vnu-jar/package.json")), "build/dist/vnu.jar");

const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"];
const WIDTHS = { 320: 568, 768: 1024, 1280: 800 };
/** Of a page, its head included. */
const OCTETS = 50_000;
/** Pages that are looked at side by side. */
const SIDE_BY_SIDE = 2;

/** Goes through `routes` × `languages`; `report(where, problems)` is told what is wrong, `[]` where nothing is. */
export async function lookAtPages({ routes, files, languages, hosts, report, folder }) {
  // With a root of its own, so that there is something to install.
  const config = `[page]\nhttps = "local-ca"\nhttps_listen = ["127.0.0.1:0"]\n[rules]\nblock = ["${hosts.chosen}"]\n`;
  const prepare = (cwd) => run(program(), ["ca", "init", "--yes", "--config", "sekisho.toml", "--state-dir", "state"], { cwd });
  const sekisho = await startSekisho({ names: [hosts.blocked], config, prepare });
  const counting = await startCounting(sekisho.port);
  const names = Object.values(hosts).map((name) => `MAP ${name} 127.0.0.1`);
  const chromium = await startChromium([
    `--host-resolver-rules=${names.join(", ")}, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1`,
    "--disable-features=HttpsUpgrades,HttpsFirstBalancedModeAutoEnable",
  ]);
  const checker = await puppeteer.connect({ browserWSEndpoint: chromium.devtools, defaultViewport: null });
  const html = temporaryFolder("html");
  const looks = Object.entries(routes).flatMap(([id, route]) => {
    return Object.entries(languages).map(([tag, lang]) => {
      const host = hosts[route.host];
      const query = `${route.path.includes("?") ? "&" : "?"}lang=${tag}`;
      const url = `http://${host}:${counting.port}${route.path}${query}`;
      return { ...route, id, tag, lang, host, url, name: `${id}-${tag}`, html, folder };
    });
  });
  const paths = new Set([...Object.values(routes).map((route) => new URL(route.path, "http://x").pathname), ...files]);
  const wait = [...looks];
  const worker = async () => {
    for (let look = wait.shift(); look; look = wait.shift()) {
      const problems = await new Look(look, chromium.browser, counting, { paths, languages }).all();
      problems.push(...(await checkWithPa11y(checker, look.url)));
      report(look.name, problems);
    }
  };
  mkdirSync(folder, { recursive: true });
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, worker));
  const markup = await checkMarkup(html);
  for (const look of looks) markup[look.name] ??= [];
  for (const [name, problems] of Object.entries(markup)) report(`${name}, Nu HTML checker`, problems);
  await checker.disconnect();
  chromium.stop();
  sekisho.stop();
}

/** One route in one language. */
class Look {
  constructor(look, browser, counting, known) {
    Object.assign(this, look, { browser, counting, known, problems: [] });
  }

  wrong(what, list) {
    for (const one of [list].flat()) this.problems.push(`${what}: ${one}`);
  }

  async all() {
    const plain = await this.withoutScript();
    const context = await this.browser.newContext({ viewport: { width: 1280, height: WIDTHS[1280] } });
    this.page = await context.newPage();
    try {
      await this.load(context);
      await this.content(plain);
      await this.keyboard();
      await this.colours();
      await this.widths();
      await this.largeText();
      await this.paper();
    } catch (error) {
      this.wrong("ended", error.message);
    } finally {
      await context.close();
    }
    return this.problems;
  }

  /** What somebody sees whose browser runs no script. */
  async withoutScript() {
    const context = await this.browser.newContext({ javaScriptEnabled: false, viewport: { width: 1280, height: 800 } });
    try {
      const page = await context.newPage();
      await page.goto(this.url);
      return await page.evaluate(inPage.outline);
    } finally {
      await context.close();
    }
  }

  /** Loads the page once and listens: one request, nothing kept, nothing said on the console. */
  async load(context) {
    const { page } = this;
    this.asked = [];
    page.on("request", (request) => this.asked.push(request.url()));
    page.on("console", (message) => {
      // Chromium notes the status of the page itself. A second failure would be a second request.
      const status = message.text().startsWith("Failed to load resource") && message.location().url === this.url;
      if (!status) this.wrong("console", `${message.type()}: ${message.text()}`);
    });
    page.on("pageerror", (error) => this.wrong("script", error.message));
    const before = this.mine().length;
    const response = await page.goto(this.url, { waitUntil: "load" });
    const status = response.status();
    if (status !== this.status) this.wrong("status", `${status}, not ${this.status}`);
    const body = await response.body();
    writeFileSync(path.join(this.html, `${this.name}.html`), body);
    await page.waitForLoadState("networkidle");
    const octets = this.mine().slice(before).map((seen) => seen.octets).reduce((sum, more) => sum + more, 0);
    if (octets >= OCTETS) this.wrong("size", `${octets} octets`);
    this.before = before;
    this.context = context;
  }

  /** The requests for this very page that reached the program, by whoever. */
  mine() {
    const { pathname, search } = new URL(this.url);
    return this.counting.requests.filter((seen) => seen.path === pathname + search || seen.path === "/favicon.ico");
  }

  async content(plain) {
    const now = await this.page.evaluate(inPage.outline);
    if (now.lang !== this.lang) this.wrong("language", `lang="${now.lang}", not "${this.lang}"`);
    for (const part of ["headings", "links"]) {
      if (!plain[part].length) this.wrong(`without script, ${part}`, "none");
      // What a script adds may be missing without it, and what it replaces may be gone with it.
      const lost = this.scripted ? [] : now[part].filter((one) => !plain[part].includes(one));
      this.wrong(`without script, ${part} missing`, lost);
    }
    if (now.fields !== (this.fields ?? 0)) this.wrong("asks for something to be typed", `${now.fields} fields`);
    if (now.stored) this.wrong("keeps something in the browser", `${now.stored}`);
    this.wrong("cookies", (await this.context.cookies()).map((cookie) => cookie.name));
    this.wrong("links to a path that the table does not have", now.ownPaths.filter((to) => !this.known.paths.has(to)));
    this.wrong("offers a language that the table does not have", now.languages.filter((tag) => !(tag in this.known.languages)));
  }

  /** Tab stops at everything, in the order of the page, and each time one sees where. */
  async keyboard() {
    const { page } = this;
    const count = await page.evaluate(inPage.stops);
    for (let at = 0; at < count; at += 1) {
      await page.keyboard.press("Tab");
      const focused = await page.evaluate(inPage.focused);
      if (focused.at !== at) {
        this.wrong("keyboard", `Tab ${at + 1} of ${count} goes to ${focused.at + 1}: ${focused.what}`);
        break;
      }
      this.wrong("keyboard", focused.wrong.map((wrong) => `${wrong}: ${focused.what}`));
    }
  }

  /** axe-core in light, dark and forced colours. */
  async colours() {
    const { page } = this;
    await page.evaluate(AXE);
    await page.evaluate(() => document.activeElement?.blur());
    for (const [name, media] of Object.entries({
      light: { colorScheme: "light", forcedColors: "none" },
      dark: { colorScheme: "dark", forcedColors: "none" },
      "forced colours": { colorScheme: "dark", forcedColors: "active" },
    })) {
      await page.emulateMedia(media);
      // axe-core reads colours from `-webkit-text-fill-color`, which stays what the style sheet says where Chromium
      // paints the forced one. The forced colours are the reader's own choice anyway.
      const rules = { "color-contrast": { enabled: media.forcedColors === "none" } };
      const violations = await page.evaluate(async (options) => {
        const { violations: found } = await axe.run(document, { ...options, resultTypes: ["violations"] });
        return found.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes[0].html.slice(0, 120)} (${nodes.length})`);
      }, { runOnly: TAGS, rules });
      this.wrong(`axe, ${name}`, violations);
      if (name !== "light") await this.picture(`1280-${name.replace(" ", "-")}`);
    }
    await page.emulateMedia({ colorScheme: "light", forcedColors: "none" });
  }

  async widths() {
    for (const width of [1280, 768, 320]) {
      await this.page.setViewportSize({ width, height: WIDTHS[width] });
      await this.layout(`${width} px`);
      await this.picture(`${width}`);
    }
  }

  async layout(how) {
    this.wrong(`${how}, wider than the window`, await this.page.evaluate(inPage.sticksOut));
    this.wrong(`${how}, text`, await this.page.evaluate(inPage.collisions));
  }

  /** Zoom by two, which halves the window, and text of twice the size, which does not. */
  async largeText() {
    const { page } = this;
    await page.setViewportSize({ width: 640, height: 400 });
    await this.layout("zoom 200 %");
    await page.evaluate(inPage.doubleText);
    for (const width of [1280, 768, 320]) {
      await page.setViewportSize({ width, height: WIDTHS[width] });
      await this.layout(`text 200 %, ${width} px`);
      if (width !== 768) await this.picture(`${width}-text-200`);
    }
  }

  /** On paper, as A4. The page has asked for nothing more by then. */
  async paper() {
    const { page } = this;
    await page.evaluate(() => document.documentElement.removeAttribute("style"));
    const pdf = await page.pdf({ format: "A4", printBackground: false, path: this.file("pdf") });
    const sheets = pdf.toString("latin1").match(/\/Type\s*\/Page\b(?!s)/g)?.length ?? 0;
    if (!sheets) this.wrong("print", "no sheet");
    if (this.sheets && sheets > this.sheets) this.wrong("print", `${sheets} sheets, more than ${this.sheets}`);
    if (this.asked.length !== 1) this.wrong("requests", this.asked.join(" "));
    const came = this.mine().slice(this.before).map((seen) => seen.path);
    if (came.length !== 1) this.wrong("requests that arrived", came.join(" "));
  }

  file(ending) {
    return path.join(this.folder, `${this.name}.${ending}`);
  }

  /** The first screen. */
  async picture(what) {
    await this.page.evaluate(() => window.scrollTo(0, 0));
    await this.page.screenshot({ path: this.file(`${what}.png`) });
  }
}

/** Pa11y with both of its runners. */
async function checkWithPa11y(browser, url) {
  const { issues } = await pa11y(url, {
    browser,
    standard: "WCAG2AA",
    runners: ["axe", "htmlcs"],
    includeWarnings: false,
    viewport: { width: 1280, height: 800 },
    timeout: 60_000,
  });
  // Of a single letter axe-core cannot tell the contrast and asks for a look; the other runner measures it.
  const open = ({ runnerExtras, code }) => runnerExtras?.needsFurtherReview && code === "color-contrast";
  return issues.filter((issue) => !open(issue)).map((issue) => `pa11y, ${issue.runner}: ${issue.code}: ${issue.message} (${issue.context})`);
}

/** The W3C's checker of HTML and CSS, once for all files. Errors and warnings alike, by the name of the file. */
async function checkMarkup(folder) {
  const args = ["-jar", VNU, "--format", "json", "--also-check-css", "--skip-non-html", folder];
  const { err } = await run("java", args, { patience: 120_000, fine: [0, 1] });
  const found = {};
  for (const { url, type, subType, lastLine, message, extract } of JSON.parse(err).messages) {
    const name = path.basename(url ?? "?", ".html");
    (found[name] ??= []).push(`${subType ?? type}, line ${lastLine}: ${message} (${extract?.trim().slice(0, 80)})`);
  }
  return found;
}
