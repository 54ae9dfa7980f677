// The page in real browsers: `node run.js` does everything, `node run.js pages` one part.

import path from "node:path";

import { FAILED, FINE, isInside, runInside } from "./support/namespace.js";
import { temporaryFolder, stopAll } from "./support/process.js";

/**
 * What is looked at. A link on a page that leads to a path or a language which is not here is a failure, so nothing
 * new stays unseen.
 *
 * host: one of `HOSTS`; fields: what may be ticked; status: what the program must say; sheets: at most so many of A4 on paper; scripted: the
 * page says something else where script runs.
 */
const ROUTES = {
  stopped: { host: "blocked", path: "/", status: 403 },
  chosen: { host: "chosen", path: "/", status: 403 },
  passes: { host: "passes", path: "/", status: 403 },
  help: { host: "own", path: "/", status: 200 },
  practice: { host: "own", path: "/practice", status: 200, scripted: true, fields: 1 },
  record: { host: "own", path: "/record?name=fake-support.example", status: 200, sheets: 2 },
  card: { host: "own", path: "/card", status: 200, sheets: 2 },
  choose: { host: "own", path: "/unblock", status: 200 },
  unblock: { host: "own", path: "/unblock?name=fake-support.example", status: 200 },
  certificate: { host: "own", path: "/certificate", status: 200 },
};

/** What pages lead to that is no page. */
const FILES = ["/ca/root.pem", "/ca/root.der", "/ca/root.mobileconfig"];

/** The tag in `?lang=`, and what the document then says that it is written in. */
const LANGUAGES = {
  ja: "ja",
  "ja-easy": "ja",
  en: "en",
  ko: "ko",
  "pt-BR": "pt-BR",
  vi: "vi",
  "zh-Hans": "zh-Hans",
};

/** How https to blocked names is treated. */
const HTTPS = ["refuse", "alert", "local-ca"];

const OWN_NAME = "sekisho.home.arpa";

/** What a browser comes for: a site on a list, one that a rule of the operator stops, one that passes, and ourselves. */
const HOSTS = { blocked: "fake-support.example", chosen: "games.example", passes: "shop.example", own: OWN_NAME };

/** How long everything may take. */
const PATIENCE = 20 * 60_000;

/** Where pictures go. */
const folder = path.resolve(process.env.SEKISHO_SCREENSHOTS ?? temporaryFolder("screenshots"));

const PARTS = {
  pages: async (report) => {
    const { lookAtPages } = await import("./pages.js");
    await lookAtPages({ routes: ROUTES, files: FILES, languages: LANGUAGES, hosts: HOSTS, report, folder });
  },
  network: async (report) => {
    if (!isInside) return runInside([import.meta.filename, "network"], PATIENCE, report);
    const { lookAtNetwork } = await import("./network.js");
    return lookAtNetwork({ modes: HTTPS, report, folder: path.join(folder, "network") });
  },
  desktop: async (report) => {
    const { lookAtFullScreen } = await import("./desktop.js");
    await lookAtFullScreen(report);
  },
  constraints: async (report) => {
    const { lookAtConstraints } = await import("./constraints.js");
    await lookAtConstraints(report);
  },
  practice: async (report) => {
    const { lookAtPractice } = await import("./practice.js");
    await lookAtPractice({ ownName: OWN_NAME, report, folder: path.join(folder, "practice") });
  },
};

/** What is looked at side by side: most of the time something waits for a screen to stand still. Each row in its order. */
const ROWS = [["pages"], ["network"], ["desktop", "practice", "constraints"]];

setTimeout(() => {
  console.error(`FAILED: it takes longer than ${PATIENCE / 60_000} minutes`);
  process.exit(1);
}, PATIENCE).unref();

const wanted = process.argv.slice(2);
const unknown = wanted.filter((part) => !(part in PARTS));
if (unknown.length) {
  console.error(`there is no part ${unknown.join(", ")}; there are ${Object.keys(PARTS).join(", ")}`);
  process.exit(2);
}

/** Runs one part, says how long it took, and gives what was wrong. */
async function take(name) {
  const start = performance.now();
  const wrong = [];
  const report = (where, problems) => {
    const lines = [`${problems.length ? FAILED : FINE}${where}`, ...new Set(problems.map((problem) => `         ${problem}`))];
    console.log(lines.join("\n"));
    if (problems.length) wrong.push(lines.join("\n"));
  };
  try {
    await PARTS[name](report);
  } catch (error) {
    report(name, [error.stack]);
  }
  if (!isInside) console.log(`       ${name}: ${((performance.now() - start) / 1000).toFixed(1)} s`);
  return wrong;
}

const wrong = {};
await Promise.all(
  ROWS.map(async (row) => {
    for (const part of row) if (!wanted.length || wanted.includes(part)) wrong[part] = await take(part);
  }),
);
if (!isInside) {
  // Keys, windows and what browsers wait for depend on the time that the machine has for them: what went wrong beside
  // the others is done again alone, and has to be right then.
  for (const part of Object.keys(wrong).filter((part) => wrong[part].length)) {
    console.log(`       ${part}, once more and alone: ${wrong[part].length} failed beside the others`);
    wrong[part] = await take(part);
  }
}
stopAll();
const failures = Object.values(wrong).flat();
if (!isInside) console.log(failures.length ? `${failures.length} failed:\n${failures.join("\n")}` : "Nothing is wrong.");
process.exit(failures.length ? 1 : 0);
