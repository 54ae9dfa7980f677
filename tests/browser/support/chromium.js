// Debian's Chromium, driven through DevTools.

import { chromium } from "playwright-core";

import { says, start, stop, temporaryFolder } from "./process.js";

export const CHROMIUM = process.env.CHROMIUM ?? "chromium";

/** What a fresh profile would otherwise do or ask, and what needs a network. */
export const QUIET = [
  "--no-first-run",
  "--no-default-browser-check",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--password-store=basic",
  // The sandbox of Chromium does not run as root.
  ...(process.getuid() === 0 ? ["--no-sandbox"] : []),
];

/**
 * Starts it with DevTools open: `browser` is Playwright's, and Pa11y wants the address. `prepare` gets the folder that
 * is the home of this Chromium before it starts.
 */
export async function startChromium(args, { headless = true, env = process.env, prepare } = {}) {
  const profile = temporaryFolder("chromium");
  await prepare?.(profile);
  const all = [...QUIET, "--remote-debugging-port=0", `--user-data-dir=${profile}`, ...args];
  if (headless) all.push("--headless=new", "--hide-scrollbars");
  const child = start(CHROMIUM, all, { env: { ...env, HOME: profile } });
  const [, devtools] = await says(child, /DevTools listening on (ws:\S+)/);
  const browser = await chromium.connectOverCDP(devtools, { timeout: 120_000 });
  return { browser, devtools, stop: () => stop(child) };
}
