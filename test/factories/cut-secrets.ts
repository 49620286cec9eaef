import fc from 'fast-check';

export const secret = 'sk-proj-canaryCANARY0123456789abcdef';

/** Some texts, cut anywhere. */
export const cut = fc
  .array(
    fc.oneof(
      fc.constant(secret),
      fc.nat({ max: secret.length }).map((length) => secret.slice(0, length)),
      fc.nat({ max: secret.length }).map((length) => secret.slice(length)),
      fc.string({ maxLength: 5 }),
    ),
    { maxLength: 6 },
  )
  .chain((parts) => {
    const text = parts.join('');
    return fc
      .array(fc.nat({ max: text.length }), { maxLength: 20 })
      .map((places) => [0, ...places.sort((one, other) => one - other), text.length])
      .map((places) => places.slice(1).map((end, index) => text.slice(places[index], end)));
  });
