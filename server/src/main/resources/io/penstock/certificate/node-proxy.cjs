'use strict';

// Loaded into every Node.js program under `penstock exec` (NODE_OPTIONS=--require). Versions that
// follow HTTP_PROXY and HTTPS_PROXY themselves (NODE_USE_ENV_PROXY) are left alone. In older ones,
// http, https and fetch are led through the proxy: plain requests in absolute form (RFC 9112
// §3.2.2), TLS through CONNECT (RFC 9110 §9.3.6). Whatever names a socket or a connection of its
// own is not touched, nor is what goes to the proxy itself.

const http = require('http');
const https = require('https');
const net = require('net');
const tls = require('tls');

const CONNECT_TIMEOUT_MILLIS = 30000;

/** Node 22.21 and 24.5 were the first whose http and https know NODE_USE_ENV_PROXY. */
function followsVariables() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  return major > 24 || (major === 24 && minor >= 5) || (major === 22 && minor >= 21);
}

function variable(name) {
  return process.env[name.toLowerCase()] || process.env[name] || '';
}

/** Where requests of a scheme go; null when they go straight. */
function proxyOf(name) {
  const text = variable(name) || variable('ALL_PROXY');
  try {
    const url = new URL(text);
    return url.protocol === 'http:' ? url : null;
  } catch {
    return null;
  }
}

const plainProxy = proxyOf('HTTP_PROXY');
const secureProxy = proxyOf('HTTPS_PROXY');

const exceptions = variable('NO_PROXY')
  .toLowerCase()
  .split(/[\s,]+/)
  .filter(Boolean)
  .map((entry) => entry.replace(/^\*?\./, ''));

function bare(host) {
  return String(host || 'localhost').toLowerCase().replace(/^\[|\]$/g, '');
}

function isException(host, port) {
  return exceptions.some(
    (entry) =>
      entry === '*' ||
      host === entry ||
      `${host}:${port}` === entry ||
      host.endsWith(`.${entry}`));
}

function portOf(proxy) {
  return Number(proxy.port || 80);
}

/** Whether a connection to this place is led through the proxy. */
function isLed(proxy, host, port) {
  if (proxy === null || isException(host, port)) {
    return false;
  }
  return host !== bare(proxy.hostname) || Number(port) !== portOf(proxy);
}

