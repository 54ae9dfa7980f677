// A real browser whose DNS is Sekisho, in a network of its own: what somebody sees who meets a blocked name.

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

import { startXvfb } from "./desktop.js";
import { startChromium } from "./support/chromium.js";
import { firefoxProfile, startFirefox } from "./support/firefox.js";
import { startResolver, startSite } from "./support/internet.js";
import { furnish } from "./support/namespace.js";
import { run, until } from "./support/process.js";
import { program, startSekisho } from "./support/sekisho.js";

/** Where Sekisho is, as in a home. */
const BOX = "192.168.77.1";
/** Where an ordinary site is: an address that browsers take for the public internet. */
const PUBLIC = "203.0.113.10";
/** Below a domain that is there: browsers treat names that no one on the internet can have, as in `.example`, otherwise. */
const SITE = "shop.example.org";
const BLOCKED = "fake-support.example.com";
/** All of `.dev` is preloaded for HSTS by both browsers; the name is made up. */
const PRELOADED = "fake-support.dev";
const OWN = "sekisho.home.arpa";

const page = (body, title = "A shop") => `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title>
<style>
body { font: 20px sans-serif } a { position: fixed; inset: 0; padding: 2em } iframe { width: 95%; height: 8em }
</style>${body}`;
const link = (to) => page(`<a href="${to}">An ordinary page with a link to ${to}</a>`, "A link");
const parts = (scheme) => page(`<h1>An ordinary page</h1><p>A frame and an image of blocked names:</p>
<iframe src="${scheme}://frame.${BLOCKED}/"></iframe>
<p><img src="${scheme}://image.${BLOCKED}/x.png" alt="Image"></p>`, "A page of parts");

/** What the page of a stopped site says, and what browsers say where they cannot connect; of Firefox, in the title. */
const STOPPED = /A dangerous site was stopped/;
const HELP = /Help with fake warnings/;
const PARTS = /A page of parts/;
const REFUSED = { chromium: /ERR_CONNECTION_REFUSED/, firefox: /Problem loading page/ };
const ALERTED = { chromium: /ERR_SSL_UNRECOGNIZED_NAME_ALERT/, firefox: /Warning: Security Risk/ };

/**
 * Ways to meet a blocked name. `from` is an ordinary page whose link is clicked, `type` goes into the address bar,
 * `open` is an ordinary page. `sees` is text on the screen or in the title, for both browsers or for each.
 * `alsoPrivate`: tried in a private window of Chromium too; `warned`: which first says that the site has no https.
 */
const ways = (https, insists = true) => ({
  "http-link": { from: link(`http://http-link.${BLOCKED}/`), sees: STOPPED, warned: insists, alsoPrivate: true },
  typed: { type: `typed.${BLOCKED}`, sees: STOPPED, warned: insists, alsoPrivate: true },
  "https-link": { from: link(`https://https-link.${BLOCKED}/`), sees: https },
  "hsts-preloaded": { from: link(`http://${PRELOADED}/`), sees: https },
  "parts-http": { open: `http://${SITE}/parts-http`, page: parts("http"), sees: PARTS },
  "parts-https": { open: `https://${SITE}/parts-https`, page: parts("https"), sees: PARTS },
  "own-name": { type: OWN, sees: HELP, warned: true, alsoPrivate: true },
  "own-address": { type: BOX, sees: HELP, alsoPrivate: true },
});

const https = (mode) => `[page]\nhttps = "${mode}"\nhttps_listen = ["${BOX}:443"]\n`;

/** How Sekisho treats https to a blocked name, and what is then seen. `authority`: browsers believe in Sekisho's own. */
const MODES = {
  refuse: { config: "", ways: ways(REFUSED) },
  alert: { config: https("alert"), ways: ways(ALERTED) },
  "local-ca": { config: https("local-ca"), ways: ways(STOPPED, false), authority: true },
};

/** Tries all of it in each of `modes`. Runs within the namespace. */
export async function lookAtNetwork({ modes, report, folder }) {
  mkdirSync(folder, { recursive: true });
  await furnish([BOX, PUBLIC], BOX);
  await startResolver("127.0.0.1", 5300, [SITE], PUBLIC);
  const pages = Object.entries(ways(STOPPED)).map(([name, way]) => [`/${name}`, way.from ?? way.page]);
  pages.push(["/", page("An ordinary page")]);
  const root = await startSite(PUBLIC, SITE, Object.fromEntries(pages));
  for (const mode of modes) {
    const { config, authority } = MODES[mode];
    const roots = [root];
    const prepare = async (cwd) => {
      const ca = (...args) => run(program(), ["ca", ...args, "--config", "sekisho.toml", "--state-dir", "state"], { cwd });
      await ca("init", "--yes");
      roots.push(path.join(cwd, "root.pem"));
      writeFileSync(roots[1], (await ca("export")).out);
    };
    const sekisho = await startSekisho({
      names: [BLOCKED, PRELOADED], dns: `${BOX}:53`, page: `${BOX}:80`, upstream: "127.0.0.1:5300", config,
      prepare: authority ? prepare : undefined,
    });
    const browsers = [Chromium, Incognito, Firefox];
    await Promise.all(browsers.map((Browser) => lookThrough(Browser, mode, roots, report, folder)));
    // Its addresses are the next one's.
    await sekisho.stop();
  }
}

