import { describeError, scrub } from './log';

describe('what may be logged of an error', () => {
  it('loses numbers that may be somebody and quoted Chinese', () => {
    expect(scrub('invalid input syntax for type uuid: "999206196503120115"')).toBe(
      'invalid input syntax for type uuid: "#"',
    );
    expect(scrub(`Unexpected token '参', "参保甲 6222000012345678" is not valid JSON`)).toBe(
      `Unexpected token '…', "…" is not valid JSON`,
    );
    expect(scrub('port 5432 after 15000 ms')).toBe('port 5432 after 15000 ms');
    expect(scrub('card 62220000123456780X and 11010119900307721x')).toBe('card # and #');
  });

  it('holds code, constraint and frames, but neither rows nor parameters', () => {
    const error = Object.assign(
      new Error('duplicate key value violates unique constraint "insured_person_id_number_hash_key"'),
      {
        parameters: ['参保甲', '999206196503120115'],
        driverError: {
          code: '23505',
          constraint: 'insured_person_id_number_hash_key',
          detail: 'Key (name)=(参保甲) already exists.',
        },
      },
    );
    const described = describeError(error);
    expect(described).toMatchObject({ code: '23505', constraint: 'insured_person_id_number_hash_key' });
    expect(JSON.stringify(described)).not.toMatch(/参保甲|999206/);
    expect(described['stack']).toMatch(/^ +at /);
  });

  it('takes what is no error at all', () => {
    expect(describeError('参保甲')).toEqual({ kind: 'string' });
  });
});
