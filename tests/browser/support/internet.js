// All of the internet that there is in the namespace: a resolver that knows one site, and that site.

import dgram from "node:dgram";
import { readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import path from "node:path";

import { run, temporaryFolder } from "./process.js";

/** Answers A queries for `names` with `address` and everything else with nothing, over UDP. */
export async function startResolver(at, port, names, address) {
  const socket = dgram.createSocket("udp4");
  socket.on("message", (query, { address: to, port: back }) => socket.send(answer(query, names, address), back, to));
  await new Promise((resolve) => socket.bind(port, at, resolve));
  socket.unref();
}

function answer(query, names, address) {
  const labels = [];
  let end = 12;
  for (; query[end]; end += query[end] + 1) labels.push(query.toString("latin1", end + 1, end + 1 + query[end]));
  const question = query.subarray(12, end + 5);
  const known = names.includes(labels.join(".").toLowerCase());
  const isA = query.readUInt16BE(end + 1) === 1;
  const header = Buffer.from(query.subarray(0, 12));
  header.writeUInt16BE(known ? 0x8180 : 0x8183, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(known && isA ? 1 : 0, 6);
  header.writeUInt32BE(0, 8);
  if (!known || !isA) return Buffer.concat([header, question]);
  const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...address.split(".").map(Number)]);
  return Buffer.concat([header, question, record]);
}

/** The ordinary site over http and https, with what a certificate needs to be believed. */
export async function startSite(address, name, pages) {
  const serve = (request, response) => {
    const page = pages[request.url];
    response.writeHead(page ? 200 : 404, { "content-type": "text/html; charset=utf-8" });
    response.end(page);
  };
  const folder = temporaryFolder("site");
  const openssl = (...args) => run("openssl", args, { cwd: folder });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
  await openssl("req", "-x509", ...key, "-keyout", "root.key", "-out", "root.pem", "-subj", "/CN=Test root");
  await openssl(
    "req", "-x509", ...key, "-CA", "root.pem", "-CAkey", "root.key", "-keyout", "site.key", "-out", "site.pem",
    "-subj", `/CN=${name}`, "-addext", `subjectAltName=DNS:${name}`, "-addext", "basicConstraints=critical,CA:FALSE",
  );
  const read = (file) => readFileSync(path.join(folder, file));
  const listen = (server, port) => new Promise((resolve) => server.listen(port, address, resolve).unref());
  await listen(http.createServer(serve), 80);
  await listen(https.createServer({ key: read("site.key"), cert: read("site.pem") }, serve), 443);
  return path.join(folder, "root.pem");
}