function authority(host, port) {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function credentials(proxy) {
  if (!proxy.username) {
    return {};
  }
  const plain = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return { 'Proxy-Authorization': `Basic ${Buffer.from(plain).toString('base64')}` };
}

function toProxy(proxy) {
  return net.connect({ host: bare(proxy.hostname), port: portOf(proxy) });
}

/** Gives a socket that the proxy has connected to a place, or an error. */
function tunnel(proxy, host, port, done) {
  const place = authority(host, port);
  const request = http.request({
    method: 'CONNECT',
    path: place,
    headers: { Host: place, ...credentials(proxy) },
    setHost: false,
    // Of its own, so that it is not led through the proxy in its turn.
    createConnection: () => toProxy(proxy),
  });
  request.setTimeout(CONNECT_TIMEOUT_MILLIS, () => {
    request.destroy(new Error(`the proxy does not answer CONNECT ${place}`));
  });
  request.once('connect', (answer, socket, head) => {
    socket.setTimeout(0);
    if (answer.statusCode !== 200) {
      socket.destroy();
      done(new Error(`the proxy answers CONNECT ${place} with ${answer.statusCode}`));
      return;
    }
    if (head.length > 0) {
      socket.unshift(head);
    }
    done(null, socket);
  });
  request.once('response', (answer) => {
    answer.destroy();
    done(new Error(`the proxy answers CONNECT ${place} with ${answer.statusCode}`));
  });
  request.once('error', done);
  request.end();
}

/** https: agents, whoever made them, ask this for connections. */
function leadSecure() {
  const straight = https.Agent.prototype.createConnection;
  https.Agent.prototype.createConnection = function createConnection(...args) {
    const [options, done] = args;
    const isOrdinary =
      typeof options === 'object' && options !== null && !options.socket && !options.socketPath &&
      typeof done === 'function';
    const host = isOrdinary ? bare(options.host) : '';
    const port = isOrdinary ? options.port || 443 : 0;
    if (!isOrdinary || !isLed(secureProxy, host, port)) {
      return straight.apply(this, args);
    }
    tunnel(secureProxy, host, port, (error, socket) => {
      if (error) {
        done(error);
        return;
      }
      done(null, straight.call(this, { ...options, socket }));
    });
    return undefined;
  };
}

/** http: the request line names the whole address, and the connection is one to the proxy. */
function leadPlain() {
  const straight = http.Agent.prototype.addRequest;
  http.Agent.prototype.addRequest = function addRequest(request, options, ...rest) {
    const isOrdinary =
      this.protocol === 'http:' && typeof options === 'object' && options !== null &&
      !options.socketPath && String(request.path).startsWith('/');
    const host = isOrdinary ? bare(options.host) : '';
    const port = isOrdinary ? options.port || 80 : 0;
    if (!isOrdinary || !isLed(plainProxy, host, port)) {
      return straight.call(this, request, options, ...rest);
    }
    const place = Number(port) === 80 ? authority(host, port).replace(/:80$/, '') : authority(host, port);
    const target = `http://${place}${request.path}`;
    if (request._header) {
      // The head is written already, as it is for requests with "Expect" or raw headers.
      request._header = request._header.replace(request.path, () => target);
    } else {
      Object.entries(credentials(plainProxy)).forEach(([name, value]) => request.setHeader(name, value));
    }
    request.path = target;
    return straight.call(
      this, request, { ...options, host: bare(plainProxy.hostname), port: portOf(plainProxy) }, ...rest);
  };
}

/** fetch: its dispatcher lets somebody else make connections; what it writes is the same. */
function leadFetch() {
  const DISPATCHER = Symbol.for('undici.globalDispatcher.1');
  const fetch = globalThis.fetch;
  if (typeof fetch !== 'function') {
    return;
  }
  let isReady = false;

  function connect({ protocol, hostname, port, servername }, done) {
    const isSecure = protocol === 'https:';
    const proxy = isSecure ? secureProxy : plainProxy;
    const host = bare(hostname);
    const place = Number(port) || (isSecure ? 443 : 80);

    const secured = (error, socket) => {
      if (error || !isSecure) {
        done(error, socket);
        return;
      }
      const name = servername || (net.isIP(host) ? '' : host);
      const secure = tls.connect({ socket, host, servername: name, ALPNProtocols: ['http/1.1'] });
      secure.once('secureConnect', () => {
        secure.off('error', done);
        done(null, secure);
      });
      secure.once('error', done);
    };

    if (isLed(proxy, host, place)) {
      tunnel(proxy, host, place, secured);
      return;
    }
    const socket = net.connect({ host, port: place, autoSelectFamily: true });
    socket.once('error', done);
    socket.once('connect', () => {
      socket.off('error', done);
      secured(null, socket);
    });
  }

  function prepare() {
    isReady = true;
    // Loads what fetch is made of, which sets the dispatcher.
    void globalThis.Headers.name;
    const Agent = globalThis[DISPATCHER]?.constructor;
    if (Agent?.name === 'Agent') {
      globalThis[DISPATCHER] = new Agent({ connect });
    }
  }

  Object.defineProperty(globalThis, 'fetch', {
    configurable: true,
    enumerable: true,
    writable: true,
    value: function (...args) {
      if (!isReady) {
        prepare();
      }
      return fetch.apply(this, args);
    },
  });
  Object.defineProperty(globalThis.fetch, 'name', { value: 'fetch' });
}

if (!followsVariables()) {
  if (secureProxy !== null) {
    leadSecure();
  }
  if (plainProxy !== null) {
    leadPlain();
  }
  if (secureProxy !== null || plainProxy !== null) {
    leadFetch();
  }
}
