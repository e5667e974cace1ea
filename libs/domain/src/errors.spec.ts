import { errorParts, errorTable } from './errors';

describe('the error table', () => {
  it('has each code in one part alone', () => {
    const codes = errorParts.flatMap((part) => Object.keys(part));
    expect(new Set(codes).size).toBe(codes.length);
    expect(Object.keys(errorTable).sort()).toEqual([...codes].sort());
  });

  it.each(Object.entries(errorTable))(
    '%s says in whole Chinese sentences what is wrong and what to do',
    (_, { message, next }) => {
      for (const sentence of [message, next]) expect(sentence).toMatch(/\p{Script=Han}/u);
      // Facts are filled into the message alone.
      expect(next).not.toMatch(/[{}]/);
      expect(next).toMatch(/[。;]$/);
    },
  );
});
