// Stands between browser and program and counts. Browsers ask for some things, icons for one, that DevTools does not
// tell of.

import http from "node:http";

/** Starts it in front of `port`. `requests` are all that came, with the octets of each response, head and body. */
export async function startCounting(port) {
  const requests = [];
  const server = http.createServer((request, response) => {
    const seen = { host: request.headers.host, path: request.url, status: 0, octets: 0, headers: {} };
    requests.push(seen);
    const { method, url, headers } = request;
    const onward = http.request({ host: "127.0.0.1", port, method, path: url, headers }, (answer) => {
      const { statusCode, headers: head, rawHeaders } = answer;
      Object.assign(seen, { status: statusCode, headers: head, octets: rawHeaders.join(": \r\n").length });
      answer.on("data", (data) => (seen.octets += data.length));
      response.writeHead(statusCode, rawHeaders);
      answer.pipe(response);
    });
    onward.on("error", () => response.destroy());
    request.pipe(onward);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  server.unref();
  return { port: server.address().port, requests };
}
