// The practice, from its first click to what it says at the end.

import { mkdirSync } from "node:fs";
import path from "node:path";

import { LONG, openWindow, startXvfb } from "./desktop.js";
import { startChromium } from "./support/chromium.js";
import { until } from "./support/process.js";
import { startSekisho } from "./support/sekisho.js";

/** The words of the English page that its title has at each point. */
const TITLES = {
  before: "Practice: closing a fake warning",
  stage: "PRACTICE",
  close: "×",
  done: "You did it",
  left: "The practice has ended",
  over: "The minute is over",
};

/** Links to the other languages, the box for the sound: before the button. */
const TABS_TO_START = 8;

/** By real keys, as somebody does who has no mouse; `locked`: a short press is not enough. */
const BY_KEYS = [
  { browser: "chromium", secure: false, locked: false },
  { browser: "chromium", secure: true, locked: true },
  { browser: "firefox", secure: false, locked: true },
];

export async function lookAtPractice({ ownName, report, folder }) {
  mkdirSync(folder, { recursive: true });
  const sekisho = await startSekisho({ names: ["fake-support.example"] });
  for (const how of BY_KEYS) {
    const host = how.secure ? "127.0.0.1" : ownName;
    const url = `http://${host}:${sekisho.port}/practice?lang=en`;
    report(`practice, ${how.browser}, ${how.secure ? "secure" : "plain http"}`, await byKeys(how, url, folder));
  }
  const names = [`--host-resolver-rules=MAP ${ownName} 127.0.0.1`];
  const chromium = await startChromium(names);
  const url = `http://${ownName}:${sekisho.port}/practice?lang=en`;
  for (const [what, walk] of Object.entries({ "by touch": byTouch, "left halfway": leftHalfway, "over by itself": overByItself })) {
    let problems;
    try {
      problems = await walk(chromium.browser, url, folder);
    } catch (error) {
      problems = [error.message];
    }
    report(`practice, ${what}`, problems);
  }
  chromium.stop();
  sekisho.stop();
}

async function byKeys({ browser, locked }, url, folder) {
  const desktop = await startXvfb();
  const window = await openWindow(desktop, browser, url);
  const problems = [];
  const shows = (what) => until(`the title says “${TITLES[what]}”`, async () => (await desktop.title()).startsWith(TITLES[what]));
  const picture = (what) => desktop.picture(path.join(folder, `${browser}-${locked ? "locked" : "free"}-${what}.png`));
  try {
    await shows("before");
    // Keys that come before the window is where it stays go nowhere: then all of them once more.
    await until("the practice starts", async () => {
      // A page that was asked for in the address bar has the focus, and Tab begins at its head.
      await desktop.goTo("about:blank");
      const isEmpty = async () => !(await desktop.title()).startsWith(TITLES.before);
      if (!(await until("an empty page", isEmpty, 10_000).catch(() => false))) return false;
      await desktop.goTo(url);
      await shows("before");
      for (let tab = 0; tab < TABS_TO_START; tab += 1) await desktop.pressKey("Tab");
      await desktop.pressKey("Return");
      return until("the stage", async () => (await desktop.title()).startsWith(TITLES.stage), 15_000).catch(() => false);
    }, 90_000);
    await picture("stage");
    if (locked) {
      // The hint of the browser itself is there first, and takes keys.
      await new Promise((resolve) => setTimeout(resolve, 1500));
      await desktop.pressKey("Escape");
      await new Promise((resolve) => setTimeout(resolve, 1500));
      if (!(await desktop.title()).startsWith(TITLES.stage)) problems.push(`a short press: ${await desktop.title()}`);
      await picture("longer");
    }
    await desktop.holdKey("Escape", LONG);
    await shows("close");
    await picture("close");
    await desktop.pressKey("Return");
    await shows("done");
    await picture("done");
  } catch (error) {
    problems.push(`${error.message}; the title is “${await desktop.title()}”`);
    await picture("failed");
  }
  window.stop();
  desktop.stop();
  return problems;
}

/** What is shown of the practice, and what is not. */
async function visible(page, selector) {
  return page.locator(selector).isVisible();
}

async function byTouch(browser, url, folder) {
  const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
  const context = await browser.newContext(phone);
  const page = await context.newPage();
  const problems = [];
  await page.goto(url);
  await page.tap("#start");
  await page.screenshot({ path: path.join(folder, "touch-stage.png") });
  if (!(await visible(page, "[data-when=touch]"))) problems.push("the way for fingers is not shown");
  if (await visible(page, "[data-when=hold]")) problems.push("a phone is told to press Esc");
  // Another app comes to the front and goes again: the one thing here that no finger does.
  await page.evaluate(() => {
    for (const hidden of [true, false]) {
      Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }
  });
  await page.screenshot({ path: path.join(folder, "touch-close.png") });
  await page.tap("#close");
  if (!(await visible(page, "[data-end=done] h1"))) problems.push("it does not say that it was done");
  if (!(await visible(page, "[data-did=apps]")) || (await visible(page, "[data-did=esc]"))) problems.push("it praises the wrong thing");
  await page.screenshot({ path: path.join(folder, "touch-done.png") });
  await context.close();
  return problems;
}

async function leftHalfway(browser, url) {
  const context = await browser.newContext();
  const page = await context.newPage();
  const problems = [];
  await page.goto(url);
  if (await visible(page, "#stage")) problems.push("it starts without a click");
  await page.click("#start");
  if (!(await visible(page, "#stage")) || (await visible(page, "#close"))) problems.push("the stage is not what it should be");
  await page.click("#stop");
  // Whoever reads with the ears is led to what it says, also once the screen has shrunk again.
  await page.waitForFunction(() => !document.fullscreenElement);
  await page.waitForTimeout(300);
  const focused = await page.evaluate(() => document.activeElement.tagName);
  if (focused !== "H1") problems.push(`the focus is on ${focused} after it was left`);
  if (!(await visible(page, "[data-end=left] h1")) || (await visible(page, "#stage"))) problems.push("it cannot be left");
  await page.click("#again");
  if (!(await visible(page, "#stage"))) problems.push("it cannot be done again");
  await context.close();
  return problems;
}

async function overByItself(browser, url) {
  const context = await browser.newContext();
  const page = await context.newPage();
  const problems = [];
  await page.clock.install();
  await page.goto(url);
  await page.click("#start");
  // The clock goes on by itself as well, so not to the last second.
  await page.clock.fastForward(40_000);
  if (!(await visible(page, "#stage"))) problems.push("it ends too early");
  await page.clock.fastForward(20_500);
  if (!(await visible(page, "[data-end=over] h1"))) problems.push("it does not end after a minute");
  await context.close();
  return problems;
}
