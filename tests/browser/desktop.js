// A screen with a window manager, where keys are really pressed. Keys that DevTools sends never leave full screen.

import http from "node:http";

import { QUIET, CHROMIUM } from "./support/chromium.js";
import { firefoxProfile, startFirefox } from "./support/firefox.js";
import { run, says, start, stop, temporaryFolder, until } from "./support/process.js";

/** How long browsers want Esc to be held, and more. */
export const LONG = 2500;

/** Starts a virtual screen. Full screen needs a window manager. */
export async function startXvfb({ width = 1280, height = 800 } = {}) {
  // Xvfb chooses a free number and writes it to the descriptor 1. When its last client leaves it would begin anew, and
  // lose who is just coming.
  const args = ["-displayfd", "1", "-noreset", "-screen", "0", `${width}x${height}x24`, "-nolisten", "tcp"];
  const screen = start("Xvfb", args);
  const [, number] = await says(screen, /^(\d+)\n/m);
  const env = { ...process.env, DISPLAY: `:${number}` };
  delete env.WAYLAND_DISPLAY;
  const manager = start("openbox", ["--sm-disable"], { env });
  const desktop = new Desktop(env, [manager, screen]);
  // The window manager is there once it says how many desktops it has.
  await until("a window manager", () => desktop.xdotool("get_num_desktops").then(() => true, () => false));
  return desktop;
}

class Desktop {
  constructor(env, programs) {
    Object.assign(this, { env, programs });
  }

  xdotool(...args) {
    return run("xdotool", args.map(String), { env: this.env });
  }

  /** A key that goes down, stays there for so many milliseconds, and comes up. */
  async holdKey(key, milliseconds) {
    await this.xdotool("keydown", key);
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    await this.xdotool("keyup", key);
  }

  async pressKey(key) {
    await this.holdKey(key, 80);
  }

  async clickAt(x, y) {
    await this.xdotool("mousemove", x, y, "click", 1);
  }

  /** Puts it on the keyboard, letter by letter. */
  async type(text) {
    await this.xdotool("type", "--delay", 5, text);
  }

  /** Types into the address bar. */
  async goTo(address) {
    await this.xdotool("key", "ctrl+l");
    await this.type(address);
    await this.xdotool("key", "Return");
  }

  /** The title of the window that has the focus. */
  async title() {
    return this.xdotool("getactivewindow", "getwindowname").then(({ out }) => out.toString().trim(), () => "");
  }

  /** What is on the screen, window frames and the browser's own words included. */
  async picture(file) {
    await run("import", ["-window", "root", file], { env: this.env });
  }

  stop() {
    this.programs.forEach(stop);
  }
}

/** A page whose whole window is one button that goes full screen. It tells the server what happens to it. */
const PAGE = `<!doctype html><meta charset="utf-8"><title>Full screen</title>
<body style="margin: 0"><button style="width: 100vw; height: 100vh">Full screen</button><script>
const tell = (what) => fetch("/tell", { method: "POST", body: what });
document.addEventListener("fullscreenchange", () => tell(document.fullscreenElement ? "entered" : "left"));
addEventListener("keydown", (event) => event.key === "Escape" && tell(event.repeat ? "repeat" : "down"));
addEventListener("keyup", (event) => event.key === "Escape" && tell("up"));
document.querySelector("button").addEventListener("click", async () => {
  await document.documentElement.requestFullscreen(location.search === "?plain" ? {} : { keyboardLock: "browser" });
  if (location.search !== "?plain") await navigator.keyboard?.lock(["Escape"]);
  tell("ready");
});
addEventListener("load", () => tell("loaded"));
</script>`;

/** Serves that page and remembers what it tells. */
async function startStage() {
  const told = [];
  const server = http.createServer((request, response) => {
    if (request.url === "/tell") {
      let body = "";
      request.setEncoding("utf8").on("data", (data) => (body += data));
      request.on("end", () => {
        // Repeats come 25 times a second, and one says it all.
        if (told.at(-1) !== body) told.push(body);
        response.end();
      });
    } else {
      response.setHeader("content-type", "text/html");
      response.end(request.url.startsWith("/page") ? PAGE : "");
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  server.unref();
  return { port: server.address().port, told };
}

/**
 * What leaves full screen. `secure`: as over https; the box's own page is mostly not. `hold`: where a short press does
 * not, a long one does, and the page sees the key go down before.
 */
const FULL_SCREEN = [
  { browser: "chromium", secure: true, query: "", press: "stays", hold: true },
  { browser: "chromium", secure: true, query: "?plain", press: "leaves" },
  { browser: "chromium", secure: false, query: "", press: "leaves" },
  { browser: "firefox", secure: false, query: "", press: "stays", hold: true },
  { browser: "firefox", secure: false, query: "?plain", press: "leaves" },
];

/** Shows that the keys of this driver do what fingers do: full screen with and without the lock of the keyboard. */
export async function lookAtFullScreen(report) {
  const stage = await startStage();
  for (const { browser, secure, query, press, hold } of FULL_SCREEN) {
    const desktop = await startXvfb();
    const host = secure ? "127.0.0.1" : "sekisho.home.arpa";
    const window = await openWindow(desktop, browser, `http://${host}:${stage.port}/page${query}`);
    const where = `full screen, ${browser}, ${secure ? "secure" : "plain http"}${query}`;
    const { told } = stage;
    const problems = [];
    try {
      told.length = 0;
      await until("the page is there", () => told.includes("loaded"));
      // A click that comes before the window is where it stays goes nowhere.
      await until("full screen", async () => {
        if (!told.includes("entered")) await desktop.clickAt(400, 450);
        return until("entered", () => told.includes("ready"), 2000).catch(() => false);
      });
      told.length = 0;
      await desktop.pressKey("Escape");
      await until("the press shows", () => told.includes("left") || told.includes("up"));
      if (told.includes("left") !== (press === "leaves")) problems.push(`a short press: ${told.join(", ")}`);
      if (hold) {
        told.length = 0;
        await desktop.holdKey("Escape", LONG);
        // The key may come up while the window changes, and nobody hears of it.
        await until("holding leaves", () => told.includes("left"));
        if (told[0] !== "down") problems.push(`the page saw no key go down before it left: ${told.join(", ")}`);
      }
    } catch (error) {
      problems.push(`${error.message}; the page told: ${told.join(", ")}`);
    }
    report(where, problems);
    window.stop();
    desktop.stop();
  }
}

/** Opens a browser with a window on that screen, undriven: as somebody's own. */
export async function openWindow(desktop, browser, url) {
  const { env } = desktop;
  if (browser === "firefox") {
    // A name of our own; where it leads does not matter here.
    const profile = firefoxProfile({ "network.dns.forceResolve": "127.0.0.1", "dom.security.https_first": false });
    return startFirefox(["--width", "1000", "--height", "700", url], { profile, env });
  }
  const profile = temporaryFolder("chromium");
  const own = [`--user-data-dir=${profile}`, "--window-size=1000,700", "--host-resolver-rules=MAP * 127.0.0.1"];
  const child = start(CHROMIUM, [...QUIET, ...own, "--disable-features=HttpsUpgrades", url], { env: { ...env, HOME: profile } });
  return { stop: () => stop(child) };
}
