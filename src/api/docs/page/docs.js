/* global SwaggerUIBundle */

/** Where the page keeps the credentials until its tab is closed. */
const kept = 'alice.docs.authorization';

/** What has come of the stream that an operation is answered with, by its method and path. */
const streams = new Map();
const watchers = new Set();

function show(operation, text) {
  if (text === null) streams.delete(operation);
  else streams.set(operation, text);
  for (const watcher of watchers) watcher();
}

function watch(watcher) {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

/** Swagger UI shows an answer when it is complete, so a stream is shown here while it comes. */
function fetchFor(operation) {
  return async (url, options) => {
    const response = await fetch(url, options);
    const type = response.headers.get('content-type') ?? '';
    if (!type.startsWith('text/event-stream')) return response;
    let text = '';
    const decoder = new TextDecoder();
    const shown = new TransformStream({
      transform(piece, controller) {
        text += decoder.decode(piece, { stream: true });
        show(operation, text);
        controller.enqueue(piece);
      },
    });
    const { status, statusText, headers } = response;
    return new Response(response.body.pipeThrough(shown), { status, statusText, headers });
  };
}

function StreamsPlugin({ React }) {
  const Execute = (Original) =>
    function ExecuteWithStream(props) {
      const operation = `${props.method} ${props.path}`;
      const text = React.useSyncExternalStore(watch, () => streams.get(operation));
      const end = React.useRef(null);
      React.useEffect(() => {
        end.current?.scrollTo(0, end.current.scrollHeight);
      }, [text]);
      const stream =
        text === undefined
          ? null
          : React.createElement('pre', { className: 'stream', ref: end, role: 'log' }, text);
      return React.createElement(
        React.Fragment,
        null,
        React.createElement(Original, props),
        stream,
      );
    };
  return {
    wrapComponents: { execute: Execute },
    statePlugins: {
      spec: {
        wrapActions: {
          executeRequest: (original) => async (request) => {
            const operation = `${request.method} ${request.pathName}`;
            try {
              return await original({ ...request, userFetch: fetchFor(operation) });
            } finally {
              // However the stream ended: whole, broken off or unread.
              show(operation, null);
            }
          },
        },
      },
    },
  };
}

/** Errors of an operation are a line each until one is opened: there are a dozen of them. */
function FoldedErrorsPlugin({ React }) {
  const Response = (Original) =>
    function FoldedResponse(props) {
      const [isOpen, open] = React.useState(Number(props.code) < 400);
      if (isOpen) return React.createElement(Original, props);
      const button = React.createElement(
        'button',
        { type: 'button', className: 'unfold', 'aria-expanded': false, onClick: () => open(true) },
        props.response.get('description'),
      );
      return React.createElement(
        'tr',
        { className: 'response' },
        React.createElement('td', { className: 'response-col_status' }, props.code),
        React.createElement('td', { className: 'response-col_description', colSpan: 2 }, button),
      );
    };
  return { wrapComponents: { response: Response } };
}

/** Gives what Swagger UI leaves without one a name for those who hear the page, and buttons no links inside. */
function NamesPlugin({ React }) {
  const unseen = (text) => React.createElement('span', { className: 'unseen' }, text);
  const named = (label) => (Original) => (props) =>
    React.createElement(Original, { 'aria-label': label, ...props });
  return {
    wrapComponents: {
      // There is one server, which this page is of.
      ServersContainer: () => () => null,
      // Of an operation it stands in the button that opens it, which changes the address as well.
      DeepLink: () => (props) => React.createElement('span', null, props.text),
      TextArea: named('Body'),
      ExamplesSelect: (Original) => (props) =>
        React.createElement('label', null, unseen('Example'), React.createElement(Original, props)),
      // Lines that are too long are scrolled, by keyboard too.
      SyntaxHighlighter: (Original) => (props) =>
        React.createElement(
          React.Fragment,
          null,
          React.createElement(Original, props),
          React.createElement('span', {
            hidden: true,
            ref: (mark) => mark?.previousElementSibling?.setAttribute('tabindex', '0'),
          }),
        ),
      CloseIcon: (Original) => (props) =>
        React.createElement(
          React.Fragment,
          null,
          React.createElement(Original, props),
          unseen('Close'),
        ),
      // Or who says what a button shows does not find it.
      Button: (Original) => (props) => {
        const { children, 'aria-label': label } = props;
        const isOther = label && typeof children === 'string' && !label.includes(children);
        const name = isOther ? `${children}: ${label}` : label;
        return React.createElement(Original, { ...props, 'aria-label': name });
      },
    },
  };
}

/** Swagger UI would keep credentials for ever, and for all tabs. */
function KeptAuthorizationPlugin() {
  const keeping = (original, system) => (payload) => {
    const result = original(payload);
    sessionStorage.setItem(kept, JSON.stringify(system.authSelectors.authorized()));
    return result;
  };
  return { statePlugins: { auth: { wrapActions: { authorize: keeping, logout: keeping } } } };
}

/** Finds the document beside the folder that this was itself loaded from, behind any path prefix. */
const ui = SwaggerUIBundle({
  url: new URL('../openapi.json', document.currentScript.src).href,
  dom_id: '#swagger-ui',
  deepLinking: true,
  tryItOutEnabled: true,
  displayRequestDuration: true,
  defaultModelsExpandDepth: 0,
  validatorUrl: null,
  plugins: [StreamsPlugin, FoldedErrorsPlugin, NamesPlugin, KeptAuthorizationPlugin],
  onComplete: () => ui.authActions.authorize(JSON.parse(sessionStorage.getItem(kept) ?? '{}')),
});

const dark = matchMedia('(prefers-color-scheme: dark)');
const followTheme = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
dark.addEventListener('change', followTheme);
followTheme();
