// Debian's Firefox ESR, as somebody's own. Playwright drives a build of its own only.

import { writeFileSync } from "node:fs";
import path from "node:path";

import { start, stop, temporaryFolder } from "./process.js";

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
  const all = Object.entries({ ...QUIET, ...preferences });
  const lines = all.map(([key, value]) => `user_pref("${key}", ${JSON.stringify(value)});`);
  writeFileSync(path.join(profile, "user.js"), `${lines.join("\n")}\n`);
  return profile;
}

/**
 * Starts it with a window, undriven: WebDriver would change what pages can do, and paint the address bar. What it
 * shows is told by its title.
 */
export function startFirefox(args, { profile, env }) {
  const child = start(FIREFOX, ["--no-remote", "--profile", profile, ...args], { env: { ...env, HOME: profile } });
  return { stop: () => stop(child) };
}
