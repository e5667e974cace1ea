/** The small condition form: always, by a fact of a claim, or by what a field of the form says. */
export type MaterialCondition =
  'always' | 'proxy' | 'emergencyObservation' | 'accident' | 'rescue' | { field: string; is: string[] };
