// Debian's Firefox ESR, as it is: Playwright drives a build of its own only.

import { writeFileSync } from "node:fs";
import path from "node:path";
import puppeteer from "puppeteer-core";

import { says, start, stop, temporaryFolder } from "./process.js";

export const FIREFOX = process.env.FIREFOX ?? "firefox-esr";

/** What a fresh profile would otherwise do or ask, and what needs a network. Nothing that decides what a page sees. */
const QUIET = {
  "app.normandy.enabled": false,
  "app.update.enabled": false,
  "browser.aboutwelcome.enabled": false,
  "browser.newtabpage.enabled": false,
  "browser.region.update.enabled": false,
  "browser.safebrowsing.malware.enabled": false,
  "browser.safebrowsing.phishing.enabled": false,
  "browser.shell.checkDefaultBrowser": false,
  "browser.startup.homepage_override.mstone": "ignore",
  "browser.startup.page": 0,
  "datareporting.policy.dataSubmissionEnabled": false,
  "dom.push.connection.enabled": false,
  "extensions.update.enabled": false,
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
  "network.prefetch-next": false,
  "services.settings.server": "data:,",
  "termsofuse.bypassNotification": true,
  "toolkit.telemetry.enabled": false,
};

/** A fresh profile with these preferences besides. */
export function firefoxProfile(preferences = {}) {
  const profile = temporaryFolder("firefox");
  const lines = Object.entries({ ...QUIET, ...preferences }).map(([key, value]) => `user_pref("${key}", ${JSON.stringify(value)});`);
  writeFileSync(path.join(profile, "user.js"), `${lines.join("\n")}\n`);
  return profile;
}

/** Starts it. With `drive`, WebDriver BiDi is open and `browser` is there. */
export async function startFirefox(args, { profile = firefoxProfile(), drive = true, headless = true, env = process.env } = {}) {
  const all = ["--no-remote", "--profile", profile, ...args];
  if (drive) all.push("--remote-debugging-port=0");
  if (headless) all.push("--headless");
  const child = start(FIREFOX, all, { env: { ...env, HOME: profile } });
  const ended = { profile, stop: () => stop(child) };
  if (!drive) return ended;
  const [, bidi] = await says(child, /WebDriver BiDi listening on (ws:\S+)/);
  const browser = await puppeteer.connect({ browserWSEndpoint: `${bidi}/session`, protocol: "webDriverBiDi", defaultViewport: null });
  return { ...ended, browser };
}
