// What a thief of the root's key can and cannot do in Chromium: its own verifier keeps to the names that the root says it
// can never be used for.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import https from "node:https";
import path from "node:path";

import { startChromium } from "./support/chromium.js";
import { run, temporaryFolder } from "./support/process.js";
import { program } from "./support/sekisho.js";

/** Names that no list can block, and an address; and the control: a name that the thief could use. */
const FORGED = [
  { name: "www.npa.go.jp", believed: false },
  { name: "update.microsoft.com", believed: false },
  { name: "127.0.0.1", believed: false },
  { name: "shop.example", believed: true },
];

export async function lookAtConstraints(report) {
  const cwd = temporaryFolder("authority");
  const ca = (...args) => run(program(), ["ca", ...args, "--state-dir", "state"], { cwd });
  await ca("init", "--yes");
  writeFileSync(path.join(cwd, "root.pem"), (await ca("export")).out);
  for (const { name, believed } of FORGED) {
    const server = await serve(await forge(cwd, name));
    const chromium = await startChromium(["--host-resolver-rules=MAP * 127.0.0.1"], { prepare: (home) => believe(home, path.join(cwd, "root.pem")) });
    const page = await chromium.browser.newPage();
    const problems = [];
    const outcome = await page.goto(`https://${name}:${server.address().port}/`).then((response) => String(response.status()), (error) => error.message);
    if (believed && outcome !== "200") problems.push(`the control is not believed: ${outcome}`);
    if (!believed && !/ERR_CERT_/.test(outcome)) problems.push(`Chromium believes it: ${outcome}`);
    report(`constraints, ${name}: ${outcome.split("\n")[0].replace(/^page\.goto: /, "").slice(0, 60)}`, problems);
    chromium.stop();
    server.close();
  }
}

/** A certificate that somebody makes with the root's key, and not Sekisho. */
async function forge(cwd, name) {
  const openssl = (...args) => run("openssl", args, { cwd });
  const kind = /^[\d.]+$/.test(name) ? "IP" : "DNS";
  writeFileSync(path.join(cwd, "forged.ext"), `subjectAltName=${kind}:${name}\nextendedKeyUsage=serverAuth\n`);
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "forged.key"];
  await openssl("req", "-new", ...key, "-subj", "/CN=forged", "-out", "forged.csr");
  const signer = ["-CA", "root.pem", "-CAkey", "state/ca/root.key", "-set_serial", String(Date.now())];
  await openssl("x509", "-req", "-in", "forged.csr", ...signer, "-days", "2", "-extfile", "forged.ext", "-out", "forged.pem");
  const read = (file) => readFileSync(path.join(cwd, file));
  return { key: read("forged.key"), cert: read("forged.pem") };
}

async function serve(identity) {
  const server = https.createServer(identity, (_, response) => response.end("believed"));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

/** Has a Chromium with this home believe in the root, as somebody does who installs it. */
async function believe(home, root) {
  const store = path.join(home, ".pki/nssdb");
  mkdirSync(store, { recursive: true });
  await run("certutil", ["-d", `sql:${store}`, "-N", "--empty-password"]);
  await run("certutil", ["-d", `sql:${store}`, "-A", "-n", "sekisho", "-t", "C,,", "-i", root]);
}