/** Goes all ways with one browser. */
async function lookThrough(Browser, mode, roots, report, folder) {
  const desktop = await startXvfb({ width: 800, height: 600 });
  const browser = await new Browser(desktop).open(roots);
  for (const [name, way] of Object.entries(MODES[mode].ways)) {
    if (browser.warns && !way.alsoPrivate) continue;
    const where = `${mode}, ${name}, ${browser.name}`;
    const picture = path.join(folder, `${mode}-${name}-${browser.name}.png`);
    report(where, await meet(desktop, browser, name, way, picture));
  }
  browser.stop();
  desktop.stop();
}

/** How often a way is gone where a key got lost. */
const ATTEMPTS = 3;

/** Goes one way, as hands do, and looks. */
async function meet(desktop, browser, name, way, picture) {
  let problems = [];
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    problems = await tryToMeet(desktop, browser, name, way, picture).catch((error) => [error.message]);
    if (!problems.length) break;
  }
  return problems;
}

async function tryToMeet(desktop, browser, name, way, picture) {
  // What was there before must not be taken for what comes.
  await desktop.goTo(`http://${SITE}/`);
  await until("a page in between", async () => (await browser.text()).includes("A shop"));
  await desktop.goTo(way.open ?? (way.type || `http://${SITE}/${name}`));
  const isThere = async () => (await browser.text()).includes("A link");
  if (way.from) {
    await until("the ordinary page", isThere);
    // The first click may only close what hangs from the address bar.
    await until("the link is followed", async () => {
      await desktop.clickAt(400, 400);
      return until("another page", async () => !(await isThere()), 2000).catch(() => false);
    });
  }
  const wanted = way.sees[browser.engine] ?? way.sees;
  let text = "";
  const seen = () => until("it", async () => wanted.test((text = await browser.text())), 20_000).catch(() => false);
  if (browser.warns && way.warned) {
    await photograph(desktop, picture);
    if (wanted.test(await browser.text())) return ["it is shown without a warning"];
    // From “Go back” to “Continue to site”.
    await desktop.xdotool("key", "shift+Tab", "Return");
    return (await seen()) ? [] : [`${wanted} does not come after the warning: ${text.slice(0, 300)}`];
  }
  const problems = (await seen()) ? [] : [`${wanted} is not on the screen: ${text.slice(0, 300)}`];
  await photograph(desktop, picture);
  return problems;
}

/** A picture of the screen once nothing moves, with what comes late, such as a question of the browser. */
async function photograph(desktop, picture) {
  const before = `${picture}.before.png`;
  const isStill = async () => {
    await desktop.picture(before);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    await desktop.picture(picture);
    return (await run("compare", ["-metric", "AE", before, picture, "null:"], { fine: [0, 1] })).code === 0;
  };
  // A sign that something is loading may go on moving.
  await until("the screen is still", isStill, 5000).catch(() => {});
  rmSync(before);
}

class Chromium {
  name = "chromium";
  engine = "chromium";
  more = [];

  constructor(desktop) {
    this.desktop = desktop;
  }

  async open(roots) {
    const { env } = this.desktop;
    const place = [...this.more, "--window-position=0,0", "--window-size=800,600", `http://${SITE}/`];
    const prepare = (home) => trust(path.join(home, ".pki/nssdb"), roots);
    Object.assign(this, await startChromium(place, { headless: false, env: { ...env, LANG: "en_US.UTF-8" }, prepare }));
    await until("a window with a page", async () => /A shop/.test(await this.text()));
    return this;
  }

  async text() {
    const pages = this.browser.contexts().flatMap((context) => context.pages());
    const read = () => `${document.title}\n${document.body.innerText}`;
    return pages.at(-1)?.evaluate(read).catch(() => "") ?? "";
  }
}

/** A private window, which insists more on https. */
class Incognito extends Chromium {
  name = "incognito";
  warns = true;
  more = ["--incognito"];
}

class Firefox {
  name = "firefox";
  engine = "firefox";

  constructor(desktop) {
    this.desktop = desktop;
  }

  async open(roots) {
    const { env } = this.desktop;
    const profile = firefoxProfile();
    await trust(profile, roots);
    const args = ["--width", "800", "--height", "600", `http://${SITE}/`];
    Object.assign(this, startFirefox(args, { profile, env: { ...env, LANG: "en_US.UTF-8" } }));
    await until("a window with a page", async () => /A shop/.test(await this.text()));
    await this.desktop.xdotool("getactivewindow", "windowmove", 0, 0);
    return this;
  }

  text() {
    return this.desktop.title();
  }
}

/** Has a browser's store of certificates believe in these roots. */
async function trust(store, roots) {
  mkdirSync(store, { recursive: true });
  const certutil = (...args) => run("certutil", ["-d", `sql:${store}`, ...args]);
  await certutil("-N", "--empty-password");
  for (const [at, root] of roots.entries()) await certutil("-A", "-n", `Root ${at}`, "-t", "C,,", "-i", root);
}
