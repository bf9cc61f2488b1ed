// Runs one Worker as Cloudflare would: `node worker.mjs SCRIPT SOCKET PROXY_PORT`. Node's own Request, Response and
// Headers are the same web standards; what the script fetches goes out by the rehearsal's proxy, and nowhere else.
import http from "node:http";
import https from "node:https";
import tls from "node:tls";
import { pathToFileURL } from "node:url";

const [script, socket, proxy] = process.argv.slice(2);
const HOP_BY_HOP = new Set(["connection", "keep-alive", "transfer-encoding", "content-length"]);

function tunnel(host) {
  return new Promise((resolve, reject) => {
    const asked = http.request({ host: "127.0.0.1", port: Number(proxy), method: "CONNECT", path: `${host}:443` });
    asked.on("connect", (answer, plain) =>
      answer.statusCode === 200
        ? resolve(tls.connect({ socket: plain, servername: host }))
        : reject(new Error(`no way to ${host}: ${answer.statusCode}`)),
    );
    asked.on("error", reject);
    asked.end();
  });
}

globalThis.fetch = async (input, init) => {
  const request = new Request(input, init);
  const url = new URL(request.url);
  const connection = await tunnel(url.hostname);
  const headers = { ...Object.fromEntries(request.headers), host: url.host };
  const body = Buffer.from(await request.arrayBuffer());
  return new Promise((resolve, reject) => {
    const sent = https.request(
      { method: request.method, path: url.pathname + url.search, headers, createConnection: () => connection },
      async (answer) => {
        const pieces = [];
        for await (const piece of answer) pieces.push(piece);
        const kept = Object.entries(answer.headers).filter(([name]) => !HOP_BY_HOP.has(name));
        const whole = pieces.length && ![204, 304].includes(answer.statusCode) ? Buffer.concat(pieces) : null;
        resolve(new Response(whole, { status: answer.statusCode, headers: kept }));
      },
    );
    sent.on("error", reject);
    sent.end(body);
  });
};

const worker = (await import(pathToFileURL(script))).default;

async function answered(incoming) {
  const pieces = [];
  for await (const piece of incoming) pieces.push(piece);
  const { "x-rehearsal-url": url, ...headers } = incoming.headers;
  for (const name of HOP_BY_HOP) delete headers[name];
  const body = ["GET", "HEAD"].includes(incoming.method) ? undefined : Buffer.concat(pieces);
  return worker.fetch(new Request(url, { method: incoming.method, headers, body, redirect: "manual" }), {}, {});
}

http
  .createServer(async (incoming, outgoing) => {
    try {
      const answer = await answered(incoming);
      outgoing.writeHead(answer.status, Object.fromEntries(answer.headers));
      outgoing.end(Buffer.from(await answer.arrayBuffer()));
    } catch (error) {
      console.error(error);
      outgoing.writeHead(500, { "x-rehearsal-exception": "1" });
      outgoing.end();
    }
  })
  .listen(socket, () => console.log("ready"));
