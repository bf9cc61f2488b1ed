// Runs one Worker as Cloudflare would: `node worker.mjs SCRIPT SOCKET PROXY_PORT`. Node's own Request, Response and
// Headers are the same web standards; what the script fetches goes out by the rehearsal's proxy, and nowhere else.
// Where Node.js and workerd differ, workerd counts: URLs stay as they were sent, bodies are encoded as content-encoding
// says unless encodeBody is "manual", and redirects are followed with cookies and own headers
// (developers.cloudflare.com/workers/runtime-apis: Request, Response, fetch).
import http from "node:http";
import https from "node:https";
import tls from "node:tls";
import { Readable } from "node:stream";
import { pathToFileURL } from "node:url";
import zlib from "node:zlib";

const [script, socket, proxy] = process.argv.slice(2);
const HOP_BY_HOP = new Set(["connection", "keep-alive", "transfer-encoding", "content-length"]);
const NO_BODY = new Set([101, 204, 205, 304]);
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const MOST_REDIRECTS = 20;
const ENCODERS = { gzip: zlib.gzipSync, br: zlib.brotliCompressSync };
const DECODERS = { gzip: zlib.gunzipSync, br: zlib.brotliDecompressSync };

const kept = new Map(); // URL → what the cache holds for it: { until, status, headers, body }
const asSent = new WeakMap(); // Request → its URL as it came, which Node's would normalize
const manual = new WeakSet(); // Responses whose body is encoded already

const StandardRequest = globalThis.Request;
globalThis.Request = class Request extends StandardRequest {
  constructor(input, init) {
    super(input, init);
    asSent.set(this, input instanceof StandardRequest ? input.url : String(input));
  }
  get url() {
    return asSent.get(this) ?? super.url;
  }
  clone() {
    return new globalThis.Request(super.clone());
  }
};

const StandardResponse = globalThis.Response;
globalThis.Response = class Response extends StandardResponse {
  constructor(body, init) {
    super(body, init);
    if (init?.encodeBody === "manual") manual.add(this);
  }
};

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

