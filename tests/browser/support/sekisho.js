// The program itself, with a small list and a folder of its own.

import { existsSync, writeFileSync } from "node:fs";
import path from "node:path";

import { says, start, stop, temporaryFolder } from "./process.js";

const root = path.resolve(import.meta.dirname, "../../..");

/** A port that nobody has. */
const FREE = "127.0.0.1:0";

/** The program under test: `SEKISHO_BIN`, else what cargo built last. */
export function program() {
  const found = path.resolve(process.env.SEKISHO_BIN ?? path.join(root, "target/debug/sekisho"));
  if (!existsSync(found)) throw new Error(`there is no ${found}: run cargo build, or set SEKISHO_BIN`);
  return found;
}

/**
 * Starts it. `config` is a file of configuration without the parts that are filled in here; lists are never fetched.
 * `prepare` gets the folder before. Gives where DNS and the page are.
 */
export async function startSekisho({ names, dns = FREE, page = FREE, upstream = "127.0.0.1:9", config = "", prepare }) {
  const folder = temporaryFolder("state");
  writeFileSync(path.join(folder, "Scam sites.txt"), `${names.join("\n")}\n`);
  writeFileSync(path.join(folder, "sekisho.toml"), config);
  await prepare?.(folder);
  const args = ["serve", "--offline", "--config", "sekisho.toml", "--list", "Scam sites.txt", "--state-dir", "state"];
  args.push("--listen", dns, "--http", page, "--metrics", FREE, "--upstream", upstream);
  const child = start(program(), args, { cwd: folder, env: { ...process.env, NO_COLOR: "1" } });
  await says(child, /^\s*Ready/m);
  const [, dnsAt] = child.said.match(/^\s*DNS\s+(\S+)/m);
  const [, pageAt] = child.said.match(/^\s*page\s+http:\/\/([^/\s]+)/m);
  return { dns: dnsAt, page: pageAt, port: Number(pageAt.split(":").at(-1)), stop: () => stop(child) };
}
