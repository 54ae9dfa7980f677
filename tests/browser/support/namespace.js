// A network of its own: nothing is in it but what the run puts there.

import { cpSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";

import { run, temporaryFolder } from "./process.js";

const INSIDE = "SEKISHO_BROWSER_NAMESPACE";

/** Whether this process is in one. */
export const isInside = Boolean(process.env[INSIDE]);

/** What a line of a report begins with. */
export const FINE = "ok     ";
export const FAILED = "FAILED ";

/** Runs this program again in one, with these arguments, and reports what that reports. Where that cannot be, says so. */
export async function runInside(args, patience, report) {
  const plain = ["--net", "--mount"];
  for (const flags of [plain, [...plain, "--map-root-user"]]) {
    const can = await run("unshare", [...flags, "ip", "link", "set", "lo", "up"]).then(() => true, () => false);
    if (!can) continue;
    const again = [...flags, process.execPath, ...args];
    const { code, out, err } = await run("unshare", again, { patience, fine: [0, 1], env: { ...process.env, [INSIDE]: "1" } });
    // Below what failed stand its problems; what is fine has none.
    const cases = out.toString().trim().split(new RegExp(`\n(?=${FINE}|${FAILED})`));
    for (const [where, ...problems] of cases.map((one) => one.split("\n"))) {
      report(where.slice(FINE.length), problems.map((problem) => problem.trim()));
    }
    if (code !== 0 && !out.includes(FAILED)) report(args.at(-1), [err || "it ended without saying why"]);
    return;
  }
  console.log(`SKIPPED: ${args.at(-1)}: there is no \`unshare\` or \`ip\`, or this user may make no network namespace`);
}

/** Gives the network these addresses, and this machine that resolver. */
export async function furnish(addresses, resolver) {
  await run("ip", ["link", "set", "lo", "up"]);
  for (const address of addresses) await run("ip", ["address", "add", `${address}/32`, "dev", "lo"]);
  const folder = temporaryFolder("etc");
  const file = path.join(folder, "resolv.conf");
  writeFileSync(file, `nameserver ${resolver}\n`);
  await run("mount", ["--bind", file, "/etc/resolv.conf"]);
  // Started as root, Chromium has no sandbox and says so in a bar that nobody else sees.
  if (!existsSync("/etc/chromium")) return;
  const policies = path.join(folder, "chromium/policies/managed");
  cpSync("/etc/chromium", path.join(folder, "chromium"), { recursive: true });
  mkdirSync(policies, { recursive: true });
  writeFileSync(path.join(policies, "test.json"), JSON.stringify({ CommandLineFlagSecurityWarningsEnabled: false }));
  await run("mount", ["--bind", path.join(folder, "chromium"), "/etc/chromium"]);
}