// Returns path and query as they were written, or as Node.js writes them where they could not be sent so.
function target(text) {
  const url = new URL(text);
  const raw = text.replace(/^[a-z]+:\/\/[^/?#]*/i, "").replace(/#.*$/s, "");
  const sendable = /^[\x21-\x7e]*$/.test(raw);
  return sendable ? (raw.startsWith("/") ? raw : `/${raw}`) : url.pathname + url.search;
}

async function ask(text, method, headers, body) {
  const url = new URL(text);
  const connection = await tunnel(url.hostname);
  const sent = https.request({
    method,
    path: target(text),
    headers: { ...Object.fromEntries(headers), host: url.host },
    createConnection: () => connection,
  });
  return new Promise((resolve, reject) => {
    sent.on("response", resolve);
    sent.on("error", reject);
    sent.end(body);
  });
}

function pairs(incoming) {
  const found = [];
  for (let at = 0; at < incoming.rawHeaders.length; at += 2) {
    const name = incoming.rawHeaders[at].toLowerCase();
    if (!HOP_BY_HOP.has(name)) found.push([name, incoming.rawHeaders[at + 1]]);
  }
  return found;
}

// The body as it comes, so that one that breaks off breaks off for the script too; decoded, as scripts read it.
function bodyOf(answer, method) {
  if (method === "HEAD" || NO_BODY.has(answer.statusCode)) {
    answer.resume();
    return null;
  }
  const decode = DECODERS[(answer.headers["content-encoding"] ?? "").toLowerCase()];
  if (!decode) return Readable.toWeb(answer);
  return Readable.toWeb(
    Readable.from(
      (async function* () {
        const pieces = [];
        for await (const piece of answer) pieces.push(piece);
        yield decode(Buffer.concat(pieces));
      })(),
    ),
  );
}

// The cache of a Worker's fetch: everything that the origin lets be kept, with cf.cacheEverything; nothing else here.
// developers.cloudflare.com/workers/runtime-apis/request (cf), developers.cloudflare.com/cache/concepts/default-cache-behavior
function maxAge(answer) {
  const said = answer.headers.get("cache-control") ?? "";
  if (answer.status !== 200 || /no-store|no-cache|private/i.test(said) || answer.headers.has("set-cookie")) return 0;
  return Number(/s-maxage=(\d+)/i.exec(said)?.[1] ?? /max-age=(\d+)/i.exec(said)?.[1] ?? 0);
}

globalThis.fetch = async (input, init) => {
  const method = init?.method ?? input?.method ?? "GET";
  if (!init?.cf?.cacheEverything || method !== "GET") {
    const answer = await fetched(input, init);
    return init?.cache === "no-store" ? marked(answer, "DYNAMIC") : answer;
  }
  const url = new globalThis.Request(input).url;
  const held = kept.get(url);
  if (held && Date.now() < held.until) {
    return marked(new globalThis.Response(held.body, { status: held.status, headers: held.headers }), "HIT");
  }
  const asked = new Headers(init.headers ?? input.headers);
  for (const name of ["if-none-match", "if-modified-since", "range"]) asked.delete(name);
  const answer = await fetched(input, { ...init, headers: asked });
  const seconds = maxAge(answer);
  if (!seconds) return marked(answer, "DYNAMIC");
  const body = Buffer.from(await answer.arrayBuffer());
  kept.set(url, { until: Date.now() + seconds * 1000, status: answer.status, headers: [...answer.headers], body });
  return marked(new globalThis.Response(body, { status: answer.status, headers: answer.headers }), "MISS");
};

function marked(answer, state) {
  answer.headers.set("cf-cache-status", state);
  return answer;
}

const fetched = async (input, init) => {
  const request = new globalThis.Request(input, init);
  let [text, method, headers] = [request.url, request.method, new Headers(request.headers)];
  let body = Buffer.from(await request.arrayBuffer());
  for (let hops = 0; ; hops += 1) {
    const answer = await ask(text, method, headers, body);
    const location = answer.headers.location;
    if (!REDIRECTS.has(answer.statusCode) || location === undefined || request.redirect === "manual") {
      return new globalThis.Response(bodyOf(answer, method), { status: answer.statusCode, headers: pairs(answer) });
    }
    answer.resume();
    if (request.redirect === "error" || hops === MOST_REDIRECTS) throw new TypeError("Too many redirects.");
    if (answer.statusCode === 303 || (method === "POST" && answer.statusCode < 303)) {
      [method, body] = [method === "HEAD" ? "HEAD" : "GET", Buffer.alloc(0)];
      for (const name of ["content-type", "content-length", "content-encoding"]) headers.delete(name);
    }
    const next = new URL(location, text);
    if (next.origin !== new URL(text).origin) headers.delete("authorization"); // compatibility date 2025-09-01 and later
    text = next.href;
  }
};

const worker = (await import(pathToFileURL(script))).default;

async function answered(incoming) {
  const pieces = [];
  for await (const piece of incoming) pieces.push(piece);
  const { "x-rehearsal-url": url } = incoming.headers;
  const headers = pairs(incoming).filter(([name]) => name !== "x-rehearsal-url");
  const body = ["GET", "HEAD"].includes(incoming.method) ? undefined : Buffer.concat(pieces);
  const request = new globalThis.Request(url, { method: incoming.method, headers, body, redirect: "manual" });
  return worker.fetch(request, {}, {});
}

async function send(answer, outgoing) {
  const headers = [...answer.headers].flat(); // one by one: cookies are never joined
  const encode = manual.has(answer) ? null : ENCODERS[(answer.headers.get("content-encoding") ?? "").toLowerCase()];
  if (encode) {
    const whole = Buffer.from(await answer.arrayBuffer());
    outgoing.writeHead(answer.status, headers);
    outgoing.end(NO_BODY.has(answer.status) ? undefined : encode(whole));
    return;
  }
  outgoing.writeHead(answer.status, headers);
  for await (const piece of answer.body ?? []) outgoing.write(piece);
  outgoing.end();
}

http
  .createServer(async (incoming, outgoing) => {
    try {
      await send(await answered(incoming), outgoing);
    } catch (error) {
      console.error(error);
      if (outgoing.headersSent) {
        outgoing.destroy(); // the client sees that the rest is missing
        return;
      }
      outgoing.writeHead(500, { "x-rehearsal-exception": "1" });
      outgoing.end();
    }
  })
  .listen(socket, () => console.log("ready"));
