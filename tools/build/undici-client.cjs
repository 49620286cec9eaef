'use strict';
// What the service uses of undici. Its index also loads fetch, web sockets, mocks and caches, which
// cost 12 MiB of memory that an idle service would hold for nothing.
const api = require('undici/lib/api');
const Dispatcher = require('undici/lib/dispatcher/dispatcher');

Object.assign(Dispatcher.prototype, api);

exports.Agent = require('undici/lib/dispatcher/agent');
exports.ProxyAgent = require('undici/lib/dispatcher/proxy-agent');
