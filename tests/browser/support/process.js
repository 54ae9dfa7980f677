// Programs that a run starts. Each is a process group of its own, and all end with the run, however it ends.

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

/** How long a program may take to start, in milliseconds: the machine may be building something else. */
const START = 60_000;

const running = new Set();
const folders = new Set();

/** Ends a program and everything that it started. */
export function stop(child) {
  if (!running.delete(child)) return Promise.resolve();
  const gone = new Promise((resolve) => child.once("exit", resolve));
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    return Promise.resolve(); // It has ended by itself.
  }
  return gone;
}

/** Ends everything and takes the folders away. */
export function stopAll() {
  for (const child of [...running].reverse()) stop(child);
  for (const folder of folders) {
    // A browser that dies may still be writing.
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
  folders.clear();
}

process.on("exit", stopAll);
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => process.exit(1));
}

/** A folder that lives as long as the run. */
export function temporaryFolder(what) {
  const folder = mkdtempSync(path.join(tmpdir(), `sekisho-${what}-`));
  folders.add(folder);
  return folder;
}

/** Starts a program in the background. What it says is kept in `child.said`, its last 64 KiB. */
export function start(program, args, options = {}) {
  const child = spawn(program, args, { detached: true, stdio: ["ignore", "pipe", "pipe"], ...options });
  running.add(child);
  child.said = "";
  const note = (text) => {
    child.said = (child.said + text).slice(-65_536);
    child.emit("said");
  };
  child.stdout?.setEncoding("utf8").on("data", note);
  child.stderr?.setEncoding("utf8").on("data", note);
  child.on("error", (error) => {
    note(`${program}: ${error.message}`);
    child.failed = true;
  });
  return child;
}

/** Waits until a program has said something that `pattern` matches. */
export function says(child, pattern, patience = START) {
  return new Promise((resolve, reject) => {
    const look = () => {
      const match = child.said.match(pattern);
      if (match) finish(resolve, match);
      else if (child.exitCode !== null || child.failed) finish(reject, new Error(`it ended: ${child.said}`));
    };
    const late = setTimeout(() => {
      finish(reject, new Error(`${pattern} was not said within ${patience} ms: ${child.said}`));
    }, patience);
    const finish = (settle, value) => {
      clearTimeout(late);
      child.off("said", look).off("exit", look);
      settle(value);
    };
    child.on("said", look).on("exit", look);
    look();
  });
}

/** Runs a program to its end and gives what it wrote; fails where it fails or takes too long. */
export function run(program, args, { input, patience = START, fine = [0], ...options } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { detached: true, stdio: ["pipe", "pipe", "pipe"], ...options });
    running.add(child);
    const out = [];
    const err = [];
    child.stdout.on("data", (data) => out.push(data));
    child.stderr.on("data", (data) => err.push(data));
    const late = setTimeout(() => stop(child), patience);
    child.on("error", reject);
    child.on("close", (code) => {
      clearTimeout(late);
      running.delete(child);
      const said = { out: Buffer.concat(out), err: Buffer.concat(err).toString(), code };
      if (fine.includes(code)) resolve(said);
      else reject(new Error(`${program} ${args.join(" ")}: ended with ${code}\n${said.err}\n${said.out}`));
    });
    child.stdin.on("error", () => {});
    child.stdin.end(input);
  });
}

/** How long something may take to show itself: no goal, only an end, on a machine that does much else. */
const PATIENCE = 45_000;

/** Waits until `look` gives something, and gives that. */
export async function until(what, look, patience = PATIENCE) {
  const end = Date.now() + patience;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`not within ${patience} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
