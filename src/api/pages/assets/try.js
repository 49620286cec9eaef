// The page that talks to a model: its form becomes calls of the service, whose answers are shown as they come.
'use strict';

{
  const { auth, texts: textsOfPage } = document.currentScript.dataset;
  const texts = JSON.parse(textsOfPage);
  /** The service's root, behind any path prefix. */
  const root = new URL('..', document.currentScript.src);
  const byId = (id) => document.getElementById(id);
  const say = (text, values = {}) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

  /** What the tab remembers until it is closed. */
  const kept = {
    get: (name) => sessionStorage.getItem(`alice.try.${name}`) ?? '',
    set: (name, text) => sessionStorage.setItem(`alice.try.${name}`, text),
  };

  // ---- Calls

  /** A call that did not bring what was asked for, and what helps. */
  class Failure extends Error {
    constructor(sentence, { code = '', advice = '' } = {}) {
      super(sentence);
      Object.assign(this, { code, advice });
    }
  }

  const needsToken = auth !== 'none';
  /** Browsers have no digests on pages that came without TLS. */
  const canProve = auth !== 'normal' || globalThis.crypto?.subtle !== undefined;

  /** The headers that prove who calls, made for each call by itself. */
  async function credentials() {
    const token = kept.get('token');
    if (auth === 'none') return {};
    if (auth === 'simple') return { token };
    const uuid = crypto.randomUUID();
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token + uuid));
    const hex = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0'));
    return { uuid, token: hex.join('') };
  }

  /** @throws Failure; the signal's own error when it is aborted */
  async function send({ method = 'POST', path, headers = {}, body }, signal = null) {
    let response;
    try {
      const all = { ...headers, ...(await credentials()) };
      response = await fetch(new URL(path, root), { method, headers: all, body, signal });
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new Failure(texts.unreachable, { advice: texts.adviceReach });
    }
    if (response.ok) return response;
    throw await failureOf(response);
  }

  /** A refusal in the words of the service, which has them as text, and for /v1 in an object. */
  async function failureOf(response) {
    const { status, headers } = response;
    const text = await response.text();
    const isObject = headers.get('content-type')?.startsWith('application/json');
    const sentence = isObject ? JSON.parse(text).error.message : text || String(status);
    const code = headers.get('x-error-code') ?? '';
    return new Failure(sentence, { code, advice: adviceFor(code, status, headers) });
  }

  function adviceFor(code, status, headers) {
    const seconds = headers.get('retry-after');
    if (code.startsWith('auth.')) return texts.adviceToken;
    if (code === 'conversation.not_found') return texts.adviceGone;
    if (seconds) return say(texts.adviceWait, { seconds });
    if (status < 500) return texts.adviceChange;
    return logAdvice({ headers });
  }

  const logAdvice = ({ headers }) => say(texts.adviceLog, { id: headers.get('x-request-id') });

  const asJson = (path, object) => ({
    path,
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(object),
  });
  const inConversation = (name, id) => ({ path: `chatgpt/${name}`, headers: { conversation: id } });
  const streamed = (call) => ({
    ...call,
    headers: { ...call.headers, Accept: 'text/event-stream' },
  });

  /** The call that begins a conversation of each kind. */
  const creations = {
    turbo: ({ prompt }) => asJson('chatgpt/createTurbo', { prompt }),
    gpt4: ({ prompt }) => asJson('chatgpt/createGPT4', { prompt }),
    gpt3: ({ prompt = '' }) => ({ path: 'chatgpt/create', body: prompt }),
    rolePlay: ({ prompt, humanName, modelName }) =>
      asJson('chatgpt/createRolePlay', { human_name: humanName, ai_name: modelName, prompt }),
    v1: () => asJson('v1/conversations', {}),
  };

  async function create(choices) {
    const response = await call(creations[choices.kind](choices));
    byId('settings').open = false;
    return choices.kind === 'v1' ? (await response.json()).id : response.text();
  }

  function questionCall({ kind, prompt, model }, id, question) {
    if (kind === 'quickAnswer') {
      return asJson('chatgpt/quickAnswer', { prompt, question, stream: true });
    }
    if (kind === 'v1') {
      const asked = {
        model,
        conversation: id,
        instructions: prompt,
        input: question,
        stream: true,
      };
      return asJson('v1/responses', asked);
    }
    return streamed({ ...inConversation('chat', id), body: question });
  }

  function regenerationCall({ kind, prompt, model }, id) {
    return kind === 'v1'
      ? asJson(`v1/conversations/${id}/regenerate`, { model, instructions: prompt, stream: true })
      : streamed(inConversation('regenerate', id));
  }

  // ---- Streams

  /** The pieces of an answer, as they come. @throws Failure when it does not come to its end */
  async function* piecesOf(response) {
    try {
      for await (const event of eventsOf(response)) {
        if (event.data === '[DONE]') return;
        yield textOf(event);
      }
    } catch (error) {
      if (error.name === 'AbortError') throw error;
      if (error instanceof Failure) throw Object.assign(error, { advice: logAdvice(response) });
    }
    throw new Failure(texts.brokenOff, { advice: logAdvice(response) });
  }

  async function* eventsOf({ body }) {
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = '';
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const events = (rest + value).split('\n\n');
      rest = events.pop();
      for (const event of events) {
        const fields = event.split('\n').map((line) => /^(\w+): ?(.*)$/.exec(line) ?? []);
        const valuesOf = (wanted) =>
          fields.filter(([, name]) => name === wanted).map((field) => field[2]);
        const data = valuesOf('data');
        if (data.length > 0) yield { type: valuesOf('event')[0] ?? '', data: data.join('\n') };
      }
    }
  }

  /** The text that an event adds: of the plain API its data, of /v1 a part of that. */
  function textOf({ type, data }) {
    switch (type) {
      case '':
        return data;
      case 'response.output_text.delta':
      case 'response.refusal.delta':
        return JSON.parse(data).delta;
      case 'response.failed':
        throw new Failure(JSON.parse(data).response.error.message);
      case 'error':
        throw new Failure(data.startsWith('{') ? JSON.parse(data).message : data);
      default:
        return '';
    }
  }

  // ---- The last call as a line for a terminal

  const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

  function curlLine({ method = 'POST', path, headers = {}, body }) {
    const parts = [`curl -N ${quoted(new URL(path, root).href)}`];
    if (method !== 'POST') parts.push(`-X ${method}`);
    if (auth === 'simple') parts.push('-H "token: $TOKEN"');
    if (auth === 'normal') {
      parts[0] = `uuid=$(openssl rand -hex 16); ${parts[0]}`;
      parts.push('-H "uuid: $uuid"');
      parts.push(
        `-H "token: $(printf %s "$TOKEN$uuid" | openssl dgst -sha256 -r | cut -d ' ' -f 1)"`,
      );
    }
    for (const [name, value] of Object.entries(headers))
      parts.push(`-H ${quoted(`${name}: ${value}`)}`);
    if (body !== undefined) parts.push(`--data-raw ${quoted(body)}`);
    else if (method === 'POST') parts.push('-X POST');
    return parts.join(' \\\n  ');
  }

  /** Sends a call of the reader's own, and shows it. */
  function call(what, signal) {
    byId('curl').textContent = curlLine(what);
    byId('curl-details').hidden = false;
    return send(what, signal);
  }

  // ---- What the page shows

  /** The conversation of now, the call that runs, and the turns that are kept. */
  const now = { id: kept.get('conversation') || null, running: null, turns: [] };

  const fieldIds = {
    kind: 'kind',
    model: 'model',
    humanName: 'human-name',
    modelName: 'model-name',
    prompt: 'prompt',
  };

  function choices() {
    const entries = Object.entries(fieldIds).map(([name, id]) => [name, byId(id).value]);
    const chosen = Object.fromEntries(entries.filter(([, value]) => value.trim() !== ''));
    return { kind: 'turbo', ...chosen };
  }

  /** What can be done now, by what there is. */
  function refresh() {
    const isReady = canProve && (!needsToken || kept.get('token') !== '');
    const isEmpty = byId('turns').childElementCount === 0;
    byId('insecure').hidden = canProve;
    byId('credential').hidden = isReady || !canProve;
    byId('opening').hidden = !isEmpty && isReady;
    byId('examples').hidden = !isReady;
    byId('turns').hidden = isEmpty;
    byId('ask').hidden = !isReady;
    byId('aside').hidden = !isReady;
    byId('keys').hidden = !isReady || !isEmpty;
    byId('send').hidden = now.running !== null;
    byId('stop').hidden = now.running === null;
    byId('actions').hidden = (isEmpty && now.id === null) || now.running !== null;
    for (const id of ['regenerate', 'rollback', 'share', 'share-with']) {
      byId(id).hidden = now.id === null || now.turns.length === 0;
    }
    byId('choices').disabled = now.id !== null || now.running !== null;
    byId('hold').hidden = now.id === null;
    const forget = byId('forget');
    if (forget) forget.hidden = !isReady;
    const { kind } = choices();
    for (const field of document.querySelectorAll('[data-kinds]')) {
      field.hidden = field.dataset.kinds !== kind;
    }
  }

  function announce(text) {
    byId('status').textContent = text;
  }

  function element(name, className, text = '') {
    const made = document.createElement(name);
    made.className = className;
    made.textContent = text;
    return made;
  }

  /** A paragraph by its speaker. @returns where the text is */
  function utter(turn, className, speaker, text) {
    const said = element('p', 'plain-text', text);
    said.dir = 'auto';
    const whole = element('div', `said ${className}`);
    whole.append(element('h2', 'who', speaker), said);
    turn.append(whole);
    return said;
  }

  /** A question on the page, and where its answer goes. */
  function showTurn(question) {
    const { kind, humanName = texts.you, modelName = texts.model } = choices();
    const names = kind === 'rolePlay' ? [humanName, modelName] : [texts.you, texts.model];
    const turn = element('article', 'turn');
    utter(turn, 'question', names[0], question);
    const answer = utter(turn, 'answer', names[1], '');
    byId('turns').append(turn);
    return { turn, answer, question };
  }

  /** Whether the end of the page is in sight, so that it is to stay there. */
  const isAtEnd = () => scrollY + innerHeight > document.documentElement.scrollHeight - 160;
  const toEnd = () => scrollTo(0, document.documentElement.scrollHeight);

  function note(shown, sentence, { code = '', advice = '' } = {}, retry = null) {
    const box = element('div', 'note bad', '');
    box.role = 'alert';
    box.append(element('p', '', sentence));
    if (advice) box.append(element('p', '', advice));
    const line = element('div', 'line');
    if (retry) {
      const button = element('button', 'plain', texts.again);
      button.type = 'button';
      button.addEventListener('click', retry);
      line.append(button);
    }
    if (code) {
      const link = element('a', '', say(texts.meaning, { code }));
      link.href = new URL(`docs/errors.html#${code}`, root).href;
      line.append(link);
    }
    if (line.childElementCount > 0) box.append(line);
    shown.turn.append(box);
    if (code.startsWith('auth.')) askForToken(sentence);
  }

  /** A fault that no turn has. */
  function noteAlone(error, retry) {
    const turn = element('article', 'turn');
    byId('turns').append(turn);
    note({ turn }, error.message, error, () => {
      turn.remove();
      retry();
    });
  }

  // ---- What a person does

  /** Shows an answer while it comes. @returns whether it came to its end */
  async function answer(shown, makeCall, retry) {
    const { turn, answer: place } = shown;
    for (const old of turn.querySelectorAll('.note')) old.remove();
    const before = place.textContent;
    const abort = new AbortController();
    now.running = abort;
    turn.classList.add('running');
    announce(texts.answering);
    refresh();
    toEnd();
    try {
      const response = await call(await makeCall(), abort.signal);
      place.textContent = '';
      for await (const piece of piecesOf(response)) {
        const follows = isAtEnd();
        place.append(piece);
        if (follows) toEnd();
      }
      place.textContent = place.textContent.replace(/^\n+|\n+$/g, '');
      announce(place.textContent);
      return true;
    } catch (error) {
      if (before) place.textContent = before;
      turn.classList.toggle('unkept', !before);
      announce('');
      if (abort.signal.aborted) note(shown, texts.stopped, {}, retry);
      else note(shown, error.message, error, retry);
      return false;
    } finally {
      now.running = null;
      turn.classList.remove('running');
      refresh();
      toEnd();
    }
  }

  async function ask(question) {
    if (question.trim() === '' || now.running) return;
    byId('question').value = '';
    hideShare();
    const chosen = choices();
    const shown = showTurn(question);
    const makeCall = async () => {
      if (chosen.kind !== 'quickAnswer') now.id ??= await create(chosen);
      return questionCall(chosen, now.id, question);
    };
    const again = () => {
      shown.turn.remove();
      ask(question);
    };
    const isWhole = await answer(shown, makeCall, again);
    keepConversation();
    if (isWhole && chosen.kind !== 'quickAnswer') now.turns.push(shown);
    refresh();
    byId('question').focus({ preventScroll: true });
  }

  async function regenerate() {
    hideShare();
    await answer(now.turns.at(-1), async () => regenerationCall(choices(), now.id), regenerate);
    byId('question').focus({ preventScroll: true });
  }

  /** A short call about the conversation; what it fails with is shown at its end. */
  async function act(work) {
    try {
      await work();
    } catch (error) {
      const shown = now.turns.at(-1);
      for (const old of shown.turn.querySelectorAll('.note')) old.remove();
      note(shown, error.message, error);
      toEnd();
    }
    refresh();
  }

  const rollback = () =>
    act(async () => {
      await call(inConversation('rollback', now.id));
      hideShare();
      const { turn, question } = now.turns.pop();
      turn.remove();
      byId('question').value = question;
      announce(texts.rolledBack);
      refresh();
      byId('question').focus();
    });

  /** What the share is to have beside what was said; what is blank is left to the service. */
  function shareOptions() {
    const ids = ['share-title', 'share-password', 'share-days'];
    const [title, password, days] = ids.map((id) => byId(id).value);
    return {
      ...(title.trim() && { title }),
      ...(password && { password }),
      ...(days && { expires_in_days: Number(days) }),
    };
  }

  const share = () =>
    act(async () => {
      const options = shareOptions();
      const body = Object.keys(options).length > 0 ? JSON.stringify(options) : undefined;
      const response = await call({ ...inConversation('store', now.id), body });
      const link = new URL(`chatgpt/share/${response.headers.get('share')}`, root).href;
      byId('link').value = link;
      byId('open').href = link;
      byId('readers').textContent = options.password ? texts.whoKnows : texts.anyone;
      byId('shared').hidden = false;
      resetShareOptions();
      announce(texts.shared);
      toEnd();
      byId('link').focus();
      byId('link').select();
    });

  const unshare = () =>
    act(async () => {
      const path = new URL(byId('link').value).pathname.slice(root.pathname.length);
      await call({ method: 'DELETE', path });
      hideShare();
      announce(texts.unshared);
      byId('question').focus();
    });

  function hideShare() {
    byId('shared').hidden = true;
  }

  function resetShareOptions() {
    byId('share-with').reset();
    byId('share-with').querySelector('details').open = false;
  }

  function begin() {
    now.running?.abort();
    Object.assign(now, { id: null, turns: [] });
    byId('turns').replaceChildren();
    hideShare();
    resetShareOptions();
    keepConversation();
    offerSettings();
    announce(texts.started);
    refresh();
    byId('question').focus();
  }

  const isWide = matchMedia('(min-width: 60rem)');

  /** Beside the conversation there is room for what it is made with, until it is made. */
  function offerSettings() {
    byId('settings').open = isWide.matches && now.id === null;
  }

  function keepConversation() {
    kept.set('conversation', now.id ?? '');
  }

  function askForToken(problem) {
    kept.set('token', '');
    byId('token-problem').textContent = problem;
    byId('token').setAttribute('aria-invalid', String(problem !== ''));
    refresh();
    byId('opening').scrollIntoView();
    byId('token').focus();
  }

  /** Copies what a field or a block of code has; without TLS there is only the selection. */
  async function copy(button) {
    const source = byId(button.dataset.copies);
    const text = source.value ?? source.textContent;
    const label = button.textContent;
    if (navigator.clipboard) await navigator.clipboard.writeText(text);
    else {
      if (source.select) source.select();
      else getSelection().selectAllChildren(source);
      if (!document.execCommand('copy')) button.textContent = texts.selected;
    }
    if (button.textContent === label) button.textContent = texts.copied;
    announce(button.textContent);
    setTimeout(() => {
      button.textContent = label;
    }, 2_000);
  }

  // ---- The beginning

  /** The models that can be asked for by name, if the service can tell them. */
  async function listModels() {
    const { data } = await (await send({ method: 'GET', path: 'v1/models' })).json();
    byId('model').replaceChildren(...data.map(({ id }) => new Option(id, id)));
    const option = byId('kind').querySelector('[value=v1]');
    option.hidden = option.disabled = data.length === 0;
  }

  /** The conversation that the tab had before it was loaded again; an expired one is forgotten. */
  async function restore() {
    let sentences = [];
    try {
      sentences = await (await send(inConversation('contextArray', now.id))).json();
    } catch (error) {
      if (error.code === 'conversation.not_found') now.id = null;
      else noteAlone(error, () => void restore().then(refresh));
      keepConversation();
    }
    for (let at = 0; at + 1 < sentences.length; at += 2) {
      const shown = showTurn(sentences[at]);
      shown.answer.textContent = sentences[at + 1];
      now.turns.push(shown);
    }
    toEnd();
  }

  /** What needs the token. @returns the failure that means it is wrong, or null */
  async function open() {
    let refused = null;
    const notice = (error) => {
      if (error instanceof Failure && error.code.startsWith('auth.')) refused = error;
    };
    // A service whose models cannot be listed now can still be asked.
    await listModels().catch(notice);
    if (refused) return refused;
    restoreChoices();
    if (now.id) await restore();
    refresh();
    return null;
  }

  function restoreChoices() {
    for (const [name, id] of Object.entries(fieldIds)) {
      const value = kept.get(name);
      const field = byId(id);
      if (value) field.value = value;
      // What cannot be chosen any more leaves a list without a choice.
      if (field.options && (field.selectedOptions[0]?.disabled ?? true)) field.selectedIndex = 0;
    }
  }

  function listen(id, type, listener) {
    byId(id)?.addEventListener(type, listener);
  }

  listen('ask', 'submit', (event) => {
    event.preventDefault();
    void ask(byId('question').value);
  });
  listen('question', 'keydown', (event) => {
    // Enter also ends a word in an input method.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    void ask(byId('question').value);
  });
  listen('credential', 'submit', async (event) => {
    event.preventDefault();
    kept.set('token', byId('token').value.trim());
    const refused = await open();
    if (refused) askForToken(`${refused.message}. ${refused.advice}`);
    else {
      byId('token').value = '';
      byId('question').focus();
    }
  });
  for (const example of document.querySelectorAll('.example')) {
    example.addEventListener('click', () => void ask(example.textContent));
  }
  for (const button of document.querySelectorAll('[data-copies]')) {
    button.addEventListener('click', () => void copy(button));
  }
  for (const [name, id] of Object.entries(fieldIds)) {
    listen(id, 'change', () => {
      kept.set(name, byId(id).value);
      refresh();
    });
  }
  document.addEventListener('keydown', ({ key }) => {
    if (key === 'Escape') now.running?.abort();
  });
  listen('stop', 'click', () => now.running?.abort());
  listen('regenerate', 'click', () => void regenerate());
  listen('rollback', 'click', () => void rollback());
  listen('share-with', 'submit', (event) => {
    event.preventDefault();
    const form = event.currentTarget;
    // What is wrong is said beside the field, which must be there to be seen.
    if (!form.checkValidity()) form.querySelector('details').open = true;
    if (form.reportValidity()) void share();
  });
  listen('unshare', 'click', () => void unshare());
  listen('new', 'click', begin);
  listen('forget', 'click', () => askForToken(''));
  byId('curl-details').open = isWide.matches;
  offerSettings();

  refresh();
  if (needsToken && (kept.get('token') === '' || !canProve)) byId('token').focus();
  else {
    void open().then((refused) => {
      if (refused) askForToken(`${refused.message}. ${refused.advice}`);
      else byId('question').focus();
    });
  }
}
